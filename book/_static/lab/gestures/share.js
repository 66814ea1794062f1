/**
 * What was collected and learnt, handed to the host: in a notebook, to Python.
 * @module lab/gestures/share
 */
import { createSync } from "../sync.js";
import { flatten } from "./samples.js";

const PAUSE_MS = 400;

/**
 * Sends `class_names`; `features` (float32: a vector a row), `labels` (uint8), `bursts` (uint32) and `copies` (uint8: 1 for a
 * changed copy), row by row; `head` (`[{ inputs, units, activation }, …]` or null) and `head_weights` (float32: kernel and
 * bias of each layer in turn); `accuracy` (on what was held back, or null) and `rounds` (of the game).
 * @param {{ model: any, trainer: any, game: any, training: any, scope: any }} options
 */
export function share({ model, trainer, game, training, scope }) {
  const sync = createSync(model);
  let timer = 0;
  function now() {
    clearTimeout(timer);
    timer = 0;
    const { samples, head } = trainer;
    const rows = samples.all.flatMap((sample) => [[sample, 0], ...sample.augmented.map(() => [sample, 1])]);
    const { features, labels, count } = flatten(samples.all, samples.length, { augmented: true });
    sync.sendArray("features", features, [count, samples.length]);
    sync.sendArray("labels", labels, [count]);
    sync.sendArray("bursts", Uint32Array.from(rows, ([{ burst }]) => burst), [count]);
    sync.sendArray("copies", Uint8Array.from(rows, ([, copy]) => copy), [count]);
    const weights = Float32Array.from(head ? head.flatMap(({ kernel, bias }) => [...kernel, ...bias]) : []);
    sync.sendArray("head_weights", weights, [weights.length]);
    sync.send({
      class_names: [...samples.names],
      head: head && head.map(({ kernel, units, activation }) => ({ inputs: kernel.length / units, units, activation })),
      accuracy: training.accuracy,
      rounds: game.match.rounds.map((round) => ({ ...round })),
    });
  }
  // Put off while changes follow one another, so that a burst is sent once, at its end.
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(now, PAUSE_MS);
  };
  for (const change of ["classes", "samples", "head"]) trainer.on(change, soon);
  scope.add(() => {
    if (timer) now();
    sync.stop();
  });
  return { now, soon };
}
