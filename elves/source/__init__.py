"""Source code transformation: the derivative is a Python function that you can read.

What comes out is ordinary Python, which can be transformed again: most of it, and for the rest a
sentence says so. Assignment into arrays is fine here: nothing is overloaded, so nothing is lost.

The rooms, in the order of the work::

    elves.parse  find a function's source; move what return, break and continue skip into an else
    analyse      statements as single steps (`steps`), each of which gives new names a value once
    assigning    the same for assignment, also into arrays and lists, where nobody else sees it
    expressions  the same for the expressions that vary; `passive` looks at those that do not
    calling      the same for calls: of NumPy, of the user's functions, of methods
    values       what both write: a name for each value, which is computed in one step
    kinds        what is known of a value beforehand: its shape and dtype, or its parts
    names        the rows of the table, run on names: what NumPy would compute becomes a line
    tangent      forward mode: each step, and its tangent beside it
    adjoint      reverse mode: all the steps, and then their transposes in reverse order
    paying       what is paid into the cotangents of names and of the parts of trees
    rows         tangents and cotangents of what only moves values: lists, entries, calls
    tidy         leave out what nobody reads, put together what is used once, print it
    effects      what written source does to names, which `tidy` has to know
    program      one transformation: its functions, its names, and what stands outside of it
    running      from arguments to the program that is run, and to results; many tangents in one run

To read all of it in one go, begin with `page`: reverse mode of a small language, in 150 lines, and
`plain`, which says what that language is.

A function of NumPy's needs a row in `elves.rules`, and nothing here. To teach it a construct, write
a method in `analyse` (``on_Delete`` for a statement) or in `expressions` (``e_NamedExpr`` for an
expression) that says it with what is there. All that ``assert`` took is::

    def on_Assert(self, s):
        self.emit(steps.Plain(self.substitute(s)))  # no derivative: as it stands, with new names

and ``x if test else y`` is two blocks, each of which binds one name: see `e_IfExp`. What
moves values in a way of its own gets a class in `rows` with a tangent and cotangents, as `Pop` has
for ``xs.pop()``; only new control flow needs a step, and an ``of_…`` in both modes. Then add a
program to `LANGUAGE` in tests/test_source.py: it is compared with differences of the plain program.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 6; Hascoët & Pascual, "The
Tapenade automatic differentiation tool" (2013); van Merriënboer, Moldovan & Wiltschko, "Tangent:
automatic differentiation using source-code transformation for dynamically typed array
programming" (2018).
"""

import functools
import types

import numpy as np

from elves import calls, core, forward, parse, reverse, trees, zeros
from elves.errors import ElfError, InputError
from elves.source import steps
from elves.source.kinds import ARRAY, kind_of_value
from elves.source.running import (
    copies,
    finish,
    plainly,
    program_of,
    pulled,
    pushed,
    signature,
    stacked,
    written,
)

MODES = ("grad", "value_and_grad", "vjp", "jvp")


PLAIN = {float, int, np.float64, bool, str, type(None)}


def key_of(a):
    """What decides which function is run, for plain numbers, arrays and trees of them; or None."""
    kind = type(a)
    if kind is np.ndarray:
        return a.shape, a.dtype.char
    if kind in PLAIN:
        return kind
    if kind is np.ufunc or (kind is types.FunctionType and "<" not in a.__qualname__):
        return a  # of which there are as many as a module has
    if kind is dict:
        found = key_of([*a.values()])
        return found and (found, *a)
    parts = tuple(map(key_of, a)) if kind in (list, tuple) else (None,)
    return None if None in parts else (kind, parts)


def filled(f, args):
    """The arguments of a call, with the defaults of the last ones."""
    n = f.__code__.co_argcount - len(args)
    last = (f.__defaults__ or ())[-n:] if n > 0 and not f.__code__.co_kwonlyargcount else ()
    return (*args, *last) if len(last) == n else args


def chosen(f, args, kwargs, argnums):
    """The numbers of the differentiated arguments, and these arguments."""
    numbers = calls.checked(f, argnums)
    _, primals = calls.select(f, args, kwargs, numbers)
    trees.check_inputs(primals)
    return [int(n) % len(args) for n in numbers], primals


