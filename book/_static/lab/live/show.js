/**
 * `show`, which a cell's code calls to display more than text: pictures, charts, tables, HTML, training live.
 * Everything leaves as plain data; the page draws it.
 * @module lab/live/show
 */
import { describeTensor, inspect, isModel, isTensor, logText } from "./inspect.js";

const LARGEST_SIDE = 2048;
const MOST_ROWS = 200;
const MOST_COLUMNS = 20;
const MOST_MAPS = 64;
const LONGEST_CELL = 200;
const LONGEST_HTML = 200000;
/** The callbacks that `show.fit()` gave. */
const fits = new WeakSet();

/** Did `show.fit()` make these callbacks? @param {object} callbacks */
export function isShown(callbacks) {
  return fits.has(callbacks);
}

/**
 * @param {(item: any) => void} add
 * @returns {any} the function `show` with its kinds as properties
 */
export function makeShow(add) {
  let charts = 0;
  const chart = (type, data, id) => add({ kind: "chart", type, id: id ?? `chart-${charts += 1}`, data });

  /** Any value, as the last expression of a cell is shown. */
  const show = (value) => add(valueItem(value));

  Object.assign(show, {
    /** A picture: a tensor [height, width], [height, width, 1, 3 or 4] (0 to 1, or int32 0 to 255), ImageData, OffscreenCanvas. */
    async image(source, { label = "picture", width } = {}) {
      add({ kind: "image", label: String(label), shownWidth: width, ...await pixels(source) });
    },
    /** HTML; scripts, forms and addresses of other hosts are taken out. */
    html(text) { add({ kind: "html", text: String(text).slice(0, LONGEST_HTML) }); },
    table(rows, columns) { add(tableItem(rows, columns)); },
    /** Lines: `{ title, x, y, series: [{ name, values }] }`; a series' values may be pairs [x, y]. */
    line({ title = "", x = "x", y = "y", series } = {}, id) {
      wanted(Array.isArray(series) && series.every((one) => one?.values), "show.line wants lines: { series: [{ name: \"loss\", values: [3, 2, 1] }] }.");
      const points = series.map(({ name, values }) => ({ name: String(name), points: toPairs(values) }));
      chart("line", { title, x, y, series: points }, id);
    },
    /** Counts of true classes (rows) and predicted ones (columns). */
    confusion({ title = "", labels, matrix } = {}, id) {
      const counts = matrix && toRows(matrix);
      const isSquare = counts?.every((row) => row.length === labels?.length) && counts.length === labels?.length;
      wanted(isSquare, "show.confusion wants a name and a row of counts for each class: { labels: [\"cat\", \"dog\"], matrix: [[9, 1], [2, 8]] }.");
      chart("confusion", { title, labels: labels.map(String), matrix: counts }, id);
    },
    /** Probabilities or other numbers by name. */
    bars({ title = "", labels, values } = {}, id) {
      const numbers = values && toNumbers(values);
      wanted(labels && numbers?.length === labels.length, "show.bars wants a name for each number: { labels: [\"rock\", \"paper\"], values: [0.3, 0.7] }.");
      chart("bars", { title, labels: labels.map(String), values: numbers }, id);
    },
    histogram(values, { title = "", x = "value", bins } = {}, id) {
      wanted(typeof values?.[Symbol.iterator] === "function" || isTensor(values), "show.histogram wants a list of numbers or a tensor.");
      chart("histogram", { title, x, values: toNumbers(values), bins }, id);
    },
    /** The layers of a model, with shapes and parameters. */
    layers(model, id) {
      wanted(isModel(model) && model.layers.length > 0, "show.layers wants a model that has layers.");
      chart("layers", { title: model.name, layers: model.layers.map(describeLayer) }, id);
    },
    /** The channels of a tensor [height, width, channels], or of the first example of a batch. */
    maps(tensor, { title = "" } = {}, id) { chart("maps", { title, ...featureMaps(tensor) }, id); },
    /** Callbacks for `model.fit` that draw loss and metrics live. */
    fit({ title = "Training", metrics } = {}) { return fitCallbacks(title, metrics, (data, id) => chart("line", data, id), charts += 1); },
  });
  return show;
}

/** A value as the item that shows it. */
export function valueItem(value) {
  if (isTensor(value)) {
    const { head, values, dtype, shape, bytes } = describeTensor(value);
    const isLong = values.includes("\n");
    return { kind: "tensor", head, values, dtype, shape, bytes, text: `${head}${values ? (isLong ? "\n" : " ") : ""}${values}` };
  }
  if (isModel(value)) return { kind: "value", text: inspect(value) };
  return { kind: "value", text: typeof value === "string" ? logText([value]) : inspect(value) };
}

