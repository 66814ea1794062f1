/**
 * A convolution by hand: paint a picture of 12 × 12 numbers, choose or edit a 3 × 3 kernel, and watch it slide.
 * Stride, padding, bias, ReLU and pooling change what comes out; every number is worked out in words.
 * Data: `picture` (12 rows of 12 numbers, 0 to 9), `kernel` (3 rows of 3 numbers), `bias`, `stride` (1 to 3), `padding`
 * (valid or same), `relu`, `pooling` (none, max or average). Sends these back, and `output` and `pooled` (rows of numbers).
 */
import { convolve, placesAlong, pool, seenAt, weightedSum } from "../lab/convolve.js";
import { button, choice, createScope, h, number, numberField, select, slider, statusLine, toggle, toolbar, uniqueId } from "../lab/dom.js";
import { createHow } from "../lab/how.js";
import { createNumberGrid } from "../lab/number-grid.js";
import { seededUniform } from "../lab/random.js";
import { addStyles } from "../lab/styles.js";
import { createSync, valueOr } from "../lab/sync.js";
import { animationLoop, frameBatch, onThemeChange, prefersReducedMotion } from "../lab/theme.js";

export const SIZE = 12;
const MS_A_PLACE = 220;

const from = (bright) => Array.from({ length: SIZE }, (_, row) => Array.from({ length: SIZE }, (__, column) => bright(row, column)));
const noise = seededUniform(7);

/** Pictures to begin with, by name. @type {Record<string, {text: string, rows: number[][]}>} */
export const PICTURES = {
  seven: { text: "A seven", rows: from((row, column) => (
    (row >= 2 && row <= 3 && column >= 3 && column <= 8) || (row > 3 && row < 11 && Math.abs(column - (8.3 - (row - 3) * 0.55)) < 1) ? 9 : 0)) },
  box: { text: "A bright box", rows: from((row, column) => (row >= 3 && row <= 8 && column >= 3 && column <= 8 ? 9 : 0)) },
  circle: { text: "A ring", rows: from((row, column) => Math.round(9 * Math.max(0, 1 - Math.abs(Math.hypot(row - 5.5, column - 5.5) - 4) / 1.2))) },
  slope: { text: "From dark to bright", rows: from((_, column) => Math.round((9 * column) / (SIZE - 1))) },
  noise: { text: "Noise", rows: from(() => Math.floor(10 * noise())) },
  empty: { text: "Nothing", rows: from(() => 0) },
};

/** Kernels to begin with, by name. @type {Record<string, {text: string, rows: number[][]}>} */
export const KERNELS = {
  left: { text: "Left edges", rows: [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]] },
  top: { text: "Upper edges", rows: [[-1, -1, -1], [0, 0, 0], [1, 1, 1]] },
  outline: { text: "All edges", rows: [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]] },
  diagonal: { text: "Strokes that rise", rows: [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]] },
  blur: { text: "Mean of the neighbours", rows: [[1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9], [1 / 9, 1 / 9, 1 / 9]] },
  sharpen: { text: "Sharpen", rows: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]] },
  same: { text: "Leave as it is", rows: [[0, 0, 0], [0, 1, 0], [0, 0, 0]] },
};

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const nameOf = (table, rows) => Object.keys(table).find((key) => same(table[key].rows, rows)) ?? "own";
const short = (value) => number(value, Number.isInteger(value) ? 0 : 2);
const bracketed = (value) => (value < 0 ? `(${short(value)})` : short(value));

/** One place's arithmetic, as a sentence: the products that are not 0, their sum, bias and ReLU. */
export function arithmetic(seen, kernel, { bias, relu }) {
  const products = seen.flatMap((line, row) => line.map((value, column) => [value ?? 0, kernel[row][column]]))
    .filter(([value, weight]) => value && weight).map(([value, weight]) => `${short(value)} · ${bracketed(weight)}`);
  const sum = weightedSum(seen, kernel) + bias;
  const terms = [...products, ...(bias ? [`${bracketed(bias)} bias`] : [])];
  const text = `${terms.length ? terms.join(" + ") : "every product is 0"} = ${short(sum)}`;
  return relu && sum < 0 ? `${text}, and ReLU makes it 0` : text;
}

