/**
 * The layers of a model: what comes out of each, and where its parameters are.
 * @module lab/charts/layers
 */
import { h } from "../dom.js";

/**
 * @typedef {object} LayerLine
 * @property {string} name
 * @property {string} kind
 * @property {string} shape of its output, such as "[any, 28, 28, 8]"
 * @property {number} parameters
 */

/**
 * A model as plain data. A `tf.GraphModel` has no layers: there each weight is a line.
 * @param {any} net a `tf.LayersModel` or `tf.GraphModel`
 * @returns {LayerLine[]}
 */
export function layersOf(net) {
  if (Array.isArray(net.layers)) {
    return net.layers.map((layer) => ({ name: layer.name, kind: layer.getClassName(), shape: shapeText(layer.outputShape),
      parameters: layer.countParams() }));
  }
  return Object.entries(net.weights ?? {}).map(([name, tensors]) => ({ name, kind: "weight",
    shape: shapeText(tensors[0].shape), parameters: tensors.reduce((sum, { size }) => sum + size, 0) }));
}

function shapeText(shape) {
  if (Array.isArray(shape[0])) return shape.map(shapeText).join(", ");
  return `[${shape.map((size) => size ?? "any").join(", ")}]`;
}

/**
 * @param {{ title?: string, net?: any }} [options]
 * @returns {{ el: HTMLElement, update(data: { layers: LayerLine[] } | { net: any }): void, dispose(): void }}
 */
export function layerSummary({ title = "Layers", net } = {}) {
  const body = h("tbody"), foot = h("tfoot");
  const el = h("div", { class: "lab-chart" }, h("div", { class: "lab-layers-scroll", tabindex: 0, role: "region", "aria-label": title },
    h("table", { class: "lab-layers" }, h("caption", { class: "lab-plot-title" }, title),
      h("thead", null, h("tr", null, ["layer", "kind", "output shape", "parameters"].map((name) => h("th", { scope: "col" }, name)))),
      body, foot)));
  const chart = {
    el,
    update(data) {
      const layers = data.layers ?? layersOf(data.net);
      const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
      const most = Math.max(1, ...layers.map(({ parameters }) => parameters));
      body.replaceChildren(...layers.map(({ name, kind, shape, parameters }) => h("tr", null,
        h("th", { scope: "row" }, name), h("td", null, kind), h("td", { class: "lab-layers-shape" }, shape),
        h("td", { class: "lab-layers-count" }, h("span", { class: "lab-bars-fill", "aria-hidden": "true",
          style: { "--lab-bar": String(parameters / most) } }), h("span", { class: "lab-bars-value" }, thousands(parameters))))));
      foot.replaceChildren(h("tr", null, h("th", { scope: "row", colspan: 3 }, "in all"), h("td", null, thousands(total))));
    },
    dispose() {},
  };
  if (net) chart.update({ net });
  return chart;
}

function thousands(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}
