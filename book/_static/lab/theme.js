/**
 * Colours from the page's CSS variables, motion preferences, and animation loops that stop.
 * @module lab/theme
 */

/** The colour variables of lab.css, without their `--lab-` prefix. */
export const COLOR_NAMES = ["blue", "orange", "green", "red", "purple", "grey", "ink", "paper", "line"];

/**
 * `cssColor("blue")` is `"var(--lab-blue)"`; anything that is no name of ours is returned as it is.
 * @param {string} name
 */
export function cssColor(name) {
  return COLOR_NAMES.includes(name) ? `var(--lab-${name})` : name;
}

/**
 * The present red, green and blue (0 to 255) of a named colour, for canvases.
 * @param {Element} element where the variable is read
 * @param {string} name
 * @returns {[number, number, number]}
 */
export function rgb(element, name) {
  const text = getComputedStyle(element).getPropertyValue(`--lab-${name}`).trim();
  const match = /^#([0-9a-f]{6})$/i.exec(text);
  if (!match) return name === "paper" ? [255, 255, 255] : [60, 80, 110];
  const value = parseInt(match[1], 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** The colour a share `t` (0 to 1) of the way from one to the other. */
export function mix(from, to, t) {
  return [0, 1, 2].map((i) => Math.round(from[i] + (to[i] - from[i]) * t));
}

/** `[r, g, b]` as a CSS colour, with opacity if given. */
export function rgbText(color, alpha = 1) {
  return `rgba(${color[0]}, ${color[1]}, ${color[2]}, ${alpha})`;
}

/** Is the paper dark now? */
export function isDark(element) {
  const [r, g, b] = rgb(element, "paper");
  return 0.3 * r + 0.6 * g + 0.1 * b < 110;
}

/**
 * Call back when the colours may have changed (page theme switch, system setting).
 * @param {() => void} callback
 * @returns {() => void} stop
 */
export function onThemeChange(callback) {
  const observer = new MutationObserver(callback);
  const attributeFilter = ["data-theme", "data-jp-theme-light", "class", "theme"];
  observer.observe(document.documentElement, { attributes: true, attributeFilter });
  if (document.body) observer.observe(document.body, { attributes: true, attributeFilter });
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", callback);
  return () => {
    observer.disconnect();
    query.removeEventListener("change", callback);
  };
}

/** Has the reader asked for less motion? */
export function prefersReducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * A loop on animation frames. `frame(elapsed, seconds)` gets the milliseconds since the last frame (at most 100)
 * and the seconds since start; returning `false` ends the loop. It rests by itself while the tab is hidden.
 * @param {(elapsed: number, seconds: number) => boolean | void} frame
 * @returns {{ start(): void, stop(): void, readonly running: boolean }}
 */
export function animationLoop(frame) {
  let request = 0, previous = 0, began = 0;
  const tick = (now) => {
    request = requestAnimationFrame(tick);
    const elapsed = Math.min(100, now - previous);
    previous = now;
    if (frame(elapsed, (now - began) / 1000) === false) stop();
  };
  const stop = () => {
    cancelAnimationFrame(request);
    request = 0;
  };
  return {
    start() {
      if (request) return;
      previous = began = performance.now();
      request = requestAnimationFrame(tick);
    },
    stop,
    get running() { return request !== 0; },
  };
}

/**
 * Run `draw` once on the next frame however often it was asked for.
 * @param {() => void} draw
 * @returns {{ request(): void, cancel(): void, flush(): void }}
 */
export function frameBatch(draw) {
  let request = 0;
  const run = () => { request = 0; draw(); };
  return {
    request() { if (!request) request = requestAnimationFrame(run); },
    cancel() { cancelAnimationFrame(request); request = 0; },
    flush() { if (request) { cancelAnimationFrame(request); run(); } },
  };
}
