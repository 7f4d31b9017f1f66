// Python in a worker: it can be stopped at any time, and the page stays alive meanwhile.
// It hears {config} once and then {id, text, at}; it says {progress}, {ready}, {failed}, and
// {id, part, data} for each part of an answer, the last one with {id, done}.

const HERE = new URL("../py/", self.location).href;
const plain = self.fetch.bind(self);
const ahead = new Map();  // address: the response that is already on its way
const loaded = new Map();  // name: [bytes that are here, bytes in all]

function count(name, here, all) {
  loaded.set(name, [here, all]);
  const sum = (k) => [...loaded.values()].reduce((total, pair) => total + pair[k], 0);
  postMessage({ progress: [sum(0), sum(1)] });
}

// Fetch a file now, and count its bytes as they come: those that travel, where the server packs.
// What Pyodide gets is the response itself, of which browsers remember the compiled code.
async function fetched(name, { size, gzip }) {
  const response = await plain(new URL(name, self.location));
  if (!response.ok) throw Error(`${response.status} for ${name}`);
  const all = response.headers.get("content-encoding") ? gzip : size;
  follow(name, response.clone(), size, all).catch(() => {});  // what breaks off, Pyodide tells
  return response;
}

async function follow(name, response, size, all) {
  const reader = response.body.getReader();
  for (let here = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    here += value.byteLength;
    count(name, (here / size) * all, all);
  }
}

// Pyodide asks for its files one after the other; all of them come at once instead.
function fetchAhead(files) {
  for (const [name, file] of Object.entries(files)) {
    loaded.set(name, [0, file.gzip]);
    if (name.endsWith(".mjs")) continue;  // an import
    const response = fetched(name, file);
    response.catch(() => {});  // whoever takes it hears of it
    ahead.set(new URL(name, self.location).href, response);
  }
  self.fetch = (request, options) => {
    const address = String(request.url ?? request), response = ahead.get(address);
    ahead.delete(address);
    return response ?? plain(request, options);
  };
}

async function start({ files, packages }) {
  fetchAhead(files);
  const program = plain(new URL("play.py", self.location)).then((response) => response.text());
  program.catch(() => {});
  await Promise.all(ahead.values());  // what cannot be had is told before Python begins
  for (const name of Object.keys(files).filter((name) => name.endsWith(".mjs"))) {
    await import(new URL(name, self.location));
    count(name, files[name].gzip, files[name].gzip);
  }
  const { loadPyodide } = await import(`${HERE}pyodide.mjs`);
  const pyodide = await loadPyodide({ indexURL: HERE, packages, checkIntegrity: false });
  postMessage({ starting: true });
  pyodide.FS.writeFile("play.py", await program);
  return pyodide.pyimport("play");
}

let python = null;
self.onmessage = async ({ data: { config, id, text, at } }) => {
  if (config) {
    python = start(config);
    python.then(() => postMessage({ ready: true }),
      (error) => postMessage({ failed: String(error.message ?? error) }));
    return;
  }
  const play = await python.catch(() => null);
  if (!play) return;
  try {
    play.answer(text, at, (part, words) => postMessage({ id, part, data: JSON.parse(words) }));
    postMessage({ id, done: true });
  } catch (error) {
    postMessage({ id, broken: String(error.message ?? error).trim().split("\n").at(-1) });
  }
};
