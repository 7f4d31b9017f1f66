"""Software archaeology: two museum pieces breathe again, unmodified, on a current Python and NumPy.

Chainer (2015) made define-by-run popular; Google Tangent (2017) differentiates Python by
writing Python.  Neither is maintained, and neither imports on a current Python as it is.  Not a
byte of them is patched on disk: each bridge shows them, *while they are being imported*, the world
they were written for, and then takes that world away again.  TensorFlow, JAX and the others live in
the same process, imported before or after.  Nothing here runs on `import elves`.

    >>> chainer, tangent = revive.chainer(), revive.tangent()      # doctest: +SKIP
"""

import ast
import atexit
import contextlib
import functools
import importlib
import itertools
import shutil
import sys
import tempfile
import types
import warnings

import numpy as np


@functools.cache
def chainer():
    """Return the module `chainer` (7.8.1), alive; any later `import chainer` finds it too.

    Raises ImportError if it, or `pkg_resources` (setuptools below 81), is not installed.
    """
    # Its environment check asks NumPy's build system, gone since Python 3.12, for Apple's BLAS.
    info = _module("numpy.distutils.system_info", get_info=lambda name: {})
    distutils = _module("numpy.distutils", system_info=info)
    past = {"numpy.distutils": distutils, "numpy.distutils.system_info": info}
    # NumPy 2 dropped the table of its types: as_strided reads it, on import and when it runs.
    kinds = {"int": "bhiq", "uint": "BHIQ", "float": "efdg", "complex": "FDG"}
    sctypes = {kind: [np.dtype(c).type for c in codes] for kind, codes in kinds.items()}
    with _attributes(np, sctypes=sctypes, distutils=distutils):
        module = _excavate("chainer", past)
    # NumPy itself is itself again; only the one file that needs the old table keeps a view of it.
    strided = importlib.import_module("chainer.functions.array.as_strided")
    strided.np = _module("numpy", **vars(np), sctypes=sctypes)
    return module


@functools.cache
def tangent():
    """Return the module `tangent` (0.1.9), alive; any later `import tangent` finds it too.

    Raises ImportError if it, or one of astor, six, future and autograd, is not installed.
    """
    # Two rooms are built on TensorFlow 1: one stays empty, the other keeps only its doors.
    tracing = _module("tangent.tracing", Traceable=type("Traceable", (), {}), trace=_no_tracing)
    tracing.trace_grad = _no_tracing
    extensions = _module("tangent.tf_extensions")
    past = {"gast": _gast(), tracing.__name__: tracing, extensions.__name__: extensions}
    module = _excavate("tangent", past)
    # Each derivative is written to a folder of its own that nobody sweeps: put them all in one
    # that goes when Python goes.  (They are real files so that a debugger can step through them.)
    workshop = tempfile.mkdtemp(prefix="tangent_")
    atexit.register(shutil.rmtree, workshop, ignore_errors=True)
    module.compile.tempfile = types.SimpleNamespace(mkdtemp=lambda: tempfile.mkdtemp(dir=workshop))
    return module


def _excavate(name, past):
    """Import `name` with the modules of `past` in place, and put the present back afterwards."""
    if sys.modules.get(name):
        return sys.modules[name]
    _forget(name)  # the shards of an earlier `import` that failed
    present = {old: sys.modules.get(old) for old in past}
    sys.modules.update(past)
    try:
        with warnings.catch_warnings():  # the past is deprecated, we know
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except BaseException:
        _forget(name)
        raise
    finally:
        for old, module in present.items():
            if old.startswith(name):
                continue  # a room of the house itself stays
            if module is None:
                sys.modules.pop(old, None)
            else:
                sys.modules[old] = module


def _forget(name):
    for module in [m for m in sys.modules if m.startswith(name + ".")]:
        del sys.modules[module]


@contextlib.contextmanager
def _attributes(owner, **new):
    """Lend `owner` the attributes that it lacks."""
    old = {name: vars(owner)[name] for name in new if name in vars(owner)}
    vars(owner).update(new)
    try:
        yield
    finally:
        for name in new:
            vars(owner).pop(name, None)
        vars(owner).update(old)


def _module(name, /, **contents):
    module = types.ModuleType(name)
    vars(module).update(contents)
    return module


def _no_tracing(*args):
    raise NotImplementedError("tangent.trace needs TensorFlow 1: write the function in NumPy.")


