/**
 * Labels that nobody can predict, and a score that says otherwise: rows of one patient on both sides of the split.
 * Data: `patients` (40), `rows` of each (4), `by` ("row" or "patient": what the split shuffles), `seed`.
 * Sends back `by`, `rows`, `accuracy` (of the last split), `mean` (of all splits so far) and `splits`.
 */
import { button, choice, createScope, h, number, readout, readouts, slider, statusLine, toolbar } from "../lab/dom.js";
import { createPlot } from "../lab/plot.js";
import { seededNormal, seededUniform } from "../lab/random.js";
import { createSync, valueOr } from "../lab/sync.js";
import { shuffled } from "../lab/boundaries/datasets.js";

const TEST_SHARE = 0.3, CLOSE = 0.09, MANY = 50;

/**
 * Patients at random places; the rows of each lie close together. A patient is ill by the toss of a coin.
 * @param {{ patients: number, rows: number, seed: number }} options
 * @returns {{ points: number[][], owners: number[], labels: number[] }} a point, its patient and its label a row
 */
export function makePatients({ patients, rows, seed }) {
  const normal = seededNormal(seed), coins = seededUniform(seed + 1);
  const points = [], owners = [], labels = [];
  for (let owner = 0; owner < patients; owner += 1) {
    const [x, y, ill] = [normal(), normal(), coins() < 0.5 ? 1 : 0];
    for (let row = 0; row < rows; row += 1) {
      points.push([x + CLOSE * normal(), y + CLOSE * normal()]);
      owners.push(owner);
      labels.push(ill);
    }
  }
  return { points, owners, labels };
}

/**
 * Which rows are tested: three tenths, drawn by row or by patient.
 * @param {number[]} owners
 * @param {"row" | "patient"} by
 * @param {() => number} uniform
 * @returns {boolean[]} for each row whether it is in the test part
 */
export function drawTest(owners, by, uniform) {
  const units = by === "row" ? owners.map((_, i) => i) : [...new Set(owners)];
  const chosen = new Set(shuffled(units, uniform).slice(0, Math.round(TEST_SHARE * units.length)));
  return owners.map((owner, i) => chosen.has(by === "row" ? i : owner));
}

/**
 * Each test row gets the label of the training row that lies nearest to it.
 * @returns {{ place: number, nearest: number, right: boolean }[]} one a test row
 */
export function judge({ points, labels }, isTest) {
  const training = points.flatMap((_, i) => (isTest[i] ? [] : [i]));
  return points.flatMap((point, place) => {
    if (!isTest[place]) return [];
    let nearest = training[0], least = Infinity;
    for (const i of training) {
      const distance = (points[i][0] - point[0]) ** 2 + (points[i][1] - point[1]) ** 2;
      if (distance < least) [nearest, least] = [i, distance];
    }
    return [{ place, nearest, right: labels[nearest] === labels[place] }];
  });
}

const percent = (share) => `${number(100 * share, 0)} %`;

