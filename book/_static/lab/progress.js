/**
 * What the reader has done, kept in this browser and nowhere else: answers to quizzes, work on exercises, cells run.
 *
 * Where the browser keeps nothing (storage denied or full), everything works until the page is left, and
 * {@link trouble} has the sentence that says so. What cannot be read is set aside, never an error. Two tabs share
 * one store: each change begins from what is stored now.
 * @module lab/progress
 */

/**
 * @typedef {"quiz" | "exercise" | "cell"} Kind
 * @typedef {object} Entry
 * @property {string} page   such as "book/week1/one-neuron"
 * @property {Kind} kind
 * @property {string} id     unique among those of its kind on the page
 * @property {string} title
 * @property {string} [week] such as "week1", where it is not the page's own
 * @property {number} done   questions answered rightly, checks passed, cells run
 * @property {number} total
 * @property {any} [state]   the work itself, as JSON: answers, code
 * @property {number} when   milliseconds since 1970
 *
 * @typedef {{ added: number, kept: number, left: number, undo: () => void }} Imported
 */

export const KEY = "course:progress:1";
const MADE_BY = "course-progress";
const VERSION = 1;
const LARGEST_FILE = 5_000_000;
const KINDS = ["quiz", "exercise", "cell"];

const DENIED = "This browser keeps nothing for this site, so your progress lasts until you leave the page. Export it, or allow the site to store data.";
const FULL = "The browser's storage for this site is full, so what you do now lasts until you leave the page. Export your progress to a file.";
const DAMAGED = "What was stored of your progress could not be read. It was set aside, and counting begins anew; import an exported file if you have one.";

/** A file that is no file of progress; its message is a sentence for the reader. */
export class NotProgress extends Error {}

/**
 * The name by which an entry is kept.
 * @param {{ page: string, kind: string, id: string }} entry
 */
export const keyOf = ({ page, kind, id }) => `${page}#${kind}-${id}`;

/** The browser's storage, or null where it may not be used. */
function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/**
 * A store over `storage` (anything with `getItem`, `setItem` and `removeItem`, or null for memory alone).
 * @param {Pick<Storage, "getItem" | "setItem" | "removeItem"> | null} [storage]
 */
export function createStore(storage = browserStorage()) {
  /** @type {Map<string, Entry>} */
  let entries = new Map();
  let problem = "";
  let saved = true;
  /** @type {Set<() => void>} */
  const listeners = new Set();

  function load() {
    let text = null;
    try {
      if (!storage) throw new Error(DENIED);
      text = storage.getItem(KEY);
    } catch {
      problem = DENIED;
      return;
    }
    if (!saved) return;
    try {
      entries = text === null ? new Map() : parse(text, "The store").entries;
    } catch {
      setAside(/** @type {string} */ (text));
    }
  }

  /** @param {string} text what stands in the storage and cannot be read */
  function setAside(text) {
    entries = new Map();
    problem = DAMAGED;
    try {
      storage?.setItem(`${KEY}:damaged`, text);
      storage?.removeItem(KEY);
    } catch {
      problem = FULL;
    }
  }

  function save() {
    try {
      if (!storage) throw new Error(DENIED);
      if (entries.size) storage.setItem(KEY, write(entries));
      else storage.removeItem(KEY);
      saved = true;
      if (problem === FULL) problem = "";
    } catch (error) {
      saved = false;
      problem = /** @type {any} */ (error)?.name === "QuotaExceededError" ? FULL : DENIED;
    }
    tell();
  }

  function tell() {
    for (const listener of [...listeners]) listener();
  }

  /**
   * Change some entries, and return how to take that back; what was changed again since then stays as it is.
   * @param {Array<[key: string, after: Entry | undefined]>} changes
   */
  function apply(changes) {
    const steps = changes.map(([key, after]) => ({ key, after, before: entries.get(key) }));
    const put = (key, entry) => (entry ? entries.set(key, entry) : entries.delete(key));
    for (const { key, after } of steps) put(key, after);
    save();
    return () => {
      load();
      for (const { key, before, after } of steps) {
        const now = entries.get(key);
        if (JSON.stringify(now) === JSON.stringify(after)) put(key, before);
        else if (now && before) put(key, better(now, before));
      }
      save();
    };
  }

  /** @param {Omit<Entry, "when">} entry */
  function keep(entry) {
    const whole = clean({ ...entry, when: Date.now() });
    if (!whole) throw new TypeError(`This is no entry of progress: ${JSON.stringify(entry)}`);
    apply([[keyOf(whole), whole]]);
  }

  load();
  globalThis.addEventListener?.("storage", (event) => {
    if (event.key !== KEY && event.key !== null) return;
    load();
    tell();
  });
  // a page that comes back from the browser's memory has missed what other pages stored
  globalThis.addEventListener?.("pageshow", (event) => {
    if (!event.persisted) return;
    load();
    tell();
  });

  return {
    /** @returns {Entry[]} */
    read: () => [...entries.values()],

    /**
     * One entry, if there is one.
     * @param {string} page @param {Kind} kind @param {string} id
     */
    find: (page, kind, id) => entries.get(keyOf({ page, kind, id })),

    /**
     * Keep an entry in place of the one it had.
     * @param {Omit<Entry, "when">} entry
     */
    record(entry) {
      load();
      keep(entry);
    },

    /**
     * Keep an entry that depends on the one that is stored now.
     * @param {{ page: string, kind: Kind, id: string }} name
     * @param {(now: Entry | undefined) => Omit<Entry, "when" | "page" | "kind" | "id">} next
     */
    change({ page, kind, id }, next) {
      load();
      keep({ page, kind, id, ...next(entries.get(keyOf({ page, kind, id }))) });
    },

    /** Why what is recorded will not last, or an empty text. */
    trouble: () => problem,

    /**
     * Be told of every change, those of other tabs included.
     * @param {() => void} listener
     * @returns {() => void} how to be told no more
     */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** All that is kept, as a file. */
    exportFile() {
      load();
      const name = `course-progress-${new Date().toISOString().slice(0, 10)}.json`;
      return new File([write(entries, true)], name, { type: "application/json" });
    },

    /**
     * Add what a file holds. What is there stays, unless the file has more of it done.
     * @param {File} file
     * @returns {Promise<Imported>}
     * @throws {NotProgress} with a sentence for the reader
     */
    async importFile(file) {
      if (file.size > LARGEST_FILE) throw new NotProgress(`${file.name} is too large for a file of progress. Choose the file that Export made.`);
      const { entries: theirs, left } = parse(await file.text(), file.name);
      load();
      /** @type {Array<[string, Entry]>} */
      const news = [];
      for (const [key, entry] of theirs) {
        const mine = entries.get(key);
        if (!mine || better(mine, entry) === entry) news.push([key, entry]);
      }
      const undo = apply(news);
      return { added: news.length, kept: theirs.size - news.length, left, undo };
    },

    /**
     * Forget everything.
     * @returns {{ count: number, undo: () => void }}
     */
    reset() {
      load();
      const count = entries.size;
      return { count, undo: apply([...entries.keys()].map((key) => [key, undefined])) };
    },
  };
}

