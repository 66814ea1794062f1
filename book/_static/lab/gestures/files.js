/**
 * Two files that leave the trainer and come back to it, both zip files that other programs open as well:
 * the project (classes, feature vectors, head) and the model (backbone and head in one, for TensorFlow.js).
 * @module lab/gestures/files
 */
import { crc32, readZip, writeZip } from "../zip.js";
import { headLayers } from "./head.js";
import { LEAST_CLASSES, LONGEST_NAME, MOST_CLASSES, MOST_SAMPLES, sameName } from "./samples.js";

const VERSION = 1;
const PROJECT = "gestures-project", MODEL = "gestures-model";
const MEMBERS = { [PROJECT]: "project.json", [MODEL]: "gestures.json" };

/** Why a file is not taken: one sentence. */
export class FileProblem extends Error {}

/**
 * A number that changes with any weight of the backbone: features of one backbone mean nothing to another. Read it
 * before the backbone has computed, while its weights are still where they were loaded.
 * @param {any} backbone @returns {string} eight hexadecimal digits
 */
export function fingerprint(backbone) {
  const crc = backbone.getWeights().reduce((sum, weight) => {
    const values = weight.dataSync();
    return crc32(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), sum);
  }, 0);
  return crc.toString(16).padStart(8, "0");
}

/**
 * @typedef {object} Backbone
 * @property {string} name
 * @property {string} hash see {@link fingerprint}
 * @property {number} length of its vectors
 */

/**
 * @typedef {object} Project
 * @property {string[]} names
 * @property {import("./samples.js").Sample[]} samples
 * @property {import("./head.js").Head | null} head
 */

/**
 * The project as a zip file: project.json; features.bin, labels.bin and bursts.bin, whose rows are the samples, each
 * followed by its changed copies; head.bin.
 * @param {Project & { backbone: Backbone }} project
 * @returns {Uint8Array}
 */
export function packProject({ names, samples, head, backbone }) {
  const rows = samples.reduce((sum, sample) => sum + 1 + sample.augmented.length, 0);
  const features = new Float32Array(rows * backbone.length);
  const labels = new Uint8Array(rows), bursts = new Uint32Array(rows), copies = new Uint8Array(rows);
  let row = 0;
  for (const sample of samples) {
    [sample.features, ...sample.augmented].forEach((vector, i) => {
      features.set(vector, row * backbone.length);
      labels[row] = sample.label;
      bursts[row] = sample.burst;
      copies[row] = i ? 1 : 0;
      row += 1;
    });
  }
  const about = { kind: PROJECT, version: VERSION, classes: names, backbone, rows,
    files: { "features.bin": `float32, ${rows} × ${backbone.length}`, "labels.bin": "uint8, the class of each row",
      "bursts.bin": "uint32, which press of a button each row came from", "copies.bin": "uint8, 1 for a changed copy" },
    head: describeHead(head) };
  return writeZip({ "project.json": JSON.stringify(about, null, 1), "features.bin": features.buffer, "labels.bin": labels,
    "bursts.bin": bursts.buffer, "copies.bin": copies, ...(head ? { "head.bin": packHead(head) } : {}) });
}

/**
 * The model as a zip file: model.json and its weights, as `tf.loadLayersModel` wants them once unpacked, and
 * gestures.json, by which the trainer takes it back. The backbone's weights stay as small as they were shipped.
 * @param {any} tf
 * @param {{ backbone: any, about: Backbone & { range: [number, number] }, head: import("./head.js").Head, names: string[],
 *           shipped: { manifest: Array<{ paths: string[], weights: object[] }>, files: Record<string, ArrayBuffer> } }} parts
 * @returns {Promise<Uint8Array>}
 */
export async function packModel(tf, { backbone, about, head, names, shipped }) {
  const { topology, specs, data } = await joined(tf, backbone, head);
  const model = { format: "layers-model", generatedBy: "Gesture trainer", convertedBy: null, modelTopology: topology,
    weightsManifest: [...shipped.manifest, { paths: ["head.bin"], weights: specs }] };
  const { range, ...identity } = about;
  const card = { kind: MODEL, version: VERSION, classes: names, backbone: identity, head: describeHead(head),
    input: { shape: backbone.inputs[0].shape.slice(1), range, colours: "RGB" },
    output: "one share for each class, in this order" };
  return writeZip({ "model.json": JSON.stringify(model), "gestures.json": JSON.stringify(card, null, 1), ...shipped.files,
    "head.bin": data });
}

/** Backbone and head as one model: its layers, and the weights of those that the backbone has not. */
async function joined(tf, backbone, head) {
  const { layers, setWeights } = headLayers(tf, head);
  const model = tf.model({ inputs: backbone.inputs,
    outputs: layers.reduce((output, layer) => layer.apply(output), backbone.outputs[0]) });
  try {
    setWeights();
    const specs = layers.flatMap((layer) => layer.weights.map(({ originalName, shape }) =>
      ({ name: originalName, shape, dtype: "float32" })));
    return { topology: model.toJSON(null, false), specs, data: packHead(head) };
  } finally {
    // The model as a whole is left alone: to dispose of it would take the backbone's weights along.
    for (const layer of layers) layer.dispose();
  }
}

