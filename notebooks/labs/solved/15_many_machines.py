# %% [markdown] id="lab15-head"
# # Lab 15: many machines
#
# **You will** share one step of training out among several workers, let them add up their gradients
# without a boss, and find on paper how many of them are worth having. In the end two processes
# train on the digits, and one of them is killed in the middle of a step.
#
# **You will learn** what data-parallel training is, and how reduce-scatter and all-gather make an
# all-reduce: the way in which PyTorch and Horovod train on many machines.
#
# **You need** NumPy arrays, and to know that a gradient holds the slopes of a loss by all weights
# (lab 4).
#
# About 45 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab15-begin" tags=["setup"]
import numpy as np

from elves.course import check, hint, lab, progress, quiz

lab(15)

# %% id="lab15-map"
progress()

# %% [markdown] id="lab15-picture-words"
# ## One picture first
#
# The images are shared out, and each **worker** has its own part, a **shard**. All have the same
# weights. In each step a worker finds the gradient of its own shard; then they add these up, and
# all take the same step. This is **data-parallel** training. Each one talks to its neighbour alone:

# %% id="lab15-picture"
from elves.course.cluster import picture

picture.ring()

# %% [markdown] id="lab15-loss-words"
# Here are the digits, and a small network whose 2,410 weights are one array `w`. The gradient is an
# array of 2,410 numbers too. The elves bring the engine.

# %% id="lab15-loss" tags=["setup"]
import elves
from elves import digits

X, labels = digits.load()
first = np.concatenate([np.ravel(p) for p in digits.start()])


def loss(w, X, labels):
    """The mean loss of the images in X."""
    W1, b1 = np.reshape(w[:2048], (64, 32)), w[2048:2080]
    W2, b2 = np.reshape(w[2080:2400], (32, 10)), w[2400:]
    return digits.loss([W1, b1, W2, b2], X, labels)


value_and_grad = elves.value_and_grad(loss)

# %% id="lab15-all"
all_loss, all_slopes = value_and_grad(first, X, labels)
print(f"the loss of all {len(X)} images is {all_loss:.6f}; a gradient of shape {all_slopes.shape}")

# %% [markdown] id="lab15-shards-words" minutes=7
# ## 15.1 Shards (easy)
#
# A step takes as long as the slowest worker. So `shards(n, k)` cuts `n` images into `k` parts whose
# sizes differ by one at most, and each image is in one of them. Return a list of `k` slices:
# `X[slice(0, 3)]` is `X[0:3]`, the images 0, 1 and 2. There are at least as many images as workers.


