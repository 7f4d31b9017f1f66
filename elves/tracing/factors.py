"""Numbers that multiply arrays meet, and go to the smallest array on their way.

A product, a sum, a turn or a part is linear in each of its arrays, so ``2.0 * (x @ A) * y`` may be
``((2.0 * x) @ A) * y``: where x is small, this is one pass less over a large array.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 12.3, reassociation.
"""

import math

import numpy as np

from elves import core
from elves.tracing.algebra import NUMBERS, is_ordinary
from elves.tracing.ir import Equation, Var, reads
from elves.tracing.operands import equation

CALL, NUMBER = 1000, 50  # entries that cost what a call of NumPy costs, or Python's own product
TRIES = 20  # places that are looked at, of which most are the cheapest anyway


def to_the_smallest(ir):
    """The same program, all of whose floats are float64, with its numbers where they cost least.

    Only what nobody else reads is on their way, and only where nothing becomes larger: so small
    numbers go inwards and large ones outwards, and nothing overflows that did not.

    >>> from elves.tracing import make_ir
    >>> to_the_smallest(make_ir(lambda x, A: 0.5 * (x @ A), np.ones((9, 1)), np.ones((1, 9))))
    (a: float64[9, 1], b: float64[1, 9]):
        c: float64[9, 1] = np.multiply(a, 0.5)
        d: float64[9, 9] = np.matmul(c, b)
        return d
    """
    program = Program(ir)
    if not program.numbers:
        return ir
    seen, gone, placed = set(), {}, {}
    for root, e in reversed(program.made.items()):
        if root in seen or not program.linear(e):
            continue
        numbers, places, above = program.around(root)
        seen.update(numbers, (v for _, v, _ in places))
        up, down = (math.prod(n[k] for n in numbers.values()) for k in (0, 1))
        spent = sum(program.cost(x) for _, _, x in numbers.values())
        if not all(map(is_ordinary, (up, down, up / down))):
            continue
        least, v, i = program.best(places, above) if up != down else (0, None, None)
        if least < spent:
            placed[v, i] = up, down
            gone |= {u: x for u, (_, _, x) in numbers.items() if (u, None) != (v, i)}
    return program.rebuilt(gone, placed) if placed else ir


def number(e):
    """By what an equation multiplies and divides an array, and the array; None if it does not."""
    f, args = e.rule.function, e.args or (None,)  # an array that is built of nothing
    if type(e.out) is not Var or e.out.dtype != float or type(args[0]) not in (Var, *NUMBERS):
        return None
    if f is np.negative or (f is np.add and args[0] is args[1]):
        up, down, x = (-1 if f is np.negative else 2), 1, args[0]
    elif f is np.multiply:
        up, down, x = (args[0], 1, args[1]) if type(args[0]) in NUMBERS else (args[1], 1, args[0])
    elif f is np.true_divide:
        up, down, x = 1, args[1], args[0]
    else:
        return None
    plain = type(x) is Var and x.shape == e.out.shape and x.dtype == float
    known = type(up) in NUMBERS and type(down) in NUMBERS and is_ordinary(up) and is_ordinary(down)
    return (up, down, x) if plain and known else None


