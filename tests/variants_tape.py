"""Lab 4: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {}
VARIANTS = cells("""
### tape.by_hand 0
d = 1
c = 9 * d
b = c  # from c = a + b
a = 6 * b
adjoints = {"a": a, "b": b, "c": c, "d": d}
### tape.by_hand 0
adjoints = dict(d=1.0, c=9.0, b=12.0, a=12.0 * 6 + 9)
### tape.by_hand 0
adjoints = {"d": 1.0, "c": 9.0, "b": 21.0}
adjoints["a"] = 2 * 3 * adjoints["b"]
### tape.by_hand 1
d = 1.0
b, c = 12 * d, 9 * d
a = 2 * 3 * b
a, b = a + c, b + c
adjoints = dict(a=a, b=b, c=c, d=d)
### tape.by_hand 1
grad = {"a": 0.0, "b": 0.0, "c": 0.0, "d": 1.0}
grad["b"] += 12
grad["a"] += 6 * 12
grad["c"] += 9
grad["b"] += 9
grad["a"] += 9 + 6 * 21
adjoints = grad
### tape.by_hand 2
adjoints = {name: 0 for name in "abcd"}
### tape.by_hand 2
d = 9 * 12
c = d * 9
b = d * 12 + c
a = c + 6 * b
adjoints = {"a": a, "b": b, "c": c, "d": d}
### tape.by_hand 3
adjoints = {"d": 1, "c": 9, "b": 12 + 1, "a": 1 + 3 + 3}
### tape.by_hand 3
a = 3
b, c = a * a, a + a * a
adjoints = {"d": 1.0, "c": b, "b": c + 1, "a": 2 * a + 1}
### tape.by_hand 4
adjoints = {"d": 1, "c": 12, "b": 9 + 12, "a": 12 + 6 * 21}
### tape.by_hand 4
d, c = 1.0, 12.0
b = 9 * d + 9 * c
a = 3 * c + 3 * b + 3 * b
adjoints = {"a": a, "b": b, "c": c, "d": d}
### tape.record 0
class Node:
    def __init__(self, value, parents=()):
        self.value = value
        self.parents = parents
        self.grad = 0.0

    def __add__(self, other):
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        pair = [(n, n.value) for n in (self, other)]
        return Node(self.value * other.value, pair)
### tape.record 0
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(a, b):
        out = Node(a.value + b.value)
        out.parents = ((a, 1), (b, 1))
        return out

    def __mul__(a, b):
        out = Node(a.value * b.value)
        out.parents = ((a, a.value), (b, b.value))
        return out
### tape.record 1
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        out = Node(self.value + other.value)
        out.parents = ((self, 1),)
        return out

    def __mul__(self, other):
        out = Node(self.value * other.value)
        out.parents = ((self, other.value),)
        return out
### tape.record 1
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Node(self.value + other.value, [(other, 1.0)])

    def __mul__(self, other):
        return Node(self.value * other.value, [(other, self.value)])
### tape.record 2
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Node(self.value * other.value, tuple((p, 1.0) for p in (self, other)))
### tape.record 2
def both(value, one, other):
    return Node(value, ((one, 1), (other, 1)))


class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return both(self.value + other.value, self, other)

    def __mul__(self, other):
        return both(self.value * other.value, self, other)
### tape.record 3
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def crossed(self, other):
        return ((self, other.value), (other, self.value))

    def __add__(self, other):
        return Node(self.value + other.value, self.crossed(other))

    def __mul__(self, other):
        return Node(self.value * other.value, self.crossed(other))
### tape.record 3
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        parents = []
        parents.append((self, other.value))
        parents.append((other, self.value))
        return Node(self.value + other.value, tuple(parents))

    def __mul__(self, other):
        u, v = self.value, other.value
        return Node(u * v, ((self, v), (other, u)))
### tape.record 4
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Node(self.value + other.value, tuple({self: 1.0, other: 1.0}.items()))

    def __mul__(self, other):
        slopes = {self: other.value, other: self.value}
        return Node(self.value * other.value, tuple(slopes.items()))
