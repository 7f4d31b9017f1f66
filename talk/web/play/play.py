"""What the quick page asks of Python: all about a function of x at one place, part by part."""

import ast
import html
import json

import elves
from elves import expression, source, symbolic
from elves.comparing import DIGITS, check_value, fine, point, rows
from elves.errors import ElfError
from elves.show.frames import walk
from elves.symbolic.writing import source as written
from elves.symbolic.writing import text as worded

LONGEST = 2000  # letters of a formula that anybody would look at


def answer(text, at, tell):
    """Give ``tell(part, json)`` what is known of a function, the most important first.

    What is wrong with the input is told as the part "problem", in the words of ``elves compare``.
    """
    import mpmath

    def say(part, **words):
        tell(part, json.dumps(words))

    def attempt(part, work):
        try:
            say(part, **work())
        except ElfError as error:
            say(part, problem=str(error))

    try:
        expr, x = expression.parse(text), point(at, "x =")
        check_value(expr, x)
        reference = fine(expr, x)
    except ElfError as error:
        return say("problem", words=str(error))
    f = expr.function()
    digits = mpmath.nstr(reference, DIGITS, strip_zeros=False)
    say("read", source=expr.source, mathml=mathml(expr.source), x=repr(x), value=repr(float(f(x))),
        derivative=repr(float(reference)), digits=digits)  # fmt: skip
    for row in rows(expr, x, reference, elves.ENGINES):
        numbers = {name: value if value is None else repr(value)
                   for name, value in row.items() if name in ("value", "derivative")}  # fmt: skip
        say("row", **(row | numbers))
    attempt("formula", lambda: formula(f))
    attempt("source", lambda: {"text": source.show(f, x).replace("\n\n\n", "\n\n")})
    for mode in ("reverse", "forward"):
        attempt(mode, lambda mode=mode: walk(expr.function(), [x], mode)[1])


def formula(f):
    """The formula of the derivative of f, simplified, as Python and as MathML."""
    found = symbolic.derivative(symbolic.formula(f, "x"), symbolic.symbol("x"))
    found = symbolic.simplify(found) if isinstance(found, symbolic.Expr) else found
    text = written(found, LONGEST) if isinstance(found, symbolic.Expr) else worded(found)
    return {"text": text, "mathml": mathml(text) if len(text) < LONGEST else ""}


# ------------------------------------------------------------------------------------- MathML

MINUS = "\N{MINUS SIGN}"
SIGNS = {  # sign, how strongly it binds
    ast.Add: ("+", 1), ast.Sub: (MINUS, 1), ast.Mult: ("·", 2), ast.USub: (MINUS, 3),
    ast.Gt: ("&gt;", 0), ast.Lt: ("&lt;", 0), ast.GtE: ("≥", 0), ast.LtE: ("≤", 0),
    ast.Eq: ("=", 0), ast.NotEq: ("≠", 0),
}  # fmt: skip
ATOM = 9


def mathml(text):
    """Python's text of a formula as MathML, which browsers and screen readers know.

    >>> mathml("x * -2.0").count("<mo>(</mo>")
    1
    >>> mathml("np.sqrt(x) / 2.0")
    '<math><mfrac><mrow><msqrt><mi>x</mi></msqrt></mrow><mn>2</mn></mfrac></math>'
    """
    return f"<math>{_math(ast.parse(text, mode='eval').body)[0]}</math>"


def _math(node):
    """The markup of a part of a formula, and how strongly it binds."""
    match node:
        case ast.Constant(value=value):
            return f"<mn>{value:.17g}</mn>", ATOM
        case ast.Attribute(attr=name):
            return f"<mi>{'π' if name == 'pi' else name}</mi>", ATOM
        case ast.Name(id=name):
            return f"<mi>{name}</mi>", ATOM
        case ast.UnaryOp(operand=a):
            return f"<mo>{MINUS}</mo>{_inside(a, 3)}", 3
        case ast.BinOp(left=a, op=ast.Div(), right=b):
            return f"<mfrac>{_row(a)}{_row(b)}</mfrac>", ATOM
        case ast.BinOp(left=a, op=ast.Pow(), right=b):
            return f"<msup>{_group(_inside(a, ATOM))}{_row(b)}</msup>", 4
        case ast.BinOp(left=a, op=op, right=b) | ast.Compare(left=a, ops=[op], comparators=[b]):
            sign, rank = SIGNS[type(op)]
            right = 4 if isinstance(b, ast.UnaryOp) else rank + isinstance(op, ast.Sub)
            return f"{_inside(a, rank)}<mo>{sign}</mo>{_inside(b, right)}", rank
        case ast.Call(func=ast.Attribute(attr="sqrt"), args=[a]):
            return f"<msqrt>{_math(a)[0]}</msqrt>", ATOM
        case ast.Call(func=ast.Attribute(attr="exp"), args=[a]):
            return f"<msup><mi>e</mi>{_row(a)}</msup>", 4
        case ast.Call(func=ast.Attribute(attr="abs" | "absolute"), args=[a]):
            return f"<mo>|</mo>{_math(a)[0]}<mo>|</mo>", ATOM
        case ast.Call(func=func, args=args):
            name = func.attr if isinstance(func, ast.Attribute) else func.id
            inner = "<mo>,</mo>".join(_math(a)[0] for a in args)
            return f"<mi>{name}</mi><mo>(</mo>{inner}<mo>)</mo>", ATOM
    return f"<mtext>{html.escape(ast.unparse(node))}</mtext>", 0


def _inside(node, rank):
    words, own = _math(node)
    return words if own >= rank else f"<mo>(</mo>{words}<mo>)</mo>"


def _group(words):
    return f"<mrow>{words}</mrow>" if words.count("<") > 2 else words


def _row(node):
    return _group(_math(node)[0])
