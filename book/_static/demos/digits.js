/**
 * Draw a digit, or give a photograph of one: it is brought into MNIST's form step by step, two networks say what it is,
 * and the feature maps of the convolutional one are shown layer by layer.
 * Data: `strokes` (lists of points [x, y] on a pad of 280 × 280), `preprocess` (true), `inside` (true: the maps are unfolded).
 * Sends back `strokes`, `drawing` (the 28 × 28 picture that the networks saw), `digit` (what the convolutional network
 * says, or null) and `probabilities` ({ cnn, mlp }: ten numbers each).
 */
import { barChart } from "../lab/charts/bars.js";
import { featureMaps } from "../lab/charts/maps.js";
import { button, h, toggle, toolbar, uniqueId } from "../lab/dom.js";
import { createPad, PAD_SIDE, showInk, strokesPicture } from "../lab/drawing.js";
import { openKit } from "../lab/kit.js";
import { blank, inkOfPhotograph, largePicture, mnistForm, mnistSteps, rasterise, resized, SIDE } from "../lab/mnist-form.js";
import { createPictureInput } from "../lab/pictures.js";
import { digitStrokes, moved } from "../lab/strokes.js";
import { createSync, valueOr } from "../lab/sync.js";

const PEN = 20, PHOTO_SIDE = 240;
const CLASSES = [..."0123456789"];
/** Where and how large a digit may be drawn: the samples that show what preprocessing is for. */
export const PLACES = [{}, { scale: 0.5, right: -62, down: -62 }, { scale: 0.5, right: 62, down: 62 },
  { scale: 0.65, right: 45, down: -40 }, { scale: 0.35 }];
const SAMPLES = [
  ...CLASSES.map((digit) => ({ name: digit, strokes: digitStrokes(digit) })),
  { name: "A small 4 in a corner", strokes: moved(digitStrokes(4), { scale: 0.4, right: -75, down: -75 }) },
  { name: "A 7 at the edge", strokes: moved(digitStrokes(7), { scale: 0.7, right: 62, down: 30 }) },
];

/** What the networks get when nothing is done to a drawing: the whole pad, made smaller. */
export function asDrawn(strokes) {
  const scale = SIDE / PAD_SIDE;
  return rasterise(strokes.map((stroke) => stroke.map(([x, y]) => [x * scale, y * scale])), SIDE, SIDE, PEN * scale);
}

const percent = (share) => `${(100 * share).toFixed(share > 0.9995 ? 0 : 1)} %`;
const best = (values) => values.indexOf(Math.max(...values));

