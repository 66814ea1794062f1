/**
 * One neuron: three inputs, three weights, a bias, a sum, and a function that squashes it.
 * The question is whether something is a hot dog; the weights are found by hand.
 * Data: `weights` (three), `bias`, `activation`, `food` (which example is loaded).
 */
import { button, choice, h, number, readout, setAttributes, slider, statusLine } from "../lab/dom.js";
import { createPlot } from "../lab/plot.js";
import { createSync, valueOr } from "../lab/sync.js";

/** The inputs, in order. */
export const FEATURES = ["long", "in a bun", "red sauce"];
const LIMITS = { weight: 5, bias: 8 };
/** Weights that tell the four examples apart. */
export const ANSWER = { weights: [3, 3, 1], bias: -5 };

/** @type {{name: string, features: number[], hotDog: boolean}[]} */
export const FOODS = [
  { name: "hot dog", features: [1, 1, 0.8], hotDog: true },
  { name: "banana", features: [1, 0, 0], hotDog: false },
  { name: "hamburger", features: [0.1, 1, 0.6], hotDog: false },
  { name: "salad", features: [0.2, 0, 0.1], hotDog: false },
];

/** @type {Record<string, {name: string, value: (sum: number) => number, words: string}>} */
export const ACTIVATIONS = {
  none: { name: "none", value: (sum) => sum, words: "No activation: the answer is the sum itself, any number." },
  step: { name: "step", value: (sum) => (sum > 0 ? 1 : 0),
    words: "Step: 0 or 1 and nothing between, so a small change of a weight usually changes nothing." },
  sigmoid: { name: "sigmoid", value: (sum) => 1 / (1 + Math.exp(-sum)),
    words: "Sigmoid: any sum is squashed to between 0 and 1, so it reads as “how sure”." },
  relu: { name: "ReLU", value: (sum) => Math.max(0, sum),
    words: "ReLU: a negative sum becomes 0, a positive one passes as it is." },
  tanh: { name: "tanh", value: Math.tanh, words: "Tanh: any sum is squashed to between −1 and 1." },
};

/** weight × input, one by one. */
export const products = (features, weights) => features.map((feature, i) => feature * weights[i]);

/** The weighted sum with the bias. */
export const weightedSum = (features, { weights, bias }) =>
  products(features, weights).reduce((total, product) => total + product, bias);

/** Does a sum say “hot dog”? It does above zero, whatever the activation. */
export const saysHotDog = (sum) => sum > 1e-9;

/** The answer in words: "hot dog 0.87". @param {number} sum @param {string} activation */
export function verdict(sum, activation) {
  return `${saysHotDog(sum) ? "hot dog" : "no hot dog"} ${number(ACTIVATIONS[activation].value(sum), 2)}`;
}

/**
 * How a neuron judges the examples.
 * @param {{weights: number[], bias: number}} neuron
 * @returns {{results: boolean[], right: number}}
 */
export function score(neuron) {
  const results = FOODS.map(({ features, hotDog }) => saysHotDog(weightedSum(features, neuron)) === hotDog);
  return { results, right: results.filter(Boolean).length };
}

/** What the score says. @param {{weights: number[], bias: number}} neuron */
export function scoreWords(neuron) {
  const { right } = score(neuron);
  if (right === 4) return "All 4 right. You did by hand what training does: you changed weights and bias until the answers fit.";
  if (FOODS.every(({ features }) => !saysHotDog(weightedSum(features, neuron)))) {
    return `${right} of 4 right, by saying no to everything: a count of right answers is not the whole story.`;
  }
  if (right === 3 && neuron.bias === 0) return "3 of 4 right. With a bias of 0 no weights reach 4: try the bias.";
  return `${right} of 4 right. Move the weights and the bias until all are.`;
}

const colorOf = (value) => (Math.abs(value) < 0.005 ? "grey" : value > 0 ? "blue" : "orange");
const paint = (value) => `var(--lab-${colorOf(value)})`;

const signed = (value) => `${value > 0 ? "+" : ""}${number(value, 2)}`;

