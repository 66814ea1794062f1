/**
 * The known name that a misspelt one is nearest to.
 * @module lab/live/spelling
 */

/**
 * @param {string} name
 * @param {string[]} known
 * @returns {string | null} null where none is near
 */
export function nearest(name, known) {
  const wanted = name.toLowerCase();
  let best = null;
  let least = 1 + Math.floor(name.length / 4);
  for (const one of new Set(known)) {
    if (one === name || Math.abs(one.length - name.length) > least) continue;
    const lower = one.toLowerCase();
    const far = lower === wanted ? 0 : distance(wanted, lower);
    if (far < least || (far === least && best === null)) [best, least] = [one, far];
  }
  return best;
}

/** How many letters must be changed, added, taken out or swapped with their neighbour. */
function distance(a, b) {
  let before = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const now = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      now[j] = Math.min(now[j - 1] + 1, last[j] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) now[j] = Math.min(now[j], before[j - 2] + 1);
    }
    [before, last] = [last, now];
  }
  return last[b.length];
}
