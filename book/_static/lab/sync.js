/**
 * Values that a demo shares with its host: in a notebook, with Python.
 * @module lab/sync
 */

/**
 * Send values out at most eight times a second, and hear when the host changes one.
 * @param {any} model the anywidget model: get, set, save_changes, on, off
 * @returns {{ send(values: Record<string, any>): void, listen(name: string, heard: (value: any) => void): void,
 *             flush(): void, stop(): void }}
 */
export function createSync(model) {
  const listeners = [];
  const sent = new Map();
  let pending = {}, timer = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    const changed = Object.entries(pending).filter(([name, value]) => sent.get(name) !== JSON.stringify(value));
    pending = {};
    if (!changed.length) return;
    for (const [name, value] of changed) {
      sent.set(name, JSON.stringify(value));
      model.set(name, value);
    }
    model.save_changes();
  };
  return {
    send(values) {
      Object.assign(pending, values);
      if (!timer) timer = setTimeout(flush, 125);
    },
    listen(name, heard) {
      const listener = () => {
        const value = model.get(name);
        // What was sent from here comes back as a change: it is no news.
        if (value === undefined || value === null || JSON.stringify(value) === sent.get(name)) return;
        sent.set(name, JSON.stringify(value));
        delete pending[name];
        heard(value);
      };
      model.on?.(`change:${name}`, listener);
      listeners.push([`change:${name}`, listener]);
    },
    flush,
    stop() {
      if (timer) flush();
      for (const [event, listener] of listeners) model.off?.(event, listener);
    },
  };
}

/** `model.get(name)`, or the default when it is not set. */
export function valueOr(model, name, fallback) {
  const value = model.get(name);
  return value === undefined || value === null ? fallback : value;
}
