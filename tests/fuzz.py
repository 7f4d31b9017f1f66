"""Programs that nobody thought of, in every engine: `make fuzz MINUTES=10 SEED=0`.

Rows of the table, with the inputs of tests/samples.py and the options of tests/proof.py, are put
together to small programs, with operators, indices, branches, loops and assignment. NumPy gives
the value, differences the slope and the curvature; each engine must say the same, or a sentence of
an `ElfError`. Where JAX or PyTorch know all the functions, they are asked too. What differs is made
as small as possible and printed.

A slope is compared only where it is known: where differences of two widths agree, from the left
and from the right, along each entry and along all of them together. Elsewhere (at a kink, near an
edge, in a badly conditioned place) only a traceback counts. A nan counts where JAX or PyTorch have
a number: at the edge of a domain, as in ``np.sqrt(x * x)`` at 0, the chain rule has 0 times inf.
The curvature of what has `np.sign` in it is not compared, nor in source that of a norm that is
squared in a loop or a branch: at 0 both keep a convention. So does `np.sign` of a remainder, whose
differences do not see that it is 0 at one point, and the curvature of equal eigenvalues is nan, as
is the slope of `qr` where the rank is lower.
"""

import collections
import contextlib
import itertools
import linecache
import operator
import random
import re
import sys
import time
import traceback
import warnings

import hypothesis
import numpy as np
import scipy.special
from hypothesis import strategies as st

import elves
from elves import core, forward, reverse, source, static_graph, symbolic, tracing, trees
from elves.frameworks import load
from proof import ARGUMENTS, BOOL, index, some
from samples import SAMPLES, SYMMETRIC, floats

LARGE = 1e3  # numbers of a program are smaller
NAMES = {"np": np, "scipy": scipy, "elves": elves}
ROWS = [r for f, r in core.RULES.items() if f in SAMPLES and not r.name.startswith("elves.")]
SHAPES = [(), (3,), (2, 3), (3, 3), (1, 3), (2,), (2, 3, 4), (4, 3), (1,)]
RANGES = [(0.2, 0.9), (-1.3, 1.3), (1.1, 2.5)]
ROOTS = re.compile(rf"({'|'.join(re.escape(r.name) for r in ROWS if r.square)})[(]")
ONE = st.sampled_from

# ------------------------------------------------------------ drawing a program
# A, B, C are variables, N is a number, CALL a call of a row, INDEX an index for A.
STEPS = [
    *["CALL"] * 20, *["A[INDEX]"] * 3, "A + B", "A - N", "A * B", "N / A", "A / B", "A ** B",
    "A ** N", "A @ B", "A % B", "N - A * CALL", "np.where(A > N, B, C)", "B + np.floor(A)",
    "np.where(A > 0, np.log(A), np.sin(A))", "np.where(A > B, CALL, N)", "B * np.sign(A)",
    "A\nif np.sum(C) > N:\n    NEW = CALL", "A if np.max(B) > N else C", "A.sum() * B", "A.T",
    "A\nfor _ in range(3):\n    NEW = NEW * B", "np.stack([A, B])", "A.mean(axis=0)",
    "A\nfor k in range(2):\n    NEW = np.sin(NEW) + k * B", "sum(A[k] for k in range(2))",
    "A\nwhile np.sum(NEW * NEW) > 0.1:\n    NEW = NEW / 2", "1.0 * A\nNEW[0] = np.sum(B)",
    "0.0\nfor row in A:\n    NEW = NEW + row * B", "1.0 * A\nNEW[INDEX] *= N",
    "1.0 * A\nNEW[-1] = NEW[0] * N",
]  # fmt: skip
Program = collections.namedtuple("Program", "text args others")


class Name(str):
    """A variable of the program."""

    __repr__ = str.__str__


