"""Lab 6: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {}

# Two ways of walking back; a mistake is a change in each of them.
RECURSIVE = """
def parents(node):
    return [a for a in node.recipe[1] if isinstance(a, Node)] if node.recipe else []


def after_parents(node, found):
    for parent in parents(node):
        if not any(parent is n for n in found):
            after_parents(parent, found)
    found.append(node)
    return found


def pay(node):
    function, args, options = node.recipe
    values = [a.value if isinstance(a, Node) else a for a in args]
    for a, g in zip(args, RULES[function](node.grad, node.value, *values, **options)):
        if isinstance(a, Node):
            a.grad = g if a.grad is None else a.grad + g


def value_and_grad(f):
    def of(params, *data):
        nodes = [Node(p) for p in params]
        out = f(nodes, *data)
        out.grad = 1.0
        for node in after_parents(out, [])[::-1]:
            if node.recipe and node.grad is not None:
                pay(node)
        slopes = [np.zeros(n.value.shape) if n.grad is None else n.grad for n in nodes]
        return out.value, slopes

    return of
"""
COUNTING = """
def parents(node):
    return [a for a in node.recipe[1] if isinstance(a, Node)] if node.recipe else []


def value_and_grad(f):
    def of(params, *data):
        leaves = list(map(Node, params))
        top = f(leaves, *data)
        uses, todo = {}, [top]
        while todo:
            for p in parents(todo.pop()):
                if id(p) not in uses:
                    uses[id(p)] = 0
                    todo.append(p)
                uses[id(p)] += 1
        grads, ready = {id(n): 0.0 * n.value for n in leaves}, [top]
        grads[id(top)] = np.ones(np.shape(top.value))
        while ready:
            node = ready.pop()
            if not node.recipe:
                continue
            function, args, options = node.recipe
            values = [getattr(a, "value", a) if isinstance(a, Node) else a for a in args]
            paid = RULES[function](grads[id(node)], node.value, *values, **options)
            for a, g in zip(args, paid):
                if isinstance(a, Node):
                    grads[id(a)] = grads.get(id(a), 0.0) + g
                    uses[id(a)] -= 1
                    if uses[id(a)] == 0:
                        ready.append(a)
        return top.value, [grads[id(n)] for n in leaves]

    return of
"""

# What is wrong by its plan.
EVERY_PATH = """
def value_and_grad(f):
    def of(params, *data):
        nodes = [Node(p) for p in params]
        for node in nodes:
            node.grad = np.zeros(np.shape(node.value))
        out = f(nodes, *data)

        def go(node, g):
            node.grad = g if node.grad is None else node.grad + g
            if node.recipe:
                function, args, options = node.recipe
                plain = [a.value if isinstance(a, Node) else a for a in args]
                pays = RULES[function](g, node.value, *plain, **options)
                for a, more in zip(args, pays):
                    if isinstance(a, Node):
                        go(a, more)

        go(out, np.ones(np.shape(out.value)))
        return out.value, [n.grad for n in nodes]

    return of
"""
EVERY_PATH_FROM_A_LIST = """
def value_and_grad(f):
    def of(params, *data):
        nodes = [Node(p) for p in params]
        slopes = {n: np.zeros(np.shape(n.value)) for n in nodes}
        out = f(nodes, *data)
        todo = [(out, np.ones(()))]
        while todo:
            node, g = todo.pop()
            if node in slopes:
                slopes[node] = slopes[node] + g
            if node.recipe is None:
                continue
            function, args, options = node.recipe
            values = [getattr(a, "value", a) if isinstance(a, Node) else a for a in args]
            pays = RULES[function](g, node.value, *values, **options)
            todo += [(a, more) for a, more in zip(args, pays) if isinstance(a, Node)]
        return out.value, [slopes[n] for n in nodes]

    return of
"""
STEPS = """
def value_and_grad(f):
    def value(params, data):
        return float(f([Node(p) for p in params], *data).value)

    def of(params, *data):
        slopes, h = [], 1e-5
        for k, p in enumerate(params):
            slope = np.zeros(np.shape(p))
            for i in np.ndindex(*np.shape(p)):
                moved = [np.array(q, float) for q in params]
                moved[k][i] += h
                up = value(moved, data)
                moved[k][i] -= 2 * h
                slope[i] = (up - value(moved, data)) / (2 * h)
            slopes.append(slope)
        return value(params, data), slopes

    return of
"""
STEPS_IN_A_ROW = """
def value_and_grad(f):
    def of(params, *data):
        value = lambda ps: f(list(map(Node, ps)), *data).value
        found = []
        for k, p in enumerate(params):
            found.append(np.zeros(p.shape))
            for i in range(p.size):
                d = np.zeros(p.size)
                d[i] = 1e-5
                d = d.reshape(p.shape)
                up = value([*params[:k], p + d, *params[k + 1 :]])
                down = value([*params[:k], p - d, *params[k + 1 :]])
                found[k].flat[i] = (up - down) / 2e-5
        return value(params), found

    return of
