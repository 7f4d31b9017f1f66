"""Choose a rate and a momentum, and see where gradient descent goes."""

import numpy as np
import traitlets

from elves import reverse, show
from elves.errors import InputError
from elves.show.descending import bottom, height
from elves.widgets.base import Explorer, script


class Descent(Explorer):
    """Gradient descent on f(x, y) from a start, with a choice of step sizes and momenta.

    The map has the lowest point that was found in its middle, and a star at the bottom of the
    valley, if there is one. Rates that are left out go on until a path leaves the map. While a
    kernel runs, a click on the map starts there, and arrow keys move the start.

    >>> descent = Descent(lambda x, y: x**2 + 10 * y**2, (2.0, 1.0), rate=0.1)
    >>> descent.path["words"]
    '20 steps to (0.02306, 1), and f(x, y) is 10.'
    """

    _esm, main = script("descent.js"), "paths"
    knobs = ("rate", "momentum")
    rates = traitlets.List().tag(sync=True)
    momenta = traitlets.List().tag(sync=True)
    rate = traitlets.Float().tag(sync=True)
    momentum = traitlets.Float().tag(sync=True)
    paths = traitlets.List().tag(sync=True)  # for each rate and momentum: points and a sentence
    contours = traitlets.List().tag(sync=True)
    frame = traitlets.List().tag(sync=True)  # the part of the plane that is shown
    bottom = traitlets.List().tag(sync=True)  # its lowest point, or nothing

    def __init__(self, f, start, rates=None, steps=20, momenta=(0, 0.5, 0.9), **state):
        self.free = rates is None
        rates = [0.01, 0.03, 0.05, 0.1, 0.15, 0.19, 0.21, 0.25] if self.free else list(rates)
        momenta = list(momenta)
        if rates and momenta:
            state = {"rate": rates[0], "momentum": momenta[0]} | state
        super().__init__(rates=rates, momenta=momenta, **state)
        self.f, self.start, self.steps = f, start, steps
        self.attempt(self.load, self.check)

    def load(self):
        if not self.rates or not self.momenta:
            raise InputError("Descent needs a rate and a momentum to choose: rates=(0.1,).")
        if type(self.steps) is not int or not 0 <= self.steps <= 1000:
            raise InputError(f"steps={self.steps!r:.40} must be a whole number from 0 to 1,000.")
        self.begin(self.start)
        high = self.height(self.start)
        walks = self.longer([-np.inf, np.inf] * 2, lambda w: self.height(w["points"][-1]) > high)
        lowest = min((w["points"][-1] for w in walks), key=self.height)
        far = abs(np.array(self.start) - lowest)
        room = 1.4 * np.maximum(far, 0.3 * max(far) or 1.0)
        self.frame = np.stack([lowest - room, lowest + room], 1).ravel().tolist()
        self.contours = contours(self.f, self.frame)
        self.bottom = bottom(self.f, self.frame) or []
        self.longer(self.frame, lambda w: w["left"])
        self.turned()

    def height(self, point):
        return height(self.f, point)

    def longer(self, frame, flies):
        """Walk in a frame, and double the largest rate, if it may be, until a path flies."""
        walks = self.walks(frame)
        while self.free and len(self.rates) < 20 and not any(flies(row[0]) for row in walks):
            self.rates = [*self.rates, 2 * self.rates[-1]]
            walks = self.walks(frame)
        return [walk for row in walks for walk in row]

    def begin(self, start):
        """Take a start, if it is one."""
        try:
            point = np.array(start, float)
        except (TypeError, ValueError):
            point = np.array(np.nan)
        if point.shape != (2,) or not np.isfinite(point).all():
            raise InputError(f"The start must be two numbers, as (2.0, 1.0), not {start!r:.60}.")
        if not np.isfinite([*reverse.grad(self.f, (0, 1))(*point), self.height(point)]).all():
            raise InputError(f"f(x, y) has no finite value or slope at {start}: start elsewhere.")
        self.start = point.tolist()

    def turned(self):
        """Compute all the paths, those of a rate and a momentum that were not offered too."""
        for name, many in (("rate", "rates"), ("momentum", "momenta")):
            if not np.isfinite([*getattr(self, many), value := getattr(self, name)]).all():
                raise InputError(f"{name}={value} and {many}={getattr(self, many)} must be finite.")
            if value not in getattr(self, many):
                setattr(self, many, sorted([*getattr(self, many), value]))
        self.paths = self.walks(self.frame)

    def walks(self, frame):
        return [
            [walked(self.f, self.start, r, m, self.steps, frame) for m in self.momenta]
            for r in self.rates
        ]

    def answer(self, start):
        self.begin(start)
        self.turned()

    def check(self):
        if self.rate not in self.rates or self.momentum not in self.momenta:
            self.turned()

    @property
    def path(self):
        """The path of the chosen rate and momentum."""
        return self.paths[self.rates.index(self.rate)][self.momenta.index(self.momentum)]

    def still(self):
        return show.descent(self.path["points"], self.f)


def walked(f, start, rate, momentum, steps, frame):
    """A path of gradient descent with (heavy-ball) momentum, until it leaves the frame.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).
    """
    gradient = reverse.grad(f, (0, 1))
    points, speed = [list(start)], np.zeros(2)
    for k in range(1, steps + 1):
        speed = momentum * speed - rate * np.array(gradient(*np.array(points[-1])))
        point = (points[-1] + speed).tolist()
        near = all(abs(c) < 1e6 * (1 + max(map(abs, start))) for c in point)  # not of inf and nan
        if near:
            points.append([round(c, 5) for c in point])
        if not near or not (frame[0] <= point[0] <= frame[1] and frame[2] <= point[1] <= frame[3]):
            words = f"It leaves the map at step {k}."
            return {"points": points, "words": words, "left": True}
    x, y = points[-1]
    words = f"{len(points) - 1} steps to ({x:.4g}, {y:.4g}), "
    words += f"and f(x, y) is {float(f(*np.array(points[-1]))):.4g}."
    return {"points": points, "words": words, "left": False}


def contours(f, frame, count=14):
    """Lines of equal height, each a text of points: x,y x,y …"""
    from contourpy import contour_generator  # comes with matplotlib

    xs, ys = np.linspace(*frame[:2], 61), np.linspace(*frame[2:], 61)
    z = np.array([[float(f(x, y)) for x in xs] for y in ys])
    z = np.ma.masked_invalid(z)
    lines = contour_generator(xs, ys, z)
    low, high = z.min(), z.max()
    levels = low + (high - low) * (np.arange(1, count + 1) / (count + 1)) ** 2
    return [" ".join(f"{x:.3g},{y:.3g}" for x, y in line)
            for level in levels for line in lines.lines(level)]  # fmt: skip
