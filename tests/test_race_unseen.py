"""Programs of many kinds: their gradients by hand are right, in all engines."""

import json

import numpy as np
import pytest

import elves
from elves import numerical, race, reverse, tracing, trees, unseen
from elves.cli import main
from elves.errors import MissingError
from elves.frameworks import load
from elves.race import printing, ranking
from elves.race import unseen as event

PROGRAMS = unseen.by_name()
APART = [*map(unseen.by_name, unseen.APART.values())]
PATIENT = race.Pace(rounds=1, seconds=0.0, patience=300.0)
BRIEF = race.Pace(rounds=1, seconds=0.0, patience=5.0)  # for who may not end either


def program(work, grad=reverse.grad):
    return work.with_grad(grad) if work.with_grad else work.f


def test_there_are_many_of_many_kinds():
    assert len(PROGRAMS) == 61 and [*map(len, APART)] == [12, 16]
    assert list(PROGRAMS)[-28:] == [name for part in APART for name in part]
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
    ways = trees.rebuild(primals, ways)
    slope = numerical.jvp(by_primals, primals, ways, step=1e-8)[1]  # few kinks are so near
    by_hand = [np.sum(a * g) for a, g in zip(*map(trees.leaves, (ways, both[1])), strict=True)]
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
        pace = BRIEF if engine in work.without else PATIENT
        _, error, reason = ranking.enter(engine, enters, work, pace)
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


# ------------------------------------------------------------------------------- the command


@pytest.fixture
def run(capsys, monkeypatch):
    for name, value in race.ENVIRONMENT.items():  # else it would start a process of its own
        monkeypatch.setenv(name, value)

    def run(*argv):
        code = main(["race", "--quick", "--workload", "unseen", *argv])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_table(run):
    pytest.importorskip("autograd", reason="a refusal that stays needs autograd")
    code, out, err = run(
        "--only", "reverse,autograd,forward", "--program", "running,kepler, horner"
    )
    assert (code, err) == (0, "")
    title, head, *rows, _ = out.splitlines()
    assert title.startswith("unseen: 3 programs of many kinds")
    assert head.split() == ["reverse", "autograd"]  # forward goes through the inputs one by one
    cells = {row[:15].strip(): row[15:].split() for row in rows if row[:15].strip()}
    assert cells["running"][1] == "-" and float(cells["kepler"][0].replace(",", "")) > 0
    assert cells["worst"] and cells["geometric mean"] and "of 3" in rows[7]
    assert rows[-1].startswith("running, autograd: ") and len(rows) == 10


def test_later_programs_are_summed_up_alone_too(run):
    code, out, _ = run("--only", "reverse", "--program", "kepler,rays,curve,polar", "--json")
    result = json.loads(out)["results"]["unseen"]
    later, last = result["apart"].values()
    assert code == 0 and (later["programs"], last["programs"]) == (["rays", "curve"], ["polar"])
    assert result["sum"]["reverse"]["worst"] >= later["sum"]["reverse"]["worst"]
    rows = [each["rows"][0]["ratio"] for each in result["programs"].values()][1:]
    assert max(rows[:2]) == later["sum"]["reverse"]["worst"]
    assert rows[2] == last["sum"]["reverse"]["worst"]


def test_an_engine_that_takes_none_of_the_later_has_a_dash():
    row = lambda name, ratio: {"name": name, "ratio": ratio, "reason": None}  # noqa: E731
    races = {"a": {"rows": [row("one", 1.0), row("two", 4.0)]}, "b": {"rows": [row("one", 2.0)]}}
    races["b"]["rows"].append(row("two", None))
    whole, part = (event.in_sum(["one", "two"], some) for some in (races, {"b": races["b"]}))
    apart = {"written later": {"programs": ["b"], "sum": part}}
    _, whole, later = "\n".join(printing.matrix(races, whole, apart)).split("\n\n")
    assert "1 of 2" in whole and later.startswith("written later: b\n")
    cells = [line[15:].split() for line in later.splitlines()[1:]]
    assert cells == [["2.00", "-"], ["2.00", "-"], ["b", "-"], ["0", "of", "1", "-"]]


def test_what_comes_of_it_all():
    def result(**ratios):
        rows = [{"name": n, "ratio": r, "reason": None if r else "No."} for n, r in ratios.items()]
        return {"rows": rows}

    races = {"a": result(one=1.0, two=None), "b": result(one=4.0, two=8.0), "c": result(one=2.0)}
    table = event.in_sum(["one", "two", "three"], races)
    assert list(table) == ["one", "two"]
    assert table["one"] == {
        "mean": pytest.approx(2.0), "worst": 4.0, "worst program": "b", "near": 1,
    }  # fmt: skip
    assert table["two"]["near"] == 0 and table["two"]["worst"] == 8.0


def test_a_wrong_elf_ends_in_an_exit_code(run, monkeypatch):
    right = reverse.value_and_grad
    wrong = lambda f, n: lambda *a: (f(*a), [2 * g for g in right(f, n)(*a)[1]])  # noqa: E731
    monkeypatch.setattr(elves.reverse, "value_and_grad", wrong)
    code, out, _ = run("--only", "reverse", "--program", "kepler,words", "--json")
    assert (
        code == 1
        and "WRONG: off by"
        in json.loads(out)["results"]["unseen"]["programs"]["words"]["rows"][0]["reason"]
    )
    code, out, _ = run("--only", "reverse", "--program", "kepler")
    assert code == 1 and "kepler, reverse: WRONG: off by" in out


def test_an_unknown_program_has_a_sentence(run):
    code, out, err = run("--program", "lstm,gru")
    assert (code, out) == (2, "") and err.startswith("elves: --program 'gru' is not known: choose")


def test_cost_by_size():
    columns = event.sizes({"reverse": race.elf("reverse")}, PATIENT, (10, 100))["columns"]
    assert columns.pop("n") == [10, 100] and len(columns) == 2 * len(unseen.of_size(10))
    ends = ", reverse", ", reverse, memory"
    assert all(name.endswith(ends) and min(line) > 0 for name, line in columns.items())


def test_memory_by_size():
    """It grows with the function's: of the compiled gradient, no array is kept in vain."""
    rows = {name: race.contestants()[name] for name in ("reverse", "tracing.jit")}
    columns = event.sizes(rows | {"jax.jit": lambda work: None}, PATIENT, (10_000, 40_000))[
        "columns"
    ]
    assert "wide, jax.jit, memory" not in columns  # it has its memory from elsewhere
    for program in unseen.of_size(10):
        small, large = columns[f"{program}, tracing.jit, memory"]
        most = 1.5 if program == "running" else 1.1  # whose products the tape looks at as it goes
        assert large < 1.5 * small and large <= most * columns[f"{program}, reverse, memory"][1]
