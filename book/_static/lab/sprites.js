/**
 * Thousands of pictures out of one: a sprite sheet cut into the numbers that a network trains on.
 * @module lab/sprites
 */
import { fetchFile, fetchJson } from "./files.js";

/**
 * @typedef {object} Sheet
 * @property {string} source which pictures these are
 * @property {string[]} classes
 * @property {number} side of a picture, in pixels
 * @property {number} train how many pictures, from the first on, are for training
 * @property {number} heldBack how many follow them
 * @property {number} bytes of the file
 * @property {Uint8Array} pixels of all pictures, one after the other, row by row
 * @property {Uint8Array} labels
 * @property {(canvas: HTMLCanvasElement) => void} show the upper part of the sheet, as wide as the canvas
 */

/**
 * @param {any} model
 * @param {string} folder below `_static/`, as course_utils/data/sprite_sheet.py fills it
 * @returns {Promise<Sheet>}
 */
export async function openSheet(model, folder) {
  const [about, picture, labels] = await Promise.all([fetchJson(model, `${folder}/sheet.json`),
    fetchFile(model, `${folder}/sheet.png`), fetchFile(model, `${folder}/labels.bin`)]);
  // as the file has them: a browser may else mend colours for the screen, and numbers with them
  const image = await createImageBitmap(new Blob([picture], { type: "image/png" }),
    { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { side, columns, train, held_back: heldBack } = about;
  return {
    source: about.source, classes: about.classes, bytes: about.bytes, side, train, heldBack,
    labels: new Uint8Array(labels),
    pixels: cut(image, side, columns, train + heldBack),
    show(canvas) {
      const pen = canvas.getContext("2d");
      const scale = canvas.width / image.width;
      pen.drawImage(image, 0, 0, image.width, canvas.height / scale, 0, 0, canvas.width, canvas.height);
    },
  };
}

/** One row of pictures at a time: the whole sheet as colours would take four times the memory of what is kept. */
function cut(image, side, columns, count) {
  const pixels = new Uint8Array(count * side * side);
  const strip = Object.assign(document.createElement("canvas"), { width: columns * side, height: side });
  const pen = strip.getContext("2d", { willReadFrequently: true });
  for (let row = 0; row * columns < count; row += 1) {
    pen.drawImage(image, 0, row * side, strip.width, side, 0, 0, strip.width, side);
    const { data } = pen.getImageData(0, 0, strip.width, side);
    for (let column = 0; column < columns && row * columns + column < count; column += 1) {
      const start = (row * columns + column) * side * side;
      for (let y = 0; y < side; y += 1) {
        for (let x = 0; x < side; x += 1) {
          // red, green and blue are the same number in a grey picture
          pixels[start + y * side + x] = data[4 * (y * strip.width + column * side + x)];
        }
      }
    }
  }
  return pixels;
}

/**
 * Pictures as numbers from 0 to 1.
 * @param {Sheet} sheet
 * @param {ArrayLike<number>} chosen numbers of pictures
 * @returns {Float32Array}
 */
export function brightness(sheet, chosen) {
  const size = sheet.side * sheet.side;
  const values = new Float32Array(chosen.length * size);
  for (let i = 0; i < chosen.length; i += 1) {
    for (let j = 0; j < size; j += 1) values[i * size + j] = sheet.pixels[chosen[i] * size + j] / 255;
  }
  return values;
}
