/**
 * Style sliders: a photograph is painted in another picture's style, step by step, by gradient descent on its colours.
 * Data: `sample` (a photograph) or `picture`, `style` (strokes, waves or dots) or `style_picture`, `style_weight`, `smoothness`,
 * `layers` (the weight of each style layer), `start` (content or noise), and `stop_after` (so many steps at each press of Paint).
 * Sends these back, and `steps`, `content_loss`, `style_loss`, and `painted`, the picture.
 */
import { lineChart } from "../lab/charts/line.js";
import { button, choice, h, number, readout, readouts, slider, toolbar } from "../lab/dom.js";
import { DRAWN_STYLES, drawStyle } from "../lab/drawn-styles.js";
import { openFile } from "../lab/files.js";
import { withKit } from "../lab/kit.js";
import { canvasOf, createPictureInput, loadPicture, scaled, squarePixels } from "../lab/pictures.js";
import { seededUniform } from "../lab/random.js";
import { createAdam, createPainter, STYLE_LAYERS } from "../lab/style.js";
import { arrayOr, createSync, valueOr } from "../lab/sync.js";

const SIDE = 96, NETWORK = "backbone", STEPS = 100;
const PHOTOGRAPHS = [["portrait", "Portrait"], ["pavilion", "Pavilion"], ["dahlia", "Dahlia"]];
const SEES = ["colours and edges", "strokes", "small patterns", "patterns", "large patterns"];

function render({ model, el }) {
  // WebAssembly first: the slopes are computed with kernels that it has, and nothing is compiled for the graphics card.
  return withKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: "style-transfer" }, fill);
}

