"""Read an expression in x, such as "np.sin(x) * x**2", from people who are not to be trusted.

The text is parsed, compared with a list of what is allowed, bounded, and only then compiled:
nothing is ever run that is not on the list.
"""

import ast
import itertools
import linecache
import math
import re
import warnings
from dataclasses import dataclass, field

import numpy as np

from elves.errors import ExpressionError

UNARY = """sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1
    log log2 log10 log1p sqrt square reciprocal negative abs absolute"""
BINARY = "add subtract multiply divide power maximum minimum hypot arctan2 logaddexp"
FUNCTIONS = dict.fromkeys(UNARY.split(), 1) | dict.fromkeys(BINARY.split(), 2)
CONSTANTS = {"pi": math.pi, "e": math.e}
OPERATORS = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
POLES = ["divide", "reciprocal", "power", "log", "log2", "log10"]  # infinite at 0
MAX_LENGTH, MAX_DEPTH, MAX_NUMBER, MAX_EXPONENT = 500, 100, 1e100, 64

_ALLOWED = "numbers, x, + - * / **, np.pi, np.e and NumPy functions such as np.sin(x) are allowed"
_count = itertools.count(1)


@dataclass(frozen=True)
class Expression:
    """A checked expression: `source` is its normalised text, `function()` the function of x."""

    source: str
    _tree: ast.Expression = field(repr=False, compare=False)

    def function(self, np=np, number=None):
        """Return a Python function of x that sees NumPy as `np`, with source and a real name.

        With `number`, each number of the expression passes through it, to become exact.

        >>> float(parse("x**2 + 1").function()(3.0))
        10.0
        """
        tree, names = self._tree, {"np": np, "__builtins__": {}}
        if number:
            tree = _Numbers().visit(ast.parse(self.source, mode="eval"))
            names["number"] = number
        source = f"def expression(x):\n    return {ast.unparse(tree)}\n"
        filename = f"<expression {next(_count)}>"
        lines = source.splitlines(keepends=True)
        linecache.cache[filename] = (len(source), None, lines, filename)  # for inspect and Tangent
        exec(compile(source, filename, "exec"), names)
        return names["expression"]

    def flaw(self, x):
        """Why a run at the float `x` leaves the finite numbers, even if only on its way; or None.

        >>> parse("1 / (x - 2)").flaw(2.0), parse("log(x)").flaw(2.0)
        ('1.0 / (x - 2.0) is infinite there', None)
        """

        def look(node, name, args, value):
            if why or np.isfinite(value):
                return
            part = _short(ast.unparse(node)).strip("'")
            pole = name in ("log1p", "arctanh") or (name in POLES and 0 in args)
            if np.isnan(value):
                why.append(f"{part} is no real number there")
            else:
                why.append(f"{part} is infinite there" if pole else "it overflows 64-bit floats")

        why = []
        _fold(self._tree.body, np.float64(x), look)
        return why[0] if why else None