def of_one_way(f, argnums, args, kwargs, y):
    """The tape's gradient, where a way that was not taken has no slope to be multiplied by 0."""
    try:
        value, g = reverse.value_and_grad(f, argnums)(*copies(args), **kwargs)
    except ElfError:  # it does not follow all that source does
        return None
    return g if value == y else None  # or f draws random numbers


@calls.picklable
def value_and_grad(f, argnums=0):
    """``value_and_grad(f, argnums=0)``: a function that gives f's value and its gradient.

    Raises InputError if f does not return one number, SourceError if its source cannot be read or
    has a construct that is not covered, and NoRuleError for a function without a row.

    >>> def f(x):
    ...     a = np.zeros(3)
    ...     for i in range(3):
    ...         a[i] = x**i
    ...     return np.sum(a)
    >>> value_and_grad(f)(2.0)
    (7.0, 5.0)
    """

    many, known = isinstance(argnums, (tuple, list)), {}
    calls.checked(f, argnums)
    own = f if isinstance(f, types.FunctionType) and not parse.of_engine(f) else None

    def of_args(*args, **kwargs):
        full = filled(own, args) if own and not kwargs else args
        key = None if kwargs else tuple(map(key_of, full))
        found = known.get(key)
        if found is None or not found[0].current(own):
            numbers, _ = chosen(f, args, kwargs, argnums)
            made, values = written(f, args, kwargs, numbers, "value_and_grad")
            places = {n: k for k, n in enumerate(sorted(numbers))}
            parts = [(n, places[n], made.fresh_bars[places[n]]) for n in numbers]
            if key and None not in key and len(values) == len(full):
                known[key] = made, parts
        else:
            (made, parts), values = found, full
        y, g = made(*values)
        if type(y) not in core.NUMBERS:
            trees.scalar(y)
        g = g if len(parts) > 1 else (g,)
        out = tuple([finish(g[k], args[n], fresh) for n, k, fresh in parts])
        if made.unsure and not made.followed and any(map(zeros.has_nan, trees.leaves(out))):
            out = of_one_way(f, tuple([n for n, *_ in parts]), args, kwargs, y) or out
        return trees.plain_float(y), out if many else out[0]

    return writable(of_args, f, argnums, "value_and_grad")


