/**
 * Where a run's output goes before it is sent to the page: bounded, in batches, and never so fast that the page
 * could not follow. Of too many lines the first and the last are sent, and how many were left out between.
 * @module lab/live/sink
 */

const MOST_ITEMS = 300;
const MOST_CHARACTERS = 200000;
const MOST_LAST = 50;
// Of what is heavy to draw, or says the same again, fewer: what is too much of it is left out for good.
const MOST_OF_A_KIND = { image: 60, chart: 30, html: 60, table: 60, note: 20, error: 20 };
const EVERY_MILLISECONDS = 40;

export class Sink {
  #send;
  #waiting = [];
  #updates = new Map();
  #last = [];
  #items = 0;
  #characters = 0;
  #kinds = {};
  #dropped = 0;
  #sent = 0;
  #timer = 0;

  /** @param {(items: any[], dropped: number) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** Something to show; what has an id replaces what had the same id before. @param {any} item */
  add(item) {
    if (item.id !== undefined && this.#updates.has(item.id)) {
      this.#updates.set(item.id, item);
    } else if (this.#kinds[item.kind] >= (MOST_OF_A_KIND[item.kind] ?? Infinity)) {
      this.#dropped += 1;
    } else if (this.#isFull(item)) {
      this.#last.push(item);
      if (this.#last.length > MOST_LAST) {
        this.#last.shift();
        this.#dropped += 1;
      }
    } else {
      this.#items += 1;
      this.#characters += item.text?.length ?? 0;
      this.#kinds[item.kind] = (this.#kinds[item.kind] ?? 0) + 1;
      if (item.id === undefined) this.#waiting.push(item);
      else {
        this.#waiting.push({ kind: "place", id: item.id });
        this.#updates.set(item.id, item);
      }
    }
    if (performance.now() - this.#sent > EVERY_MILLISECONDS) this.#flush();
    else this.#timer ||= setTimeout(() => this.#flush(), EVERY_MILLISECONDS);
  }

  /** Send what waits, the last lines too. */
  close() {
    this.#waiting.push(...(this.#dropped ? [{ kind: "dropped", count: this.#dropped }] : []), ...this.#last);
    this.#last = [];
    this.#dropped = 0;
    this.#flush();
  }

  #isFull(item) {
    // An error and the advice on it come through, however much was printed before.
    if (item.kind === "error" || item.kind === "note") return false;
    return this.#items >= MOST_ITEMS || this.#characters >= MOST_CHARACTERS;
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#sent = performance.now();
    const updates = [...this.#updates.values()].filter((item) => item.isNew !== false);
    const items = this.#waiting.map((item) => (item.kind === "place" ? this.#updates.get(item.id) : item));
    items.push(...updates.filter((item) => !items.includes(item)));
    for (const item of updates) this.#updates.set(item.id, { ...item, isNew: false });
    this.#waiting = [];
    this.#send(items, this.#dropped);
  }
}