class _Numbers(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.Call(ast.Name("number", ast.Load()), [node], [])

    def visit_Attribute(self, node):
        if node.attr in CONSTANTS:
            return self.visit_Constant(ast.Constant(CONSTANTS[node.attr]))
        return node


def parse(text):
    """Return the Expression that `text` stands for.

    Raises ExpressionError, one sentence that names the offending part, for anything else.

    >>> parse("sin(x) * 2*pi").source
    'np.sin(x) * 2.0 * np.pi'
    """
    if not isinstance(text, str) or not text.strip():
        raise ExpressionError("The expression is empty: write one in x, such as np.sin(x) * x**2.")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"The expression has {len(text)} characters, and at most {MAX_LENGTH} are allowed."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's remarks on style, such as for "1or x"
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise ExpressionError(
            f"{_short(text)} is not an expression ({reason}).{_hint(text)}"
        ) from None
    except (RecursionError, MemoryError):
        raise ExpressionError(f"{_short(text)} is nested too deeply.") from None
    try:
        body = _check(tree.body)
    except ExpressionError as error:
        raise ExpressionError(f"{error}{_hint(text)}") from None
    if isinstance(body, ast.Constant) or not _has_x(body):
        raise ExpressionError(f"{_short(text)} does not contain x, so its derivative is just 0.")
    tree = ast.fix_missing_locations(ast.Expression(body))
    return Expression(ast.unparse(tree), tree)


# What people write out of habit, and what it is called here.
HABITS = {
    "[\\^\u00b2\u00b3\u2074-\u2079]": "** for a power",
    r"(?<![\w.])\.?\d[\d.]*\s*(?!e[-+\d])[a-z(]": "* between factors, as in 2*x",
    "[\u00d7\u00b7\u22c5]": "* for a product",
    "[\u00f7\u2215]": "/ for a quotient",
    "[\u2012-\u2015\u2212]": "- for minus",
    "\u221a": "sqrt(x)",
    "\u03c0": "pi",
    r"\bln\b": "log",
    r"\b(sin|cos|tan|exp|log|sqrt|abs) ?x\b": "brackets, as in sin(x)",
}


def _hint(text):
    meant = [habit for pattern, habit in HABITS.items() if re.search(pattern, text)]
    return f" Write {' and '.join(meant)}." if meant else ""


def _check(node, depth=0, exponent=False):
    """Return a clean copy of `node`, its constant parts computed.  Raises ExpressionError."""
    if depth > MAX_DEPTH:
        raise ExpressionError(f"The expression is nested more than {MAX_DEPTH} levels deep.")
    match node:
        case ast.Name(id="x"):
            return ast.Name("x", ast.Load())
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _number(value, node, exponent)
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name) if (
            name in CONSTANTS
        ):
            return ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _check(operand, depth + 1, exponent)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            new = ast.UnaryOp(ast.USub(), _check(operand, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            power = isinstance(op, ast.Pow)
            new = ast.BinOp(_check(left, depth + 1), op, _check(right, depth + 1, power))
        case ast.Call(func=func, args=args, keywords=[]):
            name = _function(func)
            if len(args) != FUNCTIONS[name] or any(isinstance(a, ast.Starred) for a in args):
                raise ExpressionError(
                    f"{_show(node)} does not fit: np.{name} takes {FUNCTIONS[name]} "
                    f"argument{'s' * (FUNCTIONS[name] > 1)}."
                )
            func = ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())
            new = ast.Call(func, [_check(arg, depth + 1) for arg in args], [])
        case ast.Name(id=name) if name in FUNCTIONS:
            raise ExpressionError(f"{name} is a function without its argument: write np.{name}(x).")
        case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name) if name in FUNCTIONS:
            raise ExpressionError(f"np.{name} is a function without its argument: np.{name}(x).")
        case ast.Name(id=name):
            raise ExpressionError(
                f"{name!r} is not known here: the only variable is x, and {_ALLOWED}."
            )
        case _:
            raise ExpressionError(f"{_show(node)} is not allowed here: only {_ALLOWED}.")
    return new if _has_x(new) else _number(_fold(new), node, exponent)


def _function(func):
    match func:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name):
            if name in FUNCTIONS:
                return name
    raise ExpressionError(
        f"{_show(func)} is not a function that can be used here: choose from "
        f"{', '.join(FUNCTIONS)}."
    )


def _number(value, node, exponent):
    """Return a float literal, or a small whole number where it is an exponent."""
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if math.isnan(value):
        raise ExpressionError(f"{_show(node)} has no value among the real numbers.")
    if abs(value) > MAX_NUMBER:
        raise ExpressionError(
            f"{_show(node)} is too large or infinite: numbers go up to {MAX_NUMBER:.0e} here."
        )
    if exponent and value.is_integer() and abs(value) <= MAX_EXPONENT:
        value = int(value)
    if value < 0 or (value == 0 and math.copysign(1, value) < 0):
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _fold(node, x=None, look=None):
    """Compute a checked part in 64-bit floats only, so that nothing can explode.

    ``look(node, name, args, value)`` sees each operation.
    """
    match node:
        case ast.Constant(value=value):
            return np.float64(value)
        case ast.Name():
            return x
        case ast.Attribute(attr=name):
            return np.float64(CONSTANTS[name])
        case ast.UnaryOp(operand=operand):
            return -_fold(operand, x, look)
        case ast.BinOp(left=left, op=op, right=right):
            name, args = OPERATORS[type(op)].__name__, [left, right]
        case ast.Call(func=ast.Attribute(attr=name), args=args):
            pass
    args = [_fold(arg, x, look) for arg in args]
    with np.errstate(all="ignore"):
        value = getattr(np, name)(*args)
    if look:
        look(node, name, args, value)
    return value


def _has_x(node):
    return any(isinstance(n, ast.Name) and n.id == "x" for n in ast.walk(node))


def _show(node):
    try:
        return _short(ast.unparse(node))
    except (RecursionError, ValueError):
        return "a part of it"


def _short(text):
    text = " ".join(text.split())
    return repr(text if len(text) <= 40 else text[:37] + "...")
