// What a Jacobian of n columns and m rows costs in each mode: measured, in runs of the function.

function render({ model, el }) {
  const bars = h("div", { class: "bars", role: "img" });
  const said = h("div", { class: "said", "aria-live": "polite" });
  const sliders = ["n", "m"].map((name) => slider(
    name === "n" ? "inputs n" : "outputs m", model.get("sizes"), (k) => `${name} = ${k}`,
    (value) => { set(model, { [name]: value }); measure(() => {}); }));
  const measure = (tell) => ask(model, tell, { n: model.get("n"), m: model.get("m") });
  const again = button("measure again with the kernel", "measure again", () => measure(tell));
  const { tell, follow } = frame(el, model, "mode explorer", "costs", ...sliders.map((s) => s.node), bars, said,
    h("div", { class: "knobs" }, again));

  function draw() {
    const n = model.get("n"), m = model.get("m"), costs = model.get("costs")[`${n},${m}`];
    if (!costs) return;
    const passes = { numerical: n + 1, forward: n, reverse: m };
    const most = Math.max(...Object.values(model.get("costs")).flatMap((c) => Object.values(c)));
    sliders[0].show(n, model.get("sizes"));
    sliders[1].show(m, model.get("sizes"));
    bars.replaceChildren(...["numerical", "forward", "reverse"].map((name) => [name, costs[name]])
      .map(([name, cost], i) => h("div", {},
      h("span", {}, name),
      h("i", { class: LOOKS[i][0], style:
        `width:${(45 * Math.log10(1 + cost)) / Math.log10(1 + most)}%` }),
      h("span", {}, `${cost} runs of f · ${passes[name]} ` +
        (name === "numerical" ? "evaluations" : passes[name] === 1 ? "sweep" : "directions")))));
    const least = Object.entries(costs).reduce((a, b) => (b[1] < a[1] ? b : a))[0];
    said.textContent = `A ${m} by ${n} Jacobian: ${least} is the cheapest here. ` +
      "Times measured, in runs of f, on a logarithmic scale.";
    bars.setAttribute("aria-label", Object.entries(costs).map(([a, b]) => `${a} ${b}`).join(", "));
  }
  follow(["n", "m", "sizes", "costs"], draw);
  offer(model, again);
}
export default { render };
