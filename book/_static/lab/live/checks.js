/**
 * The checks of an exercise, run in the worker of the live cells after the reader's code.
 *
 * For authors. The section `--- checks` of a `{live-exercise}` is JavaScript that names its checks:
 *
 *     check("double(3) is 6", async () => close(await call("double", [3]), 6));
 *     check("it leaks nothing", async () => leaksNothing(() => call("double", [3]), 50));
 *
 * A check passes when its function ends, and is "not yet" when a helper in it says why, or when anything is thrown.
 * Write each name as one string between double quotes: the page lists the names before anything is run. A third
 * argument `{ seconds: 30 }` gives a check more than its 10 seconds. Checks run in order, each in a tidy scope of
 * its own: what it makes is freed. Test what the code does, on numbers that the reader has not seen:
 *
 * - `get(name)`: the value of a variable of the reader.
 * - `await call(name, args)`: what a function of the reader returns, awaited.
 * - `await close(value, expected, tolerance = 1e-4, what)`: numbers, (nested) lists or tensors agree; the shape too.
 * - `shape(tensor, [2, 3], what)` and `dtype(tensor, "int32", what)`: it is a tensor of that shape, of that type.
 * - `await leaks(() => …, n = 20)`: tensors that a call leaves behind, on average; what it returns is freed, and
 *   is no leak. `await leaksNothing(() => …, n, what)` says so where there are some.
 * - `await accuracy(model, { features, labels })`: the share of rows that a model (tf.LayersModel) gets right; labels
 *   are class numbers, features a nested list or a tensor. A model with one output says 1 above one half.
 * - `layers(model)`: a list of `{ kind, units, activation, parameters, outputShape }`, without an input layer.
 * - `await values(tensor)`: its numbers, flat.
 * - `expect(condition, sentence)`: the sentence stands in the page unless the condition holds.
 * - `random(low, high)`, `normal(mean, deviation)`, `whole(below)`, `shuffled(list)`: fresh numbers at each run.
 * - `tf`: TensorFlow.js as it was before the reader's code.
 *
 * A last argument `what` names the thing in the sentence: "The loss", "What scale returned".
 *
 * All that the checks lean on is taken before the reader's code runs, and what it may have replaced meanwhile
 * (`Math.abs`, `tf.Tensor.prototype.dataSync`, …) is put back before the first check.
 * @module lab/live/checks
 */

import { seededNormal, seededUniform } from "../random.js";

/**
 * @typedef {object} Verdict
 * @property {string} name
 * @property {"running" | "pass" | "not yet"} state
 * @property {string} [why] a sentence, where the state is "not yet"
 * @property {number} [seconds] that it may take, where the state is "running"
 */

/** What a helper throws: its message is a sentence for the reader. */
class NotYet extends Error {}

const DEFAULT_SECONDS = 10;
const HELPERS = [
  "accuracy", "call", "check", "close", "dtype", "expect", "get", "layers", "leaks", "leaksNothing", "normal", "random",
  "shape", "shuffled", "tf", "values", "whole",
];
const { defineProperty, getOwnPropertyDescriptors } = Object;
const { ownKeys } = Reflect;
const { setTimeout: later, clearTimeout: never, Promise: Later } = globalThis;
const { createObjectURL, revokeObjectURL } = URL;
const makeFile = (text) => new Blob([text], { type: "text/javascript" });

/**
 * Take what checks need, before any code of the reader runs.
 * @param {any} tf
 */
export function prepareChecks(tf) {
  const restore = remember([
    globalThis.Math, globalThis.JSON, Number, Object, Array, Promise, performance,
    Number.prototype, Array.prototype, Promise.prototype, Function.prototype, Map.prototype, String.prototype,
    tf.Tensor.prototype, tf.Variable.prototype, tf.LayersModel.prototype, tf.Sequential.prototype, tf.layers,
  ]);

  /**
   * Run the checks.
   * @param {string} code the section `--- checks`
   * @param {object} options
   * @param {(name: string) => any} options.look the value of a variable of the reader, undefined where there is none
   * @param {(verdict: Verdict) => void} options.tell
   * @param {(error: unknown) => string} [options.explain] an error of the reader's code as a sentence
   * @returns {Promise<Verdict[]>}
   */
  return async function runChecks(code, { look, tell, explain = said }) {
    restore();
    /** @type {Array<{ name: string, run: () => unknown, seconds: number }>} */
    const checks = [];
    const check = (name, run, { seconds = DEFAULT_SECONDS } = {}) => { checks.push({ name, run, seconds }); };
    const helpers = { check, tf, ...valueHelpers(tf), ...readerHelpers(look, explain), ...dataHelpers() };
    Object.assign(helpers, modelHelpers(tf, helpers));
    await (await load(code))(helpers);
    const verdicts = [];
    for (const one of checks) {
      tell({ name: one.name, state: "running", seconds: one.seconds });
      const verdict = await judge(tf, one, explain);
      verdicts.push(verdict);
      tell(verdict);
    }
    return verdicts;
  };
}

