"""Save the learner's own engine as a file, and load it beside the package's elves."""

import ast
import importlib.util
import linecache
import symtable
from pathlib import Path

from elves.calls import with_argnums
from elves.course.desk import Said, Unwritten, takes
from elves.course.exercise import several
from elves.course.state import place
from elves.errors import InputError, NoRuleError

HEAD = '"""My elf: a differentiation engine, from the lab that I built it in."""\n'


@takes(
    "save takes the name of a file and a function that a cell of yours defines: "
    'save("my_elf.py", value_and_grad).',
    lambda path, function, cells=None: callable(function)
        and all(isinstance(text, (str, Path)) for text in (path, *(cells or ()))),
)  # fmt: skip
def save(path, function, cells=None):
    """Write the cells that a function of yours rests on into a file; gives a sentence.

    `cells` are the sources to look in, those that ran in this notebook if it is left out. Raises
    InputError where the function was not written in a cell, or the file cannot be written.
    """
    written_already(function)
    name = getattr(function, "__name__", None)
    chosen = needed(name, history() if cells is None else cells)
    if not chosen:
        raise InputError(
            f"save takes a function that a cell of yours defines, not {function!r:.60}."
        )
    path = place(path)
    try:
        path.write_text(HEAD + "\n" + written(chosen), "utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None
    return Said(f"{several(len(chosen), 'cell')} written into {path}.")


def history():
    """The cells that ran in this notebook, oldest first."""
    try:
        from IPython import get_ipython
    except ImportError:
        return []
    shell = get_ipython()
    if not shell:
        return []
    cells = shell.user_ns["In"][1:]  # empty where a program runs the notebook, as tests do
    return cells or ["".join(linecache.getlines(name)) for name in shell.compile._filename_map]


def needed(name, cells):
    """Those cells, in the order in which they ran, that define a name and what it rests on.

    >>> cells = ["import math", "def f(x): return 1", "def g(x): return math.exp(f(x))", "h = 3"]
    >>> needed("g", cells)
    ['import math', 'def f(x): return 1', 'def g(x): return math.exp(f(x))']
    """
    parsed = []
    for text in cells:
        try:
            parsed.append((text.strip(), ast.parse(text)))
        except SyntaxError:  # a magic
            continue
    chosen, wanted, known = set(), {name}, set()
    while wanted:
        one = wanted.pop()
        known.add(one)
        at = max((k for k, (_, tree) in enumerate(parsed) if one in defined(tree)), default=None)
        grown = [k for k, (_, tree) in enumerate(parsed) if one in changed(tree)]
        last = [k for k in grown if at is not None and k > at]
        for k in {at, *last} - {None} - chosen:
            chosen.add(k)
            wanted |= used(symtable.symtable(parsed[k][0], "<cell>", "exec")) - known
    texts = dict.fromkeys(parsed[k][0] for k in sorted(chosen))  # a cell that ran twice, once
    return list(texts)


def used(table):
    """The names of a cell that are not its functions' own."""
    names = {s.get_name() for s in table.get_symbols() if s.is_global()}
    return names.union(*map(used, table.get_children()))


def defined(tree):
    """The names that a cell makes: functions, classes, imports, and what it assigns."""
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                names |= {n.id for n in ast.walk(target)
                          if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}  # fmt: skip
    return names


def changed(tree):
    """The names that a cell adds to: ``RULES |= …`` and ``RULES[np.exp] = …``."""
    names = set()
    for node in tree.body:
        targets = [node.target] if isinstance(node, ast.AugAssign) else getattr(node, "targets", [])
        for target in targets:
            base = target.value if isinstance(target, ast.Subscript) else target
            if isinstance(base, ast.Name) and (
                base is not target or isinstance(node, ast.AugAssign)
            ):
                names.add(base.id)
    return names


def written(cells):
    """Cells as a file, without the lines that only look."""
    kept = []
    for text in cells:
        lines, tree = text.splitlines(), ast.parse(text)
        for node in tree.body:
            looks = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
            if looks:
                lines[node.lineno - 1 : node.end_lineno] = [""] * (
                    node.end_lineno - node.lineno + 1
                )
        kept.append("\n".join(lines).strip())
    return "\n\n\n".join(filter(None, kept)) + "\n"


class Own:
    """A learner's engine behind the names of the others: `value_and_grad` and `grad`.

    >>> from elves import reverse
    >>> Own(reverse.value_and_grad).grad(lambda x: x * x)(3.0)
    6.0
    """

    NAME = "your elf"

    def __init__(self, by_list):
        """`by_list` is as in lab 6: it gives the slopes of a list of arrays as a list."""

        def differentiate(f, primals):
            try:
                value, slopes = by_list(lambda params: f(*params))([*primals])
            except KeyError as error:
                name = getattr(error.args[0], "__name__", error.args[0])
                raise NoRuleError(f"Your elf has no rule for {name} yet.") from None
            return value, tuple(slopes)

        self.value_and_grad = with_argnums(differentiate)

    def grad(self, f, argnums=0):
        return lambda *args: self.value_and_grad(f, argnums)(*args)[1]


@takes("own takes the function that you wrote in lab 6: own(value_and_grad).", callable)
def own(value_and_grad):
    """Your `value_and_grad` of lab 6 as the others take it: ``own(v)(f, argnums)(*args)``."""
    written_already(value_and_grad)
    return Own(value_and_grad).value_and_grad


def written_already(function):
    """Raises NotYet for the name of an exercise whose cell did not run."""
    if isinstance(function, Unwritten):
        function()


def load(path):
    """The learner's engine in a file. Raises InputError where there is none that runs."""
    path = place(path)
    if not path.exists():
        raise InputError(f"There is no file {path}: save one at the end of lab 6.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None:
        raise InputError(f"{path} is no Python file: save one at the end of lab 6.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(f"{path} does not run: {type(error).__name__}: {error}.") from None
    if not hasattr(module, "value_and_grad"):
        raise InputError(f"{path} has no value_and_grad: save one at the end of lab 6.")
    return Own(module.value_and_grad)
