/**
 * A meter of TensorFlow.js memory: how many tensors live, and their bytes.
 * @module lab/memory
 */
import { h } from "./dom.js";

/** Bytes as a reader says them: "812 B", "3.4 kB", "14 MB". */
export function bytesText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/**
 * Shows `tf.memory()`, with a thin trace of the tensor count over the last readings: flat is well, a staircase is a leak.
 * @param {any} tf
 * @returns {{ el: HTMLElement, update(): { numTensors: number, numBytes: number }, history: number[] }}
 */
export function createMemoryMeter(tf) {
  const count = h("span", { class: "lab-memory-count" });
  const path = h("path", { fill: "none", stroke: "var(--lab-accent)", "stroke-width": 1.5, "stroke-linejoin": "round" });
  const trace = h("svg", { class: "lab-memory-trace", viewBox: "0 0 120 24", preserveAspectRatio: "none",
    "aria-hidden": "true" }, path);
  const el = h("div", { class: "lab-memory", style: { "--lab-accent": "var(--lab-purple)" } },
    h("span", { class: "lab-label" }, "tf.memory()"), trace, count);
  const history = [];
  return {
    el, history,
    update() {
      const { numTensors, numBytes } = tf.memory();
      history.push(numTensors);
      if (history.length > 120) history.shift();
      const top = Math.max(...history, 1) * 1.25;
      path.setAttribute("d", history.map((value, i) =>
        `${i ? "L" : "M"}${((120 * i) / Math.max(1, history.length - 1)).toFixed(1)} ${(23 - (21 * value) / top).toFixed(1)}`).join(""));
      const text = `${numTensors} ${numTensors === 1 ? "tensor" : "tensors"}, ${bytesText(numBytes)}`;
      if (count.textContent !== text) count.textContent = text;
      return { numTensors, numBytes };
    },
  };
}
