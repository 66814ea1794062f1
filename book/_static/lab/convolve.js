/**
 * Convolution and pooling of one channel, number by number, as `tf.conv2d` and `tf.maxPool` do them.
 *
 * What networks call a convolution does not turn the kernel round first; signal processing calls it a
 * cross-correlation.
 * @module lab/convolve
 */

/** @typedef {number[][]} Grid rows of numbers, all of one length */
/** @typedef {{ size: number, stride: number, padding: "valid" | "same" }} Window */

/**
 * How many places a window has along an axis, and how many zeros are put before and after it.
 * "same" spreads them as TensorFlow does: an odd one goes after.
 * @param {number} length of the axis
 * @param {Window} window
 * @returns {{ places: number, before: number, after: number }}
 */
export function placesAlong(length, { size, stride, padding }) {
  if (padding === "valid") {
    return { places: Math.max(0, Math.floor((length - size) / stride) + 1), before: 0, after: 0 };
  }
  const places = Math.ceil(length / stride);
  const zeros = Math.max(0, (places - 1) * stride + size - length);
  return { places, before: Math.floor(zeros / 2), after: Math.ceil(zeros / 2) };
}

/**
 * What a window sees at one place: rows of numbers, `null` where it hangs over the edge.
 * @param {Grid} picture
 * @param {Window} window
 * @param {number} row of the place
 * @param {number} column of the place
 * @returns {(number | null)[][]}
 */
export function seenAt(picture, window, row, column) {
  const top = row * window.stride - placesAlong(picture.length, window).before;
  const left = column * window.stride - placesAlong(picture[0].length, window).before;
  return Array.from({ length: window.size }, (_, down) =>
    Array.from({ length: window.size }, (__, right) => picture[top + down]?.[left + right] ?? null));
}

/**
 * The feature map of one kernel.
 * @param {Grid} picture
 * @param {Grid} kernel square
 * @param {{ stride?: number, padding?: "valid" | "same", bias?: number, relu?: boolean }} [settings]
 * @returns {Grid}
 */
export function convolve(picture, kernel, { stride = 1, padding = "valid", bias = 0, relu = false } = {}) {
  return slide(picture, { size: kernel.length, stride, padding }, (seen) => {
    const sum = weightedSum(seen, kernel) + bias;
    return relu ? Math.max(0, sum) : sum;
  });
}

/** The sum of products of what a window sees and the kernel; beyond the edge there are zeros. */
export function weightedSum(seen, kernel) {
  let sum = 0;
  seen.forEach((line, row) => line.forEach((value, column) => { sum += (value ?? 0) * kernel[row][column]; }));
  return sum;
}

/**
 * Each window's largest number, or its mean.
 * @param {Grid} map
 * @param {"max" | "average"} kind
 * @param {number} [size] of the window, and its stride
 * @returns {Grid}
 */
export function pool(map, kind, size = 2) {
  return slide(map, { size, stride: size, padding: "valid" }, (seen) => {
    const values = seen.flat();
    return kind === "max" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

function slide(picture, window, answer) {
  const rows = placesAlong(picture.length, window).places, columns = placesAlong(picture[0]?.length ?? 0, window).places;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) => answer(seenAt(picture, window, row, column))));
}
