# %% [markdown] id="lab2-head"
# # Lab 2: symbols
#
# **You will** write a program that takes a formula and gives the formula of its derivative, makes
# it short, and runs it. At the end it differentiates a row of attention, the heart of a language
# model, which here tells handwritten zeros from ones.
#
# **You will learn** that a derivative is a few lines and a table, why formulas swell, and what
# takes the air out of them.
#
# **You need** Python functions that call themselves, and tuples. A **slope** says how much a result
# grows per step of an input; the few rules are told where you need them.
#
# About 55 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab2-begin" tags=["setup"]
import math
import operator

from elves.course import check, hint, lab, progress, quiz
from elves.course.symbols import written

OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "exp": math.exp,
    "log": math.log,
}
lab(2)

# %% id="lab2-map"
progress()

# %% [markdown] id="lab2-picture-words"
# ## One picture first
#
# A formula is a tree: an operation, and its parts before it. On the right the same formula where
# equal parts are one part. Both are built in this lab.

# %% id="lab2-picture"
import numpy as np

from elves import show

show.expression(lambda x: np.exp(x) * x + np.exp(x))

# %% [markdown] id="lab2-tuple-words"
# A formula is here a number, a name such as `"x"`, or a tuple: a sign, and one part or two.
# `written` shows it as people write it.

# %% id="lab2-tuple"
formula = ("+", ("*", ("exp", "x"), "x"), ("exp", "x"))
written(formula)

# %% [markdown] id="lab2-evaluate-words" minutes=6
# ## 2.1 What is it worth? (easy)
#
# `evaluate(formula, values)`: the number that a formula stands for. `values` is a dict such as
# `{"x": 2.0}`; the functions for the signs are in `OPERATIONS` above.


# %% id="lab2-evaluate" exercise="symbols.evaluate"
def evaluate(formula, values):
    ### BEGIN SOLUTION
    if isinstance(formula, str):
        return values[formula]
    if not isinstance(formula, tuple):
        return formula
    sign, *parts = formula
    return OPERATIONS[sign](*[evaluate(part, values) for part in parts])
    ### END SOLUTION


# %% id="lab2-evaluate-check" check="symbols.evaluate"
check("symbols.evaluate", evaluate)

# %% [markdown] id="lab2-product-words"
# Guess before you go on:

# %% id="lab2-product"
quiz("symbols.product")

# %% [markdown] id="lab2-slope-words" minutes=8
# ## 2.2 Sums and products (medium)
#
# `slope(formula, x)` gives the formula of the slope by the name `x`. For now there are only `+` and
# `*`. A sum grows by what its parts grow; a product is the rectangle of the quiz. Other names stay
# where they are. Do not tidy up: `1 * 0` is fine.


# %% id="lab2-slope" exercise="symbols.slope"
def slope(formula, x):
    ### BEGIN SOLUTION
    if not isinstance(formula, tuple):
        return 1 if formula == x else 0
    sign, u, v = formula
    du, dv = slope(u, x), slope(v, x)
    if sign == "+":
        return ("+", du, dv)
    return ("+", ("*", du, v), ("*", u, dv))
    ### END SOLUTION


# %% id="lab2-slope-check" check="symbols.slope"
check("symbols.slope", slope)

# %% [markdown] id="lab2-table-words" minutes=7
# ## 2.3 A table (medium)
#
# With six signs, or sixty, one `if` for each gets long. Put into a table what is special about
# each: from its parts, the slopes *by each part*, as formulas. `u * v` grows by `v` per step of
# `u`, and by `u` per step of `v`: that is the entry `(v, u)`. Write the other four.
#
# To remember: `1 / v` has the slope `-1 / v**2`, `exp` is its own slope, `log(u)` has `1 / u`.
# There is no power here, and no sign for "minus u".


# %% id="lab2-table" exercise="symbols.table"
def of_minus(u, v):
    ### BEGIN SOLUTION
    return (1, -1)
    ### END SOLUTION


def of_over(u, v):
    ### BEGIN SOLUTION
    return (("/", 1, v), ("-", 0, ("/", u, ("*", v, v))))
    ### END SOLUTION