/** @param {{ model: any, el: HTMLElement }} view @returns {() => void} */
function render({ model, el }) {
  const sync = createSync(model), scope = createScope();
  const patients = valueOr(model, "patients", 40), seed = valueOr(model, "seed", 1);
  let by = valueOr(model, "by", "row"), rows = valueOr(model, "rows", 4), data, uniform, scores;

  const plot = createPlot({ label: "Rows as points", xDomain: [-3, 3], yDomain: [-3, 3], xLabel: "First measure", yLabel: "Second measure",
    ratio: 0.8, minHeight: 280, maxHeight: 430 });
  const threads = plot.segments({ color: "grey", width: 1.2 });
  // The rings are laid first: a hollow mark is filled with the colour of the paper.
  const rings = plot.points({ color: "ink", radius: 8, hollow: true });
  const marks = { ill: plot.points({ color: "orange", radius: 4.5 }), well: plot.points({ color: "blue", radius: 4, hollow: true }) };
  const history = createPlot({ label: "Scores of all splits so far", title: "Every split so far", xDomain: [0, 10], yDomain: [0, 1], xLabel: "Split",
    yLabel: "Accuracy", ratio: 0.5, maxHeight: 240, yFormat: (value) => percent(value) });
  const dots = history.points({ color: "green", radius: 4 }), coin = history.segments({ color: "grey", width: 1.5, dash: "5 4" });
  const outputs = { shared: readout("Patients on both sides", "red"), accuracy: readout("This split", "green"), mean: readout("Mean of all", "ink") };
  const status = statusLine();
  const how = choice({ label: "The split shuffles", options: [["row", "rows"], ["patient", "patients"]], value: by, onInput(value) {
    by = value;
    begin();
  } });
  const copies = slider({ label: "Rows of each patient", min: 1, max: 8, step: 1, value: rows, onInput(value) {
    rows = value;
    begin();
  } });

  function begin() {
    data = makePatients({ patients, rows, seed });
    uniform = seededUniform(seed + 2);
    scores = [];
    split(1);
  }
  function split(times) {
    let isTest, answers;
    for (let i = 0; i < times; i += 1) {
      isTest = drawTest(data.owners, by, uniform);
      answers = judge(data, isTest);
      scores.push(answers.filter(({ right }) => right).length / answers.length);
    }
    draw(isTest, answers);
  }
  function draw(isTest, answers) {
    const { points, owners, labels } = data;
    marks.ill.set(points.filter((_, i) => labels[i]));
    marks.well.set(points.filter((_, i) => !labels[i]));
    rings.set(points.filter((_, i) => isTest[i]));
    threads.set(answers.map(({ place, nearest }) => [...points[place], ...points[nearest]]));
    const sides = [true, false].map((side) => new Set(owners.filter((_, i) => isTest[i] === side)));
    const shared = [...sides[0]].filter((owner) => sides[1].has(owner)).length;
    const last = scores[scores.length - 1], mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    history.setDomains({ x: [0, Math.max(10, scores.length + 1)] });
    dots.set(scores.map((score, i) => [i + 1, score]));
    coin.set([[0, 0.5, Math.max(10, scores.length + 1), 0.5]]);
    outputs.shared.value = String(shared);
    outputs.accuracy.value = percent(last);
    outputs.mean.value = percent(mean);
    plot.describe(`${points.length} rows of ${patients} patients; ${answers.length} are in the test part, ${percent(last)} of them right`);
    history.describe(`${scores.length} splits with a mean accuracy of ${percent(mean)}; a coin gets 50 %`);
    history.update();
    status.say(shared ? `${percent(last)} right, and yet the labels were tossed. ${shared} patients have rows on both sides: their test rows lie beside rows that were learned.`
      : `${percent(last)} right, about what a coin gets. No patient is on both sides, so nothing can be known again.`, { tone: shared ? "bad" : "good" });
    sync.send({ by, rows, accuracy: last, mean, splits: scores.length });
  }

  history.table({ summary: "The scores as numbers", columns: ["split", "accuracy"], rows: () => scores.map((score, i) => [i + 1, number(score, 3)]) });
  el.replaceChildren(h("div", { class: "lab lab-stack" },
    how.el,
    toolbar(button({ label: "Split again", icon: "step", primary: true, onClick: () => split(1) }),
      button({ label: `${MANY} times`, onClick: () => split(MANY), title: `Split ${MANY} times` }), button({ label: "Start over", icon: "reset", onClick: begin })),
    status.el,
    h("div", { class: "lab-grid lab-grid-wide" },
      h("div", { class: "lab-stack" }, plot.el, h("p", { class: "lab-note" }, "Filled: ill. Hollow: healthy. In a ring: test rows, each joined to its nearest training row, whose label it gets.")),
      h("div", { class: "lab-stack" }, readouts(...Object.values(outputs)), history.el)),
    copies.el));
  begin();
  for (const stop of [plot.destroy, history.destroy, status.stop, sync.stop]) scope.add(stop);
  return () => {
    scope.dispose();
    el.replaceChildren();
  };
}

export default { render };
