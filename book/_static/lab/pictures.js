/**
 * Pictures of the reader's: chosen, dropped or pasted, or seen by the camera. They stay in the page.
 * @module lab/pictures
 */
import { button, createScope, h, uniqueId } from "./dom.js";
import { CameraProblem, openCamera, squareOf } from "./camera.js";

const KINDS = "a JPEG, PNG, WebP or GIF file";
/** Pictures are kept at most so wide and high: more than any network here looks at. */
export const MOST_SIDE = 1600;

/** Why a file is no picture, as one sentence. */
export class PictureProblem extends Error {
  /** @param {string} sentence */
  constructor(sentence) {
    super(sentence);
    this.name = "PictureProblem";
  }
}

/**
 * A file as a canvas: turned upright as the camera that took it says, on white where it is transparent, and scaled
 * down where it is larger than `most`.
 * @param {File} file
 * @param {{ most?: number }} [options]
 * @returns {Promise<HTMLCanvasElement>}
 * @throws {PictureProblem}
 */
export async function readPicture(file, { most = MOST_SIDE } = {}) {
  if (!file.size) throw new PictureProblem(`${file.name} is empty: choose ${KINDS}.`);
  if (file.type && !file.type.startsWith("image/")) throw new PictureProblem(`${file.name} is not a picture: choose ${KINDS}.`);
  const source = await decode(file);
  try {
    return onCanvas(source, most);
  } finally {
    source.close?.();
  }
}

/** A picture at an address, as a canvas. @param {string} address @param {string} name for the sentence */
export async function loadPicture(address, name) {
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
  } catch {
    throw new PictureProblem(`The picture “${name}” could not be loaded: check your connection.`);
  }
  return onCanvas(image, MOST_SIDE);
}

async function decode(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    // A drawing in SVG is for <img> alone to read.
    if (file.type === "image/svg+xml") return decodeDrawing(file);
    if (/hei[cf]$/i.test(file.type) || /\.hei[cf]$/i.test(file.name)) {
      throw new PictureProblem(`This browser cannot read ${file.name} (HEIC): save it as JPEG and choose that.`);
    }
    throw new PictureProblem(file.type
      ? `${file.name} cannot be read as a picture: it may be damaged; save it anew as JPEG or PNG.`
      : `${file.name} is not a picture: choose ${KINDS}.`);
  }
}

async function decodeDrawing(file) {
  const address = URL.createObjectURL(file);
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
    if (!image.naturalWidth) Object.assign(image, { width: 512, height: 512 });
    return image;
  } catch {
    throw new PictureProblem(`${file.name} cannot be read as a picture: save it as PNG and choose that.`);
  } finally {
    URL.revokeObjectURL(address);
  }
}

