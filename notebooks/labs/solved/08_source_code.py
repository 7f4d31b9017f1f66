# %% [markdown] id="lab8-head"
# # Lab 8: source code
#
# **You will** write a program that reads a program and writes another one: its slopes. At the end
# it differentiates a square root that is found by a `while` loop, and trains a reader of
# handwritten digits.
#
# **You will learn** why the way back needs a stack, what `if` and `while` leave on it, and how
# Google Tangent did it.
#
# **You need** Python, f-strings above all, and lab 4's idea: an **adjoint** says how much the
# result changes per change of one value, and each value pays those that it was made of.
#
# About 60 minutes. Each exercise has a check below it; `hint("…")` helps in three steps.

# %% id="lab8-begin" tags=["setup"]
from elves.course import check, hint, lab, progress, quiz
from elves.course.rewriting import frame, indent, read

lab(8)

# %% id="lab8-map"
progress()

# %% [markdown] id="lab8-picture-words"
# ## One picture first
#
# On the left a function. On the right what the package's elf wrote when it had read it: plain
# Python again. Equal numbers belong together. In which order do they come on the right?

# %% id="lab8-picture"
from elves import show


def example(x, y):
    u = x * y
    v = u / y
    w = u * v
    return w


show.source(example, 3.0, 2.0, argnums=(0, 1))

# %% [markdown] id="lab8-read-words"
# To read text, Python has the module `ast`, which makes trees of it:

# %% id="lab8-tree"
import ast

print(ast.dump(ast.parse("w = u * v + 1.0").body[0]))

# %% [markdown] id="lab8-lines-words"
# `read` has walked through such trees for you. It gives the arguments of a function, its lines with
# **one operation** each, and the name of its result:

# %% id="lab8-read"
read(lambda x, y: x * y + 1.0)

# %% [markdown] id="lab8-back-words" minutes=8
# ## 8.1 Undo one line (easy)
#
# On the way back a line is undone: its result pays the names on its right. Let `c_bar` be the
# adjoint of `c`. For the text `"c = a * b"` these are two lines, `a_bar += c_bar * b` and
# `b_bar += c_bar * a`: the product's VJP, as text. Your function writes them; nobody runs them yet.
#
# `back(line)` gives a list of such lines. A line is like `c = a * b`, with one of `+ - * /`, or
# like `c = a` or `c = 2.5`. Numbers are paid nothing, nor are data such as `xs[1]`;
# `word.isidentifier()` is true for names alone. The slopes of `a / b` are `1 / b` by `a`, and
# `-a / b**2` by `b`.


# %% id="lab8-back" exercise="rewriting.back"
def back(line):
    ### BEGIN SOLUTION
    c, _, a, *more = line.split()
    g = f"{c}_bar"
    if not more:
        pays = [(a, g)]
    else:
        sign, b = more
        pays = {
            "+": [(a, g), (b, g)],
            "-": [(a, g), (b, f"-{g}")],
            "*": [(a, f"{g} * {b}"), (b, f"{g} * {a}")],
            "/": [(a, f"{g} / {b}"), (b, f"-{g} * {a} / ({b} * {b})")],
        }[sign]
    return [f"{name}_bar += {amount}" for name, amount in pays if name.isidentifier()]
    ### END SOLUTION


# %% id="lab8-back-check" check="rewriting.back"
check("rewriting.back", back)

# %% [markdown] id="lab8-gradient-words" minutes=7
# ## 8.2 A whole program (medium)
#
# A program, its **primal**, has an **adjoint** program, which computes all its slopes.
# `gradient(params, lines, out)` writes one. The arguments, whose names are in `params`, have their
# values already. When your lines have run, `x_bar` shall be the slope of `out` by the argument `x`,
# and so for each. For now no name gets a value twice.


# %% id="lab8-gradient" exercise="rewriting.gradient"
def gradient(params, lines, out):
    ### BEGIN SOLUTION
    names = [*params, *[line.split()[0] for line in lines]]
    found = [*lines, *[f"{name}_bar = 0.0" for name in names], f"{out}_bar = 1.0"]
    for line in reversed(lines):
        found += back(line)
    return found
    ### END SOLUTION


# %% id="lab8-gradient-check" check="rewriting.gradient"
check("rewriting.gradient", gradient)

# %% id="lab8-first"
print(*gradient(*read(example)), sep="\n")

