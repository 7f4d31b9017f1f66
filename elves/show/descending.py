"""Gradient descent on a map: contours of f(x, y), the path, and the bottom of the valley."""

import numpy as np

from elves.errors import InputError
from elves.show.drawing import BERRY, GOLD, PINE
from elves.show.plotting import plot


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
