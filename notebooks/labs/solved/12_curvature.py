# %% [markdown] id="lab12-head"
# # Lab 12: curvature
#
# **You will** multiply by a matrix of second derivatives that you never build, solve equations
# with it, and train a reader of digits in six steps, where gradient descent takes two thousand.
#
# **You will learn** what a Hessian-vector product is and costs, how conjugate gradients live on
# such products alone, and what Newton's method needs so that it does not run away.
#
# **You need** dual numbers from lab 3 and a tape as in lab 6, or their ideas: both are brought.
# And matrix times vector, `H @ v`, in NumPy.
#
# About 55 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab12-begin" tags=["setup"]
import numpy as np

from elves.course import Handover, check, hint, lab, progress, quiz

lab(12)

# %% id="lab12-map"
progress()

# %% [markdown] id="lab12-picture-words"
# ## One picture first
#
# A narrow valley. Gradient descent goes where it is steepest, and the gradient does not know how
# far: 30 steps, to and fro. **Curvature** is how fast the slope changes. Whoever knows it goes to
# the bottom in one step.

# %% id="lab12-picture"
from elves import show

H = np.array([[1.0, 0.0], [0.0, 12.0]])  # curvature 1 along x, and 12 along y


def valley(x, y):
    return (x * x + 12 * y * y) / 2


at, path = np.array([8.0, 1.2]), []
for _ in range(31):
    path.append(at)
    at = at - 0.15 * (H @ at)  # the gradient of the valley is H @ at

print("one step with the curvature:", path[0] - np.linalg.solve(H, H @ path[0]))
show.descent(path, valley)

# %% [markdown] id="lab12-differences-words" minutes=7
# ## 12.1 How the gradient changes (easy)
#
# The gradient of `f` has a slope for each entry of `w`. The **Hessian** `H` says how those slopes
# change: `H[i, j]` is the change of slope `i` per change of entry `j`. With n inputs it has n²
# entries.
#
# Mostly one does not want the entries. One wants to know how the gradient changes when `w` moves
# along a vector `v`. That is the **Hessian-vector product** `H @ v`, and it has n entries.
#
# `difference(gradient, w, v, h)`: estimate `H @ v` by the central difference of lab 1. `w` moves
# along `v`: one gradient `h` times `v` ahead of `w`, one as far behind it. No loop.


# %% id="lab12-differences" exercise="curvature.differences"
def difference(gradient, w, v, h):
    ### BEGIN SOLUTION
    return (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)
    ### END SOLUTION


# %% id="lab12-differences-check" check="curvature.differences"
check("curvature.differences", difference)

# %% [markdown] id="lab12-digits-words"
# How many digits are right? Guess, for the best `h`; a float has 16. We take `f = sum(exp(w))`: its
# gradient is `exp(w)`, and its Hessian has `exp(w)` on the diagonal, and 0 elsewhere.

# %% id="lab12-digits"
w, v = np.array([1.0, 2.0]), np.array([3.0, -1.0])
right = np.exp(w) * v
for k in (1, 3, 5, 7, 9, 11):
    error = np.max(np.abs(difference(np.exp, w, v, 10.0**-k) / right - 1))
    print(f"h = 1e-{k:<2} digits: {-np.log10(error):.0f}")

# %% [markdown] id="lab12-engines-words"
# For large steps the gradient bends, small ones drown in rounding: even the best `h` loses six
# digits of 16, and nobody tells you which `h` that is. So: without `h`.
#
# Below are two engines. `gradient(f)` is a tape as in lab 6. `Dual` is the dual number of lab 3: a
# value, and the **tangent**, which says how the value moves. NumPy asks both of them. Read the
# rules; nothing in them is new. (Sums are of all entries. A matrix is data: it needs no cotangent.)


# %% id="lab12-tape" tags=["setup"]
class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        plain = [a.value if isinstance(a, Node) else a for a in args]
        return Node(function(*plain, **options), (function, args))


def undo(g, shape):
    while np.ndim(g) > len(shape):
        g = np.sum(g, axis=0)
    return g


