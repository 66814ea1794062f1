/**
 * A pad to draw on: with finger, mouse or stylus, and with the keyboard. It keeps strokes, not pixels.
 *
 * Keyboard: the arrow keys move a pencil that shows while the pad has the focus, the space bar puts it down and
 * lifts it, Backspace takes the last stroke back, Delete clears.
 * @module lab/drawing
 */
import { button, createScope, h, toolbar, uniqueId } from "./dom.js";
import { frameBatch, onThemeChange, rgb, rgbText } from "./theme.js";

/** Strokes are in these units: the pad's side. */
export const PAD_SIDE = 280;
const STEP = 10, SMALL_STEP = 2;
// Points nearer to each other than this say nothing new.
const NEAR = 1.5;

/**
 * @typedef {Array<[x: number, y: number]>} Stroke
 * @param {{ label: string, pen?: number, onChange: (strokes: Stroke[], how: { drawing: boolean }) => void,
 *           say?: (text: string) => void }} options `pen` is its diameter in units; `say` tells what a key did;
 *   `onChange` hears of every new point (`drawing` is true until the stroke ends), of undo and of clear
 */
export function createPad({ label, pen = 18, onChange, say = () => {} }) {
  const scope = createScope();
  const helpId = uniqueId("pad-help");
  const canvas = h("canvas", { class: "lab-pad", tabindex: 0, role: "application", "aria-label": label,
    "aria-roledescription": "drawing pad", "aria-describedby": helpId });
  const undoButton = button({ label: "Undo", onClick: () => undo() });
  const clearButton = button({ label: "Clear", icon: "reset", onClick: () => clear() });
  const help = h("p", { class: "lab-note", id: helpId },
    "Draw with finger, mouse or pen. With the keyboard: arrow keys move (Shift for small steps), the space bar puts "
    + "the pencil down and lifts it, Backspace undoes, Delete clears.");
  const el = h("div", { class: "lab-pad-frame" }, canvas, toolbar(undoButton, clearButton),
    h("details", { class: "lab-pad-help" }, h("summary", null, "How to draw"), help));
  /** @type {Stroke[]} */
  let strokes = [];
  /** @type {Stroke | null} */
  let current = null;
  let pointer = null, pencil = [PAD_SIDE / 2, PAD_SIDE / 2], byKeyboard = false;
  const batch = frameBatch(draw);

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const inside = (share) => PAD_SIDE * Math.min(1, Math.max(0, share));
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  };

  function changed(drawing) {
    undoButton.disabled = clearButton.disabled = !strokes.length;
    batch.request();
    onChange(strokes, { drawing });
  }
  function begin(point) {
    current = [point];
    strokes = [...strokes, current];
    changed(true);
  }
  function extend(point) {
    const [x, y] = current[current.length - 1];
    if (Math.hypot(point[0] - x, point[1] - y) < NEAR) return false;
    current.push(point);
    return true;
  }
  function finish() {
    if (!current) return;
    current = null;
    changed(false);
  }
  function undo() {
    current = null;
    strokes = strokes.slice(0, -1);
    changed(false);
  }
  function clear() {
    current = null;
    strokes = [];
    changed(false);
  }

  scope.on(canvas, "pointerdown", (event) => {
    if (pointer !== null || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    byKeyboard = false;
    finish();
    begin(place(event));
  });
  scope.on(canvas, "pointermove", (event) => {
    if (event.pointerId !== pointer || !current) return;
    const events = event.getCoalescedEvents?.() ?? [];
    const added = (events.length ? events : [event]).map((one) => extend(place(one)));
    if (added.some(Boolean)) changed(true);
  });
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
    scope.on(canvas, type, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      finish();
    });
  }
  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  scope.on(canvas, "keydown", (event) => {
    const move = MOVES[event.key];
    if (event.altKey || ((event.ctrlKey || event.metaKey) && event.key !== "z")) return;
    if (move) {
      const step = event.shiftKey ? SMALL_STEP : STEP;
      pencil = pencil.map((at, axis) => Math.min(PAD_SIDE, Math.max(0, at + step * move[axis])));
      if (current && extend([...pencil])) changed(true);
    } else if (event.key === " ") {
      if (current) finish();
      else begin([...pencil]);
      say(current ? "Pencil down." : "Pencil up.");
    } else if (event.key === "Backspace" || event.key === "z") {
      if (strokes.length) undo();
      say("The last stroke is taken back.");
    } else if (event.key === "Delete") {
      clear();
      say("The pad is empty.");
    } else if (event.key === "Escape") finish();
    else return;
    byKeyboard = true;
    event.preventDefault();
    batch.request();
  });
  scope.on(canvas, "focus", () => {
    byKeyboard = canvas.matches(":focus-visible");
    batch.request();
  });
  scope.on(canvas, "blur", () => {
    byKeyboard = false;
    if (pointer === null) finish();
    batch.request();
  });

  function draw() {
    const density = Math.min(3, devicePixelRatio || 1);
    const side = Math.round((canvas.clientWidth || PAD_SIDE) * density);
    if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    context.setTransform(side / PAD_SIDE, 0, 0, side / PAD_SIDE, 0, 0);
    context.clearRect(0, 0, PAD_SIDE, PAD_SIDE);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = rgbText(rgb(canvas, "ink"));
    context.lineWidth = pen;
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
      if (stroke.length === 1) context.lineTo(stroke[0][0] + 0.01, stroke[0][1]);
      context.stroke();
    }
    if (byKeyboard) drawPencil(context);
  }
  function drawPencil(context) {
    const [x, y] = pencil;
    context.lineWidth = 2.5;
    context.strokeStyle = rgbText(rgb(canvas, current ? "orange" : "blue"));
    context.beginPath();
    context.arc(x, y, pen / 2 + 3, 0, 2 * Math.PI);
    context.moveTo(x - pen, y);
    context.lineTo(x + pen, y);
    context.moveTo(x, y - pen);
    context.lineTo(x, y + pen);
    context.stroke();
  }

  const resize = new ResizeObserver(() => batch.request());
  resize.observe(canvas);
  scope.add(() => resize.disconnect());
  scope.add(onThemeChange(() => batch.request()));
  scope.add(() => batch.cancel());
  undoButton.disabled = clearButton.disabled = true;
  batch.request();
  return {
    el, canvas, clear, undo,
    get strokes() { return strokes; },
    /** Show strokes as if they had been drawn. @param {Stroke[]} given */
    set strokes(given) {
      current = null;
      strokes = given.map((stroke) => stroke.map(([x, y]) => [x, y]));
      changed(false);
    },
    set disabled(flag) {
      canvas.classList.toggle("lab-pad-off", flag);
      if (flag) finish();
    },
    destroy: () => scope.dispose(),
  };
}

/** Show a picture of ink on a canvas, white on black as networks get it. @param {HTMLCanvasElement} canvas */
export function showInk(canvas, { width, height, ink }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  ink.forEach((value, i) => {
    image.data.fill(Math.round(255 * value), 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}

/** Strokes as a small picture for a button. @param {Stroke[]} strokes */
export function strokesPicture(strokes) {
  return h("svg", { class: "lab-strokes", viewBox: `0 0 ${PAD_SIDE} ${PAD_SIDE}`, "aria-hidden": "true" },
    strokes.map((stroke) => h("polyline", { points: stroke.map(([x, y]) => `${Math.round(x)},${Math.round(y)}`).join(" ") })));
}