"""


def told(cell, *changes):
    for old, new in changes:
        assert cell.count(old) == 1, (cell.count(old), old)
        cell = cell.replace(old, new)
    return cell


VARIANTS = cells("""
### engine.record 0
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        args = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(*args, **options), (function, args, options))
### engine.record 0
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        numbers = ()
        for a in args:
            numbers += (a.value,) if type(a) is Node else (a,)
        out = Node(function(*numbers, **options))
        out.recipe = function, numbers, options
        return out
### engine.record 1
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(*plain), (function, args, options))
### engine.record 1
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        numbers = []
        for a in args:
            numbers.append(a.value if isinstance(a, Node) else a)
        out = Node(function(*numbers))
        out.recipe = (function, args, {})
        return out
### engine.record 2
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        numbers = []
        for a in args:
            numbers.append(a.value if isinstance(a, Node) else a)
        out = Node(function(*numbers, **options))
        out.recipe = (function, args, dict())
        return out
### engine.record 2
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        y = function(*[a.value if isinstance(a, Node) else a for a in args], **options)
        return Node(y, (function, args, {}))
### engine.record 6
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        y = function(*[a.value if isinstance(a, Node) else a for a in args], **options)
        return Node(y, (function, args))
### engine.record 6
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        out = Node(function(*(getattr(a, "value", a) for a in args), **options))
        out.recipe = [function, *args]
        return out if len(args) == 1 else Node(out.value, (function, args))
### engine.record 3
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(*plain, **options), (function, [args[0]], options))
### engine.record 3
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        first, *others = args
        numbers = [a.value if isinstance(a, Node) else a for a in (first, *others)]
        out = Node(function(*numbers, **options))
        out.recipe = function, (first,), options
        return out
### engine.record 4
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        nodes = [Node(p) if isinstance(a, Node) else a for a, p in zip(args, plain)]
        return Node(function(*plain, **options), (function, nodes, options))
### engine.record 4
import copy


class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        numbers, kept = [], []
        for a in args:
            if isinstance(a, Node):
                numbers.append(a.value)
                kept.append(Node(a.value.copy()))
            else:
                numbers.append(a)
                kept.append(a)
        return Node(function(*numbers, **options), (function, tuple(kept), options))
### engine.entrywise 0
RULES = {
    np.true_divide: lambda g, y, a, b: [undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))],
    np.tanh: lambda g, y, x: [g - g * x**2],
    np.exp: lambda g, y, x: [g * y],
    np.log: lambda g, y, x: [g / x],
}
### engine.entrywise 0
def tanh_rule(g, y, x):
    slope = (1 + x) * (1 - x)
    return [slope * g]


RULES = {}
RULES[np.true_divide] = lambda g, y, a, b: [
    undo(g / b, np.shape(a)),
    undo(-g * a / b**2, np.shape(b)),
]
RULES[np.tanh] = tanh_rule
RULES[np.exp] = lambda g, y, x: [g * np.exp(x)]
RULES[np.log] = lambda g, y, x: [g * x**-1]
### engine.entrywise 1
RULES = {
    np.true_divide: lambda g, y, a, b: [undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))],
    np.tanh: lambda g, y, x: [g * (1 - y * y)],
    np.exp: lambda g, y, x: [x * g],
    np.log: lambda g, y, x: [g / x],
}
### engine.entrywise 1
def log_rule(g, y, x):
    return [g * (1 / y)]


RULES = {}
RULES[np.true_divide] = lambda g, y, a, b: [
    undo(g / b, np.shape(a)),
    undo(-g * a / b**2, np.shape(b)),
]
RULES[np.tanh] = lambda g, y, x: [g / np.cosh(x) ** 2]
RULES[np.exp] = lambda g, y, x: [g * np.exp(x)]
RULES[np.log] = log_rule
### engine.entrywise 2
RULES = {
    np.true_divide: lambda g, y, a, b: [undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))],
    np.tanh: lambda g, y, x: [1 - np.tanh(x) ** 2],
    np.exp: lambda g, y, x: [np.exp(x)],
    np.log: lambda g, y, x: [x**-1],
}
### engine.entrywise 2
def exp_rule(g, y, x):
    return [y]


RULES = {}
RULES[np.true_divide] = lambda g, y, a, b: [
    undo(1 / b + 0 * g, np.shape(a)),
    undo(-a / b**2 + 0 * g, np.shape(b)),
]
RULES[np.tanh] = lambda g, y, x: [1 / np.cosh(x) ** 2]
RULES[np.exp] = exp_rule
RULES[np.log] = lambda g, y, x: [1 / x]
### engine.entrywise 3
RULES = {
    np.true_divide: lambda g, y, a, b: [undo(g / b, np.shape(a)), undo(g * y / b, np.shape(b))],
    np.tanh: lambda g, y, x: [g * (1 - y * y)],
    np.exp: lambda g, y, x: [g * y],
    np.log: lambda g, y, x: [g / x],
}
### engine.entrywise 3
def divide_rule(g, y, a, b):
    of_a, of_b = 1 / b, a * b**-2
    return [undo(g * of_a, np.shape(a)), undo(g * of_b, np.shape(b))]


