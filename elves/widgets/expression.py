"""Type a formula and see its derivatives."""

import traitlets

from elves import expression, show, symbolic
from elves.show import graphs
from elves.show.drawing import INK, Box, layered
from elves.show.recording import brief
from elves.widgets.base import Explorer, script


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
        graph = graphs.sharing(shared, self.SHOWN, f"{once:,} operations, equal parts shared")
        tree = graphs.tree(formula, self.SHOWN, f"{total:,} operations, all written out")
        return {
            "source": symbolic.source(formula, most=2000), "tree": total, "shared": once,
            "graph": graph.picture(f"{once} operations, shared").drawing,
            "branches": tree.picture(f"{total} operations as a tree").drawing,
        }  # fmt: skip

    def still(self):
        return show.expression(expression.parse(self.text).function())
