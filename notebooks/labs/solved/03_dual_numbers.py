# %% [markdown] id="lab3-head"
# # Lab 3: dual numbers
#
# **You will** build forward mode: numbers that carry their slope along. At the end they carry the
# loss of a network through 1,400 handwritten digits.
#
# **You will learn** why the product rule is just multiplying out, what one pass gives and what it
# does not, and how derivatives of derivatives get confused.
#
# **You need** Python functions and classes. The slopes of `exp`, `sin` and `log` are in the hints.
#
# About 50 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab3-begin" tags=["setup"]
from elves.course import Handover, check, hint, lab, progress, quiz

lab(3)

# %% id="lab3-map"
progress()

# %% [markdown] id="lab3-picture-words"
# ## One picture first
#
# A **dual number** is a point with its slope: where the curve is, and where it goes. Close to the
# point nothing else matters, so a program can run on the pair.

# %% id="lab3-picture"
from elves import show

show.tangent(lambda x: x * x - x, 1.5)

# %% [markdown] id="lab3-arithmetic-words" minutes=7
# ## 3.1 Sums and products (easy)
#
# We write the pair `u + u' ε`: the value `u`, and the **tangent** `u'`, how fast it moves while the
# input moves by 1. ε is so small that `ε · ε = 0`; otherwise calculate as always. Guess first:

# %% id="lab3-epsilon"
quiz("duals.epsilon")

# %% [markdown] id="lab3-arithmetic-task"
# Write `+` and `*`. A plain number does not move: `dual` gives it the tangent 0. The rest is there.


# %% id="lab3-arithmetic" exercise="duals.arithmetic"
class Dual:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = dual(other)
        ### BEGIN SOLUTION
        return Dual(self.value + other.value, self.tangent + other.tangent)
        ### END SOLUTION

    def __mul__(self, other):
        other = dual(other)
        ### BEGIN SOLUTION
        tangent = self.tangent * other.value + self.value * other.tangent
        return Dual(self.value * other.value, tangent)
        ### END SOLUTION

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + -1.0 * dual(other)

    def __rsub__(self, other):
        return other + -1.0 * self


def dual(x):
    return x if hasattr(x, "tangent") else Dual(x)


# %% id="lab3-arithmetic-check" check="duals.arithmetic"
check("duals.arithmetic", Dual)

# %% [markdown] id="lab3-divide-words" minutes=6
# ## 3.2 A quotient (medium)
#
# `divide(u, v)` of two `Dual`s. You need not remember the quotient rule: if `q = u / v`, then
# `u = q * v`, and the product you have.


# %% id="lab3-divide" exercise="duals.divide"
def divide(u, v):
    ### BEGIN SOLUTION
    q = u.value / v.value
    return Dual(q, (u.tangent - q * v.tangent) / v.value)
    ### END SOLUTION


# %% id="lab3-divide-check" check="duals.divide"
check("duals.divide", divide)

# %% [markdown] id="lab3-functions-words" minutes=6
# ## 3.3 Functions (easy)
#
# `exp`, `sin` and `log` of one `Dual`, with the help of `math`. The input may already move, and not
# with speed 1.

# %% id="lab3-functions" exercise="duals.functions"
import math


def exp(x):
    ### BEGIN SOLUTION
    y = math.exp(x.value)
    return Dual(y, y * x.tangent)
    ### END SOLUTION


def sin(x):
    ### BEGIN SOLUTION
    return Dual(math.sin(x.value), math.cos(x.value) * x.tangent)
    ### END SOLUTION


def log(x):
    ### BEGIN SOLUTION
    return Dual(math.log(x.value), x.tangent / x.value)
    ### END SOLUTION


functions = {"exp": exp, "sin": sin, "log": log}

# %% id="lab3-functions-check" check="duals.functions"
check("duals.functions", functions)

# %% [markdown] id="lab3-jvp-words" minutes=6
# ## 3.4 One pass, one direction (easy)
#
# `jvp(f, point, direction)`: all inputs move at once, each as fast as its entry of `direction`
# says. Return the pair of `f`'s value and its slope. `f` takes as many arguments as `point` has
# entries, and may give back a plain number. (JAX and PyTorch call it `jvp`, too.)


# %% id="lab3-jvp" exercise="duals.jvp"
def jvp(f, point, direction):
    ### BEGIN SOLUTION
    y = dual(f(*[Dual(x, dx) for x, dx in zip(point, direction)]))
    return y.value, y.tangent
    ### END SOLUTION


# %% id="lab3-jvp-check" check="duals.jvp"
check("duals.jvp", jvp)

# %% [markdown] id="lab3-passes-words"
# Guess before you go on:

# %% id="lab3-passes"
quiz("duals.passes")

# %% [markdown] id="lab3-grad-words" minutes=6
# ## 3.5 All slopes (medium)
#
# `grad(f)` gives a function of numbers, `slope(*point)`, that returns the list of `f`'s slopes, one
# for each input. Use `jvp`.


# %% id="lab3-grad" exercise="duals.grad"
def grad(f):
    ### BEGIN SOLUTION
    def slope(*point):
        n = len(point)
        return [jvp(f, point, [float(i == k) for i in range(n)])[1] for k in range(n)]

    return slope
    ### END SOLUTION


# %% id="lab3-grad-check" check="duals.grad"
check("duals.grad", grad)

# %% [markdown] id="lab3-nested-words"
# ## 3.6 The derivative of a derivative (hard)
#
# `D(f)` is the function that gives `f`'s slope; so `D(D(f))` is the second derivative. Dual numbers
# inside dual numbers do that, but there is a trap, in which published systems have sat for years.
# Guess:

# %% id="lab3-confusion"
quiz("duals.confusion")