async function render({ model, el }) {
  const kit = await openKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: "drawing" });
  const { tf, scope, status } = kit;
  const sync = createSync(model);
  const [cnn, mlp] = await Promise.all([kit.loadModel("digits-cnn"), kit.loadModel("digits-mlp")]);
  // The same layers seen from outside: this model owns no weights, so the kit's disposal of `cnn` frees everything.
  const shownLayers = cnn.layers.filter(({ name }) => /^(relu|pool)/.test(name));
  const inside = tf.model({ inputs: cnn.inputs, outputs: [...shownLayers.map((layer) => layer.output), cnn.outputs[0]] });
  let photo = null, busy = false, stale = false, gone = false;

  // ---- what is on the page
  const pad = createPad({ label: "Draw a digit", pen: PEN, say: (text) => status.say(text, { now: true }),
    onChange(_, { drawing }) { photo = null; look(!drawing); } });
  const preprocess = toggle({ label: "Bring it into MNIST's form", value: valueOr(model, "preprocess", true),
    onInput: () => look(true) });
  const answers = {
    cnn: createAnswer("Convolutional network", cnn.countParams(), "blue"),
    mlp: createAnswer("Dense layers only", mlp.countParams(), "orange"),
  };
  const steps = createSteps();
  const maps = shownLayers.map((layer) => featureMaps({ title: layerText(layer) }));
  const layerMaps = h("div", { class: "lab-layer-maps", hidden: true }, maps.map((chart) => chart.el));
  const waiting = h("p", { class: "lab-note" }, "What each layer makes of a digit appears here once there is one.");
  const inner = h("details", { class: "lab-group", open: valueOr(model, "inside", true), ontoggle: () => look(false) },
    h("summary", { class: "lab-heading" }, "Inside the convolutional network"),
    waiting, layerMaps);
  const time = h("span", { class: "lab-note" });
  const photos = createPictureInput({ zone: kit.main, label: "Photograph of a digit", say: status.say,
    onPictures: ([{ canvas }]) => takePhoto(canvas) });
  const tally = createTally(countRight);
  kit.main.append(
    h("div", { class: "lab-sketch-columns" },
      h("div", { class: "lab-stack" }, pad.el, photos.el),
      h("div", { class: "lab-stack" },
        h("div", { class: "lab-pair" }, answers.cnn.el, answers.mlp.el), time)),
    kit.samples({ label: "Drawings to try", items: SAMPLES.map(({ name, strokes }) => ({ name,
      picture: strokesPicture(strokes), pick: () => { pad.strokes = strokes; } })) }),
    h("section", { class: "lab-group" }, h("p", { class: "lab-heading" }, "What the networks see"), preprocess.el, steps.el),
    inner,
    h("section", { class: "lab-group" }, h("p", { class: "lab-heading" }, "What preprocessing is worth"), tally.el),
    kit.how({
      text: "The drawing is cropped, scaled to 20 pixels with its proportions kept, and moved so that its centre of mass "
        + "lies in the middle of 28 × 28 pixels, as it was done with every digit of MNIST. Both networks get this one "
        + "picture. Nothing leaves your device.",
      chapter: { title: "How the digits demo works", href: "book/lab/digits.html" }, card: ["digits-cnn", "digits-mlp"],
    }));

  // ---- from drawing to answer
  /** The picture for the networks and the steps to it, from the photograph or from the pad. */
  function see() {
    if (photo) {
      const { picture, inverted } = photo;
      if (!preprocess.value) return { form: photo.plain, steps: [["Your photograph", photo.whole], ["Made smaller", photo.plain]] };
      const found = mnistSteps(picture);
      return { form: found?.form, steps: [["Your photograph", photo.whole],
        [inverted ? "Turned over, cut at a threshold" : "Cut at a threshold", picture], ...stepsOf(found)] };
    }
    if (!pad.strokes.length) return { steps: [] };
    const drawn = rasterise(pad.strokes, PAD_SIDE, PAD_SIDE, PEN);
    if (!preprocess.value) return { form: asDrawn(pad.strokes), steps: [["Your pad", drawn], ["Made smaller", asDrawn(pad.strokes)]] };
    const found = mnistSteps(largePicture(pad.strokes));
    return { form: found?.form, steps: [["Your pad", drawn], ...stepsOf(found)] };
  }
  function stepsOf(found) {
    return found ? [["Cropped", found.crop], [`Scaled to ${found.scaled.width} × ${found.scaled.height}`, found.scaled],
      ["Centre of mass in the middle of 28 × 28", found.form]] : [];
  }

  /** Ask both networks; while they answer, only the newest drawing waits. `finished`: tell Python too. */
  async function look(finished = false) {
    stale = stale === "finished" || finished ? "finished" : "drawing";
    if (busy || kit.switching) return;
    busy = true;
    try {
      while (stale && !gone && !kit.switching) {
        const tell = stale === "finished";
        stale = false;
        await kit.compute(() => answer(see(), tell));
      }
    } finally {
      busy = false;
    }
  }
  async function answer({ form, steps: done }, tell) {
    steps.show(done);
    if (!form) {
      forget(tell);
      return;
    }
    const began = performance.now();
    const outputs = tf.tidy(() => {
      const image = tf.tensor4d(form.ink, [1, SIDE, SIDE, 1]);
      const [said, ...seen] = inside.predict(image).reverse();
      // One channel after another, as the charts want them.
      return [said, mlp.predict(image), ...seen.reverse().map((map) => map.transpose([0, 3, 1, 2]))];
    });
    try {
      const values = await Promise.all(outputs.map((output) => output.data()));
      if (gone) return;
      const [cnnSays, mlpSays, ...seen] = values;
      show([...cnnSays], [...mlpSays], seen, performance.now() - began);
      if (tell) share(form, [...cnnSays], [...mlpSays]);
    } finally {
      tf.dispose(outputs);
      kit.meter.update();
    }
  }
  function show(cnnSays, mlpSays, seen, milliseconds) {
    answers.cnn.show(cnnSays);
    answers.mlp.show(mlpSays);
    showMaps(seen);
    time.textContent = `Both networks and all maps took ${milliseconds.toFixed(0)} ms.`;
    const [one, other] = [best(cnnSays), best(mlpSays)];
    status.say(`The convolutional network says ${one} (${percent(cnnSays[one])}), the dense one ${other} (${percent(mlpSays[other])}).`,
      { tone: one === other ? "good" : "info" });
  }
  function showMaps(seen) {
    layerMaps.hidden = !seen;
    waiting.hidden = Boolean(seen);
    if (!inner.open || !seen) return;
    shownLayers.forEach(({ outputShape: [, height, width, channels] }, i) => {
      const size = width * height, values = seen[i];
      maps[i].update({ width, height, maps: Array.from({ length: channels }, (_, channel) => values.subarray(channel * size, (channel + 1) * size)) });
    });
  }
  function forget(tell) {
    answers.cnn.show(null);
    answers.mlp.show(null);
    time.textContent = "";
    showMaps(null);
    status.say(photo ? "There is no digit to be seen in this picture: give one with more contrast." : "Draw a digit from 0 to 9.",
      { tone: photo ? "bad" : "info" });
    if (tell) share(blank(), null, null);
  }
  function share(form, cnnSays, mlpSays) {
    sync.send({ strokes: pad.strokes, digit: cnnSays ? best(cnnSays) : null,
      probabilities: cnnSays ? { cnn: cnnSays, mlp: mlpSays } : {} });
    sync.sendArray("drawing", form.ink, [SIDE, SIDE]);
  }

  /** A photograph, as a canvas of any size. */
  function takePhoto(canvas) {
    const scale = Math.min(1, PHOTO_SIDE / Math.max(canvas.width, canvas.height));
    const small = h("canvas", { width: Math.max(1, Math.round(canvas.width * scale)), height: Math.max(1, Math.round(canvas.height * scale)) });
    const context = small.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, small.width, small.height);
    const pixels = context.getImageData(0, 0, small.width, small.height);
    const whole = { width: small.width, height: small.height,
      ink: Float32Array.from({ length: small.width * small.height }, (_, i) => (pixels.data[4 * i] + pixels.data[4 * i + 1] + pixels.data[4 * i + 2]) / 765) };
    pad.clear();
    photo = { ...inkOfPhotograph(pixels), whole, plain: resized(whole, SIDE, SIDE) };
    look(true);
  }

  /** Every digit in every place, with and without MNIST's form: how many does each network get right? */
  async function countRight() {
    const drawings = CLASSES.flatMap((digit) => PLACES.map((place) => moved(digitStrokes(digit), place)));
    const rows = [];
    for (const [text, form] of [["brought into MNIST's form", (strokes) => mnistForm(largePicture(strokes))], ["only made smaller", asDrawn]]) {
      const counts = await kit.compute(() => countOf(drawings.map(form)));
      if (!counts || gone) return null;
      rows.push([text, ...counts.map((count) => `${count} of ${drawings.length}`)]);
    }
    return rows;
  }
  async function countOf(forms) {
    const said = tf.tidy(() => {
      const images = tf.tensor4d(Float32Array.from(forms.flatMap(({ ink }) => [...ink])), [forms.length, SIDE, SIDE, 1]);
      return [cnn, mlp].map((net) => net.predict(images).argMax(1));
    });
    try {
      const classes = await Promise.all(said.map((one) => one.data()));
      return classes.map((given) => [...given].filter((digit, i) => digit === Math.floor(i / PLACES.length)).length);
    } finally {
      tf.dispose(said);
    }
  }

  kit.onBackend(() => { look(true); });
  sync.listen("strokes", (strokes) => { pad.strokes = strokes; });
  sync.listen("preprocess", (value) => { preprocess.value = value; look(true); });
  scope.add(() => { gone = true; });
  for (const stop of [pad.destroy, sync.stop, answers.cnn.stop, answers.mlp.stop, photos.stop, ...maps.map((chart) => chart.dispose)]) scope.add(stop);
  forget(false);
  const given = valueOr(model, "strokes", []);
  if (given.length) pad.strokes = given;
  else await look(false);
  return () => kit.close();
}