RULES = {}
RULES[np.true_divide] = divide_rule
RULES[np.tanh] = lambda g, y, x: [g / np.cosh(x) ** 2]
RULES[np.exp] = lambda g, y, x: [g * np.exp(x)]
RULES[np.log] = lambda g, y, x: [g * (1 / x)]
### engine.entrywise 4
RULES = {
    np.true_divide: lambda g, y, a, b: [g / b, -g * a / b**2],
    np.tanh: lambda g, y, x: [g * (1 - y * y)],
    np.exp: lambda g, y, x: [g * y],
    np.log: lambda g, y, x: [g / x],
}
### engine.entrywise 4
def divide_rule(g, y, a, b):
    return [g * slope for slope in (b**-1.0, -a * b**-2.0)]


RULES = {}
RULES[np.true_divide] = divide_rule
RULES[np.tanh] = lambda g, y, x: [g / np.cosh(x) ** 2]
RULES[np.exp] = lambda g, y, x: [g * np.exp(x)]
RULES[np.log] = lambda g, y, x: [g * (1 / x)]
### engine.entrywise 5
RULES = {
    np.true_divide: lambda g, y, a, b: [undo(b * g, np.shape(a)), undo(a * g, np.shape(b))],
    np.tanh: lambda g, y, x: [g * (1 - y * y)],
    np.exp: lambda g, y, x: [g * y],
    np.log: lambda g, y, x: [g / x],
}
### engine.entrywise 5
def crossed(g, y, a, b):
    return [undo(g * other, np.shape(own)) for own, other in ((a, b), (b, a))]


RULES = {}
RULES[np.true_divide] = crossed
RULES[np.tanh] = lambda g, y, x: [g / np.cosh(x) ** 2]
RULES[np.exp] = lambda g, y, x: [g * np.exp(x)]
RULES[np.log] = lambda g, y, x: [g * (1 / x)]
### engine.reduce 0
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) / (np.size(x) / np.size(y))]


def max_rule(g, y, x, axis=None, keepdims=False):
    won = (x == spread(y, x, axis, keepdims)) * 1.0
    return [spread(g, x, axis, keepdims) * won / won.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: lambda g, y, x, **options: [np.ones(np.shape(x))]}
RULES |= {np.mean: mean_rule, np.max: max_rule}
### engine.reduce 0
def spread(g, x, axis, keepdims):
    if axis is None or keepdims:
        return g + np.zeros(x.shape)
    return np.expand_dims(g, axis) + np.zeros(x.shape)


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [x * 0 + 1]


def mean_rule(g, y, x, axis=None, keepdims=False):
    n = x.size if axis is None else x.shape[axis]
    return [spread(g, x, axis, keepdims) / n]


