"""Fixtures: a small sample talk that has one of everything; cells whose system is not here."""

import ast
import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption("--all-mutants", action="store_true", help="corrupt every row in every way")
    parser.addoption("--learners", type=int, default=3, help="how many of a simulated class")


def pytest_configure():
    """Hear Ctrl-C in the background too; keep TensorFlow's log handler off pytest's stream."""
    if threading.current_thread() is threading.main_thread():  # what tests start inherits it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(ImportError):
        from absl import logging

        logging.get_absl_handler().python_handler.stream = sys.__stderr__


PARTS = {  # of the test command, and where their tests stand: what takes longest comes first
    "class": r"tests/test_class\w*\.py",
    "site": r"tests/test_(book|play|wasm|web)\.py",
    "browser": r"tests/test_(address|browser|deck_walk|handout|keys|live|stage|widgets_\w+)\.py",
    "random programs": r"tests/test_(fuzz|source_programs|source_statements)\.py",
    "real systems": r"tests/test_(absent|cli|constructs|cross|frameworks|race|tracing_jax)\w*\.py",
    "deck and talk": r"tests/test_(deck|notebooks|rehearse|staging|talk_texts|teaching)\.py",
    "labs": r"tests/test_(cluster|course)\.py",
    "set-up and project": r"tests/test_(bootstrap|lab|layers|pins|project)\.py",
    "pictures and widgets": r"tests/test_(figures|numbers_changed|pictures|show|widgets)\.py",
    "notebooks": r"(notebooks|slides)/",
    "engines and rules": r"tests/test_\w+\.py",
    "examples in docstrings": r"(elves|talk)/",
}


def part_of(nodeid):
    return next((part for part, places in PARTS.items() if re.match(places, nodeid)), None)


def pytest_collection_modifyitems(items):
    """Begin with what takes long; skip notebooks' claims about a system that is not installed."""
    items.sort(key=lambda item: [*PARTS, None].index(part_of(item.nodeid)))
    if sys.platform == "emscripten":  # slow: of the largest files every fourth test
        large = [item for item in items if item.path.stem in ("test_source", "test_tracing")]
        gone = {id(item) for number, item in enumerate(large) if number % 4}
        items[:] = [item for item in items if id(item) not in gone]
    from elves.frameworks import absent

    gone = {
        name: f"{name} is not installed"
        for name, (module, *_) in absent.MODULES.items()
        if not importlib.util.find_spec(module)
    }
    guards = {}
    for item in items if gone else []:
        if source := getattr(item, "cell", {}).get("source"):
            guard = guards.setdefault(item.path, absent.Absent(gone))
            tree = ast.parse("\n".join(line for line in source.split("\n") if line[:1] not in "%!"))
            before = ast.dump(tree)
            needs = ast.dump(guard.visit(tree)) != before or "for name in here" in source
            if needs and "nbval-check-output" in item.cell.metadata.get("tags", []):
                item.add_marker(pytest.mark.skip(reason=", ".join(gone.values())))


def minutes(reports):
    """Add up what the tests of each part took, in minutes."""
    spent = dict.fromkeys(PARTS, 0.0)
    for report in reports:
        if part := part_of(report.nodeid):
            spent[part] += report.duration / 60
    return spent


def pytest_terminal_summary(terminalreporter):
    reports = [r for rs in terminalreporter.stats.values() for r in rs if hasattr(r, "duration")]
    spent = {part: m for part, m in minutes(reports).items() if m >= 0.05}
    if sum(spent.values()) >= 1:  # a short run needs no report
        terminalreporter.section("minutes of work (`-n 2` does two at a time)")
        for part, m in sorted(spent.items(), key=lambda pair: -pair[1]):
            terminalreporter.write_line(f"{m:5.1f}  {part}")


ROOT = Path(__file__).resolve().parent.parent

