/**
 * All sums of two numbers from 0 to 100 on one square: right, wrong, not tried yet, never trained on.
 * @module lab/addition-grid
 */
import { LARGEST } from "./addition.js";
import { h } from "./dom.js";
import { mix, onThemeChange, rgb } from "./theme.js";

const SIDE = LARGEST + 1, SCALE = 5;
const [UNTRIED, RIGHT, WRONG] = [0, 1, 2];

/**
 * @param {{ unseen: Set<string>, onPick: (sum: string) => void }} options `unseen` holds sums that were never trained on;
 *   `onPick` is called with the sum that the reader points at, or walks to by the arrow keys
 * @returns {{ el: HTMLElement, set(sum: string, right: boolean): void, point(sum: string | null): void, draw(): void,
 *   clear(): void, counts(): { tried: number, right: number, unseen: number, unseenRight: number }, dispose(): void }}
 */
export function createGrid({ unseen, onPick }) {
  const states = new Uint8Array(SIDE * SIDE);
  const fresh = new Uint8Array(SIDE * SIDE);
  for (const sum of unseen) fresh[indexOf(sum)] = 1;
  const canvas = h("canvas", { class: "lab-sums-canvas", width: SIDE * SCALE, height: SIDE * SCALE, tabindex: 0, role: "application",
    "aria-label": "All sums from 0 + 0 to 100 + 100: the first number from left to right, the second from top to bottom. The arrow keys choose one." });
  let at = null;

  function draw() {
    const context = canvas.getContext("2d");
    const [paper, ink, grey, blue, green, red] = ["paper", "ink", "grey", "blue", "green", "red"].map((name) => rgb(canvas, name));
    const colours = {
      [UNTRIED]: [mix(paper, grey, 0.12), mix(paper, grey, 0.42)],
      [RIGHT]: [mix(paper, green, 0.3), mix(paper, blue, 0.75)],
      [WRONG]: [red, red],
    };
    for (let index = 0; index < states.length; index += 1) {
      context.fillStyle = `rgb(${colours[states[index]][fresh[index]]})`;
      context.fillRect((index % SIDE) * SCALE, Math.floor(index / SIDE) * SCALE, SCALE, SCALE);
    }
    // One square among ten thousand is easily overlooked, so a wrong one gets a ring.
    context.lineWidth = 2;
    for (let index = 0; index < states.length; index += 1) if (states[index] === WRONG) ring(context, index, red, 9);
    if (at !== null) ring(context, at, ink, 6);
  }

  function walk(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const [column, row] = at === null ? [0, 0] : [at % SIDE, Math.floor(at / SIDE)];
    pick(column + step[0], row + step[1]);
  }
  function pick(column, row) {
    const [one, other] = [column, row].map((value) => Math.min(LARGEST, Math.max(0, value)));
    onPick(`${one}+${other}`);
  }
  function point(event) {
    if (event.type === "pointermove" && !event.buttons) return;
    const box = canvas.getBoundingClientRect();
    pick(...[[event.clientX - box.left, box.width], [event.clientY - box.top, box.height]].map(([offset, size]) => Math.floor((offset / size) * SIDE)));
  }
  canvas.addEventListener("keydown", walk);
  canvas.addEventListener("pointerdown", point);
  canvas.addEventListener("pointermove", point);
  const stopWatching = onThemeChange(draw);

  return {
    el: canvas,
    draw,
    set(sum, right) { states[indexOf(sum)] = right ? RIGHT : WRONG; },
    clear() { states.fill(UNTRIED); },
    point(sum) {
      at = sum === null ? null : indexOf(sum);
      draw();
    },
    counts() {
      const counts = { tried: 0, right: 0, unseen: 0, unseenRight: 0 };
      states.forEach((state, index) => {
        if (state === UNTRIED) return;
        counts.tried += 1;
        counts.right += Number(state === RIGHT);
        counts.unseen += fresh[index];
        counts.unseenRight += Number(fresh[index] && state === RIGHT);
      });
      return counts;
    },
    dispose: stopWatching,
  };
}

function ring(context, index, colour, radius) {
  context.strokeStyle = `rgb(${colour})`;
  context.beginPath();
  context.arc((index % SIDE + 0.5) * SCALE, (Math.floor(index / SIDE) + 0.5) * SCALE, radius, 0, 2 * Math.PI);
  context.stroke();
}

function indexOf(sum) {
  const [one, other] = sum.split("+").map(Number);
  return other * SIDE + one;
}
