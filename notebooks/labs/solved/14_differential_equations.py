# %% [markdown] id="lab14-head"
# # Lab 14: differential equations
#
# **You will** let time run through a program in small steps, carry derivatives with it and against
# it, and find out at which rate lynxes caught hares a hundred years ago.
#
# **You will learn** two ways to differentiate through a solver, the discrete and the continuous
# adjoint: where they differ, by how much, and when the cheap one goes astray.
#
# **You need** two words from labs 3 and 4: a JVP pushes a **tangent** forward, a VJP pulls a
# **cotangent** back. Here `elves.jvp` and `elves.vjp` do that. Nothing about differential
# equations.
#
# About 55 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab14-begin" tags=["setup"]
import numpy as np

import elves
from elves.course import check, hint, lab, progress, quiz

lab(14)

# %% id="lab14-map"
progress()

# %% [markdown] id="lab14-picture-words"
# ## One picture first
#
# How many pelts of hares and of lynxes the Hudson's Bay Company bought from trappers in each year,
# in thousands. They rise and fall about every ten years, which is what Elton and Nicholson (1942)
# wrote about. (The numbers: Howard, *Modeling Basics*, 2009; Carpenter's case study for Stan, 2018,
# has them too.)

# %% id="lab14-picture" tags=["setup"]
from elves import show

years = np.arange(1900, 1921)
hares = np.array([
    30, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22, 25.4, 27.1, 40.3, 57, 76.6, 52.3, 19.5, 11.2,
    7.6, 14.6, 16.2, 24.7,
])  # fmt: skip
lynxes = np.array([
    4, 6.1, 9.8, 35.2, 59.4, 41.7, 19, 13, 8.3, 9.1, 7.4, 8, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8,
    9.7, 10.1, 8.6,
])  # fmt: skip


def pelts(axes):
    axes.plot(years, hares, "o:", color=show.PINE, label="hares")
    axes.plot(years, lynxes, "s:", color=show.BERRY, label="lynxes")
    axes.set_xticks(years[::5])
    axes.set_ylabel("thousands of pelts")
    axes.legend()


show.plot(
    pelts,
    "Pelts from 1900 to 1920. The hares rise to 77 thousand in 1903 and 1913, and fall below 20; "
    "the lynxes follow a year or two later.",
)

# %% [markdown] id="lab14-field-words"
# Many hares feed many lynxes, many lynxes leave few hares. A **differential equation** says such
# things for one moment: how fast each number changes, from where they stand. As a program it is a
# function `f(y, t, p)`: the **state** `y`, the time `t`, the parameters `p`; out come the slopes,
# one for each entry of `y`.
#
# Here is the one that Lotka and Volterra found in the 1920s: hares are born, and each lynx catches
# some; lynxes die, and each hare feeds some. The state holds the logarithms of both counts, and `p`
# those of the four rates: so nothing can become negative.


# %% id="lab14-field" tags=["setup"]
def hunt(y, t, p):
    hare, lynx = np.exp(y)
    birth, catch, death, feed = np.exp(p)
    return np.stack([birth - catch * lynx, feed * hare - death])


y = np.log([30.0, 4.0])  # 1900
p = np.log([0.5, 0.02, 0.5, 0.02])  # a guess
print("slopes in 1900:", hunt(y, 0.0, p))

# %% [markdown] id="lab14-step-words" minutes=8
# ## 14.1 A step (easy)
#
# Euler's step believes the first slope: `y + h * f(y, t, p)`. The field changes on the way, so it
# goes astray. The step of Runge and Kutta looks four times:
#
# - `k1` is the slope here,
# - `k2` is the slope half a step ahead (`h / 2`, in time too), in the state where `k1` leads,
# - `k3` is the slope half a step ahead where `k2` leads,
# - `k4` is the slope a whole step ahead where `k3` leads.
#
# Then it goes a whole step by their mean, with the weights 1, 2, 2, 1. Return the new state.
#
# Derivatives will go through your step: use `+` and `*`, no `+=`, `np.array` or `np.average`.


# %% id="lab14-step" exercise="odes.step"
def rk4(f, y, t, h, p):
    ### BEGIN SOLUTION
    k1 = f(y, t, p)
    k2 = f(y + h / 2 * k1, t + h / 2, p)
    k3 = f(y + h / 2 * k2, t + h / 2, p)
    k4 = f(y + h * k3, t + h, p)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    ### END SOLUTION


