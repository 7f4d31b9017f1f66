// The forward sweep and then the reverse sweep of a run, node by node, back and forth.

function render({ model, el }) {
  let timer = null, waiting = null;
  const last = () => model.get("frames").length - 1;
  const picture = h("div", { class: "graph", tabindex: 0,
    "aria-label": "computation graph: left and right arrow keys step" });
  const code = h("div", { class: "code", role: "group", "aria-label": "source of the function" });
  const phase = h("strong"), words = h("span"), rule = h("code", { class: "rule" });
  const count = h("output", { class: "count" });
  // On a slide each step of the walk is one of the slides': Reveal's keys, fingers and speaker view
  // show and hide these marks, and as many frames have gone by as marks are visible. The page has
  // them before this output, so that they count also while this script is on its way.
  let marks = h("span", { class: "steps", hidden: true });
  const mark = (k) =>
    [...marks.children].forEach((step, n) => step.classList.toggle("visible", n < k));
  const slide = () => root.closest(".reveal section");
  const here = () => (slide() ? marks.querySelectorAll(".visible").length : model.get("frame"));
  const go = (k) => {
    const frame = Math.max(0, Math.min(last(), k));
    mark(frame);
    set(model, { frame });
  };
  const by = (n) => { stop(); go(here() + n); };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "play";
    play.setAttribute("aria-label", "play");
  };
  const start = () => {
    if (here() >= last()) go(0);
    timer = setInterval(() => {
      if (here() >= last() || !el.isConnected) stop(); else go(here() + 1);
    }, Math.max(50, model.get("pace")));
    play.textContent = "pause";
    play.setAttribute("aria-label", "pause");
  };
  const toggle = () => (timer === null ? start() : stop());
  const play = button("play", "play", toggle);
  const bar = h("input", { type: "range", min: 0, step: 1, "aria-label": "step",
    oninput: () => { stop(); go(Number(bar.value)); } });
  const knobs = h("div", { class: "knobs" },
    button("first step", "⇤", () => { stop(); go(0); }), button("step back", "←", () => by(-1)),
    play, button("step forward", "→", () => by(1)),
    button("last step", "⇥", () => { stop(); go(last()); }), bar, count);
  const said = h("div", { class: "said", "aria-live": "polite" }, phase, " ", words, rule);
  const { root, tell, follow } = frame(el, model, "stepper through forward and reverse sweep", "frames", knobs,
    h("div", { class: "stage" }, picture, code), said, marks);
  const inputs = h("span", { class: "inputs" });
  knobs.append(inputs);
  root.classList.add("walk");
  // On a slide a click on the picture goes on, and what a hand has touched keeps no arrow keys.
  picture.addEventListener("click", () => { if (slide()) by(1); });
  root.addEventListener("pointerup", ({ target }) => {
    if (slide() && !target.matches("input.number")) document.activeElement.blur();
  });

  root.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input.number");
    const keys = { ArrowRight: () => by(1), ArrowLeft: () => by(-1), Home: () => by(-1e9),
      End: () => by(1e9), " ": event.target.matches("button") ? null : toggle };
    if (typing || chord(event) || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  // Take the page's marks, or make as many as there are steps: Reveal numbers them as the page has
  // them, and a slide that has gone by is at its end.
  function settle() {
    if (!root.isConnected) return void (waiting = requestAnimationFrame(settle));
    marks = root.closest(".jp-Cell")?.querySelector(".steps") ?? marks;
    seen.observe(marks, { subtree: true, attributeFilter: ["class"] });
    if (marks.childElementCount !== last()) {
      const steps = model.get("frames").slice(1).map(() => h("span", { class: "fragment" }));
      marks.replaceChildren(...steps);
      for (const step of slide()?.querySelectorAll("[data-fragment-index]") ?? [])
        step.removeAttribute("data-fragment-index");
      mark(root.closest("section.past") ? last() : model.get("frame"));
    }
    draw();
  }

  function fill() {
    stop();
    picture.innerHTML = model.get("svg");
    const svg = picture.firstElementChild;
    if (svg) {  // a small graph grows to the room it has
      picture.style.setProperty("--wide", svg.viewBox.baseVal.width);
      picture.style.setProperty("--tall", svg.viewBox.baseVal.height);
    }
    code.replaceChildren(...model.get("source").map((line) => h("span", {}, line || " ")));
    bar.max = last();
    inputs.replaceChildren(...model.get("inputs").map(([name, value], i) => h("label", {}, name,
      h("input", { type: "text", class: "number", inputmode: "decimal", value,
        "aria-label": `value of ${name}`,
        onchange: (e) => ask(model, tell, { place: i, value: e.target.value }) }))));
    if (printing()) return stills();
    mark(model.get("frame"));
    draw();
    settle();
  }

  // Paper shows the walk at once: a strip of stills, from its end back.
  function stills() {
    const all = model.get("frames"), strip = h("div", { class: "strip" });
    for (let k = Math.max(0, all.length - 9); k < all.length; k++) {
      paint(k);
      strip.append(h("figure", {}, picture.firstElementChild.cloneNode(true),
        h("figcaption", {}, h("b", {}, `${k + 1} / ${all.length}`), ` ${all[k].words}`)));
    }
    strip.style.setProperty("--columns", Math.ceil(Math.sqrt(strip.childElementCount)));
    root.querySelector(".strip")?.remove();
    root.classList.toggle("printed", all.length > 0);
    root.append(strip);
  }

  function draw() {
    if (!printing()) paint(here());
  }

  function paint(k) {
    const all = model.get("frames");
    if (!all[k]) return;
    const now = all[k], values = new Set(), adjoints = {};
    for (const f of all.slice(0, k + 1)) {
      if (f.phase === "forward") values.add(f.node);
      Object.assign(adjoints, f.adjoints);
    }
    for (const g of picture.querySelectorAll("[data-node]")) {
      const n = Number(g.dataset.node), adjoint = g.querySelector(".adjoint");
      g.classList.toggle("now", n === now.node);
      g.classList.toggle("paid", n !== now.node && String(n) in now.adjoints);
      g.classList.toggle("waits", !values.has(n));
      if (adjoint) adjoint.textContent = n in adjoints ? `adjoint ${adjoints[n]}` : "";
    }
    for (const path of picture.querySelectorAll(".edge")) {
      const [a, b] = [Number(path.dataset.from), Number(path.dataset.to)];
      path.classList.toggle("flow", b === now.node && now.phase !== "seed");
      path.classList.toggle("back", b === now.node && now.phase === "reverse");
    }
    code.childNodes.forEach((span, n) => span.classList.toggle("now", n === now.line));
    phase.textContent = now.phase === "forward" ? "Forward sweep." : "Reverse sweep.";
    root.dataset.phase = now.phase;
    words.textContent = now.words;
    rule.textContent = now.rule;
    bar.value = k;
    bar.setAttribute("aria-valuetext", `step ${k + 1} of ${all.length}: ${now.words}`);
    count.textContent = `${k + 1} / ${all.length}`;
    const box = picture.querySelector(".now");
    if (box) {  // a large graph scrolls along
      const [a, b] = [box.getBoundingClientRect(), picture.getBoundingClientRect()];
      const zoom = b.width / picture.offsetWidth || 1;
      if (a.left < b.left || a.right > b.right)
        picture.scrollLeft += (a.left + a.right - b.left - b.right) / 2 / zoom;
      if (a.top < b.top || a.bottom > b.bottom)
        picture.scrollTop += (a.top + a.bottom - b.top - b.bottom) / 2 / zoom;
    }
  }
  const seen = new MutationObserver(follow([], draw));
  follow(["frame"], () => { mark(model.get("frame")); draw(); });
  follow(["frames", "svg", "source", "inputs"], fill);
  offer(model, inputs);
  return () => { clearInterval(timer); cancelAnimationFrame(waiting); };
}
export default { render };
