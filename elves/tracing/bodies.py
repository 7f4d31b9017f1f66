"""What cond, scan and while_loop have in common: bodies, which are IRs from leaves to leaves."""

import contextvars
import functools
import itertools
import operator

import numpy as np

from elves import batching, calls, core, forward, rules, trees
from elves.batching import is_of
from elves.errors import InputError
from elves.tracing.ir import IR, Var, fixpoint, identity, is_double, reads, replace, zeros
from elves.tracing.tracers import Trace, Tracer, on_the_way_back, trace
from elves.tracing.transposing import back
from elves.zeros import Marked, numbers


def close(*irs):
    """Make bodies of IRs, from one list of leaves to leaves, and give the outer values in them.

    These become inputs of all the bodies, after those that the IRs have in common; those that were
    computed alike, as ``p[0]`` in each call of a function, are one. What is picked from one at a
    place that is known is picked outside.
    """
    outer, values, t, picked = {}, [], Trace(), {}

    def hoist(a):
        a = picked.get(a, a) if type(a) is Var else a
        if not isinstance(a, core.Value):
            return a
        if (key := origin(a)) not in outer:
            outer[key] = t.new(a).place
            values.append(a)
        return outer[key]

    for ir in irs:
        numbers = {e.out: e.args[0][e.args[1]] for e in ir.equations if is_picked(e)}
        picked |= numbers
        ir.equations = [e for e in ir.equations if e.out not in numbers]
        for e in ir.equations:
            e.__init__(e.rule, replace(e.args, hoist), replace(e.kwargs, hoist), e.out)
        ir.outputs = replace(ir.outputs, hoist)
    for ir in irs:
        ir.inputs, ir.outer = [*ir.inputs, *outer.values()], []
        ir.in_tree, ir.out_tree = ([None] * len(ir.inputs),), [None] * len(ir.outputs)
    return values


def is_picked(e):
    """Whether an equation picks one number from an outer value, at a place that is known."""
    if e.rule.function is not operator.getitem or not isinstance(e.args[0], core.Value):
        return False
    index = e.args[1] if type(e.args[1]) is tuple else e.args[1:]
    return e.out.shape == () and all(type(k) is int for k in index)


def origin(a):
    """A key of an outer value that is the same for values that were computed alike."""
    if type(a) is Tracer:
        return a.within.first(a.place)
    if type(a) is forward.Dual and not a.square:
        return a.level, a.array, origin(a.primal), origin(a.tangent)
    return identity(a)


def branch(f, pred, args):
    """The IR of a branch: with all that it computes, also from outer values alone.

    So nothing of it is computed where the other branch is chosen.
    """
    t, inside = Trace(), contextvars.copy_context()
    inside.run(core.BRANCH.set, t)
    _, traced = trees.rebuild((pred, args), [t.new(a) for a in trees.leaves((pred, args))])
    return t.close((pred, args), inside.run(calls.call, f, traced))


def types_of(body):
    """The type of each result, also of those that are constants."""
    return [a if type(a) is Var else Var(np.shape(a), np.result_type(a)) for a in body.outputs]


def like(ir):
    """A tree like the result, of zeros."""
    return trees.rebuild(ir.out_tree, [np.zeros(v.shape) for v in types_of(ir)])


def is_float(a):
    return trees.kind(a) == "f"


def moved(body, primals, tangents):
    """A body's results and their tangents; `tangents` are those of the primals at its keys."""
    varying = {i: primals[i] for i in tangents}
    of_varying = lambda values: body.run((dict(enumerate(primals)) | values).values())  # noqa: E731
    return forward.jvp(of_varying, (varying,), (tangents,))


def cotangent(body, known, cotangents, wanted):
    """By key, the cotangents of operands that are not known, in which the body is linear.

    A cotangent of a result that is None is a true zero, and takes no part.
    """
    t = Trace(linear=True)
    linear = {i: t.new(zeros(v)) for i, v in enumerate(body.inputs) if i not in known}
    full = [(known | linear)[i] for i in range(len(body.inputs))]
    with on_the_way_back(False):  # what is known is computed once more
        ir = t.close((linear,), body.run(full))
    found = dict(zip(linear, back(ir, cotangents), strict=True))
    blank = {i: zeros(body.inputs[i]) for i in wanted}
    return {i: trees.own(z if found[i] is None else found[i], z) for i, z in blank.items()}


def split(leaves, *sizes):
    """The leaves in parts of these sizes, and the rest."""
    ends = [0, *np.cumsum(sizes, dtype=int).tolist(), None]
    return tuple(list(leaves)[start:end] for start, end in itertools.pairwise(ends))


def guarded(chosen, operands):
    """The operands of a branch that runs although it may not be chosen: then nothing varies in it.

    So no slope comes out of it by which zero could be multiplied to nan.
    """
    stop = rules.stop_gradient
    return [np.where(chosen, a, stop(a)) if isinstance(a, core.Value) else a for a in operands]


def reached(body, varying):
    """Which results of a body vary with these inputs, in which it is linear."""
    fixed, moving = Trace(), Trace(linear=True)
    ins = [(moving if i in varying else fixed).new(zeros(v)) for i, v in enumerate(body.inputs)]
    found = enumerate(body.run(ins))
    return {i for i, a in found if type(a) is Tracer and a.within is moving}


def depending(body, varying):
    """Which results of a body may vary with these inputs."""
    moving = {body.inputs[i] for i in varying}
    for e in body.equations:
        if not (e.rule.constant or moving.isdisjoint(reads(e))):
            moving.update(e.outs)
    return {i for i, a in enumerate(body.outputs) if type(a) is Var and a in moving}


