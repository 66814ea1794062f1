/**
 * Charts for the demos: responsive SVG axes with marks and handles on them, an optional canvas surface below,
 * and the numbers behind the picture in a folded table. Distances are real pixels at every width, so text never shrinks.
 * @module lab/plot
 */
import { dataTable, h, setAttributes, uniqueId } from "./dom.js";
import { createHandle } from "./handles.js";
import { createArea, createBars, createLabels, createLine, createPoints, createSegments, createSquares } from "./marks.js";
import { createScale, ticks, tickText } from "./scales.js";
import { createSurface, createSurfaceLine } from "./surface.js";
import { frameBatch, onThemeChange } from "./theme.js";

/**
 * @typedef {object} PlotOptions
 * @property {string} label what the chart shows, for those who cannot see it
 * @property {string} [title] written above the chart
 * @property {[number, number]} xDomain
 * @property {[number, number]} yDomain
 * @property {string} [xLabel] name and unit
 * @property {string} [yLabel] name and unit, written above the axis
 * @property {number} [ratio] height of the whole picture as a share of its width (0.62)
 * @property {number} [minHeight] in pixels (200)
 * @property {number} [maxHeight] in pixels (420)
 * @property {boolean} [xLog]
 * @property {boolean} [yLog]
 * @property {(value: number, step: number) => string} [xFormat]
 * @property {(value: number, step: number) => string} [yFormat]
 * @property {boolean} [grid] faint lines at the ticks (true)
 * @property {boolean} [axes] ticks and their numbers (true)
 */

/**
 * @typedef {object} Plot
 * @property {HTMLElement} el
 * @property {SVGSVGElement} svg
 * @property {(value: number) => number} x value → pixel
 * @property {(value: number) => number} y value → pixel
 * @property {(pixel: number) => number} invertX pixel → value
 * @property {(pixel: number) => number} invertY pixel → value
 * @property {[number, number]} xDomain present domain (read only; see setDomains)
 * @property {[number, number]} yDomain
 * @property {(domains: {x?: [number, number], y?: [number, number]}) => void} setDomains
 * @property {(names: {x: string, y: string}) => void} setNames what the axes are called
 * @property {(options?: object) => {set(points: number[][]): void, remove(): void}} line set([[x, y], …]); NaN breaks it
 * @property {(options?: object) => {set(points: number[][]): void, remove(): void}} points set([[x, y, radius?], …])
 * @property {(options?: object) => {set(points: number[][]): void, remove(): void}} area set([[x, y, base = 0], …])
 * @property {(options?: object) => {set(points: number[][]): void, remove(): void}} segments set([[x0, y0, x1, y1], …])
 * @property {(options?: object) => {set(points: number[][]): void, remove(): void}} bars set([[x0, x1, y, base = 0], …])
 * @property {(options?: object) => {set(points: number[][]): void, remove(): void}} squares set([[x, y0, y1], …])
 * @property {(options?: object) => {set(points: any[][]): void, remove(): void}} labels set([[x, y, text], …])
 * @property {(options: object) => any} handle a thing to drag; see createHandle in handles.js
 * @property {(options?: object) => any} surface a heat map with contour lines; see createSurface in surface.js
 * @property {(options?: object) => any} surfaceLine one contour line: set(f, level)
 * @property {(callback: (x: number, y: number, event: PointerEvent) => void) => void} onPress a press on the empty plot
 * @property {(table: {summary: string, columns: string[], rows: () => any[][]}) => void} table the numbers behind it
 * @property {(label: string) => void} describe change what the chart is said to show
 * @property {() => void} update the numbers of the table changed, or draw again
 * @property {() => void} destroy
 */

/**
 * @param {PlotOptions} options
 * @returns {Plot}
 */
