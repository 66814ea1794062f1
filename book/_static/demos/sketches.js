/**
 * Draw one of ten things: the network guesses with every stroke. In a round it asks for things, one after another.
 * Data: `strokes` (lists of points [x, y] on a pad of 280 × 280), `words` (the things of a round; drawn at random
 * without), `seconds` (to draw one; 20).
 * Sends back `strokes`, `drawing` (the 28 × 28 picture that the network saw), `guess` (a name, or "") and
 * `probabilities` (by name).
 */
import { barChart } from "../lab/charts/bars.js";
import { button, h, select, toolbar } from "../lab/dom.js";
import { createPad, showInk, strokesPicture } from "../lab/drawing.js";
import { openKit } from "../lab/kit.js";
import { SIDE, sketchForm } from "../lab/mnist-form.js";
import { sketchStrokes } from "../lab/strokes.js";
import { createSync, valueOr } from "../lab/sync.js";

/** What the network was trained on, in the order of its outputs. */
export const CLASSES = ["apple", "bicycle", "cat", "diamond", "eye", "fish", "bowtie", "lollipop", "rainbow", "train"];
const TEXTS = { bowtie: "bow tie" };
const WORDS_IN_ROUND = 5, PAUSE_MS = 1600, TICK_MS = 200;
// A guess counts when it is so sure, and is said in words when it is surer than this.
const ENOUGH = 0.5, WORTH_SAYING = 0.3;

const text = (name) => TEXTS[name] ?? name;
const withArticle = (name) => `${/^[aeiou]/.test(name) ? "an" : "a"} ${text(name)}`;
const percent = (share) => `${Math.round(100 * share)} %`;

async function render({ model, el }) {
  const kit = await openKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: "drawing" });
  const { tf, scope, status } = kit;
  const sync = createSync(model);
  const net = await kit.loadModel("sketches");
  let busy = false, stale = false, gone = false, ranked = [];

  // ---- what is on the page
  const pad = createPad({ label: "Draw something", pen: 8, say: (words) => status.say(words, { now: true }),
    onChange(_, { drawing }) { look(!drawing); } });
  const first = h("span", { class: "lab-answer-class" }), others = h("p", { class: "lab-answer-sure" });
  const chart = barChart({ title: "Probabilities", labels: CLASSES.map(text), max: 1, names: ["thing", "probability"] });
  const seen = h("canvas", { class: "lab-ink", role: "img", width: SIDE, height: SIDE, style: { width: "84px", height: "84px" },
    "aria-label": "The picture of 28 × 28 pixels that the network sees" });
  const time = h("p", { class: "lab-note" });
  const round = createRound({ words: chooseWords, seconds: valueOr(model, "seconds", 20), pad, status });
  kit.main.append(
    round.el,
    h("div", { class: "lab-sketch-columns" },
      pad.el,
      h("div", { class: "lab-stack" },
        h("p", { class: "lab-answer" }, first), others, chart.el,
        h("div", { class: "lab-toolbar" }, seen, h("div", null, h("p", { class: "lab-note" }, "What the network sees"), time)))),
    kit.samples({ label: "Drawings to try", items: CLASSES.map((name) => ({ name: text(name),
      picture: strokesPicture(sketchStrokes(name)), pick: () => { pad.strokes = sketchStrokes(name); } })) }),
    kit.how({
      text: "Your strokes are scaled until the drawing fills the picture, centred, and drawn with a line 16 units wide on "
        + "256, on 28 × 28 pixels: that is how the drawings of Quick, Draw! were made into pictures. The network then gives "
        + "each of its ten classes a probability; it can name nothing else. Nothing leaves your device.",
      chapter: { title: "How the sketches demo works", href: "book/lab/sketches.html" }, card: "sketches",
    }));

  function chooseWords() {
    const given = valueOr(model, "words", []).filter((word) => CLASSES.includes(word));
    if (given.length) return given;
    return CLASSES.map((name) => [Math.random(), name]).sort(([a], [b]) => a - b).slice(0, WORDS_IN_ROUND).map(([, name]) => name);
  }

  // ---- from strokes to guesses
  /** Ask the network; while it answers, only the newest drawing waits. `finished`: tell Python too. */
  async function look(finished = false) {
    stale = stale === "finished" || finished ? "finished" : "drawing";
    if (busy || kit.switching) return;
    busy = true;
    try {
      while (stale && !gone && !kit.switching) {
        const tell = stale === "finished";
        stale = false;
        await kit.compute(() => guess(tell));
      }
    } finally {
      busy = false;
    }
  }
  async function guess(tell) {
    const form = sketchForm(pad.strokes);
    showInk(seen, form);
    if (!pad.strokes.length) {
      forget();
      if (tell) share(form, null);
      return;
    }
    const began = performance.now();
    const output = tf.tidy(() => net.predict(tf.tensor4d(form.ink, [1, SIDE, SIDE, 1])));
    try {
      const said = [...await output.data()];
      if (gone) return;
      time.textContent = `Guessed in ${(performance.now() - began).toFixed(0)} ms.`;
      show(said);
      if (tell) share(form, said);
    } finally {
      output.dispose();
      kit.meter.update();
    }
  }
  function show(said) {
    ranked = CLASSES.map((name, i) => ({ name, share: said[i] })).sort((a, b) => b.share - a.share);
    const [top, ...rest] = ranked;
    first.textContent = top.share < WORTH_SAYING ? "I am not sure yet" : `I see ${withArticle(top.name)}`;
    others.textContent = `${text(top.name)} ${percent(top.share)}, or ${rest.slice(0, 2).map(({ name, share }) => `${text(name)} ${percent(share)}`).join(", or ")}`;
    chart.update({ values: said });
    if (round.running) round.heard(top);
    else status.say(top.share < WORTH_SAYING ? "Not sure yet: draw on." : `I see ${withArticle(top.name)} (${percent(top.share)}).`);
  }
  function forget() {
    ranked = [];
    first.textContent = "–";
    others.textContent = `One of ten: ${CLASSES.map(text).join(", ")}.`;
    time.textContent = "";
    chart.update({ values: CLASSES.map(() => 0), best: -1 });
    if (!round.running) status.say("Draw one of the ten things, or start a round.");
  }
  function share(form, said) {
    sync.send({ strokes: pad.strokes, guess: said ? ranked[0].name : "",
      probabilities: said ? Object.fromEntries(CLASSES.map((name, i) => [name, said[i]])) : {} });
    sync.sendArray("drawing", form.ink, [SIDE, SIDE]);
  }

  kit.onBackend(() => { look(true); });
  sync.listen("strokes", (strokes) => { pad.strokes = strokes; });
  scope.add(() => { gone = true; });
  for (const stop of [round.stop, pad.destroy, sync.stop, chart.dispose]) scope.add(stop);
  showInk(seen, sketchForm([]));
  forget();
  const given = valueOr(model, "strokes", []);
  if (given.length) pad.strokes = given;
  return () => kit.close();
}

