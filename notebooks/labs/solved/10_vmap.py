# %% [markdown] id="lab10-head"
# # Lab 10: vmap
#
# **You will** write `vmap`: it takes a function for one example, and runs it for 1,400 at once,
# without a loop. Then you will find the digits that somebody has labelled wrongly.
#
# **You will learn** what a batching rule is, and how JAX and PyTorch give each example a gradient
# of its own without a loop.
#
# **You need** NumPy arrays and their axes, and `Handover` from lab 6: an object that NumPy asks
# before it computes. Both are said again where they come.
#
# About 55 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab10-begin" tags=["setup"]
import numpy as np

from elves.course import Handover, check, hint, lab, progress, quiz

lab(10)

# %% id="lab10-map"
progress()

# %% [markdown] id="lab10-picture-words"
# ## One picture first
#
# Five of 1,400 images. Each is a vector of 64 numbers, and all of them together are an array of the
# shape `(1400, 64)`: a **stack**, whose first axis is the **batch axis**.

# %% id="lab10-picture"
from elves import digits, show

X, labels = digits.load()
show.images(X[:5], labels[:5])

# %% [markdown] id="lab10-promise-words"
# `score` is written for one image. The elves have a `vmap` already: watch what `score` sees, and
# how often it runs.

# %% id="lab10-promise"
import elves

W = np.zeros((64, 10))


def score(x):
    print("one run, and x has the shape", x.shape)
    return x @ W


print("and out comes the shape", elves.vmap(score)(X).shape)

# %% [markdown] id="lab10-silent-words"
# It saw one image, and we got 1,400 results. Why can NumPy not do this alone? Guess:

# %% id="lab10-silent"
quiz("batching.silent")

# %% id="lab10-silent-run"
prices, weights = np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0])
print("NumPy alone:", prices * weights)
elves.vmap(lambda price, weights: price * weights, in_axes=(0, None))(prices, weights)

# %% [markdown] id="lab10-entries-words" minutes=9
# ## 10.1 Entry by entry (medium)
#
# A **batching rule** does for stacks what a function does for one example. It is told which of its
# arguments are `batched`: a list with True or False for each. Those have the batch axis in front of
# their own axes; the others are **shared**, and may be plain numbers. At least one is batched.
#
# `entrywise(function, batched, *args)` is the rule of all functions that work entry by entry, such
# as `np.add`, `np.tanh` and `np.where`. Return the stack of the results: the table above is
# `entrywise(np.multiply, [True, False], prices, weights)`. One example of each argument has a
# **rank**, which is the number of its axes, and these may differ.


# %% id="lab10-entries" exercise="batching.entries"
def entrywise(function, batched, *args):
    ### BEGIN SOLUTION
    rank = max(np.ndim(a) - b for a, b in zip(args, batched))
    lined_up = [
        np.reshape(a, (len(a), *[1] * (rank + 1 - np.ndim(a)), *np.shape(a)[1:])) if b else a
        for a, b in zip(args, batched)
    ]
    return function(*lined_up)
    ### END SOLUTION


# %% id="lab10-entries-check" check="batching.entries"
check("batching.entries", entrywise)

# %% [markdown] id="lab10-reduce-words" minutes=6
# ## 10.2 Sums and maxima (easy)
#
# `reduced(function, batched, x, axis=None, keepdims=False)` is the rule of `np.sum`, `np.max` and
# `np.mean`. There is one argument, and it is batched. `axis` is one axis or None, and whoever wrote
# it thought of one example.


# %% id="lab10-reduce" exercise="batching.reduce"
def reduced(function, batched, x, axis=None, keepdims=False):
    ### BEGIN SOLUTION
    if axis is None:
        axis = tuple(range(1, np.ndim(x)))
    elif axis >= 0:
        axis = axis + 1
    return function(x, axis=axis, keepdims=keepdims)
    ### END SOLUTION


# %% id="lab10-reduce-check" check="batching.reduce"
check("batching.reduce", reduced)

# %% [markdown] id="lab10-matmul-words" minutes=10
# ## 10.3 Products (hard)
#
# `matmul(batched, a, b)`: the product `a @ b`. One example of `a` is a vector or a matrix, and one
# of `b` too; one of them is batched, or both. NumPy helps: where there are only matrices,
# `np.matmul` takes stacks of them as they are.


# %% id="lab10-matmul" exercise="batching.matmul"
def matmul(batched, a, b):
    ### BEGIN SOLUTION
    row, column = np.ndim(a) - batched[0] == 1, np.ndim(b) - batched[1] == 1
    a = a[..., None, :] if row else a
    b = b[..., None] if column else b
    y = np.matmul(a, b)
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y
    ### END SOLUTION


