"""Mutation test of the oracle: each row is corrupted in turn, and the oracle must notice.

A corruption changes what one argument contributes: to the JVP, to the VJP, or to both alike (a
wrong formula in the row). `scale`, `sign` and `drop` do so for every kind of row; `own` uses the
function itself in the place of its transpose, `permute` reverses the entries, and `swap` takes
the transpose of another argument. Where a corruption changes nothing (the transpose of np.flip is
np.flip) there is nothing to notice.

A seeded choice, some for every kind of row and corruption and one for each row, always runs;
`pytest tests/test_mutants.py --all-mutants` runs them all.
"""

import functools
import random

import numpy as np

from elves import core, trees
from samples import SAMPLES, check

ROWS = [rule for function, rule in core.RULES.items() if function in SAMPLES]
FACTORS = {"scale": 1.01, "sign": -1.0, "drop": 0.0}


def ways(rule):
    """The corruptions that fit a row's kind: in which direction, and how."""
    if rule.derived:
        return [("definition", how) for how in FACTORS]
    found = [(where, how) for where in ("row", "jvp", "vjp") for how in FACTORS]
    if isinstance(rule, core.Elementwise):
        return [*found, ("vjp", "swap")]
    return [*found, *(("vjp", how) for how in ("own", "permute", "swap"))]


MUTANTS = [(rule, where, how) for rule in ROWS for where, how in ways(rule)]


def some_mutants():
    """At least three of each kind of row and corruption, and at least one of each row."""
    shuffled, often, seen = MUTANTS[:], {}, set()
    random.Random(7).shuffle(shuffled)
    for mutant in shuffled:
        rule, where, how = mutant
        stratum = type(rule), where, how
        if often.get(stratum, 0) < 3 or rule not in seen:
            often[stratum] = often.get(stratum, 0) + 1
            seen.add(rule)
            yield mutant


def pytest_generate_tests(metafunc):
    if "mutant" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-mutants")
        chosen = MUTANTS if every else list(some_mutants())
        names = [f"{rule.name}-{where}-{how}" for rule, where, how in chosen]
        metafunc.parametrize("mutant", chosen, ids=names)


@functools.cache
def varied(rule):
    """The numbers of the arguments that some sample differentiates the row by."""
    seen, true = set(), rule.vjp

    def watch(i, *rest):
        seen.add(i)
        return true(i, *rest)

    rule.vjp = watch
    try:
        for args, kwargs in SAMPLES[rule.function]:
            check(rule, args, kwargs, order=1)
    finally:
        del rule.vjp
    return sorted(seen)


def spoil(rule, where, how, k, patch):
    """Corrupt argument k of a row; the list that it returns fills with True where it matters."""
    factor, matters = FACTORS.get(how), []
    true_jvp, true_vjp = getattr(rule, "jvp", None), getattr(rule, "vjp", None)
    derived = rule.derived

    def jvp(tangents, *rest):
        changed = [
            t if t is None or i != k else factor * np.asarray(t) if plain(t) else factor * t
            for i, t in enumerate(tangents)
        ]
        return differs(true_jvp(tangents, *rest), true_jvp(changed, *rest))

    def vjp(i, g, y, args, kwargs):
        true = true_vjp(i, g, y, args, kwargs)
        if i != k:
            return true
        if how == "own":
            wrong = own(g, y, args, kwargs)
        elif how == "permute":
            wrong = np.reshape(np.flip(np.ravel(true)), np.shape(true))
        elif how == "swap":
            wrong = true_vjp(next(j for j in varied(rule) if j != k), g, y, args, kwargs)
        else:
            wrong = factor * true
        return differs(true, wrong)

    def own(g, y, args, kwargs):
        if isinstance(rule, core.Custom):
            return rule.jvp([g], y, args, kwargs)
        return rule.function(*args[:k], g, *args[k + 1 :], **kwargs)

    def differs(true, wrong):
        same = np.shape(true) == np.shape(wrong)
        matters.append(not (plain(true) and same and np.allclose(true, wrong, rtol=1e-6, atol=0)))
        return wrong

    def definition(*args, **kwargs):
        y = derived(*args, **kwargs)
        return trees.rebuild(y, [differs(part, factor * part) for part in trees.leaves(y)])

    if where in ("jvp", "row"):
        patch.setattr(rule, "jvp", jvp)
    if where in ("vjp", "row"):
        patch.setattr(rule, "vjp", vjp)
    if where == "definition":
        patch.setattr(rule, "derived", definition)
        patch.setattr(rule, "usually", None)  # plain arrays would go another way
    return matters


def plain(z):
    return not isinstance(z, core.Value)


def caught(rule, kinds):
    """Whether the oracle notices on some sample that something is wrong."""
    for args, kwargs in SAMPLES[rule.function]:
        try:
            check(rule, args, kwargs, order=1)
        except kinds:
            return True
    return False


def test_a_mutant_is_caught(mutant, monkeypatch):
    rule, where, how = mutant
    arguments = [None] if rule.derived else varied(rule)
    if how == "swap" and len(arguments) < 2:
        return
    mattered = []  # a cotangent of another shape may end in any error, a factor may not
    for k in arguments:
        with monkeypatch.context() as patch:
            matters = spoil(rule, where, how, k, patch)
            seen = caught(rule, AssertionError if how in FACTORS else Exception)
        mattered.append(any(matters))
        assert seen or not any(matters), f"{how} of the {where} of {rule.name}, argument {k}"
    assert any(mattered) or how not in FACTORS, f"no sample tests {rule.name}"


def test_every_row_is_among_the_mutants():
    assert {rule for rule, _, _ in MUTANTS} == set(ROWS)
    assert {rule for rule, _, _ in some_mutants()} == set(ROWS)
