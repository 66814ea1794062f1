/**
 * A small network learns, in the page, to tell apart the points of a plane: iris flowers, made-up shapes, or the
 * reader's own table.
 * Data: `dataset` (iris, moons, rings, spiral, own), `layers`, `units`, `l2`, `dropout`, `learning_rate`, `wrong_labels` (share
 * of the training labels that are changed), `seed`, `epochs` (trained on Start; 0), `points` (array [n, 2]) with `classes` (array [n])
 * and `class_names`, `feature_names`: the points of dataset "own" from Python.
 * Sends back `accuracy` and `training_accuracy`, `epoch`, `points`, `classes`, `class_names`, `feature_names`, `predicted` (of all
 * points) and `weights` after each run.
 */
import { confusionMatrix, countPairs } from "../lab/charts/confusion.js";
import { lineChart } from "../lab/charts/line.js";
import { classMark, createField } from "../lab/boundaries/field.js";
import { domainsOf, MADE_UP, scaleOf, split, withWrongLabels } from "../lab/boundaries/datasets.js";
import { createIntake } from "../lab/boundaries/intake.js";
import { createNetwork, story } from "../lab/boundaries/network.js";
import { button, choice, h, number, readout, readouts, select, slider, toolbar } from "../lab/dom.js";
import { openKit } from "../lab/kit.js";
import { arrayOr, createSync, valueOr } from "../lab/sync.js";

const MOST_EPOCHS = 300, SHOW_MS = 120, FRAME_MS = 24, STORY_AFTER = 20, MOST_LISTED = 200;
const IRIS = "The table of iris flowers";
const percent = (share) => `${number(100 * share, 1)} %`;

