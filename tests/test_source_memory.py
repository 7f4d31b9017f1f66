"""Source transformation of numbers that may be arrays without dimensions, which can change."""

import numpy as np
import pytest

from elves import numerical, source
from elves.errors import SourceError
from test_source_programs import function

X, V = np.array([1.3, 0.7, 2.0]), np.array([0.5, -1.0, 2.0])


def program(body):
    indented = "\n".join("    " + line for line in body.split("\n"))
    return function(f"HELD = np.array(2.0)\nWEIGHTS = HELD * [1, 3, 4]\ndef f(x):\n{indented}\n")


FOLLOWED = {
    "an entry by an Ellipsis": "u = 1.0 * x\nu[..., 1] *= 0.5\nreturn np.sum(u * u)",
    "in a loop": "u = 1.0 * x\nfor k in range(3):\n    u[..., k] = u[..., k - 1] * u[k, ...]\n"
        "return np.sum(u)",
    "read again": "u = 1.0 * x\ny = u[..., 2] * u[1]\nu[..., 2] = y\nz = u[..., 2] * u[1]\n"
        "u[0, ...] = z * x[0]\nreturn np.sum(u)",
    "of a matrix": "m = np.outer(x, x)\nm[1, ..., 2] = x[0] ** 3\nm[..., 0, 0] += m[1, 2, ...]\n"
        "return np.sum(m * m)",
    "a sum": "s = np.zeros(())\nfor k in range(3):\n    s += x[k] ** 2\nreturn s * s",
    "two sums": "s = np.zeros(())\nt = np.zeros(())\ns += x[0]\nt -= x[1] * s\nreturn s * t",
    "an array of a number": "a = np.asarray(x[0] * x[1])\na *= x[2]\nreturn a * x[0]",
    "a copy changes": "u = x * 2\ny = np.squeeze(u[:1]).copy()\ny *= x[1]\nreturn y * u[0]",
    "a number and another": "a = x[0]\nb = a\na += x[1]\nreturn a * b",
    "a constant": "a = np.array(2.0)\na *= x[0]\nreturn a * x[1]",
    "a choice": "a = np.where(x[0] > 1, x[1] ** 2, 0.0)\na *= x[2]\nreturn a",
    "all of a number": "a = np.sum(x)\nreturn a[...] * a[()] * a[(...,)]",
    "a norm of what changes": "u = x * 1.0\nn = np.linalg.norm(u)\nu[0] = 5.0\nreturn n**2 * u[1]",
    "a norm in a loop": "u = x * 1.0\ns = 0.0\nfor k in range(3):\n    n = np.linalg.norm(u)\n"
        "    s = s + n**2 * u[k]\n    u[k] = n * k\n    s = s + n * n\nreturn s",
    "a norm before a loop": "u = x * 1.0\nn = np.linalg.norm(u)\ns = 0.0\nfor k in range(3):\n"
        "    s = s + n**2 * u[k]\n    u[k] = n * k\nreturn s + n * n",
    "a norm before a branch": "n = np.hypot(x[0], x[1])\nif x[0] > 0:\n    x[1] = 3.0\n"
        "    y = n**2\nelse:\n    y = n\nreturn y * x[1] + n**2",
    "a dict that grows": "d = {'a': x[0]}\nd['b'] = x[1] * 2\nreturn d['a'] * d['b']",
    "a list read as an array too": "m = [x * 0.5]\nfor k in range(3):\n    m = [x, x * 2]\n"
        "b = np.stack(m)[-1]\nm = m[:]\ny = np.sum(b * b)\nfor v in m:\n    y = y + np.sum(v * x)\n"
        "return y",
    "a list that grows": "xs = [x[0]]\nxs += [x[1], x[2]]\nreturn xs[0] * xs[2]",
    "a dict of a turn ago": "d = {'k': x}\nc = x * 2.0\nfor k in range(2):\n    d = {'k': c}\n"
        "    c = x * x\nreturn np.sum(d['k'] * c)",
    "weights from outside": "c = x * x\nd = {'k': x * 2.0}\nfor k in range(2):\n"
        "    d = {'k': c}\n    c = c + x\nreturn np.sum(c * WEIGHTS) + np.sum(d['k'] * WEIGHTS)",
}  # fmt: skip
ONCE = (
    "a norm in a loop",
    "a list read as an array too",
    "parts of unlike arrays",
    "a dict of a turn ago",
    "weights from outside",
)


