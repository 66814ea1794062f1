/**
 * The fold "How it works" at the end of a demo, with the way on to its chapter and to the cards of its models.
 * @module lab/how
 */
import { h } from "./dom.js";
import { pageAddress } from "./files.js";

/**
 * Its styles are those of `css/kit.css`.
 * @param {any} model where pages lie: see lab/files
 * @param {{ text?: string, nodes?: Array<Node | string>, chapter?: { title: string, href: string }, card?: string | string[] }} options
 *   `href` is a page from the site's root, such as "book/week3/memory.html"; `card` names models
 * @returns {HTMLElement}
 */
export function createHow(model, { text, nodes = [], chapter, card = [] }) {
  const links = [];
  if (chapter) links.push(link(model, chapter.href, chapter.title));
  for (const name of [card].flat()) links.push(link(model, `book/reference/models.html#${name}`, `Model card of ${name}`));
  return h("details", { class: "lab-how" }, h("summary", null, "How it works"),
    h("div", { class: "lab-how-text" }, text ? h("p", null, text) : null, ...nodes,
      links.length ? h("p", { class: "lab-how-links" }, "Read on: ", links.flatMap((item, i) => (i ? [" · ", item] : [item]))) : null));
}

function link(model, page, title) {
  const href = pageAddress(model, page);
  return href ? h("a", { href }, title) : title;
}
