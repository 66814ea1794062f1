/**
 * A tiny network that learns by backpropagation in plain JavaScript: the fit, the loss, each hidden unit's own output,
 * one step in slow motion with the numbers of the chain rule, and a check of the gradient by finite differences.
 * Data: `problem`, `units`, `activation`, `rate`, `seed`, `steps` (trained at the start).
 */
import { button, choice, h, number, readout, readouts, select, slider, statusLine, toolbar } from "../lab/dom.js";
import { createNetworkDiagram } from "../lab/network-diagram.js";
import {
  backward, createNetwork, descend, flatten, forward, gradientCheck, lossAndGradient, sampleLoss,
} from "../lab/mlp.js";
import { createPlot } from "../lab/plot.js";
import { seededNormal, seededUniform } from "../lab/random.js";
import { createSync, valueOr } from "../lab/sync.js";
import { animationLoop, prefersReducedMotion } from "../lab/theme.js";

const STEPS_A_FRAME = 6;
const STEPS_A_RUN = 2000;
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈";

/** @type {Record<string, {name: string, task: "fit" | "classify", target: (...inputs: number[]) => number}>} */
export const PROBLEMS = {
  wave: { name: "a wave", task: "fit", target: (x) => 0.8 * Math.sin(2 * x) },
  bump: { name: "a bump", task: "fit", target: (x) => 1.5 * Math.exp(-2 * x * x) - 0.5 },
  corner: { name: "a corner", task: "fit", target: (x) => Math.abs(x) - 1 },
  xor: { name: "two classes, crossed (XOR)", task: "classify", target: (x, y) => Number(x * y > 0) },
  circle: { name: "two classes, in and out", task: "classify", target: (x, y) => Number(x * x + y * y < 1.1) },
};
/** Below this mean loss a problem counts as learned. */
export const LEARNED = { fit: 0.01, classify: 0.1 };
const REACH = { fit: 2, classify: 1.5 };

/**
 * The samples of a problem, the same for the same seed.
 * @param {string} problem
 * @param {number} [seed]
 * @returns {{features: number[], target: number}[]}
 */
export function makeSamples(problem, seed = 3) {
  const { task, target } = PROBLEMS[problem];
  if (task === "fit") {
    const noise = seededNormal(seed);
    return Array.from({ length: 41 }, (_, i) => {
      const x = Math.round((-2 + 0.1 * i) * 10) / 10;
      return { features: [x], target: target(x) + 0.05 * noise() };
    });
  }
  const uniform = seededUniform(seed), samples = [];
  while (samples.length < 80) {
    const features = [3 * uniform() - 1.5, 3 * uniform() - 1.5];
    const margin = problem === "xor" ? Math.min(...features.map(Math.abs)) : Math.abs(Math.hypot(...features) - 1.05);
    if (margin > 0.1) samples.push({ features, target: target(...features) });
  }
  return samples;
}

/** What the parameters are called, in the order of `flatten`. @param {{inputs: number, units: number}} shape */
export function parameterNames({ inputs, units }) {
  const each = (make) => Array.from({ length: units }, (_, unit) => make(SUBSCRIPTS[unit + 1]));
  return [
    ...each((unit) => Array.from({ length: inputs }, (_, i) => `w${unit}${inputs > 1 ? SUBSCRIPTS[i + 1] : ""}`)).flat(),
    ...each((unit) => `b${unit}`), ...each((unit) => `v${unit}`), "c",
  ];
}

const show = (value) => number(value, 3);
const bracket = (value) => (value < 0 ? `(${show(value)})` : show(value));

/**
 * One step of gradient descent on one sample, told in stages with the numbers of one hidden unit.
 * @param {import("../lab/mlp.js").Network} network
 * @param {{features: number[], target: number}} sample
 * @param {number} unit
 * @param {number} rate
 * @returns {{title: string, formula: string, back: boolean, edges: "in" | "out" | null}[]}
 */
