/**
 * A judge of remarks: one neuron on the words that occur. What each word added, where a threshold lies and what it costs.
 * Data: `text`, `threshold` (0.5), `miss` and `alarm` (what each mistake costs, 1). Sends these back, and `probability`,
 * `parts` (by word: what it adds to the sum; 0 where the word is not known), and `caught`, `alarms` and `cost` of the
 * remarks to choose with.
 */
import { dataTable, h, number, readout, readouts, select, slider, uniqueId } from "../lab/dom.js";
import { fetchJson } from "../lab/files.js";
import { withKit } from "../lab/kit.js";
import { createPlot } from "../lab/plot.js";
import { countAt, pieces, rowsOf, words } from "../lab/remarks.js";
import { createSync, valueOr } from "../lab/sync.js";

const BINS = 20, LONGEST = 300, SLIGHT = 0.005;
const SAMPLES = [
  ["Simply not", "Your drawing is not stupid.", "The word “not” turns it round for you. For the model it is one weight more."],
  ["Not at all", "That is not a stupid question at all.", "This turns round too, and the model learned from remarks of this very form."],
  ["Plainly rude", "You are an idiot.", "What does the word alone do? Leave it out."],
  ["Plainly civil", "What a lovely drawing.", "Which word speaks most for it?"],
  ["Defending others", "Nobody here is an idiot.", "A rude word, used to defend somebody."],
  ["Quoted", "He called her drawing dumb.", "A rude word, told by somebody who did not use it."],
  ["A letter changed", "You are an idi0t.", "One letter is a digit: two pieces are left, and neither is known."],
  ["Scorn", "Please keep your plan to yourself.", "Scorn in polite words."],
  ["A cyclist", "My neighbour is a cyclist.", "Now write singer instead of cyclist."],
  ["A singer", "My neighbour is a singer.", "Now write cyclist instead of singer."],
];
const SITES = { "1,1": "both mistakes cost 1", "5,1": "a children's forum: a miss costs 5", "1,5": "a debating club: a false alarm costs 5" };

const signed = (value) => `${value < 0 ? "" : "+"}${number(value, 2)}`;
const share = (value) => number(value, 2);

/** @param {{ model: any, el: HTMLElement }} view @returns {Promise<() => void>} */
function render({ model, el }) {
  return withKit({ model, el, backends: ["wasm", "cpu", "webgl"], styles: "judge" }, start);
}

