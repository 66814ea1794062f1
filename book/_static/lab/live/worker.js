/**
 * The worker in which the live cells of one group run.
 *
 * The page makes it from a blob that imports this module, and hands it one end of a MessageChannel as the only
 * message to the worker itself; all else goes through that channel, which the cells' code cannot reach.
 *
 * Page → worker:
 *   { kind: "open", files, backends }            first: the address of `_static/`, the backends to try in order
 *   { kind: "run", run, cell, code, raises, needs, backend, above: [{ cell, code, raises, needs, backend }], checks?, fresh? }
 *       runs a cell, and before it those above that it needs and that have not run; `run` is a number of the page's;
 *       `fresh` forgets first what cells have declared, so that the code stands for itself
 *
 * Worker → page:
 *   { kind: "state", run, cell, text }           what is being waited for, such as TensorFlow.js
 *   { kind: "began", run, cell, for }            a cell begins; `for` is the cell that asked, perhaps itself
 *   { kind: "items", run, cell, items, dropped } output, in order; `dropped` lines did not fit
 *   { kind: "check", run, cell, name, state, why?, seconds? } one of an exercise's checks: "running", "pass" or "not yet"
 *   { kind: "ended", run, cell, for, ok, seconds, backend, memory, checks? }
 *       memory: { before: { tensors, bytes }, after: { … }, freed, leak: { count, bytes, shape, lines } | null } | null
 *       checks: what `runChecks` of lab/live/checks.js returned, where the message had checks and the code ran well
 *
 * Items: { kind: "text", level, text } · { kind: "value", text } · { kind: "tensor", head, values, dtype, shape, bytes,
 * text } · { kind: "table", columns, rows, more, text } · { kind: "html", text } · { kind: "image", width, height,
 * pixels, label, shownWidth } · { kind: "chart", type, id, data } · { kind: "error", name, message, line, column, cell,
 * advice, text } · { kind: "note", text } (advice without an error) · { kind: "dropped", count }
 *
 * Checks (lab/live/checks.js) are prepared as soon as TensorFlow.js is there, before any code of a cell that uses it.
 * @module lab/live/worker
 */
import { backends as offered, loadTensorFlow, useBackend } from "../tf.js";
import { adviceFor, noteFor } from "./advice.js";
import { prepareChecks } from "./checks.js";
import { placeInCell, readError } from "./errors.js";
import { isTensor, logText } from "./inspect.js";
import { isolate } from "./isolate.js";
import { isShown, makeShow, tableItem, valueItem } from "./show.js";
import { Sink } from "./sink.js";
import { trackTensors } from "./tensors.js";
import { CodeMistake, transform } from "./transform.js";

const PARSER = "vendor/acorn/acorn.js";

/** @type {(message: any, transfer?: Transferable[]) => void} */
let post = () => {};
let files = "";
let backends = ["webgl", "wasm", "cpu"];
/** @type {any} */
let parse = null;
/** @type {any} */
let tf = null;
/** @type {ReturnType<typeof trackTensors> | null} */
let tracker = null;
/** @type {ReturnType<typeof prepareChecks> | null} */
let runChecks = null;
/** @type {Map<string, { cell: string, locate: any }>} */
const modules = new Map();
/** @type {Map<string, { kind: string, cell: string }>} */
const variables = new Map();
/** @type {Map<string, PropertyDescriptor>} what stood there before a cell took its name */
const replacedByCells = new Map();
/** @type {Map<string, any>} the program of each cell that has run well */
const ran = new Map();
/** @type {any} the cell that runs, or that ran last */
let current = null;
let isPreparing = false;
let turn = Promise.resolve();

addEventListener("message", ({ ports: [port] }) => {
  const send = port.postMessage.bind(port);
  post = (message, transfer = []) => send(message, transfer);
  port.onmessage = ({ data }) => {
    if (data.kind === "open") open(data);
    else if (data.kind === "run") turn = turn.then(() => answer(data));
  };
}, { once: true });

