// The error of numerical derivatives over the step size, for the functions and schemes chosen.

function render({ model, el }) {
  const W = 900, H = 330;
  const plot = h("div", { class: "plot words" }), said = h("div", { class: "said", "aria-live": "polite" });
  const size = slider("step h", [], (e) => `1e${e}`,
    (exponent) => set(model, { exponent }));
  const which = choice("f(x)", [], (chosen) => set(model, { chosen }));
  const own = entry("another f(x)", "", (text) => ask(model, tell, { text }));
  const schemes = h("span", { class: "checks" });
  const { tell, follow } = frame(el, model, "step size explorer", "chosen", plot, size.node,
    h("div", { class: "knobs" }, which.node, schemes, own.node), said);

  function draw() {
    const steps = model.get("steps"), e = model.get("exponent"), k = steps.indexOf(e);
    const curves = model.get("curves");
    const all = curves[model.get("chosen")], hidden = model.get("hidden");
    if (!all || k < 0) return;
    const { px, py, words, svg } = axes(W, H, [-steps.at(-1), -steps[0]], [-17, 0], 80, 52, 120);
    const shown = all.map((c, i) => [...c, i]).filter(([name]) => !hidden.includes(name));
    const lines = shown.map(([name, errors, i]) => {
      const points = errors.map((y, n) => `${px(-steps[n])},${py(y)}`).join(" ");
      const color = `var(--elves-${LOOKS[i][0]})`;
      return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="3"
        stroke-dasharray="${LOOKS[i][1]}"/><circle cx="${px(-e)}" cy="${py(errors[k])}" r="8"
        fill="${color}"/>` +
        words(W - 104, 36 + 27 * i, name, `style="fill:${color}"`);
    });
    const ticks = [0, -4, -8, -12, -16].map((y) => words(8, py(y) + 7, `1e${y}`));
    const feet = [0, -4, -8, -12, -16].map((x) => words(px(-x), H - 28, `1e${x}`,
      'text-anchor="middle"'));
    plot.innerHTML = svg(`<line x1="${px(-e)}" x2="${px(-e)}" y1="12" y2="${H - 52}"
      stroke="var(--elves-frost)" stroke-width="2"/>` + lines.join("") + ticks.join("") +
      feet.join("") + words(px(8), H - 4, "step h", 'text-anchor="middle"'),
      "error of numerical derivatives over the step size");
    size.show(e, [...steps].reverse());
    which.show(model.get("chosen"), Object.keys(curves));
    schemes.replaceChildren(...all.map(([name]) => h("label", {}, h("input", { type: "checkbox",
      "aria-label": name, ...(hidden.includes(name) ? {} : { checked: "" }),
      onchange: (event) => set(model, { hidden: event.target.checked
        ? hidden.filter((s) => s !== name) : [...hidden, name] }) }), name)));
    said.textContent = `h = 1e${e}: error ` + (shown.map(([name, errors]) =>
      `${name} ${(10 ** errors[k]).toExponential(0)}`).join(", ") || "of no scheme");
  }
  follow(["exponent", "chosen", "hidden", "steps", "curves"], draw);
  offer(model, own.node);
}
export default { render };
