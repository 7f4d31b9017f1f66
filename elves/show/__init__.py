"""Pictures of the engines at work; each one carries its alternative text.

A function here gives a `Picture`, which Jupyter displays and which ``save(path)`` writes as SVG
or HTML. The rooms: `drawing` is the base of all (boxes, arrows, palette, light and dark),
`recording` runs the user's function and keeps what a picture needs, `graphs` draws graphs, tapes
and Jacobians, `code` programs beside programs; the plots are here.
`layouts` says where the nodes of a graph lie. Plots need matplotlib, graphs fast-sugiyama or
grandalf: ``make light``.
"""

import io
import time
import tracemalloc
import types

import numpy as np

from elves import ENGINES, checkpoint, core, numerical, reverse, trees
from elves import race as races
from elves.errors import ElfError, InputError, MissingError, answering
from elves.show.code import ir, source
from elves.show.drawing import BERRY, GOLD, INK, PINE, Picture
from elves.show.graphs import dual, expression, graph, jacobian, tape

__all__ = [
    "BERRY", "GOLD", "INK", "PINE", "Picture", "answer", "costs", "descent", "dual", "error_curve",
    "errors", "expression", "graph", "images", "ir", "jacobian", "memory", "memory_log", "plot",
    "race", "source", "tangent", "tape",
]  # fmt: skip

STYLE = {
    "figure.figsize": (10.5, 4.4), "font.size": 17, "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": INK, "ytick.color": INK, "lines.linewidth": 2.5, "legend.frameon": False,
    "figure.constrained_layout.use": True, "svg.hashsalt": "elves",
}  # fmt: skip


