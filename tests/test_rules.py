"""Every row of the table in every engine that walks it; corrupted rows must be caught."""

import numpy as np
import pytest

from elves import core, numerical, reverse, rules, symbolic, trees
from elves.errors import ElfError
from elves.testing import check_grads
from samples import MORE, SAMPLES, SYMMETRIC

ROWS = [rule for rule in core.RULES.values() if not rule.constant]
ELEMENTWISE = [rule for rule in ROWS if isinstance(rule, core.Elementwise)]
CASES = [
    pytest.param(rule, args, kwargs, id=f"{rule.name}-{k}")
    for rule in ROWS
    for k, (args, kwargs) in enumerate(SAMPLES.get(rule.function, []))
]

# What is decided by comparing or computed by LAPACK has no formula.
NEEDS_NUMBERS = {np.sort, np.partition, np.median} | {
    rule.function for rule in ROWS if "linalg" in rule.name and rule.function is not np.linalg.norm
}


def floats(args):
    """The float arguments (a list of arrays counts as one), and a function to put others in."""
    places = [
        i
        for i, a in enumerate(args)
        if isinstance(a, float)
        or (isinstance(a, list) and not isinstance(a[0], int))
        or getattr(a, "dtype", np.dtype(int)).kind == "f"
    ]

    def fill(values):
        full = list(args)
        for i, value in zip(places, values, strict=True):
            full[i] = value
        return full

    return tuple(args[i] for i in places), fill


def check(rule, args, kwargs):
    """The oracle on one row: JVP, VJP, second order."""
    primals, fill = floats(args)

    def f(*values):
        if rule.function in SYMMETRIC:
            values = [values[0] @ values[0].T]
        return rule.function(*fill(values), **kwargs)

    check_grads(f, primals)


def test_every_row_has_a_sample():
    assert [rule.name for rule in ROWS if rule.function not in SAMPLES] == []


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_row(rule, args, kwargs):
    check(rule, args, kwargs)


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_row_in_the_symbolic_engine(rule, args, kwargs):
    primals, fill = floats(args)

    if rule.function in NEEDS_NUMBERS:
        with pytest.raises(ElfError):
            symbolic.grad(lambda *v: np.sum(rule.function(*fill(v), **kwargs)))(*primals)
        return

    def f(*values):
        y = rule.function(*fill(values), **kwargs)
        parts = y if isinstance(y, (list, tuple)) else [y]
        return sum(np.sum(np.sin(part)) for part in parts)

    everything = tuple(range(len(primals)))
    have = symbolic.grad(f, everything)(*primals)
    want = numerical.grad(f, everything)(*primals)
    for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda rule: rule.name)
def test_row_against_the_complex_step(rule):
    for args, kwargs in SAMPLES[rule.function]:
        primals, fill = floats(args)

        def f(*values, fill=fill, kwargs=kwargs):
            return np.sum(rule.function(*fill(values), **kwargs))

        if rule.function in rules.NOT_ANALYTIC:
            with pytest.raises(ElfError, match="not analytic"):
                numerical.grad(f, scheme="complex")(*primals)
        else:
            have = numerical.grad(f, scheme="complex")(*primals)
            np.testing.assert_allclose(have, reverse.grad(f)(*primals), rtol=1e-12, atol=1e-14)


def corrupted(rule):
    """Ways to spoil a row: a wrong factor and a wrong sign, in one argument after the other."""
    if isinstance(rule, core.Elementwise):
        for i, partial in enumerate(rule.partials):
            for factor in (1.01, -1) if partial else ():
                wrong = (
                    (lambda y, *a, p=partial, k=factor: k * p(y, *a))
                    if callable(partial)
                    else factor * partial
                )
                yield "partials", (*rule.partials[:i], wrong, *rule.partials[i + 1 :])
    elif isinstance(rule, core.Linear):
        for i, transpose in enumerate(rule.transposes):
            if transpose:
                wrong = lambda *a, t=transpose, **kw: 1.01 * t(*a, **kw)  # noqa: E731
                yield "transposes", (*rule.transposes[:i], wrong, *rule.transposes[i + 1 :])
    elif isinstance(rule, core.Moves):
        for name in ("jvp", "vjp"):
            row = getattr(rule, name)
            yield name, lambda *a, row=row: 1.01 * row(*a)
    elif isinstance(rule, core.Custom):
        for name in ("_jvp", "_vjp") if rule._vjp else ("_jvp",):
            row = getattr(rule, name)
            yield name, lambda *a, row=row, **kw: 1.01 * row(*a, **kw)


@pytest.mark.parametrize("rule", [r for r in ROWS if not r.derived], ids=lambda rule: rule.name)
def test_a_corrupted_row_is_caught(rule, monkeypatch):
    spoiled = list(corrupted(rule))
    assert spoiled
    for name, wrong in spoiled:
        with monkeypatch.context() as patch:
            patch.setattr(rule, name, wrong)
            caught = 0
            for args, kwargs in SAMPLES[rule.function]:
                try:
                    check(rule, args, kwargs)
                except AssertionError:
                    caught += 1
            assert caught, f"a wrong {name} of {rule.name} went unseen"


@pytest.mark.parametrize(
    "rule", [r for r in core.RULES.values() if r.constant], ids=lambda rule: rule.name
)
def test_flat_functions_give_plain_values(rule):
    x = np.array([[0.5, -1.5], [0.3, 0.2]])
    if rule.function is np.searchsorted:
        x = np.ravel(x)
    more = MORE.get(rule.function) or [x] * (getattr(rule.function, "nin", 1) - 1)
    y = rule.function(reverse.Variable(x), *more)
    assert not isinstance(y, core.Value)
    np.testing.assert_array_equal(y, rule.function(x, *more))
