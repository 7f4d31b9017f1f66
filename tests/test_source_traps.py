"""Source transformation where memory, lists and names could lead it astray."""

import functools
import re
import time

import numpy as np
import pytest

from elves import numerical, reverse, source
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
    "max(a * b for a, b in zip([x, x], [1, 2]))": "GeneratorExp",
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


# What public bug reports found: right, or one sentence with the line. Each program gets
# x = [1.3, 0.7, 2.0]; the helpers stand outside of it.

HELPERS = """
import collections
import contextlib
import json

GLOBAL, NUMBERS = np.zeros(3), []


class Twice:
    factor = 2.0

    def __getitem__(self, k):
        return self.factor * k

    def __mul__(self, k):
        return self.factor * k


def increased(a):
    a += 1.0
    return np.sum(a)


def appended(xs, value):
    xs.append(value)
    return len(xs)


def remembered(value, xs=[]):
    xs.append(value)
    return xs[0]


def noted(value):
    NUMBERS.append(value)
    return 0.0


def read(table, k):
    return table[k]


def text_of(value):
    return str(value)


def doubled(a):
    b = a
    b = b * 2
    return np.sum(b * a)


def twice(g):
    return lambda v: 2.0 * g(v)


def last(value):
    global LAST
    LAST = value


LAST, TABLE = 1.0, {"w": np.ones(3)}


def generated(a):
    yield a


TWICE = Twice()


"""


def program(body):
    indented = "\n".join("    " + line for line in body.split("\n"))
    return function(f"{HELPERS}def f(x):\n{indented}\n")


