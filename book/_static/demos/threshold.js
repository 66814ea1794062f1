/**
 * Where to draw the line: patients with a probability each, a threshold to move, and what it makes of them.
 * Data: `threshold` (0.5), `apart` (how far the two groups lie apart, 1.6), `ill` (share, 0.3), `sureness` (1: as sure as right; above: too sure), `seed`.
 * Sends back `threshold`, `apart`, `ill`, `sureness`, `precision`, `recall`, `accuracy`, `area` (under the ROC curve) and `loss`.
 */
import { createScope, h, number, readout, readouts, slider, statusLine } from "../lab/dom.js";
import { confusionMatrix } from "../lab/charts/confusion.js";
import { createPlot } from "../lab/plot.js";
import { seededNormal } from "../lab/random.js";
import { addStyles } from "../lab/styles.js";
import { createSync, valueOr } from "../lab/sync.js";

const PATIENTS = 400, BINS = 20, GROUPS = 5;

/**
 * Patients whose true probability is known, since two bells made them; the model says it more or less boldly.
 * @param {{ apart: number, ill: number, sureness: number, seed: number }} options
 * @returns {{ label: number, said: number }[]}
 */
export function makePatients({ apart, ill, sureness, seed }) {
  const normal = seededNormal(seed);
  const many = Math.round(ill * PATIENTS);
  return Array.from({ length: PATIENTS }, (_, i) => {
    const label = i < many ? 1 : 0;
    const place = normal() + (label ? apart / 2 : -apart / 2);
    // The logarithm of the odds that a bell of width 1 at +apart/2 made this place, and not one at −apart/2.
    const odds = apart * place + Math.log(ill / (1 - ill));
    return { label, said: 1 / (1 + Math.exp(-sureness * odds)) };
  });
}

/** What a threshold makes of the patients. @returns {{ tp: number, fp: number, fn: number, tn: number }} */
export function countAt(patients, threshold) {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const { label, said } of patients) counts[said >= threshold ? (label ? "tp" : "fp") : label ? "fn" : "tn"] += 1;
  return counts;
}

/** The curve of all thresholds: [share of false alarms, share found], from none called ill to all. */
export function rocOf(patients) {
  const sorted = [...patients].sort((a, b) => b.said - a.said);
  const ill = sorted.filter(({ label }) => label).length, well = sorted.length - ill;
  let found = 0, alarms = 0;
  return [[0, 0], ...sorted.map(({ label }) => {
    if (label) found += 1;
    else alarms += 1;
    return [alarms / well, found / ill];
  })];
}

/** The area under a curve of such points. @param {number[][]} points */
export function areaUnder(points) {
  return points.slice(1).reduce((area, [x, y], i) => area + (x - points[i][0]) * (y + points[i][1]) / 2, 0);
}

/** Groups by what was said: [mean of what was said, share that was ill, how many]. */
export function reliability(patients) {
  return Array.from({ length: GROUPS }, (_, group) => {
    const inside = patients.filter(({ said }) => Math.min(GROUPS - 1, Math.floor(said * GROUPS)) === group);
    const mean = (of) => inside.reduce((sum, one) => sum + of(one), 0) / inside.length;
    return inside.length ? [mean(({ said }) => said), mean(({ label }) => label), inside.length] : null;
  }).filter(Boolean);
}

const share = (part, whole) => (whole ? part / whole : 0);
const percent = (value) => `${number(100 * value, 1)} %`;

