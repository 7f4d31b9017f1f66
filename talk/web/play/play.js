// The page: what is typed goes to Python in a worker, and what comes back is shown part by part.

import stepper from "./stepper.js";
import trainer from "./trainer.js";

const $ = (id) => document.getElementById(id);
const KEYS = { "x": "x", "(": "(", ")": ")", "+": "+", "−": "-", "*": "*", "/": "/", "**": "**",
  "sin": "sin(", "cos": "cos(", "exp": "exp(", "log": "log(", "√": "sqrt(" };
const TITLES = { static_graph: "static graph" };
const FAR = 1e-3;  // a relative error that nobody should overlook
const MB = (bytes) => (bytes / 1e6).toFixed(1);

// ------------------------------------------------------------------ Python in its worker

let worker, clock, pause, ready = false, failed = false, number = 0, asked = null, waiting = null;

function start() {
  ready = failed = false;
  delete document.documentElement.dataset.ready;
  $("waiting").hidden = false;
  worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = () => fail("The worker does not start");
  worker.postMessage({ config: { files: CONFIG.files, packages: CONFIG.packages } });
}

function hear(data) {
  if (failed) return;  // what still arrives helps no more
  if (data.progress) progress(...data.progress);
  else if (data.starting) say("Python is here and starts …");
  else if (data.failed !== undefined) fail(data.failed);
  else if (data.ready) {
    ready = true;
    $("waiting").hidden = true;
    document.documentElement.dataset.ready = "yes";
    next();
  } else if (data.id === number) answer(data);
}

function progress(here, all) {
  $("bar").value = here / all;
  say(here < all ? `Python is on its way to your browser: ${MB(here)} of ${MB(all)} MB.`
    : "Python is here and starts …");
}

function say(words) {
  if ($("progress").textContent !== words) $("progress").textContent = words;
}

function fail(reason) {
  failed = true;
  say(navigator.onLine
    ? `Python cannot be loaded (${reason}): reload the page.`
    : "There is no network, and the first visit needs one: reload the page when it is back.");
}

// Ask for the newest input; what was typed meanwhile waits until the worker is free.
function next() {
  if (!ready || !waiting || asked) return;
  asked = waiting;
  waiting = null;
  number += 1;
  $("results").setAttribute("aria-busy", "true");
  worker.postMessage({ id: number, ...asked });
  wind();
}

// Whoever says nothing for too long is stopped.
function wind() {
  clearTimeout(clock);
  clock = setTimeout(() => {
    refuse(`${asked.text} takes too long here and was stopped: try a shorter function.`);
    restart();
  }, CONFIG.limit);
}

function restart() {
  clearTimeout(clock);
  worker.terminate();
  asked = null;
  $("results").removeAttribute("aria-busy");
  start();
}

function answer({ part, data, done, broken }) {
  wind();
  if (done) {
    clearTimeout(clock);
    asked = null;
    $("results").removeAttribute("aria-busy");
    next();
  } else if (broken) {
    refuse(`${asked.text} broke Python (${broken}), which starts anew: try another function.`);
    restart();
  } else SHOW[part](data);
}

// ------------------------------------------------------------------ what comes back

const walks = {};

function refuse(words) {
  $("problem").textContent = words;
  $("headline").textContent = "";
  $("results").hidden = true;
  for (const id of ["f", "x"]) $(id).setAttribute("aria-invalid", words.startsWith("x =") === (id === "x"));
}

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const minus = (number) => number.replaceAll("-", "−");
const trouble = (words) => el("p", { class: "trouble" }, words);

const SHOW = {
  problem: ({ words }) => refuse(words),

  read({ source, mathml, x, value, derivative, digits }) {
    $("problem").textContent = "";
    for (const id of ["f", "x"]) $(id).removeAttribute("aria-invalid");
    const line = (what, number) => el("span", {}, `${what}(${minus(x)}) = `,
      el("b", {}, minus(String(Number(Number(number).toPrecision(10))))));
    $("headline").replaceChildren(line("f", value), " ", line("f′", derivative));
    $("digits").textContent = minus(digits);
    $("rows").replaceChildren();
    for (const mode of Object.keys(walks)) delete walks[mode];
    $("results").hidden = false;
  },

  row({ name, value, derivative, error, reason }) {
    const title = el("th", { role: "rowheader", scope: "row" }, TITLES[name] ?? name);
    const cell = (words, more = {}) => el("td", { role: "cell", ...more }, words);
    const far = error > FAR ? ", far off" : "";
    const words = error === 0 ? "0" : `${minus(error?.toExponential(1) ?? "")}${far}`;
    const cells = reason ? [cell(reason, { colspan: "3", class: "reason" })]
      : [cell(minus(value)), cell(minus(derivative)), cell(words, far ? { class: "far" } : {})];
    $("rows").append(el("tr", { role: "row" }, title, ...cells));
  },

  formula({ text, mathml, problem }) {
    $("formula").replaceChildren(...(problem ? [trouble(problem)] : []));
    if (problem) return;
    if (mathml) $("formula").innerHTML = `<p class="line">f′(x) = ${mathml}</p>`;
    $("formula").append(el("code", {}, text));
  },

  source({ text, problem }) {
    $("source").replaceChildren(problem ? trouble(problem) : text.trim());
  },

  reverse: (data) => walked("reverse", data),
  forward: (data) => walked("forward", data),
};

const chosen = () => document.querySelector("[name=mode]:checked").value;

function walked(mode, data) {
  walks[mode] = data;
  if (mode === chosen()) draw();
}

