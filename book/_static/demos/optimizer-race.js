/**
 * SGD, momentum, RMSprop and Adam race down one loss surface from a start that the reader drags.
 * Data: `surface` (valley, ravine, saddle, basins, noisy), `start` ([x, y]), `rates` ({sgd, momentum, rmsprop, adam}).
 * Sends back `surface`, `start`, `rates`, `winner` (a name or "") and `arrivals` ({optimizer: step or null}).
 */
import { button, createScope, h, number, select, slider, statusLine, toggle, toolbar } from "../lab/dom.js";
import { LANDSCAPES } from "../lab/landscapes.js";
import { OPTIMIZERS } from "../lab/optimizers.js";
import { createPlot } from "../lab/plot.js";
import { seededNormal } from "../lab/random.js";
import { createSync, valueOr } from "../lab/sync.js";
import { animationLoop, frameBatch, prefersReducedMotion } from "../lab/theme.js";

const RACERS = [
  { key: "sgd", name: "SGD", color: "blue" },
  { key: "momentum", name: "Momentum", color: "orange", dash: "8 4" },
  { key: "rmsprop", name: "RMSprop", color: "green", dash: "2 4" },
  { key: "adam", name: "Adam", color: "purple", dash: "10 3 2 3" },
];
const MOST_STEPS = 300, STEP_MS = 25, FINISH = 0.02, STAY = 5, LOWEST_SHOWN = 1e-4;

/**
 * One runner. `step()` moves it; it has arrived when it was within the finish line for five steps in a row.
 * @param {string} key of OPTIMIZERS
 * @param {number} rate
 * @param {import("../lab/landscapes.js").Landscape} landscape
 * @param {number[]} start
 */
export function createRunner(key, rate, landscape, start) {
  const update = OPTIMIZERS[key](rate);
  const noise = seededNormal(7);
  const finish = landscape.finish ?? FINISH;
  const runner = {
    path: [[...start]], losses: [landscape.loss(...start)], arrival: /** @type {number | null} */ (null), lost: false,
    get steps() { return runner.losses.length - 1; },
    get loss() { return runner.losses[runner.losses.length - 1]; },
    step() {
      const point = runner.path[runner.path.length - 1];
      const slopes = landscape.slopes(point[0], point[1]).map((slope) => slope + (landscape.noise || 0) * noise());
      const next = update(point, slopes);
      if (!(Math.hypot(...next) < 1e3)) {
        runner.lost = true;
        return;
      }
      runner.path.push(next);
      runner.losses.push(landscape.loss(next[0], next[1]));
      const recent = runner.losses.slice(-STAY);
      if (runner.arrival === null && recent.length === STAY && recent.every((loss) => loss <= finish)) {
        runner.arrival = runner.steps - STAY + 1;
      }
    },
  };
  return runner;
}

/**
 * Who won, in words.
 * @param {{ name: string, runner: ReturnType<typeof createRunner> }[]} racers
 * @returns {{ winner: string, words: string }}
 */
export function verdict(racers) {
  const arrived = racers.filter(({ runner }) => runner.arrival !== null)
    .sort((a, b) => a.runner.arrival - b.runner.arrival);
  const lost = racers.filter(({ runner }) => runner.lost && runner.arrival === null);
  const late = racers.filter(({ runner }) => !runner.lost && runner.arrival === null);
  const others = [
    late.length && `${list(late)} did not arrive`,
    lost.length && `${list(lost)} ran away: too large a learning rate`,
  ].filter(Boolean);
  if (!arrived.length) return { winner: "", words: `Nobody arrived in ${MOST_STEPS} steps. ${sentence(others)}` };
  const first = arrived.filter(({ runner }) => runner.arrival === arrived[0].runner.arrival);
  const rest = arrived.slice(first.length).map(({ name, runner }) => `${name} after ${runner.arrival}`);
  const names = list(first);
  const head = `${names} ${first.length > 1 ? "tie and win" : "wins"}: arrived after ${arrived[0].runner.arrival} steps`;
  return { winner: names, words: `${head}${rest.length ? `; ${rest.join(", ")}` : ""}. ${sentence(others)}`.trim() };
}

const list = (racers) => racers.map(({ name }) => name).join(", ").replace(/, ([^,]*)$/, " and $1");
const sentence = (parts) => (parts.length ? `${parts.join("; ")}.` : "");

