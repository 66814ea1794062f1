/**
 * A network with one hidden layer, written out number by number, so that a page can show each step of
 * backpropagation. One output: a plain sum for curve fitting (squared error), a sigmoid for two classes
 * (cross-entropy).
 * @module lab/mlp
 */
import { seededNormal } from "./random.js";

/** @typedef {"tanh" | "relu"} Activation */
/** @typedef {"fit" | "classify"} Task */
/**
 * @typedef {object} Network
 * @property {number} inputs how many inputs
 * @property {number} units how many hidden units
 * @property {Activation} activation of the hidden units
 * @property {Task} task decides the output and the loss
 * @property {number[][]} hiddenWeights one row a unit, one column an input
 * @property {number[]} hiddenBiases one a unit
 * @property {number[]} outputWeights one a unit
 * @property {number} outputBias
 */

/** @param {number} sum */
export const sigmoid = (sum) => 1 / (1 + Math.exp(-sum));

/** @type {Record<Activation, {value: (sum: number) => number, slope: (sum: number) => number}>} */
export const ACTIVATIONS = {
  tanh: { value: Math.tanh, slope: (sum) => 1 - Math.tanh(sum) ** 2 },
  relu: { value: (sum) => Math.max(0, sum), slope: (sum) => (sum > 0 ? 1 : 0) },
};

/**
 * A fresh network with small random weights.
 * @param {{inputs?: number, units?: number, activation?: Activation, task?: Task, seed?: number}} options
 * @returns {Network}
 */
export function createNetwork({ inputs = 1, units = 4, activation = "tanh", task = "fit", seed = 1 } = {}) {
  const normal = seededNormal(seed);
  const list = (length, scale) => Array.from({ length }, () => scale * normal());
  return {
    inputs,
    units,
    activation,
    task,
    hiddenWeights: Array.from({ length: units }, () => list(inputs, 1)),
    hiddenBiases: list(units, 0.8),
    outputWeights: list(units, 1 / Math.sqrt(units)),
    outputBias: 0,
  };
}

/**
 * Forward: from the inputs to the answer, every number on the way kept.
 * @param {Network} network
 * @param {number[]} features
 * @returns {{sums: number[], hidden: number[], sum: number, answer: number}}
 */
export function forward(network, features) {
  const { value } = ACTIVATIONS[network.activation];
  const sums = network.hiddenBiases.map((bias, unit) =>
    network.hiddenWeights[unit].reduce((total, weight, input) => total + weight * features[input], bias),
  );
  const hidden = sums.map(value);
  const sum = hidden.reduce((total, output, unit) => total + network.outputWeights[unit] * output, network.outputBias);
  return { sums, hidden, sum, answer: network.task === "fit" ? sum : sigmoid(sum) };
}

/**
 * The loss of one sample: squared error, or cross-entropy for two classes.
 * @param {Network} network
 * @param {{sum: number, answer: number}} outcome what `forward` gave
 * @param {number} target
 */
export function sampleLoss(network, { sum, answer }, target) {
  if (network.task === "fit") return (answer - target) ** 2;
  // log(1 + e^s) − t·s, in the form that does not overflow.
  return Math.max(sum, 0) + Math.log1p(Math.exp(-Math.abs(sum))) - target * sum;
}

/**
 * Backward: the slope of one sample's loss for every number of the network, by the chain rule.
 * @param {Network} network
 * @param {number[]} features
 * @param {number} target
 */
export function backward(network, features, target) {
  const { slope } = ACTIVATIONS[network.activation];
  const outcome = forward(network, features);
  // With a sigmoid and cross-entropy the two slopes multiply to (answer − target).
  const bySum = network.task === "fit" ? 2 * (outcome.answer - target) : outcome.answer - target;
  const byHidden = network.outputWeights.map((weight) => bySum * weight);
  const slopes = outcome.sums.map(slope);
  const byHiddenSum = byHidden.map((gradient, unit) => gradient * slopes[unit]);
  return {
    ...outcome,
    loss: sampleLoss(network, outcome, target),
    bySum,
    byHidden,
    slopes,
    byHiddenSum,
    hiddenWeights: byHiddenSum.map((gradient) => features.map((feature) => gradient * feature)),
    hiddenBiases: byHiddenSum,
    outputWeights: outcome.hidden.map((output) => bySum * output),
    outputBias: bySum,
  };
}

/**
 * All parameters in one list: hidden weights, hidden biases, output weights, output bias.
 * @param {Pick<Network, "hiddenWeights" | "hiddenBiases" | "outputWeights" | "outputBias">} source
 * @returns {number[]}
 */
export function flatten(source) {
  return [...source.hiddenWeights.flat(), ...source.hiddenBiases, ...source.outputWeights, source.outputBias];
}

/**
 * The network with other parameters, in the order of `flatten`.
 * @param {Network} network
 * @param {number[]} values
 * @returns {Network}
 */
export function withParameters(network, values) {
  const { inputs, units } = network;
  const biases = units * inputs;
  return {
    ...network,
    hiddenWeights: Array.from({ length: units }, (_, unit) => values.slice(unit * inputs, (unit + 1) * inputs)),
    hiddenBiases: values.slice(biases, biases + units),
    outputWeights: values.slice(biases + units, biases + 2 * units),
    outputBias: values[biases + 2 * units],
  };
}

/**
 * The mean loss over samples.
 * @param {Network} network
 * @param {{features: number[], target: number}[]} samples
 */
export function meanLoss(network, samples) {
  let total = 0;
  for (const { features, target } of samples) total += sampleLoss(network, forward(network, features), target);
  return total / samples.length;
}

/**
 * The mean loss over samples and its slope for each parameter, by backpropagation.
 * @param {Network} network
 * @param {{features: number[], target: number}[]} samples
 * @returns {{loss: number, gradient: number[]}}
 */
export function lossAndGradient(network, samples) {
  const gradient = new Array(flatten(network).length).fill(0);
  let loss = 0;
  for (const { features, target } of samples) {
    const back = backward(network, features, target);
    loss += back.loss / samples.length;
    flatten(back).forEach((value, index) => (gradient[index] += value / samples.length));
  }
  return { loss, gradient };
}

/**
 * One step of gradient descent: each parameter moves against its slope.
 * @param {Network} network
 * @param {number[]} gradient
 * @param {number} learningRate
 * @returns {Network}
 */
export function descend(network, gradient, learningRate) {
  return withParameters(
    network,
    flatten(network).map((value, index) => value - learningRate * gradient[index]),
  );
}

/**
 * The slope for one parameter without backpropagation: nudge it both ways and see what the loss does.
 * @param {Network} network
 * @param {{features: number[], target: number}[]} samples
 * @param {number} index place in `flatten`
 * @param {number} [nudge]
 */
export function finiteDifference(network, samples, index, nudge = 1e-5) {
  const at = (shift) => {
    const values = flatten(network);
    values[index] += shift;
    return meanLoss(withParameters(network, values), samples);
  };
  return (at(nudge) - at(-nudge)) / (2 * nudge);
}

/**
 * Backpropagation held against finite differences, for every parameter.
 * @param {Network} network
 * @param {{features: number[], target: number}[]} samples
 * @returns {{backprop: number[], numeric: number[], largest: number}}
 */
export function gradientCheck(network, samples) {
  const backprop = lossAndGradient(network, samples).gradient;
  const numeric = backprop.map((_, index) => finiteDifference(network, samples, index));
  return { backprop, numeric, largest: Math.max(...backprop.map((value, i) => Math.abs(value - numeric[i]))) };
}
