/**
 * Errors of a cell's code: what they say, and in which line of which cell they began.
 * @module lab/live/errors
 */

import { inspect } from "./inspect.js";

const CHROMIUM_PLACE = /\(?(blob:[^\s()]+?):(\d+):(\d+)\)?$/;
const FIREFOX_PLACE = /@(blob:[^\s]+?):(\d+):(\d+)$/;

/** The places of a stack that lie in modules made of blobs, the innermost first, for Chromium, Firefox and Safari. */
export function stackPlaces(stack) {
  const found = [];
  for (const line of String(stack ?? "").split("\n")) {
    const match = FIREFOX_PLACE.exec(line.trim()) ?? CHROMIUM_PLACE.exec(line.trim());
    if (match) found.push({ address: match[1], line: Number(match[2]), column: Number(match[3]) });
  }
  return found;
}

/**
 * The innermost place of a stack that lies in a cell.
 * @param {string | undefined} stack
 * @param {Map<string, { cell: string, locate: (line: number, column: number) => any }>} modules by their addresses
 * @param {string} [preferred] a cell: a place in it goes before all others
 * @returns {{ cell: string, line: number, column: number } | null}
 */
export function placeInCell(stack, modules, preferred) {
  const found = [];
  for (const { address, line, column } of stackPlaces(stack)) {
    const module = modules.get(address);
    const place = module?.locate(line, column);
    if (place) found.push({ cell: module.cell, ...place });
  }
  return found.find((place) => place.cell === preferred) ?? found[0] ?? null;
}

/** What was thrown as a name and a message; anything can be thrown. */
export function readError(thrown) {
  if (thrown instanceof Error) return { name: thrown.name || "Error", message: thrown.message || "no message" };
  return { name: "Thrown", message: typeof thrown === "string" ? thrown : inspect(thrown) };
}
