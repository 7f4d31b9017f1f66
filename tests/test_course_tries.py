"""What learners tried: right in a style of their own, wrong in a way that once passed, or unfit."""

import dataclasses
import re

import numpy as np
import pytest

import variants_compiler
from elves import forward, reverse
from elves.course import check, checkpoints, desk, rooms, trainer, workshop
from elves.course.engine.rules import undone
from elves.course.exercise import Exercise
from elves.course.guard import Failure, Unfit, attempt, name_of, told, watched
from elves.course.linear import program, write
from elves.course.real import real_source
from elves.errors import InputError
from test_course import EXERCISES, MODULES, answer, somewhere  # noqa: F401

STYLES = """
### tape.by_hand
adjoints = {k: v * 1 for k, v in zip("dcbaz", (1, 9, 21, 135, 0))}
### tape.record
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        pairs = [[other, 1], [self, 1]]
        return Node(self.value + other.value, [[self, 2]] if self is other else pairs)

    def __mul__(self, other):
        if self is other:
            return Node(self.value**2, ((self, 2 * self.value),))
        return Node(self.value * other.value, ((other, self.value), (self, other.value)))
### tape.numbers
class Number(Node):
    def __add__(self, other):
        if hasattr(other, "value"):
            return Number(self.value + other.value, ((self, 1), (other, 1)))
        return Number(self.value + other, ((self, 1),))

    def __mul__(self, other):
        if hasattr(other, "value"):
            return Number(self.value * other.value, ((self, other.value), (other, self.value)))
        return Number(self.value * other, ((self, other),))

    def __sub__(self, other):
        return self + (-1) * other

    def __rsub__(self, other):
        return (-1) * self + other

    __radd__, __rmul__ = __add__, __mul__
### tape.order
def order(out):
    uses, nodes = {}, [out]
    for node in nodes:
        for parent, _ in node.parents:
            if parent not in uses:
                nodes.append(parent)
            uses[parent] = uses.get(parent, 0) + 1
    ready, found = [out], []
    while ready:
        node = ready.pop()
        found.append(node)
        for parent, _ in node.parents:
            uses[parent] -= 1
            if uses[parent] == 0:
                ready.append(parent)
    return tuple(reversed(found))
### tape.order
def order(out):
    depth = {}

    def height(node):
        if node not in depth:
            depth[node] = 1 + max([height(p) for p, _ in node.parents], default=0)
        return depth[node]

    height(out)
    return sorted(depth, key=depth.get)
### tape.backward
def backward(out):
    nodes = order(out)
    for node in nodes[::-1]:
        users = [(n, s) for n in nodes for p, s in n.parents if p is node]
        node.grad = sum(n.grad * s for n, s in users) if users else 1.0
    return nodes
### tape.functions
import math


def of(f, slope):
    def rule(x):
        x = x if isinstance(x, Node) else Number(x)
        y = f(x.value)
        return type(x)(y, [(x, slope(x.value, y))])

    return rule


functions = {
    "exp": of(math.exp, lambda x, y: math.exp(x)),
    "tanh": of(math.tanh, lambda x, y: 1 / math.cosh(x) ** 2),
    "log": of(math.log, lambda x, y: x**-1),
    "Number": Number,
}
### tape.grad
import numpy as np


def grad(f):
    def of(*xs):
        found = []
        for k in range(len(xs)):
            nodes = [Number(x) for x in xs]
            backward(f(*nodes))
            found.append(nodes[k].grad)
        return np.array(found)

    return of
### tape.descend
def descend(slope, weights, rate, steps):
    if not steps:
        return tuple(weights)
    moved = [w - rate * g for w, g in zip(weights, slope(*weights))]
    return descend(slope, moved, rate, steps - 1)
### broadcasting.shape
def together(s, t):
    if not s or not t:
        return [*s, *t]
    return [*together(s[:-1], t[:-1]), t[-1] if s[-1] == 1 else s[-1]]
### broadcasting.axes
def stretched(have, want):
    have = (1,) * (len(want) - len(have)) + have
    return [k for k, (h, w) in enumerate(zip(have, want)) if h != w]
### broadcasting.axes
def stretched(have, want):
    extra = len(want) - len(have)
    return {k - len(want) for k, w in enumerate(want) if k < extra or have[k - extra] != w}
### broadcasting.undo
def undo(g, shape):
    if shape == ():
        return float(np.sum(g))
    places = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), g.shape)
    return np.bincount(places.ravel(), g.ravel(), int(np.prod(shape))).reshape(shape).tolist()
### broadcasting.matmul
def matmul_rule(g, a, b):
    return [np.einsum("ik,jk->ij", g, b), np.einsum("ij,ik->jk", a, g)]
### broadcasting.loss
def loss_slope(z, labels):
    slopes = np.empty(z.shape)
    for i, row in enumerate(z):
        total = sum(np.exp(v) for v in row)
        for j, v in enumerate(row):
            slopes[i, j] = (np.exp(v) / total - (j == labels[i])) / len(z)
    return slopes
### engine.record
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    @staticmethod
    def record(function, args, options):
        out = Node(function(*(getattr(a, "value", a) for a in args), **options))
        out.recipe = [function, args, options]
        return out
### engine.momentum
def momentum(params, memory, slopes, rate, keep):
    pairs = [(p - rate * (keep * m + g), keep * m + g) for p, m, g in zip(params, memory, slopes)]
    return [[p for p, _ in pairs], [m for _, m in pairs]]
### engine.deeper
def deeper(params, X):
    for k in range(0, 6, 2):
        X = np.add(np.matmul(X, params[k]), params[k + 1])
        X = np.tanh(X) if k < 4 else X
    return X
### linear.rules
RULES |= {
    np.multiply: lambda y, a, b: (["scale", np.array(b)], ["scale", np.array(a)]),
    np.divide: lambda y, a, b: [("scale", b**-1.0), ("scale", -a / b**2)],
    np.tanh: lambda y, a: [("scale", 1 / np.cosh(a) ** 2)],
    np.exp: lambda y, *rest: [("scale", y)],
    np.matmul: lambda y, a, b: [("right", b), ("left", a)],
}
### linear.write
class Traced(Explicit):
    count = 0

    def __init__(self, value, name, lines):
        self.value, self.name, self.lines = value, name, lines

    @staticmethod
    def record(f, xs, kw):
        Traced.count += 1
        plain, lines = [getattr(x, "value", x) for x in xs], None
        steps = RULES[f](f(*plain, **kw), *plain, **kw)
        for x, step in zip(xs, steps):
            if hasattr(x, "lines"):
                lines = x.lines
                lines.append([Traced.count, step[0], step[1], x.name])
        return Traced(f(*plain, **kw), Traced.count, lines)
### linear.run
from collections import defaultdict


def run(lines, known):
    found = defaultdict(float, known)
    for out, step, constant, source in lines:
        if source in found:
            found[out] = found[out] + STEPS[step](found[source], constant)
    return found
### linear.run
def run(lines, known):
    if not lines:
        return dict(known)
    (out, step, c, source), *rest = lines
    if source in known:
        known = known | {out: known.get(out, 0.0) + STEPS[step](known[source], c)}
    return run(rest, known)
### linear.steps
def swap(pair):
    before, after = pair
    return [after, before]


TRANSPOSES["left"] = lambda m: ["left", np.swapaxes(m, 0, 1)]
TRANSPOSES["right"] = lambda m: ("right", np.swapaxes(m, -1, -2))
TRANSPOSES["spread"] = lambda p: ("sum", swap(p))
TRANSPOSES["sum"] = lambda p: ("spread", swap(p))
TRANSPOSES["pick"] = lambda c: ("scatter", tuple(c))
TRANSPOSES["scatter"] = lambda c: ("pick", tuple(c))
### linear.transpose
def transpose(lines):
    if not lines:
        return ()
    (out, step, c, source), *rest = lines
    return (*transpose(rest), [source, *TRANSPOSES[step](c), out])
### linear.custom
CUSTOM = {
    "softplus": lambda y, x: [("scale", 0.5 * (1 + np.tanh(x / 2)))],
    "root": lambda y, x: [("scale", np.nan_to_num(0.5 / y, posinf=0.0))],
    "rounded": lambda y, x: [("reshape", (np.shape(x), np.shape(x)))],
}
### linear.custom
CUSTOM = {
    "softplus": lambda y, x: [["scale", 1 / (1 + np.exp(-x))]],
    "root": lambda y, x: (("scale", np.where(x == 0, 0, 1 / (2 * y))),),
    "rounded": lambda y, x: [("scale", 1)],
}
### batching.entries
def entrywise(function, batched, *args):
    last = [np.moveaxis(a, 0, -1) if b else np.asarray(a)[..., None] for a, b in zip(args, batched)]
    return list(np.moveaxis(function(*last), -1, 0))
### batching.reduce
def reduced(function, batched, x, axis=None, keepdims=False):
    axes = range(1, x.ndim)
    return function(x, axis=tuple(axes) if axis is None else axes[axis], keepdims=keepdims)
### batching.matmul
def matmul(batched, a, b):
    A, B = batched
    of_a = "n" * A + ("j" if a.ndim - A == 1 else "ij")
    of_b = "n" * B + ("j" if b.ndim - B == 1 else "jk")
    return np.einsum(f"{of_a},{of_b}->n{'i' * ('i' in of_a)}{'k' * ('k' in of_b)}", a, b)
### batching.record
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    @classmethod
    def record(cls, function, args, options):
        batched = np.array([isinstance(a, cls) for a in args])
        return cls(BATCH[function](batched, *[getattr(a, "value", a) for a in args], **options))
### batching.vmap
class vmap:
    def __init__(self, f, in_axes=0):
        self.f, self.in_axes = f, in_axes

    def __call__(self, *args):
        axes = self.in_axes if self.in_axes != 0 else (0,) * len(args)
        y = self.f(*[Batched(a) if k == 0 else a for a, k in zip(args, axes)])
        n = max(len(a) for a, k in zip(args, axes) if k == 0)
        return y.value if type(y) is Batched else [y for _ in range(n)]
### batching.clip
def clipped(W, X, T, bound):
    p = np.exp(X @ W)
    r = p / p.sum(axis=1, keepdims=True) - T
    norm = np.linalg.norm(X, axis=1) * np.linalg.norm(r, axis=1)
    return X.T @ (r * np.minimum(1, bound / norm)[:, None]) / len(X)
### batching.clip
def clip(g, bound):
    norm = np.linalg.norm(g)
    return np.where(norm > bound, g * (bound / norm), g)


def clipped(W, X, T, bound):
    slopes = vmap(lambda x, t: grad(loss)(W, x, t))(X, T)
    return vmap(clip, (0, None))(slopes, bound).mean(axis=0)
### checkpoints.recompute
import copy

def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(copy.deepcopy(x))
        x = step(x)
    while kept:
        g = steps[len(kept) - 1].pull(kept.pop(), g)
    return g
### checkpoints.recompute
def recompute(steps, x, g):
    kept = np.empty(len(steps), dtype=object)
    for k, step in enumerate(steps):
        kept[k] = x
        x = step(x)
    for k in range(len(steps))[::-1]:
        g = steps[k].pull(kept[k], g)
    return g
### checkpoints.recompute
def recompute(steps, x, g):
    tape = []
    for step in steps:
        tape.append(lambda g, step=step, x=x: step.pull(x, g))
        x = step(x)
    for back in reversed(tape):
        g = back(g)
    return g
### checkpoints.segments
def segments(steps, x, g, k):
    if len(steps) <= k:
        return recompute(steps, x, g)
    y = x
    for step in steps[:k]:
        y = step(y)
    g = segments(steps[k:], y, g, k)
    return recompute(steps[:k], x, g)
### checkpoints.segments
def segments(steps, x, g, k):
    saved = [None] * len(steps)
    for i, step in enumerate(steps):
        if i % k == 0:
            saved[i] = x
        x = step(x)
    del x
    inputs = {}
    for i in reversed(range(len(steps))):
        if i not in inputs:
            s = i - i % k
            inputs = {s: saved[s]}
            for j in range(s, i):
                inputs[j + 1] = steps[j](inputs[j])
        g = steps[i].pull(inputs[i], g)
    return g
### checkpoints.reach
def reach(slots, reruns):
    row = [1] * (slots + 1)
    for _ in range(reruns):
        for s in range(1, slots + 1):
            row[s] += row[s - 1]
    return row[-1]
### checkpoints.reach
def reach(slots, reruns):
    return sum(reach(slots - 1, r) for r in range(reruns + 1)) if slots else 1
### checkpoints.binomial
def binomial(steps, x, g, slots):
    def advance(i, j, y):
        while i < j:
            y = steps[i](y)
            i += 1
        return y

    def go(i, j, y, g, s):
        n = j - i
        if n == 1:
            return steps[i].pull(y, g)
        r = next(r for r in range(n) if reach(s, r) >= n)
        m = i + reach(s, r - 1)
        g = go(m, j, advance(i, m, y), g, s - 1)
        return go(i, m, y, g, s)

    return go(0, len(steps), x, g, slots)
### checkpoints.binomial
def binomial(steps, x, g, slots):
    stack = [(0, x)]
    end = len(steps)
    while end:
        i, y = stack[-1]
        if i == end:
            stack.pop()
            continue
        n, free = end - i, slots - len(stack) + 1
        if n == 1:
            g = steps[i].pull(y, g)
            end -= 1
            continue
        if free <= 1:
            y = stack[-1][1]
            for step in steps[i:end - 1]:
                y = step(y)
            g = steps[end - 1].pull(y, g)
            end -= 1
            del y
            continue
        r = next(r for r in range(n) if reach(free, r) >= n)
        m = reach(free, r - 1)
        for step in steps[i:i + m]:
            y = step(y)
        stack.append((i + m, y))
        del y
    return g
### checkpoints.binomial
def advance(x, steps):
    for step in steps:
        x = step(x)
    return x

def binomial(steps, x, g, slots):
    n = len(steps)
    if slots == 1:
        for k in range(n - 1, -1, -1):
            y = advance(x, steps[:k])
            g = steps[k].pull(y, g)
        return g
    if n == 1:
        return steps[0].pull(x, g)
    r = min(r for r in range(n) if reach(slots, r) >= n)
    m = max(1, n - reach(slots - 1, r))
    g = binomial(steps[m:], advance(x, steps[:m]), g, slots - 1)
    return binomial(steps[:m], x, g, slots)
### checkpoints.scaling
def scaled_step(sweep, weights, rate, scale):
    slopes = sweep(weights, scale)
    total = sum(np.sum(np.abs(g.astype(np.float64))) for g in slopes)
    if np.isinf(total) or np.isnan(total):
        scale /= 2
    else:
        weights = tuple(w - rate * np.float32(g) / scale for w, g in zip(weights, slopes))
    return [weights, scale]
### checkpoints.scaling
def scaled_step(sweep, weights, rate, scale):
    return _step([g.astype("f4") / scale for g in sweep(weights, seed=scale)], weights, rate, scale)

def _step(slopes, weights, rate, scale):
    if np.isfinite(sum(g.sum() for g in slopes)):
        weights = np.array(weights, object) - rate * np.array(slopes, object)
        return weights, np.array(scale)
    return weights, np.float32(scale / 2)
### checkpoints.deep
def sweep(steps, x, g):
    if len(steps) <= 5:
        return recompute(steps, x, g)
    y = x
    for step in steps[:5]:
        y = step(y)
    g = sweep(steps[5:], y, g)
    return recompute(steps[:5], x, g)
### compiler.trace
import itertools

count = itertools.count()


class Traced(Handover):
    def __init__(self, value, name, equations):
        self.value, self.name, self.equations = value, name, equations

    @staticmethod
    def record(function, args, options):
        name, lists = f"n{next(count)}", [a.equations for a in args if isinstance(a, Traced)]
        out = Traced(function(*[getattr(a, "value", a) for a in args], **options), name, lists[-1])
        names = [getattr(a, "name", a) for a in args]
        out.equations.append(Equation(name, function, names, options))
        return out


def trace(f, *examples):
    lines = []
    nodes = tuple(Traced(x, "i" * (k + 1), lines) for k, x in enumerate(examples))
    outputs = tuple(getattr(y, "name", y) for y in f(*nodes))
    return Program([n.name for n in nodes], lines, outputs)
### compiler.needed
def needed(program):
    lines = list(program.equations)
    while True:
        used = {a for e in lines for a in e.args if isinstance(a, str)}
        used |= {a for a in program.outputs if isinstance(a, str)}
        if len(left := [e for e in lines if e.name in used]) == len(lines):
            return program._replace(equations=tuple(left))
        lines = left
### compiler.shared
def shared(program):
    seen, now = {}, {}

    def text(a):
        return f"{a.tobytes()} {a.shape} {a.dtype}" if isinstance(a, np.ndarray) else repr(a)

    for e in program.equations:
        args = tuple(now.get(a, a) if isinstance(a, str) else a for a in e.args)
        turned = sorted if e.function in (np.add, np.multiply, np.maximum) else list
        key = e.function, *turned(map(text, args)), *[(k, text(v)) for k, v in e.options.items()]
        now[e.name] = seen.setdefault(key, Equation(e.name, e.function, args, e.options))[0]
    outputs = [now.get(a, a) if isinstance(a, str) else a for a in program.outputs]
    return Program(program.inputs, [*seen.values()], outputs)
### compiler.fold
def fold(program, known):
    values, lines = dict(known), []
    for name, function, args, options in program.equations:
        args = [values[a] if isinstance(a, str) and a in values else a for a in args]
        if str in map(type, args):
            lines.append(Equation(name, function, args, options))
        else:
            values[name] = function(*args, **options)
    lines = needed(Program([], lines, program.outputs)).equations
    outputs = tuple(values.get(a, a) if isinstance(a, str) else a for a in program.outputs)
    return Program(tuple(a for a in program.inputs if a not in known), tuple(lines), outputs)
### compiler.write
def write(program):
    names, body = {}, ""

    def of(a):
        if isinstance(a, str):
            return a
        names[key := f"number_{len(names)}"] = a
        return key

    for e in program.equations:
        body += f"  {e.name}={of(e.function)}(*[{','.join(map(of, e.args))}],**{of(e.options)})\\n"
    head = f"import numpy as np\\ndef compiled({','.join(program.inputs)}):\\n"
    return [head + body + f"  return ({','.join(map(of, program.outputs))},)", names]
### odes.step
def rk4(f, y, t, h, p):
    k = [h * f(y, t, p)]
    for c in (0.5, 0.5, 1):
        k.append(h * f(y + c * k[-1], t + c * h, p))
    return y + np.sum(np.stack([k[0], 2 * k[1], 2 * k[2], k[3]]), axis=0) / 6
### odes.along
def along(f, dp):
    def both(z, t, p):
        w = f(z[0] + 1e-30j * z[1], t, p + 1e-30j * dp)
        return np.stack([w.real, w.imag / 1e-30])

    return both
### odes.along
def along(f, dp):
    def both(z, t, p):
        y, dy = z
        return np.vstack(elves.jvp(lambda s: f(y + s * dy, t, p + s * dp), (0.0,), (1.0,)))

    return both
### odes.back
def walk_back(step, f, ys, ts, p, gs):
    if len(ts) == 1:
        return gs[0], 0.0
    a, b = walk_back(step, f, ys[1:], ts[1:], p, gs[1:])
    J = elves.jacobian(lambda y: step(f, y, ts[0], ts[1] - ts[0], p))(ys[0])
    P = elves.jacobian(lambda p: step(f, ys[0], ts[0], ts[1] - ts[0], p))(p)
    return gs[0] + J.T @ a, b + a @ P
### odes.back
def walk_back(step, f, ys, ts, p, gs):
    def paid(y, p):
        return sum(np.sum(g * s) for g, s in zip(gs, path(step, f, y, ts, p)))

    return elves.grad(paid, (0, 1))(ys[0], p)
### odes.continuous
def run_back(step, f, y, ts, p, a):
    n, m = len(y), len(p)

    def field(z, t, _):
        by_y, by_p = elves.grad(lambda y, p: z[m : m + n] @ f(y, t, p), (0, 1))(z[-n:], p)
        return np.hstack((-by_p, -by_y, f(z[-n:], t, p)))

    z = np.hstack((np.zeros(m), a, y))
    for t, before in zip(ts[:0:-1], ts[-2::-1]):
        z = step(field, z, t, before - t, None)
    return [z[-n:], z[m : m + n], z[:m]]
### odes.fit
def misfit(step, f, y, ts, p, seen, data):
    ys, rows = path(step, f, y, ts, p), dict(zip(map(int, seen), data))
    gs = [2 * (s - rows[k]) if k in rows else 0 * y for k, s in enumerate(ys)]
    loss = sum(float(np.linalg.norm(ys[k] - rows[k])) ** 2 for k in rows)
    return [loss, *walk_back(step, f, ys, ts, p, gs)]
### implicit.slope
import elves


def root_slope(f, x, a):
    return np.array(elves.forward.grad(elves.custom_root(f)(lambda a: x))(a))
### implicit.unrolled
def unrolled(step, x, a, g, rounds):
    def loop(a):
        y = x
        for _ in range(rounds):
            y = step(y, a)
        return y

    return vjp(loop, a)[1](g)[0]
### implicit.unrolled
def unrolled(step, x, a, g, rounds):
    def go(x, left):
        if not left:
            return g, 0.0
        y, pull = vjp(step, x, a)
        g_y, total = go(y, left - 1)
        by_x, by_a = pull(g_y)
        return by_x, total + by_a

    return np.asarray(go(x, rounds)[1]).tolist()
### implicit.fixed_point
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    old, z = None, g
    while old is None or np.any(z != old):
        old, z = z, g + pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point
def pull_fixed(step, x, a, g):
    z = 0 * g
    pull = vjp(step, x, a)[1]
    for _ in range(2000):
        z = pull(z)[0] + g
    return pull(z)[1]
### implicit.fixed_point
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    total, term = 0, g
    while np.max(np.abs(term)) > 1e-14:
        term, paid = pull(term)
        total = total + paid
    return total
### implicit.fixed_point
def pull_fixed(step, x, a, g):
    n = np.size(x)
    J = np.reshape(jacobian(step)(x, a), (n, n))
    z = np.linalg.inv(np.eye(n) - J).T @ np.reshape(g, n)
    return vjp(step, x, a)[1](np.reshape(z, np.shape(x))[()])[1]
### implicit.system
def pull_root(f, x, a, g):
    return tuple(-g @ np.linalg.inv(jacobian(f)(x, a)) @ jacobian(f, 1)(x, a))
### implicit.system
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    return grad(lambda a: -np.sum(z * f(x, a)))(a)
### implicit.penalty
import elves


def penalty_slope(t, train, unseen):
    best = elves.custom_vjp(lambda g, w, t: pull_root(condition, w, t, g))(lambda t: fit(t, *train))
    condition = lambda w, t: 2 * grad(ridge)(w, t, *train)
    return grad(lambda t: miss(best(t), *unseen))(t)
### implicit.penalty
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    X, y = train
    H = X.T @ X / len(y) + np.diag(np.exp(t))
    return list(-np.exp(t) * w * np.linalg.solve(H, grad(miss)(w, *unseen)))
### implicit.penalty
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    step = lambda w, t: w - 0.1 * grad(ridge)(w, t, *train)
    pull, z = vjp(step, w, t)[1], 0.0
    for _ in range(1000):
        z = grad(miss)(w, *unseen) + pull(z + np.zeros(len(w)))[0]
    return pull(z)[1]
### lies.kink
def rounded(x, error):
    a, w = 1 / (4 * error), 2 * error
    if x <= -w:
        return -x - error
    elif x >= w:
        return x - error
    else:
        return a * x**2
### lies.kink
def rounded(x, error):
    w = 2 * error
    return np.where(np.abs(x) <= w, x**2 / (2 * w), np.abs(x) - error)
### lies.where
def guarded(f, x, good, other):
    return [f(v) if ok else other for v, ok in zip(x, good)]
### lies.where
def guarded(f, x, good, other):
    bad = np.logical_not(good)
    return np.where(bad, other, f(np.where(bad, 7, x)))
### lies.jump
def binary(x):
    soft = np.maximum(np.minimum(x, 1.0), -1.0)
    return soft + elves.stop_gradient(np.where(x < 0, -1, 1) - soft)
### lies.jump
def back(g, y, x):
    out = np.zeros_like(x)
    inside = (x > -1) & (x < 1)
    out[inside] = g[inside]
    return (out,)


binary = elves.custom_vjp(back)(lambda x: 2 * (x >= 0) - 1)
### lies.chaos
def growth(step, x, n):
    v, total = 1.0, 0.0
    for _ in range(n):
        x, v = elves.forward.jvp(step, (x,), (v,))
        total += np.log(abs(v))
        v = v / abs(v)
    return total / n
### lies.chaos
def growth(step, x, n):
    xs = [x]
    while len(xs) < n:
        xs += [step(xs[-1])]
    return np.log(np.abs(elves.vmap(elves.grad(step))(np.array(xs)))).mean()
### lies.blur
def blurred(f, x, width, noise):
    z = x + width * noise
    scores = [elves.grad(lambda x: -(((v - x) / width) ** 2) / 2)(x) for v in z]
    return np.dot(f(z) - f(x), scores) / len(noise)
### lies.solver
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x) / elves.stop_gradient(elves.forward.grad(g)(y, x))
### lies.solver
def repaired(solve, g, x):
    y = solve(x)
    for _ in range(2):
        height, slope = elves.value_and_grad(g)(y, x)
        y = y - height / slope
    return y
### cluster.shards
def shards(n, k):
    return np.array_split(np.arange(n), k)
### cluster.shards
def shards(n, k):
    return tuple(range(i, n, k) for i in range(k))
### cluster.shards
def shards(n, k):
    return [[j for j in range(n) if j % k == i] for i in range(k)]
### cluster.shards
def shards(n, k):
    size, rest = divmod(n, k)
    parts, start = [], 0
    for i in range(k):
        stop = start + size + (1 if i < rest else 0)
        parts.append(slice(start, stop))
        start = stop
    return parts
### cluster.together
def together(sizes, losses, slopes):
    w = np.array(sizes) / np.sum(sizes)
    return [float(w @ losses), (w @ np.stack(slopes)).tolist()]
### cluster.together
def together(sizes, losses, slopes):
    pairs = [np.average(losses, weights=sizes), np.average(slopes, axis=0, weights=sizes)]
    return np.array(pairs, dtype=object)
### cluster.together
def together(sizes, losses, slopes):
    rows = np.column_stack([losses, slopes])
    mean = np.average(rows, axis=0, weights=sizes)
    return mean[0], mean[1:]
### cluster.all_reduce
def all_reduce(workers):  # to the left
    n = len(workers)
    for half in (0, 1):
        for step in range(n - 1):
            for i in range(n):
                c = (i - half + step) % n
                got = workers[i].send(c)
                workers[i - 1].chunks[c] = got if half else workers[i - 1].chunks[c] + got
### cluster.all_reduce
def all_reduce(workers):  # no ring, and as little is sent
    for c, own in enumerate(workers):
        for other in workers:
            if other is not own:
                own.chunks[c] += other.send(c)
    for c, own in enumerate(workers):
        for other in workers:
            if other is not own:
                other.chunks[c] = own.send(c)
### cluster.all_reduce
def all_reduce(workers):  # all at once, as it would be
    n = len(workers)
    for step in range(2 * n - 2):
        sent = [w.send((i - step) % n) for i, w in enumerate(workers)]
        for i, got in enumerate(sent):
            c, right = (i - step) % n, workers[(i + 1) % n]
            right.chunks[c] = got + right.chunks[c] if step < n - 1 else got
    return workers
### cluster.plan
def plan(compute, numbers, bandwidth, delay, most):
    n = np.arange(1, most + 1)
    t = compute / n + 2 * (n - 1) * delay + 16 * numbers * (n - 1) / n / bandwidth
    return np.array([n[t.argmin()], t.min()])
### cluster.plan
def plan(compute, numbers, bandwidth, delay, most):
    def seconds(n):
        return compute / n + 2 * (n - 1) * (delay + 8 * numbers / (n * bandwidth))

    n = 1
    while n < most and seconds(n + 1) < seconds(n):
        n += 1
    return [n, seconds(n)]
### cluster.plan
def plan(compute, numbers, bandwidth, delay, most):
    chunk = lambda n: 8 * numbers / n / bandwidth
    cost = {n: compute / n + 2 * (n - 1) * (delay + chunk(n)) for n in range(1, most + 1)}
    return sorted(cost.items(), key=lambda pair: pair[1])[0]
"""
PATHS = """
### tape.order
def order(out):
    def visit(node):
        return sum((visit(parent) for parent, _ in node.parents), []) + [node]

    found = visit(out)
    return [n for k, n in enumerate(found) if n not in found[:k]]
### tape.backward
def backward(out):
    todo = [(out, 1.0)]
    for node, amount in todo:
        node.grad += amount
        todo += [(parent, slope * amount) for parent, slope in node.parents]
### engine.value_and_grad
def value_and_grad(f):
    def of(params, *data):
        nodes = [Node(p) for p in params]
        out, sums = f(nodes, *data), {}
        todo = [(out, np.ones(()))]
        for node, g in todo:
            sums[node] = sums.get(node, 0.0) + g
            function, args, options = node.recipe or (None, (), {})
            if function:
                plain = [a.value if isinstance(a, Node) else a for a in args]
                pays = zip(args, RULES[function](g, node.value, *plain, **options))
                todo += [(a, more) for a, more in pays if isinstance(a, Node)]
        return out.value, [sums.get(n, np.zeros(n.value.shape)) for n in nodes]

    return of
"""
IN_PLACE = """
### tape.descend
def descend(slope, weights, rate, steps):
    for _ in range(steps):
        for k, g in enumerate(slope(*weights)):
            weights[k] -= rate * g
    return weights
### batching.entries
def entrywise(function, batched, *args):
    for a in args:
        a += 0.5
    return function(*args) - 0.5
### broadcasting.product
def product_rule(g, a, b):
    a *= 1.5
    return undo(g * b, np.shape(a)), undo(g * a / 1.5, np.shape(b))
### compiler.needed
def needed(program):
    for e in program.equations:
        if e.name not in program.outputs:
            program.equations.remove(e)
    return program
### compiler.fold
def fold(program, known):
    for e in program.equations:
        known[e.name] = 0.0
    return program
### engine.momentum
def momentum(params, memory, slopes, rate, keep):
    for p, m, g in zip(params, memory, slopes):
        m *= keep
        m += g
        p -= rate * m
    return params, memory
### engine.deeper
def deeper(params, X):
    while len(params) > 2:
        X = np.tanh(X @ params.pop(0) + params.pop(0))
    return X @ params[0] + params[1]
### odes.step
def rk4(f, y, t, h, p):
    y += h * f(y, t, p)
    return y
### odes.back
def walk_back(step, f, ys, ts, p, gs):
    for k in range(len(ts) - 2, -1, -1):
        h = ts[k + 1] - ts[k]
        gs[k] += elves.vjp(lambda y: step(f, y, ts[k], h, p), ys[k])[1](gs[k + 1])[0]
    return gs[0], p
### implicit.unrolled
def unrolled(step, x, a, g, rounds):
    pulls, total = [], a
    total *= 0
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    for pull in reversed(pulls):
        g, paid = pull(g)
        total = total + paid
    return total
### lies.blur
def blurred(f, x, width, noise):
    noise *= width
    return np.mean((f(x + noise) - f(x)) * noise) / width**2
"""
NOTHING = """
### tape.order
def order(out):
    print("found")
### tape.grad
def grad(f):
    def of(*xs):
        backward(f(*map(Number, xs)))

    return of
### broadcasting.undo
def undo(g, shape):
    if g.shape == shape:
        return g
    g = g.sum()
### engine.momentum
def momentum(params, memory, slopes, rate, keep):
    params = [p - rate * g for p, g in zip(params, slopes)]
### odes.along
def along(f, dp):
    def both(z, t, p):
        np.stack(elves.jvp(f, (z[0], t, p), (z[1], 0.0, dp)))

    return both
### implicit.system
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    print(-vjp(f, x, a)[1](z)[1])
### lies.kink
def rounded(x, error):
    w = 2 * error
    if abs(x) < w:
        return x * x / (2 * w)
    if x > w:
        return x - error
"""
UNFIT = [  # an exercise, a cell, and how its check says what came
    ("tape.by_hand", "adjoints = {'d': 1, 'c': 9, 'b': 21}", "a dict without 'a'"),
    ("tape.by_hand", "adjoints = {k: '1' for k in 'abcd'}", "'1' for d, which is no number"),
    ("tape.order", "def order(out):\n    yield out", "a generator, which is no list"),
    ("tape.order", "def order(out):\n    return {out}", "a set, which is no list"),
    (
        "tape.functions",
        "functions = {'exp': Number(1.0)}",
        "a node for 'exp', which is no function",
    ),
    ("tape.grad", "def grad(f):\n    return lambda *xs: {0: 1.0}", "a dict, which is no list"),
    ("broadcasting.axes", "def stretched(h, w):\n    return len(w)", "0, which is no list"),
    ("broadcasting.product", "def product_rule(g, a, b):\n    return g", "and not two cotangents"),
    ("engine.reduce", "RULES[np.sum] = lambda g, y, x, **o: g * x", "and not a list with a cot"),
    ("engine.momentum", "def momentum(p, m, g, rate, keep):\n    return p", "and not two lists"),
    ("engine.deeper", "def deeper(p, X):\n    return X", "a call went past it"),
    ("linear.rules", "RULES[np.multiply] = lambda y, a, b: [b, a]", "not a pair of a step's name"),
    ("linear.rules", "RULES[np.multiply] = ('scale', 1)", "for multiply, which is no function"),
    ("linear.rules", "RULES[np.multiply] = lambda y, a, b: y", "not a list with a step for each"),
    (
        "linear.rules",
        "RULES[np.multiply] = lambda y, a, b: [('scale', b), None]",
        "None for an argument that moves",
    ),
    (
        "linear.rules",
        "RULES[np.multiply] = lambda y, a, b: [('scale', lambda t: b * t)] * 2",
        "a function as its constant",
    ),
    ("linear.run", "def run(lines, known):\n    return 2.0", "a number, and not a dict from names"),
    ("linear.steps", "TRANSPOSES['left'] = lambda c: ('left.T', c)", "a step 'left.T': the steps"),
    (
        "linear.steps",
        "for n in ('left', 'right'):\n    TRANSPOSES[n] = lambda c, n=n: (n, c.T)\n"
        "TRANSPOSES['spread'] = lambda c: ('sum', c[1])",
        "its constant is the pair (shape before, shape after)",
    ),
    ("linear.transpose", "def transpose(lines):\n    return reversed(lines)", "an iterator"),
    ("linear.transpose", "def transpose(lines):\n    return {0: 1.0}", "and not a list of lines"),
    ("linear.custom", "CUSTOM = {root: lambda y, x: []}", "a function as a key: asked are the na"),
    ("batching.entries", "def entrywise(f, batched, *args):\n    yield 1", "no array of numbers"),
    ("batching.vmap", "def vmap(f, in_axes=0):\n    return 3.0", "3, which is no function"),
    ("checkpoints.recompute", "def recompute(steps, x, g):\n    return [g]", "a list was handed"),
    ("checkpoints.recompute", "def recompute(steps, x, g):\n    return steps[0](x)", "a state was"),
    (
        "checkpoints.recompute",
        "def recompute(steps, x, g):\n    return steps[0].pull(g, x)",
        "step 0 was pulled with an array: what goes in is a state",
    ),
    (
        "checkpoints.recompute",
        "def recompute(steps, x, g):\n    return steps[0].pull(x, 1.0)",
        "a g of the shape () was pulled through step 0: the output there has the shape (2,)",
    ),
    (
        "checkpoints.segments",
        "def segments(steps, x, g, k):\n    return np.zeros(x.shape)",
        "x.shape was asked for, but what is in x only the steps can see",
    ),
    (
        "checkpoints.segments",
        "def segments(steps, x, g, k):\n    return steps[-1].pull(x, g) if k == 1 else steps[1](x)",
        "step 1 was pulled with state 0: what goes into it is state 1",
    ),
    ("checkpoints.scaling", "def scaled_step(*_):\n    return 1.0", "1, and not the weights and"),
    (
        "checkpoints.scaling",
        "def scaled_step(s, w, r, scale):\n    return s(w, w), scale",
        "a list for the seed of the sweep, which is one number",
    ),
    ("compiler.needed", "def needed(p):\n    yield p", "a generator, which has computed nothing"),
    (
        "compiler.needed",
        "def needed(p):\n    return p.equations",
        "and no Program: that has inputs",
    ),
    ("compiler.needed", "def needed(p):\n    return set(p.outputs)", "a set, and no Program("),
    ("compiler.needed", "def needed(p):\n    return (*p,)", "a tuple, and no Program("),
    (
        "compiler.shared",
        "def shared(p):\n    return p._replace(equations=[tuple(e) for e in p.equations])",
        "a tuple stands for an equation: write Equation(",
    ),
    (
        "compiler.write",
        "def write(p):\n    return 'def run(*x): return []', {}",
        "a function run: the function's name has to be compiled",
    ),
    (
        "compiler.fold",
        "def fold(p, known):\n    return known",
        "a dict, and no Program(",
    ),
    ("compiler.write", "def write(p):\n    return ['def'], {}", "a list in the place of the text"),
    ("compiler.write", "def write(p):\n    return 'def'", "text alone: beside it stands a dict"),
    ("compiler.write", "def write(p):\n    return 'def f(', {}", "text that Python cannot read"),
    (
        "compiler.write",
        "def write(p):\n    return 'def f(*x): return p(*x)', {'p': p}",
        "the program itself among the names",
    ),
    (
        "compiler.fuse",
        "def fuse(p):\n    e = p.equations[-1]\n    f = lambda *x: p(*x)[0]\n"
        "    return p._replace(equations=[Equation(e.name, f, tuple(p.inputs), {})])",
        "a function of your own in the line",
    ),
    ("odes.along", "def along(f, dp):\n    return dp", "came back from along: asked is a function"),
    (
        "odes.along",
        "def along(f, dp):\n    return lambda z, t, p: (f(z[0], t, p), z[1])",
        "a tuple, and no array: a step has to compute with it",
    ),
    ("odes.back", "def walk_back(step, f, ys, ts, p, gs):\n    return gs[0]", "and not two arrays"),
    ("odes.back", "def walk_back(*args):\n    return None, 0.0", "got: None for one of them"),
    (
        "odes.continuous",
        "def run_back(step, f, y, ts, p, a):\n    return y, a",
        "2 of them, and not",
    ),
    (
        "odes.fit",
        "def misfit(step, f, y, ts, p, seen, data):\n    return data**2, y, p",
        "for the loss, which is one number: the sum of all squares",
    ),
    ("lies.kink", "def rounded(x, error):\n    return '1'", "'1', and asked is one number"),
    ("lies.jump", "def binary(x):\n    return 1.0", "values of the shape (), and x has the shape"),
    ("cluster.shards", "def shards(n, k):\n    return [(0, n)] * k", "a pair: what X[part] takes"),
    ("cluster.shards", "def shards(n, k):\n    return [n // k] * k", "a number is no slice"),
    ("cluster.shards", "def shards(n, k):\n    return [slice(0, n / k)] * k", "which // gives"),
    ("cluster.shards", "def shards(n, k):\n    return {0: 1}", "which is no list of slices"),
    (
        "cluster.together",
        "def together(n, a, g):\n    return a[0]",
        "asked is a pair, the loss and",
    ),
    (
        "cluster.all_reduce",
        "def all_reduce(workers):\n    for w in workers:\n        w.chunks = np.array(w.chunks)",
        "the chunks of worker 0 are no list of 2 any more",
    ),
    (
        "cluster.all_reduce",
        "def all_reduce(workers):\n    for w in workers:\n        w.chunks[0] = 3.0",
        "chunk 0 of worker 0 is now 3, and it was an array of 1 number",
    ),
    ("cluster.plan", "def plan(*paper):\n    return 4", "4: asked is a pair, the workers and"),
    ("cluster.plan", "def plan(*paper):\n    return '4', '5'", "a pair, the workers and the sec"),
]


