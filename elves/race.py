"""The race: every elf and every system against the gradient that one writes by hand.

All run in one process, on one thread, in 64-bit floats, each in its own everyday fast form, and
what they compute must agree with the gradient by hand before any clock runs. A machine that is
busy or changes its pace slows neighbours alike: so each round runs all of them, shuffled, each
right after the gradient by hand; a result is the median over the rounds of the ratio of the two.
"""

import contextlib
import dataclasses
import functools
import gc
import importlib
import math
import random
import signal
import statistics
import threading
import time
import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

import elves.digits
from elves import trees, workloads
from elves.errors import InputError
from elves.frameworks import load, plain, quiet, rebind, sentence

# One thread for everybody: NumPy and the systems read this when they are imported.
ENVIRONMENT = dict.fromkeys(
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
     "NUMBA_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"], "1",
) | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}  # fmt: skip

AGREE = 1e-6  # relative to the largest entry
ONE_BY_ONE = {"numerical": 3000, "forward": 3000, "symbolic": 100, "sympy": 100}  # most inputs


# -------------------------------------------------------------------------------- contestants
# A contestant makes of a workload what the clock shall run: a function without arguments.


def ready(work, names, numpy=None, tensor=lambda a: a, wrap=lambda derivative: derivative):
    """The derivative that `names` give, on arguments in a system's own type.

    `numpy` is the system's own namespace, `wrap` compiles, or waits for the result.
    """
    f, n = rebind(work.f, numpy) if numpy else work.f, len(work.args)
    transform = getattr(names, work.task, None)
    if transform is None:
        raise InputError(f"It has no {work.task}.")
    if work.task == "hvp":
        derivative = wrap(lambda *a: transform(f, a[:n], a[n:]))
    else:
        derivative = wrap(transform(f, work.argnums))
    return functools.partial(derivative, *map(tensor, work.args + work.vectors))


def elf(name, jit=False, **options):
    engine = importlib.import_module(f"elves.{name}")

    def wrap(derivative):
        return engine.jit(derivative, **options) if jit else derivative

    return lambda work: ready(fit(work, engine, np) if jit else work, engine, wrap=wrap)


def fit(work, lax, numpy):
    """A workload as a jit needs it."""
    return dataclasses.replace(work, f=work.for_jit(lax, numpy)) if work.for_jit else work


def autograd(work):
    ag = load("autograd")
    hvp = SimpleNamespace(hvp=lambda f, x, v: ag.autograd.hessian_vector_product(f)(*x, *v))
    return ready(work, hvp if work.task == "hvp" else ag.autograd, ag.numpy)


def jax(work, jit=False):
    system = load("jax")
    jax = system.jax
    work = fit(work, jax.lax, system.numpy) if jit else work

    def hvp(f, x, v):
        return jax.jvp(jax.grad(f), x, v)[1]

    def wrap(derivative):
        derivative = jax.jit(derivative) if jit else derivative
        return lambda *args: jax.block_until_ready(derivative(*args))

    names = SimpleNamespace(
        value_and_grad=jax.value_and_grad, hessian=jax.hessian, jacobian=jax.jacrev, hvp=hvp
    )
    return ready(work, names, system.numpy, system.numpy.asarray, wrap)


def pytorch(work):
    torch = load("pytorch").torch
    torch.set_num_threads(1)

    def value_and_grad(f, argnums, **more):
        def run(*args):
            leaves = [x.requires_grad_() for x in trees.leaves(pick(args, argnums))]
            y = f(*args)
            return y, torch.autograd.grad(y, leaves, **more)

        return run

    def hessian(f, argnums):
        return lambda x: torch.autograd.functional.hessian(f, x, vectorize=True)

    def hvp(f, primals, vectors):
        _, gradient = value_and_grad(f, 0, create_graph=True)(*primals)
        return torch.autograd.grad(gradient, primals, vectors)

    names = SimpleNamespace(
        value_and_grad=value_and_grad, hessian=hessian, jacobian=torch.func.jacrev, hvp=hvp
    )
    own = SimpleNamespace(**vars(torch) | {"dot": torch.matmul})
    return ready(work, names, own, functools.partial(torch.tensor, dtype=torch.double))