function open(message) {
  files = message.files;
  backends = message.backends ?? backends;
  isolate(new URL("../", files).href);
  Error.stackTraceLimit = 100;
  replaceConsole();
  define("show", makeShow((item) => current?.sink.add(item)), true);
  for (const type of ["error", "unhandledrejection"]) {
    addEventListener(type, (event) => {
      event.preventDefault();
      fail(event.reason ?? event.error ?? event.message);
    });
  }
}

/** Run a cell and, first, those above that it needs. */
async function answer(message) {
  const { run, cell } = message;
  try {
    post({ kind: "state", run, cell, text: "Loading…" });
    parse ||= (await import(new URL(PARSER, files).href)).parse;
    if (message.fresh) forget();
    for (const one of neededAbove(message)) {
      if (!await execute({ ...one, run, for: cell })) {
        post({ kind: "ended", run, cell, for: cell, ok: false, failedAbove: one.cell, seconds: 0, backend: null, memory: null });
        return;
      }
    }
    await execute({ ...message, for: cell });
  } catch (error) {
    post({ kind: "items", run, cell, items: [{ kind: "error", ...readError(error), text: readError(error).message }], dropped: 0 });
    post({ kind: "ended", run, cell, for: cell, ok: false, seconds: 0, backend: null, memory: null });
  }
}

/** The cells above that have not run and that declare, or change, what the cell mentions; in their order. */
function neededAbove({ code, above }) {
  const wanted = new Set(mentionsOf(code));
  const declaredAbove = new Map();
  const programs = above.map((one) => ({ one, program: tryTransform(one.code) }));
  for (const { program } of programs) for (const name of program?.declares.keys() ?? []) declaredAbove.set(name, true);
  const needed = [];
  for (const { one, program } of programs.reverse()) {
    if (!program || ran.has(one.cell) || one.raises) continue;
    const names = [...program.declares.keys(), ...[...program.changes].filter((name) => declaredAbove.has(name))];
    if (!names.some((name) => wanted.has(name))) continue;
    needed.unshift(one);
    for (const name of program.mentions) wanted.add(name);
  }
  return needed;
}

function mentionsOf(code) {
  const program = tryTransform(code);
  return program ? [...program.mentions, ...program.declares.keys()] : [];
}

function tryTransform(code) {
  try {
    return transform(code, parse);
  } catch {
    return null;
  }
}

/** Run one cell's code. @returns {Promise<boolean>} whether it ran to its end without an error */
async function execute({ run, cell, code, needs, backend, checks, for: asked }) {
  const sink = new Sink((items, dropped) => post({ kind: "items", run, cell, items, dropped }, transfers(items)));
  current = { run, cell, code, sink, ok: true, replaced: [], training: 0 };
  const mine = current;
  post({ kind: "began", run, cell, for: asked });
  if (needs !== "nothing") {
    if (!tf) post({ kind: "state", run, cell, text: "Loading TensorFlow.js…" });
    isPreparing = true;
    try {
      await prepareTensorFlow(backend);
    } finally {
      isPreparing = false;
    }
  }
  post({ kind: "state", run, cell, text: "Running…" });
  const before = tracker?.memory();
  tracker?.begin();
  const begin = performance.now();
  try {
    await evaluate(code, cell);
  } catch (error) {
    fail(error);
  }
  if (mine.training > 0) sink.add({ kind: "note", text: noteFor("training") });
  const seconds = (performance.now() - begin) / 1000;
  const memory = settleMemory(mine, before);
  const results = checks !== undefined && mine.ok ? await check(checks, run, cell) : undefined;
  sink.close();
  post({ kind: "ended", run, cell, for: asked, ok: mine.ok, seconds, backend: tf?.getBackend() ?? null, memory, checks: results });
  return mine.ok;
}

/** Import the code as a module and let it run. */
async function evaluate(code, cell) {
  const program = transform(code, parse);
  if (current) current.program = program;
  const address = URL.createObjectURL(new Blob([program.module], { type: "text/javascript" }));
  modules.set(address, { cell, locate: program.locate });
  const { default: start } = await import(address);
  URL.revokeObjectURL(address);
  await start(hands(cell, program));
  ran.set(cell, program);
}

