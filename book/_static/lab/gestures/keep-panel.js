/**
 * Save the project, open one, export the model for TensorFlow.js; and how much of the reader's memory all this takes.
 * @module lab/gestures/keep-panel
 */
import { button, h, number, toolbar } from "../dom.js";
import { bytesText } from "../memory.js";
import { FileProblem, packModel, packProject, unpack } from "./files.js";

const ZIP = "application/zip";
/** A layer of 7 × 7 × 1,024 is what courses often cut a pretrained network at. */
const WIDE_LAYER = 7 * 7 * 1024;
const FULL_SET = 5 * 200;

/**
 * @param {{ kit: any, trainer: any, backbone: any, about: any, scope: any, onOpened: (kind: string) => void }} options
 *   `about` describes the backbone: name, hash, length and range
 */
export function createKeepPanel({ kit, trainer, backbone, about, scope, onOpened }) {
  const { status } = kit;
  const saveButton = button({ label: "Save the project", onClick: save });
  const openButton = button({ label: "Open a file", onClick: () => input.click() });
  const exportButton = button({ label: "Export the model", onClick: exportModel });
  const input = h("input", { type: "file", accept: ".zip,application/zip", class: "lab-unseen", tabindex: -1,
    "aria-label": "A project or model saved here" });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = "";
    if (file) await open(file);
  });
  const sum = h("p", { class: "lab-gestures-sum" });
  const el = h("div", { class: "lab-stack" }, toolbar(saveButton, openButton, exportButton), input,
    h("p", { class: "lab-note" }, "A project holds names, feature vectors and the head, and no picture. The model holds backbone and head "
      + "in one; unpack it and load model.json with tf.loadLayersModel."),
    h("details", { class: "lab-how" }, h("summary", null, "What is kept, in bytes"), h("div", { class: "lab-how-text" }, sum)));
  const addresses = new Set();
  let gone = false;

  function download(bytes, fileName) {
    const address = URL.createObjectURL(new Blob([bytes], { type: ZIP }));
    addresses.add(address);
    h("a", { href: address, download: fileName }).click();
    status.say(`${fileName} (${bytesText(bytes.length)}) is among your downloads.`, { tone: "good", now: true });
  }
  function save() {
    const { samples } = trainer;
    download(packProject({ names: samples.names, samples: samples.all, head: trainer.head, backbone: identity() }), "gestures-project.zip");
  }
  const identity = () => ({ name: about.name, hash: about.hash, length: about.length });

  async function exportModel() {
    exportButton.disabled = true;
    try {
      const shipped = await shippedFiles();
      const zip = await packModel(kit.tf, { backbone, about: { ...identity(), range: about.range }, head: trainer.head, names: trainer.names, shipped });
      if (!gone) download(zip, "gestures-model.zip");
    } catch (error) {
      status.say(`The model could not be exported: ${error.message}`, { tone: "bad", now: true });
    } finally {
      refresh();
    }
  }
  /** The backbone's own files, whose weights are smaller than they are in memory. */
  async function shippedFiles() {
    const folder = `models/${about.name}`;
    const json = JSON.parse(new TextDecoder().decode(await kit.fetchFile(`${folder}/model.json`)));
    const paths = json.weightsManifest.flatMap((group) => group.paths);
    const contents = await Promise.all(paths.map((path) => kit.fetchFile(`${folder}/${path}`)));
    return { manifest: json.weightsManifest, files: Object.fromEntries(paths.map((path, i) => [path, contents[i]])) };
  }
  async function open(file) {
    try {
      const { kind, names, samples, head } = await unpack(await file.arrayBuffer(), about);
      if (gone) return;
      trainer.samples.replace(names, samples);
      trainer.classesChanged();
      trainer.head = head;
      onOpened(kind);
      status.say(kind === "project" ? `Project opened: ${samples.length} samples of ${names.join(", ")}${head ? ", with a trained head" : ""}.`
        : `Model opened: it tells apart ${names.join(", ")}. It has no samples; collect some to train it further.`, { tone: "good", now: true });
    } catch (problem) {
      if (!(problem instanceof FileProblem)) throw problem;
      status.say(problem.message, { tone: "bad", now: true });
    }
  }

  function refresh() {
    const { samples } = trainer;
    saveButton.disabled = !samples.all.length && !trainer.head;
    exportButton.disabled = !trainer.head;
    const vectors = samples.vectors, rows = samples.all.length;
    const times = (...factors) => `${factors.map((factor) => number(factor, 0)).join(" × ")} bytes = ${bytesText(factors.reduce((a, b) => a * b, 1))}`;
    sum.replaceChildren(
      `A sample here is ${number(about.length, 0)} numbers of 4 bytes. ${vectors === rows ? `${rows} samples` : `${rows} samples with their changed copies are ${vectors} vectors`}: `,
      h("strong", null, times(vectors, about.length, 4)), ". ",
      `Where a network is cut at a layer of 7 × 7 × 1,024 = ${number(WIDE_LAYER, 0)} numbers, 5 classes of 200 samples take ${times(FULL_SET, WIDE_LAYER, 4)} of tensors, enough to crash the tab of a phone. `,
      `The same samples take ${times(FULL_SET, about.length, 4)} here, and they lie in plain arrays: TensorFlow.js gets one batch of them at a time while it trains.`);
  }

  for (const change of ["samples", "classes", "head"]) trainer.on(change, refresh);
  refresh();
  scope.add(() => {
    gone = true;
    for (const address of addresses) URL.revokeObjectURL(address);
  });
  return { el };
}
