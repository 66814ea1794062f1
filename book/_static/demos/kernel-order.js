/**
 * What a kernel is: a notebook of five cells to run in any order. The page keeps the text, the kernel keeps the
 * variables, and the two can disagree. A simulation of assignments, sums, products and `print`; no Python runs.
 * Data: `price` (the number in the first cell).
 */
import { button, createScope, h, statusLine, toolbar, uniqueId } from "../lab/dom.js";
import { createSync, valueOr } from "../lab/sync.js";

/**
 * @typedef {object} Cell
 * @property {string} source what the page shows now
 * @property {string | null} ranSource what was sent to the kernel last
 * @property {number | null} count execution number, as in [3]
 * @property {string | null} output printed text
 * @property {string | null} error
 * @property {Record<string, number>} reads the values it read
 * @property {string | null} writes the variable it set
 * @property {number | null} wrote the value it gave it
 * @property {boolean} leftOver did it run before the last restart?
 */
/**
 * @typedef {object} Session
 * @property {Cell[]} cells
 * @property {Record<string, {value: number, cell: number}>} variables what the kernel holds, and who set it
 * @property {number} counter how many cells this kernel has run
 * @property {number[]} order cells in the order they ran since the last restart
 */

/** The cells of the notebook. @param {number} price */
export const notebookSources = (price) =>
  [`price = ${price}`, "amount = 4", "price = price + 1", "total = price * amount", "print(total)"];

/**
 * Run one statement: `name = number`, `name = a * b`, `name = a + b` or `print(name)`.
 * @param {string} source
 * @param {Record<string, {value: number}>} variables
 * @returns {{writes: string | null, value: number | null, output: string | null, error: string | null,
 *   missing: string | null, reads: Record<string, number>}}
 */
export function execute(source, variables) {
  const result = { writes: null, value: null, output: null, error: null, missing: null, reads: {} };
  const valueOf = (token) => {
    if (/^-?\d+(\.\d+)?$/.test(token)) return Number(token);
    if (!(token in variables)) {
      result.missing ??= token;
      return NaN;
    }
    result.reads[token] = variables[token].value;
    return variables[token].value;
  };
  const printed = /^print\((\w+)\)$/.exec(source);
  const assigned = /^([a-z_]\w*) = ([\w.-]+)(?: ([*+]) ([\w.-]+))?$/.exec(source);
  if (printed) {
    result.output = String(valueOf(printed[1]));
  } else if (assigned) {
    result.writes = assigned[1];
    result.value = valueOf(assigned[2]);
    if (assigned[3] && !result.missing) {
      const other = valueOf(assigned[4]);
      result.value = assigned[3] === "*" ? result.value * other : result.value + other;
    }
  } else {
    result.error = "SyntaxError: invalid syntax";
  }
  if (result.missing) result.error = `NameError: name '${result.missing}' is not defined`;
  if (result.error) Object.assign(result, { writes: null, value: null, output: null });
  return result;
}

/** @param {string[]} sources @returns {Session} */
export function createSession(sources) {
  return {
    cells: sources.map((source) => ({
      source, ranSource: null, count: null, output: null, error: null, reads: {}, writes: null, wrote: null,
      leftOver: false,
    })),
    variables: {},
    counter: 0,
    order: [],
  };
}

const withCell = (session, index, changes) =>
  ({ ...session, cells: session.cells.map((cell, i) => (i === index ? { ...cell, ...changes } : cell)) });

/** Send a cell to the kernel. @param {Session} session @param {number} index @returns {Session} */
export function runCell(session, index) {
  const { source } = session.cells[index];
  const { writes, value, output, error, reads } = execute(source, session.variables);
  const counter = session.counter + 1;
  const ran = withCell(session, index,
    { ranSource: source, count: counter, output, error, reads, writes, wrote: value, leftOver: false });
  const variables = writes ? { ...session.variables, [writes]: { value, cell: index } } : session.variables;
  return { ...ran, variables, counter, order: [...session.order, index] };
}

/** Run from the top; like Jupyter, stop at the first error. @param {Session} session @returns {Session} */
export function runAll(session) {
  for (let index = 0; index < session.cells.length; index += 1) {
    session = runCell(session, index);
    if (session.cells[index].error) break;
  }
  return session;
}

/** Change the text of a cell: the kernel hears nothing of it. @returns {Session} */
export const editCell = (session, index, source) => withCell(session, index, { source });

/** A new, empty kernel; numbers and outputs stay on the page. @param {Session} session @returns {Session} */
export function restart(session) {
  return {
    cells: session.cells.map((cell) => ({ ...cell, leftOver: cell.count !== null })),
    variables: {},
    counter: 0,
    order: [],
  };
}

/** What a new kernel makes of the page, run from the top. @param {Session} session @returns {Session} */
const fromTheTop = (session) => runAll(createSession(session.cells.map(({ source }) => source)));

