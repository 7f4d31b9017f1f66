# %% [markdown] id="lab16-head"
# # Lab 16: gradients that lie
#
# **You will** meet gradients that are no help: some are useless, one is nan, one is wrong. For each
# you write a way out. At the end you train a network whose weights are single bits, and whose true
# gradient is 0.
#
# **You will learn** to tell a wrong gradient from a right one that does not help: the cure is not
# the same.
#
# **You need** `elves.grad(f)(x)`, which gives the slope of `f` at `x`, and NumPy. All else is told
# where it comes.
#
# About 60 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab16-begin" tags=["setup"]
import numpy as np

import elves
from elves.course import check, hint, lab, progress, quiz

lab(16)

# %% id="lab16-map"
progress()

# %% [markdown] id="lab16-picture-words"
# ## One picture first
#
# Two functions, never further apart than 0.02: on the left you can hardly tell them apart. On the
# right are their slopes.

# %% id="lab16-picture"
from elves import show


def near(x):
    return np.sin(x) + 0.02 * np.sin(50 * x)


def draw(axes):
    axes.axis("off")
    xs = np.linspace(0, 3, 600)
    for k, (title, of) in enumerate([("value", lambda f: f), ("slope", elves.grad)]):
        place = axes.inset_axes([0.55 * k, 0.05, 0.45, 0.85], title=title)
        for f, color, name in ((near, show.BERRY, "near"), (np.sin, show.PINE, "np.sin")):
            place.plot(xs, elves.vmap(of(f))(xs), color=color, label=name)
        place.legend()


words = "Left, the sine and a curve that lies on it; right, their slopes, which are far apart."
show.plot(draw, words)

# %% [markdown] id="lab16-picture-says"
# An engine gives the slope of the program that you wrote. If the program is only near what you
# meant, its slope need not be near at all.
#
# ## A kink
#
# `|x|` has no slope at 0: it is -1 on the left, and 1 on the right. An engine has to say something,
# and each has its own convention: here it is 0, the middle, and in JAX it is 1. For the larger of
# `x` and 0 it is 1/2 here, and 0 in PyTorch's `relu`. (A table of them stands on top of
# `elves/rules/elementwise.py`.) Three programs for that function:

# %% id="lab16-three"
programs = {
    "np.maximum(x, 0)": lambda x: np.maximum(x, 0.0),
    "np.where(x > 0, x, 0)": lambda x: np.where(x > 0, x, 0.0),
    "(x + abs(x)) / 2": lambda x: (x + abs(x)) / 2,
}
for words, f in programs.items():
    print(f"{words:22} has the slope {elves.grad(f)(0.0)} at 0")

# %% [markdown] id="lab16-zigzag-words"
# One point is seldom hit. What hurts lies beside it. Guess:

# %% id="lab16-zigzag"
quiz("lies.zigzag")


# %% id="lab16-zigzag-run"
def descend(f, x, rate, steps):
    for _ in range(steps):
        x = x - rate * elves.grad(f)(x)
    return float(x)


for steps in (1, 3, 4, 5, 99, 100):
    print(f"after {steps:3} steps: {descend(abs, 1.0, 0.3, steps):+.3f}")

# %% [markdown] id="lab16-kink-words" minutes=8
# ## 16.1 Round the corner (easy)
#
# `rounded(x, error)` is a stand-in for `|x|` without a kink: around 0 a parabola `a * x * x`, and
# from `w` on two lines like those of `|x|`, a little lower. At `w` and at `-w` the pieces meet with
# the same height and the same slope. It is lower than `|x|` by `error` on the lines, and nowhere by
# more. `x` is a number; find `a` and `w`.


# %% id="lab16-kink" exercise="lies.kink"
def rounded(x, error):
    ### BEGIN SOLUTION
    w = 2 * error
    return x * x / (2 * w) if abs(x) < w else abs(x) - w / 2
    ### END SOLUTION


# %% id="lab16-kink-check" check="lies.kink"
check("lies.kink", rounded)

# %% id="lab16-kink-run"
print(f"after 20 steps: {descend(lambda x: rounded(x, 0.1), 1.0, 0.1, 20):.6f}")