def tensorflow(work, wrap=lambda tf, derivative: derivative):
    tf = load("tensorflow").tf

    def differentiate(f, argnums, how="gradient"):
        def run(*args):
            with tf.GradientTape() as tape:
                xs = pick(args, argnums)
                tape.watch(xs)
                y = f(*args)
            return y, getattr(tape, how)(y, xs)

        return run

    def jacobian(f, argnums):
        return lambda *args: differentiate(f, argnums, "jacobian")(*args)[1]

    def hessian(f, argnums):
        return jacobian(lambda *args: differentiate(f, argnums)(*args)[1], argnums)

    def hvp(f, primals, vectors):
        with tf.autodiff.ForwardAccumulator(primals, vectors) as forward:
            _, gradient = differentiate(f, 0)(*primals)
        return forward.jvp(gradient)

    names = SimpleNamespace(
        value_and_grad=differentiate, jacobian=jacobian, hessian=hessian, hvp=hvp
    )
    own = SimpleNamespace(
        sin=tf.sin, tanh=tf.tanh, exp=tf.exp, log=tf.math.log, sum=tf.reduce_sum,
        mean=tf.reduce_mean,
        dot=lambda a, b: tf.linalg.matvec(a, b) if b.shape.rank == 1 else tf.matmul(a, b),
    )  # fmt: skip
    tensor = functools.partial(tf.constant, dtype=tf.float64)
    return ready(work, names, own, tensor, functools.partial(wrap, tf))


def chainer(work):
    chainer = load("chainer").chainer

    def value_and_grad(f, argnums, **more):
        def run(*args):
            y = f(*args)
            return y, chainer.grad([y], trees.leaves(pick(args, argnums)), **more)

        return run

    def hvp(f, primals, vectors):
        _, gradient = value_and_grad(f, 0, enable_double_backprop=True)(*primals)
        return chainer.grad(gradient, primals, vectors)

    own = SimpleNamespace(**vars(chainer.functions) | {"dot": chainer.functions.matmul})
    names = SimpleNamespace(value_and_grad=value_and_grad, hvp=hvp)
    return ready(work, names, own, lambda a: chainer.Variable(np.asarray(a)))


def tangent(work):
    system = load("tangent")

    def value_and_grad(f, argnums):
        wrt = (argnums,) if isinstance(argnums, int) else argnums
        written = system.derive(system.tangent.grad, f, wrt, preserve_result=True)

        def run(*args):
            *gradient, y = written(*args)
            return y, gradient

        return run

    return ready(work, SimpleNamespace(value_and_grad=value_and_grad, hvp=system.hvp))


def sympy(work):
    """The formulas are derived and turned into NumPy once; the clock runs what comes out."""
    system = load("sympy")
    if work.task == "hvp" or work.argnums != 0:
        raise InputError("It takes part with formulas of one argument.")
    x, *rest = work.args
    symbols = np.array(system.sympy.symbols(f"x:{np.size(x)}", real=True)).reshape(np.shape(x))

    def by_x(y):
        slopes = [system.sympy.diff(a, b) for a in np.ravel(y) for b in np.ravel(symbols)]
        return np.array(slopes, object).reshape(np.shape(y) + np.shape(x))

    y = rebind(work.f, system.numpy)(symbols[()], *rest)
    slopes, value = by_x(by_x(y) if work.task == "hessian" else y), work.task == "value_and_grad"
    formulas = [*([y] if value else []), *np.ravel(slopes)]
    numbers = system.sympy.lambdify(list(np.ravel(symbols)), formulas, "numpy", cse=True)

    def run():
        *y, entries = np.split(numbers(*np.ravel(x)), [1] if value else [])
        return *(each[0] for each in y), entries.reshape(slopes.shape)

    return run


def pick(args, argnums):
    return args[argnums] if isinstance(argnums, int) else [args[n] for n in argnums]


def contestants():
    """All of them by name; a new elf in `elves.ENGINES` is one, and its `jit` another."""
    found = {name: elf(name) for name in elves.ENGINES}
    for name in elves.ENGINES:
        if hasattr(importlib.import_module(f"elves.{name}"), "jit"):
            found[f"{name}.jit"] = elf(name, jit=True)
    return found | {
        "tracing.numba": elf("tracing", jit=True, backend="numba"),
        "pytorch": pytorch,
        "tensorflow": tensorflow,
        "tf.function": functools.partial(tensorflow, wrap=lambda tf, run: tf.function(run)),
        "jax": jax,
        "jax.jit": functools.partial(jax, jit=True),
        "autograd": autograd,
        "chainer": chainer,
        "tangent": tangent,
        "sympy": sympy,
    }


# ------------------------------------------------------------------------------------ rounds


class TooSlow(BaseException):
    """The time is over; no `except Exception` on the way may stop it."""


