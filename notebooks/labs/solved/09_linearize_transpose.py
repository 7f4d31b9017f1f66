# %% [markdown] id="lab9-head"
# # Lab 9: linearize, transpose
#
# **You will** get reverse mode out of forward mode: write the tangents of a run down as a list of
# lines, run the lines, then turn them over and run them back. At the end: a layer of attention.
#
# **You will learn** why a derivative at a point is a linear program, what its transpose is, how JAX
# makes `grad` from `jvp`, and how to give a function a derivative of your own.
#
# **You need** NumPy arrays, `@`, and one idea of lab 3: a **tangent** says how fast a value moves
# while the inputs move.
#
# About 55 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab9-begin" tags=["setup"]
import itertools
import operator

import numpy as np

from elves.course import check, hint, lab, progress, quiz
from elves.course.linear.explicit import Explicit
from elves.course.linear.picture import both, example

lab(9)

# %% id="lab9-map"
progress()

# %% [markdown] id="lab9-picture-words"
# ## One picture first
#
# `z = a * b; y = z + a` at `a = 3`, `b = 4`. How do `z` and `y` move while `a` and `b` move? On
# the left it is written down: `z` moves 4 times as fast as `a`, and 3 times as fast as `b`. On the
# right the same is read from the end. Lines with equal numbers belong together.

# %% id="lab9-picture"
example()

# %% [markdown] id="lab9-lines-words"
# A **line** `(out, step, constant, source)` says: take the tangent of `source`, make a linear step
# of it, **add** that to the tangent of `out`. *Linear* means: twice the tangent gives twice the
# result, and sums stay sums. Here are all the steps that we need. Each takes a tangent `t` and a
# constant `c`. For the shapes, `c` is the pair `(shape before, shape after)`.


# %% id="lab9-steps-given" tags=["setup"]
def undo(g, shape):  # from lab 5
    g = np.asarray(g)
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


def added_at(shape, index, t):
    out = np.zeros(shape)
    np.add.at(out, index, t)
    return out


STEPS = {
    "scale": lambda t, c: c * t,
    "left": lambda t, c: c @ t,  # a matrix on the left of the tangent
    "right": lambda t, c: t @ c,
    "turn": lambda t, c: np.transpose(t),  # rows become columns; c is None
    "reshape": lambda t, c: np.reshape(t, c[1]),
    "spread": lambda t, c: np.broadcast_to(t, c[1]),
    "sum": lambda t, c: undo(t, c[1]),
    "pick": lambda t, c: np.asarray(t)[c[0]],  # c is (index, shape of the whole)
    "scatter": lambda t, c: added_at(c[1], c[0], t),
}

# %% [markdown] id="lab9-rules-words" minutes=7
# ## 9.1 Linear lines (easy)
#
# Which step belongs to which function? A rule gets the result `y` and the plain arguments. For each
# argument it returns one step, as a pair of name and constant: how the tangent of this argument
# comes into the tangent of the result. So `a - b` has `scale` by 1 for `a`, and by -1 for `b`.
# `None` stands for an argument that does not move: a shape, an index. These rules are there:

# %% id="lab9-rules-given" tags=["setup"]
RULES = {
    np.add: lambda y, a, b: [("scale", 1.0), ("scale", 1.0)],
    np.subtract: lambda y, a, b: [("scale", 1.0), ("scale", -1.0)],
    np.negative: lambda y, a: [("scale", -1.0)],
    np.transpose: lambda y, a: [("turn", None)],
    np.sum: lambda y, a, **options: [("sum", (np.shape(a), np.shape(y)))],
    np.reshape: lambda y, a, shape: [("reshape", (np.shape(a), np.shape(y))), None],
    np.broadcast_to: lambda y, a, shape: [("spread", (np.shape(a), np.shape(y))), None],
    operator.getitem: lambda y, a, index: [("pick", (index, np.shape(a))), None],
}

# %% [markdown] id="lab9-rules-task"
# Add the rules of `a * b`, `a / b`, `np.tanh(a)`, `np.exp(a)` and `a @ b`. NumPy calls the first
# two `np.multiply` and `np.true_divide`, the last one `np.matmul`.

# %% id="lab9-rules" exercise="linear.rules"
### BEGIN SOLUTION
RULES[np.multiply] = lambda y, a, b: [("scale", b), ("scale", a)]
RULES[np.true_divide] = lambda y, a, b: [("scale", 1 / b), ("scale", -y / b)]
RULES[np.tanh] = lambda y, a: [("scale", 1 - y * y)]
RULES[np.exp] = lambda y, a: [("scale", y)]
RULES[np.matmul] = lambda y, a, b: [("right", b), ("left", a)]
### END SOLUTION

