// The trainer: a small graph whose values and adjoints a learner fills in; each is checked at once.
const PAUSE = 800;  // milliseconds without a key, until what stands there is looked at

export default { render({ model, el }) {
  const said = h("p", { class: "said", role: "status" });
  const graph = h("div", { class: "graph wide" });
  const narrow = h("div", { class: "graph narrow" });  // instead of it, on a phone
  const table = h("div", { class: "fields" });
  const title = h("strong");
  const next = button("another graph", "another graph", () => {
    set(model, { chosen: (model.get("chosen") + 1) % model.get("graphs").length });
  });
  const { follow } = frame(el, model, "Trainer: fill in values and adjoints", "graphs",
    h("div", { class: "knobs" }, next, title), graph, narrow, table, said);
  let filled = new Map(), shown = -1;

  const right = (text, value) => text.trim() !== "" && Math.abs(Number(text) - value) < 1e-6;

  function field(row, what, cell) {
    const input = h("input", { type: "text", class: "number", inputmode: "decimal",
      autocomplete: "off", "aria-label": `the ${what} of ${row.name}` });
    const key = `${row.name} ${what}`;
    let waiting;
    const judge = () => {
      clearTimeout(waiting);
      const text = input.value.trim(), good = right(text, row[what]);
      filled.set(key, good);
      cell.className = good ? "good" : text ? "bad" : "";
      input.setAttribute("aria-invalid", !good && text !== "");
      const known = (row.known || []).find(([value]) => right(text, value));
      if (what === "adjoint" && !good && known) said.textContent = known[1];
      else if (good) said.textContent = row.says[what];
      else if (text) said.textContent = Number.isNaN(Number(text))
        ? "That is not a number: write one such as 1.5." : `${text} is not the ${what} of ${row.name}.`;
      const all = 2 * model.get("graphs")[shown].rows.length;
      const count = [...filled.values()].filter(Boolean).length;
      title.textContent = `${count} of ${all}`;
      if (count === all) said.textContent = "All of them are right. Another graph?";
    };
    input.addEventListener("change", judge);
    input.addEventListener("input", () => {  // the 1 of 18 is no mistake yet
      clearTimeout(waiting);
      if (right(input.value, row[what])) judge();
      else waiting = setTimeout(judge, PAUSE);
    });
    return input;
  }

  follow(["graphs", "chosen"], () => {
    if (shown === model.get("chosen") && table.children.length) return;
    shown = model.get("chosen");
    filled = new Map();
    const { svg, narrow: below, rows } = model.get("graphs")[shown];
    graph.innerHTML = svg;
    narrow.innerHTML = below;
    title.textContent = `0 of ${2 * rows.length}`;
    said.textContent = "Values from the input on, then adjoints from the end: the last one is 1.";
    table.replaceChildren(...["", "value", "adjoint"].map((word) => h("b", {}, word)),
      ...rows.flatMap((row) => {
        const cells = [h("span"), h("span")];
        cells[0].append(field(row, "value", cells[0]));
        cells[1].append(field(row, "adjoint", cells[1]));
        return [h("span", {}, row.words), ...cells];
      }));
  });
} };
