/**
 * TensorFlow.js, loaded once however many demos ask for it.
 * @module lab/tf
 */

const LOADED = Symbol.for("course.tensorflow.js");

/**
 * Load TensorFlow.js from the address in `model.get("tfjs")`: in the page, the site's own copy. Where
 * `model.get("tfjs_integrity")` gives a hash ("sha384-…", in base64), the text is checked against it first.
 * @param {{ get(name: string): any }} model
 * @returns {Promise<any>} the `tf` namespace, ready to compute
 */
export async function loadTensorFlow(model) {
  const address = model.get("tfjs");
  if (!address) throw new Error("This demo was not told where TensorFlow.js lies (model value “tfjs”).");
  const cache = (globalThis[LOADED] ||= new Map());
  if (!cache.has(address)) cache.set(address, importModule(address, model.get("tfjs_integrity")));
  try {
    const tf = await cache.get(address);
    await tf.ready();
    return tf;
  } catch (error) {
    cache.delete(address);
    throw error;
  }
}

async function importModule(address, integrity) {
  const url = new URL(address, document.baseURI).href;
  if (!integrity) return import(/* webpackIgnore: true */ url);
  const response = await fetch(url, { mode: "cors", credentials: "omit", referrerPolicy: "no-referrer" });
  if (!response.ok) throw new Error(`TensorFlow.js could not be fetched: ${url} answered ${response.status}.`);
  const bytes = await response.arrayBuffer();
  const found = await digest(bytes);
  if (found !== integrity) throw new Error(`TensorFlow.js from ${url} is not the copy this course was made with.`);
  const blob = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
  try {
    return await import(/* webpackIgnore: true */ blob);
  } finally {
    URL.revokeObjectURL(blob);
  }
}

/** The SHA-384 of some bytes, written as in an `integrity` attribute. */
export async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
  return `sha384-${btoa(String.fromCharCode(...hash))}`;
}

const BACKEND_NAMES = { cpu: "plain JavaScript", wasm: "WebAssembly", webgl: "graphics card (WebGL)", webgpu: "graphics card (WebGPU)" };

/** What a backend is, in words. */
export function backendName(name) {
  return BACKEND_NAMES[name] || name;
}

/** The backends that this copy of TensorFlow.js holds, best first. @returns {string[]} */
export function backends(tf) {
  const factories = tf.engine().registryFactory;
  return Object.keys(factories).sort((a, b) => factories[b].priority - factories[a].priority);
}

/**
 * Use a backend if it starts, else leave the one in use.
 * @returns {Promise<boolean>} whether it is in use now
 */
export async function useBackend(tf, name) {
  if (tf.getBackend() === name) return true;
  const before = tf.getBackend();
  try {
    if (await tf.setBackend(name)) {
      await tf.ready();
      return true;
    }
  } catch {
    // A browser without this backend: the one before stays.
  }
  await tf.setBackend(before);
  return false;
}
