# %% [markdown] id="lab13-head"
# # Lab 13: implicit
#
# **You will** find the slope of what a loop arrives at, without a look into the loop: of a root, of
# a planet's place, of the answer of a whole system. At the end you tune ten penalties at once by
# their gradient.
#
# **You will learn** why the equation at the end is enough, what that saves, and what JAX's
# `custom_root` does.
#
# **You need** two ideas. `grad(f, 0)` and `grad(f, 1)` are the slopes of `f` by its first and by
# its second argument. A **cotangent** says how much a value counts in the result, and on the way
# back each value pays those that it was made of (lab 4).
#
# About 50 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab13-begin" tags=["setup"]
import numpy as np

from elves import grad, jacobian, vjp
from elves.course import check, hint, lab, progress, quiz

lab(13)

# %% id="lab13-map"
progress()

# %% [markdown] id="lab13-picture-words"
# ## One picture first
#
# A way to the square root of 2, three rounds long. A tape keeps every box of it:

# %% id="lab13-picture"
from elves import show


def way(a):
    x = a
    for _ in range(3):
        x = (x + a / x) / 2
    return x


show.graph(way, 2.0)

# %% [markdown] id="lab13-picture-after"
# The answer does not remember the way. Once it is there, one small equation says all of it, and
# that is what you will differentiate. (The last box is 0, as near as a float comes.) Compare the
# red numbers of the inputs in both pictures:

# %% id="lab13-picture-equation"
show.graph(lambda x, a: x * x - a, 2.0**0.5, 2.0)

# %% [markdown] id="lab13-slope-words" minutes=8
# ## 13.1 The slope of a root (easy)
#
# `f(x, a) = 0` says where `x` is. Now `a` grows by a little. `f` changes, and is no longer 0. So
# `x` moves as well, until it is. `root_slope(f, x, a)`: how far does the root move per step of `a`?


# %% id="lab13-slope" exercise="implicit.slope"
def root_slope(f, x, a):
    ### BEGIN SOLUTION
    return -grad(f, 1)(x, a) / grad(f, 0)(x, a)
    ### END SOLUTION


# %% id="lab13-slope-check" check="implicit.slope"
check("implicit.slope", root_slope)

# %% [markdown] id="lab13-way-words"
# The slope along the way, and yours, which has seen the end alone:

# %% id="lab13-way"
print(f"through the three rounds {grad(way)(2.0):.8f}")
print(f"from the equation        {root_slope(lambda x, a: x * x - a, 2.0**0.5, 2.0):.8f}")
print(f"by hand, 1 / (2 * x)     {0.5 / 2.0**0.5:.8f}")

# %% [markdown] id="lab13-fold-words"
# Guess before you run the next cell:

# %% id="lab13-fold"
quiz("implicit.fold")

# %% id="lab13-fold-run"
for x in (1.0, 0.1, 0.01, 0.001):
    print(f"x = {x:<6g} slope {root_slope(lambda x, a: x * x - a, x, x * x):g}")

# %% [markdown] id="lab13-unrolled-words" minutes=10
# ## 13.2 Through every round (medium)
#
# First the long way, to see what it costs. `x = a * sin(x) + 1` is Kepler's equation: it tells
# where a planet stands, and `a` how far its orbit is from a circle. No formula solves it for `x`,
# but rounds of it come to rest:


# %% id="lab13-kepler" tags=["setup"]
def kepler(x, a):
    return a * np.sin(x) + 1


# %% id="lab13-kepler-run"
x = 0.5
for k in range(8):
    x = kepler(x, 0.8)
    print(f"round {k + 1}: x = {x:.6f}")

# %% [markdown] id="lab13-unrolled-task"
# `unrolled(step, x, a, g, rounds)`: run `x = step(x, a)` that often, and walk back. `g` is the
# cotangent of the last `x`. Return the cotangent of `a`. `pull = vjp(step, x, a)[1]` walks back
# through one round, as your engine of lab 6 would: `pull(g)` is a pair of what is paid to the `x`
# that went in, and to `a`.


# %% id="lab13-unrolled" exercise="implicit.unrolled"
def unrolled(step, x, a, g, rounds):
    ### BEGIN SOLUTION
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = 0.0
    for x in reversed(xs):
        g, paid = vjp(step, x, a)[1](g)
        total = total + paid
    return total
    ### END SOLUTION


# %% id="lab13-unrolled-check" check="implicit.unrolled"
check("implicit.unrolled", unrolled)

