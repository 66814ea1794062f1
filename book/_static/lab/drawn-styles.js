/**
 * Pictures that are all style, drawn by the page as `course_utils.data.style_pictures` draws them: no file, nobody's work.
 * @module lab/drawn-styles
 */
import { seededUniform } from "./random.js";

const SIDE = 512;
const WAVES = ["#143282", "#f0be46", "#faf0d2"];
const STROKES = ["#f4d35e", "#ee964b", "#f95738", "#0d3b66", "#faf0ca", "#3d7ea6"];
const DOTS = ["#d1495b", "#00798c", "#edae49", "#30638e"];

/** @type {Record<string, (pen: CanvasRenderingContext2D) => void>} */
const DRAWINGS = {
  strokes(pen) {
    const random = seededUniform(1);
    pen.fillStyle = "#203a6b";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.lineWidth = 16;
    for (let i = 0; i < 1400; i += 1) {
      const x = SIDE * random(), y = SIDE * random();
      const angle = 2 * Math.sin(x / 180) + 2 * Math.cos(y / 150);
      const along = 44 * Math.cos(angle), up = 44 * Math.sin(angle);
      pen.strokeStyle = STROKES[Math.floor(random() * STROKES.length)];
      pen.beginPath();
      pen.moveTo(x - along, y - up);
      pen.lineTo(x + along, y + up);
      pen.stroke();
    }
  },
  waves(pen) {
    const colours = WAVES.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
    const image = pen.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i += 1) {
      const row = Math.floor(i / SIDE) / 4, column = (i % SIDE) / 4;
      const height = Math.sin((row + 7 * Math.sin(column / 13) + 4 * Math.sin(column / 31 + row / 40)) / 4.2);
      image.data.set([...colours[height < -0.1 ? 0 : height < 0.75 ? 1 : 2], 255], 4 * i);
    }
    pen.putImageData(image, 0, 0);
  },
  dots(pen) {
    const random = seededUniform(2);
    pen.fillStyle = "#fff4d6";
    pen.fillRect(0, 0, SIDE, SIDE);
    for (let i = 0; i < 169; i += 1) {
      const row = Math.floor(i / 13), column = i % 13;
      pen.fillStyle = DOTS[Math.floor(random() * DOTS.length)];
      pen.beginPath();
      pen.arc(44 * column + 22 * (row % 2), 44 * row, 12 + 8 * random(), 0, 2 * Math.PI);
      pen.fill();
    }
  },
};

/** Their names and titles. @type {Array<[name: string, title: string]>} */
export const DRAWN_STYLES = [["strokes", "Strokes"], ["waves", "Waves"], ["dots", "Dots"]];

/** @param {string} name one of {@link DRAWN_STYLES} @returns {HTMLCanvasElement} */
export function drawStyle(name) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  DRAWINGS[name](canvas.getContext("2d", { willReadFrequently: true }));
  return canvas;
}