# %% [markdown] id="lab3-nested-task" minutes=9
# So each `Level` has a **tag**: the number of the derivative that it moves for. Operations ask
# `parts(x, tag)` for the value and the tangent that `x` has *for this tag*. Write `parts`, then
# `derivative(f)`, which the check calls `D`: a function that gives the slope at `x`. `x` may be
# a `Level` of an outer derivative. The newest tag is the largest, and outermost in the pairs.

# %% id="lab3-level" tags=["setup"]
import itertools


class Level:
    def __init__(self, value, tangent, tag):
        self.value, self.tangent, self.tag = value, tangent, tag

    def __add__(self, other):
        tag = max(tag_of(self), tag_of(other))
        (u, du), (v, dv) = parts(self, tag), parts(other, tag)
        return Level(u + v, du + dv, tag)

    def __mul__(self, other):
        tag = max(tag_of(self), tag_of(other))
        (u, du), (v, dv) = parts(self, tag), parts(other, tag)
        return Level(u * v, du * v + u * dv, tag)

    __radd__, __rmul__ = __add__, __mul__


def tag_of(x):
    return x.tag if isinstance(x, Level) else 0  # a plain number has none


tags = itertools.count(1)  # next(tags) is a new one


# %% id="lab3-nested" exercise="duals.nested"
def parts(x, tag):
    ### BEGIN SOLUTION
    if tag_of(x) == tag:
        return x.value, x.tangent
    return x, 0.0
    ### END SOLUTION


def derivative(f):
    def at(x):
        ### BEGIN SOLUTION
        tag = next(tags)
        y = f(Level(x, 1.0, tag))
        return parts(y, tag)[1]
        ### END SOLUTION

    return at


# %% id="lab3-nested-check" check="duals.nested"
check("duals.nested", derivative)

# %% [markdown] id="lab3-arrays-words" minutes=8
# ## 3.7 Arrays (medium)
#
# Now value and tangent are arrays. NumPy passes each call on to `DualArray.record` (`Handover` sees
# to that), which computes the value, and asks `RULES` for the tangent. A rule gets the result `y`,
# the values, then their tangents: `RULES[np.exp](y, x, dx)`. What is linear is there. Write
# `np.multiply`, `np.matmul`, `np.tanh`, `np.exp` and `np.log`.

# %% id="lab3-arrays" exercise="duals.arrays"
import operator

import numpy as np


class DualArray(Handover):
    def __init__(self, value, tangent):
        self.value, self.tangent = value, tangent

    def record(function, args, options):
        values = [a.value if isinstance(a, DualArray) else a for a in args]
        tangents = [a.tangent if isinstance(a, DualArray) else np.zeros(np.shape(a)) for a in args]
        y = function(*values, **options)
        return DualArray(y, RULES[function](y, *values, *tangents, **options))


def winner(y, x, dx, axis, keepdims):
    return np.take_along_axis(dx, np.argmax(x, axis, keepdims=True), axis)


RULES = {
    np.add: lambda y, a, b, da, db: da + db,
    np.subtract: lambda y, a, b, da, db: da - db,
    np.negative: lambda y, x, dx: -dx,
    np.sum: lambda y, x, dx, **options: np.sum(dx, **options),
    np.mean: lambda y, x, dx, **options: np.mean(dx, **options),
    operator.getitem: lambda y, x, index, dx, _: dx[index],
    np.max: winner,
}
### BEGIN SOLUTION
RULES[np.multiply] = lambda y, a, b, da, db: da * b + a * db
RULES[np.matmul] = lambda y, a, b, da, db: da @ b + a @ db
RULES[np.tanh] = lambda y, x, dx: (1 - y * y) * dx
RULES[np.exp] = lambda y, x, dx: y * dx
RULES[np.log] = lambda y, x, dx: dx / x
### END SOLUTION

# %% id="lab3-arrays-check" check="duals.arrays"
check("duals.arrays", RULES)

# %% [markdown] id="lab3-end-words" minutes=4
# ## The end: through 1,400 digits in one pass
#
# The loss of a network that reads digits has 2,410 inputs: its weights. Move all of them at once in
# one random direction. One pass of your duals gives the slope along it, and the package's elf says
# the same.

# %% id="lab3-digits" tags=["nbval-check-output"]
from elves import digits, forward

X, labels = digits.load()
params = digits.start()
rng = np.random.default_rng(3)
direction = [rng.normal(size=p.shape) for p in params]

y = digits.loss([DualArray(p, d) for p, d in zip(params, direction)], X, labels)
value, slope = forward.jvp(lambda p: digits.loss(p, X, labels), (params,), (direction,))
print(f"yours: loss {y.value:.6f}, slope {y.tangent:.6f}")
print("yours and the elf's slope differ by less than 1e-12:", abs(y.tangent - slope) < 1e-12)

# %% [markdown] id="lab3-walk-words"
# One number per pass, of 2,410: can one learn from that? Walk along random directions, each time
# against the slope. 200 of the images, and no gradient anywhere:

# %% id="lab3-walk"
for step in range(2001):
    direction = [rng.normal(size=p.shape) for p in params]
    y = digits.loss([DualArray(p, d) for p, d in zip(params, direction)], X[:200], labels[:200])
    if step % 500 == 0:
        print(f"step {step}: loss {y.value:.2f}")
    params = [p - 0.006 * y.tangent * d for p, d in zip(params, direction)]

# %% id="lab3-unseen"
images, truth = digits.held_out()
print(f"{np.sum(digits.guess(params, images) == truth)} of {len(truth)} unseen digits are read")

# %% [markdown] id="lab3-next"
# It learns to read, but it took 2,000 steps. **Next**, lab 4: a tape, which finds all 2,410 slopes
# in one walk back. With them, 50 steps do.

# %% id="lab3-done"
progress()
