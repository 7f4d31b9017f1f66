"""Source transformation where memory, lists and names could lead it astray."""

import numpy as np
import pytest

from elves import numerical, source
from elves.errors import InputError, NoRuleError, SourceError
from test_source_programs import function


def copied(x):
    y = x.copy()
    y[0] = 5.0
    return np.sum(y * x)


def overwritten(x):
    y = x * 1.0
    z = np.sum(y * x)
    y[:2] = 0.0
    return z + np.sum(y * y)


def symmetric(x):
    m = np.zeros((3, 3))
    for i in range(3):
        for j in range(i, 3):
            m[i, j] = x[i] * x[j]
            m[j, i] = m[i, j]
    return np.sum(m @ m)


def shifted(x):
    x[1:] = x[:-1] * 2
    return np.sum(x**2)


def filled(x):
    out = np.empty_like(x)
    for i in range(len(x)):
        out[i] = np.sin(x[i])
    return np.sum(out)


def grown(x):
    d = {"a": x[0], "b": 2 * x[1]}
    d["c"] = d["a"] * d["b"]
    r = [d["c"], d["a"] ** 2]
    r[0] = r[1] * 2
    return r[0] + r[1] + d["c"]


def last_in_first_out(x):
    parts = []
    for k in range(3):
        parts.append(x[k] ** 2)
    total = parts.pop() * 2.0
    parts.append(total * x[0])
    for p in parts:
        total = total + np.sin(p)
    return total * len(parts) + np.sum(np.array(parts))


def names_of_others(x):
    k = 3
    z = [k * 2.0 for k in range(3)]
    return np.sum(x) * (sum(k for k in z) + (lambda k: k + 1)(k))


def default(x):
    def scaled(y, k=2.0):
        return y * k

    return scaled(np.sum(x)) + scaled(x[0], k=3.0)


def both_names(x):
    y = x
    y += 1.0
    return np.sum(y * x)


TRAPS = [
    copied, overwritten, symmetric, shifted, filled, grown, last_in_first_out, names_of_others,
    default, both_names,
]  # fmt: skip


@pytest.mark.parametrize("f", TRAPS, ids=lambda f: f.__name__)
def test_traps(f):
    x = np.array([0.3, 0.8, 0.6])
    kept, v = x.copy(), np.array([0.5, -1.0, 2.0])
    value, gradient = source.value_and_grad(f)(x)
    np.testing.assert_array_equal(x, kept)
    assert value == pytest.approx(f(kept.copy()))
    want = numerical.grad(f)(x)
    np.testing.assert_allclose(gradient, want, rtol=1e-6, atol=1e-8)
    assert source.jvp(f, (x,), (v,))[1] == pytest.approx(gradient @ v, rel=1e-12)
    turned = numerical.jvp(source.grad(f), (x,), (v,))[1]
    np.testing.assert_allclose(source.hvp(f, (x,), (v,)), turned, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(x, kept)


def test_sentences():
    def integers(x):
        a = np.arange(3)
        a[0] = x
        return np.sum(a)

    def shadow(x):
        return np.linalg.tensorsolve(x, x)

    with pytest.raises(SourceError, match="a holds integers: begin with floats"):
        source.grad(integers)(1.0)
    with pytest.raises(NoRuleError, match=r"Line \d+ of shadow: np.linalg.tensorsolve"):
        source.grad(shadow)(np.eye(2))
    with pytest.raises(InputError, match="mode"):
        source.show(copied, np.ones(3), mode="backwards")


def of_lists(x):
    p = [x] + [x * x]  # noqa: RUF005
    p += [x**3]
    t = (x,)
    t += (p[1] * 2,)
    y = [0.0] * 3
    for i in range(3):
        y[i] = x * i
    return p[0] * p[2] + t[1] + y[2] + ([x] * 2)[1] + list((x, x * x))[1]  # noqa: C410


def lists_into_numpy(x):
    rows = np.sum([x, x**2]) + np.max((x, 2 * x)) + np.linalg.det([[x, 1.0], [2.0, x]])
    more = np.mean([x, x * x]) + np.where(True, [x, x], 0).sum() + sum([x, x], start=x)
    return rows + more + np.hstack([x, x * x]).sum()


def named_twice(x):
    a = np.zeros(4)
    a[[0, 0, 2]] = np.array([x, x * x, x])
    a[[1, 1]] += x
    return np.sum(a * a)


@pytest.mark.parametrize("f", [of_lists, lists_into_numpy, named_twice], ids=lambda f: f.__name__)
def test_lists(f):
    value, slope = source.value_and_grad(f)(1.3)
    assert value == pytest.approx(f(1.3))
    assert slope == pytest.approx(numerical.grad(f)(1.3), rel=1e-6)
    assert source.jvp(f, (1.3,), (1.0,))[1] == pytest.approx(slope)


UNSEEN = {
    "math.prod([x, x])": "math.prod",
    "np.array(list(map(lambda v: v * x, [1.0]))).sum()": "Lambda",
    "sum(a * b for a, b in zip([x, x], [1, 2]))": "GeneratorExp",
    "list(reversed([x, x * x]))[0]": "reversed",
    "eval('x**2')": "eval looks at the program",
    "locals()['x'] ** 2": "locals looks at the program",
    "float(f'{x}') ** 2": "through text",
    "float('%f' % x) ** 2": "through text",
    "(x + 1j).real * x": "1j",
}


@pytest.mark.parametrize(("text", "words"), UNSEEN.items(), ids=UNSEEN.values())
def test_what_cannot_be_followed_is_refused(text, words):
    f = function(f"import math\n\n\ndef f(x):\n    return {text}\n")
    with pytest.raises((SourceError, NoRuleError), match=words) as caught:
        source.grad(f)(1.3)
    assert str(caught.value).startswith("Line 5 of f: ")


def test_results_that_are_no_number():
    for text in ("[x]", "(x, x)", "{'a': x}", "np.array([x, x])"):
        with pytest.raises(InputError, match="returns one number"):
            source.grad(function(f"def f(x):\n    return {text}\n"))(1.3)
    with pytest.raises(KeyError, match="mine"):
        source.grad(function("def f(x):\n    raise KeyError('mine')\n"))(1.3)
    with np.errstate(all="ignore"):
        f = function("def f(x):\n    return 1.0 / (x - 1.3) + np.log(x)\n")
        assert source.grad(f)(np.float64(1.3)) == -np.inf
        assert np.isinf(source.grad(f)(1.3))


def kept(x):
    z = x[x > 0] * 1.0
    t = z.copy()
    z[1:] = 0.0
    return np.sum(t * t) + np.sum(z)


def test_the_tangent_of_a_copy_is_its_own():
    x = np.array([0.5, 1.5, 0.7])
    assert source.jvp(kept, (x,), (np.ones(3),))[1] == pytest.approx(6.4)


def swapped(x):
    z = np.ones((2, 3)) * x
    z[0], z[1] = z[1], z[0]
    return np.sum(z * x)


def test_swapped_rows_are_refused():
    with pytest.raises(SourceError, match="the same memory"):
        source.grad(swapped)(np.ones((2, 3)))


def columns(x):
    return np.sum(x[:, np.array([0, 0, 1])] ** 3) + np.sum(x[1:, np.array([2, 2])] ** 2)


def test_a_slice_beside_an_index_that_comes_twice():
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(source.grad(columns)(x), numerical.grad(columns)(x), atol=1e-6)
