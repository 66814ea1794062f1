/**
 * The collected samples: feature vectors and labels in plain typed arrays, outside TensorFlow.js. A lost graphics
 * context takes nothing of them, and a picture's 27,648 numbers (96 × 96 × 3) are let go as soon as it was looked at.
 * @module lab/gestures/samples
 */

export const MOST_CLASSES = 6, LEAST_CLASSES = 2;
/** Letters of a class's name, at most. */
export const LONGEST_NAME = 24;
/** More would only slow the page: 6 classes × 500. */
export const MOST_SAMPLES = 3000;

/**
 * @typedef {object} Sample
 * @property {number} id never used twice
 * @property {number} label position of its class
 * @property {number} burst which press of a button it came from
 * @property {Float32Array} features of the frame itself
 * @property {Float32Array[]} augmented of the frame's changed copies
 */

/**
 * @param {number} length of a feature vector
 * @param {string[]} classNames
 */
export function createSamples(length, classNames) {
  let names = [...classNames];
  /** @type {Sample[]} */
  let all = [];
  let nextId = 1, nextBurst = 1;

  return {
    length,
    get names() { return names; },
    get all() { return all; },
    get counts() { return names.map((_, label) => all.filter((sample) => sample.label === label).length); },
    /** Feature vectors kept, those of changed copies included. */
    get vectors() { return all.reduce((sum, sample) => sum + 1 + sample.augmented.length, 0); },
    get bytes() { return 4 * length * this.vectors; },
    get full() { return all.length >= MOST_SAMPLES; },
    /** A number for the samples of one press. */
    newBurst() { return nextBurst++; },
    /**
     * @param {number} label @param {number} burst
     * @param {Float32Array} features @param {Float32Array[]} [augmented]
     * @returns {Sample}
     */
    add(label, burst, features, augmented = []) {
      const sample = { id: nextId++, label, burst, features, augmented };
      all.push(sample);
      nextBurst = Math.max(nextBurst, burst + 1);
      return sample;
    },
    remove(id) { all = all.filter((sample) => sample.id !== id); },
    clear(label) { all = all.filter((sample) => sample.label !== label); },
    addClass(name) { names = [...names, name]; },
    rename(label, name) { names = names.map((old, i) => (i === label ? name : old)); },
    /** Its samples go with it, and the classes after it move up. */
    removeClass(label) {
      names = names.filter((_, i) => i !== label);
      all = all.filter((sample) => sample.label !== label);
      for (const sample of all) if (sample.label > label) sample.label -= 1;
    },
    /** Others in place of all that is here. */
    replace(newNames, samples) {
      names = [...newNames];
      all = [];
      nextBurst = 1;
      for (const { label, burst, features, augmented } of samples) this.add(label, burst, features, augmented);
    },
  };
}

/**
 * The vectors of some samples one after another, with their labels.
 * @param {Sample[]} samples @param {number} length of a vector
 * @param {{ augmented?: boolean }} [options] also the changed copies
 * @returns {{ features: Float32Array, labels: Uint8Array, count: number }}
 */
export function flatten(samples, length, { augmented = false } = {}) {
  const vectors = samples.flatMap((sample) =>
    [sample.features, ...(augmented ? sample.augmented : [])].map((vector) => [vector, sample.label]));
  const features = new Float32Array(vectors.length * length), labels = new Uint8Array(vectors.length);
  vectors.forEach(([vector, label], i) => {
    features.set(vector, i * length);
    labels[i] = label;
  });
  return { features, labels, count: vectors.length };
}

/** A name that no class has yet: "Gesture 4". */
export function freeName(names) {
  for (let i = names.length + 1; ; i += 1) {
    if (!names.some((name) => sameName(name, `Gesture ${i}`))) return `Gesture ${i}`;
  }
}

/** Is this the same name to a reader? */
export function sameName(a, b) {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
