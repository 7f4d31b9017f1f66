"""Source transformation on one page: right, or refused in one sentence."""

import random
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import test_source_programs
from elves import ElfError, forward, numerical, reverse, source, tracing, vmap
from elves.errors import InputError, SourceError
from elves.source import page
from test_project import lines_of_code
from test_source_programs import function

HERE = Path(page.__file__).parent
HEAD = """
K = 2.5
W = np.array([1.0, -2.0, 3.0])


def helper(u):
    return u * u


def f(x, v):
"""
AT = 0.83, np.array([0.43, -0.61, 1.17])


def program(body):
    """The function of x and v that has this body."""
    return function(HEAD + textwrap.indent(body.strip(), "    ") + "\n")


def differences(f):
    """The gradient from differences; each call gets arrays of its own."""
    return numerical.value_and_grad(lambda x, v: f(x, np.array(v)), (0, 1))(*AT)


# Bodies of functions of a number x and an array v.
PROGRAMS = """
return x * x

return np.sum(v)

return x ** v[0] + 2.0 ** x + (-0.5) ** 2 * x

return np.sum(v ** 2) ** 0.5 * -x

return np.floor(x) * x + (x > 0) * x + x // 2 + x % 0.3

return abs(x) * np.pi * v.shape[0] * len(v)

return np.sum(x * v + v * v * x) * np.exp(-x) / (1 + x ** 2)

return np.sum(np.tanh(np.tanh(x * v) * v) / v)

return np.mean(v * x) + np.max(v) * np.min(v * x)

return np.sum(np.where(v > 0, v * x, -v)) + np.sum(np.maximum(v, x))

return np.linalg.norm(v * x) + np.var(v * x) * np.prod(v)

return np.sum(np.outer(v, v * x) @ v) + v @ v * x

return np.sum(np.sum(np.expand_dims(v, 1) * v * x, axis=1) * v)

return np.sum(np.reshape(v, (3, 1)) * v + np.transpose(v) * x)

return np.logaddexp(x, v[0]) * np.hypot(x, v[1]) * np.arctan2(x, v[2])

return np.heaviside(0.0, x) + np.heaviside(0.0, x)

return np.sum(v[[0, 0, 2]] ** 2) * x + np.sum(v[v > 0]) + v[-1]

return np.sum(v[np.argsort(v) * 0] ** 2) + np.sum(v[..., None] * v[1:])

return K * x + np.sum(W * v) * x

y = np.sin(x); z = y * x; y = z + y
return y * z

stack = x * 2; x_bar = stack * x; g = x_bar * v[0]; t = g; u = t; value = u
return value * t

y = x; y += x; y *= y
return y

y = v * 1.0; y += x * v; z = y * v; y *= z
return np.sum(y)

y = x
for i in range(3):
   y = np.sin(y) * x
return y

for i in range(0):
   x = x * x
return x

for i in range(2, 8, 3):
   x = x * v[i - 5] + i
return x

i = 2; y = x * i
for i in range(3):
   y = y * x + i
return y * i

s = 0.0
for i in range(3):
   for j in range(i + 1):
       s = s * x + np.sin(s + v[j]) * i
return s

s = 0.0
for i in range(3):
   for i2 in range(i):
       t = s * v[i2]
       s = t * t + x
return s

y = x; n = 0
while y < 5.0:
   n += 1
   y = y * 1.5 + n * x
return y * n

while x < 3 and v[0] > 0:
   x = x * 1.5 + v[0]
return x

s = 0.0; n = 0
while n < 3:
   m = 0
   while m < n:
       s = s + np.sin(x * m) * s
       m = m + 1
   s = s * x + v[n]
   n = n + 1
return s

s = x
for i in range(3):
   n = 0
   while n < i:
       s = s * x + v[n]
       n += 1
return s

if x > 0.5:
   z = x * 2
else:
   z = v[0]
return z * z

y = x
if y > 0:
   y = y * y
   if y > 0.5:
       y = -y * x
   else:
       y = 3 * y
return y * x

t = 0.0
for i in range(3):
   if i > 0:
       u = x * i
       t = t + u * u
   else:
       t = t * x + v[i]
return t

y = x; n = 3
for i in range(4):
   if n > 1:
       n = n - 1
   y = y * x + n
return y

y = x; n = 3
for i in range(4):
   if n > 1:
       n = 0
return y * x

a = np.zeros(4)
for i in range(4):
   a[i] = x ** i
return np.sum(a * a)

a = np.zeros(3); t = 1.0
for i in range(3):
   t = a[i - 1]
   a[i] = t * x + v[i]
return np.sum(a) * t

a = np.zeros(3)
for i in range(3):
   a = a * x + v[i]
   a[i] = a[i - 1] * a[i]
return np.sum(a * a)

a = np.zeros(3)
for i in range(3):
   a[i] = x
   a = np.ones(3)
return np.sum(a) * x

a = np.zeros(4); n = 0
while n < 4:
   a[n] = x ** n
   n += 1
return np.sum(a * a)

a = np.zeros(3); a[0] = x
if a[0] > 0:
   a[0] = a[0] * a[0]
   a[1] = a[0] * x
else:
   a[2] = x
return np.sum(a * v)

A = np.zeros((3, 3))
for i in range(3):
   for j in range(i, 3):
       A[i, j] = v[i] * v[j] * x
       A[j, i] += A[i, j] * x
return np.sum(A @ v)

A = np.zeros((3, 3))
for i in range(3):
   A[i] = v * x * i
   A[:, i] = A[:, i] * A[i]
return np.sum(A * A)

a = v * 1.0; a[:2] = a[1:]; a[1:] = a[:-1] * x; a[::-1] = a
return np.sum(a * v)

a = v * 1.0; a[:] = x; a[0] += v[1]; a *= 2.0
return np.sum(a * v)

a = np.zeros_like(v); a[1] = x; b = np.copy(a); b[0] = a[1] * x
return np.sum(a * b)

w = np.array([1.0, 2.0, 4.0])
return np.sum(w * v) * x

y = v; z = y; y = z * x
return np.sum(y * z)

y = x
if x > 0:
    i = 2
    y = y * x * i
for i in range(3):
    y = y * x + i
return y

y = x
for i in range(3):
    if i > 0:
        k = i
        y = y * k * x
    for k in range(i):
        y = y * x + k
return y

k = np.where(v > 0); n = v.shape; m = np.zeros(n); m[0] = x
return np.sum(v[k]) * m[0] * n[0]

a = np.zeros((2, 3)); a[..., 0] = x; a[0, ...] = v * a[0, 0]
return np.sum(a * v)

y = v * 1; y @= np.outer(v, v)
return np.sum(y) * x
""".strip().split("\n\n")


