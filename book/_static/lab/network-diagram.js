/**
 * The drawing of a network with one hidden layer: each hidden unit as a tile that shows its own output over the
 * inputs, each weight as an edge whose colour is its sign and whose width is its size.
 * @module lab/network-diagram
 */
import { h, number, setAttributes } from "./dom.js";
import { forward } from "./mlp.js";

const WIDTH = 360, PITCH = 50, TILE_HEIGHT = 34, CELLS = 8;
const INPUT_X = 34, TILE_X = 168, OUTPUT_X = 318;

const paint = (value) => `var(--lab-${Math.abs(value) < 1e-9 ? "grey" : value > 0 ? "blue" : "orange"})`;
const thickness = (value) => (1 + Math.min(7, 2.2 * Math.abs(value))).toFixed(2);
const text = (x, y, className) => h("text", { x, y, class: className, "text-anchor": "middle" });

/**
 * @param {{inputs: number, units: number, reach: number, inputNames: string[]}} shape `reach`: inputs go from
 *   −reach to reach
 */
export function createNetworkDiagram({ inputs, units, reach, inputNames }) {
  const height = Math.max(2, units) * PITCH + 24;
  const tileWidth = inputs === 1 ? 58 : TILE_HEIGHT;
  const spread = (count, index) => height / 2 - 6 + (index - (count - 1) / 2) * (count === inputs ? 84 : PITCH);
  const inputY = inputNames.map((_, index) => spread(inputs, index));
  const unitY = Array.from({ length: units }, (_, unit) => height / 2 - 6 + (unit - (units - 1) / 2) * PITCH);
  const outputY = height / 2 - 6;

  const edge = (x1, y1, x2, y2) => h("line", { x1, y1, x2, y2, class: "lab-net-edge" });
  const inEdges = unitY.map((y) => inputY.map((from) => edge(INPUT_X + 18, from, TILE_X - tileWidth / 2, y)));
  const outEdges = unitY.map((y) => edge(TILE_X + tileWidth / 2, y, OUTPUT_X - 22, outputY));
  const tiles = unitY.map((y) => createTile(inputs, tileWidth, y, reach));
  const inputTexts = inputY.map((y) => text(INPUT_X, y + 35, "lab-net-value"));
  const unitTexts = unitY.map((y) => text(TILE_X, y + TILE_HEIGHT / 2 + 12, "lab-net-value"));
  const answerText = text(OUTPUT_X, outputY + 5, "lab-net-answer");
  const outputText = text(OUTPUT_X, outputY + 40, "lab-net-value");
  answerText.textContent = "Σ";
  const svg = h("svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "lab-net", role: "img" },
    inEdges, outEdges,
    inputY.map((y, i) => [h("circle", { cx: INPUT_X, cy: y, r: 18, class: "lab-net-node" }),
      nameAt(INPUT_X, y + 5, inputNames[i])]),
    tiles.map((tile) => tile.el),
    h("circle", { cx: OUTPUT_X, cy: outputY, r: 22, class: "lab-net-node" }),
    nameAt(OUTPUT_X, outputY - 30, "answer"), inputTexts, unitTexts, answerText, outputText);

  return {
    el: svg,
    /** Draw weights and tiles. @param {import("./mlp.js").Network} network */
    update(network) {
      inEdges.forEach((row, unit) => row.forEach((line, input) => {
        const weight = network.hiddenWeights[unit][input];
        setAttributes(line, { stroke: paint(weight), "stroke-width": thickness(weight) });
      }));
      outEdges.forEach((line, unit) => {
        const weight = network.outputWeights[unit];
        setAttributes(line, { stroke: paint(weight), "stroke-width": thickness(weight) });
      });
      tiles.forEach((tile, unit) => tile.draw((features) => forward(network, features).hidden[unit]));
      svg.setAttribute("aria-label", `The network: ${inputs} input${inputs > 1 ? "s" : ""}, ${units} hidden unit`
        + `${units > 1 ? "s" : ""}, one output. Output weights ${network.outputWeights.map((w) => number(w)).join(", ")}.`);
    },
    /**
     * What flows just now: values forward, or slopes back (in purple), and along which edges.
     * @param {null | {inputs?: string[], units?: string[], answer?: string, output?: string, back: boolean,
     *   unitsBack: boolean, edges: "in" | "out" | null, unit: number}} flow
     */
    show(flow) {
      const write = (node, value, back) => {
        node.textContent = value ?? "";
        node.dataset.back = String(Boolean(back));
      };
      inputTexts.forEach((node, i) => write(node, flow?.inputs?.[i]));
      unitTexts.forEach((node, i) => write(node, flow?.units?.[i], flow?.unitsBack));
      write(answerText, flow?.answer || "Σ");
      write(outputText, flow?.output, flow?.back);
      tiles.forEach((tile, unit) => (tile.el.dataset.chosen = String(flow?.unit === unit)));
      const moving = (line, on) => {
        line.dataset.flow = on ? (flow.back ? "back" : "forward") : "";
      };
      inEdges.forEach((row) => row.forEach((line) => moving(line, flow?.edges === "in")));
      outEdges.forEach((line) => moving(line, flow?.edges === "out"));
    },
  };
}

function nameAt(x, y, name) {
  const node = text(x, y, "lab-net-name");
  node.textContent = name;
  return node;
}

/** A small picture of what one unit gives: a curve over one input, or a field over two. */
function createTile(inputs, width, middle, reach) {
  const left = TILE_X - width / 2, top = middle - TILE_HEIGHT / 2;
  const frame = h("rect", { x: left, y: top, width, height: TILE_HEIGHT, rx: 5, class: "lab-net-tile" });
  if (inputs === 1) {
    const curve = h("path", { class: "lab-net-curve" });
    const zero = h("line", { x1: left, x2: left + width, y1: middle, y2: middle, class: "lab-net-zero" });
    const scale = 0.42 * TILE_HEIGHT;
    return {
      el: h("g", { class: "lab-net-unit" }, frame, zero, curve),
      draw(output) {
        const points = Array.from({ length: 30 }, (_, i) => {
          const y = Math.max(-1.1, Math.min(1.1, output([reach * ((2 * i) / 29 - 1)])));
          return `${(left + (width * i) / 29).toFixed(1)} ${(middle - scale * y).toFixed(1)}`;
        });
        curve.setAttribute("d", `M${points.join("L")}`);
      },
    };
  }
  const side = (TILE_HEIGHT - 4) / CELLS;
  const cells = Array.from({ length: CELLS * CELLS }, (_, i) => h("rect", {
    x: left + 2 + (i % CELLS) * side, y: top + 2 + Math.floor(i / CELLS) * side, width: side + 0.3, height: side + 0.3,
  }));
  return {
    el: h("g", { class: "lab-net-unit" }, frame, cells),
    draw(output) {
      cells.forEach((cell, i) => {
        const at = (index) => reach * ((2 * (index + 0.5)) / CELLS - 1);
        const value = output([at(i % CELLS), -at(Math.floor(i / CELLS))]);
        setAttributes(cell, { fill: paint(value), "fill-opacity": Math.min(0.85, Math.abs(value)).toFixed(2) });
      });
    },
  };
}
