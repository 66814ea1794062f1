/**
 * What a cell's code may reach: nothing of the page, no storage, and over the network only the site's own files.
 *
 * The worker is made from a blob, so the page's Content-Security-Policy holds in it: the browser itself refuses other
 * hosts. What the policy cannot refuse (storage, messages to other tabs, workers of its own) is taken away here, before
 * any code of a cell is imported. A worker has one global object and no way to a fresh one, so gone is gone.
 * @module lab/live/isolate
 */

const GONE = [
  "indexedDB", "caches", "cookieStore", "BroadcastChannel", "SharedWorker", "Worker", "WebSocket", "WebSocketStream",
  "EventSource", "XMLHttpRequest", "WebTransport", "importScripts", "Notification", "FileSystemHandle",
  "FileSystemFileHandle", "FileSystemDirectoryHandle", "FileSystemSyncAccessHandle", "StorageManager", "LockManager",
  "NavigationPreloadManager", "ServiceWorkerRegistration", "webkitRequestFileSystem", "webkitRequestFileSystemSync",
  "webkitResolveLocalFileSystemURL", "webkitResolveLocalFileSystemSyncURL", "postMessage", "close", "onmessage",
];
const GONE_FROM_NAVIGATOR = [
  "storage", "locks", "serviceWorker", "permissions", "usb", "serial", "hid", "credentials", "sendBeacon", "storageBuckets",
  "connection", "mediaCapabilities",
];

/**
 * @param {string} site the address under which the site's files lie
 */
export function isolate(site) {
  for (const name of GONE) remove(globalThis, name);
  for (const name of GONE_FROM_NAVIGATOR) remove(navigator, name);
  const plainFetch = globalThis.fetch.bind(globalThis);
  const allowed = async (resource, options = {}) => {
    const address = new URL(resource instanceof Request ? resource.url : String(resource), site);
    const isOwn = address.href.startsWith(site) || address.protocol === "data:" || address.protocol === "blob:";
    if (!isOwn) {
      throw new TypeError(`A live cell reads the site's own files and data: addresses; ${address.host || address.href} is neither.`);
    }
    const method = (options.method ?? (resource instanceof Request ? resource.method : "GET")).toUpperCase();
    if (method !== "GET" && method !== "HEAD") throw new TypeError("A live cell sends nothing: fetch with GET only.");
    return plainFetch(address.href, {
      method, headers: options.headers, signal: options.signal, credentials: "omit", referrerPolicy: "no-referrer",
    });
  };
  Object.defineProperty(globalThis, "fetch", { value: allowed, configurable: true, writable: true });
}

function remove(object, name) {
  for (let holder = object; holder && holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
    if (!Object.hasOwn(holder, name)) continue;
    try {
      delete holder[name];
    } catch {
      Object.defineProperty(holder, name, { value: undefined, writable: false });
    }
  }
}
