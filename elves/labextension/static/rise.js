// Live slides: what RISE's bundle lacks. In JupyterLab itself it touches only pictures, and on a
// phone's screen it starts with the list of files closed, which else lies over the notebook.
//
// 1. Widgets ask for @jupyterlab/console, which RISE does not bundle; without it each widget shows
//    its text only. An empty stand-in is enough, since slides have no consoles.
// 2. Slides hide set-up cells, so nobody could run them: they run once when the kernel is ready. So
//    do cells with the tag `live`, whose widget then answers the room without being run first.
// 3. The keys of a clicker and Space act wherever the focus is and whatever runs; RISE and Reveal
//    leave them to sliders, buttons and cells (hakimel/reveal.js#941). A text field keeps what is
//    typed, a slider its arrows, a button Enter.
// 4. No key changes a cell by accident (damianavila/RISE#171): Jupyter hears none of them, and code
//    is read-only until a double click or Enter; Esc ends that.
// 5. Shift-Enter runs the next cell of the slide in view, and shows it first if it is still hidden.
//    RISE runs the active cell, which it sets late, and which may stand on another slide (rise#83).
// 6. Pictures keep the description that their SVG carries.
// 7. Slides have the sizes and steps that talk/staging.py wrote down: a result in words waits for
//    Space, which shows the recorded one, or for Shift-Enter, which computes it. A widget that walks
//    has a step for each press, and begins anew when it is run.
// 8. In a window of another size (full screen, a projector) Reveal measures too early, before
//    JupyterLab has given the slides their new room; it is told again.
// 9. The speaker view shows notes once, without the Markdown that they are made of. Its two small
//    previews leave the kernel alone, and never send the slides elsewhere while they open. A
//    clicker's F5 reloads none of the three, also while they open.
// 10. Nothing is saved unless Ctrl-S asks for it (rise#68), and leaving the page asks nothing.
// 11. A reload stays on its slide, where RISE begins with the first.
// 12. i i interrupts the kernel (Jupyter's own belongs to a menu that RISE lacks), and a cell that
//    runs says so.
// 13. The key d changes between day and night, as in the exported deck.
// (The RangeErrors in the console come from web components in RISE's bundle, with or without this
// file: microsoft/fast#6464. Nothing on the slides uses these.)
(() => {
  const name = "elves-rise";
  const isRise = () => /\/rise\//.test(location.pathname);
  const isPreview = () => /[?&]receiver/.test(location.search); // inside of the speaker view
  const start = location.hash; // before RISE changes it
  let shared;

  async function load(module) {
    const [provider] = Object.values(shared[module]);
    return (await provider.get())();
  }

  function runSetup(panel) {
    const context = panel.sessionContext;
    Promise.all([panel.context.ready, context.ready]).then(() => {
      if (!panel.model.getMetadata("elves")) return;
      const { kernel } = context.session;
      for (const cell of panel.model.cells) {
        const tags = cell.getMetadata("tags") || [];
        if (cell.type === "code" && tags.includes("setup")) {
          const code = cell.sharedModel.getSource();
          const quiet = { silent: true, store_history: false, stop_on_error: false };
          kernel.requestExecute({ code, ...quiet });
        }
      }
      for (const { model, outputArea } of panel.content.widgets)
        if (model.getMetadata("tags")?.includes("live") && !isPreview())
          outputArea.future = kernel.requestExecute({ code: model.sharedModel.getSource() });
    });
  }

  function setStage(panel) {
    panel.context.ready.then(async () => {
      const cells = panel.content.widgets;
      await Promise.all(cells.map((cell) => cell.ready));
      let sizes = {};
      for (const cell of cells) {
        const { model, node } = cell;
        if (model.type === "code") edit(cell, false);
        const kind = model.getMetadata("slideshow")?.slide_type;
        if (kind === "notes") node.querySelector(".jp-InputArea-editor")?.remove();
        if (/slide/.test(kind)) sizes = model.getMetadata("elves") || {};
        for (const [name, size] of Object.entries(sizes)) node.style.setProperty(`--${name}`, size);
        const mark = document.createElement("span"); // no div: RISE counts those
        const [walks] = (model.toJSON().outputs || []).flatMap(({ metadata }) => metadata?.elves || []);
        if (walks) { // its marks are there before the widget's script (elves/widgets/stepper.js)
          Object.assign(mark, { className: "steps", hidden: true });
          mark.innerHTML = '<span class="fragment"></span>'.repeat(walks.presses);
        } else if (model.getMetadata("tags")?.includes("result")) mark.className = "fragment result";
        else continue;
        node.querySelector(".jp-Cell-outputWrapper").before(mark);
      }
    });
  }

  const inView = (node) => node.closest("section.present:not(.stack)");
  const is = (state) => document.querySelector(`.reveal.${state}`);

  function press(keyCode, shiftKey = false) {
    document.activeElement.blur(); // Reveal leaves keys alone that are typed into something
    const init = { keyCode, shiftKey, bubbles: true };
    document.body.dispatchEvent(new KeyboardEvent("keydown", init));
  }

  // Press PageDown until a step of the slide in view is there.
  function reveal(step) {
    for (let k = 0; k < 50 && step.matches(":not(.visible)"); k++)
      if (inView(step) && !is("paused") && !is("overview")) press(34);
  }

  function edit(cell, editing) {
    cell?.editor?.setOption("readOnly", !editing);
    if (editing) cell.editor.focus();
  }

  // The cell to run next: the one that was clicked, else the first that has not been run since the
  // slide came, else the last again.
  const ran = new Set();
  let clicked = null;

  function next(panel) {
    const cells = panel.content.widgets.filter(({ model, node }) =>
      model.type === "code" && inView(node) && !node.matches(".reveal-skip"));
    const unrun = cells.find((cell) => !ran.has(cell)) || cells.at(-1);
    return cells.find((cell) => cell === clicked) || unrun;
  }

  function run(panel, actions) {
    const cell = next(panel);
    if (!cell || isPreview()) return;
    const step = cell.node.closest(".fragment");
    if (step) reveal(step);
    for (const mark of cell.node.querySelectorAll(".steps > *")) mark.classList.remove("visible");
    edit(cell, false);
    ran.add(cell);
    clicked = null;
    panel.content.deselectAll();
    panel.content.activeCellIndex = panel.content.widgets.indexOf(cell);
    actions.run(panel.content, panel.sessionContext);
  }

  // What each key does: a key code for Reveal, a command of RISE, or something of our own.
  const fullscreen = () => isPreview() || document.documentElement.requestFullscreen().catch(() => {});
  const KEYS = { PageDown: 34, ArrowRight: 34, ArrowDown: 34, n: 34, " ": 32,
    PageUp: 33, ArrowLeft: 33, ArrowUp: 33, p: 33, ".": 190, b: 190, "/": 190, s: 83,
    Escape: "RISE:toggleOverview", o: "RISE:toggleOverview", w: "RISE:toggleOverview",
    Home: "RISE:firstSlide", End: "RISE:lastSlide", t: "RISE:notes-open", "?": "RISE:riseHelp",
    ",": "RISE:toggleAllRiseButtons", F5: fullscreen, f: fullscreen,
    d: () => document.documentElement.classList.toggle("night") };
  const EDITOR = ".cm-content:not([aria-readonly=true])"; // code that is being edited
  const TEXT = `${EDITOR}, textarea, input:not([type=range], [type=checkbox], [type=radio])`;

  // Whether what has the focus keeps a key: a field that is typed into, a slider, a button.
  function isOwn({ key, target }) {
    if (/^(Page|Escape|F5)/.test(key)) return false;
    if (target.closest(TEXT)) return true;
    if (!target.closest(".jp-OutputArea-output")) return false;
    return key === "Enter" ? !!target.closest("button, a, summary") : /^(Arrow|Home|End)/.test(key);
  }

  // No reload of a window of the speaker's, which would lose its slides and its clock.
  function keep(opened) {
    opened?.addEventListener("keydown", (event) => {
      if (event.key === "F5") event.preventDefault();
    }, true);
  }

  let last = -Infinity; // when i was pressed

  function capture(event, app, panel, actions) {
    const { key, target, shiftKey, altKey } = event;
    if (!event.isTrusted || !target.closest) return;
    const dialog = document.querySelector(".jp-Dialog"); // a clicker closes it and goes on
    if (dialog && !/^(Page|F5)/.test(key)) return;
    dialog?.dispatchEvent(new KeyboardEvent("keydown", { keyCode: 27, bubbles: true }));
    const command = event.ctrlKey || event.metaKey;
    const editing = target.closest(EDITOR) && panel.content.activeCell;
    const runs = key === "Enter" && (shiftKey || command || altKey) && !target.closest("input");
    const saves = command && !altKey && !shiftKey && key.toLowerCase() === "s";
    if (isOwn(event) && !runs && !saves) {
      target.dataset.lmSuppressShortcuts = "true"; // else Jupyter's shortcuts take the key
      return;
    }
    event.stopImmediatePropagation();
    if ((command || altKey) && !runs && !saves) return; // the browser's: copying, zooming
    const does = KEYS[key] ?? (key.length === 1 || key === "Enter" ? () => {} : null);
    if (does === null) return; // Tab, F11 and the like
    event.preventDefault();
    if (editing && !runs && !saves) edit(editing, false);
    if (runs) run(panel, actions);
    else if (saves) app.commands.execute("docmanager:save");
    else if (editing && key === "Escape") document.activeElement.blur();
    else if (is("paused") && does !== 190) press(190); // black: any key brings the slide back
    else if (typeof does === "number") press(does, shiftKey && key === " ");
    else if (typeof does === "string") app.commands.execute(does);
    else if (key === "Enter" && !isPreview()) edit(next(panel), true);
    else if (key === "i" && event.timeStamp - last < 1000)
      panel.sessionContext.session.kernel.interrupt();
    else does();
    last = key === "i" ? event.timeStamp : -Infinity;
  }

  function describe() {
    for (const image of document.querySelectorAll(".jp-RenderedSVG img:not([alt])")) {
      const svg = decodeURIComponent(image.src.slice(image.src.indexOf(",") + 1));
      const page = new DOMParser().parseFromString(svg, "image/svg+xml");
      image.alt = page.documentElement.getAttribute("aria-label") || "";
    }
  }

  function listen(app, panel, actions) {
    window.addEventListener("keydown", (event) => capture(event, app, panel, actions), true);
    app.shell.node.addEventListener("keydown", (event) => {
      if (isOwn(event)) event.stopPropagation(); // else the slides take it
    });
    const cellOf = ({ target }, part) => target.closest?.(part) &&
      panel.content.widgets.find(({ node }) => node.contains(target));
    const input = ".jp-CodeCell .jp-Cell-inputWrapper";
    window.addEventListener("mousedown", (event) => { clicked = cellOf(event, input); }, true);
    window.addEventListener("dblclick", (event) => {
      if (cellOf(event, ".jp-MarkdownCell")) event.stopImmediatePropagation(); // else edited
      if (cellOf(event, input) && !isPreview()) edit(cellOf(event, input), true);
    }, true);
    document.addEventListener("slidechanged", () => {
      ran.clear();
      clicked = null;
    });
    document.addEventListener("focusout", ({ target }) => {
      if (target.closest?.(".cm-content")) edit(cellOf({ target }, input), false);
    });
    document.addEventListener("ready", () => setTimeout(() => {
      if (start && !isPreview()) location.hash = start;
      // RISE drops b and Esc, which come to a preview from the speaker's window.
      const all = { method: "configure", args: [{ keyboard: true }] };
      if (isPreview()) window.postMessage(JSON.stringify(all), "*");
    }));
  }

  // Pictures say what is seen, are as wide as the page at most (on a phone, below 500 pixels, they
  // scroll, and can be read), and light or dark as JupyterLab's theme is, not as the system: an SVG inside an image hears of it by the image's color-scheme.
  // Printed sentences wrap between words. Stored widgets work, so no icon calls them broken.
  const style = document.createElement("style");
  style.textContent = ["light", "dark"].map((tone) =>
    `[data-jp-theme-light="${tone === "light"}"] .jp-RenderedSVG img { color-scheme: ${tone}; }`,
  ).join("") + ".jp-RenderedSVG img { max-width: max(100%, min(640px, (500px - 100%) * 999)); }" +
    ".jp-RenderedSVG, .jp-RenderedMarkdown { overflow-x: auto; }" +
    ".jupyter-widgets-disconnected:has(> .elves-widget)::before { content: none; }" +
    ".jp-OutputArea .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }";
  document.head.append(style);
  if (!isRise())
    new MutationObserver(describe).observe(document.body, { childList: true, subtree: true });

  const narrow = {
    id: `${name}:narrow`,
    autoStart: true,
    activate: (app) => { // returns at once, since JupyterLab waits for it before it restores
      if (innerWidth < 600) app.restored.then(() => setTimeout(() => app.shell.collapseLeft()));
    },
  };

  const extension = async () => {
    if (!isRise()) return { __esModule: true, default: [narrow] };
    const { INotebookTracker, NotebookActions } = await load("@jupyterlab/notebook");
    const { IDocumentManager } = await load("@jupyterlab/docmanager");
    const plugin = {
      id: `${name}:setup`,
      autoStart: true,
      requires: [INotebookTracker, IDocumentManager],
      activate: (app, tracker, manager) => {
        const unsaved = () => { if (manager.autosave) manager.autosave = false; };
        manager.stateChanged.connect(unsaved); // settings that arrive late turn it on again
        unsaved();
        tracker.widgetAdded.connect((_, panel) => {
          if (!isPreview()) runSetup(panel);
          setStage(panel);
          const room = new ResizeObserver(() => window.dispatchEvent(new Event("resize")));
          room.observe(panel.node);
          listen(app, panel, NotebookActions);
        });
        NotebookActions.executionScheduled.connect((_, { cell }) =>
          cell.node.classList.add("running"));
        NotebookActions.executed.connect((_, { cell }) => {
          cell.node.classList.remove("running");
          const result = cell.node.querySelector(".result");
          if (result) reveal(result);
        });
        new MutationObserver(describe).observe(document.body, { childList: true, subtree: true });
      },
    };
    return { __esModule: true, default: [plugin] };
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[name] = {
    init: async (scope) => {
      shared = scope;
      if (isRise())
        window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), true);
      if (isPreview()) {
        keep(window);
        history.replaceState(null, "", location.pathname + location.search);
      }
      const { open } = window;
      if (isRise()) window.open = (...all) => {
        const opened = open.apply(window, all);
        setTimeout(() => keep(opened)); // Reveal writes into it first, which drops listeners
        return opened;
      };
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