/**
 * What a file holds, if it belongs here.
 * @param {ArrayBuffer} buffer
 * @param {Backbone} backbone the one in use
 * @returns {Promise<Project & { kind: "project" | "model" }>} a model has no samples
 * @throws {FileProblem}
 */
export async function unpack(buffer, backbone) {
  const files = await opened(buffer);
  const kind = [PROJECT, MODEL].find((name) => files.has(MEMBERS[name]));
  if (!kind) throw new FileProblem("This zip file is neither a project nor a model of the gesture trainer.");
  const about = readAbout(files.get(MEMBERS[kind]), kind);
  checkBackbone(about.backbone, backbone);
  const names = about.classes;
  const head = about.head ? readHead(about.head, files.get("head.bin"), backbone.length, names.length) : null;
  if (kind === MODEL) {
    if (!head) throw new FileProblem("This model has no head: export it again.");
    return { kind: "model", names, samples: [], head };
  }
  return { kind: "project", names, samples: readSamples(about, files, backbone.length), head };
}

async function opened(buffer) {
  try {
    return await readZip(buffer);
  } catch (error) {
    throw new FileProblem(`This file cannot be read: ${error.message}.`);
  }
}

function readAbout(bytes, kind) {
  let about;
  try {
    about = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new FileProblem(`${MEMBERS[kind]} in this file is damaged: save the ${kind.split("-")[1]} again.`);
  }
  if (about?.version > VERSION) throw new FileProblem("This file is from a newer version of this page: reload the page, then load it again.");
  const names = about?.classes;
  const good = about?.kind === kind && about.version >= 1 && Array.isArray(names)
    && names.length >= LEAST_CLASSES && names.length <= MOST_CLASSES && names.every(isFreshName);
  if (!good) throw new FileProblem(`${MEMBERS[kind]} in this file does not describe ${LEAST_CLASSES} to ${MOST_CLASSES} classes, each with a name of its own.`);
  return about;
}

/** What the page lets a reader call a class, too. */
function isFreshName(name, at, names) {
  return typeof name === "string" && name.trim() !== "" && name.length <= LONGEST_NAME
    && names.findIndex((other) => typeof other === "string" && sameName(other, name)) === at;
}

function checkBackbone(theirs, ours) {
  if (theirs?.hash === ours.hash && theirs.length === ours.length) return;
  throw new FileProblem(`This file was made with another backbone (${theirs?.name ?? "unknown"} ${theirs?.hash ?? ""}, `
    + `here ${ours.name} ${ours.hash}), whose features mean something else: collect the samples again.`);
}

function readSamples(about, files, length) {
  const rows = about.rows;
  const damaged = () => { throw new FileProblem("The samples in this file are damaged: their numbers do not fit together."); };
  if (!Number.isInteger(rows) || rows < 0 || rows > 3 * MOST_SAMPLES) damaged();
  const read = (name, Type, count) => {
    const bytes = files.get(name);
    if (!bytes || bytes.length !== count * Type.BYTES_PER_ELEMENT) damaged();
    return new Type(bytes.buffer, bytes.byteOffset, count);
  };
  const features = read("features.bin", Float32Array, rows * length);
  const labels = read("labels.bin", Uint8Array, rows), copies = read("copies.bin", Uint8Array, rows);
  const bursts = read("bursts.bin", Uint32Array, rows);
  const samples = [];
  for (let row = 0; row < rows; row += 1) {
    const vector = features.slice(row * length, (row + 1) * length);
    if (labels[row] >= about.classes.length || !vector.every(Number.isFinite)) damaged();
    if (!copies[row]) samples.push({ label: labels[row], burst: bursts[row], features: vector, augmented: [] });
    else if (samples.length) samples[samples.length - 1].augmented.push(vector);
    else damaged();
  }
  return samples;
}

function describeHead(head) {
  return head && head.map(({ units, activation, kernel }) => ({ inputs: kernel.length / units, units, activation }));
}

/** Kernel and bias of each layer in turn, as 32-bit floats. */
function packHead(head) {
  const parts = head.flatMap(({ kernel, bias }) => [kernel, bias]);
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.buffer;
}

function readHead(layers, bytes, length, classes) {
  const damaged = () => { throw new FileProblem("The head in this file is damaged: its numbers do not fit together."); };
  if (!Array.isArray(layers) || !layers.length || !bytes || bytes.length % 4) damaged();
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let inputs = length, at = 0;
  const head = layers.map((layer, i) => {
    const { units, activation, inputs: said } = layer ?? {};
    const last = i === layers.length - 1;
    if (said !== inputs || !(units > 0) || activation !== (last ? "softmax" : "relu")) damaged();
    const kernel = values.slice(at, at + inputs * units), bias = values.slice(at + kernel.length, at + kernel.length + units);
    at += kernel.length + units;
    inputs = units;
    return { units, activation, kernel, bias };
  });
  if (inputs !== classes || at !== values.length || !values.every(Number.isFinite)) damaged();
  return head;
}