# %% [markdown] id="lab13-kept-words"
# Guess:

# %% id="lab13-kept"
quiz("implicit.kept")

# %% [markdown] id="lab13-fixed-words" minutes=10
# ## 13.3 At rest (medium)
#
# At rest, the `x` that goes into a round also comes out of it: it is a **fixed point**. Then all
# rounds pull at the same `x`, and one `pull` serves them all. Only `z`, what `x` is paid in all, is
# still unknown: `g` comes from outside, and each round pays the `x` before it. Look for `z` as the
# loop has looked for `x`: begin somewhere, go round until it rests. How many rounds that takes
# depends on `step`. No matrix is needed.
#
# `pull_fixed(step, x, a, g)`: `x` is at rest, `g` is its cotangent. Return that of `a`.


# %% id="lab13-fixed" exercise="implicit.fixed_point"
def pull_fixed(step, x, a, g):
    ### BEGIN SOLUTION
    pull = vjp(step, x, a)[1]
    old, z = 0 * g, g
    while np.max(np.abs(z - old)) > 1e-12:
        old, z = z, g + pull(z)[0]
    return pull(z)[1]
    ### END SOLUTION


# %% id="lab13-fixed-check" check="implicit.fixed_point"
check("implicit.fixed_point", pull_fixed)

# %% [markdown] id="lab13-nearer-words"
# What if the loop is not yet at rest? Guess, then run:

# %% id="lab13-nearer"
quiz("implicit.nearer")

# %% id="lab13-nearer-run"
rest = 0.5
for _ in range(200):
    rest = kepler(rest, 0.8)
slope = pull_fixed(kepler, rest, 0.8, 1.0)

x = 0.5
print("rounds   x is off by   slope of the loop   slope at that x")
for k in range(1, 13):
    x = kepler(x, 0.8)
    loop, here = unrolled(kepler, 0.5, 0.8, 1.0, k), pull_fixed(kepler, x, 0.8, 1.0)
    if k % 4 == 0:
        print(f"{k:6}   {x - rest:11.0e}   {loop - slope:17.0e}   {here - slope:15.0e}")

# %% [markdown] id="lab13-memory-words"
# And what is kept? 10,000 planets at once, 100 rounds, and the most memory in use at a time, in
# arrays of that size:

# %% id="lab13-memory"
import tracemalloc

planets = np.linspace(0.1, 3.0, 10_000)


def all_of_them(x, a):
    return a * np.sin(x) + planets


def peak(run):
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / planets.nbytes


rest = planets
for _ in range(100):
    rest = all_of_them(rest, 0.5)
ones = np.ones(planets.shape)
print(f"unrolled:   {peak(lambda: unrolled(all_of_them, planets, 0.5, ones, 100)):.0f}")
print(f"pull_fixed: {peak(lambda: pull_fixed(all_of_them, rest, 0.5, ones)):.0f}")

# %% [markdown] id="lab13-system-words" minutes=9
# ## 13.4 Any answer (medium)
#
# Not every way is a step that comes to rest. It may be Newton's method, or a library in C. But each
# answer makes some `f(x, a)` 0: as many equations as `x` has entries. `jacobian(f)(x, a)` is the
# matrix of their slopes by `x`: a row for each equation, a column for each unknown. It maps how `x`
# moves to how `f` changes. Cotangents go the other way, so it is transposed, and one
# `np.linalg.solve` takes the place of the rounds.
#
# `pull_root(f, x, a, g)`: `f(x, a)` is 0, `g` is the cotangent of `x`. Return that of `a`.


# %% id="lab13-system" exercise="implicit.system"
def pull_root(f, x, a, g):
    ### BEGIN SOLUTION
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    return -vjp(f, x, a)[1](z)[1]
    ### END SOLUTION


# %% id="lab13-system-check" check="implicit.system"
check("implicit.system", pull_root)

# %% [markdown] id="lab13-penalty-words" minutes=10
# ## 13.5 Ten penalties (hard)
#
# 442 patients, 10 measurements of each, and how far their diabetes has gone one year later (Efron
# and others, "Least angle regression", 2004). 200 are to fit the weights `w` of a line, 121 judge
# it, and 121 are kept for the end.
#
# A weight that is free to grow fits noise. So each has a penalty, `np.exp(t)`, with a `t` of its
# own. `fit` finds the lowest point of `ridge` by SciPy's Cholesky, which no elf can look into.

