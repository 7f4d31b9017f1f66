"""Control flow that stays in the program: cond, scan and while_loop, with bodies that are IRs.

One idea serves all derivatives: the tangent of an operation is the same operation with the JVP
of its body, and its transpose is the same operation with the transposed body. The primals that
a body needs are passed in, so a scan stores its carries and computes the rest once more.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 12, for storing less than
everything; `jax.lax` (JAX documentation) for the operations and their arguments.
"""

import functools

import numpy as np

from elves import batching, core, forward, trees
from elves.errors import InputError
from elves.tracing.ir import IR, Var, replace, zeros
from elves.tracing.linear import back
from elves.tracing.trace import Trace, Tracer, trace

# ------------------------------------------------------------ bodies: IRs from leaves to leaves


def flat(f, variables):
    """The IR of a function that takes leaves of these types and gives a list of leaves."""
    return trace(f, *map(zeros, variables))


def body_of(f, *args):
    """f as such an IR, the outer values that became inputs of it, and the tree of its result."""
    ir, outer, inner = trace(f, *args), [], []

    def hoist(a):
        if not isinstance(a, core.Value):
            return a
        if not any(a is b for b in outer):
            outer.append(a)
            inner.append(Var(np.shape(a), np.result_type(a)))
        return next(v for v, b in zip(inner, outer, strict=True) if a is b)

    for e in ir.equations:
        e.args, e.kwargs = replace(e.args, hoist), replace(e.kwargs, hoist)
    outputs = [hoist(a) for a in ir.outputs]
    blank = (None,) * (len(ir.inputs) + len(inner)), [None] * len(outputs)
    body = IR([*ir.inputs, *inner], ir.equations, outputs, *blank)
    return body, outer, ir.out_tree


def more_inputs(body, place, new):
    """The same body with more inputs, which it does not use."""
    inputs = [*body.inputs[:place], *new, *body.inputs[place:]]
    return IR(inputs, body.equations, body.outputs, (None,) * len(inputs), body.out_tree)


def types(body):
    """The type of each result, also of those that are constants."""
    return [a if type(a) is Var else Var(np.shape(a), np.result_type(a)) for a in body.outputs]


def floats(variables):
    return [i for i, v in enumerate(variables) if v.dtype.kind == "f"]


def put(values, places, others):
    """The values at these places, and the others, in order, everywhere else."""
    values, rest = dict(zip(places, values, strict=True)), iter(others)
    return [values[i] if i in values else next(rest) for i in range(len(values) + len(others))]


def tangent_of(body, varying):
    """The JVP of a body: from its inputs and tangents of the varying ones to float tangents."""

    def tangent(*leaves):
        x = leaves[: len(body.inputs)]
        fixed = [a for i, a in enumerate(x) if i not in varying]
        _, dots = forward.jvp(
            lambda *moving: body.run(put(moving, varying, fixed)),
            [x[i] for i in varying],
            leaves[len(x) :],
        )
        return [dots[i] for i in floats(types(body))]

    return flat(tangent, [*body.inputs, *(body.inputs[i] for i in varying)])


def transpose_of(body, linear):
    """The transpose: from the other inputs and the cotangents of the results to cotangents."""

    def transposed(*leaves):
        n, t = len(body.inputs) - len(linear), Trace(linear=True)
        moving = [t.new(zeros(body.inputs[i])) for i in linear]
        ir = t.close(moving, body.run(put(moving, linear, leaves[:n])))
        found = back(ir, leaves[n:])
        return [zeros(v) if g is None else g for g, v in zip(found, ir.inputs, strict=True)]

    rest = [v for i, v in enumerate(body.inputs) if i not in linear]
    return flat(transposed, [*rest, *types(body)])


def split(leaves, *sizes):
    """The leaves in parts of these sizes, and the rest."""
    parts, leaves = [], list(leaves)
    for size in sizes:
        parts.append(leaves[:size])
        leaves = leaves[size:]
    return [*parts, leaves]


