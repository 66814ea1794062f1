/**
 * Image classification: what does a pretrained network make of a picture? Top five, what it received, and which part
 * of the picture mattered.
 */
import { barChart } from "../lab/charts/bars.js";
import { button, h, number, readout, readouts, select, slider, toolbar } from "../lab/dom.js";
import { drawSample } from "../lab/drawn-samples.js";
import { openFile } from "../lab/files.js";
import { withKit } from "../lab/kit.js";
import { bytesText } from "../lab/memory.js";
import { occlusionMap, veil } from "../lab/occlusion.js";
import { canvasOf, createCameraInput, createPictureInput, loadPicture, PictureProblem } from "../lab/pictures.js";
import { arrayOr, createSync, valueOr } from "../lab/sync.js";
import { largest, openVision } from "../lab/vision.js";

const SHOWN_SIDE = 480, TOP = 5, TIMES = 9;
const PHOTOGRAPHS = [["portrait", "Portrait"], ["pavilion", "Pavilion"], ["dahlia", "Dahlia"]];
const DRAWN = {
  mobilenet: ["Drawn clock", "Drawn traffic light", "Drawn crossword"],
  other: ["Drawn ship", "Drawn aeroplane", "Drawn clock"],
};

function render({ model, el }) {
  // WebAssembly first: a network this small is as fast there, and nothing has to be compiled for the graphics card.
  return withKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: "images" }, fill);
}