def text(a):
    """How a program writes an argument."""
    if isinstance(a, np.ndarray):
        kind = f", {a.dtype.name!r}" * (not a.size)
        return f"np.array({np.round(a, 2).tolist() if a.dtype.kind == 'f' else a.tolist()}{kind})"
    if isinstance(a, (list, tuple)):
        inside = ", ".join(map(text, a)) + "," * (type(a) is tuple and len(a) == 1)
        return f"[{inside}]" if type(a) is list else f"({inside})"
    if isinstance(a, slice):
        ends = ("" if end is None else str(end) for end in (a.start, a.stop))
        return ":".join(ends) + (f":{a.step}" if a.step else "")
    if isinstance(a, (float, np.floating)):
        return f"{'-' * (a < 0)}np.inf" if np.isinf(a) else repr(round(float(a), 2))
    return "..." if a is Ellipsis else a.__name__ if isinstance(a, type) else repr(a)


def inside(where):
    return text(where)[1:-1] if type(where) is tuple and where else text(where)


@st.composite
def calls(draw, env):
    """One call of a row on variables and constants."""
    rule, names = draw(ONE(ROWS)), [Name(n) for n in reversed(env)]
    least, more = ARGUMENTS.get(rule.function, (9, None))
    fitting = [n for n in names if np.ndim(env[n]) >= least and np.size(env[n])]
    if fitting and draw(BOOL):
        x = np.asarray(env[name := draw(ONE(fitting))])
        args, kwargs = more(draw, x)
        args = [name if a is x else a for a in args]
    else:
        args, kwargs = draw(ONE(SAMPLES[rule.function]))
        (primals, fill), chosen = floats(args), []
        for leaf in trees.leaves(primals):
            same = [n for n in names if np.shape(env[n]) == np.shape(leaf)] or names[:1]
            chosen.append(draw(ONE([*same, *names[:2], *[leaf] * bool(chosen)])))
        args = fill(trees.rebuild(primals, chosen))
    if len(args) == 1 and {"axis", "keepdims"} <= rule.options and draw(BOOL):
        axis = some(draw, np.asarray(env[args[0]]))
        kwargs = {**kwargs, "axis": axis, "keepdims": draw(BOOL)}
    if rule.function in SYMMETRIC:
        args = [Name(f"({args[0]} @ {args[0]}.T)"), *args[1:]]
    if rule.function is operator.getitem:
        return f"{args[0]}[{inside(args[1])}]"
    words = [*map(text, args), *(f"{k}={text(v)}" for k, v in kwargs.items())]
    return f"{rule.name}({', '.join(words)})"


@st.composite
def steps(draw, env, new):
    """A statement that gives `new` a value."""
    a, b, c = (draw(ONE([*reversed(env)])) for _ in "abc")
    words = {"A": a, "B": b, "C": c, "N": draw(ONE(["0.5", "2", "-1.0", "3", "0.0"])), "NEW": new}
    step = draw(ONE(STEPS))
    if "CALL" in step:
        words["CALL"] = draw(calls(env))
    if "INDEX" in step:
        words["INDEX"] = inside(index(draw, np.asarray(env[a])))
    return f"{new} = " + re.sub(r"\b[A-Z]+\b", lambda m: words.get(m[0], m[0]), step)


@st.composite
def inputs(draw):
    """A number or a small array: of the size of 1, now and then whole, now and then float32."""
    shape, numbers = draw(ONE(SHAPES)), np.random.default_rng(draw(st.integers(0, 30)))
    x = np.round(numbers.uniform(*draw(ONE(RANGES)), shape), draw(ONE([2, 2, 2, 0])))
    kind = draw(ONE([np.asarray] * 4 + [np.float32]))
    return float(x) if kind is np.asarray and not shape and draw(BOOL) else kind(x)


