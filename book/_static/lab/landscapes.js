/**
 * Loss surfaces of two parameters for optimizers to walk on. Each has its lowest loss at (nearly) zero.
 * @module lab/landscapes
 */

/**
 * @typedef {object} Landscape
 * @property {string} name
 * @property {string} about what makes it hard, in a sentence
 * @property {(x: number, y: number) => number} loss
 * @property {(x: number, y: number) => number[]} slopes
 * @property {[number, number]} xDomain
 * @property {[number, number]} yDomain
 * @property {[number, number]} start
 * @property {Record<string, number>} rates learning rates that suit the four
 * @property {number} [noise] standard deviation of what is added to each slope, as by mini-batches
 * @property {number} [finish] the loss that counts as arrived (0.02)
 */

// The deeper minimum of the two-basin curve lies this much below its zero.
const DEEPER = 1.10745;

/** @type {Record<string, Landscape>} */
export const LANDSCAPES = {
  valley: {
    name: "Long valley",
    about: "Forty times steeper across than along.",
    loss: (x, y) => 0.05 * x * x + 2 * y * y,
    slopes: (x, y) => [0.1 * x, 4 * y],
    xDomain: [-5, 5], yDomain: [-3, 3], start: [-4, 2],
    rates: { sgd: 0.1, momentum: 0.02, rmsprop: 0.05, adam: 0.1 },
  },
  ravine: {
    name: "Bent ravine",
    about: "Narrow, and it turns: the slope seldom points to the goal.",
    loss: (x, y) => 0.05 * (x - 1) ** 2 + (y - 0.25 * x * x) ** 2,
    slopes: (x, y) => [0.1 * (x - 1) - x * (y - 0.25 * x * x), 2 * (y - 0.25 * x * x)],
    xDomain: [-4, 4], yDomain: [-2, 4], start: [-3, 3.2],
    rates: { sgd: 0.15, momentum: 0.03, rmsprop: 0.05, adam: 0.15 },
  },
  saddle: {
    name: "Saddle",
    about: "Flat in the middle: downhill to both sides, but hardly any slope to show the way.",
    loss: (x, y) => 0.5 * x * x + 0.25 * (y * y - 1) ** 2,
    slopes: (x, y) => [x, y * (y * y - 1)],
    xDomain: [-3, 3], yDomain: [-2, 2], start: [-2.5, 0.001],
    rates: { sgd: 0.1, momentum: 0.03, rmsprop: 0.05, adam: 0.05 },
  },
  basins: {
    name: "Two basins",
    about: "A shallow basin on the way to the deep one.",
    loss: (x, y) => 0.05 * x ** 4 - 0.4 * x * x + 0.15 * x + 0.5 * y * y + DEEPER,
    slopes: (x, y) => [0.2 * x ** 3 - 0.8 * x + 0.15, y],
    xDomain: [-4, 4], yDomain: [-2.5, 2.5], start: [3.4, 1.5],
    rates: { sgd: 0.1, momentum: 0.05, rmsprop: 0.05, adam: 0.1 },
  },
  noisy: {
    name: "Noisy slopes",
    about: "Each slope is measured with an error, as on a mini-batch.",
    loss: (x, y) => 0.1 * x * x + 0.5 * y * y,
    slopes: (x, y) => [0.2 * x, y],
    xDomain: [-5, 5], yDomain: [-3, 3], start: [-4, 2],
    rates: { sgd: 0.1, momentum: 0.02, rmsprop: 0.05, adam: 0.1 },
    noise: 0.6, finish: 0.05,
  },
};
