/**
 * Size against accuracy: one network of digits with its weights in 32, 16, 8 and fewer bits, all answering one drawing.
 * Data: `strokes` (lists of points [x, y] on a pad of 280 × 280), `bits` (one of BITS: the form that is looked at).
 * Sends back `strokes`, `bits`, `answers` (the digit that each form names, from many bits to few, or []) and `probabilities`
 * (ten numbers of the form that is looked at, or []).
 */
import { barChart } from "../lab/charts/bars.js";
import { h, readout, readouts, slider } from "../lab/dom.js";
import { createPad, strokesPicture } from "../lab/drawing.js";
import { openKit } from "../lab/kit.js";
import { fetchFile, fetchJson } from "../lab/files.js";
import { largePicture, mnistForm, SIDE } from "../lab/mnist-form.js";
import { digitStrokes } from "../lab/strokes.js";
import { createSync, valueOr } from "../lab/sync.js";
import { stored } from "../lab/rounding.js";

const PEN = 20, MODEL = "digits-cnn";
const CLASSES = [..."0123456789"];

const best = (values) => values.indexOf(Math.max(...values));
const percent = (share) => `${(100 * share).toFixed(2)} %`;
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const named = (bits) => `${bits} bits`;

async function render({ model, el }) {
  const kit = await openKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: "drawing" });
  const { tf, scope, status } = kit;
  const sync = createSync(model);
  const [measured, bytes] = await Promise.all([fetchJson(model, "data/digits-bits.json"), fetchFile(model, "data/digits-float32.bin")]);
  const { forms } = measured;
  const whole = new Float32Array(bytes);
  const nets = await Promise.all(forms.map(() => kit.loadModel(MODEL)));
  let chosen = Math.max(0, forms.findIndex(({ bits }) => bits === valueOr(model, "bits", 8)));
  let said = [], busy = false, stale = false, gone = false;

  /** Give each network the weights of its form. */
  function fill() {
    nets.forEach((net, i) => {
      let offset = 0;
      const weights = measured.weights.map(({ name, shape }) => {
        const size = shape.reduce((product, side) => product * side, 1);
        const part = whole.subarray(offset, offset += size);
        return [name, tf.tensor(shape.length > 1 ? stored(part, forms[i].bits) : part, shape)];
      });
      net.loadWeights(Object.fromEntries(weights));
      tf.dispose(weights.map(([, tensor]) => tensor));
    });
  }
  fill();

  // ---- what is on the page
  const pad = createPad({ label: "Draw a digit", pen: PEN, say: (text) => status.say(text, { now: true }), onChange(_, { drawing }) { look(!drawing); } });
  const bits = slider({ label: "Bits for each weight", min: 0, max: forms.length - 1, step: 1, value: forms.length - 1 - chosen,
    format: (place) => named(forms[forms.length - 1 - place].bits), onInput: (place) => choose(forms.length - 1 - place) });
  const outputs = { bytes: readout("Size of the weights", "blue"), accuracy: readout("Right on test pictures", "green"), errors: readout("Errors more than 32 bits", "red") };
  const chart = barChart({ title: "What it says", labels: CLASSES, max: 1, names: ["digit", "probability"] });
  const rows = forms.map(({ bits: count, bytes: size, accuracy }) => {
    const digit = h("td", null, "–");
    const row = h("tr", null, h("th", { scope: "row" }, named(count)), h("td", null, kilobytes(size)), h("td", null, percent(accuracy)), digit);
    return { row, digit };
  });
  const table = h("table", { class: "lab-tally" }, h("thead", null, h("tr", null,
    ["Each weight in", "Size", "Right", "Your digit"].map((text) => h("th", { scope: "col" }, text)))), h("tbody", null, rows.map(({ row }) => row)));
  kit.main.append(
    h("div", { class: "lab-sketch-columns" }, h("div", { class: "lab-stack" }, pad.el),
      h("div", { class: "lab-stack" }, bits.el, readouts(...Object.values(outputs)), chart.el)),
    kit.samples({ label: "Drawings to try", items: CLASSES.map((digit) => ({ name: digit, picture: strokesPicture(digitStrokes(digit)),
      pick: () => { pad.strokes = digitStrokes(digit); } })) }),
    h("section", { class: "lab-group" }, h("p", { class: "lab-heading" }, "All forms at once"), table),
    kit.how({
      text: `The page loads the weights once, with 32 bits each, and rounds every kernel: to 16 bits as halves, below that to levels that lie evenly between its smallest and its largest weight. `
        + `Sizes are those of the weights alone. The accuracies were measured beforehand, on ${measured.count.toLocaleString("en")} test pictures (${measured.source}).`,
      chapter: { title: "Quantisation", href: "book/week6/quantisation.html" }, card: MODEL,
    }));

  function choose(place) {
    chosen = place;
    show();
    sync.send({ bits: forms[chosen].bits, probabilities: said[chosen] ?? [] });
  }
  function show() {
    const { bits: count, bytes: size, accuracy } = forms[chosen], [first] = forms;
    outputs.bytes.value = `${kilobytes(size)}, ${Math.round((100 * size) / first.bytes)} %`;
    outputs.accuracy.value = percent(accuracy);
    outputs.errors.value = String(Math.round((first.accuracy - accuracy) * measured.count)).replace("-", "−");
    chart.update({ values: said[chosen] ?? CLASSES.map(() => 0), best: said[chosen] ? best(said[chosen]) : -1 });
    rows.forEach(({ row, digit }, i) => {
      digit.textContent = said[i] ? `${CLASSES[best(said[i])]} (${(100 * Math.max(...said[i])).toFixed(0)} %)` : "–";
      if (i === chosen) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    if (!said.length) {
      status.say("Draw a digit from 0 to 9.");
      return;
    }
    const digits = said.map(best), other = digits.filter((digit) => digit !== digits[0]).length;
    status.say(`${named(count)} say ${digits[chosen]}. ${other ? `${other} of ${forms.length} forms name another digit than 32 bits do.` : "All forms name the same digit."}`,
      { tone: digits[chosen] === digits[0] ? "good" : "bad" });
  }

  /** Ask all networks; while they answer, only the newest drawing waits. `finished`: tell Python too. */
  async function look(finished) {
    stale = stale === "finished" || finished ? "finished" : "drawing";
    if (busy || kit.switching) return;
    busy = true;
    try {
      while (stale && !gone && !kit.switching) {
        const tell = stale === "finished";
        stale = false;
        await kit.compute(() => answer(tell));
      }
    } finally {
      busy = false;
    }
  }
  async function answer(tell) {
    const form = pad.strokes.length ? mnistForm(largePicture(pad.strokes)) : null;
    const outputsNow = form ? tf.tidy(() => {
      const image = tf.tensor4d(form.ink, [1, SIDE, SIDE, 1]);
      return nets.map((net) => net.predict(image));
    }) : [];
    try {
      const values = await Promise.all(outputsNow.map((output) => output.data()));
      if (gone) return;
      said = values.map((value) => [...value]);
      show();
      if (tell) sync.send({ strokes: pad.strokes, answers: said.map(best), probabilities: said[chosen] ?? [] });
    } finally {
      tf.dispose(outputsNow);
      kit.meter.update();
    }
  }

  kit.onBackend((_, reason) => {
    if (reason === "lost") fill();
    look(true);
  });
  sync.listen("strokes", (strokes) => { pad.strokes = strokes; });
  sync.listen("bits", (count) => {
    const place = forms.findIndex(({ bits: one }) => one === count);
    if (place < 0) return;
    bits.value = forms.length - 1 - place;
    choose(place);
  });
  scope.add(() => { gone = true; });
  for (const stop of [pad.destroy, sync.stop, chart.dispose]) scope.add(stop);
  show();
  const given = valueOr(model, "strokes", []);
  if (given.length) pad.strokes = given;
  return () => kit.close();
}

export default { render };
