/**
 * The head: one neuron for each class on top of the backbone's features, or those behind a few hidden neurons. It
 * learns in TensorFlow.js; what it has learnt are plain numbers that any backend, file or language can take up.
 * @module lab/gestures/head
 */

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
 * Rows: what a sample shows. Columns: what the head says.
 * @param {Head} head @param {LabelledVectors} data @param {number} classes
 * @returns {{ confusion: number[][], accuracy: number }} NaN without data
 */
export function evaluate(head, { features, labels, count }, classes) {
  const length = features.length / count;
  const confusion = Array.from({ length: classes }, () => new Array(classes).fill(0));
  for (let i = 0; i < count; i += 1) {
    const shares = predict(head, features.subarray(i * length, (i + 1) * length));
    confusion[labels[i]][shares.indexOf(Math.max(...shares))] += 1;
  }
  const right = confusion.reduce((sum, row, k) => sum + row[k], 0);
  return { confusion, accuracy: right / count };
}

/**
 * Each feature's mean, and what to multiply it by so that it spreads by 1. A feature that never changes says nothing.
 * @param {Float32Array} features @param {number} length of a vector
 */
export function standardisation(features, length) {
  const count = features.length / length;
  const mean = new Float32Array(length), scale = new Float32Array(length);
  for (let j = 0; j < length; j += 1) {
    let sum = 0, squares = 0;
    for (let at = j; at < features.length; at += length) sum += features[at];
    const middle = sum / count;
    for (let at = j; at < features.length; at += length) squares += (features[at] - middle) ** 2;
    const spread = Math.sqrt(squares / count);
    mean[j] = middle;
    scale[j] = spread > 1e-6 ? 1 / spread : 0;
  }
  return { mean, scale };
}

/** The layer that does to a vector what another does to the vector standardised. */
function foldedIn({ mean, scale }, { units, activation, kernel, bias }) {
  const folded = new Float32Array(kernel.length), moved = Float64Array.from(bias);
  for (let i = 0; i < mean.length; i += 1) {
    for (let j = 0; j < units; j += 1) {
      folded[i * units + j] = scale[i] * kernel[i * units + j];
      moved[j] -= mean[i] * folded[i * units + j];
    }
  }
  return { units, activation, kernel: folded, bias: Float32Array.from(moved) };
}

/** Settings of {@link trainHead} that its callers may show. */
export const LEARNING_RATE = 0.01, WEIGHT_DECAY = 2e-3;
// About as many steps however much was collected, so that the time to train hardly grows with the data.
const STEPS = 400, LEAST_EPOCHS = 10, MOST_EPOCHS = 60, LEAST_BATCH = 16, MOST_BATCH = 64;

/** How `count` vectors are gone through. */
export function schedule(count) {
  const batchSize = Math.min(MOST_BATCH, Math.max(LEAST_BATCH, Math.ceil(count / 10)));
  const steps = Math.ceil(count / batchSize);
  return { batchSize, epochs: Math.min(MOST_EPOCHS, Math.max(LEAST_EPOCHS, Math.round(STEPS / steps))) };
}

/**
 * Train a head on feature vectors.
 * @param {any} tf
 * @param {{ train: LabelledVectors, test: LabelledVectors, classes: number, hidden?: number, seed?: number,
 *           onEpoch?: (result: { epoch: number, epochs: number, loss: number, accuracy: number, heldLoss?: number, heldAccuracy?: number }) => void,
 *           stopped?: () => boolean }} options
 * @returns {Promise<Head>}
 */
export async function trainHead(tf, { train, test, classes, hidden = 0, seed = 1, onEpoch, stopped }) {
  const length = train.features.length / train.count;
  const { batchSize, epochs } = schedule(train.count);
  const standard = standardisation(train.features, length);
  const model = buildHead(tf, { length, classes, hidden, seed });
  const optimizer = tf.train.adam(LEARNING_RATE);
  model.compile({ optimizer, loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
  const tensors = [];
  const toTensors = ({ features, labels, count }) => {
    const pair = [tf.tensor2d(standardised(features, standard), [count, length]), tf.tensor1d(Float32Array.from(labels))];
    tensors.push(...pair);
    return pair;
  };
  try {
    const [xs, ys] = toTensors(train);
    await model.fit(xs, ys, {
      epochs, batchSize, shuffle: true,
      validationData: test.count ? toTensors(test) : undefined,
      callbacks: {
        onEpochEnd(epoch, { loss, acc, val_loss: heldLoss, val_acc: heldAccuracy }) {
          onEpoch?.({ epoch: epoch + 1, epochs, loss, accuracy: acc, heldLoss, heldAccuracy });
          if (stopped?.()) model.stopTraining = true;
        },
      },
    });
    const [first, ...rest] = await layersOf(model);
    return [foldedIn(standard, first), ...rest];
  } finally {
    tf.dispose(tensors);
    optimizer.dispose();
    model.dispose();
  }
}

function buildHead(tf, { length, classes, hidden, seed }) {
  const kernelRegularizer = () => tf.regularizers.l2({ l2: WEIGHT_DECAY });
  const model = tf.sequential();
  if (hidden) {
    model.add(tf.layers.dense({ units: hidden, activation: "relu", inputShape: [length],
      kernelInitializer: tf.initializers.glorotUniform({ seed }), kernelRegularizer: kernelRegularizer() }));
  }
  model.add(tf.layers.dense({ units: classes, activation: "softmax", ...(hidden ? {} : { inputShape: [length] }),
    kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 1 }), kernelRegularizer: kernelRegularizer() }));
  return model;
}

function standardised(features, { mean, scale }) {
  const length = mean.length, result = new Float32Array(features.length);
  for (let at = 0; at < features.length; at += 1) result[at] = (features[at] - mean[at % length]) * scale[at % length];
  return result;
}

async function layersOf(model) {
  const layers = [];
  for (const layer of model.layers) {
    const [kernel, bias] = await Promise.all(layer.getWeights().map((weight) => weight.data()));
    layers.push({ units: layer.units, activation: layer.getConfig().activation, kernel: Float32Array.from(kernel),
      bias: Float32Array.from(bias) });
  }
  return layers;
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
