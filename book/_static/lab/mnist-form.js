/**
 * The pictures that networks are shown: a drawn digit as MNIST has it, a drawing as Quick, Draw! has it, a photograph
 * of a digit as ink on nothing. course_utils/data/drawings.py does the same in Python; a test holds the two together.
 *
 * A stroke is a list of points [x, y], y downwards, in any unit. A picture of ink is
 * `{ width, height, ink: Float32Array }`, row by row, from 0 to 1.
 * @module lab/mnist-form
 * @typedef {Array<[number, number]>} Stroke
 * @typedef {{ width: number, height: number, ink: Float32Array }} Picture
 */

export const SIDE = 28;
/** MNIST's digits are as high or as wide as this, within the picture of 28 × 28. */
export const DIGIT_SIDE = 20;
// The pixel on which MNIST's digits have their centre of mass, counted from 0.
const MIDDLE = 14;
// A centre of mass half way between two pixels goes to the second, whatever the last digits of its sums are.
const TIE = 1e-4;
// Ink fainter than this does not belong to the drawing.
const FAINT = 0.1;
// A drawn digit is first rasterised this large, with a pen so many pixels wide.
const LARGE_SIDE = 80, LARGE_PEN = 9;
// Quick, Draw! draws in a square of 256 with a pen of 16, inside a margin of 24 on every side.
const SKETCH_SIDE = 255, SKETCH_PEN = 16, SKETCH_SCALE = SIDE / (256 + 2 * 24);

/** @returns {Picture} a picture without ink */
export function blank(width = SIDE, height = SIDE) {
  return { width, height, ink: new Float32Array(width * height) };
}

/**
 * Strokes, in pixels, as ink: a pixel whose middle lies within the pen's round tip is full, and over one pixel at
 * the edge the ink falls to 0.
 * @param {Stroke[]} strokes
 * @param {number} width @param {number} height @param {number} pen its diameter
 * @returns {Picture}
 */
export function rasterise(strokes, width, height, pen) {
  const picture = blank(width, height);
  const reach = pen / 2 + 0.5;
  for (const stroke of strokes) {
    stroke.forEach((end, index) => {
      if (index || stroke.length === 1) inkSegment(picture, stroke[Math.max(0, index - 1)], end, reach);
    });
  }
  return picture;
}

/** Only the pixels near the segment can change. */
function inkSegment({ width, height, ink }, [x0, y0], [x1, y1], reach) {
  const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
  const first = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const last = Math.min(height - 1, Math.ceil(Math.max(y0, y1) + reach));
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(width - 1, Math.ceil(Math.max(x0, x1) + reach));
  for (let row = first; row <= last; row++) {
    for (let column = left; column <= right; column++) {
      const x = column + 0.5 - x0, y = row + 0.5 - y0;
      const share = length ? Math.min(1, Math.max(0, (x * dx + y * dy) / length)) : 0;
      const value = Math.min(1, reach - Math.hypot(x - share * dx, y - share * dy));
      if (value > ink[row * width + column]) ink[row * width + column] = value;
    }
  }
}

/** The box around strokes, or null where there are none. @param {Stroke[]} strokes */
function boxOf(strokes) {
  const points = strokes.flat();
  if (!points.length) return null;
  let [left, top] = points[0], [right, bottom] = points[0];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { left, top, right, bottom, longer: Math.max(right - left, bottom - top) };
}

/**
 * A drawing alone, its longer side 80 pixels, by a pen that fits its size however large it was drawn.
 * @param {Stroke[]} strokes
 * @returns {Picture}
 */
export function largePicture(strokes) {
  const box = boxOf(strokes);
  if (!box) return blank();
  const scale = box.longer ? (LARGE_SIDE - LARGE_PEN) / box.longer : 1;
  const moved = strokes.map((stroke) => stroke.map(([x, y]) =>
    [(x - box.left) * scale + LARGE_PEN / 2, (y - box.top) * scale + LARGE_PEN / 2]));
  const width = Math.round((box.right - box.left) * scale + LARGE_PEN);
  const height = Math.round((box.bottom - box.top) * scale + LARGE_PEN);
  return rasterise(moved, width, height, LARGE_PEN);
}

/**
 * A picture of ink in the form of MNIST, and the steps on the way there; null without ink.
 * @param {Picture} picture of any size
 * @returns {{ crop: Picture, scaled: Picture, mass: [row: number, column: number], form: Picture } | null}
 *   `mass` is the centre of mass of `scaled`, in its pixels
 */
