/**
 * Named bars, such as probabilities: a table whose cells have a length, so that it reads well without eyes too.
 * @module lab/charts/bars
 */
import { h, number } from "../dom.js";

/**
 * @param {{ title?: string, labels?: string[], max?: number, format?: (value: number) => string, names?: [string, string] }} [options]
 *   `max` is the value of a whole bar (probabilities: 1; default: the largest); `names` head the columns for screen readers
 * @returns {{ el: HTMLElement, update(data: { labels?: string[], values: ArrayLike<number>, best?: number }): void, dispose(): void }}
 *   `best` is the bar to point out; default: the highest
 */
export function barChart({ title = "", labels = [], max, format = (value) => number(value, 3), names = ["class", "value"] } = {}) {
  const body = h("tbody");
  const el = h("div", { class: "lab-chart" }, h("table", { class: "lab-bars" },
    h("caption", { class: title ? "lab-plot-title" : "lab-unseen" }, title || names.join(" and ")),
    h("colgroup", null, h("col", { class: "lab-bars-names" }), h("col")),
    h("thead", { class: "lab-unseen" }, h("tr", null, names.map((name) => h("th", { scope: "col" }, name)))), body));
  let rows = [], shown = null;

  function lay(texts) {
    shown = texts;
    rows = texts.map((text) => {
      const value = h("span", { class: "lab-bars-value" }), fill = h("span", { class: "lab-bars-fill", "aria-hidden": "true" });
      const tr = h("tr", null, h("th", { scope: "row" }, text), h("td", null, fill, value));
      return { tr, value, fill };
    });
    body.replaceChildren(...rows.map(({ tr }) => tr));
  }
  lay(labels);

  return {
    el,
    update({ labels: texts = shown, values, best }) {
      if (texts.length !== shown.length || texts.some((text, i) => text !== shown[i])) lay(texts);
      const list = Array.from(values);
      const whole = max ?? Math.max(...list.map(Math.abs).filter(Number.isFinite), 1e-12);
      const top = best ?? list.indexOf(Math.max(...list));
      rows.forEach(({ tr, value, fill }, i) => {
        const text = list[i] === undefined ? "–" : format(list[i]);
        if (value.textContent !== text) value.textContent = text;
        fill.style.setProperty("--lab-bar", String(Math.min(1, Math.abs(list[i]) / whole) || 0));
        tr.dataset.sign = list[i] < 0 ? "minus" : "plus";
        if (i === top) tr.dataset.best = "true";
        else delete tr.dataset.best;
      });
    },
    dispose() {},
  };
}