function render({ model, el }) {
  const scope = createScope();
  const sync = createSync(model);
  let key = valueOr(model, "surface", "valley") in LANDSCAPES ? valueOr(model, "surface", "valley") : "valley";
  let landscape = LANDSCAPES[key];
  let start = [...valueOr(model, "start", landscape.start)];
  const givenRates = valueOr(model, "rates", {});
  let rates = { ...landscape.rates, ...givenRates };

  const surfacePlot = createPlot({
    label: "A loss surface, and the ways of four optimizers over it", xLabel: "First parameter", yLabel: "Second parameter",
    ratio: 0.76, minHeight: 240, maxHeight: 420, grid: false, xDomain: landscape.xDomain, yDomain: landscape.yDomain,
  });
  const surface = surfacePlot.surface({ transform: "sqrt", levels: 16 });
  const goal = surfacePlot.surfaceLine({ color: "ink", width: 1.6 });
  const chart = createPlot({
    label: "Loss of each optimizer, step by step", xLabel: "Step", yLabel: "Loss", yLog: true, ratio: 0.4,
    minHeight: 200, maxHeight: 280, xDomain: [0, 60], yDomain: [LOWEST_SHOWN, 100],
  });
  const finishLine = chart.line({ color: "ink", width: 1, dash: "1 3" });
  const status = statusLine();
  const batch = frameBatch(draw);

  const racers = RACERS.map(({ key: id, name, color, dash }) => {
    const racer = {
      key: id, name, color, runner: createRunner(id, rates[id], landscape, start),
      trail: surfacePlot.line({ color, width: 2.2, dash }),
      head: surfacePlot.points({ color, radius: 5.5 }),
      curve: chart.line({ color, width: 2, dash }),
      enabled: toggle({ label: name, value: true, color, onInput: restart }),
      rate: slider({ label: `Learning rate of ${name}`, min: 0.001, max: 1, log: true, value: rates[id], color,
        format: String, onInput: restart }),
      result: h("span", { class: "lab-race-result" }),
    };
    racer.row = h("div", { class: "lab-race-row", style: { "--lab-accent": `var(--lab-${color})` } },
      h("div", { class: "lab-race-name" }, racer.enabled.el, swatch(color, dash), racer.result), racer.rate.el);
    return racer;
  });
  const racing = () => racers.filter((racer) => racer.enabled.value);

  const startHandle = surfacePlot.handle({
    label: "Start of the race", x: start[0], y: start[1], color: "ink", shape: "ring", radius: 7,
    valueText: (x, y) => `${number(x)}, ${number(y)}`,
    onMove(x, y) { start = [x, y]; restart(); },
  });

  const surfaceSelect = select({ label: "Surface", value: key,
    options: Object.entries(LANDSCAPES).map(([id, { name }]) => [id, name]), onInput: chooseSurface });
  const runButton = button({ label: "Race", icon: "play", primary: true, onClick: () => (loop.running ? pause() : run()) });
  const stepButton = button({ label: "Step", icon: "step", onClick: () => { pause(); if (over()) restart(); advance(); sayStep(); } });
  const resetButton = button({ label: "Reset", icon: "reset", onClick: () => chooseSurface(key, true) });
  const about = h("p", { class: "lab-note" });

  // ---- the race
  let wait = 0;
  const loop = animationLoop((elapsed) => {
    wait += elapsed;
    while (wait >= STEP_MS) {
      wait -= STEP_MS;
      if (!advance()) return setRunning(false);
    }
    return true;
  });
  function setRunning(flag) {
    runButton.label = flag ? "Pause" : "Race";
    runButton.icon = flag ? "pause" : "play";
    if (flag) loop.start();
    else loop.stop();
    return false;
  }
  function run() {
    if (over()) restart();
    if (prefersReducedMotion()) {
      while (advance());
      return;
    }
    wait = 0;
    setRunning(true);
    status.say("They are off.");
  }
  function pause() {
    if (!loop.running) return;
    setRunning(false);
    sayStep();
  }
  const steps = () => Math.max(0, ...racing().map(({ runner }) => runner.steps));
  const over = () => racing().every(({ runner }) => runner.lost || runner.steps >= MOST_STEPS
    || (runner.arrival !== null && runner.steps >= runner.arrival + STAY));
  /** All move one step; false when the race is over. */
  function advance() {
    for (const { runner } of racing()) if (!runner.lost) runner.step();
    batch.request();
    if (!over()) return true;
    finish();
    return false;
  }
  function finish() {
    if (!racing().length) {
      status.say("Nobody is in the race: switch an optimizer on.", { tone: "bad", now: true });
      return;
    }
    const { winner, words } = verdict(racing());
    status.say(words, { tone: winner ? "good" : "bad", now: true });
    share(winner);
  }
  function sayStep() {
    if (over()) return;
    const [leader] = [...racing()].sort((a, b) => a.runner.loss - b.runner.loss);
    status.say(`Step ${steps()}: ${leader.name} is lowest, loss ${number(leader.runner.loss, 3)}.`);
  }
  function restart() {
    if (loop.running) setRunning(false);
    for (const racer of racers) {
      rates[racer.key] = racer.rate.value;
      racer.runner = createRunner(racer.key, racer.rate.value, landscape, start);
      racer.row.classList.toggle("lab-race-out", !racer.enabled.value);
    }
    status.say("At the start.");
    batch.request();
    share("");
  }
  function chooseSurface(id, resetAll = false) {
    key = id;
    landscape = LANDSCAPES[id];
    start = [...landscape.start];
    rates = { ...landscape.rates, ...(resetAll ? {} : givenRates) };
    for (const racer of racers) {
      racer.rate.value = rates[racer.key];
      if (resetAll) racer.enabled.value = true;
    }
    surfacePlot.setDomains({ x: landscape.xDomain, y: landscape.yDomain });
    showSurface();
    restart();
  }
  function showSurface() {
    surface.set(landscape.loss);
    goal.set(landscape.loss, landscape.finish ?? FINISH);
    about.textContent = `${landscape.about} Inside the ring the loss is below ${landscape.finish ?? FINISH}: the finish.`;
    surfacePlot.describe(`Loss surface “${landscape.name}”: ${landscape.about}`);
    surfaceSelect.value = key;
  }
  function share(winner) {
    sync.send({ surface: key, start: [...start], rates: { ...rates }, winner,
      arrivals: Object.fromEntries(racing().map(({ key: id, runner }) => [id, runner.arrival])) });
  }

  // ---- drawing
  function draw() {
    const longest = steps();
    const top = Math.max(...racing().flatMap(({ runner }) => runner.losses), 1);
    chart.setDomains({ x: [0, Math.max(60, Math.ceil(longest / 30) * 30)],
      y: [LOWEST_SHOWN, 10 ** Math.min(6, Math.ceil(Math.log10(top) + 0.05))] });
    finishLine.set([[0, landscape.finish ?? FINISH], [MOST_STEPS, landscape.finish ?? FINISH]]);
    for (const { runner, enabled, trail, head, curve, result } of racers) {
      const on = enabled.value;
      trail.set(on ? runner.path : []);
      head.set(on && runner.steps ? [runner.path[runner.path.length - 1]] : []);
      curve.set(on ? runner.losses.map((loss, step) => [step, loss]) : []);
      result.textContent = !on ? "" : runner.lost ? "ran away"
        : runner.arrival !== null ? `${runner.arrival} steps` : `loss ${number(runner.loss, 3)}`;
    }
    startHandle.set(...start);
    surfacePlot.update();
    chart.update();
  }

  chart.table({ summary: "The losses as numbers", columns: ["step", ...RACERS.map(({ name }) => name)],
    rows: () => Array.from({ length: Math.floor(steps() / 10) + 1 }, (_, i) => [i * 10,
      ...racers.map(({ runner, enabled }) => (enabled.value && i * 10 < runner.losses.length
        ? number(runner.losses[i * 10], 4) : "–"))]) });
  const root = h("div", { class: "lab lab-race" },
    h("div", { class: "lab-toolbar" }, surfaceSelect.el, about),
    h("div", { class: "lab-grid lab-grid-race" }, surfacePlot.el,
      h("div", { class: "lab-race-rows" }, racers.map(({ row }) => row))),
    toolbar(runButton, stepButton, resetButton),
    status.el, chart.el);
  el.append(root);

  sync.listen("surface", (value) => { if (value in LANDSCAPES) chooseSurface(value); });
  sync.listen("start", (value) => { start = [...value]; restart(); });
  sync.listen("rates", (value) => {
    for (const racer of racers) racer.rate.value = value[racer.key] ?? racer.rate.value;
    restart();
  });
  showSurface();
  draw();
  share("");
  status.say("Drag the ring to choose where they start, then press Race.", { now: true });
  scope.add(() => root.remove());
  for (const stop of [surfacePlot.destroy, chart.destroy, sync.stop, status.stop, batch.cancel, loop.stop]) scope.add(stop);
  return () => scope.dispose();
}

function swatch(color, dash) {
  return h("svg", { class: "lab-race-swatch", viewBox: "0 0 34 8", width: 34, height: 8, "aria-hidden": "true" },
    h("line", { x1: 1, x2: 33, y1: 4, y2: 4, stroke: `var(--lab-${color})`, "stroke-width": 2.5, "stroke-dasharray": dash }));
}

export default { render };
