"""How the real systems do it: the lines of the installed source that an idea is about."""

import ast
import functools
import importlib.util
from pathlib import Path


@functools.cache
def real_source(places, most=24):
    """The source of the first of some places that is installed: (where, text), or None.

    A place is ``"package/module.py:Class.function"``, and may end in ``@`` and what stands in the
    line to begin with; ``"package/module.py:@words"`` are lines of the module itself. Nothing is
    imported, the file is read; docstrings are left out.

    >>> real_source(("no_such/thing.py:f", "elves/reverse.py:pull_back"))[0]
    'elves/reverse.py: pull_back'
    """
    for place in places:
        file, path = place.split(":", 1)
        path, _, begin = path.partition("@")
        package, _, rest = file.partition("/")
        spec = importlib.util.find_spec(package)
        if not spec or not spec.origin:
            continue
        source = Path(spec.origin).parent / rest
        if not source.exists():
            continue
        text = source.read_text("utf-8")
        node = ast.parse(text)
        for part in filter(None, path.split(".")):
            own = (n for n in ast.walk(node) if isinstance(n, DEFINED) and n.name == part)
            node = next(own, None)
            if node is None:
                break
        if node is not None:
            lines = excerpt(text.splitlines(), node, begin)
            more = ["    …"] if len(lines) > most else []
            return f"{file}{': ' * bool(path)}{path}", "\n".join(lines[:most] + more)
    return None


DEFINED = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef


def excerpt(lines, node, begin=""):
    """The lines of a function or class, without its docstring, from the one that has `begin`.

    >>> text = 'def f(x):\\n    "What it does."\\n    y = x * x\\n    return y'
    >>> excerpt(text.splitlines(), ast.parse(text).body[0], "return")
    ['def f(x):', '    …', '    return y']
    """
    own, start = getattr(node, "lineno", 1) - 1, node.body[0].lineno - 1
    head, end = lines[own:start], getattr(node, "end_lineno", len(lines))
    if isinstance(node, ast.Module) or (begin and len(head) > 2):  # a long list of parameters
        head = head[:1] if own else []
    if ast.get_docstring(node, clean=False) is not None:
        start = node.body[0].end_lineno
    body = lines[start:end]
    at = next((k for k, line in enumerate(body) if begin and begin in line), 0)
    return head + ["    …"] * bool(at and head) + body[at:]
