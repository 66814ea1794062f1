/**
 * A converted model out of files that the reader dropped: which of them belong together, and what is wrong with them, in
 * a sentence.
 * @module lab/dropped-model
 */
import { readZip } from "./zip.js";

const FOREIGN = {
  keras: "a Keras file", h5: "a Keras file", hdf5: "a Keras file", pb: "a TensorFlow file", tflite: "a LiteRT file", onnx: "an ONNX file",
};
const BYTES = { float32: 4, int32: 4, bool: 1, complex64: 8, float16: 2, uint8: 1, uint16: 2 };

/** Why files are no model that this page can run, as one sentence. */
export class ModelProblem extends Error {
  /** @param {string} sentence */
  constructor(sentence) {
    super(sentence);
    this.name = "ModelProblem";
  }
}

/** Is there a model among these files, or something that was meant to be one? @param {File[]} files */
export function looksLikeModel(files) {
  return files.some(({ name }) => /\.(json|bin|zip|keras|h5|hdf5|pb|tflite|onnx)$/i.test(name) || /shard\d+of\d+/.test(name));
}

/**
 * @typedef {object} ModelFiles
 * @property {any} json what model.json holds
 * @property {(path: string) => Promise<ArrayBuffer>} read a file of weights
 * @property {string} name
 * @property {number} bytes of all its files
 * @property {string[] | null} labels where a file beside it names the classes
 *
 * @param {File[]} dropped the files, or a zip file of them
 * @returns {Promise<ModelFiles>}
 * @throws {ModelProblem}
 */
export async function modelOf(dropped) {
  const files = (await Promise.all(dropped.map(unpacked))).flat();
  const { file, json } = await modelJson(files);
  const byName = new Map(files.map((one) => [one.name, one]));
  const groups = json.weightsManifest;
  let bytes = file.size;
  for (const { paths, weights } of groups) {
    const parts = paths.map((path) => {
      const part = byName.get(baseName(path));
      if (!part) throw new ModelProblem(`${baseName(path)} is missing, which ${file.name} asks for: drop all files of the model's folder together.`);
      return part;
    });
    const have = parts.reduce((sum, part) => sum + part.size, 0), need = bytesOf(weights);
    if (need !== null && have !== need) {
      throw new ModelProblem(`${parts.length > 1 ? "The files of weights have" : `${parts[0].name} has`} ${have.toLocaleString("en")} bytes, and ${file.name} asks for `
        + `${need.toLocaleString("en")}: ${parts.length > 1 ? "one is" : "it is"} cut short or belongs to another model.`);
    }
    bytes += have;
  }
  return {
    json, bytes, name: file.name,
    labels: await labelsBeside(files, file),
    read: (path) => byName.get(baseName(path)).arrayBuffer(),
  };
}

/**
 * What TensorFlow.js said when it could not load a model, in words that help.
 * @param {any} json
 * @param {Error} error
 * @param {string} name of the file
 */
export function loadProblem(json, error, name) {
  if (isKeras3(json)) {
    return new ModelProblem(`${name} holds a configuration of Keras 3 that TensorFlow.js cannot read: convert the model again with `
      + "“course convert model.keras --to tfjs-layers --out web-model”.");
  }
  const layer = /Unknown layer: (\w+)/.exec(error.message)?.[1];
  if (layer) {
    return new ModelProblem(`TensorFlow.js knows no layer ${layer}: convert the model as a graph instead, with `
      + "“course convert model.keras --to tfjs-graph --out web-model”.");
  }
  return new ModelProblem(`TensorFlow.js could not load ${name} (${firstSentence(error.message)}): convert the model again with “course convert”.`);
}

/** What went wrong while it computed. @param {Error} error */
export function runProblem(error) {
  const op = /Unknown op '?"?(\w+)/i.exec(error.message)?.[1] ?? /Kernel '(\w+)' not registered/.exec(error.message)?.[1];
  if (op) {
    return new ModelProblem(`TensorFlow.js has no operation ${op} here: switch “Runs on” to plain JavaScript, or convert the model without it.`);
  }
  return new ModelProblem(`The model could not run on this input (${firstSentence(error.message)}).`);
}

