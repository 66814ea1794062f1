/**
 * Feature maps: what each channel of a layer sees, as small pictures on one canvas.
 * @module lab/charts/maps
 */
import { dataTable, h, number } from "../dom.js";
import { frameBatch, mix, onThemeChange, rgb } from "../theme.js";

/**
 * @param {{ title?: string, columns?: number, shownWidth?: number }} [options] `columns` of maps (default: by their number);
 *   `shownWidth` of one map in pixels, if there is room (default 56)
 * @returns {{ el: HTMLElement, update(data: { width: number, height: number, maps: ArrayLike<number>[], more?: number }): void,
 *   dispose(): void }} each map is `width * height` values, row by row; `more` maps are not shown
 */
export function featureMaps({ title = "Feature maps", columns, shownWidth = 56 } = {}) {
  const canvas = h("canvas", { class: "lab-maps", role: "img", "aria-label": title });
  const note = h("p", { class: "lab-note" });
  let data = { width: 1, height: 1, maps: [], more: 0 };
  const table = dataTable({ summary: `${title} as numbers`, columns: ["map", "least", "mean", "greatest"],
    rows: () => data.maps.map((map, i) => [i + 1, ...describe(map).map((value) => number(value, 3))]) });
  const el = h("div", { class: "lab-chart" }, h("p", { class: "lab-plot-title" }, title), canvas, note, table.el);

  function draw() {
    const { width, height, maps } = data;
    if (!maps.length) return;
    // Colours are the page's: a canvas that is not in it yet has none.
    if (!canvas.isConnected) {
      batch.request();
      return;
    }
    const across = Math.min(maps.length, columns || Math.max(4, Math.ceil(Math.sqrt(2 * maps.length))));
    const down = Math.ceil(maps.length / across);
    // One clear pixel between maps that are large; small ones are drawn larger first.
    const scale = Math.max(1, Math.round(24 / Math.max(width, height)));
    const wide = width * scale + 2, high = height * scale + 2;
    canvas.width = across * wide - 2;
    canvas.height = down * high - 2;
    canvas.style.maxWidth = `${Math.round(across * shownWidth * Math.max(1, width / Math.max(1, height)))}px`;
    const pen = canvas.getContext("2d");
    const paper = rgb(canvas, "paper"), plus = rgb(canvas, "orange"), minus = rgb(canvas, "blue");
    const one = new ImageData(width, height);
    const small = Object.assign(document.createElement("canvas"), { width, height });
    const smallPen = small.getContext("2d");
    pen.imageSmoothingEnabled = false;
    maps.forEach((map, place) => {
      const [least, , greatest] = describe(map);
      const most = Math.max(Math.abs(least), Math.abs(greatest)) || 1;
      for (let i = 0; i < width * height; i += 1) {
        const share = Math.min(1, Math.abs(map[i]) / most);
        const [r, g, b] = mix(paper, map[i] < 0 ? minus : plus, Number.isFinite(share) ? share : 0);
        one.data.set([r, g, b, 255], 4 * i);
      }
      smallPen.putImageData(one, 0, 0);
      pen.drawImage(small, (place % across) * wide, Math.floor(place / across) * high, width * scale, height * scale);
    });
  }
  const batch = frameBatch(() => { if (canvas.isConnected) draw(); });
  const stopTheme = onThemeChange(draw);

  return {
    el,
    update(next) {
      data = next;
      const { maps, width, height, more = 0 } = next;
      canvas.setAttribute("aria-label", `${title}: ${maps.length} maps of ${width} × ${height}. Orange is positive, blue negative.`);
      const text = `${maps.length} ${maps.length === 1 ? "map" : "maps"} of ${width} × ${height}${more ? `, ${more} more not shown` : ""}; `
        + "orange is positive, blue negative, each scaled to its own strongest value.";
      if (note.textContent !== text) note.textContent = text;
      draw();
      table.update();
    },
    dispose() {
      batch.cancel();
      stopTheme();
      table.stop();
    },
  };
}

function describe(map) {
  let least = Infinity, greatest = -Infinity, sum = 0;
  for (let i = 0; i < map.length; i += 1) {
    least = Math.min(least, map[i]);
    greatest = Math.max(greatest, map[i]);
    sum += map[i];
  }
  return [least, sum / map.length, greatest];
}
