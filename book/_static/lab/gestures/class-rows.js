/**
 * The classes: a name, a button to hold, a count and the last few samples for each.
 * @module lab/gestures/class-rows
 */
import { button, h, toolbar } from "../dom.js";
import { squareOf } from "../camera.js";
import { EXTENDED } from "./rules.js";
import { freeName, LEAST_CLASSES, LONGEST_NAME, MOST_CLASSES, sameName } from "./samples.js";

/** Of the six classes, in their order. */
const COLOURS = ["blue", "orange", "green", "purple", "red", "grey"];
const MOST_THUMBNAILS = 6, THUMBNAIL = 44;

/**
 * @param {{ trainer: any, status: any, onHold: (label: number) => void, onRelease: () => void,
 *           onSampleHands?: (label: number) => void, handsFor: (name: string) => number }} options `onHold` and
 *   `onRelease`: the button of a class is held; `handsFor`: how many sample hands there are for a name
 */
export function createClassRows({ trainer, status, onHold, onRelease, onSampleHands, handsFor }) {
  const { samples } = trainer;
  /** The last few samples of each class by their ids, with pictures. They are nowhere else. */
  const thumbnails = new Map();
  const list = h("ul", { class: "lab-gestures-classes" });
  const addButton = button({ label: "Add a class", icon: "add", onClick: () => add([freeName(samples.names)]) });
  const extendButton = button({ label: "Add lizard and Spock", icon: "add",
    onClick: () => add(missing().map((move) => move[0].toUpperCase() + move.slice(1))) });
  const el = h("div", { class: "lab-stack" }, list, toolbar(addButton, extendButton));
  let rows = [], held = null;

  const missing = () => EXTENDED.filter((move) => !samples.names.some((name) => sameName(name, move)));

  function add(names) {
    for (const name of names) samples.addClass(name);
    trainer.classesChanged();
    rows[rows.length - 1].input.focus();
    status.say(`${names.join(" and ")} added. ${samples.names.length} classes now.`, { now: true });
  }
  function remove(label) {
    const [name] = samples.names.slice(label);
    for (const sample of samples.all) if (sample.label === label) thumbnails.delete(sample.id);
    samples.removeClass(label);
    trainer.classesChanged();
    rows[Math.min(label, rows.length - 1)].input.focus();
    status.say(`${name} and its samples removed.`, { now: true });
  }
  function rename(label, input) {
    const name = input.value.trim().slice(0, LONGEST_NAME);
    if (!name || samples.names.some((other, i) => i !== label && sameName(other, name))) {
      status.say(name ? `There is a class ${name} already: give this one another name.` : "A class needs a name.",
        { tone: "bad", now: true });
      input.value = samples.names[label];
      return;
    }
    samples.rename(label, name);
    trainer.tell("classes");
  }

  function createRow(label) {
    const name = () => samples.names[label];
    const input = h("input", { type: "text", class: "lab-number-input lab-gestures-name", maxlength: LONGEST_NAME, value: name(),
      autocomplete: "off", spellcheck: "false", "aria-label": `Name of class ${label + 1}` });
    input.addEventListener("change", () => rename(label, input));
    const count = h("span", { class: "lab-gestures-count" });
    const hold = button({ label: "Hold to collect", onClick: () => {} });
    holdable(hold.el, label);
    const hands = button({ label: "", onClick: () => onSampleHands?.(label) });
    const clear = button({ label: "Empty", title: "Delete all samples of this class", onClick: () => {
      for (const sample of samples.all) if (sample.label === label) thumbnails.delete(sample.id);
      samples.clear(label);
      trainer.tell("samples");
      status.say(`All samples of ${name()} deleted.`, { now: true });
      hold.el.focus();
    } });
    const removeButton = button({ label: "Remove", onClick: () => remove(label) });
    const strip = h("div", { class: "lab-gestures-strip", role: "group" });
    const row = h("li", { class: "lab-gestures-class", style: { "--lab-accent": `var(--lab-${COLOURS[label]})` } },
      h("span", { class: "lab-swatch", "aria-hidden": "true" }), input, count,
      h("div", { class: "lab-gestures-buttons" }, hold.el, hands.el, clear.el, removeButton.el), strip);
    return {
      row, input,
      refresh() {
        const own = samples.counts[label], offered = handsFor(name());
        input.value = name();
        count.textContent = `${own} ${own === 1 ? "sample" : "samples"}`;
        hold.el.setAttribute("aria-label", `Hold to collect ${name()}`);
        hands.el.hidden = !offered;
        hands.label = `Add ${offered} hands`;
        hands.el.setAttribute("aria-label", `Add ${offered} hands to ${name()}`);
        clear.disabled = !own;
        clear.el.setAttribute("aria-label", `Empty ${name()}`);
        removeButton.disabled = samples.names.length <= LEAST_CLASSES;
        removeButton.el.setAttribute("aria-label", `Remove ${name()}`);
        strip.setAttribute("aria-label", `Last samples of ${name()}: press one to delete it`);
        drawStrip(strip, label, name());
      },
    };
  }

  function drawStrip(strip, label, name) {
    const shown = samples.all.filter((sample) => sample.label === label && thumbnails.has(sample.id)).slice(-MOST_THUMBNAILS);
    const kept = new Set(shown.map(({ id }) => String(id)));
    for (const old of [...strip.children]) if (!kept.has(old.dataset.sample)) old.remove();
    for (const { id } of shown) {
      if ([...strip.children].some((child) => child.dataset.sample === String(id))) continue;
      strip.append(h("button", { type: "button", class: "lab-gestures-thumbnail", dataset: { sample: String(id) },
        "aria-label": `Delete this sample of ${name}`, title: "Delete this sample", onClick: () => {
          samples.remove(id);
          thumbnails.delete(id);
          trainer.tell("samples");
          (strip.lastElementChild ?? rows[label].input).focus();
        } }, thumbnails.get(id)));
    }
  }

  /** Held by mouse, finger, pen, or the keys Space and Enter. */
  function holdable(element, label) {
    const press = () => {
      if (held !== null) return;
      held = label;
      element.setAttribute("aria-pressed", "true");
      onHold(label);
    };
    const letGo = () => {
      if (held !== label) return;
      held = null;
      element.setAttribute("aria-pressed", "false");
      onRelease();
    };
    element.setAttribute("aria-pressed", "false");
    element.classList.add("lab-gestures-hold");
    element.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      element.setPointerCapture(event.pointerId);
      press();
    });
    for (const type of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) element.addEventListener(type, letGo);
    // A long press would open the menu of a phone.
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) press();
    });
    element.addEventListener("keyup", (event) => { if (event.key === " " || event.key === "Enter") letGo(); });
  }

  function rebuild() {
    rows = samples.names.map((_, label) => createRow(label));
    list.replaceChildren(...rows.map(({ row }) => row));
    refresh();
  }
  function refresh() {
    if (rows.length !== samples.names.length) {
      rebuild();
      return;
    }
    for (const row of rows) row.refresh();
    addButton.disabled = samples.names.length >= MOST_CLASSES;
    const wanted = missing().length;
    extendButton.el.hidden = !wanted || wanted > 2 || samples.names.length + wanted > MOST_CLASSES;
  }
  trainer.on("classes", refresh);
  trainer.on("samples", refresh);
  rebuild();

  return {
    el,
    /** Keep a tiny picture of a sample's frame; the oldest of its class is dropped. */
    picture(sample, frame) {
      thumbnails.set(sample.id, squareOf(frame, { size: THUMBNAIL }));
      const own = samples.all.filter(({ id, label }) => label === sample.label && thumbnails.has(id));
      for (const { id } of own.slice(0, -MOST_THUMBNAILS)) thumbnails.delete(id);
    },
    dispose() {
      thumbnails.clear();
      list.replaceChildren();
    },
  };
}