@pytest.mark.parametrize("body", PROGRAMS)
def test_it_is_right(body):
    f = program(body)
    y, gradient = page.value_and_grad(f, (0, 1))(*AT)
    want, slopes = differences(f)
    np.testing.assert_allclose(y, want, rtol=1e-12)
    for have, true in zip(gradient, slopes, strict=True):
        np.testing.assert_allclose(have, true, rtol=1e-6, atol=1e-8)
    try:
        taped = reverse.grad(f, (0, 1))(AT[0], AT[1].copy())
    except (ElfError, ValueError):  # an assignment into an array, which the tape cannot see
        assert re.search(r"\] =|[+*@]=", body)
        return
    for have, true in zip(gradient, taped, strict=True):
        np.testing.assert_allclose(have, true, rtol=1e-12, atol=1e-14)


def test_the_arguments_stay_as_they_are():
    v = AT[1].copy()
    page.grad(program("v[0] = x\nv *= x\nreturn np.sum(v * v)"), (0, 1))(0.5, v)
    np.testing.assert_array_equal(v, AT[1])


# What is no part of the page: words of the sentence, and a body.
FULL = "more than the page reads: use elves.source.grad"
REFUSED = [
    (FULL, "return helper(x)"),
    (FULL, "return x if x > 0 else 2.0"),
    (FULL, "return max(x, 2.0)"),
    (FULL, "return float(x) * x"),
    (FULL, "return v.sum()"),
    (FULL, "return np.sum(v.T * x)"),
    (FULL, "return (v * x)[0]"),
    (FULL, "return [v[0], x][1]"),
    (FULL, "return np.sum(np.stack([x, x * x]))"),
    (FULL, "return np.sum(np.clip(v, a_min=-0.5, a_max=x))"),
    (FULL, "return np.random.rand() * x"),
    (FULL, "return np.einsum('i,i', v, v * x)"),
    (FULL, "y, z = x, x * x\nreturn y"),
    (FULL, "y = z = x\nreturn y * z"),
    (FULL, "y: float = x * 2\nreturn y"),
    (FULL, "y = not x\nreturn y * x"),
    (FULL, "assert x > 0\nreturn x"),
    (FULL, "if x > 0:\n    return x\nreturn x * x"),
    (FULL, "for i in range(3):\n    if i == 1:\n        break\n    x = x * x\nreturn x"),
    (FULL, "for w in v:\n    x = x * w\nreturn x"),
    (FULL, "n = 3\nfor i in range(n):\n    n = 1\n    x = x * x\nreturn x * n"),
    (FULL, "for i in range(3):\n    i = i + 1\n    x = x * i\nreturn x"),
    (FULL, "for i in range(int(v[2])):\n    v[2] = 0.0\n    x = x * x\nreturn x * v[2]"),
    (FULL, "n = 3\nfor n in range(n):\n    x = x * x + n\nreturn x"),
    (FULL, "t = x\nfor t in range(3):\n    x = x * t + x\nreturn x * t"),
    (FULL, "y = 'a'\nreturn x"),
    ("take another", "fit = x\nreturn fit"),
    ("take another", "np = x\nreturn np * 2"),
    ("take another", "reversed = x\nreturn reversed"),
    ("may be the same memory: write b = np.copy(v)", "b = v\nb[0] = x\nreturn np.sum(v)"),
    ("same memory", "a = v * 1.0\nb = a\nb[0] = x\nreturn np.sum(a)"),
    ("same memory", "a = v * 1.0\nb = a[1:]\nb[0] = x\nreturn np.sum(a)"),
    ("same memory", "a = np.zeros((2, 2))\nb = a[0]\na[0, 1] = x\nreturn np.sum(b)"),
    ("same memory", "a = v * 1.0\nb = np.reshape(a, 3)\nb[0] = x\nreturn np.sum(a)"),
    ("same memory", "y = v\ny += x\nreturn np.sum(y * v)"),
    ("same memory", "y = W\ny[0] = x\nreturn np.sum(y)"),
    ("twice: use integers and slices", "k = np.array([0, 0])\na = v * 1.0\na[k] = x\nreturn a[0]"),
    ("z may have no value here", "if x > 0.5:\n    z = x * 2\nreturn z"),
    ("no return follows: return one number at the end", "y = x"),
    ("t may have no value here", "for i in range(3):\n    t = x * i\nreturn t"),
]
# What elves.source does not read either: then that speaks.
NEITHER = [
    ("holds integers", "a = np.arange(3)\na[0] = x\nreturn np.sum(a * 2.0)"),
    ("holds integers", "a = np.zeros_like(np.arange(3))\na[0] = x\nreturn np.sum(np.sin(a))"),
    ("lives outside", "W[0] = x\nreturn np.sum(W)"),
    ("np.sum with the option where", "return np.sum(v, where=v > 0)"),
    ("np.full has no derivative rule", "return np.sum(np.full(3, x))"),
    ("np.arange", "return np.sum(np.arange(x, 3.0))"),
    ("keys are not known", "return sum({k: x for k in 'ab'}.values())"),
    ("try is not covered", "try:\n    y = x\nexcept ValueError:\n    y = 2 * x\nreturn y"),
    ("called for its effects", "np.sin(v, v)\nreturn x"),
    ("NamedExpr", "return x * (y := x)"),
    ("and/or of what varies", "y = x or 2.0\nreturn y"),
    ("global", "global K\nK = 3\nreturn x * K"),
    ("use real numbers", "return x * 1j"),
    ("complex numbers: use real ones", "return abs((-0.5) ** 0.5 * x)"),
    ("holds integers", "a = np.zeros(3, bool)\na[0] = x\nreturn np.sum(a * v)"),
    ("A gradient needs a function that returns one number", "return v"),
]