def changing(body, results):
    """Which inputs of a body these results may vary with."""
    moving = {a for i, a in enumerate(body.outputs) if i in results and type(a) is Var}
    for e in reversed(body.equations):
        if not (e.rule.constant or moving.isdisjoint(e.outs)):
            moving.update(reads(e))
    return {i for i, v in enumerate(body.inputs) if v in moving}


def paid(body, given, known, carries):
    """Which inputs get cotangents from these results, which the carries pass on: a fixpoint.

    All others are true zeros.
    """
    read = lambda there: changing(body, there) - known.keys()  # noqa: E731
    there = fixpoint(lambda there: {i for i in read(there) if i < carries}, {*given})
    return read(there) | {i for i in there if i < carries}


def of_varying(body, carry, tangents):
    """The tangents of all carries that vary, in the first step or in a later one: a fixpoint."""
    passed = lambda found: {i for i in depending(body, found) if i < len(carry)}  # noqa: E731
    varying = fixpoint(passed, {*tangents})
    zeros = {i: trees.zeros(a) for i, a in enumerate(carry) if is_float(a) and i in varying}
    return {i: trees.own(tangents.get(i, zero), zero) for i, zero in zeros.items()}


def unchanged(body, carry):
    """What a loop carries and gives back as it came, by place: it is a constant."""
    return {i: a for i, a in enumerate(carry) if body.outputs[i] is body.inputs[i]}


def without(known, leaves):
    """The leaves at the other places."""
    return [a for i, a in enumerate(leaves) if i not in known]


def filled(known, rest):
    """All leaves, of which some are known by place."""
    size, rest = len(known) + len(rest), iter(rest)
    return [known[i] if i in known else next(rest) for i in range(size)]


def batched(run, level, n, operands, carries=0):
    """A body for batches of n, in which all carries are stacked, and the operands for it."""
    axes = [0 if i < carries or is_of(a, level) else None for i, a in enumerate(operands)]
    pairs = zip(operands, axes, strict=True)
    full = [a if axis is None else batching.outside(a, level, n) for a, axis in pairs]
    return batching.vmap(lambda *leaves: run(leaves), axes), full


def checked(name, *functions):
    """The functions as they are to be run."""
    for f in functions:
        if not callable(f):
            raise InputError(
                f"{name} needs functions, but got {type(f).__name__} {f!r:.40}: write lambda x: …"
            )
    return map(calls.FOLLOWED.get(), functions)


def settle(name, init, members, step, *more):
    """The leaves of a loop's start in the dtypes that its body gives, and its bodies, closed."""

    def given_back(carry, *x):
        new, *y = step(carry, *x)
        return trees.match(f"carry, which the body of {name} must give back,", new, init), *y

    for _ in range(4):
        irs, leaves = [trace(f, init, *members) for f in (given_back, *more)], trees.leaves(init)
        pairs = list(zip(leaves, irs[0].inputs, types_of(irs[0]), strict=False))
        usual = is_double(irs[0], "fiu")  # else Python's numbers are others than NumPy's
        fits = [o.dtype == n.dtype and (usual or n.weak or not o.weak) for _, o, n in pairs]
        if all(fits):
            tree = irs[0].out_tree
            return leaves, irs, close(*irs), tree
        found = zip(fits, pairs, strict=True)
        begin = [a if fit else a * np.ones((), n.dtype) for fit, (a, _, n) in found]
        init = trees.rebuild(init, begin)
    raise InputError(f"The body of {name} changes the dtypes of what it was given each time.")


class Control(core.Rule):
    """What the rows of cond, scan and while_loop have in common: they have several results.

    Each of their bodies takes all of the operands.
    """

    def __init__(self, name):
        self.name, self.function = name, self.bind

    def bind(self, *operands, **bodies):
        """Let the innermost engine among the operands walk it."""
        inner = max(core.values_in(operands), key=lambda value: value.level, default=None)
        if type(inner) is Marked and any(numbers(a) is None for a in operands):
            # which zeros stay true only the numbers could tell: from here on, none is
            ours = [type(a) is Marked and a.level == inner.level for a in operands]
            plain = [a.plain if m else a for a, m in zip(operands, ours, strict=True)]
            return self.bind(*plain, **bodies)
        around = inner is not None and core.branch_around(inner)
        if around or type(inner) is Tracer:
            within = around or inner.within
            return (self.pushed if within.linear else within.record)(self, operands, bodies)
        if type(inner) is forward.Dual:
            mine = {i: a for i, a in enumerate(operands) if forward.is_of(a, inner.level)}
            primals = [mine[i].primal if i in mine else a for i, a in enumerate(operands)]
            y, dots = self.dual(primals, {i: a.tangent for i, a in mine.items()}, **bodies)
            still = lambda a, t: t is None or not is_float(a)  # noqa: E731
            pairs = zip(y, dots, strict=True)
            return [a if still(a, t) else forward.Dual(a, t, inner.level) for a, t in pairs]
        if type(inner) is batching.Batch:
            return self.batch(inner.level, len(inner.stacked), operands, **bodies)
        return self.compiled(**bodies)(*operands)  # or another engine unrolls it

    def pushed(self, rule, operands, bodies):
        """Write it down in a program that will be transposed: it is linear in what varies."""
        inner = max(core.values_in(operands), key=lambda value: value.level)
        return inner.within.record(rule, operands, bodies)

    def compiled(self, compile_body=operator.attrgetter("run"), **bodies):
        """The operation as a function of its operands, with bodies that are compiled."""
        ready = {k: compile_body(b) if isinstance(b, IR) else b for k, b in bodies.items()}
        return functools.partial(self.eager, **ready)


NO_STACK = (
    "while_loop takes any number of steps, so inside of jit or of another loop it has one reverse "
    "derivative and no vmap of it: leave jit out, or use fori_loop with fixed bounds, or scan."
)