RULES = {
    np.add: lambda g, y, a, b: [undo(g, np.shape(a)), undo(g, np.shape(b))],
    np.subtract: lambda g, y, a, b: [undo(g, np.shape(a)), undo(-g, np.shape(b))],
    np.multiply: lambda g, y, a, b: [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))],
    np.divide: lambda g, y, a, b: [undo(g / b, np.shape(a)), undo(-g * y / b, np.shape(b))],
    np.negative: lambda g, y, a: [-g],
    np.exp: lambda g, y, x: [g * y],
    np.log: lambda g, y, x: [g / x],
    np.tanh: lambda g, y, x: [g * (1 - y * y)],
    np.sum: lambda g, y, x: [g * np.ones(np.shape(x))],
    np.mean: lambda g, y, x: [g * np.ones(np.shape(x)) / np.size(x)],
    np.matmul: lambda g, y, a, b: [g * b, g * a] if np.ndim(a) == 1 else [None, a.T @ g],
}


def gradient(f):
    def of(w):
        start = Node(w)
        out = f(start)
        nodes, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in parents(node):
                    visit(parent)
                nodes.append(node)

        visit(out)
        out.grad = 1.0
        for node in reversed(nodes):
            if node.recipe:
                function, args = node.recipe
                plain = [a.value if isinstance(a, Node) else a for a in args]
                for a, g in zip(args, RULES[function](node.grad, node.value, *plain)):
                    if isinstance(a, Node):
                        a.grad = g if a.grad is None else a.grad + g
        return start.grad + 0 * w  # a Dual, if w is one, even where the slope is constant

    return of


def parents(node):
    return [a for a in node.recipe[1] if isinstance(a, Node)] if node.recipe else []


# %% id="lab12-dual" tags=["setup"]
class Dual(Handover):
    def __init__(self, value, tangent):
        assert np.shape(value) == np.shape(tangent), "a tangent has the shape of its value"
        self.value, self.tangent = value, tangent

    def record(function, args, options):
        duals = [a if isinstance(a, Dual) else Dual(a, np.zeros(np.shape(a))) for a in args]
        values, tangents = [d.value for d in duals], [d.tangent for d in duals]
        y = function(*values, **options)
        return Dual(y, TANGENTS[function](y, *values, *tangents, **options))


TANGENTS = {
    np.add: lambda y, a, b, da, db: da + db,
    np.subtract: lambda y, a, b, da, db: da - db,
    np.multiply: lambda y, a, b, da, db: da * b + a * db,
    np.divide: lambda y, a, b, da, db: (da - y * db) / b,
    np.matmul: lambda y, a, b, da, db: da @ b + a @ db,
    np.negative: lambda y, a, da: -da,
    np.exp: lambda y, a, da: y * da,
    np.log: lambda y, a, da: da / a,
    np.tanh: lambda y, a, da: (1 - y * y) * da,
    np.sum: lambda y, a, da, **options: np.sum(da, **options),
    np.mean: lambda y, a, da, **options: np.mean(da, **options),
}


# %% id="lab12-engines"
def wish(w):
    return np.sum(w * w * w)


w, v = np.array([1.0, 2.0]), np.array([1.0, 0.0])
print("the gradient, by the tape:", gradient(wish)(w))
print("how wish changes along v, by a dual number:", wish(Dual(w, v)).tangent)

# %% [markdown] id="lab12-product-words" minutes=10
# ## 12.2 The product, to the last digit (medium)
#
# `hvp(f, w, v)`: the product of the Hessian of `f` at `w` with `v`. The gradient is a program, too.
# Its steps are NumPy calls, there and back, and NumPy asks whatever number it meets. One
# run of `f` will do.


# %% id="lab12-product" exercise="curvature.product"
def hvp(f, w, v):
    ### BEGIN SOLUTION
    return gradient(f)(Dual(w, v)).tangent
    ### END SOLUTION


# %% id="lab12-product-check" check="curvature.product"
check("curvature.product", hvp)

# %% [markdown] id="lab12-over-words"
# A `Dual` through the tape is called **forward over reverse**: tangents go through a program that
# has a walk back in it.

