"""Loops found again: equations that repeat, turn after turn, become a scan.

How Python came to repeat them is not asked: by `for`, `while` or recursion, over ranges, zips or
lists, with what it keeps in names, lists, dicts or objects. In a program that was traced all of
that is gone. What is left is which numbers each equation reads: of its own turn, of an earlier one
(then the loop carries them), of before the loop (the same ones in all turns, or a sequence).
Turns that differ from the others, as the first and the last often do, stay before and after it.

Source: Rocha, Petoumenos, Franke, Bhatotia & O'Boyle, "Loop rolling for code size
reduction" (2022).
"""

import collections
import itertools
import operator

import numpy as np

from elves import core
from elves.rules.arrays import scatter
from elves.tracing.alike import but_lengths, but_numbers, closed, like, opened
from elves.tracing.control import SCAN
from elves.tracing.ir import IR, Equation, Var, identity, is_double, variables
from elves.tracing.liveness import dead_code
from elves.tracing.pieces import Pieces, early, in_slices, is_moved, is_view, once, step
from elves.tracing.ragged import Turns

LEAST = 5  # turns
FEW = 4  # arrays that a sequence is joined of
PATIENCE, HASTE = 50, 8  # how often all equations may be looked at in vain; for NumPy
CALL = 8  # what a call of NumPy takes, where an operation on numbers takes 1
TRIES = 2  # how many bodies the same equations may be tried with, for NumPy


def rolled(ir, ragged=False, least=0):
    """The same program with scans where equations repeat; for floats of 64 bits.

    With `ragged`, arrays may have other lengths in each turn. A scan that stacks numbers stands
    for so many equations at `least`, for each of the stacks.
    """
    kinds, hopeless, new = {}, set(), once(ir, LEAST) if is_double(ir, "fiu") else None
    while new:
        ir = dead_code(early(in_slices(new), LEAST))
        program = Program(ir, kinds, hopeless, ragged, least)
        new = program.shorter()
    return ir


def runs(labels, period):
    """From where to where turns of so many equations look alike."""
    breaks = np.flatnonzero(labels[period:] != labels[:-period])
    breaks = np.concatenate([[-1], breaks, [len(labels) - period]])
    for k in np.flatnonzero(np.diff(breaks) > (LEAST - 1) * period):
        yield int(breaks[k]) + 1, int(breaks[k + 1]) + period