# %% id="lab10-matmul-check" check="batching.matmul"
check("batching.matmul", matmul)

# %% [markdown] id="lab10-table-words"
# Your rules go into a table, with one more for indices: `x[i]` leaves the batch axis alone. Should
# a check ever say `no rule for sin yet`, then this table has no entry for `np.sin`: add one. If you
# change a rule, run this cell again.

# %% id="lab10-table" tags=["setup"]
import functools
import operator


def picked(batched, x, index):
    index = index if isinstance(index, tuple) else (index,)
    return x[(slice(None), *index)]


ENTRYWISE = [
    np.add, np.subtract, np.multiply, np.true_divide, np.negative, np.power, np.sqrt, np.tanh,
    np.exp, np.log, np.absolute, np.minimum, np.maximum, np.clip, np.where, np.greater, np.less,
    np.greater_equal, np.less_equal,
]  # fmt: skip
BATCH = {f: functools.partial(entrywise, f) for f in ENTRYWISE}
BATCH |= {f: functools.partial(reduced, f) for f in (np.sum, np.max, np.mean, np.linalg.norm)}
BATCH |= {np.matmul: matmul, operator.getitem: picked}

# %% [markdown] id="lab10-record-words" minutes=7
# ## 10.4 What looks like one (medium)
#
# A `Batched` has a stack as its `value`, and the `shape` of one example:
#
# | in the program | the program sees | NumPy sees |
# |---|---|---|
# | `x` | `(64,)` | `(1400, 64)` |
# | `z = x @ W` | `(10,)` | `(1400, 10)` |
# | `np.sum(z)` | `()` | `(1400,)` |
#
# When a function of NumPy meets one, `Handover` calls `record(function, args, options)`.
# `np.sum(x, axis=0)` arrives as `record(np.sum, (x,), {"axis": 0})`, and `2.0 * x` as
# `record(np.multiply, (2.0, x), {})`. Take the rule from `BATCH`, and return its result as a
# `Batched`. `record` has no `self`.


# %% id="lab10-record" exercise="batching.record"
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        ### BEGIN SOLUTION
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        return Batched(BATCH[function](batched, *plain, **options))
        ### END SOLUTION


# %% id="lab10-record-check" check="batching.record"
check("batching.record", Batched)

# %% [markdown] id="lab10-branch-words"
# `__bool__` is what Python's `if` asks. Guess:

# %% id="lab10-branch"
quiz("batching.branch")

# %% [markdown] id="lab10-vmap-words" minutes=9
# ## 10.5 vmap (hard)
#
# `vmap(f, in_axes=0)` gives a function of stacks. `in_axes` is `0` for all arguments, or a tuple
# with an entry for each: `0` if it is a stack, `None` if it is shared. Run `f` once, and return the
# array of all results. What does not depend on a stack comes out of `f` as a plain value: each
# example has it.


# %% id="lab10-vmap" exercise="batching.vmap"
def vmap(f, in_axes=0):
    ### BEGIN SOLUTION
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else [in_axes] * len(args)
        inside = [a if axis is None else Batched(a) for a, axis in zip(args, axes)]
        n = next(len(a) for a, axis in zip(args, axes) if axis is not None)
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))

    return of
    ### END SOLUTION


# %% id="lab10-vmap-check" check="batching.vmap"
check("batching.vmap", vmap)

# %% [markdown] id="lab10-grad-words"
# ## A gradient for each image
#
# `loss` is written for one image `x`, whose digit is the place of the 1 in `t`. `grad` is your
# engine from lab 6 in a few lines: `TAPE` lists each node, the walk back begins at its end, and
# `PULL` has the rules, from the cotangent `g` of a result to one for each argument. They too are
# calls of NumPy: so a `Batched` can travel there and back.

# %% id="lab10-grad" tags=["setup"]
TAPE = []
PULL = {
    np.add: lambda g, y, a, b: [g, g],
    np.subtract: lambda g, y, a, b: [g, -g],
    np.multiply: lambda g, y, a, b: [g * b, g * a],
    np.exp: lambda g, y, x: [g * y],
    np.log: lambda g, y, x: [g / x],
    np.sum: lambda g, y, x: [g + np.zeros(x.shape)],
    np.matmul: lambda g, y, x, w: [w @ g, x[:, None] * g],
}


def plain(node):
    return node.value if isinstance(node, Node) else node


class Node(Handover):
    def __init__(self, value, recipe=(None, (), {})):
        self.value, self.recipe, self.grad = value, recipe, 0.0
        TAPE.append(self)

    def record(function, args, options):
        return Node(function(*map(plain, args), **options), (function, args, options))