@contextlib.contextmanager
def at_most(seconds):
    """Raise TooSlow inside when the time is over, where the operating system has such alarms."""
    if not hasattr(signal, "setitimer") or threading.current_thread() != threading.main_thread():
        yield
        return

    def ring(*_):
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def clock(run, repeats=1):
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - start) / repeats


@functools.cache
def tick():
    """The step of the clock in seconds, which browsers make coarse on purpose; 0 if it is fine."""
    start = time.perf_counter()
    while (now := time.perf_counter()) == start:
        pass
    return now - start if now - start > 2e-6 else 0.0  # less is what asking it takes


def clocked(run, repeats=1):
    """The seconds of one of some runs, or of more of them where the clock is too coarse."""
    while (seconds := clock(run, repeats)) * repeats < 10 * tick():
        repeats *= 4
    return seconds


@dataclasses.dataclass(frozen=True)
class Pace:
    """How much time the race may take."""

    rounds: int = 21
    seconds: float = 0.005  # for one measurement, or one run if that takes longer
    patience: float = 8.0  # for all measurements of a contestant, and for its preparation
    until: float = math.inf  # when all must be over, on the monotonic clock
    say: Callable = lambda words: None  # progress


PACE, QUICK = Pace(), Pace(rounds=3, seconds=0.001, patience=4.0)


def interleave(base, runs, pace):
    """The seconds of `base`, and for each of `runs` its ratios to the `base` just before it."""
    whole = max(pace.seconds, 50 * tick())
    repeats = {run: max(1, int(whole / clocked(run))) for run in [base, *runs.values()]}
    ratios, bases, spent = {name: [] for name in runs}, [], dict.fromkeys(runs, 0.0)

    def measure(run):
        if repeats[run] > 1:
            run()  # who ran before has filled the caches with other things
        return clocked(run, repeats[run])

    gc.freeze()  # what the systems have imported shall not be looked through again and again
    try:
        for k in range(pace.rounds):
            if k and time.monotonic() > pace.until:
                break
            pace.say(f"round {k + 1} of {pace.rounds}")
            names = [name for name in runs if not k or spent[name] < pace.patience]
            for name in random.sample(names, len(names)):
                bases.append(measure(base))
                seconds = measure(runs[name])
                ratios[name].append(seconds / bases[-1])
                spent[name] += seconds * repeats[runs[name]]
    finally:
        gc.unfreeze()
    return bases, ratios


def summary(ratios):
    """The median of the ratios and how far the middle half of them spreads."""
    low, middle, high = statistics.quantiles(ratios * 2, n=4, method="inclusive")
    return {"ratio": middle, "quartiles": [low, high], "rounds": len(ratios)}


def difference(result, by_hand):
    """The largest difference from the gradient by hand, relative to its largest entry."""
    result, by_hand = trees.leaves(result), trees.leaves(by_hand)
    if [*map(np.shape, result)] != [*map(np.shape, by_hand)]:
        return math.inf
    pairs = zip(result, by_hand, strict=True)
    error = float(np.max([np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in pairs]))
    return math.inf if math.isnan(error) else error


def to_array(a):
    a = a.detach() if hasattr(a, "detach") else a  # PyTorch's
    return np.asarray(getattr(a, "array", a))  # Chainer's


@functools.cache
def start(enters):
    """Imports the contestant's system, which may take the time it needs."""
    with quiet():
        enters(workloads.Workload("", workloads.wave, workloads.wave_by_hand, (np.ones(2),)))


def enter(name, enters, work, pace):
    """What the clock shall run and how far its result is off, or the reason why there is none."""
    try:
        if work.inputs > ONE_BY_ONE.get(name, math.inf):
            raise InputError(f"It goes through the {work.inputs:,} inputs one by one: too slow.")
        pace.say(name)
        start(enters)
        left = min(pace.patience, pace.until - time.monotonic())
        with quiet(), at_most(max(left, 0.01)):
            run = enters(work)
            error = difference(plain(run(), to_array), work.by_hand(*work.args, *work.vectors))
            run()  # once more, warm
        return run, error, None
    except TooSlow:
        return None, None, f"It gave nothing within {left:.3g} seconds."
    except Exception as reason:
        return None, None, sentence(reason)