# %% id="lab13-data" tags=["setup"]
from scipy import linalg
from sklearn.datasets import load_diabetes


def split(seed):
    """Train, judge and last; all three are scaled by what train alone knows."""
    X, y = load_diabetes(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    X, y = X[order], y[order]
    X = (X - np.mean(X[:200], axis=0)) / np.std(X[:200], axis=0)
    y = (y - np.mean(y[:200])) / np.std(y[:200])
    return [(X[rows], y[rows]) for rows in np.split(np.arange(len(y)), [200, 321])]


train, judge, last = split(0)


def miss(w, X, y):
    return np.mean((X @ w - y) ** 2)


def ridge(w, t, X, y):
    return miss(w, X, y) + np.sum(np.exp(t) * w * w)


def fit(t, X, y):
    squares = X.T @ X / len(y) + np.diag(np.exp(t))
    return linalg.solve(squares, X.T @ y / len(y), assume_a="pos")


# %% [markdown] id="lab13-penalty-task"
# Which penalties are best? Those whose weights miss least on patients that were not fitted.
# `penalty_slope(t, train, unseen)`: the slope of `miss`, on the unseen data, by each entry of `t`.
# Both sets are pairs of `X` and `y`; `*train` hands them over. Which function of `w` and `t` is 0
# at the lowest point of `ridge`? No new calculus is needed: `grad` and `pull_root` do it.


# %% id="lab13-penalty" exercise="implicit.penalty"
def penalty_slope(t, train, unseen):
    ### BEGIN SOLUTION
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g)
    ### END SOLUTION


# %% id="lab13-penalty-check" check="implicit.penalty"
check("implicit.penalty", penalty_slope)

# %% [markdown] id="lab13-end-words" minutes=3
# ## The end: downhill on penalties
#
# To try three values for each of ten penalties, a search needs 59,049 fits. Descent needs a fit and
# a solve per step:

# %% id="lab13-end"
t = np.zeros(10)
for step in range(61):
    if step % 20 == 0:
        print(f"step {step}: the judges' miss is {miss(fit(t, *train), *judge):.4f}")
    t = t - 5.0 * penalty_slope(t, train, judge)

# %% [markdown] id="lab13-last-words"
# Neither the weights nor the penalties have seen the last 121 patients. Who always says the mean
# misses by about 1:


# %% id="lab13-last"
def single(train, judge):
    """The same penalty for all, the best of 49 for the judges."""
    tried = [np.full(10, s) for s in np.linspace(-8, 4, 49)]
    return min(tried, key=lambda t: miss(fit(t, *train), *judge))


same = single(train, judge)
for words, at in [("no penalty", np.full(10, -50)), ("the best single", same), ("yours, ten", t)]:
    print(f"{words:20} {miss(fit(at, *train), *last):.4f}")

# %% [markdown] id="lab13-splits-words"
# Is that proof? It is one split. Here are others, from the same start. Who wins on the last
# patients, and how often?

# %% id="lab13-splits"
for seed in range(1, 9):
    train_k, judge_k, last_k = split(seed)
    t_k = np.zeros(10)
    for _ in range(61):
        t_k = t_k - 5.0 * penalty_slope(t_k, train_k, judge_k)
    both = [miss(fit(at, *train_k), *last_k) for at in (single(train_k, judge_k), t_k)]
    print(f"split {seed}: single {both[0]:.4f}   ten {both[1]:.4f}")

# %% [markdown] id="lab13-splits-after"
# On other splits, ten often lose: they fit the judges' noise too. Of the splits 0 to 39, ten win
# 16, and a single one 24. The slope is exact all the same: it leads down the judges' miss, and ten
# numbers can learn some of what is chance in 121 judges.

# %% [markdown] id="lab13-same-words"
# The package has the rule too. Above any solver, `custom_root` says which equation it solves; then
# every elf can go on through it:

# %% id="lab13-same"
import elves

best_weights = elves.custom_root(grad(ridge))(fit)
elf = grad(lambda t: miss(best_weights(t, *train), *judge))(t)
yours = penalty_slope(t, train, judge)
print("yours and the elf's slopes differ by less than 1e-9:", np.allclose(yours, elf, 0, 1e-9))

# %% [markdown] id="lab13-next"
# **What you have now** is the core of JAX's `custom_root` and of jaxopt: differentiate the answer,
# not the way to it. Blondel and others (2022) take it through simulations of molecules and through
# the training of a model, as you did.

# %% id="lab13-done"
progress()
