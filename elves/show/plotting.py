"""Plots: curves of a function and of its errors, and images, drawn by matplotlib."""

import io

import numpy as np

from elves import numerical, reverse
from elves.errors import InputError, missing
from elves.show.drawing import BERRY, GOLD, INK, PINE, Picture

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
    except ImportError as error:
        words = "Pictures need matplotlib: run make light in the repository."
        raise missing(error, words) from None

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
