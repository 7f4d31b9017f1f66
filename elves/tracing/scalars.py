"""Small arrays as numbers: to move, join or pick entries then costs nothing at all.

A call of NumPy costs as much as twenty operations on Python's numbers, however small its arrays
are. So an array that is only taken apart, moved about and calculated with entry by entry need not
be there, and `share` and `simplify` see each entry. Where a call needs the array, it is built.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 12.2, scalar
replacement of aggregates.
"""

import functools
import itertools
import math
import operator

import numpy as np

from elves import core
from elves.rules.arrays import join, pick, scatter
from elves.rules.products import contract
from elves.scattering import places
from elves.tracing.ir import Equation, Var, is_elementwise, zeros
from elves.tracing.spelling import COMPARISONS, ON_NUMBERS
from elves.tracing.structured import bare

FLOAT, TRUTH = np.dtype(float), np.dtype(bool)
NOTHING = float("0")  # known by its identity: where a scatter has put nothing


def scalars(e, builder):
    """What is in the builder's plan is computed entry by entry.

    >>> from elves.tracing import grad, make_ir, optimize
    >>> ir = make_ir(grad(lambda A: A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]), np.ones((2, 2)))
    >>> len(ir.equations)
    18
    >>> optimize(ir, ["scalars", "simplify", "dead_code"])
    (a: float64[2, 2]):
        b: float64, c: float64, d: float64, e: float64 = opened(a)
        f: float64 = np.negative(c)
        g: float64 = np.negative(d)
        h: float64[2, 2] = built(e, g, f, b, shape=(2, 2))
        return h
    """
    if e.out in builder.plan:
        found = way(e.rule)(e, builder)
        if not e.out.shape:
            return found[0]
        builder.entries[e.out] = found
        builder.unbuilt.add(e.out)
        return e.out
    if type(e.args[0]) is Var or e.out.shape or not is_elementwise(e.rule):
        return None
    if any(type(a) is Var for a in e.args) or e.rule.function not in ON_NUMBERS:
        return None
    return on_numbers(builder, e.rule.function, *e.args)


def entries(a, builder):
    """The entries of an array, which is opened if it was not calculated entry by entry."""
    if type(a) is not Var or 0 in a.shape:
        flat = np.ravel(zeros(a) if type(a) is Var else a)
        return (flat * 1.0 if np.ndim(a) and flat.dtype == int else flat).tolist()
    if a.shape and a not in builder.entries:
        outs = OPENED.infer(a)
        builder.equations.append(Equation(OPENED, (a,), {}, outs))
        builder.entries[a] = outs
    return builder.entries[a] if a.shape else [a]


def build(a, builder):
    """Let an array be there, of which so far there are only entries."""
    builder.unbuilt.remove(a)
    atoms = tuple(builder.entries[a])
    builder.equations.append(Equation(BUILT, atoms, {"shape": a.shape}, a))


# ------------------------------------------------------------ functions of entries


def on_numbers(builder, f, *atoms):
    """One operation on numbers, or what is known of it already."""
    a, b = (*atoms, None)[:2]
    if f is np.add and (a is NOTHING or b is NOTHING):
        return b if a is NOTHING else a
    if f is np.where and (type(a) is not Var or atoms[1] is atoms[2]):
        one = atoms[1 if type(a) is Var or a else 2]
        return one if type(one) in (Var, float) else float(one)
    if f is np.negative and a is NOTHING:
        return a
    if any(type(a) is Var for a in atoms):
        kind = TRUTH if f in COMPARISONS or f is np.logical_not else FLOAT
        return builder.put(Equation(core.rule_of(f), atoms, {}, Var((), kind)))
    with np.errstate(all="ignore"):
        return f(*atoms).item()


def total(builder, atoms):
    """Their sum, from the first to the last."""
    return functools.reduce(functools.partial(on_numbers, builder, np.add), atoms, NOTHING)


@functools.lru_cache(1024)
def spread(shape, out):
    """The places of the entries that fill a shape when an array is broadcast to it."""
    return np.broadcast_to(np.arange(math.prod(shape)).reshape(shape), out).ravel().tolist()


def by_entry(e, builder):
    columns = []
    for a in e.args:
        atoms = entries(a, builder)
        columns.append([atoms[i] for i in spread(np.shape(a), e.out.shape)])
    f, adds = e.rule.function, e.rule.function is np.add
    return [
        each[0] if adds and each[1] is NOTHING else on_numbers(builder, f, *each)
        for each in zip(*columns, strict=True)
    ]


def moved(e, builder):
    """Where entries go is seen by a look at where their places 1, 2, 3 … go; 0 is a new zero."""
    f = core.getitem if e.rule.function is operator.getitem else e.rule.function
    arrays = e.args if f is join else e.args[:1]
    if f in IN_ORDER or (f is join and e.kwargs.get("axis", 0) == 0):
        return [atom for a in arrays for atom in entries(a, builder)]
    atoms, at = [e.out.dtype.type(0).item()], []
    for a in arrays:
        new = entries(a, builder)
        at.append(np.arange(len(atoms), len(atoms) + len(new)).reshape(np.shape(a)))
        atoms += new
    return [atoms[i] for i in np.ravel(f(*at, *e.args[len(at) :], **e.kwargs)).tolist()]


