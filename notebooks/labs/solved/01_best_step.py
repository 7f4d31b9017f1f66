# %% [markdown] id="lab1-head"
# # Lab 1: the best step
#
# **You will** find slopes of programs that you cannot read into, by running them: from the side,
# from both sides, and with a step into the complex numbers. At the end you check the gradient of a
# network that reads digits.
#
# **You will learn** why a smaller step is not always better, which one is best, and how two wrong
# results make a better one.
#
# **You need** Python functions. A **slope** says how much a function rises per step to the right;
# all else is told where you need it.
#
# About 50 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab1-begin" tags=["setup"]
import numpy as np

from elves.course import check, hint, lab, progress, quiz

lab(1)

# %% id="lab1-map"
progress()

# %% [markdown] id="lab1-picture-words"
# ## One picture first
#
# The slope at a point is that of the line which touches the curve there. You cannot see the line:
# you can only ask for heights of the curve.

# %% id="lab1-picture"
from elves import show

show.tangent(np.sin, 1.0)

# %% [markdown] id="lab1-forward-words" minutes=5
# ## 1.1 To one side (easy)
#
# `forward(f, x, h)`: a step of `h` up from `x`, and how much `f` rises per step.


# %% id="lab1-forward" exercise="steps.forward"
def forward(f, x, h):
    ### BEGIN SOLUTION
    return (f(x + h) - f(x)) / h
    ### END SOLUTION


# %% id="lab1-forward-check" check="steps.forward"
check("steps.forward", forward)

# %% [markdown] id="lab1-central-words" minutes=5
# ## 1.2 To both sides (easy)
#
# `central(f, x, h)`: the same with two runs of `f`, as far below `x` as above it. A curve that
# bends away on the right does so on the left as well, and much of the error cancels.


# %% id="lab1-central" exercise="steps.central"
def central(f, x, h):
    ### BEGIN SOLUTION
    return (f(x + h) - f(x - h)) / (2 * h)
    ### END SOLUTION


# %% id="lab1-central-check" check="steps.central"
check("steps.central", central)

# %% [markdown] id="lab1-halved-words"
# Guess before you run the next cell:

# %% id="lab1-halved"
quiz("steps.halved")

# %% id="lab1-errors"
for h in (0.1, 0.05, 0.025, 0.0125):
    errors = [d(np.sin, 1.0, h) - np.cos(1.0) for d in (forward, central)]
    print(f"h = {h:<7g} forward misses by {errors[0]: .2e}, central by {errors[1]: .2e}")

# %% [markdown] id="lab1-smaller-words"
# And if we go on to ever smaller steps?

# %% id="lab1-smaller"
quiz("steps.smaller")

# %% id="lab1-curve"
show.error_curve(np.sin, 1.0)

# %% [markdown] id="lab1-best-words" minutes=9
# ## 1.3 The lowest point (hard)
#
# From left to right the step shrinks. Two errors make the V: the **bend** of the curve, which
# shrinks with `h`, and the **rounding** of `f`, which is divided by `h`. Together:
#
#     error(h) = c * h**p + e / h
#
# with `p = 1` for one side and `p = 2` for both. `e` is about the 16th digit of `f`; `c` says how
# much `f` bends. `best(c, p, e)` gives the step with the smallest error. No search is needed: at
# the lowest point of a curve its slope is 0.


# %% id="lab1-best" exercise="steps.best"
def best(c, p, e):
    ### BEGIN SOLUTION
    return (e / (p * c)) ** (1 / (p + 1))
    ### END SOLUTION


# %% id="lab1-best-check" check="steps.best"
check("steps.best", best)

# %% [markdown] id="lab1-richardson-words" minutes=7
# ## 1.4 Two make a better one (medium)
#
# You measured a slope twice: `coarse` with the step `h`, `fine` with `h / 2`. Neither is right.
# But you know how the error shrinks: it is some number times `h**p`. `richardson(coarse, fine, p)`
# gives the slope without it.


# %% id="lab1-richardson" exercise="steps.richardson"
def richardson(coarse, fine, p):
    ### BEGIN SOLUTION
    return fine + (fine - coarse) / (2**p - 1)
    ### END SOLUTION


# %% id="lab1-richardson-check" check="steps.richardson"
check("steps.richardson", richardson)

# %% [markdown] id="lab1-extrapolate-words" minutes=8
# ## 1.5 Again and again (hard)
#
# `values` are central differences with the steps 2, 1, 1/2, and so on. Their error has terms in
# `h**2`, `h**4`, `h**6` …: the odd ones cancel. Take away one term after the other, until one
# number is left. That is `extrapolate(values)`, and it may use your `richardson`.