def grad(f):
    """The slopes of f by its first argument."""

    def of(*args):
        TAPE.clear()
        inputs = [Node(a) for a in args]
        f(*inputs).grad = 1.0
        for node in TAPE[: len(args) - 1 : -1]:
            function, found, options = node.recipe
            paid = PULL[function](node.grad, node.value, *map(plain, found), **options)
            for a, g in zip(found, paid):
                if isinstance(a, Node):
                    a.grad = a.grad + g
        return inputs[0].grad

    return of


def loss(W, x, t):
    z = x @ W
    return np.log(np.sum(np.exp(z))) - np.sum(z * t)


# %% id="lab10-one"
T = np.eye(10)[labels]
print("the first image alone gives slopes of the shape", grad(loss)(W, X[0], T[0]).shape)

# %% [markdown] id="lab10-calls-words"
# And now for all of them: `W` is shared, `X` and `T` are stacks. Guess what it costs:

# %% id="lab10-calls"
quiz("batching.calls")

# %% [markdown] id="lab10-each-words"
# Count: each call of NumPy that meets a `Batched` comes by `record`.

# %% id="lab10-each"
counted, record = [], Batched.record
Batched.record = lambda *call: (counted.append(call[0]), record(*call))[1]
try:
    slopes = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
finally:
    Batched.record = record
print(slopes.shape, "by", len(counted), "calls; a loop makes", f"{1400 * len(counted):,}")

# %% [markdown] id="lab10-mean-words"
# Their mean is the gradient of the mean loss, which the package's elf finds in one walk:


# %% id="lab10-mean"
def mean_loss(W):
    z = X @ W
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(z * T, axis=1))


apart = np.max(np.abs(np.mean(slopes, axis=0) - elves.grad(mean_loss)(W)))
print("apart by less than 1e-10:", apart < 1e-10)

# %% [markdown] id="lab10-clip-words" minutes=9
# ## 10.6 Nobody pulls too far (medium)
#
# One image can pull the weights far away. So **clip**: the norm of an image's gradient is the root
# of the sum of all its squares. Where it is more than `bound`, the gradient is scaled down until it
# is `bound`. `clipped(W, X, T, bound)` gives the mean of the clipped gradients. Write it for one
# image; `vmap` does the rest.


# %% id="lab10-clip" exercise="batching.clip"
def clipped(W, X, T, bound):
    ### BEGIN SOLUTION
    def one(x, t):
        g = grad(loss)(W, x, t)
        return g * np.minimum(1.0, bound / np.sqrt(np.sum(g * g)))

    return np.mean(vmap(one)(X, T), axis=0)
    ### END SOLUTION


# %% id="lab10-clip-check" check="batching.clip"
check("batching.clip", clipped)

# %% [markdown] id="lab10-end-words" minutes=5
# ## The end: who lies?
#
# Somebody has given 20 of the 1,400 images a wrong label. Train with your clipped gradients, then
# ask for the norm of each image's own: an image that is read well hardly pulls at the weights. A
# liar does. By luck, 20 guesses would find a third of one liar.

# %% id="lab10-lie"
rng = np.random.default_rng(2)
liars = rng.choice(1400, size=20, replace=False)
told = labels.copy()
told[liars] = (labels[liars] + rng.integers(1, 10, size=20)) % 10
T = np.eye(10)[told]

W = np.zeros((64, 10))
for _ in range(60):
    W = W - 4.0 * clipped(W, X, T, bound=2.0)

# %% id="lab10-find"
pull = vmap(lambda x, t: np.sqrt(np.sum(grad(loss)(W, x, t) ** 2)))(X, T)
found = np.argsort(-pull)[:20]
print(f"{len(set(found) & set(liars))} of the 20 liars are among the 20 that pull most")

# %% [markdown] id="lab10-look-words"
# The twelve that pull most, each under the digit that it is said to be:

# %% id="lab10-look"
show.images(X[found[:12]], told[found[:12]])

# %% id="lab10-unseen"
images, truth = digits.held_out()
right = np.sum(np.argmax(vmap(lambda x: x @ W)(images), axis=1) == truth)
print(f"{right} of {len(truth)} unseen digits are read")

# %% [markdown] id="lab10-next"
# With noise on the mean, the clipped step is that of private learning: what is learned says little
# about any one image (Abadi et al., 2016). Real systems also nest one `vmap` in another. In
# PyTorch, as in the elves, each has a number of its own, its level, so that none takes the batch
# axis of another for its own.

# %% id="lab10-done"
progress()
