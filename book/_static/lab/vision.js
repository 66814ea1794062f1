/**
 * The network that looks at photographs: the genuine MobileNet where this site has it, else one that ships with it.
 * @module lab/vision
 */
import { fetchJson } from "./files.js";
import { scaled, squarePixels } from "./pictures.js";

/**
 * @typedef {object} Vision
 * @property {string} name "mobilenet", or the model that ships
 * @property {string} title
 * @property {boolean} genuine is it MobileNet?
 * @property {any} card
 * @property {any} net a `tf.LayersModel` that the kit disposes of
 * @property {string[]} classes "" for each where it has none
 * @property {number} side of the squares it looks at, in pixels
 * @property {[number, number]} range what black and white are to it
 * @property {(picture: HTMLCanvasElement) => Uint8ClampedArray} look the middle square as it will be seen, with opacity
 * @property {(squares: Uint8ClampedArray[], net?: any) => Promise<Float32Array[]>} run what the network (or a part of it) says
 *   to each square: probabilities, as numbers
 */

/**
 * @param {import("./kit.js").Kit} kit
 * @param {string} shipped the model to take where this site has no MobileNet
 * @param {{ genuine?: boolean }} [options] false takes the shipped one in any case
 * @returns {Promise<Vision>}
 */
export async function openVision(kit, shipped, { genuine = true } = {}) {
  const mobilenet = genuine ? await mobileNetCard(kit.model) : null;
  const name = mobilenet ? "mobilenet" : shipped;
  const card = mobilenet ?? await fetchJson(kit.model, `models/${name}/card.json`);
  const [net, classes] = await Promise.all([
    kit.loadModel(name, { warm: true }),
    mobilenet ? fetchJson(kit.model, "models/mobilenet/classes.json") : card.classes ?? [],
  ]);
  const side = net.inputs[0].shape[1];
  const range = card.input?.range ?? [0, 1];
  return {
    name, card, net, classes, side, range,
    title: card.title,
    genuine: Boolean(mobilenet),
    look: (picture) => squarePixels(picture, side),
    run: (squares, part = net) => answer(kit.tf, part, squares, side, range),
  };
}

/** The card of MobileNet, or null where neither site nor kernel has it. */
async function mobileNetCard(model) {
  try {
    const card = await fetchJson(model, "models/mobilenet/card.json");
    return card.served ? card : null;
  } catch {
    return null;
  }
}

async function answer(tf, net, squares, side, range) {
  const numbers = new Float32Array(squares.length * side * side * 3);
  squares.forEach((pixels, i) => {
    const length = side * side * 3;
    scaled(pixels, range, numbers.subarray(i * length, (i + 1) * length));
  });
  const output = tf.tidy(() => net.predict(tf.tensor4d(numbers, [squares.length, side, side, 3])));
  try {
    const values = await output.data();
    const length = values.length / squares.length;
    return squares.map((_, i) => Float32Array.from(values.subarray(i * length, (i + 1) * length)));
  } finally {
    output.dispose();
  }
}

/**
 * The part of a network that ends in its feature vector: where the last feature maps are averaged, or before the last
 * dense layer.
 * @param {any} tf
 * @param {any} net
 * @returns {any} a model that shares its layers with `net`
 */
export function featurePart(tf, net) {
  const pools = net.layers.filter((layer) => /GlobalAveragePooling2D|GlobalMaxPooling2D|Flatten/.test(layer.getClassName()));
  const last = pools[pools.length - 1];
  return last ? tf.model({ inputs: net.inputs, outputs: last.output }) : net;
}

/** The layers whose output is a stack of feature maps and has been through an activation. @param {any} net */
export function mapLayers(net) {
  return net.layers.filter((layer) => layer.outputShape?.length === 4
    && /ReLU|Activation|Swish/i.test(layer.getClassName()) || (layer.activation && layer.activation.getClassName?.() !== "linear"
    && layer.outputShape?.length === 4));
}

/**
 * The largest numbers first.
 * @param {ArrayLike<number>} values
 * @param {number} count
 * @returns {Array<{ index: number, value: number }>}
 */
export function largest(values, count) {
  return Array.from(values, (value, index) => ({ index, value })).sort((a, b) => b.value - a.value).slice(0, count);
}