@pytest.mark.parametrize(("words", "body"), REFUSED + NEITHER)
def test_all_else_is_refused_in_one_sentence(words, body):
    f = program(body)
    with pytest.raises(ElfError) as caught:
        page.grad(f, (0, 1))(AT[0], AT[1].copy())
    sentence = str(caught.value)
    assert words in sentence and sentence.endswith("."), sentence
    if (words, body) in REFUSED:
        assert sentence.startswith("Line ") and " of f: " in sentence
    if words == FULL:  # and that advice is true
        y, gradient = source.value_and_grad(f, (0, 1))(AT[0], AT[1].copy())
        if "rand" not in body:
            np.testing.assert_allclose(y, f(AT[0], AT[1].copy()))
            for have, true in zip(gradient, differences(f)[1], strict=True):
                np.testing.assert_allclose(have, true, rtol=1e-6, atol=1e-8)


def test_the_other_advice_is_true_as_well():
    f = program("b = np.copy(v)\nb[0] = x\nreturn np.sum(v) + np.sum(b)")
    assert page.grad(f, (0, 1))(*AT)[0] == 1
    f = program("z = 0.0\nif x > 0.5:\n    z = x * 2\nreturn z")
    assert page.grad(f)(*AT) == 2


def test_wrong_arguments():
    f = program("return np.sum(v) * x")
    for args, words in [
        ((0.5, [1.0, 2.0]), "The page reads numbers and arrays, not list"),
        ((0.5, 1j * AT[1]), "what varies beside complex numbers"),
        ((0.5, np.matrix([1.0])), "The page reads numbers and arrays, not matrix"),
        (([0.5], AT[1]), "calculates with a list as a whole"),
        ((1, AT[1]), "Only floats can vary smoothly"),
        ((0.5,), "missing a required argument"),
    ]:
        with pytest.raises((InputError, SourceError), match=words):
            page.grad(f)(*args)
    with pytest.raises(InputError, match="argnums"):
        page.grad(f, 2)(*AT)
    with pytest.raises(ZeroDivisionError):  # as in the function itself
        page.grad(program("n = 0\nreturn x / (1 // n)"))(*AT)
    with pytest.raises(NameError, match="nothing"):
        page.grad(program("return x * nothing"))(*AT)