# %% [markdown] id="lab12-hessian-words" minutes=6
# ## 12.3 The whole matrix, if you must (easy)
#
# `hessian(product, n)`: `product(v)` gives `H @ v` for a vector of `n` numbers. Return the array
# `H`. With n products, please.


# %% id="lab12-hessian" exercise="curvature.hessian"
def hessian(product, n):
    ### BEGIN SOLUTION
    return np.array([product(unit) for unit in np.eye(n)])
    ### END SOLUTION


# %% id="lab12-hessian-check" check="curvature.hessian"
check("curvature.hessian", hessian)

# %% [markdown] id="lab12-passes-words"
# You filled small ones. And a large one? Guess:

# %% id="lab12-passes"
quiz("curvature.passes")

# %% [markdown] id="lab12-symmetric-words"
# Did you put the products into rows, or into columns? It is the same: the slope by `i` changes with
# `j` as the slope by `j` changes with `i`. So `H` is **symmetric**.
#
# Now digits: threes and eights, which are easily taken for each other. `w` holds a weight for each
# of 64 pixels, and says *eight* where `image @ w` is above 0. The last term keeps weights small.

# %% id="lab12-loss" tags=["setup"]
from elves import digits

X, labels = digits.load()
either = (labels == 3) | (labels == 8)
X, eight = X[either], np.where(labels[either] == 8, 1.0, -1.0)


def loss(w):
    return np.mean(np.log(1 + np.exp(-eight * (X @ w)))) + 0.005 * (w @ w)


# %% id="lab12-symmetric"
start = np.zeros(64)
H = hessian(lambda v: hvp(loss, start, v), 64)
curvatures = np.linalg.eigvalsh(H)
print("symmetric:", np.allclose(H, H.T, 0, 1e-14), "and 64 by 64 numbers")
print(f"the smallest curvature is {curvatures[0]:.2f}, the largest {curvatures[-1]:.2f}")

# %% [markdown] id="lab12-memory-words"
# A valley 296 times as curved across as along. The most curved way limits gradient descent: from
# the rate 2 / 2.96 on it no longer arrives. Could we do that for a network? Guess:

# %% id="lab12-memory"
quiz("curvature.memory")

# %% [markdown] id="lab12-cg-words" minutes=15
# ## 12.4 Conjugate gradients (hard)
#
# Find `x` with `H @ x = b`, and all that you have are products. The bowl `x @ H @ x / 2 - b @ x`
# has the gradient `H @ x - b`: at its bottom the equation is solved. So one walks. Begin with
# `x = 0`. What is left, `r = b - H @ x`, is `b` then, and the first way `p` is `b`, too. Each step
# needs one product, `q = product(p)`:
#
# 1. Go `a` times `p`, to the bottom along `p`. There the new `r` has no part along `p`: its product
#    with `p` is 0. (Before the step, `r @ p` is `r @ r`, each time.)
# 2. Bring `x` and `r` up to date.
# 3. The next `p` is the new `r`, and some of the old `p`, so that it is **conjugate** to the old
#    `p`: its product with `q` is 0. Then no later step spoils this one. How much of the old `p`?
#    The new `r @ r`, divided by the old.
#
# `cg(product, b, steps)` gives back the array `x` after at most that many steps, or as soon as the
# length of `r` is at most `1e-10` times that of `b`. Where `p @ q` is not above 0, there is no bowl
# along `p`: give back `x` as it was, and in the first step `b`, which at least leads downhill.


# %% id="lab12-cg" exercise="curvature.cg"
def cg(product, b, steps):
    ### BEGIN SOLUTION
    x, r, p = np.zeros(len(b)), b, b
    for _ in range(steps):
        if r @ r <= 1e-20 * (b @ b):
            break
        q = product(p)
        if p @ q <= 0:
            return x if x.any() else b
        a = (r @ r) / (p @ q)
        x, new = x + a * p, r - a * q
        p, r = new + (new @ new) / (r @ r) * p, new
    return x
    ### END SOLUTION