SILENT = {  # each of these was a wrong number or a traceback from the inside
    "return np.sum(np.r_[0.0, x, 1.0] ** 2)": "np.r_ is no array, list, tuple or dict",
    "return np.sum(np.c_[x, x])": "np.c_ is no array",
    "b = np.ones(3)\nu = np.ascontiguousarray(b)\nu[1] = x[0]\nreturn np.sum(b)": "change b too",
    "b = np.zeros(3)\nu = read([b], 0)\nu[2] = x[1]\nreturn np.sum(b)": "change b too",
    "b = np.eye(3)\nu = np.einsum('ij->ji', b)\nb[0] = x\nreturn u[2, 0]": "change u too",
    "u = x[None, :, np.newaxis]\nx[2] = 0.0\nreturn np.sum(u)": "would change u too",
    "b = np.zeros(3)\nu = b.astype(float, copy=False)\nu[0] = x[2]\nreturn b[0]": "change b too",
    "b = np.ones(2)\nfor v in np.nditer(b, op_flags=['readwrite']):\n    v[...] = x[0]\n"
        "return b[1]": "would change b too",
    "t = [np.zeros(3)]\nu = t * 2\nr = u[1]\nr[0] = x[0]\nreturn np.sum(t[0])": "change t too",
    "u = np.insert(np.ones(3), 1, x[0])\nr, = np.broadcast_arrays(u)\nu[1] = x[2]\n"
        "return r[1]": "would change r too",
    "r = TABLE['w']\nr[1] = 2.0\nreturn np.sum(x * TABLE['w'])": "lives outside",
    "b = np.zeros(3)\nput = b.__setitem__\nput(2, x[1])\nreturn np.sum(b)": "called for its eff",
    "xs = [0.5]\nadd = xs.append\nadd(2.0)\nreturn x[0] * len(xs)": "called for its effects",
    "(increased if x[0] > 1 else len)(x)\nreturn x[0]": "called for its effects",
    "n = [len, increased][1](x * 0.0 + 1.0)\nreturn x[0] * n": "not known before",
    "list(map(increased, [x]))\nreturn np.sum(x)": "may change",
    "b = np.ones((2, 3))\n[r.fill(2.0) for r in b]\nreturn np.sum(b * x)": "r.fill may change r",
    "n = LAST\nlast(2.0)\nreturn x[0] * n * LAST": "last changes what lives outside",
    "t = [1.0, 2.0]\nfor y in t:\n    t[1] = y * x[0]\nreturn t[1]":
        "a loop over what it changes",
    "n = 1.0\nfor v in generated(2.0):\n    n += v\ny = z = n * x[0]\ny += 1.0\nreturn y * z":
        "y, which may be a number or an array: write y = …",
    "m = np.outer(x, x)\nm[1:] = [m[0], m[1] * x]\nreturn np.sum(m * m)": "first: np.stack",
    "g = np.sin if x[1] > 0.5 else np.cos\nreturn g(x[0])": "not known before the program runs",
    "g = [np.exp, doubled][int(x[2])]\nreturn g(x[0])": "not known before the program runs",
    "t = '0'\nt += str(x[0])\nreturn float(t)": "through text",
    "return np.sum(np.ogrid[x[0]:5.0])": "np.ogrid is no array",
    "t = TWICE\nreturn t[x[0]]": "t is no array",
    "return read(TWICE, x[0])": "Line .* of read: table is no array",
    "return (TWICE * x)[0]": "an operator on TWICE, which is no number",
    "return sum(x.tolist())": r"x\.tolist of what varies",
    "return np.sum(np.arange(x[0], 4.0))": r"np\.arange has no derivative rule",
    "return np.sum(np.arange(3) * np.arange(0, 3 * x[0], x[0]))": r"np\.arange",
    "s = str(x[0])\nreturn float(s)": "goes through text",
    "s = f'{x[0]}' + '0'\nreturn float(s)": "goes through text",
    "return float('{}'.format(x[0]))": "goes through text",
    "s = [str(v) for v in [1.0]] + [str(x[0])]\nreturn float(s[1])": "goes through text",
    "s = text_of(x[0])\nreturn float(s)": "goes through text",
    "return json.loads(repr(x[0]))": "goes through text",
    "return np.array([str(x[0])]).astype(float)[0]": "goes through text",
    "xs = [float(c) for c in str(x[0]).split(',')]\nreturn xs[0] * x[1]": "goes through text",
    "t = 0.0\nfor c in str(x[0]).split(','):\n    t = t + float(c)\nreturn t": "through text",
    "y = x * 2\nreturn increased(y) * np.sum(y)": "increased may change its argument a",
    "y = np.ones(3)\ns = increased(y)\nreturn s * y[0] * x[0]": "increased may change y in place",
    "xs = [x[0]]\nreturn appended(xs, x[1]) * xs[-1]": "appended may change its argument xs",
    "xs = [1.0]\nn = appended(xs, 2.0)\nreturn len(xs) * x[0] * n": "appended may change xs",
    "return remembered(x[0])": "remembered may change its argument xs",
    "return noted(x[0]) + NUMBERS[-1]": r"NUMBERS\.append is called for its effects",
    "a = GLOBAL\na += x\nreturn np.sum(GLOBAL)": "lives outside of the function",
    "setattr(TWICE, 'factor', x[0])\nreturn TWICE.factor": "setattr is called for its effects",
    "xs = [x[0]]\ndef g():\n    xs.append(x[1])\n    return xs[-1]\nreturn g() * len(xs)":
        "g may change xs in place: return what it makes",
    "t = 0.0\ndef g(y):\n    nonlocal t\n    t = t + y\ng(x[0])\nreturn t":
        "g is called for its effects: let it return a value",
    "d = {'n': 0}\ndef g(v):\n    d['n'] += 1\n    return v\nreturn g(x[0]) * d['n']":
        "g may change d in place",
    "a = np.zeros(3)\ndef g(v):\n    b = a\n    b += v\n    return v\nreturn g(x[0]) + a[0]":
        "g may change a in place",
    "def g(v, xs=[]):\n    xs.append(v)\n    return xs[0]\nreturn g(x[0])": "its argument xs",
    "xs = [[x[0]], [x[1]]]\nxs[0][0] = x[2]\nreturn xs[0][0]": "would change xs too",
    "xs = [[x[0]], [x[1]]]\nm = xs[0]\nm[0] = x[2]\nreturn xs[0][0]": "write m = m.copy()",
    "a = x * 2\nd = {'a': a}\nd['a'] += 1.0\nreturn np.sum(a)": "would change a too",
    "xs = [x * 1.0] * 2\nxs[0] += 1.0\nreturn np.sum(xs[1])": "may change another entry too",
    "a = x * 1.0\nxs = []\nfor i in range(2):\n    xs.append(a)\na = x * 3\nxs[0] += 1.0\n"
    "return np.sum(xs[1] * a)": "may change another entry too",
    "d = {'a': [x[0]]}\nd['a'] += [x[1]]\nreturn d['a'][1]": "a list in a list",
    "xs = [x[0], x[1]]\nxs[:] = [x[2], x[2]]\nreturn xs[0]": "assignment to a slice of the list",
    "xs = [1.0]\n[xs.append(k) for k in range(3)]\nreturn len(xs) * x[0]": "may change xs in place",
    "y = np.zeros(3)\nz = np.put(y, 0, 5.0)\nreturn np.sum(y * x)": "np.put may change y in place",
    "y = x * 1.0\nz = x * 2\nfor i in range(2):\n    y += 1.0\n    a = x * 3\n    y = a\n"
        "    z = a\n"
    "return np.sum(y * z)": "would change z too",
    "y = x * 2\na = y[0, ...]\na += 1.0\nreturn np.sum(y)": "the only name of its memory",
    "a = np.zeros(())\na[...] = x[0]\nreturn a * 1.0": "a has no dimensions",
    "y = x * 2\nz = np.array(y, copy=None)\nz[0] = 1.0\n"
        "return np.sum(y)": "the options of np.array",
    "d = {'a': x[0]}\nd.update(b=1.0)\nreturn d['a']": r"d\.update may change",
    "d = {'a': x[0]}\nreturn d.setdefault('b', x[1])": r"d\.setdefault of what varies",
    "y = x * 2\ny.fill(x[0])\nreturn np.sum(y)": r"y\.fill may change",
    "y = x * 2\ny.resize(2)\nreturn np.sum(y)": r"y\.resize may change",
    "@twice\ndef g(v):\n    return v * v\nreturn g(x[0])": "the decorator of g",
    "y = x[0]\nwith contextlib.suppress(ValueError):\n    raise ValueError\n"
        "return y": "left anywhere",
    "a, b = collections.deque([x[0], x[1]])\nreturn a": "an object that holds what varies",
    "d = {'a': x[0], 'b': x[1]}\nvs = d.values()\nd['a'] = x[2]\nreturn sum(vs)": "list",
    "d = {'a': x[0]}\nvs, n = d.items(), 2\nd['a'] = x[2]\nreturn [*vs][0][1]": "list",
    "d = {'b': x[0], 'a': x[1]}\nif x[0] > 2:\n    d = {'a': x[1], 'b': x[0]}\ny = 0.0\n"
        "for v in d.values():\n    y = y * 2 + v\nreturn y": "keys are not known",
    "a = [x, x * 2]\nb = a if x[0] > 0.5 else [x * 3]\na[-1] = x * 5\nreturn b[-1][0]":
        "would change b too",
    "return generated(x[0])": "Yield: return a list",
    "return list(map(np.sin, x))[0]": "map of what varies: write a loop",
    "return x[0].hex()": r"x\[0\]\.hex has no derivative rule",
    "def g(h, v):\n    return h(v)\ndef k(v):\n    return v\nreturn g(k, x[0])": "outside of f",
}  # fmt: skip


@pytest.mark.parametrize(("body", "words"), SILENT.items(), ids=range(len(SILENT)))
def test_no_silent_zeros(body, words):
    x = np.array([1.3, 0.7, 2.0])
    for of in (source.grad, lambda f: lambda x: source.jvp(f, (x,), (x,))):
        with pytest.raises((SourceError, NoRuleError), match=words) as caught:
            of(program(body))(x)
        assert str(caught.value).startswith("Line ") and "\n" not in str(caught.value)