OUTLINE = """
[talk]
title = "A sample <talk>"
subtitle = "one of everything"
speaker = "A. Speaker"
width = 1280
height = 720
theme = "white"

[[section]]
id = "introduction"
title = "Introduction"
minutes = [2, 3]
notebooks = ["01_first"]

[[section]]
id = "rest"
title = "Rest"
minutes = [1, 2]
notebooks = ["02_second"]
"""

STEPPER = '''import anywidget
import matplotlib.pyplot as plt
import numpy as np
import traitlets


class Stepper(anywidget.AnyWidget):
    _esm = """
    export default {render({model, el}) {
      const button = document.createElement("button");
      button.className = "stepper";
      const show = () => { button.textContent = "Step " + model.get("step"); };
      button.onclick = () => { model.set("step", model.get("step") + 1); model.save_changes(); };
      model.on("change:step", show); show(); el.append(button);
    }};
    """
    step = traitlets.Int(0).tag(sync=True)'''

FIRST = [
    (
        "intro-setup",
        "skip",
        "import matplotlib.pyplot as plt\nimport numpy as np\n"
        "%config InlineBackend.figure_formats = ['svg']\nplt.rcParams['svg.hashsalt'] = 'elves'",
        {"tags": ["setup"]},
    ),
    (
        "intro-title",
        "slide",
        "# Differentiation engines\n\nThe elves behind the *sample*",
        {"timing": 30},
    ),
    ("intro-title-notes", "notes", "Say **hello** first.", {}),
    (
        "intro-maths",
        "slide",
        "## The product rule\n\nFor $f(x) = u(x)\\,v(x)$ we get\n\n"
        "$$\\frac{df}{dx} = \\frac{du}{dx} v + u \\frac{dv}{dx}, \\qquad "
        "\\nabla f = \\begin{pmatrix} \\partial_1 f \\\\ \\partial_2 f \\end{pmatrix}$$\n\n"
        "- a list with `code`, **weight** and a [link](01_first.ipynb)\n- another line\n\n"
        "| method | error | cost |\n|---|---|---|\n| forward | $O(h)$ | $n + 1$ |\n"
        "| complex | $O(h^2)$ | $n$ |",
        {"timing": 40},
    ),
    ("intro-maths-notes", "notes", "The note of the second slide.", {}),
    ("intro-depth", "skip", "Only the course has this.", {}),
    ("intro-code", "subslide", "## Code beside its result", {"timing": 50}),
    (
        "intro-sum",
        "-",
        'def f(x: float) -> float:\n    """A line of about eighty-eight columns, '
        'which must not be clipped at all."""\n    return np.sin(x) * x**2  # a comment\n\n\n'
        "print('the value is', round(float(f(1.3)), 6))\nf(np.array([1.0, 2.0]))",
        {},
    ),
    ("intro-fragment", "fragment", "> And a *fragment* below it.", {}),
    ("intro-error", "fragment", "1 / 0", {"tags": ["raises-exception"]}),
    ("intro-code-notes", "notes", "Run the cell.", {}),
]
SECOND = [
    ("rest-setup", "skip", STEPPER, {"tags": ["setup"]}),
    ("rest-figure", "slide", "## A figure", {"timing": 20}),
    ("rest-plot", "-", "x = np.linspace(0, 6)\nplt.figure(figsize=(8, 4))\n"
     "plt.plot(x, np.sin(x))\nplt.show()", {"alt": "One period of a sine curve."}),
    ("rest-figure-notes", "notes", "A curve.", {}),
    ("rest-widgets", "slide", "## Widgets", {"timing": 20}),
    ("rest-slider", "-", "import ipywidgets as w\n\na, b = w.IntSlider(value=3, description='a'), "
     "w.IntText(value=3)\nw.jslink((a, 'value'), (b, 'value'))\nw.VBox([a, b])", {}),
    ("rest-stepper", "-", "Stepper()", {}),
    ("rest-widgets-notes", "notes", "Move them.", {}),
]  # fmt: skip