export function mnistSteps(picture) {
  const crop = cropped(picture);
  if (!crop) return null;
  const longer = Math.max(crop.width, crop.height);
  const scaled = resized(crop, Math.max(1, Math.round((crop.width * DIGIT_SIDE) / longer)),
    Math.max(1, Math.round((crop.height * DIGIT_SIDE) / longer)));
  const most = scaled.ink.reduce((a, b) => Math.max(a, b), 0);
  scaled.ink = scaled.ink.map((value) => value / most);
  const mass = centreOfMass(scaled);
  const top = Math.min(SIDE - scaled.height, Math.max(0, Math.round(MIDDLE - mass[0] + TIE)));
  const left = Math.min(SIDE - scaled.width, Math.max(0, Math.round(MIDDLE - mass[1] + TIE)));
  const form = blank();
  for (let row = 0; row < scaled.height; row++) {
    form.ink.set(scaled.ink.subarray(row * scaled.width, (row + 1) * scaled.width), (top + row) * SIDE + left);
  }
  return { crop, scaled, mass, form };
}

/** The same, only its result; black without ink. @param {Picture} picture @returns {Picture} */
export function mnistForm(picture) {
  return mnistSteps(picture)?.form ?? blank();
}

/**
 * Strokes in the form of Quick, Draw!: the longer side 255 of 304 parts, centred, in 28 × 28 pixels.
 * @param {Stroke[]} strokes
 * @returns {Picture}
 */
export function sketchForm(strokes) {
  const box = boxOf(strokes);
  if (!box) return blank();
  const scale = SKETCH_SCALE * (box.longer ? SKETCH_SIDE / box.longer : 1);
  const x0 = (box.left + box.right) / 2, y0 = (box.top + box.bottom) / 2;
  const moved = strokes.map((stroke) => stroke.map(([x, y]) =>
    [(x - x0) * scale + SIDE / 2, (y - y0) * scale + SIDE / 2]));
  return rasterise(moved, SIDE, SIDE, SKETCH_PEN * SKETCH_SCALE);
}

/** The part of a picture that holds ink, or null. @param {Picture} picture @returns {Picture | null} */
function cropped({ width, height, ink }) {
  let top = height, bottom = -1, left = width, right = -1;
  ink.forEach((value, index) => {
    if (value <= FAINT) return;
    const row = Math.floor(index / width), column = index % width;
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
    left = Math.min(left, column);
    right = Math.max(right, column);
  });
  if (bottom < 0) return null;
  const crop = blank(right - left + 1, bottom - top + 1);
  for (let row = 0; row < crop.height; row++) {
    const from = (top + row) * width + left;
    crop.ink.set(ink.subarray(from, from + crop.width), row * crop.width);
  }
  return crop;
}

/**
 * A picture in another size, each new pixel the average over the area that it covers in the old one.
 * @param {Picture} picture @param {number} width @param {number} height
 * @returns {Picture}
 */
export function resized(picture, width, height) {
  const across = areaShares(picture.width, width), down = areaShares(picture.height, height);
  const narrow = new Float64Array(picture.height * width);
  for (let row = 0; row < picture.height; row++) {
    across.forEach((shares, column) => {
      let sum = 0;
      for (const [from, share] of shares) sum += share * picture.ink[row * picture.width + from];
      narrow[row * width + column] = sum;
    });
  }
  const result = blank(width, height);
  down.forEach((shares, row) => {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (const [from, share] of shares) sum += share * narrow[from * width + column];
      result.ink[row * width + column] = sum;
    }
  });
  return result;
}

/** For each of `after` pixels along one axis: which of `before` pixels it covers, and what share of it each fills. */
function areaShares(before, after) {
  return Array.from({ length: after }, (_, i) => {
    const start = (i * before) / after, end = ((i + 1) * before) / after;
    const shares = [];
    for (let at = Math.floor(start); at < Math.min(before, Math.ceil(end)); at++) {
      const overlap = Math.min(end, at + 1) - Math.max(start, at);
      if (overlap > 0) shares.push([at, overlap / (end - start)]);
    }
    return shares;
  });
}

function centreOfMass({ width, ink }) {
  let mass = 0, down = 0, across = 0;
  ink.forEach((value, index) => {
    mass += value;
    down += value * Math.floor(index / width);
    across += value * (index % width);
  });
  return [down / mass, across / mass];
}

/**
 * A photograph of something dark on something light, or light on dark, as ink: grey, turned over when its border is
 * the lighter part, uneven light taken out, and cut at the threshold that parts ink from paper best (Otsu 1979).
 * @param {ImageData} photograph
 * @returns {{ picture: Picture, inverted: boolean, threshold: number }} `threshold` between 0 and 1; without contrast
 *   the picture is blank
 */
