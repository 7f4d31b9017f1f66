// Widgets are dark in a page of the class `night` (as in the deck): follow what the theme decides.
const page = document.documentElement;
const follow = () => page.classList.toggle("night", page.dataset.theme === "dark");
new MutationObserver(follow).observe(page, { attributeFilter: ["data-theme"] });
follow();

// What is wider than the page scrolls by itself: let the keyboard reach it.
const scrolls = () => {
  for (const box of document.querySelectorAll(".bd-article pre, .bd-article .pst-scrollable-table-container, .bd-article .wide"))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
};
addEventListener("load", scrolls);
addEventListener("resize", scrolls);

// The theme says Ctrl K; a slash opens the search as well.
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.querySelector(".search-button__button, .search-button-field")?.click();
});
