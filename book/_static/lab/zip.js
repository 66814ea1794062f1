/**
 * Zip files whose entries are stored as they are, which every operating system and Python's zipfile opens.
 * The layout is that of PKWARE's APPNOTE.TXT, sections 4.3.7 to 4.3.16, without ZIP64, encryption or comments.
 * @module lab/zip
 */

const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const UTF8 = 0x0800, STORED = 0, DEFLATED = 8;
// 1 January 1980, the first day that a zip file knows: a file made twice is the same twice.
const DATE = 0x21;

let table = null;

/** The CRC-32 of some bytes, as zip files and PNG write it. @param {Uint8Array} bytes @param {number} [start] of bytes before */
export function crc32(bytes, start = 0) {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  let crc = ~start;
  for (let i = 0; i < bytes.length; i += 1) crc = table[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * @param {Record<string, Uint8Array | ArrayBuffer | string>} files text is written as UTF-8
 * @returns {Uint8Array}
 */
export function writeZip(files) {
  const encoder = new TextEncoder();
  const parts = [], directory = [];
  let offset = 0;
  const entries = Object.entries(files).map(([path, content]) => [encoder.encode(path), bytesOf(content, encoder)]);
  for (const [name, data] of entries) {
    const common = [20, UTF8, STORED, 0, DATE];
    const sizes = [crc32(data), data.length, data.length];
    const local = record(LOCAL, common, sizes, [name.length, 0]);
    directory.push(record(CENTRAL, [20, ...common], sizes, [name.length, 0, 0, 0, 0], [0, offset]), name);
    parts.push(local, name, data);
    offset += local.length + name.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  return join([...parts, ...directory, record(END, [0, 0, entries.length, entries.length], [size, offset], [0])]);
}

/** A signature, then numbers of two and four bytes in turn. */
function record(signature, ...groups) {
  const wide = (index) => index % 2 === 1;
  const size = 4 + groups.reduce((sum, group, i) => sum + group.length * (wide(i) ? 4 : 2), 0);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, signature, true);
  let at = 4;
  groups.forEach((group, i) => {
    for (const value of group) {
      if (wide(i)) view.setUint32(at, value, true);
      else view.setUint16(at, value, true);
      at += wide(i) ? 4 : 2;
    }
  });
  return new Uint8Array(view.buffer);
}

/**
 * The files in a zip file, by path.
 * @param {ArrayBuffer} buffer
 * @returns {Promise<Map<string, Uint8Array>>}
 * @throws {Error} a sentence that says what is wrong with the file
 */
export async function readZip(buffer) {
  const view = new DataView(buffer), bytes = new Uint8Array(buffer);
  const end = findEnd(view);
  if (end < 0) throw new Error("it is no zip file");
  const files = new Map();
  try {
    let at = view.getUint32(end + 16, true);
    for (let i = view.getUint16(end + 10, true); i > 0; i -= 1) {
      const [path, data, next] = await entryAt(view, bytes, at);
      if (!path.endsWith("/")) files.set(path, data);
      at = next;
    }
  } catch (error) {
    throw error instanceof RangeError ? new Error("the zip file is cut short") : error;
  }
  return files;
}

function findEnd(view) {
  const last = view.byteLength - 22;
  for (let at = last; at >= 0 && at >= last - 0xffff; at -= 1) if (view.getUint32(at, true) === END) return at;
  return -1;
}

async function entryAt(view, bytes, at) {
  if (view.getUint32(at, true) !== CENTRAL) throw new Error("the zip file's list of contents is damaged");
  const method = view.getUint16(at + 10, true), crc = view.getUint32(at + 16, true);
  const packed = view.getUint32(at + 20, true), nameLength = view.getUint16(at + 28, true);
  const place = view.getUint32(at + 42, true);
  const path = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  const start = place + 30 + view.getUint16(place + 26, true) + view.getUint16(place + 28, true);
  if (start + packed > bytes.length) throw new RangeError("beyond the end");
  const stored = bytes.slice(start, start + packed);
  const data = await unpacked(stored, method, path);
  if (crc32(data) !== crc) throw new Error(`${path} in the zip file is damaged`);
  return [path, data, at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)];
}

async function unpacked(data, method, path) {
  if (method === STORED) return data;
  if (method !== DEFLATED) throw new Error(`${path} is packed in a way that pages cannot read: make the zip file anew`);
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new Error(`${path} in the zip file is damaged`);
  }
}

function bytesOf(content, encoder) {
  if (typeof content === "string") return encoder.encode(content);
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}

/** @param {Uint8Array[]} parts */
function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
