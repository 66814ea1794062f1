/**
 * The shoe maker's question: which sizes to stock? Customers come in by ones, tens and hundreds; their feet pile up
 * to a bell, and mean ± k standard deviations says which share of them finds shoes.
 * Data: `count` (customers at the start), `seed`, `mean` and `sd` of the town (cm), `within` (k at the start).
 */
import { button, h, number, readout, readouts, slider, statusLine, toolbar } from "../lab/dom.js";
import { createPlot } from "../lab/plot.js";
import { seededNormal } from "../lab/random.js";
import { createSync, valueOr } from "../lab/sync.js";
import { animationLoop, prefersReducedMotion } from "../lab/theme.js";

const MOST = 5000;
const SIZE_WIDTH = 1 / 1.5;

/** The European shoe size for a foot of so many centimetres: the shoe is 1.5 cm longer, a size is ⅔ cm. */
export const euSize = (length) => Math.round(1.5 * (length + 1.5));

/** Where a size begins and ends, in centimetres of foot. @param {number} size @returns {[number, number]} */
export const sizeLimits = (size) => [(size - 0.5) / 1.5 - 1.5, (size + 0.5) / 1.5 - 1.5];

/** Height of the bell curve. */
export const normalDensity = (x, mean, sd) =>
  Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI));

/**
 * The share of a bell curve within k standard deviations of its mean, by a series for the error function
 * that is exact to more digits than are shown.
 * @param {number} k
 */
export function shareWithin(k) {
  const x = k / Math.SQRT2;
  let term = x, total = x;
  for (let n = 1; n < 80; n += 1) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/**
 * Mean and standard deviation (of these values, as NumPy's `std`).
 * @param {number[]} values
 */
export function statistics(values) {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length);
  return { count: values.length, mean, sd };
}

