"""Control flow that stays in the program: cond, scan and while_loop, with bodies that are IRs.

One idea serves all derivatives: the tangent of a loop is a loop whose body is the tangent of its
body, and its transpose is a loop backwards with the transposed body. So the rules below are written
with `cond`, `scan` and `while_loop` themselves. A scan stores its carries for them, nothing else.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 12, for storing less than
everything; `jax.lax` (JAX documentation) for the operations and their arguments.
"""

import functools
import itertools

import numpy as np

from elves import batching, core, forward, trees
from elves.errors import InputError
from elves.tracing.ir import IR, Var, replace, zeros
from elves.tracing.trace import Trace, Tracer, trace
from elves.tracing.transpose import back

# ------------------------------------------------------------ bodies: IRs from leaves to leaves


def bodies_of(functions, *args, trace=trace):
    """Functions of the same arguments as IRs, the outer values that they use, their results' trees.

    The outer values become inputs of all the IRs, after the leaves of the arguments.
    """
    irs, outer = [trace(f, *args) for f in functions], {}

    def hoist(a):
        if isinstance(a, core.Value):
            v = type_of(a)
            return outer.setdefault(id(a), (a, Var(v.shape, v.dtype, v.weak)))[1]
        return a

    for ir in irs:
        for e in ir.equations:
            e.args, e.kwargs = replace(e.args, hoist), replace(e.kwargs, hoist)
        ir.outputs = [hoist(a) for a in ir.outputs]
    inner = [v for _, v in outer.values()]
    bodies = []
    for ir in irs:
        inputs = [*ir.inputs, *inner]
        blank = (None,) * len(inputs), [None] * len(ir.outputs)
        bodies.append(IR(inputs, ir.equations, ir.outputs, *blank))
    return bodies, [a for a, _ in outer.values()], [ir.out_tree for ir in irs]


def branch(f, *args):
    """The IR of a branch: with all that it computes, also from outer values alone.

    So nothing of it is computed where the other branch is chosen.
    """
    t = Trace()
    before = core.BRANCH.set(t)
    try:
        y = trees.call(f, trees.rebuild(args, [t.new(a) for a in trees.leaves(args)]))
    finally:
        core.BRANCH.reset(before)
    return t.close(args, y)


def type_of(a):
    a = a.var if type(a) is Tracer else a
    return a if type(a) is Var else Var(np.shape(a), np.result_type(a))


def types_of(body):
    """The type of each result, also of those that are constants."""
    return [type_of(a) for a in body.outputs]


def is_float(a):
    return type_of(a).dtype.kind == "f"


def tangent(body, primals, tangents):
    """The tangent of each result of a body; `tangents` are those of the primals at its keys."""

    def moved(*values):
        full = dict(enumerate(primals)) | dict(zip(tangents, values, strict=True))
        return body.run(full.values())

    varying = [primals[i] for i in tangents]
    return forward.jvp(moved, varying, [*tangents.values()])[1]


def cotangent(body, operands, cotangents):
    """By key, the cotangents of the operands that are Vars, in which the body is linear."""
    t = Trace(linear=True)
    full = [t.new(zeros(a)) if type(a) is Var else a for a in operands]
    found = back(t.close(t.inputs, body.run(full)), cotangents)
    places = [i for i, a in enumerate(operands) if type(a) is Var]
    pairs = zip(places, t.inputs, found, strict=True)
    return {i: zeros(v) if g is None else g for i, v, g in pairs}


def split(leaves, *sizes):
    """The leaves in parts of these sizes, and the rest."""
    ends = [0, *np.cumsum(sizes, dtype=int).tolist(), None]
    return tuple(list(leaves)[start:end] for start, end in itertools.pairwise(ends))


def interpreted(body):
    return lambda *leaves: body.run(leaves)


# ------------------------------------------------------------ the operations


class Control(core.Rule):
    """What the rows of cond, scan and while_loop have in common: they have several results."""

    def __init__(self, name):
        self.name, self.function = name, self.bind

    def bind(self, *operands, **bodies):
        """Let the innermost engine among the operands walk it."""
        values = [a for a in operands if isinstance(a, core.Value)]
        inner = max(values, key=lambda value: value.level, default=None)
        if inner is not None and (around := core.branch_around(inner)):
            return list(around.lift(self, operands, bodies))
        if type(inner) is Tracer:
            return list(inner.apply(inner.level, self, operands, bodies))
        if type(inner) is forward.Dual:
            mine = [forward.is_of(a, inner.level) for a in operands]
            primals = [a.primal if m else a for a, m in zip(operands, mine, strict=True)]
            tangents = {i: operands[i].tangent for i, m in enumerate(mine) if m}
            y, dots = self.dual(primals, tangents, **bodies)
            return [
                forward.Dual(a, t, inner.level) if is_float(a) else a
                for a, t in zip(y, dots, strict=True)
            ]
        if type(inner) is batching.Batch:
            return self.batch(inner.level, len(inner.stacked), operands, **bodies)
        return self.compiled(interpreted, **bodies)(*operands)  # or another engine unrolls it

    def compiled(self, compile_body, **bodies):
        """The operation as a function of its operands, with bodies that are compiled."""
        ready = {k: compile_body(b) if isinstance(b, IR) else b for k, b in bodies.items()}
        return functools.partial(self.eager, **ready)


