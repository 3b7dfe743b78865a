"use strict";
// Pages are asked for; without network their last copy is shown. What is noted without network
// waits here and is sent when it returns: each note has a name, so it is never written twice.
const CACHE = "pocket-2";
const ASSETS = ["/m/pocket.js", "/m/icon.svg", "/m/manifest.webmanifest"];
const WAIT_MS = 4000; // for a page of which there is a copy
const TAP_MS = 8000; // for the answer to a tap; later it waits here
const KEPT = "x-kept"; // when a copy was made, by this phone's clock
const FRESH_MS = 3600000;
const MOST_PAGES = 40;
const REFUSED = [400, 403, 404, 409, 413, 422];

const opened = new Promise((done, failed) => {
  const asked = indexedDB.open("pocket", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("queue", { keyPath: "key" });
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => failed(asked.error);
});

async function queue(mode, act) {
  const database = await opened;
  return new Promise((done, failed) => {
    const change = database.transaction("queue", mode);
    const asked = act(change.objectStore("queue"));
    change.oncomplete = () => done(asked.result);
    change.onabort = change.onerror = () => failed(change.error);
  });
}
const waiting = async () =>
  (await queue("readonly", (all) => all.getAll())).sort((a, b) => a.at - b.at);
const keep = (one) => queue("readwrite", (all) => all.put(one));
const drop = (key) => queue("readwrite", (all) => all.delete(key));

self.addEventListener("install", (event) => {
  const kept = caches.open(CACHE).then((cache) => cache.addAll(ASSETS));
  event.waitUntil(kept.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
      await self.registration.navigationPreload?.enable();
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const path = new URL(url).pathname;
  // Where this phone's store fails, the page works as without this program.
  const plainly = () => fetch(event.request);
  if (method === "POST" && mode === "navigate") event.respondWith(post(event).catch(plainly));
  else if (mode === "navigate") event.respondWith(page(event).catch(plainly));
  else if (ASSETS.includes(path)) event.respondWith(asset(event.request, path));
});

self.addEventListener("message", (event) => {
  if (event.data.keep) event.waitUntil(keepPages(event.data.keep, event.data.anew));
  if (event.data.send) event.waitUntil(send());
});

self.addEventListener("sync", (event) => event.waitUntil(send()));

async function asset(request, path) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(path)) || Response.error();
  }
}

// A copy is known by its path and by which beds it shows, not by what was just noted.
function placeOf(url) {
  const { pathname, searchParams } = new URL(url);
  const from = searchParams.get("from");
  return from ? `${pathname}?from=${encodeURIComponent(from)}` : pathname;
}

async function page(event) {
  const path = placeOf(event.request.url);
  const cache = await caches.open(CACHE);
  const copy = await cache.match(path);
  const early = Promise.resolve(event.preloadResponse); // on its way while this program started
  const asked = early.then((answer) => answer || fetch(event.request)).catch(() => null);
  const answer = await (copy ? Promise.race([asked, later(WAIT_MS)]) : asked);
  if (!answer || answer.status >= 500) {
    if (copy) return dressed(copy, true);
    return answer || (await elsewhere(cache)) || Response.error();
  }
  if (answer.type === "opaqueredirect") return signedOut(cache, path, answer);
  if (answer.ok) event.waitUntil(put(cache, path, answer.clone()));
  const shown = await dressed(answer, false);
  event.waitUntil(send());
  return shown;
}

async function put(cache, path, answer) {
  const headers = bare(answer);
  headers.set(KEPT, String(Date.now()));
  await cache.put(path, new Response(await answer.blob(), { status: answer.status, headers }));
}