export function inkOfPhotograph({ width, height, data }) {
  const grey = blank(width, height);
  for (let i = 0; i < grey.ink.length; i++) {
    // What shows through a transparent picture is white.
    const opaque = data[4 * i + 3] / 255;
    const light = (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255;
    grey.ink[i] = light * opaque + 1 - opaque;
  }
  const inverted = median(border(grey)) >= median(grey.ink) - 1e-6 && mean(border(grey)) > middle(grey.ink);
  if (inverted) grey.ink = grey.ink.map((value) => 1 - value);
  const paper = surroundings(grey);
  const above = grey.ink.map((value, i) => Math.max(0, value - paper.ink[i]));
  const most = above.reduce((a, b) => Math.max(a, b), 0);
  if (most < 0.12) return { picture: blank(width, height), inverted, threshold: 1 };
  const shown = above.map((value) => value / most);
  const threshold = otsu(shown);
  // The pen's edge keeps its softness: ink rises from 0 to 1 around the threshold.
  const soft = 0.15;
  const ink = shown.map((value) => Math.min(1, Math.max(0, (value - threshold + soft) / (2 * soft))));
  return { picture: { width, height, ink: withoutSpecks(ink, width, height) }, inverted, threshold };
}

function border({ width, height, ink }) {
  const edge = [];
  for (let column = 0; column < width; column++) edge.push(ink[column], ink[(height - 1) * width + column]);
  for (let row = 0; row < height; row++) edge.push(ink[row * width], ink[row * width + width - 1]);
  return edge;
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const middle = (values) => (values.reduce((a, b) => Math.min(a, b), 1) + values.reduce((a, b) => Math.max(a, b), 0)) / 2;

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** The light of the paper around each pixel: the median in each of 8 × 8 fields, smoothed between them. */
function surroundings({ width, height, ink }) {
  const fields = 8, levels = blank(fields, fields);
  for (let j = 0; j < fields; j++) {
    for (let i = 0; i < fields; i++) {
      const inside = [];
      for (let row = Math.floor((j * height) / fields); row < ((j + 1) * height) / fields; row++) {
        for (let column = Math.floor((i * width) / fields); column < ((i + 1) * width) / fields; column++) {
          inside.push(ink[row * width + column]);
        }
      }
      inside.sort((a, b) => a - b);
      levels.ink[j * fields + i] = inside[inside.length >> 2] ?? 0;
    }
  }
  // A field full of ink has no paper: no field is taken for lighter than twice the median of all.
  const usual = median(levels.ink);
  levels.ink = levels.ink.map((value) => Math.min(value, usual + 0.15));
  const result = blank(width, height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const y = Math.min(fields - 1.001, Math.max(0, ((row + 0.5) * fields) / height - 0.5));
      const x = Math.min(fields - 1.001, Math.max(0, ((column + 0.5) * fields) / width - 0.5));
      const at = Math.floor(y) * fields + Math.floor(x), down = y % 1, right = x % 1;
      const upper = levels.ink[at] * (1 - right) + levels.ink[at + 1] * right;
      const lower = levels.ink[at + fields] * (1 - right) + levels.ink[at + fields + 1] * right;
      result.ink[row * width + column] = upper * (1 - down) + lower * down;
    }
  }
  return result;
}

/** The threshold between 0 and 1 that parts values into two groups as far from each other as can be. */
function otsu(values) {
  const bins = 64, counts = new Float64Array(bins);
  for (const value of values) counts[Math.min(bins - 1, Math.floor(value * bins))] += 1;
  let all = 0, best = 0, threshold = 0.5, below = 0, sumBelow = 0;
  counts.forEach((count, bin) => { all += count * bin; });
  for (let bin = 0; bin < bins - 1; bin++) {
    below += counts[bin];
    sumBelow += counts[bin] * bin;
    const above = values.length - below;
    if (!below || !above) continue;
    const apart = below * above * (sumBelow / below - (all - sumBelow) / above) ** 2;
    if (apart > best) {
      best = apart;
      threshold = (bin + 1) / bins;
    }
  }
  return threshold;
}

/** Ink that hangs together, without the patches that hold less than a twentieth of the largest one's. */
function withoutSpecks(ink, width, height) {
  const patch = new Int32Array(ink.length), sizes = [0];
  const waiting = [];
  ink.forEach((value, start) => {
    if (value <= FAINT || patch[start]) return;
    const number = sizes.push(0) - 1;
    patch[start] = number;
    waiting.push(start);
    while (waiting.length) {
      const at = waiting.pop(), row = Math.floor(at / width), column = at % width;
      sizes[number] += ink[at];
      for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
          const next = y * width + x;
          if (ink[next] > FAINT && !patch[next]) {
            patch[next] = number;
            waiting.push(next);
          }
        }
      }
    }
  });
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  return ink.map((value, i) => (patch[i] && sizes[patch[i]] >= largest / 20 ? value : 0));
}