def run(body, leaves):
    return body.run(leaves) if isinstance(body, IR) else body(*leaves)


# ------------------------------------------------------------ the operations


class Control(core.Rule):
    """What the rows of cond, scan and while_loop have in common: they have several results."""

    def __init__(self, name):
        self.name, self.function = name, self.bind

    def bind(self, *operands, **bodies):
        """Let the innermost engine among the operands walk it."""
        values = [a for a in operands if isinstance(a, core.Value)]
        inner = max(values, key=lambda value: value.level, default=None)
        if type(inner) is Tracer:
            return list(inner.apply(inner.level, self, operands, bodies))
        if type(inner) is forward.Dual:
            mine = [forward.is_of(a, inner.level) for a in operands]
            primals = [a.primal if m else a for a, m in zip(operands, mine, strict=True)]
            tangents = [a.tangent if m else None for a, m in zip(operands, mine, strict=True)]
            y, dots = self.dual(primals, tangents, **bodies)
            places = floats([Var(np.shape(a), np.result_type(a)) for a in y])
            duals = [forward.Dual(y[i], t, inner.level) for i, t in zip(places, dots, strict=True)]
            return put(duals, places, [a for i, a in enumerate(y) if i not in places])
        if type(inner) is batching.Batch:
            return self.batch(inner.level, len(inner.stacked), operands, **bodies)
        return self.eager(*operands, **bodies)  # plain numbers, or an engine that unrolls the loop

    def compiled(self, compile_body, **bodies):
        """The operation on plain numbers, with compiled bodies."""
        ready = {k: compile_body(b) if isinstance(b, IR) else b for k, b in bodies.items()}
        return functools.partial(self.eager, **ready)


class Cond(Control):
    def eager(self, pred, *operands, true, false):
        if not isinstance(pred, core.Value):
            return run(true if pred else false, operands)
        pairs = zip(run(true, operands), run(false, operands), strict=True)
        return [np.where(pred, a, b) for a, b in pairs]

    def batch(self, level, n, operands, **bodies):
        return self.eager(*operands, **bodies)

    def infer(self, pred, *operands, true, false):
        if pred.shape:
            raise InputError("cond needs one condition, not an array: use np.where, or vmap.")
        pairs = list(zip(types(true), types(false), strict=True))
        if any(a.shape != b.shape for a, b in pairs):
            raise InputError("Both branches of cond must give results of the same shapes.")
        return tuple(Var(a.shape, np.result_type(a.dtype, b.dtype)) for a, b in pairs)

    def dual(self, primals, tangents, true, false):
        (pred, *x), t = primals, tangents[1:]
        varying = [i for i, a in enumerate(t) if a is not None]
        y = self.bind(pred, *x, true=true, false=false)
        true, false = tangent_of(true, varying), tangent_of(false, varying)
        return y, self.bind(pred, *x, *(t[i] for i in varying), true=true, false=false)

    def transpose(self, cotangents, operands, true, false):
        pred, *x = operands
        linear = [i for i, a in enumerate(x) if type(a) is Var]
        fixed = [a for a in x if type(a) is not Var]
        true, false = transpose_of(true, linear), transpose_of(false, linear)
        found = self.bind(pred, *fixed, *cotangents, true=true, false=false)
        return [None, *put(found, linear, [None] * len(fixed))]