async function fill(kit, model) {
  const { tf } = kit;
  kit.status.say("Loading the network…", { now: true });
  const net = await kit.loadModel(NETWORK);
  const sync = createSync(model);
  const settings = { style_weight: valueOr(model, "style_weight", 10), smoothness: valueOr(model, "smoothness", 20),
    layers: [...valueOr(model, "layers", STYLE_LAYERS.map(() => 1))], start: valueOr(model, "start", "content"),
    sample: valueOr(model, "sample", "pavilion"), style: valueOr(model, "style", "strokes") };
  const stopAfter = Math.max(1, valueOr(model, "stop_after", STEPS));
  /** The pictures as the network takes them, and the one that is painted. @type {Float32Array | null} */
  let content = null, style = null, painted = null;
  let contentName = "", painter = createPainter(tf, net), aim = null, adam = null;
  let steps = 0, losses = { content: [], style: [] }, running = false, stopAsked = false, gone = false, run = 0;

  // ---- what is on the page
  const views = { content: view("the photograph"), style: view("the style"), painted: view("the painting") };
  const chart = lineChart({ title: "Losses, without their weights", x: "step", y: "loss", maxHeight: 240 });
  const outputs = { content: readout("Content loss", "blue"), style: readout("Style loss", "orange"), time: readout("Time a step", "grey") };
  const paintButton = button({ label: "Paint", icon: "play", primary: true, onClick: () => (running ? askToStop() : paint()) });
  const again = button({ label: "Start over", icon: "reset", onClick: () => begin() });
  const styleChoice = choice({ label: "Style", value: settings.style, options: DRAWN_STYLES, onInput: (name) => takeStyle(name) });
  const startChoice = choice({ label: "Begin with", value: settings.start, options: [["content", "the photograph"], ["noise", "noise"]],
    onInput(value) { settings.start = value; begin(); } });
  const weight = slider({ label: "Weight of the style", min: 0.1, max: 1000, log: true, value: settings.style_weight, color: "orange",
    onInput(value) { settings.style_weight = value; changed(); } });
  const smooth = slider({ label: "Weight of smoothness", min: 0, max: 100, step: 1, value: settings.smoothness, color: "green",
    onInput(value) { settings.smoothness = value; changed(); } });
  const layerSliders = STYLE_LAYERS.map(([, title], i) => slider({ label: `${title}: ${SEES[i]}`, min: 0, max: 1, step: 0.25,
    value: settings.layers[i], format: (value) => number(value, 2), onInput(value) { settings.layers[i] = value; changed(); } }));
  const input = createPictureInput({ zone: kit.root, label: "Your picture", say: kit.status.say,
    onPictures: ([picture]) => takeContent(picture.name, picture.canvas) });
  const samples = kit.samples({ label: "Or take a sample", items: PHOTOGRAPHS.map(([name, title]) =>
    ({ name: title, picture: `samples/${name}.jpg`, pick: () => takeSample(name, title) })) });

  // ---- pictures
  async function takeSample(name, title) {
    try {
      const { address, free } = await openFile(model, `samples/${name}.jpg`, "image/jpeg");
      const canvas = await loadPicture(address, title);
      free();
      if (gone) return;
      settings.sample = name;
      takeContent(title, canvas);
    } catch (error) {
      if (!gone) kit.status.say(error.message, { tone: "bad", now: true });
    }
  }
  function takeContent(name, canvas) {
    content = numbersOf(canvas);
    contentName = name;
    show(views.content, content, name);
    begin();
  }
  function takeStyle(name) {
    settings.style = name;
    styleFrom(drawStyle(name), DRAWN_STYLES.find(([known]) => known === name)[1]);
  }
  function styleFrom(canvas, title) {
    style = numbersOf(canvas);
    show(views.style, style, title);
    begin();
  }
  function show({ canvas, title }, numbers, name) {
    const pen = canvas.getContext("2d"), image = pen.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i += 1) {
      for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = Math.round(255 * numbers[3 * i + c]);
      image.data[4 * i + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
    canvas.setAttribute("aria-label", `${title}: ${name}`);
  }

  // ---- painting
  const tensorOf = (numbers) => tf.tensor4d(numbers, [1, SIDE, SIDE, 3]);

  function begin(sentence = "Press Paint.") {
    run += 1;
    stopAsked = true;
    freeAim();
    if (!content || !style) return;
    const random = seededUniform(7);
    painted = settings.start === "noise" ? Float32Array.from(content, () => 0.4 + 0.2 * random()) : Float32Array.from(content);
    adam = createAdam(painted.length);
    [steps, losses] = [0, { content: [], style: [] }];
    for (const output of Object.values(outputs)) output.value = "–";
    draw();
    kit.status.say(sentence, { now: true });
    report();
  }
  function freeAim() {
    if (aim) tf.dispose([aim.maps, ...aim.grams]);
    aim = null;
  }
  function makeAim() {
    const pictures = [tensorOf(content), tensorOf(style)];
    aim = painter.aim(...pictures);
    tf.dispose(pictures);
  }

  /** The losses of the picture as it is, and its slope. */
  async function look() {
    if (!aim) makeAim();
    const picture = tensorOf(painted);
    const found = painter.slope(picture, aim, { style: settings.style_weight, smooth: settings.smoothness, layers: settings.layers });
    try {
      const [slope, [contentLoss], [styleLoss]] = await Promise.all([found.slope.data(), found.content.data(), found.style.data()]);
      return { slope, content: contentLoss, style: styleLoss };
    } finally {
      tf.dispose([picture, found.slope, found.content, found.style]);
    }
  }

  async function paint() {
    const mine = run, until = steps + stopAfter;
    [running, stopAsked] = [true, false];
    paintButton.label = "Pause";
    paintButton.icon = "pause";
    let problem = "", time = 0;
    try {
      while (!gone && !stopAsked && !kit.switching) {
        const began = performance.now();
        const found = await kit.compute(look);
        if (gone || mine !== run || !found) break;
        losses.content.push([steps, found.content]);
        losses.style.push([steps, found.style]);
        if (steps >= until) break;
        adam(painted, found.slope);
        steps += 1;
        time = time ? 0.8 * time + 0.2 * (performance.now() - began) : performance.now() - began;
        outputs.time.value = `${number(time, 0)} ms`;
        draw();
        kit.status.say(`Step ${steps} of ${until}.`);
        await tf.nextFrame();
      }
    } catch (error) {
      problem = `Painting ended with an error: ${error.message}`;
    }
    running = false;
    if (gone) return;
    paintButton.label = "Paint";
    paintButton.icon = "play";
    paintButton.disabled = false;
    if (problem) kit.status.say(problem, { tone: "bad", now: true });
    if (problem || mine !== run || !losses.style.length) return;
    draw();
    report();
    sync.sendArray("painted", painted, [SIDE, SIDE, 3]);
    const [before, after] = [losses.style[0][1], losses.style.at(-1)[1]];
    kit.status.say(`After ${steps} steps: content loss ${number(losses.content.at(-1)[1], 3)}, style loss ${number(before, 3)} → ${number(after, 3)}.`,
      { tone: "good", now: true });
  }
  function askToStop() {
    stopAsked = true;
    paintButton.disabled = true;
  }
  /** A slider was moved: the next step goes by it. */
  function changed() {
    if (!running && steps) kit.status.say("Press Paint to go on with these weights, or start over.");
    report();
  }

  // ---- drawing
  function draw() {
    show(views.painted, painted, `${contentName}, ${steps} steps`);
    chart.update({ series: [{ name: "content", points: losses.content, color: "blue" }, { name: "style", points: losses.style, color: "orange" }] });
    for (const name of ["content", "style"]) if (losses[name].length) outputs[name].value = number(losses[name].at(-1)[1], 3);
    kit.meter.update();
  }
  function report() {
    sync.send({ ...settings, layers: [...settings.layers], steps, content_loss: losses.content.at(-1)?.[1] ?? null,
      style_loss: losses.style.at(-1)?.[1] ?? null });
  }

  // ---- the page
  kit.main.append(h("div", { class: "lab-style" },
    h("div", { class: "lab-style-columns" },
      h("div", { class: "lab-style-left" }, views.painted.el,
        h("div", { class: "lab-style-sources" }, views.content.el, views.style.el),
        toolbar(paintButton, again)),
      h("div", { class: "lab-style-right" }, toolbar(styleChoice, startChoice), weight.el, smooth.el,
        readouts(...Object.values(outputs)), chart.el)),
    h("details", { class: "lab-style-fold" }, h("summary", null, "Which layers hold the style"),
      h("div", { class: "lab-controls lab-controls-2" }, layerSliders.map((one) => one.el))),
    samples, toolbar(input.el),
    h("p", { class: "lab-note" }, "A picture may also be dropped here or pasted. It stays in your browser; its middle square is painted, 96 × 96 pixels."),
    kit.how({ text: "The first layers of the course's own backbone make maps of the photograph, and Gram matrices of the style. Then the colours of "
      + "the picture are changed by gradient descent with Adam, until its maps and its Gram matrices come near to those. The weights of the network stay as they are.",
    chapter: { title: "Paint in another's style", href: "book/week4/style-transfer.html" }, card: NETWORK })));
  kit.onBackend((name, reason) => {
    if (reason !== "lost") return;
    // The aims lay in the memory that is gone, and the network has weights anew.
    aim = null;
    painter = createPainter(tf, net);
  });
  for (const stop of [sync.stop, input.stop]) kit.scope.add(stop);
  kit.scope.add(() => { gone = true; chart.dispose(); freeAim(); });

  sync.listen("picture", () => takeGiven("picture"));
  sync.listen("style_picture", () => takeGiven("style_picture"));
  function takeGiven(name) {
    const given = arrayOr(model, name, null);
    if (!given) return;
    const canvas = canvasOf(given.data, given.shape);
    if (name === "picture") takeContent("the picture from Python", canvas);
    else styleFrom(canvas, "the style from Python");
  }
  takeStyle(settings.style);
  if (model.get("style_picture")) takeGiven("style_picture");
  if (model.get("picture")) takeGiven("picture");
  else await takeSample(settings.sample, PHOTOGRAPHS.find(([name]) => name === settings.sample)?.[1] ?? settings.sample);
  return () => kit.close();
}

/** A canvas with its caption. @param {string} title */
function view(title) {
  const canvas = h("canvas", { width: SIDE, height: SIDE, role: "img", class: "lab-style-picture" });
  const shown = title[0].toUpperCase() + title.slice(1);
  return { canvas, title: shown, el: h("figure", { class: "lab-style-view" }, canvas, h("figcaption", null, shown)) };
}

/** The middle square of a picture, as numbers from 0 to 1. */
function numbersOf(canvas) {
  return scaled(squarePixels(canvas, SIDE), [0, 1]);
}

export default { render };
