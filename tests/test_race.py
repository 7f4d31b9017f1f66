"""The race: its gradients by hand are right, and it shows who is wrong. Nothing here is timed."""

import contextlib
import dataclasses
import functools
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import elves
from elves import errors, numerical, race, reverse, tracing, trees, workloads
from elves.cli import main
from elves.errors import MissingError
from elves.frameworks import FRAMEWORKS, load
from elves.race import ranking, timing

CI = os.environ.get("CI") == "true"

SMALL = workloads.by_name(small=True)


def derivative(engine, work):
    if work.task == "hvp":
        return engine.hvp(work.f, work.args, work.vectors)
    return getattr(engine, work.task)(work.f, argnums=work.argnums)(*work.args)


def agree(work, derivative, tolerance):
    by_hand = work.by_hand(*work.args, *work.vectors)
    for ours, hand in zip(trees.leaves(derivative), trees.leaves(by_hand), strict=True):
        assert np.shape(ours) == np.shape(hand)
        assert np.max(np.abs(np.subtract(ours, hand))) <= tolerance * np.max(np.abs(hand))


@pytest.mark.parametrize("name", SMALL)
def test_gradients_by_hand(name):
    work = SMALL[name]
    agree(work, derivative(reverse, work), 1e-13)
    gradient = reverse.grad(work.f, work.argnums)
    if work.task == "hvp":
        agree(work, numerical.jvp(gradient, work.args, work.vectors)[1], 1e-7)
    elif work.task == "hessian":
        columns = np.eye(work.inputs)
        agree(work, np.stack([numerical.jvp(gradient, work.args, (v,))[1] for v in columns]), 1e-7)
    elif work.task == "value_and_grad":
        agree(work, derivative(numerical, work), 1e-7)


@pytest.mark.parametrize("name", SMALL)
def test_gradients_by_hand_agree_with_jax(name):
    pytest.importorskip("jax", reason="another opinion needs JAX")
    agree(SMALL[name], derivative(load("jax"), SMALL[name]), 1e-13)


def test_the_form_for_jax_is_the_same_function():
    for work in SMALL.values():
        if work.in_jax:
            written = work.in_jax(tracing, np)
            assert written(*work.args) == pytest.approx(work.f(*work.args), rel=1e-14)


# ------------------------------------------------------------------------------- contestants

# What these cannot run; each says so in its row.
CANNOT = {
    "chainer": {"W5", "hessian", "jacobian"},
    "tangent": {"hessian", "hvp", "jacobian"},
    "sympy": {"W1", "W2", "W3", "W5", "hvp"},
}
PATIENT = race.Pace(rounds=1, seconds=0.0, patience=300.0)


@pytest.mark.parametrize("name", race.contestants())
def test_all_contestants_agree_with_the_gradients_by_hand(name):
    system = {"tf": "tensorflow"}.get(name.split(".")[0], name.split(".")[0])
    if system in FRAMEWORKS:
        try:
            load(system)
        except MissingError as missing:
            if missing.why == "no release" or not CI:
                pytest.skip(str(missing))
    for title, work in SMALL.items():
        run, error, reason = ranking.enter(name, race.contestants()[name], work, PATIENT)
        if system in elves.ENGINES and reason:
            assert reason.endswith(".") and " " in reason, title
        else:
            assert (reason is not None) == (title in CANNOT.get(name, ())), (title, reason)
        if reason is None:
            assert error <= ranking.AGREE and callable(run), title


def test_the_tape_and_every_elf_take_part():
    assert {*elves.ENGINES, *FRAMEWORKS, "jax.jit", "tf.function"} <= set(race.contestants())
    for work in SMALL.values():
        assert ranking.enter("reverse", race.elf("reverse"), work, PATIENT)[2] is None


def test_the_jit_of_an_elf_takes_part(monkeypatch):
    compiled = []

    def jit(f):
        compiled.append(f)
        return f

    monkeypatch.setattr(elves.reverse, "jit", jit, raising=False)
    enters = race.contestants()["reverse.jit"]
    for title in ("W2", "hvp"):
        _, error, reason = ranking.enter("reverse.jit", enters, SMALL[title], PATIENT)
        assert reason is None and error < ranking.AGREE
    assert len(compiled) >= 2


# ------------------------------------------------------------------------------------ rounds


def test_every_round_runs_everybody_and_before_each_the_gradient_by_hand():
    calls = []
    base, runs = lambda: calls.append("hand"), {k: lambda k=k: calls.append(k) for k in "abc"}
    pace = dataclasses.replace(PATIENT, rounds=5)
    bases, ratios = timing.interleave(base, runs, pace)
    assert len(bases) == 15 and [len(ratios[k]) for k in "abc"] == [5, 5, 5]
    calls = calls[4:]  # the first four found out how long one run takes
    assert calls[::2] == ["hand"] * 15
    assert [sorted(calls[k + 1 : k + 6 : 2]) for k in range(0, 30, 6)] == [list("abc")] * 5


