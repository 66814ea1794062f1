/**
 * A function of two numbers, drawn under a plot: a smooth heat map with contour lines, on a canvas.
 * @module lab/surface
 */
import { h } from "./dom.js";
import { cssColor, isDark, mix, rgb, rgbText } from "./theme.js";

const TRANSFORMS = {
  linear: (value) => value,
  sqrt: (value) => Math.sqrt(Math.max(0, value)),
  log: (value) => Math.log(Math.max(1e-9, value)),
};

/**
 * @typedef {object} SurfaceSettings
 * @property {(x: number, y: number) => number} [f] the function, in the plot's units; may be set later
 * @property {"linear" | "sqrt" | "log"} [transform] how heights are spread over the colours ("sqrt")
 * @property {[number, number]} [range] the heights of the first and the last colour; default: those found
 * @property {string[]} [colors] named colours from low to high (paper to blue)
 * @property {number} [strength] how strong the colours are, 0 to 1 (0.55)
 * @property {number} [levels] contour lines (12); 0 for none
 * @property {number[]} [at] heights of the contour lines, instead of `levels`
 * @property {number} [cell] pixels between samples (4)
 */

/**
 * @param {any} context of the plot
 * @param {SurfaceSettings} [settings]
 * @returns {{ set(f: (x: number, y: number) => number, range?: [number, number]): void, remove(): void }}
 */
