/**
 * A cell's code as a module that a worker can import.
 *
 * What the code declares at its top level becomes a variable of the worker, so that later cells see and change it
 * and running a cell again declares it anew; the value of a last expression is handed over to be shown; and every
 * place in the module can be traced back to its place in the cell.
 * @module lab/live/transform
 */
import { declaredNames, freeNames, nestedVars, patternNames } from "./names.js";

/** A mistake in the code that was found before it ran: what is wrong, and where (line from 1, column from 0). */
export class CodeMistake extends SyntaxError {
  /** @param {string} message @param {{ line: number, column: number }} place */
  constructor(message, place) {
    super(message);
    this.place = place;
  }
}

/** The name under which a module gets what it is handed. */
const HANDS = "$cell";
/** Names on which JavaScript, TensorFlow.js and the worker itself stand: a variable of that name would take them away. */
const TAKEN = new Set([
  "Array", "ArrayBuffer", "BigInt", "Blob", "Boolean", "Date", "Error", "Float32Array", "Function", "ImageData", "Infinity",
  "Int32Array", "JSON", "Map", "Math", "NaN", "Number", "Object", "OffscreenCanvas", "Promise", "Proxy", "Reflect", "RegExp",
  "Request", "Response", "Set", "String", "Symbol", "TypeError", "URL", "Uint8Array", "Uint8ClampedArray", "WeakMap", "WeakRef",
  "WeakSet", "WebAssembly", "clearInterval", "clearTimeout", "console", "crypto", "fetch", "globalThis", "performance",
  "requestAnimationFrame", "self", "setInterval", "setTimeout", "tf", "undefined",
]);
const TFJS = /^@tensorflow\/tfjs(-core|-layers|-data|-converter)?$/;

/**
 * @typedef {object} Program
 * @property {string} module its text
 * @property {Map<string, "let" | "const" | "function" | "class" | "var">} declares
 * @property {Set<string>} mentions names that it takes from elsewhere: other cells, TensorFlow.js, the browser
 * @property {Set<string>} changes those of them on which it acts without declaring them, as in `model.add(…)`
 * @property {(line: number, column: number) => { line: number, column: number } | null} locate
 *   where a place in the module (line and column from 1) lies in the cell
 */

/**
 * @param {string} code
 * @param {(code: string, options: object) => any} parse acorn's
 * @returns {Program}
 * @throws {CodeMistake}
 */
export function transform(code, parse) {
  const tree = read(code, parse);
  const writer = new Writer(code);
  const declares = declaredNames(tree);
  const vars = nestedVars(tree);
  for (const [name] of vars) if (!declares.has(name)) declares.set(name, "var");
  for (const node of [...tree.body, ...vars.flatMap(([, nested]) => nested)]) refuseTaken(node);
  writer.add(`export default async (${HANDS}) => { `);
  for (const node of tree.body) {
    if (node.type !== "FunctionDeclaration") continue;
    writer.add(`${HANDS}.function({ ${node.id.name}: `);
    writer.copy(node.start, node.end);
    writer.add(" }); ");
  }
  for (const [name, kind] of declares) if (kind === "var") writer.add(`${HANDS}.var("${name}"); `);
  const edits = vars.flatMap(([, node]) => node).map((node) => withoutVar(node, code));
  tree.body.forEach((node, index) => {
    writer.add("\n");
    statement(node, writer, index === tree.body.length - 1, edits);
  });
  writer.add("\n};\n");
  return {
    module: writer.text,
    declares,
    mentions: freeNames(tree),
    changes: changedNames(tree),
    locate: (line, column) => writer.locate(line, column),
  };
}

function read(code, parse) {
  try {
    return parse(code, { ecmaVersion: "latest", sourceType: "module", locations: true, allowAwaitOutsideFunction: true });
  } catch (error) {
    if (!error.loc) throw error;
    throw new CodeMistake(error.message.replace(/\s*\(\d+:\d+\)$/, ""), error.loc);
  }
}

function refuseTaken(node) {
  if (node.type === "ImportDeclaration") return;
  const name = [...declaredNames({ body: [node] }).keys()].find((one) => TAKEN.has(one));
  if (name) throw new CodeMistake(`The name ${name} is taken.`, node.loc.start);
}

function statement(node, writer, isLast, edits) {
  switch (node.type) {
    case "FunctionDeclaration":
    case "EmptyStatement":
      return;
    case "ClassDeclaration":
      writer.add(`${HANDS}.let({ ${node.id.name}: `);
      writer.copy(node.start, node.end);
      writer.add(" });");
      return;
    case "VariableDeclaration":
      for (const one of node.declarations) declarator(node.kind, one, writer);
      return;
    case "ImportDeclaration":
      importDeclaration(node, writer);
      return;
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration":
    case "ExportAllDeclaration":
      throw new CodeMistake("A cell exports nothing.", node.loc.start);
    case "ExpressionStatement":
      if (isLast && node.directive !== "use strict" && shows(node.expression)) {
        writer.add(`${HANDS}.value(`);
        writer.copy(node.expression.start, node.expression.end);
        writer.add(");");
        return;
      }
  }
  writer.copy(node.start, node.end, edits);
  writer.add(";");
}