# %% [markdown] id="lab16-untaken-words"
# ## The branch that was not taken
#
# Here the value is fine. Guess the slope:

# %% id="lab16-untaken"
quiz("lies.untaken")


# %% id="lab16-untaken-run"
def safe_root(x):
    return np.where(x > 0, np.sqrt(x), 0.0)


x = np.array([4.0, 0.0])
with np.errstate(divide="ignore", invalid="ignore"):
    print("values", safe_root(x), "slopes", elves.grad(lambda x: np.sum(safe_root(x)))(x))

# %% [markdown] id="lab16-where-words" minutes=8
# ## 16.2 Never let it in (medium)
#
# `guarded(f, x, good, other)`: an array with `f` of each entry of `x` where `good` is True, and the
# number `other` elsewhere. `f` works entry by entry, such as `np.sqrt`. Its slope may be inf or nan
# where `x` is not good; yours is 0 there.


# %% id="lab16-where" exercise="lies.where"
def guarded(f, x, good, other):
    ### BEGIN SOLUTION
    return np.where(good, f(np.where(good, x, 1.0)), other)
    ### END SOLUTION


# %% id="lab16-where-check" check="lies.where"
check("lies.where", guarded)

# %% [markdown] id="lab16-pixels-words"
# This happens to real data. To give all pixels the same weight, one divides each by its standard
# deviation, the root of its variance (plus 0.1 here, since it may be 0). In 20 images of digits,
# some pixels are always white.

# %% id="lab16-pixels"
from elves import digits

X, labels = digits.load()
few = X[:20]


def evened(root):
    return lambda X: np.sum((X - X.mean(axis=0)) ** 3 / (root(np.var(X, axis=0)) + 0.1))


with np.errstate(divide="ignore", invalid="ignore"):
    lost = elves.grad(evened(np.sqrt))(few)
kept = elves.grad(evened(lambda v: guarded(np.sqrt, v, v > 0, 0.0)))(few)
print(f"np.sqrt: {np.sum(np.isnan(lost))} of {few.size} slopes are nan")
print(f"guarded: {np.sum(np.isnan(kept))}")

# %% [markdown] id="lab16-jump-words" minutes=9
# ## 16.3 Straight through a jump (medium)
#
# A weight that is 1 or -1 fits into one bit. But a jump has the slope 0 everywhere beside it: true,
# and no help. The way out is a lie that helps, the **straight-through estimator** (Bengio, Léonard
# and Courville, 2013): on the way there a jump, on the way back a line.
#
# `elves.custom_vjp(vjp)` gives a function a VJP of your own. `vjp(g, y, x)` gets the cotangent of
# the result, the result, and the argument, and returns the cotangent of the argument.
#
# Write `binary(x)` for an array `x`: 1.0 where an entry is 0 or more, else -1.0. Its VJP lets `g`
# through as it is where the entry lies between -1 and 1; elsewhere 0 comes back.


# %% id="lab16-jump" exercise="lies.jump"
def straight(g, y, x):
    ### BEGIN SOLUTION
    return g * (abs(x) <= 1.0)
    ### END SOLUTION


@elves.custom_vjp(straight)
def binary(x):
    ### BEGIN SOLUTION
    return np.where(x >= 0.0, 1.0, -1.0)
    ### END SOLUTION


# %% id="lab16-jump-check" check="lies.jump"
check("lies.jump", binary)

# %% [markdown] id="lab16-logistic-words"
# ## A slope that explodes
#
# `step` is as smooth as can be: a parabola (May, 1976). Run it 5, 20 and 60 times, and ask for the
# slope of what comes out, by where it began:


# %% id="lab16-logistic"
def step(x):
    return 4.0 * x * (1.0 - x)


def after(n):
    def f(x):
        for _ in range(n):
            x = step(x)
        return x

    return f


for n in (5, 20, 60):
    print(f"after {n:2} steps: value {after(n)(0.3):.4f}, slope {elves.grad(after(n))(0.3):.1e}")
print(f"begun at 0.3 + 1e-15:  {after(60)(0.3 + 1e-15):.4f}")

