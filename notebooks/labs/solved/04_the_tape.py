# %% [markdown] id="lab4-head"
# # Lab 4: the tape
#
# **You will** build reverse mode: numbers that remember how they were made, and one walk back
# that gives the slope by each of them. At the end your tape trains a neuron on real digits.
#
# **You will learn** why there is a topological order, why payments add up, and why a tape needs
# memory.
#
# **You need** Python functions and classes, and the slope of a product. No calculus beyond that:
# each rule that you need is one line.
#
# About 60 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab4-begin"
from elves.course import check, hint, lab, progress, quiz

lab(4)

# %% id="lab4-map"
progress()

# %% [markdown] id="lab4-picture-words"
# ## One picture first
#
# `d = b * c` with `b = a * a` and `c = a + b`: in the picture they are `v3`, `v1` and `v2`.
# Blue-green is what runs forward, red is what walks back. You build what finds the red numbers.

# %% id="lab4-picture"
from elves import show


def example(a):
    b = a * a
    c = a + b
    return b * c


show.graph(example, 2.0)

# %% [markdown] id="lab4-hand-words" minutes=8
# ## 4.1 By hand (easy)
#
# An **adjoint** says how much the result changes per change of that value. The result's own
# adjoint is 1. From there every value *pays* those that it was made of: the slope, times its own
# adjoint. The slope of `u + v` by `u` is 1; that of `u * v` by `u` is the other side, `v`.
#
# The trainer draws small graphs; fill in the values, then the adjoints from the end.

# %% id="lab4-trainer" tags=["keep"]
from elves.course import Trainer

Trainer()

# %% [markdown] id="lab4-twice-words"
# Guess before you go on:

# %% id="lab4-twice"
quiz("tape.twice")

# %% [markdown] id="lab4-hand-task"
# Now the graph of the picture above, at `a = 3` and without a machine:
# `b = a * a`, `c = a + b`, `d = b * c`. Which adjoints do `d`, `c`, `b` and `a` have?

# %% id="lab4-hand" exercise="tape.by_hand"
# adjoints = {"d": …, "c": …, "b": …, "a": …}
### BEGIN SOLUTION
adjoints = {"d": 1.0, "c": 9.0, "b": 12.0 + 9.0, "a": 9.0 + 6.0 * 21.0}
### END SOLUTION

# %% id="lab4-hand-check" check="tape.by_hand"
check("tape.by_hand", adjoints)

# %% [markdown] id="lab4-record-words" minutes=7
# ## 4.2 Write it down (easy)
#
# A `Node` holds a value, and `parents`: a tuple of pairs, each one a node that it was made of, and
# the slope by that node. Write `+` and `*`.


# %% id="lab4-record" exercise="tape.record"
class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, 0.0

    def __add__(self, other):
        ### BEGIN SOLUTION
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))
        ### END SOLUTION

    def __mul__(self, other):
        ### BEGIN SOLUTION
        return Node(self.value * other.value, ((self, other.value), (other, self.value)))
        ### END SOLUTION


# %% id="lab4-record-check" check="tape.record"
check("tape.record", Node)

# %% [markdown] id="lab4-numbers-words" minutes=6
# ## 4.3 Plain numbers (medium)
#
# In `1 - a * 3` two of the values are plain numbers. Make a class `Number`, a `Node` that knows
# them on both sides, and `-` too: `a - 1` and `1 - a`. (`Node` makes `Node`s: here all results are
# `Number`s.)


# %% id="lab4-numbers" exercise="tape.numbers"
class Number(Node):
    ### BEGIN SOLUTION
    def __add__(self, other):
        other = other if isinstance(other, Node) else Number(other)
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Node) else Number(other)
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -1.0 * other

    def __rsub__(self, other):
        return -self + other

    __radd__, __rmul__ = __add__, __mul__
    ### END SOLUTION


# %% id="lab4-numbers-check" check="tape.numbers"
check("tape.numbers", Number)

# %% [markdown] id="lab4-when-words"
# ## 4.4 Who goes first? (medium)
#
# Before you write the walk back, guess:

# %% id="lab4-when"
quiz("tape.when")

# %% [markdown] id="lab4-order-words" minutes=7
# `order(out)` lists `out` and all that it was made of, **each one after its parents**, and once,
# however many paths lead to it. Read from the end, that is the order in which adjoints are
# complete.


# %% id="lab4-order" exercise="tape.order"
def order(out):
    ### BEGIN SOLUTION
    found, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent, _ in node.parents:
                visit(parent)
            found.append(node)

    visit(out)
    return found
    ### END SOLUTION


# %% id="lab4-order-check" check="tape.order"
check("tape.order", order)

# %% [markdown] id="lab4-backward-words" minutes=8
# ## 4.5 The walk back (hard)
#
# `backward(out)` sets `grad` of every node that `out` was made of. They are all 0 before. Many
# people have proposed shorter ways than the order of 4.4: try yours, the check knows them.