def of_exp(u):
    ### BEGIN SOLUTION
    return (("exp", u),)
    ### END SOLUTION


def of_log(u):
    ### BEGIN SOLUTION
    return (("/", 1, u),)
    ### END SOLUTION


slopes = {
    "+": lambda u, v: (1, 1),
    "*": lambda u, v: (v, u),
    "-": of_minus,
    "/": of_over,
    "exp": of_exp,
    "log": of_log,
}

# %% id="lab2-table-check" check="symbols.table"
check("symbols.table", slopes)

# %% [markdown] id="lab2-derivative-words" minutes=8
# ## 2.4 All of them (medium)
#
# `derivative(formula, x)` for all six signs, without an `if` for any: ask your table. In
# `exp(2 * x)` it says how fast `exp` grows per step of its part. But the part grows by 2 per step
# of `x`.


# %% id="lab2-derivative" exercise="symbols.derivative"
def derivative(formula, x):
    ### BEGIN SOLUTION
    if not isinstance(formula, tuple):
        return 1 if formula == x else 0
    sign, *parts = formula
    total = 0
    for outer, part in zip(slopes[sign](*parts), parts):
        total = ("+", total, ("*", outer, derivative(part, x)))
    return total
    ### END SOLUTION


# %% id="lab2-derivative-check" check="symbols.derivative"
check("symbols.derivative", derivative)

# %% id="lab2-raw"
print(written(derivative(formula, "x")))

# %% [markdown] id="lab2-simplify-words" minutes=9
# ## 2.5 Make it short (hard)
#
# Most of that is nothing. `simplify(formula)` gives a formula of the same value, with these rules
# wherever they apply, also where one rule makes room for another:
#
# - an operation of numbers alone becomes a number;
# - `u + 0`, `0 + u`, `u - 0`, `u * 1`, `1 * u` and `u / 1` become `u`;
# - `u * 0`, `0 * u` and `0 / u` become 0.


# %% id="lab2-simplify" exercise="symbols.simplify"
def simplify(formula):
    ### BEGIN SOLUTION
    if not isinstance(formula, tuple):
        return formula
    sign, *parts = formula
    parts = [simplify(part) for part in parts]
    if not any(isinstance(part, (str, tuple)) for part in parts):
        return evaluate((sign, *parts), {})
    if sign in ("+", "-") and parts[1] == 0:
        return parts[0]
    if sign == "+" and parts[0] == 0:
        return parts[1]
    if (sign == "*" and 0 in parts) or (sign == "/" and parts[0] == 0):
        return 0
    if sign in ("*", "/") and parts[1] == 1:
        return parts[0]
    if sign == "*" and parts[0] == 1:
        return parts[1]
    return (sign, *parts)
    ### END SOLUTION


# %% id="lab2-simplify-check" check="symbols.simplify"
check("symbols.simplify", simplify)

# %% id="lab2-short"
print(written(simplify(derivative(formula, "x"))))

# %% [markdown] id="lab2-swell-words"
# Guess how long a formula can get:

# %% id="lab2-swell"
quiz("symbols.swell")

# %% [markdown] id="lab2-operations-words" minutes=6
# ## 2.6 How large is it? (easy)
#
# `operations(formula, shared)` counts the operations. With `shared=False` as the formula is
# written; with `shared=True` equal parts count once.


# %% id="lab2-operations" exercise="symbols.operations"
def operations(formula, shared=False):
    ### BEGIN SOLUTION
    found = []

    def collect(part):
        if isinstance(part, tuple):
            found.append(part)
            for inner in part[1:]:
                collect(inner)

    collect(formula)
    return len(set(found)) if shared else len(found)
    ### END SOLUTION


# %% id="lab2-operations-check" check="symbols.operations"
check("symbols.operations", operations)

# %% id="lab2-ten"
y = "x"
for _ in range(10):
    y = ("*", y, y)
print(operations(y), "operations written out,", operations(y, shared=True), "shared")

# %% [markdown] id="lab2-lines-words" minutes=8
# ## 2.7 Line by line (hard)
#
# Share for real: `lines(formula)` gives a list of pairs, a new name and **one operation**, whose
# parts are numbers or names. Each different operation has one line, after the lines that it needs;
# the last line is the result. Names such as `t0`, `t1` … are yours to choose.


