"""What a learner handed in, read as text: no link is followed, and only sources of cells count."""

import contextlib
import copy
import errno
import json
import os
import re
import secrets
import stat

from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

LARGE, MANY = 10_000_000, 1000  # bytes, and cells, of a notebook
SECRET = re.compile("[0-9a-f]{128}")
CELLS = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


def read(folder, lab, owner):
    """The text of a submitted notebook, its secret, and a sentence if it cannot be had."""
    secret = secrets.token_hex(64)  # with it, nobody fetches the feedback
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return "", secret, "the submission is no folder that can be read"
    try:
        with contextlib.suppress(OSError):
            told = plain(place, "submission_secret.txt", owner, 200).decode("ascii", "ignore")
            secret = told if SECRET.fullmatch(told) else secret
        return plain(place, f"{lab}.ipynb", owner, LARGE).decode("utf-8", "replace"), secret, None
    except OSError as problem:
        return "", secret, f"the notebook {problem}"
    finally:
        os.close(place)


def plain(place, name, owner, most):
    """The bytes of a file in an open folder: its owner's own, no link, not too large."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
    except OSError as problem:
        words = f"cannot be read: {problem.strerror}"
        raise OSError("is a link" if problem.errno == errno.ELOOP else words) from None
    with open(file, "rb") as stream:
        known = os.fstat(file)
        if not stat.S_ISREG(known.st_mode) or known.st_nlink != 1 or known.st_uid != owner:
            raise OSError("is a link, or no file of the learner's")
        if known.st_size > most or len(found := stream.read(most + 1)) > most:
            raise OSError(f"is larger than {most // 1_000_000} MB")
        return found


def rebuilt(release, text):
    """The released notebook with the sources of the cells that a learner handed in.

    Cells are known by their ids; of doubles the last one counts, and a check that is missing comes
    back behind the cell that stood before it.
    """
    nb, notes = copy.deepcopy(release), []
    try:
        given = [*map(of_cell, json.loads(text)["cells"])]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return nb, ["it is no notebook, so nothing of it could be graded"]
    if len(given) > MANY:
        given, notes = given[:MANY], [f"only its first {MANY} cells were graded"]
    ours = {cell.id: cell for cell in release.cells if "nbgrader" in cell.metadata}
    last = {name: n for n, (_, _, name) in enumerate(given)}
    cells, other = [], []
    for n, (kind, source, name) in enumerate(given):
        cell = CELLS[kind](source)
        if name in ours and last[name] == n:
            cell = copy.deepcopy(ours[name])
            if cell.metadata.nbgrader.grade and cell.source.strip() != source.strip():
                other.append(name)
            cell.source = source
        cells.append((name, cell))
    for before, cell in zip([None, *release.cells], release.cells, strict=False):
        if cell.id in ours and cell.metadata.nbgrader.grade and cell.id not in last:
            other.append(cell.id)
            at = last_place(cells, before and before.id)
            cells.insert(at, (cell.id, copy.deepcopy(cell)))
    if other:
        notes.append(f"it has other checks, which were put back as they were: {', '.join(other)}")
    nb.cells = [cell for _, cell in cells]
    return nb, notes


def last_place(cells, name):
    return max((n for n, (known, _) in enumerate(cells, 1) if known == name), default=len(cells))


def of_cell(cell):
    """A cell's kind, its source, and the id by which we know it."""
    source, known = cell["source"], cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
    text = source if isinstance(source, str) else "".join(source)
    text = text.encode(errors="replace").decode()  # half of a pair cannot be written
    name = known if isinstance(known, str) else cell.get("id")
    return cell["cell_type"] if cell["cell_type"] in CELLS else "raw", text, str(name)
