/**
 * Which tensors live, where they were made, and which of them no variable of the cells leads to.
 *
 * `tf.memory()` only counts. Here every tensor is noted when the engine begins and ends to track it. A tensor has
 * leaked when it lives after a run and cannot be reached from the cells' variables through arrays, objects, maps,
 * models and optimizers: then no code can dispose of it any more. What only a function's own variables hold counts
 * as leaked too. The tensor that a `tf.variable(…)` was made of counts as the variable's own: everybody writes
 * `tf.variable(tf.scalar(0))`, and TensorFlow.js does not free the scalar.
 * @module lab/live/tensors
 */
import { isTensor } from "./inspect.js";

const MOST_TRACED = 300;
const MOST_VISITED = 200000;

/**
 * @typedef {object} Leak
 * @property {number} count tensors that were made in the run and cannot be reached
 * @property {number} bytes
 * @property {string[]} stacks where the first of them were made
 * @property {string} shape of the first
 */

/**
 * Begin to note the tensors of an engine; those that live already belong to nobody.
 * @param {any} tf
 */
export function trackTensors(tf) {
  const engine = tf.engine();
  /** @type {Map<number, { bytes: number, shape: number[], made: Error | null, told: boolean, owner?: WeakRef<any>,
   *   first?: any }>} `first` is the tensor that the variable `owner` was made of */
  const live = new Map();
  let traced = 0;
  const { trackTensor, disposeTensor, makeVariable } = engine;
  engine.trackTensor = function track(tensor, backend) {
    const made = traced < MOST_TRACED ? new Error("made") : null;
    traced += 1;
    live.set(tensor.id, { bytes: bytesOf(tensor), shape: tensor.shape, made, told: false });
    return trackTensor.call(this, tensor, backend);
  };
  engine.disposeTensor = function dispose(tensor) {
    live.delete(tensor.id);
    return disposeTensor.call(this, tensor);
  };

  engine.makeVariable = function make(initial, ...rest) {
    const variable = makeVariable.call(this, initial, ...rest);
    const note = live.get(initial.id);
    if (note) Object.assign(note, { owner: new WeakRef(variable), first: initial });
    return variable;
  };

  /** Tensors that variables were made of. */
  const firstValues = (variables, keep) => [...live.values()].filter((note) => variables.has(note.owner?.deref()))
    .map((note) => note.first).filter((tensor) => !keep.has(tensor));

  return {
    memory() {
      const { numTensors, numBytes } = tf.memory();
      return { tensors: numTensors, bytes: numBytes };
    },

    /** A run begins: the next tensors are traced to their lines. */
    begin() {
      traced = 0;
    },

    /**
     * Dispose of what can be reached from some values and not from others: the values of variables that a cell has
     * declared anew, and a last value that was shown and that no variable holds.
     * @returns {number} how many
     */
    free(values, kept) {
      const keep = reachable(kept);
      const gone = new Set([...reachable(values)].filter((tensor) => !keep.has(tensor) && live.has(tensor.id)));
      const all = new Set([...gone, ...firstValues(gone, keep)]);
      for (const tensor of all) if (!tensor.isDisposed) tensor.dispose();
      return all.size;
    },

    /**
     * The tensors that leaked since the last question, told once.
     * @param {unknown[]} roots the values of all variables of the cells
     * @returns {Leak | null}
     */
    leaked(roots) {
      const within = reachable(roots);
      const held = new Set([...within].map((tensor) => tensor.id));
      const lost = [...live].filter(([id, note]) => !note.told && !held.has(id) && !within.has(note.owner?.deref()))
        .map(([, note]) => note);
      for (const note of lost) note.told = true;
      if (!lost.length) return null;
      return {
        count: lost.length,
        bytes: lost.reduce((sum, note) => sum + note.bytes, 0),
        stacks: lost.filter((note) => note.made).map((note) => note.made.stack ?? ""),
        shape: `[${lost[0].shape.join(", ")}]`,
      };
    },
  };
}

function bytesOf({ size, dtype }) {
  return size * ({ bool: 1, complex64: 8, string: 0 }[dtype] ?? 4);
}

/** All tensors that some values lead to. @param {unknown[]} roots @returns {Set<any>} */
function reachable(roots) {
  const found = new Set();
  const seen = new Set();
  const waiting = [...roots];
  while (waiting.length && seen.size < MOST_VISITED) {
    const value = waiting.pop();
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue;
    seen.add(value);
    if (isTensor(value)) found.add(value);
    else if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) waiting.push(...parts(value));
  }
  return found;
}

function parts(value) {
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Set) return [...value];
  const found = [];
  for (const key of Reflect.ownKeys(value)) {
    const own = Object.getOwnPropertyDescriptor(value, key);
    if (own && "value" in own) found.push(own.value);
  }
  return found;
}
