/**
 * Detection: what is where in a picture? All boxes of a small single-shot detector, and those that suppression leaves.
 * Data: `picture` (an array), `seed` (of the first scene, 199), `least` (score, 0.5), `overlap` (0.4), `suppressed` (true: after suppression).
 * Sends these back, and `boxes` (an array of shape (n, 4): top, left, bottom, right), `kinds`, `scores`, `before` (how many boxes there
 * were before suppression) and `picture_name`.
 */
import { button, choice, dataTable, h, number, readout, readouts, slider, toolbar } from "../lab/dom.js";
import { squareOf } from "../lab/camera.js";
import { anchorsOf, candidatesOf, countFound, suppressKinds } from "../lab/detecting.js";
import { fetchJson, openFile } from "../lab/files.js";
import { withKit } from "../lab/kit.js";
import { canvasOf, createCameraInput, createPictureInput, loadPicture, PictureProblem, scaled, squarePixels } from "../lab/pictures.js";
import { drawCrowd, drawScene } from "../lab/scenes.js";
import { arrayOr, createSync, valueOr } from "../lab/sync.js";

const SHOWN_SIDE = 480, LEAST = 0.05, TIMES = 9, SCENES = [199, 160, 111, 182];
const PHOTOGRAPHS = [["portrait", "Portrait"], ["pavilion", "Pavilion"]];
// Each kind has a colour and a dash of its own; all lie on a dark casing, so that they are seen on any ground.
const STYLES = [{ color: "#ffd83d", dash: [] }, { color: "#7fe3ff", dash: [9, 5] }, { color: "#ff9ed1", dash: [3, 4] }];

/** @param {{ model: any, el: HTMLElement }} view @returns {Promise<() => void>} */
function render({ model, el }) {
  // WebAssembly first: a network this small is as fast there, and nothing has to be compiled for the graphics card.
  return withKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: "detection" }, start);
}