# %% id="lab14-step-check" check="odes.step"
check("odes.step", rk4)

# %% [markdown] id="lab14-path-words"
# Many steps are a **path**. How good is it? Halve `h` and look: Euler's error becomes half as
# large, yours 16 times smaller. One says: a step of **order** 1, and one of order 4.


# %% id="lab14-path" tags=["setup"]
def euler(f, y, t, h, p):
    return y + h * f(y, t, p)


def path(step, f, y, ts, p):
    """The states at all the times ts, the first of them y."""
    ys = [y]
    for t, after in zip(ts, ts[1:]):
        ys.append(step(f, ys[-1], t, after - t, p))
    return ys


# %% id="lab14-order"
true = path(rk4, hunt, y, np.linspace(0, 5, 2001), p)[-1]
for n in (40, 80, 160):
    ts = np.linspace(0, 5, n + 1)
    off = [np.max(abs(path(step, hunt, y, ts, p)[-1] - true)) for step in (euler, rk4)]
    print(f"{n:3} steps: euler is off by {off[0]:.1e}, rk4 by {off[1]:.1e}")

# %% [markdown] id="lab14-along-words" minutes=9
# ## 14.2 With the time (medium)
#
# Nudge the start along a tangent `dy`, and the parameters along `dp`: how does the path move? The
# tangent of the state changes in time as well, and its slope is the JVP of `f`. So write a field
# for both: `along(f, dp)` returns a function of `z`, `t`, `p`, where `z` has two rows: `y`, and
# below it `dy`. It gives their slopes, again as two rows of one array.
#
# `elves.jvp(f, (y, t, p), (dy, dt, dp))` gives the value of `f`, and how it moves.


# %% id="lab14-along" exercise="odes.along"
def along(f, dp):
    ### BEGIN SOLUTION
    def both(z, t, p):
        y, dy = z
        return np.stack(elves.jvp(f, (y, t, p), (dy, 0.0, dp)))

    return both
    ### END SOLUTION


# %% id="lab14-along-check" check="odes.along"
check("odes.along", along)

# %% [markdown] id="lab14-born-words"
# If hares are born a little faster: who gains, the hares or the lynxes? In logarithms, a tangent
# is in per cent for each per cent.

# %% id="lab14-born"
ts = np.linspace(0, 5, 51)
faster = np.array([1.0, 0.0, 0.0, 0.0])
zs = path(rk4, along(hunt, faster), np.stack([y, 0 * y]), ts, p)
for k in (10, 20, 30, 40, 50):
    hare, lynx = zs[k][1]
    print(f"1 % more births: in {1900 + k // 10}, {hare:+.2f} % hares and {lynx:+.2f} % lynxes")

# %% [markdown] id="lab14-same-words"
# You solved an equation for the tangent. One could also push a tangent through the program, step
# by step. Guess:

# %% id="lab14-same"
quiz("odes.same")

# %% id="lab14-same-run"
_, pushed = elves.jvp(lambda p: path(rk4, hunt, y, ts, p)[-1], (p,), (faster,))
print("apart by less than 1e-12:", np.max(abs(pushed - zs[-1][1])) < 1e-12)

# %% [markdown] id="lab14-back-words" minutes=11
# ## 14.3 Against the time (medium)
#
# Four rates and two starts: forward that takes six runs, one for each tangent. A walk back takes
# one. `walk_back(step, f, ys, ts, p, gs)` gets the states `ys` of a path, as `path` gives them.
# `gs` has a row for each: what that state is paid directly, by a loss that looks at it. Return two
# arrays: the cotangent of the first state, and that of `p`.
#
# `value, pull = elves.vjp(g, a, b)` runs `g(a, b)`; then `pull(cotangent)` gives what `a` is paid,
# and what `b` is.


# %% id="lab14-back" exercise="odes.back"
def walk_back(step, f, ys, ts, p, gs):
    ### BEGIN SOLUTION
    a, b = gs[-1], np.zeros(len(p))
    for k in reversed(range(len(ts) - 1)):
        _, pull = elves.vjp(lambda y, p: step(f, y, ts[k], ts[k + 1] - ts[k], p), ys[k], p)
        more, paid = pull(a)
        a, b = gs[k] + more, b + paid
    return a, b
    ### END SOLUTION


