// Looks at the slide in view as the last row of the room does; returns what is wrong with it.
// `least` gives the smallest sizes in pixels of the screen: {text, code}, or null to skip sizes.
(least) => {
  const slide = document.querySelector("section.present:not(.stack)");
  const scale = slide.getBoundingClientRect().width / slide.offsetWidth;
  const wrong = { outside: [], clipped: [], small: [], pale: [], capitals: [], pictures: [] };
  const HIDDEN = "aside.notes, script, style, .MathJax_Preview, .MJX_Assistive_MathML";
  const frame = [...document.querySelectorAll("#rise-footer, .slide-number")];
  const feet = frame.map((node) => node.getBoundingClientRect()).filter((box) => box.height);
  const bottom = Math.min(innerHeight, ...feet.map((box) => box.top + 1));
  const round = (number) => Math.round(10 * number) / 10;

  // ---- colours, after https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
  function parse(color) {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  }
  const blend = (top, a, under) => top.map((c, i) => a * c + (1 - a) * under[i]);
  function luminance(rgb) {
    const [r, g, b] = rgb.map((c) => {
      const s = c / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function contrast(one, two) {
    const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  function ground(node) {
    if (!node) return [255, 255, 255];
    const { rgb, a } = parse(getComputedStyle(node).backgroundColor);
    return a === 1 ? rgb : blend(rgb, a, ground(node.parentElement));
  }
  function opacity(node) {
    return node ? Number(getComputedStyle(node).opacity) * opacity(node.parentElement) : 1;
  }

  // ---- boxes
  function inside(box, what, node) {
    if (!box.width || !box.height) return;
    const to = `${what} (to ${Math.round(box.right)}, ${Math.round(box.bottom)})`;
    if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > bottom)
      wrong.outside.push(to);
    for (let up = node; up && up !== slide; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      if (up instanceof SVGElement || up.matches(".cm-scroller, input")) continue;
      const edge = up.getBoundingClientRect();
      if (box.right > edge.right + 2 || box.bottom > edge.bottom + 2 || box.left < edge.left - 2)
        wrong.clipped.push(to);
    }
  }

  // ---- text
  function text(node, words, zoom) {
    const parent = node.parentElement, style = getComputedStyle(parent);
    if (style.visibility === "hidden" || opacity(parent) === 0) return;
    const maths = parent.closest(".mjx-chtml, .MathJax, mjx-container");
    const size = parseFloat(getComputedStyle(maths || parent).fontSize) * zoom;
    const code = parent.closest(".jp-InputArea-editor, .jp-RenderedMarkdown pre");
    if (least && !parent.closest("sup, sub") && size < (code ? least.code : least.text) - 0.05)
      wrong.small.push(`${words} (${round(size)} px)`);
    const paint = parent instanceof SVGElement ? style.fill : style.color;
    const { rgb, a } = parse(paint === "none" ? style.color : paint);
    const under = ground(parent);
    const ratio = contrast(blend(rgb, a * opacity(parent), under), under);
    const svg = parent.closest("svg"), turned = svg && getComputedStyle(svg).filter !== "none";
    if (ratio < 4.5 && !turned) wrong.pale.push(`${words} (${round(ratio)}:1)`);
    if (style.textTransform !== "none") wrong.capitals.push(words);
  }
  const range = document.createRange();
  let characters = "";
  for (const root of [slide, ...frame]) {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode, words = node.data.trim().slice(0, 30);
      if (!words || node.parentElement.closest(HIDDEN)) continue;
      if (!node.parentElement.closest(".mjx-chtml, .MathJax")) characters += node.data;
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter((box) => box.width && box.height);
      if (!boxes.length) continue;
      const svg = node.parentElement.closest("svg");
      const grown = svg && svg.viewBox.baseVal?.width
        ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : null;
      text(node, words, grown ?? (root === slide ? scale : 1));
      if (root === slide) for (const box of boxes) inside(box, words, node.parentElement);
    }
  }

  // ---- pictures: where they are, what they say, and how large the letters inside are
  for (const node of slide.querySelectorAll("img, svg, canvas, input, button"))
    if (!node.closest(HIDDEN) && !node.parentElement.closest("svg"))
      inside(node.getBoundingClientRect(), node.tagName, node.parentElement);
  for (const image of slide.querySelectorAll("img")) {
    if (image.alt.split(/\s+/).length < 5) wrong.pictures.push(`no description: ${image.alt}`);
    if (!image.naturalWidth) wrong.pictures.push(`does not load: ${image.alt}`);
    if (!least || !image.src.startsWith("data:image/svg+xml;base64,")) continue;
    const bytes = Uint8Array.from(atob(image.src.split(",")[1]), (c) => c.charCodeAt(0));
    const page = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "image/svg+xml");
    const box = page.documentElement.getAttribute("viewBox").split(/[\s,]+/).map(Number);
    const zoom = image.getBoundingClientRect().width / box[2];
    const sizes = [...page.querySelectorAll("text[font-size]")].map((node) =>
      [node.textContent, Number(node.getAttribute("font-size"))]);
    // matplotlib draws letters as paths of a font of size 100, scaled
    for (const group of page.querySelectorAll("g[id^=text_] > g[transform]")) {
      const found = group.getAttribute("transform").match(/scale\(([\d.]+)/);
      if (found) sizes.push([group.parentElement.id, 100 * Number(found[1])]);
    }
    for (const [words, size] of sizes)
      if (size * zoom < least.text - 0.05)
        wrong.pictures.push(`${words} in ${image.alt.slice(0, 30)} (${round(size * zoom)} px)`);
  }
  const found = Object.entries(wrong).filter(([, list]) => list.length);
  return {
    id: slide.id,
    step: slide.querySelectorAll(".fragment.visible").length,
    hidden: slide.querySelectorAll(".fragment:not(.visible)").length,
    characters,
    places: [...slide.querySelectorAll(".jp-Cell")].map((cell) => Math.round(cell.offsetTop)),
    wrong: Object.fromEntries(found.map(([kind, list]) => [kind, [...new Set(list)].slice(0, 4)])),
  };
}
