// Gradient descent on a surface: every path for every step size and momentum was computed before.

function render({ model, el }) {
  const W = 900, H = 280;
  const plot = h("div", { class: "plot" }), said = h("div", { class: "said", "aria-live": "polite" });
  const rate = slider("step size", [], String, (r) => set(model, { rate: r }));
  const push = slider("momentum", [], String, (r) => set(model, { momentum: r }));
  const hint = h("div", {}, "Click on the map to start there.");
  const { tell, follow } = frame(el, model, "descent explorer", "contours", plot, rate.node,
    push.node, said, hint);

  plot.addEventListener("click", (event) => {
    const map = plot.querySelector("svg");
    if (hint.hidden || !map) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    const [x0, x1, y0, y1] = model.get("frame");
    const [x, y] = axes(W, H, [x0, x1], [y0, y1], 12, 12, 12).back(at.x, at.y);
    ask(model, tell, { start: [Math.max(x0, Math.min(x1, x)), Math.max(y0, Math.min(y1, y))] });
  });

  function draw() {
    const rates = model.get("rates"), momenta = model.get("momenta");
    const path = model.get("paths")[rates.indexOf(model.get("rate"))]?.[
      momenta.indexOf(model.get("momentum"))];
    if (!path) return;
    const [x0, x1, y0, y1] = model.get("frame");
    const { px, py, words, svg } = axes(W, H, [x0, x1], [y0, y1], 12, 12, 12);
    const points = (all) => all.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(" ");
    const ground = model.get("contours").map((line) => `<polyline points="${
      points(line.split(" ").map((point) => point.split(",")))}"
      fill="none" stroke="var(--elves-pine)" stroke-opacity="0.6" stroke-width="1.5"/>`).join("");
    rate.show(model.get("rate"), rates);
    push.show(model.get("momentum"), momenta);
    const [x, y] = path.points.at(-1);
    plot.innerHTML = svg(`${ground}<polyline points="${points(path.points)}" fill="none"
      stroke="var(--elves-berry)" stroke-width="3"/>` + path.points.map(([x, y]) =>
      `<circle cx="${px(x)}" cy="${py(y)}" r="4" fill="var(--elves-berry)"/>`).join("") +
      words(px(x), py(y) + 10, "★", 'text-anchor="middle" style="fill:var(--elves-gold);font-size:32px"'),
      "path of gradient descent on a contour map");
    said.textContent = path.words;
  }
  follow(["rate", "momentum", "rates", "momenta", "paths", "contours", "frame"], draw);
  offer(model, hint);
}
export default { render };