/** The drawing of the neuron; `update` gives it numbers. */
function createDiagram() {
  const rows = [46, 122, 198], sumAt = [226, 122], inputX = 62;
  const edges = rows.map((y) => h("line", { x1: inputX + 24, y1: y, x2: sumAt[0], y2: sumAt[1],
    "stroke-linecap": "round" }));
  const biasEdge = h("line", { x1: sumAt[0], y1: 206, x2: sumAt[0], y2: sumAt[1], "stroke-linecap": "round" });
  const label = (x, y, attributes) => h("text", { x, y, "text-anchor": "middle", ...attributes });
  const inputs = rows.map((y) => label(inputX, y + 5, { class: "lab-neuron-number" }));
  const middles = rows.map((y) => [128, y + ((128 - inputX) / (sumAt[0] - inputX)) * (sumAt[1] - y)]);
  const pills = middles.map(([x, y]) => h("rect", { x: x - 26, y: y - 11, width: 52, height: 22, rx: 11,
    class: "lab-neuron-pill" }));
  const terms = middles.map(([x, y]) => label(x, y + 5, { class: "lab-neuron-term" }));
  const bias = label(sumAt[0], 217, { class: "lab-neuron-number" });
  const sum = label(sumAt[0], sumAt[1] + 12, { class: "lab-neuron-number" });
  const squash = h("path", { class: "lab-neuron-squash" });
  const squashName = label(312, 158, { class: "lab-neuron-name" });
  const answer = label(386, sumAt[1] + 6, { class: "lab-neuron-answer" });
  const tip = h("path", { d: "M0 -5L8 0L0 5Z", class: "lab-neuron-arrow" });
  const svg = h("svg", { viewBox: "0 0 420 240", class: "lab-neuron-svg", role: "img" },
    edges, biasEdge,
    h("g", { class: "lab-neuron-wire" }, h("line", { x1: 254, y1: 122, x2: 284, y2: 122 }),
      h("line", { x1: 340, y1: 122, x2: 356, y2: 122 })),
    h("g", { transform: "translate(354 122)" }, tip),
    rows.map((y) => h("circle", { cx: inputX, cy: y, r: 24, class: "lab-neuron-node" })),
    h("circle", { cx: sumAt[0], cy: sumAt[1], r: 30, class: "lab-neuron-node lab-neuron-body" }),
    h("circle", { cx: sumAt[0], cy: 212, r: 20, class: "lab-neuron-node" }),
    h("rect", { x: 284, y: 98, width: 56, height: 48, rx: 7, class: "lab-neuron-node" }),
    h("line", { x1: 290, y1: 122, x2: 334, y2: 122, class: "lab-neuron-axis" }), squash,
    label(sumAt[0], sumAt[1] - 6, { class: "lab-neuron-name" }),
    rows.map((y, i) => label(inputX, y - 29, { class: "lab-neuron-name" })),
    label(sumAt[0] + 26, 217, { class: "lab-neuron-name", "text-anchor": "start" }),
    inputs, pills, terms, bias, sum, squashName, answer);
  const names = svg.querySelectorAll("text.lab-neuron-name");
  ["sum", ...FEATURES, "bias"].forEach((text, i) => (names[i].textContent = text));

  return {
    el: svg,
    update(features, neuron, activation) {
      const each = products(features, neuron.weights);
      const total = weightedSum(features, neuron);
      each.forEach((product, i) => {
        setAttributes(edges[i], { stroke: paint(product), "stroke-width": 1.5 + 2.2 * Math.abs(product) });
        inputs[i].textContent = number(features[i], 1);
        terms[i].textContent = `× ${number(neuron.weights[i], 1)}`;
        pills[i].setAttribute("stroke", paint(product));
        terms[i].setAttribute("fill", paint(product));
      });
      setAttributes(biasEdge, { stroke: paint(neuron.bias), "stroke-width": 1.5 + 2.2 * Math.abs(neuron.bias) });
      bias.textContent = number(neuron.bias, 1);
      sum.textContent = number(total, 2);
      const { value, name } = ACTIVATIONS[activation];
      const tall = ["none", "relu"].includes(activation) ? 5 : 1;
      squash.setAttribute("d", Array.from({ length: 45 }, (_, i) => {
        const y = Math.max(-1.05, Math.min(1.05, value((i - 22) / 4.4) / tall));
        return `${i ? "L" : "M"}${290 + i} ${(122 - 19 * y).toFixed(1)}`;
      }).join(""));
      squashName.textContent = name;
      answer.textContent = number(value(total), 2);
      answer.setAttribute("fill", paint(saysHotDog(total) ? 1 : -1));
      svg.setAttribute("aria-label", `A neuron. ${FEATURES.map((feature, i) =>
        `${feature} ${number(features[i], 1)} times weight ${number(neuron.weights[i], 1)}`).join("; ")}; `
        + `bias ${number(neuron.bias, 1)}; sum ${number(total, 2)}; answer ${number(value(total), 2)}.`);
    },
  };
}

