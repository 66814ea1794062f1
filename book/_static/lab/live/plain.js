/**
 * What a cell shows, as text: what a page prints as its expected output, and what tests compare.
 * @module lab/live/plain
 */
import { sanitize } from "./sanitize.js";

/** One item of a cell's output as text; "" for what is only advice. */
export function plainText(item) {
  switch (item.kind) {
    case "chart": return `[chart: ${item.data.title || item.type}]`;
    case "image": return `[picture: ${item.label}, ${item.width} × ${item.height}]`;
    case "html": return sanitize(item.text).textContent.trim();
    case "dropped": return `… ${item.count} lines left out …`;
    case "note": return "";
    default: return item.text;
  }
}

/** A whole output as text. */
export function plainOutput(items) {
  return items.filter((item) => item.kind !== "note").map(plainText).join("\n");
}