function layerText({ name }) {
  const number = name.split("_")[1];
  return name.startsWith("pool") ? `Pooling ${number}` : `Convolution ${number} and ReLU`;
}

/** What one network says: its best guess, and all ten probabilities as bars. */
function createAnswer(name, parameters, color) {
  const digit = h("span", { class: "lab-answer-class" }), sure = h("span", { class: "lab-answer-sure" });
  const chart = barChart({ title: "Probabilities", labels: CLASSES, max: 1, names: ["digit", "probability"] });
  const el = h("div", { class: "lab-stack", style: { "--lab-accent": `var(--lab-${color})` } },
    h("div", null, h("p", { class: "lab-answer-name" }, name), h("p", { class: "lab-note" }, `${parameters.toLocaleString("en")} parameters`)),
    h("p", { class: "lab-answer" }, digit, sure), chart.el);
  return {
    el,
    show(probabilities) {
      const found = probabilities ? best(probabilities) : null;
      digit.textContent = found === null ? "–" : CLASSES[found];
      sure.textContent = found === null ? "" : percent(probabilities[found]);
      chart.update({ values: probabilities ?? CLASSES.map(() => 0), best: found ?? -1 });
    },
    stop: chart.dispose,
  };
}

/** The way from the drawing to 28 × 28 pixels, picture by picture. */
function createSteps() {
  const el = h("ol", { class: "lab-form-steps", "aria-label": "Steps from your drawing to the networks' picture" });
  const items = [];
  return {
    el,
    show(steps) {
      while (items.length < steps.length) {
        const canvas = h("canvas", { class: "lab-ink", role: "img" }), text = h("span");
        items.push({ canvas, text, item: h("li", null, canvas, text) });
      }
      items.forEach(({ item, canvas, text }, i) => {
        const step = steps[i];
        if (step) {
          const words = `${i + 1}. ${step[0]}`;
          if (text.textContent !== words) text.textContent = words;
          canvas.setAttribute("aria-label", `${words}, ${step[1].width} × ${step[1].height} pixels`);
          showInk(canvas, step[1]);
          if (!item.isConnected) el.append(item);
        } else item.remove();
      });
    },
  };
}

/** A button, and a table of how many of fifty drawings each network recognises. */
function createTally(count) {
  const id = uniqueId("tally"), body = h("tbody");
  const table = h("table", { class: "lab-tally", hidden: true, "aria-describedby": id },
    h("thead", null, h("tr", null, ["The drawings were", "Convolutional", "Dense"].map((text) => h("th", { scope: "col" }, text)))), body);
  const start = button({ label: "Count right answers", onClick: async () => {
    start.disabled = true;
    try {
      const rows = await count();
      if (!rows) return;
      body.replaceChildren(...rows.map(([text, ...cells]) => h("tr", null, h("th", { scope: "row" }, text), cells.map((cell) => h("td", null, cell)))));
      table.hidden = false;
    } finally {
      start.disabled = false;
    }
  } });
  return { el: h("div", { class: "lab-stack" },
    h("p", { class: "lab-note", id }, "Each of the ten digits above in five places and sizes: fifty drawings for both networks."),
    toolbar(start), table) };
}

export default { render };