/**
 * Why a cell's result no longer belongs to the page, in words; `null` where it does, or where nothing has run.
 * @param {Session} session
 * @returns {(string | null)[]}
 */
export function staleReasons(session) {
  const fresh = fromTheTop(session);
  const reasonOf = (index, seen) => {
    const cell = session.cells[index];
    if (cell.count === null) return null;
    if (cell.leftOver) return "from before the restart";
    if (cell.source !== cell.ranSource) return "edited, not run since";
    if (cell.error) return null;
    const owner = cell.writes ? session.variables[cell.writes].cell : index;
    if (owner < index) return `stale: cell ${owner + 1} ran after it`;
    for (const [name, value] of Object.entries(cell.reads)) {
      const now = session.variables[name];
      if (now.cell === index) continue;
      if (now.value !== value) return `stale: used ${name} = ${value}`;
      if (!seen.includes(now.cell) && reasonOf(now.cell, [...seen, now.cell])) return `stale: ${name} is out of date`;
    }
    const { wrote, output } = fresh.cells[index];
    if (cell.writes && wrote !== cell.wrote) return `from the top: ${cell.writes} = ${wrote}`;
    return cell.output !== output ? `from the top: ${output}` : null;
  };
  return session.cells.map((_, index) => reasonOf(index, [index]));
}

const joinWords = (words) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/**
 * What the last action did, in one or two sentences, and whether it went well.
 * @param {Session} session after the action
 * @param {{kind: "start" | "run" | "all" | "edit" | "restart", cell?: number}} action
 * @returns {{text: string, tone: "info" | "good" | "bad"}}
 */
export function describe(session, action) {
  const stale = staleReasons(session);
  if (action.kind === "start") {
    return { text: "Nothing has run yet: the kernel is empty. Run the cells in any order you like.", tone: "info" };
  }
  if (action.kind === "restart") {
    const left = session.cells.some((cell) => cell.leftOver)
      ? " The old numbers and outputs still stand on the page, but nothing in the kernel is behind them." : "";
    return { text: `The kernel is new and empty.${left}`, tone: "info" };
  }
  if (action.kind === "all") {
    const failed = session.cells.findIndex((cell) => cell.error && !cell.leftOver);
    if (failed >= 0) return describe(session, { kind: "run", cell: failed });
    return { text: `All five cells ran from top to bottom: total is ${session.variables.total.value}. `
      + "The page and the kernel agree.", tone: "good" };
  }
  const cell = session.cells[action.cell];
  const place = `Cell ${action.cell + 1}`;
  if (action.kind === "edit") {
    const held = session.variables.price;
    if (cell.count === null || cell.leftOver) {
      return { text: `${place} now says ${cell.source}. It has not run in this kernel yet.`, tone: "info" };
    }
    if (cell.source === cell.ranSource) {
      return { text: `${place} says ${cell.source} again, as the kernel knows it.`, tone: "info" };
    }
    return { text: `${place} now says ${cell.source}, but the kernel still holds price = ${held.value}: `
      + "editing is not running.", tone: "bad" };
  }
  if (cell.error) {
    const { missing } = execute(cell.source, session.variables);
    const writer = session.cells.findIndex((other) => other.source.startsWith(`${missing} =`));
    return { text: `${place} asks for ${missing}, and the kernel does not know it: NameError. Run cell ${writer + 1} `
      + `first, then cell ${action.cell + 1} again.`, tone: "bad" };
  }
  const mine = stale[action.cell]?.startsWith("from the top")
    ? ` Run from the top it would be ${cell.writes ? fromTheTop(session).cells[action.cell].wrote
      : fromTheTop(session).cells[action.cell].output}: the order of running counts.` : "";
  const waiting = stale.flatMap((reason, index) => (reason && !session.cells[index].leftOver ? [index] : []));
  const many = waiting.length > 1;
  // Running a cell again mends what used old values, but not what came of another order.
  const repair = !waiting.length ? ""
    : waiting.some((index) => stale[index].startsWith("from the top"))
      ? `${mine} “Restart and run all” puts the page and the kernel in step.`
      : ` Out of date now: cell${many ? "s" : ""} ${joinWords(waiting.map((index) => index + 1))}; run `
        + `${many ? "them in this order" : "it again"}.`;
  if (cell.writes) {
    return { text: `${place} ran as number [${cell.count}]. The kernel now holds ${cell.writes} = `
      + `${session.variables[cell.writes].value}.${repair}`, tone: repair ? "bad" : "info" };
  }
  return { text: `${place} ran as number [${cell.count}] and prints ${cell.output}.${repair}`,
    tone: repair ? "bad" : "good" };
}

/** Code with its numbers and names marked for colour. */
function codeOf(source) {
  return source.split(/(\bprint\b|-?\d+(?:\.\d+)?)/).map((part) => {
    if (part === "print") return h("span", { class: "lab-code-name" }, part);
    return /^-?\d/.test(part) ? h("span", { class: "lab-code-number" }, part) : part;
  });
}

