/**
 * Lines that grow while something runs: loss and accuracy, epoch by epoch.
 * @module lab/charts/line
 */
import { h, number } from "../dom.js";
import { createPlot } from "../plot.js";
import { cssColor } from "../theme.js";

const COLORS = ["blue", "orange", "green", "purple", "red", "grey"];
// Told apart without colours too.
const DASHES = ["", "7 4", "2 4", "10 3 2 3", "1 3", "5 2"];
const MOST_DRAWN = 600, MOST_ROWS = 60;

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {number[][]} points [[x, y], …]
 * @property {string} [color] a named colour
 */

/**
 * @param {{ title?: string, x?: string, y?: string, label?: string, yDomain?: [number, number], ratio?: number,
 *           maxHeight?: number, digits?: number }} [options] `yDomain` fixes the scale: [0, 1] for accuracies
 * @returns {{ el: HTMLElement, update(data: { title?: string, x?: string, series: Series[] }): void, dispose(): void }}
 */
export function lineChart({ title = "", x = "epoch", y = "", label, yDomain, ratio = 0.55, maxHeight = 300, digits = 3 } = {}) {
  const plot = createPlot({ label: label || title || "Lines", title, xLabel: x, yLabel: y, ratio, minHeight: 180, maxHeight,
    xDomain: [0, 1], yDomain: yDomain || [0, 1] });
  const legend = h("ul", { class: "lab-legend" });
  plot.el.append(legend);
  const el = h("div", { class: "lab-chart" }, plot.el);
  /** @type {Map<string, any>} */
  const lines = new Map();
  let shown = [];

  function lineOf({ name, color }) {
    if (!lines.has(name)) {
      const place = lines.size % COLORS.length;
      const stroke = color || COLORS[place], dash = DASHES[place];
      const last = h("output", { class: "lab-legend-value" });
      legend.append(h("li", null, swatch(stroke, dash), h("span", null, name), last));
      lines.set(name, { line: plot.line({ color: stroke, width: 2, dash: dash || undefined }),
        dot: plot.points({ color: stroke, radius: 3.5 }), last });
    }
    return lines.get(name);
  }

  return {
    el,
    update({ series }) {
      const isNew = series.length !== shown.length || series.some(({ name }, i) => name !== shown[i].name);
      shown = series;
      if (isNew) {
        plot.table({ summary: `${title || "The lines"} as numbers`, columns: [x, ...series.map(({ name }) => name)],
          rows: () => tableRows(shown, digits) });
      }
      plot.setDomains({ x: xDomainOf(series), y: yDomain || yDomainOf(series) });
      for (const one of series) {
        const { line, dot, last } = lineOf(one);
        const points = thin(one.points);
        line.set(points);
        // The last point is marked, unless it is no number.
        dot.set(points.slice(-1).filter((point) => point.every(Number.isFinite)));
        const value = one.points.length ? number(one.points[one.points.length - 1][1], digits) : "–";
        if (last.textContent !== value) last.textContent = value;
      }
      for (const [name, { line, dot, last }] of lines) {
        const gone = !series.some((one) => one.name === name);
        line.visible = dot.visible = !gone;
        last.parentElement.hidden = gone;
      }
      plot.describe(`${label || title || "Lines"}: ${series.map(({ name, points }) => (points.length
        ? `${name} ${number(points[points.length - 1][1], digits)}` : `no ${name} yet`)).join(", ")}`);
      plot.update();
    },
    dispose: plot.destroy,
  };
}

function swatch(color, dash) {
  return h("svg", { class: "lab-legend-swatch", viewBox: "0 0 26 8", width: 26, height: 8, "aria-hidden": "true" },
    h("line", { x1: 1, x2: 25, y1: 4, y2: 4, stroke: cssColor(color), "stroke-width": 2.5, "stroke-dasharray": dash || null }));
}

/** At most `MOST_DRAWN` points, the last among them. */
function thin(points) {
  const every = Math.ceil(points.length / MOST_DRAWN) || 1;
  return every === 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

function extent(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

function xDomainOf(series) {
  const [low, high] = extent(series.flatMap(({ points }) => [points[0]?.[0], points[points.length - 1]?.[0]]));
  return low === high ? [low, high + 1] : [low, high];
}

/** From zero where nothing is below, with some air above. */
function yDomainOf(series) {
  const [low, high] = extent(series.flatMap(({ points }) => points.map((point) => point[1])));
  const air = 0.06 * (high - Math.min(low, 0)) || 1;
  return [low < 0 ? low - air : 0, high + air];
}

function tableRows(series, digits) {
  const byX = new Map();
  series.forEach(({ points }, column) => {
    for (const [at, value] of points) {
      if (!byX.has(at)) byX.set(at, Array(series.length).fill("–"));
      byX.get(at)[column] = number(value, digits);
    }
  });
  const rows = [...byX].sort((a, b) => a[0] - b[0]).map(([at, cells]) => [Number(at.toPrecision(6)), ...cells]);
  const every = Math.ceil(rows.length / MOST_ROWS) || 1;
  return rows.filter((_, i) => i % every === 0 || i === rows.length - 1);
}
