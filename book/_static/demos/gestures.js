/**
 * The gesture trainer: collect samples of gestures with the camera (or from sample hands), train a head on the
 * backbone's features in the page, look at its mistakes, and play rock-paper-scissors against the computer.
 * Data: `class_names` (2 to 6), `sample_hands` (begin with sample hands in every class),
 * `step` (collect, train, play or keep: the one shown first), `augment` (also learn from changed copies), `hidden` (hidden neurons of the head), `seed`
 * (of the head's first weights, of what is held back and of the computer's dice; dice are thrown anew without one).
 * Sends back `class_names`, `features`, `labels`, `bursts` and `copies` (bytes: see lab/gestures/share.js), `head`,
 * `head_weights`, `accuracy` and `rounds`.
 */
import { barChart } from "../lab/charts/bars.js";
import { choice, h, toggle } from "../lab/dom.js";
import { createClassRows } from "../lab/gestures/class-rows.js";
import { fingerprint } from "../lab/gestures/files.js";
import { createExtractor } from "../lab/gestures/features.js";
import { createGamePanel } from "../lab/gestures/game-panel.js";
import { KEPT_TO_SHOW, loadHands } from "../lab/gestures/hands.js";
import { createKeepPanel } from "../lab/gestures/keep-panel.js";
import { createLooking } from "../lab/gestures/looking.js";
import { moveName, moveOf, EXTENDED } from "../lab/gestures/rules.js";
import { share } from "../lab/gestures/share.js";
import { createTrainer } from "../lab/gestures/trainer.js";
import { createTrainingPanel } from "../lab/gestures/training-panel.js";
import { createView } from "../lab/gestures/view.js";
import { withKit } from "../lab/kit.js";
import { seededUniform } from "../lab/random.js";
import { valueOr } from "../lab/sync.js";
import { prefersReducedMotion } from "../lab/theme.js";

const NAMES = ["Rock", "Paper", "Scissors"];
const BACKBONE = "backbone";

function render({ model, el }) {
  return withKit({ model, el, backends: ["wasm", "webgl", "cpu"], styles: "gestures" }, fill);
}

