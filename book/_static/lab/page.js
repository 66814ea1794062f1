/**
 * What every page of the course runs: demos start when asked, quizzes answer, folded boxes open for print, what scrolls is
 * reached by the keyboard, and progress and live cells start where a page has them.
 *
 * A demo's module and everything it needs are fetched on Start, never before.
 * @module
 */

import { startQuizzes } from "./quiz.js";
import { reachScrolling } from "./scrollable.js";

/**
 * @typedef {object} Model What a demo sees of the values it was given, as in anywidget.
 * @property {(name: string) => unknown} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, listener: (value: unknown) => void) => void} on
 * @property {(event?: string, listener?: (value: unknown) => void) => void} off
 */

/**
 * A model that lives in the page: `set` tells the listeners of `change:NAME`, `save_changes` has nowhere to save.
 * @param {Record<string, unknown>} values
 * @returns {Model}
 */
export function createModel(values) {
  const state = new Map(Object.entries(values));
  /** @type {Map<string, Set<(value: unknown) => void>>} */
  const listeners = new Map();
  return {
    get: (name) => state.get(name),
    set(name, value) {
      if (Object.is(state.get(name), value)) return;
      state.set(name, value);
      for (const listener of [...(listeners.get(`change:${name}`) ?? [])]) listener(value);
    },
    save_changes() {},
    on(event, listener) {
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event)?.add(listener);
    },
    off(event, listener) {
      if (event === undefined) listeners.clear();
      else if (listener === undefined) listeners.delete(event);
      else listeners.get(event)?.delete(listener);
    },
  };
}

/**
 * A file that lies beside this script's folder in the site's `_static`.
 * @param {string} path
 */
const inStatic = (path) => new URL(`../${path}`, import.meta.url).href;

/**
 * Let the reader start and stop one demo.
 * @param {HTMLElement} figure
 */
function hydrateDemo(figure) {
  const bar = /** @type {HTMLElement} */ (figure.querySelector(".demo-bar"));
  const button = /** @type {HTMLButtonElement} */ (figure.querySelector(".demo-start"));
  const status = /** @type {HTMLElement} */ (figure.querySelector(".demo-status"));
  const stage = /** @type {HTMLElement} */ (figure.querySelector(".demo-stage"));
  const picture = /** @type {HTMLElement} */ (figure.querySelector(".demo-picture"));
  const name = figure.dataset.demo;
  let busy = false;
  /** @type {null | (() => void)} */
  let stop = null;

  async function start() {
    busy = true;
    status.textContent = "Loading…";
    const live = document.createElement("div");
    live.className = "demo-live";
    live.tabIndex = -1;
    live.setAttribute("role", "group");
    live.setAttribute("aria-label", "The running demo");
    /** @type {unknown} */
    let cleanup;
    try {
      const { default: demo } = await import(inStatic(`demos/${name}.js`));
      const model = createModel({
        ...JSON.parse(figure.dataset.model || "{}"),
        files: inStatic(""),
      });
      // the stage keeps the picture's height until the demo has its own, so that the page does not jump
      stage.style.minHeight = `${stage.offsetHeight}px`;
      picture.hidden = true;
      stage.append(live);
      cleanup = await demo.render({ model, el: live });
    } catch (error) {
      live.remove();
      picture.hidden = false;
      const reason = error instanceof Error && !/import|fetch|module/i.test(error.message) ? ` (${error.message})` : "";
      status.textContent = `The demo could not start${reason}. Check your connection and press Start again.`;
      return;
    } finally {
      stage.style.minHeight = "";
      busy = false;
    }
    stop = () => {
      stop = null;
      if (typeof cleanup === "function") cleanup();
      live.remove();
      picture.hidden = false;
      figure.classList.remove("demo-running");
      button.textContent = "Start again";
      status.textContent = "Stopped.";
    };
    figure.classList.add("demo-running");
    button.textContent = "Stop";
    status.textContent = "Running.";
    // The button is below the demo: who came by keyboard goes on at its first control, not behind it.
    if (button.matches(":focus-visible")) live.focus();
  }

  button.addEventListener("click", () => {
    if (busy) return;
    if (stop) stop();
    else start();
  });
  // the picture shows controls, so a click on it means Start too; the keyboard has the button
  picture.addEventListener("click", () => button.click());
  picture.classList.add("demo-ready");
  addEventListener("pagehide", () => stop?.());
  bar.hidden = false;
}

/** Folded boxes are open on paper, and as they were before once the page is printed. */
function openForPrint() {
  /** @type {HTMLDetailsElement[]} */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details")].filter((details) => !details.open);
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
  });
}

for (const figure of document.querySelectorAll("figure.demo[data-demo]")) {
  hydrateDemo(/** @type {HTMLElement} */ (figure));
}
startQuizzes(document);
reachScrolling(document.body);
openForPrint();
if (document.querySelector("[data-progress]")) {
  import("./progress-view.js").then(({ showProgress }) => showProgress(document));
}
if (document.querySelector(".live[data-live]")) {
  Promise.all([import("./live/cells.js"), import("./live/exercise.js")]).then(([{ startCells }, { startExercises, noteCells }]) => {
    startCells(document, inStatic(""));
    startExercises(document);
    noteCells(document.body);
  });
}