### tape.record 4
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Node(self.value + other.value, set([(self, 1.0), (other, 1.0)]))

    def __mul__(self, other):
        return Node(self.value * other.value, {(self, other.value), (other, self.value)})
### tape.numbers 0
class Number(Node):
    def __add__(self, other):
        if not isinstance(other, Node):
            other = Number(other)
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        if not isinstance(other, Node):
            other = Number(other)
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def __neg__(self):
        return Number(-self.value, ((self, -1.0),))

    def __sub__(self, other):
        return self + (-other)
### tape.numbers 0
def number(x):
    return x if isinstance(x, Number) else Number(x)


class Number(Node):
    def __add__(self, other):
        y = Node.__add__(self, number(other))
        return Number(y.value, y.parents)

    def __mul__(self, other):
        y = Node.__mul__(self, number(other))
        return Number(y.value, y.parents)

    def __sub__(self, other):
        return self + number(other) * -1

    def __neg__(self):
        return self * -1
### tape.numbers 1
def number(x):
    return x if isinstance(x, Number) else Number(x)


class Number(Node):
    def __add__(self, other):
        y = Node.__add__(self, number(other))
        return Number(y.value, y.parents)

    def __mul__(self, other):
        y = Node.__mul__(self, number(other))
        return Number(y.value, y.parents)

    def __sub__(self, other):
        return self + number(other) * -1

    def __neg__(self):
        return self * -1

    __radd__, __rmul__, __rsub__ = __add__, __mul__, __sub__
### tape.numbers 1
class Number(Node):
    def __add__(self, other):
        v = other.value if isinstance(other, Node) else other
        parents = ((self, 1), (other, 1)) if isinstance(other, Node) else ((self, 1),)
        return Number(self.value + v, parents)

    def __radd__(self, other):
        return self + other

    def __mul__(self, other):
        if isinstance(other, Node):
            return Number(self.value * other.value, ((self, other.value), (other, self.value)))
        return Number(self.value * other, ((self, other),))

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return Number(-self.value, ((self, -1),))

    def __sub__(self, other):
        if isinstance(other, Node):
            return Number(self.value - other.value, ((self, 1), (other, -1)))
        return Number(self.value - other, ((self, 1),))

    def __rsub__(self, other):
        return Number(self.value - other, ((self, 1),))
### tape.numbers 2
def number(x):
    return x if isinstance(x, Number) else Number(x)


