/**
 * What a model takes, by the shape of its input: a drawing, a picture, or numbers.
 * @module lab/model-inputs
 */
import { choice, h, numberField, slider, toolbar, uniqueId } from "./dom.js";
import { createPad, PAD_SIDE, showInk } from "./drawing.js";
import { largePicture, mnistForm, rasterise, resized } from "./mnist-form.js";
import { createCameraInput, scaled, squarePixels } from "./pictures.js";

/** What black and white may be to a network. @type {Record<string, [number, number]>} */
export const RANGES = { "0..1": [0, 1], "−1..1": [-1, 1], "0..255": [0, 255] };
const PEN = 18, MOST_NUMBERS = 100_000;

/**
 * The ways in which an input of this shape can be given, the likeliest first.
 * @param {Array<number | null>} shape without the batch
 * @returns {Array<"drawing" | "picture" | "numbers">}
 */
export function waysOf(shape) {
  const [height, width, channels] = shape;
  const isSquare = (side) => Number.isInteger(side) && side >= 8 && side <= 512;
  if (shape.length === 3 && channels === 3) return ["picture"];
  if (shape.length === 3 && channels === 1) return ["drawing", "picture"];
  if (shape.length === 2 && height === width && isSquare(height)) return ["drawing", "numbers"];
  if (shape.length === 1 && height >= 64 && isSquare(Math.sqrt(height))) return height === 784 ? ["drawing", "numbers"] : ["numbers", "drawing"];
  return ["numbers"];
}

/** The picture's height, width and channels that an input of this shape means; `size` where the shape leaves it open. */
export function pictureShape(shape, size) {
  if (shape.length === 1) return [Math.sqrt(shape[0]), Math.sqrt(shape[0]), 1];
  const [height, width, channels = 1] = shape;
  return [height ?? size, width ?? size, channels];
}

/**
 * @typedef {object} Given numbers for the model, in the shape of its input without the batch
 * @property {Float32Array} numbers
 * @property {number[]} shape
 * @property {string} name what it is, for the status line
 */

/**
 * A drawing pad for a model of grey pictures.
 * @param {{ shape: number[], full: number[], say: (text: string) => void, onInput: (given: Given | null) => void, range: () => [number, number] }} options
 *   `shape` is height, width, channels; `full` the input's own
 */
export function drawingInput({ shape: [height, width], full, say, onInput, range }) {
  const pad = createPad({ label: "Draw for the model", pen: PEN, say, onChange: () => give() });
  const seen = h("canvas", { class: "lab-model-seen", role: "img", "aria-label": "What the model receives" });
  const colours = choice({ label: "Drawn with", value: "light", options: [["light", "white ink"], ["dark", "black ink"]], onInput: () => give() });
  const form = choice({ label: "Prepared", value: height === 28 && width === 28 ? "mnist" : "plain", onInput: () => give(),
    options: [["mnist", "as MNIST"], ["plain", "as drawn"]] });
  form.disabled = height !== 28 || width !== 28;
  function give() {
    const ink = prepared();
    const shown = colours.value === "light" ? ink : { ...ink, ink: ink.ink.map((value) => 1 - value) };
    showInk(seen, shown);
    const [low, high] = range();
    onInput(pad.strokes.length ? { numbers: shown.ink.map((value) => low + (high - low) * value), shape: full, name: "the drawing" } : null);
  }
  function prepared() {
    if (form.value === "mnist") return mnistForm(largePicture(pad.strokes));
    return resized(rasterise(pad.strokes, PAD_SIDE, PAD_SIDE, PEN), width, height);
  }
  return {
    el: h("div", { class: "lab-model-drawing" }, pad.el, h("div", { class: "lab-model-received" }, h("p", { class: "lab-label" }, "The model receives"), seen,
      colours.el, form.el)),
    give,
    draw(strokes) { pad.strokes = strokes; },
    stop: pad.destroy,
    showsPicture: false,
  };
}

/**
 * A picture or the camera for a model of pictures.
 * @param {{ shape: number[], full: number[], say: any, onInput: (given: Given | null) => void, range: () => [number, number], open: HTMLElement }} options
 *   `open` is the button that chooses a file; the demo hands pictures to `show`
 */
