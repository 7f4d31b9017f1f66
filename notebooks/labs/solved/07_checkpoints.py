# %% [markdown] id="lab7-head"
# # Lab 7: checkpoints
#
# **You will** walk back through long chains with little memory, by running parts of them again. At
# the end a network of 20 layers learns to read digits, with half of the arrays that a tape keeps.
#
# **You will learn** what memory is spent on when a model is trained, why about √n arrays are
# enough, and how a million steps are reversed with ten.
#
# **You need** lists, and what a pull is (lab 4 or 5): from the cotangent of an output it makes the
# cotangent of the input.
#
# About 55 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab7-begin" tags=["setup"]
import numpy as np

from elves.course import check, hint, lab, progress, quiz
from elves.course.checkpoints import watch

lab(7)

# %% id="lab7-map"
progress()

# %% [markdown] id="lab7-peak-words"
# ## One picture first
#
# Reverse mode runs a program, keeps what went into each step, and walks back. Guess:

# %% id="lab7-peak"
quiz("checkpoints.peak")

# %% [markdown] id="lab7-picture-words"
# Here the chain has 12 steps. Each column is one call, each row one array: green where a step makes
# it, red where a pull takes it, grey while it waits. Memory is what is filled in a column.

# %% id="lab7-picture"
watch()

# %% [markdown] id="lab7-step-words"
# ## What a step can do
#
# `step(x)` runs it. `step.pull(x, g)` is its VJP: it takes **what went into the step**, and the
# cotangent of what came out; it gives the cotangent of what went in. Here is one, a layer of a
# network, which puts the slopes by its own weights aside:


# %% id="lab7-step" tags=["setup"]
class Layer:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def __call__(self, x):
        return x + np.tanh(x @ self.W + self.b) / 4

    def pull(self, x, g):
        inner = g * (1 - np.tanh(x @ self.W + self.b) ** 2) / 4
        self.slopes = x.T @ inner, inner.sum(axis=0)
        return g + inner @ self.W.T


# %% [markdown] id="lab7-recompute-words" minutes=8
# ## 7.1 Run it again (easy)
#
# A checkpoint forgets. Of a whole chain only `x` is left, what went into its first step, and now
# `g` comes back, the cotangent of its output. Run the chain again, keep what you need, walk back,
# and return the cotangent of `x`.
#
# Steps are counted from 0: step k takes state k and gives state k + 1. In the checks only the steps
# see the numbers in a state: keep it, and hand it on. The check counts how many are alive, copies
# too.


# %% id="lab7-recompute" exercise="checkpoints.recompute"
def recompute(steps, x, g):
    ### BEGIN SOLUTION
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    for step, x in zip(reversed(steps), reversed(kept)):
        g = step.pull(x, g)
    return g
    ### END SOLUTION


# %% id="lab7-recompute-check" check="checkpoints.recompute"
check("checkpoints.recompute", recompute)

# %% [markdown] id="lab7-root-words"
# ## 7.2 Every k-th (medium)
#
# The first way keeps only what goes into step 0, step k, step 2k and so on. On the way back, one
# segment after the other is run again. Guess before you write it:

# %% id="lab7-root"
quiz("checkpoints.root")

# %% [markdown] id="lab7-segments-words" minutes=9
# `segments(steps, x, g, k)` gives the cotangent of `x`, and each step may run twice. The number of
# steps need not be a multiple of `k`. What you wrote for 7.1 serves for one segment.


# %% id="lab7-segments" exercise="checkpoints.segments"
def segments(steps, x, g, k):
    ### BEGIN SOLUTION
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(kept):
        g = recompute(steps[i : i + k], kept[i], g)
    return g
    ### END SOLUTION


# %% id="lab7-segments-check" check="checkpoints.segments"
check("checkpoints.segments", segments)

# %% [markdown] id="lab7-segments-look"
# Look for grey rows that go on though nobody needs them any more. Which names hold them?

# %% id="lab7-segments-watch"
watch(segments, 16, 4)

