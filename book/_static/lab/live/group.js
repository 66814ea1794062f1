/**
 * The cells of a page that share variables, and the worker that they run in.
 *
 * The worker starts with the first run and ends with Stop, Restart or the page. Because it is made from a blob, the
 * page's Content-Security-Policy holds in it too.
 * @module lab/live/group
 */

/**
 * @typedef {object} Listener What a cell is told; see worker.js for the messages.
 * @property {string} name
 * @property {() => { code: string, raises: boolean, needs: string, backend: string, checks?: string }} source
 * @property {(message: any) => void} hear
 * @property {(why: "stopped" | "restarted" | "failed", wasRunning: boolean) => void} lose the worker has ended
 */

export class Group {
  /** @type {Listener[]} in the order of the page */
  cells = [];
  #files;
  #worker = null;
  #port = null;
  #runs = 0;
  #open = new Map();

  /** @param {string} files the address of `_static/` */
  constructor(files) {
    this.#files = files;
  }

  /** Does the worker live, and with it the variables? */
  get isAlive() {
    return this.#worker !== null;
  }

  /**
   * Run a cell after those above that it needs.
   * @param {Listener} cell
   * @returns {Promise<any>} the message `ended`, or null when the worker was ended before
   */
  run(cell) {
    this.#start();
    this.#runs += 1;
    const run = this.#runs;
    const above = this.cells.slice(0, this.cells.indexOf(cell)).map((one) => ({ cell: one.name, ...one.source(), checks: undefined }));
    this.#port.postMessage({ kind: "run", run, cell: cell.name, ...cell.source(), above });
    return new Promise((resolve) => this.#open.set(run, { cell, resolve }));
  }

  /** End the worker, whatever it does: its variables and tensors are gone. */
  end(why) {
    if (!this.#worker) return;
    this.#worker.terminate();
    this.#port.close();
    this.#worker = this.#port = null;
    const running = new Set([...this.#open.values()].map(({ cell }) => cell));
    for (const { resolve } of this.#open.values()) resolve(null);
    this.#open.clear();
    for (const cell of this.cells) cell.lose(why, running.has(cell));
  }

  #start() {
    if (this.#worker) return;
    const script = new URL("lab/live/worker.js", this.#files).href;
    const address = URL.createObjectURL(new Blob([`import ${JSON.stringify(script)};`], { type: "text/javascript" }));
    const worker = new Worker(address, { type: "module", name: "live cells" });
    const { port1, port2 } = new MessageChannel();
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#worker === worker) this.end("failed");
    };
    port1.onmessage = ({ data }) => this.#hear(data);
    worker.postMessage(null, [port2]);
    port1.postMessage({ kind: "open", files: this.#files });
    this.#worker = worker;
    this.#port = port1;
  }

  #hear(message) {
    this.cells.find((cell) => cell.name === message.cell)?.hear(message);
    if (message.kind !== "ended" || message.cell !== message.for) return;
    this.#open.get(message.run)?.resolve(message);
    this.#open.delete(message.run);
  }
}
