"""Long programs for NumPy: loops that are found again, where they take no more time than turns.

Python has run all turns of its loops when a program was traced; what each of them does is then
differentiated, made smaller and written down one by one. With loops, that is done once. But where a
loop carries small arrays that its turns take apart, there are no turns without arrays in between:
so these are carried as numbers, or the program stays as it is.

Source: Rocha, Petoumenos, Franke, Bhatotia & O'Boyle, "Loop rolling for code size reduction"
(2022); Muchnick, Advanced Compiler Design and Implementation (1997), section 12.2.
"""

import itertools
import math
import operator

import numpy as np

from elves import core, zeros
from elves.rules.arrays import join
from elves.tracing.control import SCAN
from elves.tracing.ir import IR, Equation, Var, is_double, reads, replace, variables
from elves.tracing.passes import smaller
from elves.tracing.prices import Plan
from elves.tracing.rolling import rolled
from elves.tracing.scalars import BUILT, OPENED, ranges
from elves.tracing.sums import rows_of_products
from elves.tracing.tracers import Tracer

GET, JOIN, RESHAPE = map(core.rule_of, (operator.getitem, join, np.reshape))
BIG = 2**14  # entries of an array that should be overwritten, and not be a new one in each turn
LONG = 500  # equations from which turns on numbers are no faster one by one
SHARE = 0.9  # of the equations that may be left, or loops are not worth it
SMALL = 16  # entries of an array that a loop may carry as numbers
STACK = 400  # operations on numbers beside which it takes no time to stack a result of theirs


def with_loops(ir, around, start):
    """The same program with loops, and what it takes besides its arguments.

    That is what it takes of the trace around, which wrote down some equations itself, from `start`.
    """
    before = around.equations[start:]
    if not all(of(a, around) for a in ir.outer):
        return ir, []
    read = lambda a: a.place if of(a, around) else a  # noqa: E731
    equations, outputs = ir.equations, [*map(read, ir.outputs)]
    if ir.outer:
        both = ((e, replace((e.args, e.kwargs), read)) for e in equations)
        equations = [Equation(e.rule, *given, e.out) for e, given in both]
    equations = where_needed(before, equations, outputs)
    made = {*ir.inputs, *(v for e in equations for v in e.outs)}
    found = [*(v for e in equations for v in reads(e)), *variables(outputs)]
    more = [v for v in dict.fromkeys(found) if v not in made]
    trees = (*ir.in_tree, *[None] * len(more)), ir.out_tree
    whole = IR([*ir.inputs, *more], equations, outputs, *trees)
    new = for_numpy(whole)
    if new is whole:
        return ir, []
    zeros.TRACED.get().met = True  # a turn on which nothing depends gives 0 times it: perhaps nan
    return new, [Tracer(v, around) for v in more]


def where_needed(before, equations, outputs):
    """All equations, of which those that were written down before stand where turns need them."""
    end = len(equations)
    needed, places = dict.fromkeys(variables(outputs), end), [[] for _ in range(end + 1)]
    for i, e in enumerate(reversed(equations), start=1):
        needed.update(dict.fromkeys(reads(e), end - i))
    for e in reversed(before):
        first = min((needed[v] for v in e.outs if v in needed), default=None)
        if first is not None:
            needed.update({v: min(first, needed.get(v, first)) for v in reads(e)})
            places[first].append(e)
    for place, e in zip(places, equations, strict=False):
        place.insert(0, e)
    return [e for place in places for e in reversed(place)]


def of(a, around):
    return type(a) is Tracer and a.within is around


def for_numpy(ir):
    """The same program with the loops that NumPy runs as fast as their turns."""
    if any(math.prod(shape) > BIG for shape in {v.shape for e in ir.equations for v in e.outs}):
        return ir
    arrays = sum(bool(e.outs[0].shape) for e in ir.equations)
    if len(ir.equations) < min(LONG, 2 * (len(ir.equations) - arrays)):  # mostly of numbers
        return ir
    new = rolled(rows_of_products(ir) if is_double(ir) else ir, least=STACK)
    new = new.but([each for e in new.equations for each in in_numbers(e)], new.outputs)
    few = len(new.equations) < SHARE * len(ir.equations)
    return new if few and not any(map(builds, new.equations)) else ir


def builds(e):
    """Whether the turns of a loop build small arrays that the next ones take apart."""
    if e.rule is not SCAN:
        return False
    body = e.kwargs["body"]
    chosen = Plan(body).settle()
    built = (type(a) is Var and a.shape and a in chosen for a in body.outputs)
    return any(built) or any(map(builds, body.equations))


def in_numbers(e):
    """A loop that carries the entries of small arrays as numbers, where no turn needs an array."""
    body, n = (e.kwargs.get(k) for k in ("body", "carries"))
    if e.rule is not SCAN or any(type(b) is IR for x in body.equations for b in x.kwargs.values()):
        return [e]
    single = [v.dtype != float or not 0 < math.prod(v.shape) <= SMALL for v in body.inputs[:n]]
    single = [s or not v.shape for s, v in zip(single, body.inputs, strict=False)]
    if all(single):
        return [e]

    def apart(values, equations):
        for a, whole in zip(values[:n], single, strict=True):
            yield [a] if whole else entries(a, equations)

    def numbers(values):
        for v, whole in zip(values[:n], single, strict=True):
            yield [v] if whole else [Var((), v.dtype) for _ in range(math.prod(v.shape))]

    new, outs = [*numbers(body.inputs)], [*numbers(e.outs)]
    equations = [x for v, parts in zip(body.inputs, new, strict=False) for x in whole(v, parts)]
    equations += body.equations
    results = [*itertools.chain(*apart(body.outputs, equations)), *body.outputs[n:]]
    inputs = [*itertools.chain(*new), *body.inputs[n:]]
    inner = IR.body(inputs, equations, results)
    inner = smaller(inner, ("scalars", "gather", "dead_code"), True)
    if any(x.rule in (OPENED, BUILT) for x in inner.equations):
        return [e]
    before = []
    args = (*itertools.chain(*apart(e.args, before)), *e.args[n:])
    options = e.kwargs | {"body": inner, "carries": len(inputs) - len(body.inputs) + n}
    loop = Equation(SCAN, args, options, (*itertools.chain(*outs), *e.outs[n:]))
    after = [x for v, parts in zip(e.outs, outs, strict=False) for x in whole(v, parts)]
    return [*before, loop, *after]


def entries(a, equations):
    """The entries of an array, and the equations that take them."""
    if type(a) is not Var:
        return np.ravel(a).tolist()
    found = [Equation(GET, (a, at), {}, Var((), a.dtype)) for at in ranges(a.shape)]
    equations += found
    return [x.out for x in found]


def whole(v, parts):
    """The equations that make an array of its entries."""
    if parts == [v]:
        return []
    rows = [Equation(RESHAPE, (a, (1,)), {}, Var((1,), v.dtype)) for a in parts]
    line = Equation(JOIN, tuple(x.out for x in rows), {}, Var((len(parts),), v.dtype))
    return [*rows, line, Equation(RESHAPE, (line.out, v.shape), {}, v)]
