"""Programs that nobody tuned the engines for: their gradients by hand are right, in all engines."""

import numpy as np
import pytest

import elves
from elves import numerical, race, reverse, tracing, trees, unseen
from elves.errors import MissingError
from elves.frameworks import load
from elves.race import ranking

PROGRAMS = unseen.by_name()
PATIENT = race.Pace(rounds=1, seconds=0.0, patience=300.0)


def program(work, grad=reverse.grad):
    return work.with_grad(grad) if work.with_grad else work.f


def test_there_are_many_of_many_kinds():
    assert len(PROGRAMS) >= 24
    again = unseen.by_name()
    for name, work in PROGRAMS.items():
        args, same = trees.leaves(list(work.args)), trees.leaves(list(again[name].args))
        assert all(map(np.array_equal, args, same)), name


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_by_hand(name):
    work = PROGRAMS[name]
    f = program(work)
    both = work.by_hand(*work.args)
    assert ranking.difference(reverse.value_and_grad(f, work.argnums)(*work.args), both) < 1e-10
    assert both[0] == pytest.approx(f(*work.args), rel=1e-12)
    many = work.argnums if isinstance(work.argnums, tuple) else (work.argnums,)
    places = dict(zip(many, range(len(many)), strict=True))
    primals = tuple(work.args[n] for n in many)

    def by_primals(*primals):
        args = [primals[places[n]] if n in places else a for n, a in enumerate(work.args)]
        return f(*args)

    draw = np.random.default_rng(3).normal
    ways = [draw(size=np.shape(p)) if np.shape(p) else float(draw()) for p in trees.leaves(primals)]
    slope = numerical.jvp(by_primals, primals, trees.rebuild(primals, ways))[1]
    by_hand = [np.sum(a * g) for a, g in zip(ways, trees.leaves(both[1]), strict=True)]
    assert slope == pytest.approx(sum(by_hand), abs=1e-4 * sum(map(abs, by_hand)))


@pytest.mark.parametrize("engine", ["reverse", "source", "tracing.jit", "autograd", "pytorch"])
def test_who_takes_them(engine):
    if engine.split(".")[0] not in elves.ENGINES:
        try:
            load(engine)
        except MissingError as missing:
            pytest.skip(str(missing))
    enters = race.contestants()[engine]
    for name, work in PROGRAMS.items():
        _, error, reason = ranking.enter(engine, enters, work, PATIENT)
        if engine in work.without:
            assert error is None and " " in reason, name
        else:
            assert reason is None and error < 1e-10, (name, error, reason)


@pytest.mark.parametrize("name", PROGRAMS)
def test_they_agree_with_jax(name):
    pytest.importorskip("jax", reason="another opinion needs JAX")
    enters, work = race.contestants()["jax.jit"], PROGRAMS[name]
    _, error, reason = ranking.enter("jax.jit", enters, work, PATIENT)
    assert reason if "jax.jit" in work.without else error < 1e-10, (error, reason)


def test_the_form_for_jax_is_the_same_function():
    for work in PROGRAMS.values():
        if work.in_jax:
            written = work.in_jax(tracing, np)
            assert written(*work.args) == pytest.approx(work.f(*work.args), rel=1e-12)