# %% id="lab2-lines" exercise="symbols.lines"
def lines(formula):
    ### BEGIN SOLUTION
    found, names = [], {}

    def name_of(part):
        if not isinstance(part, tuple):
            return part
        if part not in names:
            sign, *inner = part
            line = (sign, *map(name_of, inner))
            names[part] = f"t{len(found)}"
            found.append((names[part], line))
        return names[part]

    name_of(formula)
    return found
    ### END SOLUTION


# %% id="lab2-lines-check" check="symbols.lines"
check("symbols.lines", lines)

# %% id="lab2-program"
for name, operation in lines(simplify(derivative(formula, "x"))):
    print(name, "=", written(operation))

# %% [markdown] id="lab2-end-words" minutes=4
# ## The end: a row of attention
#
# In a language model, one word looks at `n` others. Its query `q` meets each key `k`; `exp` makes
# the scores positive, and divided by their sum they are weights. The result is the weighted mean of
# the values `v`. Here is the whole of it as one formula:


# %% id="lab2-attention"
def total(terms):
    first, *rest = terms
    for term in rest:
        first = ("+", first, term)
    return first


def attention(n):
    scores = [total([("*", f"q{j}", f"k{i}{j}") for j in range(2)]) for i in range(n)]
    weights = [("exp", score) for score in scores]
    return ("/", total([("*", w, f"v{i}") for i, w in enumerate(weights)]), total(weights))


print(written(attention(2)))

# %% [markdown] id="lab2-elf-words"
# Let it look at handwritten zeros and ones. Query and keys say how dark an image is in its middle,
# and beside it; the value of a one is 1. So the result says how much the new image looks like a
# one, and its slope by `q0` how much more it does with more ink in the middle. Yours, and that of
# the package's symbolic elf:

# %% id="lab2-elf"
from elves import digits, symbolic


def ink(images):
    rows = images.reshape(-1, 8, 8)[:, 2:6]
    dark = [np.mean(rows[:, :, columns], (1, 2)) for columns in ([3, 4], [1, 2, 5, 6])]
    return 4 * (np.stack(dark, 1) - [0.5, 0.4])


def known(n):
    X, labels = digits.load()
    return ink(X[labels < 2][1 : n + 1]), labels[labels < 2][1 : n + 1] * 1.0


def named(q, k, v):
    names = {"q0": q[0], "q1": q[1]} | {f"v{i}": one for i, one in enumerate(v)}
    return names | {f"k{i}{j}": key[j] for i, key in enumerate(k) for j in range(2)}


def same_row(q, k, v):
    weights = np.exp(k @ q)
    return weights @ v / np.sum(weights)


images, truth = digits.held_out()
new, is_one = ink(images[truth < 2]), truth[truth < 2]

for n in (2, 4, 8):
    q, k, v = new[0], *known(n)
    yours = simplify(derivative(attention(n), "q0"))
    names, row = symbolic.trace(same_row, (q, k, v))
    elf = symbolic.derivative(row, names[0])
    numbers = dict(zip(names, [*q, *k.ravel(), *v]))
    same = math.isclose(evaluate(yours, named(q, k, v)), symbolic.evaluate([elf], numbers)[0])
    print(f"{n} images: the same slope: {same}; operations")
    print(f"  yours   {operations(yours)} written out, {operations(yours, True)} shared")
    print(f"  the elf {symbolic.size(elf)} written out, {len(symbolic.cse([elf], 0)[0])} shared")

# %% id="lab2-read"
formula, (k, v) = attention(8), known(8)
looks = [evaluate(formula, named(q, k, v)) for q in new]
right = sum((look > 0.5) == one for look, one in zip(looks, is_one))
print(f"{right} of {len(new)} unseen zeros and ones are read, from 8 known ones")

# %% [markdown] id="lab2-loop-words"
# A last guess:

# %% id="lab2-loop"
quiz("symbols.loop")

# %% [markdown] id="lab2-next"
# **What you have now** is a small computer algebra system, exact to the last digit. **Next**, lab
# 3: numbers that carry their slope along, so that loops and branches may stay.

# %% id="lab2-done"
progress()
