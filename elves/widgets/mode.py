"""Choose inputs and outputs, and see what a Jacobian costs in each mode."""

import itertools
from functools import partial

import numpy as np
import traitlets

from elves import forward, numerical, reverse
from elves.errors import InputError
from elves.race.timing import clocked
from elves.show.drawing import INK, PINE, table
from elves.widgets.base import Explorer, script


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