def summed(e, builder):
    x, axis = e.args[0], e.kwargs.get("axis")
    kept = np.sum(np.empty(x.shape), axis, keepdims=True).shape
    groups = [[] for _ in range(math.prod(kept))]
    for a, i in zip(entries(x, builder), spread(kept, x.shape), strict=True):
        groups[i].append(a)
    return [total(builder, atoms) for atoms in groups]


def product(e, builder):
    """A sum of products, as a matrix product is."""
    terms, out = subscripts(e)
    sizes = lengths(e)
    letters = [*out, *(c for c in sizes if c not in out)]
    arrays = [dict(zip(ranges(np.shape(a)), entries(a, builder), strict=True)) for a in e.args]
    groups, multiply = {}, functools.partial(on_numbers, builder, np.multiply)
    for at in ranges(sizes[c] for c in letters):
        here = dict(zip(letters, at, strict=True))
        atoms = (a[tuple(here[c] for c in t)] for a, t in zip(arrays, terms, strict=True))
        groups.setdefault(at[: len(out)], []).append(functools.reduce(multiply, atoms))
    return [total(builder, groups.get(at, ())) for at in ranges(sizes[c] for c in out)]


def subscripts(e):
    """The letters of a product's arguments, and those of its result."""
    if e.rule.function is np.matmul:
        one, two = (len(np.shape(a)) for a in e.args)
        return ("ij"[2 - one :], "jk"[:two]), "i" * (one - 1) + "k" * (two - 1)
    terms, out = e.kwargs["subscripts"].split("->")
    return terms.split(","), out


def lengths(e):
    terms, _ = subscripts(e)
    pairs = zip("".join(terms), itertools.chain(*map(np.shape, e.args)), strict=True)
    return dict(pairs)


def scattered(e, builder):
    g, shape, index = e.args
    at, atoms, found = places(shape, index), entries(g, builder), [NOTHING] * math.prod(shape)
    for i, k in zip(at.ravel().tolist(), spread(np.shape(g), at.shape), strict=True):
        found[i] = on_numbers(builder, np.add, found[i], atoms[k])
    return found


IN_ORDER = {np.reshape, np.expand_dims, np.squeeze, np.ravel}
VIEWS = IN_ORDER | {
    np.broadcast_to, np.transpose, np.swapaxes, np.moveaxis, np.flip, operator.getitem, pick,
}  # fmt: skip
WAYS = dict.fromkeys((*VIEWS, join), moved) | {
    np.sum: summed, np.matmul: product, contract: product, scatter: scattered, np.where: by_entry,
}  # fmt: skip


@functools.lru_cache(1024)
def way(rule):
    """How the function of a row is computed entry by entry, or None."""
    if isinstance(rule, core.Moves):
        return moved
    known = is_elementwise(rule) and rule.function in ON_NUMBERS
    return by_entry if known else WAYS.get(rule.function)


# ------------------------------------------------------------ the rows that open and build arrays


class Opened(core.Rule):
    """The row of the entries of an array, each a result of its own."""

    name = "opened"

    def __init__(self):
        self.function = lambda a: tuple(np.ravel(a))

    def infer(self, a):
        return tuple(Var((), a.dtype) for _ in range(math.prod(a.shape)))

    def lines(self, emitter, e, args):
        """All at once by a pattern, or few of them one by one."""
        names = {at: emitter.names[v] for at, v in zip(ranges(e.args[0].shape), e.out, strict=True)}
        used = [at for at, v in zip(names, e.out, strict=True) if emitter.uses[v]]
        if emitter.whole or 3 * len(used) < len(names):
            emitter.of_numbers += len(used)
            index = "{}[{}]" if emitter.whole else "{}.item({})"
            return [f"{names[at]} = {index.format(args[0], str(at).strip('(,)'))}" for at in used]
        texts = [name if at in used else "_" for at, name in names.items()]
        return [f"{nested(texts, e.args[0].shape)} = {args[0]}.tolist()"]


class Built(core.Rule):
    """The row of an array that is made of its entries."""

    name = "built"

    def __init__(self):
        self.function = lambda *entries, shape: np.reshape(np.array(entries), shape)

    def infer(self, *entries, shape):
        truth = all(
            a.dtype == TRUTH if type(a) is Var else a is True or a is False for a in entries
        )
        return Var(shape, TRUTH if entries and truth else FLOAT)

    def lines(self, emitter, e, args):
        value = (
            f"array({nested([*map(bare, args)], e.out.shape)})" if args else f"zeros({e.out.shape})"
        )
        if emitter.whole and args[30:]:  # of a list of many, numba compiles for seconds
            value = f"array(({', '.join(map(bare, args))})).reshape({e.out.shape})"
        return [f"{emitter.names[e.out]} = np.{value}"]


OPENED, BUILT = Opened(), Built()


def ranges(shape):
    return itertools.product(*map(range, shape))


def nested(texts, shape):
    """The text of lists in lists.

    >>> nested("abcd", (2, 2))
    '[[a, b], [c, d]]'
    """
    for n in reversed(shape[1:]):
        texts = [f"[{', '.join(texts[i : i + n])}]" for i in range(0, len(texts), n)]
    return f"[{', '.join(texts)}]"
