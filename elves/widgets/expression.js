// A formula and its derivatives: how they swell when written out, and how little sharing leaves.

function render({ model, el }) {
  const formula = h("code", { class: "rule" }), bars = h("div", { class: "bars" });
  const plot = h("div", { class: "graph", tabindex: 0, "aria-label": "graph of the formula" });
  const said = h("div", { class: "said quiet", "aria-live": "polite" });
  const typed = entry("f(x) =", model.get("text"), (text) =>
    text in model.get("views") ? set(model, { text, problem: "" }) : ask(model, tell, { text }));
  const which = choice("recorded", [], (text) => set(model, { text, problem: "" }));
  const order = slider("derivative", [0, 1, 2, 3], (k) => ["f", "f′", "f″", "f‴"][k],
    (order) => set(model, { order }));
  const shared = h("input", { type: "checkbox", "aria-label": "share equal parts",
    onchange: () => set(model, { shared: shared.checked }) });
  const { tell, follow } = frame(el, model, "expression explorer", "text",
    h("div", { class: "knobs" }, typed.node, which.node, order.node,
      h("label", {}, shared, "share equal parts")), formula, plot, bars, said);

  function draw() {
    const views = model.get("views"), text = model.get("text"), k = printing() ? 3 : model.get("order");
    if (!views[text]?.[k]) return;
    const view = views[text][k], most = Math.max(...views[text].map((v) => v.tree));
    if (document.activeElement !== typed.input) typed.input.value = text;
    which.show(text, Object.keys(views));
    which.node.style.display = Object.keys(views).length > 1 ? "" : "none";
    order.show(k);
    shared.checked = model.get("shared");
    const long = view.source.length > 80; // what does not fit on one line, nobody reads
    formula.textContent = long ? `${view.source.slice(0, 78)} …` : view.source;
    formula.title = view.source;
    plot.innerHTML = model.get("shared") ? view.graph : view.branches;
    bars.replaceChildren(...views[text].map((v, n) => h("div",
      { class: n === k ? "now" : n > k ? "later" : "" },
      h("span", {}, ["f", "f′", "f″", "f‴"][n]),
      h("i", { class: "berry", style: `width:${(34 * v.tree) / most}%` }),
      h("span", {}, `${v.tree} written out`),
      h("i", { class: "pine", style: `width:${(34 * v.shared) / most}%` }),
      h("span", {}, `${v.shared} shared`))));
    said.textContent = `${view.tree} operations written out, ${view.shared} with equal parts shared.`;
  }
  follow(["text", "order", "shared", "views"], draw);
  offer(model, typed.node);
}
export default { render };
