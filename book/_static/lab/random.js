/**
 * Random numbers that come out the same for the same seed.
 * @module lab/random
 */

/**
 * Seeded numbers from 0 up to 1 (the generator known as mulberry32).
 * @param {number} seed
 * @returns {() => number}
 */
export function seededUniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Seeded numbers from the standard normal curve (Box–Muller).
 * @param {number} seed
 * @returns {() => number}
 */
export function seededNormal(seed) {
  const uniform = seededUniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
