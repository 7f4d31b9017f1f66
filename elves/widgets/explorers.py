"""Explorers: turn a knob and see what follows; all they show was computed by the engines."""

import itertools
from functools import partial

import numpy as np
import traitlets

from elves import expression, forward, numerical, reverse, show, symbolic
from elves.errors import InputError
from elves.race.timing import clocked
from elves.show import graphs
from elves.show.code import linked
from elves.show.drawing import INK, PINE, Box, layered, table
from elves.show.recording import brief
from elves.widgets.base import Explorer, script


class StepSize(Explorer):
    """Drag the step h over 16 decades and watch truncation and round-off.

    `functions` is a function, or a dict of them by name; the scheme and the function are chosen in
    the widget, where another function can be typed while a kernel runs.

    >>> StepSize(lambda x: np.sin(x) * x**2, 1.3).exponent
    -4
    """

    _esm, main = script("step_size.js"), "curves"
    knobs = ("exponent", "chosen")
    exponent = traitlets.Int(-4).tag(sync=True)
    steps = traitlets.List().tag(sync=True)  # exponents of ten
    curves = traitlets.Dict().tag(sync=True)  # function: (scheme, log10 of the error at each step)
    chosen = traitlets.Unicode().tag(sync=True)
    hidden = traitlets.List().tag(sync=True)  # schemes that are not shown

    def __init__(self, functions, x, schemes=("forward", "central", "complex"), **state):
        if not isinstance(functions, dict):
            functions = {getattr(functions, "__name__", "f").replace("<lambda>", "f"): functions}
        super().__init__(steps=list(range(-16, 1)), **state)
        self.x, self.schemes, self.functions = x, schemes, functions
        self.attempt(self.load, self.check)

    def load(self):
        if not self.functions:
            raise InputError("StepSize needs a function: StepSize(np.sin, 1.3).")
        for name, f in reversed(self.functions.items()):  # the first one is chosen at the end
            self.add(name, f)

    def add(self, name, f):
        """Compute the curves of one more function and show them."""
        steps = 10.0 ** np.array(self.steps)
        curves = []
        with np.errstate(all="ignore"):
            for scheme in self.schemes:
                errors = np.log10(show.errors(f, self.x, scheme, steps, name))
                errors = np.nan_to_num(errors, nan=0)  # a step too large: no digit is right
                curves.append([scheme, np.minimum(errors, 0).round(2).tolist()])
        self.curves = self.curves | {name: curves}
        self.chosen = name

    def answer(self, text):
        parsed = expression.parse(text)
        self.add(parsed.source, parsed.function())

    def check(self):
        self.among("exponent", self.steps)
        if self.chosen not in self.curves:
            self.answer(self.chosen)

    def still(self):
        f = self.functions.get(self.chosen) or expression.parse(self.chosen).function()
        return show.error_curve(f, self.x, self.schemes)


class ExpressionExplorer(Explorer):
    """Type an expression in x and see it differentiated, swell, and be shared.

    `texts` are recorded, so that they can be chosen where no kernel is.

    >>> explorer = ExpressionExplorer(["np.sin(x) * x**2"])
    >>> [(v["tree"], v["shared"]) for v in explorer.views[explorer.text]][:2]
    [(3, 3), (7, 7)]
    """

    _esm, main = script("expression.js"), "views"
    knobs = ("text", "order")
    text = traitlets.Unicode().tag(sync=True)
    order = traitlets.Int(1).tag(sync=True)
    shared = traitlets.Bool(True).tag(sync=True)
    views = traitlets.Dict().tag(sync=True)  # text: what to show of each derivative
    SHOWN = 24  # operations that can be read

    def __init__(self, texts=("np.sin(x) * x**2", "np.exp(np.sin(x))"), **state):
        super().__init__(**state)
        texts = [texts] if isinstance(texts, str) else list(texts)
        self.attempt(lambda: [self.answer(text) for text in texts], self.check)
        if self.views:
            self.text = next(iter(self.views))

    def answer(self, text):
        parsed = expression.parse(text)
        formula = symbolic.formula(parsed.function(), "x")
        symbol = symbolic.symbol("x")
        views = [formula]
        for _ in range(3):
            views.append(symbolic.derivative(views[-1], symbol))
        self.views = self.views | {parsed.source: [self.view(formula) for formula in views]}
        self.text = parsed.source

    def check(self):
        self.among("order", range(4))
        if self.text not in self.views:
            self.answer(self.text)

    def view(self, formula):
        """What to show of one formula, which may have become a number."""
        if not isinstance(formula, symbolic.Expr):
            number = layered([Box(0, [(brief(formula), INK)])], []).picture("a number").drawing
            return {"source": brief(formula), "tree": 0, "shared": 0, "graph": number,
                    "branches": number}  # fmt: skip
        shared = graphs.shared(formula)
        once, total = symbolic.size(shared, shared=True), symbolic.size(formula)
        many = once > self.SHOWN
        graph = graphs.crowd(once) if many else graphs.drawn(graphs.of_formula(shared), graphs.MOST)
        tree = graphs.tree(formula, self.SHOWN)
        return {
            "source": symbolic.source(formula, most=2000), "tree": total, "shared": once,
            "graph": graph.picture(f"{once} operations, shared").drawing,
            "branches": tree.picture(f"{total} operations as a tree").drawing,
        }  # fmt: skip

    def still(self):
        return show.expression(expression.parse(self.text).function())