/** What a module does with its declarations and its last value. */
function hands(cell, program) {
  const declare = (values, isConstant) => {
    for (const [name, value] of Object.entries(values)) {
      const before = Object.getOwnPropertyDescriptor(globalThis, name);
      if (variables.has(name)) current.replaced.push(globalThis[name]);
      else if (before) replacedByCells.set(name, before);
      variables.set(name, { kind: program.declares.get(name), cell });
      define(name, value, isConstant);
    }
  };
  return {
    let: (values) => declare(values, false),
    const: (values) => declare(values, true),
    function: (values) => declare(values, false),
    var(name) { if (!variables.has(name)) declare({ [name]: undefined }, false); },
    value(value) {
      if (value === undefined) return;
      current.sink.add(valueItem(value));
      // Shown, and then nobody has it any more, unless a variable does.
      if (isTensor(value) || Array.isArray(value)) current.replaced.push(value);
      if (value instanceof Promise) {
        value.catch(() => {});
        current.sink.add({ kind: "note", text: noteFor("promise") });
      }
    },
  };
}

function define(name, value, isConstant) {
  Object.defineProperty(globalThis, name, { value, writable: !isConstant, configurable: true, enumerable: true });
}

const values = () => [...variables.keys()].map((name) => globalThis[name]);

async function prepareTensorFlow(backend) {
  const model = { get: (name) => (name === "files" ? files : undefined) };
  if (!tf) {
    tf = await loadTensorFlow(model, backend ? [backend, ...backends] : backends);
    tf.env().set("TENSORLIKE_CHECK_SHAPE_CONSISTENCY", true);
    define("tf", tf, false);
    tracker = trackTensors(tf);
    fetchBackends(model);
    watchTraining();
    runChecks = prepareChecks(tf);
  } else if (backend && tf.getBackend() !== backend) {
    await useBackend(tf, backend, model);
  }
}

/** Let `tf.setBackend("wasm")` find the backends that are fetched on demand here. */
function fetchBackends(model) {
  const engine = tf.engine();
  const { setBackend } = engine;
  engine.setBackend = async function choose(name) {
    const isMissing = !tf.findBackendFactory(name) && offered().includes(name);
    if (isMissing && await useBackend(tf, name, model)) return true;
    return setBackend.call(this, name);
  };
}

/**
 * Know of trainings that a cell does not wait for, and of losses that are no number; and take plain callbacks beside
 * those of TensorFlow.js, such as `show.fit()` beside `tf.callbacks.earlyStopping()`: it would fail or never end.
 */
function watchTraining() {
  const { prototype } = tf.LayersModel;
  for (const name of ["fit", "fitDataset"]) {
    const original = prototype[name];
    prototype[name] = async function watched(...given) {
      const mine = current;
      const settings = given.at(-1);
      if (Array.isArray(settings?.callbacks)) {
        given[given.length - 1] = { ...settings, callbacks: ofOneKind(settings, mine) };
      }
      mine.training += 1;
      try {
        const history = await original.apply(this, given);
        if (history.history.loss?.some((loss) => !Number.isFinite(Number(loss)))) {
          mine.sink.add({ kind: "note", text: noteFor("nan") });
        }
        return history;
      } finally {
        mine.training -= 1;
      }
    };
  }
}

/** Callbacks of a training, all of TensorFlow.js' own kind where one of them is. */
function ofOneKind({ callbacks, yieldEvery }, mine) {
  const isOwnKind = (one) => typeof one?.setParams === "function";
  if (!callbacks.some(isOwnKind) || callbacks.every(isOwnKind)) return callbacks;
  if (callbacks.some((one) => !isOwnKind(one) && !isShown(one))) mine.sink.add({ kind: "note", text: noteFor("callbacks") });
  return callbacks.map((one) => (isOwnKind(one) ? one : new tf.CustomCallback(one, yieldEvery)));
}

