/**
 * Files that lie beside the demos: models, samples, TensorFlow.js and its backends.
 *
 * In a page `model.get("files")` is the address of the site's `_static/`. In a notebook there is no such address:
 * `model.get("remote_files")` names, for files that the widget does not bring along, an address and a hash
 * (`{ PATH: { address, integrity } }`), and the kernel sends everything else by message.
 * @module lab/files
 */

const KERNEL_SECONDS = 30;

/**
 * The address of a file of `_static/`, or null in a notebook, where files have none.
 * @param {any} model
 * @param {string} path such as "models/digits-cnn/model.json"
 * @returns {string | null}
 */
export function fileAddress(model, path) {
  const files = model.get("files");
  return files ? new URL(path, new URL(files, baseAddress())).href : null;
}

/**
 * The address of a page of the site, or null where none is known.
 * @param {any} model
 * @param {string} page from the site's root, such as "book/week3/memory.html"
 * @returns {string | null}
 */
export function pageAddress(model, page) {
  const site = model.get("files") ? new URL("../", fileAddress(model, "")).href : model.get("site");
  return site ? new URL(page, site.endsWith("/") ? site : `${site}/`).href : null;
}

/**
 * The bytes of a file.
 * @param {any} model
 * @param {string} path from `_static/`
 * @returns {Promise<ArrayBuffer>}
 * @throws {Error} one sentence that names the file
 */
export async function fetchFile(model, path) {
  const address = fileAddress(model, path);
  if (address) return fetchBytes(address);
  const remote = model.get("remote_files")?.[path];
  if (!remote) return askKernel(model, path);
  try {
    return await checked(await fetchBytes(new URL(remote.address, baseAddress()).href), remote.integrity, path);
  } catch (error) {
    if (!model.get("files_from_kernel")) throw error;
    return checked(await askKernel(model, path), remote.integrity, path);
  }
}

/** A file of JSON, read. @param {any} model @param {string} path @returns {Promise<any>} */
export async function fetchJson(model, path) {
  return JSON.parse(new TextDecoder().decode(await fetchFile(model, path)));
}

/**
 * Pictures that a demo has fetched, by path: shown once, they are there when the network is not.
 * @type {WeakMap<any, Map<string, Promise<ArrayBuffer>>>}
 */
const PICTURES = new WeakMap();

function fetchPicture(model, path) {
  if (!PICTURES.has(model)) PICTURES.set(model, new Map());
  const kept = PICTURES.get(model);
  if (!kept.has(path)) {
    kept.set(path, fetchFile(model, path));
    kept.get(path).catch(() => kept.delete(path));
  }
  return kept.get(path);
}

/**
 * An address under which a file can be shown (`<img>`) or imported, and what frees it.
 * @param {any} model
 * @param {string} path
 * @param {string} type its media type, such as "image/webp"
 * @returns {Promise<{ address: string, free: () => void }>}
 */
export async function openFile(model, path, type) {
  const address = fileAddress(model, path), isPicture = type.startsWith("image/");
  if (address && !isPicture) return { address, free() {} };
  const bytes = await (isPicture ? fetchPicture(model, path) : fetchFile(model, path));
  const blob = URL.createObjectURL(new Blob([bytes], { type }));
  return { address: blob, free: () => URL.revokeObjectURL(blob) };
}

/**
 * Import a module of JavaScript by its path.
 * @param {any} model
 * @param {string} path
 * @returns {Promise<any>}
 * @throws {Error} one sentence that names the file where it cannot be fetched
 */
export async function importFile(model, path) {
  const { address, free } = await openFile(model, path, "text/javascript");
  try {
    return await import(/* webpackIgnore: true */ address);
  } catch (error) {
    // A failed import does not say why, a failed fetch does.
    if (fileAddress(model, path)) await fetchFile(model, path);
    throw error;
  } finally {
    free();
  }
}

/** The SHA-384 of some bytes, written as in an `integrity` attribute. */
export async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
  return `sha384-${btoa(String.fromCharCode(...hash))}`;
}

// A worker has no document.
function baseAddress() {
  return globalThis.document?.baseURI ?? globalThis.location.href;
}

async function fetchBytes(address) {
  let response;
  try {
    response = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
  } catch {
    throw new Error(`${address} could not be fetched: check your connection.`);
  }
  if (!response.ok) throw new Error(`${address} could not be fetched: the server answered ${response.status}.`);
  return response.arrayBuffer();
}

async function checked(bytes, integrity, path) {
  if (await digest(bytes) !== integrity) throw new Error(`${path} is not the copy this course was made with.`);
  return bytes;
}

/** The kernel's own copy, as a message with one buffer; `{ kind: "file", path, problem }` where it has none. */
function askKernel(model, path) {
  return new Promise((resolve, reject) => {
    const stop = () => { clearTimeout(timer); model.off("msg:custom", heard); };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`The kernel did not send ${path}. Is it running? Run the cell again.`));
    }, 1000 * KERNEL_SECONDS);
    const heard = (content, buffers) => {
      if (content?.kind !== "file" || content.path !== path) return;
      stop();
      if (content.problem) reject(new Error(content.problem));
      else resolve(plainBuffer(buffers[0]));
    };
    model.on("msg:custom", heard);
    model.send({ kind: "file", path });
  });
}

function plainBuffer(data) {
  return data instanceof ArrayBuffer ? data : data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
}