export function slowMotion(network, { features, target }, unit, rate) {
  const back = backward(network, features, target);
  const k = SUBSCRIPTS[unit + 1], fit = network.task === "fit";
  const inputNames = features.map((_, i) => (features.length > 1 ? `x${SUBSCRIPTS[i + 1]}` : "x"));
  const weightNames = features.map((_, i) => `w${k}${features.length > 1 ? SUBSCRIPTS[i + 1] : ""}`);
  const { hiddenWeights, hiddenBiases, outputWeights, outputBias } = network;
  const w = hiddenWeights[unit], v = outputWeights[unit], out = back.hidden[unit];
  const tanh = network.activation === "tanh";
  const changed = descend(network, flatten(back), rate);
  const after = sampleLoss(changed, forward(changed, features), target);
  const goal = fit ? "answer" : "sum";
  const loss = fit ? `(answer − target)² = (${show(back.answer)} − ${bracket(target)})²`
    : target ? `−log(answer) = −log(${show(back.answer)})` : `−log(1 − answer) = −log(1 − ${show(back.answer)})`;
  const join = (terms) => terms.join(" + ");
  const total = `${join(network.outputWeights.map((weight, i) => `${bracket(weight)} × ${bracket(back.hidden[i])}`))} `
    + `+ ${bracket(outputBias)} = ${show(back.sum)}`;
  return [
    { title: `Forward: unit ${unit + 1} adds up and bends`, back: false, edges: "in",
      formula: `sum${k} = ${join(weightNames.map((name, i) => `${name}·${inputNames[i]}`))} + b${k} = `
        + `${join(w.map((weight, i) => `${bracket(weight)} × ${bracket(features[i])}`))} + ${bracket(hiddenBiases[unit])} = `
        + `${show(back.sums[unit])};  h${k} = ${tanh ? "tanh" : "relu"}(${show(back.sums[unit])}) = ${show(out)}` },
    { title: "Forward: the output adds the units up", back: false, edges: "out",
      formula: fit ? `answer = ${total}` : `sum = ${total};  answer = sigmoid(${show(back.sum)}) = ${show(back.answer)}` },
    { title: "The loss of this sample", back: false, edges: null, formula: `loss = ${loss} = ${show(back.loss)}` },
    { title: `Back: how the loss changes with the ${goal}`, back: true, edges: null,
      formula: fit ? `∂loss/∂answer = 2 · (answer − target) = 2 × (${show(back.answer)} − ${bracket(target)}) = ${show(back.bySum)}`
        : `∂loss/∂sum = answer − target = ${show(back.answer)} − ${target} = ${show(back.bySum)}` },
    { title: `Back: the output weight of unit ${unit + 1}`, back: true, edges: "out",
      formula: `∂loss/∂v${k} = ∂loss/∂${goal} × h${k} = ${show(back.bySum)} × ${bracket(out)} = `
        + `${show(back.outputWeights[unit])}` },
    { title: `Back: through that weight to unit ${unit + 1}`, back: true, edges: "out",
      formula: `∂loss/∂h${k} = ∂loss/∂${goal} × v${k} = ${show(back.bySum)} × ${bracket(v)} = ${show(back.byHidden[unit])}` },
    { title: `Back: through the bend of unit ${unit + 1}`, back: true, edges: null,
      formula: `∂loss/∂sum${k} = ∂loss/∂h${k} × ${tanh ? `(1 − h${k}²)` : "slope"} = ${show(back.byHidden[unit])} × `
        + `${show(back.slopes[unit])} = ${show(back.byHiddenSum[unit])}` },
    { title: `Back: the weight${w.length > 1 ? "s" : ""} and the bias of unit ${unit + 1}`, back: true, edges: "in",
      formula: [...weightNames.map((name, i) => `∂loss/∂${name} = ∂loss/∂sum${k} × ${inputNames[i]} = `
        + `${show(back.byHiddenSum[unit])} × ${bracket(features[i])} = ${show(back.hiddenWeights[unit][i])}`),
      `∂loss/∂b${k} = ${show(back.hiddenBiases[unit])}`].join(";  ") },
    { title: "Update: every parameter moves against its slope", back: false, edges: null,
      formula: `v${k} ← v${k} − rate × ∂loss/∂v${k} = ${show(v)} − ${rate} × ${bracket(back.outputWeights[unit])} = `
        + `${show(changed.outputWeights[unit])};  the loss of this sample ${after <= back.loss ? "falls" : "rises"} from `
        + `${show(back.loss)} to ${show(after)}` },
  ];
}