# %% [markdown] id="lab8-overwritten-words"
# That was a program without `x = x * x`. Guess before you go on:

# %% id="lab8-overwritten"
quiz("rewriting.overwritten")

# %% [markdown] id="lab8-both-words" minutes=9
# ## 8.3 Overwritten (medium)
#
# From here on there is a list, `stack`. What is lost can be put on it, and taken from it on the way
# back, newest first.
#
# `both(line)` gives two lists of lines. The first one runs forward, in the place of the line. The
# second one undoes it: afterwards the name on the left has its old value again, and each `_bar` is
# the adjoint of what its name was *before* the line. Take care with `x = x * y`: there are two
# values of `x`, and one name `x_bar`.
#
# Each name has a value from the start, if only 0, and so each can be saved. Programs may have any
# names: `t_bar` is the adjoint of a program's `t`. For yourself take `t_bar_bar`: no program has a
# `t_bar`.


# %% id="lab8-both" exercise="rewriting.both"
def both(line):
    ### BEGIN SOLUTION
    name, right = line.split(" = ")
    forward = [f"stack.append({name})", line]
    undo = [f"{name} = stack.pop()", f"new_bar_bar = {name}_bar", f"{name}_bar = 0.0"]
    return forward, undo + back(f"new_bar = {right}")
    ### END SOLUTION


# %% id="lab8-both-check" check="rewriting.both"
check("rewriting.both", both)

# %% [markdown] id="lab8-way-words"
# Now `if`. Guess:

# %% id="lab8-way"
quiz("rewriting.way")

# %% [markdown] id="lab8-branch-words" minutes=8
# ## 8.4 Which way? (medium)
#
# `branch(test, yes, no)` gives two lists of lines again. `test` is a text such as `"x > y"`. `yes`
# and `no` are the two arms, and both ways of each are there: `yes[0]` runs it forward, `yes[1]`
# undoes it. `indent(lines)` puts lines into a block. An arm may use the stack, too.


# %% id="lab8-branch" exercise="rewriting.branch"
def branch(test, yes, no):
    ### BEGIN SOLUTION
    forward = [
        f"if {test}:",
        *indent([*yes[0], "stack.append(True)"]),
        "else:",
        *indent([*no[0], "stack.append(False)"]),
    ]
    undo = ["if stack.pop():", *indent(yes[1]), "else:", *indent(no[1])]
    return forward, undo
    ### END SOLUTION


# %% id="lab8-branch-check" check="rewriting.branch"
check("rewriting.branch", branch)

# %% [markdown] id="lab8-loop-words" minutes=8
# ## 8.5 How often? (hard)
#
# The same for `while`: `loop(test, body)`, where `body` is a pair, as `yes` was. Loops may stand in
# each other and beside each other. A program may have any names but `stack`, those that end in
# `_bar`, and those that begin with `_`.


# %% id="lab8-loop" exercise="rewriting.loop"
def loop(test, body):
    ### BEGIN SOLUTION
    turns = indent([*body[0], "stack.append(True)"])
    forward = ["stack.append(False)", f"while {test}:", *turns]
    return forward, ["while stack.pop():", *indent(body[1])]
    ### END SOLUTION


# %% id="lab8-loop-check" check="rewriting.loop"
check("rewriting.loop", loop)

# %% [markdown] id="lab8-transform-words" minutes=7
# ## 8.6 All together (medium)
#
# The steps of a program are texts, and tuples: `("if", test, steps, steps)`, where the last list is
# what stands in its `else`, and `("while", test, steps)`. `transform(steps)` gives both ways of all
# of them together, with your `both`, `branch` and `loop`.


# %% id="lab8-transform" exercise="rewriting.transform"
def transform(steps):
    ### BEGIN SOLUTION
    forward, undo = [], []
    for step in steps:
        if isinstance(step, str):
            pair = both(step)
        elif step[0] == "if":
            pair = branch(step[1], transform(step[2]), transform(step[3]))
        else:
            pair = loop(step[1], transform(step[2]))
        forward, undo = forward + pair[0], pair[1] + undo
    return forward, undo
    ### END SOLUTION


# %% id="lab8-transform-check" check="rewriting.transform"
check("rewriting.transform", transform)

# %% [markdown] id="lab8-end-words" minutes=6
# ## The end: a root, and its slope
#
# Newton's way to a square root: a guess `x`, and a better one between `x` and `a / x`, until
# `x * x` is close enough to `a`.