def test_what_stands_outside_is_read_anew():
    f = program("return x * K")
    slope = page.grad(f)
    assert slope(*AT) == 2.5
    f.__globals__["K"] = np.array(3.0)
    assert slope(*AT) == 3
    f.__globals__["K"] = [3.0]
    with pytest.raises(SourceError, match="list"):
        slope(*AT)


def test_other_engines_differentiate_it_and_batch_it():
    def f(x):
        y = x
        for i in range(3):
            y = np.sin(y) * x + i
        return y

    slope = page.grad(f)
    want = numerical.grad(slope)(1.3)
    for engine in (forward, reverse, source, tracing):
        assert engine.grad(slope)(1.3) == pytest.approx(want, rel=1e-6)
    np.testing.assert_allclose(vmap(slope)(np.array([1.3, 0.2])), [slope(1.3), slope(0.2)])
    with pytest.raises(SourceError, match="reads no derivatives"):
        page.grad(slope)(1.3)


def test_arguments_by_name_and_in_part():
    def f(x, y=2.0, *, n=3):
        return x**n * y

    assert page.grad(f)(2.0) == 24 and page.grad(f, 1)(2.0) == 8
    assert page.grad(f)(2.0, n=1, y=5.0) == 5
    assert page.grad(f, (1, 0))(2.0, 3.0) == (8.0, 36.0)
    assert page.value_and_grad(f, (0,))(2.0) == (16.0, (24.0,))
    g = page.grad(lambda x: np.sum(x))(np.ones(2, np.float32))
    assert g.dtype == np.float32 and g.shape == (2,)


