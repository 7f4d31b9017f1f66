"""The book's pages that are made: the notebooks to read, and the reference of each module."""

import ast
import copy
import importlib
import inspect
import os
import pkgutil
import re
from html import escape
from pathlib import Path

import deck
import mainline

# Where a notebook runs, seen from its page: one notebook in a window, which suits a phone too.
LAB = "../../lab/notebooks/index.html?path="
RECORDED = {  # what no browser runs
    "06_famous_kids": "PyTorch, TensorFlow or JAX",
    "07_unsung_heroes": "Autograd, Chainer or Tangent",
    "08_questions": "PyTorch, TensorFlow or JAX",
}
VIEW = "application/vnd.jupyter.widget-view+json"
SVG = "image/svg+xml"

# ---------------------------------------------------------------- notebooks


def plain(nb, folder):
    """A notebook to read: no speaker's notes, folded set-up, a word for each picture, questions."""
    deck.describe(nb)
    cells = []
    for cell in nb.cells:
        if deck.kind(cell) == "notes":
            continue
        cells.append(cell)
        cell.source = cell.source.replace("](labs/", "](../labs/")  # a folder of the book's own
        if mainline.is_setup(cell):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        for output in list(cell.get("outputs", [])):
            alt = output.get("metadata", {}).pop("alt", "")
            if alt:
                cell.metadata["mystnb"] = {"image": {"alt": alt}}
            if {VIEW, SVG} <= set(output.get("data", {})):
                cell.outputs.append(still(output.data[SVG], alt, cell.id, folder))
        if asked := re.fullmatch(r'(?s)(?:.*\n)?quiz\("([\w.]+)"\)', cell.source):
            cells.append(markdown(question(asked[1]), f"{cell.id}-asked"))
    nb.cells = cells
    return nb


def still(svg, alt, name, folder):
    """The picture that stands for a widget where no scripts run, as an output of its own."""
    from nbformat.v4 import new_output

    (folder / "static" / "stills").mkdir(exist_ok=True)
    (folder / "static" / "stills" / f"{name}.svg").write_text(svg, "utf-8")
    picture = f'<img src="../_static/stills/{name}.svg" alt="{escape(alt)}">'
    return new_output("display_data", data={"text/html": f"<noscript>{picture}</noscript>"})


def question(name):
    """A quiz to read: the question, its answers, and what is right behind a fold."""
    from elves.course import rooms

    parts = []
    for asked in rooms.room(name).QUIZZES[name]:
        answers = asked["answers"]
        words = [str(answer.get("answer", answer.get("code"))) for answer in answers]
        said = [f"{words[k]}: {answer['feedback']}" for k, answer in enumerate(answers)]
        parts += [asked["question"], listed(words), folded("The answer", listed(said))]
    return '<div class="asked">\n\n' + "\n\n".join(parts) + "\n\n</div>"


def listed(texts):
    """A list in Markdown."""
    return "\n".join(f"- {text}" for text in texts)


def folded(title, text):
    """Markdown behind a fold."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def markdown(text, name):
    """A Markdown cell."""
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text, id=name)


def box(words):
    """A box below the title."""
    return markdown(f'<div class="run">\n<p>{words}</p>\n</div>', "how-to-run")


def ways_to_run(name, where=""):
    """Say where a notebook runs: in the browser, or on one's own machine."""
    words = f'<a href="{LAB}{where}{name}.ipynb">Run it in your browser</a>, nothing to install. '
    if name in RECORDED:
        words += f"(No browser runs {RECORDED[name]}: what they said is recorded here.) "
    return words + "On your own machine, <code>make lab</code> opens it."


def talk(folder, root):
    """Write the talk's notebooks."""
    for path in deck.notebooks(root):
        nb = plain(deck.read(path), folder)
        nb.cells.insert(1, box(ways_to_run(path.stem)))
        deck.write(nb, folder / "talk" / path.name)


def with_pictures(nb, solved):
    """Show a learner what the cells that are no exercise gave in the solved lab."""
    given = {cell.id: cell for cell in solved.cells if "nbgrader" not in cell.metadata}
    for cell in nb.cells:
        other = given.get(cell.id)
        if cell.cell_type == "code" and other and cell.source == other.source:
            cell.outputs = copy.deepcopy(other.outputs)
    if "widgets" in solved.metadata:
        nb.metadata["widgets"] = solved.metadata.widgets
    return nb


def lab_pages(folder, root):
    """Write the labs for learners, and the solved ones, which the search does not find."""
    for path in sorted((root / "notebooks" / "labs").glob("[0-9]*.ipynb")):
        name, solved = path.stem, deck.read(path.parent / "solved" / path.name)
        nb = plain(with_pictures(deck.read(path), solved), folder)
        nb.cells.insert(1, box(ways_to_run(name, "labs/")))
        deck.write(nb, folder / "labs" / f"{name}.ipynb")
        nb = plain(solved, folder)
        head, _, rest = nb.cells[0].source.partition("\n")
        nb.cells[0].source = f"{head} (solved)\n{rest}"
        begin = f'Learners begin with <a href="../labs/{name}.html">the lab itself</a>.'
        nb.cells.insert(1, box(f"For teachers: this page has the solutions. {begin}"))
        nb.metadata["nosearch"] = True
        deck.write(nb, folder / "solved" / f"{name}.ipynb")