def race(work, rows, pace):
    """One workload: a row for each contestant, the fastest first.

    Each row has a name and either a ratio with its quartiles, or a reason why there is none.
    """
    table, runs = {}, {}
    for name, enters in rows.items():
        run, error, reason = enter(name, enters, work, pace)
        if error is not None and not error <= AGREE:
            reason = f"WRONG: off by {error:.1e} from the gradient by hand."
        table[name] = {"name": name, "error": error, "reason": reason, "ratio": None}
        if reason is None:
            runs[name] = run
    by_hand = functools.partial(work.by_hand, *work.args, *work.vectors)
    with quiet():
        bases, ratios = interleave(by_hand, runs, pace)
    for name, values in ratios.items():
        table[name] |= summary(values)
    ranking = sorted(table.values(), key=lambda row: row["ratio"] or math.inf)
    by_hand = statistics.median(bases) if bases else None
    return {"about": work.about, "seconds by hand": by_hand, "rows": ranking}


# ----------------------------------------------------------------- training, step after step

WHOLE_STEP = {  # who compiles, compiles the step with the update of the parameters in it
    "tracing.jit": lambda: elves.tracing.jit,
    "tracing.numba": lambda: functools.partial(elves.tracing.jit, backend="numba"),
    "jax.jit": lambda: load("jax").jax.jit,
    "tf.function": lambda: load("tensorflow").tf.function,
}


def descend(value_and_grad, rate=0.5):
    """A step of gradient descent: the loss of a minibatch, and the parameters after it."""

    def step(params, X, Y):
        loss, gradients = value_and_grad(*params, X, Y)
        params = [p - rate * g for p, g in zip(params, gradients, strict=True)]
        return loss, [p.detach() if hasattr(p, "detach") else p for p in params]  # PyTorch's

    return step


def train(step, params, batches):
    """The last loss, and the parameters after one step on each of the minibatches."""
    for batch in batches:
        loss, params = step(params, *batch)
    return loss, params


def minibatches(rows, pace, size=32, steps=16):
    """Training on the digits, which must end for all with the same loss and parameters."""
    X, labels = elves.digits.load()
    cuts = [slice(k * size, (k + 1) * size) for k in range(steps)]
    batches = [(X[cut], np.eye(10)[labels[cut]]) for cut in cuts]
    params = elves.digits.start()

    def by_hand(*params):
        return train(descend(workloads.network_by_hand), params, batches)

    def trains(name, enters):
        def enters_training(work):
            works = [dataclasses.replace(work, args=(*params, *batch)) for batch in batches]
            run, *others = map(enters, works)
            step = descend(run.func)
            step = WHOLE_STEP[name]()(step) if name in WHOLE_STEP else step
            tensors = [each.args[4:] for each in (run, *others)]
            return lambda: train(step, list(run.args[:4]), tensors)

        return enters_training

    about = f"{steps} steps of training on the digits, MLP 64-32-10, minibatches of {size}"
    work = workloads.Workload(
        about, workloads.network, by_hand, tuple(params), argnums=tuple(range(4))
    )
    return race(work, {name: trains(name, enters) for name, enters in rows.items()}, pace)


# --------------------------------------------------------------------------- how cost grows


def growth(rows, pace, sizes=(1, 4, 16, 64, 256)):
    """The time of a gradient over the time of its function, by the number of inputs n."""
    table = {name: [] for name in rows if name in elves.ENGINES}
    for n in sizes:
        x = np.linspace(0.1, 1.0, n)
        work = workloads.Workload("", workloads.wave, workloads.wave_by_hand, (x,))
        runs = {name: enter(name, rows[name], work, pace)[0] for name in table}
        runs = {name: run for name, run in runs.items() if run}
        _, ratios = interleave(functools.partial(work.f, x), runs, pace)
        for name, line in table.items():
            line.append(summary(ratios[name])["ratio"] if name in ratios else None)
    about = "time of a gradient over the time of its function, by the number of inputs n"
    return {"about": about, "columns": {"n": list(sizes), **table}}


def sparse(rows, pace, sizes=(100, 1000, 10_000, 100_000)):
    """The time of sparse derivatives over that of SciPy's matrix from bands by hand, by size."""
    from scipy.sparse import diags_array

    def hessian(x):
        diagonal, beside = workloads.rosenbrock_bands(x)
        return diags_array([beside, diagonal, beside], offsets=[-1, 0, 1]).tocsr()

    def jacobian(x):
        bands = [-20.0 * x[:-1], np.full(len(x) - 1, 10.0)]
        return diags_array(bands, offsets=[0, 1], shape=(len(x) - 1, len(x))).tocsr()

    pairs = {
        "sparse Hessian": (elves.tracing.sparse_hessian(workloads.rosenbrock), hessian),
        "sparse Jacobian": (elves.tracing.sparse_jacobian(workloads.valley), jacobian),
    }
    table = {"n": list(sizes)}
    for name, (ours, by_hand) in pairs.items():
        table[name] = []
        for n in sizes:
            pace.say(f"{name}, n = {n:,}")
            x = np.linspace(0.5, 1.5, n)
            if abs(ours(x) - by_hand(x)).max() > AGREE * abs(by_hand(x)).max():
                raise InputError(f"The {name} is WRONG for n = {n}.")
            runs = {name: functools.partial(ours, x)}
            _, ratios = interleave(functools.partial(by_hand, x), runs, pace)
            table[name].append(summary(ratios[name])["ratio"])
    about = "time of a sparse derivative over that of its bands by hand, by the number of inputs n"
    return {"about": about, "columns": table}


