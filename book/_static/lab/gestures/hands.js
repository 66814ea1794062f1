/**
 * Sample hands for those without a camera: one picture (samples/hands.webp) of many small ones, a row for each
 * gesture. The last few of a row are never added to the samples: they are there to be recognised.
 * @module lab/gestures/hands
 */
import { openFile } from "../files.js";
import { EXTENDED, moveOf } from "./rules.js";

const SHEET = "samples/hands.webp";
export const KEPT_TO_SHOW = 5;

/**
 * @param {any} model where files lie
 * @returns {Promise<{ perGesture: number, toCollect: (name: string) => HTMLCanvasElement[], toShow: (move: string) => HTMLCanvasElement[] }>}
 *   both answer with no pictures for a name that is no gesture of the game
 */
export async function loadHands(model) {
  const { address, free } = await openFile(model, SHEET, "image/webp");
  const sheet = new Image();
  sheet.src = address;
  try {
    await sheet.decode();
  } catch {
    throw new Error(`${SHEET} could not be read: reload the page.`);
  } finally {
    free();
  }
  const tile = sheet.naturalHeight / EXTENDED.length, perGesture = Math.round(sheet.naturalWidth / tile);
  const cut = (row, column) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: tile, height: tile });
    canvas.getContext("2d").drawImage(sheet, column * tile, row * tile, tile, tile, 0, 0, tile, tile);
    return canvas;
  };
  const some = (name, from, to) => {
    const row = EXTENDED.indexOf(moveOf(name));
    return row < 0 ? [] : Array.from({ length: to - from }, (_, i) => cut(row, from + i));
  };
  return {
    perGesture,
    toCollect: (name) => some(name, 0, perGesture - KEPT_TO_SHOW),
    toShow: (move) => some(move, perGesture - KEPT_TO_SHOW, perGesture),
  };
}