# %% id="lab9-rules-check" check="linear.rules"
check("linear.rules", RULES)

# %% [markdown] id="lab9-write-words" minutes=9
# ## 9.2 Written while it runs (medium)
#
# Now a value that writes. A `Traced` has a `value`, a `name`, and `lines`: **one** list, which all
# share. As in lab 6, NumPy hands each call over to `record(function, args, options)`: `x + 1.0`
# arrives as `record(np.add, (x, 1.0), {})`. The class `Explicit` sees to that, and to broadcasting,
# which arrives as a call of its own, `np.broadcast_to`: so one step for each argument is enough.
#
# `new_name()` makes a new name:

# %% id="lab9-name" tags=["setup"]
COUNT = itertools.count()


def new_name():
    return f"t{next(COUNT)}"


# %% [markdown] id="lab9-write-task"
# Write `record`: compute with the plain values, write a line for each argument that is a `Traced`
# (its step comes from `RULES`), and return a `Traced` with the result and a new name. It has no
# `self`: any argument may be the node.


# %% id="lab9-write" exercise="linear.write"
class Traced(Explicit):
    def __init__(self, value, name, lines):
        self.value, self.name, self.lines = value, name, lines

    def record(function, args, options):
        ### BEGIN SOLUTION
        values = [a.value if isinstance(a, Traced) else a for a in args]
        lines = next(a.lines for a in args if isinstance(a, Traced))
        y = function(*values, **options)
        out = Traced(y, new_name(), lines)
        for a, step in zip(args, RULES[function](y, *values, **options)):
            if isinstance(a, Traced):
                lines.append((out.name, *step, a.name))
        return out
        ### END SOLUTION


# %% id="lab9-write-check" check="linear.write"
check("linear.write", Traced)

# %% [markdown] id="lab9-linearize-words"
# With it, `linearize` is short: call `f` on traced inputs, once. Look at what was written:


# %% id="lab9-linearize" tags=["setup"]
def linearize(f, *inputs):
    """The result of f, traced, and the names of the inputs; the lines are in the result."""
    global COUNT
    COUNT = itertools.count()  # the names begin anew: t0, t1, …
    lines, names = [], [new_name() for _ in inputs]
    y = f(*[Traced(x, name, lines) for x, name in zip(inputs, names)])
    return y, names


# %% id="lab9-look"
y, names = linearize(lambda a, b: np.tanh(a * b) + a, 0.5, 1.0)
print(names, "->", y.name)
print(*y.lines, sep="\n")

# %% [markdown] id="lab9-times-words"
# Guess before you go on:

# %% id="lab9-times"
quiz("linear.times")

# %% [markdown] id="lab9-run-words" minutes=7
# ## 9.3 Forward: the JVP (easy)
#
# `run(lines, known)`: `known` is a dict from names to tangents. Go through the lines, and return a
# dict with the tangents of all names. Lines **add**. Skip a line whose `source` is not in the dict:
# nothing moves there, so it adds nothing.


# %% id="lab9-run" exercise="linear.run"
def run(lines, known):
    ### BEGIN SOLUTION
    found = dict(known)
    for out, step, constant, source in lines:
        if source in found:
            t = STEPS[step](found[source], constant)
            found[out] = found[out] + t if out in found else t
    return found
    ### END SOLUTION


# %% id="lab9-run-check" check="linear.run"
check("linear.run", run)

# %% [markdown] id="lab9-thrice-words"
# The lines are a matrix, written as a program: tangents go in, tangents come out, and sums and
# multiples pass through unchanged. A matrix `A` can be turned over. Guess what that does to a
# program:

# %% id="lab9-thrice"
quiz("linear.thrice")

# %% [markdown] id="lab9-transposes-words" minutes=9
# ## 9.4 Step by step (medium)
#
# `A` takes a tangent `v` to `A v`. Its **transpose** takes a **cotangent** `w`, in the shape of the
# result, back to the shape of `v`, so that `<A v, w> = <v, Aᵀ w>` for all `v` and `w`. (`<a, b>` is
# `np.sum(a * b)`.)
#
# For each step, `TRANSPOSES` has a function from the constant to the transposed step, again a name
# and a constant. Three are there:

# %% id="lab9-transposes-given" tags=["setup"]
TRANSPOSES = {
    "scale": lambda c: ("scale", c),
    "turn": lambda c: ("turn", None),
    "reshape": lambda c: ("reshape", c[::-1]),
}

# %% [markdown] id="lab9-transposes-task"
# Add `left`, `right`, `spread`, `sum`, `pick` and `scatter`.