async function render({ model, el }) {
  const kit = await openKit({ model, el, backends: ["wasm", "cpu", "webgl"], styles: "boundaries" });
  const { tf, status, scope } = kit;
  const sync = createSync(model);
  const seed = valueOr(model, "seed", 1);
  const irisText = new TextDecoder().decode(await kit.fetchFile("data/iris.csv"));
  let data = null, network = null, training = false, stopAsked = false, gone = false, curves = null, wanted = 0, parts = null;

  // ---- what is on the page
  const field = createField({ label: "The points, and the class that the network gives to each place", title: "What the network has learned" });
  const legend = h("ul", { class: "lab-boundary-classes" });
  const accuracyChart = lineChart({ title: "Accuracy", yDomain: [0, 1] }), lossChart = lineChart({ title: "Loss" });
  const confusion = confusionMatrix({ title: "Confusion matrix of the held-back points" });
  const words = h("p", { class: "lab-boundary-story", role: "status", "aria-live": "polite" });
  const outputs = { epoch: readout("Epoch", "grey"), training: readout("Training", "blue"), held: readout("Held back", "orange"),
    parameters: readout("Parameters", "grey") };
  const trainButton = button({ label: "Train", icon: "play", primary: true, onClick: () => { if (training) stopAsked = true; else train(); } });
  const resetButton = button({ label: "Start over", icon: "reset", title: "New random weights", onClick: () => { stopAsked = true; rebuild(); say(); } });
  const datasetSelect = select({ label: "Points", value: "iris", onInput: openDataset,
    options: [["iris", "Iris flowers"], ...Object.entries(MADE_UP).map(([name, { title }]) => [name, title]), ["own", "Your own table"]] });
  const again = () => { rebuild(); if (!training) say(); };
  const controls = {
    layers: choice({ label: "Hidden layers", value: String(valueOr(model, "layers", 2)), onInput: again,
      options: ["0", "1", "2", "3"].map((n) => [n, n]) }),
    units: slider({ label: "Units in each", min: 1, max: 64, step: 1, value: valueOr(model, "units", 16), onInput: again }),
    rate: slider({ label: "Learning rate", min: 0.0005, max: 0.3, log: true, value: valueOr(model, "learning_rate", 0.01),
      onInput: (value) => { network.rate = value; } }),
    l2: slider({ label: "L2 penalty", min: 0, max: 10, step: 1, value: l2Step(valueOr(model, "l2", 0)), format: (step) => l2Text(l2Of(step)), onInput: again }),
    dropout: slider({ label: "Dropout", min: 0, max: 0.7, step: 0.05, value: valueOr(model, "dropout", 0), format: (value) => `${Math.round(100 * value)} %`, onInput: again }),
    wrong: slider({ label: "Wrong training labels", min: 0, max: 0.4, step: 0.05, value: valueOr(model, "wrong_labels", 0),
      format: (value) => `${Math.round(100 * value)} %`, onInput: () => { prepare(); if (!training) say(); } }),
  };
  const intake = createIntake({ zone: kit.root, say: status.say, onTable: (points, notes, origin) => {
    datasetSelect.value = origin === IRIS ? "iris" : "own";
    setData(points);
    say(notes.join(" "));
  } });
  const own = h("details", { class: "lab-table lab-boundary-own" }, h("summary", null, "Your own table (CSV)"), intake.el);

  // ---- data
  function openDataset(name) {
    if (name === "iris") intake.show(irisText, IRIS, { x: "petal_length_cm", y: "petal_width_cm", label: "species" });
    else if (name in MADE_UP) {
      intake.columns.replaceChildren();
      setData(MADE_UP[name].make());
      say();
    } else if (pointsOf(model)) {
      intake.columns.replaceChildren();
      setData(pointsOf(model));
      say();
    } else {
      own.open = true;
      own.querySelector("button").focus();
      status.say("Open a CSV file, drop it here, or paste its rows: two columns of numbers and one of classes.", { now: true });
    }
  }
  function setData(points) {
    stopAsked = true;
    data = points;
    prepare();
  }
  /** What does not change while it learns: the split, the labels that are wrong, the scale, and the network's inputs. */
  function prepare() {
    const { points, classes, labels, names } = data;
    const { training: places, heldBack } = split(classes, seed);
    const scale = scaleOf(points, places);
    const scaled = (list) => Float32Array.from(list.flatMap(([x, y]) => [(x - scale[0].mean) / scale[0].sd, (y - scale[1].mean) / scale[1].sd]));
    const wrong = withWrongLabels(classes, controls.wrong.value, labels.length, seed + 7);
    const back = new Set(heldBack);
    const shown = classes.map((one, i) => (back.has(i) ? one : wrong[i]));
    field.setData({ points, classes: shown, isHeldBack: classes.map((_, i) => back.has(i)), kinds: labels.length, names, domains: domainsOf(points) });
    parts = { training: places, heldBack, shown, inputs: scaled(points), cells: scaled(field.gridPoints()) };
    const marks = labels.map((_, i) => classMark(i));
    legend.replaceChildren(...labels.map((label, i) => h("li", null, marks[i].el, label)),
      h("li", { class: "lab-note" }, `filled: ${places.length} to learn from; hollow: ${heldBack.length} held back`));
    for (const mark of marks) mark.draw();
    field.plot.table({ summary: "The points as numbers", columns: ["point", ...names, "class", "used for"],
      rows: () => points.slice(0, MOST_LISTED).map(([x, y], i) => [i + 1, number(x), number(y), labels[shown[i]], back.has(i) ? "held back" : "training"]) });
    sync.sendArray("points", Float32Array.from(points.flat()), [points.length, 2]);
    sync.sendArray("classes", Int32Array.from(classes), [classes.length]);
    sync.send({ class_names: labels, feature_names: names });
    rebuild();
  }

  // ---- the network
  function rebuild() {
    // While a run is under way it frees the network that it trains, and goes on with the new one.
    if (!training) network?.dispose();
    const settings = { layers: Number(controls.layers.value), units: controls.units.value, rate: controls.rate.value, l2: l2Of(controls.l2.value),
      dropout: controls.dropout.value, seed };
    network = createNetwork(tf, { ...parts, classes: parts.shown, kinds: data.labels.length, settings });
    curves = { training: [], held: [], trainingLoss: [], heldLoss: [] };
    wanted = MOST_EPOCHS;
    words.textContent = "";
    delete words.dataset.kind;
    outputs.parameters.value = String(network.parameters);
    if (!training) trainButton.label = "Train";
    show(network);
  }
  async function train(epochs = MOST_EPOCHS) {
    if (training) return;
    setTraining(true);
    status.say("Training.", { now: true });
    wanted = network.epoch + epochs;
    await run();
    if (gone) return;
    setTraining(false);
    await report();
  }
  /** Epoch after epoch, with a frame for the page between, until enough or stopped; a rebuilt network begins anew. */
  async function run() {
    let mine = network, shown = 0;
    stopAsked = false;
    while (!gone && !stopAsked && mine.epoch < wanted) {
      const done = await kit.compute(() => trainFor(mine, FRAME_MS));
      if (mine !== network) {
        mine.dispose();
        mine = network;
      } else if (done && performance.now() - shown > SHOW_MS) {
        await show(mine);
        shown = performance.now();
      }
      await tf.nextFrame();
    }
    if (mine !== network) mine.dispose();
    if (gone) network.dispose();
  }
  /** Epochs until some time has gone by, or enough are done. */
  async function trainFor(mine, milliseconds) {
    const end = performance.now() + milliseconds;
    do await mine.trainEpoch(); while (performance.now() < end && mine.epoch < wanted && mine === network && !gone && !stopAsked);
    return true;
  }
  function setTraining(flag) {
    training = flag;
    trainButton.label = flag ? "Stop" : network.epoch ? "Train on" : "Train";
    trainButton.icon = flag ? "stop" : "play";
  }
  /** Measure and draw a network as it stands. */
  async function show(mine) {
    const found = await kit.compute(async () => ({ measured: await mine.measureAll(data.classes), cells: await mine.probabilities(parts.cells) }));
    if (!found?.measured || !found.cells || gone || mine !== network) return null;
    const { measured, cells } = found;
    field.setGrid(cells);
    const { training: inside, heldBack: outside } = measured;
    for (const [list, value] of [[curves.training, inside.accuracy], [curves.held, outside.accuracy], [curves.trainingLoss, inside.loss], [curves.heldLoss, outside.loss]]) {
      list.push([mine.epoch, value]);
    }
    accuracyChart.update({ series: [{ name: "training", points: curves.training }, { name: "held back", points: curves.held }] });
    lossChart.update({ series: [{ name: "training", points: curves.trainingLoss }, { name: "held back", points: curves.heldLoss }] });
    confusion.update({ labels: data.labels, matrix: countPairs(parts.heldBack.map((place) => data.classes[place]), outside.predicted, data.labels.length) });
    outputs.epoch.value = String(mine.epoch);
    outputs.training.value = percent(inside.accuracy);
    outputs.held.value = percent(outside.accuracy);
    if (mine.epoch >= STORY_AFTER) {
      const place = curves.held.reduce((top, point, i) => (point[1] > curves.held[top][1] ? i : top), 0);
      const [bestEpoch, best] = curves.held[place];
      const told = story({ training: inside.accuracy, heldBack: outside.accuracy, best, bestEpoch, trainingThen: curves.training[place][1],
        count: parts.heldBack.length, kinds: data.labels.length });
      if (words.textContent !== told.text) words.textContent = told.text;
      words.dataset.kind = told.kind;
    }
    field.plot.describe(`${data.names[0]} and ${data.names[1]} of ${data.points.length} points in ${data.labels.length} classes; after ${mine.epoch} epochs `
      + `${percent(outside.accuracy)} of the held-back points are told apart`);
    kit.meter.update();
    return measured;
  }
  async function report() {
    const mine = network;
    const measured = await show(mine);
    // A network that was begun anew has nothing to tell yet.
    if (!measured || !mine.epoch) return;
    const { training: inside, heldBack: outside } = measured;
    status.say(`After ${mine.epoch} epochs: ${percent(inside.accuracy)} of the training points right, ${percent(outside.accuracy)} of those held back.`,
      { tone: "good", now: true });
    const all = await mine.measure(data.classes.map((_, i) => i), data.classes);
    const weights = await mine.weights();
    if (gone || !all || mine !== network) return;
    const { predicted } = all;
    sync.send({ accuracy: outside.accuracy, training_accuracy: inside.accuracy, epoch: mine.epoch });
    sync.sendArray("predicted", Int32Array.from(predicted), [predicted.length]);
    sync.sendArrays("weights", weights);
  }
  function say(note = "") {
    status.say(`${note} ${data.points.length} points in ${data.labels.length} classes. Press Train.`.trim(), { now: true });
  }

  // ---- put together
  kit.main.append(h("div", { class: "lab-boundaries" },
    toolbar(trainButton, resetButton, datasetSelect),
    status.el,
    intake.columns,
    h("div", { class: "lab-grid lab-grid-wide" },
      h("div", { class: "lab-stack" }, field.plot.el, legend, words),
      h("div", { class: "lab-stack" }, readouts(...Object.values(outputs)), accuracyChart.el, lossChart.el)),
    h("div", { class: "lab-controls lab-controls-3" }, Object.values(controls).map((control) => control.el)),
    confusion.el, own,
    kit.how({
      text: "The two numbers of a point go through hidden layers of ReLU units into one softmax unit a class. Adam lowers the cross-entropy on the "
        + "filled points, batch by batch; the hollow ones are never learned from. The colours show the probabilities that the network gives at each place, the "
        + "line where the likeliest class changes.",
      chapter: { title: "Capacity: too little, too much, enough, in week 2", href: "book/week2/capacity.html" } })));
  kit.onBackend(async (_name, reason) => {
    // What was learned lay in the memory that is gone: begin anew.
    if (reason === "lost") rebuild();
    else await show(network);
  });
  scope.add(() => {
    gone = true;
    // While a run is under way it frees the network itself, when it notices.
    if (!training) network.dispose();
  });
  for (const stop of [field.destroy, accuracyChart.dispose, lossChart.dispose, confusion.dispose, intake.stop, sync.stop]) scope.add(stop);

  datasetSelect.value = pointsOf(model) ? "own" : valueOr(model, "dataset", "iris");
  openDataset(datasetSelect.value);
  const first = valueOr(model, "epochs", 0);
  if (first > 0) train(first);
  return () => kit.close();
}

/** The points that Python has given, or null. */
function pointsOf(model) {
  const points = arrayOr(model, "points", null), classes = arrayOr(model, "classes", null);
  if (!points || !classes) return null;
  const kinds = Math.max(...classes.data) + 1;
  return {
    points: Array.from({ length: points.shape[0] }, (_, i) => [points.data[2 * i], points.data[2 * i + 1]]),
    classes: Array.from(classes.data),
    labels: Array.from({ length: kinds }, (_, i) => valueOr(model, "class_names", [])[i] ?? String(i)),
    names: valueOr(model, "feature_names", []).length === 2 ? valueOr(model, "feature_names", []) : ["x", "y"],
  };
}

/** Steps of the L2 slider: none, then 0.0001 to 0.3 by half powers of ten. */
function l2Of(step) {
  return step === 0 ? 0 : Number((10 ** (-4.5 + step / 2)).toPrecision(1));
}
function l2Step(value) {
  return value > 0 ? Math.min(10, Math.max(1, Math.round(2 * (Math.log10(value) + 4.5)))) : 0;
}
function l2Text(value) {
  return value === 0 ? "none" : String(value);
}

export default { render };