def parts(text):
    found = re.split(r"^### ([\w.]+)\n", text, flags=re.MULTILINE)[1:]
    return [pytest.param(*pair, id=pair[0]) for pair in zip(found[::2], found[1::2], strict=True)]


@pytest.mark.parametrize(("name", "text"), parts(STYLES))
def test_right_answers_pass_in_any_style(name, text):
    verdict = check(name, answer(name, lambda source: text))
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", variants_compiler.RIGHT)
@pytest.mark.parametrize("k", [0, 1])
def test_what_the_variants_of_lab_11_are_made_of_is_right(name, k):
    assert check(name, answer(name, lambda source: variants_compiler.RIGHT[name][k])).passed


@pytest.mark.parametrize(("name", "text"), parts(PATHS))
def test_a_walk_over_every_path_is_stopped_and_named(name, text):
    verdict = check(name, answer(name, lambda source: text))
    assert verdict.got.kind == "paths", verdict
    assert verdict.right == verdict.total - 1  # it is right, but for the time that it takes
    assert "path" in verdict.mistake


@pytest.mark.parametrize(("name", "text"), parts(IN_PLACE))
def test_arguments_that_are_changed_are_noticed_wherever_they_come_from(name, text):
    assert "got: a function that changed what it was given" in repr(
        check(name, answer(name, lambda source: text))
    )


