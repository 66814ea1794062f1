/**
 * The head: one neuron for each class on top of the backbone's features, or those behind a few hidden neurons. It
 * learns in TensorFlow.js; what it has learnt are plain numbers that any backend, file or language can take up.
 * @module lab/gestures/head
 */

import { seededUniform } from "../random.js";

/**
 * @typedef {object} HeadLayer
 * @property {number} units
 * @property {"relu" | "softmax"} activation
 * @property {Float32Array} kernel inputs × units, row by row
 * @property {Float32Array} bias
 */

/** @typedef {HeadLayer[]} Head */

/** @typedef {{ features: Float32Array, labels: Uint8Array, count: number }} LabelledVectors */

/** Each value is a share of 1; together they are 1. @param {Head} head @param {ArrayLike<number>} features */
export function predict(head, features) {
  let values = features;
  for (const { units, activation, kernel, bias } of head) {
    const sums = Float64Array.from(bias);
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i];
      if (value === 0) continue;
      for (let j = 0, at = i * units; j < units; j += 1, at += 1) sums[j] += value * kernel[at];
    }
    values = activation === "relu" ? sums.map((sum) => Math.max(0, sum)) : softmax(sums);
  }
  return Float32Array.from(values);
}

function softmax(sums) {
  const most = Math.max(...sums);
  const powers = sums.map((sum) => Math.exp(sum - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/**
 * Judge a head. Rows of the matrix: what a sample shows; columns: what the head says.
 * @param {Head} head @param {LabelledVectors} data @param {number} classes
 * @returns {{ confusion: number[][], accuracy: number, loss: number }} the shares are NaN without data
 */
export function evaluate(head, { features, labels, count }, classes) {
  const length = features.length / count;
  const confusion = Array.from({ length: classes }, () => new Array(classes).fill(0));
  let loss = 0;
  for (let i = 0; i < count; i += 1) {
    const shares = predict(head, features.subarray(i * length, (i + 1) * length));
    confusion[labels[i]][shares.indexOf(Math.max(...shares))] += 1;
    loss -= Math.log(Math.max(shares[labels[i]], LEAST_SHARE));
  }
  const right = confusion.reduce((sum, row, k) => sum + row[k], 0);
  return { confusion, accuracy: right / count, loss: loss / count };
}

/**
 * Each feature's mean, and one number to multiply all by so that they spread by 1 on the whole. To scale each feature by
 * its own spread would make much of features that hardly vary in one burst before one background.
 * @param {Float32Array} features @param {number} length of a vector
 */
export function standardisation(features, length) {
  const count = features.length / length;
  const mean = new Float32Array(length);
  for (let at = 0; at < features.length; at += 1) mean[at % length] += features[at] / count;
  let squares = 0;
  for (let at = 0; at < features.length; at += 1) squares += (features[at] - mean[at % length]) ** 2;
  return { mean, scale: 1 / Math.max(Math.sqrt(squares / features.length), 1e-6) };
}

/** The layer that does to a vector what another does to the vector standardised. */
function foldedIn({ mean, scale }, { units, activation, kernel, bias }) {
  const folded = new Float32Array(kernel.length), moved = Float64Array.from(bias);
  for (let i = 0; i < mean.length; i += 1) {
    for (let j = 0; j < units; j += 1) {
      folded[i * units + j] = scale * kernel[i * units + j];
      moved[j] -= mean[i] * folded[i * units + j];
    }
  }
  return { units, activation, kernel: folded, bias: Float32Array.from(moved) };
}

/** The least share that a loss is taken of: the logarithm of nothing is no number. */
const LEAST_SHARE = 1e-7;
const LEARNING_RATE = 0.01, WEIGHT_DECAY = 2e-3;
// About as many steps however much was collected, so that the time to train hardly grows with the data.
const STEPS = 400, LEAST_EPOCHS = 10, LEAST_BATCH = 16, MOST_BATCH = 64;
/** Times that a training is reported, at most. */
const REPORTS = 40;

/** How `count` vectors are gone through. */
export function schedule(count) {
  const batchSize = Math.min(MOST_BATCH, Math.max(LEAST_BATCH, Math.ceil(count / 10)));
  const steps = Math.ceil(count / batchSize);
  return { batchSize, epochs: Math.max(LEAST_EPOCHS, Math.round(STEPS / steps)) };
}

/**
 * Train a head on feature vectors. TensorFlow.js holds one batch at a time; every few epochs the head is judged on all.
 * @param {any} tf
 * @param {{ train: LabelledVectors, test: LabelledVectors, classes: number, hidden?: number, seed?: number,
 *           onEpoch?: (result: { epoch: number, epochs: number, loss: number, accuracy: number, heldLoss: number, heldAccuracy: number }) => void,
 *           stopped?: () => boolean, signal?: AbortSignal }} options `stopped` ends it at the next report, with what was learnt
 *   till then; `signal` at once, with nothing
 * @returns {Promise<Head>}
 */
export async function trainHead(tf, { train, test, classes, hidden = 0, seed = 1, onEpoch, stopped, signal }) {
  const length = train.features.length / train.count;
  const { batchSize, epochs } = schedule(train.count);
  const standard = standardisation(train.features, length);
  const learner = createLearner(tf, { sizes: hidden ? [length, hidden, classes] : [length, classes], seed });
  const uniform = seededUniform(seed + 2);
  const order = Array.from(train.labels, (_, i) => i);
  try {
    // Epoch 0 is the head before it has learnt anything.
    for (let epoch = 0; ; epoch += 1) {
      if (epoch) {
        shuffle(order, uniform);
        for (let at = 0; at < train.count; at += batchSize) {
          learner.step(batchOf(train, order.slice(at, at + batchSize), standard, length));
        }
      }
      if (epoch % Math.ceil(epochs / REPORTS) && epoch < epochs) continue;
      const [first, ...rest] = await unlessAborted(learner.read(), signal);
      const head = [foldedIn(standard, first), ...rest];
      const { loss, accuracy } = evaluate(head, train, classes);
      const { loss: heldLoss, accuracy: heldAccuracy } = evaluate(head, test, classes);
      onEpoch?.({ epoch, epochs, loss, accuracy, heldLoss, heldAccuracy });
      if (epoch && (epoch === epochs || stopped?.())) return head;
      await unlessAborted(tf.nextFrame(), signal);
    }
  } finally {
    learner.dispose();
  }
}

/** A backend that was taken away may never answer, so that nothing can be waited for without this. */
function unlessAborted(promise, signal) {
  if (!signal) return promise;
  signal.throwIfAborted();
  return Promise.race([promise, new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  })]);
}

/** The layers as variables, and an optimizer. */
function createLearner(tf, { sizes, seed }) {
  const layers = sizes.slice(1).map((units, i) => {
    const initial = tf.tidy(() => tf.initializers.glorotUniform({ seed: seed + i }).apply([sizes[i], units]));
    const layer = { units, activation: i === sizes.length - 2 ? "softmax" : "relu", kernel: tf.variable(initial),
      bias: tf.tidy(() => tf.variable(tf.zeros([units]))) };
    initial.dispose();
    return layer;
  });
  const variables = layers.flatMap(({ kernel, bias }) => [kernel, bias]);
  const optimizer = tf.train.adam(LEARNING_RATE);
  const classes = sizes[sizes.length - 1];

  const lossOf = (features, answers) => {
    const sums = layers.reduce((values, { kernel, bias, activation }) => {
      const sum = values.matMul(kernel).add(bias);
      return activation === "relu" ? sum.relu() : sum;
    }, features);
    const decay = tf.addN(layers.map(({ kernel }) => kernel.square().sum())).mul(WEIGHT_DECAY);
    return tf.losses.softmaxCrossEntropy(answers, sums).add(decay);
  };
  return {
    step({ features, labels, count }) {
      tf.tidy(() => {
        const inputs = tf.tensor2d(features, [count, features.length / count]);
        const answers = tf.oneHot(tf.tensor1d(labels, "int32"), classes).toFloat();
        optimizer.minimize(() => lossOf(inputs, answers), false, variables);
      });
    },
    /** @returns {Promise<HeadLayer[]>} */
    read: () => Promise.all(layers.map(async ({ units, activation, kernel, bias }) => {
      const [weights, offsets] = await Promise.all([kernel.data(), bias.data()]);
      return { units, activation, kernel: Float32Array.from(weights), bias: Float32Array.from(offsets) };
    })),
    dispose() {
      optimizer.dispose();
      tf.dispose(variables);
    },
  };
}

function batchOf({ features, labels }, positions, { mean, scale }, length) {
  const batch = new Float32Array(positions.length * length);
  positions.forEach((from, to) => {
    for (let j = 0; j < length; j += 1) batch[to * length + j] = (features[from * length + j] - mean[j]) * scale;
  });
  return { features: batch, labels: Int32Array.from(positions, (i) => labels[i]), count: positions.length };
}

/** Fisher and Yates' shuffle. */
function shuffle(list, uniform) {
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = Math.floor(uniform() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}

/**
 * The head's layers as TensorFlow.js layers, to be put on top of a symbolic input; `setWeights` fills them afterwards.
 * @param {any} tf @param {Head} head
 */
export function headLayers(tf, head) {
  const layers = head.map(({ units, activation }, i) =>
    tf.layers.dense({ units, activation, name: i === head.length - 1 ? "gesture" : `gesture_hidden_${i + 1}` }));
  return {
    layers,
    /** Call it once the layers are part of a model. */
    setWeights() {
      layers.forEach((layer, i) => {
        const { kernel, bias, units } = head[i];
        tf.tidy(() => layer.setWeights([tf.tensor2d(kernel, [kernel.length / units, units]), tf.tensor1d(bias)]));
      });
    },
  };
}