class Cond(Control):
    """Operands: the condition, then those of both branches."""

    def eager(self, pred, *x, true, false):
        if not isinstance(pred, core.Value):
            return (true if pred else false)(*x)
        return [np.where(pred, a, b) for a, b in zip(true(*x), false(*x), strict=True)]

    def infer(self, pred, *x, true, false):
        if pred.shape:
            raise InputError("cond needs one condition, not an array: use np.where, or vmap.")
        pairs = list(zip(types_of(true), types_of(false), strict=True))
        if any(a.shape != b.shape for a, b in pairs):
            raise InputError("Both branches of cond must give results of the same shapes.")
        return tuple(Var(a.shape, np.result_type(a.dtype, b.dtype)) for a, b in pairs)

    def dual(self, primals, tangents, **bodies):
        (pred, *x), dots = primals, {i - 1: t for i, t in tangents.items() if i}
        y = self.bind(*primals, **bodies)
        branches = (lambda x, dots, b=b: tangent(b, x, dots) for b in bodies.values())
        return y, cond(pred, *branches, x, dots)

    def transpose(self, cotangents, operands, **bodies):
        pred, *x = operands
        fixed = {i: a for i, a in enumerate(x) if type(a) is not Var}

        def branch(body, fixed, g):
            full = (dict(enumerate(x)) | fixed).values()
            return cotangent(body, full, g)

        branches = (functools.partial(branch, b) for b in bodies.values())
        return {i + 1: g for i, g in cond(pred, *branches, fixed, cotangents).items()}

    def batch(self, level, n, operands, **bodies):
        pred, *x = operands
        if batching.is_of(pred, level):  # each member decides for itself: choose entry by entry
            return self.compiled(interpreted, **bodies)(*operands)
        (true, full), (false, _) = (batched(b, level, n, x, 0) for b in bodies.values())
        return [batching.Batch(a, level) for a in cond(pred, true, false, *full)]


class Scan(Control):
    """Operands: the carries, the sequences, then what stays the same (the constants)."""

    def eager(self, *operands, body, carries, sequences, length, reverse):
        carry, xs, constants = split(operands, carries, sequences)
        ys, order = [], range(length)[:: -1 if reverse else 1]
        for k in order:
            carry, y = split(body(*carry, *(x[k] for x in xs), *constants), carries)
            ys.append(y)
        return [*carry, *(np.stack(y) for y in zip(*(ys[k] for k in order), strict=True))]

    def infer(self, *operands, body, carries, length, **options):
        stacked = [(length,) * (i >= carries) + v.shape for i, v in enumerate(types_of(body))]
        return tuple(Var(s, v.dtype) for s, v in zip(stacked, types_of(body), strict=True))

    def dual(self, primals, tangents, body, carries, sequences, **options):
        carry, xs, rest = split(primals, carries, sequences)
        carried, fixed = moving_carries(carry, tangents)
        moving = {i: fixed.pop(i) for i in [*fixed] if i < carries + sequences}

        def saving(carry, x):
            carry_next, y = split(body.run([*carry, *x, *rest]), carries)
            return carry_next, (y, carry)

        def step(dots, at):
            carry, x, moving = at
            found, y = split(tangent(body, [*carry, *x, *rest], dots | moving | fixed), carries)
            return {i: found[i] for i in dots}, y

        last, (ys, saved) = scan(saving, carry, xs, **options)
        dots, y_dots = scan(step, carried, (saved, xs, moving), **options)
        return [*last, *ys], [*(dots.get(i) for i in range(carries)), *y_dots]

    def transpose(self, cotangents, operands, body, carries, sequences, length, reverse):
        ends, linear = carries + sequences, {i for i, a in enumerate(operands) if type(a) is Var}
        g_carry, g_ys = split(cotangents, carries)
        sums = {i: zeros(operands[i]) for i in linear if i >= ends}
        xs = {i: operands[i] for i in range(carries, ends) if i not in linear}

        def step(state, at):
            """The cotangents are carried, those of the constants as sums."""
            (g, sums), (x, g_y) = state, at
            linear_in = {i: body.inputs[i] for i in [*range(carries), *linear]}
            full = (dict(enumerate(operands)) | linear_in | x).values()
            found = cotangent(body, full, [*g, *g_y])
            g = [found.pop(i) for i in range(carries)]
            return (g, {i: total + found.pop(i) for i, total in sums.items()}), found

        (g, sums), g_xs = scan(step, (g_carry, sums), (xs, g_ys), length, not reverse)
        return dict(enumerate(g)) | sums | g_xs

    def batch(self, level, n, operands, body, carries, sequences, **options):
        run, full = batched(body, level, n, operands, carries)
        carry, xs, rest = split(full, carries, sequences)
        each = [batching.is_of(a, level) for a in operands[carries:]]
        xs = [np.moveaxis(x, 1, 0) if m else x for x, m in zip(xs, each, strict=False)]
        step = lambda carry, x: split(run(*carry, *x, *rest), carries)  # noqa: E731
        last, ys = scan(step, carry, xs, **options)
        return [batching.Batch(a, level) for a in (*last, *(np.moveaxis(y, 1, 0) for y in ys))]


