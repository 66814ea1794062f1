// TensorFlow.js in Node, for many jobs in one process: node tfjs.mjs NODE_MODULES REQUEST
//
// REQUEST is a JSON file beside the inputs' bytes: {jobs: [{id, format, backend, folder, inputs: [{name, dtype, shape,
// file}]}]}. What happens is said on stdout, one JSON object a line: {id, started: true}, {id, progressed: true} after
// each batch of rows, then {id, outputs, …} or {id, error}. The outputs' bytes are written beside the request. A job that ends this process has been started, so
// the caller knows which one it was.

import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { inOneLine, isFatal, runJob } from "./jobs.mjs";

// TensorFlow.js greets and warns on the console; stdout is the report's.
for (const way of ["log", "info", "warn", "error", "debug"]) console[way] = () => {};

const [modules, request] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "from-here.js"));
const tf = { ...require("@tensorflow/tfjs-core") };
tf.loadLayersModel = require("@tensorflow/tfjs-layers").loadLayersModel;
tf.loadGraphModel = require("@tensorflow/tfjs-converter").loadGraphModel;
require("@tensorflow/tfjs-backend-cpu");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist") + sep);

function say(event) {
  // Not process.stdout, whose buffer is lost where a model ends the process.
  writeSync(1, `${JSON.stringify(event)}\n`);
}

/** Loads a model from its folder as TensorFlow.js' own loaders do: model.json, then the shards of its manifest. */
function fromDisk(folder) {
  const load = async () => {
    const description = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
    return tf.io.getModelArtifactsForJSON(description, async (manifest) => {
      const buffers = manifest.flatMap((group) => group.paths).map((path) => {
        const file = resolve(folder, path);
        if (!file.startsWith(resolve(folder) + sep)) throw new Error(`The shard ${path} lies outside the model's folder.`);
        return readFileSync(file);
      });
      const bytes = Buffer.concat(buffers);
      return [tf.io.getWeightSpecs(manifest), bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)];
    });
  };
  return { load };
}

function bytesOf(file) {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

const scratch = dirname(resolve(request));
for (const job of JSON.parse(readFileSync(request, "utf8")).jobs) {
  say({ id: job.id, started: true });
  try {
    const values = job.inputs.map((input) => bytesOf(join(scratch, input.file)));
    const result = await runJob(tf, job, fromDisk(job.folder), values, () => say({ id: job.id, progressed: true }));
    const outputs = result.outputs.map((output, index) => {
      const file = `${job.id}-output-${index}.bin`;
      writeFileSync(join(scratch, file), new Uint8Array(output.data.buffer, output.data.byteOffset, output.data.byteLength));
      return { name: output.name, dtype: output.dtype, shape: output.shape, file };
    });
    say({ id: job.id, ...result, outputs });
  } catch (error) {
    if (isFatal(error)) {
      process.stderr.write(`Error: WebAssembly broke off, ${inOneLine(error)}\n`);
      process.exit(1);
    }
    tf.disposeVariables();
    say({ id: job.id, error: inOneLine(error) });
  }
}
process.exit(0);