/** An assignment has a value too, but nobody who writes one asks to see it. */
function shows(expression) {
  return !["AssignmentExpression", "UpdateExpression"].includes(expression.type);
}

function declarator(kind, one, writer) {
  const method = kind === "const" ? "const" : "let";
  if (one.id.type !== "Identifier") {
    // Taken apart in a block of its own, then shared.
    writer.add("{ const ");
    writer.copy(one.id.start, one.end);
    writer.add(`; ${HANDS}.${method}({ ${patternNames(one.id).join(", ")} }); } `);
    return;
  }
  if (kind === "var" && !one.init) return;
  // As a property of an object literal a function still gets its name.
  writer.add(`${HANDS}.${method}({ `);
  writer.copy(one.id.start, one.id.end);
  writer.add(": ");
  if (one.init) writer.copy(one.init.start, one.init.end);
  else writer.add("undefined");
  writer.add(" }); ");
}

function importDeclaration(node, writer) {
  if (!TFJS.test(node.source.value)) {
    throw new CodeMistake(`A cell cannot import “${node.source.value}”.`, node.loc.start);
  }
  for (const { type, local, imported } of node.specifiers) {
    const value = type === "ImportSpecifier" ? `tf.${imported.name}` : "tf";
    if (local.name !== value) writer.add(`${HANDS}.const({ ${local.name}: ${value} }); `);
  }
}

/** `var a = 1, { b } = c` inside a block as the assignments `a = 1, { b } = c`. */
function withoutVar(node, code) {
  const parts = node.declarations.map(({ id, init }) => {
    const target = code.slice(id.start, id.end);
    if (!init) return target;
    const assignment = `${target} = ${code.slice(init.start, init.end)}`;
    return id.type === "Identifier" ? assignment : `(${assignment})`;
  });
  const ends = code.slice(node.start, node.end).endsWith(";") ? ";" : "";
  return { start: node.start, end: node.end, text: `${parts.join(", ")}${ends}` };
}

/** The names whose methods a statement of the top level calls, or whose properties it sets: `model.add(…)`. */
function changedNames(tree) {
  const found = new Set();
  for (const node of tree.body) {
    let expression = node.type === "ExpressionStatement" ? node.expression : null;
    if (node.type === "VariableDeclaration") expression = node.declarations.at(-1).init;
    if (expression?.type === "AwaitExpression") expression = expression.argument;
    if (expression?.type === "CallExpression") expression = expression.callee;
    const isAssigned = expression?.type === "AssignmentExpression";
    if (isAssigned) expression = expression.left;
    const isMember = expression?.type === "MemberExpression";
    while (expression?.type === "MemberExpression") expression = expression.object;
    if ((isMember || isAssigned) && expression?.type === "Identifier") found.add(expression.name);
  }
  return found;
}

/** Puts a text together of new pieces and of pieces of the code, and knows which is which. */
class Writer {
  /** @param {string} code */
  constructor(code) {
    this.code = code;
    this.text = "";
    this.pieces = [];
  }

  /** @param {string} text */
  add(text) {
    this.text += text;
  }

  /** Copy a range of the code, with the edits that lie in it. */
  copy(start, end, edits = []) {
    let from = start;
    for (const edit of edits) {
      if (edit.start < from || edit.end > end) continue;
      this.#piece(from, edit.start);
      this.pieces.push({ at: this.text.length, from: edit.start, length: edit.text.length });
      this.text += edit.text;
      from = edit.end;
    }
    this.#piece(from, end);
  }

  #piece(from, to) {
    if (to <= from) return;
    this.pieces.push({ at: this.text.length, from, length: to - from });
    this.text += this.code.slice(from, to);
  }

  /** Where a place in the text (from 1) lies in the code: line from 1, column from 0. */
  locate(line, column) {
    let at = 0;
    for (let count = 1; count < line; count += 1) {
      at = this.text.indexOf("\n", at) + 1;
      if (!at) return null;
    }
    at += Math.max(0, column - 1);
    // What lies in a new piece belongs to the piece of the code that follows on the same line.
    const end = (this.text.indexOf("\n", at) + 1 || this.text.length + 1) - 1;
    const piece = this.pieces.findLast((one) => one.at <= at && at <= one.at + one.length)
      ?? this.pieces.find((one) => at < one.at && one.at <= end);
    if (!piece) return null;
    const before = this.code.slice(0, Math.min(this.code.length, piece.from + Math.max(0, at - piece.at))).split("\n");
    return { line: before.length, column: before.at(-1).length };
  }
}
