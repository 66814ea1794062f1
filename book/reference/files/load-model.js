// Loads a converted model from a folder, for programs in Node.js, where TensorFlow.js knows only web addresses.
const { readFile } = require("node:fs/promises");
const { join } = require("node:path");
const tf = require("@tensorflow/tfjs");

/** @param {string} folder the one that holds model.json @returns {Promise<tf.LayersModel | tf.GraphModel>} */
async function loadModel(folder) {
  const description = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
  const files = description.weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(files.map((file) => readFile(join(folder, file))));
  const artifacts = tf.io.fromMemory({
    ...description,
    weightSpecs: description.weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
  });
  const isGraph = description.format === "graph-model";
  return isGraph ? tf.loadGraphModel(artifacts) : tf.loadLayersModel(artifacts);
}

module.exports = { loadModel, tf };