@pytest.mark.parametrize("body", FOLLOWED.values(), ids=FOLLOWED)
def test_what_is_changed_in_place_is_right(body):
    f = program(body)
    value, gradient = source.value_and_grad(f)(X)
    assert value == pytest.approx(f(X.copy()), rel=1e-12)
    np.testing.assert_allclose(gradient, numerical.grad(f)(X), rtol=1e-6, atol=1e-8)
    assert source.jvp(f, (X,), (V,))[1] == pytest.approx(gradient @ V, rel=1e-12)
    if body in map(FOLLOWED.get, ONCE):
        return  # the second order ends in a sentence: its gradient names an array twice
    turned = numerical.jvp(source.grad(f), (X,), (V,))[1]
    np.testing.assert_allclose(source.hvp(f, (X,), (V,)), turned, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("like", ["zeros", "ones", "empty"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_slices_of_new_arrays_are_assigned(like, dtype):
    f = program(f"w = np.{like}_like(x)\nw[:] = x\nw[1:] = w[:-1] * x[1:]\nreturn np.sum(w * w)")
    x = np.array([0.5, 2.0, -1.5], dtype)
    np.testing.assert_allclose(source.grad(f)(x), numerical.grad(f)(x.astype(float)), rtol=2e-3)
    np.testing.assert_allclose(source.grad(f)(x), source.grad(f)(x.astype(float)), rtol=1e-12)


def test_parts_of_a_list_of_unlike_arrays():
    f = program(
        "m = [x]\nfor k in range(3):\n    m = [x, x[:2] * 2]\nn = m[::-1]\n"
        "return np.sum(n[0] ** 2) + np.sum(m[1] * 3) + np.sum(n[1])"
    )
    np.testing.assert_allclose(source.grad(f)(X), numerical.grad(f)(X), rtol=1e-6)


def test_an_item_is_a_number_of_its_own():
    f = program("u = x * 2\ny = u[:1].item()\nu[0] = 5.0\nreturn y * x[1] * u[0]")
    np.testing.assert_allclose(source.grad(f)(X), [7.0, 13.0, 0.0])


ONE_NAME = "a, which is not the only name of its memory: write a = a "
SEES = "would change y too, which may be the same memory: write u = u.copy() first"
REFUSED = {  # what is wrong, and what works instead
    "a = np.asarray(x[0] * 2)\nb = a\na += 1.0\nreturn b * a": f"{ONE_NAME}+ 1.0",
    "a = np.array(x[0])\nb = [a]\na *= x[1]\nreturn b[0] * a": f"{ONE_NAME}* x[1]",
    "a = np.ones(())\nb = a\na -= x[0]\nreturn (b + x[1]) * a": f"{ONE_NAME}- x[0]",
    "a = np.copy(x[0])\nb = a if x[1] > 0 else x[0]\na += 1.0\nreturn b * a": f"{ONE_NAME}+ 1.0",
    "u = x * 2\na = u[..., 1]\na /= x[0]\nreturn a * u[1]": f"{ONE_NAME}/ x[0]",
    "u = x * 2\na = np.squeeze(u[:1])\na += 1.0\nreturn a * u[0]": f"{ONE_NAME}+ 1.0",
    "a = np.zeros(())\nb = a\nfor k in range(3):\n    a += x[k]\nreturn b + a": ONE_NAME,
    "a = HELD\na *= x[0]\nreturn a": f"{ONE_NAME}* x[0]",
    "u = x * 2\ny = u[..., 0]\nu[0] = x[1]\nreturn y * u[1]": SEES,
    "u = x * 2\ny = np.reshape(u[:1], ())\nu[0] = x[1]\nreturn y * u[1]": SEES,
    "u = x * 2\ny = u[..., 0] if x[1] > 0 else x[2]\nu[0] = x[1]\nreturn y * u[1]": SEES,
    "u = x * 2\ny = [x[1], u[0, ...]]\nu[0] = x[1]\nreturn y[1] * u[1]": SEES,
    "def g(a):\n    a += 1.0\n    return a\nb = np.array(x[0])\nreturn g(b) * b":
        "g may change its argument a in place: write a = a + x in it",
    "d = {'a': x[0]}\nd.update(b=x[1])\nreturn d['a']": "assign each entry, as in d['a'] = x",
    "d = {'a': x[0]}\nd |= {'b': x[1]}\nreturn d['a']": "on a dict of what varies: assign",
    "d = {'a': x[0]}\nreturn (d | {'b': x[1]})['b']": "on a dict of what varies: assign",
    "xs = [x[0]]\nxs.extend([x[1]])\nreturn xs[1]": "write xs += [x, y]",
    "y = u = x.copy()\nfor k in range(2):\n    u = x * 2\n    y = u\nu[0] = 5.0\n"
        "return np.sum(y)": SEES,
    "y = [x]\nu = x.copy()\nfor k in range(2):\n    u = x * k\n    y.append(u)\nu[0] = 5.0\n"
        "return np.sum(y[-1])": SEES,
    "y = {'k': x}\nu = x.copy()\nfor k in range(2):\n    u = x * k\n    y['k'] = u\n"
        "u[0] = 5.0\nreturn np.sum(y['k'])": SEES,
    "u = x.copy()\ny = x.copy()\nwhile u[0] < 30:\n    u = u * 2\n    y = u[1:]\nu += 1.0\n"
        "return np.sum(y)": SEES,
    "y = [x * 1]\nfor k in range(3):\n    u = y[0] * 2\n    y[0] = u\nu[1] = 4.0\n"
        "return np.sum(y[0])": SEES,
    "u = [x[0]]\ny = [x[1]]\nfor k in range(2):\n    u = [x[0] * 2]\n    y = u\n"
        "u.append(x[2])\nreturn sum(y)": SEES,
}  # fmt: skip


@pytest.mark.parametrize(("body", "words"), REFUSED.items(), ids=range(len(REFUSED)))
def test_what_another_name_would_see_is_refused(body, words):
    for of in (source.grad, lambda f: lambda x: source.jvp(f, (x,), (x,))):
        with pytest.raises(SourceError) as caught:
            of(program(body))(X)
        assert words in str(caught.value) and str(caught.value).startswith("Line ")


SEEN = {  # what NumPy gives as a view, and what it copies: an array from before and its change
    "np.diag(a)": True, "np.linalg.diagonal(a)": True, "np.einsum('ij->ji', a)": True,
    "np.einsum('kk->k', a)": True, "a.conj()": True, "np.conjugate(a)": False, "np.tril(a)": False,
    "np.linalg.multi_dot([a, a])": False, "np.cumprod(a, 1)": False,
}  # fmt: skip


@pytest.mark.parametrize("seen", SEEN)
def test_a_view_sees_what_changes_and_a_copy_does_not(seen):
    f = program(
        f"a = np.outer(x[:2], x[1:])\nb = {seen}\na[1, 1] = 3 * x[2]\na[0, 0] *= x[0]\n"
        "return np.sum(b**2) + np.sum(a)"
    )
    x = np.array([0.7, -1.2, 2.5])
    try:
        gradient = source.grad(f)(x)
    except SourceError as error:
        assert "would change b too" in str(error)
        assert SEEN[seen]
        return
    np.testing.assert_allclose(gradient, numerical.grad(f)(x), rtol=1e-6)


@pytest.mark.parametrize(
    "value",
    [
        "np.cumprod(y)", "np.einsum('i,j->j', y, y)", "np.prod(y) * np.ravel(y)[::-1]",
        "np.cumprod(y[::-1]) * np.cumprod(y)", "np.einsum('i,ij->j', y, np.outer(y, y))",
    ],
)  # fmt: skip
def test_definitions_look_at_arrays_that_change_afterwards(value):
    x = np.array([0.7, -1.2, 2.5])
    for store in ("y[:] = {}", "z = {}\ny[:2] = z[1:]", "y *= {}"):
        f = program(f"y = x * 1.5\n{store.format(value)}\nreturn np.sum(y * y)")
        want = numerical.grad(f)(x)
        np.testing.assert_allclose(source.grad(f)(x), want, rtol=1e-5)
        assert source.jvp(f, (x,), (x,))[1] == pytest.approx(want @ x, rel=1e-5)
