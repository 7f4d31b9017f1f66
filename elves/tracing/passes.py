"""Passes make a program smaller: each one is a small function, and can be switched on alone.

`optimize` walks the equations once and shows each to the passes, in their order. A pass gives
back what the equation's Var stands for from now on, a Var or a constant, or None to keep it.

Source: Aho, Lam, Sethi & Ullman, Compilers (2006), chapters 8 and 9.
"""

import numpy as np

from elves import core
from elves.errors import InputError
from elves.rules import scatter
from elves.rules.arrays import join
from elves.rules.products import contract
from elves.scattering import parts_of
from elves.tracing.algebra import is_constant, is_ordinary, simplify
from elves.tracing.einsums import by_pairs, one_product, summed_first
from elves.tracing.factors import to_the_smallest
from elves.tracing.gathering import gather
from elves.tracing.inverses import by_inverses
from elves.tracing.ir import IR, WEAK, Equation, Var, identity, is_double, reads
from elves.tracing.liveness import dead_code
from elves.tracing.operands import equation
from elves.tracing.picking import pick_early
from elves.tracing.prices import Plan
from elves.tracing.scalars import build, scalars
from elves.tracing.shifts import without_shifts
from elves.tracing.sums import rows_of_products, sums_of_products
from elves.tracing.turnwise import at_once

SINGLE = np.dtype(np.float32)
USUAL = (
    "without_shifts", "fold_constants", "integer_powers", "by_pairs", "simplify", "one_product",
    "share", "sums_of_products", "dead_code", "to_the_smallest",
)  # fmt: skip


def optimize(ir, passes=USUAL):
    """The same program with fewer or cheaper equations, by the passes of these names.

    Their order is that of the tables BEFORE, STEPS and AFTER. Raises InputError for what is no IR.

    >>> from elves.tracing import trace
    >>> ir = trace(lambda x: 1.0 * x**2 + x**2 + np.log(2.0) * (x - x), 1.5)
    >>> optimize(ir, ["share", "integer_powers", "simplify", "dead_code"])
    (a: float64):
        b: float64 = np.multiply(a, a)
        c: float64 = np.add(b, b)
        d: float64 = np.subtract(a, a)
        e: float64 = np.multiply(0.6931471805599453, d)
        f: float64 = np.add(c, e)
        return f
    """
    if not isinstance(ir, IR):
        raise InputError(f"optimize needs an IR, as trace gives it, but got {ir!r:.40}.")
    check_names(passes)
    return smaller(ir, passes, is_double(ir))


def smaller(ir, passes, double, done=None):
    """`optimize`, of a body too: `double` says what it does of the whole program.

    A body that stands in many places is made smaller once: `done` knows it.
    """
    done = {} if done is None else done
    passes = passes if double else set(passes) - OF_DOUBLE
    for name, run in BEFORE.items():
        ir = run(ir) if name in passes else ir
    plan = Plan(ir).settle() if "scalars" in passes else ()
    steps = [STEPS[name] for name in STEPS if name in passes and (plan or name != "scalars")]
    builder, known = Builder(steps, double, plan), {}

    def read(a):
        if type(a) is IR:
            inside = tuple(p for p in passes if p not in LEFT_OUT.get(e.rule.name, ()))
            if (a, inside) not in done:
                done[a, inside] = small = smaller(a, inside, double, done)
                small.known = None if a.known is None else {}
            return done[a, inside]
        return known.get(a, a) if type(a) is Var else a

    for e in ir.equations:
        if IR in map(type, e.kwargs.values()) or not known.keys().isdisjoint(reads(e)):
            e = e.of(read)
        found = builder.put(e)
        if found is not e.out:
            known[e.out] = found
    outputs = [builder.built(read(a)) for a in ir.outputs]
    ir = ir.but(builder.equations, outputs)
    for name, run in AFTER.items():
        ir = run(ir) if name in passes else ir
    return ir


def check_names(passes):
    """Refuse what is no collection of names of passes."""
    if not isinstance(passes, (tuple, list, set)) or not set(passes) <= set(PASSES):
        raise InputError(f"The passes are a list of some of {', '.join(PASSES)}, not {passes!r}.")


class Builder:
    """Equations in the making; `made_by` knows the equation of each Var."""

    def __init__(self, steps, double, plan=()):
        self.steps, self.equations, self.made_by, self.seen = steps, [], {}, {}
        self.double, self.of = double, {}
        self.plan, self.entries, self.unbuilt = plan, {}, set()  # see scalars

    def steps_of(self, function):
        """The steps that look at calls of a function: on floats, and on anything else."""
        others = [step for step, functions in self.steps if functions is None]
        floats = [step for step, fs in self.steps if fs is None or function in fs]
        return self.of.setdefault(function, (floats, others))

    def put(self, e):
        if type(e.out) is Var:
            floats, others = self.of.get(e.rule.function) or self.steps_of(e.rule.function)
            for step in floats if e.out.dtype.kind == "f" else others:
                if e.out.weak and not self.double:
                    break  # what they make would be NumPy's
                found = step(e, self)
                if found is not None:
                    return found
            self.made_by[e.out] = e
        for a in reads(e) if self.unbuilt else ():
            self.built(a)
        self.equations.append(e)
        return e.out

    def built(self, a):
        """The same, and it is there."""
        if type(a) is Var and a in self.unbuilt:
            build(a, self)
        return a

    def make(self, function, *args, **kwargs):
        return self.put(equation(function, *args, **kwargs))

    def same(self, a, v):
        """Whether a can stand for v: the type of a Python float matters beside a float32 only."""
        same = type(a) is Var and a.shape == v.shape and a.dtype == v.dtype
        return same and (self.double or not a.weak)

    def made(self, a, function):
        """The equation that made a, if it is a call of this function."""
        e = self.made_by.get(a) if type(a) is Var else None
        return e if e and e.rule.function is function else None

    def scaled(self, a):
        """How a is a number, or an array of them, times a Var: a pair; (None, a) if it is not."""
        e = self.made_by.get(a) if type(a) is Var else None
        f = e and e.rule.function
        if f is np.negative and a.dtype.kind == "f":
            return -1, e.args[0]
        if f is np.add and a.dtype.kind == "f" and e.args[0] is e.args[1] and self.double:
            return 2, e.args[0]
        if f is np.multiply and a.dtype.kind == "f" and not (a.weak and not self.double):
            for k, x in (e.args, e.args[::-1]):
                known = is_ordinary(k) and (self.double or (type(k) in WEAK and a.dtype == SINGLE))
                if type(x) is Var and known and x.dtype == a.dtype:
                    return k, x
        return None, a