async function start(kit) {
  const { tf, model, main, scope, status } = kit;
  const [net, card] = await Promise.all([kit.loadModel("shapes", { warm: true }), fetchJson(model, "models/shapes/card.json")]);
  const { classes, input: { range, shape: [side] } } = card, anchors = anchorsOf(card.anchors);
  const sync = createSync(model);
  /** @type {{ name: string, canvas: HTMLCanvasElement, things: Array<{ box: number[], label: number }> | null, live: boolean }} */
  let shown = null;
  let candidates = [], times = [], waiting = null, working = false, closed = false, seed = valueOr(model, "seed", SCENES[0]);

  // ---- what is on the page
  const screen = h("canvas", { class: "lab-detection-screen", width: SHOWN_SIDE, height: SHOWN_SIDE, role: "img" });
  const least = slider({ label: "Score: show boxes from", min: LEAST, max: 0.95, step: 0.05, value: valueOr(model, "least", 0.5), format: (value) => number(value, 2), onInput: update });
  const overlap = slider({ label: "Overlap (IoU) that two boxes may have", min: 0, max: 1, step: 0.05, value: valueOr(model, "overlap", 0.4), format: (value) => number(value, 2), onInput: update });
  const which = choice({ label: "Boxes", options: [["before", "Before suppression"], ["after", "After suppression"]], value: valueOr(model, "suppressed", true) ? "after" : "before", onInput: update });
  const outputs = { time: readout("Time a picture", "grey"), before: readout("Boxes before", "orange"), after: readout("Boxes after", "blue"), found: readout("Things found", "green") };
  const table = dataTable({ summary: "The boxes as numbers", columns: ["kind", "score", "top", "left", "bottom", "right"],
    rows: () => chosen().map(({ box, label, score }) => [classes[label], number(score, 2), ...box.map((value) => number(value, 3))]) });
  const legend = h("ul", { class: "lab-detection-legend" }, classes.map((name, i) =>
    h("li", null, h("span", { dataset: { kind: String(i) }, "aria-hidden": "true" }), name)));
  const input = createPictureInput({ zone: kit.root, say: status.say, onPictures: ([picture]) => { camera.stop(); return show({ name: picture.name, canvas: picture.canvas }); } });
  const camera = createCameraInput({ size: SHOWN_SIDE, say: status.say, onFrame: (canvas) => show({ name: "the camera", canvas, live: true }) });
  const another = button({ label: "Draw another scene", icon: "add", primary: true, onClick: () => { seed += 1; showScene(seed); } });
  const crowd = drawCrowd();
  const samples = kit.samples({ label: "Or take a sample", items: [
    ...SCENES.map((drawn) => ({ name: `Scene ${drawn}`, picture: drawScene(drawn).canvas, pick: () => showScene(drawn) })),
    { name: "A crowd", picture: crowd.canvas, pick: () => { camera.stop(); return show({ name: "a crowd", ...drawCrowd() }); } },
    ...PHOTOGRAPHS.map(([name, title]) => ({ name: title, picture: `samples/${name}.jpg`, pick: () => pickPhotograph(name, title) })),
  ] });

  function showScene(drawn) {
    camera.stop();
    seed = drawn;
    sync.send({ seed });
    return show({ name: `scene ${drawn}`, ...drawScene(drawn) });
  }
  async function pickPhotograph(name, title) {
    camera.stop();
    try {
      const { address, free } = await openFile(model, `samples/${name}.jpg`, "image/jpeg");
      const canvas = await loadPicture(address, title);
      free();
      if (!closed) await show({ name: title, canvas });
    } catch (error) {
      status.say(error instanceof PictureProblem ? error.message : `The picture “${title}” is not here: ${error.message}`, { tone: "bad", now: true });
    }
  }

  // ---- detecting: the newest picture counts, those that came meanwhile are left out
  async function show({ name, canvas, things = null, live = false }) {
    waiting = { name, canvas, things, live };
    if (working) return;
    working = true;
    try {
      while (waiting && !closed) {
        const next = waiting;
        waiting = null;
        await kit.compute(() => detect(next));
      }
    } finally {
      working = false;
    }
  }
  async function detect(next) {
    const began = performance.now();
    const pixels = scaled(squarePixels(next.canvas, side), range);
    const output = tf.tidy(() => net.predict(tf.tensor4d(pixels, [1, side, side, 3])));
    let said;
    try {
      said = await output.data();
    } finally {
      output.dispose();
    }
    if (closed) return;
    candidates = candidatesOf(said, anchors, { kinds: classes.length, ...card.anchors, least: LEAST });
    times = [...times, performance.now() - began].slice(-TIMES);
    // The camera gives the same canvas again and again.
    shown = { ...next, canvas: next.live ? squareOf(next.canvas, { size: SHOWN_SIDE, canvas: shown?.live ? shown.canvas : undefined }) : next.canvas };
    kit.meter.update();
    update();
  }
  /** The boxes that are sure enough; `after` is what suppression leaves of them. */
  function sure() {
    const enough = candidates.filter(({ score }) => score >= least.value);
    return { before: enough, after: suppressKinds(enough, overlap.value) };
  }
  function chosen() {
    return sure()[which.value].sort((a, b) => b.score - a.score);
  }

  // ---- drawing
  function update() {
    if (!shown) return;
    const { before, after } = sure(), boxes = chosen();
    draw(boxes);
    outputs.time.value = `${number(median(times), 1)} ms`;
    outputs.before.value = String(before.length);
    outputs.after.value = String(after.length);
    outputs.found.value = shown.things ? `${countFound(boxes, shown.things)} of ${shown.things.length}` : "not known";
    table.update();
    const told = inWords(boxes);
    screen.setAttribute("aria-label", `${capital(shown.name)} with its boxes: ${told || "none"}`);
    status.say(`${capital(shown.name)}: ${told || "no box is sure enough"}. ${which.value === "after"
      ? `Suppression left ${after.length} of ${before.length} boxes.` : `Suppression would leave ${after.length} of these ${before.length} boxes.`}`, { now: !shown.live });
    sync.send({ least: least.value, overlap: overlap.value, suppressed: which.value === "after", kinds: boxes.map(({ label }) => classes[label]),
      scores: boxes.map(({ score }) => score), before: before.length, picture_name: shown.name });
    if (!shown.live) sync.sendArray("boxes", Float32Array.from(boxes.flatMap(({ box }) => box)), [boxes.length, 4]);
  }
  function inWords(boxes) {
    return classes.map((name, kind) => [name, boxes.filter(({ label }) => label === kind).length])
      .filter(([, count]) => count).map(([name, count]) => `${count} ${name}${count > 1 ? "s" : ""}`).join(", ");
  }
  function draw(boxes) {
    const pen = screen.getContext("2d"), size = SHOWN_SIDE;
    pen.imageSmoothingEnabled = Math.min(shown.canvas.width, shown.canvas.height) > side;
    const cut = Math.min(shown.canvas.width, shown.canvas.height);
    pen.drawImage(shown.canvas, (shown.canvas.width - cut) / 2, (shown.canvas.height - cut) / 2, cut, cut, 0, 0, size, size);
    // The surest last, so that it lies on top.
    for (const { box: [top, left, bottom, right], label } of [...boxes].reverse()) {
      const { color, dash } = STYLES[label % STYLES.length];
      for (const [stroke, width, pattern] of [["#101428", 5, []], [color, 2.5, dash]]) {
        pen.strokeStyle = stroke;
        pen.lineWidth = width;
        pen.setLineDash(pattern);
        pen.strokeRect(left * size, top * size, (right - left) * size, (bottom - top) * size);
      }
    }
    pen.setLineDash([]);
    if (which.value === "before") return;
    pen.font = "600 15px system-ui, sans-serif";
    pen.textBaseline = "top";
    for (const { box: [top, left], label, score } of boxes) {
      const text = `${classes[label]} ${number(score, 2)}`, width = pen.measureText(text).width + 10;
      const x = Math.min(left * size, size - width), y = Math.max(0, top * size - 21);
      pen.fillStyle = "#101428";
      pen.fillRect(x, y, width, 21);
      pen.fillStyle = STYLES[label % STYLES.length].color;
      pen.fillText(text, x + 5, y + 4);
    }
  }

  main.append(
    h("div", { class: "lab-detection-columns" },
      h("div", { class: "lab-stack" }, screen, legend, toolbar(another.el, input.el, camera.el),
        h("p", { class: "lab-note" }, "A picture may also be dropped here or pasted. It stays in your browser.")),
      h("div", { class: "lab-stack" }, which.el, least.el, overlap.el, readouts(...Object.values(outputs)), table.el,
        h("p", { class: "lab-note" }, `The detector knows ${classes.length} kinds of shapes and nothing else. On a photograph it names what looks like one.`))),
    samples,
    kit.how({
      text: `The middle square of the picture is shrunk to ${side} × ${side} pixels. One look gives ${anchors.length} anchors four scores and four offsets each: whether there is a thing, of which kind, `
        + "and how the anchor must move and grow to fit it. Then suppression, kind by kind, keeps the surest box, drops those that overlap it more than you allow, and goes on. "
        + "A thing counts as found when a box of its kind has an IoU of 0.5 or more with it.",
      chapter: { title: "Detection", href: "book/week4/detection.html" }, card: "shapes",
    }));
  for (const stop of [sync.stop, input.stop, camera.leave, table.stop]) scope.add(stop);
  scope.add(() => { closed = true; });
  kit.onBackend(() => {
    times = [];
    if (shown) return show(shown);
    return undefined;
  });
  for (const [name, control] of [["least", least], ["overlap", overlap]]) {
    sync.listen(name, (value) => {
      control.value = value;
      update();
    });
  }
  sync.listen("suppressed", (value) => {
    which.value = value ? "after" : "before";
    update();
  });
  sync.listen("seed", showScene);
  sync.listen("picture", () => showGiven());
  async function showGiven() {
    const given = arrayOr(model, "picture", null);
    if (given) await show({ name: "the picture from Python", canvas: canvasOf(given.data, given.shape) });
  }
  if (model.get("picture")) await showGiven();
  else await showScene(seed);
  return kit.close;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : 0;
}

function capital(text) {
  return text ? text[0].toUpperCase() + text.slice(1) : text;
}

export default { render };
