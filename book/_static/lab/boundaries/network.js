/**
 * A small network that learns classes of points in the plane.
 * @module lab/boundaries/network
 */
import { seededUniform } from "../random.js";
import { shuffled } from "./datasets.js";

const BATCH = 32, MOST_STEPS = 40;

/**
 * @typedef {object} Settings
 * @property {number} layers hidden layers, 0 to 3
 * @property {number} units of each
 * @property {number} l2 strength of the penalty on squared weights
 * @property {number} dropout share of hidden units left out in each step
 * @property {number} rate learning rate
 * @property {number} seed
 */

/**
 * @param {any} tf
 * @param {{ inputs: Float32Array, classes: number[], training: number[], heldBack: number[], kinds: number, settings: Settings }} options
 *   `inputs` are the scaled features, two a point
 */
export function createNetwork(tf, { inputs, classes, training, heldBack, kinds, settings }) {
  const { layers, units, l2, dropout, seed } = settings;
  const uniform = seededUniform(seed + 1);
  const regularizer = () => (l2 > 0 ? tf.regularizers.l2({ l2 }) : undefined);
  const dense = (size, extra, place) => tf.layers.dense({ units: size, kernelRegularizer: regularizer(),
    kernelInitializer: tf.initializers.glorotNormal({ seed: seed + 10 * place }), ...extra });
  const net = tf.sequential();
  for (let i = 0; i < layers; i += 1) {
    net.add(dense(units, { activation: "relu", ...(i ? {} : { inputShape: [2] }) }, i));
    if (dropout > 0) net.add(tf.layers.dropout({ rate: dropout, seed: seed + 100 + i }));
  }
  net.add(dense(kinds, { activation: "softmax", ...(layers ? {} : { inputShape: [2] }) }, layers));
  const optimizer = tf.train.adam(settings.rate);
  net.compile({ optimizer, loss: "categoricalCrossentropy" });
  // Batches grow with the data, so that an epoch stays short.
  const batch = Math.max(BATCH, Math.ceil(training.length / MOST_STEPS));
  let epoch = 0, disposed = false;

  const take = (places) => {
    const flat = new Float32Array(2 * places.length);
    places.forEach((place, i) => flat.set(inputs.subarray(2 * place, 2 * place + 2), 2 * i));
    return flat;
  };
  const oneHot = (places) => {
    const flat = new Float32Array(kinds * places.length);
    places.forEach((place, i) => { flat[kinds * i + classes[place]] = 1; });
    return flat;
  };

  /** Probabilities of points given as scaled features, two a point; null once the network is disposed of. */
  async function probabilities(flat) {
    if (disposed) return null;
    const answer = tf.tidy(() => net.predict(tf.tensor2d(flat, [flat.length / 2, 2]), { batchSize: 8192 }));
    const values = await answer.data();
    answer.dispose();
    return values;
  }
  async function measure(places, truth) {
    const values = await probabilities(take(places));
    if (!values) return null;
    let right = 0, loss = 0;
    const predicted = places.map((place, i) => {
      const row = values.subarray(kinds * i, kinds * (i + 1));
      const best = row.indexOf(Math.max(...row));
      right += best === truth[place] ? 1 : 0;
      loss -= Math.log(Math.max(1e-7, row[truth[place]]));
      return best;
    });
    return { accuracy: right / Math.max(1, places.length), loss: loss / Math.max(1, places.length), predicted };
  }

  return {
    net, probabilities, measure,
    get epoch() { return epoch; },
    get parameters() { return net.countParams(); },
    set rate(value) { optimizer.learningRate = value; },
    /** One pass over the training points, in small batches and random order. */
    async trainEpoch() {
      const order = shuffled(training, uniform);
      for (let start = 0; start < order.length && !disposed; start += batch) {
        const places = order.slice(start, start + batch);
        const [xs, ys] = [tf.tensor2d(take(places), [places.length, 2]), tf.tensor2d(oneHot(places), [places.length, kinds])];
        try {
          await net.trainOnBatch(xs, ys);
        } finally {
          tf.dispose([xs, ys]);
        }
      }
      epoch += 1;
    },
    /** Accuracy and loss on both parts; held-back points are judged by their true classes. */
    async measureAll(truth) {
      const found = { training: await measure(training, classes), heldBack: await measure(heldBack, truth) };
      return found.training && found.heldBack ? found : null;
    },
    /** The weights as plain arrays: kernel, bias, kernel, bias, … */
    async weights() {
      return disposed ? [] : Promise.all(net.getWeights().map(async (weight) => ({ data: await weight.data(), shape: weight.shape })));
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      net.dispose();
      optimizer.dispose();
    },
  };
}

/**
 * What the accuracies tell: too little capacity, too much, or about right.
 * @param {{ training: number, heldBack: number, best: number, bestEpoch: number, trainingThen: number, count: number, kinds: number }} found accuracies now, the
 *   best of the held-back points so far, when that was and how the training points stood then, and how many are held back
 * @returns {{ kind: "under" | "over" | "right", text: string }}
 */
export function story({ training, heldBack, best, bestEpoch, trainingThen, count, kinds }) {
  // Two standard errors of the held-back accuracy: a smaller difference may be chance.
  const chance = Math.max(0.05, 2 * Math.sqrt((heldBack * (1 - heldBack) + 0.01) / Math.max(1, count)));
  if (best - heldBack > chance && training > trainingThen + 0.02) {
    return { kind: "over", text: `Overfitting: new points were told apart better after ${bestEpoch} epochs; since then it learns the training points by heart. `
      + "Try fewer epochs, fewer units, L2 or dropout." };
  }
  if (training - heldBack > chance) {
    return { kind: "over", text: "Overfitting: it does better on the points it learned from than on new ones. Try fewer units, L2 or dropout." };
  }
  if (training < Math.max(0.85, 1.2 / kinds) && heldBack < 0.9) {
    return { kind: "under", text: "Underfitting: it cannot even tell the training points apart. Try more units or layers, less L2, or more epochs." };
  }
  return { kind: "right", text: "A good fit: new points are told apart as well as those it learned from." };
}
