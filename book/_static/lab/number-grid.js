/**
 * A grid of numbers drawn as squares: shades with the number in each, a frame around some of them, and a cell that
 * pointer and arrow keys choose.
 * @module lab/number-grid
 */
import { h, number } from "./dom.js";
import { mix, rgb, rgbText } from "./theme.js";

/** Black or white, whichever stands out more on a colour (relative luminance as in WCAG 2). */
function readable(color) {
  const [red, green, blue] = color.map((part) => (part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

/**
 * @param {{ label: string, paint?: (row: number, column: number, pressed: boolean) => void,
 *           choose?: (row: number, column: number) => void, type?: (row: number, column: number, key: string) => void }} options
 *   `choose` is told of the cell under the pointer or the cursor; `paint` of a cell that is pressed or drawn over
 *   (pressed: it is the first of its stroke); `type` of a key pressed on the chosen cell
 */
export function createNumberGrid({ label, paint, choose, type }) {
  const frame = h("div", { class: "lab-number-frame", "aria-hidden": "true" });
  const cells = h("div", { class: "lab-number-cells", "aria-hidden": "true" });
  const el = h("div", { class: "lab-number-grid", role: "application", tabindex: 0, "aria-label": label }, cells, frame);
  if (paint) el.dataset.paintable = "";
  let rows = 0, columns = 0, row = 0, column = 0, drawing = false;

  function build(height, width) {
    [rows, columns] = [height, width];
    [row, column] = [Math.min(row, rows - 1), Math.min(column, columns - 1)];
    el.style.setProperty("--lab-columns", String(columns));
    cells.replaceChildren(...Array.from({ length: rows * columns }, () => h("span")));
  }

  function at(event) {
    const box = cells.getBoundingClientRect();
    const part = (offset, length, count) => Math.max(0, Math.min(count - 1, Math.floor((count * offset) / length)));
    return [part(event.clientY - box.top, box.height, rows), part(event.clientX - box.left, box.width, columns)];
  }

  function goTo(place) {
    [row, column] = place;
    choose?.(row, column);
  }

  el.addEventListener("pointerdown", (event) => {
    if (event.button || !rows) return;
    drawing = Boolean(paint);
    if (drawing) el.setPointerCapture(event.pointerId);
    goTo(at(event));
    paint?.(row, column, true);
  });
  el.addEventListener("pointermove", (event) => {
    if (!rows || (event.pointerType === "touch" && paint && !drawing)) return;
    const place = at(event);
    if (place[0] === row && place[1] === column) return;
    goTo(place);
    if (drawing) paint?.(row, column, false);
  });
  for (const end of ["pointerup", "pointercancel"]) el.addEventListener(end, () => { drawing = false; });
  el.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!rows || event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) {
      event.preventDefault();
      goTo([Math.max(0, Math.min(rows - 1, row + step[0])), Math.max(0, Math.min(columns - 1, column + step[1]))]);
    } else if (event.key === " " && paint) {
      event.preventDefault();
      paint(row, column, true);
    } else if (type && /^[0-9]$/.test(event.key)) {
      type(row, column, event.key);
    }
  });

  return {
    el,
    /**
     * Show numbers. `most` is the size that has the full colour; `null` leaves a cell blank.
     * @param {(number | null)[][]} values
     * @param {{ most: number, digits?: number, photograph?: boolean }} settings photograph: 0 is black and `most` white, in
     *   every theme; otherwise two colours, for numbers below and above 0
     */
    show(values, { most, digits = 0, photograph = false }) {
      if (values.length !== rows || (values[0]?.length ?? 0) !== columns) build(values.length, values[0]?.length ?? 0);
      const colors = photograph ? { none: [0, 0, 0], above: [255, 255, 255], below: [0, 0, 0] }
        : { none: rgb(el, "paper"), above: rgb(el, "orange"), below: rgb(el, "blue") };
      values.flat().forEach((value, index) => {
        const cell = /** @type {HTMLElement} */ (cells.children[index]);
        const share = Math.min(1, Math.abs(value ?? 0) / (most || 1));
        const color = mix(colors.none, value !== null && value < 0 ? colors.below : colors.above, share);
        cell.style.background = value === null ? "transparent" : rgbText(color);
        // zeros step back, so that the picture is seen first
        cell.style.color = value === 0 ? (photograph ? "#8c8c8c" : "var(--lab-grey)") : readable(color);
        const text = value === null ? "" : number(value, Number.isInteger(value) ? 0 : digits);
        if (cell.textContent !== text) cell.textContent = text;
      });
    },
    /** Put the frame around a rectangle of cells, which may hang over the edge; `null` hides it. */
    mark(place) {
      frame.hidden = !place;
      if (!place) return;
      const [top, left, height, width] = place;
      Object.assign(frame.style, {
        top: `${(100 * top) / rows}%`, left: `${(100 * left) / columns}%`,
        height: `${(100 * height) / rows}%`, width: `${(100 * width) / columns}%`,
      });
    },
    /** Move the cursor without telling anyone. */
    moveTo(place) { [row, column] = place; },
    get place() { return [row, column]; },
  };
}