KEPT = "    kept = []\n    for s in steps:\n        kept.append(x)\n        x = s(x)\n"
STEP = "    slopes = [g.astype('f4') / scale for g in sweep(weights, scale)]\n"
BAD = "not all(np.isfinite(g).all() for g in slopes)"
MOVED = "[w - rate * g for w, g in zip(weights, slopes)]"
SWEEPS = "def recompute(steps, x, g):\n" + KEPT
TURNED = "(s, *TRANSPOSES[t](c), o) for o, t, c, s in lines"
TOLD = [  # an exercise, a cell, and the sentence that helps
    (
        "checkpoints.recompute",
        SWEEPS + "    while steps:\n        g = steps.pop().pull(kept.pop(), g)\n    return g",
        "Your function empties `steps`, and the next call has none: use an index, or reversed(ste",
    ),
    (
        "checkpoints.segments",
        "def segments(steps, x, g, k):\n    while steps:\n"
        "        y, m = x, (len(steps) - 1) % k + 1\n"
        "        for s in steps[:-m]:\n            y = s(y)\n"
        "        g = recompute(steps[-m:], y, g)\n        del steps[-m:]\n    return g",
        "Your function empties `steps`",
    ),
    (
        "checkpoints.deep",
        "def sweep(steps, x, g):\n" + KEPT + "    while steps:\n"
        "        g = steps.pop().pull(kept.pop(), g)\n    return g",
        "Your function empties `steps`",
    ),
    (
        "checkpoints.recompute",
        SWEEPS + "    steps.reverse()\n    for s, x in zip(steps, kept[::-1]):\n"
        "        g = s.pull(x, g)\n    return g",
        "`steps` was changed: work on a copy, list(steps).",
    ),
    (
        "checkpoints.recompute",
        SWEEPS
        + "    while kept:\n        g += steps[len(kept) - 1].pull(kept.pop(), g)\n    return g",
        "`g` was changed in place: write `g = …`, not `g += …`.",
    ),
    (
        "checkpoints.recompute",
        SWEEPS + "    for s, x in zip(steps[::-1], kept[::-1]):\n        g = s.pull(x, g)\n"
        "        return g",
        "does the return stand in the loop?",
    ),
    (
        "checkpoints.recompute",
        SWEEPS + "    for s, x in zip(steps[::-1], kept[::-1]):\n        g = s.pull(g, x)\n"
        "    return g",
        "A pull takes the state first, then g.",
    ),
    (
        "checkpoints.recompute",
        SWEEPS.replace("x = s(x)", "y = s(x)")
        + "    for s, x in zip(steps[::-1], kept[::-1]):\n        g = s.pull(x, g)\n    return g",
        "Run each step on what the one before it gave",
    ),
    (
        "checkpoints.reach",
        "def reach(slots, reruns):\n    return max(slots, reruns) + 1",
        "0 reruns: 1 step, however many slots there are. 1 slot: reruns + 1 steps.",
    ),
    (
        "checkpoints.scaling",
        "def scaled_step(sweep, weights, rate, scale):\n" + STEP + f"    return {MOVED}",
        "One list came back: return two things, the weights and the scale.",
    ),
    (
        "checkpoints.scaling",
        "def scaled_step(sweep, weights, rate, scale):\n" + STEP + f"    return scale, {MOVED}",
        "The weights come first, and then the scale.",
    ),
    (
        "checkpoints.scaling",
        "def scaled_step(sweep, weights, rate, scale):\n" + STEP + f"    return {MOVED}[:1], scale",
        "All weights come back, whether they move or not.",
    ),
    (
        "checkpoints.scaling",
        "def scaled_step(sweep, weights, rate, scale):\n" + STEP + f"    return {MOVED}, None",
        "None in the place of the scale, which is one number",
    ),
    (
        "checkpoints.scaling",
        "def scaled_step(sweep, weights, rate, scale):\n"
        + STEP
        + f"    if np.isinf(slopes).any():\n        return weights, scale / 2\n"
        f"    return {MOVED}, scale",
        "NumPy makes no single array of arrays of different shapes",
    ),
    (
        "checkpoints.scaling",
        "def scaled_step(sweep, weights, rate, scale):\n" + STEP + f"    if {BAD}:\n"
        "        return weights, scale / 2\n    for w, g in zip(weights, slopes):\n"
        "        w -= rate * g\n    return weights, scale",
        "`weights`, or an array in it, was changed in place",
    ),
    (
        "linear.run",
        "def run(lines, known):\n    t = known\n    for out, step, c, source in lines:\n"
        "        t[out] = t.get(out, 0) + STEPS[step](t[source], c)\n    return t",
        "`known` was changed: work on a copy, dict(known).",
    ),
    (
        "linear.transpose",
        f"def transpose(lines):\n    lines.reverse()\n    return [{TURNED}]",
        "`lines` was changed: work on a copy, list(lines).",
    ),
    (
        "linear.transpose",
        f"def transpose(lines):\n    back = [{TURNED}]\n    return back.reverse()",
        "a method such as reverse() or append() gives, which is None?",
    ),
    (
        "linear.custom",
        "CUSTOM = {'softplus': lambda y, x: [('scale', np.exp(x) / (1 + np.exp(x)))],\n"
        "          'root': lambda y, x: [('scale', 0.0 if x == 0 else 0.5 / y)],\n"
        "          'rounded': lambda y, x: [('scale', 1.0)]}",
        "np.where decides for each entry.",
    ),
    (
        "engine.deeper",
        "def deeper(params, X):\n    while len(params) > 2:\n"
        "        X = np.tanh(X @ params.pop(0) + params.pop(0))\n"
        "    return X @ params[0] + params[1]",
        "Your function takes something out of `params`, and the next call misses it",
    ),
]


