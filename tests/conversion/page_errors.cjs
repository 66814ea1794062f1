// Provokes what the page on conversion says that TensorFlow.js says; prints one JSON object, case → message.
// node page_errors.cjs NODE_MODULES MODEL_FOLDER LOOP_FOLDER
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const [packages, folder, loop] = process.argv.slice(2);
const tf = require(join(packages, "@tensorflow/tfjs"));

function read(place) {
  const description = JSON.parse(readFileSync(join(place, "model.json"), "utf8"));
  const group = description.weightsManifest[0];
  const bytes = Buffer.concat(group.paths.map((file) => readFileSync(join(place, file))));
  return { ...description, weightSpecs: group.weights, weightData: new Uint8Array(bytes).buffer };
}

/** Loads the model after `change` was done to its artifacts. */
function load(change) {
  const artifacts = read(folder);
  change(artifacts);
  return tf.loadLayersModel(tf.io.fromMemory(artifacts));
}

const layers = (artifacts) => artifacts.modelTopology.model_config.config.layers;
const ofClass = (artifacts, name) => layers(artifacts).find((layer) => layer.class_name === name);

const cases = {
  keras3: () =>
    load((artifacts) => {
      const { config } = ofClass(artifacts, "InputLayer");
      config.batch_shape = config.batch_input_shape;
      delete config.batch_input_shape;
    }),
  layer: () => load((artifacts) => { ofClass(artifacts, "Dense").class_name = "MultiHeadAttention"; }),
  activation: () => load((artifacts) => { ofClass(artifacts, "Dense").config.activation = "silu"; }),
  name: () =>
    load((artifacts) => {
      artifacts.weightSpecs = artifacts.weightSpecs.map((spec) => ({ ...spec, name: `old/${spec.name}` }));
    }),
  short: () => load((artifacts) => { artifacts.weightData = artifacts.weightData.slice(0, 100); }),
  dimensions: async () => (await load(() => {})).predict(tf.zeros([28, 28, 1])),
  address: () => tf.loadLayersModel("model/model.json"),
  fused: () => {
    const a = tf.ones([1, 1]);
    return tf.fused.matMul({ a, b: a, activation: "tanh" }).dataSync();
  },
  loop: async () => {
    const model = await tf.loadGraphModel(tf.io.fromMemory(read(loop)));
    return model.predict(tf.zeros([1, 5, 3]));
  },
};

async function main() {
  const said = {};
  for (const [name, provoke] of Object.entries(cases)) {
    try {
      await provoke();
      said[name] = null;
    } catch (error) {
      said[name] = error.message;
    }
  }
  console.log(JSON.stringify(said));
}

main();