# Tangent reads and writes programs as trees of gast 0.2, a stable view of Python's own `ast`.
# Python's trees have changed since, and gast with them; the four differences numbered below are
# all that Tangent can see.  Everything else in the view is today's `ast` itself.


class _Node(ast.expr):
    """A node of the old kind: absent fields are None, as they were."""

    def __init__(self, *values, **named):
        for field, value in itertools.zip_longest(self._fields, values):
            setattr(self, field, named.pop(field, value))
        vars(self).update(named)


def _node(name, *fields):
    types_ = dict.fromkeys(fields, object)  # asked for by Python 3.13
    return type(name, (_Node,), {"_fields": fields, "_field_types": types_})


Num = _node("Num", "n")  # 1. each kind of literal had a class; today all are Constant
Str = _node("Str", "s")
Bytes = _node("Bytes", "s")
NameConstant = _node("NameConstant", "value")
Ellipsis_ = _node("Ellipsis")
Name = _node("Name", "id", "ctx", "annotation")  # 2. an argument was a Name ...
Param = type("Param", (ast.expr_context,), {"_fields": ()})  # ... in a context of its own
Index = _node("Index", "value")  # 3. a[i] held an Index ...
ExtSlice = _node("ExtSlice", "dims")  # 4. ... and a[i:, j] an ExtSlice; today both are bare
_LITERALS = {bool: NameConstant, type(None): NameConstant, str: Str, bytes: Bytes}


def _gast():
    view = _module("gast", **{k: v for k, v in vars(ast).items() if not k.startswith("__")})
    vars(view).update(Num=Num, Str=Str, Bytes=Bytes, NameConstant=NameConstant, Name=Name)
    vars(view).update(Ellipsis=Ellipsis_, Param=Param, Index=Index, ExtSlice=ExtSlice)
    view.parse = lambda *args, **named: _backward(ast.parse(*args, **named))
    view.ast_to_gast, view.gast_to_ast = _backward, _forward
    return view


def _backward(node):
    """From a tree of today to a tree of gast 0.2."""
    if isinstance(node, list):
        return [_backward(each) for each in node]
    if isinstance(node, ast.Constant):
        if node.value is ...:
            return ast.copy_location(Ellipsis_(), node)
        return ast.copy_location(_LITERALS.get(type(node.value), Num)(node.value), node)
    if isinstance(node, ast.Name):
        return ast.copy_location(Name(node.id, node.ctx), node)
    if isinstance(node, ast.arg):
        return ast.copy_location(Name(node.arg, Param(), _backward(node.annotation)), node)
    new = _map(node, _backward)
    if isinstance(node, ast.Subscript):
        new.slice = _slice(new.slice)
    return new


def _slice(node):
    if isinstance(node, ast.Slice):
        return node
    if isinstance(node, ast.Tuple) and any(isinstance(each, ast.Slice) for each in node.elts):
        return ExtSlice([_slice(each) for each in node.elts])
    return Index(node)


def _forward(node):
    """From a tree of gast 0.2 to a tree of today, annotations included."""
    if isinstance(node, list):
        return [_forward(each) for each in node]
    if isinstance(node, (Num, Str, Bytes, NameConstant)):
        return _like(node, ast.Constant(getattr(node, node._fields[0])))
    if isinstance(node, Ellipsis_):
        return ast.Constant(...)
    if isinstance(node, Name):
        if isinstance(node.ctx, Param):
            return _like(node, ast.arg(node.id, _forward(node.annotation)))
        return _like(node, ast.Name(node.id, node.ctx))
    if isinstance(node, Index):
        return _forward(node.value)
    if isinstance(node, ExtSlice):
        return ast.Tuple(_forward(node.dims), ast.Load())
    new = _map(node, _forward)
    if isinstance(new, ast.arguments):  # a name may have come from a Load or a Store
        as_arg = lambda n: ast.arg(n.id) if isinstance(n, ast.Name) else n  # noqa: E731
        new.args, new.kwonlyargs = [*map(as_arg, new.args)], [*map(as_arg, new.kwonlyargs)]
    return new


def _map(node, change):
    """A copy of a node whose children went through `change`."""
    if not isinstance(node, ast.AST):
        return node
    new = type(node).__new__(type(node))
    for key, value in vars(node).items():  # not only _fields: Tangent hangs its notes on nodes
        setattr(new, key, change(value) if key in type(node)._fields else value)
    return new


def _like(old, new):
    """Hand on the notes that Tangent hung on a node."""
    for key, value in vars(old).items():
        if key not in type(old)._fields and key != "_fields":
            setattr(new, key, value)
    return new
