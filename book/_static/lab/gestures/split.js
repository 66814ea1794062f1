/**
 * Which samples are held back to judge the head by. Frames of one press of a button look alike, so a whole press
 * (a burst) is held back or none of it: else the head would be asked what it has learnt by heart.
 * @module lab/gestures/split
 */
import { seededUniform } from "../random.js";

/** The share held back, the most that a class may give up for it, and the frames left out where a burst is cut. */
const SHARE = 0.2;
const MOST = 0.4;
const GAP = 3;
const TRIES = 200;

/**
 * @typedef {object} Sample
 * @property {number} label the class
 * @property {number} burst which press of a button it came from
 */

/**
 * @typedef {object} Split
 * @property {number[]} train positions in the list of samples
 * @property {number[]} test
 * @property {number[]} unused neighbours of a cut
 * @property {number[]} cut the classes whose held-back samples share a burst with training samples
 */

/**
 * @param {Sample[]} samples in the order in which they were collected
 * @param {number} [seed] another seed holds back other bursts
 * @returns {Split}
 */
export function splitByBursts(samples, seed = 1) {
  const split = { train: [], test: [], unused: [], cut: [] };
  for (const label of [...new Set(samples.map((sample) => sample.label))].sort((a, b) => a - b)) {
    const own = samples.flatMap((sample, i) => (sample.label === label ? [i] : []));
    splitClass(own, samples, seededUniform(seed + label), split, label);
  }
  for (const part of [split.train, split.test, split.unused]) part.sort((a, b) => a - b);
  return split;
}

function splitClass(own, samples, uniform, split, label) {
  const bursts = new Map();
  for (const i of own) bursts.set(samples[i].burst, [...(bursts.get(samples[i].burst) ?? []), i]);
  const groups = [...bursts.values()];
  const chosen = chooseGroups(groups.map((group) => group.length), own.length, uniform);
  if (chosen) {
    groups.forEach((group, g) => (chosen.has(g) ? split.test : split.train).push(...group));
    return;
  }
  if (own.length < 2) {
    split.train.push(...own);
    return;
  }
  // One burst, or bursts too long to spare: the end of the last one, with a gap before it.
  const last = groups[groups.length - 1], rest = groups.slice(0, -1).flat();
  const tail = Math.max(1, Math.min(last.length - (rest.length ? 0 : 1), Math.round(SHARE * own.length)));
  const kept = last.length - tail;
  const gap = Math.max(0, Math.min(GAP, kept - (rest.length ? 0 : 1)));
  split.train.push(...rest, ...last.slice(0, kept - gap));
  split.unused.push(...last.slice(kept - gap, kept));
  split.test.push(...last.slice(kept));
  if (kept > gap) split.cut.push(label);
}

/** The set of groups, never all, whose sizes together come nearest to the share; null where none is small enough. */
function chooseGroups(sizes, total, uniform) {
  const target = SHARE * total;
  let best = null, distance = Infinity;
  for (let attempt = 0; attempt < TRIES && sizes.length > 1; attempt += 1) {
    const order = sizes.map((_, i) => [uniform(), i]).sort((a, b) => a[0] - b[0]).map(([, i]) => i);
    const taken = new Set();
    let sum = 0;
    for (const i of order) {
      if (taken.size === sizes.length - 1) break;
      if (Math.abs(sum + sizes[i] - target) >= Math.abs(sum - target)) continue;
      taken.add(i);
      sum += sizes[i];
    }
    if (taken.size && sum <= MOST * total && Math.abs(sum - target) < distance) {
      [best, distance] = [taken, Math.abs(sum - target)];
    }
  }
  return best;
}
