"""Lab 3: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {}

# Two classes of duals, for the lines in which the mistakes are.
CLASS = """
class Dual:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = dual(other)
        {add}

    def __mul__(self, other):
        other = dual(other)
        {mul}

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + -1.0 * dual(other)

    def __rsub__(self, other):
        return other + -1.0 * self


def dual(x):
    return x if hasattr(x, "tangent") else Dual(x)
"""
ADD = "return Dual(self.value + other.value, self.tangent + other.tangent)"
PAIRS = """
from collections import namedtuple


def dual(x):
    return x if hasattr(x, "tangent") else Dual(x, 0.0)


class Dual(namedtuple("Pair", "value tangent")):
    def __add__(a, b):
        (u, du), (v, dv) = a, dual(b)
        return Dual(u + v, {add})

    def __mul__(a, b):
        (u, du), (v, dv) = a, dual(b)
        return Dual(u * v, {mul})

    def __radd__(a, b):
        return a + b

    def __rmul__(a, b):
        return a * b

    def __sub__(a, b):
        return a + dual(b) * -1

    def __rsub__(a, b):
        return a * -1 + b
"""


def classes(number, add, mul, pair_add, pair_mul):
    return [
        (number, CLASS.format(add=add, mul=mul)),
        (number, PAIRS.format(add=pair_add, mul=pair_mul)),
    ]


PRODUCT = "return Dual(self.value * other.value, {})".format
NESTED = """
def parts(x, tag):
    {parts}


def derivative(f):
    def at(x):
        {at}

    return at
"""
PARTS = "return (x.value, x.tangent) if tag_of(x) == tag else (x, 0.0)"
AT = "t = next(tags); return parts(f(Level(x, 1.0, t)), t)[1]"


def nested(number, parts=PARTS, at=AT):
    return number, NESTED.format(parts=parts, at=at)


def told(cell, *changes):
    for old, new in changes:
        assert cell.count(old) == 1, (cell.count(old), old)
        cell = cell.replace(old, new)
    return cell


# What stands above the rules in the cell of 3.7 is not the learner's.
GIVEN = """
import operator

import numpy as np


class DualArray(Handover):
    def __init__(self, value, tangent):
        self.value, self.tangent = value, tangent

RULES = {}
"""
DICT = (
    GIVEN
    + """
RULES |= {
    np.multiply: lambda y, a, b, da, db: a * db + b * da,
    np.matmul: lambda y, a, b, da, db: a @ db + da @ b,
    np.tanh: lambda y, x, dx: dx * (1 - y**2),
    np.exp: lambda y, x, dx: np.exp(x) * dx,
    np.log: lambda y, x, dx: dx * x**-1,
}
"""
)
NAMED = (
    GIVEN
    + """
def multiply(y, a, b, da, db):
    first = np.multiply(da, b)
    second = np.multiply(a, db)
    return first + second


def matmul(y, a, b, da, db):
    first = np.matmul(da, b)
    second = np.matmul(a, db)
    return first + second


def tanh(y, x, dx):
    slope = np.cosh(x) ** -2.0
    return slope * dx


def exp(y, x, dx):
    slope = y
    return slope * dx


def log(y, x, dx):
    slope = 1 / x
    return slope * dx


for rule in (multiply, matmul, tanh, exp, log):
    RULES[getattr(np, rule.__name__)] = rule
"""
)
CALM = "    return slope * dx"

VARIANTS = cells("""
### duals.divide 0
def divide(u, v):
    top = u.tangent * v.value + v.tangent * u.value
    return Dual(u.value / v.value, top / (v.value * v.value))
### duals.divide 0
def divide(u, v):
    q = u.value / v.value
    return Dual(q, (u.tangent + q * v.tangent) / v.value)
### duals.divide 1
def divide(u, v):
    q = u.value / v.value
    dq = u.tangent / v.tangent
    return Dual(q, dq)
### duals.divide 1
def divide(u, v):
    return Dual(*(getattr(u, part) / getattr(v, part) for part in ("value", "tangent")))
### duals.divide 2
def divide(u, v):
    top = v.value * u.tangent - v.tangent * u.value
    return Dual(u.value / v.value, top / v.value)
### duals.divide 2
def divide(u, v):
    q = u.value / v.value
    return Dual(q, u.tangent - q * v.tangent)