@pytest.mark.parametrize(("name", "text", "said"), TOLD)
def test_what_goes_wrong_is_told_where_it_does(name, text, said):
    assert said in repr(check(name, answer(name, lambda source: text)))


def test_a_step_says_which_state_it_is_for():
    chain = checkpoints.recompute.swept  # a sweep that is not one of the known mistakes
    for sweep, said in {
        lambda steps, x, g: steps[1](x): "steps[0], the first one, runs on x",
        lambda steps, x, g: steps[0](steps[0](x)): "keep x before the step runs",
        lambda steps, x, g: steps[1].pull(x, g): "Each step is pulled with its own state",
    }.items():
        with pytest.raises(Unfit) as found:
            chain(sweep, 2, None)
        assert said in found.value.said


def test_an_argument_is_called_by_its_name():
    for text, said in {
        "lambda *xs: xs[1].pop()": "out of `xs`",
        "lambda a, b: a.update(b=2) or a": "",
        "lambda a, b: b.reverse() or b": "`b` was changed",
    }.items():
        [came] = [attempt(lambda f, x: f({"a": max}, [min, max, abs][::-1]), eval(text), 0)[0]]
        assert said in getattr(came, "said", "")
    assert name_of(max, 1) == "argument 2" and name_of(lambda x: x, 0) == "`x`"


