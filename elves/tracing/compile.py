"""jit: trace once for each kind of arguments, optimize, emit, and keep the function.

Source: Frostig, Johnson & Leary, "Compiling machine learning programs via high-level tracing"
(2018).
"""

import contextlib
import functools
import gc
import math
import operator

import numpy as np

from elves import calls, trees, zeros
from elves.core import Value
from elves.errors import ConversionError, InputError
from elves.tracing.passes import PASSES, check_names
from elves.tracing.tracers import MANY, Tracer, trace

ARITHMETIC = (ValueError, OverflowError, ZeroDivisionError)


@calls.picklable
def jit(f, static_argnums=(), passes=PASSES, backend="numpy"):
    """f, compiled at the first call for arguments of these shapes and dtypes.

    Arguments at `static_argnums` are not traced: they may be anything hashable, and each value
    has a program of its own. `passes` names the steps to take (all, if left out), `backend` is
    "numpy" or "numba" (an extra; it takes seconds at the first call, and makes machine code of
    loops over small arrays, of many calls on them, and of chains of operations; its text says
    where calls would be compiled for too long). In a long program, loops whose turns are alike
    (with numba also: but for the lengths of arrays) are found again in what was traced.
    ``source`` is the newest program's text, ``ir`` its equations. Where Python's own `if`, `for`
    or `while` meets a traced value, the text of f is read, and its blocks become part of the
    program. What f reads besides its arguments (globals, attributes, random numbers) is read once,
    while it is traced: pass it as an argument. Raises ConversionError where f asks a traced value
    for its number, and InputError where a block changes what no program can hold.

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
    static = (static_argnums,) if isinstance(static_argnums, int) else static_argnums
    check_names(passes)
    if backend not in ("numpy", "numba"):
        raise InputError(f"jit knows the backends numpy and numba, but not {backend}.")
    if not isinstance(static, (tuple, list)) or {*map(type, static)} - {int}:
        raise InputError(f"static_argnums must be an int or a tuple of ints, not {static!r}.")
    programs = {}

    def run(*args, **kwargs):
        key, g = (), f
        if kwargs or static:
            args, key, g = set_apart(f, static, args, kwargs)
        key += tuple([KIND(a) if type(a) is np.ndarray else key_of(a) for a in args])
        key = (zeros.kept(), *key)
        program, ir, unsure, chooses = programs.get(key) or build(key, g, args)
        y = answer(program, ir, args)
        if unsure and zeros.to_repeat([a for a in trees.leaves(y) if a is not None]):
            key = (True, *key[1:])
            y = answer(*(programs.get(key) or build(key, g, args))[:2], args)
        if chooses and (y != y if type(y) is float else any(map(zeros.has_nan, trees.leaves(y)))):
            y = g(*args)  # 0 for what another branch reads, and 0 · inf is nan
        return y

    @unswept()  # till all that only `build` needs is gone
    def build(key, g, args):
        with zeros.Traced(key[0], with_loops if backend == "numpy" else None) as traced:
            inner = any(isinstance(a, Value) for a in trees.leaves(args))
            ir = make_ir(g, *args)
            if inner or ir.outer:
                program = interpreted(ir)  # another engine follows: let it see the equations
            else:
                emitter = writer(ir, passes, backend, traced.in_loops and not traced.looked)
                program, ir = emitter.compiled(), emitter.traced
                run.ir, run.source = emitter.ir, emitter.source
        unsure = traced.met and not traced.kept
        chooses = not (inner or ir.outer) and ir.has("cond", "while_loop")
        if not ir.outer:
            programs[key] = program, ir, unsure, chooses
        return program, ir, unsure, chooses

    run.ir = run.source = None
    return functools.update_wrapper(run, f, updated=())


def with_loops(*program):
    from elves.tracing import looping  # for long programs alone

    return looping.with_loops(*program)


@contextlib.contextmanager
def unswept():
    """Let nobody look for garbage where all that is made is kept: it would be seen many times."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def make_ir(f, *args):
    """The IR of f for arguments of these shapes and dtypes; their numbers are not looked at.

    Arguments and result may be trees. Python's `if`, `for` and `while` become equations where they
    depend on what is traced, and are unrolled elsewhere; to see them, f is run again from its text.
    Raises ConversionError where f asks a traced value for its number in another way.

    >>> make_ir(lambda x: x if x > 0 else np.exp(x), 1.0)
    (a: float64):
        b: bool = np.greater(a, 0)
        c: float64 = cond(b, a, true={(a: bool, b: float64):
            return [b]}, false={(a: bool, b: float64):
            c: float64 = np.exp(b)
            return [c]})
        return c
    """
    from elves.tracing.memory import Memory  # what no first picture should have to wait for
    from elves.tracing.statements import handed_over

    memory = Memory(f, strict=False)
    try:
        return trace(f, *args)
    except ConversionError:
        memory.restore()  # f runs again
        with handed_over():
            return trace(f, *args)


