# %% [markdown] id="lab11-head"
# # Lab 11: a tiny compiler
#
# **You will** write down what a function calls, make that program smaller, and write it out as
# Python again. At the end it compiles a training step: the loss of a network, its gradients, and
# the new weights.
#
# **You will learn** what a trace is, and what `jit` does with it: dead code, common
# subexpressions, constants, fusion.
#
# **You need** NumPy's functions, and from lab 6 the idea that NumPy hands its calls over.
#
# About 60 minutes without 11.5, which is hard and may be left out: the end works without it. (Who
# tried all six first took 95.) Each exercise has a check below it; `hint("…")` helps in three
# steps. Each stands alone; the end runs all of them.

# %% id="lab11-begin" tags=["setup"]
import timeit

import numpy as np

from elves.course import Handover, check, hint, lab, progress, quiz
from elves.course.compiler import ELEMENTWISE, Equation, Program, together

lab(11)


def seconds(run):
    return min(timeit.repeat(run, number=1, repeat=20))


# %% id="lab11-map"
progress()

# %% [markdown] id="lab11-picture-words"
# ## One picture first
#
# A function, as the elf of tracing writes it down, and what is left of it. What is red is gone:
# it was computed twice, or for nobody. You build both sides.

# %% id="lab11-picture"
from elves import show


def wasteful(x):
    np.exp(x)  # and nobody asks for it
    return np.tanh(x * x) + np.tanh(x * x) * 3.0


show.ir(wasteful, np.ones(3))

# %% [markdown] id="lab11-data-words"
# ## A program is data
#
# An `Equation` has a `name`, a `function`, its `args` and its `options`. A text among the arguments
# is the name of a value; all else there is a constant. A `Program` has `inputs`, which are names,
# then its `equations`, and `outputs`, which are names or constants. It can be printed, and called.

# %% id="lab11-data"
square = Equation("a", np.multiply, ("x", "x"), {})
total = Equation("b", np.sum, ("a",), {"axis": 0})
program = Program(["x"], [square, total], ["b"])
print(program)

# %% id="lab11-data-call"
program(np.array([[1.0, 2.0], [3.0, 4.0]]))

# %% [markdown] id="lab11-data-more"
# Both are named tuples: `total._replace(args=("x",))` is a changed copy, and `total` stays.

# %% [markdown] id="lab11-trace-words" minutes=16
# ## 11.1 Trace (medium)
#
# `Handover` passes each call of NumPy that meets one of your nodes to `record`, as in lab 6. A
# `Traced` node has a `value`, so that shapes are known, and a `name`. Its `equations` are a list
# that all nodes of one trace share. Write `record`: compute, write the equation down, return the
# new node. Then `trace(f, *examples)`: call `f` with a node for each example, and return the
# `Program`. `f` gives a list of results. (As in lab 6, `record` has no `self`: any argument may be
# the node.)


# %% id="lab11-trace" exercise="compiler.trace"
class Traced(Handover):
    def __init__(self, value, name, equations):
        self.value, self.name, self.equations = value, name, equations

    def record(function, args, options):
        ### BEGIN SOLUTION
        equations = next(a for a in args if isinstance(a, Traced)).equations
        plain = [a.value if isinstance(a, Traced) else a for a in args]
        names = tuple(a.name if isinstance(a, Traced) else a for a in args)
        name = f"v{len(equations)}"
        equations.append(Equation(name, function, names, options))
        return Traced(function(*plain, **options), name, equations)
        ### END SOLUTION


def trace(f, *examples):
    ### BEGIN SOLUTION
    equations = []
    nodes = [Traced(x, f"x{k}", equations) for k, x in enumerate(examples)]
    results = f(*nodes)
    outputs = [y.name if isinstance(y, Traced) else y for y in results]
    return Program([node.name for node in nodes], equations, outputs)
    ### END SOLUTION


# %% id="lab11-trace-check" check="compiler.trace"
check("compiler.trace", trace)

# %% [markdown] id="lab11-once-words"
# What can a trace not see? Guess twice; the cell after the two quizzes shows it:

# %% id="lab11-loop"
quiz("compiler.loop")

# %% id="lab11-once"
quiz("compiler.once")


# %% id="lab11-once-run"
def noisy(x):
    for _ in range(3):
        x = np.sin(x)
    return [x + np.random.default_rng(0).normal()]


