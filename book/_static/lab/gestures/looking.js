/**
 * The loop that looks: frame after frame through the backbone, into the samples while a button is held, and through
 * the head once there is one. One frame at a time, so that a slow device only looks less often.
 * @module lab/gestures/looking
 */
import { changedCopies, COPIES } from "./features.js";
import { predict } from "./head.js";
import { seededUniform } from "../random.js";

/** Between two looks. While collecting it is longer: neighbouring samples would hardly differ. */
const PAUSE_MS = 40, COLLECTING_PAUSE_MS = 80;

/**
 * @param {{ kit: any, view: any, trainer: any, extractor: any, augmenting: () => boolean,
 *           onSample: (sample: any, frame: HTMLCanvasElement) => void, onPrediction: (shares: Float32Array, milliseconds: number) => void,
 *           onFull: () => void }} options
 */
export function createLooking({ kit, view, trainer, extractor, augmenting, onSample, onPrediction, onFull }) {
  const uniform = seededUniform(7), canvas = document.createElement("canvas");
  let request = 0, last = 0, generation = 0, busy = false, paused = false, stale = true, closed = false;
  /** @type {{ label: number, burst: number } | null} what is being collected */
  let collecting = null;

  function tick(now) {
    request = requestAnimationFrame(tick);
    if (busy || paused || kit.switching || !view.kind || now - last < (collecting ? COLLECTING_PAUSE_MS : PAUSE_MS)) return;
    if (!collecting && (!trainer.head || (view.kind === "picture" && !stale))) return;
    last = now;
    look();
  }

  async function look() {
    const mine = generation, target = collecting, frame = view.frame(extractor.size, canvas), began = performance.now();
    busy = true;
    stale = false;
    try {
      const copies = target && augmenting() ? changedCopies(frame, uniform) : [];
      const vectors = await extractor.of([frame, ...copies]);
      if (mine !== generation || closed) return;
      if (target) take(target, vectors, frame);
      if (trainer.head) onPrediction(predict(trainer.head, vectors[0]), performance.now() - began);
    } catch (error) {
      // A backend that was taken away meanwhile: the kit brings another, and the next frame is looked at with that.
      stale = true;
      if (!extractor.lost() && mine === generation) throw error;
    } finally {
      if (mine === generation) busy = false;
    }
  }

  function take(target, [features, ...augmented], frame) {
    if (trainer.samples.full) {
      collecting = null;
      onFull();
      return;
    }
    onSample(trainer.samples.add(target.label, target.burst, features, augmented), frame);
    // A still picture is one sample however long the button is held.
    if (view.kind === "picture") collecting = null;
  }

  request = requestAnimationFrame(tick);
  return {
    /** Collect for this class from now on. */
    collect(label) {
      collecting = { label, burst: trainer.samples.newBurst() };
      last = 0;
    },
    stop() { collecting = null; },
    /** Another thing is seen, or another head looks. */
    again() { stale = true; },
    /** While the head is trained, the device has enough to do. */
    set paused(flag) { paused = flag; },
    /** What is under way with a backend that is gone may never come back. */
    forget() {
      generation += 1;
      busy = false;
      stale = true;
    },
    /**
     * Samples from still pictures, each a burst of its own.
     * @param {number} label @param {HTMLCanvasElement[]} frames
     */
    async takeAll(label, frames) {
      for (const frame of frames) {
        if (trainer.samples.full) {
          onFull();
          return;
        }
        const copies = augmenting() ? changedCopies(frame, uniform) : [];
        const [features, ...augmented] = await extractor.of([frame, ...copies]);
        if (closed) return;
        onSample(trainer.samples.add(label, trainer.samples.newBurst(), features, augmented), frame);
      }
    },
    close() {
      closed = true;
      cancelAnimationFrame(request);
    },
    copies: COPIES,
  };
}
