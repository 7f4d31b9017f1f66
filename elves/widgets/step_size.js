// The error of numerical derivatives over the step size, with a slider that works without a kernel.
const LOOKS = [["#b5301f", ""], ["#9a6d00", "8 5"], ["#00665e", "2 5"]];
const W = 900, H = 330, LEFT = 78, BOTTOM = 56;

function render({ model, el }) {
  const steps = model.get("steps"), curves = model.get("curves");
  const px = (e) => LEFT + ((steps.at(-1) - e) / (steps.at(-1) - steps[0])) * (W - LEFT - 130);
  const py = (e) => 12 + (-e / 17) * (H - BOTTOM - 12);
  const text = (x, y, words, more = "") =>
    `<text x="${x}" y="${y}" font-size="20" fill="#22303c" ${more}>${words}</text>`;
  const lines = curves.map(([name, errors], i) => {
    const points = errors.map((e, k) => `${px(steps[k])},${py(e)}`).join(" ");
    const [color, dash] = LOOKS[i];
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="3"
      stroke-dasharray="${dash}"/>` + text(W - 118, 40 + 26 * i, name, `style="fill:${color}"`);
  });
  const ticks = [0, -4, -8, -12, -16].map((e) => text(8, py(e) + 6, `1e${e}`));
  const feet = [-1, -4, -8, -12, -16].map((e) => text(px(e) - 18, H - 26, `1e${e}`));

  el.innerHTML = `<div class="elves-step" style="max-width:${W}px;margin:auto;text-align:left">
    <svg viewBox="0 0 ${W} ${H}" width="100%" role="img"
      aria-label="Error of numerical derivatives over the step size">
      ${lines.join("")}${ticks.join("")}${feet.join("")}
      ${text(LEFT + 300, H - 3, "step h")}<g class="now"></g></svg>
    <input type="range" min="${-steps.at(-1)}" max="${-steps[0]}" step="1"
      style="margin:0 0 0 ${(100 * (LEFT - 8)) / W}%;width:${(100 * (W - LEFT - 114)) / W}%;
        accent-color:#00665e" aria-label="exponent of the step h">
    <output style="display:block;font-size:20px;min-height:1.5em;color:#22303c"></output></div>`;

  const slider = el.querySelector("input"), now = el.querySelector(".now");
  function draw() {
    const e = model.get("exponent"), k = steps.indexOf(e);
    slider.value = -e;
    slider.setAttribute("aria-valuetext", `h = 1e${e}`);
    now.innerHTML = curves.map(([, errors], i) =>
      `<circle cx="${px(e)}" cy="${py(errors[k])}" r="8" fill="${LOOKS[i][0]}"/>`).join("");
    el.querySelector("output").textContent = `h = 1e${e}: error ` + curves.map(([name, errors]) =>
      `${name} ${(10 ** errors[k]).toExponential(0)}`).join(", ");
  }
  slider.addEventListener("input", () => {
    model.set("exponent", -Number(slider.value));
    model.save_changes();
    draw();
  });
  // Arrow keys on the slider must move the slider and not the slide.
  slider.addEventListener("keydown", (event) => event.stopPropagation());
  model.on("change:exponent", draw);
  draw();
}
export default { render };
