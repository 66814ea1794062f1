/**
 * The reader's own table: a file that is chosen or dropped, or text that is pasted; then which columns to use.
 * @module lab/boundaries/intake
 */
import { button, h, select, uniqueId } from "../dom.js";
import { createPictureInput } from "../pictures.js";
import { readTable, readTextFile, TableProblem, takeColumns } from "./csv.js";

const LABEL_WORDS = /species|class|label|target|kind|type|group|outcome/i;

/**
 * @param {{ zone: HTMLElement, say: (text: string, options?: object) => void,
 *           onTable: (data: import("./datasets.js").Points, notes: string[], origin: string) => void }} options
 * @returns {{ el: HTMLElement, columns: HTMLElement, show(text: string, origin: string, choice?: { x?: string, y?: string, label?: string }): void,
 *             stop(): void }}
 */
export function createIntake({ zone, say, onTable }) {
  const id = uniqueId("table");
  /** @type {import("./csv.js").Table | null} */
  let table = null, from = "";
  let pickers = [];
  const columns = h("div", { class: "lab-controls lab-controls-3" });
  const area = h("textarea", { id, class: "lab-number-input lab-boundary-text", rows: 5, spellcheck: "false",
    placeholder: "height,width,kind\n1.2,3.4,cat\n…" });
  const use = button({ label: "Use this text", onClick: () => show(area.value, "The text") });
  const file = createPictureInput({ zone, label: "Open a CSV file", say, onPictures() {}, onFiles: async ([first]) => {
    try {
      show(await readTextFile(first), first.name);
    } catch (error) {
      complain(error);
    }
    return true;
  } });

  function complain(error) {
    if (!(error instanceof TableProblem)) throw error;
    say(error.message, { tone: "bad", now: true });
  }
  function show(text, origin, choice = {}) {
    try {
      table = readTable(text, origin);
      from = origin;
      layColumns(choice);
      take();
    } catch (error) {
      complain(error);
    }
  }
  function retake() {
    try {
      take();
    } catch (error) {
      complain(error);
    }
  }
  /** The last column that looks like a class, and the two last columns of numbers: in most tables those tell most. */
  function layColumns(choice) {
    const { names, labels, numeric } = table;
    const at = (name, fallback) => (names.includes(name) ? names.indexOf(name) : fallback);
    const usable = labels.filter((column) => numeric.filter((other) => other !== column).length >= 2);
    const label = at(choice.label, usable.find((column) => LABEL_WORDS.test(names[column])) ?? usable[usable.length - 1]);
    const features = numeric.filter((column) => column !== label);
    const [x, y] = [at(choice.x, features[features.length - 2]), at(choice.y, features[features.length - 1])];
    const make = (title, options, value) => select({ label: title, value: String(value), onInput: retake,
      options: options.map((column) => [String(column), names[column]]) });
    pickers = [make("Across", numeric, x), make("Up", numeric, y), make("Class", usable, label)];
    columns.replaceChildren(...pickers.map(({ el }) => el));
  }
  function take() {
    const [x, y, label] = pickers.map(({ value }) => Number(value));
    if (x === y) throw new TableProblem("Across and Up are the same column: choose two different ones.");
    if (x === label || y === label) throw new TableProblem("The class cannot be one of the two numbers: choose another column.");
    const { points, classes, labels, left } = takeColumns(table, { x, y, label });
    const notes = [...table.notes, ...(left ? [`${left} row${left === 1 ? "" : "s"} with a gap left out.`] : [])];
    onTable({ points, classes, labels, names: [table.names[x], table.names[y]] }, notes, from);
  }

  return {
    el: h("div", { class: "lab-stack" },
      h("div", { class: "lab-toolbar" }, file.el, h("span", { class: "lab-note" }, "or drop it here. It stays in this page.")),
      h("div", { class: "lab-field" }, h("label", { class: "lab-label", for: id }, "Or paste rows, the header first"), area),
      h("div", { class: "lab-toolbar" }, use.el)),
    columns, show,
    stop: file.stop,
  };
}
