# %% [markdown] id="lab6-head"
# # Lab 6: your engine trains
#
# **You will** put your tape from lab 4 and your rules from lab 5 in the place of the package's elf,
# and train a network on 1,400 handwritten digits with it.
#
# **You will learn** how a library such as PyTorch is laid out: a recorder, a table of rules, one
# walk back. And that nothing else is in it.
#
# **You need** lab 4 and lab 5, or their ideas: what is missing is brought.
#
# About 60 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab6-begin" tags=["setup"]
from elves.course import Handover, check, hint, lab, progress, quiz

lab(6)

# %% id="lab6-map"
progress()

# %% [markdown] id="lab6-picture-words"
# ## One picture first
#
# The loss of a network with two weights, as a graph. Your engine will record a graph like this,
# with arrays of 64 by 32 in the place of numbers.

# %% id="lab6-picture"
import numpy as np

from elves import show


def small(w, b):
    miss = np.tanh(0.5 * w + b) - 1.0
    return miss * miss


show.graph(small, 0.8, 0.1)

# %% [markdown] id="lab6-hand-words"
# ## Who calls you?
#
# `np.tanh(node)` is NumPy's function, not yours. NumPy asks the node whether it wants the call.
# `Handover` says yes, and passes all calls to **one** method of yours:
# `record(function, args, options)`. For `np.sum(x, axis=0)` that is
# `record(np.sum, (x,), {"axis": 0})`; `x + 1.0` arrives as `record(np.add, (x, 1.0), {})`.

# %% id="lab6-who"
quiz("engine.who")

# %% [markdown] id="lab6-record-words" minutes=8
# ## 6.1 Record (medium)
#
# A `Node` has a `value`, and for the way back a `recipe`: the function, its arguments (with nodes),
# and the options; an input has the recipe `None`. Write `record`: compute with the plain values,
# and return a node that remembers its recipe. It has no `self`: any argument may be the node.


# %% id="lab6-record" exercise="engine.record"
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        ### BEGIN SOLUTION
        plain = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(*plain, **options), (function, args, options))
        ### END SOLUTION


# %% id="lab6-record-check" check="engine.record"
check("engine.record", Node)

# %% [markdown] id="lab6-undo-words"
# From lab 5 you have the way back through broadcasting. Here is one, if you have not:

# %% id="lab6-undo" tags=["setup"]
import operator

import numpy as np


def undo(g, shape):
    """Sum a cotangent over the axes that broadcasting added or stretched."""
    g = np.asarray(g)
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1 and g.shape[axis] != 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


# %% [markdown] id="lab6-entrywise-words" minutes=8
# ## 6.2 Rules, entry by entry (easy)
#
# A rule gets `g`, the cotangent of the result, then the result `y`, then the plain arguments. It
# returns one cotangent for each argument. Sums and products are there: write `divide`, `tanh`,
# `exp` and `log`. (`RULES[np.log]` has one argument, so its rule returns a list of one.)

# %% id="lab6-entrywise" exercise="engine.entrywise"
RULES = {
    np.add: lambda g, y, a, b: [undo(g, np.shape(a)), undo(g, np.shape(b))],
    np.subtract: lambda g, y, a, b: [undo(g, np.shape(a)), undo(-g, np.shape(b))],
    np.multiply: lambda g, y, a, b: [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))],
    np.negative: lambda g, y, a: [-g],
}
### BEGIN SOLUTION
RULES[np.true_divide] = lambda g, y, a, b: [undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))]
RULES[np.tanh] = lambda g, y, x: [g * (1 - y * y)]
RULES[np.exp] = lambda g, y, x: [g * y]
RULES[np.log] = lambda g, y, x: [g / x]
### END SOLUTION

# %% id="lab6-entrywise-check" check="engine.entrywise"
check("engine.entrywise", RULES)

# %% [markdown] id="lab6-reduce-words" minutes=9
# ## 6.3 Sum, mean, max (hard)
#
# `spread(g, x, axis, keepdims)` gives the cotangent of a sum the shape of `x` again: each entry
# gets the same. Write it, then the rules of `np.sum`, `np.mean` and `np.max`. Where two entries
# are the largest, let them share evenly.


# %% id="lab6-reduce" exercise="engine.reduce"
def spread(g, x, axis, keepdims):
    ### BEGIN SOLUTION
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))
    ### END SOLUTION


def sum_rule(g, y, x, axis=None, keepdims=False):
    ### BEGIN SOLUTION
    return [spread(g, x, axis, keepdims)]
    ### END SOLUTION


def mean_rule(g, y, x, axis=None, keepdims=False):
    ### BEGIN SOLUTION
    return [spread(g, x, axis, keepdims) * np.size(y) / np.size(x)]
    ### END SOLUTION


def max_rule(g, y, x, axis=None, keepdims=False):
    ### BEGIN SOLUTION
    winners = x == spread(y, x, axis, keepdims)
    winners = winners / winners.sum(axis=axis, keepdims=True)
    return [spread(g, x, axis, keepdims) * winners]
    ### END SOLUTION


RULES |= {np.sum: sum_rule, np.mean: mean_rule, np.max: max_rule}

# %% id="lab6-reduce-check" check="engine.reduce"
check("engine.reduce", RULES)

# %% [markdown] id="lab6-pick-words" minutes=7
# ## 6.4 Products and picks (medium)
#
# `x @ w` of two matrices, and `x[index]` (its function is `operator.getitem`). The index is no
# number to differentiate by: return `None` for it. An entry that was picked twice is paid twice.


# %% id="lab6-pick" exercise="engine.pick"
def matmul_rule(g, y, a, b):
    ### BEGIN SOLUTION
    return [g @ b.T, a.T @ g]
    ### END SOLUTION