/** The way to the sum, one stretch after another, above the curve that squashes it. */
function createCharts() {
  const blank = () => "    ";
  const walk = createPlot({ label: "The way to the sum", title: "The way to the sum", xDomain: [-8, 8], yDomain: [0, 5],
    ratio: 0.36, minHeight: 140, maxHeight: 170, yFormat: blank, grid: true });
  const curve = createPlot({ label: "The activation", xDomain: [-8, 8], yDomain: [-0.1, 1.1], xLabel: "Sum",
    yLabel: "Answer", ratio: 0.44, minHeight: 180, maxHeight: 230,
    yFormat: (value) => number(value, Math.abs(value) >= 10 ? 0 : 1).padStart(4, "\u2007") });
  const zero = walk.segments({ color: "ink", width: 1 });
  const links = walk.segments({ color: "grey", width: 1, dash: "2 3" });
  const stretches = { blue: walk.bars({ color: "blue", gap: 0, opacity: 0.85 }),
    orange: walk.bars({ color: "orange", gap: 0, opacity: 0.85 }) };
  const totals = { blue: walk.points({ color: "blue", radius: 6 }), orange: walk.points({ color: "orange", radius: 6 }) };
  const names = walk.labels({ color: "ink", size: 12, dy: 4, dx: 9, anchor: "start" });
  const namesLeft = walk.labels({ color: "ink", size: 12, dy: 4, dx: -9, anchor: "end" });
  const line = curve.line({ color: "purple", width: 2.5 });
  const cross = curve.segments({ color: "ink", width: 1 });
  const drop = curve.segments({ color: "grey", width: 1.5, dash: "4 3" });
  const points = { blue: curve.points({ color: "blue", radius: 6.5 }), orange: curve.points({ color: "orange", radius: 6.5 }) };
  const value = curve.labels({ color: "ink", size: 13, anchor: "start", dx: 10, dy: 19 });

  return {
    els: [walk.el, curve.el],
    update(features, neuron, activation) {
      const parts = [["bias", neuron.bias],
        ...products(features, neuron.weights).map((product, i) => [FEATURES[i], product])];
      let at = 0;
      const steps = parts.map(([name, size], i) => {
        const step = { name, from: at, to: at + size, y: 4.5 - i };
        at = step.to;
        return step;
      });
      const far = Math.max(6, Math.ceil(1.15 * Math.max(...steps.map(({ to }) => Math.abs(to)))));
      const x = [-far, far];
      walk.setDomains({ x });
      zero.set([[0, 0, 0, 5]]);
      for (const color of ["blue", "orange"]) {
        const sign = color === "blue" ? 1 : -1;
        stretches[color].set(steps.filter(({ from, to }) => sign * (to - from) > 0.004)
          .map(({ from, to, y }) => [from, to, y + 0.26, y - 0.26]));
      }
      links.set([...steps.map(({ to, y }) => [to, y, to, y - 1])]);
      const [show, hide] = saysHotDog(at) ? ["blue", "orange"] : ["orange", "blue"];
      totals[show].set([[at, 0.5]]);
      totals[hide].set([]);
      const placed = [...steps.map(({ name, from, to, y }) =>
        [Math.max(from, to), y, `${name} ${signed(to - from)}`, Math.min(from, to)]),
      [at, 0.5, `sum ${number(at, 2)}`, at]];
      const toLeft = ([right]) => right > far * 0.3;
      names.set(placed.filter((entry) => !toLeft(entry)).map(([right, y, text]) => [right, y, text]));
      namesLeft.set(placed.filter(toLeft).map(([, y, text, left]) => [left, y, text]));
      walk.describe(`The way to the sum: ${steps.map(({ name, from, to }) =>
        `${name} ${number(to - from, 2)}`).join(", ")}; sum ${number(at, 2)}.`);

      const f = ACTIVATIONS[activation].value;
      const free = ["none", "relu"].includes(activation);
      curve.setDomains({ x, y: free ? (activation === "none" ? x : [-0.1 * far, far])
        : [activation === "tanh" ? -1.25 : -0.12, 1.25] });
      const sums = Array.from({ length: 241 }, (_, i) => -far + (i / 240) * 2 * far);
      line.set(activation === "step" ? [[-far, 0], [0, 0], [NaN, NaN], [0, 1], [far, 1]]
        : sums.map((sum) => [sum, f(sum)]));
      cross.set([[-far, 0, far, 0], [0, curve.yDomain[0], 0, curve.yDomain[1]]]);
      drop.set([[at, curve.yDomain[1], at, f(at)], [at, f(at), -far, f(at)]]);
      points[show].set([[at, f(at)]]);
      points[hide].set([]);
      value.set([[Math.min(0.7 * far, at), Math.max(f(at), curve.yDomain[0] + 0.25 * (curve.yDomain[1] - curve.yDomain[0])),
        number(f(at), 2)]]);
      curve.describe(`${ACTIVATIONS[activation].name}: the sum ${number(at, 2)} becomes ${number(f(at), 2)}`);
    },
    destroy() {
      walk.destroy();
      curve.destroy();
    },
  };
}

