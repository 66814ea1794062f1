/**
 * What is shown of the store of progress: the page with every week's table, Export, Import and Reset, and the line
 * on a week's first page. The build has written what there is to do; this fills in what is done.
 * @module lab/progress-view
 */

import { button, h, toolbar } from "./dom.js";
import { NotProgress, progress } from "./progress.js";

/** @typedef {{ kind: string, keys: string[], total: number }} Item */

const UNITS = { quiz: ["question", "questions"], exercise: ["check", "checks"], cell: ["cell", "cells"] };

/**
 * Fill in every table and line under `root`, and keep them current.
 * @param {ParentNode} root
 */
export function showProgress(root) {
  const views = [
    ...[...root.querySelectorAll("[data-progress='all']")].map((el) => wholeView(/** @type {HTMLElement} */ (el))),
    ...[...root.querySelectorAll("[data-progress='week']")].map((el) => weekLine(/** @type {HTMLElement} */ (el))),
  ];
  const show = () => {
    const entries = new Map(progress.read().map((entry) => [`${entry.page}#${entry.kind}-${entry.id}`, entry]));
    for (const view of views) view(entries);
  };
  progress.subscribe(show);
  show();
}

/**
 * How much of an item is done; an item may have become smaller since it was done.
 * @param {Map<string, import("./progress.js").Entry>} entries
 * @param {Item} item
 */
function doneOf(entries, { keys, total }) {
  const done = keys.reduce((sum, key) => sum + (entries.get(key)?.done ?? 0), 0);
  return Math.min(done, total);
}

/**
 * Questions and exercises done among some items: an exercise counts once all of its checks pass.
 * @param {Map<string, import("./progress.js").Entry>} entries
 * @param {Item[]} items
 */
function sumOf(entries, items) {
  const sum = { questions: 0, right: 0, exercises: 0, solved: 0 };
  for (const item of items) {
    const done = doneOf(entries, item);
    if (item.kind === "quiz") {
      sum.questions += item.total;
      sum.right += done;
    } else if (item.kind === "exercise") {
      sum.exercises += 1;
      sum.solved += done === item.total ? 1 : 0;
    }
  }
  return sum;
}

/** A bar with its sentence: `{ el, show(sum) }`. */
function createBar(name) {
  const words = h("span", { class: "course-progress-words" });
  const bar = h("progress", { class: "course-progress-meter" });
  return {
    el: [bar, words],
    show({ questions, right, exercises, solved }) {
      const parts = [];
      if (questions) parts.push(`${right} of ${questions} quiz ${questions === 1 ? "question" : "questions"}`);
      if (exercises) parts.push(`${solved} of ${exercises} ${exercises === 1 ? "exercise" : "exercises"}`);
      bar.max = questions + exercises || 1;
      bar.value = right + solved;
      words.textContent = `${parts.join(" and ")} done`;
      bar.setAttribute("aria-label", `${name}: ${words.textContent}`);
      return parts.length > 0;
    },
  };
}

/**
 * The line of one week.
 * @param {HTMLElement} el
 */
function weekLine(el) {
  const items = JSON.parse(el.dataset.items || "[]").map(([kind, keys, total]) => ({ kind, keys, total }));
  const bar = createBar("Your week");
  el.prepend(h("span", { class: "course-progress-label" }, "Your week so far:"), ...bar.el);
  return (entries) => { el.hidden = !bar.show(sumOf(entries, items)); };
}

/**
 * The tables of all weeks, and what can be done with the store.
 * @param {HTMLElement} el
 */