# %% [markdown] id="lab7-reach-words" minutes=8
# ## 7.3 How far? (medium)
#
# Now time is cheap and memory is not. There are `slots` places for arrays that wait; `x` takes one
# of them. What a step takes and gives at the moment needs no slot. And no step may run more often
# than `reruns` times. How long a chain can you reverse?
#
# With 0 reruns: one step, since what goes into it is `x`. With 1 slot, only `x` waits, and each
# pull needs a run from there. A chain of `r + 1` steps then runs step 0 `r` times.
#
# With more slots, split the chain. Run up to the split, and put that array into a slot. Reverse the
# right part; then the slot is free again, and the left part is reversed. Write
# `reach(slots, reruns)`, the largest number of steps.


# %% id="lab7-reach" exercise="checkpoints.reach"
def reach(slots, reruns):
    ### BEGIN SOLUTION
    if slots == 0 or reruns == 0:
        return 1
    return reach(slots - 1, reruns) + reach(slots, reruns - 1)
    ### END SOLUTION


# %% id="lab7-reach-check" check="checkpoints.reach"
check("checkpoints.reach", reach)

# %% [markdown] id="lab7-million-words"
# 5 slots. Guess how many reruns a chain of 10,000 steps needs, then run this:

# %% id="lab7-million"
for reruns in (1, 2, 4, 8, 13, 14):
    print(f"5 slots, {reruns:2} reruns: {reach(5, reruns):6,} steps")

# %% [markdown] id="lab7-binomial-words" minutes=12
# ## 7.4 The binomial (hard)
#
# Now do it: `binomial(steps, x, g, slots)` gives the cotangent of `x`. No more arrays may wait
# than there are slots, and no step may run more often than it has to: the smallest `reruns` with
# `reach(slots, reruns) >= len(steps)` is enough. The check counts both.
#
# An array is alive as long as a name holds it.


# %% id="lab7-binomial" exercise="checkpoints.binomial"
def binomial(steps, x, g, slots):
    ### BEGIN SOLUTION
    if len(steps) == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < len(steps):
        r += 1
    m = reach(slots, r - 1)
    y = x
    for step in steps[:m]:
        y = step(y)
    g = binomial(steps[m:], y, g, slots - 1)
    del y
    return binomial(steps[:m], x, g, slots)
    ### END SOLUTION


# %% id="lab7-binomial-check" check="checkpoints.binomial"
check("checkpoints.binomial", binomial)

# %% id="lab7-binomial-watch"
watch(binomial, 20, 3)

# %% [markdown] id="lab7-half-words"
# ## 7.5 Half of the bytes (medium)
#
# Fewer arrays are one way to save memory, smaller ones are another: a `float16` has 2 bytes, a
# `float32` has 4. But it has a smallest number. Guess:

# %% id="lab7-half"
quiz("checkpoints.half")

# %% id="lab7-half-run"
np.float16(1e-4) * np.float16(1e-4), np.float16(1e-4) * np.float16(1024 * 1e-4)

# %% [markdown] id="lab7-scaling-words" minutes=9
# A sweep is linear: begin with `scale` in the place of 1, and all cotangents are `scale` times
# larger. That is a **scaled loss**. It has another end: above 65,504 a `float16` is `inf`.
#
# `sweep(weights, seed)` walks back in `float16`, and gives a list of arrays: the slopes, `seed`
# times too large. Write one step of descent, `scaled_step(sweep, weights, rate, scale)`. It
# returns the list of weights, in `float32` as they came, and the scale. Where an `inf` or a `nan`
# is among the slopes, skip the step: no weight moves, and the scale is halved.


# %% id="lab7-scaling" exercise="checkpoints.scaling"
def scaled_step(sweep, weights, rate, scale):
    ### BEGIN SOLUTION
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.all(np.isfinite(g)) for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
    ### END SOLUTION


# %% id="lab7-scaling-check" check="checkpoints.scaling"
check("checkpoints.scaling", scaled_step)

# %% [markdown] id="lab7-model-words"
# ## What large language models do
#
# They do both. Matrices are multiplied in 16 bits, and a copy of the weights stays in `float32`.
# (Many take `bfloat16`, which has the range of `float32` and needs no scale: Kalamkar and others,
# 2019.) Adam, the usual descent, keeps two averages for each weight. Guess:

