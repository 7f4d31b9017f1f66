"""Loops that stay in the program: scan and while_loop, with bodies that are IRs.

One idea serves all derivatives: the tangent of a loop is a loop whose body is the tangent of its
body, and its transpose is a loop backwards with the transposed body. So the rules below are written
with `scan` and `while_loop` themselves. A scan stores its carries (`residuals`: and more).

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 12, for storing less than
everything; `jax.lax` (JAX documentation) for the operations and their arguments.
"""

import numpy as np

from elves import batching, core, trees
from elves.batching import is_of
from elves.errors import InputError
from elves.tracing.bodies import (
    NO_STACK,
    Control,
    batched,
    checked,
    cotangent,
    depending,
    filled,
    moved,
    of_varying,
    paid,
    reached,
    settle,
    split,
    types_of,
    unchanged,
    without,
)
from elves.tracing.conditions import cond
from elves.tracing.ir import Var, fixpoint, zeros
from elves.tracing.tracers import Tracer
from elves.zeros import numbers

# ------------------------------------------------------------ the operations


class Scan(Control):
    """Operands: the carries, the sequences, then what stays the same (the constants)."""

    def eager(self, *operands, body, carries, sequences, length, reverse):
        carry, xs, constants = split(operands, carries, sequences)
        steps = len(xs[0]) if length is None else length
        ys, order = [], range(steps)[:: -1 if reverse else 1]
        for k in order:
            carry, y = split(body([*carry, *(x[k] for x in xs), *constants]), carries)
            ys.append(y)
        ys = zip(*(ys[k] for k in order), strict=True)
        return [*map(trees.fresh, carry), *map(np.stack, ys)]

    def infer(self, *operands, body, carries, length, **options):
        stacked = [(length,) * (i >= carries) + v.shape for i, v in enumerate(types_of(body))]
        return tuple(Var(s, v.dtype) for s, v in zip(stacked, types_of(body), strict=True))

    def dual(self, primals, tangents, body, carries, sequences, **options):
        if options["length"] is None:  # over what a while_loop has kept
            raise InputError(NO_STACK)
        carry, xs, rest = split(primals, carries, sequences)
        moving = {i: t for i, t in tangents.items() if carries <= i < carries + sequences}

        def saving(carry, x):
            found = body.run([*carry, *x, *rest])
            return found[:carries], (found[carries:], carry)

        def step(dots, at):
            carry, x, moving = at
            _, found = moved(body, [*carry, *x, *rest], tangents | dots | moving)
            return {i: found[i] for i in dots}, {i: found[i] for i in vary if i >= carries}

        last, (ys, saved) = scan(saving, carry, xs, **options)
        begin = of_varying(body, carry, tangents)
        vary = depending(body, {*tangents, *begin})
        dots, y_dots = scan(step, begin, (saved, xs, moving), **options)
        return [*last, *ys], [(dots | y_dots).get(i) for i in range(len(body.outputs))]

    def transpose(self, cotangents, operands, body, carries, sequences, length, reverse):
        """Backwards the cotangents of the carries are carried, and the sums of the constants'."""
        ends, linear = carries + sequences, {i for i, a in enumerate(operands) if type(a) is Var}
        known = {i: a for i, a in enumerate(operands) if i >= carries and i not in linear}
        xs = {i: a for i, a in known.items() if i < ends}
        given = {i: g for i, g in enumerate(cotangents) if g is not None}
        wanted = sorted(paid(body, given, known, carries))
        begin = {i: zeros(body.inputs[i]) for i in wanted if not carries <= i < ends}
        begin |= {i: g for i, g in given.items() if i < carries}

        def step(g, at):
            x, g_y = at
            all_g = [(g if i < carries else g_y).get(i) for i in range(len(cotangents))]
            found = cotangent(body, known | x, all_g, wanted)
            new = {i: found.pop(i) + g[i] if i >= ends else found.pop(i) for i in g}
            return {i: trees.own(new[i], g[i]) for i in g}, found

        g_y = {i: g for i, g in given.items() if i >= carries}
        g, g_xs = scan(step, begin, (xs, g_y), length, not reverse)
        return g | g_xs

    def batch(self, level, n, operands, body, carries, sequences, **options):
        run, full = batched(body.run, level, n, operands, carries)
        carry, xs, rest = split(full, carries, sequences)
        members_last = zip(xs, operands[carries:], strict=False)
        xs = [np.swapaxes(x, 0, 1) if is_of(a, level) else x for x, a in members_last]
        step = lambda carry, x: split(run(*carry, *x, *rest), carries)  # noqa: E731
        last, ys = scan(step, carry, xs, **options)
        return [batching.Batch(a, level) for a in (*last, *(np.swapaxes(y, 0, 1) for y in ys))]


