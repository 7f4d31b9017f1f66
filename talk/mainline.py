"""The talk's main line: its outline, the slides of its notebooks, and what short versions skip."""

import ast
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class DeckError(Exception):
    """A complaint that `main` prints as one sentence."""


class Slide(NamedTuple):
    """One slide of a notebook's main line."""

    id: str
    seconds: float
    cells: list


def outline(root=ROOT):
    """Read talk/outline.toml: the table `talk` and the list `section`."""
    return tomllib.loads((root / "talk" / "outline.toml").read_text("utf-8"))


def notebooks(root=ROOT):
    """List the notebooks of the talk in the outline's order."""
    names = [name for section in outline(root)["section"] for name in section["notebooks"]]
    return [root / "notebooks" / f"{name}.ipynb" for name in names]


def read(path):
    """Read a notebook."""
    import nbformat

    return nbformat.read(path, as_version=4)


def write(nb, path):
    """Write a notebook, if it is a valid one."""
    import nbformat

    nbformat.validate(nb)
    nbformat.write(nb, path)


def kind(cell):
    """Return the slide type of a cell; `-` continues the slide above."""
    return cell.metadata.get("slideshow", {}).get("slide_type") or "-"


def is_setup(cell):
    """Tell whether a hidden cell is needed by the code of the main line."""
    return cell.cell_type == "code" and "setup" in cell.metadata.get("tags", [])


def main_line(nb):
    """List the cells that the talk keeps: the slides, their notes, and hidden setup code."""
    return [cell for cell in nb.cells if kind(cell) != "skip" or is_setup(cell)]


def slides(nb):
    """Yield the slides of a notebook: id of the first cell, seconds, and the cells shown."""
    slide = None
    for cell in nb.cells:
        if kind(cell) in ("slide", "subslide"):
            if slide:
                yield slide
            timing = cell.metadata.slideshow.get("data", {}).get("timing", 0)
            slide = Slide(cell.id, timing, [cell])
        elif kind(cell) != "skip":
            if slide is None:
                raise DeckError(f"Cell {cell.id} comes before the first slide: make it one.")
            slide.cells.append(cell)
    if slide:
        yield slide


def short(name, minutes):
    """Name a file of the short version; the whole talk has the plain name.

    >>> short("talk.ipynb", None), short("talk.ipynb", 20)
    ('talk.ipynb', 'talk-20.ipynb')
    """
    path = Path(name)
    return f"{path.stem}-{minutes}{path.suffix}" if minutes else name


def version(minutes, root=ROOT):
    """Return the outline's table of a short version: the slides to skip, and other seconds."""
    versions = {table["minutes"]: table for table in outline(root).get("version", [])}
    if minutes not in versions:
        known = ", ".join(map(str, sorted(versions)))
        raise DeckError(f"There is no version of {minutes} minutes: choose from {known}, or none.")
    return versions[minutes]


def shorten(nb, minutes, root=ROOT):
    """Leave the slides out of a notebook that a short version skips; None is the whole talk.

    Raises DeckError where a slide that stays needs a name from a slide that goes.
    """
    if minutes is None or minutes == outline(root)["talk"].get("minutes"):
        return nb
    table = version(minutes, root)
    kept, gone, skipping, slide = [], [], False, None
    for cell in nb.cells:
        if kind(cell) in ("slide", "subslide"):
            slide, skipping = cell.id, cell.id in table["skip"]
            if cell.id in table.get("seconds", {}):
                cell.metadata.slideshow.data["timing"] = table["seconds"][cell.id]
        keep = is_setup(cell) or not skipping or kind(cell) == "skip"
        (kept if keep else gone).append((slide, cell))
    shown = [(slide, cell) for slide, cell in kept if is_setup(cell) or kind(cell) != "skip"]
    if lack := lost(sorted(shown, key=lambda pair: not is_setup(pair[1])), gone):
        needs = "slide {} needs {} from slide {}, which it skips.".format(*lack)
        raise DeckError(f"The version of {minutes} minutes breaks: {needs}")
    nb.cells = [cell for _, cell in kept]
    return nb


def names(cell):
    """Return the names that a code cell reads from others, and the names that it defines."""
    tree = ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    defined = {node.id for node in nodes if not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.arg):
            defined.add(node.arg)
    return {node.id for node in nodes if isinstance(node.ctx, ast.Load)} - defined, defined


def lost(kept, gone):
    """Find the first slide that reads what only slides define that are gone.

    ``kept`` and ``gone`` are lists of (id of the slide, cell). Returns the slide, the name and its
    owner, or None if all is well.
    """
    code = [(slide, *names(cell)) for slide, cell in kept if cell.cell_type == "code"]
    away = [(slide, names(cell)[1]) for slide, cell in gone if cell.cell_type == "code"]
    there = set()
    for slide, reads, defines in code:
        for name in sorted(reads - there):
            owner = next((other for other, defined in away if name in defined), None)
            if owner:
                return slide, name, owner
        there |= defines
    return None


def again(nb):
    """Copy for the set-up the cells that another slide needs, since a speaker may jump to that one.

    Live slides run the copies after the set-up cells; where all cells are run, they change nothing.
    """
    from nbformat.v4 import new_code_cell

    setup = [(None, cell) for cell in nb.cells if is_setup(cell)]
    shown = [(slide.id, cell) for slide in slides(nb) for cell in slide.cells]
    needed = []  # in the talk's order
    for here in dict.fromkeys(slide for slide, _ in shown):
        while True:
            gone = [p for p in shown if p[0] != here and p not in needed and not is_setup(p[1])]
            alone = [pair for pair in shown if pair[0] == here and not is_setup(pair[1])]
            if not (lack := lost(setup + [p for p in needed if p[0] != here] + alone, gone)):
                break
            _, name, owner = lack
            found = [p for p in gone if p[0] == owner and p[1].cell_type == "code"]
            needed += [pair for pair in found if name in names(pair[1])[1]]
            needed.sort(key=shown.index)
    hidden = {"slideshow": {"slide_type": "skip"}, "tags": ["setup"]}
    return [
        new_code_cell(cell.source, id=f"{cell.id}-again", metadata=hidden) for _, cell in needed
    ]
