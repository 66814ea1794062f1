/**
 * Your model: drop a converted model.json with its weights, see its layers, and try it on what it takes.
 */
import { layerSummary, layersOf } from "../lab/charts/layers.js";
import { button, choice, h, number, readout, readouts, select, toolbar, uniqueId } from "../lab/dom.js";
import { drawSample } from "../lab/drawn-samples.js";
import { labelsOf, loadProblem, looksLikeModel, ModelProblem, modelOf, runProblem, storedAs } from "../lab/dropped-model.js";
import { withKit } from "../lab/kit.js";
import { bytesText } from "../lab/memory.js";
import { drawingInput, numbersInput, pictureInput, pictureShape, RANGES, sizeSlider, waysOf } from "../lab/model-inputs.js";
import { createOutput } from "../lab/model-output.js";
import { freeModel, loadFrom, warmUp } from "../lab/models.js";
import { createPictureInput } from "../lab/pictures.js";
import { digitStrokes } from "../lab/strokes.js";
import { createSync, valueOr } from "../lab/sync.js";

const WAYS = { drawing: "Drawing", picture: "Picture", numbers: "Numbers" };
const SAMPLE = "digits-cnn", DIGITS = "0,1,2,3,4,5,6,7,8,9";

function render({ model, el }) {
  return withKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: ["drawing", "your-model"] }, fill);
}