/** Free what old variables held, and say what the run left behind. */
function settleMemory(mine, before) {
  if (!tracker) return null;
  const kept = values();
  const freed = tracker.free(mine.replaced, kept);
  const lost = mine.training ? null : tracker.leaked(kept);
  const places = lost?.stacks.map((stack) => placeInCell(stack, modules, mine.cell)).filter((place) => place?.cell === mine.cell) ?? [];
  // Lines are named where all come from this cell, not from one whose training went on.
  const isAllMine = places.length === lost?.stacks.length;
  const lines = isAllMine ? [...new Set(places.map((place) => place.line))].sort((a, b) => a - b) : [];
  const leak = lost && { count: lost.count, bytes: lost.bytes, shape: lost.shape, lines };
  return { before: before ?? { tensors: 0, bytes: 0 }, after: tracker.memory(), freed, leak };
}

/** Judge the reader's code, each check as it is done. */
function check(source, run, cell) {
  return runChecks?.(source, {
    look: (name) => (variables.has(name) ? globalThis[name] : undefined),
    tell: (verdict) => post({ kind: "check", run, cell, ...verdict }),
    explain(error) {
      const { name, message } = readError(error);
      const advice = adviceFor({
        name, message, tf, code: current.code, line: "", variables: [...variables.keys()], said: current.said ?? "",
      });
      return advice ? `${message} ${advice}` : message;
    },
  });
}

/** Forget what cells have declared, and free the tensors in it. */
function forget() {
  tracker?.free(values(), []);
  for (const name of variables.keys()) delete globalThis[name];
  for (const [name, before] of replacedByCells) Object.defineProperty(globalThis, name, before);
  replacedByCells.clear();
  variables.clear();
  ran.clear();
  if (tf) define("tf", tf, false);
}

/** Show an error with its place and, where it is a common one, what to do. */
function fail(thrown) {
  const mine = current;
  mine.ok = false;
  const { name, message } = readError(thrown);
  const place = thrown instanceof CodeMistake
    ? { cell: mine.cell, line: thrown.place.line, column: thrown.place.column }
    : placeInCell(thrown?.stack, modules, mine.cell);
  const lines = mine.code.split("\n");
  const advice = adviceFor({
    name, message, tf, code: mine.code, line: place?.cell === mine.cell ? lines[place.line - 1] ?? "" : "",
    variables: [...variables.keys()], said: mine.said ?? "",
  });
  mine.sink.add({ kind: "error", name, message, ...place, advice, text: `${name}: ${message}` });
}

function replaceConsole() {
  const counts = new Map();
  const timers = new Map();
  let indent = "";
  const write = (level) => (...given) => {
    const text = indent + logText(given);
    // What TensorFlow.js says of backends that do not start is no output of the cell.
    if (!current || isPreparing) return;
    if (level === "error" || level === "warn") current.said = `${current.said ?? ""}${text}\n`.slice(-2000);
    current.sink.add(given.length === 1 && isTensor(given[0]) && !indent
      ? valueItem(given[0]) : { kind: "text", level, text });
    if (text.includes("[object Promise]")) current.sink.add({ kind: "note", text: noteFor("promise") });
  };
  const log = write("log");
  const table = (rows, columns) => (rows && typeof rows === "object" ? current?.sink.add(tableItem(rows, columns)) : log(rows));
  const own = {
    log, info: log, debug: log, dir: (value) => log(value), warn: write("warn"), error: write("error"), table,
    trace: log, clear() {},
    assert: (holds, ...words) => { if (!holds) own.error("Assertion failed:", ...words); },
    count: (name = "default") => { counts.set(name, (counts.get(name) ?? 0) + 1); log(`${name}: ${counts.get(name)}`); },
    time: (name = "default") => { timers.set(name, performance.now()); },
    timeLog: (name = "default", ...words) => { log(`${name}: ${(performance.now() - (timers.get(name) ?? performance.now())).toFixed(1)} ms`, ...words); },
    timeEnd: (name = "default") => { own.timeLog(name); },
    countReset: (name = "default") => { counts.delete(name); },
    group: (...words) => { log(...words); indent += "  "; },
    groupCollapsed: (...words) => { own.group(...words); },
    groupEnd: () => { indent = indent.slice(2); },
  };
  define("console", Object.assign(Object.create(globalThis.console), own), false);
}

function transfers(items) {
  return items.filter((item) => item.kind === "image").map((item) => item.pixels.buffer);
}
