/**
 * A network is trained in the page on 6,000 pictures of clothes that came as one file, with live curves and the memory
 * that it holds; a switch leaves out the tidying up, and memory runs full.
 * Data: `network` (dense or convolutional), `learning_rate`, `batch_size` (32, 64 or 128), `leak`, `seed`, and `stop_after` (so
 * many steps; 0: when the reader says so).
 * Sends these back, and `steps`, `losses`, `accuracy` (of the held-back pictures, 0 to 1) and `tensors`.
 */
import { confusionMatrix, countPairs } from "../lab/charts/confusion.js";
import { lineChart } from "../lab/charts/line.js";
import { button, choice, h, number, slider, toggle, toolbar } from "../lab/dom.js";
import { openKit } from "../lab/kit.js";
import { bytesText } from "../lab/memory.js";
import { seededUniform } from "../lab/random.js";
import { brightness, openSheet } from "../lab/sprites.js";
import { createSync, valueOr } from "../lab/sync.js";

const MOST_LEAKED = 256e6, EVERY = 10, SOME = 200, SHOWN = 12;

/** The code that runs for each batch, with and without its last line. */
const CODE = {
  tidy: "const cost = optimizer.minimize(loss, true);\nconst [value] = await cost.data();\ntf.dispose([xs, ys, cost]);",
  leak: "const cost = optimizer.minimize(loss, true);\nconst [value] = await cost.data();\n// tf.dispose([xs, ys, cost]);   forgotten",
};

