/**
 * TensorFlow.js and its backends, loaded once however many demos ask for them: in a page, in a module Worker and
 * in a notebook.
 * @module lab/tf
 */
import { fetchFile, importFile } from "./files.js";

const SHARED = Symbol.for("course.tensorflow.js");
const SCRIPT = "vendor/tfjs/tf.fesm.min.js";

/**
 * Backends that TensorFlow.js does not bring along. Only WebAssembly with SIMD on one thread is served: threads need
 * SharedArrayBuffer, which browsers give to pages with the headers of cross-origin isolation alone, and a static site
 * cannot send those.
 */
const ADDED = {
  wasm: { script: "vendor/tfjs/tf-backend-wasm.min.js", binary: "vendor/tfjs/tfjs-backend-wasm-simd.wasm" },
  webgpu: { script: "vendor/tfjs/tf-backend-webgpu.min.js" },
};
// A module with one SIMD instruction, which a WebAssembly without SIMD does not know.
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11];
const WASM_BINARIES = ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm-threaded-simd.wasm"];

const NAMES = { cpu: "plain JavaScript", wasm: "WebAssembly", webgl: "graphics card (WebGL)", webgpu: "graphics card (WebGPU)" };
const SHORT = { cpu: "plain JavaScript", wasm: "WebAssembly", webgl: "WebGL", webgpu: "WebGPU" };
const PRIORITIES = { webgpu: 3, webgl: 2, wasm: 1, cpu: 0 };

/**
 * Why a backend is not in use: files of it that did not come, in a sentence, or "" where the browser has none.
 * @typedef {{ name: string, unfetched: string }} Refusal
 */

/** Files of a backend that did not come: no fault of the browser. */
class Unfetched extends Error {}

/** What all copies of this module in one page or worker know together. */
function shared() {
  return (globalThis[SHARED] ||= { tf: null, factories: new Map(), dead: new WeakSet(), queue: Promise.resolve() });
}

/**
 * TensorFlow.js, no backend started yet: {@link useBackend} or {@link useFirst} comes next.
 * @param {any} model see lab/files: where files lie
 * @returns {Promise<any>} the `tf` namespace
 */
export async function importTensorFlow(model) {
  const state = shared();
  state.tf ||= importFile(model, SCRIPT);
  try {
    return await state.tf;
  } catch (error) {
    state.tf = null;
    throw error;
  }
}

/**
 * TensorFlow.js, ready to compute with the first backend that starts here.
 * @param {any} model
 * @param {string[]} [names] backends in the order in which they are tried
 * @returns {Promise<any>} the `tf` namespace
 */
export async function loadTensorFlow(model, names = ["webgl", "wasm", "cpu"]) {
  const tf = await importTensorFlow(model);
  if (!tf.getBackend()) await useFirst(tf, names, model);
  return tf;
}

/** What a backend is, in words. */
export function backendName(name) {
  return NAMES[name] || name;
}

/** The same, short enough for a sentence. */
export function backendWord(name) {
  return SHORT[name] || name;
}

/** The backends that this browser may offer, best first. @returns {string[]} */
export function backends() {
  return Object.keys(NAMES).sort((a, b) => PRIORITIES[b] - PRIORITIES[a])
    .filter((name) => name !== "webgpu" || Boolean(globalThis.navigator?.gpu));
}

/**
 * Use a backend if it starts here, else leave the one in use. What is computed meanwhile goes on with the old one.
 * @param {any} tf
 * @param {string} name
 * @param {any} model
 * @returns {Promise<boolean>} whether it is in use now
 */
export async function useBackend(tf, name, model) {
  return !(await tryBackend(tf, name, model));
}

/** The same, with the reason where it fails. @returns {Promise<Refusal | null>} null when it is in use now */
export async function tryBackend(tf, name, model) {
  if (tf.getBackend() === name && !isLost(tf, name)) return null;
  const state = shared();
  // One at a time: two backends that load at once would take one another's place in globalThis.tf.
  const turn = state.queue.then(() => start(tf, name, model, state));
  state.queue = turn.catch(() => {});
  try {
    await turn;
  } catch (error) {
    return { name, unfetched: error instanceof Unfetched ? error.message : "" };
  }
  return tf.getBackend() === name ? null : { name, unfetched: "" };
}

/**
 * Use the first of some backends that starts here.
 * @param {any} tf
 * @param {string[]} names
 * @param {any} model
 * @returns {Promise<{ name: string, failed: Refusal[] }>} the one in use, and those before it that did not start
 */
export async function useFirst(tf, names, model) {
  const failed = [];
  for (const name of names) {
    const refusal = await tryBackend(tf, name, model);
    if (!refusal) return { name, failed };
    failed.push(refusal);
  }
  throw new Error("No backend of TensorFlow.js starts in this browser: try another browser.");
}