export function createSurface(context, settings = {}) {
  const { colors = ["paper", "blue"], strength = 0.55, levels = 12, cell = 4 } = settings;
  const transform = TRANSFORMS[settings.transform || "sqrt"];
  const canvas = h("canvas", { class: "lab-plot-surface", "aria-hidden": "true" });
  const small = document.createElement("canvas");
  context.frame.prepend(canvas);
  let f = settings.f, range = settings.range, key = "";

  function sample(columns, rows) {
    const values = new Float64Array(columns * rows);
    const { left, top, width, height } = context.box;
    let low = Infinity, high = -Infinity;
    for (let row = 0; row < rows; row += 1) {
      const y = context.invertY(top + (height * row) / (rows - 1));
      for (let column = 0; column < columns; column += 1) {
        const value = f(context.invertX(left + (width * column) / (columns - 1)), y);
        values[row * columns + column] = value;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    const [from, to] = (range || [low, high]).map(transform);
    const spread = to - from || 1;
    for (let i = 0; i < values.length; i += 1) values[i] = (transform(values[i]) - from) / spread;
    return { values, toShare: (height_) => (transform(height_) - from) / spread };
  }

  function paint(values, columns, rows) {
    const paper = rgb(canvas, "paper");
    const stops = colors.map((name) => (name === "paper" ? paper : mix(paper, rgb(canvas, name), strength)));
    small.width = columns;
    small.height = rows;
    const pen = small.getContext("2d");
    const image = pen.createImageData(columns, rows);
    for (let i = 0; i < values.length; i += 1) {
      const t = Math.min(1, Math.max(0, values[i])) * (stops.length - 1);
      const at = Math.min(stops.length - 2, Math.floor(t));
      const color = mix(stops[at], stops[at + 1], t - at);
      image.data.set([color[0], color[1], color[2], 255], i * 4);
    }
    pen.putImageData(image, 0, 0);
  }

  function draw() {
    if (!f) return;
    const { left, top, width, height } = context.box;
    const density = Math.min(2, window.devicePixelRatio || 1);
    const placed = `${left},${top},${width},${height},${density}`;
    if (placed !== key) {
      key = placed;
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
      Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    }
    const columns = Math.max(2, Math.round(width / cell) + 1), rows = Math.max(2, Math.round(height / cell) + 1);
    const { values, toShare } = sample(columns, rows);
    paint(values, columns, rows);
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    // The samples lie on the corners of the cells: the outer half cell is cut off.
    pen.drawImage(small, 0.5, 0.5, columns - 1, rows - 1, 0, 0, canvas.width, canvas.height);
    const shares = settings.at ? settings.at.map(toShare)
      : Array.from({ length: levels }, (_, i) => (i + 0.5) / levels);
    pen.lineWidth = 0.8 * density;
    pen.strokeStyle = rgbText(rgb(canvas, "ink"), isDark(canvas) ? 0.3 : 0.24);
    pen.beginPath();
    const scaleX = canvas.width / (columns - 1), scaleY = canvas.height / (rows - 1);
    for (const share of shares) traceContour(pen, values, columns, rows, share, scaleX, scaleY);
    pen.stroke();
  }

  const layer = { draw };
  context.add(layer);
  return {
    set(newFunction, newRange = range) {
      f = newFunction;
      range = newRange;
      draw();
    },
    remove() {
      context.drop(layer);
      canvas.remove();
    },
  };
}

/** Marching squares: the pieces of one contour line, cell by cell. */
function traceContour(pen, values, columns, rows, level, scaleX, scaleY) {
  const share = (a, b) => (level - a) / (b - a);
  for (let row = 0; row < rows - 1; row += 1) {
    for (let column = 0; column < columns - 1; column += 1) {
      const i = row * columns + column;
      const a = values[i], b = values[i + 1], c = values[i + columns + 1], d = values[i + columns];
      const pattern = (a > level) | ((b > level) << 1) | ((c > level) << 2) | ((d > level) << 3);
      if (pattern === 0 || pattern === 15) continue;
      const crossings = [];
      if ((a > level) !== (b > level)) crossings.push(column + share(a, b), row);
      if ((b > level) !== (c > level)) crossings.push(column + 1, row + share(b, c));
      if ((d > level) !== (c > level)) crossings.push(column + share(d, c), row + 1);
      if ((a > level) !== (d > level)) crossings.push(column, row + share(a, d));
      for (let k = 0; k + 3 < crossings.length; k += 4) {
        pen.moveTo(crossings[k] * scaleX, crossings[k + 1] * scaleY);
        pen.lineTo(crossings[k + 2] * scaleX, crossings[k + 3] * scaleY);
      }
    }
  }
}

/**
 * One contour line of a function, as a mark of the plot.
 * @param {any} context of the plot
 * @param {{ color?: string, width?: number, dash?: string, cell?: number }} [settings]
 * @returns {{ set(f: (x: number, y: number) => number, level: number): void, remove(): void }}
 */
export function createSurfaceLine(context, { color = "ink", width = 1.5, dash, cell = 3 } = {}) {
  const el = h("path", { fill: "none", stroke: cssColor(color), "stroke-width": width, "stroke-dasharray": dash });
  let f = null, level = 0;
  const layer = {
    draw() {
      if (!f) return;
      const { left, top, width: wide, height: high } = context.box;
      const columns = Math.max(2, Math.round(wide / cell) + 1), rows = Math.max(2, Math.round(high / cell) + 1);
      const values = new Float64Array(columns * rows);
      for (let i = 0; i < values.length; i += 1) {
        values[i] = f(context.invertX(left + (wide * (i % columns)) / (columns - 1)),
          context.invertY(top + (high * Math.floor(i / columns)) / (rows - 1)));
      }
      let d = "";
      const at = (x, y) => `${(left + x).toFixed(1)} ${(top + y).toFixed(1)}`;
      const pen = { moveTo: (x, y) => { d += `M${at(x, y)}`; }, lineTo: (x, y) => { d += `L${at(x, y)}`; } };
      traceContour(pen, values, columns, rows, level, wide / (columns - 1), high / (rows - 1));
      el.setAttribute("d", d);
    },
  };
  context.markGroup.append(el);
  context.add(layer);
  return {
    set(newFunction, newLevel) {
      f = newFunction;
      level = newLevel;
      layer.draw();
    },
    remove() {
      context.drop(layer);
      el.remove();
    },
  };
}