/** The sentence of the gradient check. */
export function checkWords(check, index, name) {
  const power = check.largest > 0 ? Math.floor(Math.log10(check.largest)) : -16;
  const digits = `10${String(power).replace(/./g, (d) => (d === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]))}`;
  const factor = check.largest > 0 ? check.largest / 10 ** power : 0;
  return `Slope of the loss for ${name}: by backprop ${number(check.backprop[index], 4)}, by finite difference `
    + `${number(check.numeric[index], 4)}. Largest difference over all ${check.backprop.length} parameters: `
    + `${factor.toFixed(1)} × ${digits}.${check.largest > 1e-6 ? " A sample sits on a corner of ReLU, where there is no one slope." : ""}`;
}

/** @param {{model: any, el: HTMLElement}} view @returns {() => void} */
function render({ model, el }) {
  const sync = createSync(model);
  let problem = valueOr(model, "problem", "wave");
  let units = valueOr(model, "units", 4);
  let activation = valueOr(model, "activation", "tanh");
  let rate = valueOr(model, "rate", 0.1);
  let seed = valueOr(model, "seed", 1);
  let network, samples, losses, until = 0, chosen = 0, sampleIndex = 28, stage = -1, stages = [];
  let diagram, fit, spoken = 0;

  const fitHolder = h("div"), diagramHolder = h("div");
  const steps = readout("Steps", "ink"), loss = readout("Loss", "red");
  const status = statusLine();
  const spokenStage = statusLine();
  spokenStage.el.className = "lab-unseen";
  const checkLine = h("p", { class: "lab-check" });
  const story = h("ol", { class: "lab-steps" });
  const lossPlot = createPlot({ label: "Loss", xDomain: [0, 100], yDomain: [0.001, 1], yLog: true, xLabel: "Step",
    yLabel: "Loss", ratio: 0.4, minHeight: 150, maxHeight: 190 });
  const lossLine = lossPlot.line({ color: "red", width: 2 });
  const table = h("div");

  const train = button({ label: "Train", icon: "play", primary: true, onClick: () => (loop.running ? pause() : start()) });
  const one = button({ label: "One step", icon: "step", onClick() { pause(); takeSteps(1); drawAll(); say(); } });
  const reset = button({ label: "Reset", icon: "reset", onClick: () => rebuild() });
  const fresh = button({ label: "Other start", title: "New random weights",
    onClick() { seed += 1; rebuild(); } });
  const controls = {
    problem: select({ label: "Learn", value: problem,
      options: Object.entries(PROBLEMS).map(([key, { name }]) => [key, name]),
      onInput(value) { problem = value; rebuild(); } }),
    activation: choice({ label: "Activation", value: activation, options: [["tanh", "tanh"], ["relu", "ReLU"]],
      onInput(value) { activation = value; rebuild(); } }),
    units: slider({ label: "Hidden units", min: 1, max: 8, step: 1, value: units,
      onInput(value) { units = value; rebuild(); } }),
    rate: slider({ label: "Learning rate", min: 0.01, max: 1, log: true, value: rate,
      onInput(value) { rate = value; sync.send({ rate }); leaveSlowMotion(); } }),
  };
  const sampleSlider = slider({ label: "Sample", min: 1, max: 41, step: 1, value: 1,
    onInput(value) { sampleIndex = value - 1; leaveSlowMotion(); say(); } });
  const unitSlider = slider({ label: "Hidden unit", min: 1, max: 8, step: 1, value: 1,
    onInput(value) { chosen = value - 1; leaveSlowMotion(); drawCheck(); } });
  const back = button({ label: "Back", onClick: () => goTo(stage - 1) });
  const next = button({ label: "Next", icon: "step", primary: true,
    onClick: () => { pause(); goTo(stage + 1 === stages.length ? -1 : stage + 1); } });

  const loop = animationLoop(() => {
    takeSteps(Math.min(STEPS_A_FRAME, until - losses.length + 1));
    drawAll();
    if (performance.now() - spoken > 2000) say();
    if (losses.length > until || !Number.isFinite(losses.at(-1))) pause();
  });

  function start() {
    leaveSlowMotion();
    until = losses.length - 1 + STEPS_A_RUN;
    if (prefersReducedMotion()) {
      takeSteps(STEPS_A_RUN);
      drawAll();
      pause();
      say();
      return;
    }
    train.label = "Pause";
    train.icon = "pause";
    loop.start();
  }

  function pause() {
    const ran = loop.running;
    loop.stop();
    train.label = "Train";
    train.icon = "play";
    if (!ran) return;
    drawCheck();
    say();
  }

  function takeSteps(count) {
    for (let i = 0; i < count && Number.isFinite(losses.at(-1)); i += 1) {
      network = descend(network, lossAndGradient(network, samples).gradient, rate);
      losses.push(lossAndGradient(network, samples).loss);
    }
    sync.send({ loss: losses.at(-1), steps: losses.length - 1 });
  }

  function rebuild() {
    pause();
    const { task } = PROBLEMS[problem];
    samples = makeSamples(problem);
    network = createNetwork({ inputs: task === "fit" ? 1 : 2, units, activation, task, seed });
    losses = [lossAndGradient(network, samples).loss];
    sampleSlider.input.max = samples.length;
    unitSlider.input.max = units;
    chosen = Math.min(chosen, units - 1);
    unitSlider.value = chosen + 1;
    sampleIndex = Math.min(sampleIndex, samples.length - 1);
    sampleSlider.value = sampleIndex + 1;
    fit?.plot.destroy();
    fit = task === "fit" ? createFit(samples) : createField(samples);
    fitHolder.replaceChildren(fit.plot.el);
    diagram = createNetworkDiagram({ inputs: network.inputs, units, reach: REACH[task],
      inputNames: task === "fit" ? ["x"] : ["x₁", "x₂"] });
    diagramHolder.replaceChildren(diagram.el);
    sync.send({ problem, units, activation, rate, seed, loss: losses[0], steps: 0 });
    leaveSlowMotion();
    drawAll();
    drawCheck();
    say();
  }

  function drawAll() {
    fit.draw(network, stage >= 0 ? samples[sampleIndex] : null);
    diagram.update(network);
    const now = losses.at(-1);
    steps.value = String(losses.length - 1);
    loss.value = number(now, 4);
    const every = Math.max(1, Math.floor(losses.length / 240));
    const drawn = losses.map((value, i) => [i, value]).filter(([i, value]) =>
      (i % every === 0 || i === losses.length - 1) && Number.isFinite(value));
    const values = drawn.map(([, value]) => Math.max(1e-6, value));
    lossPlot.setDomains({ x: [0, Math.max(100, losses.length - 1)],
      y: [10 ** Math.floor(Math.log10(Math.min(0.1, ...values))), 10 ** Math.ceil(Math.log10(Math.max(1, ...values)))] });
    lossLine.set(drawn);
    lossPlot.describe(`The loss over ${losses.length - 1} steps, now ${number(now, 4)}`);
  }

  function drawCheck() {
    const check = gradientCheck(network, samples);
    const names = parameterNames(network);
    const index = chosen * network.inputs;
    checkLine.textContent = checkWords(check, index, names[index]);
    checkLine.dataset.largest = String(check.largest);
    table.replaceChildren(h("details", { class: "lab-table" }, h("summary", null, `All ${names.length} slopes`),
      h("div", { class: "lab-table-scroll", tabindex: 0, role: "region", "aria-label": "All slopes" }, h("table", null,
        h("thead", null, h("tr", null, ["Parameter", "By backprop", "By finite difference"].map((name) =>
          h("th", { scope: "col" }, name)))),
        h("tbody", null, names.map((name, i) => h("tr", null, h("th", { scope: "row" }, name),
          h("td", null, number(check.backprop[i], 6)), h("td", null, number(check.numeric[i], 6)))))))));
  }

  function leaveSlowMotion() {
    stages = slowMotion(network, samples[sampleIndex], chosen, rate);
    goTo(-1, false);
  }

  function goTo(to, speak = true) {
    if (to === -1) stages = slowMotion(network, samples[sampleIndex], chosen, rate);
    const sample = samples[sampleIndex];
    const told = to >= 0 ? backward(network, sample.features, sample.target) : null;
    stage = to;
    const last = stage === stages.length - 1;
    if (last) {
      network = descend(network, flatten(told), rate);
      losses.push(lossAndGradient(network, samples).loss);
      drawCheck();
    }
    story.replaceChildren(...stages.slice(0, stage + 1).map(({ title, formula, back: backwards }, i) =>
      h("li", { dataset: { back: String(backwards) }, "aria-current": i === stage ? "step" : null },
        h("span", { class: "lab-steps-title" }, `${i + 1}. ${title}`),
        formula.split(";  ").map((line) => h("span", { class: "lab-steps-formula" }, line)))));
    story.hidden = stage < 0;
    back.disabled = stage < 0 || last;
    next.label = last ? "Begin again" : "Next";
    diagram.show(stage < 0 ? null : flowAt(stage, told, sample));
    drawAll();
    if (speak && stage >= 0) {
      spokenStage.say(`${stage + 1} of ${stages.length}. ${stages[stage].title}: ${stages[stage].formula}.`, { now: true });
    }
  }

  /** The numbers to write into the drawing at a stage. */
  function flowAt(at, told, { features }) {
    const { back: backwards, edges } = stages[at];
    const texts = (values) => values.map((value) => number(value, 2));
    return {
      back: backwards, unitsBack: at >= 5 && at < 8, edges, unit: chosen, inputs: texts(features), answer: at >= 1 ? number(told.answer, 2) : "",
      units: at < 5 || at === 8 ? texts(told.hidden) : at === 5 ? texts(told.byHidden) : texts(told.byHiddenSum),
      output: at === 3 || at === 4 || at === 5 ? `∂ ${number(told.bySum, 2)}` : "",
    };
  }

  function say() {
    spoken = performance.now();
    const now = losses.at(-1), done = losses.length - 1;
    const { task } = PROBLEMS[problem];
    if (!Number.isFinite(now) || now > 1e3) {
      status.say("The loss has run away: the learning rate is too large. Reset, and take a smaller one.", { tone: "bad", now: true });
    } else if (!done) {
      status.say(`Loss ${number(now, 4)} before training. ${flatten(network).length} random parameters know nothing yet.`, { now: true });
    } else if (now < LEARNED[task]) {
      status.say(`Step ${done}, loss ${number(now, 4)}: learned.`, { tone: "good", now: true });
    } else {
      const hint = !loop.running && done >= STEPS_A_RUN
        ? " Not there yet: try more hidden units, another learning rate or another start." : "";
      status.say(`Step ${done}, loss ${number(now, 4)}.${hint}`, { now: true });
    }
  }

  el.replaceChildren(h("div", { class: "lab lab-stack" },
    toolbar(train, one, reset, fresh),
    h("div", { class: "lab-controls" }, controls.problem.el, controls.activation.el, controls.units.el, controls.rate.el),
    h("div", { class: "lab-grid lab-grid-2" }, fitHolder,
      h("div", { class: "lab-stack" }, readouts(steps, loss), lossPlot.el, status.el)),
    h("div", { class: "lab-grid lab-grid-2 lab-group" },
      h("div", { class: "lab-stack" }, h("p", { class: "lab-heading" }, "The network"), diagramHolder,
        h("p", { class: "lab-note" }, "Each tile shows what its unit gives over the inputs. Edges: blue adds, orange takes "
          + "away, wide is strong.")),
      h("div", { class: "lab-stack" }, h("p", { class: "lab-heading" }, "One step in slow motion"),
        h("div", { class: "lab-controls" }, sampleSlider.el, unitSlider.el), toolbar(next, back), spokenStage.el, story)),
    h("div", { class: "lab-group" }, h("p", { class: "lab-heading" }, "Is the gradient right?"), checkLine, table)));
  const trained = valueOr(model, "steps", 0);
  rebuild();
  if (trained) {
    takeSteps(trained);
    leaveSlowMotion();
    drawCheck();
    say();
  }
  const follow = (name, set) => sync.listen(name, (value) => {
    set(value);
    controls[name].value = value;
    rebuild();
  });
  follow("problem", (value) => (problem = value));
  follow("units", (value) => (units = value));
  follow("activation", (value) => (activation = value));
  sync.listen("rate", (value) => {
    rate = controls.rate.value = value;
    leaveSlowMotion();
  });

  return () => {
    sync.stop();
    loop.stop();
    fit.plot.destroy();
    lossPlot.destroy();
    status.stop();
    spokenStage.stop();
    el.replaceChildren();
  };
}

