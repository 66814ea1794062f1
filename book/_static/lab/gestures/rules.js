/**
 * Rock, paper, scissors, and with five gestures lizard and Spock: who beats whom, and a match of several rounds.
 * @module lab/gestures/rules
 */

/** What each move beats, and the verb that says how. */
const BEATS = {
  rock: { scissors: "blunts", lizard: "crushes" },
  paper: { rock: "wraps", spock: "disproves" },
  scissors: { paper: "cut", lizard: "behead" },
  lizard: { spock: "poisons", paper: "eats" },
  spock: { scissors: "smashes", rock: "vaporises" },
};
const NAMES = { rock: "Rock", paper: "Paper", scissors: "Scissors", lizard: "Lizard", spock: "Spock" };
/** The game of three, and the two moves that make it a game of five. */
export const CLASSIC = ["rock", "paper", "scissors"];
export const EXTENDED = [...CLASSIC, "lizard", "spock"];

/**
 * The move that a class is played as, by its name; null where it is none.
 * @param {string} className
 */
export function moveOf(className) {
  const name = className.trim().toLowerCase();
  return EXTENDED.includes(name) ? name : null;
}

/** A move as a word in the page: "Rock". */
export function moveName(move) {
  return NAMES[move];
}

/**
 * The moves of the game that these classes allow: five, three, or none.
 * @param {string[]} classNames
 * @returns {string[]}
 */
export function movesOf(classNames) {
  const moves = new Set(classNames.map(moveOf));
  if (EXTENDED.every((move) => moves.has(move))) return EXTENDED;
  return CLASSIC.every((move) => moves.has(move)) ? CLASSIC : [];
}

/**
 * One round.
 * @param {string} mine
 * @param {string} theirs
 * @returns {{ winner: "reader" | "computer" | "nobody", text: string }} `text`: "Paper wraps rock."
 */
export function judge(mine, theirs) {
  if (mine === theirs) return { winner: "nobody", text: `Both show ${lower(mine)}.` };
  const [first, second] = BEATS[mine][theirs] ? [mine, theirs] : [theirs, mine];
  return { winner: first === mine ? "reader" : "computer", text: `${NAMES[first]} ${BEATS[first][second]} ${lower(second)}.` };
}

const lower = (move) => (move === "spock" ? "Spock" : move);

/**
 * A match: the computer draws each move with the same chance and knows nothing of the reader's.
 * @param {() => number} [uniform] numbers from 0 up to 1
 */
export function createMatch(uniform = Math.random) {
  /** @type {Array<{ mine: string, theirs: string, winner: string, text: string }>} */
  const rounds = [];
  const won = (who) => rounds.filter(({ winner }) => winner === who).length;
  return {
    rounds,
    /** @param {string} mine @param {string[]} moves of the game */
    play(mine, moves) {
      const theirs = moves[Math.min(moves.length - 1, Math.floor(uniform() * moves.length))];
      const round = { mine, theirs, ...judge(mine, theirs) };
      rounds.push(round);
      return round;
    },
    get score() { return { reader: won("reader"), computer: won("computer"), draws: won("nobody") }; },
    restart() { rounds.length = 0; },
  };
}

/**
 * The move that several predictions speak for: the class with the highest mean.
 * @param {ArrayLike<number>[]} predictions probabilities, one array a frame
 * @returns {{ index: number, share: number }} the class, and its mean probability
 */
export function verdict(predictions) {
  if (!predictions.length) throw new Error("A verdict needs at least one prediction.");
  const means = Array.from(predictions[0], (_, k) =>
    predictions.reduce((sum, one) => sum + one[k], 0) / predictions.length);
  const index = means.indexOf(Math.max(...means));
  return { index, share: means[index] };
}
