/**
 * What the parts of the trainer know together, and how they hear of changes.
 * @module lab/gestures/trainer
 */
import { createSamples } from "./samples.js";

/**
 * @typedef {"classes" | "samples" | "head"} Change
 */

/**
 * @param {{ length: number, names: string[] }} options
 */
export function createTrainer({ length, names }) {
  const samples = createSamples(length, names);
  /** @type {Map<Change, Set<() => void>>} */
  const listeners = new Map();
  /** @type {import("./head.js").Head | null} */
  let head = null;
  return {
    samples,
    get names() { return samples.names; },
    /** The trained head; null before training, and once the classes that it tells apart have changed. */
    get head() { return head; },
    set head(value) {
      head = value;
      this.tell("head");
    },
    /** @param {Change} change @param {() => void} heard */
    on(change, heard) {
      if (!listeners.has(change)) listeners.set(change, new Set());
      listeners.get(change).add(heard);
    },
    /** @param {...Change} changes */
    tell(...changes) {
      for (const change of changes) for (const heard of listeners.get(change) ?? []) heard();
    },
    /** The classes are others now, so the head no longer fits them. */
    classesChanged() {
      head = null;
      this.tell("classes", "samples", "head");
    },
  };
}
