"""Loops are distributed: what no turn needs of the one before is computed for all turns at once.

A scan's turns wait for what they carry. What they compute of its sequences alone is one operation
on stacks before it, and what is only summed, or stacked, is one after it: so the gradient of a
matrix that each turn multiplies, ``W_bar += np.outer(g, h)``, is one product of matrices.

Source: Allen & Kennedy, Optimizing Compilers for Modern Architectures (2001), section 2.4.
"""

import math

import numpy as np

from elves import batching
from elves.rules.arrays import scatter
from elves.scattering import parts_of
from elves.tracing.bodies import split
from elves.tracing.control import SCAN
from elves.tracing.ir import IR, Equation, Var, by_entry, reading, reads, variables, zeros
from elves.tracing.liveness import dead_code
from elves.tracing.operands import INDEXED
from elves.tracing.passes import ADD_AT, smaller
from elves.tracing.tracers import trace

MOST = 512  # entries of an array whose operations may cost less on a stack
CALL, PRODUCT, READ, PUT, ENTRY = 0.35, 1.0, 0.1, 0.2, 0.001  # microseconds
NUMBER, KEPT = 0.02, 0.1  # of numbers: an operation, and one kept or read
LARGEST = 2**22  # entries of all stacks


def distributed(ir, passes):
    """The same program of float64, whose loops keep what a turn needs of the one before it.

    >>> from elves.tracing import make_ir, scan
    >>> def f(x):
    ...     return scan(lambda y, a: (0.5 * y, y * np.exp(a)), np.ones(2), x)[1]
    >>> ir = distributed(make_ir(f, np.ones((9, 2))), ["dead_code"])
    >>> [e.rule.name for e in ir.equations]
    ['scan', 'np.exp', 'np.multiply']
    """
    if not ir.has("scan"):
        return ir
    new, known, lists = [], {}, set()
    read = reading(known)
    for e in ir.equations:
        e = e.knowing(known)
        if any(type(b) is IR for b in e.kwargs.values()):
            inner = {k: distributed(b, passes) if type(b) is IR else b for k, b in e.kwargs.items()}
            e = Equation(e.rule, e.args, inner, e.out)
        whole = e.rule is SCAN and e.kwargs["length"]
        new += Parts(e, passes, known, lists).equations if whole else [e]
        lists |= {*e.outs[e.kwargs["carries"] :]} if whole else set()
    ir = ir.but(new, [read(a) for a in ir.outputs])
    return dead_code(ir) if known else ir


def fits(e):
    """Whether an operation costs less for all turns at once."""
    f = e.rule.function
    if type(e.out) is tuple or e.out.weak or not (by_entry(e.rule) or f in batching.ENTRIES):
        return False
    return is_small(e.out) and (f not in INDEXED or in_a_row(e, parts_of(e.args[INDEXED[f]])))


def in_a_row(e, index):
    """Whether an index is the same in all turns, or names one row in each."""
    others = [i for i in index if type(i) is not slice]
    if variables(index):
        one = len(others) == 1 and type(others[0]) is Var and others[0].dtype == int
        return one and not others[0].shape and e.rule.function is not scatter
    return sum(np.ndim(i) > 0 for i in others) < 2


def is_small(a):
    return math.prod(a.shape) <= MOST


def is_product(e):
    """Whether the sum of such equations of all turns is one product of matrices."""
    if e is None or e.rule.function not in (np.matmul, np.multiply) or len(e.out.shape) != 2:
        return False
    ones = [(1, *np.shape(a))[-2:].index(1) for a in e.args if 1 in (1, *np.shape(a))[-2:]]
    return e.rule.function is np.matmul or (e.rule.function is np.multiply and {*ones} == {0, 1})


def places(e):
    """What is known only in a turn of the index at which an equation adds."""
    return variables(e.args[2:]) if e and e.rule is ADD_AT else []


def is_sum(e):
    """Whether numbers are added to those of the same shape."""
    return e.out.dtype.kind in "fi" and all(np.shape(a) == e.out.shape for a in e.args)


