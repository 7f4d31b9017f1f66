// Live slides: what RISE's bundle lacks. In JupyterLab itself it touches only pictures.
//
// 1. Widgets ask for @jupyterlab/console, which RISE does not bundle; without it each widget shows
//    its text only. An empty stand-in is enough, since slides have no consoles.
// 2. Slides hide set-up cells, so nobody could run them: they run once when the kernel is ready.
// 3. Keys typed into a widget would also change the slide.
// 4. A clicker sends PageDown and PageUp: they change the slide wherever the focus is.
// 5. Shift-Enter reaches RISE only after a click into a cell; here it always runs the active one.
// 6. Pictures keep the description that their SVG carries.
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
      document.activeElement.blur(); // RISE leaves keys alone that are typed into something
      const { key, keyCode } = event;
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode, bubbles: true }));
    } else if (isTyping(event)) {
      event.target.dataset.lmSuppressShortcuts = "true"; // else Jupyter's shortcuts take the key
    } else if (event.key === "Enter" && event.shiftKey && event.target === document.body) {
      event.stopImmediatePropagation();
      app.commands.execute("RISE:smart-exec");
    }
  }

  // Pictures say what is seen, are as wide as the page at most, and light or dark as JupyterLab's
  // theme is, not as the system: an SVG inside an image hears of it by the image's color-scheme.
  const style = document.createElement("style");
  style.textContent = ["light", "dark"].map((tone) =>
    `[data-jp-theme-light="${tone === "light"}"] .jp-RenderedSVG img { color-scheme: ${tone}; }`,
  ).join("") + ".jp-RenderedSVG img { max-width: 100%; }";
  document.head.append(style);
  if (!isRise())
    new MutationObserver(describe).observe(document.body, { childList: true, subtree: true });

  const extension = async () => {
    if (!isRise()) return { __esModule: true, default: [] };
    const { INotebookTracker } = await load("@jupyterlab/notebook");
    const plugin = {
      id: `${name}:setup`,
      autoStart: true,
      requires: [INotebookTracker],
      activate: (app, tracker) => {
        tracker.widgetAdded.connect((_, panel) => runSetup(panel));
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
