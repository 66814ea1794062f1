/**
 * The reader's camera: asked for only when called, and let go when the page is hidden or left.
 * Frames stay in the page: nothing here sends them anywhere.
 * @module lab/camera
 */

const SENTENCES = {
  insecure: "Browsers give the camera only to pages with an https address (or on localhost): open this page by its https address.",
  unsupported: "This browser offers pages no camera: use another browser, or the sample pictures.",
  denied: "The camera was not allowed: allow it for this page beside the address bar, then start the camera again.",
  absent: "No camera was found: connect one and start it again, or use the sample pictures.",
  busy: "The camera is in use by another program: close that program, then start the camera again.",
  cancelled: "The camera was not started.",
};

/** Why there is no camera: `kind` is one of insecure, unsupported, denied, absent, busy and cancelled. */
export class CameraProblem extends Error {
  /** @param {keyof typeof SENTENCES} kind */
  constructor(kind) {
    super(SENTENCES[kind]);
    this.name = "CameraProblem";
    this.kind = kind;
  }
}

/** What `getUserMedia` throws, by the names in the W3C's "Media Capture and Streams". */
const KINDS = {
  NotAllowedError: "denied", SecurityError: "denied", PermissionDeniedError: "denied",
  NotFoundError: "absent", DevicesNotFoundError: "absent", OverconstrainedError: "absent",
  NotReadableError: "busy", TrackStartError: "busy", AbortError: "busy",
};

/**
 * @typedef {object} Camera
 * @property {HTMLVideoElement} video playing, muted; put it into the page
 * @property {"user" | "environment"} facing which way it looks, as far as it says
 * @property {number} cameras how many this device has
 * @property {boolean} running
 * @property {(options?: {size?: number, mirror?: boolean, canvas?: HTMLCanvasElement}) => HTMLCanvasElement} frame
 *   the middle square of the present frame on a canvas, `size` pixels wide (its own width when left out)
 * @property {() => void} stop
 */

/**
 * Start the camera. Call it in the handler of a click, so that the browser's question answers something.
 * @param {object} [options]
 * @param {"user" | "environment"} [options.facing] towards the reader, or away
 * @param {number} [options.size] the least width and height worth having, in pixels
 * @param {(reason: "hidden" | "unplugged" | "stopped") => void} [options.onStop]
 * @param {AbortSignal} [options.signal] the demo has left: a camera that comes later is let go at once
 * @returns {Promise<Camera>}
 * @throws {CameraProblem}
 */
export async function openCamera({ facing = "user", size = 240, onStop, signal } = {}) {
  const devices = navigator.mediaDevices;
  if (!devices?.getUserMedia) throw new CameraProblem(globalThis.isSecureContext ? "unsupported" : "insecure");
  const stream = await ask(devices, { video: { facingMode: facing, width: { ideal: 2 * size }, height: { ideal: size } } });
  const letGo = () => { for (const track of stream.getTracks()) track.stop(); };
  if (signal?.aborted) {
    letGo();
    throw new CameraProblem("cancelled");
  }
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
  video.setAttribute("playsinline", "");
  let running = true, opened = false;
  const undo = new AbortController();

  function stop(reason = "stopped") {
    if (!running) return;
    running = false;
    undo.abort();
    letGo();
    video.srcObject = null;
    if (opened) onStop?.(reason);
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop("hidden"); }, { signal: undo.signal });
  addEventListener("pagehide", () => stop("hidden"), { signal: undo.signal });
  signal?.addEventListener("abort", () => stop(), { signal: undo.signal });
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", () => stop("unplugged"), { signal: undo.signal });

  try {
    await firstFrame(video, undo.signal);
  } catch (problem) {
    stop();
    throw problem;
  }
  const known = await devices.enumerateDevices();
  if (!running) throw new CameraProblem("cancelled");
  opened = true;
  return {
    video,
    facing: track.getSettings().facingMode === "environment" ? "environment" : "user",
    cameras: known.filter(({ kind }) => kind === "videoinput").length,
    get running() { return running; },
    frame: (settings) => squareOf(video, settings),
    stop: () => stop(),
  };
}

async function ask(devices, constraints) {
  try {
    return await devices.getUserMedia(constraints);
  } catch (error) {
    throw new CameraProblem(KINDS[error.name] ?? "absent");
  }
}

/** Plays the video and waits until it has a picture. A camera that never gives one is held by somebody else. */
function firstFrame(video, stopped) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new CameraProblem("busy")), 15000);
    const settle = (then, value) => { clearTimeout(timer); then(value); };
    stopped.addEventListener("abort", () => settle(reject, new CameraProblem("cancelled")), { once: true });
    video.addEventListener("loadeddata", () => settle(resolve), { once: true });
    video.play().catch((error) => {
      if (error.name !== "AbortError") settle(reject, new CameraProblem(KINDS[error.name] ?? "busy"));
    });
  });
}

/**
 * The middle square of a video, picture or canvas.
 * @param {HTMLVideoElement | HTMLImageElement | HTMLCanvasElement} source
 * @param {{ size?: number, mirror?: boolean, canvas?: HTMLCanvasElement }} [options] `canvas` is drawn upon again
 * @returns {HTMLCanvasElement}
 */
export function squareOf(source, { size, mirror = false, canvas = document.createElement("canvas") } = {}) {
  const width = source.videoWidth || source.naturalWidth || source.width;
  const height = source.videoHeight || source.naturalHeight || source.height;
  const side = Math.min(width, height);
  const edge = size ?? side;
  if (canvas.width !== edge || canvas.height !== edge) Object.assign(canvas, { width: edge, height: edge });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? edge : 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, edge, edge);
  return canvas;
}