FOLLOWED = {
    "enumerate that starts at 1": "s = 0.0\nfor i, a in enumerate(x, start=1):\n    s += i * a\n"
        "return s",
    "enumerate of zip": "s = 0.0\nfor i, (a, b) in enumerate(zip(x, x[::-1]), 2):\n"
        "    s += i * a * b\nreturn s",
    "enumerate in enumerate": "s, m = 0.0, np.outer(x, x)\nfor i, r in enumerate(m, 1):\n"
        "    for j, v in enumerate(r, i):\n        s += j * v * v\nreturn s",
    "turned round": "y = x * 2\ny[::-1] = y\nreturn np.sum(y * x)",
    "moved on": "y = x * 2\ny[[2, 0, 1]] = y\nx[:2] = x[1:]\nreturn np.sum(y * x)",
    "entries that change places": "d = {'a': x[0], 'b': x[1] * x[2]}\n"
        "d['a'], d['b'] = d['b'], d['a']\nreturn d['a'] ** 2 * d['b']",
    "constants that change places": "t = [2.0, 3.0, 4.0]\nt[0], t[2] = t[2], x[0]\n"
        "t[1], t[0] = t[0], t[1]\nreturn t[0] * t[1] * t[2] + t[0]",
    "both names in a loop": "b = np.ones(3)\nfor k in range(2):\n    c = b\n    c += x * k\n"
        "    c *= x\nreturn np.sum(b * b)",
    "new lists": "t = [2.0, 1.0]\nu = list(t)\nu[0] = x[0]\nv = sorted(t) + t\nv.append(x[1])\n"
        "return u[0] * t[0] * v[-1] * v[2]",
    "a comprehension": "y = 2.0\nt = [y * k for y in x if y > 1 for k in range(3)]\n"
        "t[0] = x[1] * y\nreturn sum(t) * t[-1]",
    "a sum": "y = 2.0\nz = sum(y * k * x[1] for k, y in enumerate(x, 1)) * y\n"
        "return z + sum(x) * sum([z, y], x[0])",
    "a matrix": "m = np.array([[a * b for a in x] for b in x])\n"
        "return np.linalg.det(m + np.eye(3))",
    "rows": "t = [a * x for a in x]\n"
        "return np.sum(np.stack(t, 1) @ t[0]) * np.sum(np.hstack(t[1:]))",
    "layers": "p = [(x[0], x), (x[1], x * 2), (x[2], x)]\ny = 1.0\nfor a, b in p[:-1]:\n"
        "    y = y * a + np.sum(b)\nfor a, b in p[::2]:\n    y = y * b[1]\nreturn y",
    "stars": "a, *b = x\n*c, d = [*b, a, *x[1:]]\nreturn np.hypot(*b) * a * c[2] + d",
    "a list of a row": "t = list(x)\nt[0] = t[1] * 2\nu = t.copy()\nu[1] = 1.0\n"
        "return x[0] * t[0] * t[1] * u[1] * u[0]",
    "arguments": "w = (x[0], 2.0)\nk = {'keepdims': False, 'axis': 0}\n"
        "return np.power(*w) * np.max(np.outer(x, x), **k)[1]",
    "a list that was longer": "t = [1.0, 2.0, 3.0]\nt.pop()\nt.append(x[0])\nt[0] = x[1]\n"
        "return t[-1] * t[0] * len(t)",
    "nothing is named": "b = np.arange(3) * doubled(np.ones(2))\nb[b > 99.0] = x[0]\n"
        "return np.sum(b * x)",
    "functions as arguments": "def half(g, v, n):\n"
        "    return g(v) / 2 if n < 1 else g(half(g, v, n - 1))\nk = np.tanh\n"
        "y = half(np.sin, x[0], 2) * half(doubled, x, 0)\nreturn y + half(k, x[1], 1) * k(0.5)",
    "more arguments": "def g(a, *b):\n    return a * sum(b) * len(b)\n"
        "return g(*x) + g(x[0], x[1] * 2) + g(x[2])",
    "strict": "s = 0.0\nfor a, b in zip(x, x * 2, strict=True):\n    s += a * b\nreturn s",
    "a text that is shown": "s = f'{x[0]:.2f}'\nprint(s, '%s' % x, str(x), x.tolist(), end='')\n"
        "log = [s]\nlog.append(repr(x))\nassert x[0] > 0, s\nreturn np.sum(x * x) * len(s)",
    "a text that decides": "s = f'{x[0]:.1f}'\nreturn x[0] ** 2 if s == '1.3' else x[0]",
    "a text of a shape": "return np.sum(x * x) * float(f'{x.shape[0]}')",
    "both names": "a = x * 2\nb = a\nt = (a, b)\na += 1.0\nreturn np.sum(t[0] * b)",
    "parameters in a dict": "p = {'w': x * 1.0, 'v': np.zeros(3)}\nfor i in range(3):\n"
        "    p['v'] = 0.9 * p['v'] + 2 * p['w']\n    p['w'] -= 0.1 * p['v']\n"
        "return np.sum(p['w'] ** 2)",
    "a list of one that grows": "xs = [x[0]]\nxs.append(x[1])\nreturn xs[-1] ** 2 * len(xs)",
    "a list that grows or not": "xs = [x[0]]\nif x[0] > 1:\n    xs.append(x[1])\n"
        "return xs[-1] * len(xs)",
    "a stack of numbers": "todo, s = [0, 1, 2], 0.0\nwhile todo:\n    k = todo.pop()\n"
        "    s = s + x[k] ** 2 * (len(todo) + 1)\nreturn s",
    "an entry that becomes an array": "d, s = {'a': x[0]}, 0.0\nfor i in range(3):\n"
        "    s = s + np.sum(d['a'] * x)\n    d['a'] = x * i\nreturn s + np.sum(d['a'] * x)",
    "a key in one branch": "d = {'a': x[0]}\nif x[1] > 1:\n    d['a'] = x * 2\nelse:\n"
        "    d['b'] = x * d['a']\nreturn np.sum(d['a'] * x) + np.sum(d['b'])",
    "an entry that changes in a branch": "s = x[0] ** 2\nif x[1] > 0.5:\n    x[0] *= s\n"
        "return np.sum(x * x) + x[0] ** 2 + s",
    "a list of lists copied": "xs = [[x[0]], [x[1]]]\nm = xs[0].copy()\nm[0] = x[2]\n"
        "return xs[0][0] * m[0]",
    "value": "value = x[0] * 3\ny = value * 2 if x[0] > 1 else value\nreturn y * value",
    "outer": "return np.sum(np.multiply.outer(x, x) ** 2) + np.subtract.outer(x, x)[0, 1] ** 3",
    "reduced": "return np.hypot.reduce(x) * np.maximum.reduce(np.outer(x, x), axis=1)[0]",
    "places in a list": "e = [0]\nfor k in (1, 2):\n    e += [k, 0]\nreturn np.sum(x[e] ** 2)",
    "a longer tuple": "t = (1, 2)\nt += (x[0],)\nu = t\nu += (5.0,)\nreturn t[2] * u[3] * x[1]",
    "the order of keys": "def g(d):\n    y = 0.0\n    for k in d:\n        y = y * 2 + d[k]\n"
        "    return y\nreturn g({'a': x[0], 'b': x[1]}) + g({'b': x[0] ** 2, 'a': x[2]}) * 3",
    "a list of a dict": "d = {'a': x[0], 'b': x[1]}\nvs = list(d.values())\nd['a'] = x[2]\n"
        "return sum(vs) + sum(d.values())",
    "sums of parts": "return np.sum(np.add.reduceat(x, [0, 2]) ** 2)",
    "accumulated": "return np.sum(np.add.accumulate(x) ** 2) + np.maximum.accumulate(x)[1]",
    "real and flat": "s = np.sum(x.real ** 2)\nfor v in np.outer(x, x).flat:\n    s += v ** 2\n"
        "return s * x.flat[1]",
    "ordered": "return np.sum(x[np.lexsort((x, -x))] * np.arange(3.0))",
    "a triangle": "m = np.outer(x, x)\nreturn np.sum(m[np.triu_indices(3)] ** 2)",
    "rows and columns": "m = np.outer(x, x)\nreturn np.sum(m[np.ix_([0, 2], [1, 1])] ** 2)",
    "an index of no dimensions": "return np.array(x[0])[()] ** 2",
    "a number's transpose": "return np.transpose(x[0]) ** 2",
    "added twice": "y = x * 2\nnp.add.at(y, [0, 0], x[1])\nreturn np.sum(y * y)",
    "a number in a row of what grew in a loop": "u = 0.0\nfor r in np.outer(x, x):\n"
        "    u = u + r * np.outer(x, x)\nv = 1.0 * u\nv[0] = np.sum(u)\nreturn np.sum(v * v)",
    "a row in a column of what grew in a loop": "u = 0.0\nfor i in range(3):\n    u = x * i + u\n"
        "v = np.zeros((3, 3)) + u\nv[:] = u\nv[0] += np.max(u)\nv[:, 1] *= u[0]\n"
        "return np.sum(v * v)",
    "what is found": "return np.sum(x[x > 1] ** 3) + np.sum(x[[0, 0]] ** 2)",
}  # fmt: skip