def notebook(rows):
    """Make a notebook of (id, slide type, source, metadata) rows."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    code = {"intro-setup", "intro-sum", "intro-error", "rest-setup", "rest-plot", "rest-slider",
            "rest-stepper"}  # fmt: skip
    cells = []
    for name, kind, source, more in rows:
        metadata = {"slideshow": {"slide_type": kind}, **more}
        if timing := metadata.pop("timing", None):
            metadata["slideshow"]["data"] = {"timing": timing}
        make = new_code_cell if name in code else new_markdown_cell
        cells.append(make(source, id=name, metadata=metadata))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def write_sample(root):
    """Write the sample talk with the real style sheet and libraries."""
    import nbformat

    for folder in ("talk", "notebooks", "slides"):
        (root / folder).mkdir(parents=True)
    (root / "talk" / "outline.toml").write_text(OUTLINE, "utf-8")
    nbformat.write(notebook(FIRST), root / "notebooks" / "01_first.ipynb")
    nbformat.write(notebook(SECOND), root / "notebooks" / "02_second.ipynb")
    shutil.copy(ROOT / "slides" / "rise.css", root / "slides")
    shutil.copytree(ROOT / "slides" / "vendor", root / "slides" / "vendor")
    return root


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The sample talk, built."""
    import deck

    root = write_sample(tmp_path_factory.mktemp("sample") / "talk")
    deck.build(root)
    return root


@pytest.fixture(scope="session")
def systems():
    """Skip what runs the whole talk where one of its systems is not installed."""
    from elves import frameworks
    from elves.errors import MissingError

    for name in frameworks.FRAMEWORKS:
        try:
            frameworks.load(name)
        except MissingError as error:
            if os.environ.get("CI") == "true" and error.why != "no release":
                pytest.fail(str(error))
            pytest.skip(str(error))


@pytest.fixture
def checked_programs(monkeypatch):
    """Each program that `jit` compiles goes through the checker, before and after its passes."""
    from checking import check
    from elves.tracing import emit, optimize

    def optimized(ir, passes):
        check(ir)
        ir = optimize(ir, passes)
        check(ir)
        return ir

    monkeypatch.setattr(emit, "optimize", optimized)


@pytest.fixture(scope="module")
def chromium():
    """A browser without the network's help."""
    from playwright.sync_api import sync_playwright

    import browser

    path = browser.chromium()
    with sync_playwright() as playwright:
        engine = playwright.chromium.launch(executable_path=path, args=browser.FLAGS)
        yield engine
        engine.close()


@pytest.fixture(scope="session")
def class_place():
    """The folder of a class for tests, whose environment is installed once for all of them."""
    if sys.platform != "linux" or os.geteuid():
        pytest.skip("Unix users are made by root on Linux")
    from classroom import setting_up
    from classroom.place import Place

    place = Place(Path("/srv/elves-test"))
    place.home.mkdir(parents=True, exist_ok=True)
    with setting_up.locked(place):
        setting_up.environment(place)
        setting_up.proxy(place)
    return place


@pytest.fixture(scope="session")
def site():
    """The folder of the whole site, which one worker builds for all, and only after a change."""
    out = ROOT / ".venv" / "web" / "site"
    command = [sys.executable, ROOT / "talk" / "web.py", "build", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        without(f"{done.stdout}\n{done.stderr}")
    return out


def without(problem):
    """Skip a test where there is no network or no Node.js, but not in CI; else it fails."""
    away = re.search("no network|npm is missing", problem) and os.environ.get("CI") != "true"
    (pytest.skip if away else pytest.fail)(problem)


@pytest.fixture(scope="session")
def served(site):
    """The site below a prefix, as a host shows it: its address, and what it has sent."""
    import browser

    with browser.hosting(site) as host:
        yield host


@pytest.fixture(scope="session")
def axe():
    """The text of axe-core, which finds what shuts people out of a page."""
    import fetching

    try:
        folder = fetching.npm("axe-core", *fetching.NPM["axe-core"])
    except fetching.BrowserError as error:
        without(str(error))
    return (folder / "axe.min.js").read_text("utf-8")