// The headers of an answer whose body is no longer packed.
function bare(answer) {
  const headers = new Headers(answer.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return headers;
}

const ageOf = (copy) => Date.now() - Number(copy.headers.get(KEPT));

// Nobody is signed in: the copies go, what waits stays and is told beside the way to sign in.
async function signedOut(cache, path, answer) {
  for (const one of await cache.keys())
    if (!ASSETS.includes(new URL(one.url).pathname)) await cache.delete(one);
  if (!(await waiting()).length) return answer;
  const told = await fetch(`/m/out.html?next=${encodeURIComponent(path)}`).catch(() => null);
  return told && told.ok ? dressed(told, false) : answer;
}

const later = (wait_ms) => new Promise((done) => setTimeout(done, wait_ms, null));

// A page of which there is no copy: the list of gardens leads on.
async function elsewhere(cache) {
  const copy = await cache.match("/m/");
  return copy && dressed(copy, true);
}

// A copy says that it is one and gives each form a new name; what waits is told on every page.
async function dressed(answer, isCopy) {
  const notes = answer.ok ? await waiting() : [];
  if (!isCopy && !notes.length) return answer;
  let html = await answer.text();
  if (isCopy) {
    const language = (/<html lang="(\w+)"/.exec(html) || [])[1];
    html = html
      .replace('id="copy" class="note" role="status" hidden', 'id="copy" class="note" role="status"')
      .replace('<span id="age">', (start) => `${start}(${agoIn(language, ageOf(answer))})`)
      .replace(/<!--told-->[^]*?<!--\/told-->/, "")
      .replace(/name="id" value="[^"]*"/g, () => `name="id" value="${crypto.randomUUID()}"`);
  }
  if (notes.length) {
    const line = /<template id="line">([^]*?)<\/template>/.exec(html)[1];
    html = listed(html, "waiting", notes.filter((one) => !one.refused), line);
    html = listed(html, "refused", notes.filter((one) => one.refused), line);
  }
  return new Response(html, { status: answer.status, headers: bare(answer) });
}

function listed(html, name, notes, line) {
  if (!notes.length) return html;
  const lines = notes.map((one) => lineOf(line, one)).join("");
  return html
    .replace(new RegExp(`(<section id="${name}"[^>]*) hidden>`), "$1>")
    .replace(`<!--${name}-->`, () => lines);
}

// An age as the language says it: "maintenant", "il y a 3 heures".
function agoIn(language, age_ms) {
  const minutes = Math.max(0, Math.round(age_ms / 60000));
  const said = new Intl.RelativeTimeFormat(language, { numeric: minutes ? "always" : "auto" });
  if (minutes < 1) return said.format(0, "second");
  if (minutes < 60) return said.format(-minutes, "minute");
  if (minutes < 48 * 60) return said.format(-Math.round(minutes / 60), "hour");
  return said.format(-Math.round(minutes / 1440), "day");
}

const plain = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function lineOf(line, one) {
  const told = one.refused ? `${one.said} – ${one.refused}` : one.said;
  const parts = { said: told, path: one.path.replace(/note$/, "undo"), id: one.key };
  return line.replace(/§(said|path|id)/g, (_, name) => plain(parts[name]));
}

async function post(event) {
  const { request } = event;
  const path = new URL(request.url).pathname;
  const body = await request.clone().text();
  const form = new URLSearchParams(body);
  const name = form.get("undo") || form.get("id");
  if (!name) return fetch(request);
  if (form.has("undo")) {
    await sending; // what is on its way arrives, and is taken back there
    if (await taken(name)) return back(path);
  }
  const note = { key: form.has("undo") ? `undo ${name}` : name, path, body, at: Date.now() };
  const answer = await Promise.race([sendOne(note), later(TAP_MS)]);
  if (answer?.ok) return back(path, name);
  if (answer && REFUSED.includes(answer.status)) return fetch(request); // its page says why
  await keep({ ...note, said: saidBy(form) });
  if (self.registration.sync) await self.registration.sync.register("send").catch(() => null);
  return back(path);
}

// What a form says for itself: what it notes, and what was typed or tapped.
function saidBy(form) {
  if (form.has("done")) return form.get("done").split(":").slice(3).join(":");
  const typed = ["amount", "unit", "notes"].map((one) => form.get(one)).filter(Boolean).join(" ");
  return [form.get("said"), typed].filter(Boolean).join(" · ");
}

async function taken(key) {
  const found = await queue("readonly", (all) => all.get(key));
  if (found) await drop(key);
  return Boolean(found);
}

// The page on which a form stands; `told` is the name of what was noted or taken back there.
function back(path, told) {
  const page = path.replace(/\/(note|undo)$/, "");
  return Response.redirect(told ? `${page}?told=${encodeURIComponent(told)}` : page, 303);
}

let sending = null;
function send() {
  sending ||= sendAll().finally(() => {
    sending = null;
  });
  return sending;
}

async function sendAll() {
  let sent = 0; // or refused: the page shown is no longer true
  for (const one of await waiting()) {
    if (one.refused) continue;
    const answer = await sendOne(one);
    if (!answer) break;
    if (answer.ok) {
      await drop(one.key);
      sent += 1;
    } else if (REFUSED.includes(answer.status)) {
      await keep({ ...one, refused: (await answer.json()).told });
      sent += 1;
    } else break; // signed out, or asked later: it stays
  }
  for (const client of await self.clients.matchAll()) client.postMessage({ sent });
}

function sendOne({ path, body, at }) {
  const ago = Math.max(0, Math.round((Date.now() - at) / 1000));
  const headers = {
    Accept: "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
  };
  const told = { method: "POST", headers, body: `${body}&ago=${ago}` };
  return fetch(path, told).catch(() => null);
}

// The page that is open and those it leads to, so that they open without network.
async function keepPages(paths, anew) {
  const cache = await caches.open(CACHE);
  for (const path of [...new Set(paths)].slice(0, MOST_PAGES)) {
    const copy = await cache.match(path);
    if (copy && !anew && ageOf(copy) < FRESH_MS) continue;
    const answer = await fetch(path).catch(() => null);
    if (!answer) return;
    if (answer.ok && !answer.redirected) await put(cache, path, answer);
  }
}
