/**
 * Elements and controls shared by every demo: no framework, every control labelled.
 * Each control is `{ el, value, disabled, … }`: `el` goes into the page, `value` reads and sets it
 * (setting never calls `onInput`).
 * @module lab/dom
 */

const SVG_TAGS = new Set([
  "svg", "g", "path", "line", "circle", "rect", "text", "tspan", "polyline", "polygon", "ellipse",
  "defs", "clipPath", "marker", "desc", "linearGradient", "stop",
]);
const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

/** An id that no other demo, nor a second copy of this module in a notebook, will use. */
export function uniqueId(prefix = "lab") {
  uniqueId.count = (uniqueId.count || 0) + 1;
  return `${prefix}-${Math.random().toString(36).slice(2, 8)}-${uniqueId.count}`;
}

/**
 * Make an element. `class`, `style` (string or object), `dataset` (object) and `on…` (listeners) are understood;
 * `true` sets an empty attribute, `false`, `null` and `undefined` leave it out. SVG tags get the SVG namespace.
 * @param {string} tag
 * @param {Record<string, any> | null} [attributes]
 * @param {...(Node | string | number | null | undefined | false | Array<any>)} children
 * @returns {any} the element
 */
export function h(tag, attributes, ...children) {
  const element = SVG_TAGS.has(tag)
    ? document.createElementNS(SVG_NAMESPACE, tag)
    : document.createElement(tag);
  setAttributes(element, attributes || {});
  append(element, children);
  return element;
}

/** Set attributes on an element that exists, by the same rules as {@link h}. */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2).toLowerCase(), value);
    } else if (name === "dataset") {
      Object.assign(element.dataset, value);
    } else if (name === "style" && value && typeof value === "object") {
      for (const [key, item] of Object.entries(value)) element.style.setProperty(key, item);
    } else if (value === false || value === null || value === undefined) {
      element.removeAttribute(name);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
}

function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.append(child);
    else if (child !== null && child !== undefined && child !== false) parent.append(String(child));
  }
}

/**
 * Collects what must be undone when a demo leaves the page.
 * @returns {{ on(target: EventTarget, type: string, listener: any, options?: any): void,
 *             add(undo: () => void): void, dispose(): void }}
 */
export function createScope() {
  const undos = [];
  return {
    on(target, type, listener, options) {
      target.addEventListener(type, listener, options);
      undos.push(() => target.removeEventListener(type, listener, options));
    },
    add(undo) {
      undos.push(undo);
    },
    dispose() {
      while (undos.length) undos.pop()();
    },
  };
}

/**
 * A labelled range input with its value written beside it. With `log: true` the positions are spread by powers
 * of ten (min and max must be positive) and values are rounded to two significant digits.
 * @param {{ label: string, min: number, max: number, step?: number, value: number, log?: boolean,
 *           format?: (value: number) => string, onInput?: (value: number) => void, color?: string }} options
 */
export function slider({ label, min, max, step = 0.01, value, log = false, format = String, onInput, color }) {
  const id = uniqueId("slider");
  const toPosition = (v) => (log ? (100 * Math.log(v / min)) / Math.log(max / min) : v);
  const fromPosition = (p) => (log ? Number((min * (max / min) ** (p / 100)).toPrecision(2)) : Number(p));
  const input = h("input", {
    id, type: "range", class: "lab-slider-input",
    min: log ? 0 : min, max: log ? 100 : max, step: log ? 1 : step,
  });
  const output = h("output", { class: "lab-slider-value", for: id });
  const el = h("div", { class: "lab-slider", style: color ? { "--lab-accent": `var(--lab-${color})` } : null },
    h("label", { class: "lab-label", for: id }, label), output, input);
  let current = value;
  const show = () => {
    const low = Number(input.min), high = Number(input.max);
    const share = (100 * (toPosition(current) - low)) / (high - low);
    input.style.setProperty("--lab-share", `${Math.min(100, Math.max(0, share))}%`);
    output.textContent = format(current);
    input.setAttribute("aria-valuetext", format(current));
  };
  const set = (v) => {
    current = v;
    input.value = String(toPosition(Math.min(max, Math.max(min, v))));
    show();
  };
  input.addEventListener("input", () => {
    current = fromPosition(input.value);
    show();
    onInput?.(current);
  });
  set(value);
  return {
    el, input, output,
    get value() { return current; },
    set value(v) { set(v); },
    get disabled() { return input.disabled; },
    set disabled(flag) { input.disabled = flag; },
  };
}