export function createPlot(options) {
  const { ratio = 0.62, minHeight = 200, maxHeight = 420, grid = true, axes = true } = options;
  const clip = uniqueId("clip");
  const clipRect = h("rect");
  const background = h("rect", { class: "lab-plot-background" });
  const gridGroup = h("g", { class: "lab-plot-grid", "aria-hidden": "true" });
  const axisGroup = h("g", { class: "lab-plot-axes", "aria-hidden": "true" });
  const markGroup = h("g", { "clip-path": `url(#${clip})`, "aria-hidden": "true" });
  const handleGroup = h("g", { class: "lab-plot-handles" });
  const svg = h("svg", { class: "lab-plot-svg", role: "img", "aria-label": options.label },
    h("defs", null, h("clipPath", { id: clip }, clipRect)), background, gridGroup, markGroup, axisGroup, handleGroup);
  const frame = h("div", { class: "lab-plot-frame" }, svg);
  const el = h("div", { class: "lab-plot" },
    options.title ? h("p", { class: "lab-plot-title" }, options.title) : null, frame);

  const layers = new Set();
  let xDomain = options.xDomain, yDomain = options.yDomain;
  let width = 480, height = 300, xScale, yScale, box = { left: 0, top: 0, width: 1, height: 1 };
  let table = null;

  function layOut() {
    height = Math.round(Math.min(maxHeight, Math.max(minHeight, width * ratio)));
    const top = options.yLabel ? 28 : 10, bottom = axes ? (options.xLabel ? 44 : 26) : 10;
    const count = Math.max(2, Math.round((height - top - bottom) / 48));
    const yTicks = axes ? ticks(yDomain, count, options.yLog) : [];
    const yFormat = options.yFormat || tickText;
    const texts = yTicks.map((value) => yFormat(value, options.yLog ? 0 : yTicks[1] - yTicks[0]));
    const left = axes ? Math.max(20, Math.round(14 + 7.2 * Math.max(1, ...texts.map((text) => text.length)))) : 10;
    box = { left, top, width: Math.max(20, width - left - 14), height: Math.max(20, height - top - bottom) };
    xScale = createScale({ domain: xDomain, range: [box.left, box.left + box.width], log: options.xLog });
    yScale = createScale({ domain: yDomain, range: [box.top + box.height, box.top], log: options.yLog });
    return { yTicks, yTexts: texts };
  }

  function drawAxes({ yTicks, yTexts }) {
    const right = box.left + box.width, floor = box.top + box.height;
    const xTicks = axes ? ticks(xDomain, Math.max(2, Math.round(box.width / 70)), options.xLog) : [];
    const xFormat = options.xFormat || tickText;
    const xStep = options.xLog ? 0 : xTicks[1] - xTicks[0];
    gridGroup.replaceChildren(...(grid ? [
      ...xTicks.map((v) => h("line", { x1: xScale(v), x2: xScale(v), y1: box.top, y2: floor })),
      ...yTicks.map((v) => h("line", { x1: box.left, x2: right, y1: yScale(v), y2: yScale(v) })),
    ] : []));
    axisGroup.replaceChildren(
      axes ? h("path", { class: "lab-plot-axis", d: `M${box.left} ${box.top}V${floor}H${right}` }) : h("g"),
      ...xTicks.map((v) => h("text", { x: xScale(v), y: floor + 17, "text-anchor": "middle" }, xFormat(v, xStep))),
      ...yTicks.map((v, i) => h("text", { x: box.left - 7, y: yScale(v) + 4, "text-anchor": "end" }, yTexts[i])),
      options.xLabel ? h("text", { class: "lab-plot-name", x: box.left + box.width / 2, y: height - 6,
        "text-anchor": "middle" }, options.xLabel) : h("g"),
      options.yLabel ? h("text", { class: "lab-plot-name", x: 2, y: 14 },
        options.yLabel) : h("g"),
    );
  }

  function draw() {
    const axisTexts = layOut();
    setAttributes(svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    for (const rect of [clipRect, background]) {
      setAttributes(rect, { x: box.left, y: box.top, width: box.width, height: box.height });
    }
    drawAxes(axisTexts);
    for (const layer of layers) layer.draw();
  }

  const batch = frameBatch(draw);
  const observer = new ResizeObserver(() => {
    const now = Math.round(frame.clientWidth);
    if (now && now !== width) {
      width = now;
      batch.cancel();
      draw();
    }
  });
  observer.observe(frame);
  const stopTheme = onThemeChange(batch.request);

  /** What marks, handles and surfaces know of their plot. */
  const context = {
    frame, svg, markGroup, handleGroup, axisGroup, handles: new Set(),
    x: (value) => xScale(value),
    y: (value) => yScale(value),
    invertX: (pixel) => xScale.invert(pixel),
    invertY: (pixel) => yScale.invert(pixel),
    get xDomain() { return xDomain; },
    get yDomain() { return yDomain; },
    get box() { return box; },
    fromEvent(event) {
      const bounds = svg.getBoundingClientRect();
      return [(event.clientX - bounds.left) * (width / (bounds.width || width)),
        (event.clientY - bounds.top) * (height / (bounds.height || height))];
    },
    add(layer) {
      layers.add(layer);
      layer.draw();
      return layer;
    },
    drop(layer) { layers.delete(layer); },
    interactive() { svg.setAttribute("role", "group"); },
  };
  draw();

  return {
    el, svg,
    x: context.x, y: context.y, invertX: context.invertX, invertY: context.invertY,
    get xDomain() { return xDomain; },
    get yDomain() { return yDomain; },
    setDomains({ x = xDomain, y = yDomain }) {
      if ([0, 1].every((i) => x[i] === xDomain[i] && y[i] === yDomain[i])) return;
      xDomain = x;
      yDomain = y;
      layOut();
      batch.request();
    },
    setNames({ x, y }) {
      options = { ...options, xLabel: x, yLabel: y };
      batch.request();
    },
    line: (settings) => createLine(context, settings),
    points: (settings) => createPoints(context, settings),
    area: (settings) => createArea(context, settings),
    segments: (settings) => createSegments(context, settings),
    bars: (settings) => createBars(context, settings),
    squares: (settings) => createSquares(context, settings),
    labels: (settings) => createLabels(context, settings),
    handle: (settings) => createHandle(context, settings),
    surface: (settings) => createSurface(context, settings),
    surfaceLine: (settings) => createSurfaceLine(context, settings),
    onPress(callback) {
      background.classList.add("lab-plot-pressable");
      background.addEventListener("click", (event) => {
        const [px, py] = context.fromEvent(event);
        callback(xScale.invert(px), yScale.invert(py), event);
      });
    },
    table(settings) {
      table?.stop();
      table?.el.remove();
      table = dataTable(settings);
      el.append(table.el);
    },
    describe(label) { svg.setAttribute("aria-label", label); },
    update() {
      table?.update();
      batch.request();
    },
    destroy() {
      batch.cancel();
      observer.disconnect();
      stopTheme();
      table?.stop();
      for (const layer of layers) layer.stop?.();
      layers.clear();
    },
  };
}
