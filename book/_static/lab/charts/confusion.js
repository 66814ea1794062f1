/**
 * The confusion matrix: what is what, and what it was taken for.
 * @module lab/charts/confusion
 */
import { dataTable, h, number, uniqueId } from "../dom.js";

/**
 * Counts of pairs of classes: rows are true, columns predicted.
 * @param {ArrayLike<number>} truth
 * @param {ArrayLike<number>} predicted
 * @param {number} classes
 * @returns {number[][]}
 */
export function countPairs(truth, predicted, classes) {
  const matrix = Array.from({ length: classes }, () => Array(classes).fill(0));
  for (let i = 0; i < truth.length; i += 1) matrix[truth[i]][predicted[i]] += 1;
  return matrix;
}

/**
 * @param {{ title?: string, labels?: string[] }} [options]
 * @returns {{ el: HTMLElement, update(data: { labels?: string[], matrix: number[][] }): void, dispose(): void }}
 */
export function confusionMatrix({ title = "Confusion matrix", labels = [] } = {}) {
  const id = uniqueId("confusion");
  const head = h("thead"), body = h("tbody");
  const summary = h("p", { class: "lab-note" });
  let shown = labels, counts = labels.map(() => labels.map(() => 0));
  const table = dataTable({ summary: "Class by class", columns: ["class", "examples", "recognised", "recall", "precision"],
    rows: () => perClass(shown, counts) });
  const el = h("div", { class: "lab-chart" },
    h("p", { class: "lab-plot-title", id }, title),
    h("div", { class: "lab-confusion-scroll", tabindex: 0, role: "region", "aria-labelledby": id },
      h("table", { class: "lab-confusion", "aria-labelledby": id }, head, body)),
    summary, table.el);

  function draw() {
    head.replaceChildren(
      h("tr", null, h("td", { rowspan: 2 }), h("th", { colspan: shown.length, scope: "colgroup", class: "lab-confusion-axis" }, "predicted")),
      h("tr", null, shown.map((label) => h("th", { scope: "col" }, label))));
    body.replaceChildren(...counts.map((row, i) => {
      const total = row.reduce((a, b) => a + b, 0);
      return h("tr", null, h("th", { scope: "row" }, shown[i]), row.map((count, j) => {
        const share = total ? count / total : 0;
        return h("td", { dataset: { right: String(i === j) },
          style: { "--lab-share": `${Math.round(100 * share)}%` } }, count || h("span", { class: "lab-confusion-none" }, "0"));
      }));
    }));
    const all = counts.flat().reduce((a, b) => a + b, 0), right = counts.reduce((sum, row, i) => sum + row[i], 0);
    summary.textContent = all ? `${right} of ${all} on the diagonal: ${number((100 * right) / all, 1)} %. Rows are the true classes.`
      : "Rows are the true classes. Nothing counted yet.";
    table.update();
  }
  draw();

  return {
    el,
    update({ labels: names = shown, matrix }) {
      shown = names;
      counts = matrix;
      draw();
    },
    dispose: table.stop,
  };
}

function perClass(labels, counts) {
  return labels.map((label, i) => {
    const examples = counts[i].reduce((a, b) => a + b, 0);
    const named = counts.reduce((sum, row) => sum + row[i], 0);
    const share = (whole) => (whole ? number(counts[i][i] / whole, 3) : "–");
    return [label, examples, counts[i][i], share(examples), share(named)];
  });
}