/**
 * A labelled number field. Empty or unreadable text leaves `value` as it was.
 * @param {{ label: string, value: number, step?: number | "any", min?: number, max?: number,
 *           onInput?: (value: number) => void }} options
 */
export function numberField({ label, value, step = "any", min, max, onInput }) {
  const id = uniqueId("number");
  const input = h("input", { id, type: "number", class: "lab-number-input", step, min, max, inputmode: "decimal" });
  input.value = String(value);
  let current = value;
  input.addEventListener("input", () => {
    if (input.value === "" || !Number.isFinite(input.valueAsNumber)) return;
    current = input.valueAsNumber;
    onInput?.(current);
  });
  return {
    el: h("div", { class: "lab-field" }, h("label", { class: "lab-label", for: id }, label), input),
    input,
    get value() { return current; },
    set value(v) { current = v; input.value = String(v); },
    get disabled() { return input.disabled; },
    set disabled(flag) { input.disabled = flag; },
  };
}

/**
 * A button. `primary` is the one thing to press next; `icon` is one of play, pause, step, reset, stop, add, remove.
 * @param {{ label: string, onClick: (event: MouseEvent) => void, primary?: boolean, icon?: string,
 *           title?: string, disabled?: boolean }} options
 */
export function button({ label, onClick, primary = false, icon, title, disabled = false }) {
  const text = h("span", null, label);
  const picture = h("span", { class: "lab-icon", "aria-hidden": "true" });
  const el = h("button", {
    type: "button", title, disabled, class: primary ? "lab-button lab-button-primary" : "lab-button", onclick: onClick,
  }, picture, text);
  const setIcon = (name) => { picture.replaceChildren(...(name ? [drawIcon(name)] : [])); picture.hidden = !name; };
  setIcon(icon);
  return {
    el,
    get label() { return text.textContent; },
    set label(value) { text.textContent = value; },
    set icon(name) { setIcon(name); },
    get disabled() { return el.disabled; },
    set disabled(flag) { el.disabled = flag; },
  };
}

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  step: "M3 2.5v11l7-5.5zM11 2.5h2v11h-2z",
  stop: "M3.5 3.5h9v9h-9z",
  reset: "M8 2a6 6 0 1 0 6 6h-1.8A4.2 4.2 0 1 1 8 3.8V6l4-3.2L8 0z",
  add: "M7 3h2v4h4v2H9v4H7V9H3V7h4z",
  remove: "M3 7h10v2H3z",
};

function drawIcon(name) {
  return h("svg", { viewBox: "0 0 16 16", width: 14, height: 14 }, h("path", { d: ICONS[name], fill: "currentColor" }));
}

/**
 * A labelled drop-down.
 * @param {{ label: string, options: Array<[value: string, text: string]>, value: string,
 *           onInput?: (value: string) => void }} options
 */
export function select({ label, options, value, onInput }) {
  const id = uniqueId("select");
  const input = h("select", { id, class: "lab-select-input" },
    options.map(([key, text]) => h("option", { value: key }, text)));
  input.value = value;
  input.addEventListener("input", () => onInput?.(input.value));
  return {
    el: h("div", { class: "lab-field" }, h("label", { class: "lab-label", for: id }, label), input),
    input,
    get value() { return input.value; },
    set value(v) { input.value = v; },
    get disabled() { return input.disabled; },
    set disabled(flag) { input.disabled = flag; },
  };
}

/**
 * A switch: on or off.
 * @param {{ label: string, value?: boolean, onInput?: (value: boolean) => void, color?: string }} options
 */
export function toggle({ label, value = false, onInput, color }) {
  const id = uniqueId("toggle");
  const input = h("input", { id, type: "checkbox", role: "switch", class: "lab-toggle-input" });
  input.checked = value;
  input.addEventListener("input", () => onInput?.(input.checked));
  return {
    el: h("div", { class: "lab-toggle", style: color ? { "--lab-accent": `var(--lab-${color})` } : null },
      input, h("label", { class: "lab-toggle-label", for: id }, label)),
    input,
    get value() { return input.checked; },
    set value(v) { input.checked = v; },
    get disabled() { return input.disabled; },
    set disabled(flag) { input.disabled = flag; },
  };
}

/**
 * One choice of a few, all visible (radio buttons drawn as a segmented bar).
 * @param {{ label: string, options: Array<[value: string, text: string]>, value: string,
 *           onInput?: (value: string) => void }} options
 */
