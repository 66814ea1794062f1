/**
 * HTML from a cell as elements that can do no harm: known elements and attributes only, no script, no form, no style
 * that could cover the page.
 * @module lab/live/sanitize
 */

const ELEMENTS = new Set([
  "a", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em", "figcaption", "figure", "h3",
  "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "meter", "ol", "p", "pre", "progress", "q", "s", "samp", "small",
  "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
  "svg", "g", "path", "line", "circle", "rect", "text", "tspan", "polyline", "polygon", "ellipse", "title", "desc",
]);
const ATTRIBUTES = new Set([
  "alt", "colspan", "rowspan", "scope", "title", "width", "height", "value", "min", "max", "open", "start", "lang", "dir", "role",
  "aria-label", "aria-hidden", "viewbox", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "points", "fill",
  "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "transform", "text-anchor", "font-size",
]);
const STYLES = [
  "color", "background-color", "font-weight", "font-style", "font-size", "font-family", "text-align", "padding", "border",
  "border-collapse", "width", "height", "white-space", "border-radius", "display",
];

/** @param {string} text @returns {DocumentFragment} */
export function sanitize(text) {
  const source = new DOMParser().parseFromString(text, "text/html").body;
  const target = document.createDocumentFragment();
  copy(source, target);
  return target;
}

function copy(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const name = node.localName.toLowerCase();
    if (["script", "style", "template", "iframe", "object", "noscript"].includes(name)) continue;
    if (!ELEMENTS.has(name)) {
      copy(node, to);
      continue;
    }
    const element = document.createElementNS(node.namespaceURI, node.localName);
    for (const { name: attribute, value } of node.attributes) {
      if (ATTRIBUTES.has(attribute.toLowerCase())) element.setAttribute(attribute, value);
    }
    if (name === "img" && /^(data:image\/|blob:)/.test(node.getAttribute("src") ?? "")) element.src = node.getAttribute("src");
    // A link within SVG has no address that could be set.
    if (element instanceof HTMLAnchorElement && /^(https?:|#)/.test(node.getAttribute("href") ?? "")) {
      element.href = node.getAttribute("href");
      element.rel = "noopener noreferrer";
    }
    for (const style of STYLES) {
      const value = node.style?.getPropertyValue(style);
      if (value && !/url\(|expression/i.test(value)) element.style.setProperty(style, value);
    }
    copy(node, element);
    to.append(element);
  }
}