def pick_rule(g, y, x, index):
    ### BEGIN SOLUTION
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return [out, None]
    ### END SOLUTION


RULES |= {np.matmul: matmul_rule, operator.getitem: pick_rule}

# %% id="lab6-pick-check" check="engine.pick"
check("engine.pick", RULES)

# %% [markdown] id="lab6-back-words" minutes=8
# ## 6.5 The walk back (hard)
#
# `value_and_grad(f)` gives a function of `params`, a list of arrays, and of more arguments that
# are data. It returns the value of `f`, and the list of its slopes by each array. As in lab 4:
# newest first, and each payment is added.


# %% id="lab6-back" exercise="engine.value_and_grad"
def value_and_grad(f):
    def of(params, *data):
        ### BEGIN SOLUTION
        inputs = [Node(p) for p in params]
        out = f(inputs, *data)
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent in parents(node):
                    visit(parent)
                order.append(node)

        visit(out)
        out.grad = 1.0
        for node in reversed(order):
            if node.recipe and node.grad is not None:
                function, args, options = node.recipe
                plain = [a.value if isinstance(a, Node) else a for a in args]
                paid = RULES[function](node.grad, node.value, *plain, **options)
                for a, g in zip(args, paid):
                    if isinstance(a, Node):
                        a.grad = g if a.grad is None else a.grad + g
        none = [np.zeros(np.shape(p)) for p in params]
        return out.value, [z if n.grad is None else n.grad for n, z in zip(inputs, none)]
        ### END SOLUTION

    return of


def parents(node):
    return [a for a in node.recipe[1] if isinstance(a, Node)] if node.recipe else []


# %% id="lab6-back-check" check="engine.value_and_grad"
check("engine.value_and_grad", value_and_grad)

# %% [markdown] id="lab6-swap-words" minutes=5
# ## 6.6 The swap
#
# `digits.train` takes any engine's `value_and_grad`. First the package's elf, then yours: 50 steps
# through 1,400 images. The losses must be the same to eight digits.

# %% id="lab6-swap"
from elves import digits, reverse

elf = digits.train(reverse.value_and_grad)
yours = digits.train(value_and_grad)
print(f"after 50 steps: elf {elf[-1]:.8f}, yours {yours[-1]:.8f}")

# %% id="lab6-swap-check" check="engine.digits"
check("engine.digits", value_and_grad)

# %% [markdown] id="lab6-save-words"
# Keep it: `save` writes the cells that your function rests on into a file. In a terminal,
# `elves compare "np.tanh(x) * x" --at 1.3 --engine my_elf.py` puts it beside the others.

# %% id="lab6-save"
from elves.course import save

save("my_elf.py", value_and_grad)

# %% [markdown] id="lab6-step-words"
# The stepper runs the package's tape, here on the loss with two weights of the first picture. Its
# last step says what your elf finds:

# %% id="lab6-step"
import numpy as np

from elves.course import own
from elves.widgets import Stepper


def small(w, b):
    miss = np.tanh(0.5 * w + b) - 1.0
    return miss * miss


Stepper(small, 0.8, 0.1, elf=own(value_and_grad), frame=12)

# %% [markdown] id="lab6-cost-words"
# Guess:

# %% id="lab6-cost"
quiz("engine.cost")

# %% [markdown] id="lab6-momentum-words" minutes=7
# ## 6.7 Momentum (easy)
#
# Descent forgets where it came from. With a memory it rolls on: `memory` becomes `keep` times the
# old memory plus the slopes, and the step goes along the memory. Return both lists.


# %% id="lab6-momentum" exercise="engine.momentum"
def momentum(params, memory, slopes, rate, keep):
    ### BEGIN SOLUTION
    memory = [keep * m + g for m, g in zip(memory, slopes)]
    return [p - rate * m for p, m in zip(params, memory)], memory
    ### END SOLUTION


# %% id="lab6-momentum-check" check="engine.momentum"
check("engine.momentum", momentum)

# %% [markdown] id="lab6-deeper-words" minutes=6
# ## 6.8 A second hidden layer (easy)
#
# `deeper(params, X)`: the scores of a network with two hidden layers of `tanh`. `params` holds
# `W1, b1, W2, b2, W3, b3`.


# %% id="lab6-deeper" exercise="engine.deeper"
def deeper(params, X):
    ### BEGIN SOLUTION
    W1, b1, W2, b2, W3, b3 = params
    h = np.tanh(np.tanh(X @ W1 + b1) @ W2 + b2)
    return h @ W3 + b3
    ### END SOLUTION


# %% id="lab6-deeper-check" check="engine.deeper"
check("engine.deeper", deeper)

# %% [markdown] id="lab6-end-words"
# ## The end: all of it together
#
# Two hidden layers, momentum, your engine, 1,400 digits. Then it reads 397 that it has never seen.


# %% id="lab6-end"
def loss(params, X, labels):
    z = deeper(params, X)
    z = z - np.max(z, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


rng = np.random.default_rng(0)
params = []
for n, m in [(64, 32), (32, 16), (16, 10)]:
    params += [rng.normal(size=(n, m)) / np.sqrt(n), np.zeros(m)]
X, labels = digits.load()
memory = [np.zeros(p.shape) for p in params]
for step in range(60):
    value, slopes = value_and_grad(loss)(params, X, labels)
    params, memory = momentum(params, memory, slopes, rate=0.1, keep=0.9)
    if step % 20 == 0:
        print(f"step {step}: loss {float(value):.3f}")

# %% id="lab6-unseen"
images, truth = digits.held_out()
read = np.argmax(deeper(params, images), axis=1)
print(f"{np.sum(read == truth)} of {len(truth)} unseen digits are read")

# %% id="lab6-done"
progress()