def max_rule(g, y, x, axis=None, keepdims=False):
    won = np.equal(x, spread(y, x, axis, keepdims))
    return [won * spread(g, x, axis, keepdims) / np.sum(won, axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 1
def spread(g, x, axis, keepdims):
    return np.broadcast_to(g, x.shape)


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    winners = x == spread(y, x, axis, keepdims)
    winners = winners / winners.sum(axis=axis, keepdims=True)
    return [spread(g, x, axis, keepdims) * winners]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 1
def spread(g, x, axis, keepdims):
    if axis is None or keepdims:
        return g + np.zeros(x.shape)
    return np.expand_dims(g, axis) + np.zeros(x.shape)


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [g + 0 * x]


def mean_rule(g, y, x, axis=None, keepdims=False):
    n = x.size if axis is None else x.shape[axis]
    return [(g + 0 * x) / n]


def max_rule(g, y, x, axis=None, keepdims=False):
    won = np.equal(x, spread(y, x, axis, keepdims))
    return [won * spread(g, x, axis, keepdims) / np.sum(won, axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 2
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def max_rule(g, y, x, axis=None, keepdims=False):
    won = (x == spread(y, x, axis, keepdims)) * 1.0
    return [spread(g, x, axis, keepdims) * won / won.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: sum_rule, np.max: max_rule}
### engine.reduce 2
def spread(g, x, axis, keepdims):
    if axis is None or keepdims:
        return g + np.zeros(x.shape)
    return np.expand_dims(g, axis) + np.zeros(x.shape)


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    out = np.ones(x.shape)
    out *= g if axis is None or keepdims else np.expand_dims(g, axis)
    return [out]


def max_rule(g, y, x, axis=None, keepdims=False):
    won = np.equal(x, spread(y, x, axis, keepdims))
    return [won * spread(g, x, axis, keepdims) / np.sum(won, axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 3
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g / x.size, x, axis, keepdims)]


def max_rule(g, y, x, axis=None, keepdims=False):
    won = (x == spread(y, x, axis, keepdims)) * 1.0
    return [spread(g, x, axis, keepdims) * won / won.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 3
def spread(g, x, axis, keepdims):
    if axis is None or keepdims:
        return g + np.zeros(x.shape)
    return np.expand_dims(g, axis) + np.zeros(x.shape)


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    share = np.full(x.shape, 1 / len(x.ravel()))
    return [share * sum_rule(g, y, x, axis, keepdims)[0]]


def max_rule(g, y, x, axis=None, keepdims=False):
    won = np.equal(x, spread(y, x, axis, keepdims))
    return [won * spread(g, x, axis, keepdims) / np.sum(won, axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 4
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: sum_rule}
### engine.reduce 4
def spread(g, x, axis, keepdims):
    if axis is None or keepdims:
        return g + np.zeros(x.shape)
    return np.expand_dims(g, axis) + np.zeros(x.shape)


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    n = x.size if axis is None else x.shape[axis]
    return [spread(g, x, axis, keepdims) / n]


def max_rule(g, y, x, axis=None, keepdims=False):
    out = np.zeros(x.shape)
    out[...] = spread(g, x, axis, keepdims)
    return [out]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 5
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    return [np.where(x == spread(y, x, axis, keepdims), spread(g, x, axis, keepdims), 0.0)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 5
def spread(g, x, axis, keepdims):
    if axis is None or keepdims:
        return g + np.zeros(x.shape)
    return np.expand_dims(g, axis) + np.zeros(x.shape)


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    n = x.size if axis is None else x.shape[axis]
    return [spread(g, x, axis, keepdims) / n]


def max_rule(g, y, x, axis=None, keepdims=False):
    out = spread(g, x, axis, keepdims).copy()
    out[x < np.max(x, axis=axis, keepdims=True)] = 0
    return [out]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 6
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    return [np.where(x == x.max(), spread(g, x, axis, keepdims), 0.0)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 6
def spread(g, x, axis, keepdims):
    if axis is None or keepdims:
        return g + np.zeros(x.shape)
    return np.expand_dims(g, axis) + np.zeros(x.shape)


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    n = x.size if axis is None else x.shape[axis]
    return [spread(g, x, axis, keepdims) / n]


def max_rule(g, y, x, axis=None, keepdims=False):
    out = np.zeros(x.shape)
    at = np.unravel_index(np.argmax(x), x.shape)
    out[at] = spread(g, x, axis, keepdims)[at]
    return [out]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.pick 0
def pick_rule(g, y, x, index):
    out = x * 0
    out[index] += g
    return [out, None]


RULES |= {np.matmul: lambda g, y, a, b: [g @ b.T, a.T @ g], operator.getitem: pick_rule}
### engine.pick 0
def matmul_rule(g, y, a, b):
    return np.dot(g, b.T), np.dot(a.T, g)


def pick_rule(g, y, x, index):
    out = np.zeros_like(x)
    operator.setitem(out, index, g)
    return out, None


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 1
def pick_rule(g, y, x, index):
    return [np.ones_like(x), None]


RULES |= {np.matmul: lambda g, y, a, b: [g @ b.T, a.T @ g], operator.getitem: pick_rule}
### engine.pick 1
def matmul_rule(g, y, a, b):
    return np.dot(g, b.T), np.dot(a.T, g)


def pick_rule(g, y, x, index):
    return x * 0 + np.max(y == y), None


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 2
RULES[np.matmul] = lambda g, y, a, b: [g @ b.T, a.T @ g]
RULES[operator.getitem] = lambda g, y, x, index: [g, None]
### engine.pick 2
def matmul_rule(g, y, a, b):
    return np.dot(g, b.T), np.dot(a.T, g)


def pick_rule(g, y, x, index):
    return np.ones(np.shape(x[index])) * g, None


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 3
def pick_rule(g, y, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return [out, None]


RULES |= {np.matmul: lambda g, y, a, b: [a.T @ g, g @ b.T], operator.getitem: pick_rule}
### engine.pick 3
def matmul_rule(g, y, a, b):
    of_b = np.dot(a.T, g)
    return of_b, np.dot(g, b.T)


def pick_rule(g, y, x, index):
    out = 0 * x
    np.add.at(out, index, g)
    return out, None


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 4
def pick_rule(g, y, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return [out, None]


RULES |= {np.matmul: lambda g, y, a, b: [np.dot(g, b), np.dot(a, g)]}
RULES |= {operator.getitem: pick_rule}
### engine.pick 4
def matmul_rule(g, y, a, b):
    of_a = g @ b
    of_b = a @ g
    return [of_a, of_b]


def pick_rule(g, y, x, index):
    out = 0 * x
    np.add.at(out, index, g)
    return out, None


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 5
def pick_rule(g, y, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return [out, None]


RULES |= {np.matmul: lambda g, y, a, b: [np.dot(b.T, g), np.dot(g, a.T)]}
RULES |= {operator.getitem: pick_rule}
### engine.pick 5
def matmul_rule(g, y, a, b):
    a, b = a.T, b.T
    return b @ g, g @ a


def pick_rule(g, y, x, index):
    out = 0 * x
    np.add.at(out, index, g)
    return out, None


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 6
def pick_rule(g, y, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return [out, None]


RULES |= {np.matmul: RULES[np.multiply], operator.getitem: pick_rule}
### engine.pick 6
def matmul_rule(g, y, a, b):
    return [np.multiply(g, slope) for slope in (b, a)]


def pick_rule(g, y, x, index):
    out = 0 * x
    np.add.at(out, index, g)
    return out, None


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.momentum 0
def momentum(params, memory, slopes, rate, keep):
    return [p - rate * g for p, g in zip(params, slopes)], memory
### engine.momentum 0
def momentum(params, memory, slopes, rate, keep):
    new = []
    for k in range(len(params)):
        memory[k] = keep * memory[k]
        new.append(params[k] - rate * slopes[k])
    return new, memory
### engine.momentum 1
def momentum(params, memory, slopes, rate, keep):
    params = [p - rate * m for p, m in zip(params, memory)]
    memory = [keep * m + g for m, g in zip(memory, slopes)]
    return params, memory
### engine.momentum 1
def momentum(params, memory, slopes, rate, keep):
    moved, kept = [], []
    for p, m, g in zip(params, memory, slopes):
        moved.append(p - rate * m)
        kept.append(m * keep + g)
    return moved, kept
### engine.momentum 2
def momentum(params, memory, slopes, rate, keep):
    memory = [m + g for m, g in zip(memory, slopes)]
    return [p - rate * m for p, m in zip(params, memory)], memory
### engine.momentum 2
def momentum(params, memory, slopes, rate, keep):
    moved, kept = [], []
    for p, m, g in zip(params, memory, slopes):
        total = np.add(m, g)
        kept.append(total)
        moved.append(p - total * rate)
    return moved, kept
### engine.momentum 3
def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + rate * g for m, g in zip(memory, slopes)]
    return [p - rate * m for p, m in zip(params, memory)], memory
### engine.momentum 3
def momentum(params, memory, slopes, rate, keep):
    moved, kept = [], []
    for p, m, g in zip(params, memory, slopes):
        step = rate * g
        m = m * keep + step
        kept.append(m)
        moved.append(p - m * rate)
    return moved, kept
### engine.momentum 4
def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + g for m, g in zip(memory, slopes)]
    return [p + rate * m for p, m in zip(params, memory)], memory
### engine.momentum 4
def momentum(params, memory, slopes, rate, keep):
    moved, kept = [], []
    for p, m, g in zip(params, memory, slopes):
        m = m * keep + g
        kept.append(m)
        moved.append(m * rate + p)
    return moved, kept
### engine.momentum 5
def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + (1 - keep) * g for m, g in zip(memory, slopes)]
    return [p - rate * m for p, m in zip(params, memory)], memory
### engine.momentum 5
def momentum(params, memory, slopes, rate, keep):
    moved, kept = [], []
    for p, m, g in zip(params, memory, slopes):
        m = g + keep * (m - g)
        kept.append(m)
        moved.append(p - m * rate)
    return moved, kept
### engine.momentum 6
def momentum(params, memory, slopes, rate, keep):
    memory = [m * keep - g * rate for m, g in zip(memory, slopes)]
    return [m + p for p, m in zip(params, memory)], memory
### engine.momentum 6
def momentum(params, memory, slopes, rate, keep):
    moved, kept = [], []
    for p, m, g in zip(params, memory, slopes):
        step = keep * m
        step = step - rate * g
        kept.append(step)
        moved.append(p + step)
    return moved, kept
### engine.deeper 0
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    h = np.tanh(X @ W1 + b1)
    h = h @ W2 + b2
    return h @ W3 + b3
### engine.deeper 0
def deeper(params, X):
    first = np.tanh(np.matmul(X, params[0]) + params[1])
    W = params[2] @ params[4]
    return first @ W + params[3] @ params[4] + params[5]
### engine.deeper 1
def deeper(params, X):
    for k in range(0, 6, 2):
        X = np.tanh(X @ params[k] + params[k + 1])
    return X
### engine.deeper 1
def deeper(params, X):
    def layer(X, W, b):
        return np.tanh(X @ W + b)

    return layer(layer(layer(X, *params[:2]), *params[2:4]), *params[4:])
### engine.deeper 2
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    h = np.tanh(np.matmul(X, W1))
    h = np.tanh(np.matmul(h, W2))
    return np.matmul(h, W3)
### engine.deeper 2
def deeper(params, X):
    *hidden, last = params[::2]
    for W in hidden:
        X = np.tanh(X @ W)
    return X @ last
### engine.deeper 3
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    h = np.tanh(X @ W1 + b1)
    h = np.tanh(h @ W2 + b2)
    return h @ W3
### engine.deeper 3
def deeper(params, X):
    for k in (0, 2):
        X = np.tanh(np.matmul(X, params[k]) + params[k + 1])
    return np.matmul(X, params[4])
### engine.deeper 4
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    h = np.tanh(X @ W1 + b1)
    return h @ W2 + b2
### engine.deeper 4
from elves import digits


def deeper(params, X):
    return digits.scores(params[:4], X)
### engine.record 7
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        return Node(function(*args, **options), (function, args, options))
### engine.record 7
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        value = function(*list(args), **options)
        out = Node(value)
        out.recipe = function, args, options
        return out
### engine.record 8
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        values = [a.value for a in args]
        return Node(function(*values, **options), (function, args, options))
### engine.record 8
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        out = Node(None, (function, args, options))
        out.value = function(*map(lambda a: a.value, args), **options)
        return out
### engine.record 9
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        nodes = [a for a in args if isinstance(a, Node)]
        return Node(function(*plain, **options), (function, nodes, options))
### engine.record 9
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        kept = tuple(filter(lambda a: isinstance(a, Node), args))
        out = Node(function(*plain, **options))
        out.recipe = function, kept, options
        return out
### engine.record 10
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(*plain, **options))
### engine.record 10
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        out = Node(function(*plain, **options))
        recipe = function, args, options
        return out
### engine.record 11
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        return function(*plain, **options)
### engine.record 11
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        y = function(*plain, **options)
        Node(y, (function, args, options))
        return y
### engine.entrywise 7
RULES = {
    np.divide: lambda g, y, a, b: [undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))],
    np.tanh: lambda g, y, x: [g * (1 - y * y)],
    np.exp: lambda g, y, x: [g * y],
    np.log: lambda g, y, x: [g / x],
}
### engine.entrywise 7
def divide(g, y, a, b):
    return undo(g / b, np.shape(a)), undo(-g * a / b**2, np.shape(b))


RULES = dict([
    (np.true_divide, divide),
    (np.tanh, lambda g, y, x: [g / np.cosh(x) ** 2]),
    (np.exp, lambda g, y, x: [g * np.exp(x)]),
    (np.log, lambda g, y, x: [g * x**-1]),
])
### engine.entrywise 8
RULES = {
    np.add: lambda g, y, a, b: [undo(g, np.shape(a)), undo(g, np.shape(b))],
    np.subtract: lambda g, y, a, b: [undo(g, np.shape(a)), undo(-g, np.shape(b))],
    np.multiply: lambda g, y, a, b: [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))],
    np.negative: lambda g, y, a: [-g],
}
RULES[np.divide] = lambda g, y, a, b: [
    undo(-g * a / b**2, np.shape(b)),
    undo(g / b, np.shape(a)),
]
RULES[np.tanh] = lambda g, y, x: [g * (1 - y * y)]
RULES[np.exp] = lambda g, y, x: [g * y]
RULES[np.log] = lambda g, y, x: [g / x]
### engine.entrywise 8
RULES = {
    np.add: lambda g, y, a, b: [undo(g, np.shape(a)), undo(g, np.shape(b))],
    np.subtract: lambda g, y, a, b: [undo(g, np.shape(a)), undo(-g, np.shape(b))],
    np.multiply: lambda g, y, a, b: [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))],
    np.negative: lambda g, y, a: [-g],
}


def divide(g, y, a, b):
    for_a, for_b = undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))
    return for_b, for_a


