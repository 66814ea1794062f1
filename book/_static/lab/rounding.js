/**
 * Weights as they come back from fewer bits, as course_utils.bench.bits rounds them in Python.
 * @module lab/rounding
 */

/**
 * @param {Float32Array} weights
 * @param {number} bits 32 keeps them; 16 rounds to halves; fewer to 2^bits levels from the smallest to the largest
 * @returns {Float32Array}
 */
export function stored(weights, bits) {
  if (bits >= 32) return weights;
  if (bits === 16) return weights.map(half);
  const smallest = weights.reduce((least, weight) => Math.min(least, weight), Infinity);
  const largest = weights.reduce((most, weight) => Math.max(most, weight), -Infinity);
  const step = (largest - smallest) / (2 ** bits - 1) || 1;
  return weights.map((weight) => Math.round((weight - smallest) / step) * step + smallest);
}

/** The nearest half: eleven bits of a number, and below 2^-14 multiples of 2^-24. */
function half(weight) {
  const size = Math.max(Math.abs(weight), 2 ** -14);
  const step = 2 ** (Math.floor(Math.log2(size)) - 10);
  return Math.round(weight / step) * step;
}