TEXT = """
import numpy as np


def grad_of_f(x, v):
    stack = []
    a = np.zeros(3)
    n = 0
    stack.append(False)
    while n < 3:
        stack.append(np.copy(a[n]))
        a[n] = np.sin(x) * n
        stack.append(n)
        n += 1
        stack.append(True)
    # line 16: return np.sum(a)
    a_bar = np.zeros_like(a)
    a_bar += np.broadcast_to(1.0, np.shape(a))
    x_bar = np.zeros_like(x)
    while stack.pop():
        # line 15: n += 1
        n = stack.pop()
        # line 14: a[n] = np.sin(x) * n
        a[n] = stack.pop()
        g = np.copy(a_bar[n])
        a_bar[n] = 0.0
        x_bar = x_bar + g * n * np.cos(x)
    return x_bar
"""


def test_the_text_is_your_program_and_its_way_back():
    turn = "while n < 3:\n    a[n] = np.sin(x) * n\n    n += 1\n"
    f = program(f"a = np.zeros(3)\nn = 0\n{turn}return np.sum(a)")
    assert page.show(f, *AT) == TEXT.lstrip()
    scope = {}
    exec(page.show(f, *AT), scope)  # alone
    assert scope["grad_of_f"](*AT) == pytest.approx(page.grad(f)(*AT), rel=1e-15)


def test_shapes_are_asked_for_only_where_something_may_be_stretched():
    f = function("def f(x, y):\n    z = x * y\n    return np.sum(np.sin(z) * z)\n")
    assert "fit" not in page.show(f, 1.0, 2.0)
    assert "fit(z_bar * y, x)" in page.show(f)


class Writer(test_source_programs.Writer):
    """Programs in the page's language."""

    kinds = ("assign",) * 6 + ("augment", "if", "if", "for", "for", "while")

    def pick(self, options):
        if "swap" in options:  # the kinds of statements
            options = self.kinds + ("store",) * 3 * self.stores
        elif "a = np.zeros(3)" in options:
            options = options[:2]
        return super().pick(options)

    def expression(self, depth=2):
        if depth == 0 or self.random.random() < 0.15:
            return self.atom()
        one, other = self.expression(depth - 1), self.expression(depth - 1)
        return self.pick([
            f"np.sin({one})", f"np.cos({one})", f"np.tanh({one})", f"({one} + {other})",
            f"({one} - {other})", f"np.tanh({one} * {other})", f"({one} / (2.0 + {other} ** 2))",
            f"np.sum({one})", f"(-{one})", f"np.exp(-np.square({one}))", f"np.mean({one} * v)",
            f"np.maximum({one}, {other} - 0.3)", f"np.tanh({one}) ** 2", f"np.floor({one})",
            f"np.where({self.atom()} > 0.1, {one}, {other})", f"abs({one})",
        ])  # fmt: skip


@pytest.mark.parametrize("stores", [False, True])
def test_random_programs(stores):
    right = 0
    for seed in range(200):
        text = Writer(random.Random(seed), stores).program()
        f = function(text)
        try:
            value = f(AT[0], AT[1].copy())
        except (NameError, ValueError, IndexError):  # no program at all
            continue
        try:
            y, gradient = page.value_and_grad(f, (0, 1))(*AT)
        except SourceError as error:
            assert "may be the same memory" in str(error), text
            continue
        try:
            want = reverse.grad(f, (0, 1))(AT[0], AT[1].copy())
            close = {"rtol": 1e-9, "atol": 1e-11}
        except (ElfError, ValueError):
            want, close = differences(f)[1], {"rtol": 1e-5, "atol": 1e-7}
        np.testing.assert_allclose(y, value, rtol=1e-12, err_msg=text)
        for have, true in zip(gradient, want, strict=True):
            np.testing.assert_allclose(have, true, err_msg=text, **close)
        right += 1
    assert right >= 160


def test_it_is_one_page():
    assert lines_of_code((HERE / "page.py").read_text("utf-8")) <= 150
    assert lines_of_code((HERE / "plain.py").read_text("utf-8")) <= 290  # what it reads


def test_who_does_not_ask_for_it_does_not_wait_for_it():
    code = "import sys, elves; assert 'elves.source.page' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE.parent.parent)
