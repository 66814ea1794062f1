/**
 * A recurrent network goes on with a text, character by character: what could come next, how undecided it is, and what
 * temperature does to it.
 * Data: `begin`, `length` (characters to write), `temperature` (0.1 to 2), `seed` (0: another text each time). Sends these back,
 * and `text` (all of it) and `entropies` (in bits, one a character written).
 */
import { barChart } from "../lab/charts/bars.js";
import { button, h, number, readout, readouts, slider, toolbar, uniqueId } from "../lab/dom.js";
import { fetchJson } from "../lab/files.js";
import { withKit } from "../lab/kit.js";
import { seededUniform } from "../lab/random.js";
import { createSync, valueOr } from "../lab/sync.js";
import { prefersReducedMotion } from "../lab/theme.js";
import { atTemperature, draw, encode, entropy, likeliest, read } from "../lab/writing.js";

const BEGINNINGS = { "Romeo speaks": "ROMEO:\n", "A king": "KING RICHARD III:\nMy lord", "To be": "To be, or not to be", "The crowd": "First Citizen:\nWe are " };
const SHOWN = 8;
const NAMES = { " ": "space", "\n": "new line" };
const MOST_BEGIN = 400;
// A character whose probability was below these is marked: once and twice.
const DARING = [0.1, 0.01];

/** @param {{model: any, el: HTMLElement}} view @returns {Promise<() => void>} */
function render({ model, el }) {
  return withKit({ model, el, backends: ["wasm", "cpu", "webgl"], styles: "text" }, start);
}

