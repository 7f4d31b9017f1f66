"""How a formula is written: Python source that NumPy runs, and LaTeX for a notebook."""

import math
import re

import numpy as np

from elves.symbolic.expr import Expr, fold, level_of, size

# function: (sign in Python, precedence in Python, LaTeX template)
SIGNS = {
    np.add: ("{} + {}", 1, "{} + {}"),
    np.subtract: ("{} - {}", 1, "{} - {}"),
    np.multiply: ("{} * {}", 2, r"{} \cdot {}"),
    np.true_divide: ("{} / {}", 2, r"\frac{{{}}}{{{}}}"),
    np.negative: ("-{}", 3, "-{}"),
    np.power: ("{} ** {}", 4, "{{{}}}^{{{}}}"),
}
COMPARE = {np.greater: ">", np.less: "<", np.equal: "==", np.not_equal: "!="}
SIGNS |= {f: (f"{{}} {sign} {{}}", 0, f"{{}} {sign} {{}}") for f, sign in COMPARE.items()}
ATOM = 9
COMMANDS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "arcsin", "arccos", "arctan"}
BARS = {np.sqrt: (r"\sqrt{", "}"), np.absolute: (r"\left|", r"\right|")}


def source(expr, most=None):
    """The formula as Python source that NumPy runs; parts of more than `most` letters are cut.

    >>> from elves.symbolic import symbol
    >>> source(np.exp(-symbol("x")) / 2)
    'np.exp(-x) / 2'
    """

    def combine(node, args):
        words, rank = written(node, args)
        return (words, rank) if most is None or len(words) <= most else (words[:most] + "...", ATOM)

    return text(fold([expr], lambda node: (node.name, ATOM), combine, level_of([expr]))[0])


def written(node, args):
    """The text of one operation on written arguments, and how strongly it binds."""
    if node.rule.function not in SIGNS:
        return f"{node.rule.name}({', '.join(text(a) for a in args)})", ATOM
    template, rank, _ = SIGNS[node.rule.function]
    return template.format(*_bracket(node, args, text, rank)), rank


def latex(expr):
    r"""The formula in LaTeX, for a notebook.

    >>> from elves.symbolic import symbol
    >>> latex(np.sqrt(symbol("x")) / 2)
    '\\frac{\\sqrt{x}}{2}'
    """

    def combine(node, args):
        function, words = node.rule.function, [text(a) for a in args]
        if function in SIGNS:
            _, rank, template = SIGNS[function]
            if function is np.true_divide:
                return template.format(*words), ATOM
            first, *rest = _bracket(node, args, text, rank)
            return template.format(first, *(words[1:] if function is np.power else rest)), rank
        name = function.__name__
        head = rf"\{name}" if name in COMMANDS else rf"\mathrm{{{name}}}"
        before, after = BARS.get(function, (rf"{head}\left(", r"\right)"))
        return f"{before}{', '.join(words)}{after}", ATOM

    def name(node):
        return re.sub(r"_?(\d+)$", r"_{\1}", node.name), ATOM

    return text(fold([expr], name, combine, level_of([expr]))[0])


def text(piece):
    """The words of a written piece, or of a number."""
    if isinstance(piece, tuple):
        return piece[0]
    if not isinstance(piece, (float, int)):
        return str(piece) if isinstance(piece, np.integer) else repr(piece)
    if not math.isfinite(piece):
        return f"{piece}".replace("inf", "np.inf").replace("nan", "np.nan")
    brief = f"{piece:.15g}"
    return brief if float(brief) == piece else repr(float(piece))


def _bracket(node, args, text, rank):
    """The arguments as text, in brackets where they bind less than the operation around them."""
    binds = [a[1] if isinstance(a, tuple) else (3 if a < 0 else ATOM) for a in args]
    # a - (b - c) and a / (b / c) need brackets on the right, (a**b)**c on the left
    tight = {np.subtract: 1, np.true_divide: 1, np.power: 0, np.multiply: 1}.get(node.rule.function)
    return [
        f"({text(a)})" if b < rank or (b == rank and i == tight) else text(a)
        for i, (a, b) in enumerate(zip(args, binds, strict=True))
    ]


Expr.__repr__ = lambda self: source(self, most=2000)
Expr._repr_latex_ = lambda self: f"$\\displaystyle {latex(self)}$" if size(self) < 1000 else None
