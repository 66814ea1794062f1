/**
 * A picture is a tensor of numbers, and the numbers have a type and a range. Change either and see what `imshow`
 * makes of it: white, black, wrapped round, or right.
 * Data: `load` (uint8, float255, float1 or signed) and `operations` (a list of divide, add, uint8, float32).
 */
import { button, h, number, readout, readouts, select, slider, statusLine } from "../lab/dom.js";
import { createPlot } from "../lab/plot.js";
import { createSync, valueOr } from "../lab/sync.js";

export const SIZE = 24;
const BRIGHTER = 100;

/**
 * @typedef {object} Tensor
 * @property {"uint8" | "float32"} dtype
 * @property {Uint8Array | Float32Array} values 24 × 24 × 3, row by row
 */
/** @typedef {"divide" | "add" | "uint8" | "float32"} Operation */

/** @type {Record<string, {text: string, code: string[]}>} */
export const LOADS = {
  uint8: { text: "uint8, 0 to 255", code: ["image = np.array(Image.open(\"food.png\"))"] },
  float255: { text: "float32, 0 to 255", code: ["image = np.array(Image.open(\"food.png\"))",
    "image = image.astype(\"float32\")"] },
  float1: { text: "float32, 0 to 1", code: ["image = np.array(Image.open(\"food.png\"))",
    "image = image.astype(\"float32\") / 255"] },
  signed: { text: "float32, −1 to 1", code: ["image = np.array(Image.open(\"food.png\"))",
    "image = image.astype(\"float32\") / 127.5 - 1"] },
};

/** A hot dog of 24 × 24 pixels, drawn by formulas. @returns {Uint8Array} red, green, blue of each pixel */
export function makePicture() {
  const values = new Uint8Array(SIZE * SIZE * 3);
  for (let row = 0; row < SIZE; row += 1) {
    for (let column = 0; column < SIZE; column += 1) {
      const x = column - 11.5, y = row - 11.5;
      const along = 0.88 * x - 0.47 * y, across = 0.47 * x + 0.88 * y;
      const outside = (length, half) => Math.hypot(Math.max(0, Math.abs(along) - length), across) / half;
      const shade = 1 - 0.05 * across;
      let color = [52 + 2 * row, 88 + 3 * row, 128 + 4 * row];
      if (outside(5, 6.2) < 1) color = [214 * shade, 152 * shade, 82 * shade];
      if (outside(7.4, 2.9) < 1) color = [176 * shade, 62 * shade, 40 * shade];
      if (Math.abs(along) < 8.4 && Math.abs(across - 1.5 * Math.sin(along * 1.15)) < 0.75) color = [255, 208, 44];
      color.forEach((part, channel) => {
        values[(row * SIZE + column) * 3 + channel] = Math.max(0, Math.min(255, Math.round(part)));
      });
    }
  }
  return values;
}

/** The picture as loaded. @param {keyof typeof LOADS} kind @returns {Tensor} */
export function load(kind) {
  const picture = makePicture();
  if (kind === "uint8") return { dtype: "uint8", values: picture };
  const scale = { float255: (v) => v, float1: (v) => v / 255, signed: (v) => v / 127.5 - 1 }[kind];
  return { dtype: "float32", values: Float32Array.from(picture, scale) };
}

/**
 * One operation, with the same result as in NumPy: uint8 wraps round, a cast to uint8 cuts the decimals off.
 * @param {Tensor} tensor
 * @param {Operation} operation
 * @returns {Tensor}
 */
export function apply({ dtype, values }, operation) {
  if (operation === "divide") return { dtype: "float32", values: Float32Array.from(values, (v) => v / 255) };
  if (operation === "float32") return { dtype: "float32", values: Float32Array.from(values) };
  if (operation === "uint8") return { dtype: "uint8", values: Uint8Array.from(values, (v) => Math.trunc(v)) };
  // Typed arrays keep numbers of their own type: 200 + 100 becomes 44 in eight bits.
  return { dtype, values: values.map((v) => v + BRIGHTER) };
}

/** The lines of Python that make the tensor. @param {string} kind @param {Operation[]} operations */
export function codeLines(kind, operations) {
  let dtype = kind === "uint8" ? "uint8" : "float32";
  const lines = [...LOADS[kind].code];
  for (const operation of operations) {
    lines.push({
      divide: dtype === "uint8" ? "image = image.astype(\"float32\") / 255" : "image = image / 255",
      add: `image = image + ${BRIGHTER}`,
      uint8: "image = image.astype(\"uint8\")",
      float32: "image = image.astype(\"float32\")",
    }[operation]);
    if (operation !== "add") dtype = operation === "uint8" ? "uint8" : "float32";
  }
  return lines;
}