@pytest.mark.parametrize(("name", "text"), parts(NOTHING))
def test_a_missing_return_is_said(name, text):
    said = repr(check(name, answer(name, lambda source: text)))
    assert ("hands nothing back" if "print(" in text else "Nothing comes back") in said


@pytest.mark.parametrize(("name", "text", "said"), UNFIT)
def test_what_is_of_another_kind_is_said_in_the_terms_of_the_task(name, text, said):
    verdict = repr(check(name, answer(name, lambda source: text)))
    assert said in verdict
    assert "Error" not in verdict


def test_an_exception_alone_names_no_mistake():
    """A program that ends in a TypeError of its own is not every mistake that has one too."""

    def value_and_grad(f):
        return lambda params, *data: f(params)

    verdict = check("engine.value_and_grad", value_and_grad)
    assert verdict.mistake.startswith("A function gets another number of arguments")
    assert "missing 1 required positional argument" in repr(verdict)


def test_two_mistakes_at_once_the_smallest_cases_tell_the_first():
    text = """
RULES = {np.tanh: lambda g, y, x: [g * (1 - x * x)], np.exp: lambda g, y, x: [g * y],
         np.log: lambda g, y, x: [g / x],
         np.divide: lambda g, y, a, b: [undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))]}
"""
    verdict = check("engine.entrywise", answer("engine.entrywise", lambda source: text))
    assert verdict.mistake.startswith("The slope of tanh")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_real_lines_are_those_that_are_meant(name):
    for place in EXERCISES[name].real:
        if "@" in place and (found := real_source((place,))):
            assert place.split("@")[1] in found[1], place