# %% id="lab9-transposes" exercise="linear.steps"
### BEGIN SOLUTION
TRANSPOSES["left"] = lambda c: ("left", c.T)
TRANSPOSES["right"] = lambda c: ("right", c.T)
TRANSPOSES["spread"] = lambda c: ("sum", c[::-1])
TRANSPOSES["sum"] = lambda c: ("spread", c[::-1])
TRANSPOSES["pick"] = lambda c: ("scatter", c)
TRANSPOSES["scatter"] = lambda c: ("pick", c)
### END SOLUTION

# %% id="lab9-transposes-check" check="linear.steps"
check("linear.steps", TRANSPOSES)

# %% [markdown] id="lab9-transpose-words" minutes=8
# ## 9.5 The whole program (hard)
#
# `transpose(lines)` returns a list of lines again: those that take cotangents from the result back
# to the inputs. `run` shall run them as they are. A single comprehension is enough for all of it.


# %% id="lab9-transpose" exercise="linear.transpose"
def transpose(lines):
    ### BEGIN SOLUTION
    return [
        (source, *TRANSPOSES[step](constant), out)
        for out, step, constant, source in reversed(lines)
    ]
    ### END SOLUTION


# %% id="lab9-transpose-check" check="linear.transpose"
check("linear.transpose", transpose)

# %% [markdown] id="lab9-grad-words"
# That is a VJP, and with the cotangent 1 a gradient. Your lines, and your way back:


# %% id="lab9-grad"
def curve(a, b):
    return np.tanh(a * b) + a


y, names = linearize(curve, 0.5, 1.0)
there, back = y.lines, transpose(y.lines)
forward, reverse = run(there, {names[0]: 1.0, names[1]: 0.0}), run(back, {y.name: 1.0})
print(f"slope by a: forward {forward[y.name]:.6f}, reverse {reverse[names[0]]:.6f}")
both(there, back)

# %% [markdown] id="lab9-custom-words" minutes=7
# ## 9.6 A derivative of your own (medium)
#
# Rules composed of right rules can go wrong all the same:

# %% id="lab9-nan"
import elves

with np.errstate(all="ignore"):
    print("log(1 + exp(x)) at 1000:", elves.grad(lambda x: np.log(1 + np.exp(x)))(1000.0))
    print("sqrt(x * x) at 0:       ", elves.grad(lambda x: np.sqrt(x * x))(0.0))
    print("round(x) at 0.4:        ", elves.grad(lambda x: np.round(x))(0.4))

# %% [markdown] id="lab9-custom-task"
# The first is `inf / inf`, and its true slope is 1. The second is `inf * 0`; 0 would serve. The
# third is true and useless: nothing before a rounding ever learns. So `primitive` makes one call
# of a whole function, and its line comes from **your** rule:
#
# - `softplus`: right at any `x`, however large (`log1pexp` in JAX's documentation of `custom_jvp`)
# - `root`: with the slope 0 at 0
# - `rounded`: with the slope 1, as if nothing were rounded (a *straight-through estimator*: Bengio
#   and others, arXiv:1308.3432)
#
# Each has one argument, so its rule returns a list of one step. Below, `y` is the function's value.


# %% id="lab9-primitive" tags=["setup"]
def primitive(function):
    def call(x):
        if isinstance(x, Explicit):
            return type(x).record(call, (x,), {})
        return function(x)

    return call


softplus = primitive(lambda x: np.logaddexp(0.0, x))  # log(1 + exp(x)), without the overflow
root = primitive(np.sqrt)
rounded = primitive(np.round)

# %% id="lab9-custom" exercise="linear.custom"
# CUSTOM = {"softplus": lambda y, x: …, "root": …, "rounded": …}
### BEGIN SOLUTION
CUSTOM = {
    "softplus": lambda y, x: [("scale", np.exp(x - y))],
    "root": lambda y, x: [("scale", np.where(y > 0, 0.5 / np.where(y > 0, y, 1.0), 0.0))],
    "rounded": lambda y, x: [("scale", 1.0)],
}
### END SOLUTION

# %% id="lab9-custom-check" check="linear.custom"
check("linear.custom", CUSTOM)

# %% [markdown] id="lab9-norm-words"
# With your rules there is no nan any more. The gradient of a norm at 0 is 0:

# %% id="lab9-norm"
RULES |= {softplus: CUSTOM["softplus"], root: CUSTOM["root"], rounded: CUSTOM["rounded"]}


def gradient(f, x):
    y, (name,) = linearize(f, x)
    return run(transpose(y.lines), {y.name: 1.0})[name]


for x in (np.zeros(2), np.array([3.0, 4.0])):
    print("gradient of the norm at", x, "is", gradient(lambda x: root(np.sum(x * x)), x))
print("softplus at 1000:", gradient(softplus, 1000.0), "and round at 0.4:", gradient(rounded, 0.4))

