// A function, and the graph that each system recorded of it, above the slope that it finds.

function render({ model, el }) {
  const plot = h("div", { class: "graph whole", tabindex: 0,
    "aria-label": "graphs of the systems" });
  const enter = () => {
    const text = typed.input.value, x = place.input.value;
    if (text in model.get("views") && Number(x) === model.get("x")) set(model, { text, problem: "" });
    else ask(model, tell, { text, x });
  };
  const typed = entry("f(x) =", model.get("text"), enter), place = entry("at x =", model.get("x"), enter);
  typed.node.querySelector("button").remove();
  const which = choice("recorded", [], (text) => set(model, { text, problem: "" }));
  const { tell, follow } = frame(el, model, "systems explorer", "views",
    h("div", { class: "knobs" }, typed.node, place.node, which.node), plot);

  function draw() {
    const views = model.get("views"), text = model.get("text");
    if (!views[text]) return;
    for (const [field, value] of [[typed, text], [place, model.get("x")]])
      if (document.activeElement !== field.input) field.input.value = value;
    which.show(text, Object.keys(views));
    which.node.style.display = Object.keys(views).length > 1 ? "" : "none";
    plot.innerHTML = views[text];
  }
  follow(["text", "x", "views"], draw);
  offer(model, typed.node, place.node);
}
export default { render };
