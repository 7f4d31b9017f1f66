"""What equations have in common, and what may be other values in each turn of a loop."""

import numpy as np

from elves.tracing.bodies import Control
from elves.tracing.ir import IR, Equation, Var, by_entry, identity, replace, variables
from elves.tracing.operands import INDEXED

LIMIT = 2**62  # of whole numbers that an array can hold
PLAIN, NUMBER = (Var, float, np.ndarray, np.generic), ((), np.dtype(float))


def kind(a):
    if type(a) is Var:
        return a.shape, a.dtype
    return NUMBER if type(a) is float else (np.shape(a), np.result_type(a))


def like(a):
    return Var(*kind(a))


def but_lengths(a):
    """A value's kind without its lengths, or another argument without its whole numbers."""
    return len(kind(a)[0]), np.result_type(a)


def but_numbers(a):
    return identity(replace(a, lambda leaf: int if type(leaf) is int else leaf))


def opened(e, kind=kind, rest=identity):
    """What an equation has in common with those of other turns, and what may be others' there.

    The latter are what its arguments hold, then the constants in its bodies. For turns that are
    alike but for lengths, `kind` and `rest` say less of each argument.
    """
    if not e.kwargs and by_entry(e.rule) and all(map(is_slot, e.args)):
        return (e.rule.function, *map(kind, (*e.args, e.out))), [*e.args]
    slots = []
    args = walked(e, lambda a: slots.append(a) or kind(a), rest)
    outs = tuple(map(kind, e.outs))
    lists = any(v.member for v in (*variables(e.args), *e.outs))
    one = id(e) if lists or variables((e.kwargs,)) else None  # then it is like no other one
    key = [e.rule.function, outs, hashable(args), one]
    for name, option in e.kwargs.items():
        body, more = structure(option, kind, rest) if type(option) is IR else (rest(option), [])
        key += name, body
        slots += more
    return tuple(key), slots


def is_slot(a):
    """Whether an argument of a function of entries may be another one in each turn."""
    return isinstance(a, PLAIN) or (type(a) is int and abs(a) < LIMIT)


def hashable(tree):
    return (type(tree), *map(hashable, tree)) if type(tree) in (tuple, list) else tree


def structure(ir, kind, rest):
    """A key that is the same for bodies that do the same, and the constants in it."""
    numbers, constants, key = {v: i for i, v in enumerate(ir.variables())}, [], []
    for same, slots in (opened(e, kind, rest) for e in ir.equations):
        constants += (a for a in slots if type(a) is not Var)
        key.append((same, *(numbers[a] if type(a) is Var else kind(a) for a in slots)))
    outputs = (numbers[a] if type(a) is Var else identity(a) for a in ir.outputs)
    return (*map(kind, ir.inputs), *key, *outputs), constants


def walked(e, slot, rest):
    """The arguments of an equation with `slot` of what may be another one in each turn."""
    numbers = by_entry(e.rule) or isinstance(e.rule, Control)
    index = INDEXED.get(e.rule.function)

    def walk(a, free):
        if type(a) in (tuple, list):
            return type(a)(walk(b, free and type(a) is tuple) for b in a)
        return slot(a) if isinstance(a, PLAIN) or (free and is_slot(a)) else rest(a)

    return tuple(walk(a, numbers or i == index) for i, a in enumerate(e.args))


def closed(e, values, outs):
    """The equation with other values, in the order of its slots."""
    values, given, options = iter(values), {}, dict(e.kwargs)
    args = walked(e, lambda a: next(values), lambda a: a)

    def inside(a):
        new = a if type(a) is Var else next(values)
        return given.setdefault(new, like(new)) if type(new) is Var and new is not a else new

    for name, body in e.kwargs.items():
        if type(body) is IR:
            found = [closed(x, [*map(inside, opened(x)[1])], x.outs) for x in body.equations]
            options[name] = body.but(found, body.outputs)
    for name, body in options.items() if given else ():
        if type(body) is IR:
            inputs = [*body.inputs, *given.values()]
            options[name] = IR.body(inputs, body.equations, body.outputs)
    return Equation(e.rule, (*args, *given), options, outs if type(e.out) is tuple else outs[0])