trace(noisy, 1.0)

# %% [markdown] id="lab11-needed-words" minutes=6
# ## 11.2 Who needs it? (easy)
#
# `needed(program)` leaves out each equation that no result needs. What stays keeps its order, and
# the inputs stay too. Give a `Program` back: `program._replace(equations=…)`.


# %% id="lab11-needed" exercise="compiler.needed"
def needed(program):
    ### BEGIN SOLUTION
    wanted, kept = {a for a in program.outputs if isinstance(a, str)}, []
    for e in reversed(program.equations):
        if e.name in wanted:
            kept.append(e)
            wanted |= {a for a in e.args if isinstance(a, str)}
    return Program(program.inputs, kept[::-1], program.outputs)
    ### END SOLUTION


# %% id="lab11-needed-check" check="compiler.needed"
check("compiler.needed", needed)

# %% [markdown] id="lab11-shared-words" minutes=13
# ## 11.3 Once is enough (medium)
#
# The same function of the same arguments with the same options: the second equation is a twin of
# the first, and can go. `shared(program)` computes everything once. Mind that lines become twins
# when their arguments turn out to be twins, and that constants may be arrays. All that merely
# looks alike has to stay.


# %% id="lab11-shared" exercise="compiler.shared"
def shared(program):
    ### BEGIN SOLUTION
    seen, instead, kept = {}, {}, []

    def renamed(a):
        return instead[a] if isinstance(a, str) and a in instead else a

    def identity(a):
        return id(a) if isinstance(a, np.ndarray) else repr(a)

    for e in program.equations:
        args = tuple(renamed(a) for a in e.args)
        options = [(k, identity(v)) for k, v in e.options.items()]
        key = e.function, *map(identity, args), *options
        if key in seen:
            instead[e.name] = seen[key]
        else:
            seen[key] = e.name
            kept.append(e._replace(args=args))
    return Program(program.inputs, kept, [renamed(a) for a in program.outputs])
    ### END SOLUTION


# %% id="lab11-shared-check" check="compiler.shared"
check("compiler.shared", shared)

# %% [markdown] id="lab11-fold-words" minutes=9
# ## 11.4 What is known already (medium)
#
# In training, the images are the same in every step. `known` is a dict: names of inputs, and their
# values. `fold(program, known)` puts these values in, and computes **now** what depends on nothing
# else. It returns a program of the other inputs.


# %% id="lab11-fold" exercise="compiler.fold"
def fold(program, known):
    ### BEGIN SOLUTION
    now, kept = dict(known), []

    def value(a):
        return now[a] if isinstance(a, str) and a in now else a

    for e in program.equations:
        args = tuple(value(a) for a in e.args)
        if any(isinstance(a, str) for a in args):
            kept.append(e._replace(args=args))
        else:
            now[e.name] = e.function(*args, **e.options)
    inputs = [name for name in program.inputs if name not in known]
    return Program(inputs, kept, [value(a) for a in program.outputs])
    ### END SOLUTION


# %% id="lab11-fold-check" check="compiler.fold"
check("compiler.fold", fold)

# %% [markdown] id="lab11-memory-words"
# Guess before you go on:

# %% id="lab11-memory"
quiz("compiler.memory")

# %% [markdown] id="lab11-fuse-words"
# ## 11.5 One loop in the place of many (hard, may be left out)
#
# An elementwise function (they are in `ELEMENTWISE`) needs of each argument one entry at a time.
# So several such lines can be one loop, and the values between them need no array.
# `together([…])` makes one `Equation` of some, named after the last of them:

# %% id="lab11-together"
double = Equation("a", np.multiply, ("x", 2.0), {})
more = Equation("b", np.add, ("a", "y"), {})
both = together([double, more])
print(both, "  gives", both.function(3.0, 1.0))

# %% [markdown] id="lab11-fuse-task"
# `fuse(program)` finds the groups. An elementwise line belongs into a group if **all** lines that
# use its value are in that one group. A value that is a result, or that a sum or two groups use,
# must be written: it ends a group. Earlier lines may be in that group, later ones not. Nothing may
# be computed twice, and there are no dead lines.