def plot(draw, alt, **size):
    """A `Picture` of what ``draw(axes)`` does with matplotlib, in the look of the deck."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingError("Pictures need matplotlib: run make light in the repository.") from None

    with mpl.rc_context(STYLE):
        figure = Figure(**size)
        draw(figure.subplots())
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(file.getvalue(), alt, figure)


def smooth(f, x, name):
    """The value and the slope of f at x; raises InputError where one of them is not finite."""
    value, slope = reverse.value_and_grad(f)(x)
    if not np.isfinite([value, slope]).all():
        raise InputError(f"{name} has no finite value or slope at x = {x}: choose another one.")
    return value, slope


def tangent(f, x, around=2.0):
    """A function of one float, and its tangent line at x.

    Raises InputError where the function has no finite value or slope.
    """
    if not isinstance(around, (int, float)) or not 0 < around < np.inf:
        raise InputError(f"around={around!r:.40} must be a number above 0.")
    y, slope = smooth(f, x, getattr(f, "__name__", "f").replace("<lambda>", "f"))
    xs = np.linspace(x - around, x + around, 200)
    ys = np.array([f(t) for t in xs], float)

    def draw(axes):
        axes.plot(xs, ys, color=PINE, label="f(x)")
        axes.plot(xs, y + slope * (xs - x), "--", color=BERRY, label=f"slope {slope:.3f}")
        axes.plot([x], [y], "o", color=BERRY, markersize=10)
        axes.set_xlabel("x")
        heights = np.abs(ys)[np.isfinite(ys)]  # f may end on the way
        axes.set_ylim(*np.array([-1.0, 1.0]) * 1.4 * (heights.max(initial=abs(y)) or 1.0))
        axes.legend()

    return plot(draw, f"A curve with its tangent line at x = {x}, where the slope is {slope:.3f}.")


def picked(what, given, known):
    """The names that somebody chose, one or several, if each is known."""
    names = [given] if isinstance(given, str) else list(given)
    if not names or not all(name in known for name in names):
        raise InputError(f"{what}={given!r} must name one or more of {', '.join(known)}.")
    return names


def errors(f, x, scheme, steps, name="f"):
    """The relative error of a numerical derivative for each of some steps.

    Raises InputError where the function has no finite value, or no slope to compare with.
    """
    _, exact = smooth(f, x, name)
    if exact == 0:
        raise InputError(f"{name} has the slope 0 at x = {x}, and an error relative to 0 says "
                         "nothing: choose another one.")  # fmt: skip
    slopes, refusal = [], None
    for h in steps:
        try:
            slopes.append(numerical.grad(f, scheme=scheme, step=h / max(1, abs(x)))(x))
        except InputError as error:  # too large a step may leave the floats
            slopes.append(np.nan)
            refusal = error
    if refusal and np.isnan(slopes).all():
        raise refusal
    return [max(abs(slope - exact) / abs(exact), 1e-17) for slope in slopes]


def error_curve(f, x, schemes=("forward", "central", "complex")):
    """The error of numerical derivatives over the step size: a V for the differences."""
    steps = np.logspace(-16, 0, 49)
    looks = {"forward": (BERRY, "-"), "central": (GOLD, "--"), "complex": (PINE, ":")}
    schemes = picked("schemes", schemes, looks)
    curves = {scheme: errors(f, x, scheme, steps) for scheme in schemes}

    def draw(axes):
        for scheme, curve in curves.items():
            color, line = looks[scheme]
            axes.loglog(steps, curve, line, color=color, label=scheme)
        axes.set_xlabel("step h")
        axes.set_ylabel("relative error")
        axes.invert_xaxis()
        axes.legend(loc="lower left")

    return plot(
        draw,
        "Error of numerical derivatives as the step h shrinks. The differences fall, because "
        "less is truncated, reach a lowest point and rise again with round-off: a V. "
        "The complex step only falls.",
    )


def costs(engines=("numerical", "forward", "reverse"), inputs=(1, 4, 16, 64, 256)):
    """How many times the function's own time a gradient takes, measured now, over its inputs.

    Takes a second or two: a slow machine gives fewer rounds, and may leave out the last points.
    """
    engines = picked("engines", engines, ENGINES)
    if not len(inputs) or any(n < 1 for n in inputs):
        raise InputError(f"inputs={inputs!r} must hold one or more whole numbers above 0.")
    pace = races.Pace(11, seconds=0.0005, patience=0.4, until=time.monotonic() + 1.2)
    lines = races.growth({name: races.elf(name) for name in engines}, pace, inputs)["columns"]
    inputs = lines.pop("n")
    lines = {
        name: [(n, ratio) for n, ratio in zip(inputs, line, strict=True) if ratio]
        for name, line in lines.items()
    }
    lines = {name: line for name, line in lines.items() if line}
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

    said = [
        f"{name} {'climbs' if line[-1][1] > 2 * line[0][1] else 'hardly rises'}"
        for name, line in lines.items()
    ]
    return plot(
        draw,
        "Time of a gradient over the time of its function, for "
        f"{inputs[0]:,} to {inputs[-1]:,} inputs, on logarithmic axes: {'; '.join(said)}.",
    )


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

    def block(x):
        for _ in range(steps):
            x = step(x)
        return x

    def log(block):
        def program(x):
            for _ in range(blocks):
                x = block(x)
            return np.sum(x)

        return memory_log(reverse.grad(program), np.linspace(0.1, 1.0, 10_000))

    if any(type(n) is not int or n < 1 for n in (blocks, steps)) or blocks * steps > 1000:
        raise InputError(
            f"blocks={blocks!r:.40} and steps={steps!r:.40} must be whole numbers above 0, with a "
            "product of up to 1,000."
        )
    full, sparing = log(block), log(checkpoint(block))

    def draw(axes):
        words = {"fontsize": 20, "fontweight": "bold", "va": "bottom"}
        for log, color in ((full, BERRY), (sparing, PINE)):
            every = range(0, len(log), 4)  # as many points as the eye can tell apart
            axes.fill_between(
                every, heights := np.maximum.reduceat(log, every), color=color, alpha=0.15
            )
            axes.plot(every, heights, color=color)
        top = np.argmax(full)
        axes.annotate(
            f"   all on the tape: {max(full):.0f}", (top, full[top]), color=BERRY, **words
        )
        place = len(sparing), 1.4 * max(sparing)
        label = f"checkpoints: {max(sparing):.0f}"
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


def height(f, point):
    """f(x, y) at a point, infinitely high if that is no number."""
    high = float(f(*np.array(point, float)))
    return np.inf if np.isnan(high) else high


def bottom(f, frame):
    """The lowest point of f(x, y) in a frame x0, x1, y0, y1; None if it goes down beyond an edge.

    >>> x, y = bottom(lambda x, y: (x - 2) ** 2 + 5 * (y - 1) ** 2, (-1, 5, 0, 3))
    >>> round(x, 4), round(y, 4)
    (2.0, 1.0)
    """
    low, high = np.array(frame, float).reshape(2, 2).T
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 61).T), -1).reshape(-1, 2)
    way = np.stack(np.meshgrid(*[[0, -2, -1, 1, 2]] * 2), -1).reshape(-1, 2)  # first: stay
    at, step = min(grid, key=lambda p: height(f, p)), (high - low) / 60
    for _ in range(1000):
        best = min(at + way * step, key=lambda p: height(f, p))
        if not (low < best).all() or not (best < high).all():
            return None
        at, step = best, step / 2 if (best == at).all() else step
        if (step < 1e-7 * (high - low)).all():
            break
    return at.tolist()


def descent(path, f):
    """A path of gradient descent, a list of points (x, y), on the contours of f(x, y).

    A star marks the bottom of the valley, if the map has one.
    """
    if callable(path) or not callable(f):
        raise InputError("show.descent takes a path, then its function: show.descent(path, f).")
    points = np.array(path, float)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise InputError(f"A path is a list of points (x, y), but this one is {path!r:.60}.")
    low, high = points.min(0) - 0.6, points.max(0) + 0.6
    X, Y = np.meshgrid(np.linspace(low[0], high[0], 90), np.linspace(low[1], high[1], 90))
    heights = np.vectorize(f)(X, Y)
    if not np.isfinite(heights).any():
        raise InputError("The function has no finite value around this path: choose another one.")
    star = bottom(f, np.stack([low, high], 1).ravel())

    def draw(axes):
        axes.contour(X, Y, heights, 14, colors=PINE, alpha=0.5, linewidths=1)
        axes.plot(*points.T, "o-", color=BERRY, markersize=5)
        if star:
            axes.plot(*star, "*", color=GOLD, markersize=22)

    alt = f"Gradient descent takes {len(path) - 1} steps on a contour map"
    alt += "; a star marks the bottom of the valley." if star else "."
    return plot(draw, alt, figsize=(10.5, 3.4))


def images(pictures, titles):
    """Small grey square images, one array (n, pixels), in a row, each under its title."""
    titles = [str(t) for t in titles]
    if not 1 <= len(pictures) == len(titles) <= 20:
        raise InputError(
            f"show.images draws 1 to 20 images with as many titles, not {len(pictures)} images "
            f"with {len(titles)} titles."
        )
    side = int(np.sqrt(pictures.shape[1]))

    def draw(axes):
        axes.axis("off")
        for i, (image, title) in enumerate(zip(pictures, titles, strict=True)):
            place = axes.inset_axes([i / len(titles), 0, 0.9 / len(titles), 0.78])
            place.imshow(image.reshape(side, side), cmap="gray_r")
            place.set_title(title)
            place.axis("off")

    return plot(
        draw, f"Images of handwritten digits, read as {', '.join(titles)}.", figsize=(10.5, 1.4)
    )


def answer(compute):
    """What ``compute()`` gives, or the sentence of the elf that refuses."""
    try:
        return compute()
    except ElfError as error:
        return f"{type(error).__name__}: {error}"


for _name in __all__:
    if isinstance(globals()[_name], types.FunctionType):
        globals()[_name] = answering(f"show.{_name}")(globals()[_name])
