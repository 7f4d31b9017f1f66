// Keeps what the page needs, so that its second visit needs no network. Each file is known by the
// sha256 of what stands in it: what did not change stays, and a new version takes the old one away.

importScripts("config.js");
const NAME = "elves-play";
const KEYS = new Map();  // address: [name in the cache, sha256]
for (const [name, { sha256, version }] of Object.entries({ ...CONFIG.page, ...CONFIG.files })) {
  const address = new URL(name, self.location).href;
  KEYS.set(address, [`${address}?${version ?? sha256}`, sha256]);
}

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Only what is whole and of this version is kept.
async function keep(cache, [key, sha256], response) {
  const bytes = await response.clone().arrayBuffer();
  if (!sha256 || (await digest(bytes)) === sha256) await cache.put(key, response);
}

async function answer(event, entry) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(entry[0]);
  if (kept) return kept;
  const response = await fetch(event.request);
  if (response.ok)  // a full disk is no reason to fail
    event.waitUntil(keep(cache, entry, response.clone()).catch(() => {}));
  return response;
}

async function install() {
  const cache = await caches.open(NAME);
  await Promise.all(Object.keys(CONFIG.page).map(async (name) => {
    const address = new URL(name, self.location).href, entry = KEYS.get(address);
    if (await cache.match(entry[0])) return;
    const response = await fetch(address, { cache: "no-cache" });
    if (!response.ok) throw Error(`${response.status} for ${name}`);
    await keep(cache, entry, response);
  }));
  await self.skipWaiting();
}

async function activate() {
  const cache = await caches.open(NAME), wanted = new Set([...KEYS.values()].map(([key]) => key));
  const old = (await cache.keys()).filter((request) => !wanted.has(request.url));
  await Promise.all(old.map((request) => cache.delete(request)));
  await self.clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const entry = KEYS.get(`${url.origin}${url.pathname}`);
  if (entry && event.request.method === "GET") event.respondWith(answer(event, entry));
});