class While(Control):
    """Operands: the carries, then the constants."""

    def eager(self, *operands, test, body, carries):
        carry, rest = split(operands, carries)
        while test(*carry, *rest)[0]:
            carry = body(*carry, *rest)
        return carry

    def infer(self, *operands, body, **options):
        return tuple(types_of(body))

    def dual(self, primals, tangents, test, body, carries):
        carry, rest = split(primals, carries)
        carried, fixed = moving_carries(carry, tangents)

        def step(state):
            carry, dots = state
            found = tangent(body, [*carry, *rest], dots | fixed)
            return body.run([*carry, *rest]), {i: found[i] for i in dots}

        go_on = lambda state: test.run([*state[0], *rest])[0]  # noqa: E731
        last, dots = while_loop(go_on, step, (carry, carried))
        if any(type(t) is Tracer and t.trace.linear for t in tangents.values()):
            last = self.bind(*primals, test=test, body=body, carries=carries)  # not linear
        return last, [dots.get(i) for i in range(carries)]

    def transpose(self, *args, **bodies):
        raise InputError(
            "while_loop has a forward derivative only, since the number of its steps is not "
            "known: use fori_loop with fixed bounds, or scan, for gradients."
        )

    def batch(self, level, n, operands, test, body, carries):
        run, full = batched(body, level, n, operands, carries)
        asked, _ = batched(test, level, n, operands, carries)
        carry, rest = split(full, carries)

        def step(carry):
            (going,) = asked(*carry, *rest)
            pairs = zip(run(*carry, *rest), carry, strict=True)
            shapes = [(n,) + (1,) * (np.ndim(b) - 1) for b in carry]
            return [
                np.where(np.reshape(going, s), a, b)
                for (a, b), s in zip(pairs, shapes, strict=True)
            ]

        found = while_loop(lambda carry: np.any(asked(*carry, *rest)[0]), step, carry)
        return [batching.Batch(a, level) for a in found]


def moving_carries(carry, tangents):
    """The tangents of all float carries, which may begin to vary later; and the others."""
    carried = {
        i: tangents[i] if i in tangents else zeros(type_of(a))
        for i, a in enumerate(carry)
        if is_float(a)
    }
    return carried, {i: t for i, t in tangents.items() if i not in carried}


def batched(body, level, n, operands, carries):
    """A body for batches of n, in which all carries are stacked, and the operands for it."""
    mapped = [batching.is_of(a, level) for a in operands]
    axes = [0 if m or i < carries else None for i, m in enumerate(mapped)]
    full = [
        a.stacked if m else a if axis is None else np.broadcast_to(a, (n, *np.shape(a)))
        for a, m, axis in zip(operands, mapped, axes, strict=True)
    ]
    return batching.vmap(interpreted(body), axes), full


COND, SCAN, WHILE = Cond("cond"), Scan("scan"), While("while_loop")

# ------------------------------------------------------------ the public functions


def check_functions(name, *functions):
    for f in functions:
        if not callable(f):
            raise InputError(
                f"{name} needs functions, but got {type(f).__name__} {f!r:.40}: write lambda in "
                "front of what it shall compute."
            )


def cond(pred, true_fun, false_fun, *operands):
    """``true_fun(*operands)`` if pred, else ``false_fun(*operands)``, decided while it runs.

    Both functions must give results of the same structure and shapes, or InputError is raised.
    Only the chosen one runs, also in a derivative: all that a function computes here, from the
    operands or from any other values that it reaches, stays in its branch. Under `vmap`, and in
    engines outside `tracing` except `forward`, both run and np.where chooses.

    >>> from elves.tracing import grad, jit
    >>> f = jit(grad(lambda x: cond(x > 0, lambda x: x**2, lambda x: -x, x)))
    >>> f(3.0), f(-3.0)
    (6.0, -1.0)
    """
    check_functions("cond", true_fun, false_fun)
    if not isinstance(pred, core.Value) and np.ndim(pred) == 0:
        return true_fun(*operands) if pred else false_fun(*operands)
    functions = true_fun, false_fun
    (true, false), outer, (tree, other) = bodies_of(functions, *operands, trace=branch)
    if tree != other:
        raise InputError(f"Both branches of cond must give one structure, not {tree}, {other}.")
    found = COND.bind(pred, *trees.leaves(operands), *outer, true=true, false=false)
    return trees.rebuild(tree, found)