class While(Control):
    """Operands: the carries, then the constants; what it carries at `kept` is stacked."""

    def eager(self, *operands, test, body, carries, kept=()):
        (carry, rest), saved = split(operands, carries), []
        while test([*carry, *rest])[0]:
            saved.append([carry[i] for i in kept])
            carry = body([*carry, *rest])
        stacks = map(list, zip(*saved, strict=True)) if saved else [[] for _ in kept]
        return [*map(trees.fresh, carry), *stacks]

    def infer(self, *operands, body, kept=(), **options):
        new = [Var(v.shape, v.dtype, v.weak) for v in types_of(body)]  # two loops may have one body
        return (*new, *(Var((), np.dtype(object), member=body.inputs[i]) for i in kept))

    def dual(self, primals, tangents, test, body, carries, kept=()):
        if kept:
            raise InputError(NO_STACK)
        carry, rest = split(primals, carries)

        def push(carry, dots):
            y, found = moved(body, [*carry, *rest], tangents | dots)
            return y, {i: found[i] for i in dots}

        go_on = lambda state: test.run([*state[0], *rest])[0]  # noqa: E731
        step = lambda state: push(*state)  # noqa: E731
        last, dots = while_loop(go_on, step, (carry, of_varying(body, carry, tangents)))
        return last, [*map(dots.get, range(carries))]

    def pushed(self, rule, operands, bodies):
        """What does not vary runs by itself and is kept, for a scan of what does."""
        test, body, carries = bodies["test"], bodies["body"], bodies["carries"]
        level = max(a.level for a in core.values_in(operands))
        moving = {i: a for i, a in enumerate(operands) if type(a) is Tracer and a.level == level}
        varying = fixpoint(lambda found: reached(body, found), {*moving})
        still = [i for i in range(carries) if i not in varying]
        known = {i: a for i, a in enumerate(operands) if i not in varying}
        nothing = {i: zeros(body.inputs[i]) for i in varying}

        def run(found, state, moving=nothing):
            values = known | dict(zip(still, state, strict=True)) | moving
            return found.run([values[i] for i in range(len(operands))])

        step = lambda s: [run(body, s)[i] for i in still]  # noqa: E731
        last, again = keeping(lambda s: run(test, s)[0], step, [operands[i] for i in still])
        begin = {i: operands[i] for i in varying if i < carries}
        found = again(lambda s, g: {i: run(body, s, nothing | moving | g)[i] for i in g}, begin)
        found |= zip(still, last, strict=True)
        return [found[i] for i in range(carries)]

    def batch(self, level, n, operands, test, body, carries, kept=()):
        if kept:
            raise InputError(NO_STACK)

        def member(leaves):  # each one stops by itself
            pairs = zip(body.run(leaves), leaves, strict=False)
            return [np.where(test.run(leaves)[0], a, b) for a, b in pairs]

        run, full = batched(member, level, n, operands, carries)
        asked, _ = batched(test.run, level, n, operands, carries)
        carry, rest = split(full, carries)
        go_on = lambda carry: np.any(asked(*carry, *rest)[0])  # noqa: E731
        last = while_loop(go_on, lambda carry: run(*carry, *rest), carry)
        return [batching.Batch(a, level) for a in last]


def keeping(go_on, step, carry):
    """A while_loop's last state, and how to scan the ones before it: ``again(f, init)``.

    There f takes a state and what it carries itself. Where numbers tell how many steps there are,
    the states are stacked in arrays, and else in lists.
    """
    count = lambda s: (s[0] + 1, step(s[1]))  # noqa: E731
    n = numbers(while_loop(lambda s: go_on(s[1]), count, (0, carry))[0])
    several = n is not None and np.min(n) < np.max(n)

    def only(s, new, old):
        """Members of a batch stop by themselves."""
        return cond(go_on(s), new, lambda: old) if several else new()

    if n is None:
        begin, (body, test), outer, _ = settle("while_loop", carry, (), lambda s: (step(s),), go_on)
        options = {"test": test, "body": body, "carries": len(begin), "kept": range(len(begin))}
        last, saved = split(WHILE.bind(*begin, *outer, **options), len(begin))
    else:
        keep = lambda s, _: (only(s, lambda: step(s), s), s)  # noqa: E731
        last, saved = scan(keep, carry, length=int(np.max(n)))

    def again(f, init):
        return scan(lambda g, s: (only(s, lambda: f(s, g), g), None), init, saved)[0]

    return last, again


SCAN, WHILE = Scan("scan"), While("while_loop")

# ------------------------------------------------------------ the public functions