# %% id="lab1-extrapolate" exercise="steps.extrapolate"
def extrapolate(values):
    ### BEGIN SOLUTION
    p = 2
    while len(values) > 1:
        values = [richardson(c, f, p) for c, f in zip(values, values[1:])]
        p += 2
    return values[0]
    ### END SOLUTION


# %% id="lab1-extrapolate-check" check="steps.extrapolate"
check("steps.extrapolate", extrapolate)

# %% id="lab1-digits-won"
measured = [central(np.sin, 1.0, 2 / 2**k) for k in range(6)]
print(f"the finest of them misses by {abs(measured[-1] - np.cos(1.0)):.0e}")
print(f"all of them together by {abs(extrapolate(measured) - np.cos(1.0)):.0e}")

# %% [markdown] id="lab1-complex-words" minutes=6
# ## 1.6 A step to another side (medium)
#
# Rounding hurts because two nearly equal numbers are subtracted. A complex number has two parts,
# `z.real` and `z.imag`, and each has its own digits. Step from `x` by `h` times `1j`, whose square
# is -1: where is the change of `f` now? `complex_step(f, x, h)` runs `f` once, and `h` may be
# `1e-20`.

# %% id="lab1-look"
x = 3.0
(x + 1e-3j) ** 2  # x² has the slope 6 here: can you find it?


# %% id="lab1-complex" exercise="steps.complex"
def complex_step(f, x, h):
    ### BEGIN SOLUTION
    return f(x + 1j * h).imag / h
    ### END SOLUTION


# %% id="lab1-complex-check" check="steps.complex"
check("steps.complex", complex_step)

# %% [markdown] id="lab1-runs-words"
# Guess before you write it:

# %% id="lab1-runs"
quiz("steps.runs")

# %% [markdown] id="lab1-gradient-words" minutes=8
# ## 1.7 One slope for each weight (hard)
#
# `w` is an array, and `f(w)` one number. `gradient(scheme, f, w, h)` is an array in the shape of
# `w`: the slope by each entry, while the others stay. `scheme` is a function such as `forward`,
# `central` or `complex_step`, called as in 1.1: it takes a function of *one* number. How far is one
# entry moved? That is such a number.


# %% id="lab1-gradient" exercise="steps.gradient"
def gradient(scheme, f, w, h):
    ### BEGIN SOLUTION
    slopes = np.zeros(w.shape)
    for index in np.ndindex(w.shape):
        unit = np.zeros(w.shape)
        unit[index] = 1.0
        slopes[index] = scheme(lambda t: f(w + t * unit), 0.0, h)
    return slopes
    ### END SOLUTION


# %% id="lab1-gradient-check" check="steps.gradient"
check("steps.gradient", gradient)

# %% [markdown] id="lab1-end-words" minutes=4
# ## The end: does the elf compute the right gradient?
#
# A network of 2,410 weights reads 20 handwritten digits. `elves.reverse` gives the gradient of its
# loss in one walk back. Your three schemes know nothing of how it does that, so they can tell
# whether it is right.

# %% id="lab1-network"
import time

import elves
from elves import digits

X, labels = digits.load()
shapes = [p.shape for p in digits.start()]
ends = np.cumsum([np.prod(shape) for shape in shapes])


def loss(w):
    parts = np.split(w, ends[:-1])
    params = [part.reshape(shape) for part, shape in zip(parts, shapes)]
    return digits.loss(params, X[:20], labels[:20])


w = np.concatenate([p.ravel() for p in digits.start()])
start = time.perf_counter()
elf = elves.reverse.grad(loss)(w)
print(f"the elf: {1000 * (time.perf_counter() - start):.0f} ms for {w.size} slopes")

# %% id="lab1-compare"
schemes = {
    "forward": (forward, best(1, 1, 1e-16)),
    "central": (central, best(1, 2, 1e-16)),
    "complex": (complex_step, 1e-20),
}
for name, (scheme, h) in schemes.items():
    start = time.perf_counter()
    miss = np.max(np.abs(gradient(scheme, loss, w, h) - elf))
    took = time.perf_counter() - start
    print(f"{name}, h = {h:.0e}: differs by {miss:.0e} at most, {1000 * took:.0f} ms")

# %% [markdown] id="lab1-end-says"
# Some seven digits from one side, nine from both, and all of them by the complex step: the elf is
# right. But each scheme runs the loss once or twice for each weight. To train that way would take
# about a hundred times as long, and longer for a larger network.
#
# **Next**, lab 2: slopes without any error, as formulas.

# %% id="lab1-done"
progress()