@pytest.mark.parametrize("body", FOLLOWED.values(), ids=FOLLOWED)
def test_programs_after_bug_reports(body, capsys):
    x, v = np.array([1.3, 0.7, 2.0]), np.array([0.5, -1.0, 2.0])
    f = program(body)
    want, value = numerical.grad(f)(x), f(x.copy())
    have = source.value_and_grad(f)(x)
    assert have[0] == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(have[1], want, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(x, [1.3, 0.7, 2.0])
    assert source.jvp(f, (x,), (v,))[1] == pytest.approx(want @ v, rel=1e-5)
    turned = numerical.jvp(source.grad(f), (x,), (v,))[1]
    try:
        np.testing.assert_allclose(source.hvp(f, (x,), (v,)), turned, rtol=1e-5, atol=1e-6)
    except SourceError as error:  # a second derivative changes more memory than the program
        assert "may be the same memory" in str(error) or "once more" in str(error)


ADVICE = {  # what was written, and the same with the advice that its sentence gives
    "return np.sum(np.r_[x, x[:1]] ** 2)": "return np.sum(np.concatenate([x, x[:1]]) ** 2)",
    "s = 0.0\nfor a in x.tolist():\n    s = s + a * a\nreturn s":
        "s = 0.0\nfor i in range(3):\n    s = s + x[i] * x[i]\nreturn s",
    "def g(a):\n    a += 1.0\n    return np.sum(a)\nreturn g(x)":
        "def g(a):\n    a = a.copy()\n    a += 1.0\n    return np.sum(a)\nreturn g(x)",
    "y = x[:2]\ny += 1.0\nreturn np.sum(y * y)": "y = x[:2]\ny = y.copy()\ny += 1.0\n"
        "return np.sum(y * y)",
    "xs = [[x[0]], [x[1]]]\nm = xs[0]\nm[0] = x[2]\nreturn m[0] * xs[1][0]":
        "xs = [[x[0]], [x[1]]]\nm = xs[0]\nm = m.copy()\nm[0] = x[2]\nreturn m[0] * xs[1][0]",
    "xs = [x * 1.0] * 2\nxs[0] += 1.0\nreturn np.sum(xs[0] ** 2)":
        "xs = [x * 1.0] * 2\nxs[0] = xs[0] + 1.0\nreturn np.sum(xs[0] ** 2)",
    "t = 0.0\ndef g(y):\n    nonlocal t\n    t = t + y * y\ng(x[0])\nreturn t":
        "t = 0.0\ndef g(y):\n    return t + y * y\nt = g(x[0])\nreturn t",
    "return list(map(np.sin, x))[0]": "s = np.zeros(3)\nfor i in range(3):\n"
        "    s[i] = np.sin(x[i])\nreturn s[0]",
    "a = np.zeros(())\na[...] = x[0]\nreturn a * a": "a = x[0]\nreturn a * a",
    "return x[1] * (y := x[0] * 2) * y": "y = x[0] * 2\nreturn x[1] * y * y",
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), ADVICE.items(), ids=range(len(ADVICE)))
def test_advice_works_when_it_is_followed(before, after):
    x = np.array([1.3, 0.7, 2.0])
    with pytest.raises(SourceError):
        source.grad(program(before))(x)
    want = numerical.grad(program(before))(x)
    np.testing.assert_allclose(source.grad(program(after))(x), want, rtol=1e-5, atol=1e-7)


