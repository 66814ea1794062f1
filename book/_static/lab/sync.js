/**
 * Values that a demo shares with its host: in a notebook, with Python.
 * @module lab/sync
 */

/**
 * Send values out at most eight times a second, and hear when the host changes one.
 * @param {any} model the anywidget model: get, set, save_changes, on, off
 * @returns {{ send(values: Record<string, any>): void, listen(name: string, heard: (value: any) => void): void,
 *             sendArray(name: string, data: any, shape: number[]): void,
 *             sendArrays(name: string, list: Array<{ data: any, shape: number[] }>): void,
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
    /** A typed array: at once, for arrays are sent when something is finished. */
    sendArray(name, data, shape) {
      model.set(name, arrayMessage(data, shape));
      model.save_changes();
    },
    /** Several of them, as a list. */
    sendArrays(name, list) {
      model.set(name, list.map(({ data, shape }) => arrayMessage(data, shape)));
      model.save_changes();
    },
    listen(name, heard) {
      const listener = () => {
        const value = model.get(name);
        if (value === undefined || value === null) return;
        // What was sent from here comes back as a change: it is no news. The bytes of an array do not show in JSON.
        const text = ArrayBuffer.isView(value.data) ? null : JSON.stringify(value);
        if (text !== null && text === sent.get(name)) return;
        sent.set(name, text);
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

const TYPED = { float32: Float32Array, float64: Float64Array, int8: Int8Array, int16: Int16Array, int32: Int32Array,
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };

/**
 * An array that the host has set, or the default.
 * @param {any} model
 * @param {string} name
 * @param {any} fallback
 * @returns {{ data: any, shape: number[] } | any} a typed array and its shape
 */
export function arrayOr(model, name, fallback) {
  const value = model.get(name);
  if (!value) return fallback;
  const { data, dtype, shape } = value;
  const bytes = ArrayBuffer.isView(data) ? data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) : data;
  return { data: new TYPED[dtype](bytes), shape };
}

/**
 * An array as it travels to the host.
 * @param {ArrayLike<number> & { buffer: ArrayBuffer }} data a typed array
 * @param {number[]} shape
 */
export function arrayMessage(data, shape) {
  const [dtype] = Object.entries(TYPED).find(([, Type]) => data instanceof Type);
  return { shape, dtype, data: new DataView(data.slice().buffer) };
}