class Program:
    """The equations of one-result functions by what they make, and who reads it how often."""

    def __init__(self, ir):
        self.ir, self.made = ir, ir.made()
        found = ((v, number(e)) for v, e in self.made.items())
        self.numbers = {v: n for v, n in found if n}
        self.uses = ir.uses() if self.numbers else {}

    def linear(self, e):
        """The places of the arrays in each of which an equation is linear, the others fixed."""
        rule = e.rule
        if e.out in self.numbers:
            return (0,)
        if e.out.dtype != float:
            return ()
        if rule.function is np.multiply or isinstance(rule, core.Multilinear):
            return range(len(e.args))
        alone = isinstance(rule, core.Linear) and not rule.variadic and len(rule.transposes) == 1
        return (0,) * (alone or rule.function is np.true_divide)

    def around(self, root):
        """The numbers that may meet in a result, and the places for them: what it costs and where.

        A place is a result and the operand that makes it, None for the result itself. Besides, for
        each result on their way, root first, the one that it goes into.
        """
        first = self.numbers[root][2] if root in self.numbers else root
        numbers, places, todo = {}, [(self.cost(first, first is root), root, None)], [root]
        above = {root: None}
        while todo:
            v = todo.pop()
            e, found = self.made[v], self.numbers.get(v)
            numbers |= {v: found} if found else {}
            for i in self.linear(e):
                a = found[2] if found else e.args[i]
                if type(a) is Var and a.dtype == float:
                    places += [] if found else [(self.cost(a), v, i)]
                    if self.uses[a] == 1 and a in self.made and self.linear(self.made[a]):
                        todo.append(a)
                        above[a] = v
                elif type(a) is np.ndarray and is_ordinary(a):
                    places.append((0, v, i))
        return numbers, places, above

    def best(self, places, above):
        """The cheapest place where nothing becomes larger than it was if all numbers go there."""
        within, (root, *_) = dict.fromkeys(above, 1.0), above  # what the numbers in it come to
        for v in reversed(above):
            up, down, _ = self.numbers.get(v, (1, 1, None))
            within[v] *= abs(up / down)
            if v is not root:
                within[above[v]] *= within[v]
        total = within[root] * (1 - 1e-9)  # which rounds
        made = [v for v in above if v not in self.numbers]
        for cost, v, i in sorted(places, key=lambda place: place[0])[:TRIES]:
            way, u = set(), v if i is not None else None
            while u is not None:
                way.add(u)
                u = above[u]
            a = 1 if i is None else self.made[v].args[i]
            fits = type(a) is not Var or total <= max(within.get(a, 1), 1)
            if fits and all(within[u] >= (total if u in way else 1 - 1e-9) for u in made):
                return cost, v, i
        return math.inf, None, None

    def cost(self, v, own=False):
        """What a number costs at an array: more where nothing can be overwritten."""
        while v in self.numbers and self.uses[v] == 1:
            v = self.numbers[v][2]
        own = own or (v in self.made and self.uses[v] == 1)
        return CALL + math.prod(v.shape) * (1 if own else 2) if v.shape else NUMBER

    def rebuilt(self, gone, placed):
        """The program without the equations of numbers that are gone, and with others in place."""
        equations, places = [], {v for v, _ in placed}

        def read(a):
            while type(a) is Var and a in gone:
                a = gone[a]
            return a

        for e in self.ir.equations:
            if e.out in gone:
                continue
            if not gone.keys().isdisjoint(reads(e)):
                e = e.of(read)
            if e.out not in places:
                equations.append(e)
                continue
            here = [placed.get((e.out, i)) for i in range(len(e.args))]
            pairs = zip(e.args, here, strict=True)
            args = tuple(a if k is None else times(a, *k, equations) for a, k in pairs)
            new = e.out
            if (e.out, None) in placed:
                known = self.numbers.get(e.out)
                new = read(known[2]) if known else Var(e.out.shape, e.out.dtype)
            if new is e.out or e.out not in self.numbers:
                equations.append(Equation(e.rule, args, e.kwargs, new))
            if new is not e.out:
                times(new, *placed[e.out, None], equations, e.out)
        return self.ir.but(equations, [read(a) for a in self.ir.outputs])


def times(a, up, down, equations, out=None):
    """The Var of an array times a number, with its equation; of a constant, the result."""
    k = up if down == 1 else up / down
    if type(a) is np.ndarray:
        return a * k
    f, args = (np.true_divide, (a, up * down)) if abs(up) == 1 < down else (np.multiply, (a, k))
    f, args = (np.negative, (a,)) if k == -1 else (f, args)
    equations.append(equation(f, *args, out=out))
    return equations[-1].out
