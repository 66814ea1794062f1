/**
 * Values as text, for the output of a cell: short, bounded, and with what matters in machine learning said first.
 * @module lab/live/inspect
 */

const MOST_ITEMS = 100;
const MOST_KEYS = 40;
const DEEPEST = 4;
const LONGEST_LINE = 76;
const LONGEST_STRING = 10000;
const MOST_ELEMENTS = 100000;
const EDGE = 3;

/** What `console.log` writes for its arguments: strings as they are, all else as {@link inspect} has it. */
export function logText(values) {
  const [first, ...rest] = values;
  const begin = typeof first === "string" && rest.length ? [filled(first, rest)] : values.slice(0, 1);
  return [...begin, ...rest].map((value) => (typeof value === "string" ? clip(value) : inspect(value))).join(" ");
}

/** A text whose `%s`, `%d`, `%f`, … are filled with the next values, which are taken out of the list. */
function filled(text, rest) {
  return text.replace(/%([sdifoOc%])/g, (whole, kind) => {
    if (kind === "%") return "%";
    if (!rest.length) return whole;
    const value = rest.shift();
    if (kind === "c") return "";
    if ("dif".includes(kind)) return String(kind === "f" ? Number(value) : Math.trunc(Number(value)));
    return typeof value === "string" ? clip(value) : inspect(value);
  });
}

/**
 * A value as text.
 * @param {unknown} value
 * @param {number} [depth] how deep it stands in another value
 * @param {Set<unknown>} [above] the values it stands in
 * @returns {string}
 */
export function inspect(value, depth = 0, above = new Set()) {
  if (value === null || typeof value !== "object" && typeof value !== "function") return primitive(value);
  if (above.has(value)) return "[the same again]";
  const special = specialText(value, depth);
  if (special !== null) return special;
  if (depth > DEEPEST) return Array.isArray(value) ? "[…]" : "{…}";
  const inside = new Set([...above, value]);
  try {
    return composite(value, depth, inside);
  } catch (error) {
    return `[an object that cannot be shown: ${error.message}]`;
  }
}

/** Is this a tensor of TensorFlow.js? */
export function isTensor(value) {
  return Boolean(value && typeof value === "object" && "dataId" in value && Array.isArray(value.shape)
    && typeof value.dataSync === "function");
}

/** Is this a model of tf.layers? */
export function isModel(value) {
  return Boolean(value && typeof value === "object" && Array.isArray(value.layers)
    && typeof value.countParams === "function" && typeof value.predict === "function");
}

/**
 * A tensor in words: kind, type, shape, bytes and its values (the first and last of many).
 * @returns {{ head: string, values: string, dtype: string, shape: number[], bytes: number }}
 */
export function describeTensor(tensor) {
  const { dtype, shape, size } = tensor;
  const isVariable = typeof tensor.assign === "function" && "trainable" in tensor;
  const head = `${isVariable ? "Variable" : "Tensor"} ${dtype} [${shape.join(", ")}]`;
  const bytes = size * ({ bool: 1, complex64: 8 }[dtype] ?? 4);
  if (tensor.isDisposed) return { head: `${head}, disposed`, values: "", dtype, shape, bytes: 0 };
  return { head, values: tensorValues(tensor), dtype, shape, bytes };
}

function primitive(value) {
  if (typeof value === "string") return JSON.stringify(clip(value));
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  return String(value);
}

function clip(text) {
  return text.length > LONGEST_STRING ? `${text.slice(0, LONGEST_STRING)}… (${text.length} characters)` : text;
}

/** What has a form of its own; null for the rest. */
function specialText(value, depth) {
  if (isTensor(value)) {
    const { head, values } = describeTensor(value);
    if (!values) return head;
    return values.includes("\n") ? `${head}\n${values}` : `${head} ${values}`;
  }
  if (isModel(value)) {
    return `${value.getClassName?.() ?? "Model"} “${value.name}”: ${count(value.layers.length, "layer")}, `
      + `${count(parameters(value), "parameter")}`;
  }
  if (typeof value === "function") {
    const name = value.name || "without a name";
    return /^class\b/.test(Function.prototype.toString.call(value)) ? `[class ${name}]` : `[function ${name}]`;
  }
  if (value instanceof Promise) return "Promise (await it to have its value)";
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Date) return Number.isNaN(value.valueOf()) ? "[no date]" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof ArrayBuffer) return `ArrayBuffer of ${count(value.byteLength, "byte")}`;
  if (value?.history && Array.isArray(value.epoch)) return historyText(value);
  if (typeof ImageData !== "undefined" && value instanceof ImageData) return `ImageData ${value.width} × ${value.height}`;
  if (Array.isArray(value.outboundNodes) && typeof value.countParams === "function") return layerText(value);
  // The names of TensorFlow.js' own classes are shortened; optimizers and the like know their real one.
  if (typeof value.getClassName === "function" && typeof value.getConfig === "function") {
    return `${value.getClassName()} ${inspect(value.getConfig(), depth)}`;
  }
  return null;
}

/** The parameters of a model or layer; one that has not been built yet has none to count. */
function parameters(part) {
  try {
    return part.countParams();
  } catch {
    return 0;
  }
}