### duals.divide 3
def divide(u, v):
    top = u.value * v.tangent - v.value * u.tangent
    return Dual(u.value / v.value, top / v.value / v.value)
### duals.divide 3
def divide(u, v):
    q = u.value / v.value
    return Dual(q, (q * v.tangent - u.tangent) / v.value)
### duals.divide 4
def divide(u, v):
    return Dual(u.value / v.value, u.tangent / v.value)
### duals.divide 4
def divide(u, v):
    return u * (1 / v.value)
### duals.divide 2
def divide(u, v):
    top = u.tangent * v.value - v.tangent * u.value
    return Dual(u.value / v.value, top)
### duals.divide 8
def divide(u, v):
    return Dual(u.value / v.value, u.tangent / v.value - u.value * v.tangent / v.value)
### duals.divide 8
def divide(u, v):
    top, bottom = u.value, v.value
    moved = u.tangent - top * v.tangent
    return Dual(top / bottom, moved / bottom)
### duals.functions 1
import math


def exp(x):
    return Dual(math.exp(x.value), math.exp(x.tangent) * x.tangent)


def sin(x):
    return Dual(math.sin(x.value), x.tangent * math.cos(x.tangent))


def log(x):
    return Dual(math.log(x.value), 1 / x.tangent * x.tangent)


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 10
import math


def exp(x):
    return Dual(math.exp(x.value), x.tangent)


def sin(x):
    return Dual(math.sin(x.value), x.tangent)


def log(x):
    return Dual(math.log(x.value), x.tangent)


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 10
import math

functions = {}
for name in ("exp", "sin", "log"):
    functions[name] = lambda x, f=getattr(math, name): Dual(f(x.value), 1 * x.tangent)
### duals.functions 11
import math


def exp(x):
    return math.exp(x.value)


def sin(x):
    return math.sin(x.value)


def log(x):
    return math.log(x.value)


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 11
import math

functions = {
    name: lambda x, f=getattr(math, name): f(x.value) + 0 * x.tangent
    for name in ("exp", "sin", "log")
}
### duals.functions 0
import math


def exp(x):
    y = math.exp(x.value)
    return Dual(y, y)


def sin(x):
    return Dual(math.sin(x.value), math.cos(x.value))


def log(x):
    return Dual(math.log(x.value), 1 / x.value)


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 0
import math

RULES = {"exp": math.exp, "sin": math.cos, "log": lambda v: v**-1}
functions = {
    name: lambda x, f=getattr(math, name), slope=slope: Dual(f(x.value), slope(x.value))
    for name, slope in RULES.items()
}
### duals.functions 1
import math


def exp(x):
    return Dual(math.exp(x.value), math.exp(x.tangent))


def sin(x):
    return Dual(math.sin(x.value), math.sin(x.tangent))


def log(x):
    return Dual(math.log(x.value), math.log(x.tangent))


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 1
import math

functions = {}
for name in ("exp", "sin", "log"):
    f = getattr(math, name)
    functions[name] = lambda x, f=f: Dual(*map(f, (x.value, x.tangent)))
### duals.functions 2
import math


def exp(x):
    y = math.exp(x.value)
    return Dual(y, y + x.tangent)


def sin(x):
    return Dual(math.sin(x.value), math.cos(x.value) + x.tangent)


def log(x):
    return Dual(math.log(x.value), 1 / x.value + x.tangent)


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 2
import math

RULES = {"exp": math.exp, "sin": math.cos, "log": lambda v: v**-1}
functions = {
    name: lambda x, f=getattr(math, name), s=s: Dual(f(x.value), sum((s(x.value), x.tangent)))
    for name, s in RULES.items()
}
### duals.functions 3
import math


def exp(x):
    y = math.exp(x.value)
    return Dual(y, x.tangent * y)


def sin(x):
    return Dual(math.sin(x.value), -x.tangent * math.cos(x.value))


def log(x):
    return Dual(math.log(x.value), x.tangent * (1 / x.value))


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 3
import math

RULES = {"exp": math.exp, "sin": lambda v: math.sin(v - math.pi / 2), "log": lambda v: v**-1}
functions = {
    name: lambda x, f=getattr(math, name), s=s: Dual(f(x.value), s(x.value) * x.tangent)
    for name, s in RULES.items()
}
### duals.functions 4
import math


def exp(x):
    y = math.exp(x.value)
    return Dual(y, x.tangent * y)