export function pictureInput({ shape: [height, width, channels], full, say, onInput, range, open }) {
  const side = Math.min(height, width);
  const seen = h("canvas", { class: "lab-model-screen", width, height, role: "img", "aria-label": "What the model receives" });
  let shown = null, name = "";
  const camera = createCameraInput({ size: Math.max(height, width), say, onFrame: (frame) => show("the camera", frame) });
  function give() {
    if (!shown) return onInput(null);
    const pixels = pixelsOf(shown, height, width, side);
    seen.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
    const numbers = scaled(pixels, range());
    return onInput({ numbers: channels === 3 ? numbers : grey(numbers), shape: full.map((size, i) => size ?? [height, width][i]), name });
  }
  function show(title, canvas) {
    [name, shown] = [title, canvas];
    return give();
  }
  return {
    el: h("div", { class: "lab-model-picture" }, h("p", { class: "lab-label" }, `The model receives ${width} × ${height}`), seen, toolbar(open, camera.el)),
    give, show,
    stop: camera.leave,
    showsPicture: true,
  };
}

/** Numbers typed in, or drawn at random, for a model of anything else. */
export function numbersInput({ shape, integers, onInput, say }) {
  const id = uniqueId("numbers"), noteId = uniqueId("note");
  const known = shape.every((size) => size !== null);
  const count = shape.reduce((product, size) => product * (size ?? 1), 1);
  const text = h("textarea", { id, class: "lab-model-numbers", rows: 3, spellcheck: "false", autocomplete: "off", "aria-describedby": noteId });
  const few = known && count <= 6;
  const sliders = few ? Array.from({ length: count }, (_, i) => numberField({ label: `Number ${i + 1}`, value: 0, onInput: () => give() })) : [];
  const note = h("p", { class: "lab-note", id: noteId }, known ? `${count.toLocaleString("en")} numbers${shape.length > 1 ? `, as ${shape.join(" × ")}, row by row` : ""}, with commas or spaces between.`
    : `Any number of them, with commas or spaces between (${shape.map((size) => size ?? "any").join(" × ")}).`);
  text.addEventListener("change", () => give());
  function give() {
    const numbers = few ? sliders.map(({ value }) => value) : text.value.split(/[\s,;]+/).filter(Boolean).map((word) => Number(word.replace("−", "-")));
    if (!few && !numbers.length) return onInput(null);
    if (!numbers.every(Number.isFinite)) {
      say("Something there is no number: write numbers with commas between, such as 5.1, 3.5, −1.", { tone: "bad", now: true });
      return onInput(null);
    }
    const unknown = shape.filter((size) => size === null).length;
    if ((known && numbers.length !== count) || (unknown === 1 && numbers.length % count)) {
      say(`The model takes ${known ? count : `a multiple of ${count}`} numbers, and these are ${numbers.length}.`, { tone: "bad", now: true });
      return onInput(null);
    }
    let open = numbers.length / count;
    const whole = shape.map((size) => {
      if (size !== null) return size;
      const taken = open;
      open = 1;
      return taken;
    });
    return onInput({ numbers: Float32Array.from(numbers), shape: whole, name: `${numbers.length} ${numbers.length === 1 ? "number" : "numbers"}` });
  }
  function atRandom() {
    const list = Array.from({ length: Math.min(count, MOST_NUMBERS) }, () => (integers ? Math.floor(10 * Math.random()) : Math.round(200 * Math.random() - 100) / 100));
    if (few) sliders.forEach((field, i) => { field.value = list[i]; });
    else text.value = list.join(", ");
    give();
  }
  const random = h("button", { type: "button", class: "lab-button", onclick: atRandom }, "Numbers at random");
  return {
    el: h("div", { class: "lab-model-typed" }, few ? h("div", { class: "lab-controls lab-controls-3" }, sliders.map(({ el }) => el))
      : [h("label", { class: "lab-label", for: id }, "Numbers"), text], note, toolbar(random)),
    give,
    stop() {},
    showsPicture: false,
  };
}

/** A side for networks that take pictures of any size. */
export function sizeSlider(onInput) {
  return slider({ label: "Side of the picture", min: 32, max: 320, step: 32, value: 224, onInput });
}

function pixelsOf(canvas, height, width, side) {
  if (height === width) return squarePixels(canvas, side);
  const stretched = Object.assign(document.createElement("canvas"), { width, height });
  const pen = stretched.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  const scale = Math.max(width / canvas.width, height / canvas.height);
  pen.drawImage(canvas, (width - canvas.width * scale) / 2, (height - canvas.height * scale) / 2, canvas.width * scale, canvas.height * scale);
  return pen.getImageData(0, 0, width, height).data;
}

function grey(numbers) {
  return Float32Array.from({ length: numbers.length / 3 }, (_, i) => 0.299 * numbers[3 * i] + 0.587 * numbers[3 * i + 1] + 0.114 * numbers[3 * i + 2]);
}
