"""The exercises that the page checks, solved otherwise than the book does: each of these has to pass."""

# an exercise, and its solution written in another way
OTHERWISE: list[tuple[str, str]] = [
    (
        "shapes",
        """
let grid = tf.range(1, 7, 1, "int32").reshape([2, 3]);
const toPicture = async (bytes) => {
  const buffer = tf.buffer([1, 28, 28, 1]);
  bytes.forEach((byte, at) => buffer.set(byte / 255, 0, Math.floor(at / 28), at % 28, 0));
  return buffer.toTensor();
};
""",
    ),
    (
        "tidy",
        """
const standardise = (x) => {
  const mean = x.mean(), shifted = x.sub(mean);
  const square = shifted.square(), variance = square.mean(), root = variance.sqrt();
  const result = shifted.div(root);
  for (const one of [mean, shifted, square, variance, root]) one.dispose();
  return result;
};
""",
    ),
    (
        "neuron",
        """
function trainNeuron(features, labels) {
  const [x, y] = [features.dataSync(), labels.dataSync()];
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [middle, height] = [mean(x), mean(y)];
  const together = mean(x.map((one, row) => (one - middle) * (y[row] - height)));
  const slope = together / mean(x.map((one) => (one - middle) ** 2));
  const input = tf.input({ shape: [1] });
  const model = tf.model({ inputs: input, outputs: tf.layers.dense({ units: 1 }).apply(input) });
  model.setWeights([tf.tensor2d([[slope]]), tf.tensor1d([height - slope * middle])]);
  return model;
}
""",
    ),
    (
        "csv",
        """
const kinds = ["birch", "oak", "willow"];
async function readCsv(text) {
  const rows = await tf.data.csv(`data:text/csv,${encodeURIComponent(text)}`).toArray();
  const labels = tf.tensor1d(rows.map((row) => kinds.indexOf(row.kind)), "int32");
  return { features: tf.tensor2d(rows.map((row) => [row.length, row.width])), labels, oneHot: tf.oneHot(labels, 3) };
}
async function trainLeaves(x, y) {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 16, activation: "tanh", inputShape: [2] }));
  model.add(tf.layers.dense({ units: 3 }));
  model.compile({ loss: tf.losses.softmaxCrossEntropy, optimizer: tf.train.adam(0.05) });
  await model.fit(x, y, { epochs: 60 });
  return model;
}
""",
    ),
    (
        "good-enough",
        """
const trainUntil = async (x, y, limit) => {
  const neuron = tf.sequential();
  neuron.add(tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros" }));
  neuron.compile({ loss: "meanSquaredError", optimizer: tf.train.sgd(0.05) });
  for (let epochs = 1; ; epochs += 1) {
    const { history } = await neuron.fit(x, y, { epochs: 1 });
    if (history.loss[0] < limit || epochs === 200) return { epochs, neuron };
  }
};
""",
    ),
    (
        "lilies",
        """
const kinds = ["alba", "candida", "tuberosa"];
function readLilies(text) {
  const [head, ...lines] = text.split("\\n").map((line) => line.split(","));
  const rows = lines.map((cells) => Object.fromEntries(cells.map((cell, at) => [head[at], cell])));
  const oneHot = tf.oneHot(tf.tensor1d(rows.map(({ kind }) => kinds.indexOf(kind)), "int32"), 3);
  return { oneHot, features: tf.tensor2d(rows.map(({ petals, width }) => [+petals, +width])) };
}
async function trainLilies(features, oneHot) {
  const { mean, variance } = tf.moments(features, 0);
  const scaled = (x) => x.sub(mean).div(variance.sqrt());
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [2] })] });
  model.compile({ loss: "categoricalCrossentropy", optimizer: tf.train.adam(0.1) });
  await model.fit(scaled(features), oneHot, { epochs: 60 });
  return { predict: (x) => model.predict(scaled(x)) };
}
""",
    ),
    (
        "head",
        """
async function trainHead(features, labels, classes) {
  const input = tf.input({ shape: features.shape.slice(1) });
  const outputs = tf.layers.dense({ units: classes, activation: "softmax" }).apply(input);
  const head = tf.model({ inputs: input, outputs });
  head.compile({ loss: "categoricalCrossentropy", optimizer: tf.train.momentum(0.05, 0.9), metrics: ["accuracy"] });
  await head.fit(features, tf.oneHot(labels.toInt(), classes), { epochs: 30 });
  return head;
}
""",
    ),
    (
        "leak",
        """
async function train(x, y, steps) {
  let [slope, intercept] = [0, 0];
  const losses = new Float32Array(steps);
  for (let step = 0; step < steps; step += 1) {
    const [loss, down, along] = tf.tidy(() => {
      const error = x.mul(slope).add(intercept).sub(y);
      return [error.square(), error.mul(x), error].map((one) => one.mean().dataSync()[0]);
    });
    losses[step] = loss;
    slope -= 0.1 * down;
    intercept -= 0.1 * along;
  }
  return { slope, intercept, losses };
}
""",
    ),
]