def test_who_has_used_up_the_patience_waits():
    pace = dataclasses.replace(PATIENT, rounds=5, patience=0.0)
    bases, ratios = timing.interleave(lambda: None, {"slow": lambda: sum(range(1000))}, pace)
    assert (len(bases), len(ratios["slow"])) == (1, 1)


def test_summary_is_the_median():
    assert timing.summary([3.0, 1.0, 2.0])["ratio"] == 2.0
    assert timing.summary([4.0]) == {"ratio": 4.0, "quartiles": [4.0, 4.0], "rounds": 1}


@pytest.mark.skipif(sys.platform == "win32", reason="needs the alarm of POSIX")
def test_a_contestant_without_end_is_stopped():
    def endless(work):
        def run():
            while True:
                with contextlib.suppress(Exception):
                    sum(range(1000))

        return run

    pace = dataclasses.replace(PATIENT, patience=0.05)
    _, _, reason = ranking.enter("endless", endless, SMALL["W1"], pace)
    assert reason == "It gave nothing within 0.05 seconds."


WRONGS = {
    "twice": lambda hand: (2 * hand[0], *hand[1:]),
    "a nan": lambda hand: (hand[0] * np.nan, *hand[1:]),
    "another shape": lambda hand: (hand[0].T[:, :3], *hand[1:]),
    "one in a million and more": lambda hand: (hand[0] * (1 + 2e-6), *hand[1:]),
    "one too few": lambda hand: hand[1:],
}


@pytest.mark.parametrize("wrong", WRONGS)
def test_who_is_wrong_does_not_run(wrong):
    work = SMALL["W2"]

    def liar(work):
        return lambda: (work.f(*work.args), WRONGS[wrong](work.by_hand(*work.args)[1]))

    result = race.rank(work, {"liar": liar, "reverse": race.elf("reverse")}, PATIENT)
    good, bad = result["rows"]
    assert good["name"] == "reverse" and good["ratio"] > 0 and good["reason"] is None
    assert bad["name"] == "liar" and bad["ratio"] is None
    assert bad["reason"].startswith("WRONG: ")
    line = next(line for line in race.lines(result) if line.startswith("liar"))
    assert line.split()[1:3] == ["-", "WRONG:"]


# ------------------------------------------------------------------------------- the command


@pytest.fixture
def run(capsys, monkeypatch):
    for name, value in race.ENVIRONMENT.items():  # else it would start a process of its own
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(workloads, "by_name", functools.partial(workloads.by_name, small=True))

    def run(*argv):
        code = main(["race", "--quick", *argv])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_table(run):
    code, out, err = run("--only", "reverse,numerical", "--workload", "W1,hessian")
    assert (code, err) == (0, "")
    first, second, rest = out.split("\n\n")
    title, head, *rows = first.splitlines()
    assert title.startswith("W1: a chain of 201") and rest == ""
    assert head.split()[:2] == ["ratio", "quartiles"] and "1" in head.split()
    assert {row.split()[0] for row in rows} == {"reverse", "numerical"}
    for row in rows:
        _, ratio, quartiles, bar = row.split(maxsplit=3)
        low, high = quartiles.split("-")
        assert 0 < float(low.replace(",", "")) <= float(high.replace(",", ""))
        assert float(ratio.replace(",", "")) > 0 and set(bar) <= set("=| ")
        assert row.index("|") == head.index(" 1 ") + 1
    assert second.splitlines()[0].startswith("hessian: ")


def test_json(run, monkeypatch):
    short = functools.partial(race.unseen.sizes, sizes=(10,))
    monkeypatch.setattr(race.unseen, "sizes", short)
    code, out, err = run("--only", "reverse,forward", "--program", "kepler", "--json")
    assert (code, err) == (0, "")
    results = json.loads(out)["results"]
    assert list(results) == list(race.events())
    for name, work in SMALL.items():
        result = results[name]
        assert result["about"] == work.about and result["seconds by hand"] > 0
        for row in result["rows"]:
            assert row["name"] in ("reverse", "forward")
            if row["reason"] is None:
                assert row["error"] <= ranking.AGREE and 1 <= row["rounds"] <= 3
                assert 0 < row["quartiles"][0] <= row["ratio"] <= row["quartiles"][1]
            else:
                assert row["ratio"] is None
    growth = results["growth"]["columns"]
    assert list(growth) == ["n", "reverse", "forward"]
    assert all(len(line) == len(growth["n"]) and all(line) for line in growth.values())


def test_memory_with_and_without_checkpoints(run, monkeypatch):
    steps = (32, 128)
    monkeypatch.setattr(elves, "checkpoint", lambda f: f)
    columns = race.memory({}, PATIENT, steps)["columns"]
    assert columns["tape"][1] > 3 * columns["tape"][0] > 5  # it keeps every value
    assert columns["tape with checkpoints"] == pytest.approx(columns["tape"], rel=0.1)
    assert len(columns["its time over the tape's"]) == 2


