/**
 * Things to drag on a plot: by mouse, pen or finger, and by the arrow keys.
 * @module lab/handles
 */
import { h, setAttributes } from "./dom.js";
import { cssColor } from "./theme.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @typedef {object} HandleSettings
 * @property {string} label what it is, for screen readers: "Point 3"
 * @property {number} x
 * @property {number} y
 * @property {(x: number, y: number) => void} onMove called with the new place (already within bounds)
 * @property {() => void} [onStart] drag begins
 * @property {() => void} [onEnd] drag ends, or a key moved it
 * @property {() => void} [onRemove] Delete, Backspace or a double click
 * @property {"both" | "x" | "y"} [axis] where it may go
 * @property {{ x?: [number, number], y?: [number, number] }} [bounds] default: the plot's domains
 * @property {number | [number, number]} [step] of an arrow key, in the plot's units (1/50 of the domain); Shift: 5 steps
 * @property {(x: number, y: number) => string} [valueText] what a screen reader says of the place
 * @property {string} [color]
 * @property {number} [radius] in pixels (7)
 * @property {"disc" | "ring" | "diamond"} [shape]
 */

/**
 * @param {any} context of the plot
 * @param {HandleSettings} settings
 * @returns {{ el: SVGElement, set(x: number, y: number): void, focus(): void, remove(): void, label: string, visible: boolean }}
 */
export function createHandle(context, settings) {
  const { axis = "both", color = "blue", radius = 7, shape = "disc", onMove, onStart, onEnd, onRemove } = settings;
  const valueText = settings.valueText || ((a, b) => `x ${tidy(a)}, y ${tidy(b)}`);
  let x = settings.x, y = settings.y, grab = null;

  const body = drawShape(shape, radius, color);
  const el = h("g", { class: `lab-handle lab-handle-${axis}`, tabindex: 0, role: "slider", "aria-label": settings.label,
    "aria-roledescription": axis === "both" ? "point to drag" : null,
    "aria-orientation": axis === "x" ? "horizontal" : "vertical" },
    h("circle", { class: "lab-handle-touch", r: 22 }),
    h("circle", { class: "lab-handle-focus", r: radius + 5 }), body);
  context.interactive();
  context.handleGroup.append(el);

  const limits = (which) => settings.bounds?.[which] || context[`${which}Domain`];
  const clamp = (value, [low, high]) => Math.min(Math.max(low, high), Math.max(Math.min(low, high), value));

  const layer = {
    draw() {
      el.setAttribute("transform", `translate(${context.x(x).toFixed(2)} ${context.y(y).toFixed(2)})`);
      const [low, high] = limits(axis === "x" ? "x" : "y");
      setAttributes(el, { "aria-valuemin": tidy(low), "aria-valuemax": tidy(high),
        "aria-valuenow": tidy(axis === "x" ? x : y), "aria-valuetext": valueText(x, y) });
    },
  };
  context.add(layer);

  function move(toX, toY) {
    x = axis === "y" ? x : clamp(toX, limits("x"));
    y = axis === "x" ? y : clamp(toY, limits("y"));
    layer.draw();
    onMove(x, y);
  }

  const self = {
    distance: (px, py) => Math.hypot(px - context.x(x), py - context.y(y)),
    take(event, px, py) {
      grab = [px - context.x(x), py - context.y(y)];
      el.setPointerCapture(event.pointerId);
      el.classList.add("lab-handle-held");
      el.focus({ preventScroll: true });
      onStart?.();
    },
    get shown() { return el.style.display !== "none"; },
  };
  context.handles.add(self);

  el.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    const [px, py] = context.fromEvent(event);
    // Fingers are wide: of handles whose touch areas overlap, the nearest is meant.
    const [nearest] = [...context.handles].filter(({ shown }) => shown)
      .sort((a, b) => a.distance(px, py) - b.distance(px, py));
    nearest.take(event, px, py);
  });
  el.addEventListener("pointermove", (event) => {
    if (!grab) return;
    const [px, py] = context.fromEvent(event);
    move(context.invertX(px - grab[0]), context.invertY(py - grab[1]));
  });
  const release = () => {
    if (!grab) return;
    grab = null;
    el.classList.remove("lab-handle-held");
    onEnd?.();
  };
  el.addEventListener("pointerup", release);
  el.addEventListener("pointercancel", release);
  el.addEventListener("lostpointercapture", release);
  el.addEventListener("click", (event) => event.stopPropagation());
  if (onRemove) el.addEventListener("dblclick", onRemove);
  el.addEventListener("keydown", (event) => {
    if (onRemove && (event.key === "Delete" || event.key === "Backspace")) {
      event.preventDefault();
      onRemove();
      return;
    }
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [stepX, stepY] = keySteps();
    const times = event.shiftKey ? 5 : 1;
    let [dx, dy] = arrow;
    if (axis === "x") dx = dx || dy;
    if (axis === "y") dy = dy || dx;
    move(tidy(x + dx * stepX * times), tidy(y + dy * stepY * times));
    onEnd?.();
  });

  function keySteps() {
    if (Array.isArray(settings.step)) return settings.step;
    if (settings.step) return [settings.step, settings.step];
    return [context.xDomain, context.yDomain].map(([low, high]) => Math.abs(high - low) / 50);
  }

  return {
    el,
    set(newX, newY) {
      x = newX;
      y = newY;
      layer.draw();
    },
    focus: () => el.focus(),
    remove() {
      context.handles.delete(self);
      context.drop(layer);
      el.remove();
    },
    get label() { return el.getAttribute("aria-label"); },
    set label(text) { el.setAttribute("aria-label", text); },
    set visible(flag) { el.style.display = flag ? "" : "none"; },
  };
}

function drawShape(shape, radius, color) {
  const fill = cssColor(color), paper = cssColor("paper");
  if (shape === "ring") {
    return h("circle", { class: "lab-handle-body", r: radius, fill: paper, stroke: fill, "stroke-width": 3 });
  }
  if (shape === "diamond") {
    const r = radius * 1.25;
    return h("path", { class: "lab-handle-body", d: `M0 ${-r}L${r} 0L0 ${r}L${-r} 0Z`, fill, stroke: paper,
      "stroke-width": 1.5 });
  }
  return h("circle", { class: "lab-handle-body", r: radius, fill, stroke: paper, "stroke-width": 1.5 });
}

/** A number without the dust of floating point. */
function tidy(value) {
  return Number(Number(value).toPrecision(10)) || 0;
}
