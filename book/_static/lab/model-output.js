/**
 * What a model answers, whatever shape it has: probabilities and other lists as bars, pictures as maps, a number as a number.
 * @module lab/model-output
 */
import { barChart } from "./charts/bars.js";
import { featureMaps } from "./charts/maps.js";
import { h, number, toggle } from "./dom.js";
import { largest } from "./vision.js";

const TOP = 10, MAPS = 16, SHOWN = 12;

/**
 * @typedef {{ values: Float32Array, shape: number[] }} Answer without the batch
 *
 * @param {{ names: () => string[] }} options `names` of the classes, as far as they are known
 * @returns {{ el: HTMLElement, show(answers: Answer[]): string, clear(): void, stop(): void }} `show` gives a sentence on it
 */
export function createOutput({ names }) {
  const bars = barChart({ title: "What the model answers", names: ["class", "value"] });
  const shares = barChart({ title: "What the model answers", max: 1, format: (value) => `${number(100 * value, 1)} %`, names: ["class", "probability"] });
  const maps = featureMaps({ title: "What the model answers, as pictures" });
  const text = h("p", { class: "lab-model-answer" }), more = h("p", { class: "lab-note" });
  const softmax = toggle({ label: "Softmax: turn the numbers into probabilities", onInput: () => { if (last) show(last); } });
  const parts = { bars: bars.el, shares: shares.el, maps: maps.el, text, softmax: softmax.el };
  const el = h("div", { class: "lab-model-output" }, ...Object.values(parts), more);
  /** @type {Answer[] | null} */
  let last = null;
  const reveal = (...kinds) => { for (const [kind, part] of Object.entries(parts)) part.hidden = !kinds.includes(kind); };
  const label = (index) => names()[index] ?? `class ${index}`;

  function show(answers) {
    last = answers;
    const [{ values, shape }] = answers;
    more.textContent = answers.length > 1 ? `${answers.length} outputs; this is the first. The others have the shapes ${answers.slice(1).map((one) => `[${one.shape.join(", ")}]`).join(", ")}.` : "";
    if (!values.every(Number.isFinite)) {
      reveal("text");
      text.textContent = "Not a number.";
      return "The answer holds what is no number: try another scaling, and see whether the model was trained without trouble.";
    }
    if (shape.length === 3 || (shape.length === 2 && shape[0] > 1 && shape[1] > 1)) return showMaps(values, shape);
    if (values.length === 1) {
      reveal("text");
      text.textContent = number(values[0], 4);
      return `The model answers ${number(values[0], 4)}.`;
    }
    return showClasses(values);
  }
  function showClasses(values) {
    const areShares = isDistribution(values), turned = !areShares && softmax.value;
    const list = turned ? probabilities(values) : values;
    const best = largest(list, TOP), chart = areShares || turned ? shares : bars;
    reveal(areShares || turned ? "shares" : "bars", ...(areShares ? [] : ["softmax"]));
    chart.update({ labels: best.map(({ index }) => label(index)), values: best.map(({ value }) => value), best: 0 });
    if (values.length > TOP) more.textContent = `${more.textContent} The ${TOP} largest of ${values.length.toLocaleString("en")}.`.trim();
    const first = best[0];
    return areShares || turned ? `${label(first.index)}, ${number(100 * first.value, 1)} %.` : `Largest: ${label(first.index)}, ${number(first.value, 3)}.`;
  }
  function showMaps(values, shape) {
    reveal("maps", "text");
    const [height, width, count = 1] = shape, shown = Math.min(count, MAPS);
    maps.update({ width, height, more: count - shown, maps: Array.from({ length: shown }, (_, channel) =>
      Float32Array.from({ length: width * height }, (_, i) => values[i * count + channel])) });
    text.textContent = `First numbers: ${[...values.slice(0, SHOWN)].map((value) => number(value, 3)).join(", ")}${values.length > SHOWN ? " …" : ""}`;
    return `The model answers with ${shape.join(" × ")} numbers.`;
  }
  reveal();

  return {
    el, show,
    clear() {
      last = null;
      more.textContent = "";
      reveal();
    },
    stop: maps.dispose,
  };
}

function isDistribution(values) {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.length > 1 && values.every((value) => value >= -1e-6) && Math.abs(sum - 1) < 1e-3;
}

/** Softmax. @param {ArrayLike<number>} values */
export function probabilities(values) {
  const most = Math.max(...values);
  const powers = Array.from(values, (value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