# %% id="lab15-shards" exercise="cluster.shards"
def shards(n, k):
    ### BEGIN SOLUTION
    return [slice(n * i // k, n * (i + 1) // k) for i in range(k)]
    ### END SOLUTION


# %% id="lab15-shards-check" check="cluster.shards"
check("cluster.shards", shards)

# %% [markdown] id="lab15-means-words"
# Parts may differ in size, sometimes by far: machines differ too, and a quick one may take more.
# Guess:

# %% id="lab15-means"
quiz("cluster.means")

# %% [markdown] id="lab15-together-words" minutes=8
# ## 15.2 A step from its parts (medium)
#
# `loss` is a mean, so each worker finds the mean loss of its own images, and the gradient of that
# mean. `together(sizes, losses, slopes)` gets three lists with an entry for each worker: how many
# images it has, its loss, and its gradient, an array. Return a pair: the loss and the gradient of
# all the images.


# %% id="lab15-together" exercise="cluster.together"
def together(sizes, losses, slopes):
    ### BEGIN SOLUTION
    n = sum(sizes)
    loss = sum(size * a for size, a in zip(sizes, losses)) / n
    return loss, sum(size * g for size, g in zip(sizes, slopes)) / n
    ### END SOLUTION


# %% id="lab15-together-check" check="cluster.together"
check("cluster.together", together)

# %% [markdown] id="lab15-uneven-words"
# Three workers with very different parts, and the same result. PyTorch takes the plain mean of the
# gradients (the code is below your check); so its sampler makes all parts equally large, by taking
# some images twice.

# %% id="lab15-uneven"
parts = [slice(0, 1000), slice(1000, 1350), slice(1350, 1400)]
found = [value_and_grad(first, X[part], labels[part]) for part in parts]
value, slopes = together([1000, 350, 50], [a for a, _ in found], [g for _, g in found])
print("loss apart by less than 1e-12:", abs(value - all_loss) < 1e-12)
print("gradient apart by less than 1e-12:", np.max(np.abs(slopes - all_slopes)) < 1e-12)

# %% [markdown] id="lab15-busy-words"
# Who adds up? It could be one of the workers. Guess:

# %% id="lab15-busy"
quiz("cluster.busy")

# %% [markdown] id="lab15-reduce-words" minutes=13
# ## 15.3 All-reduce in a ring (hard)
#
# An **all-reduce** leaves the sum of all arrays with each worker. Without a boss: `n` workers stand
# in a ring, and each cuts its array into `n` **chunks** of equal size. In each step each worker
# sends one chunk to its right neighbour, worker `(i + 1) % n`. It goes in two halves of `n - 1`
# steps:
#
# * **Reduce-scatter**: the neighbour adds what comes to its own chunk. After it, each worker holds
#   the whole sum of one chunk, and each of another one.
# * **All-gather**: these sums go around the ring, and take the place of what is there.
#
# A `Worker` has a list `chunks`. What another one gets from it comes out of `send(c)`, which copies
# chunk `c` and counts its numbers:

# %% id="lab15-worker"
from elves.course.cluster.ring import Worker

two = [Worker([[1.0], [2.0]]), Worker([[10.0], [20.0]])]
two[1].chunks[0] = two[1].chunks[0] + two[0].send(0)
print("worker 1 holds", two[1].chunks, "and worker 0 has sent", two[0].sent)

# %% [markdown] id="lab15-reduce-more"
# `all_reduce(workers)` returns nothing: it changes the chunks. The check adds up what each worker
# sends.


# %% id="lab15-reduce" exercise="cluster.all_reduce"
def all_reduce(workers):
    ### BEGIN SOLUTION
    n = len(workers)
    for step in range(n - 1):
        for i, worker in enumerate(workers):
            c, right = (i - step) % n, workers[(i + 1) % n]
            right.chunks[c] = right.chunks[c] + worker.send(c)
    for step in range(n - 1):
        for i, worker in enumerate(workers):
            c, right = (i + 1 - step) % n, workers[(i + 1) % n]
            right.chunks[c] = worker.send(c)
    ### END SOLUTION


# %% id="lab15-reduce-check" check="cluster.all_reduce"
check("cluster.all_reduce", all_reduce)

# %% [markdown] id="lab15-five-words"
# Five workers with your shards. Each multiplies its gradient by its share of the images, so that
# the sum is the gradient of all:

# %% id="lab15-five"
workers = []
for part in shards(len(X), 5):
    share = len(X[part]) / len(X)
    g = share * value_and_grad(first, X[part], labels[part])[1]
    workers.append(Worker(np.split(g, 5)))
all_reduce(workers)

for k, worker in enumerate(workers):
    close = np.max(np.abs(np.concatenate(worker.chunks) - all_slopes)) < 1e-12
    print(f"worker {k} has the gradient of all: {close}; it has sent {worker.sent} numbers")
print("all to one: worker 0 would send", 4 * len(all_slopes))

# %% [markdown] id="lab15-plan-words" minutes=9
# ## 15.4 A plan on paper (medium)
#
# How many workers are worth having? One alone would take `compute` seconds for a step; `n` workers
# share that out evenly. Then they all-reduce an array of `numbers` floats, 8 bytes each: all
# workers send at once, and one step of the ring takes `delay` seconds, and the bytes of a chunk
# divided by `bandwidth`, in bytes per second. (A chunk may have a broken number of floats, on
# paper.)
#
# `plan(compute, numbers, bandwidth, delay, most)` returns a pair: with how many workers, from 1 to
# `most`, a step is quickest, and its seconds.


# %% id="lab15-plan" exercise="cluster.plan"
def plan(compute, numbers, bandwidth, delay, most):
    ### BEGIN SOLUTION
    def seconds(n):
        return compute / n + 2 * (n - 1) * (delay + 8 * numbers / n / bandwidth)

    best = min(range(1, most + 1), key=seconds)
    return best, seconds(best)
    ### END SOLUTION


# %% id="lab15-plan-check" check="cluster.plan"
check("cluster.plan", plan)

# %% [markdown] id="lab15-million-words"
# A million times the data: 1.4 billion images. Say that one machine needs 3,000 seconds for a step,
# and that a message takes 50 microseconds, and then a gigabyte per second goes through. Our network
# has 2,410 weights. Another one has a billion:

# %% id="lab15-million"
for numbers in (2_410, 10**9):
    print(f"{numbers:,} weights, {8 * numbers:,} bytes")
    for most in (1, 10, 100, 1_000, 10_000):
        n, t = plan(3000.0, numbers, 1e9, 50e-6, most)
        print(f"    {most:>6,} at hand: {n:>5,} work, {t:8.2f} seconds")

# %% [markdown] id="lab15-million-seen"
# Beyond some 5,000, more workers are in the way: the delays grow with the ring. And with a billion
# weights a step never gets below 16 seconds, in which its array is sent twice.

# %% [markdown] id="lab15-end-words" minutes=8
# ## The end: one is killed
#
# Now with real processes. `dask.distributed` starts two on this machine, and hands tasks to them.
# First alone, to know what is right. `work` is what a worker does in a step:


# %% id="lab15-alone"
def work(w, images, answers):
    return len(images), *value_and_grad(w, images, answers)


def train(ask, steps=20, rate=0.5):
    """The loss before each step; ask(step, w) gives what the workers found."""
    w, losses = first, []
    for step in range(steps):
        value, slopes = together(*zip(*ask(step, w)))
        losses.append(value)
        w = w - rate * slopes
    return losses


alone = train(lambda step, w: [work(w, X, labels)])
print(f"alone: the loss goes from {alone[0]:.4f} to {alone[-1]:.4f}")

# %% [markdown] id="lab15-killed-words"
# With two workers, each loads its shard itself. In step 10 the work is slow, and in its middle the
# process of one worker is killed: the operating system ends it, and it can say nothing more. Guess:

# %% id="lab15-killed"
quiz("cluster.killed")

# %% id="lab15-many"
import time

from elves.course.cluster import local


def load(part):
    images, answers = digits.load()
    return images[part], answers[part]


def task(step, w, shard):
    if step == 10:
        time.sleep(1)  # time enough to die
    return work(w, *shard)


def two_workers(client):
    held = [client.submit(load, part) for part in shards(len(X), 2)]

    def ask(step, w):
        found = [client.submit(task, step, w, shard) for shard in held]
        if step == 10:
            local.kill(client)
            print("step 10: a worker was killed")
        return client.gather(found)

    return train(ask)


many = local.run(two_workers, workers=2)

# %% id="lab15-same"
if many:
    apart = max(abs(a - b) for a, b in zip(alone, many, strict=True))
    print(f"with two workers: from {many[0]:.4f} to {many[-1]:.4f}")
    print("apart by less than 1e-10:", apart < 1e-10)

# %% [markdown] id="lab15-next"
# `held` holds no images. It holds recipes, and the scheduler keeps them: like a tape, it knows of
# each value what it was made of. So when a worker dies, another one loads the shard and finds its
# slopes.
#
# The same cell runs on a cluster of real machines. Start `dask scheduler` on one, `dask worker`
# with its address on the others, all with the same packages, and give `local.run` the address, or
# set `ELVES_CLUSTER`; leave out `local.kill` there, which only kills what `local.run` has
# started.
#
# Here the gradients all come to one, this notebook, which is good enough for two workers. Where
# millions of numbers are sent in each step, they go around a ring, as yours did: so in Horovod
# (Sergeev and Del Balso, 2018).

# %% id="lab15-done"
progress()
