/**
 * Pictures that the page draws itself: samples that need no file, and that no network was trained on.
 * @module lab/drawn-samples
 */

const SIDE = 320;

/** @type {Record<string, (pen: CanvasRenderingContext2D) => void>} */
const DRAWINGS = {
  "Drawn clock": (pen) => {
    backdrop(pen, "#d9c7a7", "#b99f77");
    disc(pen, 160, 160, 118, "#33281f");
    disc(pen, 160, 160, 106, "#fbf8f0");
    pen.fillStyle = "#1d1a17";
    pen.font = "bold 26px Georgia, serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let hour = 1; hour <= 12; hour += 1) {
      const angle = (hour * Math.PI) / 6 - Math.PI / 2;
      pen.fillText(String(hour), 160 + 84 * Math.cos(angle), 160 + 84 * Math.sin(angle));
    }
    hand(pen, 160, 160, (10.15 * Math.PI) / 6 - Math.PI / 2, 52, 9);
    hand(pen, 160, 160, (9 * 2 * Math.PI) / 60 - Math.PI / 2, 76, 6);
    disc(pen, 160, 160, 8, "#1d1a17");
  },
  "Drawn traffic light": (pen) => {
    backdrop(pen, "#a9c8e8", "#e6eef5");
    pen.fillStyle = "#3a3f45";
    pen.fillRect(150, 240, 20, 80);
    pen.fillStyle = "#17191c";
    pen.fillRect(105, 24, 110, 226);
    ["#e22b20", "#6b5210", "#123c1e"].forEach((color, i) => {
      disc(pen, 160, 64 + 73 * i, 31, "#000000");
      disc(pen, 160, 64 + 73 * i, 28, color);
    });
    disc(pen, 151, 55, 9, "#ff9d92");
  },
  "Drawn crossword": (pen) => {
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, SIDE, SIDE);
    const black = new Set([3, 9, 14, 16, 22, 27, 30, 33, 40, 44, 47, 50, 53, 58, 64, 66, 71, 77]);
    for (let i = 0; i < 81; i += 1) {
      const x = 16 + 32 * (i % 9), y = 16 + 32 * Math.floor(i / 9);
      pen.fillStyle = black.has(i) ? "#111111" : "#ffffff";
      pen.fillRect(x, y, 32, 32);
      pen.strokeStyle = "#222222";
      pen.lineWidth = 2;
      pen.strokeRect(x + 0.5, y + 0.5, 32, 32);
    }
  },
  "Drawn ship": (pen) => {
    backdrop(pen, "#b9d7ef", "#eaf3fa");
    pen.fillStyle = "#2f6690";
    pen.fillRect(0, 212, SIDE, 108);
    shape(pen, "#8a2f2a", [[28, 178], [292, 178], [262, 232], [62, 232]]);
    shape(pen, "#f4f4f0", [[84, 134], [226, 134], [226, 178], [84, 178]]);
    shape(pen, "#c9c9c2", [[112, 104], [200, 104], [200, 134], [112, 134]]);
    shape(pen, "#21262b", [[134, 62], [164, 62], [164, 104], [134, 104]]);
    for (let x = 98; x < 216; x += 26) disc(pen, x, 156, 7, "#33506b");
    pen.fillStyle = "#4a80ab";
    for (let y = 244; y < SIDE; y += 22) pen.fillRect((y * 7) % 60, y, 220, 4);
  },
  "Drawn aeroplane": (pen) => {
    backdrop(pen, "#6fa9de", "#cfe4f5");
    shape(pen, "#f2f4f6", [[24, 158], [56, 142], [250, 140], [298, 156], [250, 176], [56, 172]]);
    shape(pen, "#c4cbd3", [[132, 160], [186, 160], [126, 262], [96, 262]]);
    shape(pen, "#aeb7c1", [[150, 144], [186, 144], [150, 84], [130, 84]]);
    shape(pen, "#d23c31", [[34, 150], [70, 146], [44, 88], [20, 88]]);
    for (let x = 92; x < 250; x += 18) disc(pen, x, 153, 3.5, "#35485c");
  },
};

/**
 * @param {string} name one of {@link drawnSamples}
 * @returns {HTMLCanvasElement}
 */
export function drawSample(name) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  DRAWINGS[name](canvas.getContext("2d", { willReadFrequently: true }));
  return canvas;
}

/** The names of all drawings. */
export const drawnSamples = Object.keys(DRAWINGS);

function backdrop(pen, top, bottom) {
  const shade = pen.createLinearGradient(0, 0, 0, SIDE);
  shade.addColorStop(0, top);
  shade.addColorStop(1, bottom);
  pen.fillStyle = shade;
  pen.fillRect(0, 0, SIDE, SIDE);
}

function disc(pen, x, y, radius, color) {
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function hand(pen, x, y, angle, length, width) {
  pen.strokeStyle = "#1d1a17";
  pen.lineCap = "round";
  pen.lineWidth = width;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + length * Math.cos(angle), y + length * Math.sin(angle));
  pen.stroke();
}

function shape(pen, color, points) {
  pen.fillStyle = color;
  pen.beginPath();
  points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.fill();
}