class Scan(Control):
    """Operands: the carries, the sequences, then what stays the same (the constants)."""

    def eager(self, *operands, body, carries, sequences, length, reverse):
        carry, xs, constants = split(operands, carries, sequences)
        ys = []
        for k in range(length)[:: -1 if reverse else 1]:
            carry, y = split(run(body, [*carry, *(x[k] for x in xs), *constants]), carries)
            ys.append(y)
        columns = zip(*ys[:: -1 if reverse else 1], strict=True)
        return [*carry, *map(np.stack, columns)]

    def infer(self, *operands, body, carries, length, **options):
        stacked = [(length,) * (i >= carries) + v.shape for i, v in enumerate(types(body))]
        return tuple(Var(s, v.dtype) for s, v in zip(stacked, types(body), strict=True))

    def dual(self, primals, tangents, body, carries, sequences, **options):
        varying = [i for i, t in enumerate(tangents) if t is not None]
        varying = sorted({*varying, *floats(body.inputs[:carries])})
        dots = [zeros(body.inputs[i]) if tangents[i] is None else tangents[i] for i in varying]
        outputs = body.outputs + body.inputs[:carries]
        blank = body.in_tree, [None] * len(outputs)
        saving = IR(body.inputs, body.equations, outputs, *blank)
        y = self.bind(*primals, body=saving, carries=carries, sequences=sequences, **options)
        y, saved = split(y, len(body.outputs))
        ends = carries + sequences
        sizes = [sum(a <= i < b for i in varying) for a, b in ((0, carries), (carries, ends))]

        def order(primals, dots):
            """The tangents are carried; what was carried is one sequence more."""
            carried, sequence, constant = split(dots, *sizes)
            return [*carried, *primals[:ends], *sequence, *primals[ends:], *constant]

        step = tangent_of(body, varying)
        inputs = order(*split(step.inputs, len(primals)))
        options["body"] = IR(inputs, step.equations, step.outputs, step.in_tree, step.out_tree)
        operands = order([*saved, *primals[carries:]], dots)
        return y, self.bind(*operands, carries=sizes[0], sequences=ends + sizes[1], **options)

    def transpose(self, cotangents, operands, body, carries, sequences, length, reverse):
        ends = carries + sequences
        is_linear = [i < carries or type(a) is Var for i, a in enumerate(operands)]
        linear = [i for i, a in enumerate(is_linear) if a]
        fixed = [i for i, a in enumerate(is_linear) if not a]
        n_fixed_xs, n_xs = sum(i < ends for i in fixed), sum(carries <= i < ends for i in linear)
        n_sums, n_ys = len(linear) - n_xs - carries, len(body.outputs) - carries
        back_step = transpose_of(body, linear)

        def step(*leaves):
            """The cotangents are carried, those of the constants as sums."""
            g, sums, xs, g_ys, rest = split(leaves, carries, n_sums, n_fixed_xs, n_ys)
            g, g_xs, more = split(back_step.run([*xs, *rest, *g, *g_ys]), carries, n_xs)
            return [*g, *(a + b for a, b in zip(sums, more, strict=True)), *g_xs]

        fixed_xs, rest = split([body.inputs[i] for i in fixed], n_fixed_xs)
        results = types(body)
        sums = [body.inputs[i] for i in linear[carries + n_xs :]]
        step = flat(step, [*results[:carries], *sums, *fixed_xs, *results[carries:], *rest])
        fixed_xs, rest = split([operands[i] for i in fixed], n_fixed_xs)
        found = self.bind(
            *cotangents[:carries], *map(zeros, sums), *fixed_xs, *cotangents[carries:], *rest,
            body=step, carries=carries + n_sums, sequences=n_fixed_xs + n_ys, length=length,
            reverse=not reverse,
        )  # fmt: skip
        g, sums, g_xs = split(found, carries, n_sums)
        return put([*g, *g_xs, *sums], linear, [None] * len(fixed))

    def batch(self, level, n, operands, body, carries, sequences, **options):
        mapped = [i < carries or batching.is_of(a, level) for i, a in enumerate(operands)]
        plain = [stacks(a, n, level) if m else a for a, m in zip(operands, mapped, strict=True)]
        ends = carries + sequences
        for i in range(carries, ends):
            plain[i] = np.moveaxis(plain[i], 1, 0) if mapped[i] else plain[i]
        body = batched(body, mapped, n)
        y = self.bind(*plain, body=body, carries=carries, sequences=sequences, **options)
        y[carries:] = [np.moveaxis(a, 1, 0) for a in y[carries:]]
        return [batching.Batch(a, level) for a in y]