# %% id="lab4-backward" exercise="tape.backward"
def backward(out):
    ### BEGIN SOLUTION
    out.grad = 1.0
    for node in reversed(order(out)):
        for parent, slope in node.parents:
            parent.grad += slope * node.grad
    ### END SOLUTION


# %% id="lab4-backward-check" check="tape.backward"
check("tape.backward", backward)

# %% [markdown] id="lab4-functions-words" minutes=5
# ## 4.6 Functions (easy)
#
# Three functions of one node: `exp`, `tanh`, `log`. Compute the value with `math`, and store the
# slope. Two of the slopes are easy to say by the *output*; the third hint lists all three.

# %% id="lab4-functions" exercise="tape.functions"
import math


def exp(x):
    ### BEGIN SOLUTION
    y = math.exp(x.value)
    return Number(y, ((x, y),))
    ### END SOLUTION


def tanh(x):
    ### BEGIN SOLUTION
    y = math.tanh(x.value)
    return Number(y, ((x, 1 - y * y),))
    ### END SOLUTION


def log(x):
    ### BEGIN SOLUTION
    return Number(math.log(x.value), ((x, 1 / x.value),))
    ### END SOLUTION


functions = {"exp": exp, "tanh": tanh, "log": log, "Number": Number}

# %% id="lab4-functions-check" check="tape.functions"
check("tape.functions", functions)

# %% [markdown] id="lab4-grad-words" minutes=6
# ## 4.7 A function of a function (medium)
#
# `grad(f)` gives a function that takes numbers and returns the list of slopes, one for each.
# `f` may add, multiply and call your functions.


# %% id="lab4-grad" exercise="tape.grad"
def grad(f):
    ### BEGIN SOLUTION
    def slope(*point):
        inputs = [Number(x) for x in point]
        backward(f(*inputs))
        return [node.grad for node in inputs]

    return slope
    ### END SOLUTION


# %% id="lab4-grad-check" check="tape.grad"
check("tape.grad", grad)

# %% [markdown] id="lab4-memory-words"
# Guess again:

# %% id="lab4-memory"
quiz("tape.memory")

# %% [markdown] id="lab4-descend-words" minutes=5
# ## 4.8 Downhill (medium)
#
# `descend(slope, weights, rate, steps)`: `slope(*weights)` gives the gradient. Step against it,
# `steps` times, and return the list of weights.


# %% id="lab4-descend" exercise="tape.descend"
def descend(slope, weights, rate, steps):
    ### BEGIN SOLUTION
    for _ in range(steps):
        weights = [w - rate * g for w, g in zip(weights, slope(*weights))]
    return weights
    ### END SOLUTION


# %% id="lab4-descend-check" check="tape.descend"
check("tape.descend", descend)

# %% [markdown] id="lab4-end-words" minutes=6
# ## The end: your tape reads digits
#
# 40 handwritten digits, zeros and ones. Two numbers of each: how dark the middle is, and how dark
# the whole. One neuron, `tanh(u * middle + v * whole + w)`, shall say 1 for a one, -1 for a zero.
# Everything below runs on what you wrote.

# %% id="lab4-data"
from elves import digits

X, labels = digits.load()
pairs = [(x, d) for x, d in zip(X, labels) if d < 2][:40]
rows = [(float(4 * x[27:29].mean()), float(4 * x.mean()), 2 * int(d) - 1) for x, d in pairs]
rows[:3]


# %% id="lab4-train"
def neuron(u, v, w, middle, whole):
    return tanh(u * middle + v * whole + w)


def loss(u, v, w):
    total = 0.0
    for middle, whole, wanted in rows:
        miss = neuron(u, v, w, middle, whole) - wanted
        total = miss * miss + total
    return total * (1 / len(rows))


weights = descend(grad(loss), [0.0, 0.0, 0.0], 0.5, 60)
said = [neuron(*map(Number, weights), m, a).value for m, a, _ in rows]
right = sum((s > 0) == (wanted > 0) for s, (_, _, wanted) in zip(said, rows))
print(f"{right} of {len(rows)} digits read; weights", [round(w, 2) for w in weights])

# %% [markdown] id="lab4-same-words"
# And the package's elf, `elves.reverse`, on the same loss:

# %% id="lab4-same"
import numpy as np

import elves


def same_loss(p):
    miss = np.tanh(features @ p[:2] + p[2]) - wanted
    return np.mean(miss * miss)


features = np.array([row[:2] for row in rows])
wanted = np.array([row[2] for row in rows])
yours = np.array(grad(loss)(*weights))
elf = elves.reverse.grad(same_loss)(np.array(weights))
print("yours and the elf's gradient differ by less than 1e-12:", np.allclose(yours, elf, 0, 1e-12))

# %% [markdown] id="lab4-next"
# **What you have now** is micrograd: a tape of numbers. **Next**, lab 5: numbers become arrays, and
# broadcasting must be undone on the way back.

# %% id="lab4-done"
progress()
