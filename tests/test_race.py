"""The race: its gradients by hand are right, and it shows who is wrong. Nothing here is timed."""

import numpy as np
import pytest

from elves import numerical, reverse, trees
from elves.frameworks import load
from elves.workloads import workloads

SMALL = workloads(small=True)


def derivative(engine, work):
    if work.task == "hvp":
        return engine.hvp(work.f, work.args, work.vectors)
    return getattr(engine, work.task)(work.f, argnums=work.argnums)(*work.args)


def agree(work, derivative, tolerance):
    by_hand = work.by_hand(*work.args, *work.vectors)
    for ours, hand in zip(trees.leaves(derivative), trees.leaves(by_hand), strict=True):
        assert np.shape(ours) == np.shape(hand)
        assert np.max(np.abs(np.subtract(ours, hand))) <= tolerance * np.max(np.abs(hand))


@pytest.mark.parametrize("name", SMALL)
def test_gradients_by_hand(name):
    work = SMALL[name]
    agree(work, derivative(reverse, work), 1e-13)
    gradient = reverse.grad(work.f, work.argnums)
    if work.task == "hvp":
        agree(work, numerical.jvp(gradient, work.args, work.vectors)[1], 1e-7)
    elif work.task == "hessian":
        columns = trees.unit_tangents(work.args)
        agree(work, np.stack([numerical.jvp(gradient, work.args, v)[1] for v in columns]), 1e-7)
    elif work.task == "grad":
        agree(work, numerical.grad(work.f, work.argnums)(*work.args), 1e-7)


@pytest.mark.parametrize("name", SMALL)
def test_gradients_by_hand_agree_with_jax(name):
    pytest.importorskip("jax", reason="another opinion needs JAX")
    agree(SMALL[name], derivative(load("jax"), SMALL[name]), 1e-13)


def test_the_form_for_jax_is_the_same_function():
    pytest.importorskip("jax", reason="it is written for JAX")
    load("jax")
    for work in SMALL.values():
        if work.in_jax:
            assert float(work.in_jax(*work.args)) == pytest.approx(work.f(*work.args), rel=1e-14)
