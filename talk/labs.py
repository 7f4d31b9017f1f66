"""Make the notebooks of the labs from one source each, and tell when something is stale.

    python talk/labs.py build [04 …]     the learner's notebook, and the solved one, executed
    python talk/labs.py check            say what is not as its source says
    python talk/labs.py grading FOLDER   what nbgrader takes: FOLDER/source/<lab>/<lab>.ipynb

A source is a jupytext percent file in notebooks/labs/solved. What stands between its lines
BEGIN SOLUTION and END SOLUTION is the teacher's; learners get nbgrader's stub in its place.
"""

import argparse
import asyncio
import re
import sys
import tempfile
from pathlib import Path

import jupytext

import deck
import running

ROOT = Path(__file__).resolve().parent.parent
LABS = ROOT / "notebooks" / "labs"
STUB = "# YOUR CODE HERE\n{0}raise NotImplementedError()"
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION$", re.MULTILINE | re.DOTALL)
HIDDEN = """
### BEGIN HIDDEN TESTS
from elves.course.grading import grade

grade{0}
### END HIDDEN TESTS"""
MARKER = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)


def sources(names=()):
    """The sources of the labs whose names begin with one of `names`, or of all."""
    paths = sorted((LABS / "solved").glob("[0-9]*.py"))  # not a saved my_elf.py
    return [path for path in paths if not names or path.name.startswith(tuple(names))]


def read(path):
    """A source as a notebook whose cells have their ids."""
    nb = jupytext.read(path, fmt="py:percent")
    nb.metadata.clear()
    nb.metadata["kernelspec"] = dict(running.KERNEL)
    nb.metadata["language_info"] = dict(running.LANGUAGE)
    nb.nbformat_minor = 5
    for cell in nb.cells:
        cell.id = cell.metadata.pop("id")
        exercise, check = (cell.metadata.pop(key, None) for key in ("exercise", "check"))
        if exercise or check:
            cell.metadata["nbgrader"] = {
                "schema_version": 3, "grade_id": cell.id, "locked": bool(check),
                "grade": bool(check), "solution": bool(exercise), "task": False,
            } | ({"points": 1} if check else {})  # fmt: skip
    return nb


def learners(nb):
    """The notebook that a learner gets: stubs, and no outputs."""
    for cell in nb.cells:
        cell.source = SOLUTION.sub(lambda found: found[1] + STUB.format(found[1]), cell.source)
        cell.metadata.pop("minutes", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nb


def solved(nb):
    """The notebook with the solutions, without the marks around them."""
    for cell in nb.cells:
        cell.source = MARKER.sub("", cell.source).rstrip("\n")
    return nb


def build(names=()):
    """Write both notebooks of each lab; the solved one is executed."""
    for path in sources(names):
        name = path.with_suffix(".ipynb").name
        deck.write(learners(read(path)), LABS / name)
        with tempfile.TemporaryDirectory() as folder:  # where its progress is noted
            done = asyncio.run(deck.execute(solved(read(path)), name, folder))
        deck.write(done, LABS / "solved" / name)
        print(f"labs/{name}: made", flush=True)
    (ROOT / "talk" / "mistakes.md").write_text(teaching().mistakes(), "utf-8")


def teaching():
    import teaching  # which reads the labs by this module

    return teaching


def stale():
    """A sentence for each notebook that is not what its source says."""
    for path in sources():
        name = path.with_suffix(".ipynb").name
        for make, made in ((learners, LABS / name), (solved, LABS / "solved" / name)):
            want = make(read(path))
            have = deck.read(made) if made.exists() else None
            if have is None or [(c.id, c.source) for c in have.cells] != [
                (c.id, c.source) for c in want.cells
            ]:
                yield f"{made.relative_to(ROOT)} is not what its source says: run `make labs`."
    if (ROOT / "talk" / "mistakes.md").read_text("utf-8") != teaching().mistakes():
        yield "talk/mistakes.md is not what the exercises say: run `make labs`."


def graded(nb):
    """The notebook as nbgrader's source: below each check stands the one that gives the points.

    nbgrader takes that one out of what learners get, and puts it back before it grades.
    """
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source += HIDDEN.format(cell.source.removeprefix("check"))
    return nb


def grading(folder, names=()):
    """Write labs as nbgrader's source: with solutions, their marks, and what gives the points."""
    for path in sources(names):
        target = Path(folder) / "source" / path.stem / f"{path.stem}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        deck.write(graded(read(path)), target)
        yield target


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("command", choices=["build", "check", "grading"])
    parser.add_argument("names", nargs="*", metavar="NAME", help="labs, or the folder for grading")
    options = parser.parse_args(argv)
    if options.command == "build":
        try:
            build(options.names)
        except deck.DeckError as problem:
            sys.exit(f"labs: {problem}")
    elif options.command == "grading":
        print(*grading(*options.names), sep="\n")
    else:
        found = list(stale())
        print("\n".join(found) or "The labs are up to date.")
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
