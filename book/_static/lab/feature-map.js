/**
 * Pictures laid out by what a network saw in them: near one another where it saw the like. Each is a button.
 * @module lab/feature-map
 */
import { h } from "./dom.js";

/**
 * @param {{ onPick: (index: number) => void }} options
 * @returns {{ el: HTMLElement, update(data: { pictures: Array<{ name: string, thumb: HTMLCanvasElement }>, points: number[][],
 *   chosen: number, near: number[] }): void }} `points` are pairs of any scale; `near` are marked beside the chosen one
 */
export function createFeatureMap({ onPick }) {
  const el = h("div", { class: "lab-features-map", role: "group", "aria-label": "Pictures by their features" });
  let shown = [], buttons = [];

  function lay(pictures) {
    shown = pictures;
    buttons = pictures.map(({ name, thumb }, index) => h("button", { type: "button", class: "lab-features-dot", title: name, "aria-label": name,
      "aria-pressed": "false", onclick: () => onPick(index) }, copyOf(thumb)));
    el.replaceChildren(...buttons);
  }
  el.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = buttons.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = (at + step + buttons.length) % buttons.length;
    buttons[next].focus();
    onPick(next);
  });

  return {
    el,
    update({ pictures, points, chosen, near }) {
      if (pictures.length !== shown.length || pictures.some((picture, i) => picture !== shown[i])) lay(pictures);
      const [across, down] = [0, 1].map((axis) => spread(points.map((point) => point[axis])));
      buttons.forEach((button, i) => {
        button.style.setProperty("--lab-x", String(across(points[i][0])));
        button.style.setProperty("--lab-y", String(1 - down(points[i][1])));
        button.setAttribute("aria-pressed", String(i === chosen));
        button.tabIndex = i === chosen || (chosen < 0 && !i) ? 0 : -1;
        button.dataset.near = String(near.includes(i));
      });
    },
  };
}

/** A thumbnail to put elsewhere: an element can stand in one place only. @param {HTMLCanvasElement} canvas */
export function copyOf(canvas) {
  const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  copy.getContext("2d").drawImage(canvas, 0, 0);
  copy.setAttribute("aria-hidden", "true");
  return copy;
}

/** From values to 0..1. */
function spread(values) {
  const low = Math.min(...values), high = Math.max(...values);
  return (value) => (high > low ? (value - low) / (high - low) : 0.5);
}
