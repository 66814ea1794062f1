/**
 * TensorFlow.js trains one dense unit in the page, on y = 2x − 1 or on the reader's numbers.
 * Data: `xs`, `ys` (numbers), `epochs`, `learning_rate`, `optimizer` (sgd, momentum, rmsprop, adam),
 * `seed` (of the first weight; random without one), and where files lie (lab/files.js).
 * Sends back `weight`, `bias`, `loss`, `losses`, `xs` and `ys`.
 */
import { button, createScope, h, number, numberField, readout, readouts, select, slider, statusLine, toggle, toolbar,
  uniqueId } from "../lab/dom.js";
import { createMemoryMeter } from "../lab/memory.js";
import { createPlot } from "../lab/plot.js";
import { createSync, valueOr } from "../lab/sync.js";
import { backendName, backends, backendWord, loadTensorFlow, refusalText, tryBackend, useBackend } from "../lab/tf.js";
import { animationLoop, frameBatch, prefersReducedMotion } from "../lab/theme.js";

const XS = [-1, 0, 1, 2, 3, 4], YS = [-3, -1, 1, 3, 5, 7];
const BLOCK_MS = 1500, MOST_POINTS_SHOWN = 600;

/**
 * Numbers out of "1, 2.5 −3"; null when something else is among them.
 * @param {string} text
 * @returns {number[] | null}
 */
export function readNumbers(text) {
  const words = text.replace(/−/g, "-").split(/[\s,;]+/).filter(Boolean);
  const values = words.map(Number);
  return values.length && values.every(Number.isFinite) ? values : null;
}

/** One dense unit, an optimizer and the data as tensors: what a training run needs. `dispose` frees it all. */
function createRun(tf, { xs, ys, optimizerName, rate }) {
  const make = { sgd: () => tf.train.sgd(rate), momentum: () => tf.train.momentum(rate, 0.9),
    rmsprop: () => tf.train.rmsprop(rate), adam: () => tf.train.adam(rate) };
  const optimizer = make[optimizerName]();
  const features = tf.tensor2d(xs, [xs.length, 1]);
  const labels = tf.tensor2d(ys, [ys.length, 1]);
  return {
    /** One step on all the data; the loss before it, as a tensor of the caller's. */
    step(neuron) {
      return optimizer.minimize(() => tf.losses.meanSquaredError(labels, neuron.apply(features)), true);
    },
    dispose() {
      // The momentum optimizer of TensorFlow.js 4.22 keeps the learning rate that it inherits from SGD.
      const kept = optimizer.c;
      optimizer.dispose();
      if (kept && !kept.isDisposed) kept.dispose();
      tf.dispose([features, labels]);
    },
  };
}

