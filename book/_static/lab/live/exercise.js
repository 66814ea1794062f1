/**
 * Exercises that the page checks: a live cell with a list of checks, and the reader's work on it kept in the browser.
 *
 * Check runs the code from nothing, in the cell's worker, and then the checks (lab/live/checks.js). The worker tells
 * of each check as it begins and ends; one that takes too long ends with the worker, so no loop can freeze the page.
 * @module lab/live/exercise
 */

import { button, h, toolbar } from "../dom.js";
import { progress } from "../progress.js";
import { cellOf } from "./cells.js";

/** @typedef {import("./checks.js").Verdict} Verdict */

const RUN_SECONDS = 60;
const GRACE_SECONDS = 3;
const SAVE_MILLISECONDS = 400;
const WORDS = { pass: "passes", "not yet": "not yet", running: "checking…", "": "" };
const ENDED = "Your code stopped with an error, so nothing could be checked. What happened stands under the code.";
const TOO_LONG = `Your code did not end within ${RUN_SECONDS} seconds and was stopped. Is there a loop that does not end?`;

/**
 * Start every exercise under `root`; its live cell has to be started already.
 * @param {ParentNode} root
 */
export function startExercises(root) {
  for (const section of root.querySelectorAll("section.live-exercise[data-exercise]")) {
    startExercise(/** @type {HTMLElement} */ (section));
  }
}

/**
 * Note every live cell that ends well: it has been run.
 * @param {Element} root
 */
export function noteCells(root) {
  root.addEventListener("course:cell", (event) => {
    const element = /** @type {HTMLElement} */ (event.target);
    const { ok, cell } = /** @type {CustomEvent} */ (event).detail;
    const { page } = element.dataset;
    if (!ok || !page || element.closest(".live-exercise") || progress.find(page, "cell", cell)) return;
    progress.record({ page, kind: "cell", id: cell, title: cell, done: 1, total: 1 });
  });
}