/** A network for pictures of this side, ready to give logits. */
export function makeNetwork(tf, kind, side, classes, seed) {
  const start = (n) => tf.initializers.glorotUniform({ seed: seed + n });
  const net = tf.sequential();
  if (kind === "convolutional") {
    const inputShape = [side, side, 1];
    net.add(tf.layers.conv2d({ inputShape, filters: 8, kernelSize: 5, activation: "relu", kernelInitializer: start(1) }));
    net.add(tf.layers.maxPooling2d({ poolSize: 2 }));
    net.add(tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu", kernelInitializer: start(2) }));
    net.add(tf.layers.maxPooling2d({ poolSize: 2 }));
    net.add(tf.layers.flatten());
  } else {
    net.add(tf.layers.flatten({ inputShape: [side, side, 1] }));
    net.add(tf.layers.dense({ units: 64, activation: "relu", kernelInitializer: start(1) }));
  }
  net.add(tf.layers.dense({ units: classes, kernelInitializer: start(3) }));
  return net;
}

/** @param {{model: any, el: HTMLElement}} view @returns {Promise<() => void>} */
async function render({ model, el }) {
  const kit = await openKit({ model, el, backends: ["webgl", "cpu"], styles: "sprite-training" });
  const { tf } = kit;
  kit.status.say("Fetching the sheet of pictures…", { now: true });
  let sheet;
  try {
    sheet = await openSheet(model, "sprites/fashion");
  } catch (error) {
    kit.close();
    throw error;
  }
  const sync = createSync(model);
  const settings = { network: valueOr(model, "network", "dense"), learning_rate: valueOr(model, "learning_rate", 0.002),
    batch_size: valueOr(model, "batch_size", 64), leak: valueOr(model, "leak", false) };
  const seed = valueOr(model, "seed", 1), stopAfter = valueOr(model, "stop_after", 0);
  const heldBack = Array.from({ length: sheet.heldBack }, (_, i) => sheet.train + i);
  let net = null, optimizer = null, random = seededUniform(seed), order = [], position = 0;
  let running = false, stopAsked = false, gone = false, steps = 0, epoch = 0, run = 0;
  /** What the switch lets leak. The page keeps a list, so that Start over can free it; a real leak has none. */
  let leaked = [], leakedBytes = 0;
  let losses = [], accuracies = [], memory = [], predictions = null;

  // ---- what is on the page
  const lossChart = lineChart({ title: "Loss", x: "step", y: "cross-entropy", maxHeight: 230 });
  const accuracyChart = lineChart({ title: "Accuracy on held-back pictures", x: "step", y: "share", yDomain: [0, 1], maxHeight: 230 });
  const memoryChart = lineChart({ title: "Tensors in memory", x: "step", y: "tensors", maxHeight: 230, digits: 0 });
  const matrix = confusionMatrix({ title: "Held-back pictures", labels: sheet.classes });
  const charts = [lossChart, accuracyChart, memoryChart, matrix];
  const pictures = h("ul", { class: "lab-sprite-answers", "aria-label": "Some held-back pictures, and what the network says" });
  const strip = h("canvas", { width: 1400, height: 196, class: "lab-sprite-sheet", role: "img",
    "aria-label": `The upper part of the sheet: small pictures of clothes, 100 in a row (${sheet.source})` });
  const code = h("code");
  const results = h("details", { class: "lab-how", hidden: true }, h("summary", null, "What it gets wrong"),
    h("div", { class: "lab-stack" }, matrix.el, h("p", { class: "lab-heading" }, "Pictures it has not trained on"), pictures));
  const trainButton = button({ label: "Train", icon: "play", primary: true, onClick: () => (running ? askToStop() : train()) });
  const restartButton = button({ label: "Start over", icon: "reset", title: "A new network; everything that leaked is freed", onClick: () => begin() });
  const networkChoice = choice({ label: "Network", value: settings.network,
    options: [["dense", "Dense"], ["convolutional", "Convolutional"]], onInput(value) { settings.network = value; begin(); } });
  const batchChoice = choice({ label: "Batch", value: String(settings.batch_size), options: ["32", "64", "128"].map((n) => [n, n]),
    onInput(value) { settings.batch_size = Number(value); report(); } });
  const rate = slider({ label: "Learning rate", min: 0.0001, max: 0.1, log: true, value: settings.learning_rate,
    onInput(value) { settings.learning_rate = value; if (optimizer) optimizer.learningRate = value; report(); } });
  const leak = toggle({ label: "Forget to dispose", color: "red", value: settings.leak,
    onInput(value) { settings.leak = value; showCode(); report(); } });

  function showCode() { code.textContent = settings.leak ? CODE.leak : CODE.tidy; }

  function report() {
    sync.send({ ...settings, steps, losses: losses.map(([, value]) => value), accuracy: accuracies.at(-1)?.[1] ?? null,
      tensors: tf.memory().numTensors });
  }

  // ---- the network
  function free() {
    net?.dispose();
    optimizer?.dispose();
    tf.dispose(leaked);
    [net, optimizer, leaked, leakedBytes] = [null, null, [], 0];
  }

  function begin(sentence = "A new network. Press Train.") {
    run += 1;
    stopAsked = true;
    free();
    net = makeNetwork(tf, settings.network, sheet.side, sheet.classes.length, seed);
    optimizer = tf.train.adam(settings.learning_rate);
    random = seededUniform(seed);
    [order, position, steps, epoch, losses, accuracies, memory, predictions] = [[], 0, 0, 0, [], [], [], null];
    results.hidden = true;
    draw();
    kit.status.say(`${sentence} It has ${number(net.countParams(), 0)} parameters.`, { now: true });
    report();
  }

  function nextBatch() {
    if (position + settings.batch_size > order.length) {
      order = Array.from({ length: sheet.train }, (_, i) => i);
      for (let i = order.length - 1; i > 0; i -= 1) {
        const j = Math.floor(random() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
      position = 0;
      epoch += 1;
    }
    position += settings.batch_size;
    return order.slice(position - settings.batch_size, position);
  }

  async function step() {
    const chosen = nextBatch(), { side } = sheet;
    const xs = tf.tensor4d(brightness(sheet, chosen), [chosen.length, side, side, 1]);
    const ys = tf.tidy(() => tf.oneHot(tf.tensor1d(chosen.map((i) => sheet.labels[i]), "int32"), sheet.classes.length).toFloat());
    let cost = null;
    try {
      cost = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(ys, net.apply(xs, { training: true })).asScalar(), true);
      const [value] = await cost.data();
      return value;
    } finally {
      const used = [xs, ys, ...(cost ? [cost] : [])];
      if (settings.leak && !gone) {
        leaked.push(...used);
        leakedBytes += 4 * used.reduce((sum, tensor) => sum + tensor.size, 0);
      } else {
        tf.dispose(used);
      }
    }
  }

  /** The class that the network gives to each of some pictures. */
  async function classify(chosen) {
    const found = new Uint8Array(chosen.length);
    for (let from = 0; from < chosen.length; from += 250) {
      const part = chosen.slice(from, from + 250);
      const best = tf.tidy(() => net.predict(tf.tensor4d(brightness(sheet, part), [part.length, sheet.side, sheet.side, 1])).argMax(-1));
      try {
        found.set(await best.data(), from);
      } finally {
        best.dispose();
      }
    }
    return found;
  }

  async function measure(count) {
    const chosen = heldBack.slice(0, count);
    const found = await classify(chosen);
    const right = chosen.filter((picture, i) => sheet.labels[picture] === found[i]).length;
    accuracies.push([steps, right / count]);
    return found;
  }

  function askToStop() {
    stopAsked = true;
    trainButton.disabled = true;
  }

  async function train() {
    const mine = run;
    [running, stopAsked] = [true, false];
    trainButton.label = "Stop";
    trainButton.icon = "stop";
    const firstLeak = leakedBytes;
    let problem = "", timeAStep = 0;
    try {
      while (!stopAsked && !gone && !kit.switching) {
        const began = performance.now();
        const value = await step();
        if (mine !== run || gone) break;
        timeAStep = performance.now() - began;
        steps += 1;
        losses.push([steps, value]);
        if (steps % EVERY === 0) await measure(SOME);
        if (mine !== run || gone) break;
        memory.push([steps, kit.meter.update().numTensors]);
        draw();
        tell(timeAStep);
        if (!Number.isFinite(value)) { problem = "The loss is no number any more: the learning rate is too high. Press Start over."; break; }
        if (leakedBytes - firstLeak > MOST_LEAKED) { problem = leakSentence("Stopped before the tab is in danger. "); break; }
        if (stopAfter && steps % stopAfter === 0) break;
        await tf.nextFrame();
      }
      if (mine === run && !gone && steps && !problem) predictions = await measure(sheet.heldBack);
    } catch (error) {
      if (mine === run && !gone) problem = explain(error);
    }
    running = false;
    if (gone) return;
    trainButton.disabled = false;
    trainButton.label = "Train";
    trainButton.icon = "play";
    if (mine !== run) return;
    draw();
    if (predictions) showResults();
    if (problem) kit.status.say(problem, { tone: "bad", now: true });
    else if (steps) tell(timeAStep, true);
    report();
  }

  function explain(error) {
    if (/Conv2DBackpropFilter|not registered|Kernel/.test(error.message)) {
      return `TensorFlow.js cannot train convolutions with ${kit.backend === "wasm" ? "WebAssembly" : kit.backend}: choose the dense network, or another backend below.`;
    }
    return `Training ended with an error: ${error.message}`;
  }

  function leakSentence(before) {
    const perStep = leakedBytes / Math.max(1, leaked.length / 3);
    return `${before}Each step leaves 3 tensors and ${bytesText(Math.round(perStep))} behind: ${number(leaked.length, 0)} tensors and `
      + `${bytesText(leakedBytes)} so far. A gigabyte would be full after ${number(Math.round(1e9 / perStep), 0)} steps.`;
  }

  function tell(ms, ended = false) {
    const accuracy = accuracies.at(-1);
    const seen = accuracy ? ` Of ${ended ? sheet.heldBack : SOME} held-back pictures it knows ${number(100 * accuracy[1], 1)} %.` : "";
    const text = `Epoch ${epoch}, step ${steps}: loss ${number(losses.at(-1)[1], 3)}, ${number(ms, 0)} ms a step.${seen}`;
    kit.status.say(leaked.length ? leakSentence(`${text} `) : text, { tone: leaked.length ? "bad" : "info", now: ended });
  }

  // ---- drawing
  function draw() {
    lossChart.update({ series: [{ name: "training batch", points: losses, color: "blue" }] });
    accuracyChart.update({ series: [{ name: "held back", points: accuracies, color: "orange" }] });
    memoryChart.update({ series: [{ name: "tensors", points: memory, color: "purple" }] });
  }

  function showResults() {
    results.hidden = false;
    const truth = heldBack.map((picture) => sheet.labels[picture]);
    matrix.update({ labels: sheet.classes, matrix: countPairs(truth, predictions, sheet.classes.length) });
    const wrong = heldBack.map((_, i) => i).filter((i) => truth[i] !== predictions[i]).slice(0, SHOWN / 2);
    const right = heldBack.map((_, i) => i).filter((i) => truth[i] === predictions[i]).slice(0, SHOWN - wrong.length);
    pictures.replaceChildren(...[...wrong, ...right].map((i) => {
      const said = sheet.classes[predictions[i]], is = sheet.classes[truth[i]];
      return h("li", { dataset: { right: String(said === is) } }, thumbnail(heldBack[i]),
        h("span", null, said === is ? said : `${said}? It is: ${is}`));
    }));
  }

  function thumbnail(picture) {
    const { side, pixels } = sheet;
    const canvas = h("canvas", { width: side, height: side, class: "lab-sprite", "aria-hidden": "true" });
    const pen = canvas.getContext("2d"), image = pen.createImageData(side, side);
    for (let i = 0; i < side * side; i += 1) {
      const value = pixels[picture * side * side + i];
      image.data.set([value, value, value, 255], 4 * i);
    }
    pen.putImageData(image, 0, 0);
    return canvas;
  }

  kit.main.append(h("div", { class: "lab-stack" },
    h("div", { class: "lab-sprite-scroll", tabindex: 0, role: "region", "aria-label": "The sprite sheet" }, strip),
    h("p", { class: "lab-note" }, `${sheet.source[0].toUpperCase()}${sheet.source.slice(1)}: ${number(sheet.train + sheet.heldBack, 0)} pictures in one file of ${bytesText(sheet.bytes)}, so one request instead of `
      + `${number(sheet.train + sheet.heldBack, 0)}. ${number(sheet.train, 0)} are for training, ${number(sheet.heldBack, 0)} are held back.`),
    toolbar(networkChoice, batchChoice, trainButton, restartButton, leak), rate.el,
    h("pre", { class: "lab-code", tabindex: 0, "aria-label": "What runs for each batch" }, code),
    h("div", { class: "lab-sprite-charts" }, lossChart.el, accuracyChart.el, memoryChart.el), results,
    kit.how({ text: "The page fetches one large picture, draws it strip by strip onto a canvas and reads the numbers back: 784 for each "
      + "of the small pictures. Each step of training makes tensors of one batch, moves the weights with Adam, and disposes of the tensors. "
      + "The held-back pictures are never trained on.", chapter: { title: "Training from a sprite sheet", href: "book/lab/sprite-training.html" } })));
  sheet.show(strip);
  showCode();
  begin("Ready.");
  kit.onBackend((name, reason) => begin(reason === "lost" ? "The graphics card was lost, and the network with it: here is a new one."
    : "Another backend, so a new network."));
  for (const name of ["network", "learning_rate", "batch_size", "leak"]) {
    sync.listen(name, (value) => {
      settings[name] = value;
      Object.assign(networkChoice, { value: settings.network });
      Object.assign(batchChoice, { value: String(settings.batch_size) });
      Object.assign(leak, { value: settings.leak });
      rate.value = settings.learning_rate;
      if (name === "network" || name === "learning_rate") begin();
      showCode();
    });
  }

  return () => {
    [gone, stopAsked] = [true, true];
    run += 1;
    sync.stop();
    for (const chart of charts) chart.dispose();
    free();
    kit.close();
  };
}

export default { render };