class Program:
    """A program, and where each of its values is made and read."""

    def __init__(self, ir, kinds, hopeless, ragged, least):
        looks = (but_lengths, but_numbers) if ragged else ()
        self.ir, self.equations, self.hopeless = ir, ir.equations, hopeless
        self.ragged, self.least = ragged, least
        for e in ir.equations:
            if e not in kinds:
                key, slots = opened(e, *looks)
                kinds[e] = kinds.setdefault(key, len(kinds)), slots
        self.labels = np.array([kinds[e][0] for e in ir.equations])
        self.slots = [kinds[e][1] for e in ir.equations]
        self.place = {v: (i, o) for i, e in enumerate(ir.equations) for o, v in enumerate(e.outs)}
        self.views = {e.out: e for e in ir.equations if is_view(e)}
        self.last = {v: i for i, s in enumerate(self.slots) for v in s if type(v) is Var}
        kept = [e.kwargs for e in ir.equations if e.kwargs]
        self.last |= dict.fromkeys(variables([*kept, *ir.outputs]), len(ir.equations))

    def shorter(self):
        """The program with loops of the shortest bodies that there are; None, if there are none."""
        steps = (HASTE if self.least else PATIENCE) * len(self.equations)
        tries = collections.Counter()
        for period in range(1, len(self.equations) // LEAST + 1):
            new, done = [], 0
            for start, end in runs(self.labels, period):
                first = (self.labels if self.least else self.equations)[start], period, end - start
                work = not all(map(is_moved, self.equations[start : start + period]))
                known = first in self.hopeless or (self.least and tries[start, end] == TRIES)
                if start >= done and not known and work and steps > 0:
                    run, steps = Run(self, period), steps - (end - start)
                    if found := run.found(start, end):
                        start, end, equations = found
                        new += self.equations[done:start] + equations
                        self.views |= {e.out: e for e in equations if is_view(e)}
                        done = end
                    elif self.least or run.turns < LEAST:
                        self.hopeless.add(first)
                        tries[start, end] += run.turns >= LEAST  # else it was not their period
            if done:
                return self.ir.but(new + self.equations[done:], self.ir.outputs)
        return None


class Run:
    """Turns of a loop among the equations of a program."""

    def __init__(self, program, period):
        self.program, self.period = program, period

    def found(self, start, end):
        """Where the turns start and end, and what stands for them; None, if they are no loop."""
        self.start = start + self.phase(start, end)
        self.turns = (end - self.start) // self.period
        while self.turns >= LEAST:
            columns, low, high = [], 0, self.turns
            for t in range(self.period):
                columns.append([])
                for atoms in zip(*(self.program.slots[i] for i in self.turn(t)), strict=True):
                    origin, off = self.origin(atoms)
                    columns[-1].append((origin, atoms))
                    low = max([low, *(k + 1 for k in off if k < self.turns // 2)])
                    high = min([high, *(k for k in off if k >= self.turns // 2)])
            if (low, high) == (0, self.turns):
                return self.scan(columns)
            self.start, self.turns = self.start + low * self.period, high - low
        return None

    def turn(self, t):
        """The places of an equation in all the turns."""
        return range(self.start + t, self.start + self.turns * self.period, self.period)

    def places(self):
        """Each result of a turn: of which equation, and which of its results."""
        for t, e in enumerate(self.program.equations[self.start :][: self.period]):
            yield from ((t, o) for o, _ in enumerate(e.outs))

    def phase(self, start, end):
        """Where a turn begins best: where the least is carried into the next one."""
        middle, p = start + (end - start) // self.period // 2 * self.period, self.period
        place, slots = self.program.place, self.program.slots
        read = [(v, i) for i in range(middle, middle + p) for v in slots[i] if type(v) is Var]
        pairs = [(place[v][0] - start, i - start) for v, i in read if v in place]
        made, used = np.array(pairs, int).reshape(-1, 2).T
        offsets = range(min(p, end - start - LEAST * p + 1))
        crossing = lambda o: np.unique(made[(made - o) // p < (used - o) // p]).size  # noqa: E731
        return min(offsets, key=crossing)

    def origin(self, atoms):
        """Where a slot's values come from, and the turns that have theirs from elsewhere.

        How many turns ago, from which equation and as which of its results; or None: from before.
        """
        found, end = [], self.start + self.turns * self.period
        for k, a in enumerate(atoms):
            i, o = self.program.place.get(a, (-1, 0)) if type(a) is Var else (-1, 0)
            back, t = divmod(i - self.start, self.period)
            found.append((k - back, t, o) if self.start <= i < end else None)
        usual = found[self.turns // 2]
        ago = usual[0] if usual else 0
        right = (usual if k >= ago else None for k in range(self.turns))
        return usual, [k for k, (a, b) in enumerate(zip(found, right, strict=True)) if a != b]

    def used(self, t, o=0):
        """A result of one equation, of each turn, and the turns whose is read after the loop."""
        last, end = self.program.last, self.start + self.turns * self.period
        copies = [self.program.equations[i].outs[o] for i in self.turn(t)]
        return copies, [k for k, v in enumerate(copies) if last.get(v, -1) >= end]

    def sums(self, columns):
        """What does nothing but add, in each turn at another place, to an array: by its place.

        The loop need not do so: it stacks what is added. So the scatters have no use either.
        """
        equations, found = self.program.equations[self.start :][: self.period], {}
        read = collections.Counter(o[1:] for column in columns for o, _ in column if o)
        for t, e in enumerate(equations):
            origins = {o: atoms for o, atoms in columns[t] if o}
            begin = e.rule.function is np.add and origins.pop((1, t, 0), None)
            q = next((q for back, q, _ in origins if back == 0), t)
            if not begin or equations[q].rule.function is not scatter or equations[q].kwargs:
                continue
            copies, used = self.used(t)
            alone = read[t, 0] == read[q, 0] == 1 and not self.used(q)[1]
            line = along(equations[q], [atoms for _, atoms in columns[q][1:]])
            if alone and line and used == [self.turns - 1]:
                found |= {q: None, t: (columns[q][0], equations[q], line, begin[0], copies[-1])}
        return found

    def scan(self, columns):
        """The equations that stand for all the turns."""
        end = self.start + self.turns * self.period
        if self.program.ragged:
            return self.start, end, [Turns(self, columns).equation()]
        loop, sums = Loop(self), self.sums(columns)
        for t, column in enumerate(columns):
            e = self.program.equations[self.start + t]
            loop.outs.append([Var(v.shape, v.dtype) for v in e.outs])
            if t not in sums:
                values = [loop.value(origin, atoms) for origin, atoms in column]
                loop.body.append(closed(e, values, tuple(loop.outs[-1])))
        for t, o in self.places():
            if t not in sums:
                loop.give(t, o, *self.used(t, o))
        loop.sums = [
            (loop.value(*g), like(g[1][0]), *how) for g, *how in filter(None, sums.values())
        ]
        if any(self.parts(loop.pieces.groups(atoms)) > FEW for atoms, _ in loop.sequences.values()):
            return None
        if self.program.least * loop.stacks_of_numbers() > self.turns * self.work():
            return None
        equations = loop.equations()
        few = sum(not is_view(e) for e in equations) + self.period < 0.6 * self.turns * self.period
        return (self.start, end, equations) if few else None

    def work(self):
        """What a turn takes, where an operation on numbers takes 1."""
        turn = range(self.start, self.start + self.period)
        values = ((*self.program.slots[i], *self.program.equations[i].outs) for i in turn)
        return sum(CALL if any(getattr(a, "shape", ()) for a in v) else 1 for v in values)

    def parts(self, groups):
        """How many arrays a sequence is joined of, besides those that the program is given."""
        if self.program.least:
            return len(groups)
        whole = (type(base) is Var and index == () for (base, index), *_ in groups)
        pairs = zip(groups, whole, strict=True)
        return sum(not w or group[0][0] in self.program.place for group, w in pairs)


def along(e, rows):
    """A scatter's index with a row of places, one in each turn; None, if these are no line."""
    index = e.args[2] if type(e.args[2]) is tuple else (e.args[2],)
    known = all(i is None or type(i) in (int, slice) for i in index)
    if not known or any(type(k) is not int for row in rows for k in row):
        return None
    sizes, rows = iter(e.args[1]), iter(rows)
    sizes = [None if i is None else next(sizes) for i in index]
    new = [
        [k % n for k in next(rows)] if type(i) is int else i
        for i, n in zip(index, sizes, strict=True)
    ]
    new = [i[0] if type(i) is list and len({*i}) == 1 else i for i in new]
    steps = [{b - a for a, b in itertools.pairwise(i)} for i in new if type(i) is list]
    return new if len(steps) == 1 and len(steps[0]) == 1 else None


def scattered(spots):
    """What stands in each part of the index, if these are places in one array; else None."""
    (base, index), *more = spots
    if base is None or not index or not all(b is base and len(i) == len(index) for b, i in more):
        return None
    rows = [*zip(*(i for _, i in spots), strict=True)]
    whole = ({*map(type, row)} == {int} or all(x == row[0] for x in row) for row in rows)
    return rows if all(whole) else None


class Loop:
    """A scan in the making."""

    def __init__(self, run):
        self.run, self.body, self.outs = run, [], []
        self.carried, self.sequences, self.constants, self.stacks = {}, {}, {}, {}
        self.last, self.pieces = {}, Pieces(run.program.views)

    def value(self, origin, atoms):
        """What stands in the body for the values that a slot has in all turns."""
        first = atoms[0]
        if origin and origin[0]:
            return self.carry(origin[1:], atoms[: origin[0]])
        if origin:
            return self.outs[origin[1]][origin[2]]
        if len({*map(identity, atoms)}) == 1:
            return self.constants.setdefault(first, like(first)) if type(first) is Var else first
        spots = [*map(self.pieces.spot, atoms)]
        if len(self.pieces.groups(atoms)) > FEW and (index := scattered(spots)):
            base = self.value(None, [spots[0][0]] * len(atoms))
            at = (self.value(None, k) if type(k[0]) in (int, Var) else k[0] for k in index)
            rule = core.rule_of(operator.getitem)
            self.body.append(Equation(rule, (base, tuple(at)), {}, like(first)))
            return self.body[-1].out
        return self.sequences.setdefault(tuple(map(identity, atoms)), (atoms, like(first)))[1]

    def carry(self, out, begin):
        """What an earlier turn has computed; `begin` is read in the turns that have none."""
        key = out, tuple(map(identity, begin))
        if key not in self.carried:
            self.carried[key] = begin[0], like(begin[0])
            if begin[1:]:
                self.carry(out, begin[1:])
        return self.carried[key][1]

    def give(self, t, o, copies, used):
        """Let those of an equation's results be known after the loop that are used there."""
        if used == [len(copies) - 1]:
            v = copies[-1]
            begin = next((key for key in self.carried if key[0] == (t, o) and not key[1][1:]), None)
            if begin is None:
                zero = np.zeros(v.shape, v.dtype)[()]
                self.carry((t, o), [zero])
                begin = (t, o), (identity(zero),)
            self.last[begin] = v
        elif used:
            self.stacks[t, o] = copies, used

    def stacks_of_numbers(self):
        return sum(not self.outs[t][o].shape for t, o in self.stacks)

    def equations(self):
        """Those that make the sequences, the scan, and those that take its stacks apart."""
        rows, n = [atoms for atoms, _ in self.sequences.values()], self.run.turns
        ways = [step(*g[:2]) for atoms in rows for g in self.pieces.groups(atoms) if g[1:]]
        back = sum(by for _, by in ways) < 0
        put = self.pieces.joined
        arrays = [put(self.pieces.groups(atoms[:: -1 if back else 1])) for atoms in rows]
        begin, new = [b for b, _ in self.carried.values()], [v for _, v in self.carried.values()]
        results = [
            self.carried[(t, o), first[1:]][1] if first[1:] else self.outs[t][o]
            for (t, o), first in self.carried
        ]
        results += [self.outs[t][o] for t, o in self.stacks] + [g for g, *_ in self.sums]
        inputs = [*new, *(v for _, v in self.sequences.values()), *self.constants.values()]
        body = IR(inputs, self.body, results, ([None] * len(inputs),), [None] * len(results))
        last = [
            self.last.get(key, Var(v.shape, v.dtype))
            for key, v in zip(self.carried, new, strict=True)
        ]
        like = [v[0] for v, _ in self.stacks.values()] + [g for _, g, *_ in self.sums]
        stacks = [Var((n, *v.shape), v.dtype) for v in like]
        options = {"carries": len(new), "sequences": len(arrays), "length": n, "reverse": back}
        args, options = (*begin, *arrays, *self.constants), {"body": body} | options
        self.pieces.equations.append(Equation(SCAN, args, options, (*last, *stacks)))
        for stack, (copies, used) in zip(stacks, self.stacks.values(), strict=False):
            for k in used:
                self.pieces.make(operator.getitem, stack, n - 1 - k if back else k, out=copies[k])
        for stack, (_, _, *how) in zip(stacks[len(self.stacks) :], self.sums, strict=True):
            self.add(stack, back, *how)
        return self.pieces.equations

    def add(self, stack, back, e, index, begin, out):
        """Add to an array, at once, what all turns add to it."""
        k = next(k for k, i in enumerate(index) if type(i) is list)
        places, axis = index[k][:: -1 if back else 1], sum(type(i) is not int for i in index[:k])
        first, by = places[0], places[1] - places[0]
        stop = first + by * len(places)
        line = slice(first, None if stop < 0 else stop, by)
        order = [*range(1, axis + 1), 0, *range(axis + 1, len(stack.shape))]
        stack = self.pieces.make(np.transpose, stack, tuple(order)) if axis else stack
        at = (*index[:k], line, *index[k + 1 :])
        added = self.pieces.make(scatter, stack, e.args[1], at)
        self.pieces.make(np.add, begin, added, out=out)