RULES |= {
    np.divide: divide,
    np.tanh: lambda g, y, x: [g - g * y**2],
    np.exp: lambda g, y, x: [g * y],
    np.log: lambda g, y, x: [g / x],
}
### engine.entrywise 9
RULES = {
    np.add: lambda g, y, a, b: [undo(g, np.shape(a)), undo(g, np.shape(b))],
    np.subtract: lambda g, y, a, b: [undo(g, np.shape(a)), undo(-g, np.shape(b))],
    np.multiply: lambda g, y, a, b: [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))],
    np.negative: lambda g, y, a: [-g],
}
RULES[np.divide] = lambda g, y, a, b: [
    undo(g / b, np.shape(a)),
    undo(-g * a / b**2, np.shape(b)),
]
RULES[np.tanh] = lambda g, y, x: g * (1 - y * y)
RULES[np.exp] = lambda g, y, x: g * y
RULES[np.log] = lambda g, y, x: g / x
### engine.entrywise 9
RULES = {
    np.add: lambda g, y, a, b: [undo(g, np.shape(a)), undo(g, np.shape(b))],
    np.subtract: lambda g, y, a, b: [undo(g, np.shape(a)), undo(-g, np.shape(b))],
    np.multiply: lambda g, y, a, b: [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))],
    np.negative: lambda g, y, a: [-g],
}