@st.composite
def programs(draw):
    """The text of a function f, its arguments, and whether JAX and PyTorch are asked too."""
    args = draw(st.lists(inputs(), min_size=1, max_size=3))
    env, lines = dict(zip("abc", args, strict=False)), []
    for new in "uvwxyz"[: draw(st.integers(1, 6))]:
        line = draw(steps(env, new))
        try:
            exec(line, NAMES, after := dict(env))
        except Exception:
            continue  # NumPy does not take it
        y = after[new]
        if isinstance(y, (list, tuple)) and y:
            k = draw(st.integers(0, len(y) - 1))
            line, y = f"{line}[{k}]", y[k]
        if trees.kind(y) == "f" and 0 < np.size(y) <= 24 and np.all(np.abs(y) < LARGE):
            env[new] = y
            lines.append(line)
    end = draw(ONE(["np.sum({0} * {0})", "np.sum(np.sin({0}))", "np.mean({0})"]))
    body = "\n".join([*lines, f"return {end.format([*env][-1])}"]).replace("\n", "\n    ")
    head = f"def f({', '.join('abc'[: len(args)])}):"
    return Program(f"{head}\n    {body}\n", tuple(args), draw(st.integers(0, 3)) == 3)


# ------------------------------------------------------------ what everybody says
def made(program, numpy=np):
    """The function, with a source that can be read."""
    name = f"<fuzz {hash(program.text)}>"
    linecache.cache[name] = len(program.text), None, program.text.splitlines(True), name
    exec(compile(program.text, name, "exec"), space := {**NAMES, "np": numpy})
    return space["f"]


def asked(f, args, u):
    """Who is asked for what: the name, what it is, and how."""
    every, jit, vmap = tuple(range(len(args))), tracing.jit, elves.vmap
    for engine in (symbolic, forward, reverse, static_graph, source, tracing):
        name = engine.__name__.partition(".")[2]
        yield name, "grad", lambda e=engine: e.grad(f, every)(*args)
        if hasattr(engine, "value_and_grad"):
            yield name, "value", lambda e=engine: e.value_and_grad(f, every)(*args)[0]
        if hasattr(engine, "jvp"):
            yield name, "slope", lambda e=engine: e.jvp(f, args, u)[1]
        if hasattr(engine, "hvp"):
            yield name, "curve", lambda e=engine: e.hvp(f, args, u)
        if hasattr(engine, "vjp"):
            yield f"{name}.vjp", "grad", lambda e=engine: e.vjp(f, *args)[1](1.0)

    def slope(*x):
        return forward.jvp(f, x, u)[1]

    def second(tree):
        return trees.rebuild(tree, [leaf[1] for leaf in trees.leaves(tree)])

    both, gradient = [np.stack([a, a]) for a in args], reverse.grad(f, every)
    yield "jit", "value", lambda: jit(f)(*args)
    yield "jit reverse", "grad", lambda: jit(gradient)(*args)
    yield "jit forward", "slope", lambda: jit(slope)(*args)
    yield "jit hvp", "curve", lambda: jit(lambda *x: reverse.hvp(f, x, u))(*args)
    yield "forward of reverse", "curve", lambda: forward.jvp(gradient, args, u)[1]
    yield "reverse of forward", "curve", lambda: reverse.grad(slope, every)(*args)
    yield "vmap", "value", lambda: vmap(f)(*both)[1]
    yield "vmap reverse", "grad", lambda: second(vmap(gradient)(*both))
    yield "vmap forward", "slope", lambda: vmap(slope)(*both)[1]
    total = reverse.grad(lambda *x: np.sum(vmap(f)(*x)), every)
    yield "reverse of vmap", "grad", lambda: second(total(*both))


def flat(tree):
    return np.concatenate([np.ravel(np.asarray(leaf)) for leaf in trees.leaves(tree)]).astype(float)


def near(a, b, tolerance):
    size = 1 + np.max(np.abs(b), initial=0.0)
    return np.shape(a) == np.shape(b) and bool(np.all(np.abs(a - b) <= tolerance * size))


