/**
 * Charts out of plain messages, as a live cell's worker sends them:
 * `{ kind: "chart", type, id, data }`, where a second message of the same id and type draws the chart again.
 *
 * | type | data |
 * |---|---|
 * | line | `{ title, x, y, series: [{ name, points: [[x, y], …] }] }` |
 * | confusion | `{ title, labels, matrix }` |
 * | layers | `{ title, layers: [{ name, kind, shape, parameters }] }` |
 * | histogram | `{ title, x, values, bins? }` |
 * | maps | `{ title, width, height, maps: [values, …], more? }` |
 * | bars | `{ title, labels, values }` |
 * @module lab/charts/draw
 */
import { barChart } from "./bars.js";
import { confusionMatrix } from "./confusion.js";
import { histogram } from "./histogram.js";
import { layerSummary } from "./layers.js";
import { lineChart } from "./line.js";
import { featureMaps } from "./maps.js";

const MAKERS = { line: lineChart, confusion: confusionMatrix, layers: layerSummary, histogram, maps: featureMaps, bars: barChart };

/**
 * A place where messages become charts: one for the output of each cell, because ids are a cell's own.
 * @returns {{ draw(message: { type: string, id: string, data: any }): HTMLElement, dispose(): void }} `draw` gives the same
 *   element again when it updates a chart; style sheet: lab/css/charts.css
 */
export function createChartBoard() {
  /** @type {Map<string, any>} */
  const charts = new Map();
  return {
    draw({ type, id, data }) {
      if (!(type in MAKERS)) throw new Error(`There is no chart “${type}”: choose from ${Object.keys(MAKERS).join(", ")}.`);
      const key = `${type} ${id}`;
      if (!charts.has(key)) charts.set(key, MAKERS[type](optionsOf(data)));
      const chart = charts.get(key);
      chart.update(data);
      return chart.el;
    },
    dispose() {
      for (const chart of charts.values()) chart.dispose();
      charts.clear();
    },
  };
}

/** What is fixed when a chart is made; an empty text leaves the chart's own. */
function optionsOf({ title, x, y, bins, labels }) {
  return Object.fromEntries(Object.entries({ title, x, y, bins, labels }).filter(([, value]) => value !== undefined && value !== ""));
}
