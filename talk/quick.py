"""Build the quick page /play/: its own files, the widgets' scripts, and the list of what it needs.

    python talk/quick.py SITE    write SITE/play, where SITE/py holds the browser's Python

The list (config.js) names each file with its sha256 and its bytes, as they are and as gzip: the
page counts with them, and its service worker knows by them what is new.
"""

import gzip
import hashlib
import itertools
import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "web" / "play"
PACKAGES = ("numpy", "mpmath", "grandalf", "elves")
CORE = (
    "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip",
    "pyodide-lock.json",
)  # fmt: skip
GRAPHS = 96  # to practise with
LIMIT = 15_000  # milliseconds without a word, after which the page stops a function


def build(site):
    """Write `site`/play anew; `site`/py must stand already."""
    out = site / "play"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(HERE, out, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in parts().items():
        (out / name).write_text(text, "utf-8")
    config(site)


def config(site):
    """Write the list of all that the page needs."""
    out = site / "play"
    own = sorted(path for path in out.iterdir() if path.name not in ("sw.js", "config.js"))
    page = {path.name: measured(path) for path in own}
    page["./"] = page["index.html"]
    files = {f"../py/{path.name}": measured(path) for path in python(site / "py")}
    told = {"limit": LIMIT, "packages": PACKAGES, "page": page, "files": files}
    version = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    page["config.js"] = {"sha256": "", "version": version}  # it cannot know its own hash
    (out / "config.js").write_text(f"self.CONFIG = {json.dumps(told, indent=1)};\n", "utf-8")


def parts():
    """The files that come from the widgets of the notebooks: scripts, look, and practice graphs."""
    from elves.course import trainer
    from elves.show.drawing import theme
    from elves.widgets.base import Explorer, script

    drawn = (trainer.problem(seed, 2 + seed % 3) for seed in itertools.count())
    graphs = {}  # all different, or "another graph" may show the same one again
    while len(graphs) < GRAPHS:
        graph = next(drawn)
        graphs[graph["svg"]] = graph
    dark = f"@media (prefers-color-scheme: dark) {{ {theme('.elves-widget', 1)} }}"
    return {
        "stepper.js": script("stepper.js"),
        "trainer.js": script("trainer.js"),
        "look.css": (HERE.parent / "look.css").read_text("utf-8"),
        "widgets.css": f"{Explorer._css}\n{dark}\n",
        "practice.json": json.dumps([*graphs.values()]),
    }


def python(folder):
    """The files of the browser's Python that the page needs, with those that they need."""
    lock = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))["packages"]
    names, todo = {}, list(PACKAGES)
    while todo:
        name = todo.pop()
        if name not in names:
            names[name] = lock[name]["file_name"]
            todo += lock[name]["depends"]
    return [folder / name for name in (*CORE, *sorted(names.values()))]


def measured(path):
    """The sha256 of a file, its bytes, and those that travel where the server packs them."""
    data = path.read_bytes()
    packed = len(data) if path.suffix in (".whl", ".zip") else len(gzip.compress(data, 6))
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "gzip": packed}


if __name__ == "__main__":
    build(Path(sys.argv[1]))
