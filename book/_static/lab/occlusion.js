/**
 * Which part of a picture mattered: cover one piece after another with a grey square, and see how much less sure the
 * network is (Zeiler and Fergus, 2014).
 * @module lab/occlusion
 */

/** Cells of the map along each side; the square covers two by two of them. */
export const CELLS = 8;
const GREY = 128, BATCH = 7;

/**
 * @param {object} options
 * @param {Uint8ClampedArray} options.pixels a square, with opacity
 * @param {number} options.side its width
 * @param {number} options.target the class whose probability is watched
 * @param {number} options.before its probability with nothing covered
 * @param {(squares: Uint8ClampedArray[]) => Promise<Float32Array[] | undefined>} options.run
 * @param {(done: number, all: number, map: Float32Array) => void} options.tell after each batch
 * @param {() => boolean} options.isOver stop, because nobody waits any longer
 * @returns {Promise<Float32Array | null>} for each cell, how much the probability falls when it is covered, on average
 */
export async function occlusionMap({ pixels, side, target, before, run, tell, isOver }) {
  const places = [];
  for (let row = 0; row < CELLS - 1; row += 1) for (let column = 0; column < CELLS - 1; column += 1) places.push([column, row]);
  const sums = new Float32Array(CELLS * CELLS), counts = new Float32Array(CELLS * CELLS);
  const map = new Float32Array(CELLS * CELLS);
  for (let from = 0; from < places.length; from += BATCH) {
    const batch = places.slice(from, from + BATCH);
    const answers = await run(batch.map(([column, row]) => covered(pixels, side, column, row)));
    if (isOver() || !answers) return null;
    batch.forEach(([column, row], i) => {
      for (const cell of [0, 1, CELLS, CELLS + 1]) {
        const at = row * CELLS + column + cell;
        sums[at] += before - answers[i][target];
        counts[at] += 1;
      }
    });
    for (let i = 0; i < map.length; i += 1) map[i] = counts[i] ? sums[i] / counts[i] : 0;
    tell(from + batch.length, places.length, map);
    await new Promise((resolve) => { requestAnimationFrame(resolve); });
    if (isOver()) return null;
  }
  return map;
}

/** The same pixels with a grey square over two by two cells. */
export function covered(pixels, side, column, row) {
  const copy = new Uint8ClampedArray(pixels);
  const edge = (cell) => Math.round((cell * side) / CELLS);
  for (let y = edge(row); y < edge(row + 2); y += 1) {
    for (let x = edge(column); x < edge(column + 2); x += 1) copy.fill(GREY, 4 * (y * side + x), 4 * (y * side + x) + 3);
  }
  return copy;
}

/**
 * Draw a map over a square: the more a cell mattered, the more of the picture shows through; the rest is veiled, and the
 * cell that mattered most is framed.
 * @param {CanvasRenderingContext2D} pen
 * @param {Float32Array} map
 * @param {{ x: number, y: number, size: number }} place
 */
export function veil(pen, map, { x, y, size }) {
  const most = Math.max(...map, 1e-6);
  const small = Object.assign(document.createElement("canvas"), { width: CELLS, height: CELLS });
  const image = new ImageData(CELLS, CELLS);
  map.forEach((value, i) => {
    const share = Math.min(1, Math.max(0, value / most));
    image.data.set([16, 20, 40, Math.round(215 * (1 - share))], 4 * i);
  });
  small.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = true;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, x, y, size, size);
  const best = map.indexOf(Math.max(...map)), cell = size / CELLS;
  const [left, top] = [x + (best % CELLS) * cell, y + Math.floor(best / CELLS) * cell];
  for (const [color, width] of [["#000000", 5], ["#ffd83d", 2.5]]) {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.strokeRect(left, top, cell, cell);
  }
}
