"""`for` and `while` on traced values: what a turn changes is what the loop carries.

Source: Moldovan et al., "AutoGraph: imperative-style coding with graph-based performance" (2019).
"""

import contextlib

import numpy as np

from elves import core, rules
from elves.errors import ConversionError, ElfError, InputError
from elves.parse import MISSING
from elves.structure import leaves
from elves.tracing import blocks
from elves.tracing.branches import (
    TRACED,
    Same,
    alike,
    and_,
    common,
    decided,
    filled,
    not_,
    number,
    numeric,
    parts,
    perhaps,
    zeros,
)
from elves.tracing.control import scan, while_loop
from elves.tracing.ir import IR, Var, reads
from elves.tracing.memory import LOST, Memory, same
from elves.tracing.structured import WRITTEN
from elves.tracing.tracers import Tracer
from elves.trees import kind

SHORT = 8  # turns of a loop that are written one after the other
FAST = {np.power, np.left_shift}
SUMS = {np.add, np.subtract, np.sum}
SLOW = {np.negative, np.positive, np.absolute, np.maximum, np.minimum, np.where, np.remainder}
SLOW |= {np.floor_divide, np.sign, np.reshape, np.broadcast_to, core.getitem, rules.pick}


class More(BaseException):
    """A block has changed something that its loop does not carry yet."""


def carry(memory, found, wanted, loop):
    """Run ``loop(at, begin)`` with all the numbers that a block changes, and let it be so.

    There ``at(numbers, run, *x)`` gives what comes out of run with these, and the new numbers.
    `found` has an example of what each key changes to; `wanted` says which ones are carried.
    """
    for _ in range(9):
        begin, trees, memory.touched = [], {}, {*found}
        for key in found:
            if wanted(key, before := memory.begin[key]):
                before, pairs = zeros(found[key]) if before is MISSING else before, []
                trees[key] = common(memory, key, before, found[key], pairs)
                begin += [a for a, _ in pairs]

        def values(numbers, trees=trees):
            numbers = iter(numbers)
            return {key: filled(tree, numbers) for key, tree in trees.items()}

        def new_numbers(key, tree):
            now = memory.read(key)
            try:
                return changed(tree, now)
            except More:
                found[key] = now
                raise

        def at(numbers, run, *x, values=values, trees=trees):
            def turn():
                memory.put(values(numbers))
                y = run(*x)
                check_whole_numbers(numbers)
                return y, [a for key in trees for a in new_numbers(key, trees[key])]

            (y, new), changes = perhaps(memory, turn)
            if more := changes.keys() - found.keys():
                found.update((key, changes[key]) for key in more)
                raise More
            return y, new

        with contextlib.suppress(More):
            memory.settle(values(loop(at, begin)))
            for key in found.keys() - trees.keys():
                memory.lose(key)
            return
    raise InputError("What a loop changes is something else in each of its turns: use a list.")


def changed(tree, now):
    """The numbers that stand now where a tree has TRACED; More if it is not this tree."""
    if tree is TRACED and number(now):
        return [now]
    if type(tree) is Same and same(tree.value, now):
        return []
    if tree is TRACED or type(tree) is Same or not alike(tree, now):
        raise More
    both = zip(parts(tree).values(), parts(now).values(), strict=True)
    return [a for part, new in both for a in changed(part, new)]


def check_whole_numbers(carried):
    """Refuse whole numbers that a loop makes much larger in each turn: Python's have no end."""
    for t in {a.within for a in carried if type(a) is Tracer}:
        growing = {a.place for a in carried if type(a) is Tracer and a.dtype.kind in "iu"}
        grow(t.equations, growing)