def sin(x):
    y = math.sin(x.value)
    return Dual(y, y * x.tangent)


def log(x):
    return Dual(math.log(x.value), x.tangent * (1 / x.value))


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 4
import math

RULES = {"exp": math.exp, "sin": math.sin, "log": lambda v: v**-1}
functions = {
    name: lambda x, f=getattr(math, name), s=s: Dual(f(x.value), s(x.value) * x.tangent)
    for name, s in RULES.items()
}
### duals.functions 5
import math


def exp(x):
    v = x.value
    return Dual(math.exp(v), v * math.e ** (v - 1) * x.tangent)


def sin(x):
    return Dual(math.sin(x.value), x.tangent * math.cos(x.value))


def log(x):
    return Dual(math.log(x.value), x.tangent * (1 / x.value))


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 5
import math

RULES = {"exp": lambda v: v * math.exp(v) / math.e, "sin": math.cos, "log": lambda v: v**-1}
functions = {
    name: lambda x, f=getattr(math, name), s=s: Dual(f(x.value), s(x.value) * x.tangent)
    for name, s in RULES.items()
}
### duals.functions 6
import math


def exp(x):
    y = math.exp(x.value)
    return Dual(y, x.tangent * y)


def sin(x):
    return Dual(math.sin(x.value), x.tangent * math.cos(x.value))


def log(x):
    y = math.log(x.value)
    return Dual(y, x.tangent / y)


functions = {"exp": exp, "sin": sin, "log": log}
### duals.functions 6
import math

RULES = {"exp": math.exp, "sin": math.cos, "log": lambda v: math.log(v) ** -1}
functions = {
    name: lambda x, f=getattr(math, name), s=s: Dual(f(x.value), s(x.value) * x.tangent)
    for name, s in RULES.items()
}
### duals.jvp 0
def jvp(f, point, direction):
    y = dual(f(*[Dual(x, 1.0) for x in point]))
    return y.value, y.tangent
### duals.jvp 0
def jvp(f, point, direction):
    inputs = []
    for x in point:
        inputs.append(Dual(x, 1))
    out = f(*inputs)
    return [out.value, out.tangent] if isinstance(out, Dual) else [out, 0]
### duals.jvp 1
def jvp(f, point, direction):
    first, *rest = point
    y = dual(f(Dual(first, direction[0]), *rest))
    return y.value, y.tangent
### duals.jvp 1
def jvp(f, point, direction):
    inputs = [Dual(x, 0.0) for x in point]
    inputs[0].tangent = direction[0]
    y = dual(f(*inputs))
    return [y.value, y.tangent]
### duals.jvp 2
def jvp(f, point, direction):
    y = dual(f(*[Dual(*pair) for pair in zip(point, direction)]))
    return y.tangent
### duals.jvp 2
def jvp(f, point, direction):
    inputs = []
    for k in range(len(point)):
        inputs.append(Dual(point[k], direction[k]))
    y = f(*inputs)
    return [getattr(y, "tangent", 0.0)]
### duals.jvp 3
def jvp(f, point, direction):
    y = dual(f(*[Dual(*pair) for pair in zip(point, direction)]))
    return y.tangent, y.value
### duals.jvp 3
def jvp(f, point, direction):
    inputs = []
    for k in range(len(point)):
        inputs.append(Dual(point[k], direction[k]))
    y = f(*inputs)
    return [y.tangent, y.value] if isinstance(y, Dual) else [0.0, y]
### duals.jvp 6
def jvp(f, point, direction):
    length = sum(d * d for d in direction) ** 0.5
    y = dual(f(*[Dual(x, d / length) for x, d in zip(point, direction)]))
    return y.value, y.tangent
### duals.jvp 6
def jvp(f, point, direction):
    y = dual(f(*map(Dual, point, direction)))
    return y.value, y.tangent / math.sqrt(sum(d**2 for d in direction))
### duals.jvp 8
def jvp(f, point, direction):
    y = f(*[Dual(x, d) for x, d in zip(point, direction)])
    return y.value, y.tangent
### duals.jvp 8
def jvp(f, point, direction):
    inputs = []
    for k in range(len(point)):
        inputs.append(Dual(point[k], direction[k]))
    return [getattr(f(*inputs), part) for part in ("value", "tangent")]
### duals.grad 0
def grad(f):
    return lambda *point: [jvp(f, point, [1.0 for _ in point])[1]] * len(point)
