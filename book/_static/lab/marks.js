/**
 * What is drawn on a plot. Each maker takes the plot's context and settings and returns
 * `{ set(data), remove(), el }`; data are in the plot's units and are drawn again when its axes change.
 * @module lab/marks
 */
import { h, setAttributes } from "./dom.js";
import { cssColor } from "./theme.js";

function mark(context, el, drawData) {
  let data = [];
  const layer = { draw: () => drawData(data) };
  context.markGroup.append(el);
  context.add(layer);
  return {
    el,
    set(values) {
      data = values;
      drawData(data);
    },
    remove() {
      context.drop(layer);
      el.remove();
    },
    set visible(flag) { el.style.display = flag ? "" : "none"; },
  };
}

/** Keep as many children as there are data, made by `make`. */
function pool(group, count, make) {
  while (group.childNodes.length > count) group.lastChild.remove();
  while (group.childNodes.length < count) group.append(make());
  return group.childNodes;
}

const round = (value) => Math.round(Math.max(-1e5, Math.min(1e5, value)) * 100) / 100;

/** @param {any} context @param {{ color?: string, width?: number, dash?: string, opacity?: number }} [settings] */
export function createLine(context, { color = "blue", width = 2, dash, opacity } = {}) {
  const el = h("path", { fill: "none", stroke: cssColor(color), "stroke-width": width, "stroke-dasharray": dash,
    "stroke-opacity": opacity, "stroke-linejoin": "round", "stroke-linecap": "round" });
  return mark(context, el, (points) => {
    let d = "", open = false;
    for (const [x, y] of points) {
      if (!Number.isFinite(x) || !Number.isFinite(y)) { open = false; continue; }
      d += `${open ? "L" : "M"}${round(context.x(x))} ${round(context.y(y))}`;
      open = true;
    }
    el.setAttribute("d", d);
  });
}

/** @param {any} context @param {{ color?: string, radius?: number, opacity?: number, hollow?: boolean }} [settings] */
export function createPoints(context, { color = "blue", radius = 4.5, opacity = 1, hollow = false } = {}) {
  const el = h("g", { fill: hollow ? cssColor("paper") : cssColor(color), opacity,
    stroke: hollow ? cssColor(color) : cssColor("paper"), "stroke-width": hollow ? 2 : 1 });
  return mark(context, el, (points) => {
    pool(el, points.length, () => h("circle")).forEach((circle, i) => {
      const [x, y, r = radius] = points[i];
      setAttributes(circle, { cx: round(context.x(x)), cy: round(context.y(y)), r });
    });
  });
}

/** @param {any} context @param {{ color?: string, opacity?: number }} [settings] */
export function createArea(context, { color = "blue", opacity = 0.18 } = {}) {
  const el = h("path", { fill: cssColor(color), "fill-opacity": opacity });
  return mark(context, el, (points) => {
    const top = points.map(([x, y]) => `${round(context.x(x))} ${round(context.y(y))}`);
    const base = points.map(([x, , y0 = 0]) => `${round(context.x(x))} ${round(context.y(y0))}`).reverse();
    el.setAttribute("d", points.length ? `M${top.concat(base).join("L")}Z` : "");
  });
}

/** @param {any} context @param {{ color?: string, width?: number, dash?: string, opacity?: number }} [settings] */
export function createSegments(context, { color = "grey", width = 1.5, dash, opacity } = {}) {
  const el = h("g", { stroke: cssColor(color), "stroke-width": width, "stroke-dasharray": dash, opacity });
  return mark(context, el, (segments) => {
    pool(el, segments.length, () => h("line")).forEach((line, i) => {
      const [x0, y0, x1, y1] = segments[i];
      setAttributes(line, { x1: round(context.x(x0)), y1: round(context.y(y0)),
        x2: round(context.x(x1)), y2: round(context.y(y1)) });
    });
  });
}

/** @param {any} context @param {{ color?: string, opacity?: number, gap?: number, radius?: number }} [settings] */
export function createBars(context, { color = "blue", opacity = 0.85, gap = 1, radius = 1.5 } = {}) {
  const el = h("g", { fill: cssColor(color), "fill-opacity": opacity });
  return mark(context, el, (bars) => {
    pool(el, bars.length, () => h("rect", { rx: radius })).forEach((rect, i) => {
      const [x0, x1, y, base = 0] = bars[i];
      const left = Math.min(context.x(x0), context.x(x1)), right = Math.max(context.x(x0), context.x(x1));
      const top = Math.min(context.y(y), context.y(base)), bottom = Math.max(context.y(y), context.y(base));
      setAttributes(rect, { x: round(left + gap / 2), y: round(top),
        width: round(Math.max(0.5, right - left - gap)), height: round(Math.max(0, bottom - top)) });
    });
  });
}

/**
 * Squares on a vertical side: their areas are squared differences. They open to the right where there is room.
 * @param {any} context @param {{ color?: string, opacity?: number }} [settings]
 */
export function createSquares(context, { color = "orange", opacity = 0.13 } = {}) {
  const el = h("g", { fill: cssColor(color), "fill-opacity": opacity, stroke: cssColor(color), "stroke-opacity": 0.75 });
  return mark(context, el, (sides) => {
    pool(el, sides.length, () => h("rect")).forEach((rect, i) => {
      const [x, y0, y1] = sides[i];
      const left = context.x(x), top = Math.min(context.y(y0), context.y(y1));
      const side = Math.min(4000, Math.abs(context.y(y0) - context.y(y1)));
      const fits = left + side <= context.box.left + context.box.width;
      setAttributes(rect, { x: round(fits ? left : left - side), y: round(top), width: round(side), height: round(side) });
    });
  });
}

/** @param {any} context @param {{ color?: string, anchor?: string, dx?: number, dy?: number, size?: number }} [settings] */
export function createLabels(context, { color = "ink", anchor = "middle", dx = 0, dy = -8, size = 13 } = {}) {
  const el = h("g", { class: "lab-plot-labels", fill: cssColor(color), "text-anchor": anchor, "font-size": size });
  return mark(context, el, (labels) => {
    pool(el, labels.length, () => h("text")).forEach((text, i) => {
      const [x, y, words] = labels[i];
      setAttributes(text, { x: round(context.x(x)) + dx, y: round(context.y(y)) + dy });
      if (text.textContent !== words) text.textContent = words;
    });
  });
}
