// A function beside its derivative: point at a line, or move to it, and see the lines it became.

function render({ model, el }) {
  const said = h("div", { class: "said", "aria-live": "polite" });
  const choose = (line) => set(model, { line: line ?? 0 });
  const column = (title, lines) => h("div", { class: "column" }, h("strong", {}, title),
    h("div", { class: "code" }, ...lines.map(([text, line]) => h("button",
      { type: "button", class: "line", "data-line": line ?? "",
        onmouseenter: () => choose(line), onfocus: () => choose(line),
        onclick: () => choose(line) }, text || " "))));
  const stage = h("div", { class: "stage" });
  const { root, follow } = frame(el, model, "source explorer", "left", stage, said);

  root.addEventListener("keydown", (event) => {
    const all = [...root.querySelectorAll(".line")], at = all.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (chord(event) || to === undefined || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  });
  function draw() {
    const now = String(model.get("line") || "none");
    const hits = [];
    for (const line of root.querySelectorAll(".line")) {
      line.classList.toggle("now", line.dataset.line === now);
      if (line.dataset.line !== now) continue;
      const box = line.parentElement;  // the first hit in each column scrolls into view
      if (!box.contains(hits.at(-1)) && !box.matches(":hover"))
        box.scrollTop = line.offsetTop - box.offsetTop - 60;
      hits.push(line);
    }
    said.textContent = hits.length ? `Line ${now} became ${hits.length - 1} line${hits.length === 2 ? "" : "s"}.`
      : "Point at a line.";
  }
  follow(["left", "right", "title"], () => {
    stage.replaceChildren(column("the function", model.get("left")),
      column(model.get("title"), model.get("right")));
    draw();
  });
  follow(["line"], draw);
}
export default { render };
