"""Thousands of small random programs: source, forward and reverse mode must agree on each."""

import linecache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elves import forward, numerical, reverse, source
from elves.errors import MutationError, SourceError

HELPERS = """
def smooth(u, k=2):
    for i in range(k):
        u = np.sin(u) + 0.1 * i
    return u


def fold(u, n):
    return u if n == 0 else np.cos(fold(u, n - 1) * 0.7)


def two(u, w):
    if np.sum(u) > 0.3:
        return u * w, w
    return np.tanh(w), u
"""


class Writer:
    """Writes one program; every choice comes from `random`."""

    def __init__(self, random, stores):
        self.random, self.stores, self.lines, self.loops = random, stores, [], 0
        self.names, self.counters, self.fresh = ["x", "v"], [], 0

    def pick(self, options):
        return options[self.random.randrange(len(options))]

    def atom(self):
        if self.random.random() < 0.2:
            return self.pick(["0.5", "1.2", "-0.7", "2"])
        if self.counters and self.random.random() < 0.15:
            return f"({self.pick(self.counters)} + 1)"
        if self.stores and self.random.random() < 0.2:
            return self.pick(["a[0]", "a[1]", "a[2]", "np.sum(a)", "a"])
        return self.pick(self.names)

    def expression(self, depth=2):
        if depth == 0 or self.random.random() < 0.15:
            return self.atom()
        one, other = self.expression(depth - 1), self.expression(depth - 1)
        return self.pick([
            f"np.sin({one})", f"np.cos({one})", f"np.tanh({one})", f"({one} + {other})",
            f"({one} - {other})", f"np.tanh({one} * {other})", f"({one} / (2.0 + {other} ** 2))",
            f"np.sum({one})", f"smooth({one})", f"(-{one})", f"np.exp(-np.square({one}))",
            f"fold({one}, 2)", f"np.mean({one} * v)", f"np.maximum({one}, {other} - 0.3)",
            f"({one} if {self.test()} else {other})", f"np.tanh({one}) ** 2",
        ])  # fmt: skip

    def test(self):
        return self.pick([
            f"np.sum({self.atom()}) > 0.3", f"np.sum({self.atom()}) < 0.9 and x > 0",
            f"not np.max({self.atom()}) > 0.8", f"np.sum({self.atom()}) <= np.sum({self.atom()})",
        ])  # fmt: skip

    def target(self):
        if self.random.random() < 0.5:
            return self.pick(self.names)
        self.fresh += 1
        return f"y{self.fresh}"

    def block(self, size, indent):
        """Some statements; names that a block introduces are known inside it only."""
        known, before = list(self.names), len(self.lines)
        for _ in range(1 + self.random.randrange(max(size, 1))):
            self.statement(indent, size)
        if len(self.lines) == before:
            self.put(indent, "pass")
        self.names = [n for n in self.names if n in known] if indent > 1 else self.names

    def put(self, indent, line):
        self.lines.append("    " * indent + line)

    def statement(self, indent, size):
        kind = self.pick(
            ["assign"] * 5 + ["augment", "if", "if", "for", "for", "while", "two", "swap", "jump"]
            + ["store"] * 3 * self.stores
        )  # fmt: skip
        if indent > 3 and kind in ("if", "for", "while"):
            kind = "assign"
        if kind == "assign":
            name, value = self.target(), self.expression()
            self.put(indent, f"{name} = {value}")
            self.names += [name] if name not in self.names else []
        elif kind == "augment":
            name = self.pick(self.names)
            self.put(indent, f"{name} = {name} * 1.0")
            self.put(indent, f"{name} {self.pick(['+=', '-=', '*='])} np.sum({self.expression(1)})")
        elif kind == "two":
            pair = [self.pick(self.names), self.pick(self.names)]
            if pair[0] != pair[1]:
                self.put(indent, f"{pair[0]}, {pair[1]} = two({self.atom()}, {self.expression(1)})")
        elif kind == "swap":
            pair = [self.pick(self.names), self.pick(self.names)]
            if pair[0] != pair[1]:
                line = f"{pair[0]}, {pair[1]} = {pair[1]}, np.sin({pair[0]} + {self.atom()})"
                self.put(indent, line)
        elif kind == "if":
            self.put(indent, f"if {self.test()}:")
            self.block(size - 1, indent + 1)
            if self.random.random() < 0.4:
                self.put(indent, f"elif {self.test()}:")
                self.block(size - 1, indent + 1)
            if self.random.random() < 0.6:
                self.put(indent, "else:")
                self.block(size - 1, indent + 1)
        elif kind == "for":
            self.loop(indent, size, "for {} in range({}):")
        elif kind == "while":
            self.fresh += 1
            name = f"n{self.fresh}"
            self.put(indent, f"{name} = 0")
            self.put(indent, f"while {name} < {self.pick([0, 1, 2, 3])} and {self.test()}:")
            self.put(indent + 1, f"{name} += 1")
            self.loops += 1
            self.block(size - 1, indent + 1)
            self.loops -= 1
        elif kind == "jump":
            options = ["return"] + ["break", "continue"] * (self.loops > 0)
            jump = self.pick(options)
            self.put(indent, f"if {self.test()}:")
            self.put(indent + 1, f"return np.sum({self.atom()})" if jump == "return" else jump)
        elif kind == "store":
            place = self.pick(["a[0]", "a[1]", "a[2]", "a[:2]", "a[1:]", "a[::2]", "a[:]"])
            if self.counters and self.random.random() < 0.5:
                place = f"a[{self.pick(self.counters)} % 3]"
            sign = self.pick(["=", "=", "+=", "*="])
            self.put(indent, f"{place} {sign} np.sum({self.expression(1)})")

    def loop(self, indent, size, head):
        self.fresh += 1
        name = f"i{self.fresh}"
        self.put(indent, head.format(name, self.pick([0, 1, 2, 3])))
        self.counters.append(name)
        self.loops += 1
        self.block(size - 1, indent + 1)
        self.loops -= 1
        self.counters.remove(name)

    def program(self):
        self.put(0, "def f(x, v):")
        if self.stores:
            self.put(
                1, self.pick(["a = np.zeros(3)", "a = v * x", "a = np.array([x, 0.3, x * x])"])
            )
        self.block(3, 1)
        self.put(1, f"return np.sum({' + '.join(self.names)})" + " + np.sum(a * a)" * self.stores)
        return HELPERS + "\n\n" + "\n".join(self.lines) + "\n"