// The stepper of the notebooks, with a model that stands in for Jupyter's.
function draw() {
  const data = walks[chosen()];
  if (!data) return;
  const place = el("div", {});
  $("steps").replaceChildren(data.problem ? trouble(data.problem) : place);
  if (data.problem) return;
  stepper.render({ el: place, model: model({ frame: 0, pace: 1200, ...data }) });
  reachable(place, ".code");
}

// What scrolls can be scrolled by keys.
function reachable(place, selector) {
  for (const node of place.querySelectorAll(selector)) node.tabIndex = 0;
}

function model(values) {
  const state = { problem: "", asked: {}, served: 0, ...values }, heard = {};
  return {
    get: (name) => state[name],
    set(name, value) {
      if (Object.is(state[name], value)) return;
      state[name] = value;
      for (const hear of heard[`change:${name}`] ?? []) hear();
    },
    save_changes() {},
    on(event, hear) { (heard[event] ??= []).push(hear); },
  };
}

// ------------------------------------------------------------------ the form and the link

const link = () => `#${new URLSearchParams({ f: $("f").value, x: $("x").value })}`;

function ask() {
  clearTimeout(pause);
  waiting = { text: $("f").value, at: $("x").value };
  if (page() === "ask") history.replaceState(null, "", link());
  $("link").hidden = true;
  $("shared").textContent = "";
  next();
}

function later() {
  clearTimeout(pause);
  pause = setTimeout(ask, 600);
}

function page() {
  return location.hash === "#practice" ? "practice" : "ask";
}

// Read the page's own link; a broken one gets a sentence.
function route() {
  const here = page();
  for (const name of ["ask", "practice"]) {
    $(`${name}-page`).hidden = name !== here;
    if (name === here) $(`to-${name}`).setAttribute("aria-current", "page");
    else $(`to-${name}`).removeAttribute("aria-current");
  }
  if (here === "practice") return practise();
  const given = new URLSearchParams(location.hash.slice(1));
  const whole = given.has("f") && given.has("x");
  if (whole && given.get("f") === $("f").value && given.get("x") === $("x").value) return;
  for (const field of [$("f"), $("x")])  // what somebody typed before this program came stays
    field.value = given.get(field.name) ?? (field.value || field.defaultValue);
  ask();
}

function nudge(by) {
  const x = Number($("x").value);
  if (!Number.isFinite(x)) return;
  $("x").value = String(Number((x + by).toPrecision(12)));
  ask();
}

// The keys leave the focus where it is, so that the phone's keyboard stays as it is.
function insert(words) {
  const field = $("f"), { selectionStart: from, selectionEnd: to, value } = field;
  field.value = value.slice(0, from) + words + value.slice(to);
  field.setSelectionRange(from + words.length, from + words.length);
  later();
}

async function share() {
  const url = new URL(link(), location.href).href;
  const title = `The derivative of ${$("f").value} at ${$("x").value}`;
  try {
    if (navigator.share) return await navigator.share({ title, url });
    await navigator.clipboard.writeText(url);
    $("shared").textContent = "The link is copied.";
  } catch (error) {
    if (error.name === "AbortError") return;  // the person has changed their mind
    $("link").hidden = false;  // without HTTPS, browsers leave the copying to people
    $("link").value = url;
    $("link").select();
    $("shared").textContent = "Copy this link:";
  }
}

// ------------------------------------------------------------------ practice

let practising = null;

function practise() {
  practising ??= fetch("practice.json").then((response) => response.json()).then((graphs) => {
    for (let i = graphs.length - 1; i > 0; i--) {  // everyone gets them in an order of their own
      const j = Math.floor(Math.random() * (i + 1));
      [graphs[i], graphs[j]] = [graphs[j], graphs[i]];
    }
    $("practice").replaceChildren();
    trainer.render({ el: $("practice"), model: model({ graphs, chosen: 0 }) });
    reachable($("practice"), ".graph");
  }).catch(() => {
    practising = null;
    $("practice").firstElementChild.textContent =
      "The graphs cannot be loaded: see that there is a network, and open this page again.";
  });
}

// ------------------------------------------------------------------ the second visit

// The service worker answers from the first request on, if there may be one: it needs HTTPS.
async function keeper() {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  if (workers.controller) workers.addEventListener("controllerchange", () => {
    if (!ready) location.reload();  // a new version came while the old one was loading
  });
  try {
    const { active } = await workers.register("sw.js", { updateViaCache: "none" });
    if (workers.controller || active) return;
    await new Promise((resolve) => {
      workers.addEventListener("controllerchange", resolve, { once: true });
      setTimeout(resolve, 3000);
    });
  } catch { /* a private window, or a site without HTTPS: all works, but for the second visit */ }
}

// ------------------------------------------------------------------ begin

$("keys").append(...Object.entries(KEYS).map(([face, words]) => {
  const key = el("button", { type: "button", "aria-label": `insert ${words}` }, face);
  key.addEventListener("pointerdown", (event) => event.preventDefault());
  key.addEventListener("click", () => insert(words));
  return key;
}));
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
  if (matchMedia("(pointer: coarse)").matches) document.activeElement.blur();
});
for (const id of ["f", "x"]) $(id).addEventListener("input", later);
$("less").addEventListener("click", () => nudge(-0.1));
$("more").addEventListener("click", () => nudge(0.1));
$("example").addEventListener("change", ({ target }) => {
  if (!target.value) return;
  $("f").value = target.value;
  target.value = "";
  ask();
});
for (const radio of document.querySelectorAll("[name=mode]")) radio.addEventListener("change", draw);
$("share").addEventListener("click", share);
$("to-ask").addEventListener("click", (event) => {
  event.preventDefault();
  history.pushState(null, "", link());
  route();
});
addEventListener("hashchange", route);
addEventListener("popstate", route);
route();
await keeper();
start();
