"""Labs 1, 2, 3 and 6 as learners went through them: more mistakes, in their own spellings."""

from cells import cells
from variants_duals import DICT, NAMED, told

EQUIVALENT = {}
SIGNS = """
from functools import reduce


def derivative(formula, x):
    if formula == x:
        return 1
    if not isinstance(formula, tuple):
        return 0
    sign, *parts = formula
    inner = [derivative(part, x) for part in parts]
    pairs = list(zip(slopes[sign](*{at}), inner))
    return reduce(lambda a, b: ("+", a, b), [{term} for s, d in pairs])
""".format
BACK = """
def value_and_grad(f):
    def of(params, *data):
        nodes = [Node(p) for p in params]
        out = f({given}, *data)
        {seed}
        seen, line = set(), []

        def visit(n):
            if id(n) in seen:
                return
            seen.add(id(n))
            for p in parents(n):
                visit(p)
            line.append(n)

        visit(out)
        for n in {line}:
            if n.recipe is None:
                continue
            function, args, options = n.recipe
            plain = [a.value if isinstance(a, Node) else a for a in args]
            for a, g in zip(args, RULES[function](n.grad, n.value, *plain, **options)):
                if isinstance(a, Node):
                    a.grad = g if a.grad is None else a.grad + g
        return out.value, [0 * n.value if n.grad is None else n.grad for n in nodes]

    return of


def parents(node):
    return [a for a in node.recipe[1] if isinstance(a, Node)] if node.recipe else []
""".format
GIVEN = {"given": "nodes", "seed": "out.grad = np.ones(())", "line": "reversed(line)"}


def back(**change):
    return BACK(**(GIVEN | change))