def test_a_step_of_descent_inside():
    f = program(
        "def loss(y, p):\n    return np.sum(p[0] * y)\n"
        "p = [np.ones(3)]\nfor i in range(2):\n    p[0] = p[0] - 0.1 * x * p[0]\nreturn loss(x, p)"
    )
    x = np.array([1.3, 0.7, 2.0])
    np.testing.assert_allclose(source.grad(f)(x), numerical.grad(f)(x), rtol=1e-6)


def test_what_a_call_has_kept_for_its_way_back():
    f, x = program("s = doubled(x)\nx[-1] = s\nreturn np.sum(x * x) + s"), np.array([1.3, 0.7, 2.0])
    np.testing.assert_allclose(source.grad(f)(x), numerical.grad(f)(x), rtol=1e-6)


def objective(y, p):
    return np.sum(p[0] * y)


def descended(y):
    p = [np.ones(3)]
    for _ in range(2):
        g = reverse.grad(objective, 1)(y, p)
        p[0] = p[0] - 0.1 * g[0]
    return objective(y, p)


def test_another_engine_in_a_loop_that_changes_a_list():
    x = np.array([1.3, 0.7, 2.0])
    np.testing.assert_allclose(source.grad(descended)(x), reverse.grad(descended)(x))


def cubes(w, lam, k=3):
    return np.sum(w**k) + lam * np.sum(w * w)


def weighed_sum(w, x):
    return np.sum(w * x)


SLOPE = reverse.grad(cubes)


def nested(x):
    w = x
    for _ in range(3):
        w = w - 0.1 * reverse.grad(cubes)(w, x[0], 3) - 0.1 * SLOPE(w, 0.5, 2) - 0.1 * SLOPE(w, 0.1)
    y, (g, _) = reverse.value_and_grad(cubes, (0, 1))(w, x[1], 3)
    h = reverse.grad(weighed_sum)(w, x)  # which is x itself, and stays as it is now
    x = x * 1.0
    x[0] = 5.0
    return y + np.sum(g * x) + np.sum(h * w) + np.sum(reverse.grad(lambda w: np.sum(w**4))(w))


def test_the_tapes_gradients_inside_of_a_function_have_source_where_they_can():
    x = np.array([0.3, 0.7, -0.2])
    np.testing.assert_allclose(source.grad(nested)(x), numerical.grad(nested)(x), rtol=1e-6)
    assert "grad_of_cubes" in source.show(nested, x)


def products(t):
    x = np.reshape(np.stack([t, t + 1, 2 - t, t - 1, 2 * t + 1, t + 3]), (2, 3))
    return np.sum(np.cumprod(x, axis=-1) * np.array([[1.0, 2, 3], [4, 5, 6]]))


def test_slices_in_calls_of_the_second_derivative():
    assert source.grad(source.grad(products))(1.0) == pytest.approx(144.0)
    norm = lambda x: np.linalg.norm(np.stack([x, 2 * x]))  # noqa: E731
    assert source.grad(source.grad(norm))(1.3) == pytest.approx(0.0, abs=1e-12)


class Weight:
    def __init__(self, w):
        self.w = w

    def __mul__(self, other):
        return self.w * other


def weighed(x):
    weight = Weight(2.0)
    return weight * x * x


def test_what_goes_wrong_inside_is_a_sentence_too():
    with pytest.raises(SourceError, match=r"cannot be followed .*TypeError.*: use elves.reverse"):
        source.grad(weighed)(1.3)
    assert reverse.grad(weighed)(1.3) == pytest.approx(5.2)


