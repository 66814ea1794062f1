/**
 * Three scores become three probabilities, and the one of the true class says what the answer costs.
 * Data: `scores` (one a class, −5 to 5), `names` of the classes, `truth` (place of the true class), `temperature` (1).
 * Sends back `scores`, `truth`, `temperature`, `probabilities` and `loss`.
 */
import { choice, createScope, h, number, readout, readouts, slider, statusLine } from "../lab/dom.js";
import { barChart } from "../lab/charts/bars.js";
import { createPlot } from "../lab/plot.js";
import { addStyles } from "../lab/styles.js";
import { createSync, valueOr } from "../lab/sync.js";

const MOST = 5, WORST = 6;

/**
 * Positive shares that sum to 1. The largest score is taken away first: the shares stay the same, and no power overflows.
 * @param {number[]} scores
 * @param {number} [temperature]
 */
export function softmax(scores, temperature = 1) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp((score - largest) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** What an answer costs in which the true class got probability p. @param {number} p */
export const crossEntropy = (p) => -Math.log(p);

/**
 * The answer in words.
 * @param {{ names: string[], probabilities: number[], truth: number }} answer
 */
export function verdict({ names, probabilities, truth }) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const given = number(probabilities[truth], 3);
  const cost = number(crossEntropy(probabilities[truth]), 2);
  return best === truth ? `Right: ${names[truth]} is the likeliest, with ${given}. That costs ${cost}.`
    : `Wrong: it says ${names[best]}. The truth, ${names[truth]}, got ${given}. That costs ${cost}.`;
}

/** @param {{ model: any, el: HTMLElement }} view @returns {Promise<() => void>} */
async function render({ model, el }) {
  await addStyles(model, "charts");
  const sync = createSync(model), scope = createScope();
  const names = valueOr(model, "names", ["setosa", "versicolor", "virginica"]);
  let scores = [...valueOr(model, "scores", [-1, 2, 1])], truth = valueOr(model, "truth", 1), temperature = valueOr(model, "temperature", 1);

  const status = statusLine();
  const bars = barChart({ title: "Probabilities", labels: names, max: 1, names: ["class", "probability"] });
  const cost = createPlot({ label: "The cost of an answer, by the probability of the true class", title: "What the answer costs",
    xDomain: [0, 1], yDomain: [0, WORST], xLabel: "Probability of the true class", yLabel: "Cross-entropy", ratio: 0.6, maxHeight: 260 });
  const curve = cost.line({ color: "blue", width: 2 }), place = cost.points({ color: "orange", radius: 6 });
  const xs = Array.from({ length: 200 }, (_, i) => 0.002 + (i / 199) * 0.998);
  curve.set(xs.map((x) => [x, crossEntropy(x)]));
  const outputs = { truth: readout("Given to the truth", "orange"), loss: readout("Cross-entropy", "red"), total: readout("Sum", "grey") };
  const cells = names.map(() => [h("td"), h("td"), h("td")]);
  const sum = h("td");
  const table = h("table", { class: "lab-rule" },
    h("thead", null, h("tr", null, ["Class", "Score z", "e to the z", "Share of the sum"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", null, names.map((name, i) => h("tr", null, h("th", { scope: "row" }, name), cells[i])),
      h("tr", null, h("th", { scope: "row" }, "sum"), h("td"), sum, h("td", null, "1"))));

  const sliders = names.map((name, i) => slider({ label: `Score of ${name}`, min: -MOST, max: MOST, step: 0.1, value: scores[i],
    format: (value) => number(value, 1), onInput(value) {
      scores[i] = value;
      draw();
    } }));
  const truths = choice({ label: "The flower is a", options: names.map((name, i) => [String(i), name]), value: String(truth),
    onInput(value) {
      truth = Number(value);
      draw();
    } });
  const warmth = slider({ label: "Temperature", min: 0.2, max: 5, log: true, value: temperature, format: (value) => number(value, 2),
    onInput(value) {
      temperature = value;
      draw();
    } });

  function draw() {
    const probabilities = softmax(scores, temperature), loss = crossEntropy(probabilities[truth]);
    const powers = scores.map((score) => Math.exp(score / temperature));
    bars.update({ labels: names, values: probabilities });
    powers.forEach((power, i) => {
      const texts = [number(scores[i] / temperature, 2), number(power, 3), number(probabilities[i], 3)];
      cells[i].forEach((cell, column) => { cell.textContent = texts[column]; });
    });
    sum.textContent = number(powers.reduce((total, power) => total + power, 0), 3);
    place.set([[probabilities[truth], Math.min(WORST, loss)]]);
    cost.describe(`The cost falls from ${WORST} and more at probability 0 to 0 at probability 1. The answer costs ${number(loss, 2)}`);
    outputs.truth.value = number(probabilities[truth], 3);
    outputs.loss.value = number(loss, 3);
    outputs.total.value = number(probabilities.reduce((total, p) => total + p, 0), 3);
    status.say(verdict({ names, probabilities, truth }));
    sync.send({ scores: [...scores], truth, temperature, probabilities, loss });
  }

  el.replaceChildren(h("div", { class: "lab lab-stack" },
    h("div", { class: "lab-controls lab-controls-3" }, sliders.map((control) => control.el)),
    truths.el,
    status.el,
    h("div", { class: "lab-grid lab-grid-wide" },
      h("div", { class: "lab-stack" }, bars.el, h("div", { class: "lab-table-scroll", tabindex: 0, role: "region", "aria-label": "The sum by hand" }, table)),
      h("div", { class: "lab-stack" }, cost.el, readouts(...Object.values(outputs)))),
    warmth.el));
  draw();
  for (const stop of [cost.destroy, bars.dispose, status.stop, sync.stop]) scope.add(stop);
  sync.listen("scores", (value) => {
    scores = [...value];
    sliders.forEach((control, i) => { control.value = scores[i]; });
    draw();
  });
  sync.listen("truth", (value) => {
    truth = value;
    truths.value = String(value);
    draw();
  });
  return () => {
    scope.dispose();
    el.replaceChildren();
  };
}

export default { render };