function layerText(layer) {
  const shape = layer.built && layer.outboundNodes.length + layer.inboundNodes.length
    ? `, output ${JSON.stringify(layer.outputShape).replaceAll("null", "any").replaceAll(",", ", ")}` : "";
  return `${layer.getClassName()} “${layer.name}”: ${count(parameters(layer), "parameter")}${shape}`;
}

function historyText({ history, epoch }) {
  const last = Object.entries(history).map(([name, values]) => `${name} ${numberText(Number(values.at(-1)), 4)}`);
  return `History of ${count(epoch.length, "epoch")}, at the end ${last.join(", ") || "nothing"}`;
}

function composite(value, depth, inside) {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const shown = listed(value, (item) => (typeof item === "bigint" ? `${item}n`
      : numberText(item, value instanceof Float32Array ? 6 : 17)));
    return `${value.constructor.name}(${value.length}) ${block("[", shown, "]", depth)}`;
  }
  if (Array.isArray(value)) return block("[", listed(value, (item) => inspect(item, depth + 1, inside)), "]", depth);
  if (value instanceof Map) {
    const pairs = listed([...value], ([key, item]) => `${inspect(key, depth + 1, inside)} → ${inspect(item, depth + 1, inside)}`);
    return `Map(${value.size}) ${block("{", pairs, "}", depth)}`;
  }
  if (value instanceof Set) {
    return `Set(${value.size}) ${block("{", listed([...value], (item) => inspect(item, depth + 1, inside)), "}", depth)}`;
  }
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  const keys = Object.keys(value);
  const shown = keys.slice(0, MOST_KEYS).map((key) => `${keyText(key)}: ${inspect(value[key], depth + 1, inside)}`);
  if (keys.length > MOST_KEYS) shown.push(`… ${keys.length - MOST_KEYS} more`);
  const text = block("{", shown, "}", depth);
  return name && name !== "Object" ? `${name} ${text}` : text;
}

function keyText(key) {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? key : JSON.stringify(key);
}

function listed(values, text) {
  const shown = Array.from(values.slice(0, MOST_ITEMS), text);
  if (values.length > MOST_ITEMS) shown.push(`… ${values.length - MOST_ITEMS} more`);
  return shown;
}

/** Items on one line where they fit, else one below the other. */
function block(open, items, close, depth) {
  if (!items.length) return open + close;
  const pad = open === "{" ? " " : "";
  const line = `${open}${pad}${items.join(", ")}${pad}${close}`;
  if (line.length <= LONGEST_LINE && !line.includes("\n")) return line;
  const indent = "  ".repeat(depth + 1);
  const isShort = items.every((item) => item.length <= 12 && !item.includes("\n"));
  const body = isShort ? wrapped(items, indent) : items.map((item) => `${indent}${item}`).join(",\n");
  return `${open}\n${body}\n${"  ".repeat(depth)}${close}`;
}

function wrapped(items, indent) {
  const lines = [indent];
  items.forEach((item, index) => {
    const piece = index < items.length - 1 ? `${item}, ` : item;
    if (lines.at(-1).length + piece.length > LONGEST_LINE) lines.push(indent);
    lines[lines.length - 1] += piece;
  });
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** A tensor's values as nested lists, a row a line; of a long axis the first and the last three. */
function tensorValues(tensor) {
  if (tensor.size === 0) return "[]";
  if (tensor.dtype === "complex64") return "(complex numbers)";
  const values = tensor.size <= MOST_ELEMENTS ? readNow(tensor) : null;
  if (!values) return `(${count(tensor.size, "value")}, not shown)`;
  const { shape, dtype } = tensor;
  const text = (value) => (dtype === "string" ? JSON.stringify(value) : dtype === "bool" ? String(Boolean(value))
    : numberText(value, 6));
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const most = shape.length === 1 ? 20 : 10;
  const write = (axis, offset) => {
    if (axis === shape.length) return text(values[offset]);
    const indexes = shape[axis] <= most ? [...Array(shape[axis]).keys()]
      : [...Array(EDGE).keys(), -1, ...Array.from({ length: EDGE }, (_, i) => shape[axis] - EDGE + i)];
    const items = indexes.map((index) => (index < 0 ? "…" : write(axis + 1, offset + index * strides[axis])));
    const glue = axis < shape.length - 1 ? `,\n${" ".repeat(axis + 1)}` : ", ";
    return `[${items.join(glue)}]`;
  };
  return write(0, 0);
}

/** The values at once, or null where the backend has none to give. */
function readNow(tensor) {
  try {
    return tensor.dataSync();
  } catch {
    return null;
  }
}

/** A number without the digits that 32 bits do not carry reliably; whole numbers keep all. */
function numberText(value, digits) {
  return Number.isFinite(value) && !Number.isSafeInteger(value) ? String(Number(value.toPrecision(digits))) : String(value);
}

/** "1 layer", "2 layers"; thousands with a comma. */
export function count(number, noun) {
  return `${number.toLocaleString("en-GB")} ${noun}${number === 1 ? "" : "s"}`;
}
