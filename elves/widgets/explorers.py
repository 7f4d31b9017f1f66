"""Explorers: turn a knob and see what follows; all they show was computed by the engines."""

import itertools
import math
import timeit
from functools import partial

import numpy as np
import traitlets

from elves import expression, forward, numerical, reverse, show, symbolic
from elves.errors import InputError
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
        self.attempt(self.load)

    def load(self):
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
    text = traitlets.Unicode().tag(sync=True)
    order = traitlets.Int(1).tag(sync=True)
    shared = traitlets.Bool(True).tag(sync=True)
    views = traitlets.Dict().tag(sync=True)  # text: what to show of each derivative
    SHOWN = 24  # operations that can be read

    def __init__(self, texts=("np.sin(x) * x**2", "np.exp(np.sin(x))"), **state):
        super().__init__(**state)
        texts = [texts] if isinstance(texts, str) else list(texts)
        self.attempt(lambda: [self.answer(text) for text in texts])
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
    sizes = traitlets.List().tag(sync=True)
    n = traitlets.Int(64).tag(sync=True)
    m = traitlets.Int(1).tag(sync=True)
    costs = traitlets.Dict().tag(sync=True)  # "n,m": engine: runs of the function

    def __init__(self, sizes=(1, 4, 16, 64), **state):
        if len(sizes):
            state = {"n": sizes[len(sizes) // 2], "m": sizes[0]} | state
        super().__init__(sizes=list(sizes), **state)
        self.attempt(self.load)

    def load(self):
        if not self.sizes or any(size < 1 for size in self.sizes):
            raise InputError(f"sizes={self.sizes} must hold whole numbers above 0: try (1, 4, 16).")
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

        run = min(timeit.repeat(lambda: f(x), number=1, repeat=9))
        engines = {"numerical": numerical, "forward": forward, "reverse": reverse}
        costs = {}
        for name, engine in engines.items():
            whole = timeit.repeat(partial(engine.jacobian(f), x), number=1, repeat=3)
            costs[name] = float(f"{min(whole) / run:.2g}")
        self.costs = self.costs | {f"{n},{m}": costs}

    def still(self):
        costs = self.costs[f"{self.n},{self.m}"]
        rows = [[(name, INK), (f"{cost:g}", PINE)] for name, cost in costs.items()]
        alt = f"What a Jacobian of {self.m} rows and {self.n} columns costs, in runs of f: "
        alt += ", ".join(f"{name} {cost:g}" for name, cost in costs.items())
        head = f"n = {self.n}, m = {self.m}", "cost in runs of f"
        return table(head, rows).picture(f"{alt}.")


class Descent(Explorer):
    """Gradient descent on f(x, y) from a start, with a choice of step sizes and momenta.

    The map has the lowest point that was found in its middle.

    >>> descent = Descent(lambda x, y: x**2 + 10 * y**2, (2.0, 1.0))
    >>> descent.paths["0.1,0"]["words"]
    '20 steps, and f(x, y) is 10.'
    """

    _esm, main = script("descent.js"), "paths"
    rates = traitlets.List().tag(sync=True)
    momenta = traitlets.List().tag(sync=True)
    rate = traitlets.Float().tag(sync=True)
    momentum = traitlets.Float().tag(sync=True)
    paths = traitlets.Dict().tag(sync=True)  # "rate,momentum": points and a sentence
    contours = traitlets.List().tag(sync=True)
    frame = traitlets.List().tag(sync=True)  # the part of the plane that is shown

    def __init__(self, f, start, rates=(0.01, 0.03, 0.05, 0.09, 0.1, 0.15, 0.2), steps=20,
                 momenta=(0, 0.5, 0.9), **state):  # fmt: skip
        if len(rates) and len(momenta):
            state = {"rate": rates[0], "momentum": momenta[0]} | state
        super().__init__(rates=list(rates), momenta=list(momenta), **state)
        self.f, self.start, self.steps = f, start, steps
        self.attempt(self.load)

    def load(self):
        if not self.rates or not self.momenta:
            raise InputError("Descent needs a rate and a momentum to choose: rates=(0.1,).")
        if np.shape(self.start) != (2,):
            raise InputError(f"The start must be two numbers, as (2.0, 1.0), not {self.start}.")
        start = np.array(self.start, float)
        with np.errstate(all="ignore"):
            everywhere = self.walks([-np.inf, np.inf] * 2).values()
            lowest = min((path["points"][-1] for path in everywhere), key=lambda p: self.f(*p))
            room = 1.4 * np.maximum(abs(start - lowest), 0.3 * max(abs(start - lowest)) or 1.0)
            self.frame = np.stack([lowest - room, lowest + room], 1).ravel().tolist()
            self.contours, self.paths = contours(self.f, self.frame), self.walks(self.frame)

    def walks(self, frame):
        return {
            f"{r:g},{m:g}": walked(self.f, self.start, r, m, self.steps, frame)
            for r, m in itertools.product(self.rates, self.momenta)
        }

    def still(self):
        path = self.paths[f"{self.rate:g},{self.momentum:g}"]["points"]
        return show.descent(path, self.f)


def walked(f, start, rate, momentum, steps, frame):
    """A path of gradient descent with (heavy-ball) momentum, until it leaves the frame.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).
    """
    gradient = reverse.grad(f, (0, 1))
    points, speed = [[float(start[0]), float(start[1])]], np.zeros(2)
    for k in range(1, steps + 1):
        speed = momentum * speed - rate * np.array(gradient(*points[-1]))
        point = (points[-1] + speed).tolist()
        if not (math.isfinite(sum(point)) and abs(point[0]) < 1e6 and abs(point[1]) < 1e6):
            break
        points.append([round(c, 5) for c in point])
        if not (frame[0] <= point[0] <= frame[1] and frame[2] <= point[1] <= frame[3]):
            return {"points": points, "words": f"It leaves the map at step {k}."}
    words = f"{len(points) - 1} steps, and f(x, y) is {float(f(*points[-1])):.4g}."
    return {"points": points, "words": words}


def contours(f, frame, count=14):
    """Lines of equal height, each a text of points: x,y x,y …"""
    from contourpy import contour_generator  # comes with matplotlib

    xs, ys = np.linspace(*frame[:2], 61), np.linspace(*frame[2:], 61)
    z = np.array([[float(f(x, y)) for x in xs.tolist()] for y in ys.tolist()])
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
