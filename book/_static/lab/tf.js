/**
 * TensorFlow.js, loaded once however many demos ask for it.
 * @module lab/tf
 */

const LOADED = Symbol.for("course.tensorflow.js");

/**
 * Load TensorFlow.js from the address in `model.get("tfjs")`: in the page, the site's own copy. Where
 * `model.get("tfjs_integrity")` gives a hash ("sha384-…", in base64), the text is checked against it first. In a
 * notebook whose kernel has a copy (`model.get("tfjs_from_kernel")`), that copy serves when the address fails.
 * @param {any} model
 * @returns {Promise<any>} the `tf` namespace, ready to compute
 */
export async function loadTensorFlow(model) {
  const address = model.get("tfjs");
  if (!address) throw new Error("This demo was not told where TensorFlow.js lies (model value “tfjs”).");
  const cache = (globalThis[LOADED] ||= new Map());
  if (!cache.has(address)) cache.set(address, importFirst(address, model));
  try {
    const tf = await cache.get(address);
    await tf.ready();
    return tf;
  } catch (error) {
    cache.delete(address);
    throw error;
  }
}

async function importFirst(address, model) {
  const integrity = model.get("tfjs_integrity");
  const url = new URL(address, document.baseURI).href;
  if (!integrity) return import(/* webpackIgnore: true */ url);
  try {
    return await importChecked(await fetchBytes(url), integrity, url);
  } catch (error) {
    if (!model.get("tfjs_from_kernel")) throw error;
    return importChecked(await askKernel(model), integrity, "the kernel");
  }
}

async function fetchBytes(url) {
  const response = await fetch(url, { mode: "cors", credentials: "omit", referrerPolicy: "no-referrer" });
  if (!response.ok) throw new Error(`TensorFlow.js could not be fetched: ${url} answered ${response.status}.`);
  return response.arrayBuffer();
}

async function importChecked(bytes, integrity, from) {
  if (await digest(bytes) !== integrity) {
    throw new Error(`TensorFlow.js from ${from} is not the copy this course was made with.`);
  }
  const blob = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
  try {
    return await import(/* webpackIgnore: true */ blob);
  } finally {
    URL.revokeObjectURL(blob);
  }
}

/** The kernel's own copy, as a message with one buffer. */
function askKernel(model) {
  return new Promise((resolve, reject) => {
    const stop = () => { clearTimeout(timer); model.off("msg:custom", heard); };
    const timer = setTimeout(() => {
      stop();
      reject(new Error("TensorFlow.js could not be fetched, and the kernel did not answer. Is it running?"));
    }, 20000);
    const heard = (content, buffers) => {
      if (content?.kind !== "tfjs") return;
      stop();
      const [data] = buffers;
      resolve(data instanceof ArrayBuffer ? data : data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    };
    model.on("msg:custom", heard);
    model.send({ kind: "tfjs" });
  });
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