function wholeView(el) {
  const weeks = [...el.querySelectorAll(".course-progress-week")].map((week) => {
    const bar = createBar(week.querySelector(".course-progress-title")?.textContent ?? "");
    const place = /** @type {HTMLElement} */ (week.querySelector(".course-progress-bar"));
    place.append(...bar.el);
    const rows = [...week.querySelectorAll("tr[data-keys]")].map((row) => {
      const { kind, keys, total } = /** @type {HTMLElement} */ (row).dataset;
      const item = { kind, keys: JSON.parse(keys || "[]"), total: Number(total) };
      return { row, item, cell: row.querySelector(".course-progress-done") };
    });
    return { bar, place, rows };
  });
  const trouble = /** @type {HTMLElement} */ (el.querySelector(".course-progress-trouble"));
  addTools(el);

  return (entries) => {
    trouble.textContent = progress.trouble();
    trouble.hidden = !trouble.textContent;
    for (const { bar, place, rows } of weeks) {
      place.hidden = !bar.show(sumOf(entries, rows.map(({ item }) => item)));
      for (const { row, item, cell } of rows) {
        const done = doneOf(entries, item);
        const unit = UNITS[item.kind][item.total === 1 ? 0 : 1];
        row.classList.toggle("course-progress-whole", done === item.total);
        cell.textContent = `${done} of ${item.total} ${unit}`;
      }
    }
  };
}

/**
 * Export, Import and Reset, and the way back from the last two.
 * @param {HTMLElement} el
 */
function addTools(el) {
  const place = /** @type {HTMLElement} */ (el.querySelector(".course-progress-tools"));
  const said = /** @type {HTMLElement} */ (el.querySelector(".course-progress-said"));
  /** @type {null | (() => void)} */
  let undo = null;

  /** @param {string} text @param {null | (() => void)} [back] */
  const say = (text, back = null) => {
    said.textContent = text;
    undo = back;
    undoing.el.hidden = !back;
  };

  const chooser = h("input", {
    type: "file", accept: "application/json,.json", hidden: true, "aria-label": "File of progress",
    onchange: async () => {
      const [file] = chooser.files;
      chooser.value = "";
      if (file) await take(file);
    },
  });

  async function take(file) {
    try {
      const result = await progress.importFile(file);
      const left = result.left ? ` ${result.left} could not be read and were left out.` : "";
      say(`Imported ${file.name}: ${result.added} added or brought forward, ${result.kept} kept as they were.${left}`,
        result.added ? result.undo : null);
    } catch (error) {
      say(error instanceof NotProgress ? error.message : `${file.name} could not be read. Choose the file that Export made.`);
    }
  }

  function save() {
    const file = progress.exportFile();
    const address = URL.createObjectURL(file);
    h("a", { href: address, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    say(`Saved as ${file.name}. It holds your answers and your work on exercises.`);
  }

  const exporting = button({ label: "Export", onClick: save, title: "Save all progress and work to a file" });
  const importing = button({ label: "Import", onClick: () => chooser.click(), title: "Add what a file holds" });
  const resetting = button({ label: "Reset", onClick: () => ask(), title: "Delete all progress and work" });
  const undoing = button({
    label: "Undo", icon: "reset",
    onClick: () => {
      undo?.();
      say("Undone: all is as it was.");
      resetting.el.focus();
    },
  });
  undoing.el.hidden = true;

  const question = h("p", { id: "course-progress-question" });
  const confirm = h("div", {
    class: "course-progress-ask", role: "group", "aria-labelledby": question.id, hidden: true,
    onkeydown: (event) => { if (event.key === "Escape") close(); },
  }, question, toolbar(
    button({ label: "Delete everything", onClick: empty }),
    button({ label: "Keep it", primary: true, onClick: () => close() }),
  ));

  function ask() {
    const entries = progress.read();
    if (!entries.length) {
      say("There is nothing to delete.");
      return;
    }
    const works = entries.filter(({ kind }) => kind === "exercise").length;
    const work = works ? ` Your work on ${works} ${works === 1 ? "exercise" : "exercises"} goes with it.` : "";
    question.textContent = `Delete all progress that this browser keeps?${work}`;
    say("");
    confirm.hidden = false;
    confirm.querySelector(".lab-button-primary").focus();
  }

  function close() {
    confirm.hidden = true;
    resetting.el.focus();
  }

  function empty() {
    const { undo: back } = progress.reset();
    confirm.hidden = true;
    say("All progress is deleted. You can undo this until you leave the page.", back);
    undoing.el.focus();
  }

  place.classList.add("lab");
  place.append(toolbar(exporting, importing, resetting, undoing), chooser, confirm);
  place.hidden = false;
}