/** The curve a network draws through its samples. */
function createFit(samples) {
  const plot = createPlot({ label: "The fit", title: "The fit", xDomain: [-2.15, 2.15], yDomain: [-1.45, 1.45],
    xLabel: "x", ratio: 0.68, minHeight: 220, maxHeight: 300 });
  const points = plot.points({ color: "grey", radius: 3.5, opacity: 0.75 });
  const curve = plot.line({ color: "blue", width: 3 });
  const gap = plot.segments({ color: "red", width: 2 });
  const ring = plot.points({ color: "red", radius: 6 });
  points.set(samples.map(({ features, target }) => [features[0], target]));
  const xs = Array.from({ length: 121 }, (_, i) => -2.15 + (4.3 * i) / 120);
  return {
    plot,
    draw(network, sample) {
      curve.set(xs.map((x) => [x, forward(network, [x]).answer]));
      ring.set(sample ? [[sample.features[0], sample.target]] : []);
      gap.set(sample ? [[sample.features[0], sample.target, sample.features[0], forward(network, sample.features).answer]] : []);
      plot.describe("The samples and the curve that the network draws through them");
    },
  };
}

/** The field of answers of a network over two inputs, with its samples. */
function createField(samples) {
  const plot = createPlot({ label: "The answer", title: "The answer over the plane", xDomain: [-1.5, 1.5], yDomain: [-1.5, 1.5],
    xLabel: "x₁", yLabel: "x₂", ratio: 0.9, minHeight: 260, maxHeight: 340, grid: false });
  const field = plot.surface({ colors: ["orange", "paper", "blue"], transform: "linear", range: [0, 1], levels: 0,
    at: [0.5], cell: 6, strength: 0.45 });
  const classes = ["orange", "blue"].map((color) => plot.points({ color, radius: 4.5 }));
  const ring = plot.points({ color: "red", radius: 8, hollow: true });
  const inner = plot.points({ color: "red", radius: 4.5 });
  classes.forEach((mark, target) => mark.set(samples.filter((sample) => sample.target === target).map(({ features }) => features)));
  return {
    plot,
    draw(network, sample) {
      field.set((x, y) => forward(network, [x, y]).answer, [0, 1]);
      ring.set(sample ? [sample.features] : []);
      inner.set(sample ? [sample.features] : []);
      plot.describe("The plane coloured by the network's answer, with the samples of both classes");
    },
  };
}

export default { render };