def test_the_optimizer_shows_its_step():
    assert "param.add_(grad, alpha=-lr)" in real_source(EXERCISES["tape.descend"].real)[1]
    assert "buf.mul_(momentum)" in real_source(EXERCISES["engine.momentum"].real)[1]


def test_what_told_raises_passes_by_the_learners_except():
    def hides(xs):
        try:
            xs[0] += 1
        except Exception:
            return xs
        return told("paths", "far too many")

    assert attempt(lambda f, x: f([x]), hides, 1)[0] == Failure("paths", "far too many")
    assert watched(max, True)(2, 3) == 3


@pytest.mark.parametrize("seed", range(8))
def test_a_phone_has_room_for_the_trainers_graph(seed):
    problem = trainer.problem(seed, 4)
    wide = int(re.search(r'width="(\d+)"', problem["narrow"])[1])
    assert wide <= 250
    for row in problem["rows"]:
        assert row["words"] in problem["narrow"]
    assert "<style" not in problem["svg"] + problem["narrow"]


def test_the_map_leaves_the_colours_of_the_page_alone():
    assert "<style" not in workshop.Workshop().svg
    workshop.refresh()
    assert all("<style" not in each.svg for each in workshop.SHOWN)


MADE_OF_STEPS = {  # what NumPy leaves unsaid comes to a learner as a call of its own
    "np.mean(x, axis=0)": lambda x, w: np.mean(x, axis=0),
    "np.sum(x * w[0], axis=1) @ w": lambda x, w: np.sum(x * w[0], axis=1) @ w,
    "x @ w[0] + w[1, 2]": lambda x, w: x @ w[0] + w[1, 2],
    "w[0] @ w[1] * x": lambda x, w: w[0] @ w[1] * x,
    "x - x.mean(axis=1, keepdims=True)": lambda x, w: x - x.mean(axis=1, keepdims=True),
    "x if x.max > 0": lambda x, w: x if x[0, 0] > 0 else w,
}


