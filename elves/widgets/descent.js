// Gradient descent on a surface: every path for every step size and momentum was computed before.

function render({ model, el }) {
  const W = 900, H = 280;
  const plot = h("div", { class: "plot" }), said = h("div", { class: "said", "aria-live": "polite" });
  const rate = slider("step size", [], String, (r) => set(model, { rate: r }));
  const push = slider("momentum", [], String, (r) => set(model, { momentum: r }));
  const hint = h("div", {}, "Click on the map to start there, or move the start with the arrow keys.");
  const { tell, follow } = frame(el, model, "descent explorer", "contours", plot, rate.node,
    push.node, said, hint);

  plot.addEventListener("click", (event) => {
    const map = plot.querySelector("svg");
    if (hint.hidden || !map) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    const [x0, x1, y0, y1] = model.get("frame");
    begin(...axes(W, H, [x0, x1], [y0, y1], 12, 12, 12).back(at.x, at.y));
  });
  plot.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (hint.hidden || chord(event) || !way) return;
    event.preventDefault();
    if (model.get("served") < model.get("asked").number) return;  // it still walks from the last one
    const [x0, x1, y0, y1] = model.get("frame"), [x, y] = model.get("paths")[0][0].points[0];
    begin(x + way[0] * (x1 - x0) / 40, y + way[1] * (y1 - y0) / 20);
  });
  function begin(x, y) {
    const [x0, x1, y0, y1] = model.get("frame");
    ask(model, tell, { start: [Math.max(x0, Math.min(x1, x)), Math.max(y0, Math.min(y1, y))] });
  }

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
    const [x, y] = model.get("bottom");
    plot.innerHTML = svg(`${ground}<polyline points="${points(path.points)}" fill="none"
      stroke="var(--elves-berry)" stroke-width="3"/>` + path.points.map(([x, y]) =>
      `<circle cx="${px(x)}" cy="${py(y)}" r="4" fill="var(--elves-berry)"/>`).join("") +
      (x === undefined ? "" : words(px(x), py(y) + 10, "★",
        'text-anchor="middle" style="fill:var(--elves-gold);font-size:32px"')),
      "path of gradient descent on a contour map");
    said.textContent = path.words;
  }
  follow(["rate", "momentum", "rates", "momenta", "paths", "contours", "frame", "bottom"], draw);
  offer(model, hint);
  const reach = () => {
    plot.tabIndex = hint.hidden ? -1 : 0;
    plot.ariaLabel = hint.hidden ? null : "map: arrow keys move the start";
  };
  model.on("change:served", reach);
  reach();
}
export default { render };