def test_checkpoints_save_memory():
    columns = race.memory({}, PATIENT, (256, 1024))["columns"]
    assert columns["tape with checkpoints"][1] < 0.5 * columns["tape"][1]


def test_training_on_minibatches():
    names = ["reverse", "tracing.jit", "source"]
    result = race.minibatches({n: race.contestants()[n] for n in names}, PATIENT, steps=3)
    assert {row["name"] for row in result["rows"]} == set(names)
    assert all(row["ratio"] > 0 and row["error"] < 1e-12 for row in result["rows"])
    wrong = lambda work: functools.partial(lambda *a: (0.0, a[:4]), *work.args)  # noqa: E731
    (row,) = race.minibatches({"liar": wrong}, PATIENT, steps=3)["rows"]
    assert row["reason"].startswith("WRONG: ")


def test_sparse_derivatives_take_part(monkeypatch):
    columns = race.sparse({}, PATIENT, sizes=(8, 20))["columns"]
    assert columns["n"] == [8, 20] and all(min(line) > 0 for line in columns.values())
    monkeypatch.setattr(workloads, "rosenbrock_bands", lambda x: (x, x[1:]))
    with pytest.raises(errors.InputError, match=r"sparse Hessian is WRONG for n = 8"):
        race.sparse({}, PATIENT, sizes=(8,))


def test_progress(run):
    _, out, err = run("--only", "reverse", "--workload", "W1", "--progress")
    assert "W1: reverse" in err and "W1: round 3 of 3" in err and "round" not in out


def test_a_wrong_elf_ends_in_an_exit_code(run, monkeypatch):
    right = elves.reverse.value_and_grad
    wrong = lambda f, n: lambda *a: (f(*a), 1.5 * right(f, n)(*a)[1])  # noqa: E731
    monkeypatch.setattr(elves.reverse, "value_and_grad", wrong)
    code, out, _ = run("--only", "reverse", "--workload", "W4")
    assert code == 1 and "WRONG: off by 5.0e-01 from the gradient by hand." in out


def test_a_missing_system_has_a_sentence(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    monkeypatch.delitem(sys.modules, "elves.frameworks.jax", raising=False)
    code, out, _ = run("--only", "jax.jit,reverse", "--workload", "W1")
    assert code == 0 and "JAX needs jax: run make setup in the repository, or pip" in out


MISTAKES = {
    ("--only", "theano"): "--only 'theano' is not known: choose from numerical",
    ("--workload", "W9"): "--workload 'W9' is not known: choose from W1, W2",
    ("--limit", "soon"): "--limit 'soon' is not a number",
    ("--save", "no/such/folder/race.svg"): "no/such/folder/race.svg",
    ("--save", "race.png"): "race.svg",
}


@pytest.mark.parametrize("argv", MISTAKES)
def test_mistakes_are_one_line(run, argv):
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert err.startswith("elves: ") and err.count("\n") == 1 and MISTAKES[argv] in err


def test_the_limit_leaves_out_the_rest(run):
    code, out, err = run("--limit", "0", "--only", "reverse")
    assert (code, out) == (0, "")
    assert err == "elves: W1 and what follows was left out: the limit is 0 seconds.\n"


def test_picture(run, tmp_path):
    pytest.importorskip("matplotlib")
    file = tmp_path / "race.svg"
    code, _, _ = run("--only", "reverse,forward", "--workload", "W1,W5", "--save", str(file))
    assert code == 0
    drawing = file.read_text()
    assert drawing.startswith("<svg") and 'aria-label="Times of gradients' in drawing
    assert "W1: " in drawing and "W5: " in drawing


def test_in_a_process_of_its_own_with_one_thread():
    command = ["race", "--quick", "--workload", "W1", "--only", "reverse,forward", "--json"]
    environment = {k: v for k, v in os.environ.items() if k not in race.ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-m", "elves", *command],
        capture_output=True, text=True, timeout=300, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert {r["name"] for r in json.loads(done.stdout)["results"]["W1"]["rows"]} == {
        "reverse", "forward",
    }  # fmt: skip


def test_a_coarse_clock_gives_no_ratio_of_nothing(monkeypatch):
    now = [0.0]  # seconds; the clock below shows them in steps of a tenth of a millisecond

    def run(seconds):
        first = [0.02]  # the first time of all is slow, as where another program has the machine

        def one():
            now[0] += first.pop() if first else seconds

        return one

    monkeypatch.setattr(timing, "tick", lambda: 1e-4)
    monkeypatch.setattr(timing.time, "perf_counter", lambda: int(now[0] * 1e4) / 1e4)
    base, runs = run(3e-6), {"one": run(3e-6), "ten": run(3e-5), "slow": run(3e-2)}
    _, ratios = timing.interleave(base, runs, race.Pace(rounds=5, seconds=0.0005))
    for name, right in {"one": 1, "ten": 10, "slow": 1e4}.items():
        assert all(abs(ratio / right - 1) < 0.1 for ratio in ratios[name]), (name, ratios[name])
