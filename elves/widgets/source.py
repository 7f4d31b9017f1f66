"""Point at a line of a function, and see what `elves.source` made of it."""

import traitlets

from elves import show
from elves.show.code import linked
from elves.widgets.base import Explorer, script


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
