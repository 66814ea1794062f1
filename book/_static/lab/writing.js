/**
 * Text from a network that reads one character after another: its state lies outside the network, in a typed array.
 * @module lab/writing
 */

/**
 * The places of a text's characters among the known ones; others are left out.
 * @param {string} text
 * @param {string} characters the known ones, in the order of the network's classes
 * @returns {{ codes: number[], unknown: string[] }}
 */
export function encode(text, characters) {
  const codes = [], unknown = [];
  for (const character of text) {
    const code = characters.indexOf(character);
    if (code >= 0) codes.push(code);
    else if (!unknown.includes(character)) unknown.push(character);
  }
  return { codes, unknown };
}

/**
 * Probabilities at another temperature: below 1 the likely ones gain, above 1 the unlikely ones.
 * @param {ArrayLike<number>} probabilities at temperature 1
 * @param {number} temperature above 0
 * @returns {Float64Array}
 */
export function atTemperature(probabilities, temperature) {
  const logits = Float64Array.from(probabilities, (share) => Math.log(share + 1e-12) / temperature);
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** How undecided a choice is, in bits: 0 when one is certain, log2(n) when all n are alike. */
export function entropy(probabilities) {
  return probabilities.reduce((sum, share) => (share > 0 ? sum - share * Math.log2(share) : sum), 0);
}

/** Draw one place by its probability. @param {ArrayLike<number>} probabilities @param {number} uniform from 0 to 1 */
export function draw(probabilities, uniform) {
  let rest = uniform;
  for (let i = 0; i < probabilities.length; i += 1) {
    rest -= probabilities[i];
    if (rest < 0) return i;
  }
  return probabilities.length - 1;
}

/** The likeliest places, first the likeliest. */
export function likeliest(probabilities, count) {
  return Array.from(probabilities, (share, place) => ({ share, place })).sort((a, b) => b.share - a.share).slice(0, count);
}

/**
 * Let the network read some characters.
 * @param {any} tf
 * @param {any} net (characters, state before) → (probabilities after each, state after)
 * @param {number[]} codes one at least
 * @param {Float32Array} state
 * @returns {Promise<{ next: Float32Array, state: Float32Array }>} the probabilities of what comes next, and the state
 */
export async function read(tf, net, codes, state) {
  const [next, after] = tf.tidy(() => {
    const [said, kept] = net.predictOnBatch([tf.tensor2d([codes], [1, codes.length], "int32"), tf.tensor2d(state, [1, state.length])]);
    return [said.slice([0, codes.length - 1, 0], [1, 1, -1]), kept];
  });
  try {
    const [probabilities, kept] = await Promise.all([next.data(), after.data()]);
    return { next: Float32Array.from(probabilities), state: Float32Array.from(kept) };
  } finally {
    tf.dispose([next, after]);
  }
}