# %% id="lab8-root"
def root(a):
    x = 1.0
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


read(root)

# %% [markdown] id="lab8-frame-words"
# `frame` puts around your lines what they need: a `def`, the empty stack, the zeros and the 1. Read
# what your program wrote. Which line is undone where?


# %% id="lab8-rewrite"
def rewrite(f):
    program = read(f)
    return frame(program, *transform(program.steps))


print(rewrite(root))

# %% [markdown] id="lab8-run-words"
# Run it. Beside it what school says, `1 / (2 * sqrt(a))`, and the package's elf:

# %% id="lab8-run"
import math

from elves import source


def made(f):
    names = {}
    exec(rewrite(f), names)
    return names["slopes"]


for a in (0.5, 2.0, 9.0):
    found = made(root)(a), 1 / (2 * math.sqrt(a)), source.grad(root)(a)
    print(a, *(f"{slope:.8f}" for slope in found))

# %% [markdown] id="lab8-root-quiz-words"
# And at `a = 1`? Guess:

# %% id="lab8-root-quiz"
quiz("rewriting.root")

# %% id="lab8-one"
print(made(root)(1.0), source.grad(root)(1.0))

# %% [markdown] id="lab8-elf-words"
# The elf's text is shorter: it saves only what its way back reads. And where are its notes?

# %% id="lab8-elf"
print(source.show(root, 2.0))

# %% [markdown] id="lab8-tangent-words"
# (It needs none: on this stack there is one entry for each turn, and nothing else.)
#
# Google Tangent (2017) did as you do: save, restore, reset, and notes on the stack. Here are its
# templates for `while`, from its file `grads.py`, if it is installed; else the same from the
# package's page. Tangent counts the turns. The page is simpler than the elf above: it leaves a note
# for each. Which did you?

# %% id="lab8-tangent"
from elves.course.real import real_source

page = "elves/source/page.py:Program."
for tangents, own in [("while_", "forward_While"), ("dwhile_", "backward_For")]:
    where, text = real_source((f"tangent/grads.py:{tangents}", page + own))
    print(f"{where}\n{text}\n")

# %% [markdown] id="lab8-digits-words" minutes=5
# Last, real data: 40 handwritten zeros and ones, and two numbers of each, how dark the middle is
# and how dark the whole. A score above 0 means one. The loss counts only images that are read
# wrongly, or nearly so: that is the `if`. The `while` walks through the data.

# %% id="lab8-data"
from elves import digits


def two_numbers(images, labels):
    pairs = [(x, d) for x, d in zip(images, labels) if d < 2]
    middle = [float(4 * x[27:29].mean()) for x, _ in pairs]
    whole = [float(4 * x.mean()) for x, _ in pairs]
    return middle, whole, [2.0 * int(d) - 1.0 for _, d in pairs]


middle, whole, wanted = two_numbers(*digits.load())


# %% id="lab8-train"
def loss(u, v, w, middle, whole, wanted):
    total = 0.0
    k = 0
    while k < 40:
        score = u * middle[k] + v * whole[k] + w
        miss = 1.0 - wanted[k] * score
        if miss > 0.0:
            total = total + miss * miss
        k = k + 1
    return total / 40.0


slopes, weights = made(loss), [0.0, 0.0, 0.0]
for _ in range(100):
    found = slopes(*weights, middle, whole, wanted)
    weights = [w - 0.1 * g for w, g in zip(weights, found)]

u, v, w = weights
unseen = [*zip(*two_numbers(*digits.held_out()))]
right = sum((u * m + v * n + w > 0) == (d > 0) for m, n, d in unseen)
print(f"{right} of {len(unseen)} unseen digits read; weights", [round(x, 2) for x in weights])

# %% id="lab8-same"
import numpy as np

yours = slopes(*weights, middle, whole, wanted)[:3]
elf = source.grad(loss, (0, 1, 2))(*weights, middle, whole, wanted)
print("yours and the elf's slopes differ by less than 1e-12:", np.allclose(yours, elf, 0, 1e-12))

# %% [markdown] id="lab8-next"
# **What you have now** is a small Tangent: text in, text out. `read` knows no stack, so yours
# cannot read what it wrote itself. The elf can: `source.grad(source.grad(root))` is the second
# derivative.

# %% id="lab8-done"
progress()
