/**
 * Training the head, watched live, and the judgement of what was held back.
 * @module lab/gestures/training-panel
 */
import { confusionMatrix } from "../charts/confusion.js";
import { lineChart } from "../charts/line.js";
import { button, choice, h, toolbar } from "../dom.js";
import { evaluate, trainHead } from "./head.js";
import { flatten } from "./samples.js";
import { splitByBursts } from "./split.js";

const LEAST_SAMPLES = 2;
/** Classes whose counts differ by more than this are said to be unequal. */
const UNEQUAL = 2.5;
const UNTRAINED = "Collect at least two samples of each class, then train.";

/**
 * @param {{ kit: any, trainer: any, scope: any, seed: number, hidden: number, onBusy: (busy: boolean) => void,
 *           onTrained: () => void }} options
 */
export function createTrainingPanel({ kit, trainer, scope, seed, hidden, onBusy, onTrained }) {
  const { tf, status } = kit;
  const trainButton = button({ label: "Train", icon: "play", primary: true, onClick: () => (run ? stop() : train()) });
  const size = choice({ label: "The head", value: String(hidden),
    options: [["0", "One neuron a class"], ["32", "32 hidden neurons first"]] });
  const advice = h("p", { class: "lab-note" });
  const loss = lineChart({ title: "Loss", x: "epoch", label: "Loss while the head learns" });
  const right = lineChart({ title: "Share of samples that it gets right", x: "epoch", yDomain: [0, 1] });
  const matrix = confusionMatrix({ title: "Held-back samples", labels: trainer.names });
  const results = h("div", { class: "lab-gestures-results", hidden: true }, loss.el, right.el, matrix.el);
  const el = h("div", { class: "lab-stack" }, toolbar(trainButton, size), advice, results);
  /** @type {{ abort: AbortController, stopped: boolean } | null} */
  let run = null;
  /** @type {number[][] | null} the matrix shown */
  let counted = null;
  let accuracy = null, gone = false;

  async function train() {
    const { samples } = trainer;
    const classes = samples.names.length;
    const split = splitByBursts(samples.all, seed);
    const part = (positions, augmented) =>
      flatten(positions.map((i) => samples.all[i]), samples.length, { augmented });
    const mine = { abort: new AbortController(), stopped: false };
    run = mine;
    setRunning(true);
    const rows = [];
    results.hidden = false;
    matrix.el.hidden = true;
    const began = performance.now();
    try {
      const trainSet = part(split.train, true), testSet = part(split.test, false);
      status.say(`Training on ${trainSet.count} vectors; ${testSet.count} samples are held back.`, { now: true });
      const head = await trainHead(tf, { train: trainSet, test: testSet, classes, hidden: Number(size.value), seed,
        signal: mine.abort.signal, stopped: () => mine.stopped,
        onEpoch(result) {
          rows.push(result);
          draw(rows);
          kit.meter.update();
        } });
      if (gone || run !== mine || samples.names.length !== classes) return;
      judge(head, testSet, split, (performance.now() - began) / 1000);
      trainer.head = head;
      onTrained();
    } catch (error) {
      if (!mine.abort.signal.aborted) throw error;
    } finally {
      if (run === mine) {
        run = null;
        if (!gone) setRunning(false);
      }
    }
  }

  function judge(head, testSet, split, seconds) {
    const { confusion, accuracy: share } = evaluate(head, testSet, trainer.names.length);
    accuracy = testSet.count ? share : null;
    counted = confusion;
    matrix.el.hidden = !testSet.count;
    matrix.update({ labels: trainer.names, matrix: confusion });
    const cut = split.cut.map((label) => trainer.names[label]);
    const flattery = cut.length ? ` Of ${cut.join(", ")} there are too few bursts to hold a whole one back, so this flatters: collect in five short presses.` : "";
    status.say(`Trained in ${seconds.toFixed(1)} seconds. Of ${testSet.count} held-back samples ${percent(share)} are right.${flattery}`,
      { tone: cut.length ? "info" : "good", now: true });
  }
  function draw(rows) {
    const curve = (name, key, color) =>
      ({ name, color, points: rows.filter((row) => Number.isFinite(row[key])).map((row) => [row.epoch, row[key]]) });
    loss.update({ series: [curve("learnt from", "loss", "blue"), curve("held back", "heldLoss", "orange")] });
    right.update({ series: [curve("learnt from", "accuracy", "blue"), curve("held back", "heldAccuracy", "orange")] });
  }
  function stop() {
    run.stopped = true;
    status.say("Stopping.", { now: true });
  }
  function setRunning(flag) {
    trainButton.label = flag ? "Stop" : "Train";
    trainButton.icon = flag ? "stop" : "play";
    size.disabled = flag;
    onBusy(flag);
    refresh();
  }
  function forget() {
    accuracy = counted = null;
    results.hidden = true;
  }
  function refresh() {
    const { counts } = trainer.samples;
    const least = Math.min(...counts), most = Math.max(...counts);
    trainButton.disabled = !run && least < LEAST_SAMPLES;
    advice.textContent = least < LEAST_SAMPLES ? UNTRAINED
      : most > UNEQUAL * least ? "The classes are unequal: the head will lean to those with more samples."
        : `${least === most ? least : `${least} to ${most}`} samples a class. With 20 a class expect mistakes; 60 are better, most of all in several bursts and places.`;
  }

  trainer.on("samples", refresh);
  trainer.on("classes", () => {
    if (trainer.head && counted) matrix.update({ labels: trainer.names, matrix: counted });
    if (!trainer.head) forget();
    refresh();
  });
  refresh();
  scope.add(() => {
    gone = true;
    run?.abort.abort();
    for (const chart of [loss, right, matrix]) chart.dispose();
  });
  return {
    el,
    get accuracy() { return accuracy; },
    /** A head came from a file: how it was judged is not known. */
    opened: forget,
    /** What was being learnt with a lost backend is learnt again from the start: the samples are all there. */
    async backendChanged(reason) {
      if (reason !== "lost" || !run) return;
      run.abort.abort();
      run = null;
      setRunning(false);
      train();
    },
  };
}

const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : "none");