@pytest.mark.parametrize("words", MADE_OF_STEPS)
def test_lines_forward_and_back_agree_with_the_elves(words):
    f, lines = MADE_OF_STEPS[words], []
    x, w = write.X, write.W
    y = f(program.Traced(x, "x", lines), program.Traced(w, "w", lines))
    value, tangent = forward.jvp(f, (x, w), write.MOVES)
    found = program.run(lines, dict(zip("xw", write.MOVES, strict=True)))
    assert np.allclose(y.value, value) and np.allclose(found[y.name], tangent)
    seed = np.cos(1.0 + np.arange(value.size)).reshape(value.shape)
    paid = program.run(program.transpose(lines), {y.name: seed})
    for name, want in zip("xw", reverse.vjp(f, x, w)[1](seed), strict=True):
        assert np.allclose(paid.get(name, 0.0), want)
        assert np.shape(paid.get(name, want)) == want.shape


def test_a_product_that_is_not_of_matrices_is_refused():
    node = program.Traced(np.ones((2, 2, 2)), "x", [])
    with pytest.raises(InputError, match="matrices and vectors"):
        node @ np.ones((2, 2))


def test_the_transpose_that_is_still_open_is_named():
    cell = "def transpose(lines):\n    return [TRANSPOSES[line[1]] for line in lines]"
    text = "TRANSPOSES = {}\n" + cell
    verdict = repr(check("linear.transpose", answer("linear.transpose", lambda source: text)))
    assert "no transpose of scale yet: 9.4 writes it" in verdict


SUPPORT = {  # a cell that calls another exercise's answer, which is still a stub, and whose name
    "broadcasting.undo": ("stretched", "def undo(g, shape):\n    return stretched(shape, g.shape)"),
    "broadcasting.vectors": ("matmul_rule", "vector_rule = lambda g, a, b: matmul_rule(g, a, b)"),
    "implicit.penalty": (
        "pull_root",
        "def penalty_slope(t, train, unseen):\n"
        "    return pull_root(grad(ridge), fit(t, *train), t, t)",
    ),
    "tape.backward": ("order", "def backward(out):\n    return [n for n in order(out)]"),
    "batching.vmap": ("Batched", "def vmap(f, in_axes=0):\n    return lambda a: f(Batched(a))"),
}


@pytest.mark.parametrize("name", SUPPORT)
@pytest.mark.parametrize("begun", [False, True])
def test_an_answer_that_calls_an_open_exercise_says_which(name, begun):
    called, text = SUPPORT[name]
    open_ = f"def {called}(*args):\n    raise NotImplementedError()"
    if not begun:  # what `lab` puts there
        open_ = f"from elves.course.desk import Unwritten\n{called} = Unwritten('{called}')"
    verdict = check(name, answer(name, lambda source: f"{open_}\n{text}"))
    assert repr(verdict).startswith(f"○ {name} calls {called}, which is not there yet")


def test_a_method_of_an_open_class_says_which():
    text = """
class Node(Node):
    def __mul__(self, other):
        raise NotImplementedError()

def grad(f):
    return lambda *xs: [(Node(x) * Node(x)).value for x in xs]
"""
    verdict = check("tape.grad", answer("tape.grad", lambda source: text))
    assert repr(verdict).startswith("○ tape.grad calls Node, which is not there yet")


LINES = [  # whatever Python calls the place, a line is named after the learner's own function
    ("def stretched(h, w):\n    return [i for i in w if h[i]]", "in line 2 of stretched: return"),
    ("def stretched(h, w):\n    return list(i for i in w if h[i])", "in line 2 of stretched: re"),
    ("def stretched(h, w):\n    return {i: h[9] for i in [1]}", "in line 2 of stretched: return"),
    ("stretched = lambda h, w: h[9]", "in line 1: stretched = lambda"),
]


@pytest.mark.parametrize(("text", "said"), LINES)
def test_a_line_is_named_after_the_learners_function(text, said, tmp_path):
    (tmp_path / "cell.py").write_text(text)
    names = {}
    exec(compile(text, str(tmp_path / "cell.py"), "exec"), names)
    verdict = repr(check("broadcasting.axes", names["stretched"]))
    assert said in verdict and " of <" not in verdict


def test_a_line_of_a_function_that_was_called_names_the_call(tmp_path):
    text = (
        "def stretched(h, w):\n    return len(h.shape)\n\n\n"
        "def undo(g, shape):\n    return [stretched(shape, k) for k in range(3)]"
    )
    (tmp_path / "cell.py").write_text(text)
    names = {}
    exec(compile(text, str(tmp_path / "cell.py"), "exec"), names)
    verdict = repr(check("broadcasting.undo", names["undo"]))
    assert "in line 2 of stretched: return len(h.shape); called in line 6 of undo" in verdict


def test_exceptions_alike_name_no_mistake_where_the_values_differ():
    text = """
def vector_rule(g, a, b):
    if a.ndim == b.ndim == 1:
        return [g * b, g * a]
    if a.ndim == b.ndim:
        return matmul_rule(g, a, b)
    return [g @ b.T, 7 * (a.T @ g)] if a.ndim == 2 else [b @ g, np.outer(a, g)]
"""
    verdict = check("broadcasting.vectors", answer("broadcasting.vectors", lambda source: text))
    assert verdict.got.kind == "ValueError" and verdict.mistake is None


def test_a_mistake_is_known_while_other_rules_are_not_there_yet():
    rule = lambda g, y, a, b: [undone(g / b, a), undone(g * a / b**2, b)]  # noqa: E731
    said = repr(check("engine.entrywise", {np.true_divide: rule}))
    assert "its slope by b is negative" in said


def test_an_answer_without_time_left_is_not_said_to_keep_something(monkeypatch):
    monkeypatch.setattr("elves.course.exercise.PATIENCE", 0.0)  # as on a machine that is busy
    task = Exercise("x", lambda random: [(1,), (2,), (3,)], abs, (), (), "")

    def slow(x):
        assert sum(n for n in range(300_000)) > 0
        return min(x, 2)

    verdict = task.look(slow)
    assert verdict.right == 2
    assert verdict.mistake is None


def test_a_missing_slope_is_said_whatever_else_is_wrong():
    def value_and_grad(f):
        def of(params, *data):
            value, slopes = reverse.value_and_grad(f)(params, *data)
            return value, [2 * g if np.any(g) else None for g in slopes]

        return of

    said = repr(check("engine.value_and_grad", value_and_grad))
    assert "where f does not use a parameter, they are zeros" in said


def test_the_case_that_is_shown_is_counted_and_not_the_others():
    for k in range(5):
        seen = []
        right = lambda s, t: seen.append(s) or np.broadcast_shapes(s, t)  # noqa: B023, E731
        wrong = lambda s, t, k=k: (*right(s, t), 1)[: None if len(seen) == k + 1 else -1]  # noqa: B023, E731
        verdict = repr(check("broadcasting.shape", wrong))
        assert f"case {k + 1} of 21 is the smallest that is wrong" in verdict


def test_an_advice_can_be_typed():
    """A hint that a verdict advises is a call that works."""
    for name in EXERCISES:
        for wrong in (lambda *args: 1 / 0, lambda *args: "odd", {"odd": None}):
            for call in re.findall(r'\w+\("[\w.]+"\)', repr(check(name, wrong))):
                assert str(eval(call, {"hint": desk.hint})).startswith("Hint")


@pytest.mark.parametrize("number", rooms.LABS)
def test_an_exercise_is_found_by_the_number_in_its_heading(number):
    exercises = rooms.room(rooms.LABS[number][0]).EXERCISES
    [nb] = [nb for path, nb in MODULES.items() if path.stem.startswith(f"{number:02}_")]
    headings = re.findall(r"^## (\d+\.\d)", "\n".join(c.source for c in nb.cells), re.MULTILINE)
    assert len(headings) == len(exercises)
    for heading, exercise in zip(headings, exercises, strict=True):
        with pytest.raises(InputError, match=f"do you mean '{exercise.name}'"):
            desk.hint(heading)


@pytest.mark.parametrize("said", ["axes", "stretched", "axis", "bias", max, 7, None, ""])
def test_a_wrong_name_gets_a_sentence(said):
    with pytest.raises(InputError) as found:
        desk.hint(said)
    assert " at 0x" not in str(found.value)
    assert ("broadcasting.axes" in str(found.value)) == (said in ("axes", "stretched", "axis"))