async function fill(kit, model) {
  kit.status.say("Loading the network…", { now: true });
  const vision = await openVision(kit, "pictures");
  const { classes, side } = vision;
  const sync = createSync(model);
  /** @type {{ name: string, canvas: HTMLCanvasElement }} */
  let shown = { name: "", canvas: drawSample(DRAWN.mobilenet[0]) };
  let pixels = null, said = null, map = null, times = [], searching = null, gone = false;
  let waiting = null, working = false;

  // ---- what is on the page
  const screen = h("canvas", { class: "lab-images-screen", role: "img" });
  const bars = barChart({ title: "What the network says", max: 1, format: (value) => `${number(100 * value, 1)} %`,
    names: ["class", "probability"] });
  const outputs = { time: readout("Time a prediction", "grey"), doubt: readout("All other classes", "purple") };
  const received = h("canvas", { class: "lab-images-received", width: side, height: side, role: "img" });
  const steps = h("ol", { class: "lab-images-steps" });
  const column = slider({ label: "Column", min: 0, max: side - 1, step: 1, value: side >> 1, onInput: showPixel });
  const row = slider({ label: "Row", min: 0, max: side - 1, step: 1, value: side >> 1, onInput: showPixel });
  const pixelLine = h("p", { class: "lab-images-pixel" });
  const target = select({ label: "How sure of", options: [["", "the first guess"]], value: "" });
  const search = button({ label: "Which part mattered?", onClick: () => (searching ? stopSearch() : findParts()) });

  const input = createPictureInput({ zone: kit.root, say: kit.status.say,
    onPictures: ([picture]) => { camera.stop(); return show(picture.name, picture.canvas); } });
  const camera = createCameraInput({ size: side, say: kit.status.say, onFrame: (frame) => show("the camera", frame, { live: true }) });
  const samples = kit.samples({ label: "Or take a sample", items: [
    ...PHOTOGRAPHS.map(([name, title]) => ({ name: title, picture: `samples/${name}.jpg`, pick: () => pickPhotograph(name, title) })),
    ...DRAWN[vision.genuine ? "mobilenet" : "other"].map((name) => ({ name, picture: drawSample(name),
      pick: () => { camera.stop(); return show(name, drawSample(name)); } })),
  ] });

  async function pickPhotograph(name, title) {
    camera.stop();
    try {
      const { address, free } = await openFile(model, `samples/${name}.jpg`, "image/jpeg");
      const canvas = await loadPicture(address, title);
      free();
      if (!gone) await show(title, canvas);
    } catch (error) {
      kit.status.say(error instanceof PictureProblem ? error.message : `The picture “${title}” is not here: ${error.message}`,
        { tone: "bad", now: true });
    }
  }

  // ---- predicting: the newest picture counts, those that came meanwhile are left out
  async function show(name, canvas, { live = false } = {}) {
    stopSearch();
    waiting = { name, canvas, live };
    if (working) return;
    working = true;
    try {
      while (waiting && !gone) {
        const next = waiting;
        waiting = null;
        await kit.compute(() => classify(next));
      }
    } finally {
      working = false;
    }
  }
  async function classify({ name, canvas, live }) {
    const square = vision.look(canvas);
    const began = performance.now();
    const [answer] = await vision.run([square]);
    if (gone) return;
    times = [...times, performance.now() - began].slice(-TIMES);
    [shown, pixels, said, map] = [{ name, canvas }, square, answer, null];
    draw();
    kit.meter.update();
    const best = largest(said, TOP);
    const named = best.map(({ index, value }) => ({ name: classes[index] ?? `class ${index}`, probability: value }));
    sync.send({ predictions: named, picture_name: name });
    if (!live) sync.sendArray("probabilities", said, [said.length]);
    const sure = named[0].probability;
    kit.status.say(`${capital(name)}: ${sure < 0.3 ? "not sure; " : ""}${named[0].name}, ${number(100 * sure, 0)} %.`, { now: !live });
  }

  // ---- drawing
  function draw() {
    const best = largest(said, TOP);
    bars.update({ labels: best.map(({ index }) => classes[index] ?? `class ${index}`), values: best.map(({ value }) => value) });
    outputs.time.value = `${number(median(times), times.length && median(times) < 10 ? 1 : 0)} ms`;
    outputs.doubt.value = `${number(100 * Math.max(0, 1 - best.reduce((sum, { value }) => sum + value, 0)), 1)} %`;
    target.input.replaceChildren(...best.map(({ index }) => h("option", { value: String(index) }, classes[index] ?? `class ${index}`)));
    drawScreen();
    received.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels), side, side), 0, 0);
    received.setAttribute("aria-label", `What the network receives: the middle of ${shown.name}, ${side} × ${side} dots`);
    const { width, height } = shown.canvas, cut = Math.min(width, height);
    const [low, high] = vision.range;
    steps.replaceChildren(
      h("li", null, `The middle square is cut out of ${width} × ${height} dots: ${cut} × ${cut} are left.`),
      h("li", null, `It is ${cut > side ? "shrunk" : cut < side ? "stretched" : "kept"} to ${side} × ${side}: ${(3 * side * side).toLocaleString("en")} numbers from 0 to 255.`),
      h("li", null, low < 0 ? "Each number is divided by 127.5, and 1 is taken away: −1 is black, 1 is white."
        : high <= 1 ? "Each number is divided by 255: 0 is black, 1 is white." : "The numbers stay as they are."));
    showPixel();
  }
  function drawScreen() {
    const { width, height } = shown.canvas;
    const scale = Math.min(1.5, SHOWN_SIDE / Math.min(width, height));
    screen.width = Math.round(width * scale);
    screen.height = Math.round(height * scale);
    const pen = screen.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(shown.canvas, 0, 0, screen.width, screen.height);
    const size = Math.min(screen.width, screen.height), x = (screen.width - size) / 2, y = (screen.height - size) / 2;
    if (map) veil(pen, map, { x, y, size });
    pen.fillStyle = "rgba(16, 20, 26, 0.62)";
    if (x) for (const left of [0, x + size]) pen.fillRect(left, 0, x, screen.height);
    if (y) for (const top of [0, y + size]) pen.fillRect(0, top, screen.width, y);
    screen.setAttribute("aria-label", `${shown.name}${x || y ? "; the network sees the middle square" : ""}${map ? "; bright where it mattered" : ""}`);
  }
  function showPixel() {
    if (!pixels) return;
    const [low, high] = vision.range;
    const at = 4 * (row.value * side + column.value);
    const values = [...pixels.slice(at, at + 3)];
    const text = (value) => number(low + ((high - low) * value) / 255, 2);
    pixelLine.replaceChildren(
      h("span", { class: "lab-images-swatch", "aria-hidden": "true", style: { background: `rgb(${values.join(" ")})` } }),
      `red ${values[0]} → ${text(values[0])}, green ${values[1]} → ${text(values[1])}, blue ${values[2]} → ${text(values[2])}`);
  }
  received.addEventListener("pointerdown", (event) => pointAt(event));
  received.addEventListener("pointermove", (event) => { if (event.buttons) pointAt(event); });
  function pointAt(event) {
    const box = received.getBoundingClientRect();
    const inside = (share) => Math.min(side - 1, Math.max(0, Math.floor(share * side)));
    column.value = inside((event.clientX - box.left) / box.width);
    row.value = inside((event.clientY - box.top) / box.height);
    showPixel();
  }

  // ---- which part mattered
  async function findParts() {
    if (!said) return;
    camera.stop();
    const index = Number(target.value), name = classes[index] ?? `class ${index}`, before = said[index];
    const token = {};
    searching = token;
    search.label = "Stop";
    const found = await kit.compute(() => occlusionMap({
      pixels, side, target: index, before,
      run: (squares) => vision.run(squares),
      isOver: () => gone || searching !== token,
      tell(done, all, sofar) {
        map = sofar;
        drawScreen();
        kit.status.say(`Covering piece ${done} of ${all}…`);
      },
    }));
    if (gone || searching !== token) return;
    stopSearch();
    kit.meter.update();
    if (!found) return;
    const worst = Math.max(...found);
    sync.sendArray("mattered", found, [Math.sqrt(found.length), Math.sqrt(found.length)]);
    kit.status.say(worst > 0.01
      ? `Bright is what mattered: with the framed piece covered, “${name}” falls by ${number(100 * worst, 0)} points on average, from ${number(100 * before, 0)} %.`
      : `No single piece matters to “${name}” (${number(100 * before, 0)} %): cover any, and it hardly changes.`, { tone: "good", now: true });
  }
  function stopSearch() {
    searching = null;
    search.label = "Which part mattered?";
  }

  // ---- the page
  kit.main.append(h("div", { class: "lab-images" },
    h("div", { class: "lab-images-columns" },
      h("div", { class: "lab-images-left" }, screen, toolbar(input.el, camera.el),
        h("p", { class: "lab-note" }, "A picture may also be dropped here or pasted. It stays in your browser.")),
      h("div", { class: "lab-images-right" }, bars.el, readouts(...Object.values(outputs)),
        toolbar(search.el, target.el), h("p", { class: "lab-note lab-images-which" }, whichModel(vision)))),
    samples,
    h("details", { class: "lab-images-fold" }, h("summary", null, "What the network receives"),
      h("div", { class: "lab-images-preprocess" }, received,
        h("div", null, steps, h("div", { class: "lab-controls lab-controls-2" }, column.el, row.el), pixelLine))),
    kit.how({
      text: "A convolutional network turns the square of dots into one number for each class, and softmax turns those into "
        + "probabilities that add up to one. It must choose among the classes that it was trained on: shown anything else, it still names one of them.",
      chapter: { title: "How this page's network works", href: "book/lab/images.html" },
      card: vision.genuine ? [] : [vision.name],
    })));
  kit.onBackend(async () => { times = []; await show(shown.name, shown.canvas); });
  for (const stop of [sync.stop, input.stop, camera.leave]) kit.scope.add(stop);
  kit.scope.add(() => { gone = true; });

  sync.listen("picture", () => showGiven());
  async function showGiven() {
    const given = arrayOr(model, "picture", null);
    if (given) await show("the picture from Python", canvasOf(given.data, given.shape));
  }
  if (model.get("picture")) await showGiven();
  else {
    const first = valueOr(model, "sample", "pavilion");
    const photograph = PHOTOGRAPHS.find(([name]) => name === first);
    if (photograph) await pickPhotograph(...photograph);
    if (!said) await show(DRAWN.mobilenet[0], drawSample(DRAWN.mobilenet[0]));
  }
  return () => kit.close();
}

/** What runs, and what that means. @param {import("../lab/vision.js").Vision} vision */
function whichModel({ genuine, card, classes, title }) {
  const parameters = card.parameters.toLocaleString("en");
  if (genuine) {
    return `This site runs ${title}, as Keras distributes it: ${parameters} parameters in ${bytesText(card.bytes)}, trained on ImageNet's `
      + "1,000 classes. It names things, animals and buildings; people, feelings and most plants are not among its classes.";
  }
  return `This site has no MobileNet, so the course's own network answers: ${title}, ${parameters} parameters. It knows ${classes.length} `
    + `classes only (${classes.join(", ")}) and names one of them whatever it sees. With MobileNet (“course fetch”) there are 1,000.`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : 0;
}

function capital(text) {
  return text ? text[0].toUpperCase() + text.slice(1) : text;
}

export default { render };