/** @param {{model: any, el: HTMLElement}} view @returns {Promise<() => void>} */
async function render({ model, el }) {
  await addStyles(model, "convolution", "kit");
  const sync = createSync(model);
  const scope = createScope();
  const state = {
    picture: valueOr(model, "picture", PICTURES.seven.rows).map((line) => [...line]),
    kernel: valueOr(model, "kernel", KERNELS.left.rows).map((line) => [...line]),
    bias: valueOr(model, "bias", 0), stride: valueOr(model, "stride", 1), padding: valueOr(model, "padding", "valid"),
    relu: valueOr(model, "relu", false), pooling: valueOr(model, "pooling", "none"),
  };
  // how many places of the map have been worked out while it slides; Infinity when it does not
  let shown = Infinity, place = [2, 4], brush = 9, waited = 0;

  const picture = createNumberGrid({
    label: `The picture, ${SIZE} by ${SIZE}: arrow keys move, a digit sets the brightness, space paints`,
    paint(row, column) { setPixel(row, column, brush); },
    type(row, column, key) { setPixel(row, column, Number(key)); },
    choose(row, column) { if (!loop.running) showPlaceAround(row, column); },
  });
  const map = createNumberGrid({ label: "The feature map: arrow keys move the window",
    choose(row, column) { if (!loop.running) { shown = Infinity; place = [row, column]; draw(); } } });
  const pooled = createNumberGrid({ label: "The pooled map: arrow keys move the window",
    choose(row, column) { if (!loop.running) { shown = Infinity; place = [2 * row, 2 * column]; draw(); } } });
  const mapTitle = h("p", { class: "lab-heading" }), pooledTitle = h("p", { class: "lab-heading" });
  const pooledPanel = h("div", { class: "lab-stack lab-pooled" }, pooledTitle, pooled.el);
  const formula = h("p", { class: "lab-note" });
  const status = statusLine();
  const batch = frameBatch(draw);

  const options = (table) => [...Object.entries(table).map(([key, { text }]) => [key, text]), ["own", "Your own"]];
  const pictureSelect = select({ label: "Picture", value: nameOf(PICTURES, state.picture), options: options(PICTURES),
    onInput(key) { if (key !== "own") change({ picture: PICTURES[key].rows.map((line) => [...line]) }); } });
  const kernelSelect = select({ label: "Kernel", value: nameOf(KERNELS, state.kernel), options: options(KERNELS),
    onInput(key) { if (key !== "own") change({ kernel: KERNELS[key].rows.map((line) => [...line]) }); fillKernel(); } });
  const brushSlider = slider({ label: "Pen", min: 0, max: 9, step: 1, value: brush, onInput(value) { brush = value; } });
  const strideChoice = choice({ label: "Stride", value: String(state.stride), options: ["1", "2", "3"].map((s) => [s, s]),
    onInput(value) { change({ stride: Number(value) }); } });
  const paddingChoice = choice({ label: "Padding", value: state.padding, options: [["valid", "valid"], ["same", "same"]],
    onInput(value) { change({ padding: value }); } });
  const poolingChoice = choice({ label: "Pooling, 2 × 2", value: state.pooling,
    options: [["none", "none"], ["max", "max"], ["average", "average"]], onInput(value) { change({ pooling: value }); } });
  const biasField = numberField({ label: "Bias", value: state.bias, step: 1, onInput(value) { change({ bias: value }); } });
  const reluToggle = toggle({ label: "ReLU", value: state.relu, onInput(value) { change({ relu: value }); } });
  const weights = state.kernel.map((line, row) => line.map((weight, column) => {
    const id = uniqueId("weight");
    const input = h("input", { id, type: "number", step: "any", class: "lab-number-input",
      "aria-label": `Kernel, row ${row + 1}, column ${column + 1}` });
    scope.on(input, "input", () => {
      if (input.value === "" || !Number.isFinite(input.valueAsNumber)) return;
      const kernel = state.kernel.map((each) => [...each]);
      kernel[row][column] = input.valueAsNumber;
      change({ kernel });
    });
    return input;
  }));
  const slideButton = button({ label: "Slide", icon: "play", primary: true, onClick: () => (loop.running ? pause() : start()) });
  const stepButton = button({ label: "Step", icon: "step", onClick: () => { pause(); advance(); } });

  const loop = animationLoop((elapsed) => {
    waited += elapsed;
    if (waited < MS_A_PLACE) return true;
    waited = 0;
    return advance();
  });

  function fillKernel() {
    weights.forEach((line, row) => line.forEach((input, column) => {
      if (document.activeElement !== input) input.value = String(Number(state.kernel[row][column].toFixed(3)));
    }));
  }

  function setPixel(row, column, value) {
    if (state.picture[row][column] === value) return;
    const rows = state.picture.map((line) => [...line]);
    rows[row][column] = value;
    change({ picture: rows });
  }

  function change(values) {
    Object.assign(state, values);
    if (!loop.running) shown = Infinity;
    batch.request();
  }

  /** The place whose window has this pixel in its middle, as nearly as there is one. */
  function showPlaceAround(row, column) {
    const output = outputOf();
    const window = { size: 3, stride: state.stride, padding: state.padding };
    const { before } = placesAlong(SIZE, window);
    const nearest = (pixel, count) => Math.max(0, Math.min(count - 1, Math.round((pixel + before - 1) / state.stride)));
    place = [nearest(row, output.length), nearest(column, output[0].length)];
    shown = Infinity;
    batch.request();
  }

  const outputOf = () => convolve(state.picture, state.kernel, state);

  /** Work out one more place of the map. @returns {boolean} whether there are more */
  function advance() {
    const output = outputOf(), columns = output[0].length, count = output.length * columns;
    if (shown >= count) shown = 0;
    place = [Math.floor(shown / columns), shown % columns];
    shown += 1;
    draw();
    if (shown < count) return true;
    shown = Infinity;
    pause();
    return false;
  }

  function start() {
    shown = 0;
    slideButton.label = "Pause";
    slideButton.icon = "pause";
    if (prefersReducedMotion()) {
      // no motion: the map is there at once, and Step shows the places one by one
      shown = Infinity;
      pause();
      status.say("The whole feature map, without motion as your device asks. Step shows one place after the other.", { now: true });
      return;
    }
    loop.start();
  }

  function pause() {
    loop.stop();
    slideButton.label = "Slide";
    slideButton.icon = "play";
  }

  function draw() {
    const output = outputOf(), window = { size: 3, stride: state.stride, padding: state.padding };
    const { places, before, after } = placesAlong(SIZE, window);
    place = place.map((value) => Math.min(value, places - 1));
    const [row, column] = place;
    const most = Math.max(1, ...output.flat().map(Math.abs));
    const done = output.map((line, down) => line.map((value, right) => (down * places + right < shown ? value : null)));
    picture.show(state.picture, { most: 9, photograph: true });
    picture.mark([row * state.stride - before, column * state.stride - before, 3, 3]);
    map.show(done, { most, digits: 1 });
    map.mark([row, column, 1, 1]);
    map.moveTo(place);
    mapTitle.textContent = `Feature map, ${places} × ${places}`;
    const small = state.pooling === "none" ? null : pool(output, state.pooling);
    pooledPanel.hidden = !small;
    let pooling = "";
    if (small) {
      const [above, left] = [Math.floor(row / 2), Math.floor(column / 2)];
      const inside = above < small.length && left < small.length;
      pooled.show(small.map((line, down) => line.map((value, right) => (
        (2 * down + 1) * places + 2 * right + 1 < shown ? value : null))), { most, digits: 1 });
      pooled.mark(inside ? [above, left, 1, 1] : null);
      pooled.moveTo([above, left]);
      pooledTitle.textContent = `Pooled, ${small.length} × ${small.length}`;
      const four = seenAt(output, { size: 2, stride: 2, padding: "valid" }, above, left).flat();
      pooling = inside && four.every((value) => value !== null)
        ? ` Pooling: the ${state.pooling === "max" ? "largest" : "mean"} of ${four.map(short).join(", ")} is ${short(small[above][left])}.`
        : " Pooling drops this place: no whole square of 2 × 2 is left for it.";
    }
    const zeros = state.padding === "same" ? `, with ${before} row${before === 1 ? "" : "s"} of zeros before and ${after} after` : "";
    formula.textContent = state.padding === "same"
      ? `Size of the map: ⌈${SIZE} / ${state.stride}⌉ = ${places}${zeros}.`
      : `Size of the map: ⌊(${SIZE} − 3) / ${state.stride}⌋ + 1 = ${places}. The kernel has 9 weights and a bias, whatever the picture's size.`;
    status.say(`Row ${row + 1}, column ${column + 1} of the map: ${arithmetic(seenAt(state.picture, window, row, column), state.kernel, state)}.${pooling}`);
    pictureSelect.value = nameOf(PICTURES, state.picture);
    kernelSelect.value = nameOf(KERNELS, state.kernel);
    sync.send({ ...state, output, pooled: small });
  }

  el.replaceChildren(h("div", { class: "lab lab-stack" },
    toolbar(pictureSelect, kernelSelect, strideChoice, paddingChoice, poolingChoice, slideButton, stepButton),
    h("div", { class: "lab-convolution" },
      h("div", { class: "lab-stack lab-tall" }, h("p", { class: "lab-heading" }, `Picture, ${SIZE} × ${SIZE}`), picture.el, brushSlider.el),
      h("div", { class: "lab-stack" }, h("p", { class: "lab-heading" }, "Kernel, 3 × 3"),
        h("div", { class: "lab-kernel-weights" }, weights), h("div", { class: "lab-toolbar" }, biasField.el, reluToggle.el)),
      h("div", { class: "lab-stack lab-tall" }, mapTitle, map.el, formula), pooledPanel),
    status.el,
    createHow(model, {
      text: "At each place, the nine numbers under the window are multiplied by the nine of the kernel and added up, with the bias. TensorFlow.js gives the "
        + "same numbers with tf.conv2d, tf.maxPool and tf.avgPool. For so few of them plain JavaScript is enough, so this demo has no model and makes no tensors.",
      chapter: { title: "What a filter sees, in week 3", href: "book/week3/convolution.html" },
    })));
  fillKernel();
  draw();
  scope.add(onThemeChange(() => batch.request()));
  for (const name of Object.keys(state)) {
    sync.listen(name, (value) => {
      change({ [name]: value });
      fillKernel();
      Object.assign(strideChoice, { value: String(state.stride) });
      Object.assign(paddingChoice, { value: state.padding });
      Object.assign(poolingChoice, { value: state.pooling });
      Object.assign(biasField, { value: state.bias });
      Object.assign(reluToggle, { value: state.relu });
    });
  }

  return () => {
    loop.stop();
    batch.cancel();
    sync.stop();
    status.stop();
    scope.dispose();
    el.replaceChildren();
  };
}

export default { render };
