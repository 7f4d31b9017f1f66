"""Plots of what derivatives cost here, in time and in memory, and of the race."""

import time
import tracemalloc

import numpy as np

from elves import ENGINES, checkpoint, core, reverse, trees
from elves import race as races
from elves.errors import InputError
from elves.show.drawing import BERRY, GOLD, INK, PINE
from elves.show.plotting import picked, plot


def costs(engines=("numerical", "forward", "reverse"), inputs=(1, 4, 16, 64, 256)):
    """How many times the function's own time a gradient takes, measured now, over its inputs.

    Takes a second or two: a slow machine gives fewer rounds, and may leave out the last points.
    """
    engines = picked("engines", engines, ENGINES)
    if not len(inputs) or any(n < 1 for n in inputs):
        raise InputError(f"inputs={inputs!r} must hold one or more whole numbers above 0.")
    inputs, lines = measured(engines, inputs)
    if not lines:
        raise InputError("No engine gave a gradient in time: choose others, or fewer inputs.")
    top = 2 * max(ratio for line in lines.values() for _, ratio in line)

    def draw(axes):
        looks = zip(lines.items(), [(BERRY, "o-"), (GOLD, "s--"), (PINE, "^-")], strict=False)
        above = np.inf
        for (name, line), (color, look) in sorted(looks, key=lambda each: -each[0][1][-1][1]):
            axes.loglog(*zip(*line, strict=True), look, color=color, markersize=9)
            words = {"color": color, "fontsize": 20, "va": "center", "fontweight": "bold"}
            above = min(line[-1][1], above / top**0.13)  # names never overlap
            axes.annotate(f"  {name}", (line[-1][0], above), **words)
        axes.set_xlim(inputs[0] / 1.2, inputs[-1] * 6)
        axes.set_ylim(1, top)
        axes.set_xticks(inputs, [f"{n:,}" for n in inputs])
        axes.set_yticks(ticks := [1, 10, 100, 1000], [f"{t:,}" for t in ticks])
        axes.minorticks_off()
        axes.grid(axis="y", alpha=0.3)
        axes.set_xlabel("inputs n")
        axes.set_ylabel("time, in runs of f")

    ways = {name: "climbs" if line[-1][1] > 2 * line[0][1] else "hardly rises"
            for name, line in lines.items()}  # fmt: skip
    return plot(
        draw,
        f"Time of a gradient over the time of its function, for {inputs[0]:,} to {inputs[-1]:,} "
        f"inputs, on logarithmic axes: {'; '.join(map(' '.join, ways.items()))}.",
    )


def measured(engines, inputs):
    """The numbers of inputs, and for each engine its points (inputs, ratio of times)."""
    pace = races.Pace(11, seconds=0.0005, patience=0.4, until=time.monotonic() + 1.2)
    lines = races.growth({name: races.elf(name) for name in engines}, pace, inputs)["columns"]
    inputs, points = lines.pop("n"), {}
    for name, line in lines.items():
        points[name] = [(n, ratio) for n, ratio in zip(inputs, line, strict=True) if ratio]
    return inputs, {name: line for name, line in points.items() if line}


class Watched(core.Value):
    """A value that changes nothing and notes, at each operation, how much memory is in use."""

    __slots__ = ("log", "plain")

    def __init__(self, plain, level, log):
        self.plain, self.level, self.log = plain, level, log

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        [log, *_] = [a.log for a in args if type(a) is cls]
        y = rule.run(*(a.plain if type(a) is cls else a for a in args), **kwargs)
        log.append(tracemalloc.get_traced_memory()[0])
        return y if rule.constant else cls(y, level, log)


def memory_log(f, x):
    """The memory in use after each operation of f(x), in arrays of the size of x.

    >>> memory = memory_log(lambda x: np.sin(np.sin(np.sin(x))), np.ones(10_000))
    >>> [round(m) for m in memory]
    [1, 2, 2]
    """
    trees.check_inputs(x)
    log, already = [], tracemalloc.is_tracing()
    watched = Watched(np.array(x), core.new_level(), log)
    if not already:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        f(watched)
    finally:
        if not already:
            tracemalloc.stop()
    return [(now - before) / watched.plain.nbytes for now in log]