function onCanvas(source, most) {
  const width = source.naturalWidth || source.width, height = source.naturalHeight || source.height;
  const scale = Math.min(1, most / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * Takes pictures from the file chooser, from files dropped on `zone` and from the clipboard.
 * @param {{ zone: HTMLElement, label?: string, multiple?: boolean, say: (text: string, options?: object) => void,
 *           onPictures: (pictures: Array<{ name: string, canvas: HTMLCanvasElement }>) => any,
 *           onFiles?: (files: File[]) => Promise<boolean> }} options `onFiles` may take files that are no pictures, and says so
 * @returns {{ el: HTMLElement, button: { disabled: boolean }, open(files: File[]): Promise<void>, stop(): void }}
 */
export function createPictureInput({ zone, label = "Choose a picture", multiple = false, say, onPictures, onFiles }) {
  const scope = createScope();
  const id = uniqueId("pictures");
  const input = h("input", { type: "file", id, class: "lab-file-input", accept: onFiles ? null : "image/*", multiple,
    tabindex: -1, "aria-hidden": "true" });
  const choose = button({ label, icon: "add", onClick: () => input.click() });

  async function open(files) {
    if (await onFiles?.(files)) return;
    const found = [], problems = [];
    for (const file of multiple ? files : files.slice(0, 1)) {
      try {
        found.push({ name: file.name, canvas: await readPicture(file) });
      } catch (error) {
        if (!(error instanceof PictureProblem)) throw error;
        problems.push(error.message);
      }
    }
    if (found.length) await onPictures(found);
    if (problems.length) {
      const more = problems.length > 1 ? ` ${problems.length - 1} more could not be read either.` : "";
      say(problems[0] + more, { tone: "bad", now: true });
    }
  }
  const holdsFiles = (event) => [...event.dataTransfer?.types ?? []].includes("Files");

  scope.on(input, "change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) open(files);
  });
  // A file dropped beside the zone would otherwise take the place of the page.
  scope.on(document, "dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  scope.on(document, "drop", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  scope.on(zone, "dragenter", () => zone.classList.add("lab-dropping"));
  scope.on(zone, "dragleave", (event) => { if (!zone.contains(event.relatedTarget)) zone.classList.remove("lab-dropping"); });
  scope.on(zone, "drop", async (event) => {
    zone.classList.remove("lab-dropping");
    event.preventDefault();
    const files = await droppedFiles(event.dataTransfer);
    if (files.length) await open(files);
    else say("What was dropped is no file: save the picture first, then drop its file here.", { tone: "bad", now: true });
  });
  scope.on(document, "paste", (event) => {
    if (event.target.closest?.("input, textarea, [contenteditable]")) return;
    const files = [...event.clipboardData?.files ?? []];
    if (files.length) {
      event.preventDefault();
      open(files);
    }
  });
  return { el: h("span", { class: "lab-file" }, choose.el, input), button: choose, open, stop: scope.dispose };
}

/** The files that were dropped, those in dropped folders too. @param {DataTransfer | null} transfer */
async function droppedFiles(transfer) {
  // Both must be read before the first wait: afterwards the transfer is empty.
  const entries = [...transfer?.items ?? []].map((item) => item.webkitGetAsEntry?.()), files = [...transfer?.files ?? []];
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  const found = [];
  const walk = async (entry) => {
    if (entry?.isFile) found.push(await new Promise((resolve, reject) => { entry.file(resolve, reject); }));
    if (!entry?.isDirectory) return;
    const reader = entry.createReader();
    for (let part = [null]; part.length;) {
      part = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      for (const one of part) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

/**
 * A button that starts and stops the camera, and hands over one frame after another, each when the one before is done.
 * @param {{ label?: string, size: number, facing?: "user" | "environment", say: (text: string, options?: object) => void,
 *           onFrame: (frame: HTMLCanvasElement) => Promise<void> | void, onStart?: () => void, onStop?: () => void }} options
 */
export function createCameraInput({ label = "Use the camera", size, facing = "environment", say, onFrame, onStart, onStop }) {
  let camera = null, leaving = new AbortController(), opening = false;
  const toggle = button({ label, icon: "play", onClick: () => (camera ? stop() : start()) });

  async function start() {
    if (opening) return;
    opening = true;
    say("Waiting for the camera: the browser may ask you.", { now: true });
    try {
      camera = await openCamera({ facing, signal: leaving.signal, onStop: (reason) => ended(reason) });
    } catch (error) {
      if (!(error instanceof CameraProblem)) throw error;
      if (error.kind !== "cancelled") say(error.message, { tone: "bad", now: true });
      return;
    } finally {
      opening = false;
    }
    toggle.label = "Stop the camera";
    toggle.icon = "stop";
    onStart?.();
    let frame;
    while (camera?.running) {
      frame = camera.frame({ size, mirror: camera.facing === "user", canvas: frame });
      await onFrame(frame);
      await new Promise((resolve) => { requestAnimationFrame(resolve); });
    }
  }
  function ended(reason) {
    camera = null;
    toggle.label = label;
    toggle.icon = "play";
    if (reason === "hidden") say("The camera was stopped, because the page was hidden.", { now: true });
    if (reason === "unplugged") say("The camera was unplugged or taken away: connect it and start it again.", { tone: "bad", now: true });
    onStop?.();
  }
  function stop() {
    camera?.stop();
  }
  return {
    el: toggle.el, button: toggle, stop,
    get running() { return Boolean(camera?.running); },
    leave() {
      leaving.abort();
      leaving = new AbortController();
      camera?.stop();
    },
  };
}

/**
 * Numbers from Python as a picture.
 * @param {ArrayLike<number>} data 0 to 255, row by row
 * @param {number[]} shape height, width and, where there are any, channels: 1 is grey, 3 is colour
 */
export function canvasOf(data, [height, width, channels = 1]) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = data[i * channels + Math.min(c, channels - 1)];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
  return canvas;
}

/**
 * The middle square of a picture, `side` pixels wide, as red, green, blue and opacity, 0 to 255.
 * @param {HTMLCanvasElement | HTMLImageElement | HTMLVideoElement} picture
 * @param {number} side
 * @returns {Uint8ClampedArray}
 */
export function squarePixels(picture, side) {
  const square = squareOf(picture, { size: side });
  return square.getContext("2d").getImageData(0, 0, side, side).data;
}

/**
 * Pixels as a network takes them: three numbers each, from 0..255 into a range.
 * @param {Uint8ClampedArray} pixels with opacity
 * @param {[low: number, high: number]} range
 * @param {Float32Array} [numbers] written to
 */
export function scaled(pixels, [low, high], numbers = new Float32Array((pixels.length / 4) * 3)) {
  const step = (high - low) / 255;
  for (let i = 0, j = 0; i < pixels.length; i += 4) {
    numbers[j++] = low + step * pixels[i];
    numbers[j++] = low + step * pixels[i + 1];
    numbers[j++] = low + step * pixels[i + 2];
  }
  return numbers;
}