# %% id="lab14-back-check" check="odes.back"
check("odes.back", walk_back)

# %% [markdown] id="lab14-memory-words"
# This is the **discrete adjoint**: the gradient of the program that ran, to the last digit. Of each
# step it keeps the state, a **checkpoint**, and runs the inside again. But it keeps one for every
# step, and a long run has many.

# %% [markdown] id="lab14-continuous-words" minutes=11
# ## 14.4 One state is enough (hard)
#
# The cotangent `a` of the state has a differential equation too, with the time against it. So has
# the cotangent `b` of the parameters, which begins at zeros:
#
# > `y' = f`,  `a' = -a f_y`,  `b' = -a f_p`
#
# `y'` is how fast `y` changes in time. `f_y` and `f_p` are the slopes of `f` by the state and by
# the parameters; with `a` on their left they are VJPs. All three are solved from the end to the
# start, at once, by the same steps: with `ts[::-1]` each `h` is negative. The states need not be
# kept: `y` runs back as well.
#
# `run_back(step, f, y, ts, p, a)` gets the state `y` and its cotangent `a` **at the end**. Return
# what `y`, `a` and `b` are at the start. Hint: a step takes one array, so join them.


# %% id="lab14-continuous" exercise="odes.continuous"
def run_back(step, f, y, ts, p, a):
    ### BEGIN SOLUTION
    n = len(y)

    def back(z, t, p):
        slope, pull = elves.vjp(lambda y, p: f(y, t, p), z[:n], p)
        by_y, by_p = pull(z[n : 2 * n])
        return np.concatenate([slope, -by_y, -by_p])

    z = np.concatenate([y, a, np.zeros(len(p))])
    z = path(step, back, z, ts[::-1], p)[-1]
    return z[:n], z[n : 2 * n], z[2 * n :]
    ### END SOLUTION


# %% id="lab14-continuous-check" check="odes.continuous"
check("odes.continuous", run_back)

# %% [markdown] id="lab14-apart-words"
# This is the **continuous adjoint** (Chen et al., 2018, made it known to all who train networks).
# It is the gradient of the exact problem, found by inexact steps; the discrete one is the exact
# gradient of an inexact problem. Forward, both ways were the same. Guess:

# %% id="lab14-apart"
quiz("odes.apart")

# %% id="lab14-apart-run"
a = np.array([1.0, 0.0])  # the loss is the logarithm of the hares at the end
for n in (40, 80, 160):
    ts = np.linspace(0, 5, n + 1)
    gap = []
    for step in (euler, rk4):
        ys = path(step, hunt, y, ts, p)
        _, discrete = walk_back(step, hunt, ys, ts, p, np.vstack([np.zeros((n, 2)), a]))
        _, _, continuous = run_back(step, hunt, ys[-1], ts, p, a)
        gap.append(np.max(abs(discrete - continuous)))
    print(f"{n:3} steps: apart by {gap[0]:.1e} with euler, by {gap[1]:.1e} with rk4")

# %% [markdown] id="lab14-stiff-words"
# So small steps make it good? Here a room loses heat as its thermometer shows it. The thermometer
# follows the room 50 times faster than the room cools: where some things go so much faster than
# others, an equation is called **stiff**. The thermometer begins at 2, the room at 1. Guess:

# %% id="lab14-stiff"
quiz("odes.stiff")


# %% id="lab14-stiff-run"
def cooling(y, t, p):
    thermometer, room = y
    return np.stack([50.0 * (room - thermometer), -p[0] * thermometer])


ts, rate, start = np.linspace(0, 1, 201), np.array([1.0]), np.array([2.0, 1.0])
a = np.array([0.0, 1.0])  # the loss is the room's heat at the end
ys = path(rk4, cooling, start, ts, rate)
back, _, continuous = run_back(rk4, cooling, ys[-1], ts, rate, a)
_, discrete = walk_back(rk4, cooling, ys, ts, rate, np.vstack([np.zeros((200, 2)), a]))
print(f"the thermometer at the start, run back: {back[0]:.0f}")
print(f"the slope by the rate: discrete {discrete[0]:.3f}, continuous {continuous[0]:.0f}")

