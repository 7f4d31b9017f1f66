"""Who takes part: each makes of a workload what the clock shall run, a function without arguments.

A new engine in `elves.ENGINES` takes part by itself; for another system, write one more line in
`contestants`.
"""

import dataclasses
import functools
import importlib
from types import SimpleNamespace

import numpy as np

import elves
from elves import trees
from elves.errors import InputError
from elves.frameworks import load, rebind


def ready(work, names, numpy=None, tensor=lambda a: a, wrap=lambda derivative: derivative):
    """The derivative that `names` give, on arguments in a system's own type.

    `numpy` is the system's own namespace, `wrap` compiles, or waits for the result.
    """
    f, n = work.with_grad(names.grad) if work.with_grad else work.f, len(work.args)
    f = rebind(f, numpy) if numpy else f
    transform = getattr(names, work.task, None)
    if transform is None:
        raise InputError(f"It has no {work.task}.")
    if work.task == "hvp":
        derivative = wrap(lambda *a: transform(f, a[:n], a[n:]))
    else:
        derivative = wrap(transform(f, work.argnums))
    args = work.args + work.vectors
    own = [tensor(a) if trees.kind(a) == "f" else a for a in trees.leaves(args)]  # no indices
    return functools.partial(derivative, *trees.rebuild(args, own))


def elf(name, jit=False, **options):
    engine = importlib.import_module(f"elves.{name}")

    def wrap(derivative):
        return engine.jit(derivative, **options) if jit else derivative

    return lambda work: ready(work, engine, wrap=wrap)


def autograd(work):
    ag = load("autograd")
    hvp = SimpleNamespace(hvp=lambda f, x, v: ag.autograd.hessian_vector_product(f)(*x, *v))
    return ready(work, hvp if work.task == "hvp" else ag.autograd, ag.numpy)


def jax(work, jit=False):
    system = load("jax")
    jax = system.jax
    if jit and work.in_jax:
        work = dataclasses.replace(work, f=work.in_jax(jax.lax, system.numpy))

    def hvp(f, x, v):
        return jax.jvp(jax.grad(f), x, v)[1]

    def wrap(derivative):
        derivative = jax.jit(derivative) if jit else derivative
        return lambda *args: jax.block_until_ready(derivative(*args))

    names = SimpleNamespace(
        value_and_grad=jax.value_and_grad, hessian=jax.hessian, jacobian=jax.jacrev, hvp=hvp,
        grad=jax.grad,
    )  # fmt: skip
    return ready(work, names, system.numpy, system.numpy.asarray, wrap)


def pytorch(work):
    torch = load("pytorch").torch
    torch.set_num_threads(1)

    def value_and_grad(f, argnums, **more):
        def run(*args):
            leaves = [x.requires_grad_() for x in trees.leaves(pick(args, argnums))]
            y = f(*args)
            return y, torch.autograd.grad(y, leaves, **more)

        return run

    def hessian(f, argnums):
        return lambda x: torch.autograd.functional.hessian(f, x, vectorize=True)

    def hvp(f, primals, vectors):
        _, gradient = value_and_grad(f, 0, create_graph=True)(*primals)
        return torch.autograd.grad(gradient, primals, vectors)

    def grad(f):  # inside of a function that is differentiated itself
        return lambda x: value_and_grad(f, 0, create_graph=True)(x)[1][0]

    names = SimpleNamespace(
        value_and_grad=value_and_grad, hessian=hessian, jacobian=torch.func.jacrev, hvp=hvp,
        grad=grad,
    )  # fmt: skip
    makers = "zeros", "ones", "eye"
    double = {k: functools.partial(getattr(torch, k), dtype=torch.double) for k in makers}
    words = double | {
        "dot": torch.matmul, "max": torch.amax, "min": torch.amin, "newaxis": None,
        "var": functools.partial(torch.var, correction=0),
        "sort": lambda x: torch.sort(x).values,
        "median": lambda x, axis: torch.median(x, axis).values,
        "cumsum": lambda x, axis=0: torch.cumsum(x, axis),
        "cumprod": lambda x, axis=0: torch.cumprod(x, axis),
        "maximum": lambda x, low: torch.clamp(x, min=low),
    }  # fmt: skip
    own = SimpleNamespace(**vars(torch) | words)
    return ready(work, names, own, functools.partial(torch.tensor, dtype=torch.double))