/** How many customers wear each size. @param {number[]} lengths @returns {Map<number, number>} by size, ascending */
export function countSizes(lengths) {
  const counts = new Map();
  for (const length of lengths) counts.set(euSize(length), (counts.get(euSize(length)) || 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/**
 * What stocking mean ± k standard deviations means for these customers.
 * @param {number[]} lengths
 * @param {number} k
 */
export function served(lengths, k) {
  const { mean, sd } = statistics(lengths);
  const low = mean - k * sd, high = mean + k * sd;
  const count = lengths.filter((length) => length >= low && length <= high).length;
  return { low, high, count, share: count / lengths.length, smallest: euSize(low), largest: euSize(high) };
}

/** Feet one after another, to the millimetre, the same for the same seed. */
export function customers({ mean, sd, seed }) {
  const normal = seededNormal(seed);
  return () => Math.round(10 * (mean + sd * normal())) / 10;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

/**
 * The sentence about the stock.
 * @param {number[]} lengths
 * @param {number} k
 */
export function stockWords(lengths, k) {
  if (lengths.length < 2) return "No customers to speak of yet: let some in.";
  const { low, high, count, share, smallest, largest } = served(lengths, k);
  const sizes = largest - smallest + 1;
  const stock = sizes === 1 ? `size ${smallest}` : `sizes ${smallest} to ${largest}`;
  return `Shoes for feet from ${number(low, 1)} to ${number(high, 1)} cm (${stock}) fit ${count} of ${lengths.length} `
    + `customers: ${percent(share)}. The bell curve says ${percent(shareWithin(k))}.`;
}

/** @param {{model: any, el: HTMLElement}} view @returns {() => void} */
function render({ model, el }) {
  const sync = createSync(model);
  const town = { mean: valueOr(model, "mean", 25.6), sd: valueOr(model, "sd", 1.7) };
  const seed = valueOr(model, "seed", 1);
  const atStart = Math.min(MOST, valueOr(model, "count", 10));
  let within = valueOr(model, "within", 1);
  let next, lengths, wanted;

  const domain = [town.mean - 4 * town.sd, town.mean + 4 * town.sd];
  const firstSize = euSize(domain[0]) + 6, lastSize = euSize(domain[1]) - 1;
  const plot = createPlot({
    label: "Histogram of foot lengths", xDomain: domain, yDomain: [0, 5], xLabel: "Foot length in cm",
    yLabel: "Customers", ratio: 0.52, minHeight: 270, maxHeight: 380, yFormat: (value) => String(Math.round(value)),
  });
  const band = plot.area({ color: "blue", opacity: 0.09 });
  const outside = plot.bars({ color: "grey", opacity: 0.4, gap: 0 });
  const inside = plot.bars({ color: "blue", opacity: 0.5, gap: 0 });
  const curve = plot.line({ color: "orange", width: 2.5 });
  const edges = plot.segments({ color: "blue", width: 1.5 });
  const middle = plot.segments({ color: "ink", width: 1.5, dash: "5 4" });
  const deviation = plot.segments({ color: "ink", width: 1.5 });
  const sizeNames = plot.labels({ color: "grey", size: 11.5, dy: 14 });
  const sizeTitle = plot.labels({ color: "grey", size: 11.5, dy: 14, anchor: "start", dx: 4 });
  const names = plot.labels({ color: "ink", size: 13, anchor: "start", dx: 6, dy: -7 });
  const newest = plot.points({ color: "orange", radius: 5 });

  const count = readout("Customers");
  const mean = readout("Mean", "ink");
  const sd = readout("Standard deviation", "ink");
  const share = readout("Served", "blue");
  const status = statusLine();
  const ruleRows = [1, 2, 3].map((k) => {
    const cell = h("td");
    return { k, cell, row: h("tr", null, h("th", { scope: "row" }, `mean ± ${k} sd`), cell,
      h("td", null, percent(shareWithin(k)))) };
  });
  const rule = h("table", { class: "lab-rule" },
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "Within"), h("th", { scope: "col" }, "Your customers"),
      h("th", { scope: "col" }, "Bell curve"))), h("tbody", null, ruleRows.map(({ row }) => row)));

  plot.table({
    summary: "The sizes as a table", columns: ["EU size", "Customers"],
    rows: () => [...countSizes(lengths)],
  });

  const stock = slider({
    label: "Sizes to stock: mean ± this many standard deviations", min: 0, max: 3, step: 0.1, value: within,
    format: (value) => `± ${value.toFixed(1)} sd`,
    onInput(value) {
      within = value;
      sync.send({ within });
      draw();
      say();
    },
  });

  function drawBars(low, high, known) {
    const bars = [...countSizes(lengths)].map(([size, n]) => {
      const [from, to] = sizeLimits(size);
      return [from + 0.03, to - 0.03, n];
    });
    // A bar that the edge of the stock cuts is drawn in two colours.
    inside.set(known ? bars.map(([from, to, n]) => [Math.max(from, low), Math.min(to, high), n])
      .filter(([from, to]) => to > from) : []);
    outside.set(known ? bars.flatMap(([from, to, n]) => [[from, Math.min(to, low), n], [Math.max(from, high), to, n]])
      .filter(([from, to]) => to > from) : bars);
  }

  function draw() {
    const known = lengths.length > 1;
    const { mean: centre, sd: spread } = known ? statistics(lengths) : town;
    const peak = Math.max(4, ...countSizes(lengths).values(),
      known && spread > 0 ? lengths.length * SIZE_WIDTH * normalDensity(centre, centre, spread) : 0);
    const top = peak * 1.3;
    plot.setDomains({ y: [0, top] });
    const low = centre - within * spread, high = centre + within * spread;
    drawBars(low, high, known);
    const height = (x) => lengths.length * SIZE_WIDTH * normalDensity(x, centre, spread);
    const points = Array.from({ length: 121 }, (_, i) => domain[0] + (i / 120) * (domain[1] - domain[0]));
    const drawn = known && spread > 0;
    curve.set(drawn ? points.map((x) => [x, height(x)]) : []);
    band.set(drawn ? [[low, top], [high, top]] : []);
    edges.set(drawn ? [[low, 0, low, top], [high, 0, high, top]] : []);
    middle.set(drawn ? [[centre, 0, centre, peak * 1.06]] : []);
    const arm = height(centre + spread);
    deviation.set(drawn ? [[centre, arm, centre + spread, arm], [centre + spread, arm - top * 0.015, centre + spread,
      arm + top * 0.015]] : []);
    names.set(drawn ? [[centre, peak * 1.06 - top * 0.02, `mean ${number(centre, 1)}`],
      [centre, arm, `sd ${number(spread, 2)}`]] : []);
    const sizes = Array.from({ length: lastSize - firstSize + 1 }, (_, i) => firstSize + i);
    sizeNames.set(sizes.filter((size) => size % 2 === 0).map((size) => [size / 1.5 - 1.5, top, String(size)]));
    sizeTitle.set([[domain[0], top, "EU size"]]);
    newest.set(lengths.length && lengths.length <= 50 ? [[lengths.at(-1), top * 0.012]] : []);

    count.value = String(lengths.length);
    mean.value = known ? `${number(centre, 2)} cm` : "–";
    sd.value = known ? `${number(spread, 2)} cm` : "–";
    share.value = known ? percent(served(lengths, within).share) : "–";
    for (const { k, cell } of ruleRows) cell.textContent = known ? percent(served(lengths, k).share) : "–";
    plot.describe(known
      ? `Histogram of ${lengths.length} foot lengths, mean ${number(centre, 1)} cm, standard deviation `
        + `${number(spread, 2)} cm, with the bell curve on top` : "Histogram, still empty");
    plot.update();
  }

  function say({ now = false } = {}) {
    status.say(lengths.length === 1 ? `One customer: ${lengths[0].toFixed(1)} cm, size ${euSize(lengths[0])}.`
      : stockWords(lengths, within), { now });
  }

  const arrivals = animationLoop((elapsed) => {
    admit(Math.min(wanted - lengths.length, Math.max(1, Math.round(elapsed * 0.5))));
    return lengths.length < wanted;
  });

  function admit(many) {
    for (let i = 0; i < many; i += 1) lengths.push(next());
    draw();
    if (lengths.length === wanted) {
      say({ now: true });
      sync.send({ count: lengths.length });
    }
    for (const [control, few] of adders) control.disabled = wanted + few > MOST;
  }

  function add(many) {
    wanted = Math.min(MOST, wanted + many);
    if (many > 10 && !prefersReducedMotion()) arrivals.start();
    else if (!arrivals.running) admit(wanted - lengths.length);
  }

  function reset() {
    arrivals.stop();
    next = customers({ ...town, seed });
    lengths = [];
    wanted = atStart;
    admit(atStart);
  }

  const adders = [1, 10, 500].map((many) =>
    [button({ label: `+${many}`, primary: many === 500, title: `Let ${many} in`, onClick: () => add(many) }), many]);
  for (const [control, many] of adders) {
    control.el.setAttribute("aria-label", `+${many} customer${many > 1 ? "s" : ""}`);
  }
  el.replaceChildren(h("div", { class: "lab lab-stack" },
    toolbar(...adders.map(([control]) => control), button({ label: "Reset", icon: "reset", onClick: reset })),
    plot.el,
    stock.el,
    h("div", { class: "lab-grid lab-grid-wide" }, readouts(count, mean, sd, share), rule),
    status.el));
  reset();
  sync.listen("within", (value) => {
    within = stock.value = value;
    draw();
    say();
  });

  return () => {
    sync.stop();
    arrivals.stop();
    plot.destroy();
    status.stop();
    el.replaceChildren();
  };
}

export default { render };
