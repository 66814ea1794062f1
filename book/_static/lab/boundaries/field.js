/**
 * Points of several classes over the regions that a network gives to each, on canvases behind a plot.
 * @module lab/boundaries/field
 */
import { h } from "../dom.js";
import { createPlot } from "../plot.js";
import { mix, onThemeChange, rgb, rgbText } from "../theme.js";

export const CLASS_COLORS = ["blue", "orange", "green", "purple", "red", "grey"];
export const CLASS_SHAPES = ["circle", "square", "triangle", "diamond", "cross", "bar"];
export const COLUMNS = 72, ROWS = 54;
const STRENGTH = 0.42;

/**
 * @param {{ label: string, title: string }} options
 */
export function createField({ label, title }) {
  const plot = createPlot({ label, title, xDomain: [0, 1], yDomain: [0, 1], xLabel: "x", yLabel: "y", ratio: 0.78, minHeight: 250,
    maxHeight: 460, grid: false });
  const frame = plot.el.querySelector(".lab-plot-frame");
  const ground = h("canvas", { class: "lab-plot-surface", "aria-hidden": "true" });
  const dots = h("canvas", { class: "lab-plot-surface lab-boundary-points", "aria-hidden": "true" });
  frame.prepend(ground, dots);
  const small = Object.assign(document.createElement("canvas"), { width: COLUMNS, height: ROWS });
  let points = [], classes = [], isHeldBack = [], kinds = 2, grid = null;

  /** Both canvases over the plot's inside, and how dense their pixels are. */
  function place() {
    const left = plot.x(plot.xDomain[0]), right = plot.x(plot.xDomain[1]), top = plot.y(plot.yDomain[1]), floor = plot.y(plot.yDomain[0]);
    const density = Math.min(2, window.devicePixelRatio || 1);
    for (const canvas of [ground, dots]) {
      const [width, height] = [Math.round((right - left) * density), Math.round((floor - top) * density)];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${floor - top}px` });
    }
    return { left, top, density };
  }

  function drawGround() {
    place();
    const pen = ground.getContext("2d");
    pen.clearRect(0, 0, ground.width, ground.height);
    if (!grid) return;
    const paper = rgb(ground, "paper"), colors = CLASS_COLORS.map((name) => mix(paper, rgb(ground, name), STRENGTH));
    const image = new ImageData(COLUMNS, ROWS);
    for (let i = 0; i < COLUMNS * ROWS; i += 1) {
      const pixel = [0, 0, 0];
      for (let kind = 0; kind < kinds; kind += 1) {
        const share = grid[kinds * i + kind];
        for (let c = 0; c < 3; c += 1) pixel[c] += share * colors[kind][c];
      }
      image.data.set([...pixel, 255], 4 * i);
    }
    small.getContext("2d").putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(small, 0, 0, ground.width, ground.height);
    drawBorders(pen);
  }

  /** A line where the likeliest class changes. */
  function drawBorders(pen) {
    const best = new Uint8Array(COLUMNS * ROWS);
    for (let i = 0; i < best.length; i += 1) {
      for (let kind = 1; kind < kinds; kind += 1) if (grid[kinds * i + kind] > grid[kinds * i + best[i]]) best[i] = kind;
    }
    // How far from a cell to its neighbour the two classes are equally likely.
    const crossing = (i, j) => {
      const before = grid[kinds * i + best[i]] - grid[kinds * i + best[j]], after = grid[kinds * j + best[i]] - grid[kinds * j + best[j]];
      return before - after > 1e-9 ? Math.min(1, Math.max(0, before / (before - after))) : 0.5;
    };
    const [wide, high] = [ground.width / COLUMNS, ground.height / ROWS];
    pen.beginPath();
    for (let row = 0; row < ROWS - 1; row += 1) {
      for (let column = 0; column < COLUMNS - 1; column += 1) {
        const a = row * COLUMNS + column, b = a + 1, c = b + COLUMNS, d = a + COLUMNS;
        const found = [];
        if (best[a] !== best[b]) found.push([column + crossing(a, b), row]);
        if (best[b] !== best[c]) found.push([column + 1, row + crossing(b, c)]);
        if (best[d] !== best[c]) found.push([column + crossing(d, c), row + 1]);
        if (best[a] !== best[d]) found.push([column, row + crossing(a, d)]);
        if (found.length < 2) continue;
        // Two crossings are a line; three or four meet in the middle.
        const middle = found.length === 2 ? found[1] : [0, 1].map((axis) => found.reduce((sum, point) => sum + point[axis], 0) / found.length);
        for (const point of found.length === 2 ? found.slice(0, 1) : found) {
          pen.moveTo((point[0] + 0.5) * wide, (point[1] + 0.5) * high);
          pen.lineTo((middle[0] + 0.5) * wide, (middle[1] + 0.5) * high);
        }
      }
    }
    pen.lineWidth = 1.6 * Math.min(2, window.devicePixelRatio || 1);
    pen.strokeStyle = rgbText(rgb(ground, "ink"), 0.75);
    pen.stroke();
  }

  function drawDots() {
    const { left, top, density } = place();
    const pen = dots.getContext("2d");
    pen.clearRect(0, 0, dots.width, dots.height);
    const size = (points.length > 1500 ? 2.6 : points.length > 500 ? 3.4 : 4.6) * density;
    const paper = rgbText(rgb(dots, "paper")), colors = CLASS_COLORS.map((name) => rgbText(rgb(dots, name)));
    pen.lineWidth = 1.4 * density;
    points.forEach(([x, y], i) => {
      trace(pen, CLASS_SHAPES[classes[i]], (plot.x(x) - left) * density, (plot.y(y) - top) * density, size);
      pen.fillStyle = isHeldBack[i] ? paper : colors[classes[i]];
      pen.strokeStyle = isHeldBack[i] ? colors[classes[i]] : paper;
      pen.fill();
      pen.stroke();
    });
  }
  function draw() {
    drawGround();
    drawDots();
  }
  const observer = new ResizeObserver(() => requestAnimationFrame(draw));
  observer.observe(frame);
  const stopTheme = onThemeChange(draw);

  return {
    plot,
    /** @param {{ points: number[][], classes: number[], isHeldBack: boolean[], kinds: number, names: [string, string], domains: any }} data */
    setData(data) {
      ({ points, classes, isHeldBack, kinds } = data);
      grid = null;
      plot.setDomains(data.domains);
      plot.setNames({ x: data.names[0], y: data.names[1] });
      plot.update();
      draw();
    },
    /** Probabilities at {@link gridPoints}, or null to clear. @param {Float32Array | null} values */
    setGrid(values) {
      grid = values;
      drawGround();
    },
    /** The middles of the cells at which the grid wants probabilities, row by row from above, as [x, y]. */
    gridPoints() {
      const [x0, x1] = plot.xDomain, [y0, y1] = plot.yDomain;
      return Array.from({ length: COLUMNS * ROWS }, (_, i) => [x0 + ((x1 - x0) * ((i % COLUMNS) + 0.5)) / COLUMNS,
        y1 - ((y1 - y0) * (Math.floor(i / COLUMNS) + 0.5)) / ROWS]);
    },
    destroy() {
      observer.disconnect();
      stopTheme();
      plot.destroy();
    },
  };
}

/** The mark of a class, as a path. */
function trace(pen, shape, x, y, r) {
  const polygon = (corners) => {
    pen.beginPath();
    corners.forEach(([dx, dy], i) => pen[i ? "lineTo" : "moveTo"](x + dx * r, y + dy * r));
    pen.closePath();
  };
  if (shape === "circle") {
    pen.beginPath();
    pen.arc(x, y, r, 0, 2 * Math.PI);
  } else if (shape === "square") polygon([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]);
  else if (shape === "triangle") polygon([[0, -1.2], [1.1, 0.8], [-1.1, 0.8]]);
  else if (shape === "diamond") polygon([[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]]);
  else if (shape === "cross") {
    polygon([[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4],
      [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]]);
  } else polygon([[-1.3, -0.5], [1.3, -0.5], [1.3, 0.5], [-1.3, 0.5]]);
}

/** A class's mark for the legend. */
export function classMark(kind) {
  const canvas = h("canvas", { class: "lab-boundary-mark", width: 28, height: 28, "aria-hidden": "true" });
  const draw = () => {
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, 28, 28);
    trace(pen, CLASS_SHAPES[kind], 14, 14, 9);
    pen.fillStyle = rgbText(rgb(canvas, CLASS_COLORS[kind]));
    pen.fill();
  };
  return { el: canvas, draw };
}