class Number(Node):
    def __add__(self, other):
        other = number(other)
        return Number(self.value + other.value, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = number(other)
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def __sub__(self, other):
        other = number(other)
        return Number(self.value - other.value, ((self, 1), (other, 1)))

    def __rsub__(self, other):
        return number(other) - self

    def __neg__(self):
        return Number(-self.value, ((self, 1),))

    __radd__, __rmul__ = __add__, __mul__
### tape.numbers 2
class Number(Node):
    def lift(self, x):
        return x if isinstance(x, Node) else Number(x)

    def __add__(self, other):
        other = self.lift(other)
        out = Number(self.value + other.value)
        out.parents = ((self, 1.0), (other, 1.0))
        return out

    __radd__ = __add__

    def __mul__(self, other):
        other = self.lift(other)
        out = Number(self.value * other.value)
        out.parents = ((self, other.value), (other, self.value))
        return out

    __rmul__ = __mul__

    def __sub__(self, other):
        out = self + other
        out.value = self.value - self.lift(other).value
        return out

    def __rsub__(self, other):
        out = self + other
        out.value = other - self.value
        return out

    def __neg__(self):
        return 0 - self
### tape.order 0
def order(out):
    seen, found = set(), []

    def walk(n):
        if n in seen:
            return
        seen.add(n)
        for p, slope in n.parents:
            walk(p)
        found.insert(0, n)

    walk(out)
    return found
### tape.order 0
def order(out, seen=None):
    seen = [] if seen is None else seen
    for p, _ in out.parents:
        if p not in seen:
            order(p, seen)
    seen.append(out)
    return list(reversed(seen))
### tape.order 1
def order(out):
    found = []

    def visit(node):
        for parent, _ in node.parents:
            visit(parent)
        found.append(node)

    visit(out)
    return found
### tape.order 1
def order(out):
    if not out.parents:
        return [out]
    result = []
    for parent, slope in out.parents:
        result.extend(order(parent))
    result.append(out)
    return result
### tape.order 2
def order(out):
    seen, found = set(), []

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        found.append(node)
        for parent, _ in node.parents:
            visit(parent)

    visit(out)
    return found
### tape.order 2
def order(out):
    found, stack = [], [out]
    while stack:
        node = stack.pop()
        if node not in found:
            found.append(node)
            stack.extend(p for p, _ in node.parents)
    return found
### tape.order 3
def order(out):
    seen, found = set(), []

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        found.insert(0, node)
        for parent, _ in node.parents:
            visit(parent)

    visit(out)
    return found
### tape.order 3
def order(out):
    found, stack = [], [out]
    while stack:
        node = stack.pop()
        if node not in found:
            found.append(node)
            for p, _ in node.parents:
                stack.append(p)
    found.reverse()
    return found
### tape.order 4
from collections import deque


def order(out):
    todo, found = deque([out]), []
    while todo:
        node = todo.popleft()
        if node in found:
            continue
        found.append(node)
        todo.extend(p for p, _ in node.parents)
    return found[::-1]
### tape.order 4
def order(out):
    layers, seen = [[out]], {out}
    while layers[-1]:
        below = []
        for node in layers[-1]:
            for p, _ in node.parents:
                if p not in seen:
                    seen.add(p)
                    below.append(p)
        layers.append(below)
    return [n for layer in layers for n in layer][::-1]
### tape.order 5
def order(out):
    found = []
    for parent, _ in out.parents:
        if parent not in found:
            found.append(parent)
    found.append(out)
    return found
### tape.order 5
def order(out):
    return [parent for parent, slope in out.parents] + [out]
### tape.order 6
def order(out):
    found = []

    def visit(node):
        for parent, _ in node.parents:
            visit(parent)
            if parent not in found:
                found.append(parent)

    visit(out)
    return found
### tape.order 6
def order(out):
    found, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for parent, _ in node.parents:
            visit(parent)
        if node is not out:
            found.append(node)

    visit(out)
    return found
### tape.backward 0
def backward(out):
    out.grad = 1.0
    for node in order(out)[::-1]:
        for pair in node.parents:
            pair[0].grad = node.grad * pair[1]
### tape.backward 0
def backward(out):
    nodes = order(out)
    out.grad = 1
    while nodes:
        node = nodes.pop()
        for p, s in node.parents:
            p.grad = s * node.grad
### tape.backward 2
def backward(out):
    def pay(node):
        for p, s in node.parents:
            p.grad += node.grad * s
            pay(p)

    out.grad = 1.0
    pay(out)
### tape.backward 2
def backward(out, g=None):
    if g is None:
        out.grad = 1.0
    for k in range(len(out.parents)):
        p, s = out.parents[k]
        p.grad = p.grad + s * out.grad
        backward(p, p.grad)
### tape.backward 3
def backward(out):
    def pay(node):
        for p, s in node.parents:
            p.grad += node.grad * s
        for p, s in node.parents:
            pay(p)

    out.grad = 1.0
    pay(out)
### tape.backward 3
def backward(out):
    def go(node):
        [setattr(p, "grad", p.grad + s * node.grad) for p, s in node.parents]
        [go(p) for p, _ in node.parents]

    out.grad = 1
    go(out)
### tape.backward 4
def backward(out):
    out.grad = 1.0
    done = []

    def go(node):
        if node not in done:
            done.append(node)
            for p, s in node.parents:
                p.grad += node.grad * s
                go(p)

    go(out)
### tape.backward 4
def backward(out, seen=None):
    if seen is None:
        out.grad, seen = 1.0, {out}
    for p, s in out.parents:
        p.grad += s * out.grad
        if p not in seen:
            seen.add(p)
            backward(p, seen)
### tape.backward 5
def backward(out):
    out.grad = 1.0
    for node in order(out):
        for parent, slope in node.parents:
            parent.grad += slope * node.grad
### tape.backward 5
def backward(out):
    done = []

    def go(node):
        if node in done:
            return
        done.append(node)
        [go(p) for p, _ in node.parents]
        for p, s in node.parents:
            p.grad += node.grad * s

    out.grad = 1.0
    go(out)
### tape.backward 6
from collections import deque


def backward(out):
    out.grad = 1.0
    todo, seen = deque([out]), {out}
    while todo:
        node = todo.popleft()
        for p, s in node.parents:
            p.grad += s * node.grad
            if p not in seen:
                seen.add(p)
                todo.append(p)
### tape.backward 6
def backward(out):
    out.grad = 1.0
    level, seen = [out], [out]
    while level:
        below = []
        for node in level:
            for p, s in node.parents:
                p.grad += s * node.grad
                if p not in seen:
                    seen.append(p)
                    below.append(p)
        level = below
### tape.backward 7
def backward(out):
    for node in reversed(order(out)):
        for parent, slope in node.parents:
            parent.grad += slope * node.grad
### tape.backward 7
def backward(out):
    out.grad = 0.0
    nodes = order(out)
    while nodes:
        node = nodes.pop()
        for p, s in node.parents:
            p.grad += s * node.grad
### tape.backward 8
def backward(out):
    out.grad = 1
    for node in order(out)[::-1]:
        for parent, slope in node.parents:
            parent.grad = parent.grad + slope
### tape.backward 8
def backward(out):
    nodes = order(out)
    for parent in nodes:
        parent.grad = sum(s for n in nodes for p, s in n.parents if p is parent)
    out.grad = 1.0
### tape.backward 9
def backward(out):
    out.grad = 1
    for node in order(out)[::-1]:
        for pair in node.parents:
            pair[0].grad += node.grad * pair[0].value
### tape.backward 9
def backward(out):
    nodes = order(out)
    out.grad = 1.0
    while nodes:
        node = nodes.pop()
        for p, _ in node.parents:
            p.grad = p.grad + p.value * node.grad
### tape.backward 10
def backward(out):
    nodes = order(out)
    nodes[-1].grad = nodes[-1].value
    while nodes:
        node = nodes.pop()
        for p, s in node.parents:
            p.grad += s * node.grad
### tape.backward 11
def backward(out):
    nodes = order(out)
    for n in nodes:
        n.grad = 1
    for n in nodes[::-1]:
        for p, s in n.parents:
            p.grad = p.grad + s * n.grad
### tape.backward 11
def backward(out):
    nodes = order(out)
    grads = dict.fromkeys(nodes, 1.0)
    while nodes:
        node = nodes.pop()
        node.grad = grads[node]
        for p, s in node.parents:
            grads[p] += s * node.grad
### tape.backward 5
def backward(out):
    out.grad = 1.0
    for p, s in out.parents:
        p.grad += out.grad * s
### tape.backward 5
def backward(out):
    *others, last = order(out)
    last.grad = 1
    for node in others:
        node.grad = sum(s for p, s in last.parents if p is node)
### tape.backward 12
def backward(out):
    out.grad = 1
    for node in order(out)[::-1]:
        for p, s in node.parents:
            p.grad = p.grad + node.grad
### tape.backward 12
def backward(out):
    nodes = order(out)
    out.grad = 1.0
    while nodes:
        node = nodes.pop()
        for pair in node.parents:
            pair[0].grad += 1.0 * node.grad
### tape.functions 5
import math


def exp(x):
    return Number(math.exp(x.value))


def tanh(x):
    return Number(math.tanh(x.value))


def log(x):
    return Number(math.log(x.value))


functions = {"exp": exp, "tanh": tanh, "log": log}
### tape.functions 5
import math

functions = {
    name: lambda x, f=getattr(math, name): Number(f(x.value), parents=())
    for name in ("exp", "tanh", "log")
}
### tape.functions 0
import math


def exp(x):
    v = x.value
    return Number(math.exp(v), ((x, v * math.e ** (v - 1)),))


def tanh(x):
    y = math.tanh(x.value)
    return Number(y, ((x, 1 - y**2),))


def log(x):
    return Number(math.log(x.value), ((x, 1 / x.value),))


functions = {"exp": exp, "tanh": tanh, "log": log}
### tape.functions 0
import math


def made(x, y, slope):
    out = Number(y)
    out.parents = ((x, slope),)
    return out


def exp(x):
    return made(x, math.e**x.value, x.value * math.exp(x.value) / math.e)


def tanh(x):
    return made(x, math.tanh(x.value), 1 / math.cosh(x.value) ** 2)


def log(x):
    return made(x, math.log(x.value), x.value**-1)


functions = dict(exp=exp, tanh=tanh, log=log)
### tape.functions 1
import math


def exp(x):
    return Number(math.exp(x.value), [(x, 1)])


def tanh(x):
    return Number(math.tanh(x.value), [(x, 1)])


def log(x):
    return Number(math.log(x.value), [(x, 1)])


functions = {"exp": exp, "tanh": tanh, "log": log}
### tape.functions 1
import math

functions = {
    name: lambda x, f=getattr(math, name): Number(f(x.value), ((x, 1.0),))
    for name in ("exp", "tanh", "log")
}
### tape.functions 2
import math


def exp(x):
    y = math.exp(x.value)
    return Number(y, ((x, y),))


def tanh(x):
    return Number(math.tanh(x.value), ((x, 1 - x.value**2),))


def log(x):
    return Number(math.log(x.value), ((x, 1 / x.value),))


functions = {"exp": exp, "tanh": tanh, "log": log}
### tape.functions 2
import math


def made(x, y, slope):
    out = Number(y)
    out.parents = ((x, slope),)
    return out


def exp(x):
    return made(x, math.exp(x.value), math.exp(x.value))


def tanh(x):
    return made(x, math.tanh(x.value), (1 - x.value) * (1 + x.value))


def log(x):
    return made(x, math.log(x.value), 1 / x.value)


functions = dict(exp=exp, tanh=tanh, log=log)
### tape.functions 3
import math


def exp(x):
    y = math.exp(x.value)
    return Number(y, ((x, y),))


def tanh(x):
    y = math.tanh(x.value)
    return Number(y, ((x, 1 - y * y),))


def log(x):
    y = math.log(x.value)
    return Number(y, ((x, 1 / y),))


functions = {"exp": exp, "tanh": tanh, "log": log}
### tape.functions 3
import math


def made(x, y, slope):
    out = Number(y)
    out.parents = ((x, slope),)
    return out


def exp(x):
    return made(x, math.exp(x.value), math.exp(x.value))


def tanh(x):
    return made(x, math.tanh(x.value), 1 - math.tanh(x.value) ** 2)


def log(x):
    return made(x, math.log(x.value), math.log(x.value) ** -1)


functions = dict(exp=exp, tanh=tanh, log=log)
### tape.functions 4
import math


def exp(x):
    return Number(math.exp(x.value), ((x, x.value),))


def tanh(x):
    y = math.tanh(x.value)
    return Number(y, ((x, 1 - y * y),))


def log(x):
    return Number(math.log(x.value), ((x, 1 / x.value),))


functions = {"exp": exp, "tanh": tanh, "log": log}
### tape.functions 4
import math


def made(x, y, slope):
    out = Number(y)
    out.parents = ((x, slope),)
    return out


def exp(x):
    y = math.exp(x.value)
    return made(x, y, math.log(y))


def tanh(x):
    return made(x, math.tanh(x.value), 1 - math.tanh(x.value) ** 2)


def log(x):
    return made(x, math.log(x.value), 1 / x.value)


functions = dict(exp=exp, tanh=tanh, log=log)
### tape.grad 0
def grad(f):
    def slope(*point):
        first, *rest = map(Number, point)
        backward(f(first, *rest))
        return [first.grad]

    return slope
### tape.grad 0
def grad(f):
    def slope(*point):
        nodes = [Number(x) for x in point]
        backward(f(*nodes))
        return nodes[0].grad

    return slope
### tape.grad 1
def grad(f):
    nodes = {}

    def slope(*point):
        inputs = [nodes.setdefault(k, Number(x)) for k, x in enumerate(point)]
        backward(f(*inputs))
        return [n.grad for n in inputs]

    return slope
### tape.grad 1
def grad(f):
    inputs = None

    def slope(*point):
        nonlocal inputs
        if inputs is None:
            inputs = list(map(Number, point))
        out = f(*inputs)
        backward(out)
        return [i.grad for i in inputs]

    return slope
### tape.grad 2
def grad(f):
    def slope(*point):
        inputs = [Number(x) for x in point]
        out = f(*inputs)
        backward(out)
        return [out.value for _ in inputs]

    return slope
### tape.grad 2
def grad(f):
    return lambda *point: [f(*map(Number, point)).value] * len(point)
### tape.grad 3
def grad(f):
    def slope(*point):
        inputs = [Number(x) for x in point]
        f(*inputs)
        return [node.grad for node in inputs]

    return slope
### tape.grad 3
def grad(f):
    def slope(*point):
        backward(f(*[Number(x) for x in point]))
        return [Number(x).grad for x in point]

    return slope
### tape.descend 0
def descend(slope, weights, rate, steps):
    for _ in range(steps):
        gradient = slope(*weights)
        weights = [weights[i] + rate * gradient[i] for i in range(len(weights))]
    return weights
### tape.descend 0
def descend(slope, weights, rate, steps):
    if steps == 0:
        return weights
    moved = [w + g * rate for w, g in zip(weights, slope(*weights))]
    return descend(slope, moved, rate, steps - 1)
### tape.descend 1
def descend(slope, weights, rate, steps):
    gradient = slope(*weights)
    for _ in range(steps):
        weights = [w - rate * g for w, g in zip(weights, gradient)]
    return weights
### tape.descend 1
def descend(slope, weights, rate, steps):
    far = rate * steps
    return [w - far * g for w, g in zip(weights, slope(*weights))]
### tape.descend 2
def descend(slope, weights, rate, steps):
    weights = weights[:]
    for _ in range(steps):
        for i, w in enumerate(weights):
            weights[i] = w - rate * slope(*weights)[i]
    return weights
### tape.descend 2
def descend(slope, weights, rate, steps):
    u, v = weights
    for _ in range(steps):
        u -= rate * slope(u, v)[0]
        v -= rate * slope(u, v)[1]
    return [u, v]
### tape.descend 3
def descend(slope, weights, rate, steps):
    for _ in range(steps):
        weights = [w - g for w, g in zip(weights, slope(*weights))]
    return weights
### tape.descend 3
def descend(slope, weights, rate, steps):
    u, v = weights
    while steps > 0:
        du, dv = slope(u, v)
        u, v, steps = u - du, v - dv, steps - 1
    return [u, v]
### tape.descend 4
def descend(slope, weights, rate, steps):
    return [w - rate * g for w, g in zip(weights, slope(*weights))]
### tape.descend 4
def descend(slope, weights, rate, steps):
    for _ in range(steps):
        weights = [w - rate * g for w, g in zip(weights, slope(*weights))]
        return weights
### tape.by_hand 20
adjoints = {"a": 3, "b": 9, "c": 12, "d": 108}
### tape.by_hand 20
a = 3
b = a * a
c = a + b
d = b * c
adjoints = dict(a=a, b=b, c=c, d=d)
### tape.record 6
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Node(self.value + other.value)

    def __mul__(self, other):
        return Node(self.value * other.value)
### tape.record 6
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        out = Node(self.value)
        out.value += other.value
        return out

    def __mul__(self, other):
        out = Node(self.value)
        out.value *= other.value
        out.parents = ()
        return out
### tape.record 7
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        y = self.value * other.value
        return Node(y, ((self, y), (other, y)))
### tape.record 7
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        return Node(self.value + other.value, [(n, 1) for n in (self, other)])

    def __mul__(self, other):
        out = Node(self.value * other.value)
        out.parents = tuple((n, out.value) for n in (self, other))
        return out
### tape.numbers 3
def lift(x):
    return x if isinstance(x, Node) else Number(x)


class Number(Node):
    def __add__(self, other):
        other = lift(other)
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = lift(other)
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    __radd__, __rmul__ = __add__, __mul__
### tape.numbers 3
def lift(x):
    return x if isinstance(x, Node) else Number(x)


class Number(Node):
    def __add__(self, other):
        other = lift(other)
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = lift(other)
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return self * -1
### tape.numbers 4
def lift(x):
    return x if isinstance(x, Node) else Number(x)


class Number(Node):
    def __add__(self, other):
        return super().__add__(lift(other))

    def __mul__(self, other):
        return super().__mul__(lift(other))

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + lift(other) * -1

    def __rsub__(self, other):
        return lift(other) - self
### tape.numbers 4
def lift(x):
    return x if isinstance(x, Node) else Number(x)


class Number(Node):
    def __add__(self, other):
        other = lift(other)
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = lift(other)
        return Node(self.value * other.value, ((self, other.value), (other, self.value)))

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + lift(other) * -1

    def __rsub__(self, other):
        return lift(other) + self * -1
### tape.numbers 5
class Number(Node):
    def __add__(self, other):
        value = getattr(other, "value", other)
        return Number(self.value + value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        value = getattr(other, "value", other)
        return Number(self.value * value, ((self, value), (other, self.value)))

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + other * -1

    def __rsub__(self, other):
        return self * -1 + other
### tape.numbers 5
def plain(x):
    return x.value if isinstance(x, Node) else x


class Number(Node):
    def __add__(a, b):
        return Number(a.value + plain(b), [(a, 1), (b, 1)])

    def __radd__(a, b):
        return a + b

    def __mul__(a, b):
        return Number(a.value * plain(b), [(a, plain(b)), (b, a.value)])

    def __rmul__(a, b):
        return a * b

    def __sub__(a, b):
        return Number(a.value - plain(b), [(a, 1), (b, -1)])

    def __rsub__(a, b):
        return Number(plain(b) - a.value, [(b, 1), (a, -1)])
### tape.order 10
def order(out):
    def paths(node):
        return [n for parent, _ in node.parents for n in paths(parent)] + [node]

    return list(dict.fromkeys(paths(out)))
### tape.order 10
def order(out, done=None):
    done = [] if done is None else done
    for parent, _ in out.parents:
        order(parent, done)
    if out not in done:
        done.append(out)
    return done
### tape.order 12
found = []


def order(out):
    for parent, _ in out.parents:
        if parent not in found:
            order(parent)
    found.append(out)
    return found
### tape.order 12
seen = set()


def order(out):
    if out in seen:
        return []
    seen.add(out)
    found = []
    for parent, _ in out.parents:
        found += order(parent)
    return [*found, out]
### tape.order 12
def order(out, found=[]):
    for parent, _ in out.parents:
        if parent not in found:
            order(parent, found)
    if out not in found:
        found.append(out)
    return found
### tape.order 12
def order(out):
    found = []

    def visit(node):
        if getattr(node, "visited", False):
            return
        node.visited = True
        for parent, _ in node.parents:
            visit(parent)
        found.append(node)

    visit(out)
    return found
### tape.order 14
def order(out):
    seen, found = set(), []

    def visit(node):
        if node.value in seen:
            return
        seen.add(node.value)
        for parent, _ in node.parents:
            visit(parent)
        found.append(node)

    visit(out)
    return found
### tape.order 14
def order(out):
    found = []

    def visit(node):
        for parent, _ in node.parents:
            if all(parent.value != n.value for n in found):
                visit(parent)
        found.append(node)

    visit(out)
    return found
### tape.order 15
def order(out):
    found, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent, _ in node.parents:
                visit(parent)
            found.append(node.value)

    visit(out)
    return found
### tape.order 15
def order(out):
    values = {}

    def visit(node):
        if node not in values:
            for parent, _ in node.parents:
                visit(parent)
            values[node] = node.value

    visit(out)
    return [*values.values()]
### tape.backward 10
def backward(out):
    out.grad = out.value
    for node in order(out)[::-1]:
        for parent, slope in node.parents:
            parent.grad = parent.grad + node.grad * slope
### tape.backward 13
def backward(out):
    def pay(node, amount):
        node.grad += amount
        for parent, slope in node.parents:
            pay(parent, amount * slope)

    pay(out, 1.0)
### tape.backward 13
def backward(out):
    todo = [(out, 1.0)]
    while todo:
        node, amount = todo.pop()
        node.grad += amount
        todo += [(parent, amount * slope) for parent, slope in node.parents]
### tape.backward 18
def backward(out):
    out.grad = 1.0
    for node in order(out)[::-1]:
        for parent, slope in node.parents:
            parent.grad = parent.grad + node.grad + slope
### tape.backward 18
def backward(out):
    nodes, out.grad = order(out), 1
    while nodes:
        node = nodes.pop()
        for parent, slope in node.parents:
            parent.grad += node.grad
            parent.grad += slope
### tape.backward 19
def backward(out):
    out.grad = 1.0
    for node in reversed(order(out)):
        for parent, slope in node.parents:
            parent.grad += slope * node.grad
    for node in order(out):
        if node.parents:
            node.grad = 0.0
### tape.backward 19
def backward(out):
    due = {out: 1.0}
    for node in order(out)[::-1]:
        for parent, slope in node.parents:
            due[parent] = due.get(parent, 0.0) + slope * due[node]
        if not node.parents:
            node.grad = due[node]
### tape.functions 6
import math


def exp(x):
    y = math.exp(x.value)
    return Node(y, ((x, y),))


def tanh(x):
    y = math.tanh(x.value)
    return Node(y, ((x, 1 - y * y),))


def log(x):
    return Node(math.log(x.value), ((x, 1 / x.value),))


functions = {"exp": exp, "tanh": tanh, "log": log, "Number": Number}
### tape.functions 6
import math

RULES = {
    "exp": (math.exp, lambda x, y: y),
    "tanh": (math.tanh, lambda x, y: 1 - y**2),
    "log": (math.log, lambda x, y: x**-1),
}


def make(f, slope):
    def of(x):
        out = Node(f(x.value))
        out.parents = [(x, slope(x.value, out.value))]
        return out

    return of


functions = {name: make(*rule) for name, rule in RULES.items()} | {"Number": Number}
### tape.grad 4
def grad(f):
    def of(*xs):
        nodes = [Node(x) for x in xs]
        backward(f(*nodes))
        return [n.grad for n in nodes]

    return of
### tape.grad 4
def grad(f):
    def of(*xs):
        inputs = tuple(map(Node, xs))
        out = f(*inputs)
        backward(out)
        return tuple(n.grad for n in inputs)

    return of
### tape.grad 5
def grad(f):
    def value(xs):
        return f(*map(Number, xs)).value

    def of(*xs):
        slopes, h = [], 1e-5
        for k in range(len(xs)):
            up, down = list(xs), list(xs)
            up[k] += h
            down[k] -= h
            slopes.append((value(up) - value(down)) / (2 * h))
        return slopes

    return of
### tape.grad 5
def grad(f):
    def of(*xs):
        h, found = 1e-5, []
        for k, x in enumerate(xs):
            ends = [f(*map(Number, [*xs[:k], x + s * h, *xs[k + 1 :]])).value for s in (1, -1)]
            found.append((ends[0] - ends[1]) / h / 2)
        return found

    return of
### tape.descend 5
def descend(slope, weights, rate, steps):
    here = weights
    for _ in range(steps):
        gradient = slope(*here)
        here = [w - rate * g for w, g in zip(weights, gradient)]
    return here
### tape.descend 5
def descend(slope, weights, rate, steps):
    start, now = tuple(weights), list(weights)
    for _ in range(steps):
        g = slope(*now)
        for k in range(len(now)):
            now[k] = start[k] - rate * g[k]
    return now
""")
