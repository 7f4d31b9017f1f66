"""An oracle for derivatives: three ways to compute the same number must agree."""

import numpy as np

from elves import forward, numerical, reverse, trees


def check_grads(f, args, order=2, rtol=1e-6, seed=0):
    """Check f's derivatives at some arguments; raises AssertionError where two ways disagree.

    `args` is the tuple of f's arguments, trees of floats or arrays. In a random direction, the JVP
    must agree with central differences (to `rtol`, relative to the largest entry), and the VJP
    with the JVP, since ⟨v, J u⟩ = ⟨Jᵀ v, u⟩ (to rounding); `order` 2 checks the gradient in the
    same way. Stay away from kinks and from the edge of the domain.

    Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.2, for the identity.

    >>> check_grads(lambda x: np.sin(x) * x**2, (1.3,))
    >>> check_grads(lambda x, y: {"both": x @ y, "one": np.tanh(y)}, (np.ones((2, 3)), np.ones(3)))
    """
    random = np.random.default_rng(seed)

    def draw(tree):
        return trees.rebuild(tree, [random.normal(size=np.shape(x)) for x in trees.leaves(tree)])

    def scalar(*values):  # curved, so that the second derivative of a linear f is not zero
        return sum(np.sum(np.sin(1.3 * y)) for y in trees.leaves(f(*values)))

    everything = tuple(range(len(args)))
    functions = [f, scalar]
    if order > 1:
        functions += [engine.grad(scalar, everything) for engine in (reverse, forward)]
    for function in functions:
        directions = draw(args)
        y, slope = forward.jvp(function, args, directions)
        _, reference = numerical.jvp(function, args, directions)
        for have, want in zip(trees.leaves(slope), trees.leaves(reference), strict=True):
            size = np.max(np.abs(want), initial=0.1)
            np.testing.assert_allclose(have, want, rtol=rtol, atol=rtol * size)
        cotangent = draw(y)
        _, pullback = reverse.vjp(function, *args)
        pulled = pullback(cotangent)
        assert trees.match("VJP", pulled, args)  # the structure and shapes of the arguments
        back, forth = inner(pulled, directions), inner(cotangent, slope)
        np.testing.assert_allclose(back, forth, rtol=1e-9, atol=1e-11)


def inner(a, b):
    """The inner product of two trees of the same structure."""
    return sum(np.sum(x * y) for x, y in zip(trees.leaves(a), trees.leaves(b), strict=True))
