/**
 * Update rules of four optimizers for two parameters, as Keras 3 computes them (keras/src/optimizers/sgd.py,
 * rmsprop.py, adam.py), with its default constants: rho 0.9, beta_1 0.9, beta_2 0.999, epsilon 1e-7.
 * @module lab/optimizers
 */

const EPSILON = 1e-7;

/** @typedef {(point: number[], slopes: number[]) => number[]} Update where to go from a point, given the slopes there */

/** Down the slope: w − lr·g. @param {number} rate @returns {Update} */
export function sgd(rate) {
  return (point, slopes) => point.map((w, i) => w - rate * slopes[i]);
}

/** A ball that rolls: velocity = 0.9·velocity − lr·g, then w + velocity. @param {number} rate @returns {Update} */
export function momentum(rate, share = 0.9) {
  let velocity = [0, 0];
  return (point, slopes) => {
    velocity = velocity.map((v, i) => share * v - rate * slopes[i]);
    return point.map((w, i) => w + velocity[i]);
  };
}

/** Steps of one length in steep and flat directions: w − lr·g / √(average of g² + ε). @param {number} rate @returns {Update} */
export function rmsprop(rate, rho = 0.9) {
  let squares = [0, 0];
  return (point, slopes) => {
    squares = squares.map((s, i) => rho * s + (1 - rho) * slopes[i] ** 2);
    return point.map((w, i) => w - (rate * slopes[i]) / Math.sqrt(squares[i] + EPSILON));
  };
}

/** Both averages, corrected for their start at zero: w − α·m / (√v + ε). @param {number} rate @returns {Update} */
export function adam(rate, beta1 = 0.9, beta2 = 0.999) {
  let means = [0, 0], squares = [0, 0], step = 0;
  return (point, slopes) => {
    step += 1;
    means = means.map((m, i) => m + (1 - beta1) * (slopes[i] - m));
    squares = squares.map((s, i) => s + (1 - beta2) * (slopes[i] ** 2 - s));
    const alpha = (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
    return point.map((w, i) => w - (alpha * means[i]) / (Math.sqrt(squares[i]) + EPSILON));
  };
}

export const OPTIMIZERS = { sgd, momentum, rmsprop, adam };
