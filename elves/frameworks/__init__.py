"""The real systems behind the elves' few names, one small adapter each, imported only when used.

Each adapter has `NAME`, `INSTALL`, `version()`, `numpy` and, with JAX's meaning and order of
arguments, those of `grad`, `value_and_grad`, `jvp`, `vjp`, `jacobian`, `hessian`, `hvp` which its
system does well.  In and out are 64-bit floats and NumPy arrays.

A function written with plain `import numpy as np` is run with NumPy exchanged for the system's own
namespace (`adapter.numpy`): see `rebind`.  A NumPy function that the system lacks is missing there.

    >>> load("autograd").grad(lambda x: np.sin(x) * x**2)(1.0)     # doctest: +SKIP
    2.2232442754839328
"""

import contextlib
import importlib
import io
import json
import sys
import types
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from elves.errors import ElfError, InputError, MissingError
from elves.frameworks import absent

FRAMEWORKS = ("pytorch", "tensorflow", "jax", "autograd", "chainer", "tangent", "sympy")
# The top module of each system's own objects, which `recorded` of its adapter reads.
HOMES = {"torch": "pytorch", "tensorflow": "tensorflow", "jax": "jax", "autograd": "autograd",
         "chainer": "chainer", "sympy": "sympy"}  # fmt: skip


def load(name):
    """Return the adapter called `name`.  Raises InputError, or MissingError if not installed."""
    if name not in FRAMEWORKS:
        raise InputError(f"There is no system {name!r}: choose from {', '.join(FRAMEWORKS)}.")
    try:
        return importlib.import_module(f"elves.frameworks.{name}")
    except MissingError as error:
        if error.why == "no release" or not on_its_way(name):
            raise
        raise MissingError(
            f"{name} is on its way: when the terminal says that everything is there, run the "
            "notebook from its top (if the set-up was stopped, make lab goes on with it).",
            name=name,
        ) from None


def on_its_way(name):
    """Tell whether the set-up (elves/installer.py) has still to bring this system."""
    part = "heroes" if name in ("chainer", "tangent") else name
    try:
        coming = (Path(sys.prefix) / "coming").read_text("utf-8").split()
        have = json.loads((Path(sys.prefix) / "complete").read_text("utf-8"))["parts"]
    except (OSError, ValueError, KeyError):
        return False
    return part in coming and part not in have


def present(*names):
    """Load the systems that are installed here, and return their names.

    In a notebook, statements of later cells that need one of the others say so in its place.
    """
    here, missing = [], {}
    importlib.invalidate_caches()  # they may have come since Python started
    for name in names:
        try:
            load(name)
            here.append(name)
        except MissingError as error:
            missing[name] = str(error)
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell:
        others = [t for t in shell.ast_transformers if not isinstance(t, absent.Absent)]
        shell.ast_transformers[:] = others + [absent.Absent(missing)] * bool(missing)
    return here


class TritonFirst:
    """Imports triton, which PyTorch for Linux brings, before TensorFlow.

    The other way round the process ends in a segmentation fault, since each brings an LLVM:
    tensorflow/tensorflow#124205, in TensorFlow 2.20 and up.
    """

    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            sys.meta_path.remove(self)
            with contextlib.suppress(ImportError):
                importlib.import_module("triton")


sys.meta_path.insert(0, TritonFirst())


def require(importer, name, install, not_yet=None):
    """Return what `importer` (a module's name or a function) imports.  Raises MissingError.

    ``not_yet`` is said in place of the way to install it, where there is nothing to install.
    """
    try:
        return importlib.import_module(importer) if isinstance(importer, str) else importer()
    except ModuleNotFoundError as error:
        way = f"{name} needs {error.name}: run make setup in the repository, or {install}"
        problem, why = (
            MissingError(not_yet or way, name=name),
            "no release" if not_yet else "missing",
        )
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
        problem = MissingError(f"{name} does not start here ({reason}): {install}", name=name)
        why = "broken"
    problem.why = why
    raise problem from None