def known(function, args, u):
    """The derivative along u; None where differences cannot tell.

    Two widths must agree, and what is between the left and the right slope must go on shrinking
    with the width, which it does not at a kink.
    """

    def at(h):
        return flat(function(*(a + h * d for a, d in zip(args, u, strict=True))))

    try:
        y, a, b, c, d = map(at, (0.0, 2e-3, -2e-3, 1e-3, -1e-3))
    except (IndexError, ValueError, elves.errors.ElfError):  # other shapes, complex eigenvalues
        return None
    wide, small = (a - b) / 4e-3, (c - d) / 2e-3
    gap, less = np.abs(a - 2 * y + b) / 2e-3, np.abs(c - 2 * y + d) / 1e-3
    size = 1 + np.max(np.abs(small))
    clear = size < 1e4 and near(wide, small, 1e-4) and np.all(less < 0.7 * gap + 1e-7 * size)
    return (4 * small - wide) / 3 if clear else None


def truth(program, f, u):
    """What is known of value, gradient, slope and curvature: from NumPy and differences."""
    facts = {"value": flat(f(*program.args))}
    args = [np.asarray(a, float) for a in program.args]
    if not near(flat(f(*args)), facts["value"], 1e-4):
        return facts  # float32 is on the other side of a jump
    entries = np.eye(sum(a.size for a in args))
    ends = np.cumsum([0, *(a.size for a in args)])
    units = [[e[i:j].reshape(a.shape) for i, j, a in zip(ends, ends[1:], args)] for e in entries]  # noqa: B905
    slope, grad = known(f, args, u), [known(f, args, unit) for unit in units]
    lonely = "np.sign" in program.text and re.search("%|mod|remainder", program.text)
    if lonely or slope is None or any(g is None for g in grad):
        return facts
    if near(np.dot(grad := np.ravel(grad), flat(u)), slope[0], 1e-5):
        facts |= {"grad": grad, "slope": slope}
        gradient = reverse.grad(f, tuple(range(len(args))))
        have, problem = said(lambda: flat(gradient(*args)))
        if not problem and near(have, grad, 1e-5) and "np.sign" not in program.text:
            curve = known(gradient, args, u)
            facts |= {} if curve is None else {"curve": curve}
    return facts


def said(answer):
    """An answer; or what was raised, and whether that is a sentence or a traceback."""
    try:
        return answer(), None
    except elves.ElfError as error:
        return str(error), "sentence"
    except Exception as error:
        own = [w for w in traceback.extract_tb(error.__traceback__) if "/elves/" in w.filename]
        where = f"{own[-1].filename.rpartition('/elves/')[2]}:{own[-1].lineno}" if own else "?"
        return f"{type(error).__name__} at {where}: {error}"[:200], "traceback"


def by_others(program, what, u):
    """The gradients, or the curvatures, of JAX and PyTorch, where they know all the functions."""
    for name in ("jax", "pytorch"):
        with contextlib.suppress(Exception):
            system, args = load(name), program.args
            f = made(program, system.numpy)
            every = tuple(range(len(args)))
            yield flat(system.hvp(f, args, u) if what == "curve" else system.grad(f, every)(*args))


@contextlib.contextmanager
def silent():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@silent()
def findings(program):
    """For whoever is wrong: the name, what was asked, the answer, and what is known."""
    args, wrong, f = program.args, [], made(program)
    in_block = ROOTS.search(program.text) and re.search(r"\b(for|while|if)\b", program.text)
    draw = np.random.default_rng(1).normal
    u = tuple(np.asarray(draw(size=np.shape(a)), np.result_type(a))[()] for a in args)
    fine = all(np.result_type(a) == "f8" for a in args)
    facts, usual = truth(program, f, u), 1e-5 if fine else 5e-3
    exact = {"value": 1e-9 if fine else 1e-4}
    for grad in (
        by_others(program, "grad", u) if program.others and fine and "grad" in facts else ()
    ):
        if near(grad, facts["grad"], 1e-5):  # it is at one with differences
            facts["grad"], exact["grad"] = grad, 1e-8
    for name, what, answer in asked(f, args, u):
        have, problem = said(answer)
        if problem == "traceback":
            wrong.append((name, what, have, None))
        elif (name, what) == ("source", "curve") and in_block:
            continue
        elif not problem and what in facts:
            shapes = [np.shape(g) for g in (have if isinstance(have, tuple) else [have])]
            fits = what in ("value", "slope") or shapes == [np.shape(a) for a in args]
            if fits and near(flat(have), facts[what], exact.get(what, usual)):
                continue
            nan = not np.all(np.isfinite(flat(have)))
            if nan and re.search("qr|eig|svd" if what == "curve" else "qr", program.text):
                continue
            others = by_others(program, what, u) if nan else []
            if others == [] or any(np.all(np.isfinite(other)) for other in others):
                wrong.append((name, what, have, facts[what].tolist()))
    return wrong