def memory(step, blocks=16, steps=16):
    """The memory of a gradient as it runs, with all on the tape and with a checkpoint per block.

    The program is one array that goes through blocks of steps, and then a sum.
    """
    if any(type(n) is not int or n < 1 for n in (blocks, steps)) or blocks * steps > 1000:
        raise InputError(
            f"blocks={blocks!r:.40} and steps={steps!r:.40} must be whole numbers above 0, with a "
            "product of up to 1,000."
        )
    block = repeated(step, steps)
    full, sparing = memory_of(block, blocks), memory_of(checkpoint(block), blocks)

    def draw(axes):
        words = {"fontsize": 20, "fontweight": "bold", "va": "bottom"}
        for log, color in ((full, BERRY), (sparing, PINE)):
            every = range(0, len(log), 4)  # as many points as the eye can tell apart
            heights = np.maximum.reduceat(log, every)
            axes.fill_between(every, heights, color=color, alpha=0.15)
            axes.plot(every, heights, color=color)
        top, label = np.argmax(full), f"   all on the tape: {max(full):.0f}"
        axes.annotate(label, (top, full[top]), color=BERRY, **words)
        place, label = (len(sparing), 1.4 * max(sparing)), f"checkpoints: {max(sparing):.0f}"
        axes.annotate(label, place, color=PINE, ha="right", **words)
        axes.set_ylim(0, 1.15 * max(full))
        axes.set_xlabel("operations, in the order they run")
        axes.set_ylabel("arrays in memory")

    return plot(
        draw,
        f"Memory as a gradient runs. With all on the tape it climbs to {max(full):.0f} arrays and "
        f"falls again on the way back, in {len(full)} operations. With checkpoints it is a row of "
        f"small teeth, never above {max(sparing):.0f} arrays, in {len(sparing)} operations.",
    )


def repeated(step, times):
    """A function that takes so many steps."""

    def run(x):
        for _ in range(times):
            x = step(x)
        return x

    return run


def memory_of(block, blocks):
    """The memory of the gradient of a sum behind so many blocks, operation by operation."""
    program = repeated(block, blocks)
    return memory_log(reverse.grad(lambda x: np.sum(program(x))), np.linspace(0.1, 1.0, 10_000))


def race(results):
    """What `elves race --json` found: each contestant's time over that of NumPy by hand."""
    races = {name: result["rows"] for name, result in results.items() if "rows" in result}
    names = {row["name"] for table in races.values() for row in table if row["ratio"]}
    elves = [name for name in sorted(names) if name.split(".")[0] in ENGINES]

    def draw(axes):
        axes.axvline(1, color=INK)
        for k, name in enumerate([*elves, *sorted(names - set(elves))]):
            dots = [
                (row["ratio"], y)
                for y, table in enumerate(races.values())
                for row in table
                if row["name"] == name and row["ratio"]
            ]
            color = PINE if name in elves else GOLD if "." in name else BERRY
            look = {"marker": "osD^v<>PXph*d"[k % 13], "s": 110, "alpha": 0.8, "color": color}
            axes.scatter(*zip(*dots, strict=True), label=name, **look)
        axes.set_xscale("log")
        axes.set_yticks(range(len(races)), list(races))
        axes.invert_yaxis()
        axes.set_xlabel("time, where NumPy by hand takes 1")
        if names:
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=13)

    best = [f"{w}: {t[0]['name']} {t[0]['ratio']:.2f}" for w, t in races.items() if t[0]["ratio"]]
    alt = f"Times of gradients over that of NumPy by hand; the fastest in {', '.join(best)}."
    return plot(draw, alt, figsize=(10.5, 1.6 + 0.7 * len(races)))