TAKEN = {  # a number that was taken out of something, and is changed in place
    "an entry of an array": "a = np.ones(3); y = a[0]",
    "an entry that is made new": "a = np.ones(3); y = a[0]; y = y * 1.0",
    "a sum": "y = np.sum(np.ones(3))",
    "an entry of a list": "w = [1.5, 2.0]; y = w[0]",
    "an entry of a dict": "d = {'w': 2.0}; y = d['w']",
    "a length": "y = len(v) + 0.5",
    "an outer constant's entry": "y = OUTER[1]",
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_a_number_taken_out_of_something_is_one_of_its_own(text):
    lines = [*text.split("; "), "y += x", "y *= v[0]", "return y * np.sum(v)"]
    text = "OUTER = np.arange(3.0)\ndef f(x, v):\n    " + "\n    ".join(lines)
    f = function(text)
    x, v = 0.7, np.array([0.4, -0.6, 1.1])
    value, slopes = source.value_and_grad(f, (0, 1))(x, v)
    assert value == f(x, v)
    np.testing.assert_allclose(slopes[0], reverse.grad(f, 0)(x, v))
    np.testing.assert_allclose(slopes[1], reverse.grad(f, 1)(x, v))


def halved(x):
    return x[0] * x[1] / 2


@functools.wraps(halved)
def wrapping(y):
    return halved(y) * y[2]


def test_a_function_that_wraps_another_is_itself():
    x = np.array([0.5, 3.0, -2.0])
    np.testing.assert_allclose(source.grad(wrapping)(x), reverse.grad(wrapping)(x))
    assert "wrapping" in source.show(wrapping, x) or "halved" in source.show(wrapping, x)
    np.testing.assert_allclose(source.hvp(wrapping, (x,), (x,)), reverse.hvp(wrapping, (x,), (x,)))


ONCE = [  # the derivative is right, and its source cannot be transformed again
    "y = x * 1.0\ny[y > 0.75] **= 2\nreturn np.sum(y * x)",
    "y = x * 1.0\nfor i in range(2):\n    y[i + 1] = y[i] * x[2]\nreturn np.sum(y)",
    "y = np.concatenate([x, x])\ny[1:] = y[:-1] * y[1:]\nreturn np.sum(y * y)",
]


@pytest.mark.parametrize("body", ONCE, ids=range(len(ONCE)))
def test_what_cannot_be_transformed_again_says_what_to_do(body):
    f, x, v = program(body), np.array([0.5, 3.0, -2.0]), np.array([1.0, 0.0, 2.0])
    np.testing.assert_allclose(source.grad(f)(x), numerical.grad(f)(x), rtol=1e-6, atol=1e-8)
    gradient = source.grad(f)
    try:
        product = source.hvp(f, (x,), (v,))
    except SourceError as error:
        assert "take the next one by differences" in str(error) and ".copy()" not in str(error)
        product = numerical.jvp(gradient, (x,), (v,))[1]  # as it says
    h = 1e-4 * v
    want = (numerical.grad(f)(x + h) - numerical.grad(f)(x - h)) / 2e-4
    np.testing.assert_allclose(product, want, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "body",
    [
        "return np.sum(np.cross(x, x[::-1] ** 2) ** 2)",
        "return np.trace(np.outer(x, np.sin(x)), 1) ** 2",
        "return np.sum(np.roll(np.moveaxis(np.outer(x, x), 0, 1), 1) ** 2 * x)",
        "return np.sum(np.average(np.outer(x, x), axis=1, weights=np.outer(x, x)[:, 0]) ** 2)",
    ],
)
def test_second_derivatives_of_what_only_moves_entries(body):
    f, x, v = program(body), np.array([0.5, 3.0, 2.0]), np.array([1.0, 0.0, 2.0])
    np.testing.assert_allclose(source.hvp(f, (x,), (v,)), reverse.hvp(f, (x,), (v,)), rtol=1e-9)


def test_advice_about_two_names_keeps_what_the_program_means():
    """Which of the two was meant only the user knows, so the sentence names both."""
    x = np.array([0.5, 3.0, -2.0])
    two = program("y = np.zeros(3)\nrow = y[1:]\nrow[:] = x[:2]\nreturn np.sum(y * y)")
    one = program("y = np.zeros(3)\ny[1:] = x[:2]\nreturn np.sum(y * y)")
    with pytest.raises(SourceError, match=r"if y shall stay as it is, or use one name for both"):
        source.grad(two)(x)
    np.testing.assert_allclose(source.grad(one)(x), numerical.grad(two)(x), rtol=1e-6, atol=1e-8)


GROWING = [
    "for y in xs:\n        if len(xs) < 6: xs.append(y * .9)\n    return xs[-1] * len(xs)",
    "for i, y in enumerate(xs):\n        if len(xs) < 5: xs.append(i * y)\n    return xs[-1]",
    "for a, b in zip(xs, [x] * 5):\n        if len(xs) < 5: xs += [a * b]\n    return xs[-1]",
    "for y in xs:\n      for z in 1., 2.:\n        if len(xs) < 6: xs += [y*z]\n    return xs[-1]",
    "ys = xs\n    for y in ys:\n        if len(xs) < 6: xs.append(y * .9)\n    return ys[-1]",
    "s = 0.\n    for y in xs:\n        if len(xs) > 1: xs.pop()\n        s = s + y\n    return s",
]  # fmt: skip


@pytest.mark.parametrize("body", GROWING)
def test_a_list_that_grows_while_a_loop_goes_over_it_is_refused(body):
    f = function(f"def f(x):\n    xs = [x, x * x]\n    {body}\n")
    with pytest.raises(SourceError, match="in a loop over that: loop over a copy"):
        source.grad(f)(1.3)
    head = "ys" if "in ys" in body else "xs"
    copied = function(f"def f(x):\n    xs = [x, x * x]\n    {body}\n".replace(
        f"in {head}:", f"in {head}[:]:").replace("enumerate(xs)", "enumerate(xs[:])").replace(
        "zip(xs,", "zip(xs[:],"))  # fmt: skip
    expected = reverse.value_and_grad(copied)(1.3)
    np.testing.assert_allclose(source.value_and_grad(copied)(1.3), expected)


def test_a_list_may_grow_beside_the_loop_and_after_it():
    f = function(
        "def f(x):\n    xs, ys = [x, x * x], [x]\n    for y in xs:\n        ys.append(y * x)\n"
        "    xs.append(ys[-1])\n    for y in reversed(xs):\n        xs.append(y * x)\n"
        "    return xs[-1]\n"
    )
    np.testing.assert_allclose(source.value_and_grad(f)(1.3), reverse.value_and_grad(f)(1.3))


IN_PLACE = [  # a loop over an array sees what is done to it in place
    "b = np.ones(3)\n    for y in b:\n        b -= .5\n        x = x + y\n    return x",
    "b = np.ones(3) * x\n    for y in b:\n        b *= .5\n        x = x + y\n    return x",
    "b = np.ones(3)\n    for y in b[:]:\n        b -= .5\n        x = x + y\n    return x",
    "b = np.ones(3)\n    for y in b:\n        if x > 0: b += .5\n        x = x + y\n    return x",
    "b = x * np.ones(3)\n    for y, z in zip(b, b):\n        b += 1\n        x += y\n    return x",
]


@pytest.mark.parametrize("body", IN_PLACE)
def test_an_array_that_a_loop_goes_over_is_not_changed_as_a_whole(body):
    f = function(f"def f(x):\n    {body}\n")
    with pytest.raises(SourceError, match=r"in a loop over that: .* as in xs\.copy\(\)"):
        source.grad(f)(1.3)
    heads = {"b:": "b.copy():", "b[:]:": "b.copy():", "zip(b, b)": "zip(b.copy(), b.copy())"}
    head = re.search(r"in (.*)\n", body)[1].removesuffix(":")
    head = next(h for h in heads if h.removesuffix(":") == head)
    copied = function(f"def f(x):\n    {body.replace(f'in {head}', f'in {heads[head]}')}\n")
    value, slope = source.value_and_grad(copied)(1.3)
    np.testing.assert_allclose(value, copied(1.3))
    np.testing.assert_allclose(slope, numerical.grad(copied)(1.3), rtol=1e-6)


def test_an_array_may_be_changed_beside_the_loop():
    f = function(
        "def f(x):\n    b, s = np.ones(3), 0.\n    for y in np.array([1., 2.]):\n"
        "        b -= y * x\n        b[0] = x\n        s = s + y * np.sum(b)\n    return s\n"
    )
    value, slope = source.value_and_grad(f)(1.3)
    np.testing.assert_allclose(value, f(1.3))
    np.testing.assert_allclose(slope, numerical.grad(f)(1.3), rtol=1e-6)


UNKNOWN = [
    "list(itertools.chain([.3], [.9]))",
    "list(map(float, ['1', '2']))",
    "list({1.: 2.}.values())",
    "tuple(itertools.chain([.3], [.9]))",
]


@pytest.mark.parametrize("made", UNKNOWN)
def test_what_may_be_a_list_is_not_added_to_as_an_array(made):
    more = "(x,)" if made.startswith("tuple") else "[x]"
    body = f"    xs = {made}\n    xs += {more}\n    return xs[-1] * len(xs)\n"
    text = f"import itertools\ndef f(x):\n{body}"
    with pytest.raises(SourceError, match="an operator on a list of what varies"):
        source.grad(function(text))(1.3)
    f = function("def f(x):\n    a = np.ones(2)\n    a += [x, x]\n    return a[-1] * len(a)\n")
    assert source.value_and_grad(f)(1.3) == (4.6, 2.0)


VIEWS = [  # a view without a name, of what is assigned into meanwhile
    "for v in y[1:]:\n        y[3] = v * v\n        t = t + v",
    "for v in y[::-1]:\n        y[0] += v\n        t = t + v",
    "for u, v in zip(x, y[1:]):\n        y[3] = u * v\n        t = t + v",
]


@pytest.mark.parametrize("body", VIEWS)
def test_what_a_loop_goes_over_is_not_assigned_into_behind_a_view(body):
    text = f"def f(x):\n    y, t = x * 1., 0.\n    {body}\n    return t + y[0]\n"
    with pytest.raises(SourceError, match=r"in a loop over that: .* as in xs\.copy\(\)"):
        source.grad(function(text))(np.array([0.7, -1.1, 0.4, 1.3]))
    for view in ("y[1:]", "y[::-1]"):
        text = text.replace(view, f"{view}.copy()")
    f, x = function(text), np.array([0.7, -1.1, 0.4, 1.3])
    np.testing.assert_allclose(source.grad(f)(x), numerical.grad(f)(x), rtol=1e-6)


def carried(x, w):
    y = x.copy()
    for i in range(1, 4):
        y[i] = 0.5 * y[i - 1] + x[i]
    return y @ w


def masked(x, w):
    y = x * 1.0
    y[y > 0.4] *= 0.25
    return np.sum(y * w) + np.dot(y, w * 2)


def exchanged(x, w):
    y = x[: len(w)] * 1.0
    y[[1, 3]] = y[[3, 1]] * 0.5
    return np.sum(np.cumsum(y) * w)


def turned(x, w):
    m = np.outer(x, x)
    for i in range(2):
        m[i, :] = m[i, ::-1] * 0.5
    return np.sum(m @ w)


@pytest.mark.parametrize("dtype", [int, np.int8, bool, np.float16])
@pytest.mark.parametrize("f", [carried, masked, exchanged, turned])
def test_a_cotangent_that_is_changed_in_place_has_the_dtype_of_its_primal(f, dtype):
    x, w = np.array([0.3, -0.7, 0.5, 1.2]), np.array([0, 1, 2, 5]).astype(dtype)
    want = source.grad(f)(x, w.astype(float))
    np.testing.assert_allclose(source.grad(f)(x, w), want, 1e-12)
    np.testing.assert_allclose(numerical.grad(f, scheme="central")(x, w), want, 1e-6, 1e-8)


def test_a_slice_that_is_written_again_on_the_way_back_is_written_as_one():
    def size(x, w):
        return np.sum(source.grad(turned)(x, w) ** 2)

    x, w = np.array([0.3, -0.7, 0.5, 1.2]), np.array([0.0, 1.0, 2.0, 5.0])
    want = numerical.grad(size, scheme="central")(x, w)
    np.testing.assert_allclose(source.grad(size)(x, w), want, 1e-6, 1e-8)


WAVES = np.exp(1j * np.arange(3.0))
MASKED = np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0])
MATRIX = np.matrix(np.eye(3))