def writer(ir, passes, backend, in_loops):
    """What writes a program down, with loops that are found again where it is long."""
    from elves.tracing.emit import Emitter  # what no first picture should have to wait for

    if in_loops and len(ir.equations) >= MANY:
        from elves.tracing.looping import for_numpy  # for long programs alone

        ir = for_numpy(ir)
    emitter = Emitter(ir, passes, backend)
    if backend == "numba" and emitter.rolls:
        return fastest(emitter)
    return emitter


def fastest(emitter):
    """The writer of the same program as machine code: as it is, or with loops where they are long.

    Of what would be compiled for too long, the NumPy text says so.
    """
    from elves.tracing.emit import LIMIT

    straight = type(emitter)(emitter.traced, emitter.passes, emitter.backend, straight=True)
    time = straight.seconds() if straight.whole else math.inf
    other = shorter(emitter)
    if other and (time > LIMIT or 2 * len(other.lines) < len(straight.lines)):
        return other
    if LIMIT <= time < math.inf:
        emitter.notes.append(f"# NumPy's calls: numba would compile it for some {time:.0f} seconds")
    return straight if time < LIMIT else emitter


def shorter(emitter):
    """The writer of the same program with loops, if all of it can be machine code."""
    from elves.tracing.rolling import rolled  # for numba alone
    from elves.tracing.sums import rows_of_products, sums_of_products

    before = emitter.traced
    if emitter.double and "one_product" in emitter.passes:
        before = sums_of_products(rows_of_products(before), raised=True)
    for ragged in (False, True):
        ir = rolled(before, ragged)
        other = type(emitter)(ir, emitter.passes, emitter.backend)
        if other.whole and not other.long:
            other.traced = emitter.traced  # for NumPy's calls, if numba does not know all of it
            return other
    return None


def answer(program, ir, args):
    try:
        return program(*args)
    except ARITHMETIC:  # math raises where NumPy says nan or inf: let NumPy answer
        y = interpreted(ir)(*args)
        return trees.rebuild(y, [trees.fresh(trees.plain_float(a)) for a in trees.leaves(y)])


def set_apart(f, static, args, kwargs):
    """The traced arguments by position, a key of the static ones, and f of the traced ones.

    Keyword arguments that are True or False, or hold anything but numbers, are static as well.
    """
    if any(not -len(args) <= n < len(args) for n in static):
        raise InputError(
            f"static_argnums={static} must name arguments by position, and the function was "
            f"called with {len(args)} by position."
        )
    given = dict(enumerate(args)) | kwargs
    fixed = {n % len(args) for n in static}
    numbers = lambda v: {*map(trees.kind, trees.leaves(v))} <= {*"fbiu"}  # noqa: E731
    fixed |= {k for k, v in kwargs.items() if type(v) is bool or not numbers(v)}
    traced = [k for k in given if k not in fixed]

    def of_traced(*values):
        full = given | dict(zip(traced, values, strict=True))
        followed = calls.FOLLOWED.get()(f)
        return followed(*(full[n] for n in range(len(args))), **{k: full[k] for k in kwargs})

    exact = {k: repr(v) if isinstance(v, (float, tuple)) else v for k, v in given.items()}
    key = (*traced, *((k, type(given[k]), given[k], exact[k]) for k in given if k in fixed))
    try:
        hash(key)
    except TypeError:
        raise InputError(
            "A static argument must be hashable: pass a tuple instead of a list or an array."
        ) from None
    return [given[k] for k in traced], key, of_traced


def interpreted(ir):
    return lambda *args: trees.rebuild(ir.out_tree, ir.run(trees.leaves(args)))


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
        return (kind, *[KIND(a) if type(a) is np.ndarray else key_of(a) for a in tree])
    weak = kind is Tracer and tree.place.weak
    return kind, np.shape(tree), getattr(tree, "dtype", None), weak
