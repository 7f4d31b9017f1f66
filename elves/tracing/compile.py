"""jit: trace once for each kind of arguments, optimize, emit, and keep the function.

Source: Frostig, Johnson & Leary, "Compiling machine learning programs via high-level tracing"
(2018).
"""

import functools
import operator

import numpy as np

from elves import trees
from elves.core import Value
from elves.errors import InputError
from elves.tracing.emit import Emitter
from elves.tracing.passes import STEPS
from elves.tracing.trace import Tracer, trace

PASSES = (*STEPS, "dead_code", "reuse_buffers", "fuse")


class jit:
    """f, compiled at the first call for arguments of these shapes and dtypes.

    Arguments at `static_argnums` are not traced: they may be anything hashable, and each value
    has a program of its own. `passes` names the steps to take (all, if left out), `backend` is
    "numpy" or "numba" (an extra). `source` is the text of the newest program, `ir` its equations.
    Raises ConversionError where f asks a traced value for its number.

    >>> f = jit(lambda x: x**2 * np.sin(x))
    >>> f(np.array([1.0, 2.0]))
    array([0.84147098, 3.63718971])
    >>> print(f.source)
    def compiled(a):
        b = a * a
        c = np.sin(a)
        b *= c
        return b
    <BLANKLINE>
    """

    def __init__(self, f, static_argnums=(), passes=PASSES, backend="numpy"):
        functools.update_wrapper(self, f, updated=())
        if unknown := set(passes) - set(PASSES):
            raise InputError(f"jit knows the passes {', '.join(PASSES)}, but not {min(unknown)}.")
        if backend not in ("numpy", "numba"):
            raise InputError(f"jit knows the backends numpy and numba, but not {backend}.")
        self.f, self.passes, self.backend, self.programs = f, passes, backend, {}
        self.static = (static_argnums,) if isinstance(static_argnums, int) else static_argnums
        if not isinstance(self.static, (tuple, list)) or {*map(type, self.static)} - {int}:
            raise InputError(
                f"static_argnums must be an int or a tuple of ints, not {static_argnums!r}."
            )
        self.ir = self.source = None

    def __call__(self, *args, **kwargs):
        key, f = (), self.f
        if kwargs or self.static:
            args, key, f = self.plain_call(args, kwargs)
        key += tuple([KIND(a) if type(a) is np.ndarray else key_of(a) for a in args])
        program, ir = self.programs.get(key) or self.build(key, f, args)
        try:
            return program(*args)
        except ARITHMETIC:  # math raises where NumPy says nan or inf: let NumPy answer
            return fresh(interpreted(ir)(*args))

    def __get__(self, owner, kind=None):
        return self if owner is None else functools.partial(self, owner)  # jit of a method

    def plain_call(self, args, kwargs):
        """The traced arguments by position, a key of the others, and a function of the traced.

        Keyword arguments that hold no numbers are static as well.
        """
        if any(not -len(args) <= n < len(args) for n in self.static):
            raise InputError(
                f"static_argnums={self.static} must name arguments by position, and the function "
                f"was called with {len(args)} by position."
            )
        static = {n % len(args): args[n % len(args)] for n in self.static}
        moving = {k: v for k, v in kwargs.items() if all(map(is_number, trees.leaves(v)))}
        fixed = {k: v for k, v in kwargs.items() if k not in moving}

        def f(*traced):
            values = iter(traced)
            full = [static[n] if n in static else next(values) for n in range(len(args))]
            return self.f(*full, **fixed, **dict(zip(moving, values, strict=True)))

        key = (*moving, *((n, type(v), v) for n, v in (static | fixed).items()))
        try:
            hash(key)
        except TypeError:
            raise InputError(
                "A static argument must be hashable: pass a tuple instead of a list or an array."
            ) from None
        traced = [a for n, a in enumerate(args) if n not in static]
        return (*traced, *moving.values()), key, f

    def build(self, key, f, args):
        """A program for such arguments, and the IR that it was made of."""
        ir = trace(f, *args)
        if ir.outer or any(isinstance(a, Value) for a in trees.leaves(args)):
            program = interpreted(ir)  # another engine follows: let it see the equations
        else:
            emitter = Emitter(ir, self.passes, self.backend)
            program, self.ir, self.source = emitter.compiled(), emitter.ir, emitter.source
        if not ir.outer:
            self.programs[key] = program, ir
        return program, ir


def is_number(leaf):
    return trees.kind(leaf) in "fbiu"


ARITHMETIC = (ValueError, OverflowError, ZeroDivisionError)


def interpreted(ir):
    return lambda *args: trees.rebuild(ir.out_tree, ir.run(trees.leaves(args)))


def fresh(tree):
    return trees.rebuild(tree, [trees.fresh(trees.plain_float(a)) for a in trees.leaves(tree)])


KIND = operator.attrgetter("shape", "dtype")


def key_of(tree):
    """What a program is compiled for: the structure, and each leaf's shape and dtype."""
    kind = type(tree)
    if kind is np.ndarray:
        return KIND(tree)
    if kind is float:
        return float
    if isinstance(tree, dict):
        return (kind, *tree, *map(key_of, tree.values()))
    if isinstance(tree, (tuple, list)):
        return (kind, *map(key_of, tree))
    weak = kind is Tracer and tree.var.weak
    return kind, np.shape(tree), getattr(tree, "dtype", None), weak
