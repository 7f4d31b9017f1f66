"""How the cost of a derivative grows: with the number of inputs, and with the program's length."""

import functools
import tracemalloc

import numpy as np

import elves
from elves import workloads
from elves.errors import InputError
from elves.race.ranking import AGREE, enter
from elves.race.timing import interleave, summary

REPORTED = "reverse", "source", "tracing.jit", "autograd"  # NumPy tells tracemalloc of its arrays


def over_function(rows, pace, works, in_memory=()):
    """Lines of ratios, a gradient's time over its function's, for workloads by size and name.

    For the names in `in_memory`, a line of the ratio of their peaks of memory too.
    """
    programs = next(iter(works.values()))
    table = {f"{p}{name}": [] for p in programs for name in rows}
    table |= {f"{p}{name}, memory": [] for p in programs for name in rows if name in in_memory}
    for named in works.values():
        for program, work in named.items():
            f = functools.partial(work.f, *work.args)
            runs = {name: enter(name, rows[name], work, pace)[0] for name in rows}
            runs = {name: run for name, run in runs.items() if run}
            _, ratios = interleave(f, runs, pace)
            for name in rows:
                ratio = summary(ratios[name])["ratio"] if name in ratios else None
                table[f"{program}{name}"].append(ratio)
                if name in in_memory:
                    more = peak(runs[name]) / peak(f) if name in runs else None
                    table[f"{program}{name}, memory"].append(more)
    return table


def peak(run):
    """How many bytes of memory a run takes at most.

    >>> 8000 <= peak(lambda: np.ones(1000)) < 20_000
    True
    """
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def growth(rows, pace, sizes=(1, 4, 16, 64, 256)):
    """The time of a gradient over the time of its function, by the number of inputs n."""

    def work(n):
        return workloads.Workload(
            "", workloads.wave, workloads.wave_by_hand, (np.linspace(0.1, 1.0, n),)
        )

    rows = {name: rows[name] for name in rows if name in elves.ENGINES}
    table = over_function(rows, pace, {n: {"": work(n)} for n in sizes})
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

    def at_x(f):
        return functools.partial(f, x)

    table = {"operations": list(steps)}
    table |= {"tape": [], "tape with checkpoints": [], "its time over the tape's": []}
    for n in steps:
        pace.say(f"{n} operations")
        f = program(n, segment)
        table["tape"].append(peak(at_x(elves.reverse.grad(f))) / peak(at_x(f)))
        sparing = elves.reverse.grad(program(n, elves.checkpoint(segment)))
        table["tape with checkpoints"].append(peak(at_x(sparing)) / peak(at_x(f)))
        runs = {"checkpoint": at_x(sparing)}
        _, ratios = interleave(at_x(elves.reverse.grad(f)), runs, pace)
        table["its time over the tape's"].append(summary(ratios["checkpoint"])["ratio"])
    about = "peak memory of a gradient over that of its function, by the number of operations"
    return {"about": about, "columns": table}
