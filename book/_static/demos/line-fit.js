/**
 * A line through points: drag the points and the line, watch the squared errors and the loss surface, and let
 * gradient descent walk down it.
 * Data: `points` ([[x, y], …]), `weight`, `bias`, `learning_rate`, `compact` (fewer controls), `x_label`, `y_label`.
 * Sends back `points`, `weight`, `bias` and `loss`.
 */
import { button, createScope, h, number, readout, readouts, slider, statusLine, toggle, toolbar } from "../lab/dom.js";
import { createPlot } from "../lab/plot.js";
import { createSync, valueOr } from "../lab/sync.js";
import { animationLoop, frameBatch, prefersReducedMotion } from "../lab/theme.js";

const POINTS = [[-1, -3], [0, -1], [1, 1], [2, 3], [3, 5], [4, 7]];
const START = { weight: -1, bias: 4 };
const WEIGHTS = [-5, 5], BIASES = [-10, 10];
const MOST_POINTS = 24, MOST_STEPS = 3000, STEP_MS = 34;

/**
 * The means that the mean squared error of every line is made of.
 * @param {number[][]} points
 */
export function moments(points) {
  const mean = (f) => points.reduce((sum, point) => sum + f(point), 0) / points.length;
  return { x: mean(([x]) => x), y: mean(([, y]) => y), xx: mean(([x]) => x * x), xy: mean(([x, y]) => x * y),
    yy: mean(([, y]) => y * y) };
}

/** Mean of (weight · x + bias − y)². */
export function meanSquaredError(m, weight, bias) {
  return Math.max(0, weight * weight * m.xx + bias * bias + m.yy
    + 2 * (weight * bias * m.x - weight * m.xy - bias * m.y));
}

/** The slopes of the mean squared error: by the weight, by the bias. */
export function gradient(m, weight, bias) {
  return [2 * (weight * m.xx + bias * m.x - m.xy), 2 * (weight * m.x + bias - m.y)];
}

/** The least-squares line, or null where many lines are equally good (all points above one another). */
export function bestLine(m) {
  const spread = m.xx - m.x * m.x;
  if (spread < 1e-9) return null;
  const weight = (m.xy - m.x * m.y) / spread;
  return [weight, m.y - weight * m.x];
}

/** Gradient descent settles below this learning rate: 2 / (largest curvature of the loss). */
export function largestRate(m) {
  const [a, b, d] = [2 * m.xx, 2 * m.x, 2];
  return 2 / ((a + d) / 2 + Math.sqrt(((a - d) / 2) ** 2 + b * b));
}

/** A domain that holds the default one and all values, with a margin. */
function domainOf(values, [low, high]) {
  const least = Math.min(...values), most = Math.max(...values);
  const margin = 0.12 * (most - least || 1);
  return [least < low ? Math.floor(least - margin) : low, most > high ? Math.ceil(most + margin) : high];
}