/** What `console.table` and `show.table` show: objects or lists as rows. */
export function tableItem(rows, columns) {
  const plain = isTensor(rows) ? rows.arraySync() : rows;
  const list = Array.isArray(plain) ? plain : Object.entries(plain ?? {}).map(([name, value]) => (
    value && typeof value === "object" ? { "": name, ...value } : { name, value }));
  const shown = list.slice(0, MOST_ROWS).map((row) => (row && typeof row === "object" ? row : { value: row }));
  const names = (columns ?? [...new Set(shown.flatMap((row) => Object.keys(row)))]).slice(0, MOST_COLUMNS).map(String);
  const cells = shown.map((row) => names.map((name) => (row[name] === undefined ? "" : logText([row[name]]).slice(0, LONGEST_CELL))));
  const text = [names.join(" | "), ...cells.map((row) => row.join(" | "))].join("\n");
  return { kind: "table", columns: names, rows: cells, more: list.length - shown.length, text };
}

async function pixels(source) {
  if (isTensor(source)) return tensorPixels(source);
  if (typeof ImageData !== "undefined" && source instanceof ImageData) return fitted(source);
  if (typeof OffscreenCanvas !== "undefined" && source instanceof OffscreenCanvas) {
    const context = source.getContext("2d");
    if (!context) throw new TypeError("show.image needs a canvas with a 2d context.");
    return fitted(context.getImageData(0, 0, source.width, source.height));
  }
  throw new TypeError("show.image shows a tensor, ImageData or an OffscreenCanvas, not this.");
}

function fitted({ width, height, data }) {
  if (Math.max(width, height) > LARGEST_SIDE) throw new RangeError(`show.image shows at most ${LARGEST_SIDE} pixels a side.`);
  return { width, height, pixels: new Uint8ClampedArray(data) };
}

async function tensorPixels(tensor) {
  const shape = tensor.shape[0] === 1 && tensor.shape.length === 4 ? tensor.shape.slice(1) : tensor.shape;
  const [height, width, depth = 1] = shape;
  if (shape.length < 2 || shape.length > 3 || ![1, 3, 4].includes(depth)) {
    throw new TypeError(`show.image wants a tensor [height, width] or [height, width, 1, 3 or 4], and this one has shape [${tensor.shape.join(", ")}].`);
  }
  wanted(width * height > 0, "show.image wants at least one pixel, and this tensor is empty.");
  const values = await tensor.data();
  const scale = tensor.dtype === "int32" ? 1 : 255;
  const out = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i += 1) {
    for (let channel = 0; channel < 4; channel += 1) {
      const isAlpha = channel === 3;
      out[4 * i + channel] = isAlpha && depth < 4 ? 255 : values[depth * i + Math.min(channel, depth - 1)] * scale;
    }
  }
  return fitted({ width, height, data: out });
}

function toNumbers(values) {
  const list = isTensor(values) ? values.dataSync() : values;
  return Array.from(list, Number).slice(0, 100000);
}

function toRows(matrix) {
  const rows = isTensor(matrix) ? matrix.arraySync() : matrix;
  return rows.map((row) => Array.from(row, Number));
}

function toPairs(values) {
  const list = isTensor(values) ? values.arraySync() : [...values];
  return list.slice(0, 20000).map((value, index) => (
    Array.isArray(value) || ArrayBuffer.isView(value) ? [Number(value[0]), Number(value[1])] : [index + 1, Number(value)]));
}

function describeLayer(layer) {
  const shape = layer.outputShape;
  return { name: layer.name, kind: layer.getClassName(), shape: JSON.stringify(shape).replaceAll("null", "any"), parameters: layer.countParams() };
}

function wanted(condition, sentence) {
  if (!condition) throw new TypeError(sentence);
}

function featureMaps(tensor) {
  wanted(isTensor(tensor), "show.maps wants a tensor [height, width, channels].");
  const shape = tensor.shape.length === 4 ? tensor.shape.slice(1) : tensor.shape;
  if (shape.length !== 3) throw new TypeError(`show.maps wants a tensor [height, width, channels], and this one has shape [${tensor.shape.join(", ")}].`);
  const [height, width, channels] = shape;
  wanted(tensor.size > 0, "show.maps wants at least one value, and this tensor is empty.");
  const values = tensor.dataSync();
  const maps = Array.from({ length: Math.min(channels, MOST_MAPS) }, (_, channel) => (
    Float32Array.from({ length: width * height }, (_value, index) => values[index * channels + channel])));
  return { width, height, maps, more: Math.max(0, channels - MOST_MAPS) };
}

function fitCallbacks(title, metrics, draw, number) {
  const series = new Map();
  const callbacks = {
    onEpochEnd(epoch, logs) {
      for (const [name, value] of Object.entries(logs)) {
        if (metrics && !metrics.includes(name)) continue;
        if (!series.has(name)) series.set(name, []);
        series.get(name).push([epoch + 1, value]);
      }
      draw({ title, x: "epoch", y: "", series: [...series].map(([name, points]) => ({ name, points: [...points] })) }, `fit-${number}`);
    },
  };
  fits.add(callbacks);
  return callbacks;
}