async function start(kit) {
  const { tf, model, main, scope, status } = kit;
  const [net, card] = await Promise.all([kit.loadModel("remarks", { warm: true }), fetchJson(model, "models/remarks/card.json")]);
  const vocabulary = card.vocabulary.split(" "), places = new Map(vocabulary.map((word, i) => [word, i]));
  const [kernel, [bias]] = await Promise.all(net.getWeights().map((tensor) => tensor.data()));
  const held = Object.fromEntries(Object.entries(card.held_back).map(([name, { texts, labels }]) =>
    [name, { texts, labels: [...labels].map(Number), said: new Float32Array(texts.length) }]));
  const sync = createSync(model);
  let answer = null, turn = 0, closed = false;

  // ---- what is on the page
  const id = uniqueId("remark");
  const input = h("textarea", { id, class: "lab-judge-input", rows: 2, maxlength: LONGEST });
  const about = h("p", { class: "lab-note", "aria-live": "polite" });
  const shown = h("p", { class: "lab-judge-words" });
  const outputs = { probability: readout("Probability of rude", "orange"), sum: readout("Sum of weights and bias", "grey"), known: readout("Known words", "blue") };
  const table = dataTable({ summary: "The words as numbers", columns: ["word", "its weight", "without it: probability"], rows: () =>
    (answer ? [...answer.parts.map(({ word, weight, without }) => [word, weight === null ? "not known" : signed(weight), share(without)]),
      ["(bias)", signed(bias), "–"]] : []) });
  const spread = createPlot({ label: "What was said of the rude and of the civil remarks", title: `${held.validation.texts.length} remarks to choose with`, xDomain: [0, 1], yDomain: [-10, 10],
    xLabel: "Probability of rude", yLabel: "Rude above, civil below", ratio: 0.45, minHeight: 210, maxHeight: 280, yFormat: (value) => String(Math.abs(Math.round(value))) });
  const bars = { rude: spread.bars({ color: "orange", opacity: 0.75, gap: 1 }), civil: spread.bars({ color: "blue", opacity: 0.6, gap: 1 }) };
  const cut = spread.segments({ color: "ink", width: 2 });
  const threshold = slider({ label: "Threshold: hide from", min: 0, max: 1, step: 0.01, value: valueOr(model, "threshold", 0.5), format: share, color: "ink",
    onInput: () => { drawCosts(); say(); } });
  const costs = select({ label: "What a mistake costs", options: Object.entries(SITES), onInput: drawCosts });
  const ROWS = { validation: "to choose with", test: "to tell at the end" };
  const cells = Object.fromEntries(Object.keys(ROWS).map((name) => [name, Array.from({ length: 4 }, () => h("td"))]));
  const counted = h("table", { class: "lab-judge-costs" },
    h("caption", null, "Remarks that the model did not learn from"),
    h("thead", null, h("tr", null, ["Remarks", "Rude, caught", "Civil, hidden", "Rude, missed", "Cost"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", null, Object.entries(ROWS).map(([name, text]) => h("tr", null, h("th", { scope: "row" }, text), cells[name]))));

  /** Take a remark to judge. @param {string} text @param {string} [note] */
  function take(text, note = "") {
    input.value = text.slice(0, LONGEST);
    about.textContent = note;
    consider();
  }

  // ---- judging: an answer that comes too late is left out
  async function consider() {
    const mine = ++turn, text = input.value;
    const each = [...new Set(words(text))];
    const sets = [each, ...each.map((left) => each.filter((word) => word !== left))];
    const said = await predict(sets);
    if (!said || closed || mine !== turn) return;
    const parts = each.map((word, i) => ({ word, weight: places.has(word) ? kernel[places.get(word)] : null, without: said[i + 1] }));
    answer = { text, parts, probability: said[0] };
    drawWords();
    table.update();
    kit.meter.update();
    say();
    sync.send({ text, probability: said[0], parts: Object.fromEntries(parts.map(({ word, weight }) => [word, weight ?? 0])) });
  }
  function predict(sets) {
    return kit.compute(async () => {
      const output = tf.tidy(() => net.predict(tf.tensor2d(rowsOf(sets, places), [sets.length, places.size])));
      try {
        return Float32Array.from(await output.data());
      } finally {
        output.dispose();
      }
    });
  }
  async function judgeHeld() {
    for (const part of Object.values(held)) {
      let said;
      // A lost backend gives nothing; the next one is asked again.
      while (!said && !closed) said = await predict(part.texts.map(words));
      if (closed) return;
      part.said = said;
    }
    drawCosts();
  }

  /** The costs that the host has set, with a line of their own in the list where they are none of its lines. */
  function chooseCosts() {
    const miss = valueOr(model, "miss", 1), alarm = valueOr(model, "alarm", 1), key = `${miss},${alarm}`;
    costs.value = key;
    if (costs.value === key) return;
    costs.input.append(h("option", { value: key }, `a miss costs ${miss}, a false alarm ${alarm}`));
    costs.value = key;
  }

  // ---- drawing
  function drawWords() {
    const weights = new Map(answer.parts.map(({ word, weight }) => [word, weight])), seen = new Set();
    const strongest = Math.max(1, ...answer.parts.map(({ weight }) => Math.abs(weight ?? 0)));
    shown.replaceChildren(...pieces(answer.text).map(({ text, word }) => {
      if (word === null) return text;
      const weight = weights.get(word), again = seen.has(word);
      seen.add(word);
      const kind = weight === null ? "unknown" : again ? "again" : Math.abs(weight) < SLIGHT ? "none" : weight > 0 ? "rude" : "civil";
      const told = { unknown: "not known", again: "counted once", none: "0.00" }[kind] ?? `${weight > 0 ? "▲" : "▼"} ${signed(weight)}`;
      return h("span", { class: "lab-judge-word", dataset: { kind }, style: { "--lab-share": String(Math.abs(weight ?? 0) / strongest) } },
        h("span", null, text), h("small", null, told));
    }));
    if (!answer.parts.length) shown.textContent = "There is no word in it.";
    const known = answer.parts.filter(({ weight }) => weight !== null);
    const sum = known.reduce((total, { weight }) => total + weight, bias);
    outputs.probability.value = share(answer.probability);
    outputs.sum.value = signed(sum);
    outputs.known.value = `${known.length} of ${answer.parts.length}`;
  }
  function drawCosts() {
    const [miss, alarm] = costs.value.split(",").map(Number), at = threshold.value;
    const found = {};
    for (const [name, { said, labels }] of Object.entries(held)) {
      const counts = countAt(said, labels, at);
      const { caught, missed, alarms, passed } = counts;
      found[name] = { ...counts, cost: miss * missed + alarm * alarms };
      cells[name].forEach((cell, i) => {
        cell.textContent = [`${caught} of ${caught + missed}`, `${alarms} of ${alarms + passed}`, String(missed), String(found[name].cost)][i];
      });
    }
    const { said, labels } = held.validation;
    const heaps = [Array(BINS).fill(0), Array(BINS).fill(0)];
    said.forEach((value, i) => { heaps[labels[i]][Math.min(BINS - 1, Math.floor(value * BINS))] += 1; });
    const most = Math.max(...heaps.flat()) * 1.12;
    spread.setDomains({ y: [-most, most] });
    const bar = (sign) => (count, i) => [i / BINS, (i + 1) / BINS, sign * count];
    bars.rude.set(heaps[1].map(bar(1)));
    bars.civil.set(heaps[0].map(bar(-1)));
    cut.set([[at, -most, at, most]]);
    const { caught, missed, alarms, passed, cost } = found.validation;
    spread.describe(`Probabilities of ${said.length} remarks; from ${share(at)} on, ${caught} of ${caught + missed} rude ones and ${alarms} of ${alarms + passed} civil ones are hidden`);
    sync.send({ threshold: at, miss, alarm, caught, alarms, cost });
  }
  function say() {
    if (!answer) return;
    const { parts, probability } = answer, at = threshold.value;
    if (!parts.length) {
      status.say("Write a remark in English, or take one below.");
      return;
    }
    const hidden = probability >= at;
    const [first] = parts.filter(({ weight }) => weight !== null).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    const why = first ? `“${first.word}” counts most, ${first.weight > 0 ? "for rude" : "for civil"}.` : "It knows none of the words, so the bias alone decides.";
    status.say(`Rude: ${share(probability)}. The threshold is ${share(at)}, so it ${hidden ? "would be hidden" : "stays"}. ${why}`, { tone: hidden ? "bad" : "good" });
  }

  input.addEventListener("input", () => {
    about.textContent = "";
    consider();
  });
  main.append(
    h("div", { class: "lab-field" }, h("label", { class: "lab-label", for: id }, "A remark"), input),
    h("div", { class: "lab-judge-verdict" }, shown,
      h("p", { class: "lab-note" }, "▲ speaks for rude (solid line), ▼ for civil (dotted line); struck out: not known. The numbers are the model's weights: with the bias they add up exactly."),
      readouts(...Object.values(outputs)), table.el),
    kit.samples({ label: "Remarks to try", items: SAMPLES.map(([name, text, note]) => ({ name, pick: () => take(text, note) })) }), about,
    h("section", { class: "lab-group" }, h("p", { class: "lab-heading" }, "What a threshold costs"),
      h("div", { class: "lab-judge-controls" }, threshold.el, costs.el), h("div", { class: "lab-judge-both" }, spread.el, h("div", { class: "lab-judge-scroll" }, counted))),
    kit.how({
      text: `One neuron with ${vocabulary.length} inputs, one for each word that it knows: 1 where the word occurs, else 0. The weights of the words that occur and the bias are added up, `
        + "and a sigmoid makes the sum a probability. So a word's part is its weight, to the last digit. In the table each word is left out as well, and the network is asked again. What you write stays in your browser.",
      chapter: { title: "Judging text", href: "book/week4/judging-text.html" }, card: "remarks",
    }));
  for (const stop of [sync.stop, spread.destroy, table.stop]) scope.add(stop);
  scope.add(() => { closed = true; });
  kit.onBackend(consider);
  sync.listen("text", (text) => take(text));
  sync.listen("threshold", (value) => {
    threshold.value = value;
    drawCosts();
    say();
  });
  for (const name of ["miss", "alarm"]) {
    sync.listen(name, () => {
      chooseCosts();
      drawCosts();
    });
  }

  chooseCosts();
  if (model.get("text")) take(model.get("text"));
  else take(...SAMPLES[0].slice(1));
  await judgeHeld();
  return kit.close;
}

export default { render };
