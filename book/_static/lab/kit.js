/**
 * What every demo that computes with TensorFlow.js stands on: it loads, picks a backend that works here, shows
 * memory, lets the reader switch backends, survives the loss of one, and cleans up.
 *
 *     async function render({ model, el }) {
 *       const kit = await openKit({ model, el, backends: ["webgl", "wasm", "cpu"], styles: "digits" });
 *       const net = await kit.loadModel("digits-cnn", { warm: true });
 *       kit.main.append(…);
 *       kit.status.say("Draw a digit.");
 *       return () => kit.close();
 *     }
 * @module lab/kit
 */
import { button, createScope, h, select, statusLine, uniqueId } from "./dom.js";
import { fetchFile, openFile } from "./files.js";
import { createHow } from "./how.js";
import { createMemoryMeter } from "./memory.js";
import { freeModel, loadShippedModel, warmUp } from "./models.js";
import { addStyles } from "./styles.js";
import { backendName, backendWord, backends as allBackends, fallbackText, importTensorFlow, isLost, onLost, refusalText,
  tryBackend, useFirst } from "./tf.js";

const METER_MS = 500, LOSS_MS = 250;
// Every open kit of the page: all share one TensorFlow.js, so a switch in one is a switch in all.
const KITS = Symbol.for("course.kits");

/**
 * @typedef {object} Kit
 * @property {any} tf the `tf` namespace, ready
 * @property {any} model the values that the demo shares with its host
 * @property {HTMLElement} root
 * @property {HTMLElement} main the element to fill
 * @property {ReturnType<typeof createScope>} scope add cleanups of your own; they run before the kit's
 * @property {ReturnType<typeof statusLine>} status stands above `main`; put `status.el` elsewhere if you like
 * @property {{ el: HTMLElement, update(): { numTensors: number, numBytes: number } }} meter
 * @property {string} backend the name of the one in use
 * @property {boolean} switching is it being changed just now? Leave out what can wait
 * @property {(callback: (name: string, reason: "chosen" | "lost") => any) => void} onBackend called, and waited for, when
 *   another backend is in use: "chosen" by the reader (here or in another demo of the page), and tensors come along; or
 *   "lost" with all that lay in the memory of the one before. Models from `loadModel` are whole again by then; dispose of
 *   your other tensors and make them anew, from typed arrays.
 * @property {<T>(work: () => Promise<T> | T) => Promise<T | undefined>} compute does work, and gives undefined where the
 *   backend was lost meanwhile, once the next one is in use: what was computed is worthless then. For all that is repeated
 * @property {(name: string, options?: { warm?: boolean }) => Promise<any>} loadModel a `tf.LayersModel` or `tf.GraphModel` from
 *   `models/NAME/`; the kit disposes of it
 * @property {(path: string) => Promise<ArrayBuffer>} fetchFile the bytes of a file of `_static/`
 * @property {(options: { label: string, items: Array<{ name: string, picture?: Element | string, pick: () => any }> }) => HTMLElement}
 *   samples a labelled strip of buttons; a picture is an element or the path of a file of `_static/`
 * @property {(options: { text?: string, nodes?: Array<Node | string>, chapter?: { title: string, href: string }, card?: string | string[] }) =>
 *   HTMLElement} how the fold "How it works"; `href` is a page from the site's root, such as "book/week3/memory.html"
 * @property {() => void} close
 */

/**
 * Open a demo's kit and lay the demo out in it; where that fails the kit is closed again.
 * @param {Parameters<typeof openKit>[0]} options
 * @param {(kit: Kit, model: any) => Promise<() => void>} start gives what stops the demo
 */
export async function withKit(options, start) {
  const kit = await openKit(options);
  try {
    return await start(kit, options.model);
  } catch (error) {
    kit.close();
    throw error;
  }
}

/**
 * Open a demo's kit: styles and TensorFlow.js are loaded, and the first of the backends that starts here is in use.
 * @param {{ model: any, el: HTMLElement, backends?: string[], styles?: string | string[] }} options
 * @returns {Promise<Kit>}
 */
export async function openKit({ model, el, backends = ["webgl", "wasm", "cpu"], styles = [] }) {
  const scope = createScope(), own = createScope();
  const status = statusLine("Loading TensorFlow.js…");
  const main = h("div", { class: "lab-kit-main" });
  const root = h("div", { class: "lab lab-kit", "aria-busy": "true" }, status.el, main);
  el.append(root);
  own.add(() => root.remove());
  own.add(status.stop);
  try {
    const [tf] = await Promise.all([importTensorFlow(model), addStyles(model, "kit", "charts", ...[styles].flat())]);
    const { name, failed } = await useFirst(tf, backends, model);
    root.removeAttribute("aria-busy");
    return createKit({ tf, model, root, main, status, scope, own, order: backends, started: fallbackText(failed, name) });
  } catch (error) {
    own.dispose();
    throw error;
  }
}

