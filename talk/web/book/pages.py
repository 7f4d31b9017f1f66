"""The book's pages that are made: the notebooks to read, and the reference of each module."""

import importlib
import inspect
import pkgutil
import re
from html import escape

import deck
import labs

LAB = "../../lab/notebooks/index.html?path="  # where a notebook runs, seen from its page
RECORDED = {  # systems that no browser runs: what stands on the page of such a notebook
    "06_famous_kids": "PyTorch, TensorFlow and JAX",
    "07_unsung_heroes": "Autograd, Chainer and Tangent",
    "08_questions": "PyTorch, TensorFlow and JAX",
}

# ---------------------------------------------------------------- notebooks


def plain(nb):
    """A notebook to read: no speaker's notes, folded set-up, and a word for each picture."""
    deck.describe(nb)
    nb.cells = [cell for cell in nb.cells if deck.kind(cell) != "notes"]
    for cell in nb.cells:
        cell.source = cell.source.replace("](labs/", "](../labs/")  # a folder of the book's own
        if deck.is_setup(cell):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        for output in cell.get("outputs", []):
            if alt := output.get("metadata", {}).pop("alt", ""):
                cell.metadata["mystnb"] = {"image": {"alt": alt}}
    return nb


def box(words):
    """A box of HTML in a page."""
    return f'<div class="run">\n<p>{words}</p>\n</div>'


def ways_to_run(path, number, where=""):
    """Say where a notebook runs: in the browser, or on one's own machine."""
    words = (
        f'<a href="{LAB}{where}{path.name}">Run it in your browser</a>, with nothing installed. '
    )
    if path.stem in RECORDED:
        words += f"(No browser runs {RECORDED[path.stem]}: what they said is recorded here.) "
    return words + f"On your own machine: <code>{number}</code>."


def after_head(nb, text):
    """Put Markdown below the first cell."""
    nb.cells.insert(1, deck_cell(text))
    return nb


def deck_cell(text):
    """A Markdown cell."""
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text, id="how-to-run")


def talk(folder, root):
    """Write the talk's notebooks."""
    for path in deck.notebooks(root):
        nb = after_head(plain(deck.read(path)), box(ways_to_run(path, "make lab")))
        deck.write(nb, folder / "talk" / path.name)


def lab_pages(folder, root):
    """Write the labs for learners, and the solved ones, which the search does not find."""
    for source in labs.sources():
        name = f"{source.stem}.ipynb"
        nb = plain(deck.read(root / "notebooks" / "labs" / name))
        after_head(nb, box(ways_to_run(source.with_suffix(".ipynb"), "make lab", "labs/")))
        deck.write(nb, folder / "labs" / name)
        nb = plain(deck.read(root / "notebooks" / "labs" / "solved" / name))
        head, _, rest = nb.cells[0].source.partition("\n")
        nb.cells[0].source = f"{head} (solved)\n{rest}"
        words = "For teachers: this page has the solutions. Learners begin with "
        after_head(nb, box(f'{words}<a href="../labs/{source.stem}.html">the lab itself</a>.'))
        nb.metadata["nosearch"] = True
        deck.write(nb, folder / "solved" / name)


# ---------------------------------------------------------------- the reference

API = {  # part: its modules, in the order of the talk
    "What you call": ["elves"],
    "The engines": [
        "elves.numerical", "elves.symbolic", "elves.forward", "elves.taylor", "elves.reverse",
        "elves.checkpointing", "elves.static_graph", "elves.source", "elves.tracing",
        "elves.batching",
    ],
    "The table": [
        "elves.rules", "elves.core", "elves.rules.elementwise", "elves.rules.arrays",
        "elves.rules.products", "elves.rules.linalg", "elves.rules.numerics", "elves.rules.special",
    ],
    "To see and to check": [
        "elves.show", "elves.widgets", "elves.testing", "elves.course", "elves.frameworks",
        "elves.race", "elves.workloads", "elves.digits", "elves.expression", "elves.errors",
    ],
}  # fmt: skip
ASIDE = re.compile(r"elves\.(course|frameworks)\.|__main__|labextension")  # solutions; systems


def behind(root):
    """The modules behind those: for whoever reads on in the sources."""
    known = {name for names in API.values() for name in names}
    found = [info.name for info in pkgutil.walk_packages([str(root / "elves")], "elves.")]
    return [name for name in found if name not in known and not ASIDE.search(name)]


def hidden(name):
    """Keep a module out of the index whose name belongs to a function that is called by it."""
    parent, _, last = name.rpartition(".")
    thing = getattr(importlib.import_module(parent or name), last, None)
    return "   :no-index:\n" if parent and not inspect.ismodule(thing) else ""


def lines(root, name):
    """The number of lines of a module."""
    path = root.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return len(path.read_text("utf-8").splitlines())


def reference(folder, root):
    """Write a page for each module, and one that lists them."""
    text = [(folder / "api" / "head.rst").read_text("utf-8")]
    (folder / "api" / "head.rst").unlink()
    for part, modules in (API | {"Behind them": behind(root)}).items():
        text += ["", part, "-" * len(part), "", ".. toctree::", "   :maxdepth: 1", ""]
        text += [f"   {name} <{name}>" for name in modules]
        for name in modules:
            title = f"``{name}``"
            body = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {name}\n{hidden(name)}"
            (folder / "api" / f"{name}.rst").write_text(body, "utf-8")
    (folder / "api" / "index.rst").write_text("\n".join(text) + "\n", "utf-8")


def write(folder, root):
    """Write all of them into the folder that Sphinx reads."""
    for name in ("talk", "labs", "solved", "api"):
        (folder / name).mkdir(exist_ok=True)
    talk(folder, root)
    lab_pages(folder, root)
    reference(folder, root)
    escape("")