async function render({ model, el }) {
  const tf = await loadTensorFlow(model, ["cpu"]);
  await useBackend(tf, "cpu", model);
  const scope = createScope();
  const sync = createSync(model);
  let xs = [...valueOr(model, "xs", XS)], ys = [...valueOr(model, "ys", YS)];
  let losses = [], weight = 0, bias = 0, epoch = 0, stepTime = 0, training = false, stopAsked = false, gone = false, neuron = null;

  // ---- what is on the page
  const dataPlot = createPlot({ label: "The data, and the line of the neuron", title: "The neuron's line", xLabel: "x",
    yLabel: "y", ratio: 0.75, minHeight: 230, maxHeight: 360, xDomain: [-2, 5], yDomain: [-6, 10] });
  const line = dataPlot.line({ color: "orange", width: 2.5 });
  const dots = dataPlot.points({ color: "ink", radius: 5 });
  const guess = dataPlot.points({ color: "green", radius: 6.5 });
  const lossPlot = createPlot({ label: "Mean squared error, epoch by epoch", title: "Loss while it learns", xLabel: "Epoch",
    yLabel: "Mean squared error", yLog: true, ratio: 0.75, minHeight: 230, maxHeight: 360, xDomain: [0, 200],
    yDomain: [1e-4, 100] });
  const curve = lossPlot.line({ color: "blue", width: 2 });
  const meter = createMemoryMeter(tf);
  const status = statusLine();
  const batch = frameBatch(draw);
  const outputs = { weight: readout("Weight", "orange"), bias: readout("Bias", "orange"), loss: readout("Loss", "blue"),
    epoch: readout("Epoch", "grey"), step: readout("Time a step", "grey"), pause: readout("Longest freeze", "purple") };

  const epochs = slider({ label: "Epochs", min: 10, max: 500, step: 10, value: valueOr(model, "epochs", 200) });
  const rate = slider({ label: "Learning rate", min: 0.001, max: 1, log: true, value: valueOr(model, "learning_rate", 0.05) });
  const optimizer = select({ label: "Optimizer", value: valueOr(model, "optimizer", "sgd"),
    options: [["sgd", "SGD"], ["momentum", "Momentum"], ["rmsprop", "RMSprop"], ["adam", "Adam"]] });
  const backend = select({ label: "Runs on", value: tf.getBackend(),
    options: backends().map((name) => [name, backendName(name)]), onInput: switchBackend });
  const block = toggle({ label: "Block the page", color: "red" });
  const trainButton = button({ label: "Train", icon: "play", primary: true,
    onClick: () => { if (training) stopAsked = true; else train(); } });
  const resetButton = button({ label: "Forget", icon: "reset", title: "New random weight, bias zero", onClick: forget });
  const xField = textField("Numbers x", xs, (values) => { xs = values; newData(); });
  const yField = textField("Numbers y", ys, (values) => { ys = values; newData(); });
  const question = numberField({ label: "Predict for x =", value: 10, onInput: () => batch.request() });
  const answer = h("output", { class: "lab-neuron-answer", for: question.input.id });
  const beat = createBeat((longest) => { outputs.pause.value = `${Math.round(longest)} ms`; });

  function textField(label, values, onInput) {
    const id = uniqueId("numbers");
    const input = h("input", { id, type: "text", class: "lab-number-input", inputmode: "text", autocomplete: "off",
      spellcheck: "false", value: values.join(", ") });
    input.addEventListener("change", () => {
      const read = readNumbers(input.value);
      input.setAttribute("aria-invalid", String(!read));
      if (read) onInput(read);
      else status.say(`${label}: write numbers with commas between them, such as −1, 0, 2.5.`, { tone: "bad", now: true });
    });
    return { el: h("div", { class: "lab-field" }, h("label", { class: "lab-label", for: id }, label), input), input };
  }

  // ---- the neuron
  function createNeuron() {
    neuron?.dispose();
    const seed = model.get("seed");
    const kernelInitializer = tf.initializers.glorotUniform(Number.isInteger(seed) ? { seed } : {});
    neuron = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer })] });
    losses = [];
    epoch = 0;
    readNeuron();
  }
  function readNeuron() {
    const [kernel, offset] = neuron.getWeights();
    weight = kernel.dataSync()[0];
    bias = offset.dataSync()[0];
  }
  const predict = (x) => tf.tidy(() => neuron.predict(tf.tensor2d([[x]])).dataSync()[0]);

  function dataProblem() {
    if (xs.length !== ys.length) return `There are ${xs.length} numbers x and ${ys.length} numbers y: make them pairs.`;
    return "";
  }

  /** One step on a neuron to throw away: the first step of all is slow, and would look like a freeze. */
  function warmUp() {
    createNeuron();
    const run = createRun(tf, { xs: [0, 1], ys: [0, 1], optimizerName: "sgd", rate: 0.01 });
    run.step(neuron).dispose();
    run.dispose();
  }

  async function train() {
    if (dataProblem()) {
      status.say(dataProblem(), { tone: "bad", now: true });
      return;
    }
    setTraining(true);
    createNeuron();
    const run = createRun(tf, { xs, ys, optimizerName: optimizer.value, rate: rate.value });
    const began = performance.now();
    try {
      if (block.value) await trainBlocking(run);
      else await trainYielding(run);
    } finally {
      run.dispose();
      if (gone) neuron.dispose();
      else {
        readNeuron();
        setTraining(false);
        report(performance.now() - began);
      }
    }
  }
  /** One epoch, then a frame for the page: `await tf.nextFrame()` hands control back to the browser. */
  async function trainYielding(run) {
    status.say(`Training for ${epochs.value} epochs.`, { now: true });
    while (epoch < epochs.value && !stopAsked && !gone) {
      const began = performance.now();
      const loss = run.step(neuron);
      const [value] = await loss.data();
      loss.dispose();
      if (gone) return;
      record(value, performance.now() - began);
      if (!Number.isFinite(value)) return;
      readNeuron();
      batch.request();
      await tf.nextFrame();
    }
  }
  /** The same with no pause, for a second and a half at most: nothing can be drawn or pressed meanwhile. */
  async function trainBlocking(run) {
    status.say("Training without a pause: the page is frozen.", { tone: "bad", now: true });
    await tf.nextFrame();
    await tf.nextFrame();
    if (gone) return;
    const end = performance.now() + BLOCK_MS;
    while (performance.now() < end) {
      const began = performance.now();
      const loss = run.step(neuron);
      const [value] = loss.dataSync();
      loss.dispose();
      record(value, performance.now() - began);
      if (!Number.isFinite(value)) return;
    }
    await tf.nextFrame();
  }
  function record(loss, milliseconds) {
    losses.push(loss);
    epoch += 1;
    // The first step also compiles what the backend needs; the average forgets it soon.
    stepTime = epoch < 3 ? milliseconds : 0.9 * stepTime + 0.1 * milliseconds;
  }
  function setTraining(flag) {
    training = flag;
    stopAsked = false;
    trainButton.label = flag ? "Stop" : "Train";
    trainButton.icon = flag ? "stop" : "play";
    for (const control of [resetButton, epochs, rate, optimizer, backend, block]) control.disabled = flag;
    beat.measure(flag);
  }
  function report(milliseconds) {
    meter.update();
    draw();
    sync.send({ weight, bias, loss: losses[losses.length - 1] ?? null, losses: thin(losses).map(([, loss]) => loss), xs, ys });
    const last = losses[losses.length - 1];
    if (!Number.isFinite(last) || last > 1e6) {
      status.say(`The loss ran away after ${epoch} epochs: the learning rate ${rate.value} is too large for these numbers.`,
        { tone: "bad", now: true });
    } else if (block.value) {
      status.say(`${epoch} epochs in ${(milliseconds / 1000).toFixed(1)} seconds, and the page drew nothing for `
        + `${Math.round(beat.longest)} ms. With await tf.nextFrame() it stays alive.`, { tone: "bad", now: true });
    } else {
      status.say(`${epoch} epochs: weight ${number(weight, 3)}, bias ${number(bias, 3)}, loss ${lossText(last)}.`,
        { tone: "good", now: true });
    }
  }
  function forget() {
    createNeuron();
    meter.update();
    draw();
    status.say("New random weight, bias zero.", { now: true });
  }
  function newData() {
    sync.send({ xs, ys });
    const problem = dataProblem();
    status.say(problem || `${xs.length} pairs. Press Train.`, { tone: problem ? "bad" : "info", now: true });
    fitDomains();
    batch.request();
  }
  async function switchBackend(name) {
    trainButton.disabled = true;
    const refusal = await tryBackend(tf, name, model);
    if (gone) return;
    trainButton.disabled = false;
    backend.value = tf.getBackend();
    createNeuron();
    meter.update();
    draw();
    status.say(refusal ? refusalText(refusal, tf.getBackend())
      : `TensorFlow.js now computes with ${backendWord(name)}. Train again and compare the time a step takes.`,
    { tone: refusal ? "bad" : "info", now: true });
  }

  // ---- drawing
  const lossText = (value) => (value === undefined ? "–" : value === 0 ? "0" : value < 1e-4 ? value.toExponential(1).replace("-", "−") : number(value, 4));
  function fitDomains() {
    dataPlot.setDomains({ x: padded(xs, [-2, 5]), y: padded(ys, [-6, 10]) });
  }
  function draw() {
    if (gone) return;
    const [low, high] = dataPlot.xDomain;
    line.set([[low, weight * low + bias], [high, weight * high + bias]]);
    dots.set(xs.slice(0, ys.length).map((x, i) => [x, ys[i]]));
    const prediction = predict(question.value);
    guess.set([[question.value, prediction]]);
    answer.textContent = `→ ${number(prediction, 3)}`;
    const shown = thin(losses);
    lossPlot.setDomains({ x: [0, Math.max(epochs.value, epoch)], y: lossDomain(losses) });
    curve.set(shown);
    outputs.weight.value = number(weight, 3);
    outputs.bias.value = number(bias, 3);
    outputs.loss.value = lossText(losses[losses.length - 1]);
    outputs.epoch.value = String(epoch);
    outputs.step.value = epoch ? `${stepTime.toFixed(1)} ms` : "–";
    dataPlot.update();
    lossPlot.update();
  }

  dataPlot.table({ summary: "The data as numbers", columns: ["x", "y", "prediction"],
    rows: () => xs.slice(0, ys.length).map((x, i) => [number(x), number(ys[i]), number(weight * x + bias, 3)]) });
  lossPlot.table({ summary: "The loss as numbers", columns: ["epoch", "loss"],
    rows: () => thin(losses, 20).map(([at, loss]) => [at, lossText(loss)]) });
  const root = h("div", { class: "lab lab-neuron-live" },
    toolbar(trainButton, resetButton, block, beat.el, backend),
    status.el,
    readouts(...Object.values(outputs)),
    h("div", { class: "lab-grid lab-grid-2" }, dataPlot.el, lossPlot.el),
    h("div", { class: "lab-controls lab-controls-3" }, epochs.el, rate.el, optimizer.el),
    h("div", { class: "lab-controls lab-controls-3" }, xField.el, yField.el,
      h("div", { class: "lab-neuron-ask" }, question.el, answer)),
    meter.el);
  el.append(root);

  sync.listen("xs", (values) => { xs = [...values]; xField.input.value = xs.join(", "); newData(); });
  sync.listen("ys", (values) => { ys = [...values]; yField.input.value = ys.join(", "); newData(); });
  warmUp();
  createNeuron();
  fitDomains();
  meter.update();
  draw();
  status.say(dataProblem() || "The weight is random, the bias zero. Press Train.", { now: true });
  const pulse = setInterval(() => { if (training) meter.update(); }, 250);
  beat.start({ moving: !prefersReducedMotion() });

  scope.add(() => root.remove());
  scope.add(() => {
    gone = true;
    // While a run is under way it frees the neuron itself, when it notices.
    if (!training) neuron.dispose();
  });
  scope.add(() => clearInterval(pulse));
  for (const stop of [dataPlot.destroy, lossPlot.destroy, beat.stop, sync.stop, status.stop, batch.cancel]) scope.add(stop);
  return () => scope.dispose();
}

