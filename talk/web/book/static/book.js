// Widgets are dark in a page of the class `night` (as in the deck): follow what the theme decides.
const page = document.documentElement;
const follow = () => page.classList.toggle("night", page.dataset.theme === "dark");
new MutationObserver(follow).observe(page, { attributeFilter: ["data-theme"] });
follow();

// What is wider than its place scrolls by itself: let the keyboard reach it.
const WIDE = "pre, .wide, .text_html, .pst-scrollable-table-container, .elves-widget :is(.code, .graph, .rule, .plot)";
const reach = () => {
  for (const box of document.querySelectorAll(`.bd-article :is(${WIDE})`))
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
};
let waiting;
const later = () => { clearTimeout(waiting); waiting = setTimeout(reach, 100); };
addEventListener("load", later);
addEventListener("resize", later);
for (const output of document.querySelectorAll(".cell_output"))
  new MutationObserver(later).observe(output, { childList: true, subtree: true });

// Folds are named by their words; those of the list of pages have none.
for (const fold of document.querySelectorAll("details.hide > summary")) fold.removeAttribute("aria-label");
for (const fold of document.querySelectorAll(".bd-links summary"))
  fold.setAttribute("aria-label", `Pages of ${fold.closest("li").querySelector("a").textContent}`);

// The theme says Ctrl K; a slash opens the search as well.
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.querySelector(".search-button__button")?.click();
});
