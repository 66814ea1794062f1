/**
 * The output of a cell in the page: what the worker sent, as elements. All of it is data; only `html` is markup, and
 * it is cleaned first.
 * @module lab/live/output
 */
import { h } from "../dom.js";
import { bytesText } from "../memory.js";
import { addStyles } from "../styles.js";
import { count } from "./inspect.js";
import { plainOutput } from "./plain.js";
import { sanitize } from "./sanitize.js";

const MOST_ITEMS = 500;

/**
 * @param {{ label: string, model: any, onLine: (cell: string, line: number, column: number) => void }} options
 *   `model` says where files lie (lab/files)
 */
export function createOutput({ label, model, onLine }) {
  const el = h("div", { class: "live-shown", role: "region", "aria-label": label, "aria-live": "polite", "aria-relevant": "additions", hidden: true });
  /** @type {any[]} */
  let items = [];
  /** @type {Map<string, HTMLElement>} the places of charts by their ids */
  const places = new Map();
  /** @type {Promise<any> | null} what draws charts: fetched with the first one */
  let board = null;
  let droppedLine = null;

  function add(item) {
    if (item.kind === "chart" && places.has(item.id)) {
      items[items.findIndex((one) => one.id === item.id)] = item;
      draw(item);
      return;
    }
    if (items.length >= MOST_ITEMS) return;
    items.push(item);
    el.append(element(item));
  }

  function element(item) {
    switch (item.kind) {
      case "tensor": return h("div", { class: "live-tensor" }, h("span", { class: "live-tensor-head" }, `${item.head} · ${bytesText(item.bytes)}`),
        item.values && pre(item.values, "value"));
      case "table": return table(item);
      case "html": return h("div", { class: "live-html" }, sanitize(item.text));
      case "image": return picture(item);
      case "chart": {
        places.set(item.id, h("div", { class: "live-chart lab", "aria-live": "off" }));
        draw(item);
        return places.get(item.id);
      }
      case "error": return problem(item);
      case "note": return h("p", { class: "live-note" }, item.text);
      case "dropped": return dropped(item.count);
      default: return pre(item.text, item.kind === "value" ? "value" : item.level);
    }
  }

  /** Draw a chart, or draw it again; of messages that came before the charts were fetched, the last one. */
  async function draw(item) {
    const place = places.get(item.id);
    board ??= openBoard(model);
    try {
      const mine = board;
      const charts = await mine;
      if (mine !== board || items.find((one) => one.id === item.id) !== item) return;
      const drawn = charts.draw(item);
      if (!drawn.isConnected) place.replaceChildren(drawn);
    } catch (error) {
      place.replaceChildren(h("p", { class: "live-note" }, `The chart could not be drawn: ${error.message}`));
    }
  }

  function dropped(number) {
    const text = `… ${count(number, "line")} left out …`;
    if (droppedLine) droppedLine.textContent = text;
    droppedLine ??= h("p", { class: "live-dropped" }, text);
    return droppedLine;
  }

  function problem(item) {
    const where = item.line === undefined ? null : h("button", {
      type: "button", class: "live-line", onclick: () => onLine(item.cell, item.line, item.column),
    }, `Line ${item.line}`);
    return h("div", { class: "live-problem" },
      h("p", null, where, where && ": ", h("span", { class: "live-problem-text" }, `${item.name}: ${item.message}`)),
      item.advice && h("p", { class: "live-advice" }, item.advice));
  }

  return {
    el,
    /** @param {any[]} more @param {number} left how many lines were left out so far */
    add(more, left) {
      if (more.length || left) el.hidden = false;
      for (const item of more) add(item);
      if (left && !more.some((item) => item.kind === "dropped")) el.append(dropped(left));
    },
    clear() {
      board?.then((charts) => charts.dispose(), () => {});
      board = null;
      places.clear();
      items = [];
      droppedLine = null;
      el.replaceChildren();
      el.hidden = true;
    },
    get text() { return plainOutput(items); },
    get items() { return items; },
  };
}

async function openBoard(model) {
  const [{ createChartBoard }] = await Promise.all([import("../charts/draw.js"), addStyles(model, "charts")]);
  return createChartBoard();
}

function pre(text, level) {
  return h("pre", { class: "live-text", "data-level": level, tabindex: text.length > 400 ? 0 : null }, text);
}

function table({ columns, rows, more }) {
  return h("div", { class: "live-table", tabindex: 0, role: "group", "aria-label": "Table" },
    h("table", null,
      h("thead", null, h("tr", null, columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, rows.map((row) => h("tr", null, row.map((cell) => h("td", null, cell)))))),
    more > 0 && h("p", { class: "live-dropped" }, `… ${count(more, "row")} more …`));
}

function picture({ width, height, pixels, label, shownWidth }) {
  const canvas = h("canvas", { width, height, role: "img", "aria-label": `${label}, ${width} by ${height} pixels`, class: "live-picture" });
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
  // Small pictures of numbers are shown large, pixel by pixel.
  const scale = Math.max(1, Math.floor(140 / Math.max(width, height)));
  canvas.style.width = `${shownWidth > 0 ? Math.min(2048, shownWidth) : width * scale}px`;
  if (scale > 1) canvas.style.imageRendering = "pixelated";
  return canvas;
}