# %% id="lab11-fuse" exercise="compiler.fuse"
def fuse(program):
    ### BEGIN SOLUTION
    users, groups = {}, {}  # which groups use a name, None if it is needed outside of all
    for a in program.outputs:
        if isinstance(a, str):
            users[a] = {None}
    for e in reversed(program.equations):
        home = None
        if e.function in ELEMENTWISE:
            of = users.get(e.name, {None})
            home = e.name if len(of) > 1 or None in of else of.pop()
            groups.setdefault(home, []).insert(0, e)
        for a in e.args:
            if isinstance(a, str):
                users.setdefault(a, set()).add(home)
    lines = []
    for e in program.equations:
        if e.name in groups:
            lines.append(together(groups[e.name]))
        elif e.function not in ELEMENTWISE:
            lines.append(e)
    return Program(program.inputs, lines, program.outputs)
    ### END SOLUTION


# %% id="lab11-fuse-check" check="compiler.fuse"
check("compiler.fuse", fuse)

# %% [markdown] id="lab11-fuse-time"
# Does it pay? `together` walks through large arrays in blocks that fit into the cache. With two
# million entries:

# %% id="lab11-fuse-run"
x = np.linspace(0.0, 1.0, 2_000_000)
before = trace(lambda x: [(x * 2.0 + 1.0) * x - 0.5 * x * x + 3.0], x)
after = fuse(before)
print(after)
ratio = seconds(lambda: before(x)) / seconds(lambda: after(x))
print(f"{len(before.equations)} arrays are written, then {len(after.equations)}")
print(f"{ratio:.1f} times as fast")

# %% [markdown] id="lab11-write-words" minutes=11
# ## 11.6 Write it out (medium)
#
# Up to now, calling a program means walking through a list. Write its text: `write(program)`
# returns a pair. First the text of a function `compiled`, with the program's inputs, a line for
# each equation, and a list of the results. Then a dict of all that names in the text stand for:
# functions, arrays, what you like. `exec` makes a function of both. Your names must not be those of
# `trace`, such as v0 and x0.


# %% id="lab11-write" exercise="compiler.write"
def write(program):
    ### BEGIN SOLUTION
    names, lines = {}, [f"def compiled({', '.join(program.inputs)}):"]

    def kept(value, word=""):
        name = f"{word}_{len(names)}"
        names[name] = value
        return name

    def text_of(a):
        return a if isinstance(a, str) else kept(a)

    for e in program.equations:
        inside = [text_of(a) for a in e.args] + [f"{k}={kept(v)}" for k, v in e.options.items()]
        function = kept(e.function, e.function.__name__)
        lines.append(f"    {e.name} = {function}({', '.join(inside)})")
    outputs = ", ".join(text_of(a) for a in program.outputs)
    return "\n".join([*lines, f"    return [{outputs}]"]), names
    ### END SOLUTION


def compiled(program):
    text, names = write(program)
    names = {"np": np, **names}
    exec(text, names)
    return names["compiled"]


# %% id="lab11-write-check" check="compiler.write"
check("compiler.write", write)

# %% [markdown] id="lab11-end-words" minutes=5
# ## The end: your compiler trains
#
# First an engine, as in lab 6. Its rules are as simple as they come: that of `tanh` computes
# `tanh` again, and each product pays both sides, wanted or not. The compiler will see to that.

# %% id="lab11-engine"
from elves import digits


class Node(Handover):
    def __init__(self, value, recipe=None):
        self.value, self.recipe, self.grad = value, recipe, None

    def record(function, args, options):
        return Node(function(*map(plain, args), **options), (function, args, options))


def plain(a):
    return a.value if isinstance(a, Node) else a


def undo(g, x):
    while np.ndim(g) > np.ndim(x):
        g = np.sum(g, axis=0)
    for axis, n in enumerate(np.shape(x)):
        if n == 1 and np.shape(g)[axis] != 1:
            g = np.sum(g, axis=axis, keepdims=True)
    return g


def spread(g, x, axis=None, keepdims=False):
    g = g if axis is None or keepdims else np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(x))


RULES = {
    np.add: lambda g, a, b: [undo(g, a), undo(g, b)],
    np.subtract: lambda g, a, b: [undo(g, a), undo(-g, b)],
    np.multiply: lambda g, a, b: [undo(g * b, a), undo(g * a, b)],
    np.negative: lambda g, x: [-g],
    np.tanh: lambda g, x: [g * (1.0 - np.tanh(x) * np.tanh(x))],
    np.exp: lambda g, x: [g * np.exp(x)],
    np.log: lambda g, x: [g / x],
    np.matmul: lambda g, a, b: [g @ np.transpose(b), np.transpose(a) @ g],
    np.sum: lambda g, x, **options: [spread(g, x, **options)],
}