def scan(f, init, xs=None, length=None, reverse=False):
    """``carry, y = f(carry, x)`` for each x of xs in turn; gives the last carry, and all y stacked.

    `xs` may be a tree of arrays, which are taken apart along their first axes; without it, `length`
    says how often to call ``f(carry, None)``. Raises InputError where the carry changes its
    structure or its shapes.

    >>> scan(lambda total, x: (total + x, total), np.zeros(1), np.array([1.0, 2.0]))
    (array([3.]), array([[0.],
           [1.]]))
    """
    check_functions("scan", f)
    leaves = [] if xs is None else trees.leaves(xs)
    lengths = {(*np.shape(x), None)[0] for x in leaves} | ({length} - {None})
    if len(lengths) != 1 or None in lengths:
        raise InputError(
            f"scan needs sequences of one length, or length=, but got {lengths or xs}."
        )
    members = [zeros(Var(np.shape(x)[1:], np.result_type(x))) for x in leaves]

    def step(carry, *members):
        result = f(carry, None if xs is None else trees.rebuild(xs, members))
        if not isinstance(result, tuple) or len(result) != 2:
            raise InputError("The function of scan must return a pair: the new carry, and y.")
        return result[0], () if result[1] is None else result[1]

    init, (body,), outer, (carry, y) = settle("scan", init, members, step)
    n, (length,) = len(trees.leaves(init)), lengths
    if not length:
        y_0 = [np.zeros((0, *v.shape), v.dtype) for v in types_of(body)[n:]]
        return init, trees.rebuild(y, y_0) if y != () else None
    options = {"carries": n, "sequences": len(leaves), "length": length, "reverse": reverse}
    found = SCAN.bind(*trees.leaves(init), *leaves, *outer, body=body, **options)
    last, ys = split(found, n)
    return trees.rebuild(carry, last), trees.rebuild(y, ys) if y != () else None


def settle(name, init, members, *functions):
    """The start of a loop in the dtypes that its body gives, and its bodies, traced."""
    for _ in range(2):
        bodies, outer, (tree, *_) = bodies_of(functions, init, *members)
        old = bodies[0].inputs[: len(trees.leaves(init))]
        new = types_of(bodies[0])[: len(old)]
        blank = trees.rebuild(init, [None] * len(old))
        if tree[0] != blank or [v.shape for v in old] != [v.shape for v in new]:
            raise InputError(
                f"The body of {name} must give back what it was given, but got {blank} of "
                f"{old} and gave {tree[0]} of {new}."
            )
        if [v.dtype for v in old] == [v.dtype for v in new]:
            return init, bodies, outer, tree
        leaves = [np.zeros((), v.dtype) + a for a, v in zip(trees.leaves(init), new, strict=True)]
        init = trees.rebuild(init, leaves)
    raise InputError(f"The body of {name} changes the dtypes of what it was given each time.")


def while_loop(cond_fun, body_fun, init):
    """``while cond_fun(x): x = body_fun(x)``, starting at init; forward derivatives only.

    >>> float(while_loop(lambda x: x < 100.0, lambda x: x * 2, 3.0))
    192.0
    """
    check_functions("while_loop", cond_fun, body_fun)
    functions = lambda x: (body_fun(x), ()), cond_fun
    init, (body, test), outer, (tree, _) = settle("while_loop", init, (), *functions)
    leaves = trees.leaves(init)
    found = WHILE.bind(*leaves, *outer, test=test, body=body, carries=len(leaves))
    return trees.rebuild(tree, found)


def fori_loop(lower, upper, body_fun, init):
    """``for i in range(lower, upper): x = body_fun(i, x)``, starting at init.

    With bounds that are not traced it is a scan, which has all derivatives.

    >>> float(fori_loop(0, 5, lambda i, x: x * 2 + i, 1.0))
    58.0
    """
    check_functions("fori_loop", body_fun)
    for bound in (lower, upper):
        if trees.kind(bound) not in "iu" or np.ndim(bound):
            raise InputError(
                f"fori_loop counts from an int to an int, but got {bound!r:.40}: use int() or scan."
            )
    if isinstance(lower, core.Value) or isinstance(upper, core.Value):
        step = lambda state: (state[0] + 1, body_fun(*state))  # noqa: E731
        return while_loop(lambda state: state[0] < upper, step, (lower, init))[1]
    return scan(lambda x, i: (body_fun(i, x), None), init, np.arange(lower, upper))[0]