VARIANTS = cells(
    """
### steps.forward 17
def forward(f, x, h):
    return (f(x - h) - f(x)) / h
### steps.forward 17
def forward(f, x, h):
    new, old = f(x - h), f(x)
    return (new - old) * (1 / h)
### steps.forward 18
forward = lambda f, x, h: (f(x + h) - x) / h
### steps.forward 18
def forward(f, x, h):
    y = f(x + h)
    return y / h - x / h
### steps.forward 19
def forward(f, x, h):
    return h / (f(x + h) - f(x))
### steps.forward 19
def forward(f, x, h):
    rise = f(x + h) - f(x)
    return ((x + h) - x) / rise
### steps.central 11
def central(f, x, h):
    return (f(x + h) - f(x - h)) / 2
### steps.central 12
def central(f, x, h):
    return forward(f, x, 2 * h)
### steps.central 13
def central(f, x, h):
    return (forward(f, x, h) + (f(x - h) - f(x)) / h) / 2
### steps.central 13
def central(f, x, h):
    right, left = f(x + h) - f(x), f(x - h) - f(x)
    return (right + left) / (2 * h)
### steps.best 16
def best(c, p, e):
    return (e / c * p) ** (1 / (p + 1))
### steps.best 16
def best(c, p, e):
    return np.power(p * e / c, 1 / (1 + p))
### steps.best 17
def best(c, p, e):
    return (e / c) ** (1 / p)
### steps.best 18
def best(c, p, e):
    return e ** (1 / (1 + p))
### steps.best 18
def best(c, p, e):
    return np.exp(np.log(e) / (p + 1))
### steps.best 19
def best(c, p, e):
    return e / (c * p)
### steps.best 19
def best(c, p, e):
    step = e / c
    return step / p
### steps.best 20
def best(c, p, e):
    return (e / (c * p)) ** (p + 1)
### steps.best 20
def best(c, p, e):
    h = 1.0
    for _ in range(p + 1):
        h *= e / c / p
    return h
### steps.richardson 17
def richardson(coarse, fine, p):
    return (coarse - fine) / (2**p - 1)
### steps.richardson 18
def richardson(coarse, fine, p):
    return coarse - fine
### steps.complex 16
def complex_step(f, x, h):
    return f(x + h).imag / h
### steps.complex 14
def complex_step(f, x, h):
    return f(complex(x, h)).imag * h
### steps.complex 15
def complex_step(f, x, h):
    return f(complex(x, h))
### steps.complex 16
def complex_step(f, x, h):
    z = complex(x + h)
    return f(z).imag * 1e20
### steps.gradient 18
def gradient(scheme, f, w, h):
    slopes = np.zeros_like(w)
    for i in np.ndindex(w.shape):
        unit = np.zeros_like(w)
        unit[i] = 1
        slopes[i] = scheme(lambda t: f(unit * t), 0, h)
    return slopes
### steps.gradient 18
def gradient(scheme, f, w, h):
    units = [e.reshape(w.shape) for e in np.eye(w.size)]
    return np.reshape([scheme(lambda t: f(t * u), 0.0, h) for u in units], w.shape)
### symbols.evaluate 9
def evaluate(formula, values):
    if isinstance(formula, str):
        return values[formula]
    if not isinstance(formula, tuple):
        return formula
    return OPERATIONS[formula[0]](evaluate(formula[1], values), evaluate(formula[2], values))
### symbols.evaluate 10
def evaluate(formula, values):
    if isinstance(formula, tuple):
        return OPERATIONS[formula[0]]([evaluate(p, values) for p in formula[1:]])
    return values[formula] if isinstance(formula, str) else formula
### symbols.evaluate 10
def evaluate(formula, values):
    if not isinstance(formula, tuple):
        return values.get(formula, formula)
    sign, *parts = formula
    parts = [evaluate(p, values) for p in parts]
    function = OPERATIONS[sign]
    return function(parts)
### symbols.evaluate 11
def evaluate(formula, values):
    if isinstance(formula, tuple):
        return OPERATIONS[formula[0]](*[evaluate(p, values) for p in formula])
    return values[formula] if isinstance(formula, str) else formula
### symbols.evaluate 11
def evaluate(formula, values):
    if isinstance(formula, str):
        return values[formula]
    if isinstance(formula, (int, float)):
        return formula
    done = []
    for part in formula:
        done.append(evaluate(part, values))
    return OPERATIONS[done[0]](*done[1:])
### symbols.evaluate 12
def evaluate(formula, values):
    if isinstance(formula, str):
        return values[formula]
    return OPERATIONS[formula[0]](*[evaluate(p, values) for p in formula[1:]])
### symbols.evaluate 12
def evaluate(formula, values):
    if formula in values:
        return values[formula]
    sign = formula[0]
    return OPERATIONS[sign](*(evaluate(p, values) for p in formula[1:]))
### symbols.slope 17
def slope(formula, x):
    if formula == x:
        return 1
    if not isinstance(formula, tuple):
        return 0
    sign, u, v = formula
    du, dv = int(u == x), int(v == x)
    return ("+", du, dv) if sign == "+" else ("+", ("*", du, v), ("*", u, dv))
### symbols.slope 17
def slope(formula, x):
    if not isinstance(formula, tuple):
        return 1 if formula == x else 0
    sign, u, v = formula
    if sign == "+":
        return (u == x) + (v == x)
    return ("+", v if u == x else 0, u if v == x else 0)
### symbols.slope 18
def slope(formula, x):
    if formula == x:
        return 1
    if not isinstance(formula, tuple):
        return 0
    sign, u, v = formula
    if sign == "+":
        return slope(u, x) + slope(v, x)
    return slope(u, x) * v + u * slope(v, x)
### symbols.slope 18
def slope(formula, x):
    match formula:
        case (sign, u, v):
            du, dv = slope(u, x), slope(v, x)
            return du + dv if sign == "+" else v * du + u * dv
    return int(formula == x)
### symbols.table 14
def of_minus(u, v):
    return 1, -1


def of_over(u, v):
    return ("/", 1, v), ("-", 0, ("/", u, ("*", v, v)))


def of_exp(u):
    return (("exp", u),)


def of_log(u):
    return (("log", u),)


slopes = {"+": lambda u, v: (1, 1), "*": lambda u, v: (v, u), "-": of_minus, "/": of_over,
          "exp": of_exp, "log": of_log}
### symbols.table 14
own = {sign: (lambda u, sign=sign: [(sign, u)]) for sign in ("exp", "log")}
slopes = {
    "+": lambda u, v: (1, 1),
    "*": lambda u, v: (v, u),
    "-": lambda u, v: (1, -1),
    "/": lambda u, v: (("/", 1, v), ("/", ("*", -1, u), ("*", v, v))),
} | own
### symbols.derivative 16
def derivative(formula, x):
    if not isinstance(formula, tuple):
        return int(formula == x)
    op, u, v = formula
    a, b = slopes[op](u, v)
    return ("+", ("*", a, derivative(u, x)), ("*", b, derivative(v, x)))
### symbols.derivative 16
def derivative(formula, x):
    if isinstance(formula, tuple):
        sign, left, right = formula
        parts = zip(slopes[sign](left, right), [left, right])
        first, second = [("*", derivative(p, x), s) for s, p in parts]
        return ("+", first, second)
    return 1.0 if formula == x else 0.0
### symbols.derivative 17
def derivative(formula, x):
    if formula == x:
        return 1
    op, *parts = formula
    terms = [("*", s, derivative(p, x)) for s, p in zip(slopes[op](*parts), parts)]
    return terms[0] if len(terms) == 1 else ("+", *terms)
### symbols.derivative 17
def derivative(formula, x):
    if formula == x:
        return 1.0
    sign, *parts = formula
    total = None
    for s, p in zip(slopes[sign](*parts), parts):
        term = ("*", derivative(p, x), s)
        total = term if total is None else ("+", total, term)
    return total
### symbols.derivative 18
def derivative(formula, x):
    if not isinstance(formula, tuple):
        return int(formula == x)
    op, *parts = formula
    return sum(s * derivative(p, x) for s, p in zip(slopes[op](*parts), parts))
### symbols.derivative 18
def derivative(formula, x):
    if not isinstance(formula, tuple):
        return int(formula == x)
    op, *parts = formula
    total = 0
    for s, p in zip(slopes[op](*parts), parts):
        total += s * derivative(p, x)
    return total
"""
    + "### symbols.derivative 19"
    + SIGNS(at="inner", term='("*", s, d)')
    + """
### symbols.derivative 20"""
    + SIGNS(at="parts", term='("+", s, d)')
    + """
### symbols.derivative 20
def derivative(formula, x):
    if not isinstance(formula, tuple):
        return int(formula == x)
    sign, *parts = formula
    total = 0
    for s, p in zip(slopes[sign](*parts), parts):
        total = ("+", total, ("+", derivative(p, x), s))
    return total
### duals.arithmetic 13
class Dual:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = dual(other)
        return Dual(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = dual(other)
        slope = self.value * other.tangent - self.tangent * other.value
        return Dual(self.value * other.value, slope)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + -1.0 * dual(other)

    def __rsub__(self, other):
        return other + -1.0 * self


def dual(x):
    return x if hasattr(x, "tangent") else Dual(x)
### duals.divide 9
def divide(u, v):
    return Dual(u.value / v.value, u.value * v.tangent + u.tangent * v.value)
### duals.divide 9
def divide(u, v):
    return Dual(u.value / v.value, (u * v).tangent)
### duals.jvp 9
def jvp(f, point, direction):
    y = dual(f([Dual(p, d) for p, d in zip(point, direction)]))
    return y.value, y.tangent
### duals.jvp 10
def jvp(f, point, direction):
    y = dual(f(Dual(point, direction)))
    return y.value, y.tangent
### duals.jvp 11
def jvp(f, point, direction):
    y = dual(f(*[Dual(p) * d for p, d in zip(point, [1.0] * len(point))]))
    return y.value, y.tangent
### duals.jvp 11
def jvp(f, point, direction):
    y = dual(f(*map(Dual, point)))
    return y.value, y.tangent
### duals.grad 10
def grad(f):
    def slope(x):
        return [jvp(f, [x], [1.0])[1]]

    return slope
### duals.nested 8
def parts(x, tag):
    return (x.value, x.tangent) if tag_of(x) == tag else (x, 0.0)


def derivative(f):
    def at(x):
        y = f(Level(x, 1.0, next(tags)))
        return parts(y, next(tags))[1]

    return at
### engine.record 12
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(self, function, args, options):
        values = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(*values, **options), (function, args, options))
### engine.record 12
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(node, call, inputs, named):
        return Node(call(*[getattr(i, "value", i) for i in inputs], **named), (call, inputs, named))
### engine.record 13
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        values = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(*values, options), (function, args, options))
### engine.record 13
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        inputs = [*(getattr(a, "value", a) for a in args), options]
        return Node(function(*inputs), [function, args, options])
### engine.record 14
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        values = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(values, **options), (function, args, options))
### engine.record 14
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        values = list(map(lambda a: getattr(a, "value", a), args))
        y = function(values, **options)
        return Node(y, [function, list(args), options])
"""
)