def grow(equations, growing):
    """Find what grows with these Vars, by more than a constant in each turn."""
    for e in equations:
        hits = [a for a in reads(e) if a in growing]
        for body in (b for b in e.kwargs.values() if isinstance(b, IR)):
            pairs = zip(body.inputs, e.args, strict=True)
            grow(body.equations, {v for v, a in pairs if type(a) is Var and a in growing})
        whole = [v for v in e.outs if v.dtype.kind in "iu"]
        slow = e.rule.function in SLOW or (e.rule.function in SUMS and len(hits) < 2)
        if whole and (
            e.rule.function in FAST or (hits and not slow and e.rule.name not in WRITTEN)
        ):
            raise InputError(
                "A loop makes whole numbers that may outgrow 64 bits, which Python's never do: "
                "begin with 1.0 instead of 1, or use the engine `source`."
            )
        growing.update(whole if hits else ())


def while_(test, body):
    """``while test(): body()``."""
    more = [test()]
    while known := decided(more[0]):
        body()
        more[0] = test()
    if known is not None:
        return

    def turn():
        body()
        more[0] = test()

    memory = Memory(test, body)
    if perhaps(memory, test)[1]:  # while (y := f(x)) > 1
        while_(lambda: more[0], turn)
        return

    def loop(at, begin):
        return while_loop(lambda s: at(s, test)[0], lambda s: at(s, body)[1], begin)

    found = perhaps(memory, body)[1]

    def wanted(key, before):  # what gets its first value in a loop may never get it
        made = blocks.MADE in memory.names[key] and numeric(found[key])
        return before is not MISSING or made

    carry(memory, found, wanted, loop)


def for_(items, body, done=None):
    """``for item in items: body(item)``, until done()."""
    if isinstance(items, Count):
        return items.turns(body, done)
    array = isinstance(items, (range, core.Value)) and np.ndim(items)
    if array and len(items) > SHORT and kind(items[0]) in "fbiu":
        kept, refused = len(LOST.kept), LOST.refused
        try:
            return scanned(items, body, done)
        except ElfError as error:  # its turns differ: they are written one by one
            LOST.kept[kept:], LOST.refused = [], refused
            if within := getattr(error, "within", None):
                within.asked = None
    for item in items:
        body(item)
        if done and decided(done()):
            return None
    return None


def scanned(items, body, done):
    memory = Memory(body)
    found = perhaps(memory, body, items[len(items) // 2])[1]
    traced = any(isinstance(a, core.Value) for v in found.values() for a in leaves(v))
    if not traced or counts(memory, found):
        return for_(list(items), body, done)

    over = np.asarray(items) if isinstance(items, range) else items

    def loop(at, begin):
        return scan(lambda s, x: (at(s, body, x)[1], None), begin, over)[0]

    carry(memory, found, lambda key, before: before is not MISSING or numeric(found[key]), loop)
    return None


def counts(memory, found):
    """Whether a turn changes a number that is not traced: Python may ask it what no tracer knows.

    So it may be a key of a dict, or become text. The name _ is one that nobody reads.
    """
    names = {key: memory.names[key] for key in found}
    read = [v for key, v in found.items() if names[key] != "_" and blocks.MADE not in names[key]]
    return any(not isinstance(a, core.Value) for v in read for a in leaves(v))


class Count:
    """A range with an end that is traced."""

    def __init__(self, *ends):
        ends = slice(*ends)
        self.start, self.stop = 0 if ends.start is None else ends.start, ends.stop
        self.step = 1 if ends.step is None else ends.step
        range(0, 0, self.step)  # which refuses 0, and what is traced
        if not all(kind(end) in "biu" for end in (self.start, self.stop)):
            raise InputError("range() takes whole numbers: count with n = n + 1 in a `while`.")

    def __iter__(self):
        raise ConversionError(
            "A range with a traced end stands only in a `for`: write a loop with it, or name the "
            "argument in static_argnums."
        )

    def __getitem__(self, *args):
        return iter(self)

    __len__ = __reversed__ = __contains__ = __getitem__

    def turns(self, body, done):
        at = [self.start]

        def test():
            more = at[0] < self.stop if self.step > 0 else at[0] > self.stop
            return and_(not_(done()), lambda: more) if done else more

        def turn():
            body(at[0])
            at[0] = at[0] + self.step

        while_(test, turn)