# %% [markdown] id="lab14-remedy-words"
# What was forgotten cannot be run back. So real solvers keep some states: JAX's `odeint` begins
# its way back anew at each time that was asked for. Or they keep all of them: Onken and Ruthotto
# (2020) trained networks both ways; the discrete adjoint did about as well, and in six of their
# seven problems it cost less.

# %% [markdown] id="lab14-fit-words" minutes=8
# ## 14.5 Predator and prey (medium)
#
# Now the pelts. `misfit(step, f, y, ts, p, seen, data)` runs a path from `y`. Row `j` of `data` was
# seen at the state `ys[seen[j]]`, each state once or never, in any order. The loss is the sum of
# all squares of state minus data. Return three things: the loss, its slope by `y` and its slope by
# `p`, with `path` and `walk_back`.


# %% id="lab14-fit" exercise="odes.fit"
def misfit(step, f, y, ts, p, seen, data):
    ### BEGIN SOLUTION
    ys = path(step, f, y, ts, p)
    misses = np.stack(ys)[seen] - data
    gs = np.zeros((len(ts), len(y)))
    gs[seen] = 2 * misses
    by_y, by_p = walk_back(step, f, ys, ts, p, gs)
    return np.sum(misses**2), by_y, by_p
    ### END SOLUTION


# %% id="lab14-fit-check" check="odes.fit"
check("odes.fit", misfit)

# %% [markdown] id="lab14-end-words" minutes=6
# ## The end: what the trappers did not count
#
# Two steps for each year, and six unknown numbers: the logarithms of the four rates, then those of
# both counts in 1900. Descent alone would take thousands of steps down this narrow valley. BFGS
# learns from the slopes how the valley is curved (Nocedal and Wright, 2006, chapter 6).


# %% id="lab14-bfgs" tags=["setup"]
def bfgs(value_and_slope, u, steps):
    """Go down: B guesses the inverse of the matrix of second derivatives."""
    one = np.eye(len(u))
    B = 0.05 * one
    value, g = value_and_slope(u)
    for k in range(steps):
        if k % 5 == 0:
            print(f"step {k:2}: loss {value:.3f}")
        way = -B @ g
        size = 1.0
        while True:  # halve the step until it goes down
            new, slope = value_and_slope(u + size * way)
            if new < value + 1e-4 * size * (g @ way) or size < 1e-9:
                break
            size /= 2
        moved, turned = size * way, slope - g
        u, value, g = u + moved, new, slope
        if moved @ turned > 0:
            W = one - np.outer(moved, turned) / (moved @ turned)
            B = W @ B @ W.T + np.outer(moved, moved) / (moved @ turned)
    return u


# %% id="lab14-fitted"
data = np.log(np.stack([hares, lynxes], axis=1))
ts, seen = np.linspace(0, 20, 41), np.arange(0, 41, 2)


def loss(u):
    value, by_y, by_p = misfit(rk4, hunt, u[4:], ts, u[:4], seen, data)
    return value, np.concatenate([by_p, by_y])


found = bfgs(loss, np.concatenate([p, data[0]]), 21)
birth, catch, death, feed, hare, lynx = np.exp(found)
print(f"births {birth:.2f}, deaths {death:.2f} a year; in 1900 {hare:.1f} hares, {lynx:.1f} lynxes")
print(f"each thousand lynxes catches {100 * catch:.1f} % of the hares in a year")

# %% id="lab14-drawn"
fine = np.linspace(0, 20, 401)
fitted = np.exp(path(rk4, hunt, found[4:], fine, found[:4]))


def both(axes):
    pelts(axes)
    axes.plot(1900 + fine, fitted[:, 0], color=show.PINE)
    axes.plot(1900 + fine, fitted[:, 1], color=show.BERRY)


show.plot(
    both,
    "The pelts, and the fitted curves through them: two rounds of hares, each followed by the "
    "lynxes. The curves meet most points, and miss the height of the first peak of lynxes.",
)

# %% [markdown] id="lab14-next"
# Carpenter (2018) draws samples with Stan and finds births 0.55, catch 0.028, deaths 0.80, feed
# 0.024. What do you find if you begin at `np.log([1.0, 0.05, 1.0, 0.05])`? There are side valleys.
#
# **What you have now** is what trains a neural differential equation: there, `f` is a network.

# %% id="lab14-done"
progress()
