/**
 * Remarks for a model that counts words: how a text becomes its input, what each word contributes, and what a threshold costs.
 * The counterpart of course_utils/data/remarks.py and course_utils/training/remarks.py.
 * @module lab/remarks
 */

/** The words of a text in small letters, without marks. @param {string} text @returns {string[]} */
export function words(text) {
  return text.toLowerCase().match(/[a-z']+/g) ?? [];
}

/**
 * A text in pieces, so that its words can be marked where they stand.
 * @param {string} text
 * @returns {Array<{ text: string, word: string | null }>} in order; `word` is null for what lies between words
 */
export function pieces(text) {
  // The letter İ grows when it is made small; such a text is shown in small letters, so that places agree.
  const small = text.toLowerCase(), shown = small.length === text.length ? text : small;
  const found = [];
  let end = 0;
  for (const match of small.matchAll(/[a-z']+/g)) {
    if (match.index > end) found.push({ text: shown.slice(end, match.index), word: null });
    end = match.index + match[0].length;
    found.push({ text: shown.slice(match.index, end), word: match[0] });
  }
  if (end < shown.length) found.push({ text: shown.slice(end), word: null });
  return found;
}

/**
 * Sets of words as the model's input: 1 where a known word occurs, however often.
 * @param {Iterable<string>[]} sets
 * @param {Map<string, number>} places of the known words
 * @returns {Float32Array} of `sets.length` rows
 */
export function rowsOf(sets, places) {
  const table = new Float32Array(sets.length * places.size);
  sets.forEach((set, row) => {
    for (const word of set) if (places.has(word)) table[row * places.size + places.get(word)] = 1;
  });
  return table;
}

/**
 * What becomes of judged remarks when those from `threshold` on are hidden.
 * @param {ArrayLike<number>} said probabilities
 * @param {ArrayLike<number>} labels 1 for rude
 * @param {number} threshold
 * @returns {{ caught: number, missed: number, alarms: number, passed: number }}
 */
export function countAt(said, labels, threshold) {
  const counts = { caught: 0, missed: 0, alarms: 0, passed: 0 };
  for (let i = 0; i < said.length; i += 1) counts[said[i] >= threshold ? (labels[i] ? "caught" : "alarms") : labels[i] ? "missed" : "passed"] += 1;
  return counts;
}
