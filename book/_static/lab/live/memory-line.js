/**
 * What a run did to the memory of TensorFlow.js, in a line and, where tensors leaked, a sentence.
 * @module lab/live/memory-line
 */
import { bytesText } from "../memory.js";
import { count } from "./inspect.js";

/** @param {any} memory as in worker.js @returns {{ line: string, leak: string }} */
export function memoryText({ before, after, freed, leak }) {
  const line = `Tensors ${before.tensors} → ${after.tensors}, bytes ${bytesText(before.bytes)} → ${bytesText(after.bytes)}`;
  const also = freed ? `, ${count(freed, "tensor")} freed that no variable held` : "";
  return { line: `${line}${also}.`, leak: leak ? leakText(leak) : "" };
}

function leakText({ count: number, bytes, shape, lines }) {
  const one = number === 1;
  const what = one ? `1 tensor of shape ${shape} (${bytesText(bytes)})` : `${number} tensors (${bytesText(bytes)})`;
  const where = lines.length ? `, made in ${lines.length > 1 ? `lines ${lines.slice(0, 5).join(", ")}` : `line ${lines[0]}`},` : "";
  return `${what}${where} leaked: no variable holds ${one ? "it" : "them"}, so nothing can free ${one ? "it" : "them"} any more. `
    + `Make ${one ? "it" : "them"} inside tf.tidy, or keep ${one ? "it" : "them"} in a variable and call dispose().`;
}