def divide(g, y, a, b):
    return [undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))]


def tanh(g, y, x):
    return g - g * y * y


RULES |= {
    np.divide: divide,
    np.tanh: tanh,
    np.exp: lambda g, y, x: y * g,
    np.log: lambda g, y, x: np.divide(g, x),
}
### engine.reduce 8
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = np.zeros(x.shape)
    if axis is None:
        wins.flat[np.argmax(x)] = 1
    else:
        place = np.expand_dims(np.argmax(x, axis=axis), axis)
        np.put_along_axis(wins, place, 1, axis)
    return [spread(g, x, axis, keepdims) * wins]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 8
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = x == spread(y, x, axis, keepdims)
    first = wins & (np.cumsum(wins, axis=axis).reshape(x.shape) == 1)
    return [spread(g, x, axis, keepdims) * first]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 9
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * wins / wins.sum()]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 9
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = np.where(x == spread(y, x, axis, keepdims), 1.0, 0.0)
    wins /= np.count_nonzero(wins)
    return [wins * spread(g, x, axis, keepdims)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 10
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) / len(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * wins / wins.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 10
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [sum_rule(g, y, x, axis, keepdims)[0] * (1 / np.shape(x)[0])]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * wins / wins.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 11
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, -1)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * wins / wins.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 11
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.asarray(g)[..., None]
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * wins / wins.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 12
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return spread(g, x, axis, keepdims)


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * wins / wins.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.reduce 12
def spread(g, x, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


def sum_rule(g, y, x, axis=None, keepdims=False):
    return np.ones(np.shape(x)) * spread(g, x, axis, keepdims)


def mean_rule(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]


def max_rule(g, y, x, axis=None, keepdims=False):
    wins = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * wins / wins.sum(axis=axis, keepdims=True)]


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}
### engine.pick 7
def matmul_rule(g, y, a, b):
    return [g @ b.T, a.T @ g]