/** @param {{model: any, el: HTMLElement}} view @returns {() => void} */
function render({ model, el }) {
  const sync = createSync(model);
  let neuron = { weights: [...valueOr(model, "weights", [1, 1, 1])], bias: valueOr(model, "bias", 0) };
  const start = { weights: [...neuron.weights], bias: neuron.bias };
  let activation = valueOr(model, "activation", "sigmoid");
  let food = FOODS.find(({ name }) => name === model.get("food")) ?? FOODS[0];
  let features = [...food.features];

  const diagram = createDiagram();
  const charts = createCharts();
  const answer = readout("The neuron's answer");
  const status = statusLine();
  const words = h("p", { class: "lab-note" });

  const change = () => {
    update();
    say();
    sync.send({ weights: [...neuron.weights], bias: neuron.bias, activation });
  };
  const one = (value) => number(value, 1);
  const inputs = FEATURES.map((name, i) => slider({
    label: name, min: 0, max: 1, step: 0.1, value: features[i], format: one, color: "green",
    onInput(value) { features[i] = value; food = null; change(); },
  }));
  const weights = FEATURES.map((name, i) => slider({
    label: `weight of “${name}”`, min: -LIMITS.weight, max: LIMITS.weight, step: 0.1, value: neuron.weights[i], format: one,
    onInput(value) { neuron.weights[i] = value; change(); },
  }));
  const bias = slider({
    label: "bias", min: -LIMITS.bias, max: LIMITS.bias, step: 0.1, value: neuron.bias, format: one,
    onInput(value) { neuron.bias = value; change(); },
  });
  const kind = choice({
    label: "Activation", value: activation, options: Object.entries(ACTIVATIONS).map(([key, { name }]) => [key, name]),
    onInput(value) { activation = value; change(); },
  });
  const setNeuron = (next) => {
    neuron = { weights: [...next.weights], bias: next.bias };
    weights.forEach((control, i) => (control.value = neuron.weights[i]));
    bias.value = neuron.bias;
    change();
  };

  const rows = FOODS.map((item) => {
    const load = button({ label: item.name, onClick() {
      food = item;
      features = [...item.features];
      inputs.forEach((control, i) => (control.value = features[i]));
      change();
    } });
    const said = h("td"), right = h("td");
    return { item, load, said, right,
      row: h("tr", null, h("th", { scope: "row" }, load.el), said, right) };
  });
  const table = h("table", { class: "lab-foods" },
    h("thead", null, h("tr", null, ["Load an example", "The neuron says", "Is that right?"].map((text) =>
      h("th", { scope: "col" }, text)))), h("tbody", null, rows.map(({ row }) => row)));

  function update() {
    const sum = weightedSum(features, neuron);
    diagram.update(features, neuron, activation);
    charts.update(features, neuron, activation);
    answer.value = verdict(sum, activation);
    answer.el.style.setProperty("--lab-accent", paint(saysHotDog(sum) ? 1 : -1));
    words.textContent = ACTIVATIONS[activation].words;
    const { results } = score(neuron);
    rows.forEach(({ item, said, right, load }, i) => {
      said.textContent = verdict(weightedSum(item.features, neuron), activation);
      right.textContent = results[i] ? "right" : "wrong";
      right.dataset.right = String(results[i]);
      load.el.setAttribute("aria-pressed", String(item === food));
    });
  }

  function say({ now = false } = {}) {
    const name = food ? `${food.name[0].toUpperCase()}${food.name.slice(1)}` : "Your own food";
    status.say(`${name}: sum ${number(weightedSum(features, neuron), 2)}, answer “${answer.value}”. ${scoreWords(neuron)}`,
      { tone: score(neuron).right === 4 ? "good" : "info", now });
  }

  el.replaceChildren(h("div", { class: "lab lab-stack" },
    h("div", { class: "lab-grid lab-grid-2" },
      h("div", { class: "lab-stack" }, diagram.el, h("dl", { class: "lab-readouts" }, answer.el), kind.el, words),
      h("div", { class: "lab-stack" },
        h("p", { class: "lab-heading" }, "The food: inputs"), inputs.map((control) => control.el),
        h("p", { class: "lab-heading" }, "The neuron: weights and bias"), weights.map((control) => control.el), bias.el)),
    h("div", { class: "lab-grid lab-grid-2 lab-group" },
      h("div", { class: "lab-stack" }, h("p", { class: "lab-heading" }, "Find the weights yourself"), table, status.el,
        h("div", { class: "lab-toolbar" },
          button({ label: "Reset", icon: "reset", onClick: () => setNeuron(start) }).el,
          button({ label: "Show weights that work", onClick: () => setNeuron(ANSWER) }).el)),
      h("div", { class: "lab-stack" }, charts.els))));
  update();
  say({ now: true });
  sync.listen("weights", (value) => setNeuron({ ...neuron, weights: value }));
  sync.listen("bias", (value) => setNeuron({ ...neuron, bias: value }));
  sync.listen("activation", (value) => {
    activation = kind.value = value;
    change();
  });

  return () => {
    sync.stop();
    charts.destroy();
    status.stop();
    el.replaceChildren();
  };
}

export default { render };