/** @param {HTMLElement} section */
function startExercise(section) {
  const { page = "", exercise: id = "", title = "", week } = section.dataset;
  const element = /** @type {HTMLElement} */ (section.querySelector(".live"));
  const cell = /** @type {any} */ (cellOf(element));
  const box = /** @type {HTMLElement} */ (section.querySelector(".live-checks"));
  const source = JSON.parse(box.querySelector("script")?.textContent ?? '""');
  const rows = [...box.querySelectorAll("li")].map(createRow);
  const name = { page, kind: /** @type {const} */ ("exercise"), id };
  const status = h("p", { class: "live-exercise-status", role: "status", "aria-live": "polite" });
  const checking = button({ label: "Check", primary: true, onClick: check });
  const question = h("div", { class: "live-exercise-ask", role: "group", "aria-label": "Begin anew?", hidden: true });
  /** @type {Verdict[] | null} */
  let verdicts = null;
  let isChecking = false;
  let isDirty = false;
  let saving = 0;
  let limit = 0;

  box.append(h("div", { class: "live-exercise-bar lab" }, toolbar(checking, status)));
  cell.bar.after(question);
  cell.confirmReset = ask;
  restore();

  element.addEventListener("course:cell-edited", () => {
    if (verdicts) {
      verdicts = null;
      for (const row of rows) row.fade();
    }
    isDirty = true;
    saving ||= window.setTimeout(save, SAVE_MILLISECONDS);
  });
  element.addEventListener("course:check", (event) => {
    const verdict = /** @type {CustomEvent} */ (event).detail;
    show(verdict);
    if (verdict.state === "running") wait(verdict.seconds + GRACE_SECONDS, tooLong(verdict));
  });
  addEventListener("pagehide", save);

  async function check() {
    if (isChecking) return;
    if (cell.isRunning) {
      status.textContent = "The code is running: wait for its end, or press Stop.";
      return;
    }
    setChecking(true);
    for (const row of rows) row.show("", "");
    status.textContent = "Running your code…";
    /** @type {string | null} */
    let stopped = null;
    wait(RUN_SECONDS, () => { stopped = TOO_LONG; });
    const ended = await cell.run({ checks: source });
    clearTimeout(limit);
    setChecking(false);
    if (ended?.ok && ended.checks) verdicts = ended.checks;
    else verdicts = null;
    if (!ended) status.textContent = stopped ?? status.dataset.why ?? "Stopped: nothing was checked.";
    else if (!verdicts) status.textContent = ENDED;
    else status.textContent = summary(verdicts);
    delete status.dataset.why;
    for (const row of rows) row.settle();
    isDirty = true;
    save();
  }

  /** @param {boolean} flag a button that is disabled would lose the focus, so it only says so */
  function setChecking(flag) {
    isChecking = flag;
    checking.el.setAttribute("aria-disabled", String(flag));
  }

  /** End the worker when something has not ended in time. */
  function wait(seconds, late) {
    clearTimeout(limit);
    limit = window.setTimeout(() => {
      late();
      cell.stop();
    }, 1000 * seconds);
  }

  /** What is said when a check had to be ended from outside. @param {Verdict & { seconds: number }} verdict */
  function tooLong(verdict) {
    return () => {
      const why = `This took longer than ${verdict.seconds} s and was stopped. Is there a loop that does not end?`;
      show({ name: verdict.name, state: "not yet", why });
      status.dataset.why = "Stopped: a check did not end. Mend that first, then check again.";
    };
  }

  /** @param {Verdict} verdict */
  function show({ name: told, state, why = "" }) {
    rows.find((row) => row.name === told)?.show(state, why);
    if (state === "running") status.textContent = "Checking…";
  }

  function save() {
    clearTimeout(saving);
    saving = 0;
    const passed = verdicts?.filter(({ state }) => state === "pass").length ?? 0;
    // a page that only lies open must not write over what another one, or a file, has brought since
    if (!isDirty) return;
    isDirty = false;
    progress.change(name, (now) => ({
      title, week, total: rows.length, done: Math.max(passed, Math.min(now?.done ?? 0, rows.length)),
      state: { code: cell.code, verdicts },
    }));
  }

  function restore() {
    const entry = progress.find(page, "exercise", id);
    if (typeof entry?.state?.code !== "string") return;
    if (entry.state.code !== cell.original) cell.code = entry.state.code;
    const kept = entry.state.verdicts;
    if (Array.isArray(kept) && kept.length === rows.length && kept.every((one, at) => one?.name === rows[at].name)) {
      verdicts = kept;
      for (const verdict of kept) show({ ...verdict, state: verdict.state === "pass" ? "pass" : "not yet" });
      status.textContent = `When you were last here: ${summary(kept)}`;
    } else {
      status.textContent = "Your code is as you left it.";
    }
  }

  /** Ask before the reader's code gives way to the code to begin with. @param {() => void} reset */
  function ask(reset) {
    const keep = button({ label: "Keep my code", primary: true, onClick: close });
    const begin = button({
      label: "Begin anew",
      onClick() {
        const mine = cell.code;
        close();
        reset();
        offerBack(mine);
      },
    });
    question.replaceChildren(h("p", null, "Replace your code by the code to begin with?"), toolbar(begin, keep));
    question.onkeydown = (event) => { if (event.key === "Escape") close(); };
    question.hidden = false;
    keep.el.focus();
  }

  /** @param {string} mine the code that was there before */
  function offerBack(mine) {
    const back = button({
      label: "Bring my code back",
      onClick() {
        cell.code = mine;
        close();
      },
    });
    question.replaceChildren(h("p", null, "This is the code to begin with."), toolbar(back));
    question.hidden = false;
  }

  function close() {
    question.hidden = true;
    checking.el.focus();
  }
}

/**
 * One check in the list.
 * @param {Element} item
 */
function createRow(item) {
  const name = item.querySelector(".live-check-name")?.textContent ?? "";
  const word = h("span", { class: "live-check-state" });
  const reason = h("p", { class: "live-check-why", hidden: true });
  item.append(" ", word, reason);
  const row = {
    name,
    /** @param {Verdict["state"] | ""} state @param {string} why */
    show(state, why) {
      /** @type {HTMLElement} */ (item).dataset.state = state;
      item.classList.remove("live-check-old");
      word.textContent = WORDS[state];
      reason.textContent = why;
      reason.hidden = !why;
    },
    /** The code has changed since. */
    fade() { item.classList.add("live-check-old"); },
    /** Nothing runs any more. */
    settle() { if (/** @type {HTMLElement} */ (item).dataset.state === "running") row.show("", ""); },
  };
  return row;
}

/** @param {Verdict[]} verdicts */
function summary(verdicts) {
  const passed = verdicts.filter(({ state }) => state === "pass").length;
  if (passed === verdicts.length) return `Solved: all ${passed} checks pass.`;
  return `${passed} of ${verdicts.length} checks ${passed === 1 ? "passes" : "pass"}.`;
}
