# %% [markdown] id="lab5-head"
# # Lab 5: broadcasting
#
# **You will** write the way back through broadcasting and through matrix products, and train a
# reader of digits with nothing but your own rules.
#
# **You will learn** why gradients of biases are sums, and why the shapes tell you most of a rule.
#
# **You need** NumPy arrays and their shapes; lab 4's idea that every value pays what it was made
# of.
#
# About 50 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab5-begin" tags=["setup"]
import numpy as np

from elves.course import check, hint, lab, progress, quiz

lab(5)

# %% id="lab5-map"
progress()

# %% [markdown] id="lab5-picture-words"
# ## One picture first
#
# A column and a row make a table: NumPy repeats both. On the way back, each entry of the column
# gets what its whole row of the table pays.

# %% id="lab5-picture"
column, row = np.array([[1.0], [2.0]]), np.array([10.0, 20.0, 30.0])
column + row

# %% id="lab5-picture-back"
import elves

elves.grad(lambda column: np.sum((column + row) * [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]))(column)

# %% [markdown] id="lab5-shape-words" minutes=6
# ## 5.1 Which shape comes out? (easy)
#
# `together(s, t)` gives the shape of `a + b` from the shapes `s` and `t`, which do fit. Without
# NumPy, please: with tuples.


# %% id="lab5-shape" exercise="broadcasting.shape"
def together(s, t):
    ### BEGIN SOLUTION
    n = max(len(s), len(t))
    s, t = (1,) * (n - len(s)) + s, (1,) * (n - len(t)) + t
    return tuple(m if n == 1 else n for n, m in zip(s, t))
    ### END SOLUTION


# %% id="lab5-shape-check" check="broadcasting.shape"
check("broadcasting.shape", together)

# %% [markdown] id="lab5-axes-words" minutes=7
# ## 5.2 Along which axes? (medium)
#
# An array of the shape `have` was repeated until it had the shape `want`. `stretched(have, want)`
# lists the axes of `want` along which that happened.


# %% id="lab5-axes" exercise="broadcasting.axes"
def stretched(have, want):
    ### BEGIN SOLUTION
    extra = len(want) - len(have)
    grown = [k for k in range(extra, len(want)) if have[k - extra] == 1 and want[k] != 1]
    return [*range(extra), *grown]
    ### END SOLUTION


# %% id="lab5-axes-check" check="broadcasting.axes"
check("broadcasting.axes", stretched)

# %% [markdown] id="lab5-bias-words"
# Guess before you go on:

# %% id="lab5-bias"
quiz("broadcasting.bias")

# %% [markdown] id="lab5-undo-words" minutes=7
# ## 5.3 Undo it (medium)
#
# `g` is the cotangent of the result. `undo(g, shape)` gives the cotangent of an array that had
# `shape` before it was repeated: what its copies pay, together, in that shape.


# %% id="lab5-undo" exercise="broadcasting.undo"
def undo(g, shape):
    ### BEGIN SOLUTION
    g = np.asarray(g)
    return np.reshape(g.sum(axis=tuple(stretched(shape, g.shape))), shape)
    ### END SOLUTION


# %% id="lab5-undo-check" check="broadcasting.undo"
check("broadcasting.undo", undo)

# %% [markdown] id="lab5-silent-words"
# What if you forget it? Guess:

# %% id="lab5-silent"
quiz("broadcasting.silent")

# %% [markdown] id="lab5-product-words" minutes=6
# ## 5.4 A product (easy)
#
# `y = a * b`, of any shapes that fit. `product_rule(g, a, b)` returns two cotangents: that of `a`
# and that of `b`.


# %% id="lab5-product" exercise="broadcasting.product"
def product_rule(g, a, b):
    ### BEGIN SOLUTION
    return [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))]
    ### END SOLUTION


# %% id="lab5-product-check" check="broadcasting.product"
check("broadcasting.product", product_rule)

# %% [markdown] id="lab5-matmul-words" minutes=7
# ## 5.5 Matrices (medium)
#
# `y = a @ b` of two matrices. Before you compute anything, write the four shapes on paper.


# %% id="lab5-matmul" exercise="broadcasting.matmul"
def matmul_rule(g, a, b):
    ### BEGIN SOLUTION
    return [g @ b.T, a.T @ g]
    ### END SOLUTION


# %% id="lab5-matmul-check" check="broadcasting.matmul"
check("broadcasting.matmul", matmul_rule)

# %% [markdown] id="lab5-vectors-words" minutes=8
# ## 5.6 Vectors too (hard)
#
# The same, where `a` or `b` or both may be vectors. Three more cases.


# %% id="lab5-vectors" exercise="broadcasting.vectors"
def vector_rule(g, a, b):
    ### BEGIN SOLUTION
    if a.ndim == b.ndim == 1:
        return [g * b, g * a]
    if b.ndim == 1:
        return [np.outer(g, b), a.T @ g]
    if a.ndim == 1:
        return [b @ g, np.outer(a, g)]
    return matmul_rule(g, a, b)
    ### END SOLUTION


# %% id="lab5-vectors-check" check="broadcasting.vectors"
check("broadcasting.vectors", vector_rule)

# %% [markdown] id="lab5-loss-words" minutes=6
# ## 5.7 The loss (medium)
#
# `z` holds the scores of some images: a row for each image, a column for each digit that it may
# be, two columns or ten. `labels` holds the right columns. The loss is the mean over the images of
# `log(sum(exp(row))) - row[label]`. `loss_slope(z, labels)` is its slope by each score, in the
# shape of `z`.


# %% id="lab5-loss" exercise="broadcasting.loss"
def loss_slope(z, labels):
    ### BEGIN SOLUTION
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    p[np.arange(len(z)), labels] -= 1
    return p / len(z)
    ### END SOLUTION


# %% id="lab5-loss-check" check="broadcasting.loss"
check("broadcasting.loss", loss_slope)

# %% [markdown] id="lab5-end-words" minutes=5
# ## The end: 1,400 digits by your rules
#
# One layer, `z = X @ W + b`. Its way back is `loss_slope`, `matmul_rule` and `undo`: no engine,
# just you.

# %% id="lab5-train"
from elves import digits

X, labels = digits.load()
W, b = np.zeros((64, 10)), np.zeros(10)
for _ in range(200):
    z = X @ W + b
    g = loss_slope(z, labels)
    _, slope_W = matmul_rule(g, X, W)
    W, b = W - 0.5 * slope_W, b - 0.5 * undo(g, b.shape)

images, truth = digits.held_out()
right = np.sum(np.argmax(images @ W + b, axis=1) == truth)
print(f"{right} of {len(truth)} unseen digits are read")

# %% [markdown] id="lab5-same-words"
# The package's elf finds the same slopes:


# %% id="lab5-same"
import elves


def mean_loss(W, b):
    z = X @ W + b
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(labels)), labels])


g = loss_slope(X @ W + b, labels)
elf_W, elf_b = elves.grad(mean_loss, (0, 1))(W, b)
same = np.allclose(matmul_rule(g, X, W)[1], elf_W, 0, 1e-12) and np.allclose(
    undo(g, b.shape), elf_b, 0, 1e-12
)
print("yours and the elf's slopes differ by less than 1e-12:", same)

# %% [markdown] id="lab5-next"
# **Next**, lab 6: an engine that calls these rules by itself, for any program.

# %% id="lab5-done"
progress()