async function start(kit) {
  const { tf, model, main, scope, status } = kit;
  const [net, card] = await Promise.all([kit.loadModel("text", { warm: true }), fetchJson(model, "models/text/card.json")]);
  const { characters } = card;
  const sync = createSync(model);
  scope.add(sync.stop);

  const id = uniqueId("begin");
  const begin = h("textarea", { id, class: "lab-text-begin", rows: 3, maxlength: MOST_BEGIN, spellcheck: "false" });
  const length = slider({ label: "Characters to write", min: 20, max: 1000, step: 20, value: valueOr(model, "length", 300) });
  const temperature = slider({ label: "Temperature", min: 0.1, max: 2, step: 0.1, value: valueOr(model, "temperature", 0.7),
    format: (value) => number(value, 1), onInput: showNext });
  const go = button({ label: "Write", icon: "play", primary: true, onClick: () => (running ? stop() : write()) });
  const one = button({ label: "One character", icon: "step", onClick: step });
  const again = button({ label: "Begin anew", icon: "reset", onClick: reset });
  const page = h("p", { class: "lab-text-page", tabindex: 0, role: "region", "aria-label": "The text" });
  const bars = barChart({ title: "What could come next", max: 1, names: ["character", "probability"] });
  const doubt = readout("Undecided", "purple"), pace = readout("A second", "blue");

  let state = null, next = null, written = "", entropies = [], running = null, closed = false;
  let reading = Promise.resolve(), turn = 0;
  let uniform = chance();
  scope.add(() => { closed = true; running = null; });

  function chance() {
    return seededUniform(valueOr(model, "seed", 0) || Math.floor(Math.random() * 2 ** 31));
  }

  /** Read the beginning from an empty state. */
  async function readBeginning() {
    const { codes, unknown } = encode(begin.value, characters);
    written = "";
    entropies = [];
    page.replaceChildren(h("span", { class: "lab-text-given" }, codes.map((code) => characters[code]).join("")));
    status.say(unknown.length
      ? `${unknown.map((character) => `“${character}”`).join(", ")} left out: the network knows ${characters.length} characters, and no others.`
      : "Press Write, or take it one character at a time.", { tone: unknown.length ? "bad" : "info", now: true });
    // Of an empty beginning the network still has to read something: a new line.
    await take(codes.length ? codes : [characters.indexOf("\n")], new Float32Array(card.units));
  }

  /** Let the network read some characters, whichever backend is in use. What comes after a newer call is left out. */
  async function take(codes, before) {
    const mine = ++turn;
    let found;
    while (!found && !closed) found = await kit.compute(() => read(tf, net, codes, before));
    if (closed || mine !== turn) return;
    ({ next, state } = found);
    showNext();
  }

  function showNext() {
    if (!next) return;
    const shares = atTemperature(next, temperature.value);
    const top = likeliest(shares, SHOWN);
    bars.update({ labels: top.map(({ place }) => NAMES[characters[place]] ?? characters[place]), values: top.map(({ share }) => share), best: 0 });
    doubt.value = `${number(entropy(shares), 2)} bits`;
  }

  /** Draw one character, write it down and read it. */
  async function writeOne() {
    const shares = atTemperature(next, temperature.value);
    const code = draw(shares, uniform());
    const daring = DARING.filter((limit) => shares[code] < limit).length;
    const nearEnd = page.scrollTop + page.clientHeight > page.scrollHeight - 30;
    page.append(daring ? h("span", { dataset: { daring } }, characters[code]) : characters[code]);
    if (nearEnd) page.scrollTop = page.scrollHeight;
    written += characters[code];
    entropies.push(entropy(shares));
    await take([code], state);
  }

  async function step() {
    if (running) return;
    const mine = begun();
    await reading;
    if (running === mine) await writeOne();
    if (running === mine) ended(`The character ${written.length}.`);
  }

  async function write() {
    const mine = begun();
    one.disabled = true;
    await reading;
    const first = performance.now(), before = written.length, count = length.value;
    status.say("Writing…");
    while (running === mine && written.length - before < count) {
      await writeOne();
      const seconds = (performance.now() - first) / 1000;
      const done = written.length - before;
      if (done % 10 === 0) {
        pace.value = `${number(done / seconds, 0)} characters`;
        kit.meter.update();
      }
      // Let the page be drawn and the reader press Stop; with reduced motion the text comes in larger pieces.
      if (done % (prefersReducedMotion() ? 20 : 1) === 0) await new Promise((resolve) => { setTimeout(resolve); });
    }
    if (running !== mine) return;
    ended(`${count} characters written. On average ${number(entropies.reduce((a, b) => a + b, 0) / entropies.length, 2)} bits undecided.`);
  }

  function begun() {
    go.label = "Stop";
    go.icon = "stop";
    running = {};
    return running;
  }
  function ended(text) {
    running = null;
    go.label = written ? "Go on" : "Write";
    go.icon = "play";
    one.disabled = false;
    if (text) status.say(text, { tone: "good", now: true });
    send();
  }
  function stop() {
    ended(`Stopped after ${written.length} characters.`);
  }
  async function reset() {
    uniform = chance();
    running = null;
    written = "";
    ended("");
    reading = readBeginning();
    await reading;
  }
  function send() {
    sync.send({ begin: begin.value, length: length.value, temperature: temperature.value,
      text: page.textContent, entropies: entropies.map((bits) => Number(bits.toFixed(4))) });
  }

  begin.addEventListener("input", reset);
  for (const [name, control] of [["length", length], ["temperature", temperature]]) {
    sync.listen(name, (value) => { control.value = value; showNext(); });
  }
  sync.listen("begin", (value) => { begin.value = value; reset(); });

  main.append(
    h("div", { class: "lab-field" }, h("label", { class: "lab-label", for: id }, "Begin with"), begin),
    kit.samples({ label: "Or with", items: Object.entries(BEGINNINGS).map(([name, text]) => ({ name, pick: () => { begin.value = text; reset(); } })) }),
    h("div", { class: "lab-text-controls" }, temperature.el, length.el),
    toolbar(go, one, again),
    h("div", { class: "lab-text-both" }, page, h("div", { class: "lab-text-side" }, bars.el, readouts(doubt, pace))),
    h("p", { class: "lab-note" }, "Underlined: a character that had less than 10 % (thin line) or less than 1 % (thick line)."),
    kit.how({
      text: `The network reads one character and changes its state, ${card.units} numbers, in which all that it keeps of the text must fit. From the `
        + `state it gives a probability to each of ${characters.length} characters. One is drawn by these probabilities, written down, and read in turn.`,
      chapter: { title: "The page on this demo", href: "book/lab/text.html" },
      card: "text",
    }));
  begin.value = valueOr(model, "begin", BEGINNINGS["Romeo speaks"]);
  await reset();
  return kit.close;
}

export default { render };