# %% [markdown] id="lab16-chaos-words" minutes=9
# ## 16.4 How fast does it explode? (medium)
#
# The slope after `n` steps is the product of `n` slopes, one of `step` at each place on the way. So
# the log of its size grows by one log for each step. `growth(step, x, n)`: the mean of these `n`
# logs (`np.log`). It is below 0 where differences shrink. The first slope is the one at `x`.


# %% id="lab16-chaos" exercise="lies.chaos"
def growth(step, x, n):
    ### BEGIN SOLUTION
    total = 0.0
    for _ in range(n):
        total += np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return total / n
    ### END SOLUTION


# %% id="lab16-chaos-check" check="lies.chaos"
check("lies.chaos", growth)

# %% id="lab16-horizon"
g = growth(step, 0.3, 3000)
print(f"growth {g:.3f}; known is log 2 = {np.log(2):.3f}")
print(f"an error in the 16th digit is as large as 1 after {np.log(1e16) / g:.0f} steps")

# %% [markdown] id="lab16-horizon-says"
# That is the first way out: know for how many steps a slope means something, and take no more. (To
# clip it, as training does, makes it short, and not right.) The second way asks another question:
# not what happens to one start, but what happens on average to many starts around it.

# %% [markdown] id="lab16-blur-words" minutes=9
# ## 16.5 Blurred (medium)
#
# Let `z` lie around `x` like a bell, with the density `p(z)`. The mean of `f(z)` has a slope by `x`
# even where `f` has jumps, because the bell moves smoothly. The slope of `p` is `p` times that of
# `log p`. So: for each `z` multiply `f(z)` by the slope of `log p(z)` by `x`; then take **the mean
# of these products**. Here
#
#     log p(z) = -((z - x) / width)**2 / 2  (plus a number)
#
# `blurred(f, x, width, noise)` estimates it: for each `e` in `noise`, an array, `z` is
# `x + width * e`. (`f` takes one number or an array.) Take `f(z) - f(x)` for `f(z)`: that changes
# nothing on average, and is calmer.


# %% id="lab16-blur" exercise="lies.blur"
def blurred(f, x, width, noise):
    ### BEGIN SOLUTION
    z = x + width * noise
    return np.mean((f(z) - f(x)) * noise) / width
    ### END SOLUTION


# %% id="lab16-blur-check" check="lies.blur"
check("lies.blur", blurred)

# %% [markdown] id="lab16-blur-says"
# The blurred slope of a jump can be computed: for `np.sign` it is `2 * p(0)`, here 1.17. And the 60
# steps? After so long it makes no difference where the bell stood: the slope of the mean is 0, up
# to the noise, where the elf said -1e18. (This is the score-function estimator, also called
# REINFORCE: Williams, 1992. Whole networks were trained by it: Salimans et al., 2017.)

# %% id="lab16-blur-run"
noise = np.random.default_rng(0).normal(size=20000)
print(f"np.sign at 0.3, width 0.6: {blurred(np.sign, 0.3, 0.6, noise):.2f}")
print(f"60 steps from 0.3, width 0.05: {blurred(after(60), 0.3, 0.05, noise):.2f}")

# %% [markdown] id="lab16-kepler-words"
# ## A solver
#
# Where is a planet? Kepler's equation is `y - 0.3 * np.sin(y) = x`, and no formula gives `y`. So
# `solve` halves an interval 60 times: `y` is right to 16 digits. Its slope by `x` is known to be
# `1 / (1 - 0.3 * np.cos(y))`.


# %% id="lab16-kepler"
def kepler(y, x):
    return y - 0.3 * np.sin(y) - x


def solve(x):
    low, high = x - 1.0, x + 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if kepler(middle, x) > 0 else (middle, high)
    return middle


y = solve(1.0)
print(f"miss {kepler(y, 1.0):.0e}; slope {elves.grad(solve)(1.0)}", end=", ")
print(f"and known is {1 / (1 - 0.3 * np.cos(y)):.4f}")