def contents(folder, part):
    """List the notebooks of a folder, each with what one does in it."""
    page = folder / part / "index.md"
    rows, names = [], []
    for path in sorted((folder / part).glob("*.ipynb")):
        title, *rest = deck.read(path).cells[0].source.split("\n\n")
        does = next(
            text for text in rest if re.match(r"\*\*You will\*\*|\*\*What you will do", text)
        )
        does = re.sub(r"^\*\*.*?\*\*:? *", "", does.replace("\n", " "))
        rows.append(f"- [{title.lstrip('# ')}]({path.name}): {does}")
        names.append(path.stem)
    tree = "\n".join(["```{toctree}", ":hidden:", "", *names, "```"])
    text = page.read_text("utf-8") if page.exists() else ""
    page.write_text("\n\n".join([text.rstrip(), "\n".join(rows), tree]) + "\n", "utf-8")


# ---------------------------------------------------------------- the reference

API = {  # part: its modules, in the order of the talk
    "What you call": ["elves"],
    "The engines": [
        "elves.numerical", "elves.symbolic", "elves.forward", "elves.taylor", "elves.reverse",
        "elves.checkpointing", "elves.custom", "elves.implicit", "elves.static_graph",
        "elves.source", "elves.tracing", "elves.batching",
    ],
    "The table": [
        "elves.rules", "elves.core", "elves.rules.elementwise", "elves.rules.arrays",
        "elves.rules.reductions", "elves.rules.products", "elves.rules.linalg",
        "elves.rules.numerics", "elves.rules.special",
    ],
    "To see and to check": [
        "elves.show", "elves.widgets", "elves.testing", "elves.course", "elves.frameworks",
        "elves.race", "elves.workloads", "elves.digits", "elves.expression", "elves.errors",
    ],
}  # fmt: skip
# Solutions and adapters of systems; what is no module to import.
ASIDE = re.compile(r"elves\.(course|frameworks)\.|__main__|labextension|bootstrap|installer")


def behind(root):
    """The modules behind those: for whoever reads on in the sources."""
    known = {name for names in API.values() for name in names}
    found = [info.name for info in pkgutil.walk_packages([str(root / "elves")], "elves.")]
    return [name for name in found if name not in known and not ASIDE.search(name)]


def file_of(name, root):
    """The file of a module."""
    path = root.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def says(tree):
    """The first line of a module's docstring, without its end."""
    return ast.get_docstring(tree).partition("\n")[0]


def is_hidden(name):
    """Tell whether a module's name belongs to a function that is called by it."""
    parent, _, last = name.rpartition(".")
    thing = getattr(importlib.import_module(parent), last, None) if parent else None
    return bool(parent) and not inspect.ismodule(thing)


def module_page(name, path, folder, root):
    """The page of a module in reStructuredText."""
    text = [name, "=" * len(name), "", f".. automodule:: {name}"]
    if is_hidden(name):
        text.append("   :no-index:")
    own = [node for node in ast.parse(path.read_text("utf-8")).body if ast_is_public(node)]
    if not own:  # all that it offers comes from elsewhere, so no page of its source is made
        place = Path(os.path.relpath(path, folder)).as_posix()
        text += ["", "The file", "--------", "", f".. literalinclude:: {place}"]
        text += ["   :language: python", f"   :caption: {path.relative_to(root).as_posix()}"]
    return "\n".join(text) + "\n"


def ast_is_public(node):
    """Tell whether a statement defines what the reference describes."""
    is_definition = isinstance(node, ast.FunctionDef | ast.ClassDef)
    return is_definition and not node.name.startswith("_") and bool(ast.get_docstring(node))


def reference(folder, root):
    """Write a page for each module, and one that lists them."""
    page = folder / "api" / "index.rst"
    text = [page.read_text("utf-8")]
    for part, modules in (API | {"Behind them": behind(root)}).items():
        text += ["", part, "-" * len(part), ""]
        for name in modules:
            path = file_of(name, root)
            code = path.read_text("utf-8")
            text.append(f"- :doc:`{name} <{name}>`: {says(ast.parse(code))}")
            text.append(f"  ({len(code.splitlines())}\N{NO-BREAK SPACE}lines)")
            target = folder / "api" / f"{name}.rst"
            target.write_text(module_page(name, path, target.parent, root), "utf-8")
        text += ["", ".. toctree::", "   :hidden:", "", *[f"   {name}" for name in modules]]
    page.write_text("\n".join(text) + "\n", "utf-8")


def write(folder, root):
    """Write all of them into the folder that Sphinx reads."""
    talk(folder, root)
    lab_pages(folder, root)
    for part in ("talk", "labs", "solved"):
        contents(folder, part)
    reference(folder, root)
