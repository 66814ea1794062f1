/**
 * How often values fall into equal intervals.
 * @module lab/charts/histogram
 */
import { h, number } from "../dom.js";
import { createPlot } from "../plot.js";

/**
 * Count values in `bins` intervals of equal width between the least and the greatest; what is no number is counted apart.
 * @param {ArrayLike<number>} values
 * @param {number} [bins] default: the square root of their number, 5 to 40
 * @returns {{ counts: number[], low: number, high: number, odd: number }}
 */
export function countBins(values, bins) {
  let low = Infinity, high = -Infinity, odd = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (!Number.isFinite(values[i])) odd += 1;
    else {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
  }
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const size = bins || Math.min(40, Math.max(5, Math.round(Math.sqrt(values.length))));
  const counts = Array(size).fill(0);
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isFinite(values[i])) counts[Math.min(size - 1, Math.floor(((values[i] - low) / (high - low)) * size))] += 1;
  }
  return { counts, low, high, odd };
}

/**
 * @param {{ title?: string, x?: string, bins?: number, color?: string }} [options]
 * @returns {{ el: HTMLElement, update(data: { values: ArrayLike<number>, bins?: number }): void, dispose(): void }}
 */
export function histogram({ title = "", x = "value", bins, color = "blue" } = {}) {
  const name = title || "Histogram";
  const plot = createPlot({ label: name, title, xLabel: x, yLabel: "how many", ratio: 0.5, minHeight: 170, maxHeight: 280,
    xDomain: [0, 1], yDomain: [0, 1] });
  const bars = plot.bars({ color });
  const note = h("p", { class: "lab-note" });
  let rows = [];
  plot.table({ summary: `${name} as numbers`, columns: ["from", "to", "how many"], rows: () => rows });
  return {
    el: h("div", { class: "lab-chart" }, plot.el, note),
    update({ values, bins: wanted = bins }) {
      const { counts, low, high, odd } = countBins(values, wanted);
      const width = (high - low) / counts.length, top = Math.max(...counts, 1);
      plot.setDomains({ x: [low, high], y: [0, 1.06 * top] });
      bars.set(counts.map((count, i) => [low + i * width, low + (i + 1) * width, count]));
      rows = counts.map((count, i) => [short(low + i * width), short(low + (i + 1) * width), count]);
      plot.describe(`${name}: ${values.length - odd} values from ${short(low)} to ${short(high)}`);
      note.textContent = odd ? `${odd} ${odd === 1 ? "value is" : "values are"} not a number, or infinite.` : "";
      plot.update();
    },
    dispose: plot.destroy,
  };
}

function short(value) {
  return number(Number(value.toPrecision(4)), Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(Math.abs(value) || 1)))));
}