def fold_constants(e, builder):
    """Constants that meet are multiplied now; those that no tracer touched never got in here."""
    for x, k in (e.args, e.args[::-1]):
        other, inner = builder.scaled(x) if is_constant(k) else (None, x)
        if other is None or e.out.shape not in (inner.shape, np.shape(k)):
            continue
        if is_ordinary(k * other):
            return builder.make(np.multiply, inner, k * other)


def share(e, builder):
    """The same function of the same arguments is computed once (common subexpressions)."""
    function, args, kwargs = e.key()
    args = frozenset(args) if function in EITHER_WAY else args
    found = builder.seen.setdefault((function, args, kwargs), e.out)
    return None if found is e.out else found


def integer_powers(e, builder):
    """x**2 is x * x: a multiplication instead of a logarithm and an exponential; x**0 is 1."""
    x, n = (*e.args, 2)[:2]
    if type(n) in (int, float) and n == 0 and not e.out.shape and builder.double:
        return 1.0
    if type(n) not in (int, float) or n not in (1, 2, 3, 4) or x.dtype != e.out.dtype:
        return None
    if n == 1:
        return x if builder.same(x, e.out) else None
    square = builder.make(np.multiply, x, x)
    return square if n == 2 else builder.make(np.multiply, square, x if n == 3 else square)


# ------------------------------------------------------------ sums with something scattered


class AddAt(core.Rule):
    """The row of ``a + scatter(g, shape, index)`` where the index names no entry twice."""

    name = "add_at"

    def __init__(self):
        self.function = lambda a, g, index: a + scatter(g, np.shape(a), index)


ADD_AT = AddAt()


def add_in_place(e, builder):
    """A sum with something scattered only changes the entries that it hits."""
    for a, b in (e.args, e.args[::-1]) if e.out.shape else ():
        hit, before = builder.made(b, scatter), builder.made(a, scatter)
        whole = hit and a is not b and builder.same(a, e.out) and builder.same(b, e.out)
        if whole and distinct(hit):
            g, shape, index = hit.args
            if before and identity(before.args[2]) == identity(index):  # the same entries
                both = builder.make(np.add, before.args[0], g)
                return builder.make(scatter, both, shape, index, **hit.kwargs)
            return builder.put(Equation(ADD_AT, (a, g, index), {}, Var(a.shape, a.dtype)))


EITHER_WAY = {np.add, np.multiply}  # x y is y x
PLACES = (int, np.integer, slice, Var, np.ndarray)


def distinct(e):
    """Whether the index of a scatter names no entry twice, so that adding there is assigning."""
    index = e.args[2]
    if e.kwargs.get("once"):
        return True
    parts = [np.asarray(a) if type(a) is list else a for a in parts_of(index)]
    arrays = [a for a in parts if type(a) in (Var, np.ndarray) and (a.shape or a.dtype == bool)]
    if not arrays:
        return all(a is None or a is ... or isinstance(a, PLACES) for a in parts)
    if any(a.dtype == bool for a in arrays):
        return len(arrays) == 1
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    whole = [a for a in arrays if type(a) is np.ndarray and a.shape == shape]
    return any(np.all(a >= 0) and np.unique(a).size == a.size for a in whole)


# Those that look at a whole program, and those that look at each equation in turn: the latter with
# the functions that they look at on floats; None: at all functions of anything.
BEFORE = {
    "without_shifts": without_shifts, "by_inverses": by_inverses, "pick_early": pick_early,
}  # fmt: skip
STEPS = {
    "scalars": (scalars, None),
    "fold_constants": (fold_constants, {np.multiply}),
    "integer_powers": (integer_powers, {np.square, np.power}),
    "by_pairs": (by_pairs, {contract}),
    "simplify": (simplify, None),
    "one_product": (one_product, {np.sum, np.matmul}),
    "add_in_place": (add_in_place, {np.add}),
    "gather": (gather, {join}),
    "share": (share, None),  # the last one: it knows what stays
}
AFTER = {
    "sums_of_products": lambda ir: summed_first(rows_of_products(sums_of_products(ir))),
    "at_once": at_once,
    "dead_code": dead_code, "to_the_smallest": to_the_smallest,
}  # fmt: skip
OF_DOUBLE = {  # float64
    "by_inverses", "pick_early", "scalars", "gather", "sums_of_products", "at_once",
    "to_the_smallest",
}  # fmt: skip
LEFT_OUT = {"ragged": ("scalars", "gather")}  # in bodies that look alike without
IN_EMIT = "keep_residuals", "distributed", "reuse_buffers", "fuse"
PASSES = (*BEFORE, *STEPS, *AFTER, *IN_EMIT)