def pick_rule(g, y, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return [out]


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 7
def matmul_rule(g, y, a, b):
    return [g @ b.T, a.T @ g]


def pick_rule(g, y, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return (out,)


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 8
def matmul_rule(g, y, a, b):
    return [g @ b.T, a.T @ g]


def pick_rule(g, y, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, 1.0)
    return [out, None]


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.pick 8
def matmul_rule(g, y, a, b):
    return [g @ b.T, a.T @ g]


def pick_rule(g, y, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, np.ones(np.shape(g)))
    return [out, None]


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}
### engine.momentum 7
def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + g for m, g in zip(memory, slopes)]
    params = [p - rate * g for p, g in zip(params, slopes)]
    return params, memory
### engine.momentum 7
def momentum(params, memory, slopes, rate, keep):
    new, kept = [], []
    for p, m, g in zip(params, memory, slopes):
        new.append(p - g * rate)
        kept.append(g + m * keep)
    return new, kept
### engine.momentum 8
def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + rate * g for m, g in zip(memory, slopes)]
    params = [p - m for p, m in zip(params, memory)]
    return params, memory
### engine.momentum 8
def momentum(params, memory, slopes, rate, keep):
    new, kept = [], []
    for p, m, g in zip(params, memory, slopes):
        kept.append(m * keep + g * rate)
        new.append(p - kept[-1])
    return new, kept
### engine.momentum 9
def momentum(params, memory, slopes, rate, keep):
    memory = [keep * (m + g) for m, g in zip(memory, slopes)]
    params = [p - rate * m for p, m in zip(params, memory)]
    return params, memory
### engine.momentum 9
def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + keep * g for m, g in zip(memory, slopes)]
    params = [p - rate * m for p, m in zip(params, memory)]
    return params, memory
### engine.momentum 10
def momentum(params, memory, slopes, rate, keep):
    memory = [keep * m + g for m, g in zip(memory, slopes)]
    params = [p - rate * m for p, m in zip(params, memory)]
    return memory, params
### engine.momentum 10
def momentum(params, memory, slopes, rate, keep):
    kept = [keep * m + g for m, g in zip(memory, slopes)]
    return kept, [p - rate * m for p, m in zip(params, kept)]
### engine.deeper 5
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    h = np.tanh(np.dot(X, W1) + b1)
    h = np.tanh(np.dot(h, W2) + b2)
    return np.dot(h, W3) + b3
### engine.deeper 5
def deeper(params, X):
    for k in (0, 2):
        X = np.tanh(np.dot(X, params[k]) + params[k + 1])
    return X @ params[4] + params[5]
### engine.deeper 6
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    h = np.tanh(np.tanh(X) @ W1 + b1)
    return np.tanh(h @ W2 + b2) @ W3 + b3
### engine.deeper 6
def deeper(params, X):
    for k in range(0, 6, 2):
        X = np.tanh(X) @ params[k] + params[k + 1]
    return X
### engine.deeper 7
def deeper(params, X):
    W1, W2, W3, b1, b2, b3 = params
    h = np.tanh(X @ W1 + b1)
    return np.tanh(h @ W2 + b2) @ W3 + b3
