"""`if`, and what else decides, on traced values.

Where a condition has a number, Python goes its own way. Where it has none, each way is an IR, and
`memory` tells what it has changed: names, lists, dicts and objects. The running program chooses.

Source: Moldovan et al., "AutoGraph: imperative-style coding with graph-based performance" (2019).
"""

import copy
import functools
import traceback
import types

import numpy as np

from elves import core
from elves.errors import ConversionError, ElfError, is_users
from elves.parse import MISSING
from elves.structure import leaves, rebuild
from elves.tracing import blocks
from elves.tracing.bodies import branch, close
from elves.tracing.conditions import COND
from elves.tracing.ir import IR, Equation, Var, identity, zeros_of
from elves.tracing.memory import LOST, Memory, same
from elves.tracing.tracers import TRUTH, Tracer, typed
from elves.trees import kind

GIVEN = "what comes out"
FLOAT = (), np.dtype(float)
TRACED = object()  # a number that only the running program knows


def number(a):
    return a is not None and a is not MISSING and kind(a) in "fbiu"


def numeric(value):
    return all(map(number, leaves(value)))


def zeros(tree):
    return rebuild(tree, [zeros_of(*typed(a)) for a in leaves(tree)])


def decided(test):
    """True or False, or None where only the running program knows."""
    if type(test) is Tracer:
        return None
    try:
        return bool(test)
    except ConversionError as error:
        if within := getattr(error, "within", None):
            within.asked = None
        return None


def perhaps(memory, run, *args):
    """What comes out of run, and what it changes; then all is as before."""
    try:
        with memory.tried():
            y = run(*args)
            return y, memory.changes()
    except (ElfError, RecursionError) as error:
        LOST.refused = error  # it stays so, whoever catches it
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, NameError) and LOST.named(error):
            raise
        lines = [
            f.lineno for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)
        ]
        LOST.refused = ConversionError(
            f"{f'Line {lines[-1]}' if lines else 'Something'} raises {type(error).__name__} in a "
            "block whose condition has no number while it is traced: check this before jit, or "
            "use the engine `source`."
        )
        raise LOST.refused from None


class Same:
    """What is the same one in all ways and turns."""

    def __init__(self, value):
        self.value = value


def parts(tree):
    """The parts of a list, tuple or dict by their keys, or None of anything else."""
    if not issubclass(type(tree), (dict, list, tuple)) or getattr(tree, "__dict__", None):
        return None
    return tree if isinstance(tree, dict) else dict(enumerate(tree))


def alike(a, b):
    """Whether two values have the same kind of parts, or none."""
    one, two = parts(a), parts(b)
    if one is None or two is None:
        return one is two
    return type(a) is type(b) and list(one) == list(two)


def of_parts(tree, new):
    """A list, tuple or dict like this one, of other parts."""
    if isinstance(tree, dict):
        made = {} if type(tree) is dict else copy.copy(tree)
        made.update(zip(tree, new, strict=True))
        return made
    return type(tree)(*new) if hasattr(tree, "_fields") else type(tree)(new)


def common(memory, key, a, b, pairs):
    """What two values have in common, with TRACED for each of the pairs of numbers that differ."""
    if same(a, b):
        return Same(a)
    if not alike(a, b):
        memory.refuse(key, "has another structure at another time")
    if parts(a) is not None:
        memory.mix(key, a, b)
        both = zip(parts(a).values(), parts(b).values(), strict=True)
        return of_parts(a, [common(memory, key, x, y, pairs) for x, y in both])
    if not number(a) or not number(b) or np.shape(a) != np.shape(b):
        memory.refuse(key, f"is {told(a)} at one time and {told(b)} at another")
    memory.keep(key, *(v for v in (a, b) if type(v) is np.ndarray))
    pairs.append(tuple(v.copy() if type(v) is np.ndarray else v for v in (a, b)))
    return TRACED


def told(a):
    return f"of shape {np.shape(a)}" if number(a) else f"{a!r:.30}"


def filled(tree, numbers):
    """What has these parts in common, with the next of the numbers for each TRACED."""
    if tree is TRACED:
        return next(numbers)
    if type(tree) is Same:
        return tree.value
    return of_parts(tree, [filled(part, numbers) for part in parts(tree).values()])


def if_(test, one, two):
    """``one() if test else two()``, whatever these change."""
    known = decided(test)
    if known is not None:
        return (one if known else two)()
    memory = Memory(one, two)
    memory.names[GIVEN], memory.begin[GIVEN] = "the result", None
    true, false = (way(memory, test, f) for f in (one, two))
    idle = not true.ir.equations and not false.ir.equations
    memory.touched = {*true.changes, *false.changes}
    pairs, merged = [], {}
    for key in {**true.changes, **false.changes}:
        both = [w.changes.get(key, memory.begin[key]) for w in (true, false)]
        merged[key] = merge(memory, key, *both, pairs)
    if idle and all(is_choice(test, *pair) for pair in pairs):
        return settled(memory, merged, [chosen(test, *pair) for pair in pairs])
    for k, w in enumerate((true, false)):
        found = ((w.made.get(id(pair[k]), pair[k]), pair[1 - k]) for pair in pairs)
        w.ir.outputs = [counted(w.ir, a, other) for a, other in found]
    outer = close(true.ir, false.ir)
    bodies = dict(zip(("true", "false"), shared(true.ir, false.ir), strict=True))
    return settled(memory, merged, COND.bind(test, *outer, **bodies) if pairs else [])


def shared(*irs):
    """Bodies that do the same as these, if there were any: what is made of them is made once."""
    found = LOST.bodies.setdefault(tuple(map(does, irs)), irs)
    if found is not irs:
        found[0].known = found[0].known or {}
    return found


def does(ir):
    """A key that is the same for bodies that do the same; those in them are shared already."""
    made = ir.variables()
    known = {v: numbered(i) for i, v in enumerate(made)}
    kinds = [(v.shape, v.dtype, v.weak, v.cotangent, v.member) for v in made]
    read = lambda a: known[a] if type(a) is Var else id(a) if type(a) is IR else a  # noqa: E731
    return *kinds, *(e.of(read).key() for e in ir.equations), identity(tuple(map(read, ir.outputs)))


@functools.cache
def numbered(i):
    """What stands for the i-th Var of a body, of any kind."""
    return Var((), None)


def is_choice(test, a, b):
    """Whether it is one number or another of a kind: a `where`, which is less than a branch."""
    types = {typed(v)[:2] for v in (a, b)}
    return typed(test)[:2] == TRUTH and len(types) == 1 and FLOAT in types


def chosen(test, a, b):
    y = np.where(test, a, b)
    if getattr(y, "array", False):
        y.array = False  # as Python's numbers
    return y


def settled(memory, merged, found):
    """What comes out, once the numbers that only the running program knows are filled in."""
    found = iter(found)
    merged = {key: filled(tree, found) for key, tree in merged.items()}
    memory.settle(merged)
    return merged[GIVEN]


def counted(ir, a, other):
    """A truth value as a number, where the other way gives a number: True + True is 2."""
    if kind(a) != "b" or kind(other) == "b":
        return a
    if type(a) is not Var:
        return a * 1
    ir.equations.append(Equation(core.RULES[np.multiply], (a, 1), {}, Var(a.shape, np.dtype(int))))
    return ir.equations[-1].out


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
            return Same(memory.lose(key))
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

    def best_of(a, b):
        test = better(b, a)
        choice = decided(test) is None and is_choice(test, b, a)
        return chosen(test, b, a) if choice else if_(test, lambda: b, lambda: a)

    return functools.reduce(best_of, values)