/**
 * Of two entries for one thing the one with more done; the first where both are as far.
 * @param {Entry} mine @param {Entry} theirs
 */
function better(mine, theirs) {
  return theirs.done > mine.done ? theirs : mine;
}

/**
 * @param {Map<string, Entry>} entries
 * @param {boolean} [forPeople] with the date, and a line an entry
 */
function write(entries, forPeople = false) {
  const whole = { made_by: MADE_BY, version: VERSION, ...(forPeople ? { saved: new Date().toISOString() } : {}) };
  return JSON.stringify({ ...whole, entries: [...entries.values()] }, null, forPeople ? 1 : undefined);
}

/**
 * The entries in a text, and how many of them could not be read.
 * @param {string} text
 * @param {string} name of the file, for the sentence that says what is wrong
 */
function parse(text, name) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new NotProgress(`${name} is not a file of progress: it does not hold JSON. Choose the file that Export made.`);
  }
  if (found?.made_by !== MADE_BY || !Array.isArray(found.entries)) {
    throw new NotProgress(`${name} is not a file of progress of this course. Choose the file that Export made.`);
  }
  if (found.version !== VERSION) {
    throw new NotProgress(`${name} was written by another version of the course (${found.version}; this one reads ${VERSION}). Reload the page and try again.`);
  }
  const whole = found.entries.map(clean).filter(Boolean);
  return { entries: new Map(whole.map((entry) => [keyOf(entry), entry])), left: found.entries.length - whole.length };
}

/**
 * An entry as it may be kept, or null where something in it makes no sense.
 * @param {any} entry
 * @returns {Entry | null}
 */
function clean(entry) {
  const isText = (value) => typeof value === "string" && value.length > 0 && value.length <= 300;
  const isCount = (value) => Number.isInteger(value) && value >= 0 && value <= 10_000;
  const { page, kind, id, title, week, done, total, state, when } = entry ?? {};
  if (![page, id, title].every(isText) || !KINDS.includes(kind)) return null;
  if (!isCount(done) || !isCount(total) || done > total || !Number.isFinite(when)) return null;
  return {
    page, kind, id, title, ...(isText(week) ? { week } : {}), done, total,
    ...(state === undefined ? {} : { state }), when,
  };
}

/** The page's one store. */
export const progress = createStore();