function createKit({ tf, model, root, main, status, scope, own, order, started }) {
  const meter = createMemoryMeter(tf);
  const note = h("p", { class: "lab-note lab-backend-note", role: "status", "aria-live": "polite" });
  const picker = select({ label: "Runs on", value: tf.getBackend(),
    options: allBackends().map((name) => [name, backendName(name)]), onInput: choose });
  root.append(h("div", { class: "lab-kit-foot" }, meter.el, picker.el, note));
  const callbacks = [], loaded = [];
  const kits = (globalThis[KITS] ||= new Set());
  let switching = false, losses = 0, stopWatching = () => {}, closed = false;
  let settled = Promise.resolve();

  function say(text, tone = "info") {
    if (text) status.say(text, { tone, now: true });
    note.textContent = text;
  }
  function watch() {
    stopWatching();
    stopWatching = onLost(tf, lose);
  }

  async function choose(name) {
    picker.disabled = true;
    setSwitching(true);
    try {
      const before = tf.getBackend();
      const refusal = await tryBackend(tf, name, model);
      if (closed) return;
      // Another backend reads what lies in WebGPU's memory without waiting for it, and gets zeros (TensorFlow.js 4.22).
      if (!refusal) await tellAll(before === "webgpu" ? "lost" : "chosen");
      else picker.value = before;
      say(refusal ? refusalText(refusal, before) : `TensorFlow.js now computes with ${backendWord(name)}.`, refusal ? "bad" : "info");
    } finally {
      setSwitching(false);
      picker.disabled = false;
      picker.input.focus({ preventScroll: true });
    }
    if (isLost(tf, tf.getBackend())) await lose();  // while it was chosen, when nobody listened
  }
  /** The browser has taken the backend away: the first kit to hear of it moves all on to the next one. */
  async function lose() {
    losses += 1;
    if (switching || closed) return;
    const gone = tf.getBackend();
    setSwitching(true);
    try {
      const rest = [...order, "wasm", "cpu"].filter((name, i, all) => name !== gone && all.indexOf(name) === i);
      const { name } = await useFirst(tf, rest, model);
      await tellAll("lost");
      say(`The browser took ${backendWord(gone)} away, so TensorFlow.js goes on with ${backendWord(name)}.`, "bad");
    } finally {
      setSwitching(false);
    }
  }
  function setSwitching(flag) {
    let finish;
    const promise = flag ? new Promise((resolve) => { finish = resolve; }) : null;
    for (const kit of kits) kit.mark(flag, promise, finish);
  }
  async function tellAll(reason) {
    for (const kit of [...kits]) await kit.heard(tf.getBackend(), reason);
  }

  let release = () => {};
  const self = {
    mark(flag, promise, finish) {
      switching = flag;
      if (flag) [settled, release] = [promise, finish];
      else release();
    },
    async heard(name, reason) {
      if (closed) return;
      watch();
      picker.value = name;
      if (reason === "lost") for (const { restore } of loaded) await restore();
      for (const callback of callbacks) if (!closed) await callback(name, reason);
      if (!closed) meter.update();
    },
  };
  kits.add(self);
  watch();
  meter.update();
  say(started);
  const pulse = setInterval(() => meter.update(), METER_MS);
  own.add(() => clearInterval(pulse));
  own.add(() => { for (const { net } of loaded) freeModel(net); });
  own.add(() => { closed = true; kits.delete(self); stopWatching(); });

  return {
    tf, model, root, main, scope, status, meter,
    get backend() { return tf.getBackend(); },
    get switching() { return switching; },
    onBackend(callback) { callbacks.push(callback); },
    async compute(work) {
      // Work that a switch itself has asked for cannot wait for its end.
      const before = losses, isOfSwitch = switching;
      const isSpoiled = () => losses !== before || isLost(tf, tf.getBackend());
      // The browser tells of a loss a moment after the first call has failed, or has read nothing but zeros.
      const hear = () => new Promise((resolve) => { setTimeout(resolve, LOSS_MS); });
      try {
        const result = await work();
        if (!isSpoiled()) return result;
      } catch (error) {
        if (!isSpoiled()) await hear();
        if (!isSpoiled() && !closed) throw error;
      }
      if (losses === before) await hear();
      if (!isOfSwitch) await settled;
      return undefined;
    },
    async loadModel(name, { warm = false } = {}) {
      const found = await loadShippedModel(tf, model, name);
      if (closed) freeModel(found.net);
      else loaded.push(found);
      if (warm && !closed) await warmUp(tf, found.net);
      return found.net;
    },
    fetchFile: (path) => fetchFile(model, path),
    samples: (options) => createSamples(model, own, options),
    how: (options) => createHow(model, options),
    close() {
      if (closed) return;
      scope.dispose();
      own.dispose();
    },
  };
}

function createSamples(model, scope, { label, items }) {
  const id = uniqueId("samples");
  const strip = items.map(({ name, picture, pick }) => {
    const { el } = button({ label: name, onClick: pick });
    el.classList.add("lab-sample");
    if (picture) el.prepend(h("span", { class: "lab-sample-picture" }, typeof picture === "string" ? samplePicture(model, scope, picture) : picture));
    return el;
  });
  return h("div", { class: "lab-samples", role: "group", "aria-labelledby": id },
    h("p", { class: "lab-label", id }, label), h("div", { class: "lab-samples-strip" }, strip));
}

/** The button's name says what it is, so the picture says nothing. */
function samplePicture(model, scope, path) {
  const image = h("img", { alt: "", decoding: "async" });
  const type = path.endsWith(".svg") ? "image/svg+xml" : `image/${path.split(".").pop()}`;
  openFile(model, path, type).then(({ address, free }) => {
    image.src = address;
    scope.add(free);
  }, () => image.remove());
  return image;
}
