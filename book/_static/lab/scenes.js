/**
 * Scenes for the detector: discs, squares and triangles before changing grounds, drawn anew from a seed.
 * By the rules of course_utils/data/shape_scenes.py, with random numbers of the page's own.
 * @module lab/scenes
 */
import { intersectionOverUnion } from "./detecting.js";
import { seededNormal, seededUniform } from "./random.js";

const SIDE = 64, FINER = 4, SMALLEST = 11, LARGEST = 30, MOST = 4, TOUCH = 0.08, NOISE = 0.03, CONTRAST = 0.35;

/**
 * @typedef {object} Scene
 * @property {HTMLCanvasElement} canvas 64 × 64
 * @property {Array<{ box: number[], label: number }>} things 0 is a disc, 1 a square, 2 a triangle
 */

/** A scene with one to four things. @param {number} seed @returns {Scene} */
export function drawScene(seed) {
  const uniform = seededUniform(seed);
  const between = (low, high) => low + (high - low) * uniform();
  const things = [];
  for (let tries = 1 + Math.floor(MOST * uniform()); tries > 0; tries -= 1) {
    const edge = between(SMALLEST, LARGEST) / SIDE, top = between(0, 1 - edge), left = between(0, 1 - edge);
    const box = [top, left, top + edge, left + edge];
    if (things.every((other) => intersectionOverUnion(box, other.box) <= TOUCH)) things.push({ box, label: Math.floor(3 * uniform()) });
  }
  return paint(things, uniform, seed);
}

/** Two discs, of which one covers more of the other than in any scene that the detector learned from. @returns {Scene} */
export function drawCrowd() {
  return paint([[0.3, 0.25, 0.6, 0.55], [0.4, 0.37, 0.7, 0.67]].map((box) => ({ box, label: 0 })), seededUniform(12), 12);
}

function paint(things, uniform, seed) {
  const colour = () => [uniform(), uniform(), uniform()];
  const large = Object.assign(document.createElement("canvas"), { width: SIDE * FINER, height: SIDE * FINER });
  const pen = large.getContext("2d"), size = large.width;
  const above = colour(), below = colour();
  const ground = pen.createLinearGradient(0, 0, 0, size);
  ground.addColorStop(0, css(above));
  ground.addColorStop(1, css(below));
  pen.fillStyle = ground;
  pen.fillRect(0, 0, size, size);
  for (let streaks = Math.floor(4 * uniform()); streaks > 0; streaks -= 1) {
    pen.strokeStyle = css(colour());
    pen.lineWidth = 3 + Math.floor(6 * uniform());
    pen.beginPath();
    pen.moveTo(size * uniform(), size * uniform());
    pen.lineTo(size * uniform(), size * uniform());
    pen.stroke();
  }
  for (const { box, label } of things) {
    let own;
    // One that stands out from the ground.
    do own = colour(); while (Math.max(...own.map((value, i) => Math.abs(value - (above[i] + below[i]) / 2))) < CONTRAST);
    pen.fillStyle = css(own);
    const [top, left, bottom, right] = box.map((side) => size * side);
    pen.beginPath();
    if (label === 0) pen.arc((left + right) / 2, (top + bottom) / 2, (right - left) / 2, 0, 2 * Math.PI);
    else if (label === 1) pen.rect(left, top, right - left, bottom - top);
    else for (const [x, y] of [[(left + right) / 2, top], [right, bottom], [left, bottom]]) pen.lineTo(x, y);
    pen.fill();
  }
  return { canvas: shrunk(large, seed), things };
}

/** A quarter as large, so that edges are soft as in a photograph, and with a little noise. */
function shrunk(large, seed) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const normal = seededNormal(seed), image = new ImageData(SIDE, SIDE);
  const { data, width } = large.getContext("2d").getImageData(0, 0, large.width, large.height);
  for (let place = 0; place < image.data.length; place += 1) {
    const channel = place % 4, column = (place >> 2) % SIDE, row = Math.floor((place >> 2) / SIDE);
    let sum = 0;
    for (let y = 0; y < FINER; y += 1) for (let x = 0; x < FINER; x += 1) sum += data[4 * ((FINER * row + y) * width + FINER * column + x) + channel];
    image.data[place] = channel === 3 ? 255 : sum / FINER ** 2 + 255 * NOISE * normal();
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

function css(colour) {
  return `rgb(${colour.map((value) => Math.round(255 * value)).join(" ")})`;
}