def scan(f, init, xs=None, length=None, reverse=False):
    """``carry, y = f(carry, x)`` for each x of xs in turn; gives the last carry, and all y stacked.

    `xs` may be a tree of arrays, which are taken apart along their first axes; without it, `length`
    says how often to call ``f(carry, None)``. f itself runs once, to be traced: draw random numbers
    before, and pass them as xs. Raises InputError where the carry changes its structure or shapes.

    >>> scan(lambda total, x: (total + x, total), np.zeros(1), np.array([1.0, 2.0]))
    (array([3.]), array([[0.],
           [1.]]))
    """
    (f,) = checked("scan", f)
    leaves = [] if xs is None else trees.leaves(xs)
    length, members = sequences(xs, leaves, length)

    def step(carry, *x):
        result = f(carry, None if xs is None else trees.rebuild(xs, x))
        if not isinstance(result, tuple) or len(result) != 2:
            raise InputError("The function of scan must return a pair: the new carry, and y.")
        if result[1] is not None and any(a is None for a in trees.leaves(result[1])):
            raise InputError("scan stacks numbers and arrays: no None in y, but all of it may be.")
        return result[0], () if result[1] is None else result[1]

    carry, (body,), outer, tree = settle("scan", init, members, step)
    n = len(carry)
    options = {"carries": n, "sequences": len(leaves), "length": length, "reverse": reverse}
    if length != 0 and (still := unchanged(body, carry)):

        def moving(carry, x):
            found = body.run([*filled(still, carry), *x, *outer])
            return without(still, found[:n]), found[n:]

        last, ys = scan(moving, without(still, carry), leaves, length, reverse)
        found = [*map(trees.fresh, filled(still, last)), *ys]
    elif length != 0:
        found = SCAN.bind(*carry, *leaves, *outer, body=body, **options)
    else:
        ys = map(zeros, SCAN.infer(body=body, **options)[n:])
        found = map(trees.fresh, [*carry, *ys])
    last, ys = trees.rebuild(tree, found)
    return trees.rebuild(init, last), ys if tree[1] != () else None


def sequences(xs, leaves, length):
    """The length of what scan goes over, None where only the run knows, and entries of zeros."""
    stacks = [x.place for x in leaves if type(x) is Tracer and x.place.member]
    arrays = stacks or all(np.shape(x) and trees.kind(x) in "fbiu" for x in leaves)
    lengths = {None} if stacks else {np.shape(x)[0] for x in leaves if arrays} | ({length} - {None})
    counted = all(n is None or (type(n) is int and n >= 0) for n in lengths)
    if not arrays or len(lengths) != 1 or not counted:
        raise InputError(
            "scan needs arrays of one length along their first axes, or length= as an int, but "
            f"got {xs!r:.60} and {length=}."
        )
    types = [v.member for v in stacks] or [Var(np.shape(x)[1:], np.result_type(x)) for x in leaves]
    return *lengths, [*map(zeros, types)]


def while_loop(cond_fun, body_fun, init):
    """``while cond_fun(x): x = body_fun(x)``, starting at init.

    It has forward derivatives and, unlike in JAX, reverse ones: the way back takes as many steps,
    and under `jit` it goes over a list of what was carried. Raises InputError for a second reverse
    derivative inside of `jit`.

    >>> float(while_loop(lambda x: x < 100.0, lambda x: x * 2, 3.0))
    192.0
    """
    cond_fun, body_fun = checked("while_loop", cond_fun, body_fun)
    step = lambda carry: (body_fun(carry),)  # noqa: E731
    carry, (body, test), outer, _ = settle("while_loop", init, (), step, cond_fun)
    if [np.shape(a) for a in test.outputs if trees.kind(a) in "fbiu"] != [()]:
        raise InputError("The first function of while_loop must return one condition.")
    if 0 < len(still := unchanged(body, carry)) < len(carry):
        run = lambda ir, carry: ir.run([*filled(still, carry), *outer])  # noqa: E731
        step = lambda carry: without(still, run(body, carry))  # noqa: E731
        last = while_loop(lambda carry: run(test, carry)[0], step, without(still, carry))
        return trees.rebuild(init, map(trees.fresh, filled(still, last)))
    found = WHILE.bind(*carry, *outer, test=test, body=body, carries=len(carry))
    return trees.rebuild(init, found)


def fori_loop(lower, upper, body_fun, init):
    """``for i in range(lower, upper): x = body_fun(i, x)``, starting at init.

    With bounds that are not traced it is a scan, which has all derivatives.

    >>> float(fori_loop(0, 5, lambda i, x: x * 2 + i, 1.0))
    58.0
    """
    (body_fun,) = checked("fori_loop", body_fun)
    for bound in (lower, upper):
        if trees.kind(bound) not in "iu" or np.ndim(bound):
            raise InputError(
                f"fori_loop counts from an int to an int, but got {bound!r:.40}: use int() or scan."
            )
    if isinstance(lower, core.Value) or isinstance(upper, core.Value):
        step = lambda state: (state[0] + 1, body_fun(*state))  # noqa: E731
        return while_loop(lambda state: state[0] < upper, step, (lower, init))[1]
    return scan(lambda x, i: (body_fun(i, x), None), init, np.arange(lower, upper))[0]
