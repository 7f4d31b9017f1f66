"""Type a function and see what every system makes of it."""

import traitlets

from elves import expression, show
from elves.errors import InputError
from elves.show.systems import EVERY
from elves.widgets.base import Explorer, script

WIDE = 1110  # pixels, which a slide has for them


class SystemsExplorer(Explorer):
    """Type a function of x: every system's own graph of it, and the slope that each one finds.

    `texts` are recorded, so that they can be chosen where no kernel is; `x` is where the slope is
    taken, and `engines` are those of `show.graph_of_each`.

    >>> explorer = SystemsExplorer(["np.sin(x) * x**2"], engines=["reverse", "tracing"])
    >>> explorer.answer("x * x", "3")
    >>> explorer.alts["x * x"].count("slope 6.")
    2
    >>> SystemsExplorer(["np.sin(x"], engines=["reverse"]).problem
    "'np.sin(x' is not an expression ('(' was never closed)."
    """

    _esm, main = script("systems.js"), "views"
    knobs = ("text",)
    text = traitlets.Unicode().tag(sync=True)
    x = traitlets.Float(1.3).tag(sync=True)
    views = traitlets.Dict().tag(sync=True)  # text: the graphs

    def __init__(self, texts=("np.sin(x) * x**2",), x=1.3, engines=EVERY, **state):
        super().__init__(x=float(x), **state)
        self.engines, self.alts = engines, {}
        texts = [texts] if isinstance(texts, str) else list(texts)
        self.attempt(lambda: [self.answer(text, x) for text in texts])
        if self.views:
            self.text = next(iter(self.views))

    def answer(self, text, x):
        try:
            x = float(x)
        except ValueError:
            raise InputError(f"{x!r:.40} is not a number: write one such as 1.3.") from None
        parsed = expression.parse(text)
        picture = self.drawn(parsed, x)
        known = self.views if x == self.x else {}  # the others were at another x
        self.alts[parsed.source] = picture.alt
        self.views = known | {parsed.source: picture.drawing}
        self.x, self.text = x, parsed.source

    def drawn(self, parsed, x):
        return show.graph_of_each(parsed.function(), x, engines=self.engines, width=WIDE)

    def check(self):
        if self.text not in self.views:
            self.answer(self.text, self.x)

    def still(self):
        return self.drawn(expression.parse(self.text), self.x)