/** The checks as a function of the helpers. A module, because the page's policy allows no code made of text. */
async function load(code) {
  const address = createObjectURL(makeFile(`export default async ({ ${HELPERS.join(", ")} }) => {\n${code}\n};\n`));
  try {
    return (await import(address)).default;
  } finally {
    revokeObjectURL(address);
  }
}

/** Run one check: in a scope whose tensors are freed, and not longer than it may take. */
async function judge(tf, { name, run, seconds }, explain) {
  let timer = 0;
  tf.engine().startScope(name);
  try {
    const limit = new Later((_resolve, reject) => {
      const why = `This took longer than ${seconds} s. Is there a loop that does not end, or a promise that nothing keeps?`;
      timer = later(() => reject(new NotYet(why)), 1000 * seconds);
    });
    await Later.race([run(), limit]);
    return { name, state: "pass" };
  } catch (error) {
    return { name, state: "not yet", why: error instanceof NotYet ? error.message : `The check stopped: ${explain(error)}` };
  } finally {
    never(timer);
    tf.engine().endScope();
  }
}

/**
 * Remember the properties of some objects, and return how to put them back.
 * @param {object[]} objects
 */
function remember(objects) {
  const kept = objects.map((object) => ({ object, properties: getOwnPropertyDescriptors(object) }));
  return () => {
    for (const { object, properties } of kept) {
      for (const key of ownKeys(properties)) {
        const property = properties[/** @type {any} */ (key)];
        if (property.configurable) defineProperty(object, key, property);
      }
    }
  };
}

