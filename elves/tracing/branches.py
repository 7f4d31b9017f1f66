"""`if`, and what else decides, on traced values.

Where a condition has a number, Python goes its own way. Where it has none, each way is an IR, and
`memory` tells what it has changed: names, lists, dicts and objects. The running program chooses.

Source: Moldovan et al., "AutoGraph: imperative-style coding with graph-based performance" (2019).
"""

import contextvars
import functools
import types

import numpy as np

from elves.errors import ConversionError
from elves.parse import MISSING
from elves.structure import leaves, rebuild
from elves.tracing import blocks
from elves.tracing.bodies import branch, close
from elves.tracing.control import COND
from elves.tracing.ir import zeros_of
from elves.tracing.memory import Memory
from elves.tracing.tracers import typed
from elves.trees import kind

PERHAPS = contextvars.ContextVar("PERHAPS", default=False)  # inside of what may not run
GIVEN = "what comes out"
PYTHONS = (int, float, str, bool)
TRACED = object()  # a number that only the running program knows


def number(a):
    return a is not None and a is not MISSING and kind(a) in "fbiu"


def numeric(value):
    return all(map(number, leaves(value)))


def zeros(tree):
    return rebuild(tree, [zeros_of(*typed(a)) for a in leaves(tree)])


def decided(test):
    """True or False, or None where only the running program knows."""
    try:
        return bool(test)
    except ConversionError:
        return None


def perhaps(memory, run, *args):
    """What comes out of run, and what it changes; then all is as before."""
    token = PERHAPS.set(True)
    try:
        with memory.tried():
            y = run(*args)
            return y, memory.changes()
    finally:
        PERHAPS.reset(token)


def equal(a, b):
    """Whether two leaves are the same, so that nothing has to be traced."""
    return a is b or (type(a) is type(b) and isinstance(a, PYTHONS) and repr(a) == repr(b))


def alike(a, b):
    """Whether two trees have the same structure."""
    if type(a) is not type(b) or not isinstance(a, (dict, list, tuple)):
        return not isinstance(a, (dict, list, tuple)) and not isinstance(b, (dict, list, tuple))
    a, b = (x.items() if isinstance(x, dict) else enumerate(x) for x in (a, b))
    a, b = [*a], [*b]
    return [k for k, _ in a] == [k for k, _ in b] and all(
        alike(x, y) for (_, x), (_, y) in zip(a, b, strict=True)
    )


def common(memory, key, a, b, pairs):
    """What two values have in common, with TRACED for each of the pairs of numbers that differ."""
    if not alike(a, b):
        memory.refuse(key, "has another structure at another time")
    memory.check_alone(key, a, b)
    new = []
    for x, y in zip(leaves(a), leaves(b), strict=True):
        if not equal(x, y):
            if not number(x) or not number(y) or np.shape(x) != np.shape(y):
                memory.refuse(key, f"is {told(x)} at one time and {told(y)} at another")
            pairs.append(tuple(v.copy() if type(v) is np.ndarray else v for v in (x, y)))
            x = TRACED
        new.append(x)
    return rebuild(a, new) if any(x is TRACED for x in new) else a


def told(a):
    return f"of shape {np.shape(a)}" if number(a) else f"{a!r:.30}"


def filled(tree, numbers):
    """A tree with the next of the numbers for each TRACED."""
    if not any(a is TRACED for a in leaves(tree)):
        return tree
    return rebuild(tree, [next(numbers) if a is TRACED else a for a in leaves(tree)])


def if_(test, one, two):
    """``one() if test else two()``, whatever these change."""
    known = decided(test)
    if known is not None:
        return (one if known else two)()
    memory = Memory(one, two)
    memory.names[GIVEN], memory.begin[GIVEN] = "the result", None
    true, false = (way(memory, test, f) for f in (one, two))
    pairs, merged = [], {}
    for key in {**true.changes, **false.changes}:
        both = [w.changes.get(key, memory.begin[key]) for w in (true, false)]
        merged[key] = merge(memory, key, *both, pairs)
    for k, w in enumerate((true, false)):
        w.ir.outputs = [w.made.get(id(pair[k]), pair[k]) for pair in pairs]
    outer = close(true.ir, false.ir)
    found = iter(COND.bind(test, *outer, true=true.ir, false=false.ir) if pairs else [])
    merged = {key: filled(tree, found) for key, tree in merged.items()}
    given = merged.pop(GIVEN)
    memory.put(merged)
    return given


def way(memory, test, f):
    """One way as an IR, what it changes, and which of these numbers is which of its outputs."""
    new = types.SimpleNamespace()

    def run():
        given, changes = perhaps(memory, f)
        new.changes = changes | {GIVEN: given}
        new.numbers = [a for v in new.changes.values() for a in leaves(v) if number(a)]
        return new.numbers

    new.ir = branch(run, test, ())
    new.made = dict(zip(map(id, new.numbers), new.ir.outputs, strict=True))
    return new


def merge(memory, key, one, two, pairs):
    """What is there after both ways."""
    if one is MISSING or two is MISSING:
        other = two if one is MISSING else one
        if blocks.MADE not in memory.names[key] or not numeric(other):
            return memory.lose(key)
        one, two = (zeros(other) if v is MISSING else v for v in (one, two))
    return common(memory, key, one, two, pairs)


def and_(a, rest):
    known = decided(a)
    return if_(a, rest, lambda: a) if known is None else rest() if known else a


def or_(a, rest):
    known = decided(a)
    return if_(a, lambda: a, rest) if known is None else a if known else rest()


def not_(a):
    return np.logical_not(a) if decided(a) is None else not a


def best(better, *values):
    """max or min as Python has it: the first of the best."""
    values = values if values[1:] else values[0]
    return functools.reduce(lambda a, b: if_(better(b, a), lambda: b, lambda: a), values)