def function(text, name="f"):
    """The function that a program defines, with source that can be read."""
    filename = f"<program {abs(hash(text))}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope = {"np": np}
    exec(compile(text, filename, "exec"), scope)
    return scope[name]


def check(text, stores):
    f = function(text)
    x, v = 0.83, np.array([0.43, -0.61, 1.17])
    try:
        value = f(x, v.copy())
    except (NameError, ValueError):  # no program at all
        return
    kept = v.copy()
    try:
        y, gradient = source.value_and_grad(f, (0, 1))(x, v)
    except SourceError as error:
        assert "may be the same memory" in str(error)
        return
    np.testing.assert_array_equal(v, kept)
    np.testing.assert_allclose(y, value, rtol=1e-12)
    direction = (0.3, np.array([0.2, -0.5, 0.7]))
    along = gradient[0] * direction[0] + np.sum(gradient[1] * direction[1])
    y, slope = source.jvp(f, (x, v), direction)
    np.testing.assert_allclose(y, value, rtol=1e-12)
    np.testing.assert_allclose(slope, along, rtol=1e-9, atol=1e-11)
    try:
        want = None if stores else reverse.grad(f, (0, 1))(x, v)
    except MutationError:  # an in-place operator: only source transformation can follow it
        want = None
    if want:
        for have, true in zip(gradient, want, strict=True):
            np.testing.assert_allclose(have, true, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(
            forward.jvp(f, (x, v), direction)[1], along, rtol=1e-9, atol=1e-11
        )
    else:
        np.testing.assert_allclose(
            numerical.jvp(f, (x, v), direction)[1], along, rtol=1e-5, atol=1e-7
        )


@pytest.mark.parametrize("stores", [False, True])
def test_random_programs(stores):
    @settings(max_examples=1000, derandomize=True, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.randoms(use_true_random=False))
    def run(random):
        text = Writer(random, stores).program()
        try:
            check(text, stores)
        except Exception as error:
            error.add_note(text)
            raise

    run()


def from_the_last(x):
    seen = [x]
    for _ in range(3):
        seen.append(np.cos(seen[-1]))
    return seen[-1] * seen[1]


def written_over(x):
    seen = [x * 1.0, x * x]
    seen.append(np.cos(seen[-1]))
    seen.append(-seen[-1])
    seen[-1] = np.exp(x)
    return seen[-1] * seen[0] * seen[-2]


def looked_at_and_taken(x):
    seen = [x, x * x, x * 3.0]
    last = seen[-1]
    both = seen.pop() + last
    rest = seen[0] - seen.pop()
    return both * rest * seen[-1]


def grows_by_one_or_two(x):
    seen = [x]
    for _ in range(3):
        seen.append(np.exp(-seen[-1]))
        if seen[-1] > 0.6:
            seen.append(0.5 * seen[-1])
    return seen[-1] + len(seen) * seen[0]


def recent(x):
    seen = [x, x * x, 0.5 * x]
    for _ in range(4):
        a, b = seen[-2:]
        seen.append(np.sin(a * b) + sum(seen[-3:]))
    return sum(seen[-2:]) * len(seen[-9:])


def recent_of_what_shrinks(x):
    seen = [x, 2 * x, x * x]
    for k in range(4):
        last = seen[-3:]
        seen.pop()
        if k % 2:
            seen.append(last[-1] * x)
        seen.append(np.cos(sum(seen[-2:])) * last[0])
    return sum(seen[-3:]) * seen[0]


@pytest.mark.parametrize(
    "f",
    [
        from_the_last, written_over, looked_at_and_taken, grows_by_one_or_two, recent,
        recent_of_what_shrinks,
    ],
)  # fmt: skip
@pytest.mark.parametrize("x", [0.3, -0.8])
def test_what_is_read_of_a_list_is_read_before_or_after_it_changes(f, x):
    value, slope = source.value_and_grad(f)(x)
    assert value == f(x)
    assert np.isclose(slope, reverse.grad(f)(x), 1e-12)
    assert np.isclose(source.jvp(f, (x,), (1.0,))[1], slope, 1e-12)
    vector = np.array([x, 2 * x])
    whole = source.grad(lambda v: np.sum(f(v)))
    if f is not grows_by_one_or_two:
        np.testing.assert_allclose(whole(vector), [slope, source.grad(f)(2 * x)], 1e-12)


def halved(pair):
    x, y = pair
    return x * y if abs(x) < 0.5 else halved((x / 2, y))


def halved_too(pair):
    x, y = pair
    if abs(x) < 0.5:
        return x * y
    return halved_too([x / 2, y * x])


def bisected(ends, heights, width):
    (a, c), (at_a, at_b, at_c) = ends, heights
    b = (a + c) / 2
    at_left, at_right = np.sin((a + b) / 2) / width, np.sin((b + c) / 2) / width
    if abs(c - a) < 0.5:
        return at_left * at_a + at_right
    left = bisected((a, b), (at_a, at_left, at_b), width)
    return left + bisected((b, c), (at_b, at_right, at_c), width)


def nested(pair, k):
    return pair[1] if k == 0 else nested([pair, pair[1] * 1.5], k - 1)


def longer(numbers, k):
    return sum(numbers) if k == 0 else longer([numbers[0] * 2, *numbers], k - 1)


RECURSIONS = [  # whose arguments are not of one kind in all their calls
    lambda a: halved([np.sin(x) for x in (a, a + 2)]),
    lambda a: halved(tuple(np.sin(x) for x in (a, 3 * a))),
    lambda a: halved_too((3.0, a)) + halved_too([a, 2.0]),
    lambda a: bisected((a, 3.0), (np.cos(a), a + 0.4, 3.0), 0.4),
    lambda a: bisected([0.1, a], [a, 0.4, a * a], a + 2),
    lambda a: nested((1.0, a), 4) * nested([a, a], 2),
    lambda a: longer([a], 3) + longer((a, 1.0), 1),
]


@pytest.mark.parametrize("f", RECURSIONS)
@pytest.mark.parametrize("a", [-0.7, 1.9])
def test_recursions_with_other_kinds_in_each_call_have_an_end(f, a):
    value, slope = source.value_and_grad(f)(a)
    assert np.isclose(value, f(a), 1e-12) and np.isclose(slope, reverse.grad(f)(a), 1e-12)
    assert np.isclose(source.jvp(f, (a,), (1.0,))[1], slope, 1e-12)
