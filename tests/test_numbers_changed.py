"""Attendees change numbers: each one in the notebooks' calls of pictures and widgets is changed."""

import ast
import copy
import functools
import json
import linecache
import re
import traceback
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest

pytest.importorskip("anywidget")

from elves import errors, widgets

NOTEBOOKS = sorted(Path(__file__).resolve().parent.parent.glob("notebooks/*.ipynb"))
OTHERS = ["0", "0.0", "-3.0", "7", "-1", "1e300", "-1e300", "1e-300", "10**12", "np.inf", "np.nan",
          "np.array([1.0, 2.0])", "np.ones((2, 2))", "np.array(3.0)"]  # fmt: skip


def ours(node):
    """Whether a node calls a picture or a widget, as show.graph(…) does."""
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    return name.split(".")[0] in ("show", "widgets") or name in ("steps", "sweeps")


def numbers(node):
    """The paths to the numbers of a call, but for those that go to a function of somebody else."""
    for name, value in ast.iter_fields(node):
        for k, part in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(part, ast.Constant) and type(part.value) in (int, float):
                yield [(name, k)]
            elif isinstance(part, ast.AST) and not isinstance(part, ast.Call):
                for rest in numbers(part):
                    yield [(name, k), *rest]


def changed(call, path, text):
    """The same call with another number."""
    node = call = copy.deepcopy(call)
    for name, k in path[:-1]:
        node = getattr(node, name)
        node = node[k] if isinstance(node, list) else node
    name, k = path[-1]
    value = ast.parse(text, mode="eval").body
    if isinstance(getattr(node, name), list):
        getattr(node, name)[k] = value
    else:
        setattr(node, name, value)
    return ast.fix_missing_locations(call)


def used(node):
    """The names that a piece of code takes from around it."""
    inside = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - inside


def needed(statements, names):
    """The statements that a call needs, those that bind its names, oldest first."""
    found = []
    for s in reversed(statements):
        bound = {a.asname or a.name.split(".")[0] for a in getattr(s, "names", [])}
        stored = [
            n for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        ]
        bound |= {n.id for n in stored}
        bound = {s.name} if isinstance(s, (ast.FunctionDef, ast.ClassDef)) else bound
        if bound & names:
            found.insert(0, s)
            names = names | used(s)
    return found


def calls():
    """The calls that hold a number: (name, what is needed, the call, the path to the number)."""
    for notebook in NOTEBOOKS:
        before = []
        for cell in nbformat.read(notebook, as_version=4).cells:
            if cell.cell_type != "code":
                continue
            lines = [x if x[:1] not in "%!" else "" for x in cell.source.split("\n")]
            tree = ast.parse("\n".join(lines)).body
            for call in [n for s in tree for n in ast.walk(s) if ours(n)]:
                for k, path in enumerate(numbers(call)):
                    bound = [*before, *(s for s in tree if s.lineno < call.lineno)]
                    setting = "\n".join(map(ast.unparse, needed(bound, used(call))))
                    title = f"{notebook.name[:2]} {ast.unparse(call)} number {k}"
                    yield pytest.param(setting, call, path, id=title)
            before += tree


def test_calls_are_found():
    ids = [case.id for case in calls()]
    assert len(ids) >= 15 and len(set(ids)) == len(ids)
    for word in ("Descent", "StepSize", "Stepper", "tangent", "memory", "images"):
        assert any(word in name for name in ids), word


@functools.cache
def space(setting):
    """The names that a call needs; their lines can be read, as in a notebook."""
    names, file = {}, f"<cell {hash(setting)}>"
    linecache.cache[file] = len(setting), None, setting.splitlines(True), file
    exec(compile(setting, file, "exec"), names)
    return names


def outcome(run):
    """A sentence, or what a notebook would show; nothing else may come."""
    try:
        made = run()
    except errors.ElfError as error:
        return str(error)
    if isinstance(made, widgets.base.Explorer):
        state = made.get_state()
        state.pop("layout")
        json.dumps(state, allow_nan=False)
    if hasattr(made, "_repr_mimebundle_"):
        data = made._repr_mimebundle_()
        data = data[0] if isinstance(data, tuple) else data
        text = data.get("image/svg+xml") or data.get("text/html")
        return text or made.problem
    return repr(made)


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("setting, call, path", list(calls()))
def test_a_changed_number_gives_a_picture_or_a_sentence(setting, call, path, other, capfd):
    names = {"np": np} | space(setting)
    code = ast.unparse(changed(call, path, other))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            shown = outcome(lambda: eval(code, names))
        except (ValueError, TypeError) as error:  # an if on an array, in the attendee's own line
            *_, last = traceback.extract_tb(error.__traceback__)
            assert last.filename.startswith("<"), last
            return
    assert shown, "a blank picture"
    if "<svg" not in shown and "<div" not in shown:
        own = "ValueError: The truth value of an array"
        assert "\n" not in shown, shown
        assert shown.startswith(own) or not re.match(r"\w+(Error|Warning): ", shown), shown
    assert capfd.readouterr().err == ""