class ModeExplorer(Explorer):
    """Choose the inputs n and the outputs m of a function, and see what its Jacobian costs.

    The function is a small network, B tanh(… tanh(A x)). The costs are times, measured on this
    machine, as a multiple of one run of the function.
    """

    _esm, main = script("mode.js"), "costs"
    knobs = ("n", "m")
    sizes = traitlets.List().tag(sync=True)
    n = traitlets.Int(64).tag(sync=True)
    m = traitlets.Int(1).tag(sync=True)
    costs = traitlets.Dict().tag(sync=True)  # "n,m": engine: runs of the function

    def __init__(self, sizes=(1, 4, 16, 64), **state):
        if len(sizes):
            state = {"n": sizes[len(sizes) // 2], "m": sizes[0]} | state
        super().__init__(sizes=list(sizes), **state)
        self.attempt(self.load, self.check)

    def load(self):
        if not self.sizes or any(type(n) is not int or not 1 <= n <= 1000 for n in self.sizes):
            raise InputError(
                f"sizes={self.sizes} must hold whole numbers above 0, up to 1,000: try (1, 4, 16)."
            )
        for n, m in itertools.product(self.sizes, repeat=2):
            self.answer(n, m)

    def answer(self, n, m):
        x, width = np.linspace(0.1, 0.2, n), 2000
        A = np.linspace(-1, 1, n * width).reshape(width, n)
        B = np.linspace(-1, 1, m * width).reshape(m, width)

        def f(x):
            h = A @ x
            for _ in range(5):
                h = np.tanh(h)
            return B @ h

        run = min(clocked(lambda: f(x)) for _ in range(9))
        engines = {"numerical": numerical, "forward": forward, "reverse": reverse}
        costs = {}
        for name, engine in engines.items():
            jacobian = partial(engine.jacobian(f), x)
            whole = min(clocked(jacobian) for _ in range(3))
            costs[name] = float(f"{whole / run:.2g}")
        self.costs = self.costs | {f"{n},{m}": costs}

    def check(self):
        self.among("n", self.sizes)
        self.among("m", self.sizes)

    def still(self):
        costs = self.costs[f"{self.n},{self.m}"]
        rows = [[(name, INK), (f"{cost:g}", PINE)] for name, cost in costs.items()]
        alt = f"What a Jacobian of {self.m} rows and {self.n} columns costs, in runs of f: "
        alt += ", ".join(f"{name} {cost:g}" for name, cost in costs.items())
        head = f"n = {self.n}, m = {self.m}", "cost in runs of f"
        return table(head, rows).picture(f"{alt}.")


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
        self.bottom = show.bottom(self.f, self.frame) or []
        self.longer(self.frame, lambda w: w["left"])
        self.turned()

    def height(self, point):
        return show.height(self.f, point)

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


class SourceExplorer(Explorer):
    """Point at a line of f and see the lines of the derivative that it became, and back.

    The arguments are those of `elves.show.source`.
    """

    _esm, main = script("source.js"), "left"
    line = traitlets.Int(0).tag(sync=True)
    left = traitlets.List().tag(sync=True)  # (text, number of the line or None)
    right = traitlets.List().tag(sync=True)
    title = traitlets.Unicode("what elves.source writes").tag(sync=True)

    def __init__(self, f, *args, **options):
        super().__init__()
        self.what = f, args, options
        self.attempt(self.load)

    def load(self):
        f, args, options = self.what
        left, right = linked(f, *args, **options)
        self.left, self.right = [list(p) for p in left], [list(p) for p in right]

    def still(self):
        f, args, options = self.what
        return show.source(f, *args, **options)