/** What to say of backends that did not start; "" when there are none. @param {Refusal[]} failed @param {string} name */
export function fallbackText(failed, name) {
  if (!failed.length) return "";
  const refused = failed.filter(({ unfetched }) => !unfetched).map((refusal) => backendWord(refusal.name));
  const notHere = `${refused.join(" and ")} ${refused.length > 1 ? "do" : "does"} not start in this browser`;
  const unfetched = failed.filter((refusal) => refusal.unfetched).map(unfetchedText);
  if (!unfetched.length) return `${notHere}, so TensorFlow.js computes with ${backendWord(name)}.`;
  return [...(refused.length ? [`${notHere}.`] : []), ...unfetched, `TensorFlow.js computes with ${backendWord(name)}.`].join(" ");
}

/** What to say when the reader's choice fails. @param {Refusal} refusal @param {string} before the backend in use */
export function refusalText(refusal, before) {
  if (refusal.unfetched) return `${unfetchedText(refusal)} TensorFlow.js still computes with ${backendWord(before)}.`;
  return `This browser offers no ${backendWord(refusal.name)}: still ${backendWord(before)}.`;
}

function unfetchedText({ name, unfetched }) {
  return `${backendWord(name)} could not be loaded. ${unfetched}`;
}

/**
 * Call back when the backend in use is taken away: the browser drops a WebGL context or a WebGPU device when the
 * graphics card is reset, asleep or short of memory. What lay in its memory is gone.
 * @param {any} tf
 * @param {() => void} callback
 * @returns {() => void} stop
 */
export function onLost(tf, callback) {
  const name = tf.getBackend();
  if (name === "webgl") {
    const { gpgpu } = tf.backend(), { canvas } = gpgpu.gl;
    const lost = () => {
      endWaiting(gpgpu);
      callback();
    };
    canvas.addEventListener("webglcontextlost", lost);
    return () => canvas.removeEventListener("webglcontextlost", lost);
  }
  let listening = name === "webgpu";
  if (listening) tf.backend().device.lost.then(() => { if (listening) callback(); });
  return () => { listening = false; };
}

/**
 * What waits for a lost graphics card would wait for ever, and keep its tensors: end it. What is then read is
 * worthless, but memory is freed where the waiting code frees it.
 */
function endWaiting(gpgpu) {
  for (const item of gpgpu.itemsToPoll) item.isDoneFn = () => true;
  gpgpu.pollFence = () => Promise.resolve();
}

/** Make a backend's instance first and register it when it stands: so there is no moment without a backend. */
async function start(tf, name, model, state) {
  if (name in tf.engine().registry && !isLost(tf, name)) {
    await tf.setBackend(name);
    return;
  }
  if (!(await offered(tf, name))) throw new Error(`This browser offers no ${backendWord(name)}.`);
  const free = name in ADDED && !tf.findBackendFactory(name) ? await add(tf, name, model) : null;
  if (!state.factories.has(name)) state.factories.set(name, tf.findBackendFactory(name));
  const instance = await state.factories.get(name)();
  free?.();
  instance.device?.lost.then(() => state.dead.add(instance));
  tf.removeBackend(name);
  tf.registerBackend(name, () => instance, PRIORITIES[name]);
  await tf.setBackend(name);
}

async function offered(tf, name) {
  if (name === "webgpu") return Boolean(await globalThis.navigator?.gpu?.requestAdapter());
  if (name === "webgl") return tf.env().getNumber("WEBGL_VERSION") > 0;
  return name === "cpu" || (typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(SIMD)));
}

function unfetched(error) {
  throw new Unfetched(error.message);
}

/** Has the browser taken a backend away? Its `onLost` is called a moment later. */
export function isLost(tf, name) {
  const instance = tf.engine().registry[name];
  return Boolean(instance && (shared().dead.has(instance) || instance.gpgpu?.gl.isContextLost()));
}

/**
 * Backends come as scripts that look for `globalThis.tf` and register with it. A copy of the namespace stands there
 * while they load, because they also write to it; its functions are those of the one engine.
 * Returns what frees the bytes that are needed until the backend stands.
 */
async function add(tf, name, model) {
  const { script, binary } = ADDED[name];
  // Fetched here, because the backend would wait for ever for a file that does not come.
  const bytes = binary ? await fetchFile(model, binary).catch(unfetched) : null;
  const before = Object.getOwnPropertyDescriptor(globalThis, "tf");
  const copy = { ...tf };
  Object.defineProperty(globalThis, "tf", { value: copy, configurable: true, writable: true });
  try {
    await importFile(model, script).catch(unfetched);
  } finally {
    if (before) Object.defineProperty(globalThis, "tf", before);
    else delete globalThis.tf;
  }
  if (!bytes) return null;
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/wasm" }));
  copy.wasm.setWasmPaths(Object.fromEntries(WASM_BINARIES.map((file) => [file, address])), true);
  return () => URL.revokeObjectURL(address);
}