# %% [markdown] id="lab16-solver-words" minutes=9
# ## 16.6 One step more (hard)
#
# The elf went the way that `solve` went. There, `x` only says where the interval lies: it has the
# slope 1. Signs decided all else, and they have the slope 0. So here a gradient is **wrong**,
# though each rule is right.
#
# `repaired(solve, g, x)` gives the `y` with `g(y, x) = 0`, and the elf then finds its true slope.
# `y = solve(x)` has the value already. Add one step of **Newton's method**: from `y` to where the
# line that touches `g` at `y` is 0. It uses `x` as it should be used.


# %% id="lab16-solver" exercise="lies.solver"
def repaired(solve, g, x):
    ### BEGIN SOLUTION
    y = solve(x)
    return y - g(y, x) / elves.grad(g)(y, x)
    ### END SOLUTION


# %% id="lab16-solver-check" check="lies.solver"
check("lies.solver", repaired)

# %% id="lab16-solver-run"
print(f"slope {elves.grad(lambda x: repaired(solve, kepler, x))(1.0):.4f}")

# %% [markdown] id="lab16-end-words" minutes=8
# ## The end: who tells?
#
# `elves.testing.check_grads(f, (x,))` compares the elf with differences. Ask it about three of our
# gradients. The network: 64 pixels, 32 hidden numbers, 10 digits. `weights` says what becomes of
# its weights before they are used.

# %% id="lab16-network"
from elves.testing import check_grads

images, truth = digits.held_out()


def scores(params, X, weights):
    W1, b1, W2, b2 = params  # / 4, since sums of many 1s are large
    return np.tanh(X @ weights(W1) / 4 + b1) @ weights(W2) / 4 + b2


def loss(params, weights):
    z = scores(params, X, weights)
    z = z - np.max(z, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def accuracy(params):
    z = scores(params, X[:20], lambda W: W)
    return np.mean(np.argmax(z, axis=1) == labels[:20])


# %% id="lab16-checked"
quiz("lies.checked")

# %% id="lab16-checks"
for name, f, x in (
    ("accuracy", accuracy, digits.start()),
    ("Kepler's solver", solve, 1.0),
    ("binary", binary, np.array([0.5, -0.2])),
):
    try:
        check_grads(f, (x,), order=1, modes=["reverse"])
        print(f"{name}: no complaint")
    except AssertionError:
        print(f"{name}: the gradient is not that of the function")

# %% [markdown] id="lab16-checks-says"
# It tells right from wrong, and not useful from useless: the gradient of accuracy is right, and
# useless. That of `binary` is wrong, and it will now do the work. Each weight becomes 1 or -1.
# First with `np.sign` and its true slope, then with yours:


# %% id="lab16-train"
def trained(weights, steps=40):
    params = digits.start()
    for _ in range(steps):
        slopes = elves.grad(lambda p: loss(p, weights))(params)
        params = [p - 1.0 * g for p, g in zip(params, slopes)]
    return params


for weights in (np.sign, binary):
    params = trained(weights)
    read = np.argmax(scores(params, images, weights), axis=1)
    print(f"{weights.__name__}: {np.sum(read == truth)} of {len(truth)} unseen digits are read")

# %% [markdown] id="lab16-bits-words"
# With `np.sign` no weight ever moved, and by guessing one reads about 40. With yours they found
# their bits, 2,368 of them: 296 bytes. Here are those of five hidden numbers, 8 by 8 pixels each.

# %% id="lab16-bits"
bits = binary(params[0][:, :5]).T.reshape(5, 8, 8)
for row in np.moveaxis(bits, 1, 0):
    print("   ".join("".join("#" if bit > 0 else "." for bit in part) for part in row))

# %% [markdown] id="lab16-next"
# | the lie | who tells | the way out |
# |---|---|---|
# | a kink: each step as long as the last | the path | round it, and know the error |
# | nan | `np.isnan` | keep the bad entry out, before `f` |
# | 0, and true | you | straight through, or blurred |
# | 1e18, and true | the growth | fewer steps, or blurred |
# | the slope of the way, not of the result | `check_grads` | one step of Newton |
#
# More of them are in Hückelheim et al., "Understanding automatic differentiation pitfalls" (2023),
# and in Metz et al., "Gradients are not all you need" (2021).

# %% id="lab16-done"
progress()