async function unpacked(file) {
  if (!/\.zip$/i.test(file.name)) return [file];
  try {
    const inside = await readZip(await file.arrayBuffer());
    return [...inside].map(([path, data]) => new File([data], baseName(path)));
  } catch (error) {
    throw new ModelProblem(`${file.name} could not be unpacked (${error.message}): unpack it and drop the files.`);
  }
}

async function modelJson(files) {
  const jsons = files.filter(({ name }) => /\.json$/i.test(name)).sort((a, b) => Number(b.name === "model.json") - Number(a.name === "model.json"));
  const foreign = files.find(({ name }) => extension(name) in FOREIGN);
  if (!jsons.length && foreign) {
    const to = extension(foreign.name) === "onnx" || extension(foreign.name) === "tflite" ? "the Keras model that it was made from" : foreign.name;
    throw new ModelProblem(`${foreign.name} is ${FOREIGN[extension(foreign.name)]}, which a browser cannot run: convert ${to} first, with “course convert `
      + `${to === foreign.name ? to : "model.keras"} --to tfjs-layers --out web-model”, and drop what is in web-model.`);
  }
  if (!jsons.length) throw new ModelProblem("model.json is missing: drop it together with its .bin files.");
  let problem = null;
  for (const file of jsons) {
    let json;
    try {
      json = JSON.parse(await file.text());
    } catch {
      problem ??= new ModelProblem(`${file.name} is not JSON: was it cut short, or saved from a page that said “not found”?`);
      continue;
    }
    if (json?.modelTopology && Array.isArray(json.weightsManifest)) return { file, json };
    problem ??= new ModelProblem(json?.modelTopology ? `${file.name} names no files of weights (weightsManifest): save the model with its weights.`
      : `${file.name} is JSON, but no model of TensorFlow.js (it has no modelTopology): drop the model.json that a converter wrote.`);
  }
  throw problem;
}

/** A list of names in metadata.json (as Teachable Machine writes it), classes.json, labels.json or labels.txt. */
async function labelsBeside(files, modelFile) {
  for (const file of files) {
    if (file === modelFile || !/^(metadata\.json|(classes|labels)\.(json|txt))$/i.test(file.name)) continue;
    const text = await file.text();
    if (/\.txt$/i.test(file.name)) return labelsOf(text);
    try {
      const json = JSON.parse(text);
      const list = Array.isArray(json) ? json : json.labels ?? json.classes ?? json.wordLabels;
      if (Array.isArray(list)) return list.map(String);
    } catch {
      // A file beside the model that cannot be read costs its names only.
    }
  }
  return null;
}

/** Names out of text: one a line, else between commas. @param {string} text */
export function labelsOf(text) {
  const list = text.includes("\n") ? text.split("\n") : text.split(",");
  return list.map((label) => label.trim()).filter(Boolean);
}

/** How weights are stored, in words. @param {any} json */
export function storedAs(json) {
  const kinds = new Set(json.weightsManifest.flatMap(({ weights }) => weights).map(({ dtype, quantization }) => quantization?.dtype ?? dtype));
  return [...kinds].join(", ") || "none";
}

function bytesOf(weights) {
  let sum = 0;
  for (const { shape, dtype, quantization } of weights) {
    const size = BYTES[quantization?.dtype ?? dtype];
    if (!size) return null;
    sum += size * shape.reduce((a, b) => a * b, 1);
  }
  return sum;
}

function isKeras3(json) {
  const layers = (json.modelTopology.model_config ?? json.modelTopology)?.config?.layers ?? [];
  return layers.some(({ config, inbound_nodes: nodes }) => config?.batch_shape || config?.dtype?.class_name === "DTypePolicy"
    || (Array.isArray(nodes) && nodes.some((node) => node && !Array.isArray(node) && node.args)));
}

const extension = (name) => name.split(".").pop().toLowerCase();
const baseName = (path) => path.split("/").pop();

function firstSentence(text) {
  const first = text.split(/\.\s|\n/)[0].trim();
  return first.length > 160 ? `${first.slice(0, 157)}…` : first;
}