# %% [markdown] id="lab9-clip-words"
# Another wish: forward nothing changes, but on the way back no entry of the cotangent is larger
# than 1. Guess first whether a rule of yours can say that:

# %% id="lab9-clip"
quiz("linear.clip")

# %% [markdown] id="lab9-cut-words"
# So it takes a step whose "transpose" is none: `keep` on the way there, `cut` on the way back.
# Only the way back is replaced, and that is what `jax.custom_vjp` does (its documentation has
# clipping as an example), `torch.autograd.Function`, and `elves.custom_vjp`.

# %% id="lab9-cut"
STEPS |= {"keep": lambda t, c: t, "cut": lambda t, c: np.clip(t, -c, c)}
TRANSPOSES["keep"] = lambda c: ("cut", c)
gentle = primitive(lambda x: x)
RULES[gentle] = lambda y, x: [("keep", 1.0)]


@elves.custom_vjp(lambda g, y, x: np.clip(g, -1.0, 1.0))
def gentle_elf(x):
    return x


def loss(x, through=lambda x: x):
    y = through(x)
    return np.sum(y * y)


x = np.array([0.1, -20.0, 3.0])
print("as it is:", gradient(loss, x))
print("cut:     ", gradient(lambda x: loss(x, gentle), x))
print("the elf: ", elves.grad(lambda x: loss(x, gentle_elf))(x))

# %% [markdown] id="lab9-refused-words"
# And forward? Your `keep` lets every tangent pass. The elf says that it does not know:

# %% id="lab9-refused"
from elves import show

print(show.answer(lambda: elves.forward.jvp(gentle_elf, (x,), (x,))))

# %% [markdown] id="lab9-end-words" minutes=8
# ## The end: attention
#
# A handwritten digit has 8 rows of 8 pixels. In a layer of **attention** each row asks all the
# others (`Q`), they answer how well they fit (`K`), and what they have (`V`) is mixed by that:
# `softmax(Q Kᵀ / √d) V` (Vaswani and others, "Attention is all you need", 2017). We count how
# often it runs.

# %% id="lab9-attention"
from elves import digits

X = digits.load()[0][0].reshape(8, 8)
rng = np.random.default_rng(0)
WEIGHTS = [rng.normal(size=(8, 8)) for _ in range(3)]
runs = 0


def attention(X, Wq, Wk, Wv):
    global runs
    runs += 1
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    fits = np.exp(Q @ K.T / np.sqrt(8))
    return fits / np.sum(fits, axis=1, keepdims=True) @ V


y, names = linearize(attention, X, *WEIGHTS)
back = transpose(y.lines)
moves = [rng.normal(size=(4, 8, 8)) for _ in range(100)]
jvps = [run(y.lines, dict(zip(names, move)))[y.name] for move in moves]
pulls = rng.normal(size=(100, 8, 8))
vjps = [[run(back, {y.name: w})[name] for name in names] for w in pulls]
print(f"{len(y.lines)} lines; 100 JVPs and 100 VJPs; attention ran {runs} time")

# %% [markdown] id="lab9-same-words"
# The package's elves on the same: `forward` and `reverse`, and `tracing`, which does what you did.

# %% id="lab9-same"
from elves import forward, reverse, tracing

_, pull = reverse.vjp(attention, X, *WEIGHTS)
_, along = tracing.linearize(attention, X, *WEIGHTS)
turned = tracing.transpose(along)
size = lambda a, b: np.max(np.abs(np.array(a) - np.array(b)))
far = max(
    *(size(t, forward.jvp(attention, (X, *WEIGHTS), tuple(m))[1]) for t, m in zip(jvps, moves)),
    *(size(t, along(*m)) for t, m in zip(jvps, moves)),
    *(size(g, pull(w)) for g, w in zip(vjps, pulls)),
    *(size(g, turned(w)) for g, w in zip(vjps, pulls)),
)
print("yours and the elves' JVPs and VJPs differ by less than 1e-10:", bool(far < 1e-10))

# %% [markdown] id="lab9-dot-words"
# And the dot test, which needs no elf: `<A v, w> = <v, Aᵀ w>`, for a whole layer.

# %% id="lab9-dot"
left, right = np.sum(jvps[0] * pulls[0]), np.sum(moves[0] * np.array(vjps[0]))
print(f"<A v, w> = {left:.8f}, <v, Aᵀ w> = {right:.8f}")

# %% [markdown] id="lab9-next"
# **What you have now** is how JAX gets reverse mode: rules for tangents only, then `transpose`
# (Radul and others, "You only linearize once", 2023). The tape of lab 6 and PyTorch (in
# `derivatives.yaml` of its source) have rules for cotangents instead. Both pay with memory: the
# constants in your lines are values of the run that the way back needs.

# %% id="lab9-done"
progress()
