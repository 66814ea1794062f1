/**
 * What the trainer looks at: the reader's camera, or a still picture for those who have none.
 * @module lab/gestures/view
 */
import { CameraProblem, openCamera, squareOf } from "../camera.js";
import { button, h, toggle, toolbar } from "../dom.js";

const STOPPED = {
  hidden: "The camera was switched off because the page was hidden. Start it again when you are ready.",
  unplugged: "The camera is gone: connect it and start it again.",
  stopped: "The camera is off.",
};

/**
 * @typedef {object} View
 * @property {HTMLElement} el
 * @property {"camera" | "picture" | null} kind of what is seen now
 * @property {(size: number, canvas?: HTMLCanvasElement) => HTMLCanvasElement} frame what is seen now, as the reader sees it
 * @property {(picture: HTMLCanvasElement, name: string) => void} show a still picture
 * @property {() => void} stop
 */

/**
 * @param {{ status: any, scope: any, onChange: () => void }} options `onChange`: another thing is seen
 * @returns {View}
 */
export function createView({ status, scope, onChange }) {
  const leaving = new AbortController();
  /** @type {import("../camera.js").Camera | null} */
  let camera = null;
  /** @type {HTMLCanvasElement | null} */
  let picture = null;
  let opening = false;
  const screen = h("div", { class: "lab-gestures-screen" });
  const empty = h("p", { class: "lab-gestures-empty" }, "No picture yet: start the camera, or choose a sample hand.");
  const startButton = button({ label: "Start camera", icon: "play", primary: true, onClick: () => (camera ? camera.stop() : start()) });
  const switchButton = button({ label: "Other camera", title: "Front or back camera", onClick: () => turn() });
  const mirror = toggle({ label: "Mirror", value: true, onInput: () => { showMirror(); onChange(); } });
  switchButton.el.hidden = true;
  screen.append(empty);
  const el = h("div", { class: "lab-stack" }, screen, toolbar(startButton, switchButton, mirror));

  async function start(facing = "user") {
    if (opening) return;
    opening = true;
    startButton.disabled = switchButton.disabled = true;
    status.say("Waiting for the camera. Its pictures stay on this page.", { now: true });
    try {
      const opened = await openCamera({ facing, signal: leaving.signal, onStop: stopped });
      camera = opened;
      mirror.value = opened.facing === "user";
      put(opened.video);
      startButton.label = "Stop camera";
      startButton.icon = "stop";
      switchButton.el.hidden = opened.cameras < 2;
      status.say("The camera is on. Hold the button of a class to collect samples of it.", { tone: "good", now: true });
    } catch (problem) {
      if (!(problem instanceof CameraProblem)) throw problem;
      if (problem.kind !== "cancelled") status.say(problem.message, { tone: "bad", now: true });
    } finally {
      opening = false;
      startButton.disabled = switchButton.disabled = false;
    }
  }
  function stopped(reason) {
    camera = null;
    startButton.label = "Start camera";
    startButton.icon = "play";
    switchButton.el.hidden = true;
    put(picture);
    if (!leaving.signal.aborted) status.say(STOPPED[reason], { tone: reason === "unplugged" ? "bad" : "info", now: true });
  }
  async function turn() {
    const facing = camera?.facing === "user" ? "environment" : "user";
    camera?.stop();
    await start(facing);
  }
  function put(element) {
    screen.replaceChildren(element ?? empty);
    showMirror();
    onChange();
  }
  function showMirror() {
    screen.dataset.mirror = String(Boolean(camera) && mirror.value);
  }

  scope.add(() => leaving.abort());
  return {
    el,
    get kind() { return camera ? "camera" : picture ? "picture" : null; },
    frame: (size, canvas) => (camera ? camera.frame({ size, mirror: mirror.value, canvas }) : squareOf(picture, { size, canvas })),
    show(canvas, name) {
      picture = squareOf(canvas);
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", name);
      if (camera) camera.stop();
      else put(picture);
    },
    stop() { camera?.stop(); },
  };
}
