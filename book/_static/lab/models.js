/**
 * Models that ship with the course, loaded from `models/NAME/`.
 * @module lab/models
 */
import { fetchFile, fetchJson } from "./files.js";

/**
 * @typedef {object} LoadedModel
 * @property {any} net a `tf.LayersModel` or a `tf.GraphModel`
 * @property {() => Promise<void>} restore write its weights again, after the backend that held them was lost
 */

/**
 * Load `models/NAME/model.json` and its weights, whichever of TensorFlow.js' two kinds it is.
 * @param {any} tf
 * @param {any} model where files lie: see lab/files
 * @param {string} name
 * @returns {Promise<LoadedModel>}
 */
export async function loadShippedModel(tf, model, name) {
  return loadFrom(tf, await fetchJson(model, `models/${name}/model.json`),
    (path) => fetchFile(model, `models/${name}/${path}`));
}

/**
 * The same from files that are at hand already.
 * @param {any} tf
 * @param {any} json what model.json holds
 * @param {(path: string) => Promise<ArrayBuffer>} read the bytes of a file of weights
 * @returns {Promise<LoadedModel>}
 */
export async function loadFrom(tf, json, read) {
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const parts = await Promise.all(manifest.flatMap(({ paths }) => paths).map(read));
    return [manifest.flatMap(({ weights }) => weights), tf.io.concatenateArrayBuffers(parts)];
  });
  const handler = { load: async () => artifacts };
  if (json.format === "graph-model") {
    const net = await tf.loadGraphModel(handler);
    return {
      net,
      async restore() {
        net.dispose();
        await net.load();
      },
    };
  }
  const net = await tf.loadLayersModel(handler);
  return {
    net,
    async restore() {
      const weights = tf.io.decodeWeights(artifacts.weightData, artifacts.weightSpecs);
      net.loadWeights(weights);
      tf.dispose(weights);
    },
  };
}

/**
 * Free a model with all its weights. TensorFlow.js counts who uses a layer and keeps one that is used twice in one
 * model, as where a picture and its mirror image are looked at.
 * @param {any} net
 */
export function freeModel(net) {
  const weights = Array.isArray(net.weights) ? [...net.weights] : [];
  net.dispose();
  for (const weight of weights) if (!weight.val.isDisposed) weight.dispose();
}

/**
 * One prediction on zeros, thrown away: the first one of a model is slow, because the backend then compiles what it needs.
 * @param {any} tf
 * @param {any} net
 */
export async function warmUp(tf, net) {
  const answers = tf.tidy(() => {
    const inputs = net.inputs.map(({ shape, dtype }) => tf.zeros(shape.map((size) => (size > 0 ? size : 1)), dtype));
    return net.predict(inputs.length === 1 ? inputs[0] : inputs);
  });
  await Promise.all([answers].flat().map((answer) => answer.data()));
  tf.dispose(answers);
}