# ------------------------------------------------------------ the search
def sort_of(program, finding):
    """What makes two findings the same: who, the words without numbers, and what is called."""
    name, what, have, _ = finding
    words = re.sub(r"\d+", "0", have) if isinstance(have, str) else f"{what} differs"
    called = re.findall(r"[a-z_0-9.]+(?=\()|\*\*|[-+*/@%\[]|\bif\b|\bfor\b", program.text)
    return name, words, frozenset(called)


def new(program, seen):
    """The findings of a program that are not like one that was printed."""

    def is_new(finding):
        name, words, called = sort_of(program, finding)
        return not any((name, words) == s[:2] and s[2] <= called for s in seen)

    return [finding for finding in findings(program) if is_new(finding)]


class Enough(KeyboardInterrupt):
    """A program has been made smaller often enough."""


@silent()
def search(seed, seen, tries=200, count=60):
    """The smallest program of some that has a new finding, or None."""
    memory, best, end = {}, [], []

    def differs(program):
        if end and (len(memory) > end[0] or time.monotonic() > end[1]):
            raise Enough
        key = program.text, repr(program.args), program.others
        if key not in memory:
            memory[key] = bool(new(program, seen))
            if memory[key]:
                best[:] = [program]
                end[len(end) :] = len(memory) + tries, time.monotonic() + 60  # the first counts
        return memory[key]

    options = hypothesis.settings(
        max_examples=count, database=None, deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    try:
        return hypothesis.find(programs(), differs, settings=options, random=random.Random(seed))
    except Enough:
        return best[0]
    except hypothesis.errors.NoSuchExample:
        return None


def report(program, found):
    """What differs, as Python that runs."""

    def said_of(finding):
        known = "" if finding[3] is None else f", and not {finding[3]}"
        return " ".join(f"{finding[2]}{known}".split())

    lines = [
        f"# {', '.join(f'{name} ({what})' for name, what, *_ in same)}: {words}"
        for words, same in itertools.groupby(sorted(found, key=said_of), said_of)
    ]
    args = [
        repr(a) if isinstance(a, float) else f"np.array({a.tolist()}, {a.dtype.name!r})"
        for a in program.args
    ]
    call = f"elves.grad(f, {tuple(range(len(args)))})({', '.join(args)})"
    imports = "import elves\nimport numpy as np\nimport scipy.special"
    return "\n".join(["", *lines, imports, "", "", program.text, "", f"print({call})"])


def fuzz(seed, rounds=None, minutes=None, tries=200):
    """Search until rounds or minutes are over; print and return what was found."""
    end, seen, number, reports = time.monotonic() + 60 * (minutes or 1e9), [], 0, []
    while time.monotonic() < end and (rounds is None or number < rounds):
        program = search(1000003 * seed + number, seen, tries)
        number += 1
        if program:
            found = new(program, seen)
            seen += [sort_of(program, finding) for finding in found]
            reports.append(report(program, found))
            print(reports[-1], flush=True)
    print(f"seed {seed}: {number} rounds of 60 programs, {len(reports)} findings")
    return reports


if __name__ == "__main__":
    sys.exit(bool(fuzz(int(sys.argv[2]), minutes=float(sys.argv[1]))))