/** At most `count` of the losses, evenly chosen, as [epoch, loss]. */
function thin(losses, count = MOST_POINTS_SHOWN) {
  const every = Math.max(1, Math.ceil(losses.length / count));
  return losses.map((loss, i) => [i + 1, loss]).filter((_, i) => i % every === 0 || i === losses.length - 1);
}

/** Powers of ten around the losses. */
function lossDomain(losses) {
  const finite = losses.filter((loss) => Number.isFinite(loss) && loss > 0);
  const low = Math.floor(Math.log10(Math.max(1e-8, Math.min(1e-2, ...finite.slice(-1)))));
  const high = Math.ceil(Math.log10(Math.min(1e9, finite.reduce((a, b) => Math.max(a, b), 10))));
  return [10 ** low, 10 ** Math.max(high, low + 1)];
}

function padded(values, [low, high]) {
  const least = Math.min(...values), most = Math.max(...values), margin = 0.12 * (most - least || 1);
  return [Math.min(low, least - margin), Math.max(high, most + margin)];
}

/** A dot that goes round as long as the page can draw; it measures the longest time between two frames. */
function createBeat(onLongest) {
  const dot = h("circle", { r: 3.5, cx: 13, cy: 4, fill: "var(--lab-purple)" });
  const el = h("svg", { class: "lab-beat", viewBox: "0 0 26 26", width: 26, height: 26, "aria-hidden": "true" },
    h("circle", { r: 9, cx: 13, cy: 13, fill: "none", stroke: "var(--lab-line)", "stroke-width": 2 }), dot);
  let last = 0, moves = false, measures = false;
  const beat = {
    el, longest: 0,
    start({ moving }) { moves = moving; loop.start(); },
    /** Begin anew, or keep what was measured. */
    measure(flag) {
      if (flag) beat.longest = last = 0;
      measures = flag;
    },
    stop: () => loop.stop(),
  };
  const loop = animationLoop((_, seconds) => {
    const now = performance.now();
    if (measures && last && now - last > beat.longest) {
      beat.longest = now - last;
      onLongest(beat.longest);
    }
    last = now;
    if (moves) dot.setAttribute("transform", `rotate(${(seconds * 240) % 360} 13 13)`);
  });
  return beat;
}

export default { render };
