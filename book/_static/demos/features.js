/**
 * The feature explorer: pictures become vectors, vectors become a map, and the map tells what the network finds alike.
 */
import { barChart } from "../lab/charts/bars.js";
import { featureMaps } from "../lab/charts/maps.js";
import { button, h, number, select, toolbar } from "../lab/dom.js";
import { squareOf } from "../lab/camera.js";
import { copyOf, createFeatureMap } from "../lab/feature-map.js";
import { openFile } from "../lab/files.js";
import { loadHands } from "../lab/gestures/hands.js";
import { withKit } from "../lab/kit.js";
import { neighbours, principalComponents } from "../lab/pca.js";
import { canvasOf, createPictureInput, loadPicture } from "../lab/pictures.js";
import { arrayOr, createSync, valueOr } from "../lab/sync.js";
import { featurePart, largest, mapLayers, openVision } from "../lab/vision.js";

const MOST = 60, BATCH = 6, THUMB = 56, NEAR = 5, MAPS = 32, FEATURES = 8, KEPT_SIDE = 224;
const SHIPPED = "backbone";
const GESTURES = ["rock", "paper", "scissors"], HANDS_EACH = 12;
const PHOTOGRAPHS = [["portrait", 4, 3], ["pavilion", 3, 4], ["dahlia", 3, 4]];

function render({ model, el }) {
  // WebAssembly first: a network this small is as fast there, and nothing has to be compiled for the graphics card.
  return withKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: "features" }, fill);
}