def stacks(a, n, level):
    """The members of a value, which may be the same for all of the batch."""
    is_mine = batching.is_of(a, level)
    return a.stacked if is_mine else np.broadcast_to(a, (n, *np.shape(a)))


def batched(body, mapped, n):
    """A body for batches of n; every result is batched."""
    axes = [0 if m else None for m in mapped]
    variables = [Var((n,) * m + v.shape, v.dtype) for v, m in zip(body.inputs, mapped, strict=True)]
    return flat(batching.vmap(lambda *leaves: body.run(leaves), axes), variables)


class While(Control):
    """Operands: the carries, then the constants."""

    def eager(self, *operands, test, body, carries):
        carry, constants = split(operands, carries)
        while run(test, [*carry, *constants])[0]:
            carry = run(body, [*carry, *constants])
        return carry

    def infer(self, *operands, body, **options):
        return tuple(types(body))

    def dual(self, primals, tangents, test, body, carries):
        varying = [i for i, t in enumerate(tangents) if t is not None]
        varying = sorted({*varying, *floats(body.inputs[:carries])})
        dots = [zeros(body.inputs[i]) if tangents[i] is None else tangents[i] for i in varying]
        if any(type(t) is Tracer and t.trace.linear for t in dots):
            raise InputError(
                "while_loop has a forward derivative only, since the number of its steps is not "
                "known: use fori_loop with fixed bounds, or scan, for gradients."
            )
        moving, step = sum(i < carries for i in varying), tangent_of(body, varying)

        def order(x, dots):
            return [*x[:carries], *dots[:moving], *x[carries:], *dots[moving:]]

        def both(*leaves):
            x, carried, rest, constant = split(leaves, carries, moving, len(primals) - carries)
            return [*body.run([*x, *rest]), *step.run([*x, *rest, *carried, *constant])]

        def first(*leaves):
            return test.run(
                [*leaves[:carries], *leaves[carries + moving :][: len(primals) - carries]]
            )

        variables = order(*split(step.inputs, len(primals)))
        bodies = {"test": flat(first, variables), "body": flat(both, variables)}
        y = self.bind(*order(primals, dots), carries=carries + moving, **bodies)
        return split(y, carries)

    def transpose(self, *args, **bodies):
        raise InputError("while_loop has no transpose: use scan.")

    def batch(self, level, n, operands, test, body, carries):
        mapped = [i < carries or batching.is_of(a, level) for i, a in enumerate(operands)]
        plain = [stacks(a, n, level) if m else a for a, m in zip(operands, mapped, strict=True)]
        body, test = batched(body, mapped, n), batched(test, mapped, n)

        def step(*leaves):
            (go,) = test.run(leaves)
            pairs = zip(body.run(leaves), leaves, strict=False)
            return [
                np.where(np.reshape(go, (n,) + (1,) * (np.ndim(b) - 1)), a, b) for a, b in pairs
            ]

        any_left = flat(lambda *leaves: [np.any(test.run(leaves)[0])], body.inputs)
        y = self.bind(*plain, test=any_left, body=flat(step, body.inputs), carries=carries)
        return [batching.Batch(a, level) for a in y]


COND, SCAN, WHILE = Cond("cond"), Scan("scan"), While("while_loop")

# ------------------------------------------------------------ the public functions


def cond(pred, true_fun, false_fun, *operands):
    """``true_fun(*operands)`` if pred, else ``false_fun(*operands)``, decided while it runs.

    Both functions must give results of the same structure and shapes, or InputError is raised.

    >>> from elves.tracing import grad, jit
    >>> f = jit(grad(lambda x: cond(x > 0, lambda x: x**2, lambda x: -x, x)))
    >>> f(3.0), f(-3.0)
    (6.0, -1.0)
    """
    if not isinstance(pred, core.Value) and np.ndim(pred) == 0:
        return true_fun(*operands) if pred else false_fun(*operands)
    true, outer, tree = body_of(true_fun, *operands)
    false, more, other_tree = body_of(false_fun, *operands)
    if tree != other_tree:
        raise InputError(
            f"Both branches of cond must give one structure, not {tree}, {other_tree}."
        )
    leaves = trees.leaves(operands)
    new = [[Var(np.shape(a), np.result_type(a)) for a in values] for values in (outer, more)]
    true = more_inputs(true, len(true.inputs), new[1])
    false = more_inputs(false, len(leaves), new[0])
    return trees.rebuild(tree, COND.bind(pred, *leaves, *outer, *more, true=true, false=false))


