"""An equation as a rule: every engine takes the slopes from it, and no solution gets a sentence."""

import numpy as np
import pytest

import elves
from elves.errors import InputError
from elves.testing import check_grads

A = np.array([[2.0, 0.5, 0.0], [-0.3, 1.5, 0.2], [0.1, 0.0, 3.0]])
B = np.array([1.0, 2.0, -0.5])


@elves.custom_root(lambda x, a: 2.0 * (x * x - a))
def root(a):
    x = a
    for _ in range(50):
        x = (x + a / x) / 2
    return x


@elves.custom_root(lambda x, A, b, bend=1.0: A @ x + bend * x**3 - b)
def solution(A, b, bend=1.0):
    x = np.zeros(len(b))
    for _ in range(60):
        x = x - np.linalg.solve(A + np.diag(3 * bend * x**2), A @ x + bend * x**3 - b)
    return x


@elves.custom_fixed_point(lambda x, A, b: np.tanh(0.2 * x @ A + b))
def still(A, b):
    x = np.zeros(np.shape(b))
    for _ in range(200):
        x = np.tanh(0.2 * x @ A + b)
    return x


SEES = elves.forward, elves.reverse, elves.static_graph, elves.source, elves.tracing


@pytest.mark.parametrize("engine", SEES, ids=lambda engine: engine.__name__)
def test_engines_take_the_slope_from_the_equation(engine):
    assert engine.grad(lambda a: 3.0 * root(a * a))(2.0) == pytest.approx(3.0, rel=1e-14)
    slope = engine.grad(lambda b: np.sum(solution(A, b, bend=0.5) ** 2))(B)
    x = solution(A, B, bend=0.5)
    by_hand = np.linalg.solve((A + np.diag(1.5 * x**2)).T, 2 * x)
    np.testing.assert_allclose(slope, by_hand, rtol=1e-12)


def test_the_oracle_finds_first_and_second_derivatives_right():
    check_grads(root, (2.0,), order=3)
    check_grads(solution, (A, B))
    check_grads(still, (A, B))
    check_grads(still, (A, np.stack([B, 2 * B])))  # an unknown with two axes


def test_it_goes_through_what_stands_around_engines():
    a = np.array([4.0, 9.0])
    np.testing.assert_allclose(elves.vmap(elves.grad(root))(a), [1 / 4, 1 / 6])
    by_b = lambda b: solution(A, b)  # noqa: E731
    np.testing.assert_allclose(elves.jacobian(by_b)(B), elves.jacfwd(by_b)(B))
    assert elves.jit(elves.grad(root))(4.0) == 0.25
    assert elves.grad(lambda a: elves.checkpoint(root)(a))(4.0) == 0.25
    assert elves.grad(elves.forward.grad(root))(4.0) == pytest.approx(-1 / 32, rel=1e-14)
    assert root(4.0) == 2.0 and root.__name__ == "root"


def test_no_round_of_the_loop_is_followed():
    kinds = []

    @elves.custom_root(lambda x, a: x - np.cos(a))
    def watched(a):
        kinds.append(type(a))
        return np.cos(a)

    elves.grad(elves.grad(watched))(1.0)
    assert len(kinds) == 1 and issubclass(kinds[0], float)


def of(solver, residual=lambda x, a: x * x - a, **options):
    return elves.custom_root(residual, **options)(solver)


def two_arguments_for(a):
    return of(lambda b: b / a, lambda x, b: x * a - b)(3.0)


@pytest.mark.parametrize(("f", "said"), [
    (of(lambda a: a), r"did not converge: at its result the residual is still 2, and 1e-06 is all"),
    (of(lambda a: a * np.nan), "did not converge: at its result the residual is still nan"),
    (of(lambda a: 0.0 * a, lambda x, a: x * x), "Jacobian of the residual of <lambda> is singular"),
    (of(lambda a: a, lambda x, a: np.array([x, x])), r"the shape \(2,\), and the solution \(\)"),
    (of(lambda a: (a, a)), "has an equation of its own: return one array"),
    (two_arguments_for, "comes in as arguments by position"),
    (lambda a: of(lambda b: 1.0, lambda x, b: x * a - b)(1.0 * 2.0), "uses a value that is"),
    (lambda a: of(lambda a: 7.0)(a), "still 47, and"),
    (lambda a: elves.custom_root(lambda a: a)(a), "write @elves.custom_root"),
])  # fmt: skip
def test_misuse_gets_a_sentence(f, said):
    for engine in (elves.reverse, elves.forward):
        with pytest.raises(InputError, match=said):
            engine.grad(f)(2.0)


def test_a_coarse_solution_passes_where_that_is_meant():
    coarse = of(lambda a: 1.41, tolerance=0.1)
    assert elves.grad(coarse)(2.0) == pytest.approx(1 / 2.82)