async function fill(kit, model) {
  const { scope, status } = kit;
  status.say("Loading the backbone…", { now: true });
  const [backbone, card, hands] = await Promise.all([kit.loadModel(BACKBONE), readCard(kit), loadHands(model)]);
  const hash = fingerprint(backbone);
  const extractor = createExtractor(kit.tf, backbone, card.input.range);
  await extractor.of([blank(extractor.size)]);
  const about = { name: BACKBONE, hash, length: extractor.length, range: card.input.range };
  const trainer = createTrainer({ length: extractor.length, names: [...valueOr(model, "class_names", NAMES)] });
  const seed = Number.isInteger(model.get("seed")) ? model.get("seed") : null;

  const view = createView({ status, scope, onChange: seesAnother });
  const augment = toggle({ label: "Learn from changed copies too", value: valueOr(model, "augment", false), onInput: sayCopies });
  const copiesNote = h("p", { class: "lab-note" });
  const rows = createClassRows({ trainer, status, onHold: hold, onRelease: release, onSampleHands: addHands,
    handsFor: (name) => hands.toCollect(name).length });
  const bars = barChart({ title: "What the head says", labels: trainer.names, max: 1, names: ["gesture", "share"],
    format: (share) => `${Math.round(100 * share)} %` });
  const looksNote = h("p", { class: "lab-note lab-gestures-looks" });
  let looks = 0;
  const training = createTrainingPanel({ kit, trainer, scope, seed: seed ?? 1, hidden: valueOr(model, "hidden", 0),
    onBusy: (busy) => { looking.paused = busy; }, onTrained: () => { looking.again(); sharing.now(); } });
  const game = createGamePanel({ trainer, view, scope, dice: seed === null ? Math.random : seededUniform(seed),
    calm: prefersReducedMotion(), handOf: (move) => hands.toShow(move)[0], onRound: () => sharing.soon() });
  const keep = createKeepPanel({ kit, trainer, backbone, about, scope,
    onOpened: () => { training.opened(); looking.again(); sharing.now(); } });
  const looking = createLooking({ kit, view, trainer, extractor, augmenting: () => augment.value,
    onSample(sample, frame) { rows.picture(sample, frame); trainer.tell("samples"); },
    onPrediction(values, milliseconds) { sees(values, milliseconds); game.see(values); },
    onFull: () => status.say("That is as much as this page keeps: delete samples, or train.", { tone: "bad", now: true }) });
  const sharing = share({ model, trainer, game, training, scope });

  function seesAnother() {
    // A button that is still held means what was seen before.
    looking.stop();
    looking.again();
    game.lookAway();
    if (!view.kind) sees(null);
  }
  function sees(shares, milliseconds) {
    bars.el.hidden = looksNote.hidden = !shares;
    if (!shares) return;
    bars.update({ labels: trainer.names, values: shares });
    looks += 1;
    looksNote.textContent = `Look ${looks}, ${Math.round(milliseconds)} ms.`;
  }
  function hold(label) {
    if (!view.kind) {
      status.say("There is nothing to collect yet: start the camera, or add sample hands.", { tone: "bad", now: true });
      return;
    }
    looking.collect(label);
    status.say(`Collecting ${trainer.names[label]}. Move your hand a little; let go to stop.`, { now: true });
  }
  function release() {
    looking.stop();
    sharing.soon();
    status.say(`${trainer.names.map((name, i) => `${name} ${trainer.samples.counts[i]}`).join(", ")}.`, { now: true });
  }
  async function addHands(label) {
    const name = trainer.names[label];
    status.say(`Looking at sample hands of ${name}…`, { now: true });
    await looking.takeAll(label, hands.toCollect(name));
    sharing.soon();
    status.say(`${hands.toCollect(name).length} sample hands added to ${name}. ${KEPT_TO_SHOW} others stay unseen, to be recognised.`,
      { tone: "good", now: true });
  }
  function sayCopies() {
    copiesNote.textContent = augment.value
      ? `Each frame is looked at ${1 + looking.copies} times: as it is, mirrored, and cropped; each copy a little brighter or darker. `
        + `100 frames make ${100 * (1 + looking.copies)} vectors. Copies are never held back: the head is judged on real frames.`
      : "Each frame becomes one vector.";
  }

  // Each press shows another of the hands kept for this, so that a gesture can be shown many ways.
  const shown = new Map();
  const showHand = (move) => {
    const next = ((shown.get(move) ?? -1) + 1) % KEPT_TO_SHOW;
    shown.set(move, next);
    view.show(hands.toShow(move)[next], `${moveName(move)}, sample hand ${next + 1} of ${KEPT_TO_SHOW}`);
  };
  const strip = kit.samples({ label: "No camera? Show a sample hand", items: EXTENDED.map((move) =>
    ({ name: moveName(move), picture: hands.toShow(move)[0], pick: () => showHand(move) })) });

  const panels = { collect: h("div", { class: "lab-stack" }, rows.el, augment.el, copiesNote), train: training.el, play: game.el, keep: keep.el };
  const steps = choice({ label: "Step", value: valueOr(model, "step", "collect"), onInput: showStep,
    options: [["collect", "1 Collect"], ["train", "2 Train"], ["play", "3 Play"], ["keep", "4 Keep"]] });
  function showStep(step) {
    for (const [name, panel] of Object.entries(panels)) panel.hidden = name !== step;
  }
  showStep(steps.value);

  kit.main.append(h("div", { class: "lab-gestures" },
    h("div", { class: "lab-gestures-view lab-stack" }, view.el, bars.el, looksNote),
    h("div", { class: "lab-gestures-panel lab-stack" }, steps.el, ...Object.values(panels)),
    h("div", { class: "lab-gestures-hands" }, strip)),
  kit.how({ nodes: how(extractor, about), chapter: { title: "The gesture trainer", href: "book/lab/gestures.html" }, card: BACKBONE }));
  sayCopies();
  sees(null);
  trainer.on("head", () => { if (!trainer.head) sees(null); });
  kit.onBackend(async (name, reason) => {
    looking.forget();
    await training.backendChanged(reason);
  });
  scope.add(() => {
    looking.close();
    rows.dispose();
  });
  if (model.get("sample_hands")) for (const label of trainer.names.keys()) await addHands(label);
  else status.say("Start the camera, or add sample hands; then hold the button of a class to collect samples of it.", { now: true });
  return () => kit.close();
}

async function readCard(kit) {
  return JSON.parse(new TextDecoder().decode(await kit.fetchFile(`models/${BACKBONE}/card.json`)));
}

function blank(size) {
  return Object.assign(document.createElement("canvas"), { width: size, height: size });
}

function how({ size, length }, { hash }) {
  return [
    h("ol", { class: "lab-gestures-steps" },
      h("li", null, `The middle square of a frame is drawn ${size} × ${size} pixels small: ${size} × ${size} × 3 numbers.`),
      h("li", null, `The backbone, a convolutional network trained before on other hands, turns them into ${length} numbers: the features. The frame is let go.`),
      h("li", null, `The head is one neuron a class: ${length} weights and a bias each, and softmax over them. Only the head is trained here.`),
      h("li", null, "One press of a button is one burst. Whole bursts are held back to judge the head, because neighbouring frames are nearly the same.")),
    h("p", null, `Nothing is sent anywhere. This backbone's fingerprint is ${hash}; files made with another are refused, since their features mean something else.`)];
}

export default { render };