@pytest.mark.parametrize(
    "f",
    [lambda x: np.abs(np.sum(WAVES * x)), lambda x: np.sum(np.real(x * WAVES)),
     lambda x: np.abs(np.sum(WAVES[:2] * x[1:])), lambda x: np.abs(np.sum(WAVES * x[[1, 1, 2]])),
     lambda x: np.sum(np.abs(np.fft.fft(np.eye(3)) @ x) ** 2), lambda x: np.sum(MASKED * x),
     lambda x: (x * MASKED).sum(), lambda x: np.sum(MATRIX @ x),
     lambda x, k=2 + 3j: np.abs(np.sum(x * k))],
)  # fmt: skip
def test_what_is_no_plain_real_array_is_refused_where_it_meets_what_varies(f):
    for engine in (source.grad(f), lambda x: source.jvp(f, (x,), (x,))):
        with pytest.raises(SourceError, match=r"^Line \d+ of .*: .* beside complex") as told:
            engine(np.array([0.3, 0.7, 0.5]))
        assert str(told.value).count("Line") == 1
    alone = source.grad(lambda x: np.sum(np.abs(WAVES) ** 2 * x) + np.sum(MASKED) * x[0])
    np.testing.assert_allclose(alone(np.ones(3)), [5, 1, 1])


def of_a_way_not_taken(x):
    a, b = np.sqrt(x[0]), np.arccos(x[1])
    if x[1] < 1:
        return a * b
    k = 0
    while k < x[0] - 3:
        k, b = k + 1, b + a
    for _ in range(k):
        b = b + 1 / x[3]
    return x[0] * x[1] + 2 * x[2] + x[3]