def value_and_grad(f):
    def of(params, *data):
        inputs = [Node(a) for a in (*params, *data)]
        out = f(inputs[: len(params)], *inputs[len(params) :])
        order = {}  # as a set that keeps its order

        def visit(node):
            if isinstance(node, Node) and node not in order:
                for a in node.recipe[1] if node.recipe else ():
                    visit(a)
                order[node] = True

        visit(out)
        out.grad = 1.0
        for node in reversed(order):
            if node.recipe:
                function, args, options = node.recipe
                paid = RULES[function](node.grad, *map(plain, args), **options)
                for a, g in zip(args, paid):
                    if isinstance(a, Node):
                        a.grad = g if a.grad is None else a.grad + g
        return out.value, [node.grad for node in inputs[: len(params)]]

    return of


# %% [markdown] id="lab11-step-words"
# A whole training step: the loss, its slopes, and the new weights. `targets` has a 1 in each row,
# at the label. One trace runs through the network and through the walk back:


# %% id="lab11-step"
def loss(params, X, targets):
    W1, b1, W2, b2 = params
    z = np.tanh(X @ W1 + b1) @ W2 + b2
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.sum(log_p * targets) * (1.0 / X.shape[0])


def step(W1, b1, W2, b2, X, targets):
    params = [W1, b1, W2, b2]
    value, slopes = value_and_grad(loss)(params, X, targets)
    return [value, *[p - digits.RATE * g for p, g in zip(params, slopes)]]


X, labels = digits.load()
targets = np.eye(10)[labels]
start = digits.start()
whole = trace(step, *start, X, targets)
print(whole)

# %% [markdown] id="lab11-compile-words"
# Find the six products of matrices, and four lines that nobody needs. How many of the 46 lines will
# be left? Guess, then let your passes run:

# %% id="lab11-compile"
data = dict(zip(whole.inputs[4:], (X, targets)))
folded = fold(whole, data)
once = shared(folded)
alive = needed(once)
try:
    small = fuse(alive)
except NotImplementedError:  # 11.5 is left out: the lines stay as they are
    small = alive
passes = {"traced": whole, "fold": folded, "shared": once, "needed": alive, "fuse": small}
for words, each in passes.items():
    print(f"{words:7} {len(each.equations):3} lines")

# %% id="lab11-text"
fast = compiled(small)
print(write(small)[0])

# %% [markdown] id="lab11-same-words"
# The same numbers, in less time? How much less depends on your computer. Below 1? Run it again.

# %% id="lab11-same"
slow_results, fast_results = step(*start, X, targets), fast(*start)
apart = max(np.max(np.abs(a - b)) for a, b in zip(slow_results, fast_results))
print("the results differ by less than 1e-12:", bool(apart < 1e-12))
ratio = seconds(lambda: step(*start, X, targets)) / seconds(lambda: fast(*start))
print(f"a step of the tape takes {ratio:.1f} times as long as one of yours")

# %% id="lab11-train"
params = start
for _ in range(digits.STEPS):
    value, *params = fast(*params)
print(f"after {digits.STEPS} steps: loss {digits.loss(params, X, labels):.8f}")
print(f"the package's elf:  loss {digits.elf_loss():.8f}")

# %% [markdown] id="lab11-real-words"
# **What real systems add.** The package's `jit` has the same passes, and lets a line write into an
# array that nobody needs any more. Its text for the function of the first picture:

# %% id="lab11-real"
import elves

jitted = elves.jit(wasteful)
jitted(np.ones(3))
print(jitted.source)

# %% [markdown] id="lab11-next"
# JAX's jaxpr is such a list of equations, made by such a trace; XLA makes it smaller and fuses it
# (Frostig, Johnson & Leary 2018). `torch.compile` finds the calls in the bytecode of your function,
# and writes C++ or Triton (Ansel et al., "PyTorch 2", 2024). In both, your passes have the names
# that the checks told you.

# %% id="lab11-done"
progress()