### duals.grad 0
def grad(f):
    def slope(*point):
        out = []
        for x in point:
            y = f(*[Dual(p, 1.0) for p in point])
            out.append(y.tangent)
        return out

    return slope
### duals.grad 0
def grad(f):
    return lambda *point: f(*[Dual(p, 1) for p in point]).tangent
### duals.grad 8
def grad(f):
    def slope(*point):
        return [jvp(f, (x,), (1.0,))[1] for x in point]

    return slope
### duals.grad 8
def grad(f):
    def slope(*point):
        out = []
        for x in point:
            out.append(f(Dual(x, 1.0)).tangent)
        return out

    return slope
### duals.grad 1
def grad(f):
    def slope(*point):
        direction = [0.0] * len(point)
        direction[0] = 1.0
        return [jvp(f, point, direction)[1]]

    return slope
### duals.grad 1
def grad(f):
    def slope(first, *rest):
        return f(Dual(first, 1.0), *rest).tangent

    return slope
### duals.grad 2
def grad(f):
    def slope(*point):
        direction, out = [0.0] * len(point), []
        for k in range(len(point)):
            direction[k] = 1.0
            out.append(jvp(f, point, direction)[1])
        return out

    return slope
### duals.grad 2
def grad(f):
    def slope(*point):
        inputs, out = [Dual(x, 0.0) for x in point], []
        for x in inputs:
            x.tangent = 1.0
            out.append(f(*inputs).tangent)
        return out

    return slope
### duals.grad 3
def grad(f):
    def slope(*point):
        out = []
        for k, x in enumerate(point):
            direction = [0.0] * len(point)
            direction[k] = x
            out.append(jvp(f, point, direction)[1])
        return out

    return slope
### duals.grad 3
def grad(f):
    def slope(*point):
        n = range(len(point))
        return [f(*[Dual(point[i], point[i] if i == k else 0) for i in n]).tangent for k in n]

    return slope
### duals.grad 4
def grad(f):
    def slope(*point):
        out = []
        for k in range(len(point)):
            direction = [0.0] * len(point)
            direction[k] = 1.0
            y, _ = jvp(f, point, direction)
            out.append(y)
        return out

    return slope
### duals.grad 4
def grad(f):
    def slope(*point):
        n = range(len(point))
        return [f(*[Dual(point[i], float(i == k)) for i in n]).value for k in n]

    return slope