# %% id="lab7-model"
quiz("checkpoints.model")

# %% [markdown] id="lab7-model-more"
# (Rajbhandari and others, "ZeRO", 2020, section 3.) On top come the arrays of the tape, and they
# grow with the length of the text. Running each layer again costs about a third more time, so
# Korthikanti and others (2022) choose: inside of attention arrays are large and cheap to compute
# again, and only those are not kept. That is *selective* recomputation.

# %% [markdown] id="lab7-deep-words" minutes=7
# ## 7.6 The end: a deep network on a budget (easy)
#
# 20 layers of 64 numbers, as many as an image has pixels; the first ten of the last array are the
# scores of the ten digits. A tape keeps 21 arrays. The budget: **12 arrays alive, and no layer runs
# more than 3 times** in a sweep. Write `sweep(steps, x, g)` with what you have.


# %% id="lab7-deep" exercise="checkpoints.deep"
def sweep(steps, x, g):
    ### BEGIN SOLUTION
    return binomial(steps, x, g, 7)
    ### END SOLUTION


# %% id="lab7-deep-check" check="checkpoints.deep"
check("checkpoints.deep", sweep)

# %% [markdown] id="lab7-train-words"
# That was on a few digits. Now on 700, with plain arrays in the place of states:

# %% id="lab7-train"
from elves import digits
from elves.course.checkpoints.deep import loss_and_slope

X, labels = digits.load()
X, labels = X[:700], labels[:700]


def train(sweep, count=15):
    rng, losses = np.random.default_rng(0), []
    layers = [Layer(rng.normal(size=(64, 64)) / 8, np.zeros(64)) for _ in range(20)]
    for _ in range(count):
        out = X
        for layer in layers:
            out = layer(out)
        value, g = loss_and_slope(out, labels)
        losses.append(value)
        sweep(layers, X, g)
        for layer in layers:
            layer.W, layer.b = layer.W - layer.slopes[0], layer.b - layer.slopes[1]
    return losses, layers


losses, layers = train(sweep)
print(f"loss {losses[0]:.3f}, then {losses[-1]:.3f}")
print("the same losses as with all kept:", losses == train(recompute)[0])

# %% id="lab7-unseen"
images, truth = digits.held_out()
for layer in layers:
    images = layer(images)
right = np.sum(np.argmax(images[:, :10], axis=1) == truth)
print(f"{right} of {len(truth)} unseen digits are read")

# %% id="lab7-bytes"
import tracemalloc


def peak(sweep):
    tracemalloc.start()
    sweep(layers, X, np.ones(X.shape))
    found = tracemalloc.get_traced_memory()[1] / X.nbytes
    tracemalloc.stop()
    return found


print(f"all kept: {peak(recompute):.0f} arrays; yours: {peak(sweep):.0f}, with those inside a pull")

# %% [markdown] id="lab7-elf-words"
# In a library this is one word around a part of your program. `elves.checkpoint(block)` below is
# `jax.checkpoint(block)` in JAX, and `checkpoint(block, x, use_reentrant=False)` from
# `torch.utils.checkpoint` in PyTorch. The gradient stays what it was:

# %% id="lab7-elf"
import elves


def block(x, weights):
    for W in weights:
        x = x + np.tanh(x @ W) / 4
    return x


def loss(weights, block):
    x = X[:50]
    for k in range(0, 20, 5):
        x = block(x, weights[k : k + 5])
    return np.mean(x * x)


weights = [layer.W for layer in layers]
kept = elves.grad(loss)(weights, block)
again = elves.grad(loss)(weights, elves.checkpoint(block))
print("the same gradient:", all(np.array_equal(a, b) for a, b in zip(kept, again)))

# %% [markdown] id="lab7-next"
# **What you have now** is the other half of reverse mode: not what to pay back, but what to keep
# until then. `elves.show.memory(step)` draws it, with your own `step`.

# %% id="lab7-done"
progress()
