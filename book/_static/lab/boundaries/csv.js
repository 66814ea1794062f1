/**
 * A table out of text: separators, quotes and the header are found out, and what is wrong is said in a sentence.
 * @module lab/boundaries/csv
 */

export const MOST_ROWS = 5000, MOST_CLASSES = 6;
const MOST_BYTES = 20e6, SAMPLE_LINES = 20, LEAST_NUMERIC = 0.8;
/** Beyond this the squares of numbers have no end. */
const LARGEST = 1e100;
/** How programs write a number that is missing. Among classes these stay words: NA may be North America. */
const GAP = /^(|\?|[-–—.]|#?n\/?a!?|nan|null|none|missing)$/i;

/** Why a text is no table to learn from, as one sentence. */
export class TableProblem extends Error {
  /** @param {string} sentence */
  constructor(sentence) {
    super(sentence);
    this.name = "TableProblem";
  }
}

/**
 * @typedef {object} Table
 * @property {string[]} names of the columns
 * @property {string[][]} rows cells as text
 * @property {number[]} numeric the columns that hold numbers
 * @property {number[]} labels the columns that may be a class: 2 to 6 different values
 * @property {string[]} notes what was left out, in sentences
 * @property {(text: string) => number} read a cell as a number (NaN where it is none)
 */

/**
 * The text of a file, or a sentence.
 * @param {File} file
 * @returns {Promise<string>}
 */
export async function readTextFile(file) {
  if (!file.size) throw new TableProblem(`${file.name} is empty: choose a file with a table in it.`);
  if (file.size > MOST_BYTES) throw new TableProblem(`${file.name} has ${Math.round(file.size / 1e6)} MB; 20 MB is the most that is read here.`);
  const text = new TextDecoder().decode(await file.arrayBuffer());
  if (/\.xlsx?$|\.ods$/i.test(file.name) || text.startsWith("PK\u0003\u0004")) {
    throw new TableProblem(`${file.name} is a spreadsheet: save it as CSV and choose that file.`);
  }
  if (text.slice(0, 4000).includes("\u0000") || text.slice(0, 4000).split("\ufffd").length > 20) {
    throw new TableProblem(`${file.name} is not text: choose a CSV file, with one row a line.`);
  }
  return text;
}

/**
 * @param {string} text
 * @param {string} [origin] what the text is called in a sentence
 * @returns {Table}
 * @throws {TableProblem}
 */
export function readTable(text, origin = "The text") {
  const clean = text.replace(/^\ufeff/, "");
  if (!clean.trim()) throw new TableProblem(`${origin} is empty: it needs a header and rows below it.`);
  const separator = findSeparator(clean);
  const lines = splitRows(clean, separator).filter((cells) => cells.some((cell) => cell !== ""));
  const width = mostCommon(lines.slice(0, 200).map((cells) => cells.length));
  if (width < 3) {
    throw new TableProblem(`${origin} has ${width === 1 ? "one column" : "two columns"}: it needs two columns of numbers and one of classes, separated by commas, semicolons or tabs.`);
  }
  const read = numberReader(lines, separator);
  const even = lines.filter((cells) => cells.length === width);
  const hasHeader = isHeader(even, read);
  const names = hasHeader ? unique(even[0]) : Array.from({ length: width }, (_, i) => `column ${i + 1}`);
  const all = hasHeader ? even.slice(1) : even;
  if (all.length < 8) throw new TableProblem(`${origin} has ${count(all.length, "row")}: 8 are the fewest to learn from.`);
  const rows = all.slice(0, MOST_ROWS), notes = [];
  if (!hasHeader) notes.push("There is no header, so the columns are numbered.");
  if (even.length < lines.length) notes.push(`${count(lines.length - even.length, "row")} with another number of columns left out.`);
  if (all.length > MOST_ROWS) notes.push(`The first ${MOST_ROWS} of ${all.length} rows are used.`);
  const numeric = [], labels = [];
  names.forEach((_, column) => {
    const filled = rows.map((row) => row[column]).filter((cell) => cell !== "");
    const kinds = new Set(filled), given = filled.filter((cell) => !GAP.test(cell));
    if (given.filter((cell) => Number.isFinite(read(cell))).length >= LEAST_NUMERIC * given.length && new Set(given).size > 2) numeric.push(column);
    if (kinds.size >= 2 && kinds.size <= MOST_CLASSES) labels.push(column);
  });
  if (numeric.length < 2) throw new TableProblem(`${origin} has ${numeric.length ? "one column" : "no column"} of numbers: two are needed to draw a plane.`);
  const isPossible = labels.some((label) => numeric.filter((column) => column !== label).length >= 2);
  if (!isPossible) throw new TableProblem(`${origin} has no column with 2 to ${MOST_CLASSES} different values to be told apart: add one with the class of each row.`);
  return { names, rows, numeric, labels, notes, read };
}

/**
 * Two columns as numbers and one as classes; rows with a gap are left out.
 * @param {Table} table
 * @param {{ x: number, y: number, label: number }} columns
 * @returns {{ points: number[][], classes: number[], labels: string[], left: number }} `left` rows are left out
 * @throws {TableProblem}
 */
export function takeColumns({ rows, names, read }, { x, y, label }) {
  const kept = rows.filter((row) => row[label] !== "" && Number.isFinite(read(row[x])) && Number.isFinite(read(row[y])));
  const labels = [...new Set(kept.map((row) => row[label]))].sort((a, b) => (a - b) || (a < b ? -1 : 1));
  if (labels.length < 2) throw new TableProblem(`In the rows with numbers in ${names[x]} and ${names[y]}, ${names[label]} has one value only: choose other columns.`);
  const place = new Map(labels.map((name, i) => [name, i]));
  return {
    points: kept.map((row) => [read(row[x]), read(row[y])]),
    classes: kept.map((row) => place.get(row[label])),
    labels, left: rows.length - kept.length,
  };
}

/** The separator that splits the first lines most evenly. */
function findSeparator(text) {
  const sample = text.split(/\r?\n|\r/).filter((line) => line.trim()).slice(0, SAMPLE_LINES).join("\n");
  const scores = [",", ";", "\t", "|"].map((separator) => {
    const widths = splitRows(sample, separator).map((cells) => cells.length);
    const width = mostCommon(widths);
    return { separator, width, even: widths.filter((one) => one === width).length / widths.length };
  });
  const usable = scores.filter(({ width }) => width > 1);
  // “1,5;2,5” splits at both: the semicolon wins where it splits every line alike.
  return (usable.find(({ separator, even, width }) => separator === ";" && even === 1 && width > 2)
    || usable.sort((a, b) => b.even - a.even || b.width - a.width)[0] || scores[0]).separator;
}

/** Rows of cells; a cell in double quotes may hold the separator, line ends, and quotes written twice. */
function splitRows(text, separator) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  const endCell = () => { row.push(cell.trim()); cell = ""; };
  const endRow = () => { endCell(); rows.push(row); row = []; };
  for (let i = 0; i < text.length; i += 1) {
    const letter = text[i];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') { cell += '"'; i += 1; } else quoted = false;
    } else if (letter === '"' && cell.trim() === "") { quoted = true; cell = ""; }
    else if (letter === separator) endCell();
    else if (letter === "\n") endRow();
    else if (letter === "\r") { if (text[i + 1] !== "\n") endRow(); }
    else cell += letter;
  }
  if (cell !== "" || row.length) endRow();
  return rows;
}

/** Numbers with a decimal point, or with a decimal comma where commas do not separate cells. */
function numberReader(lines, separator) {
  const cells = lines.slice(1, 100).flat();
  const comma = separator !== "," && cells.some((cell) => /^[-+−]?\d+,\d+$/.test(cell)) && !cells.some((cell) => /^[-+−]?\d+\.\d+$/.test(cell));
  return (text) => {
    const plain = (comma ? text.replace(",", ".") : text).replace("−", "-");
    const value = plain === "" ? NaN : Number(plain);
    return Math.abs(value) <= LARGEST ? value : NaN;
  };
}

/** The first row is a header when it holds no number where the rows below do. */
function isHeader([first, ...rest], read) {
  const below = rest.slice(0, 100);
  const holds = first.map((_, i) => below.filter((row) => Number.isFinite(read(row[i]))).length > below.length / 2);
  return holds.some(Boolean) && first.every((cell, i) => !holds[i] || !Number.isFinite(read(cell)));
}

function unique(names) {
  const seen = new Map();
  return names.map((name, i) => {
    const plain = name || `column ${i + 1}`, times = seen.get(plain) || 0;
    seen.set(plain, times + 1);
    return times ? `${plain} (${times + 1})` : plain;
  });
}

function mostCommon(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