async function fill(kit, model) {
  const { tf, status } = kit;
  const sync = createSync(model);
  const bad = (text) => status.say(text, { tone: "bad", now: true });
  /** @type {{ net: any, restore: () => Promise<void>, files: any } | null} */
  let loaded = null;
  let panel = null, given = null, working = false, waiting = false, gone = false, turn = 0;

  // ---- what is on the page
  const outputs = { kind: readout("Kind", "grey"), bytes: readout("Size", "blue"), parameters: readout("Parameters", "blue"),
    stored: readout("Weights stored as", "grey"), input: readout("Input", "green"), output: readout("Output", "green"), time: readout("Time a prediction", "purple") };
  const layers = layerSummary({ title: "Its layers" });
  const layersFold = h("details", { class: "lab-model-layers" }, h("summary", null, "Its layers"), layers.el);
  const labelsId = uniqueId("labels");
  const labelsText = h("input", { id: labelsId, type: "text", class: "lab-number-input", autocomplete: "off", spellcheck: "false", placeholder: "cat, dog, …" });
  const result = createOutput({ names: () => labelsOf(labelsText.value) });
  const way = select({ label: "Try it on", options: [["numbers", "Numbers"]], value: "numbers", onInput: () => showPanel() });
  const scaling = choice({ label: "Black to white is", value: "0..1", options: Object.keys(RANGES).map((key) => [key, key]), onInput: () => panel?.give() });
  const size = sizeSlider(() => showPanel());
  const place = h("div", { class: "lab-model-panel" });
  const input = createPictureInput({ zone: kit.root, label: "Choose a model's files", multiple: true, say: status.say,
    onFiles: async (files) => {
      if (!looksLikeModel(files)) return false;
      await take(() => modelOf(files));
      return true;
    },
    onPictures: ([picture]) => showPicture(picture) });
  // The one above opens the chooser for models; for pictures there is another, so that it offers pictures.
  const pictures = createPictureInput({ zone: h("div"), say: status.say, onPictures: ([picture]) => showPicture(picture) });
  let shipped = null;
  const sample = button({ label: "Take the course's digits", onClick: () => take(shippedModel) });
  const drop = h("div", { class: "lab-model-drop" },
    h("p", null, "Drop ", h("code", null, "model.json"), " and its ", h("code", null, ".bin"), " files here, their folder, or a zip file of them."),
    toolbar(input.el, sample), h("p", { class: "lab-note" }, "Nothing is sent anywhere: the model is read and runs in this page."));
  const work = h("div", { class: "lab-model-work", hidden: true },
    readouts(...Object.values(outputs)), layersFold,
    h("div", { class: "lab-model-columns" },
      h("div", { class: "lab-model-left" }, toolbar(way), scaling.el, size.el, place),
      h("div", { class: "lab-model-right" }, result.el,
        h("div", { class: "lab-field" }, h("label", { class: "lab-label", for: labelsId }, "Names of the classes, if you like, with commas between"), labelsText))));
  labelsText.addEventListener("change", () => predict());

  // ---- loading
  /** Fetched with the demo, so that the button works without a network too; what failed is fetched again. */
  function shippedModel() {
    shipped ??= fetchShipped().catch((error) => {
      shipped = null;
      throw error;
    });
    return shipped;
  }
  async function fetchShipped() {
    const folder = `models/${SAMPLE}/`;
    const text = await kit.fetchFile(`${folder}model.json`);
    const json = JSON.parse(new TextDecoder().decode(text));
    const weights = new Map();
    for (const path of json.weightsManifest.flatMap(({ paths }) => paths)) weights.set(path, await kit.fetchFile(folder + path));
    const bytes = [...weights.values()].reduce((sum, { byteLength }) => sum + byteLength, text.byteLength);
    return { json, bytes, name: SAMPLE, labels: DIGITS.split(","), read: async (path) => weights.get(path) };
  }
  async function take(source) {
    const mine = (turn += 1);
    status.say("Reading the model…", { now: true });
    try {
      const files = await source();
      const found = await kit.compute(() => opened(files));
      if (!found) return;
      if (gone || mine !== turn) {
        freeModel(found.net);
        return;
      }
      forget();
      loaded = { ...found, files };
      await describe();
    } catch (error) {
      if (gone || mine !== turn) return;
      bad(error instanceof ModelProblem ? error.message : `The model could not be read: ${error.message}`);
    }
  }
  async function opened({ json, read, name }) {
    const bytes = new Map();
    for (const path of json.weightsManifest.flatMap(({ paths }) => paths)) bytes.set(path, await read(path));
    const { registeredVariables } = tf.engine();
    const before = new Set(Object.keys(registeredVariables)), isGraph = json.format === "graph-model";
    // A model that fails half way leaves layers that it had made, and weights that it had read. A graph keeps its weights as
    // plain tensors, so there the scope would free what is needed.
    if (!isGraph) tf.engine().startScope();
    try {
      return await loadFrom(tf, json, async (path) => bytes.get(path));
    } catch (error) {
      for (const [key, variable] of Object.entries(registeredVariables)) if (!before.has(key)) variable.dispose();
      throw loadProblem(json, error, name);
    } finally {
      if (!isGraph) tf.engine().endScope();
    }
  }
  function forget() {
    panel?.stop();
    panel = given = null;
    result.clear();
    if (loaded) freeModel(loaded.net);
    loaded = null;
  }
  async function describe() {
    const { net, files } = loaded;
    const shapeOf = ({ shape }) => `[${(shape ?? []).slice(1).map((n) => (n > 0 ? n : "any")).join(", ")}]`;
    outputs.kind.value = files.json.format === "graph-model" ? "graph" : "layers";
    outputs.bytes.value = bytesText(files.bytes);
    outputs.parameters.value = layersOf(net).reduce((sum, { parameters }) => sum + parameters, 0).toLocaleString("en");
    outputs.stored.value = storedAs(files.json);
    outputs.input.value = net.inputs.map(shapeOf).join(", ");
    outputs.output.value = net.outputs.map((one) => (one.shape ? shapeOf(one) : "not told")).join(", ");
    outputs.time.value = "–";
    layers.update({ net });
    if (files.labels) labelsText.value = files.labels.join(", ");
    else labelsText.value = "";
    work.hidden = false;
    drop.classList.add("lab-model-filled");
    sync.send({ name: files.name, input_shape: openShape().map((n) => n ?? 0), bytes: files.bytes });
    if (net.inputs.length > 1) {
      place.replaceChildren();
      bad(`The model takes ${net.inputs.length} inputs (${net.inputs.map(({ name }) => name).join(", ")}), and this page tries models with one: see its layers.`);
      return;
    }
    const ways = waysOf(openShape());
    way.input.replaceChildren(...ways.map((key) => h("option", { value: key }, WAYS[key])));
    showPanel();
    status.say(`${files.name} is loaded: ${outputs.parameters.value} parameters, ${bytesText(files.bytes)}.`, { tone: "good", now: true });
    await kit.compute(() => warmed());
    kit.meter.update();
  }
  /** The first prediction of a model is slow, and graphs with loops have no such first one. */
  async function warmed() {
    try {
      await warmUp(tf, loaded.net);
    } catch {
      return;
    }
  }
  const openShape = () => (loaded.net.inputs[0].shape ?? [null]).slice(1).map((n) => (n > 0 ? n : null));

  // ---- the input that fits
  function showPanel() {
    panel?.stop();
    given = null;
    const full = openShape(), key = way.value;
    const picture = key !== "numbers", isOpen = picture && full.length === 3 && (full[0] === null || full[1] === null);
    scaling.el.hidden = !picture;
    size.el.hidden = !isOpen;
    const shape = picture ? pictureShape(full, size.value) : full;
    const options = { shape, full: full.map((n, i) => n ?? shape[i]), say: status.say, range: () => RANGES[scaling.value], open: pictures.el,
      onInput: (now) => { given = now; return predict(); } };
    if (key === "drawing") panel = drawingInput(options);
    else if (key === "picture") panel = pictureInput(options);
    else panel = numbersInput({ ...options, integers: loaded.net.inputs[0].dtype === "int32" });
    place.replaceChildren(panel.el);
    if (key === "picture") panel.show("a drawn clock", drawSample("Drawn clock"));
    else panel.give();
  }
  function showPicture({ name, canvas }) {
    if (!loaded) return bad(`${name} is a picture: drop a model first.`);
    if (!panel?.showsPicture) {
      if (![...way.input.options].some(({ value }) => value === "picture")) return bad(`This model takes no pictures, but ${outputs.input.value}.`);
      way.value = "picture";
      showPanel();
    }
    return panel.show(name, canvas);
  }

  // ---- predicting: the newest input counts
  async function predict() {
    waiting = true;
    if (working) return;
    working = true;
    try {
      while (waiting && !gone) {
        waiting = false;
        if (given && loaded) await kit.compute(() => answer(loaded, given));
      }
    } catch (error) {
      if (!gone) bad(runProblem(error).message);
    } finally {
      working = false;
    }
  }
  async function answer({ net }, { numbers, shape, name }) {
    const began = performance.now();
    const before = tf.tidy(() => tf.keep(tf.tensor(numbers, [1, ...shape], net.inputs[0].dtype === "int32" ? "int32" : "float32")));
    let tensors;
    try {
      tensors = [await computed(net, before)].flat();
      const answers = await Promise.all(tensors.map(async (tensor) => ({ values: Float32Array.from(await tensor.data()), shape: tensor.shape.slice(1) })));
      if (gone || loaded?.net !== net) return;
      outputs.time.value = `${number(performance.now() - began, 1)} ms`;
      const sentence = result.show(answers);
      sync.sendArray("output", answers[0].values, answers[0].shape.length ? answers[0].shape : [1]);
      sync.sendArray("input", Float32Array.from(numbers), shape);
      status.say(`${name[0].toUpperCase()}${name.slice(1)}: ${sentence}`);
    } finally {
      tf.dispose([before, tensors ?? []]);
      if (!gone) kit.meter.update();
    }
  }
  /** A graph with loops or branches can be run step by step only. */
  async function computed(net, tensor) {
    try {
      return tf.tidy(() => net.predict(tensor));
    } catch (error) {
      if (!net.executeAsync || !/executeAsync|dynamic/i.test(error.message)) throw error;
      return net.executeAsync(tensor);
    }
  }

  // ---- the page
  kit.main.append(h("div", { class: "lab-model" }, drop, work,
    kit.how({
      text: "model.json holds the layers (or the graph of operations) and a list of weights: name, shape, number type and how they were quantised. The .bin "
        + "files hold the weights one after the other. TensorFlow.js builds the layers, cuts the bytes into tensors, and turns 8 or 16 bits back into 32.",
      chapter: { title: "What a converted model is", href: "book/lab/your-model.html" },
      card: SAMPLE,
    })));
  status.say("Drop a converted model, or take the course's.", { now: true });
  kit.onBackend(async (name, reason) => {
    if (!loaded) return;
    if (reason === "lost") await loaded.restore();
    await predict();
  });
  for (const stop of [sync.stop, input.stop, pictures.stop, result.stop]) kit.scope.add(stop);
  kit.scope.add(() => {
    gone = true;
    forget();
  });
  const digit = valueOr(model, "digit", null);
  if (digit === null) {
    // Here before the demo counts as started; where it does not come, the button says why.
    await shippedModel().catch(() => {});
  } else {
    await take(shippedModel);
    panel?.draw(digitStrokes(digit));
  }
  return () => kit.close();
}

export default { render };
