// Live slides: what RISE's bundle lacks. In JupyterLab itself it touches only pictures.
//
// 1. Widgets ask for @jupyterlab/console, which RISE does not bundle; without it each widget shows
//    its text only. An empty stand-in is enough, since slides have no consoles.
// 2. Slides hide set-up cells, so nobody could run them: they run once when the kernel is ready.
// 3. Keys typed into a widget would also change the slide.
// 4. A clicker sends PageDown and PageUp: they change the slide wherever the focus is.
// 5. Shift-Enter reaches RISE only after a click into a cell; here it always runs the active one.
// 6. Pictures keep the description that their SVG carries.
// 7. Slides have the sizes and steps that talk/staging.py wrote down: a result in words waits for
//    Space, which shows the recorded one, or for Shift-Enter, which computes it.
// 8. In a window of another size (full screen, a projector) Reveal measures too early, before
//    JupyterLab has given the slides their new room; it is told again.
// 9. The speaker view shows notes once, without the Markdown that they are made of, and its two
//    small previews leave the kernel alone.
// 10. The key d changes between day and night, as in the exported deck, and no longer begins
//    Jupyter's d d, which would delete the cell on stage.
(() => {
  const name = "elves-rise";
  const isRise = () => /\/rise\//.test(location.pathname);
  let shared;

  async function load(module) {
    const [provider] = Object.values(shared[module]);
    return (await provider.get())();
  }

  function runSetup(panel) {
    const context = panel.sessionContext;
    Promise.all([panel.context.ready, context.ready]).then(() => {
      if (!panel.model.getMetadata("elves")) return;
      for (const cell of panel.model.cells) {
        const tags = cell.getMetadata("tags") || [];
        if (cell.type === "code" && tags.includes("setup")) {
          const code = cell.sharedModel.getSource();
          context.session.kernel.requestExecute({ code, silent: true, store_history: false });
        }
      }
    });
  }

  function setStage(panel) {
    panel.context.ready.then(async () => {
      const cells = panel.content.widgets;
      await Promise.all(cells.map((cell) => cell.ready));
      let sizes = {};
      for (const { model, node } of cells) {
        const kind = model.getMetadata("slideshow")?.slide_type;
        if (kind === "notes") node.querySelector(".jp-InputArea-editor")?.remove();
        if (/slide/.test(kind)) sizes = model.getMetadata("elves") || {};
        for (const [name, size] of Object.entries(sizes)) node.style.setProperty(`--${name}`, size);
        if (!model.getMetadata("tags")?.includes("result")) continue;
        const mark = document.createElement("span"); // no div: RISE counts those
        mark.className = "fragment result";
        node.querySelector(".jp-Cell-outputWrapper").before(mark);
      }
    });
  }

  function press(key, keyCode) {
    document.activeElement.blur(); // RISE leaves keys alone that are typed into something
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode, bubbles: true }));
  }

  function isTyping(event) {
    if (!event.target.closest?.(".jp-OutputArea-output")) return false;
    const button = event.target.closest("button");
    return button ? [" ", "Enter"].includes(event.key) : event.key.startsWith("Arrow");
  }

  function describe() {
    for (const image of document.querySelectorAll(".jp-RenderedSVG img:not([alt])")) {
      const svg = decodeURIComponent(image.src.slice(image.src.indexOf(",") + 1));
      const page = new DOMParser().parseFromString(svg, "image/svg+xml");
      image.alt = page.documentElement.getAttribute("aria-label") || "";
    }
  }

  function capture(event, app) {
    if (/^Page(Up|Down)$/.test(event.key) && event.target !== document.body) {
      event.preventDefault();
      event.stopImmediatePropagation();
      press(event.key, event.keyCode);
    } else if (isTyping(event)) {
      event.target.dataset.lmSuppressShortcuts = "true"; // else Jupyter's shortcuts take the key
    } else if (event.key === "d" && !event.target.closest?.(".cm-content, input, textarea")) {
      event.stopImmediatePropagation();
      if (!event.ctrlKey && !event.metaKey) document.documentElement.classList.toggle("night");
    } else if (event.key === "Enter" && event.shiftKey && event.target === document.body) {
      event.stopImmediatePropagation();
      app.commands.execute("RISE:smart-exec");
    }
  }

  // Pictures say what is seen, are as wide as the page at most, and light or dark as JupyterLab's
  // theme is, not as the system: an SVG inside an image hears of it by the image's color-scheme.
  // Printed sentences wrap between words.
  const style = document.createElement("style");
  style.textContent = ["light", "dark"].map((tone) =>
    `[data-jp-theme-light="${tone === "light"}"] .jp-RenderedSVG img { color-scheme: ${tone}; }`,
  ).join("") + ".jp-RenderedSVG img { max-width: 100%; }" +
    ".jp-OutputArea .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }";
  document.head.append(style);
  if (!isRise())
    new MutationObserver(describe).observe(document.body, { childList: true, subtree: true });

  const extension = async () => {
    if (!isRise()) return { __esModule: true, default: [] };
    const { INotebookTracker, NotebookActions } = await load("@jupyterlab/notebook");
    const plugin = {
      id: `${name}:setup`,
      autoStart: true,
      requires: [INotebookTracker],
      activate: (app, tracker) => {
        tracker.widgetAdded.connect((_, panel) => {
          if (!/[?&]receiver/.test(location.search)) runSetup(panel);
          setStage(panel);
          const room = new ResizeObserver(() => window.dispatchEvent(new Event("resize")));
          room.observe(panel.node);
        });
        NotebookActions.executed.connect((_, { cell }) => {
          if (cell.node.querySelector(".result:not(.visible)")) press("PageDown", 34);
        });
        new MutationObserver(describe).observe(document.body, { childList: true, subtree: true });
        window.addEventListener("keydown", (event) => capture(event, app), true);
        app.shell.node.addEventListener("keydown", (event) => {
          if (isTyping(event)) event.stopPropagation(); // else the slides take it
        });
      },
    };
    return { __esModule: true, default: [plugin] };
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[name] = {
    init: async (scope) => {
      shared = scope;
      if (!isRise() || scope["@jupyterlab/console"]) return;
      const { Token } = await load("@lumino/coreutils");
      const console = { IConsoleTracker: new Token("@jupyterlab/console:IConsoleTracker") };
      scope["@jupyterlab/console"] = {
        "4.3.4": { get: async () => () => console, from: name, eager: false, loaded: 1 },
      };
    },
    get: async () => {
      const module = await extension();
      return () => module;
    },
  };
})();