def segment(x):
    for _ in range(8):
        x = np.sin(x) * 1.01
    return x


def memory(rows, pace, steps=(64, 256, 1024)):
    """The peak memory of a gradient over that of its function, on the tape, by its length.

    With checkpoints the tape keeps only the input of each segment of the program, and runs the
    segment again when the reverse sweep gets there: less memory for more time.
    """
    x = np.linspace(0.1, 1.0, 20_000)

    def program(n, segment):
        def run(x):
            for _ in range(n // 16):  # two operations in each of 8 rounds
                x = segment(x)
            return np.sum(x)

        return run

    def peak(run):
        tracemalloc.start()
        try:
            run(x)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    table = {"operations": list(steps)}
    table |= {"tape": [], "tape with checkpoints": [], "its time over the tape's": []}
    for n in steps:
        pace.say(f"{n} operations")
        f = program(n, segment)
        table["tape"].append(peak(elves.reverse.grad(f)) / peak(f))
        sparing = elves.reverse.grad(program(n, elves.checkpoint(segment)))
        table["tape with checkpoints"].append(peak(sparing) / peak(f))
        base = functools.partial(elves.reverse.grad(f), x)
        runs = {"checkpoint": functools.partial(sparing, x)}
        _, ratios = interleave(base, runs, pace)
        table["its time over the tape's"].append(summary(ratios["checkpoint"])["ratio"])
    about = "peak memory of a gradient over that of its function, by the number of operations"
    return {"about": about, "columns": table}


def events():
    """All that the race consists of, by name: functions of the contestants and the pace."""
    races = {name: functools.partial(race, work) for name, work in workloads.workloads().items()}
    more = {"digits": minibatches, "sparse": sparse, "growth": growth, "memory": memory}
    return races | more


# ----------------------------------------------------------------------------------- in words


def digits(ratio):
    """A ratio with three digits, or all that stand before the point.

    >>> digits(0.204), digits(48.94), digits(1234.5)
    ('0.20', '48.9', '1,234')
    """
    return f"{ratio:,.{2 if ratio < 10 else 1 if ratio < 100 else 0}f}"


def chart(rows, width=36):
    """Lines with each ratio, its quartiles and a bar on a logarithmic scale that begins at 1."""
    ratios = [row["ratio"] for row in rows if row["ratio"]]
    low = math.floor(math.log10(min([*ratios, 0.99])))
    high = math.ceil(math.log10(max([*ratios, 1.01])))
    at = lambda ratio: round(width * (math.log10(ratio) - low) / (high - low))  # noqa: E731
    ticks = [" "] * (width + 8)
    for decade in range(low, high + 1):
        for k, letter in enumerate(f"{10.0**decade:g}"):
            ticks[at(10.0**decade) + k] = letter
    yield f"{'':<14}{'ratio':>8}   {'quartiles':<14}{''.join(ticks).rstrip()}"
    for row in rows:
        if row["reason"]:
            yield f"{row['name']:<14}{'-':>8}   {row['reason']}"
            continue
        bar = [" "] * (width + 1)
        start, end = sorted((at(1), at(row["ratio"])))
        bar[start:end] = "=" * (end - start)
        bar[at(1)] = "|"
        spread = "-".join(map(digits, row["quartiles"]))
        yield f"{row['name']:<14}{digits(row['ratio']):>8}   {spread:<14}{''.join(bar).rstrip()}"


def columns(table):
    """Lines with one column for each n."""
    for name, line in table.items():
        cells = ["-" if v is None else f"{v:,}" if isinstance(v, int) else digits(v) for v in line]
        yield f"{name:<24}" + "".join(f"{cell:>10}" for cell in cells)


def lines(result):
    """The lines of text that show the result of an event."""
    return chart(result["rows"]) if "rows" in result else columns(result["columns"])
