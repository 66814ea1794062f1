// What one job is, for the TensorFlow.js of Node and of a page alike: load a model, predict, return plain data.
//
// A job: {format: "tfjs-layers" | "tfjs-graph", backend: "cpu" | "wasm" | "webgl", inputs: [{name, dtype, shape}]}.
// Nothing here knows of files or of the network: the caller brings TensorFlow.js, something that loads the model
// (a path or an IOHandler) and the inputs' values.

// Rows at once. After each batch the caller hears that the job gets on: plain JavaScript needs a minute for one large
// picture in a large network.
const ROWS = 8;
const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/**
 * Run one job and leave no tensor behind.
 *
 * @param tf TensorFlow.js, with loadLayersModel and loadGraphModel.
 * @param job as above.
 * @param source what tf.load…Model takes.
 * @param {ArrayBuffer[]} values the inputs' bytes, in the order of job.inputs.
 * @param {function(): void} progressed called after each batch of rows.
 * @returns outputs ([{name, dtype, shape, data}]), how long loading and predicting took (milliseconds), whether the
 *   model needs executeAsync, tensors that predicting left behind, tensors that stayed after all was disposed of.
 */
export async function runJob(tf, job, source, values, progressed = () => {}) {
  if (!(await tf.setBackend(job.backend)) || tf.getBackend() !== job.backend) {
    throw new Error(`The backend ${job.backend} does not start here.`);
  }
  await tf.ready();
  const before = tf.memory().numTensors;
  const started = performance.now();
  const model = await (job.format === "tfjs-layers" ? tf.loadLayersModel(source) : tf.loadGraphModel(source));
  const loaded = performance.now();
  let result;
  try {
    const runner = job.format === "tfjs-layers" ? layersRunner(tf, model) : graphRunner(model);
    result = await inBatches(tf, job, values, runner, progressed);
    result.asynchronous = runner.asynchronous;
  } finally {
    model.dispose();
  }
  // What layers models call variables lives in the engine's own list, beside the model.
  tf.disposeVariables();
  const kept = tf.memory().numTensors - before;
  return { ...result, loading: loaded - started, backend: tf.getBackend(), kept };
}

function layersRunner(tf, model) {
  return {
    asynchronous: false,
    // Layers models take their inputs by order, whatever their names; a sequential one knows no names before it runs.
    byOrder: true,
    names: model.inputs.map((input) => input.name),
    outputs: model.outputs.map((output, index) => model.outputNames?.[index] ?? output.name),
    shapes: model.inputs.map((input) => input.shape),
    predict: async (tensors) => {
      const rows = tensors[0].shape[0];
      return model.predict(tensors.length === 1 ? tensors[0] : tensors, { batchSize: rows });
    },
  };
}

function graphRunner(model) {
  const runner = {
    asynchronous: false,
    names: model.inputNodes,
    outputs: model.outputNodes,
    // What a signature does not say is undefined there.
    shapes: model.inputs.map((input) => input.shape),
    predict: async (tensors, names) => {
      const named = Object.fromEntries(names.map((name, index) => [name, tensors[index]]));
      if (!runner.asynchronous) {
        try {
          return model.predict(named);
        } catch (error) {
          if (!/executeAsync/.test(error.message)) throw error;
          runner.asynchronous = true;
        }
      }
      return model.executeAsync(named, model.outputNodes);
    },
  };
  return runner;
}

/** Rows go through in batches, of the size that the model was made for where it fixes one. */
async function inBatches(tf, job, values, runner, progressed) {
  const order = matched(job.inputs, runner);
  const rows = job.inputs[0].shape[0];
  const fixed = runner.shapes.map((shape) => shape?.[0]).find((size) => size > 0);
  const size = fixed ?? Math.min(rows, ROWS);
  if (fixed && rows % size) throw new Error(`The model takes ${size} rows at a time, and ${rows} are no multiple of that.`);
  let outputs = null;
  let leaked = 0;
  const started = performance.now();
  for (let first = 0; first < rows; first += size) {
    const before = tf.memory().numTensors;
    const tensors = order.map((index) => rowsOf(tf, job.inputs[index], values[index], first, size));
    const predicted = await runner.predict(tensors, runner.names);
    const list = Array.isArray(predicted) ? predicted : predicted instanceof tf.Tensor ? [predicted] : Object.values(predicted);
    const batch = [];
    for (const [index, tensor] of list.entries()) {
      batch.push({ name: runner.outputs[index], dtype: tensor.dtype, shape: tensor.shape, data: await tensor.data() });
    }
    tf.dispose([tensors, list]);
    leaked += tf.memory().numTensors - before;
    outputs = outputs === null ? batch : outputs.map((output, index) => joined(output, batch[index]));
    progressed();
  }
  const predicting = performance.now() - started;
  // What the first prediction keeps for the next, as layers with a state do, is no leak: it does not grow.
  if (leaked) leaked = await grown(tf, job, values, runner, order, fixed ?? 1);
  return { outputs, leaked, predicting };
}

/** How many tensors one more prediction leaves behind. */
async function grown(tf, job, values, runner, order, rows) {
  const before = tf.memory().numTensors;
  const tensors = order.map((index) => rowsOf(tf, job.inputs[index], values[index], 0, rows));
  const predicted = await runner.predict(tensors, runner.names);
  tf.dispose([tensors, predicted]);
  return tf.memory().numTensors - before;
}

/** For each input of the model, which of the job's it is: of graph models by name where all names agree, else by order. */
function matched(inputs, { names, byOrder }) {
  if (inputs.length !== names.length) {
    throw new Error(`The model has ${names.length} inputs (${names.join(", ")}), not ${inputs.length}.`);
  }
  const given = inputs.map((input) => input.name);
  const byName = names.map((name) => given.indexOf(name));
  return byOrder || byName.includes(-1) ? names.map((_, index) => index) : byName;
}

function rowsOf(tf, input, bytes, first, size) {
  const stride = input.shape.slice(1).reduce((product, length) => product * length, 1);
  const end = Math.min(first + size, input.shape[0]);
  const some = new ARRAYS[input.dtype](bytes).slice(first * stride, end * stride);
  return tf.tensor(some, [end - first, ...input.shape.slice(1)], input.dtype);
}

function joined(one, other) {
  const data = new one.data.constructor(one.data.length + other.data.length);
  data.set(one.data, 0);
  data.set(other.data, one.data.length);
  return { ...one, shape: [one.shape[0] + other.shape[0], ...one.shape.slice(1)], data };
}

/** Whether the error has left WebAssembly's memory in disorder, so that nothing after it could be trusted. */
export function isFatal(error) {
  return error instanceof WebAssembly.RuntimeError;
}

/** An error in one line, for a sentence. */
export function inOneLine(error) {
  const text = String(error?.message ?? error).split("\n")[0].trim();
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
}