@calls.picklable
def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> grad(grad(np.sin))(np.pi / 2)
    -1.0
    """
    both = value_and_grad(f, argnums)
    return writable(lambda *args, **kw: both(*args, **kw)[1], f, argnums, "grad")


steps.BY_SOURCE[reverse.grad] = grad


def writable(derivative, f, argnums, mode):
    """Let a derivative be transformed again: it can say which source it stands for."""

    derivative.program_for = functools.partial(program_for, f, argnums, mode)
    derivative.differentiates = f
    return derivative


def program_for(f, argnums, mode, kinds, followed=False):
    """The Program for arguments of some kinds, in order or by name; defaults have their own."""
    params = signature(f).parameters
    kinds = kinds if isinstance(kinds, dict) else dict(zip(params, kinds, strict=False))
    kinds = {n: kinds[n] if n in kinds else kind_of_value(p.default) for n, p in params.items()}
    active = sorted({int(n) % len(params) for n in calls.checked(f, argnums)})
    return program_of(f, tuple(list(params)[n] for n in active), kinds, mode, followed)


def vjp(f, *primals):
    """The value of f, and a function that pulls a cotangent of it back to the primals.

    See `elves.reverse.vjp`; each call runs both sweeps of the generated function.

    >>> y, pullback = vjp(lambda a, b: a * b, 2.0, 3.0)
    >>> pullback(1.0)
    (3.0, 2.0)
    """
    trees.check_inputs(primals)
    primals = copies(primals)
    made, values = written(f, primals, {}, range(len(primals)), "vjp")
    y, outside = calls.call(f, copies(values)), made.outside_now()

    def pullback(cotangent):
        cotangent = trees.rebuild(y, trees.match("cotangent", cotangent, y))
        made.scope.update(outside)
        _, g = made(cotangent, *values)
        return tuple(map(finish, g if len(primals) > 1 else [g], primals))

    return y, pullback


def jvp(f, primals, tangents):
    """The value of f and its derivative in the direction of the tangents.

    See `elves.forward.jvp`.

    >>> jvp(lambda x: x * x, (3.0,), (1.0,))
    (9.0, 6.0)
    """
    tangents = trees.rebuild(primals, trees.check_jvp(primals, tangents)[1])
    # An argument that stands still is a constant: its zeros must not meet an inf or a nan.
    moves = [any(zeros.perhaps(np.any, a) for a in trees.leaves(t)) for t in tangents]
    moving = np.flatnonzero(moves).tolist() or range(len(primals))
    return pushed(f, primals, {}, moving, [tangents[k] for k in moving])


def jvps(f, primals, tangents):
    """The value of f and its derivatives in several directions, stacked; see `elves.forward.jvps`.

    The generated function runs once, with all the tangents; where it assigns into arrays, which
    hold no stacks, it runs once for each tangent.

    >>> y, slopes = jvps(lambda x: x[0] * x[1], (np.array([2.0, 5.0]),), (np.eye(2),))
    >>> slopes
    array([5., 2.])
    """
    trees.check_stacks(primals, tangents)
    return stacked(lambda *tangents: jvp(f, primals, tangents), tangents)


@calls.picklable
def jacobian(f, argnums=0):
    """``jacobian(f, argnums=0)``: f's Jacobian, by columns or by rows, whichever are fewer.

    f maps one array to one array; the result has the shape of the output followed by the shape of
    the input. Costs a run of f and one of the generated function, for each 128 tangents or
    cotangents; one for each of them where it assigns into arrays. Raises InputError for more arrays
    than one, and what `value_and_grad` raises.

    >>> jacobian(lambda x: x * x[0])(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 1.]])
    """
    calls.checked(f, argnums)

    def of_args(*args, **kwargs):
        numbers, primals = chosen(f, args, kwargs, argnums)
        x, y = calls.only(primals), trees.one_array(plainly(f, args, kwargs))
        by_columns = np.size(x) <= np.size(y)
        mode, like = (pushed, x) if by_columns else (pulled, y)
        push = functools.partial(mode, f, args, kwargs, numbers)
        blocks = trees.unit_tangents((like,), forward.WIDTH)
        found = [stacked(lambda *seeds: push(seeds), seeds)[1] for seeds in blocks]
        found = np.concatenate(found) if found else np.zeros(0)
        found = np.moveaxis(found, 0, -1) if by_columns else found
        return np.reshape(found, np.shape(y) + np.shape(x))

    return of_args


def hessian(f, argnums=0):
    """The Hessian of f by one array: the gradient's source, transformed once more, forward.

    The result has the shape of the array twice; it costs what `jacobian` costs for the gradient.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f, primals, vectors):
    """The Hessian of f times vectors: the gradient's source, transformed once more, forward.

    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    array([4., 2.])
    """
    trees.check_jvp(primals, vectors)
    gradient = grad(f, tuple(range(len(primals))))
    _, product = jvp(gradient, primals, vectors)
    if len(primals) == 1:
        return finish(product, primals[0])
    return tuple(map(finish, product, primals))


def show(f, *args, argnums=0, mode="grad"):
    """The source of the derivative of f, for arguments such as `args` (or for any).

    With arguments, shapes are known, and the source is shorter; it holds for these shapes, which
    its last line names. Raises what `value_and_grad` raises, and InputError for other modes. `mode`
    is grad, value_and_grad, vjp or jvp.

    >>> def f(x):
    ...     y = np.sin(x)
    ...     return y * y
    >>> print(show(f, 1.0))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def grad_of_f(x):
        y = np.sin(x)
        # line 3: return y * y
        y_bar = y + y
        # line 2: y = np.sin(x)
        x_bar = y_bar * np.cos(x)
        return x_bar
    <BLANKLINE>
    """
    params = signature(f).parameters
    if mode not in MODES or not all(
        -len(params) <= n < len(params) for n in calls.checked(f, argnums)
    ):
        raise InputError(
            f"show takes a mode of {', '.join(MODES)} and argnums below {len(params)}, but got "
            f"{mode!r} and {argnums}."
        )
    kinds = {n: ARRAY for n, p in params.items() if p.default is p.empty}
    kinds |= zip(params, map(kind_of_value, args), strict=False)
    made = program_for(f, argnums, mode, kinds)
    if made.refuses and len(args) == len(params):
        made(*args)
    shapes = [f"{n} {k.shape}" for n, k in kinds.items() if getattr(k, "shape", None)]
    return f"{made.text}\n# holds for the shapes {', '.join(shapes)}\n" if shapes else made.text