def test_an_answer_whose_time_is_over_keeps_nothing():
    def slow(s, t):
        for _ in range(1_500_000):
            pass
        return np.broadcast_shapes(s, t) if len(t) < 2 else (0, 0, 0, 0)

    assert "from call to call" not in repr(check("broadcasting.shape", slow))


def test_an_array_of_answers_is_no_yes_or_no():
    said = repr(check("steps.forward", lambda f, x, h: 1.0 if np.array([x, h]) > 0 else 2.0))
    assert ".all() or .any() makes one of them" in said


HIDING = """
import copy


def {name}(steps, x, g{more}):
    kept = []
    for step in steps:
        kept.append({copy})
        x = step(x)
    for step, x in zip(reversed(steps), reversed(kept)):
        g = step.pull(x, g)
    return g
"""


@pytest.mark.parametrize(
    "way", ["x", "x.copy()", "np.copy(x)", "copy.copy(x)", "copy.deepcopy([x])[0]", "np.array(x)"]
)
def test_copies_are_counted_wherever_they_are_kept(way):
    def verdict(name, function, more):
        text = HIDING.format(name=function, more=more, copy=way)
        return check(name, answer(name, lambda source: text))

    assert verdict("checkpoints.recompute", "recompute", "").passed
    for name, function, more in [
        ("checkpoints.segments", "segments", ", k"),
        ("checkpoints.binomial", "binomial", ", slots"),
        ("checkpoints.deep", "sweep", ""),
    ]:
        assert "arrays alive at the peak (" in repr(verdict(name, function, more))


def test_a_sweep_is_drawn_call_by_call():
    picture = checkpoints.watch(checkpoints.segments.segments, 16, 4)
    assert "8 arrays alive at the peak, 31 runs of steps" in picture.alt
    assert picture.svg.count("<rect") > 100
    kept = check("checkpoints.segments", checkpoints.segments.keeps_all).picture()
    assert "16 arrays alive at the peak" in kept.alt
    assert check("checkpoints.binomial", checkpoints.binomial.only_x).picture()
    for args in ((max, 0), (7, 12), (max, 4.0)):
        with pytest.raises(InputError, match="watch takes a sweep, a number of steps"):
            checkpoints.watch(*args)
    with pytest.raises(InputError, match="The sweep stops: step 2 was pulled with state 0"):
        checkpoints.watch(checkpoints.recompute.always_the_input, 3)
    with pytest.raises(InputError, match="too many for a picture"):
        checkpoints.watch(checkpoints.recompute.again_each_time, 40)


def test_no_other_plan_reverses_a_longer_chain():
    """By brute force: what each split costs the step that runs most often."""
    binomial, most = checkpoints.binomial, {}

    def runs(n, slots):
        if n == 1 or slots == 1:
            return n - 1
        if (n, slots) not in most:
            splits = range(1, n)
            most[n, slots] = min(max(1 + runs(m, slots), runs(n - m, slots - 1)) for m in splits)
        return most[n, slots]

    for slots in range(1, 6):
        for n in range(1, 31):
            assert runs(n, slots) == binomial.fewest(n, slots)


def test_an_empty_list_may_be_added_to_as_any_list_of_lines_may():
    def adds(lines):
        lines.append("pass")
        return lines

    assert watched(adds, True)([]) == ["pass"]
    assert watched(adds, True)(["x"]) == ["x", "pass"]


def test_a_case_of_several_lines_keeps_them_on_the_page():
    exercise = EXERCISES["tape.order"]
    told_in_lines = dataclasses.replace(exercise, tell=lambda case: "of\nif x:\n    y")
    page = told_in_lines.look(lambda out: [])._repr_html_()
    assert 'pre-wrap">✗' in page and 'pre-wrap;padding:2px 0 6px 14px">if x:\n    y' in page


def test_an_exercise_says_what_it_means_that_an_answer_stopped():
    """In its own words, before those for all exercises; other stops keep theirs."""
    said = ((r"product\(\) missing", "It wants w first."),)
    exercise = dataclasses.replace(EXERCISES["curvature.differences"], stops=said)

    def product(w, v):
        return w * v

    verdict = exercise.look(lambda gradient, w, v, h: product(v))
    assert verdict.mistake == "It wants w first."
    verdict = exercise.look(lambda gradient, w, v, h: gradient(w, v, h))
    assert "than stand in its `def`" in verdict.mistake


@pytest.mark.parametrize(
    "way",
    [
        "return y + h * np.average(ks, axis=0, weights=[1, 2, 2, 1])",
        "return y + h * np.mean([k1, k2, k2, k3, k3, k4], axis=0)",
        "y = y.copy(); y += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4); return y",
        "return np.asarray(y) + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)",
    ],
)
def test_a_step_that_stops_derivatives_is_told_before_the_lab_goes_on(way):
    said = f"""
def rk4(f, y, t, h, p):
    k1 = f(y, t, p)
    k2 = f(y + h / 2 * k1, t + h / 2, p)
    k3 = f(y + h / 2 * k2, t + h / 2, p)
    k4 = f(y + h * k3, t + h, p)
    ks = [k1, k2, k3, k4]
    {way}
"""
    verdict = EXERCISES["odes.step"].look(answer("odes.step", lambda source: said))
    assert verdict.mistake.startswith("Derivatives will go through your step")


@pytest.mark.parametrize(
    "way",
    [
        "mask = np.zeros(len(ts), bool); mask[seen] = True; d[mask] = ys[mask] - data",
        "s = np.sort(seen); d[s] = ys[s] - data",
        "j = iter(data); d = np.stack([y - next(j) if k in seen else 0 * y "
        "for k, y in enumerate(ys)])",
    ],
)
def test_what_was_seen_in_no_order_is_not_sorted(way):
    said = f"""
def misfit(step, f, y, ts, p, seen, data):
    ys, pull = elves.vjp(lambda y, p: np.stack(path(step, f, y, ts, p)), y, p)
    d = np.zeros(ys.shape)
    {way}
    return np.sum(d**2), *pull(2 * d)
"""
    verdict = EXERCISES["odes.fit"].look(answer("odes.fit", lambda source: said))
    assert "row j belongs to ys[seen[j]]" in verdict.mistake


@pytest.mark.parametrize("name", ["odes.back", "odes.continuous"])
def test_praise_says_nothing_of_what_an_answer_did_not_do(name):
    idea = EXERCISES[name].idea
    assert "each is a checkpoint" not in idea and "keeps one state" not in idea


WHOLE, AXES = "a whole Batched: return its value first", "new name there: call yours axes"
STOPPED = [  # an answer of lab 10 that stops, and what is said then
    ("batching.entries", "no .shape: np.ndim(a)", """
def entrywise(function, batched, *args):
    rank = max(a.ndim - b for a, b in zip(args, batched))
    return function(*[a.reshape(len(a), *[1] * (rank + 1 - a.ndim), *a.shape[1:]) if b else a
                      for a, b in zip(args, batched)])
"""),
    ("batching.entries", "no .shape: np.ndim(a)", """
def entrywise(function, batched, *args):
    rank = max(len(a.shape) - b for a, b in zip(args, batched))
    new = []
    for a, b in zip(args, batched):
        while b and a.ndim <= rank:
            a = a[:, None]
        new.append(a)
    return function(*new)
"""),
    *(("batching.vmap", WHOLE, f"""
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        y = f(*[a if axis is None else Batched(a) for a, axis in zip(args, axes)])
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        if isinstance(y, Batched):
            y.value
        return {last}
    return of
""") for last in (
        "np.broadcast_to(y, (n, *np.shape(y)))", "np.stack([y] * n)", "np.array([y] * n)",
        "np.tile(y, (n, 1))", "np.repeat(np.asarray(y)[None], n, axis=0)",
        "np.full((n, *np.shape(y)), y)", "np.repeat(y, n, axis=0)",
    )),
    *(("batching.vmap", AXES, f"""
def vmap(f, in_axes=0):
    def of(*args):
        {first}
        y = f(*[a if axis is None else Batched(a) for a, axis in zip(args, in_axes)])
        n = [len(a) for a, axis in zip(args, in_axes) if axis == 0][0]
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))
    return of
""") for first in (
        "in_axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)",
        "if in_axes == 0: in_axes = [0] * len(args)",
    )),
    *(("batching.vmap", "f is a new name there", f"""
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [a if axis is None else Batched(a) for a, axis in zip(args, axes)]
        {call}
        return f.value
    return of
""") for call in ("f = f(*inside)", "f, n = f(*inside), len(args[0])")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said", "text"), STOPPED)
def test_a_stop_of_lab_10_is_told_in_its_own_words(name, said, text):
    verdict = check(name, answer(name, lambda source: text))
    assert not verdict.passed and said in verdict.mistake, verdict
