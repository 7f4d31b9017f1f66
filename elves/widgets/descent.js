// Gradient descent on a surface: every path for every step size and momentum was computed before.

function render({ model, el }) {
  const W = 900, H = 280, [x0, x1, y0, y1] = model.get("frame");
  const { px, py, words, svg } = axes(W, H, [x0, x1], [y0, y1], 12, 12, 12);
  const plot = h("div", { class: "plot" }), said = h("div", { class: "said", "aria-live": "polite" });
  const rate = slider("step size", model.get("rates"), String, (r) => set(model, { rate: r }));
  const push = slider("momentum", model.get("momenta"), String, (r) => set(model, { momentum: r }));
  frame(el, model, "descent explorer", "contours", plot, rate.node, push.node, said);
  const points = (path) => path.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(" ");
  const ground = model.get("contours").map((line) => `<polyline points="${
    points(line.split(" ").map((point) => point.split(",")))}"
    fill="none" stroke="var(--elves-pine)" stroke-opacity="0.6" stroke-width="1.5"/>`).join("");

  function draw() {
    const path = model.get("paths")[`${model.get("rate")},${model.get("momentum")}`];
    if (!path) return;
    rate.show(model.get("rate"));
    push.show(model.get("momentum"));
    const [x, y] = path.points.at(-1);
    plot.innerHTML = svg(`${ground}<polyline points="${points(path.points)}" fill="none"
      stroke="var(--elves-berry)" stroke-width="3"/>` + path.points.map(([x, y]) =>
      `<circle cx="${px(x)}" cy="${py(y)}" r="4" fill="var(--elves-berry)"/>`).join("") +
      words(px(x), py(y) + 10, "★", 'text-anchor="middle" style="fill:var(--elves-gold);font-size:32px"'),
      "path of gradient descent on a contour map");
    said.textContent = path.words;
  }
  for (const name of ["rate", "momentum"]) model.on(`change:${name}`, draw);
  draw();
}
export default { render };