/** Smallest, largest and mean. @param {Tensor} tensor */
export function summary({ values }) {
  let least = Infinity, most = -Infinity, total = 0;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    total += value;
  }
  return { least, most, mean: total / values.length };
}

/** What `imshow` shows of a colour picture: whole numbers 0 to 255, floats 0 to 1, the rest clipped. @param {Tensor} t */
export function imshow({ dtype, values }) {
  const scale = dtype === "uint8" ? 1 : 255;
  const shown = Uint8Array.from(values, (v) => Math.round(Math.max(0, Math.min(255, v * scale))));
  const top = dtype === "uint8" ? 255 : 1;
  let below = 0, above = 0;
  for (const value of values) {
    if (value < 0) below += 1;
    if (value > top + 1e-6) above += 1;
  }
  return { shown, below: below / values.length, above: above / values.length };
}

/**
 * What happened to the numbers, and how to mend it.
 * @param {string} kind
 * @param {Operation[]} operations
 * @returns {{tensor: Tensor, happened: string, mend: string, tone: "good" | "bad"}}
 */
export function diagnose(kind, operations) {
  let tensor = load(kind), wrapped = 0, example = 0, cut = false, overdone = false, divisions = kind === "float1" ? 1 : 0;
  for (const operation of operations) {
    const before = tensor;
    tensor = apply(before, operation);
    if (operation === "add" && before.dtype === "uint8") {
      const past = before.values.filter((v) => v + BRIGHTER > 255);
      wrapped = past.length / before.values.length;
      example = past.includes(200) ? 200 : past[0] ?? 0;
    }
    if (operation === "add" && before.dtype === "float32" && summary(before).most <= 1) overdone = true;
    if (operation === "divide") divisions += 1;
    if (operation === "uint8" && before.dtype === "float32") {
      const { least, most } = summary(before);
      cut = most < 2 || least < 0;
    }
  }
  const { least, most } = summary(tensor);
  const { below, above } = imshow(tensor);
  const share = (part) => `${Math.round(100 * part)} %`;
  const say = (happened, mend = "", tone = "bad") => ({ tensor, happened, mend, tone });
  if (cut && tensor.dtype === "uint8") {
    return say("The cast cut off the decimals: numbers between 0 and 1 became 0. The picture is gone, and no later step "
      + "brings it back.", "Undo. Bring the numbers to 0 to 255 first: (image * 255).round().astype(\"uint8\").");
  }
  if (wrapped) {
    return say(`${share(wrapped)} of the numbers went past 255 and began again at 0, because uint8 has nothing above: `
      + `${example} + ${BRIGHTER} became ${(example + BRIGHTER) % 256}. Bright parts turned dark, and nothing warned you.`,
    "Undo, divide by 255, brighten there, and clip: np.clip(image + 100 / 255, 0, 1).");
  }
  if (tensor.dtype === "uint8") {
    return say("Whole numbers from 0 to 255, one byte each: as pictures lie in files. imshow shows them as they are.",
      "For a network, make them floats and divide by 255, once.", "good");
  }
  if (divisions > 1 && most <= 1.001 / 255) {
    return say(`Divided by 255 ${divisions === 2 ? "twice" : `${divisions} times`}: the largest number is `
      + `${Number(most.toPrecision(2))}, so the picture is nearly black. Nothing warned you, and a network would learn `
      + "from almost nothing.", "Undo. Divide once, right after loading, and look at image.max().");
  }
  if (overdone && least >= 1) {
    return say(`Every number is above 1, and imshow clips floats to 0 to 1: all white. ${BRIGHTER} is a step of the scale `
      + "0 to 255.", "Undo. On the scale 0 to 1 the same step is 100 / 255 = 0.39.");
  }
  if (above > 0.5) {
    return say(`${share(above)} of the numbers lie above 1, and imshow clips floats to 0 to 1: nearly all white.`,
      "Divide by 255, once.");
  }
  if (below > 0) {
    return say(`${share(below)} of the numbers are below 0, and imshow shows each of them as 0: what was darker than the `
      + "middle lost its shape. Many pretrained networks want this range.", "To look at it: plt.imshow((image + 1) / 2).");
  }
  return say("Floats from 0 to 1: what imshow expects of floats, and what most networks like.", "", "good");
}