async function fill(kit, model) {
  kit.status.say("Loading the network…", { now: true });
  const { tf } = kit;
  /** The networks that were looked with so far, by whether they are MobileNet. @type {Map<boolean, any>} */
  const networks = new Map();
  const first = await openVision(kit, SHIPPED);
  let vision = first, part, layers;
  networks.set(first.genuine, first);
  const sync = createSync(model);
  /** @type {Array<{ name: string, thumb: HTMLCanvasElement, canvas: HTMLCanvasElement, vector: Float32Array }>} */
  let pictures = [];
  let points = [], shares = [0, 0], chosen = -1, near = [], gone = false, turn = 0;

  // ---- what is on the page
  const map = createFeatureMap({ onPick: choose });
  const mapNote = h("p", { class: "lab-note" });
  const chosenPicture = h("div", { class: "lab-features-chosen" });
  const nearPictures = h("div", { class: "lab-features-strip" });
  const bars = barChart({ title: "Cosine similarity", max: 1, names: ["picture", "similarity"] });
  const layerPicker = select({ label: "Layer", options: [["0", "–"]], value: "0", onInput: () => showMaps() });
  const which = h("p", { class: "lab-note lab-features-which" });
  const networkPicker = select({ label: "Network", options: [["mobilenet", "MobileNet"], [SHIPPED, "the course's own, for hands"]],
    value: vision.name, onInput: (name) => switchNetwork(name === "mobilenet") });
  const maps = featureMaps({ title: "Feature maps of the chosen picture" });
  const featurePicker = select({ label: "Feature", options: [["", "–"]], value: "", onInput: () => showFeature() });
  const respondStrip = h("ol", { class: "lab-features-strip" });
  const input = createPictureInput({ zone: kit.root, label: "Add pictures", multiple: true, say: kit.status.say,
    onPictures: (found) => add(found) });
  const clear = button({ label: "Start afresh", icon: "reset", onClick: () => { forget(); kit.status.say("Empty: add pictures, or take a sample.", { now: true }); } });
  const samples = kit.samples({ label: "Or take a sample", items: [
    { name: "Hands in three gestures", picture: "samples/hands.webp", pick: () => take(hands) },
    { name: "Photographs in pieces", picture: "samples/dahlia.jpg", pick: () => take(pieces) },
  ] });

  // ---- pictures
  async function hands() {
    const sheet = await loadHands(model);
    return GESTURES.flatMap((gesture) => sheet.toCollect(gesture).slice(0, HANDS_EACH)
      .map((canvas, i) => ({ name: `${gesture} ${i + 1}`, canvas })));
  }
  async function pieces() {
    const parts = [];
    for (const [name, rows, columns] of PHOTOGRAPHS) {
      const { address, free } = await openFile(model, `samples/${name}.jpg`, "image/jpeg");
      const canvas = await loadPicture(address, name);
      free();
      const width = canvas.width / columns, height = canvas.height / rows;
      for (let i = 0; i < rows * columns; i += 1) {
        const piece = Object.assign(document.createElement("canvas"), { width: Math.round(width), height: Math.round(height) });
        piece.getContext("2d").drawImage(canvas, -Math.round((i % columns) * width), -Math.round(Math.floor(i / columns) * height));
        parts.push({ name: `${name} ${i + 1}`, canvas: piece });
      }
    }
    return parts;
  }
  async function take(source) {
    forget();
    try {
      const found = await source();
      if (!gone) await add(found);
    } catch (error) {
      if (!gone) kit.status.say(error.message, { tone: "bad", now: true });
    }
  }
  function forget() {
    turn += 1;
    pictures = [];
    chosen = -1;
    lay();
  }
  /** @param {Array<{ name: string, canvas: HTMLCanvasElement }>} found */
  async function add(found) {
    const mine = turn;
    const room = MOST - pictures.length, taken = found.slice(0, Math.max(0, room));
    for (let from = 0; from < taken.length; from += BATCH) {
      kit.status.say(`Looking at picture ${from + 1} of ${taken.length}…`);
      const batch = taken.slice(from, from + BATCH);
      const squares = batch.map(({ canvas }) => vision.look(canvas));
      const vectors = await kit.compute(() => vision.run(squares, part));
      if (gone || mine !== turn) return;
      if (vectors) {
        pictures = [...pictures, ...batch.map(({ name, canvas }, i) => ({ name, thumb: squareOf(canvas, { size: THUMB }), canvas: kept(canvas), vector: vectors[i] }))];
        lay();
      }
      await tf.nextFrame();
      if (gone || mine !== turn) return;
    }
    if (chosen < 0 && pictures.length) await choose(0);
    share();
    const over = found.length > taken.length ? ` ${MOST} are shown at most, so ${found.length - taken.length} were left out.` : "";
    kit.status.say(pictures.length < 3 ? `${pictures.length} ${pictures.length === 1 ? "picture" : "pictures"}: a map needs at least three.${over}`
      : `${pictures.length} pictures, each now ${pictures[0].vector.length} numbers. Choose one.${over}`, { tone: over ? "bad" : "good", now: true });
  }

  // ---- the network
  function useNetwork(next) {
    vision = next;
    layers = mapLayers(vision.net);
    // A network without classes ends in its features already.
    part = vision.classes.length ? featurePart(tf, vision.net) : vision.net;
    layerPicker.input.replaceChildren(...layers.map((layer, i) => h("option", { value: String(i) }, `${layer.name}: ${layer.outputShape.slice(1).join(" × ")}`)));
    layerPicker.value = String(Math.min(2, layers.length - 1));
    which.textContent = whichModel(vision, part, first.genuine);
  }
  /** The same pictures, seen by another network. */
  async function switchNetwork(genuine) {
    networkPicker.disabled = true;
    try {
      kit.status.say("Loading the network…", { now: true });
      if (!networks.has(genuine)) networks.set(genuine, await openVision(kit, SHIPPED, { genuine }));
      if (gone) return;
      useNetwork(networks.get(genuine));
      const again = pictures, before = chosen;
      forget();
      await add(again);
      if (!gone && pictures.length && before >= 0) await choose(before);
    } catch (error) {
      if (!gone) kit.status.say(error.message, { tone: "bad", now: true });
      networkPicker.value = vision.name;
    } finally {
      networkPicker.disabled = false;
    }
  }

  // ---- the map
  function lay() {
    const vectors = pictures.map(({ vector }) => vector);
    ({ points, shares } = vectors.length ? principalComponents(vectors) : { points: [], shares: [0, 0] });
    near = chosen < 0 ? [] : neighbours(vectors, chosen).slice(0, NEAR);
    map.update({ pictures, points, chosen, near: near.map(({ index }) => index) });
    mapNote.textContent = pictures.length > 2
      ? `Two directions of ${pictures[0].vector.length}: across holds ${number(100 * shares[0], 0)} % of all variance, upwards ${number(100 * shares[1], 0)} %.`
      : "Add at least three pictures.";
    clear.disabled = !pictures.length;
    kit.meter.update();
    if (!pictures.length) {
      for (const place of [chosenPicture, nearPictures, respondStrip]) place.replaceChildren();
      bars.update({ labels: [], values: [] });
      maps.update({ width: 1, height: 1, maps: [] });
    }
  }
  async function choose(index) {
    chosen = index;
    lay();
    const { name, thumb } = pictures[index];
    chosenPicture.replaceChildren(copyOf(thumb), h("p", null, name));
    nearPictures.replaceChildren(...near.map(({ index: other }) => thumbButton(other)));
    bars.update({ labels: near.map(({ index: other }) => pictures[other].name), values: near.map(({ similarity }) => similarity) });
    listFeatures();
    share();
    if (near.length) kit.status.say(`${name}: most like ${pictures[near[0].index].name}, similarity ${number(near[0].similarity, 2)}.`);
    await showMaps();
  }
  function thumbButton(index, text = "") {
    const { name, thumb } = pictures[index];
    return h("button", { type: "button", class: "lab-features-thumb", "aria-label": `${name}${text ? `, ${text}` : ""}`, title: name,
      onclick: () => choose(index) }, copyOf(thumb), text ? h("span", null, text) : null);
  }

  // ---- what one feature responds to
  function listFeatures() {
    const { vector } = pictures[chosen];
    const mean = vector.map((_, i) => pictures.reduce((sum, picture) => sum + picture.vector[i], 0) / pictures.length);
    const standing = largest(vector.map((value, i) => value - mean[i]), FEATURES);
    featurePicker.input.replaceChildren(...standing.map(({ index }) => h("option", { value: String(index) },
      `number ${index + 1}: here ${number(vector[index], 2)}, on average ${number(mean[index], 2)}`)));
    showFeature();
  }
  function showFeature() {
    const feature = Number(featurePicker.value);
    const order = largest(pictures.map(({ vector }) => vector[feature]), 8);
    respondStrip.replaceChildren(...order.map(({ index, value }) => h("li", null, thumbButton(index, number(value, 2)))));
  }
  async function showMaps() {
    if (chosen < 0 || !layers.length) return;
    const layer = layers[Number(layerPicker.value)], mine = chosen;
    const [, height, width, count] = layer.outputShape;
    const cut = tf.model({ inputs: vision.net.inputs, outputs: layer.output });
    const [values] = await kit.compute(() => vision.run([vision.look(pictures[mine].canvas)], cut)) ?? [];
    if (gone || mine !== chosen || !values || layer !== layers[Number(layerPicker.value)]) return;
    const shown = Math.min(count, MAPS);
    maps.update({ width, height, more: count - shown,
      maps: Array.from({ length: shown }, (_, channel) => Float32Array.from({ length: width * height }, (_, i) => values[i * count + channel])) });
    kit.meter.update();
  }
  function share() {
    const length = pictures[0]?.vector.length ?? 0;
    sync.send({ names: pictures.map(({ name }) => name), chosen: chosen < 0 ? "" : pictures[chosen].name, network: vision.name });
    sync.sendArray("vectors", Float32Array.from(pictures.flatMap(({ vector }) => [...vector])), [pictures.length, length]);
    sync.sendArray("places", Float32Array.from(points.flat()), [points.length, 2]);
  }

  // ---- the page
  kit.main.append(h("div", { class: "lab-features" },
    samples, toolbar(input.el, clear, first.genuine ? networkPicker : null),
    h("div", { class: "lab-features-columns" },
      h("div", null, map.el, mapNote),
      h("div", { class: "lab-features-side" }, h("p", { class: "lab-plot-title" }, "The chosen picture, and those most like it"),
        h("div", { class: "lab-features-row" }, chosenPicture, nearPictures), bars.el)),
    h("div", { class: "lab-features-respond" }, h("p", { class: "lab-plot-title" }, "What one feature responds to"),
      toolbar(featurePicker), h("p", { class: "lab-note" }, "The features in which the chosen picture stands out, and the pictures where one is strongest."), respondStrip),
    h("div", { class: "lab-features-layers" }, toolbar(layerPicker), maps.el),
    which,
    kit.how({
      text: "The network's last layer, which names classes, is left out. What comes before it is a list of numbers: each tells how strongly "
        + "one thing that the network has learnt to see is present, anywhere in the picture. Pictures whose lists point the same way look alike to it.",
      chapter: { title: "Feature vectors, and the map", href: "book/lab/features.html" },
      card: SHIPPED,
    })));
  useNetwork(first);
  kit.onBackend(() => showMaps());
  for (const stop of [sync.stop, input.stop, maps.dispose]) kit.scope.add(stop);
  kit.scope.add(() => { gone = true; });

  sync.listen("pictures", () => takeGiven());
  async function takeGiven() {
    const given = arrayOr(model, "pictures", null);
    if (!given) return;
    const [count, height, width, channels = 1] = given.shape, size = height * width * channels;
    await take(async () => Array.from({ length: count }, (_, i) => ({ name: `picture ${i}`,
      canvas: canvasOf(given.data.subarray(i * size, (i + 1) * size), [height, width, channels]) })));
  }
  if (model.get("pictures")) await takeGiven();
  else await take(valueOr(model, "sample", "pieces") === "hands" ? hands : pieces);
  return () => kit.close();
}

/** As much of a picture as any of the networks looks at. */
function kept(canvas) {
  return squareOf(canvas, { size: Math.min(KEPT_SIDE, canvas.width, canvas.height) });
}

/** @param {import("../lab/vision.js").Vision} vision */
function whichModel({ genuine, title }, part, isServed) {
  const shape = part.outputs[0].shape;
  const length = shape[shape.length - 1];
  return genuine ? `The network is ${title}, as Keras distributes it, without its last layer: ${length} features a picture.`
    : `${isServed ? "The course's own backbone looks" : "This site has no MobileNet, so the course's own backbone looks"}: ${title}, ${length} features a picture. `
      + "It was made for hands and small photographs, and finds finer differences elsewhere hard.";
}

export default { render };