# %% id="lab12-cg-check" check="curvature.cg"
check("curvature.cg", cg)

# %% [markdown] id="lab12-quadratic-words"
# Newton's step is the `p` with `H @ p = -gradient`: after it the gradient is 0, if it changes as
# `H` says. Guess:

# %% id="lab12-quadratic"
quiz("curvature.quadratic")

# %% [markdown] id="lab12-newton-words" minutes=10
# ## 12.5 Newton, with a brake (hard)
#
# Elsewhere `H` changes on the way, and the full step may go much too far. So brake: begin with
# `t = 1`, and halve it until `f(w + t * p)` is below `f(w)`.
#
# `newton(f, slope, product, w, steps)`: `slope(w)` gives the gradient of `f`, and `product(w, v)`
# the product of its Hessian at `w` with `v`. Take `cg` for the way, with `len(w)` steps at most.
# Return the last `w`. (Where the gradient is 0, no `t` helps: halve 50 times at most.)


# %% id="lab12-newton" exercise="curvature.newton"
def newton(f, slope, product, w, steps):
    ### BEGIN SOLUTION
    for _ in range(steps):
        p = cg(lambda v: product(w, v), -slope(w), len(w))
        t = 1.0
        while f(w + t * p) >= f(w) and t > 1e-12:
            t = t / 2
        w = w + t * p
    return w
    ### END SOLUTION


# %% id="lab12-newton-check" check="curvature.newton"
check("curvature.newton", newton)

# %% [markdown] id="lab12-end-words" minutes=6
# ## The end: threes and eights, in six steps
#
# Products, conjugate gradients, Newton: all of it is what you wrote. We count gradients and
# products, since seconds depend on the machine.

# %% id="lab12-end"
count = {"gradients": 0, "products": 0}


def counted_gradient(w):
    count["gradients"] += 1
    return gradient(loss)(w)


def counted_product(w, v):
    count["products"] += 1
    return hvp(loss, w, v)


w = np.zeros(64)
for step in range(1, 7):
    w = newton(loss, counted_gradient, counted_product, w, 1)
    size = np.linalg.norm(gradient(loss)(w))
    print(f"step {step}: loss {loss(w):.6f}, length of the gradient {size:.0e}, so far {count}")

# %% [markdown] id="lab12-descent-words"
# A product walks there and back with a tangent beside each value: two to three times the work of a
# gradient. So that was as much as 370 gradients at most. And gradient descent, with the rate
# 1 / 2.96? How many of its steps until the gradient is shorter than 1e-6? Guess, then run.

# %% id="lab12-descent"
slow, gradients = np.zeros(64), 0
while np.linalg.norm(g := gradient(loss)(slow)) > 1e-6:
    slow, gradients = slow - g / curvatures[-1], gradients + 1
print(f"{gradients} gradients, and the loss is {loss(slow):.6f}")

# %% [markdown] id="lab12-unseen-words"
# Does it tell digits apart that it has never seen? And the package's elf, `elves.reverse.hvp`: does
# it find what you find?

# %% id="lab12-unseen"
import elves

images, truth = digits.held_out()
images, truth = images[np.isin(truth, (3, 8))], truth[np.isin(truth, (3, 8))]
print(f"{np.sum((images @ w > 0) == (truth == 8))} of {len(truth)} unseen digits are told right")
yours, elf = hvp(loss, w, X[0]), elves.reverse.hvp(loss, (w,), (X[0],))
print("your product and the elf's differ by less than 1e-12:", np.allclose(yours, elf, 0, 1e-12))

# %% [markdown] id="lab12-next"
# **What you have now** is Newton with conjugate gradients, as in `scipy.optimize`'s `Newton-CG`.
# On deep networks it needs more than the brake: Martens, "Deep learning via Hessian-free
# optimization" (2010), shows what. 12.2 is the idea of Pearlmutter, "Fast exact multiplication by
# the Hessian" (1994); 12.4 and 12.5 follow Nocedal and Wright, "Numerical Optimization" (2006),
# chapters 5 and 7.

# %% id="lab12-done"
progress()
