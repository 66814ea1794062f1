/**
 * A single-shot detector's answers, read: anchors, boxes, and which of many boxes that mean the same thing is kept.
 * The counterpart of course_utils/detection. A box is [top, left, bottom, right], as shares of the picture.
 * @module lab/detecting
 */

/**
 * @typedef {object} Candidate
 * @property {number[]} box inside the picture
 * @property {number} label the number of its kind
 * @property {number} score 0 to 1
 */

/** Squares of every size around the middle of every cell of a grid. @param {{ grid: number, sizes: number[] }} options */
export function anchorsOf({ grid, sizes }) {
  const boxes = [];
  for (let row = 0; row < grid; row += 1) {
    for (let column = 0; column < grid; column += 1) {
      const y = (row + 0.5) / grid, x = (column + 0.5) / grid;
      for (const edge of sizes) boxes.push([y - edge / 2, x - edge / 2, y + edge / 2, x + edge / 2]);
    }
  }
  return boxes;
}

/**
 * The box that four offsets make of an anchor: its middle moves down and to the right, its height and width grow.
 * @param {number[]} anchor
 * @param {ArrayLike<number>} offsets
 * @param {{ move: number, grow: number }} scale what the offsets were divided by in training
 */
export function decode([top, left, bottom, right], [down, across, taller, wider], { move, grow }) {
  const height = bottom - top, width = right - left;
  const y = (top + bottom) / 2 + down * move * height, x = (left + right) / 2 + across * move * width;
  const half = [height * Math.exp(taller * grow) / 2, width * Math.exp(wider * grow) / 2];
  return [y - half[0], x - half[1], y + half[0], x + half[1]];
}

/**
 * All that a network says with a score of at least `least`, one candidate an anchor and kind, kind by kind.
 * Scores are computed in single precision, as Python does: near 1 many are equal, and then the earlier anchor wins in both.
 * @param {ArrayLike<number>} said for each anchor a number for nothing, one for each kind, and four offsets
 * @param {number[][]} anchors
 * @param {{ kinds: number, move: number, grow: number, least: number }} options
 * @returns {Candidate[]}
 */
export function candidatesOf(said, anchors, { kinds, move, grow, least }) {
  const width = kinds + 5, found = [];
  anchors.forEach((anchor, i) => {
    const row = Array.from({ length: width }, (_, j) => said[i * width + j]);
    const logits = row.slice(0, kinds + 1), most = Math.max(...logits);
    const powers = logits.map((value) => Math.fround(Math.exp(Math.fround(value - most))));
    const total = powers.reduce((sum, power) => Math.fround(sum + power), 0);
    for (let label = 0; label < kinds; label += 1) {
      const score = Math.fround(powers[label + 1] / total);
      if (score < least) continue;
      const box = decode(anchor, row.slice(kinds + 1), { move, grow }).map((side) => Math.min(1, Math.max(0, side)));
      found.push({ box, label, score });
    }
  });
  return found.sort((a, b) => a.label - b.label);
}

/** What two boxes share, divided by what they cover together. Two boxes without area share nothing. */
export function intersectionOverUnion(one, other) {
  const height = Math.max(Math.min(one[2], other[2]) - Math.max(one[0], other[0]), 0);
  const width = Math.max(Math.min(one[3], other[3]) - Math.max(one[1], other[1]), 0);
  const shared = height * width;
  const covered = areaOf(one) + areaOf(other) - shared;
  return covered > 0 ? shared / covered : 0;
}

/**
 * Non-maximum suppression: keep the best box, drop all that share more than `overlap` with it, and go on with the rest.
 * @param {number[][]} boxes
 * @param {ArrayLike<number>} scores
 * @param {number} overlap
 * @returns {number[]} the places of those kept, the best first
 */
export function suppress(boxes, scores, overlap) {
  // Sorting is stable: of two boxes with one score the earlier wins, as in TensorFlow.
  let waiting = boxes.map((_, place) => place).sort((a, b) => scores[b] - scores[a]);
  const kept = [];
  while (waiting.length) {
    const [best, ...rest] = waiting;
    kept.push(best);
    waiting = rest.filter((other) => intersectionOverUnion(boxes[best], boxes[other]) <= overlap);
  }
  return kept;
}

/** Suppress each kind by itself; the best first. @param {Candidate[]} candidates @param {number} overlap @returns {Candidate[]} */
export function suppressKinds(candidates, overlap) {
  const kinds = [...new Set(candidates.map(({ label }) => label))].sort((a, b) => a - b);
  return kinds.flatMap((kind) => {
    const own = candidates.filter(({ label }) => label === kind);
    return suppress(own.map(({ box }) => box), own.map(({ score }) => score), overlap).map((place) => own[place]);
  }).sort((a, b) => b.score - a.score);
}

/**
 * How many true things are found: each box, the surest first, takes the thing of its kind that it shares most with.
 * @param {Candidate[]} said
 * @param {Array<{ box: number[], label: number }>} things
 * @param {number} [least] that they must share
 */
export function countFound(said, things, least = 0.5) {
  const free = new Set(things);
  let found = 0;
  for (const { box, label } of [...said].sort((a, b) => b.score - a.score)) {
    const [best] = [...free].filter((thing) => thing.label === label)
      .map((thing) => ({ thing, share: intersectionOverUnion(box, thing.box) })).sort((a, b) => b.share - a.share);
    if (!best || best.share < least) continue;
    free.delete(best.thing);
    found += 1;
  }
  return found;
}

function areaOf([top, left, bottom, right]) {
  return (bottom - top) * (right - left);
}