function render({ model, el }) {
  const scope = createScope();
  const sync = createSync(model);
  const compact = Boolean(model.get("compact"));
  const startPoints = valueOr(model, "points", POINTS).map((point) => [...point]);
  const start = { weight: valueOr(model, "weight", START.weight), bias: valueOr(model, "bias", START.bias) };

  let points = startPoints.map((point) => [...point]);
  let { weight, bias } = start;
  let m = moments(points), path = [[weight, bias]], steps = 0, selected = null, pointsChanged = true;

  const plot = createPlot({
    label: "Points, and a line to fit to them", title: "The line and its squared errors", xLabel: valueOr(model, "x_label", "x"),
    yLabel: valueOr(model, "y_label", "y"), ratio: 0.8, minHeight: 250, maxHeight: 400,
    xDomain: domainOf(points.map(([x]) => x), [-2, 5]), yDomain: domainOf(points.map(([, y]) => y), [-6, 10]),
  });
  const squares = plot.squares({ color: "orange" });
  const residuals = plot.segments({ color: "orange", width: 1.5 });
  const line = plot.line({ color: "blue", width: 2.5 });

  const surfacePlot = createPlot({
    label: "The loss of every line: weight to the right, bias upwards",
    title: "The loss of every line, + is best", xLabel: "Weight", yLabel: "Bias", ratio: 0.8,
    minHeight: 250, maxHeight: 400, grid: false, xDomain: WEIGHTS, yDomain: BIASES,
  });
  const surface = surfacePlot.surface({ transform: "sqrt", levels: 14 });
  const best = surfacePlot.labels({ color: "green", size: 20, dy: 6 });
  const nextStep = surfacePlot.line({ color: "orange", width: 1.5, dash: "3 4" });
  const trail = surfacePlot.line({ color: "orange", width: 2 });
  const trailDots = surfacePlot.points({ color: "orange", radius: 2.5 });

  const status = statusLine();
  const equation = h("p", { class: "lab-formula" });
  const lossReadout = readout("Mean squared error", "orange");
  const stepReadout = readout("Steps", "grey");
  const batch = frameBatch(draw);

  const handles = [];
  function makeHandle(point, index) {
    return plot.handle({
      label: `Point ${index + 1}`, x: point[0], y: point[1], color: "ink", radius: 6, step: [0.1, 0.25],
      valueText: (x, y) => `x ${number(x, 1)}, y ${number(y, 1)}`,
      onStart() { selected = point; },
      onMove(x, y) {
        selected = point;
        point[0] = x;
        point[1] = y;
        changedPoints();
      },
      onRemove: () => removePoint(point),
    });
  }
  function makeHandles() {
    while (handles.length) handles.pop().remove();
    points.forEach((point, index) => handles.push(makeHandle(point, index)));
    selected = null;
  }
  makeHandles();

  /** Where on the line a grip sits: at `x`, or where the line leaves the plot before that. */
  function gripPlace(x) {
    const [low, high] = plot.yDomain.map((value, i) => value + (i ? -0.4 : 0.4));
    const y = weight * x + bias;
    if (y >= low && y <= high) return [x, y];
    const at = ((y > high ? high : low) - bias) / weight;
    return Number.isFinite(at) && Math.sign(at) === Math.sign(x) && Math.abs(at) > 0.4
      ? [at, weight * at + bias] : [x, Math.min(high, Math.max(low, y))];
  }
  const [left, right] = plot.xDomain;
  const grips = [
    plot.handle({
      label: "Line, up or down: the bias", x: left, y: bias, axis: "y", color: "blue", shape: "ring", radius: 7,
      step: 0.25, valueText: () => `bias ${number(bias)}`,
      onStart: pause, onMove(_, y) { moveLine(weight, y - weight * grips[0].at[0]); },
    }),
    plot.handle({
      label: "Line, tilt: the weight", x: right, y: bias, axis: "y", color: "blue", shape: "diamond", radius: 7,
      step: 0.25, valueText: () => `weight ${number(weight)}`,
      onStart: pause, onMove(_, y) { moveLine((y - bias) / grips[1].at[0], bias); },
    }),
  ];
  const gripHomes = [left + 0.35, right - 0.35];

  const marker = surfacePlot.handle({
    label: "Weight and bias", x: weight, y: bias, color: "orange", radius: 7, step: [0.1, 0.2],
    valueText: (x, y) => `weight ${number(x)}, bias ${number(y)}`, onStart: pause, onMove: moveLine,
  });

  const weightSlider = slider({ label: "Weight", min: WEIGHTS[0], max: WEIGHTS[1], step: 0.05, value: weight,
    format: (v) => number(v), color: "blue", onInput: (value) => moveLine(value, bias) });
  const biasSlider = slider({ label: "Bias", min: BIASES[0], max: BIASES[1], step: 0.05, value: bias,
    format: (v) => number(v), color: "blue", onInput: (value) => moveLine(weight, value) });
  const rateSlider = slider({ label: "Learning rate", min: 0.001, max: 1, log: true, color: "orange",
    value: valueOr(model, "learning_rate", 0.05), format: String,
    onInput: () => { batch.request(); sayState(); } });
  const squareToggle = toggle({ label: "Squares", value: true, color: "orange", onInput: () => batch.request() });

  const runButton = button({ label: "Run", icon: "play", primary: true, title: "Gradient descent until it settles",
    onClick: () => (loop.running ? pause() : run()) });
  const stepButton = button({ label: "Step", icon: "step", title: "One step of gradient descent",
    onClick: () => { pause(); if (descend()) sayState(); } });
  const resetButton = button({ label: "Reset", icon: "reset", onClick: reset });
  const addButton = button({ label: "Add a point", icon: "add", onClick: () => addPoint() });
  const removeButton = button({ label: "Remove", icon: "remove", title: "Remove the point touched last, else the last one",
    onClick: () => removePoint(selected || points[points.length - 1]) });

  // ---- gradient descent
  let wait = 0, rises = 0;
  const loop = animationLoop((elapsed) => {
    wait += elapsed;
    while (wait >= STEP_MS) {
      wait -= STEP_MS;
      if (!descend()) return stopRunning();
    }
    return true;
  });
  function run() {
    if (settled()) [weight, bias] = [start.weight, start.bias];
    if (!Number.isFinite(loss()) || loss() > 1e6) [weight, bias] = [start.weight, start.bias];
    path = [[weight, bias]];
    steps = rises = wait = 0;
    if (prefersReducedMotion()) {
      while (descend());
      return;
    }
    runButton.label = "Pause";
    runButton.icon = "pause";
    loop.start();
    status.say("Walking downhill.");
  }
  function stopRunning() {
    loop.stop();
    runButton.label = "Run";
    runButton.icon = "play";
    return false;
  }
  function pause() {
    if (loop.running) {
      stopRunning();
      sayState();
    }
  }
  /** One step; false when there is no use in another. */
  function descend() {
    const before = loss();
    const [byWeight, byBias] = gradient(m, weight, bias);
    weight -= rateSlider.value * byWeight;
    bias -= rateSlider.value * byBias;
    steps += 1;
    path.push([weight, bias]);
    if (path.length > 600) path.splice(1, 1);
    rises = loss() > before ? rises + 1 : 0;
    changed();
    if (rises >= 4 && (loss() > 1e5 || !Number.isFinite(loss()))) {
      status.say(`After ${steps} steps the loss has grown to ${number(loss(), 0)}: it diverges. Each step jumps over the valley and `
        + `lands higher. With these points, a learning rate below ${limitText()} settles.`, { tone: "bad", now: true });
      return false;
    }
    if (settled()) {
      status.say(`Settled after ${steps} steps: weight ${number(weight)}, bias ${number(bias)}, loss ${number(loss(), 3)}.`,
        { tone: "good", now: true });
      return false;
    }
    if (steps >= MOST_STEPS) {
      status.say(`Not there yet after ${steps} steps: a larger learning rate takes longer steps.`, { now: true });
      return false;
    }
    return true;
  }
  const loss = () => meanSquaredError(m, weight, bias);
  const settled = () => Math.hypot(...gradient(m, weight, bias)) < 2e-3;
  const limitText = () => String(Number(largestRate(m).toPrecision(2)));

  // ---- what the reader does
  function moveLine(newWeight, newBias) {
    pause();
    weight = newWeight;
    bias = newBias;
    path = [[weight, bias]];
    steps = 0;
    changed();
    sayState();
  }
  function changedPoints() {
    m = moments(points);
    path = [[weight, bias]];
    steps = 0;
    pointsChanged = true;
    changed();
    sayState();
  }
  function addPoint(x, y) {
    if (points.length >= MOST_POINTS) {
      status.say(`${MOST_POINTS} points are enough.`);
      return;
    }
    const [low, high] = plot.xDomain, [bottom, top] = plot.yDomain;
    const place = [x ?? low + (high - low) * (0.2 + 0.6 * Math.random()),
      y ?? bottom + (top - bottom) * (0.2 + 0.6 * Math.random())].map((value) => Math.round(value * 10) / 10);
    points.push(place);
    makeHandles();
    selected = place;
    if (x === undefined) handles[handles.length - 1].focus();
    changedPoints();
  }
  function removePoint(point) {
    const index = points.indexOf(point);
    if (points.length === 1) {
      status.say("One point must stay.");
      return;
    }
    points.splice(index, 1);
    const focused = plot.el.contains(document.activeElement);
    makeHandles();
    if (focused) handles[Math.min(index, handles.length - 1)].focus();
    changedPoints();
  }
  function reset() {
    pause();
    points = startPoints.map((point) => [...point]);
    makeHandles();
    m = moments(points);
    pointsChanged = true;
    rises = 0;
    moveLine(start.weight, start.bias);
    status.say("Back at the start.", { now: true });
  }
  function sayState() {
    if (loop.running) return;
    if (rateSlider.value >= largestRate(m)) {
      status.say(`Loss ${number(loss())}. A learning rate of ${rateSlider.value} will diverge here: below ${limitText()} it settles.`,
        { tone: "bad" });
    } else if (!bestLine(m)) {
      status.say(`Loss ${number(loss())}. All points lie above one another: many lines are equally good.`);
    } else {
      status.say(`Loss ${number(loss())}${steps ? ` after ${steps} ${steps === 1 ? "step" : "steps"}` : ""}.`);
    }
  }

  // ---- drawing
  function changed() {
    batch.request();
    sync.send({ points: points.map((point) => [...point]), weight, bias, loss: loss() });
  }
  function draw() {
    const [low, high] = plot.xDomain;
    line.set([[low, weight * low + bias], [high, weight * high + bias]]);
    const sides = points.map(([x, y]) => [x, y, weight * x + bias]);
    squares.set(squareToggle.value ? sides : []);
    residuals.set(sides.map(([x, y, guess]) => [x, y, x, guess]));
    points.forEach(([x, y], index) => handles[index].set(x, y));
    grips.forEach((grip, i) => {
      if (!grip.el.classList.contains("lab-handle-held")) grip.at = gripPlace(gripHomes[i]);
      grip.set(grip.at[0], Math.min(plot.yDomain[1], Math.max(plot.yDomain[0], weight * grip.at[0] + bias)));
    });
    if (pointsChanged) {
      pointsChanged = false;
      surface.set((w, b) => meanSquaredError(m, w, b));
      const lowest = bestLine(m);
      best.set(lowest ? [[...lowest, "+"]] : []);
    }
    trail.set(path);
    trailDots.set(path.slice(0, -1));
    const [byWeight, byBias] = gradient(m, weight, bias);
    nextStep.set([[weight, bias], [weight - rateSlider.value * byWeight, bias - rateSlider.value * byBias]]);
    const inside = weight >= WEIGHTS[0] && weight <= WEIGHTS[1] && bias >= BIASES[0] && bias <= BIASES[1];
    marker.visible = inside || !steps;
    marker.set(weight, bias);
    weightSlider.value = weight;
    biasSlider.value = bias;
    lossReadout.value = number(loss(), loss() < 1 ? 3 : 2);
    stepReadout.value = String(steps);
    equation.textContent = `y = ${number(weight)} · x ${bias < 0 ? "−" : "+"} ${number(Math.abs(bias))}`;
    plot.update();
    surfacePlot.update();
  }

  // ---- putting it together
  if (!compact) {
    plot.onPress((x, y) => addPoint(x, y));
    plot.table({ summary: "The points and their errors as numbers", columns: ["x", "y", "line", "error", "squared"],
      rows: () => points.map(([x, y]) => {
        const error = weight * x + bias - y;
        return [x, y, error + y, error, error * error].map((value) => number(value));
      }) });
    surfacePlot.table({ summary: "The last steps as numbers", columns: ["step", "weight", "bias", "loss"],
      rows: () => path.slice(-12).map(([w, b], i, shown) =>
        [steps - shown.length + 1 + i, number(w, 3), number(b, 3), number(meanSquaredError(m, w, b), 4)]) });
  }
  const root = h("div", { class: "lab lab-line-fit" },
    h("div", { class: "lab-readout-row" }, equation, readouts(lossReadout, stepReadout)),
    h("div", { class: "lab-grid lab-grid-2" }, plot.el, surfacePlot.el),
    toolbar(runButton, compact ? null : stepButton, resetButton, compact ? null : addButton, compact ? null : removeButton,
      compact ? null : squareToggle),
    status.el,
    compact ? null : h("div", { class: "lab-controls lab-controls-3" }, weightSlider.el, biasSlider.el, rateSlider.el));
  el.append(root);

  sync.listen("weight", (value) => moveLine(value, bias));
  sync.listen("bias", (value) => moveLine(weight, value));
  sync.listen("points", (value) => {
    if (!value.length) return;
    points = value.map((point) => [...point]);
    plot.setDomains({ x: domainOf(points.map(([x]) => x), plot.xDomain), y: domainOf(points.map(([, y]) => y), plot.yDomain) });
    makeHandles();
    changedPoints();
  });
  draw();
  changed();
  sayState();
  scope.add(() => root.remove());
  for (const part of [plot, surfacePlot]) scope.add(part.destroy);
  scope.add(sync.stop);
  scope.add(status.stop);
  scope.add(batch.cancel);
  scope.add(loop.stop);
  return () => scope.dispose();
}

export default { render };