def scan(f, init, xs=None, length=None, reverse=False):
    """``carry, y = f(carry, x)`` for each x of xs in turn; gives the last carry, and all y stacked.

    `xs` may be a tree of arrays, which are taken apart along their first axes; without it, `length`
    says how often to call ``f(carry, None)``. Raises InputError where the carry changes its
    structure or its shapes.

    >>> scan(lambda total, x: (total + x, total), np.zeros(1), np.array([1.0, 2.0]))
    (array([3.]), array([[0.],
           [1.]]))
    """
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

    init, body, outer, (carry, y) = settle("scan", step, init, *members)
    n, (length,) = len(trees.leaves(init)), lengths
    if not length:
        y_0 = [np.zeros((0, *v.shape), v.dtype) for v in types(body)[n:]]
        return init, trees.rebuild(y, y_0) if y != () else None
    options = {"carries": n, "sequences": len(leaves), "length": length, "reverse": reverse}
    found = SCAN.bind(*trees.leaves(init), *leaves, *outer, body=body, **options)
    last, ys = split(found, n)
    return trees.rebuild(carry, last), trees.rebuild(y, ys) if y != () else None


def settle(name, step, init, *members):
    """The start of a loop in the dtypes that its body gives, and the body, traced."""
    for _ in range(2):
        body, outer, tree = body_of(step, init, *members)
        old = body.inputs[: len(trees.leaves(init))]
        new = types(body)[: len(old)]
        blank = trees.rebuild(init, [None] * len(old))
        if tree[0] != blank or [v.shape for v in old] != [v.shape for v in new]:
            raise InputError(
                f"The body of {name} must give back what it was given, but got {blank} of "
                f"{old} and gave {tree[0]} of {new}."
            )
        if [v.dtype for v in old] == [v.dtype for v in new]:
            return init, body, outer, tree
        leaves = [np.zeros((), v.dtype) + a for a, v in zip(trees.leaves(init), new, strict=True)]
        init = trees.rebuild(init, leaves)
    raise InputError(f"The body of {name} changes the dtypes of what it was given each time.")


def while_loop(cond_fun, body_fun, init):
    """``while cond_fun(x): x = body_fun(x)``, starting at init; forward derivatives only.

    >>> float(while_loop(lambda x: x < 100.0, lambda x: x * 2, 3.0))
    192.0
    """
    init, body, outer, (tree, _) = settle("while_loop", lambda x: (body_fun(x), ()), init)
    test, more, _ = body_of(lambda x: cond_fun(x), init)
    n = len(trees.leaves(init))
    new = [[Var(np.shape(a), np.result_type(a)) for a in values] for values in (outer, more)]
    body, test = more_inputs(body, len(body.inputs), new[1]), more_inputs(test, n, new[0])
    operands = [*trees.leaves(init), *outer, *more]
    return trees.rebuild(tree, WHILE.bind(*operands, test=test, body=body, carries=n))


def fori_loop(lower, upper, body_fun, init):
    """``for i in range(lower, upper): x = body_fun(i, x)``, starting at init.

    With bounds that are not traced it is a scan, which has all derivatives.

    >>> float(fori_loop(0, 5, lambda i, x: x * 2 + i, 1.0))
    58.0
    """
    if isinstance(lower, core.Value) or isinstance(upper, core.Value):
        step = lambda state: (state[0] + 1, body_fun(*state))  # noqa: E731
        return while_loop(lambda state: state[0] < upper, step, (lower, init))[1]
    return scan(lambda x, i: (body_fun(i, x), None), init, np.arange(lower, upper))[0]
