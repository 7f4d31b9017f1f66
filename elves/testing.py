"""An oracle for derivatives: three ways to compute the same number must agree."""

import importlib

import numpy as np

from elves import numerical, trees
from elves.errors import InputError


def check_grads(f, args, order=2, modes=("forward", "reverse"), rtol=None, seed=0):
    """Check f's derivatives at some arguments; raises AssertionError where two ways disagree.

    `args` is the tuple of f's arguments and f's result may be one number or array; both can be
    trees of floats and arrays of floats. `modes` names the engines to check: those with a `jvp`,
    those with a `vjp`, or both. In a random direction u, and for a random cotangent v:

    - each JVP must agree with central differences, extrapolated by Richardson, to `rtol` times
      the largest entry (at least 0.1) and a tenth of what the extrapolation changed. The default,
      1e-7 or a hundred times the rounding error of the coarsest dtype among the arguments, is
      what such differences can resolve;
    - each VJP must agree with the JVP, since ⟨v, J u⟩ = ⟨Jᵀ v, u⟩, to ten thousand rounding
      errors of the sum (where no JVP is checked: with the differences, as above);
    - `order` 2 asks the same of the gradients, by each engine, of a curved function of f; and so
      on for higher orders.

    Stay away from kinks and from the edge of the domain. The message says which check failed and
    for which argument, with what it has and wants. Raises InputError for a mode that has neither
    `jvp` nor `vjp`, for arguments that are not floats, and for an order below 1.

    Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.2, for the identity.

    >>> check_grads(lambda x: np.sin(x) * x**2, (1.3,))
    >>> check_grads(lambda x, y: {"both": x @ y, "one": np.tanh(y)}, (np.ones((2, 3)), np.ones(3)))
    >>> check_grads(np.linalg.det, (np.eye(3),), order=1, modes=["reverse"])
    """
    if not isinstance(args, (tuple, list)) or type(order) is not int or order < 1:
        raise InputError(
            "check_grads takes a tuple of arguments and an order of 1 or more: "
            "check_grads(f, (x, y), order=2)."
        )
    args, random = tuple(args), np.random.default_rng(seed)
    engines = {mode: engine_of(mode) for mode in modes}
    own = (np.finfo(np.result_type(x)).eps for x in trees.check_inputs(args))
    eps = max([np.finfo(float).eps, *own])  # some C libraries compute long doubles as doubles
    rtol = max(1e-7, 100 * eps) if rtol is None else rtol

    def complaint(function, directions):
        return disagreement(function, args, directions, engines, random, rtol, eps)

    def check(function, name, order):
        directions = drawn(args, random)
        if found := complaint(function, directions):
            for path, one in one_by_one(directions):  # to name the argument
                if alone := complaint(function, one):
                    found = f"{alone}\n  argument: {path}"
                    break
            raise AssertionError(f"check_grads of {name}: {found}")
        for mode, engine in engines.items() if order > 1 else ():
            gradient = engine.grad(lambda *values: curved(function(*values)), everything)
            check(gradient, f"the gradient, by {mode}, of {name}", order - 1)

    everything = tuple(range(len(args)))
    check(f, getattr(f, "__name__", "f"), order)


def drawn(tree, random):
    """A random tree with the structure, shapes and dtypes of another."""
    entries = (np.asarray(random.normal(size=np.shape(x)), kind_of(x))[()] for x in leaves(tree))
    return trees.rebuild(tree, entries)


def one_by_one(tree):
    """The path to each leaf of a tree, with the tree in which all other leaves are zero."""
    for k, path in enumerate(paths(tree)):
        alone = (x if j == k else 0 * x for j, x in enumerate(leaves(tree)))
        yield path, trees.rebuild(tree, alone)


def engine_of(mode):
    """The engine of that name, if it can push tangents forward or pull cotangents back."""
    try:
        engine = importlib.import_module(f"elves.{mode}")
        if hasattr(engine, "jvp") or hasattr(engine, "vjp"):
            return engine
    except ModuleNotFoundError:
        pass
    raise InputError(f"check_grads cannot check the mode {mode!r}: choose forward or reverse.")


def disagreement(function, args, directions, engines, random, rtol, eps):
    """What is wrong with the derivatives of a function in one direction; None if all is well."""
    step = numerical.EPS ** (1 / 5)
    _, coarse = numerical.jvp(function, args, directions, step=2 * step)
    y, fine = numerical.jvp(function, args, directions, step=step)
    pairs = list(zip(leaves(fine), leaves(coarse), strict=True))
    slope, tolerance = trees.rebuild(y, ((4 * a - b) / 3 for a, b in pairs)), rtol
    blur = trees.rebuild(y, (abs(a - b) / 10 for a, b in pairs))
    for mode, engine in engines.items():
        if hasattr(engine, "jvp"):
            _, have = engine.jvp(function, args, directions)
            trees.match("JVP", have, y)  # which comparing alone would broadcast
            parts = (leaves(tree) for tree in (have, slope, blur))
            for path, a, b, c in zip(paths(y), *parts, strict=True):
                wrong = ~(np.abs(a - b) <= c + rtol * np.max(np.abs(b), initial=0.1))
                if np.any(wrong):
                    entry = tuple(int(i) for i in np.argwhere(wrong)[0])
                    return (
                        f"the JVP by {mode} disagrees with differences\n  have:     "
                        f"{np.asarray(a)[entry]}\n  want:     {np.asarray(b)[entry]}\n  output:   "
                        f"{path} entry {entry}, one of {np.sum(wrong)} wrong out of {np.size(b)}"
                    )
    if any(hasattr(engine, "jvp") for engine in engines.values()):
        slope, blur, tolerance = have, trees.rebuild(y, (0 * b for b in leaves(blur))), 1e4 * eps
    for mode, engine in engines.items():
        if hasattr(engine, "vjp"):
            cotangent = drawn(y, random)
            pulled = engine.vjp(function, *args)[1](cotangent)
            trees.match("VJP", pulled, args)  # the structure and shapes of the arguments
            (have, a), (want, b) = inner(pulled, directions), inner(cotangent, slope)
            if not abs(have - want) <= tolerance * (a + b + 0.1) + inner(cotangent, blur)[1]:
                return (
                    f"the VJP by {mode} disagrees with the JVP: <v, J u> is not <J^T v, u>\n"
                    f"  have:     {have}\n  want:     {want}"
                )
    return None


leaves = trees.leaves


def curved(y):
    """One number that bends with y, so that the second derivative of a linear f is not zero."""
    return sum(np.sum(np.sin(1.3 * part)) for part in leaves(y))


def kind_of(x):
    """The dtype of a float, or of the float that a whole number would be."""
    return np.result_type(x) if trees.kind(x) == "f" else float


def inner(a, b):
    """The inner product of two trees of the same structure, and the sum of its sizes."""
    products = [np.ravel(x * y) for x, y in zip(leaves(a), leaves(b), strict=True)]
    return sum(map(np.sum, products)), sum(np.sum(np.abs(p)) for p in products)


def paths(tree, name=""):
    """How one reaches each leaf: ``[0]['weights'][1]``."""
    if not isinstance(tree, (dict, list, tuple)):
        return [name]
    branches = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [path for key, branch in branches for path in paths(branch, f"{name}[{key!r}]")]