/** @param {{ model: any, el: HTMLElement }} view @returns {Promise<() => void>} */
async function render({ model, el }) {
  await addStyles(model, "charts");
  const sync = createSync(model), scope = createScope();
  const seed = valueOr(model, "seed", 3);
  const state = { threshold: valueOr(model, "threshold", 0.5), apart: valueOr(model, "apart", 1.6), ill: valueOr(model, "ill", 0.3),
    sureness: valueOr(model, "sureness", 1) };
  let patients = [];

  const spread = createPlot({ label: "What was said of the ill and of the healthy", title: "What the model says", xDomain: [0, 1], yDomain: [-10, 10],
    xLabel: "Probability of being ill", yLabel: "Ill above, healthy below", ratio: 0.5, minHeight: 240, maxHeight: 320, yFormat: (value) => String(Math.abs(Math.round(value))) });
  const bars = { ill: spread.bars({ color: "orange", opacity: 0.75, gap: 1 }), well: spread.bars({ color: "blue", opacity: 0.6, gap: 1 }) };
  const cut = spread.segments({ color: "ink", width: 2 });
  const roc = createPlot({ label: "ROC curve", title: "ROC: every threshold at once", xDomain: [0, 1], yDomain: [0, 1], xLabel: "False alarms, share of the healthy",
    yLabel: "Found, share of the ill", ratio: 0.85, minHeight: 240, maxHeight: 320 });
  const chance = roc.line({ color: "grey", width: 1.5, dash: "5 4" }), curve = roc.line({ color: "green", width: 2.5 }), here = roc.points({ color: "ink", radius: 6 });
  const calibration = createPlot({ label: "Calibration", title: "Does 0.9 mean nine in ten?", xDomain: [0, 1], yDomain: [0, 1], xLabel: "Said, mean of the group",
    yLabel: "Ill, share of the group", ratio: 0.85, minHeight: 240, maxHeight: 320 });
  const honest = calibration.line({ color: "grey", width: 1.5, dash: "5 4" }), kept = calibration.line({ color: "purple", width: 2 }), groups = calibration.points({ color: "purple", radius: 5 });
  chance.set([[0, 0], [1, 1]]);
  honest.set([[0, 0], [1, 1]]);
  const confusion = confusionMatrix({ title: "Confusion matrix", labels: ["healthy", "ill"] });
  const outputs = { precision: readout("Precision", "orange"), recall: readout("Recall", "green"), accuracy: readout("Accuracy", "grey"),
    area: readout("Area under ROC", "green"), loss: readout("Cross-entropy", "red") };
  const status = statusLine();

  const control = (name, options, remake) => slider({ ...options, value: state[name], onInput(value) {
    state[name] = value;
    if (remake) remakePatients();
    draw();
  } });
  const controls = {
    threshold: control("threshold", { label: "Threshold: call ill from", min: 0, max: 1, step: 0.01, format: (value) => number(value, 2), color: "ink" }, false),
    apart: control("apart", { label: "How far ill and healthy lie apart", min: 0, max: 4, step: 0.1, format: (value) => number(value, 1) }, true),
    ill: control("ill", { label: "Share of the ill", min: 0.05, max: 0.5, step: 0.05, format: (value) => percent(value) }, true),
    sureness: control("sureness", { label: "Sureness of the model", min: 0.2, max: 5, log: true,
      format: (value) => (value > 1.15 ? `${number(value, 1)}: too sure` : value < 0.87 ? `${number(value, 1)}: too timid` : "as sure as it is right") }, true),
  };

  function remakePatients() {
    patients = makePatients({ ...state, seed });
  }
  function drawBars() {
    const counts = [Array(BINS).fill(0), Array(BINS).fill(0)];
    for (const { label, said } of patients) counts[label][Math.min(BINS - 1, Math.floor(said * BINS))] += 1;
    const most = Math.max(...counts.flat()) * 1.12;
    spread.setDomains({ y: [-most, most] });
    const bar = (sign) => (count, i) => [i / BINS, (i + 1) / BINS, sign * count];
    bars.ill.set(counts[1].map(bar(1)));
    bars.well.set(counts[0].map(bar(-1)));
    cut.set([[state.threshold, -most, state.threshold, most]]);
  }
  function draw() {
    const { tp, fp, fn, tn } = countAt(patients, state.threshold);
    const points = rocOf(patients), area = areaUnder(points), table = reliability(patients);
    const precision = share(tp, tp + fp), recall = share(tp, tp + fn), accuracy = share(tp + tn, PATIENTS);
    const loss = patients.reduce((sum, { label, said }) => sum - Math.log(Math.max(1e-7, label ? said : 1 - said)), 0) / PATIENTS;
    drawBars();
    curve.set(points);
    here.set([[share(fp, fp + tn), recall]]);
    kept.set(table);
    groups.set(table.map(([x, y]) => [x, y]));
    confusion.update({ labels: ["healthy", "ill"], matrix: [[tn, fp], [fn, tp]] });
    Object.entries({ precision: tp + fp ? percent(precision) : "–", recall: percent(recall), accuracy: percent(accuracy), area: number(area, 3), loss: number(loss, 3) })
      .forEach(([name, text]) => { outputs[name].value = text; });
    spread.describe(`Probabilities of ${PATIENTS} patients; from ${number(state.threshold, 2)} on, ${tp + fp} are called ill`);
    roc.describe(`ROC curve with an area of ${number(area, 3)}; this threshold finds ${percent(recall)} of the ill and alarms ${percent(share(fp, fp + tn))} of the healthy`);
    calibration.describe(`Calibration: ${table.map(([said, was]) => `of those told ${number(said, 2)}, ${percent(was)} are ill`).join("; ")}`);
    status.say(`Called ill: ${tp + fp}, of whom ${tp} are. Missed: ${fn} of the ${tp + fn} ill. False alarms: ${fp} of the ${fp + tn} healthy.`);
    sync.send({ ...state, precision, recall, accuracy, area, loss });
  }

  el.replaceChildren(h("div", { class: "lab lab-stack" },
    controls.threshold.el, status.el, readouts(...Object.values(outputs)),
    h("div", { class: "lab-grid lab-grid-wide" }, spread.el, confusion.el),
    h("div", { class: "lab-grid lab-grid-wide" }, roc.el, calibration.el),
    h("div", { class: "lab-controls lab-controls-3" }, controls.apart.el, controls.ill.el, controls.sureness.el)));
  remakePatients();
  draw();
  for (const stop of [spread.destroy, roc.destroy, calibration.destroy, confusion.dispose, status.stop, sync.stop]) scope.add(stop);
  sync.listen("threshold", (value) => {
    state.threshold = controls.threshold.value = value;
    draw();
  });
  return () => {
    scope.dispose();
    el.replaceChildren();
  };
}

export default { render };
