// The trainer: a small graph whose values and adjoints a learner fills in; each is checked at once.
export default { render({ model, el }) {
  const said = h("p", { class: "said", role: "status" });
  const graph = h("div", { class: "graph" });
  const table = h("div", { class: "fields" });
  const title = h("strong");
  const next = button("another graph", "another graph", () => {
    set(model, { chosen: (model.get("chosen") + 1) % model.get("graphs").length });
  });
  const { follow } = frame(el, model, "Trainer: fill in values and adjoints", "graphs",
    h("div", { class: "knobs" }, next, title), graph, table, said);
  let filled = new Map(), shown = -1;

  const right = (text, value) => text.trim() !== "" && Math.abs(Number(text) - value) < 1e-6;

  function field(row, what, cell) {
    const input = h("input", { type: "text", class: "number", inputmode: "decimal",
      autocomplete: "off", "aria-label": `the ${what} of ${row.name}` });
    const key = `${row.name} ${what}`;
    input.addEventListener("input", () => {
      const good = right(input.value, row[what]);
      filled.set(key, good);
      cell.className = good ? "good" : input.value.trim() ? "bad" : "";
      input.setAttribute("aria-invalid", !good && input.value.trim() !== "");
      const known = (row.known || []).find(([value]) => right(input.value, value));
      if (what === "adjoint" && !good && known) said.textContent = known[1];
      else if (good) said.textContent = row.says[what];
      else if (input.value.trim()) said.textContent = Number.isNaN(Number(input.value))
        ? "That is not a number: write one such as 1.5." : `The ${what} of ${row.name} is another one.`;
      const all = 2 * model.get("graphs")[shown].rows.length;
      const count = [...filled.values()].filter(Boolean).length;
      title.textContent = `${count} of ${all}`;
      if (count === all) said.textContent = "All of them are right. Another graph?";
    });
    return input;
  }

  follow(["graphs", "chosen"], () => {
    if (shown === model.get("chosen") && table.children.length) return;
    shown = model.get("chosen");
    filled = new Map();
    const { svg, rows } = model.get("graphs")[shown];
    graph.innerHTML = svg;
    title.textContent = `0 of ${2 * rows.length}`;
    said.textContent = "Values from left to right, then adjoints from the end: the last one is 1.";
    table.replaceChildren(...["", "value", "adjoint"].map((word) => h("b", {}, word)),
      ...rows.flatMap((row) => {
        const cells = [h("span"), h("span")];
        cells[0].append(field(row, "value", cells[0]));
        cells[1].append(field(row, "adjoint", cells[1]));
        return [h("span", {}, row.words), ...cells];
      }));
  });
} };