### engine.deeper 7
def deeper(params, X):
    weights, biases = params[:3], params[3:]
    for W, b in zip(weights[:2], biases):
        X = np.tanh(X @ W + b)
    return X @ weights[2] + biases[2]
### engine.deeper 8
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    h = np.maximum(X @ W1 + b1, 0)
    return np.maximum(h @ W2 + b2, 0) @ W3 + b3
### engine.deeper 8
def deeper(params, X):
    for k in (0, 2):
        X = np.maximum(0.0, X @ params[k] + params[k + 1])
    return X @ params[4] + params[5]
### engine.deeper 9
def deeper(params, X):
    W1, b1, W2, b2, W3, b3 = params
    return ((X @ W1 + b1) @ W2 + b2) @ W3 + b3
### engine.deeper 9
def deeper(params, X):
    for k in range(0, 6, 2):
        X = X @ params[k] + params[k + 1]
    return X
""") | {
    "engine.value_and_grad": [
        (0, told(RECURSIVE, ("g if a.grad is None else a.grad + g", "g"))),
        (0, told(COUNTING, ("grads.get(id(a), 0.0) + g", "g"))),
        (1, told(RECURSIVE, ("            a.grad = g if a.grad is None else a.grad + g",
                 "            a.grad = g if a.grad is None else a.grad + g\n"
                 "            if a.recipe:\n                pay(a)"),
                 ("for node in after_parents(out, [])[::-1]:", "for node in [out]:"))),
        (1, told(COUNTING, ("if uses[id(a)] == 0", "if True"))),
        (2, told(RECURSIVE, ("        out.grad = 1.0\n", ""))),
        (2, told(COUNTING, ("np.ones(np.shape(top.value))", "np.zeros(np.shape(top.value))"))),
        (3, told(RECURSIVE, ("return out.value, slopes", "return out.value, [slopes[0]]"))),
        (3, told(COUNTING, ("for n in leaves]\n\n", "for n in leaves[:1]]\n\n"))),
        (4, told(RECURSIVE, ("return out.value, slopes", "return slopes, out.value"))),
        (4, told(COUNTING, ("return top.value, [grads[id(n)] for n in leaves]",
                 "return tuple(grads[id(n)] for n in leaves), top.value"))),
        (6, told(RECURSIVE, ("*values, **options", "*values"))),
        (6, told(COUNTING, ("*values, **options", "*values"))),
        (7, told(RECURSIVE, ("out.grad = 1.0", "out.grad = out.value"))),
        (7, told(COUNTING, ("np.ones(np.shape(top.value))", "1.0 * top.value"))),
        (8, EVERY_PATH), (8, EVERY_PATH_FROM_A_LIST),
        (9, told(RECURSIVE, ("            a.grad = g if a.grad is None else a.grad + g",
                 "            if a.grad is None:\n                a.grad = g\n"
                 "            else:\n                a.grad += g"))),
        (9, told(RECURSIVE, ("            a.grad = g if a.grad is None else a.grad + g",
                 "            if a.grad is None:\n                a.grad = np.asarray(g)\n"
                 "            else:\n                np.add(a.grad, g, out=a.grad)"))),
        (11, told(RECURSIVE, ("    def of(params, *data):\n"
                  "        nodes = [Node(p) for p in params]",
                  "    nodes = []\n\n    def of(params, *data):\n"
                  "        nodes[:] = nodes or [Node(p) for p in params]\n"
                  "        for n in nodes:\n            n.grad = None"))),
        (11, told(COUNTING, ("leaves = list(map(Node, params))",
                  "leaves = kept.setdefault(f, [*map(Node, params)])"),
                  ("def value_and_grad", "kept = {}\n\n\ndef value_and_grad"))),
        (12, told(RECURSIVE, ("np.zeros(n.value.shape) if n.grad is None else n.grad", "n.grad"))),
        (12, told(COUNTING, ("{id(n): 0.0 * n.value for n in leaves}", "{}"),
                  ("[grads[id(n)] for n in leaves]", "[grads.get(id(n)) for n in leaves]"))),
        (13, STEPS), (13, STEPS_IN_A_ROW),
    ],
    "engine.digits": [
        (0, told(RECURSIVE, ("        out.grad = 1.0\n", ""))),
        (0, told(COUNTING, ("np.ones(np.shape(top.value))", "0.0"))),
        (1, told(RECURSIVE, ("out.grad = 1.0", "out.grad = -1.0"))),
        (1, told(COUNTING, ("[grads[id(n)]", "[-grads[id(n)]"))),
        (2, "RULES[np.mean] = lambda g, y, x: [spread(g, x, None, False)]\n" + RECURSIVE),
        (2, "def mean_rule(g, y, x):\n    return [g * np.ones(x.shape)]\n\n\n"
            "RULES[np.mean] = mean_rule\n" + COUNTING),
    ],
}  # fmt: skip