/** @param {{model: any, el: HTMLElement}} view @returns {() => void} */
function render({ model, el }) {
  const scope = createScope();
  const sync = createSync(model);
  const startPrice = valueOr(model, "price", 3);
  let session = createSession(notebookSources(startPrice));
  const status = statusLine();

  const act = (next, action) => {
    session = next;
    const { text, tone } = describe(session, action);
    show();
    status.say(text, { tone, now: true });
    sync.send({ order: session.order.map((index) => index + 1), price: Number(session.cells[0].source.split(" = ")[1]) });
  };

  const priceId = uniqueId("price");
  const priceInput = h("input", {
    id: priceId, class: "lab-code-input lab-code-number", type: "number", min: 0, max: 99, step: 1, value: startPrice,
    inputmode: "numeric", "aria-label": "Price in cell 1",
  });
  scope.on(priceInput, "input", () => {
    if (!Number.isInteger(priceInput.valueAsNumber)) return;
    act(editCell(session, 0, `price = ${priceInput.valueAsNumber}`), { kind: "edit", cell: 0 });
  });
  scope.on(priceInput, "keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    act(runCell(session, 0), { kind: "run", cell: 0 });
  });

  const rows = session.cells.map((cell, index) => {
    const count = h("span", { class: "lab-cell-count" });
    const output = h("div", { class: "lab-cell-output" });
    const note = h("span", { class: "lab-cell-note" });
    const run = button({
      label: "Run", icon: "play", onClick: () => act(runCell(session, index), { kind: "run", cell: index }),
    });
    const code = index === 0
      ? h("code", { class: "lab-cell-code" }, "price = ", priceInput)
      : h("code", { class: "lab-cell-code" }, codeOf(cell.source));
    run.el.setAttribute("aria-label", `Run cell ${index + 1}`);
    const gutter = h("span", { class: "lab-cell-gutter" }, h("span", null, `cell ${index + 1}`), count);
    const row = h("li", { class: "lab-cell" }, gutter, code, run.el, h("div", { class: "lab-cell-below" }, output, note));
    return { row, count, output, note };
  });

  const variables = h("tbody");
  const order = h("p", { class: "lab-kernel-order" });
  const show = () => {
    const stale = staleReasons(session);
    rows.forEach(({ row, count, output, note }, index) => {
      const cell = session.cells[index];
      count.textContent = cell.count === null ? "[ ]" : `[${cell.count}]`;
      output.textContent = cell.error ?? cell.output ?? "";
      note.textContent = stale[index] ?? "";
      row.dataset.state = cell.error && !stale[index] ? "error" : stale[index] ? "stale" : cell.count ? "ran" : "new";
      output.dataset.kind = cell.error ? "error" : "text";
    });
    const held = Object.entries(session.variables);
    variables.replaceChildren(...(held.length
      ? held.map(([name, { value, cell }]) => h("tr", null, h("th", { scope: "row" }, h("code", null, name)),
        h("td", null, h("code", null, String(value))), h("td", null, `cell ${cell + 1}`)))
      : [h("tr", null, h("td", { colspan: 3, class: "lab-kernel-empty" }, "empty"))]));
    order.textContent = session.order.length
      ? `Order of running: ${session.order.map((index) => index + 1).join(", ")}` : "Order of running: nothing yet";
  };

  const restarted = (kind) => {
    const fresh = restart(session);
    act(kind === "all" ? runAll(fresh) : fresh, { kind });
  };
  const controls = toolbar(
    button({ label: "Run all", icon: "play", onClick: () => act(runAll(session), { kind: "all" }) }),
    button({ label: "Restart", icon: "reset", onClick: () => restarted("restart") }),
    button({ label: "Restart and run all", icon: "reset", onClick: () => restarted("all") }),
  );
  el.replaceChildren(h("div", { class: "lab lab-stack" },
    controls,
    h("div", { class: "lab-kernel-columns" },
      h("div", null, h("p", { class: "lab-heading" }, "The page"),
        h("ol", { class: "lab-cells", "aria-label": "Notebook of five cells" }, rows.map(({ row }) => row))),
      h("div", { class: "lab-kernel" }, h("p", { class: "lab-heading" }, "The kernel"),
        h("table", { class: "lab-kernel-table" },
          h("thead", null, h("tr", null, h("th", { scope: "col" }, "name"), h("th", { scope: "col" }, "value"),
            h("th", { scope: "col" }, "set by"))), variables),
        order)),
    status.el,
    h("p", { class: "lab-note" },
      "A simulation of these five statements; no Python runs here. You can change the price: the kernel notices when "
      + "you run the cell.")));
  show();
  status.say(describe(session, { kind: "start" }).text, { now: true });

  sync.listen("price", (value) => {
    priceInput.value = String(value);
    act(editCell(session, 0, `price = ${value}`), { kind: "edit", cell: 0 });
  });

  return () => {
    scope.dispose();
    sync.stop();
    status.stop();
    el.replaceChildren();
  };
}

export default { render };
