/**
 * From a picture to a feature vector: the backbone looks, and what it saw is all that is kept.
 * @module lab/gestures/features
 */
import { squareOf } from "../camera.js";

/** Changed copies of each frame while augmenting. */
export const COPIES = 2;

/**
 * @param {any} tf
 * @param {any} backbone a layers model from a square picture of RGB to one vector
 * @param {[number, number]} [range] what black and white are to the backbone
 */
export function createExtractor(tf, backbone, [low, high] = [0, 1]) {
  const [, size, width, channels] = backbone.inputs[0].shape;
  const shape = backbone.outputs[0].shape;
  if (size !== width || channels !== 3 || shape.length !== 2) {
    throw new Error(`The backbone must turn square colour pictures into vectors, but it turns ${size} × ${width} × ${channels} `
      + `into ${shape.slice(1).join(" × ")}.`);
  }
  const length = shape[1];
  /** Has the browser taken the backend away, so that what is read from it means nothing? */
  const lost = () => Boolean(tf.backend().gpgpu?.gl.isContextLost());
  return {
    size, length, lost,
    /**
     * One vector for each picture.
     * @param {HTMLCanvasElement[]} canvases each `size` wide and high
     * @returns {Promise<Float32Array[]>}
     */
    async of(canvases) {
      const output = tf.tidy(() => {
        const pixels = tf.stack(canvases.map((canvas) => tf.browser.fromPixels(canvas)));
        return backbone.predict(pixels.toFloat().mul((high - low) / 255).add(low));
      });
      try {
        const values = await output.data();
        return canvases.map((_, i) => Float32Array.from(values.subarray(i * length, (i + 1) * length)));
      } finally {
        output.dispose();
      }
    },
  };
}

/**
 * Changed copies of a frame, as other hands might have shown it: mirrored; closer and to one side, mirrored or not;
 * each a little brighter or darker.
 * @param {HTMLCanvasElement} frame square
 * @param {() => number} uniform
 * @returns {HTMLCanvasElement[]}
 */
export function changedCopies(frame, uniform) {
  const mirrored = squareOf(frame, { size: frame.width, mirror: true });
  const closer = squareOf(crop(frame, 0.82 + 0.12 * uniform(), uniform(), uniform()),
    { size: frame.width, mirror: uniform() < 0.5 });
  for (const canvas of [mirrored, closer]) shade(canvas, 0.4 * uniform() - 0.2);
  return [mirrored, closer];
}

function crop(frame, share, across, down) {
  const canvas = document.createElement("canvas");
  const side = Math.round(share * frame.width), room = frame.width - side;
  Object.assign(canvas, { width: side, height: side });
  canvas.getContext("2d").drawImage(frame, -Math.round(across * room), -Math.round(down * room));
  return canvas;
}

/** Mix in black (amount below 0) or white. Canvas filters would do it too, but not in every browser. */
function shade(canvas, amount) {
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = Math.abs(amount);
  context.fillStyle = amount < 0 ? "black" : "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalAlpha = 1;
}
