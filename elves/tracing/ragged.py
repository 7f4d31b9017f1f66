"""Loops whose arrays shrink or grow: turns that are alike but for the lengths of their arrays.

No scan has such turns. But machine code does not depend on lengths, and the text of one turn is
that of all, with other whole numbers in it. So each turn keeps a body of its own here, and
`structured` writes those with the same text as one loop. What turns hand over stands in lists.
"""

import itertools

from elves import core
from elves.tracing.alike import closed, like
from elves.tracing.ir import IR, Equation, Var, identity


class Ragged(core.Rule):
    """The row of turns that read from lists, and append to them.

    The arguments are what the lists begin with, as many values as `starts` says, and then what each
    turn reads from before the loop. Turn k is given entry k of each list that begins with
    something, then its arguments; what it gives is appended, one value to each list. The results
    are all that was appended, list by list.
    """

    name = "ragged"

    def __init__(self):
        self.function = self.run

    def run(self, *args, starts, **turns):
        args = iter(args)
        lists = [[*itertools.islice(args, n)] for n in starts]
        for k, body in enumerate(turns.values()):
            given = [kept[k] for kept, n in zip(lists, starts, strict=True) if n]
            given += itertools.islice(args, len(body.inputs) - len(given))
            for kept, y in zip(lists, body.run(given), strict=True):
                kept.append(y)
        return tuple(y for kept, n in zip(lists, starts, strict=True) for y in kept[n:])


RAGGED = Ragged()


class Turns:
    """A loop of such turns in the making; each slot has one value for each turn."""

    def __init__(self, run, columns):
        self.run, self.known, self.lists, self.given = run, {}, {}, {}
        self.bodies = [[] for _ in range(run.turns)]
        for t, column in enumerate(columns):
            values = [self.values(*slot) for slot in column]
            for k, i in enumerate(run.turn(t)):
                e = run.program.equations[i]
                self.bodies[k].append(closed(e, [row[k] for row in values], e.outs))

    def values(self, origin, atoms):
        """What stands in the bodies for the values of a slot."""
        key, ago = tuple(map(identity, atoms)), origin and origin[0]
        same = len({*key}) == 1
        if ago == 0 or {*map(type, atoms)} == {int} or (same and type(atoms[0]) is not Var):
            return atoms
        if key in self.known:
            return self.known[key]
        new = self.known[key] = [*map(like, atoms)]
        views = [type(a) is Var and self.run.program.views.get(a) for a in atoms]
        if origin:
            self.lists[origin[1:], key[:ago]] = atoms[:ago], new
        elif all(views) and not same:
            bases = self.values(None, [e.args[0] for e in views])
            for body, e, base, v in zip(self.bodies, views, bases, new, strict=True):
                body.append(Equation(e.rule, (base, e.args[1]), {}, v))
        else:
            self.given[key] = atoms, new
        return new

    def equation(self):
        """The equation for all turns."""
        kept = {place: self.run.used(*place) for place in self.run.places()}
        carried = {place for place, _ in self.lists}
        more = [place for place, (_, used) in kept.items() if used and place not in carried]
        self.lists |= {(place, ()): ((), ()) for place in more}
        results = [kept[place][0] for place, _ in self.lists]
        args = [a for begin, _ in self.lists.values() for a in begin]
        read = [new for _, new in (*self.lists.values(), *self.given.values()) if new]
        turns = {"starts": [len(begin) for begin, _ in self.lists.values()]}
        for k, body in enumerate(self.bodies):
            inputs, outputs = [new[k] for new in read], [copies[k] for copies in results]
            trees = ([None] * len(inputs),), [None] * len(outputs)
            turns[f"turn{k}"] = IR(inputs, body, outputs, *trees)
            args += [atoms[k] for atoms, _ in self.given.values()]
        new = dict.fromkeys(v for copies in results for v in copies)
        outs = (like(v) if new.pop(v, v) else v for copies in results for v in copies)
        return Equation(RAGGED, tuple(args), turns, tuple(outs))
