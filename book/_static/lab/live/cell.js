/**
 * One live cell: its bar, its editor, its output.
 * @module lab/live/cell
 */
import { button, h, uniqueId } from "../dom.js";
import { fileAddress } from "../files.js";
import { backendName } from "../tf.js";
import { createEditor, loadEditor } from "./editor.js";
import { memoryText } from "./memory-line.js";
import { createOutput } from "./output.js";

const IS_MAC = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform ?? "");
const LOST = {
  stopped: "Stopped. The variables of all cells are gone with it; the next run makes those it needs again.",
  other: "A cell was stopped, and the variables of all cells are gone with it.",
  restarted: "Begun anew: no cell has run.",
  failed: "The cell could not be run here: its worker did not start. Check your connection, then press Run again.",
};

/**
 * @param {{ element: HTMLElement, group: import("./group.js").Group, model: any }} options
 */
export function createCell({ element, group, model }) {
  const { live: name, needs = "tf", backend = "", raises = "", height = "" } = element.dataset;
  const label = element.getAttribute("aria-label") ?? `Live cell ${name}`;
  const block = /** @type {HTMLElement} */ (element.firstElementChild);
  const recorded = /** @type {HTMLElement | null} */ (element.querySelector(".live-recorded"));
  const original = block.querySelector("pre").textContent.replace(/\n+$/, "");
  const hint = h("p", { class: "live-hint", id: uniqueId("live-hint") },
    `${IS_MAC ? "Cmd" : "Ctrl"}-Enter runs the cell. Escape, then Tab leaves the editor.`);
  const status = h("p", { class: "live-status", role: "status", "aria-live": "polite" });
  const memory = h("p", { class: "live-memory", hidden: true });
  const leak = h("p", { class: "live-leak", hidden: true });
  const output = createOutput({ label: `Output of ${label}`, model, onLine: (cell, line, column) => goTo(cell, line, column) });
  const runButton = button({ label: "Run", icon: "play", primary: true, onClick: () => run() });
  const stopButton = button({ label: "Stop", icon: "stop", onClick: () => group.end("stopped") });
  const editButton = button({ label: "Edit", onClick: () => edit({ focus: true }) });
  const resetButton = button({
    label: "Reset code", icon: "reset", onClick: () => (cell.confirmReset ? cell.confirmReset(reset) : reset()),
  });
  const restartButton = button({ label: "Restart", title: "Forget the variables of all cells", onClick: () => group.end("restarted") });
  let code = original;
  /** @type {ReturnType<typeof createEditor> | null} */
  let editor = null;
  /** @type {Promise<void> | null} */
  let opening = null;
  let ticker = 0;
  /** @type {string | undefined} */
  let judged;

  const bar = h("div", { class: "live-bar" }, runButton.el, stopButton.el, editButton.el, resetButton.el, restartButton.el, status);
  block.after(bar, hint, output.el, memory, leak);
  block.classList.add("live-block");
  block.addEventListener("click", () => { if (!String(getSelection())) edit({ focus: true }); });
  hint.hidden = true;
  showButtons(false);

  async function edit({ focus = false } = {}) {
    opening ||= openEditor();
    await opening;
    if (focus) editor?.focus();
  }

  async function openEditor() {
    try {
      const kit = await loadEditor(fileAddress(model, ""));
      const place = h("div", { class: "live-editor" });
      block.after(place);
      editor = createEditor(kit, {
        parent: place, code, label: `Code of ${label}`, hint: hint.id, lines: Number(height) || undefined,
        onChange: edited, onRun: () => run(),
      });
      block.hidden = true;
      hint.hidden = false;
      showButtons(ticker !== 0);
    } catch {
      opening = null;
      say("The editor could not be loaded: check your connection. Run works without it.");
    }
  }

  function edited(text) {
    code = text;
    showButtons(ticker !== 0);
    tell("course:cell-edited", { cell: name, code });
  }

  /**
   * Run the cell; the promise ends with what `course:cell` tells, or null when it was stopped. With the checks of an
   * exercise the code runs from nothing, and is checked when it ends well.
   * @param {{ checks?: string }} [exercise]
   */
  async function run({ checks } = {}) {
    if (ticker) return null;
    begin();
    edit();
    judged = checks;
    const running = group.run(cell);
    judged = undefined;
    const ended = await running;
    return ended && { cell: name, code, ok: ended.ok, text: output.text, checks: ended.checks };
  }

  function begin() {
    clearInterval(ticker);
    const since = performance.now();
    output.clear();
    memory.hidden = leak.hidden = true;
    if (recorded) recorded.hidden = true;
    editor?.mark(0);
    delete element.dataset.state;
    say("Running…");
    ticker = setInterval(() => {
      const seconds = Math.round((performance.now() - since) / 1000);
      if (seconds >= 3) say(`Running for ${seconds} s. Stop ends it at once.`);
    }, 1000);
    showButtons(true);
  }

  function end() {
    clearInterval(ticker);
    ticker = 0;
    showButtons(false);
  }

  function hear(message) {
    if (message.kind === "state" && ticker) say(message.text);
    else if (message.kind === "began") {
      if (message.for === name && message.cell === name) return;
      begin();
      edit();
    } else if (message.kind === "items") {
      output.add(message.items, message.dropped);
      const error = message.items.find((item) => item.kind === "error" && item.cell === name);
      if (error) opening?.then(() => editor?.mark(error.line));
    } else if (message.kind === "check") tell("course:check", message);
    else if (message.kind === "ended") finish(message);
  }

  function finish(message) {
    end();
    element.dataset.state = message.ok ? "ok" : "error";
    if (message.memory) {
      const { line, leak: sentence } = memoryText(message.memory);
      memory.textContent = line;
      leak.textContent = sentence;
      memory.hidden = false;
      leak.hidden = !sentence;
    }
    say(endText(message));
    const { ok, seconds, memory: numbers, checks } = message;
    tell("course:cell", { cell: name, code, ok, text: output.text, items: output.items, checks, seconds, memory: numbers });
  }

  function endText({ ok, seconds, backend: used, failedAbove, for: asked, cell: mine }) {
    if (failedAbove) return `Not run: the cell “${failedAbove.replaceAll("-", " ")}” above, which this one needs, ended with an error.`;
    const time = seconds < 0.01 ? "less than 0.01 s" : `${seconds.toFixed(2)} s`;
    const where = used ? ` on ${backendName(used)}` : "";
    const why = asked === mine ? "" : ", because a cell below needs it";
    return ok ? `Done in ${time}${where}${why}.` : `Ended with an error after ${time}${where}.`;
  }

  function lose(why, wasRunning) {
    end();
    if (why === "restarted") {
      output.clear();
      memory.hidden = leak.hidden = true;
      delete element.dataset.state;
      editor?.mark(0);
      if (recorded) recorded.hidden = false;
      say(LOST.restarted);
    } else if (why === "failed") {
      if (wasRunning) say(LOST.failed);
    } else if (wasRunning || element.dataset.state) {
      say(wasRunning ? LOST.stopped : LOST.other);
      if (wasRunning) element.dataset.state = "stopped";
    }
  }

  function reset() {
    code = original;
    if (editor) editor.code = original;
    else edited(original);
    editor?.mark(0);
    say("The code is as it was.");
    showButtons(ticker !== 0);
    runButton.el.focus();
  }

  function goTo(cellName, line, column) {
    const other = group.cells.find((one) => one.name === cellName);
    if (other && other !== cell) other.goTo(line, column);
    else edit().then(() => editor?.goTo(line, column));
  }

  function showButtons(isRunning) {
    const hadFocus = [runButton.el, stopButton.el].includes(document.activeElement);
    runButton.el.hidden = isRunning;
    stopButton.el.hidden = !isRunning;
    editButton.el.hidden = editor !== null;
    resetButton.el.hidden = code === original;
    restartButton.el.hidden = isRunning || !group.isAlive;
    if (hadFocus) (isRunning ? stopButton : runButton).el.focus();
  }

  function say(text) {
    if (status.textContent !== text) status.textContent = text;
  }

  function tell(type, detail) {
    element.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  const cell = {
    name, element, hear, lose, run, goTo: (line, column) => edit().then(() => editor?.goTo(line, column)),
    /** What the worker needs to know to run it. */
    source: () => ({ code, needs, backend, raises: raises === "true", checks: judged, fresh: judged !== undefined }),
    stop: () => group.end("stopped"),
    get isRunning() { return ticker !== 0; },
    /** @type {((reset: () => void) => void) | null} asked before the code is reset, where it is set */
    confirmReset: null,
    get code() { return code; },
    set code(text) {
      if (editor) editor.code = text;
      else {
        // The block shows the reader's own code even before the editor is there.
        block.querySelector("pre").textContent = text;
        edited(text);
      }
    },
    get original() { return original; },
    get output() { return output; },
    get bar() { return bar; },
  };
  return cell;
}