""") | {
    "duals.arithmetic": [
        *classes(0, ADD, PRODUCT("self.tangent * other.tangent"), "du + dv", "dv * du"),
        *classes(1, ADD, PRODUCT("self.value * self.tangent + other.value * other.tangent"),
                 "du + dv", "sum(x * dx for x, dx in (a, dual(b)))"),
        *classes(2, ADD, PRODUCT("other.value * self.tangent"), "du + dv", "u * dv"),
        *classes(3, ADD, PRODUCT("self.tangent + other.tangent"), "dv + du", "sum((du, dv))"),
        *classes(4, ADD, PRODUCT("self.tangent * (other.value + other.tangent) + self.value * "
                                 "other.tangent"),
                 "du + dv", "(u + du) * (v + dv) - u * v"),
        *classes(5, "return Dual(self.value + other.value, self.tangent * other.value + "
                    "other.tangent * self.value)",
                 PRODUCT("self.tangent * other.value + self.value * other.tangent"),
                 "u * dv + v * du", "u * dv + v * du"),
        *classes(12, "return Dual(self.value + other.value)", PRODUCT("0.0"), "0.0", "0"),
    ],
    "duals.nested": [
        nested(0, "return (x.value, x.tangent) if isinstance(x, Level) else (x, 0.0)"),
        nested(0, at="return parts(f(Level(x, 1.0, 1)), 1)[1]"),
        nested(0, "return getattr(x, 'value', x), getattr(x, 'tangent', 0)"),
        nested(1, at="t = next(tags); v = x\n        while isinstance(v, Level):\n"
                     "            v = v.value\n        return parts(f(Level(v, 1.0, t)), t)[1]"),
        nested(1, at="import re; t = next(tags)\n        if tag_of(x): return at(x.value)\n"
                     "        return parts(f(Level(x, 1, t)), t)[1]"),
        nested(3, at="return f(Level(x, 1.0, next(tags))).tangent"),
        nested(3, at="y = f(Level(x, 1, next(tags)))\n"
                     "        return y.tangent if isinstance(y, Level) else 0.0"),
        nested(3, "if tag_of(x) != tag:\n        return x, 0.0\n    return x.value, x.tangent",
               "y = f(Level(x, 1, next(tags)))\n        return parts(y, tag_of(y))[1] "
               "if tag_of(y) else 0.0"),
        nested(5, "if tag_of(x) != tag:\n        return x, 1.0\n    return x.value, x.tangent"),
        nested(5, "if isinstance(x, Level) and x.tag == tag:\n        return x.value, x.tangent\n"
                  "    return [x, 1]"),
        nested(7, at="t = next(tags); return parts(f(Level(x, 1.0, t)), t)[0]"),
        nested(7, at="t = next(tags)\n        y, dy = parts(f(Level(x, 1, t)), t)\n"
                     "        return y"),
        nested(8, at="t = next(tags); return parts(f(Level(x, 0, t)), t)[1]"),
        nested(8, at="t = next(tags)\n        me = Level(x, 0.0, t)\n"
                     "        y, dy = parts(f(me), t)\n        return dy"),
    ],
    "duals.arrays": [
        (0, told(DICT, ("a * db + b * da", "da * db"), ("a @ db + da @ b", "da @ db"))),
        (0, told(NAMED, ("np.multiply(da, b)", "np.multiply(da, db)"),
                 ("np.matmul(da, b)", "np.matmul(da, db)"),
                 ("    second = np.multiply(a, db)\n    return first + second", "    return first"),
                 ("    second = np.matmul(a, db)\n    return first + second", "    return first"))),
        (1, told(DICT, ("a @ db + da @ b", "b @ da + db @ a"))),
        (1, told(NAMED, ("np.matmul(da, b)", "np.matmul(b, da)"),
                 ("np.matmul(a, db)", "np.matmul(db, a)"))),
        (2, told(DICT, ("a @ db + da @ b", "a * db + da * b"))),
        (2, told(NAMED, ("np.matmul(da, b)", "np.multiply(da, b)"),
                 ("np.matmul(a, db)", "np.multiply(a, db)"))),
        (3, told(DICT, ("a @ db + da @ b", "da @ b"))),
        (3, told(NAMED, ("    second = np.matmul(a, db)\n    return first + second",
                         "    return first"))),
        (3, told(DICT, ("a * db + b * da", "b * da"), ("a @ db + da @ b", "da @ b"))),
        (4, told(DICT, ("dx * (1 - y**2)", "1 - y**2"), ("np.exp(x) * dx", "np.exp(x)"),
                 ("dx * x**-1", "x**-1"))),
        (4, NAMED.replace(CALM, "    return slope")),
        (5, told(DICT, ("1 - y**2", "1 - x**2"))),
        (5, told(NAMED, ("np.cosh(x) ** -2.0", "(1 - x) * (1 + x)"))),
        (9, told(DICT, ("np.exp(x) * dx", "x * dx"))),
        (9, told(NAMED, ("slope = 1 / x", "slope = 1 / y"), ("slope = y", "slope = x"))),
    ],
}  # fmt: skip

VALUE = "return Dual(self.value * other.value, self.tangent * other.value + self.value * {})"
RIGHT_MUL = VALUE.format("other.tangent")
FUNCTIONS = """
import math


def exp(x):
    return Dual(math.exp(x.value), math.exp(x.value) * x.tangent)


def sin(x):
    return Dual(math.sin(x.value), math.cos(x.value) * x.tangent)


def log(x):
    return Dual(math.log(x.value), {})


functions = {{"exp": exp, "sin": sin, "log": log}}
""".format
TRIED = cells("""
### duals.divide 6
def divide(u, v):
    slope = u.tangent * v.value - u.value * v.tangent / v.value**2
    return Dual(u.value / v.value, slope)
### duals.divide 6
def divide(u, v):
    minus = u.value * v.tangent / (v.value * v.value)
    return Dual(u.value / v.value, v.value * u.tangent - minus)
### duals.divide 7
def divide(u, v):
    return u * Dual(1 / v.value, -1 / v.value**2)
### duals.divide 7
def divide(u, v):
    inverse = Dual(v.value**-1, -(v.value**-2))
    return inverse * u
### duals.jvp 4
def jvp(f, point, direction):
    y = dual(f(*[Dual(d, p) for p, d in zip(point, direction)]))
    return y.value, y.tangent
