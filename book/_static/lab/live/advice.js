/**
 * The commonest mistakes with TensorFlow.js: how each shows, and a sentence that says what to do.
 *
 * A row's `when` is matched against the message as TensorFlow.js 4.22, Chromium and Firefox write it; a row may ask
 * more of the case (`if`). The first row that fits speaks.
 * @module lab/live/advice
 */
import { nearest } from "./spelling.js";

/**
 * @typedef {object} Case
 * @property {string} name of the error, such as "TypeError"
 * @property {string} message
 * @property {string} code of the cell
 * @property {string} line of the code where it happened, "" where that is not known
 * @property {string[]} variables of all cells so far
 * @property {string} said what was written to console.warn and console.error in the run
 * @property {any} tf null while it is not loaded
 */

/** @type {Array<{ id: string, when: RegExp, if?: (one: Case, match: RegExpExecArray) => boolean,
 *                 say: string | ((one: Case, match: RegExpExecArray) => string | null) }>} */
export const MISTAKES = [
  {
    id: "matmul-shapes", when: /Error in matMul: inner shapes \((\w+)\) and \((\w+)\) of Tensors with shapes ([\d,]+) and ([\d,]+)/,
    say: (_, [, left, right, a, b]) => (right === "undefined"
      ? `matMul needs tensors with two axes: give the one of shape [${b}] a second axis, with .reshape([${b}, 1]) for a column.`
      : `The columns of the left tensor (${left}, of [${spaced(a)}]) must be as many as the rows of the right one (${right}, of [${spaced(b)}]): transpose one with .transpose(), or swap them.`),
  },
  {
    id: "broadcast-shapes", when: /Operands could not be broadcast together with shapes ([\d,]*) and ([\d,]*)/,
    say: (_, [, a, b]) => `Shapes [${spaced(a)}] and [${spaced(b)}] do not fit: counted from the right, each pair of sizes must be equal or one of them 1. Look at both with .shape, then .reshape or .expandDims one.`,
  },
  {
    id: "reshape-size", when: /Size\s?\((\d+)\) must match the product of shape ([\d,]+)/,
    say: (_, [, size, shape]) => `A reshape keeps the number of values, which is ${size}, and [${spaced(shape)}] has ${product(shape)}: write -1 for one size and TensorFlow.js works it out.`,
  },
  {
    id: "tensor-values", when: /Based on the provided shape, \[([\d,]+)\], the tensor should have (\d+) values? but has (\d+)/,
    say: (_, [, shape, wanted, had]) => `Shape [${spaced(shape)}] holds ${wanted} values and you gave ${had}: change the shape, or the list.`,
  },
  {
    id: "tensor-needs-shape", when: /(tensor\dd)\(\) requires shape to be provided when `values` are a flat/,
    say: (_, [, name]) => `A flat list does not say how many rows it makes: give the shape too, as in tf.${name}(values, [rows, columns]), or write the values as a list of rows.`,
  },
  {
    id: "ragged-rows", when: /Element arr\[([\d\][]*)\] should have (\d+) elements, but has (\d+) elements/,
    say: (_, [, place, wanted, had]) => `All rows must be of the same length: row ${place.split("][")[0]} (counted from 0) has ${had} values where ${wanted} are expected.`,
  },
  {
    id: "tensor1d-nested", when: /tensor1d\(\) requires values to be a flat/,
    say: "tensor1d takes one flat list of numbers: use tf.tensor2d for a list of lists.",
  },
  {
    id: "int-wanted", when: /Argument '(\w+)' passed to '(\w+)' must be int32 tensor, but got (\w+) tensor/,
    say: (_, [, argument, name, dtype]) => `${name} wants whole numbers (int32) and got ${dtype}: write tf.tensor1d(values, "int32"), or ${argument}.toInt().`,
  },
  {
    id: "float-wanted", when: /Argument '\w+' passed to '(\w+)' must be float32 tensor, but got (\w+) tensor/,
    say: (one, [, name, dtype]) => (/sparse/i.test(one.code)
      ? "The sparse loss wants its labels as float32: leave the dtype out in tf.tensor1d(labels), or write labels.toFloat()."
      : `${name} wants float32 and got ${dtype}: convert with .toFloat().`),
  },
  {
    id: "text-for-numbers", when: /must be numeric tensor, but got string tensor/,
    say: "The tensor holds text, not numbers, as it does when values come straight from a CSV: convert them first, values.map(Number).",
  },
  {
    id: "dtype-wanted", when: /Argument '\w+' passed to '(\w+)' must be (\w+) tensor, but got (\w+) tensor/,
    say: (_, [, name, wanted, dtype]) => `${name} wants a tensor of dtype ${wanted} and got ${dtype}: convert with .cast("${wanted}"), or compare first, as in x.greater(0).`,
  },
  {
    id: "not-a-tensor", when: /Argument '(\w+)' passed to '(\w+)' must be a Tensor or TensorLike, but got '(\w+)'/,
    say: (_, [, , name, kind]) => (kind === "Promise"
      ? `${name} got a promise: write await in front of what makes it.`
      : `${name} got ${kind === "null" ? "nothing (undefined or null)" : `a value of kind ${kind}`} where it needs a tensor or numbers: print the variable to see what it holds.`),
  },
  {
    id: "tidy-async", when: /Tensor is disposed|Cannot read properties of undefined \(reading 'backend'\)/,
    if: (one) => /Cannot return a Promise inside of tidy/.test(one.said) || /tidy\(\s*async/.test(one.code),
    say: "tf.tidy cannot wait: its function ends at the first await, and all its tensors are freed then. Take async and await out of it, and await what it returns outside.",
  },
  {
    id: "tensor-disposed", when: /Tensor is disposed/,
    say: "This tensor was freed before, by dispose() or at the end of the tf.tidy that made it: use it earlier, or return it from the tidy. If an earlier cell freed it, run the cell that makes it again.",
  },
  {
    id: "model-disposed", when: /(?:Layer|Container) '.+' is already disposed/,
    say: "This model was freed with dispose(): build it again, or dispose of it later.",
  },
  {
    id: "not-compiled", when: /The model needs to be compiled before being used/,
    say: "Choose loss and optimizer before training: model.compile({ loss: \"meanSquaredError\", optimizer: tf.train.sgd(0.05) }).",
  },
  {
    id: "lengths-differ", when: /Input Tensors should have the same number of samples as target Tensors. Found (\d+) input sample\(s\) and (\d+) target/,
    say: (_, [, inputs, targets]) => `There are ${inputs} examples and ${targets} labels: every example needs one. Look at features.shape[0] and labels.shape[0].`,
  },
  {
    id: "sparse-wanted", when: /target expected a batch of elements where each example has shape \[1\] .*each with shape \[(\d+)\]/,
    if: (one) => /sparse/i.test(one.code),
    say: (_, [, classes]) => `The sparse loss wants one class number an example, and these labels have ${classes} numbers each (one-hot): use loss "categoricalCrossentropy", or labels.argMax(1).toFloat().`,
  },
  {
    id: "one-hot-wanted", when: /target expected a batch of elements where each example has shape \[(\d+)\] .*each with shape \[1\]/,
    say: (_, [, classes]) => `The model answers with ${classes} numbers an example and each label is one: make labels one-hot with tf.oneHot(labels, ${classes}) (labels as int32), or use loss "sparseCategoricalCrossentropy".`,
  },
  {
    id: "label-shape", when: /target expected a batch of elements where each example has shape \[([\d,]*)\].*each with shape \[([\d,]*)\]/,
    say: (_, [, wanted, had]) => `The last layer gives [${spaced(wanted)}] an example and the labels have [${spaced(had)}]: make the last layer's units equal to the numbers in a label.`,
  },
  {
    id: "input-shape", when: /input expected a batch of elements where each example has shape \[([\d,]*)\].*each with shape \[([\d,]*)\]/,
    say: (_, [, wanted, had]) => `The model was built for examples of shape [${spaced(wanted)}] (its inputShape) and these have [${spaced(had)}]: change inputShape, or the data.`,
  },
  {
    id: "batch-axis", when: /expected \S+ to have (\d+) dimension\(s\), but got array with shape \[([\d,]+)\]/,
    if: (_, [, axes, shape]) => shape.split(",").length === Number(axes) - 1,
    say: (_, [, , shape]) => `A model takes a batch, even of one example: add the first axis with x.expandDims(0), which makes [1, ${spaced(shape)}].`,
  },
  {
    id: "batch-axis", when: /expected \S+ to have shape \[null,(\d+)\] but got array with shape \[(\d+),1\]/,
    if: (_, [, wanted, had]) => wanted === had,
    say: (_, [, wanted]) => `A model takes a batch, even of one example: add the first axis with x.expandDims(0), which makes [1, ${wanted}].`,
  },
  {
    id: "predict-shape", when: /expected \S+ to have shape \[null,([\d,]+)\] but got array with shape \[([\d,]+)\]/,
    say: (_, [, wanted, had]) => `The model wants [examples, ${spaced(wanted)}] and got [${spaced(had)}]: only the first size may differ.`,
  },
  {
    id: "predict-array", when: /the Array of Tensors that you are passing to your model is not the size/,
    say: "predict wants a tensor, not a list of numbers: write model.predict(tf.tensor2d([[1, 2, 3]])), one row an example.",
  },
  {
    id: "layers-do-not-fit", when: /Error when checking target: expected (\S+) to have (\d+) dimension\(s\)\. but got array with shape/,
    say: (_, [, layer, axes]) => `The last layer, ${layer}, still gives ${axes} axes: put tf.layers.flatten() in front of the first dense layer.`,
  },
  {
    id: "first-layer-input", when: /The first layer in a Sequential model must get an `inputShape`/,
    say: "Tell the first layer what one example looks like, without the number of examples: tf.layers.dense({ units: 1, inputShape: [1] }).",
  },
  {
    id: "units-missing", when: /Expected (\w+) to be a positive integer, but got (\w+)/,
    say: (_, [, name]) => `The layer needs ${name}, a whole number: settings go into one object, as in tf.layers.dense({ ${name}: 4 }).`,
  },
  {
    id: "unknown-name", when: /^Unknown (loss|[Oo]ptimizer|metric|activation):? (\w+)/,
    say: (one, [, kind, name]) => unknownName(kind.toLowerCase(), name),
  },
  {
    id: "optimizer-missing", when: /Cannot read properties of undefined \(reading 'minimize'\)|can't access property "minimize"/,
    say: "compile needs an optimizer beside the loss: model.compile({ loss: …, optimizer: tf.train.adam(0.01) }).",
  },
  {
    id: "no-gradient", when: /Cannot find a connection between any variable and the result of the loss function/,
    say: "The loss must be computed from tf.variable(…) with operations of TensorFlow.js inside the function that minimize gets: numbers read with data() cut the connection.",
  },
  {
    id: "no-gradient", when: /expects at least one of the input variables to be trainable/,
    say: "There is no variable to train: make the parameters with tf.variable(tf.scalar(0)).",
  },
  {
    id: "variable-shape", when: /shape of the new value \(([\d,]*)\) and previous value \(([\d,]*)\) must match/,
    say: (_, [, now, before]) => `A variable keeps its shape, [${spaced(before)}]; a value of shape [${spaced(now)}] does not fit in.`,
  },
  {
    id: "from-pixels", when: /pixels passed to tf\.browser\.fromPixels\(\)/,
    say: "fromPixels wants a picture as the browser has it. In a cell that is ImageData or an OffscreenCanvas: await createImageBitmap(await (await fetch(address)).blob()), drawn on a canvas.",
  },
  {
    id: "model-not-json", when: /Failed to parse model JSON of response from (\S+?)\.? Please/,
    say: (_, [, address]) => `At ${address} lies no model but something else, often a page that says “not found”: give the address of model.json itself.`,
  },
  {
    id: "model-not-found", when: /Request (?:for|to) (\S+) failed(?: due to error| with status code (\d+))/,
    say: (_, [, address, status]) => `${address} could not be read${status ? ` (the server answered ${status})` : ""}: check the address letter by letter. It is the address of model.json, whose .bin files lie beside it.`,
  },
  {
    id: "no-such-storage", when: /Browser downloads are not supported|Cannot find any save handlers for URL '(\w+):|IndexedDB|indexedDB|local storage/,
    say: "A live cell reaches no files and no storage of the browser: keep the model in a variable, or save it from a page of your own.",
  },
  {
    id: "kernel-missing", when: /Kernel '(\w+)' not registered for backend '(\w+)'/,
    say: (_, [, kernel, backend]) => `The backend ${backend} cannot do ${kernel}: choose another with await tf.setBackend("cpu"), or do it with other operations.`,
  },
  {
    id: "backend-unknown", when: /Backend name '(\w+)' not found in registry/,
    say: (_, [, name]) => backendUnknown(name),
  },
  {
    id: "await-missing", when: /^(\w[\w.]*)\.(predict|evaluate|summary|history|toFixed|layers|fit|map|length) is not a function|Cannot read properties of undefined \(reading '(\w+)'\)|can't access property "(\w+)", .* is undefined|(\w+) is not iterable|undefined is not a function/,
    if: (one, match) => lacksAwait(one, match),
    say: "This value is still a promise: write await in front of the call that makes it, as in await model.fit(…), await x.data(), await tf.loadLayersModel(…).",
  },
  {
    id: "number-of-tensor", when: /(?:toFixed|toPrecision) is not a function/,
    say: "A tensor is not a number: read it first, const [number] = await x.data();",
  },
  {
    id: "misspelt", when: /([\w$.[\]()]+)\.(\w+) is not a (?:function|constructor)/,
    say: (one, [, owner, name]) => misspelt(one, owner, name),
  },
  {
    id: "fit-of-arrays", when: /Cannot read properties of undefined \(reading 'length'\)|can't access property "length"/,
    if: (one) => /\bfit\(\s*\[/.test(one.code),
    say: "fit wants tensors, not lists: wrap them, tf.tensor2d(features) and tf.tensor2d(labels).",
  },
  {
    id: "const-assigned", when: /Assignment to constant variable|Cannot assign to read only property '(\w+)' of object '#<DedicatedWorker|"(\w+)" is read-only|invalid assignment to const '(\w+)'/,
    say: (_, match) => `${match[1] ?? match[2] ?? match[3] ?? "The variable"} was declared with const, which never changes: declare it with let.`,
  },
  {
    id: "declared-twice", when: /Identifier '(\w+)' has already been declared/,
    say: (_, [, name]) => `${name} is declared twice in this cell: leave out the second const or let to give it a new value.`,
  },
  {
    id: "await-in-function", when: /Cannot use keyword 'await' outside an async function/,
    say: "await stands only at the top of a cell and in functions marked async: write async in front of this function, and await where it is called.",
  },
  {
    id: "module-words", when: /^A cell (cannot import|exports nothing)/,
    say: (_, [, what]) => (what === "exports nothing" ? "Leave out the word export: later cells see every variable."
      : "Leave out the import: TensorFlow.js is there as tf, and other libraries cannot be brought in."),
  },
  {
    id: "name-taken", when: /^The name (\w+) is taken/,
    say: (_, [, name]) => (name === "tf" ? "tf is TensorFlow.js here, ready to use: leave this line out."
      : `${name} is part of JavaScript itself, and all cells need it: choose another name, such as my${name[0].toUpperCase()}${name.slice(1)}.`),
  },
  {
    id: "return-outside", when: /'return' outside of function/,
    say: "return stands only in a function: a cell shows the value of its last line without it.",
  },
  {
    id: "html", when: /Unexpected token/, if: (one) => /^\s*</.test(one.line),
    say: "This is HTML, and a cell holds JavaScript alone: TensorFlow.js needs no script tag here, and show.html(`…`) shows HTML.",
  },
  {
    id: "python-word", when: /Unexpected token|Unexpected keyword|Unexpected character/,
    if: (one) => /^\s*(def|elif|from \w+ import|print\b|if [^(]*:|for \w+ in |while [^(]*:)|#/.test(one.line),
    say: "This looks like Python. In JavaScript a function is function name(x) { … }, a comment begins with //, and conditions stand in ( ) before { }.",
  },
  {
    id: "syntax", when: /^(Unexpected token|Unexpected character|Unterminated|Unexpected keyword)/,
    say: "The code cannot be read from here on: look for a missing or extra bracket, comma or quotation mark just before this place.",
  },
  {
    id: "no-document",
    when: /\b(document|window|alert|prompt|confirm|localStorage|sessionStorage|HTMLElement|Image|Audio|Worker|XMLHttpRequest|WebSocket|importScripts) is not defined/,
    say: (_, [, name]) => `A live cell runs apart from the page, so ${name} is not there: show things with console.log, show.image, show.html or show.line.`,
  },
  {
    id: "no-camera", when: /reading '(getUserMedia|enumerateDevices)'|can't access property "(getUserMedia|enumerateDevices)"/,
    say: "A live cell has no camera and no microphone: the demos of the laboratory have, and a page of your own may.",
  },
  {
    id: "tfjs-vis", when: /\btfvis is not defined/,
    say: "tfjs-vis draws into a page of its own. Here show draws: callbacks: show.fit() for loss and accuracy, show.layers(model), show.histogram, show.confusion, show.line.",
  },
  {
    id: "other-library", when: /\b(require|module|exports|process|__dirname|d3|Plotly|Chart|\$|jQuery|ml5|p5|Papa|axios|mobilenet|knnClassifier|cocoSsd|toxicity) is not defined|(\$) is not defined/,
    if: (one, [, name]) => !one.variables.includes(name),
    say: (_, [, name = "$"]) => (/^(require|module|exports|process|__dirname)$/.test(name)
      ? `${name} belongs to Node.js, and this is a browser: TensorFlow.js is there as tf, without being loaded.`
      : `${name} comes from another library, and a live cell has TensorFlow.js alone, as tf.`),
  },
  {
    id: "python-name", when: /\b(True|False|None|print|len|np|range|keras|self) is not defined/,
    if: (one, [, name]) => !one.variables.includes(name),
    say: (_, [, name]) => `${name} is Python. In JavaScript: ${PYTHON[name]}.`,
  },
  {
    id: "not-defined", when: /(\w+) is not defined/,
    say: (one, [, name]) => notDefined(one, name),
  },
  {
    id: "foreign-address", when: /A live cell reads the site's own files|Failed to fetch dynamically imported module|error loading dynamically imported module/,
    say: "Nothing leaves this page and nothing foreign comes in: put data into the cell as text, or try it in a page of your own.",
  },
  {
    id: "endless-calls", when: /Maximum call stack size exceeded|too much recursion/,
    say: "A function calls itself without an end: it needs a case in which it returns without calling itself.",
  },
  {
    id: "too-large", when: /Requested texture size|Invalid (typed )?array length|Invalid string length|invalid or out-of-range|allocation size overflow|Array buffer allocation failed|out of memory/i,
    say: "That is more memory than there is: make the tensor or the batch smaller, and free what you no longer need.",
  },
  {
    id: "undefined-owner", when: /Cannot (?:read|set) properties of (undefined|null) \((?:reading|setting) '([^']+)'\)|can't access property "?([^",]+)"?, .* is (undefined|null)/,
    say: (_, match) => `What stands before .${match[2] ?? match[3]} has no value (${match[1] ?? match[4]}): print it with console.log. `
      + "Its name may be misspelt, and a line that begins with [ or ( wants a semicolon at the end of the line above.",
  },
];

/** Sentences for what is no error, by kind. */
const NOTES = {
  promise: "This is a promise, not its value: write await in front of the call.",
  callbacks: "TensorFlow.js itself takes either plain callbacks or callbacks of its own in one list. The laboratory takes both; elsewhere write new tf.CustomCallback({ … }) for a plain one.",
  training: "The cell ended while model.fit was still training: write await in front of model.fit, so that what follows waits for it.",
  nan: "The loss is no number any more (NaN): the steps are too large. Lower the learning rate, and bring the features to a range such as 0 to 1.",
};

/** @param {keyof typeof NOTES} kind */
export function noteFor(kind) {
  return NOTES[kind];
}

/**
 * What to do about an error, in a sentence; null for one that is none of the common ones.
 * @param {Case} one
 * @returns {string | null}
 */
export function adviceFor(one) {
  for (const mistake of MISTAKES) {
    const match = mistake.when.exec(one.message);
    if (!match || (mistake.if && !mistake.if(one, match))) continue;
    const said = typeof mistake.say === "string" ? mistake.say : mistake.say(one, match);
    if (said) return said;
  }
  return null;
}

const PYTHON = {
  True: "true", False: "false", None: "null", print: "console.log(…)", len: "values.length", np: "the functions of tf, such as tf.tensor",
  range: "for (let i = 0; i < 10; i += 1) { … }", keras: "tf.layers and tf.sequential", self: "this",
};
const KNOWN = {
  loss: ["meanSquaredError", "meanAbsoluteError", "categoricalCrossentropy", "sparseCategoricalCrossentropy", "binaryCrossentropy", "categoricalHinge", "hinge"],
  optimizer: ["sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax"],
  metric: ["accuracy", "acc", "mse", "mae", "precision", "binaryAccuracy", "categoricalAccuracy"],
  activation: ["relu", "softmax", "sigmoid", "tanh", "linear", "elu", "selu", "softplus", "relu6"],
};

function unknownName(kind, name) {
  const known = KNOWN[kind];
  const near = nearest(name, known);
  return near && near.length - name.length < 8 ? `There is no ${kind} “${name}”: did you mean “${near}”?`
    : `There is no ${kind} “${name}”: choose ${known.slice(0, 4).join(", ")} or another of its kind.`;
}

function backendUnknown(name) {
  const known = ["webgl", "wasm", "cpu", "webgpu"];
  if (known.includes(name)) return `The backend “${name}” does not start in this browser: stay with webgl, wasm or cpu.`;
  return `There is no backend “${name}” here: ${nearest(name, known) ?? "webgl, wasm or cpu"} is what you can choose.`;
}

/** A call of something that is no function: the name that it may have meant. */
function misspelt({ tf, line, code }, owner, name) {
  if (!tf) return null;
  const parts = owner.split(".");
  let names = null;
  if (parts[0] === "tf" && !owner.includes("(")) {
    const space = parts.slice(1).reduce((value, part) => value?.[part], tf);
    if (space) names = Object.getOwnPropertyNames(space);
  }
  names ??= [...methods(tf.Tensor.prototype), ...methods(tf.LayersModel.prototype), "add", "summary"];
  const near = nearest(name, names) ?? { multiply: "mul", subtract: "sub", divide: "div", item: "data", size: "size" }[name];
  if (near) return `${owner} has no ${name}: did you mean ${owner}.${near}?`;
  return /await/.test(line || code) ? null : `${owner} has no ${name}: if it comes from a call that takes time, write await in front of that call.`;
}

function methods(prototype) {
  const found = [];
  for (let holder = prototype; holder && holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
    found.push(...Object.getOwnPropertyNames(holder));
  }
  return found;
}

function notDefined({ variables, tf, code }, name) {
  const near = nearest(name, [...variables, "tf", "console", "Math", "show", "performance"]);
  if (near) return `${name} is not known here: did you mean ${near}?`;
  if (tf && name in tf) return `${name} belongs to TensorFlow.js: write tf.${name}.`;
  if (tf && name in tf.layers) return `${name} is a layer: write tf.layers.${name}.`;
  return new RegExp(`(const|let|var|function)\\s+${name}\\b`).test(code)
    ? `${name} is used before the line that declares it, or outside the { } that it was declared in.`
    : `${name} is declared in no cell that has run: run the cell that declares it, or declare it with const ${name} = …;`;
}

function lacksAwait({ code, line }, match) {
  const property = match[2] ?? match[3] ?? match[4];
  if (property === "toFixed" && /\.toFixed/.test(line) && !/\[\s*\d+\s*\]\.toFixed|\.loss/.test(line)) return false;
  return /(?<!await\s+)(?<!await\s+\w[\w.]*\.)\b[\w.]*\b(fit|fitDataset|data|array|loadLayersModel|loadGraphModel)\(/.test(
    code.split("\n").filter((one) => !/await/.test(one)).join("\n"));
}

function spaced(shape) {
  return shape.split(",").join(", ");
}

function product(shape) {
  return shape.split(",").reduce((all, size) => all * Number(size), 1);
}