class Parts:
    """The equations that stand for a scan: before, in and after its turns."""

    def __init__(self, e, passes, known, lists):
        self.e, self.passes, self.body, self.known = e, passes, e.kwargs["body"], known
        n, m = e.kwargs["carries"], e.kwargs["sequences"]
        self.carry, self.xs, self.fixed = split(self.body.inputs, n, m)
        self.outer = dict(zip([*self.xs, *self.fixed], e.args[n:], strict=True))
        self.ready = {v for v in self.xs if type(a := self.outer[v]) is not Var or a not in lists}
        self.stacked = [*self.xs]  # those whose stack `outer` knows
        self.made, self.uses = self.body.made(), self.body.uses()
        sums = {i: self.summed(self.body.outputs[i], v) for i, v in enumerate(self.carry)}
        self.sums = {i: terms for i, terms in sums.items() if terms}
        self.terms = [t for terms in self.sums.values() for t in terms]
        parts = self.split()
        self.equations = self.written(*parts) if self.saved(*parts) > self.least() else [e]

    def summed(self, v, carry):
        """What a sum adds to a carry, each with the equation that does so; None if it is none.

        With carry None: what is added up in it.
        """
        if v is carry:
            return [] if self.uses[v] == 1 else None
        e = self.made.get(v) if type(v) is Var and self.uses[v] == 1 else None
        at = e is not None and e.rule is ADD_AT
        sums = at or (e is not None and e.rule.function is np.add and is_sum(e))
        for a, b in (e.args[:2], e.args[1::-1])[: 1 if at else 2] if sums else ():
            before = self.summed(a, carry)
            if before is not None:
                more = [(e, b)] if self.is_term(b, e) else None if at else self.summed(b, None)
                return None if more is None else before + more
        return [(None, v)] if carry is None and self.is_product(v) else None

    def is_term(self, a, e):
        """Whether what an equation adds can be added for all turns at once."""
        if type(a) is not Var or a in self.fixed:
            return False
        rows = places(e)
        others = [i for i in parts_of(e.args[2]) if type(i) is not slice] if rows else []
        if others[1:] or any(i.shape or i in self.fixed for i in rows):
            return False
        return is_small(a) or self.is_product(a)

    def is_product(self, a):
        """Whether the sum over all turns of what nobody else reads is one product of matrices."""
        e = self.made.get(a) if type(a) is Var else None
        return self.uses[a] == 1 and is_product(e) and all(map(is_small, e.args))

    def split(self):
        """The equations of the body: those before, in and after the turns."""
        adding = {e for e, _ in self.terms}
        products = {a for _, a in self.terms if self.is_product(a)}
        carried = [i for i, _ in enumerate(self.carry) if i not in self.sums]
        needed = {*variables([self.body.outputs[i] for i in carried])}
        fixed, free, parts = {*self.fixed}, {*self.xs}, ([], [], [])
        for x in self.body.equations:
            read = {*reads(x)} - fixed
            if fits(x) and read and read <= free:
                free.add(x.out)
        for x in reversed([x for x in self.body.equations if x not in adding]):
            idle = needed.isdisjoint(x.outs) and not fixed.issuperset(reads(x))
            last = idle and (fits(x) or x.out in products)
            parts[2 if last else x.outs[0] not in free].append(x)
            needed.update(() if last else reads(x))
        return [part[::-1] for part in parts]

    def saved(self, first, turn, last):
        """How many microseconds the program takes less."""
        calls = [*first, *last, *(e for e, _ in self.terms if e)]
        made = {v for x in first for v in x.outs}
        read = {v for x in first + last for v in reads(x)}.union(a for _, a in self.terms)
        stacks = read - made - {*self.fixed} - {v for x in last for v in x.outs} - self.ready
        shorter = sum(CALL if any(v.shape for v in (*reads(x), *x.outs)) else NUMBER for x in calls)
        shorter += PRODUCT * sum(self.is_product(a) for _, a in self.terms)
        rows = [(PUT, v) for v in stacks] + [(READ, v) for x in turn for v in {*reads(x)} & made]
        longer = sum(a + ENTRY * math.prod(v.shape) if v.shape else KEPT for a, v in rows)
        kept = [v for v in {*stacks, *made, *(x.out for x in last)} if is_small(v)]
        if self.e.kwargs["length"] * sum(math.prod(v.shape) for v in kept) > LARGEST:
            return 0.0
        return (shorter - longer) * self.e.kwargs["length"] - CALL * (len(calls) + len(stacks))

    def least(self):
        """A tenth of the time of the turns: less is not worth it."""
        work = [x.out for x in self.body.equations if type(x.out) is Var]
        return self.e.kwargs["length"] * sum(CALL if v.shape else NUMBER for v in work) / 10

    def written(self, first, turn, last):
        """All these equations, in their order."""
        n, outs, results = len(self.carry), self.e.outs, self.body.outputs
        carried = [i for i in range(n) if i not in self.sums]
        inside = {*self.carry, *(v for x in turn for v in x.outs)}
        read = {*variables([results[i] for i in carried]), *(v for x in turn for v in reads(x))}
        ys = dict(zip(outs[n:], results[n:], strict=True))
        there = inside.union(self.fixed)
        later = {o: a for o, a in ys.items() if type(a) is Var and a not in there}
        wanted = [*later.values(), *(v for e, a in self.terms for v in (a, *places(e)))]
        after = {*wanted, *(v for x in last for v in reads(x))}
        made = [x.out for x in first if x.out in read | after]
        new, found = self.at_once(first, made, lambda values: [values[v] for v in made])
        self.outer |= zip(made, found, strict=True)
        self.stacked += made
        stacks = {a: o for o, a in ys.items() if o not in later and type(a) is Var}
        for a in self.body.variables():
            if a in after & inside and a not in stacks:
                stacks[a] = Var((self.e.kwargs["length"], *a.shape), a.dtype)
        kept = {o: a for o, a in ys.items() if o not in later} | {o: a for a, o in stacks.items()}
        if kept or carried:
            new.append(self.scan(turn, carried, read, kept))
        self.outer |= stacks
        begin = [self.e.args[i] for i in self.sums]
        finish = lambda values, *begin: self.results(values, later, begin)  # noqa: E731
        more, found = self.at_once(last, [*dict.fromkeys(wanted)], finish, begin)
        self.known |= zip([*later, *(outs[i] for i in self.sums)], found, strict=True)
        return new + more

    def scan(self, turn, carried, read, kept):
        """The scan of what its turns wait for."""
        e, xs = self.e, [v for v in self.stacked if v in read]
        inputs = [*(self.carry[i] for i in carried), *xs, *self.fixed]
        body = IR.body(inputs, turn, [*(self.body.outputs[i] for i in carried), *kept.values()])
        args = [*(e.args[i] for i in carried), *(self.outer[v] for v in inputs[len(carried) :])]
        options = e.kwargs | {"body": body, "carries": len(carried), "sequences": len(xs)}
        return Equation(SCAN, tuple(args), options, (*(e.outs[i] for i in carried), *kept))

    def results(self, values, later, begin):
        """What is stacked or summed after the turns."""
        sums = []
        for y, terms in zip(begin, self.sums.values(), strict=True):
            for e, a in terms:
                y = y + self.total(e, values[a], values)
            sums.append(y)
        return [*(values[a] for a in later.values()), *sums]

    def total(self, e, stack, values):
        """What an equation adds in all turns."""
        if not places(e):
            y = np.sum(stack, 0)
            return scatter(y, e.out.shape, e.args[2]) if e and e.rule is ADD_AT else y
        parts = parts_of(e.args[2])
        k = next(k for k, i in enumerate(parts) if type(i) is Var)
        index = tuple(values[i] if type(i) is Var else i for i in parts)
        return scatter(np.moveaxis(stack, 0, k), e.out.shape, index)

    def at_once(self, equations, wanted, finish, more=()):
        """Equations on stacks, and what `finish` makes of the values that are wanted."""
        made = {v for x in equations for v in x.outs}
        read = [*(v for x in equations for v in reads(x)), *wanted]
        ins = [v for v in dict.fromkeys(read) if v not in made]
        if not wanted:
            return [], []
        body, axes = IR.body(ins, equations, wanted), [None if v in self.fixed else 0 for v in ins]
        atoms = [*map(self.outer.get, ins), *more]
        given = [a for a in atoms if type(a) is Var]

        def run(*values):
            values = iter(values)
            full = [next(values) if type(a) is Var else a for a in atoms]
            found = batching.vmap(lambda *x: body.run(x), axes)(*full[: len(ins)])
            return finish(dict(zip(wanted, found, strict=True)), *full[len(ins) :])

        ir = smaller(trace(run, *map(zeros, given)), self.passes, True)
        read = reading(dict(zip(ir.inputs, given, strict=True)))
        return [x.of(read) for x in ir.equations], [*map(read, ir.outputs)]
