/**
 * Points of two numbers with a class: made-up ones, their split and their scale.
 * @module lab/boundaries/datasets
 */
import { seededNormal, seededUniform } from "../random.js";

const HELD_BACK = 0.3, POINTS = 300;

/**
 * @typedef {object} Points
 * @property {number[][]} points [[x, y], …]
 * @property {number[]} classes the class of each, from 0
 * @property {string[]} labels names of the classes
 * @property {[string, string]} names of the two features
 */

/** @type {Record<string, { title: string, make(): Points }>} */
export const MADE_UP = {
  moons: { title: "Two moons", make: () => made(["upper", "lower"], (kind, at, noise) => {
    const angle = Math.PI * at;
    const [x, y] = kind ? [1 - Math.cos(angle), 0.5 - Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)];
    return [x + 0.18 * noise(), y + 0.18 * noise()];
  }) },
  rings: { title: "Three rings", make: () => made(["inner", "middle", "outer"], (kind, at, noise) => {
    const angle = 2 * Math.PI * at, radius = 0.35 + 0.8 * kind + 0.13 * noise();
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }) },
  spiral: { title: "Two spirals", make: () => made(["one", "other"], (kind, at, noise) => {
    const angle = 3 * Math.PI * Math.sqrt(0.05 + 0.95 * at) + kind * Math.PI, radius = Math.sqrt(0.05 + 0.95 * at) * 2;
    return [radius * Math.cos(angle) + 0.07 * noise(), radius * Math.sin(angle) + 0.07 * noise()];
  }) },
};

function made(labels, place) {
  const uniform = seededUniform(11), normal = seededNormal(12);
  const points = [], classes = [];
  for (let i = 0; i < POINTS; i += 1) {
    classes.push(i % labels.length);
    points.push(place(i % labels.length, uniform(), normal).map((value) => Math.round(value * 1000) / 1000));
  }
  return { points, classes, labels, names: ["x", "y"] };
}

/**
 * Which points are held back: 30 % of each class, the same ones for the same seed.
 * @param {number[]} classes
 * @param {number} seed
 * @returns {{ training: number[], heldBack: number[] }} positions
 */
export function split(classes, seed) {
  const uniform = seededUniform(seed);
  const training = [], heldBack = [];
  for (const kind of new Set(classes)) {
    const places = shuffled(classes.flatMap((one, i) => (one === kind ? [i] : [])), uniform);
    const back = Math.round(HELD_BACK * places.length);
    heldBack.push(...places.slice(0, back));
    training.push(...places.slice(back));
  }
  return { training, heldBack };
}

/**
 * Classes of which a share was changed to another one, at random.
 * @param {number[]} classes
 * @param {number} share
 * @param {number} kinds how many classes there are
 * @param {number} seed
 */
export function withWrongLabels(classes, share, kinds, seed) {
  const uniform = seededUniform(seed);
  return classes.map((one) => {
    const [draw, other] = [uniform(), uniform()];
    return draw < share ? (one + 1 + Math.floor(other * (kinds - 1))) % kinds : one;
  });
}

/** A copy in random order. @param {any[]} items @param {() => number} uniform */
export function shuffled(items, uniform) {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = Math.floor(uniform() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/**
 * Mean and standard deviation of each feature over the training points: what the network sees is (value − mean) / sd.
 * @param {number[][]} points
 * @param {number[]} training
 */
export function scaleOf(points, training) {
  return [0, 1].map((axis) => {
    const mean = training.reduce((sum, i) => sum + points[i][axis], 0) / training.length;
    const variance = training.reduce((sum, i) => sum + (points[i][axis] - mean) ** 2, 0) / training.length;
    return { mean, sd: Math.sqrt(variance) || 1 };
  });
}

/** Domains that hold all points with some air. @param {number[][]} points @returns {{ x: [number, number], y: [number, number] }} */
export function domainsOf(points) {
  const [x, y] = [0, 1].map((axis) => {
    let low = Infinity, high = -Infinity;
    for (const point of points) {
      low = Math.min(low, point[axis]);
      high = Math.max(high, point[axis]);
    }
    const air = 0.08 * (high - low) || 1;
    return /** @type {[number, number]} */ ([low - air, high + air]);
  });
  return { x, y };
}