/** A number of the tensor as it would be printed. @param {number} value @param {string} dtype */
export function cellText(value, dtype) {
  if (dtype === "uint8") return String(value);
  const size = Math.abs(value);
  return number(value, size >= 10 ? 0 : size > 0 && size < 0.01 ? 4 : 2);
}

/** A canvas of 24 × 24 pixels shown large. */
function createPicture(label) {
  const canvas = h("canvas", { width: SIZE, height: SIZE, class: "lab-pixels", role: "img", "aria-label": label });
  const pen = canvas.getContext("2d");
  return {
    canvas,
    show(shown) {
      const image = pen.createImageData(SIZE, SIZE);
      for (let i = 0; i < SIZE * SIZE; i += 1) {
        image.data.set([shown[3 * i], shown[3 * i + 1], shown[3 * i + 2], 255], 4 * i);
      }
      pen.putImageData(image, 0, 0);
    },
  };
}

/** @param {{model: any, el: HTMLElement}} view @returns {() => void} */
function render({ model, el }) {
  const sync = createSync(model);
  let kind = valueOr(model, "load", "uint8");
  let operations = [...valueOr(model, "operations", [])];
  let row = 9, column = 12;

  const original = createPicture("The picture as it lies in the file: a hot dog on blue");
  original.show(makePicture());
  const picture = createPicture("What imshow shows");
  const frame = h("div", { class: "lab-pixel-frame", "aria-hidden": "true" });
  const window4 = h("div", { class: "lab-pixel-stage" }, picture.canvas, frame);
  const code = h("code");
  const dtype = readout("dtype"), least = readout("smallest", "ink"), most = readout("largest", "ink"), mean = readout("mean", "ink");
  const status = statusLine();
  const mend = h("p", { class: "lab-mend" });
  const numbers = h("tbody");
  const numbersTitle = h("caption");
  const warning = h("p", { class: "lab-warning" });

  const spread = createPlot({ label: "Where the numbers lie", title: "Where the numbers lie", xDomain: [0, 255],
    yDomain: [0, 1], ratio: 0.3, minHeight: 120, maxHeight: 150, grid: false, yFormat: () => "" });
  const range = spread.area({ color: "green", opacity: 0.16 });
  const shownBars = spread.bars({ color: "blue", gap: 0.6 });
  const clippedBars = spread.bars({ color: "red", gap: 0.6 });
  const rangeName = spread.labels({ color: "green", size: 12, dy: 14, dx: 4, anchor: "start" });
  const rangeEdges = spread.segments({ color: "green", width: 1.5 });

  const loader = select({
    label: "Load the picture as", value: kind, options: Object.entries(LOADS).map(([key, { text }]) => [key, text]),
    onInput(value) { kind = value; operations = []; change(); },
  });
  const doing = (label, operation) => button({ label, onClick() { operations.push(operation); change(); } });
  const divide = doing("÷ 255", "divide"), add = doing(`+ ${BRIGHTER}`, "add");
  const toBytes = doing("to uint8", "uint8"), toFloat = doing("to float32", "float32");
  divide.el.setAttribute("aria-label", "Divide by 255: ÷ 255");
  const undo = button({ label: "Undo", onClick() { operations.pop(); change(); } });
  const reset = button({ label: "Reset", icon: "reset", onClick() { operations = []; change(); } });
  const place = (label, value, set) => slider({ label, min: 0, max: SIZE - 4, step: 1, value,
    onInput(v) { set(v); drawWindow(diagnose(kind, operations).tensor); } });
  const rowSlider = place("Rows from", row, (v) => (row = v));
  const columnSlider = place("Columns from", column, (v) => (column = v));

  picture.canvas.addEventListener("click", (event) => {
    const box = picture.canvas.getBoundingClientRect();
    const at = (offset, length) => Math.max(0, Math.min(SIZE - 4, Math.floor((SIZE * offset) / length) - 1));
    row = rowSlider.value = at(event.clientY - box.top, box.height);
    column = columnSlider.value = at(event.clientX - box.left, box.width);
    drawWindow(diagnose(kind, operations).tensor);
  });

  function drawWindow(tensor) {
    Object.assign(frame.style, { left: `${(100 * column) / SIZE}%`, top: `${(100 * row) / SIZE}%` });
    const { shown } = imshow(tensor);
    numbersTitle.textContent = `image[${row}:${row + 4}, ${column}:${column + 4}, 0]: the red numbers in the window`;
    numbers.replaceChildren(...[0, 1, 2, 3].map((down) => h("tr", null, [0, 1, 2, 3].map((right) => {
      const at = ((row + down) * SIZE + column + right) * 3;
      return h("td", null, h("span", { class: "lab-pixel-swatch", "aria-hidden": "true",
        style: { background: `rgb(${shown[at]}, ${shown[at + 1]}, ${shown[at + 2]})` } }),
      cellText(tensor.values[at], tensor.dtype));
    }))));
  }

  function drawSpread(tensor) {
    const { least: low, most: high } = summary(tensor);
    const top = tensor.dtype === "uint8" ? 255 : 1;
    const pad = 0.04 * (Math.max(top, high) - Math.min(0, low));
    const first = Math.min(0, low), last = Math.max(top, high);
    const bins = 48, width = (last - first) / bins;
    const counts = new Array(bins).fill(0);
    for (const value of tensor.values) counts[Math.min(bins - 1, Math.floor((value - first) / width))] += 1;
    const tallest = Math.max(...counts);
    const bars = counts.flatMap((count, i) => (count
      ? [[first + i * width, first + (i + 1) * width, 0.06 + (0.72 * count) / tallest]] : []));
    const clipped = ([from, to]) => (from + to) / 2 > top || (from + to) / 2 < 0;
    spread.setDomains({ x: [first - pad, last + pad] });
    range.set([[0, 1], [top, 1]]);
    rangeEdges.set([[0, 0, 0, 1], [top, 0, top, 1]]);
    rangeName.set([[0, 1, `imshow shows 0 to ${top}`]]);
    shownBars.set(bars.filter((bar) => !clipped(bar)));
    clippedBars.set(bars.filter(clipped));
    spread.describe(`The numbers lie between ${number(low, 2)} and ${number(high, 2)}; imshow shows 0 to ${top}`);
  }

  function change() {
    const { tensor, happened, mend: cure, tone } = diagnose(kind, operations);
    const { shown, below, above } = imshow(tensor);
    const { least: low, most: high, mean: middle } = summary(tensor);
    picture.show(shown);
    loader.value = kind;
    code.textContent = codeLines(kind, operations).join("\n");
    dtype.value = tensor.dtype;
    least.value = cellText(low, tensor.dtype);
    most.value = cellText(high, tensor.dtype);
    mean.value = cellText(middle, "float32");
    warning.textContent = below + above > 0
      ? `Matplotlib warns: Clipping input data to the valid range for imshow with RGB data ([0..1] for floats or [0..255] `
        + `for integers). Got range [${Number(low.toPrecision(3))}..${Number(high.toPrecision(3))}].`
      : "Matplotlib gives no warning.";
    mend.textContent = cure;
    status.say(happened, { tone, now: true });
    undo.disabled = !operations.length;
    toBytes.disabled = tensor.dtype === "uint8";
    toFloat.disabled = tensor.dtype === "float32";
    for (const control of [divide, add]) control.disabled = operations.length >= 6;
    drawSpread(tensor);
    drawWindow(tensor);
    sync.send({ load: kind, operations: [...operations] });
  }

  el.replaceChildren(h("div", { class: "lab lab-stack" },
    h("div", { class: "lab-toolbar" }, loader.el, divide.el, add.el, toBytes.el, toFloat.el, undo.el, reset.el),
    h("div", { class: "lab-pixel-columns" },
      h("div", null, h("p", { class: "lab-heading" }, "In the file"), h("div", { class: "lab-pixel-stage" }, original.canvas)),
      h("div", null, h("p", { class: "lab-heading" }, "plt.imshow(image)"), window4),
      h("div", { class: "lab-stack lab-pixel-numbers" },
        h("div", { class: "lab-table-scroll" }, h("table", { class: "lab-numbers" }, numbersTitle, numbers)),
        rowSlider.el, columnSlider.el)),
    status.el, mend,
    h("div", { class: "lab-grid lab-grid-2" },
      h("div", { class: "lab-stack" }, h("pre", { class: "lab-code", tabindex: 0, "aria-label": "The Python code so far" }, code), warning),
      h("div", { class: "lab-stack" }, readouts(dtype, least, most, mean), spread.el))));
  change();
  sync.listen("load", (value) => { kind = value; change(); });
  sync.listen("operations", (value) => { operations = [...value]; change(); });

  return () => {
    sync.stop();
    spread.destroy();
    status.stop();
    el.replaceChildren();
  };
}

export default { render };
