// What all the widgets share: elements, sliders, keys, and questions to a kernel if there is one.

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// Shortcuts with these keys are not a widget's but the page's: saving, going back.
const chord = (event) => event.ctrlKey || event.metaKey || event.altKey;

// The widget's frame. Its keys are its own: neither JupyterLab nor the slides hear them.
// Where the trait `main` is empty there is nothing to show but the sentence that says why.
function frame(el, model, label, main, ...children) {
  const problem = h("p", { class: "problem", role: "alert" });
  const root = h("div", { class: "elves-widget", role: "group", "aria-label": label }, ...children,
    problem);
  for (const kind of ["keydown", "keyup", "keypress"])
    root.addEventListener(kind, (event) => { if (!chord(event)) event.stopPropagation(); });
  const tell = () => {
    const empty = Object.keys(model.get(main)).length === 0;
    problem.textContent = model.get("problem") ||
      (empty || !drawn ? "There is nothing to show for these values: run the cell again." : "");
    root.classList.toggle("refused", empty);
  };
  let drawn = true;
  // draws now, after each change of these traits, and when it is called again; what cannot be drawn
  // gets a sentence
  const follow = (names, draw) => {
    const safely = () => {
      try { draw(); drawn = true; } catch { drawn = false; }
      tell();
    };
    for (const name of names) model.on(`change:${name}`, safely);
    safely();
    return safely;
  };
  for (const name of ["problem", "served", main]) model.on(`change:${name}`, tell);
  tell();
  root.setAttribute("data-prevent-swipe", "");  // a swipe in here is no change of slide
  el.append(root);
  return { root, follow, tell: (words) => { problem.textContent = words; } };
}

function button(label, text, onclick) {
  return h("button", { type: "button", "aria-label": label, title: label, onclick }, text);
}

// A slider over a list of values; words(value) is what is read out and shown.
function slider(label, values, words, onchange) {
  const output = h("output");
  const input = h("input", { type: "range", min: 0, max: values.length - 1, step: 1,
    "aria-label": label, oninput: () => onchange(values[Number(input.value)]) });
  const show = (value, all = values) => {
    values = all;
    const k = values.indexOf(value);
    input.max = values.length - 1;
    input.value = k;
    output.textContent = words(values[k]);
    input.setAttribute("aria-valuetext", words(values[k]));
  };
  return { node: h("label", { class: "slider" }, h("span", {}, label), input, output), input, show };
}

function choice(label, values, onchange) {
  const select = h("select", { "aria-label": label, onchange: () => onchange(select.value) });
  const show = (value, all = values) => {
    select.replaceChildren(...all.map((v) => h("option", { value: v }, v)));
    select.value = value;
  };
  return { node: h("label", {}, h("span", {}, label), select), show };
}

function set(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

// Ask the kernel, and say so where none answers; a late answer takes the sentence away again.
function ask(model, tell, question) {
  const number = Math.max(model.get("served"), model.get("asked").number || 0) + 1;
  set(model, { asked: { ...question, number } });
  setTimeout(() => {
    if (model.get("served") < number)
      tell("No kernel has answered so far, so only what was recorded can be shown.");
  }, 4000);
  return number;
}

// Offer what only a kernel can do when one has answered: in a deck there is none.
function offer(model, ...nodes) {
  const number = ask(model, () => {}, {});
  const look = () => { for (const node of nodes) node.hidden = model.get("served") < number; };
  model.on("change:served", look);
  look();
}

// Text for a formula: typed, and answered by the kernel.
function entry(label, value, onenter) {
  const input = h("input", { type: "text", "aria-label": label, value, spellcheck: "false" });
  input.addEventListener("keydown", (e) => { if (e.key === "Enter") onenter(input.value); });
  return { node: h("label", { class: "entry" }, h("span", {}, label), input,
    button("work it out", "=", () => onenter(input.value))), input };
}

const printing = () => location.search.includes("print-pdf");

// A plot with two axes, linear in the given numbers: pixels, ticks and lines.
function axes(W, H, [x0, x1], [y0, y1], left = 80, foot = 52, right = 20) {
  const sure = (pixel) => { if (Number.isFinite(pixel)) return pixel; throw Error("no number"); };
  const px = (x) => sure(left + ((x - x0) / (x1 - x0)) * (W - left - right));
  const py = (y) => sure(12 + ((y1 - y) / (y1 - y0)) * (H - foot - 12));
  const back = (a, b) => [x0 + ((a - left) / (W - left - right)) * (x1 - x0),
    y1 - ((b - 12) / (H - foot - 12)) * (y1 - y0)];
  const words = (x, y, text, more = "") => `<text x="${x}" y="${y}" font-size="20" ` +
    `fill="var(--elves-ink)" ${more}>${text}</text>`;
  const svg = (body, label) => `<svg class="elves" viewBox="0 0 ${W} ${H}" width="${W}" role="img"
    aria-label="${label}">${body}</svg>`;
  return { px, py, back, words, svg };
}
const LOOKS = [["berry", "0"], ["gold", "9 5"], ["pine", "2 5"], ["ink", "12 4 2 4"]];