def rebind(f, numpy, constant=None):
    """Return a copy of `f` whose global names for NumPy stand for `numpy`.

    Names that it closes over, and helpers from the same module, are treated likewise; so are
    constant arrays, by `constant`.  Code, defaults and source stay the same; `f`'s own globals are
    not touched.  An `import numpy` inside the function is not seen.
    """
    if not isinstance(f, types.FunctionType):
        return f  # a method or another callable: it must already speak the system's language
    home, known = f.__globals__, {}
    new_globals = {}

    def change(value):
        if value is np:
            return numpy
        if constant and isinstance(value, np.ndarray):
            return constant(value)
        if isinstance(value, types.FunctionType) and value.__globals__ is home:
            return copy(value)
        return value

    def copy(g):
        if g not in known:
            cells = tuple(types.CellType() for _ in g.__closure__ or ())
            new = types.FunctionType(g.__code__, new_globals, g.__name__, g.__defaults__, cells)
            new.__kwdefaults__, new.__qualname__ = g.__kwdefaults__, g.__qualname__
            known[g] = new
            for cell, old in zip(cells, g.__closure__ or (), strict=True):
                with contextlib.suppress(ValueError):  # a name that has no value yet
                    cell.cell_contents = change(old.cell_contents)
        return known[g]

    new_globals.update((name, change(value)) for name, value in home.items())
    return copy(f)


class Recorded(NamedTuple):
    """One operation as a system wrote it down: its name there, more words, and its parents' keys.

    An input has no parents.
    """

    key: object
    name: str
    detail: str
    parents: list


def behind(last, parents):
    """All that `last` was made of, oldest first; `parents` gives the parents of a node.

    >>> behind(3, lambda n: [n - 1] * (n > 0))
    [0, 1, 2, 3]
    """
    seen, todo = {}, [(last, False)]
    while todo:
        node, done = todo.pop()
        if done:
            seen[node] = None
        elif node not in seen:
            todo.append((node, True))
            todo += [(p, False) for p in reversed(list(parents(node)))]
    return list(seen)


def operands(words):
    """The operands of an operation in few words: a dot stands for what has its own node.

    >>> operands([None, 2.0]), operands([None]), operands([np.ones(3), None])
    ('(·, 2.0)', '', '([3] array, ·)')
    """
    if None not in words or all(word is None for word in words):
        return ", ".join(f"{word}" for word in words if word is not None)
    told = [
        "·" if w is None else f"{list(np.shape(w))} array" if np.ndim(w) else f"{w}" for w in words
    ]
    return f"({', '.join(told)})"


def single(results):
    """The one result that a graph is drawn of.  Raises InputError where there are several."""
    if isinstance(results, (tuple, list, dict)):
        if len(results) != 1 or isinstance(results, dict):
            raise InputError(
                "The function gives several results, and a graph is drawn of one: return that one."
            )
        return results[0]
    return results


def needs(last):
    """Give back what a system recorded last.  Raises InputError if that is nothing."""
    if last is None:
        raise InputError(
            "The result does not depend on the arguments, or is one of them: there is no graph."
        )
    return last


def plain(tree, leaf=np.asarray):
    """Turn the leaves of nested tuples, lists and dicts into floats and NumPy arrays."""
    if isinstance(tree, (tuple, list)):
        return type(tree)(plain(each, leaf) for each in tree)
    if isinstance(tree, dict):
        return {key: plain(each, leaf) for key, each in tree.items()}
    array = np.asarray(leaf(tree))
    return array.item() if array.ndim == 0 else array


def floats(args):
    """Turn arguments into 64-bit arrays."""
    return [np.asarray(arg, dtype=float) for arg in args]


def select(values, argnums):
    """Return `values[argnums]`, or a tuple of them for a tuple of `argnums`."""
    if isinstance(argnums, int):
        return values[argnums]
    return tuple(values[i] for i in argnums)


def first(value_and_grad):
    """Derive `grad(f, argnums=0)` from a system's `value_and_grad`."""

    def grad(f, argnums=0):
        """Return the function that computes the gradient of the scalar `f`."""
        both = value_and_grad(f, argnums)
        return lambda *args: both(*args)[1]

    return grad


@contextlib.contextmanager
def quiet():
    """Keep the remarks of NumPy and of the systems out of the table."""
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def sentence(error):
    """One line for whatever went wrong in an engine or a system."""
    text = (str(error).strip().splitlines() or ["it gave no reason"])[0]
    if isinstance(error, ElfError):
        return text  # whole, for the command in it
    text = text if len(text) <= 160 else text[:157] + "..."
    return text if isinstance(error, AttributeError) else f"{type(error).__name__}: {text}"


class Namespace:
    """NumPy's names in a system: `table` by name first, then the attributes of `modules`."""

    def __init__(self, name, table, *modules):
        self.__name__, self._modules = name, modules
        vars(self).update(table)

    def __getattr__(self, name):
        for module in self._modules:
            if not name.startswith("__") and hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"{self.__name__} has no function of the meaning of np.{name}.")