/**
 * A round: a word, so many seconds to draw it, and the next word as soon as it is recognised.
 * @param {{ words: () => string[], seconds: number, pad: any, status: any }} options
 */
function createRound({ words, seconds, pad, status }) {
  const word = h("p", { class: "lab-task-word" }), left = h("p", { class: "lab-note" });
  const bar = h("span"), track = h("span", { class: "lab-task-time", "aria-hidden": "true" }, bar);
  const done = h("ol", { class: "lab-round", "aria-label": "The drawings of this round" });
  const start = button({ label: "Play a round", icon: "play", primary: true, onClick: () => (running ? end("The round is stopped.") : begin()) });
  const skip = button({ label: "Skip", onClick: () => { if (running && !waiting) settle(false); } });
  const limit = select({ label: "Time for each", value: String(seconds),
    options: [...new Set([seconds, 20, 60])].sort((a, b) => a - b).map((value) => [String(value), `${value} seconds`]).concat([["0", "no limit"]]) });
  const panel = h("div", { class: "lab-task", hidden: true }, word, left, track, done);
  let running = false, waiting = 0, timer = 0, list = [], at = 0, began = 0, right = 0;

  function begin() {
    running = true;
    [list, at, right] = [words(), -1, 0];
    done.replaceChildren();
    panel.hidden = false;
    start.label = "Stop the round";
    start.icon = "stop";
    skip.disabled = false;
    limit.disabled = true;
    next();
  }
  function next() {
    waiting = 0;
    at += 1;
    if (at >= list.length) {
      end(`The round is over: ${right} of ${list.length} recognised.`, right === list.length ? "good" : "info");
      return;
    }
    pad.clear();
    began = performance.now();
    word.textContent = `Draw ${withArticle(list[at])}`;
    status.say(`${at + 1} of ${list.length}: draw ${withArticle(list[at])}.`, { now: true });
    clearInterval(timer);
    timer = setInterval(tick, TICK_MS);
    tick();
    pad.canvas.focus({ preventScroll: true });
  }
  function tick() {
    const whole = 1000 * Number(limit.value), spent = performance.now() - began;
    const rest = Math.max(0, Math.ceil((whole - spent) / 1000));
    left.textContent = whole ? `${rest} ${rest === 1 ? "second" : "seconds"} left` : "No time limit";
    bar.style.width = whole ? `${Math.max(0, 100 * (1 - spent / whole))}%` : "100%";
    if (whole && spent >= whole) settle(false);
  }
  /** A drawing is done: recognised, or given up. */
  function settle(found) {
    clearInterval(timer);
    const canvas = h("canvas", { class: "lab-ink", role: "img", "aria-label": `Your drawing of ${withArticle(list[at])}` });
    showInk(canvas, sketchForm(pad.strokes));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    done.append(h("li", null, canvas, h("span", null, text(list[at])), h("span", { class: "lab-note" }, found ? `${seconds} s` : "not seen")));
    if (found) right += 1;
    status.say(found ? `Yes, ${withArticle(list[at])}, after ${seconds} seconds.` : `${withArticle(list[at])} was not recognised.`.replace(/^a/, "A"),
      { tone: found ? "good" : "info", now: true });
    waiting = setTimeout(next, PAUSE_MS);
  }
  function end(message, tone = "info") {
    stop();
    running = false;
    word.textContent = message;
    left.textContent = "";
    start.label = "Play a round";
    start.icon = "play";
    skip.disabled = true;
    limit.disabled = false;
    status.say(message, { tone, now: true });
  }
  function stop() {
    clearInterval(timer);
    clearTimeout(waiting);
    waiting = 0;
  }
  skip.disabled = true;
  return {
    el: h("div", { class: "lab-stack" }, toolbar(start, skip, limit), panel),
    get running() { return running; },
    /** What the network sees just now. */
    heard({ name, share }) {
      if (!waiting && name === list[at] && share >= ENOUGH) settle(true);
    },
    stop,
  };
}

export default { render };