def tensorflow(work, wrap=lambda tf, derivative: derivative):
    tf = load("tensorflow").tf

    def differentiate(f, argnums, how="gradient"):
        def run(*args):
            with tf.GradientTape() as tape:
                xs = pick(args, argnums)
                tape.watch(xs)
                y = f(*args)
            return y, getattr(tape, how)(y, xs)

        return run

    def jacobian(f, argnums):
        return lambda *args: differentiate(f, argnums, "jacobian")(*args)[1]

    def hessian(f, argnums):
        return jacobian(lambda *args: differentiate(f, argnums)(*args)[1], argnums)

    def hvp(f, primals, vectors):
        with tf.autodiff.ForwardAccumulator(primals, vectors) as forward:
            _, gradient = differentiate(f, 0)(*primals)
        return forward.jvp(gradient)

    names = SimpleNamespace(
        value_and_grad=differentiate, jacobian=jacobian, hessian=hessian, hvp=hvp
    )
    own = SimpleNamespace(
        sin=tf.sin, tanh=tf.tanh, exp=tf.exp, log=tf.math.log, sum=tf.reduce_sum,
        mean=tf.reduce_mean,
        dot=lambda a, b: tf.linalg.matvec(a, b) if b.shape.rank == 1 else tf.matmul(a, b),
    )  # fmt: skip
    tensor = functools.partial(tf.constant, dtype=tf.float64)
    return ready(work, names, own, tensor, functools.partial(wrap, tf))


def chainer(work):
    chainer = load("chainer").chainer

    def value_and_grad(f, argnums, **more):
        def run(*args):
            y = f(*args)
            return y, chainer.grad([y], trees.leaves(pick(args, argnums)), **more)

        return run

    def hvp(f, primals, vectors):
        _, gradient = value_and_grad(f, 0, enable_double_backprop=True)(*primals)
        return chainer.grad(gradient, primals, vectors)

    own = SimpleNamespace(**vars(chainer.functions) | {"dot": chainer.functions.matmul})
    names = SimpleNamespace(value_and_grad=value_and_grad, hvp=hvp)
    return ready(work, names, own, lambda a: chainer.Variable(np.asarray(a)))


def tangent(work):
    system = load("tangent")

    def value_and_grad(f, argnums):
        wrt = (argnums,) if isinstance(argnums, int) else argnums
        written = system.derive(system.tangent.grad, f, wrt, preserve_result=True)

        def run(*args):
            *gradient, y = written(*args)
            return y, gradient

        return run

    return ready(work, SimpleNamespace(value_and_grad=value_and_grad, hvp=system.hvp))


def sympy(work):
    """The formulas are derived and turned into NumPy once; the clock runs what comes out."""
    system = load("sympy")
    if work.task == "hvp" or work.argnums != 0:
        raise InputError("It takes part with formulas of one argument.")
    x, *rest = work.args
    symbols = np.array(system.sympy.symbols(f"x:{np.size(x)}", real=True)).reshape(np.shape(x))

    def by_x(y):
        slopes = [system.sympy.diff(a, b) for a in np.ravel(y) for b in np.ravel(symbols)]
        return np.array(slopes, object).reshape(np.shape(y) + np.shape(x))

    y = rebind(work.f, system.numpy)(symbols[()], *rest)
    slopes, value = by_x(by_x(y) if work.task == "hessian" else y), work.task == "value_and_grad"
    formulas = [*([y] if value else []), *np.ravel(slopes)]
    numbers = system.sympy.lambdify(list(np.ravel(symbols)), formulas, "numpy", cse=True)

    def run():
        *y, entries = np.split(numbers(*np.ravel(x)), [1] if value else [])
        return *(each[0] for each in y), entries.reshape(slopes.shape)

    return run


def pick(args, argnums):
    return args[argnums] if isinstance(argnums, int) else [args[n] for n in argnums]


def contestants():
    """All of them by name; a new elf in `elves.ENGINES` is one, and its `jit` another."""
    found = {name: elf(name) for name in elves.ENGINES}
    for name in elves.ENGINES:
        if hasattr(importlib.import_module(f"elves.{name}"), "jit"):
            found[f"{name}.jit"] = elf(name, jit=True)
    return found | {
        "tracing.numba": elf("tracing", jit=True, backend="numba"),
        "pytorch": pytorch,
        "tensorflow": tensorflow,
        "tf.function": functools.partial(tensorflow, wrap=lambda tf, run: tf.function(run)),
        "jax": jax,
        "jax.jit": functools.partial(jax, jit=True),
        "autograd": autograd,
        "chainer": chainer,
        "tangent": tangent,
        "sympy": sympy,
    }