### duals.jvp 4
def jvp(f, point, direction):
    y = dual(f(*map(Dual, direction, point)))
    return [y.value, y.tangent]
### duals.jvp 5
def jvp(f, point, direction):
    out = []
    for i in range(len(point)):
        inputs = [Dual(p, direction[i] if i == j else 0.0) for j, p in enumerate(point)]
        y = dual(f(*inputs))
        out.append(y.tangent)
    return y.value, out
### duals.jvp 5
def jvp(f, point, direction):
    slopes = []
    for i, d in enumerate(direction):
        moved = [Dual(p) for p in point]
        moved[i] = Dual(point[i], d)
        slopes += [dual(f(*moved)).tangent]
    return dual(f(*map(Dual, point))).value, slopes
### duals.grad 5
def grad(f):
    def slope(*point):
        n = len(point)
        return [jvp(f, point, [float(i == j) for j in range(n)]) for i in range(n)]

    return slope
### duals.grad 5
def grad(f):
    def slope(*point):
        pairs = []
        for i in range(len(point)):
            direction = [0.0] * len(point)
            direction[i] = 1.0
            pairs.append(jvp(f, point, direction))
        return pairs

    return slope
### duals.grad 6
def grad(f):
    def slope(point):
        n = len(point)
        return [jvp(f, point, [float(i == j) for j in range(n)])[1] for i in range(n)]

    return slope
### duals.grad 6
def grad(f):
    return lambda x: [jvp(f, x, [float(i == j) for j in range(len(x))])[1] for i in range(len(x))]
""") | {
    "duals.arithmetic": [
        *classes(6, "return Dual(self.value + other.value, self.tangent)", RIGHT_MUL,
                 "du", "u * dv + v * du"),
        *classes(7, "return Dual(self.value + other.value)", RIGHT_MUL, "0.0", "u * dv + v * du"),
        *classes(8, "return Dual(self.value + other.value, self.tangent * other.tangent)",
                 RIGHT_MUL, "du * dv", "u * dv + v * du"),
        *classes(10, ADD, RIGHT_MUL.replace("other.value + ", "other.value - "),
                 "du + dv", "v * du - u * dv"),
        (11, CLASS.format(add="self.value += other.value\n        self.tangent += other.tangent\n"
                              "        return self", mul=RIGHT_MUL)),
        (11, CLASS.format(add="self.tangent = self.tangent + other.tangent\n"
                              "        self.value = self.value + other.value\n"
                              "        return self", mul=RIGHT_MUL)),
    ],
    "duals.functions": [
        (8, FUNCTIONS("x.value * x.tangent")),
        (8, FUNCTIONS("x.tangent / (1 / x.value)")),
        (9, FUNCTIONS("-x.tangent / x.value**2")),
    ],
    "duals.nested": [
        nested(2, "if tag_of(x) == tag:\n        return x.value, x.tangent\n"
                  "    return (x.value, 0.0) if isinstance(x, Level) else (x, 0.0)"),
        nested(6, "if tag_of(x) == tag:\n        return x.value, x.tangent\n"
                  "    return (x, x.tangent) if isinstance(x, Level) else (x, 0.0)"),
    ],
    "duals.arrays": [
        (6, told(DICT, ("1 - y**2", "1 - np.tanh(y) ** 2"))),
        (7, told(DICT, ("1 - y**2", "1 - y"))),
        (8, told(DICT, ("dx * (1 - y**2)", "1 - y**2 * dx"))),
        (8, told(NAMED, ("    slope = np.cosh(x) ** -2.0\n" + CALM, "    return 1 - y * y * dx"))),
        (10, told(DICT, ("np.exp(x) * dx", "dx"))),
        (11, told(DICT, ("np.exp(x) * dx", "np.exp(dx)"))),
        (11, told(DICT, ("dx * (1 - y**2)", "np.tanh(dx)"), ("dx * x**-1", "np.log(dx)"))),
        (12, told(DICT, ("a * db + b * da", "a * da + b * db"))),
        (12, told(NAMED, ("np.multiply(da, b)", "np.multiply(da, a)"),
                  ("np.multiply(a, db)", "np.multiply(b, db)"))),
        (13, told(DICT, ("a @ db + da @ b", "da @ b + db @ a"))),
    ],
}  # fmt: skip
for name, found in TRIED.items():
    VARIANTS[name] += found
