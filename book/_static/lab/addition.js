/**
 * Sums as the network of `course train sums` reads and writes them: characters, filled up and backwards.
 * course_utils/training/sums.py does the same; a test holds the two to the same numbers.
 * @module lab/addition
 */

/** What the network reads and writes, in the order of its classes. */
export const CHARACTERS = " +0123456789";
/** The largest number that it was trained with. */
export const LARGEST = 100;
/** Places of a number as it is read. */
export const PLACES = 3;
/** Characters of a sum as it is read. */
export const LENGTH = 2 * PLACES + 1;

/**
 * A sum that someone typed, in order.
 * @param {string} text such as " 38 + 94 "
 * @returns {{ sum?: string, problem?: string, inRange?: boolean }} `sum` without spaces and leading zeros, or one sentence
 *   on what is wrong
 */
export function parse(text) {
  const match = /^\s*(\d+)\s*\+\s*(\d+)\s*=?\s*$/.exec(text);
  if (!match) return { problem: "Write two whole numbers with a plus between them, such as 38+94." };
  const [one, other] = match.slice(1).map((digits) => digits.replace(/^0+(?=\d)/, ""));
  if (Math.max(one.length, other.length) > PLACES) return { problem: `The network reads numbers of at most ${PLACES} digits.` };
  return { sum: `${one}+${other}`, inRange: Number(one) <= LARGEST && Number(other) <= LARGEST };
}

/** A sum filled up to seven characters, as it stands on paper: "38+94" becomes " 38+ 94". @param {string} sum */
export function filled(sum) {
  const [one, other] = sum.split("+");
  return `${one.padStart(PLACES)}+${other.padStart(PLACES)}`;
}

/** The answer to a sum. @param {string} sum */
export function rightAnswer(sum) {
  const [one, other] = sum.split("+").map(Number);
  return String(one + other);
}

/**
 * Sums as numbers for the network: a row of 12 for each of the seven characters, read from the right.
 * @param {string[]} sums
 * @returns {Float32Array} of shape (n, 7, 12), flat
 */
export function encode(sums) {
  const numbers = new Float32Array(sums.length * LENGTH * CHARACTERS.length);
  sums.forEach((sum, row) => {
    [...filled(sum)].reverse().forEach((character, place) => {
      numbers[(row * LENGTH + place) * CHARACTERS.length + CHARACTERS.indexOf(character)] = 1;
    });
  });
  return numbers;
}

/**
 * What the network wrote beside each character of one sum.
 * @param {ArrayLike<number>} probabilities of shape (n, 7, 12), flat
 * @param {number} row
 * @returns {{ answer: string, sure: number, places: Array<{ best: string, share: number, next: string, nextShare: number }> }}
 *   `places` in the order in which it read; `sure` is the product over the answer's places
 */
export function decode(probabilities, row) {
  const places = [];
  for (let place = 0; place < LENGTH; place += 1) {
    const start = (row * LENGTH + place) * CHARACTERS.length;
    let best = 0, next = 1;
    for (let i = 1; i < CHARACTERS.length; i += 1) {
      if (probabilities[start + i] > probabilities[start + best]) [best, next] = [i, best];
      else if (i !== best && probabilities[start + i] > probabilities[start + next]) next = i;
    }
    places.push({ best: CHARACTERS[best], share: probabilities[start + best],
      next: CHARACTERS[next], nextShare: probabilities[start + next] });
  }
  const written = places.slice(-PLACES);
  return {
    places,
    answer: written.map(({ best }) => best).reverse().join("").trim(),
    sure: written.reduce((product, { share }) => product * share, 1),
  };
}

/** Run a network over sums. @returns {Promise<Float32Array>} its probabilities, flat */
export async function ask(tf, net, sums) {
  const written = tf.tidy(() => net.predict(tf.tensor3d(encode(sums), [sums.length, LENGTH, CHARACTERS.length])));
  try {
    return await written.data();
  } finally {
    written.dispose();
  }
}