OLD = """
RULES = {{
    np.add: lambda g, y, a, b: [undo(g, np.shape(a)), undo(g, np.shape(b))],
    np.subtract: lambda g, y, a, b: [undo(g, np.shape(a)), undo(-g, np.shape(b))],
    np.multiply: lambda g, y, a, b: [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))],
    np.negative: lambda g, y, a: [-g],
    np.true_divide: lambda g, y, a, b: [undo(g / b, np.shape(a)), undo({over}, np.shape(b))],
    np.tanh: lambda g, y, x: [{tanh}],
    np.exp: lambda g, y, x: [{exp}],
    np.log: lambda g, y, x: [g / x],
}}
""".format
FOUR = {"over": "-g * y / b", "tanh": "g * (1 - y**2)", "exp": "g * y"}
REDUCE = """
def spread(g, x, axis, keepdims):
    {spread}


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) {mean}]


def max_rule(g, y, x, axis=None, keepdims=False):
    won = np.max(x, axis=axis, keepdims=True) == x
    return [spread(g, x, axis, keepdims) * won / won.sum(axis=axis, keepdims=True)]


RULES |= {{np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}}
""".format
SPREAD = {
    "spread": "gone = axis is not None and not keepdims\n"
    "    return np.zeros(x.shape) + (np.expand_dims(g, axis) if gone else g)",
    "mean": "/ (x.size / np.size(y))",
}
PICK = """
def matmul_rule(g, y, a, b):
    return {matmul}


def pick_rule(g, y, x, index):
    out = np.zeros_like(x)
    np.add.at(out, index, g)
    return [out, None]


RULES |= {{np.matmul: matmul_rule, operator.getitem: pick_rule}}
""".format
STEP = """
def momentum(params, memory, slopes, rate, keep):
    {}
""".format
LAYERS = """
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    {}
""".format
for name, found in {
    "engine.entrywise": [
        (10, OLD(**FOUR | {"exp": "np.exp(y) * g"})),
        (10, OLD(**FOUR | {"exp": "g * np.exp(np.exp(x))"})),
        (11, OLD(**FOUR | {"tanh": "g * (1 - np.tanh(np.tanh(x)) ** 2)"})),
        (12, OLD(**FOUR | {"exp": "g * (x * np.exp(x - 1))"})),
        (12, OLD(**FOUR | {"exp": "x * g * y / np.e"})),
        (13, OLD(**FOUR | {"over": "-g / b**2"})),
        (13, OLD(**FOUR | {"over": "-1 / b / b * g"})),
    ],
    "duals.arrays": [
        (17, told(DICT, ("np.exp(x) * dx", "np.exp(y) * dx"))),
        (17, told(NAMED, ("slope = y", "slope = np.exp(y)"))),
    ],
    "engine.reduce": [
        (14, REDUCE(**SPREAD | {"spread": "return np.zeros(x.shape) + np.expand_dims(g, axis)"})),
        (14, REDUCE(**SPREAD | {"spread": "if not keepdims:\n        g = np.expand_dims(g, axis)\n"
                                "    return np.broadcast_to(g, x.shape)"})),
        (16, REDUCE(**SPREAD | {"mean": "/ x.shape[axis]"})),
        (16, REDUCE(**SPREAD | {"mean": "* (1 / np.shape(x)[axis])"})),
    ],
    "engine.pick": [
        (11, PICK(matmul="[g @ b.T, g.T @ a]")),
        (11, PICK(matmul="[np.matmul(g, b.T), np.matmul(a.T, g).T]")),
        (12, PICK(matmul="[b.T, a.T]")),
        (12, PICK(matmul="(np.transpose(b), np.transpose(a))")),
    ],
    "engine.value_and_grad": [
        (14, back(line="line")),
        (14, back(line="sorted(line, key=line.index)", seed="out.grad = 1.0")),
        (15, back(seed="")),
        (15, back(seed="seed = np.ones_like(out.value)")),
        (16, back(given="params")),
        (16, back(given="list(params)", seed="out.grad = 1.0")),
    ],
    "engine.momentum": [
        (11, STEP("new = [m + keep * g for m, g in zip(memory, slopes)]\n"
                  "    return [p - rate * m for p, m in zip(params, new)], new")),
        (11, STEP("new = [g * keep + m for m, g in zip(memory, slopes)]\n"
                  "    return list(map(lambda p, m: p - rate * m, params, new)), new")),
        (12, STEP("new = [keep * m + g for m, g in zip(memory, slopes)]\n"
                  "    return [p - m for p, m in zip(params, new)], new")),
        (12, STEP("out = [(p - keep * m - g, keep * m + g)\n"
                  "           for p, m, g in zip(params, memory, slopes)]\n"
                  "    return [p for p, _ in out], [m for _, m in out]")),
        (13, STEP("for p, m, g in zip(params, memory, slopes):\n        m = keep * m + g\n"
                  "        p = p - rate * m\n    return params, memory")),
        (13, STEP("[p - rate * (keep * m + g) for p, m, g in zip(params, memory, slopes)]\n"
                  "    return list(params), list(memory)")),
    ],
    "engine.deeper": [
        (10, LAYERS("return W3 @ np.tanh(W2 @ np.tanh(W1 @ X + b1) + b2) + b3")),
        (11, LAYERS("h = np.tanh(X * W1 + b1)\n    h = np.tanh(h * W2 + b2)\n"
                    "    return h * W3 + b3")),
        (12, LAYERS("h = np.tanh(X.dot(W1) + b1)\n    h = np.tanh(h @ W2 + b2)\n"
                    "    return h @ W3 + b3")),
        (12, LAYERS("first = X.dot(W1)\n"
                    "    return np.tanh(np.tanh(first + b1) @ W2 + b2) @ W3 + b3")),
        (13, LAYERS("s = lambda z: 1 / (1 + np.exp(-z))\n"
                    "    return s(s(X @ W1 + b1) @ W2 + b2) @ W3 + b3")),
        (14, LAYERS("z = np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3\n"
                    "    return np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)")),
        (14, LAYERS("odds = np.exp(np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2) @ W3 + b3)\n"
                    "    return odds / np.sum(odds, axis=-1, keepdims=True)")),
    ],
}.items():  # fmt: skip
    VARIANTS[name] = found + VARIANTS.get(name, [])
