/**
 * Live cells: code in the page that the reader edits and runs.
 *
 * Without this script a cell is a block of code and its output. `startCells` gives each a bar of buttons; the editor
 * and the worker come when a reader asks for them. Other modules hear two events on a cell's element, which bubble:
 *
 *   course:cell         { cell, code, ok, text, items, checks, seconds, memory }   a run has ended
 *   course:cell-edited  { cell, code }                                             the code has changed
 *   course:check        { name, state, why, seconds }                              a check of an exercise begins or ends
 *
 * and reach a cell's code and runs through {@link cellOf}. Exercises do so (lab/live/exercise.js).
 * @module lab/live/cells
 */
import { addStyles } from "../styles.js";
import { createCell } from "./cell.js";
import { Group } from "./group.js";

/** @type {WeakMap<Element, ReturnType<typeof createCell>>} */
const known = new WeakMap();

/** The cell of an element, once it is started. @param {Element} element */
export function cellOf(element) {
  return known.get(element);
}

/**
 * Start the cells of a page.
 * @param {ParentNode} root
 * @param {string} files the address of `_static/`
 */
export async function startCells(root, files) {
  const model = { get: (name) => (name === "files" ? files : undefined) };
  const groups = new Map();
  for (const element of root.querySelectorAll(".live[data-live]")) {
    const name = element.dataset.group;
    if (!groups.has(name)) groups.set(name, new Group(files));
    const cell = createCell({ element, group: groups.get(name), model });
    groups.get(name).cells.push(cell);
    known.set(element, cell);
  }
  addEventListener("pagehide", () => { for (const group of groups.values()) group.end("stopped"); });
  await addStyles(model, "live");
}