/** @param {unknown} error */
function said(error) {
  const text = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A number without the digits that nobody reads. */
function text(value) {
  if (typeof value !== "number") return JSON.stringify(value) ?? String(value);
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}

const sizes = (shape) => `[${shape.join(", ")}]`;

/** What a value is, in words, where a tensor was expected. */
function kindOf(value) {
  if (value === undefined) return "undefined; does the function return it?";
  if (value === null) return "null";
  if (value instanceof Later || typeof value.then === "function") return "a promise; await it";
  if (ArrayBuffer.isView(value)) return `a list of numbers (${value.constructor.name}), not a tensor`;
  if (Array.isArray(value)) return "a list, not a tensor";
  return `a ${typeof value}, not a tensor`;
}

/** Helpers that judge values. */
function valueHelpers(tf) {
  const expect = (condition, sentence) => {
    if (!condition) throw new NotYet(sentence);
  };

  const alive = (tensor, what) => {
    expect(tensor instanceof tf.Tensor, `${what} is ${kindOf(tensor)}.`);
    expect(!tensor.isDisposed, `${what} was disposed before it could be read.`);
    return tensor;
  };

  const shape = (tensor, expected, what = "The tensor") => {
    const found = alive(tensor, what).shape;
    expect(found.length === expected.length && found.every((size, axis) => size === expected[axis]),
      `${what} has the shape ${sizes(found)}, expected ${sizes(expected)}.`);
  };

  const dtype = (tensor, expected, what = "The tensor") => {
    const found = alive(tensor, what).dtype;
    expect(found === expected, `${what} has the type ${found}, expected ${expected}.`);
  };

  /** A number, nested list or tensor as a shape and flat numbers. */
  const flat = async (value, what) => {
    if (typeof value === "number" || typeof value === "boolean") return { shape: [], numbers: [Number(value)] };
    if (ArrayBuffer.isView(value)) return { shape: [value.length], numbers: [...value] };
    if (Array.isArray(value)) {
      const found = [];
      for (let level = value; Array.isArray(level); [level] = level) found.push(level.length);
      return { shape: found, numbers: value.flat(Infinity).map(Number) };
    }
    return { shape: alive(value, what).shape, numbers: [...(await value.data())] };
  };

  const values = async (value) => (await flat(value, "The tensor")).numbers;

  const close = async (value, expected, tolerance = 1e-4, what = "The value") => {
    const mine = await flat(value, what);
    const theirs = await flat(expected, "What is expected");
    expect(mine.shape.join() === theirs.shape.join(),
      `${what} has the shape ${sizes(mine.shape)}, expected ${sizes(theirs.shape)}.`);
    const wrong = mine.numbers.findIndex((number, index) => !(Math.abs(number - theirs.numbers[index]) <= tolerance));
    if (wrong < 0) return;
    const [got, wanted] = [mine.numbers[wrong], theirs.numbers[wrong]].map(text);
    const place = mine.numbers.length > 1 ? ` at place ${wrong + 1} of ${mine.numbers.length}` : "";
    throw new NotYet(`${what} is ${got}${place}, expected ${wanted}${tolerance > 1e-3 ? ` give or take ${text(tolerance)}` : ""}.`);
  };

  const leaks = async (run, count = 20) => {
    const freed = async () => tf.dispose(await run());
    // what the first call makes once and for all is no leak
    await freed();
    const before = tf.memory().numTensors;
    for (let turn = 0; turn < count; turn += 1) await freed();
    return (tf.memory().numTensors - before) / count;
  };

  const leaksNothing = async (run, count = 20, what = "A call") => {
    const left = await leaks(run, count);
    const tensors = (number) => `${text(number)} ${number === 1 ? "tensor" : "tensors"}`;
    expect(left <= 0, `${what} leaves ${tensors(left)} behind, on average of ${count} calls.`);
    expect(left >= 0, `${what} frees ${tensors(-left)} that it did not make, on average of ${count} calls.`);
  };

  return { expect, shape, dtype, values, close, leaks, leaksNothing };
}

/** Helpers that reach what the reader has declared. */
function readerHelpers(look, explain) {
  const get = (name) => {
    const value = look(name);
    if (value === undefined) throw new NotYet(`There is no ${name} yet. Declare it at the top level, under this very name.`);
    return value;
  };

  const call = async (name, args = []) => {
    const run = get(name);
    if (typeof run !== "function") throw new NotYet(`${name} is no function yet. Write function ${name}(…) { … }.`);
    try {
      return await run(...args);
    } catch (error) {
      throw new NotYet(`${name}(…) stopped with an error: ${explain(error)}`);
    }
  };

  return { get, call };
}

/** Helpers that judge models. */
function modelHelpers(tf, { expect }) {
  const model = (value, what = "The model") => {
    expect(value instanceof tf.LayersModel, `${what} is ${value === undefined ? "undefined" : "no model of tf.sequential or tf.model"}.`);
    return value;
  };

  const layers = (value) => model(value).layers
    .filter((layer) => layer.getClassName() !== "InputLayer")
    .map((layer) => {
      const { units, activation } = layer.getConfig();
      return {
        kind: layer.getClassName(), units, activation, parameters: layer.countParams(), outputShape: layer.outputShape,
      };
    });

  const accuracy = async (value, { features, labels }) => {
    const inputs = features instanceof tf.Tensor ? features : tf.tensor(features);
    const outputs = model(value).predict(inputs);
    const classes = outputs.shape.at(-1);
    const guesses = classes > 1 ? outputs.argMax(-1) : outputs.greater(0.5);
    const found = await guesses.data();
    expect(found.length === labels.length, `The model gives ${found.length} answers to ${labels.length} rows.`);
    return labels.filter((label, row) => found[row] === label).length / labels.length;
  };

  return { layers, accuracy };
}

/** Fresh numbers: another seed at each run. */
function dataHelpers() {
  const [seed] = crypto.getRandomValues(new Uint32Array(1));
  const next = seededUniform(seed);
  const standard = seededNormal(seed + 1);
  const random = (low = 0, high = 1) => low + (high - low) * next();
  const whole = (below) => Math.floor(next() * below);
  const normal = (mean = 0, deviation = 1) => mean + deviation * standard();
  const shuffled = (list) => {
    const mixed = [...list];
    for (let last = mixed.length - 1; last > 0; last -= 1) {
      const other = whole(last + 1);
      [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
    }
    return mixed;
  };
  return { random, whole, normal, shuffled };
}