def test_what_no_way_has_read_has_no_slope_even_where_that_is_infinite():
    """0 for what another branch or turn reads, times inf, is no nan."""
    g = source.grad(of_a_way_not_taken)
    np.testing.assert_allclose(g([0.0, 1.0, 2.0, 0.0]), [1, 0, 2, 1])
    assert not np.isfinite(g([0.0, 0.5, 2.0, 0.0])[0])  # where it was read, it counts


OVER_NAN = [
    lambda x: np.nansum(x * 3) + np.sum(np.nanmean(x, axis=0) * np.arange(3)),
    lambda x: np.sum(np.nan_to_num(x) * np.nanmax(x, axis=1, keepdims=True)),
    lambda x: np.nanvar(x, axis=1) @ np.nanprod(x[:, 1:], axis=1) + np.nanmin(x.T * x[1, 0]),
    lambda x: np.sum(np.nancumsum(x[::-1], axis=1) * x[1]),
    lambda x: sum(np.nansum(row[k:] * row[2]) for k, row in enumerate(x)),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("f", OVER_NAN)
@pytest.mark.parametrize("dtype", [float, np.float32])
def test_what_passes_over_nan_does_so_in_source(f, dtype):
    """It was taken for whole numbers, which are never nan."""
    x = np.array([[0.5, np.nan, 1.25], [2.0, 0.25, np.nan]], dtype)
    (y, g), (value, slopes) = source.value_and_grad(f)(x), reverse.value_and_grad(f)(x)
    np.testing.assert_allclose([y, value], f(x), rtol=1e-5)
    np.testing.assert_allclose(g, slopes, rtol=1e-5)


class Layer:
    rate = 2.0

    def bent(self, x):
        return self.rate * x**2

    @staticmethod
    def turned(x):
        return np.sin(x)

    def __call__(self, x):
        return self.bent(x) + self.turned(x)


class Upper(Layer):
    pass


def scaled(x, by=3.0, *, to=2.0):
    return by * x**to


def other(x, by=3.0, *, to=2.0):
    return by * np.exp(x)


REPLACED = {
    "a method": (Layer, "bent", lambda self, x: x**3),
    "a method further down": (Upper, "bent", lambda self, x: x**4),
    "a method that a method calls": (Layer, "turned", staticmethod(lambda x: np.cos(x))),
    "a call": (Layer, "__call__", lambda self, x: x**5),
    "code": (scaled, "__code__", other.__code__),
    "defaults": (scaled, "__defaults__", (5.0,)),
    "a default by name": (scaled, "__kwdefaults__", {"to": 4.0}),
}


@pytest.mark.parametrize("what", REPLACED)
def test_what_was_replaced_after_the_first_call_counts(what, monkeypatch):
    upper = Upper()
    f = lambda x: upper(x) + upper.bent(x) + scaled(x)  # noqa: E731
    gradient = source.grad(f)
    first, (owner, name, new) = gradient(1.5), REPLACED[what]
    monkeypatch.setattr(owner, name, new, raising=False)
    assert gradient(1.5) == pytest.approx(reverse.grad(f)(1.5))
    assert gradient(1.5) != pytest.approx(first)
    monkeypatch.undo()
    assert gradient(1.5) == pytest.approx(first)


GROWING = {
    "a stack of what a dict holds": (
        "h = [x * p['a']]\n    for k in range(3):\n        h.append(np.tanh(h[-1]) * p['b'] + x)\n"
        "    return np.sum(h[-1] * h[1])"
    ),
    "pairs": (
        "h = [(x[0], x[1])]\n    for k in range(2):\n        a, b = h[-1]\n"
        "        h.append((a * b, np.sin(b) + x[2] * a))\n    return h[-1][0] * h[1][1]"
    ),
    "a recursion": (
        "def down(v, n):\n        if n == 0:\n            return np.sum(v**3)\n"
        "        return down(v * x[0], n - 1) + down(np.sin(v), n - 1)\n    return down(x, 2)"
    ),
}


@pytest.mark.parametrize("text", GROWING.values(), ids=GROWING)
def test_second_order_where_lists_grow(text):
    f = function(f"def f(x, p):\n    {text}\n")
    x, v, p = np.array([0.4, 0.9, -0.3]), np.array([1.0, 0.5, -0.3]), {"a": 0.7, "b": 1.3}
    gradient = source.grad(lambda x: f(x, p))
    want = numerical.grad(lambda x: np.sum(gradient(x) * v))(x)
    np.testing.assert_allclose(source.grad(lambda x: np.sum(gradient(x) * v))(x), want, atol=1e-6)
    np.testing.assert_allclose(source.hvp(lambda x: f(x, p), (x,), (v,)), want, atol=1e-6)


def test_a_dict_of_many_unlike_parts_is_read_in_time():
    p = {f"w{k}": np.ones(2 + k % 5) for k in range(200)}

    def f(p):
        squares = {k: p[k] ** 2 for k in p}
        return sum(np.sum(v) for v in squares.values())

    start = time.process_time()
    assert all((g == 2.0).all() for g in source.grad(f)(p).values())
    assert time.process_time() - start < 10


LIMITS = {"a_min": None, "a_max": 2.0}


def test_options_that_are_none_at_run_time_are_none_in_definitions():
    x = np.array([1.0, 3.0])
    clipped = lambda x: np.sum(np.clip(x, **LIMITS))  # noqa: E731
    below = lambda x, lo=None: np.sum(np.clip(x, lo, a_max=2.0))  # noqa: E731
    nearest = lambda x, most=None: np.sum(np.nan_to_num(x, posinf=most))  # noqa: E731
    for low, slope in ((None, 1), (1.5, 0), (None, 1)):
        LIMITS["a_min"] = low
        np.testing.assert_array_equal(source.grad(clipped)(x), [slope, 0])
        np.testing.assert_array_equal(source.grad(below)(x, low), [slope, 0])
        np.testing.assert_array_equal(source.grad(nearest)(x, low), [1, 1])
    np.testing.assert_array_equal(source.grad(below)(x), [1, 0])