export function choice({ label, options, value, onInput }) {
  const name = uniqueId("choice");
  const inputs = options.map(([key]) => {
    const input = h("input", { type: "radio", id: `${name}-${key}`, name, value: key, class: "lab-choice-input" });
    input.checked = key === value;
    input.addEventListener("input", () => onInput?.(key));
    return input;
  });
  const el = h("fieldset", { class: "lab-choice" }, h("legend", { class: "lab-label" }, label),
    h("div", { class: "lab-choice-bar" }, options.map(([key, text], index) =>
      [inputs[index], h("label", { for: `${name}-${key}`, class: "lab-choice-label" }, text)])));
  return {
    el,
    get value() { return inputs.find((input) => input.checked)?.value; },
    set value(v) { for (const input of inputs) input.checked = input.value === v; },
    set disabled(flag) { for (const input of inputs) input.disabled = flag; },
  };
}

/**
 * A line that screen readers read out when it changes. `say(text)` at most every 400 ms (the last one wins);
 * `say(text, { now: true })` at once. `tone` is "info", "good" or "bad".
 * @param {string} [text]
 */
export function statusLine(text = "") {
  const el = h("p", { class: "lab-status", role: "status", "aria-live": "polite" }, text);
  let timer = 0, last = 0, pending = null;
  const write = () => {
    timer = 0;
    last = performance.now();
    if (el.textContent !== pending.text) el.textContent = pending.text;
    el.dataset.tone = pending.tone;
  };
  return {
    el,
    /** @param {string} message @param {{ tone?: "info" | "good" | "bad", now?: boolean }} [options] */
    say(message, { tone = "info", now = false } = {}) {
      pending = { text: message, tone };
      const wait = 400 - (performance.now() - last);
      if (now || wait <= 0) {
        clearTimeout(timer);
        write();
      } else if (!timer) {
        timer = setTimeout(write, wait);
      }
    },
    /** Drop a message that waits; call it on cleanup. */
    stop() { clearTimeout(timer); timer = 0; },
    get text() { return el.textContent; },
  };
}

/** A row of controls that wraps on narrow screens. */
export function toolbar(...children) {
  return h("div", { class: "lab-toolbar" }, children.map((child) => (child && child.el ? child.el : child)));
}

/** A named number: `readout("Loss", "red")` → `{ el, value }`, where value is the text shown. */
export function readout(label, color) {
  const value = h("dd", { class: "lab-readout-value" }, "–");
  const el = h("div", { class: "lab-readout", style: color ? { "--lab-accent": `var(--lab-${color})` } : null },
    h("dt", { class: "lab-readout-label" }, label), value);
  return {
    el,
    get value() { return value.textContent; },
    set value(text) { if (value.textContent !== text) value.textContent = text; },
  };
}

/** A row of readouts, as a definition list. */
export function readouts(...items) {
  return h("dl", { class: "lab-readouts" }, items.map((item) => item.el));
}

/**
 * Numbers behind a picture, folded: filled when opened, and at most twice a second while open.
 * @param {{ summary: string, columns: string[], rows: () => Array<Array<string | number>> }} options
 * @returns {{ el: HTMLElement, update(): void, stop(): void }} call `update` when the numbers changed
 */
export function dataTable({ summary, columns, rows }) {
  const body = h("tbody");
  const table = h("table", null,
    h("thead", null, h("tr", null, columns.map((name) => h("th", { scope: "col" }, name)))), body);
  const el = h("details", { class: "lab-table" }, h("summary", null, summary),
    h("div", { class: "lab-table-scroll", tabindex: 0, role: "region", "aria-label": summary }, table));
  let timer = 0;
  const fill = () => {
    timer = 0;
    body.replaceChildren(...rows().map((row) =>
      h("tr", null, row.map((cell, index) => h(index ? "td" : "th", index ? null : { scope: "row" }, cell)))));
  };
  el.addEventListener("toggle", () => { if (el.open) fill(); });
  return {
    el,
    update() { if (el.open && !timer) timer = setTimeout(fill, 500); },
    stop() { clearTimeout(timer); timer = 0; },
  };
}

/** A number as text with a real minus sign, a fixed number of decimals, and thin spaces between thousands. */
export function number(value, digits = 2) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e9) return value.toExponential(1).replace("-", "−").replace("e+", "e");
  let text = size.toFixed(size >= 1000 ? 0 : digits);
  if (size >= 1e4) text = text.replace(/\B(?=(\d{3})+$)/g, "\u2009");
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}
