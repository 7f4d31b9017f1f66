"""The command `elves`, as people type it, odd input included."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import elves
from elves import checkup, cli
from elves.cli import main
from elves.frameworks import FRAMEWORKS, revive

CI = os.environ.get("CI") == "true"
LIGHT = ",".join(elves.ENGINES)


@pytest.fixture
def run(capsys):
    def run(*argv):
        code = main(argv)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def sympy():
    if not CI:
        pytest.importorskip("sympy", reason="the exact derivative needs SymPy")


def row(out, name):
    return next(line for line in out.splitlines() if line.startswith(name)).split()


def test_compare(run, sympy):
    code, out, err = run("compare", "np.sin(x) * x**2", "--at", "1.3", "--only", LIGHT + ",sympy")
    assert (code, err) == (0, "")
    assert "2.957324302460254501087717760858084188251193547341" in out
    assert len(out.splitlines()) == 4 + 3 + len(elves.ENGINES)
    for name in (*elves.ENGINES[1:], "sympy", "numerical, complex"):
        value, derivative, error = row(out, name)[-3:]
        assert float(value) == np.sin(1.3) * 1.3**2
        assert float(derivative) == pytest.approx(2.9573243024602545, rel=1e-15)
        assert float(error) < 1e-15
    assert 1e-11 < float(row(out, "numerical, forward")[-1]) < 1e-7


def test_the_complex_step_refuses_abs(run, sympy):
    _, out, _ = run("compare", "abs(x)", "--at", "-2", "--only", "numerical,reverse")
    assert "absolute, which is not analytic" in out
    assert row(out, "reverse")[1:] == ["2.0", "-1.0", "0"]


def test_json(run, sympy):
    code, out, _ = run("compare", "x**2", "--at=3", "--only", LIGHT, "--json")
    table = json.loads(out)
    assert code == 0 and table["expression"] == "x ** 2" and float(table["exact"]) == 6
    assert {r["name"] for r in table["rows"]} >= {"symbolic", "forward", "reverse"}
    assert all(r["error"] < 1e-6 for r in table["rows"])


@pytest.mark.parametrize(
    ("text", "x", "exact"),
    [
        ("-x**2", "-1e5", 2e5),
        ("-x**2", "-.5", 1.0),
        ("sin(x)", "1e308", np.cos(1e308)),
        ("abs(x)*x", "0", 0.0),
        ("abs(x)**1.5", "0", 0.0),
        ("maximum(x**2, 0)", "0", 0.0),
        ("abs(sin(x))", "3.141592653589793", -1.0),
        ("arctan(1e100*x)", "0", 1e100),
        ("log(x)", "1e-300", 1e300),
        ("x", "1e308", 1.0),
        ("tan(x)", "1.5707963267948966", 1 / np.cos(np.pi / 2) ** 2),
        ("exp(2*x)*exp(-x)", "354", np.exp(354)),
        ("x - x", "2", 0.0),
        ("sin(x)**64", "5e-324", 0.0),
        ("x" + "**x" * 20, "0.9", 0.837317111696128),
    ],
)
def test_exact_derivatives_in_hard_places(run, sympy, text, x, exact):
    code, out, err = run("compare", text, "--at", x, "--only", LIGHT)
    assert (code, err) == (0, "")
    for name in elves.ENGINES[1:]:
        assert float(row(out, name)[-2]) == pytest.approx(exact, rel=1e-14)
        assert float(row(out, name)[-1]) < 1e-14


NO_DERIVATIVE = {
    ("np.log(x)", "-1"): "no finite value at x = -1.0",
    ("1/x", "0"): "no finite value",
    ("sin(x)/x", "0"): "no finite value",
    ("x*log(x)", "0"): "no finite value",
    ("x**(1/3)", "-8"): "no finite value",
    ("x**2", "1e308"): "overflows",
    ("1/exp(exp(x))", "1e308"): "overflows",
    ("abs(x)", "0"): "slope is -1 on its left and 1 on its right",
    ("sqrt(x**2)", "0"): "slope is -1 on its left and 1 on its right",
    ("maximum(x, 1)", "1"): "slope is 0 on its left and 1 on its right",
    ("sqrt(x)", "0"): "no finite derivative",
    ("x**(1/3)", "0"): "no finite derivative",
    ("arcsin(x)", "1"): "no finite derivative",
    ("x**x", "-1"): "no finite derivative",
    ("arctan2(x, -1)", "0"): "jumps",
}
MISTAKES = {
    ("x", "nan"): "not a finite number",
    ("x", "-inf"): "not a finite number",
    ("x", "1e999"): "not a finite number",
    ("x", "foo"): "not a number",
    ("x", ""): "not a number",
    ("y**2", "1"): "only variable is x",
    ("9**9**9**9", "1"): "too large",
    ("", "1"): "empty",
    ("3", "1"): "does not contain x",
    ("-y", "1"): "only variable is x",
}


@pytest.mark.parametrize("case", {**NO_DERIVATIVE, **MISTAKES})
def test_one_line_instead_of_a_wrong_number(run, sympy, case):
    code, out, err = run("compare", case[0], "--at", case[1], "--only", LIGHT)
    assert (code, out) == (2, "")
    assert err.startswith("elves: ") and err.count("\n") == 1
    assert {**NO_DERIVATIVE, **MISTAKES}[case] in err


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        ([], "COMMAND"),
        (["bogus"], "doctor, compare"),
        (["compare", "x"], "--at"),
        (["compare", "x", "--at", "1", "--bogus"], "--bogus"),
        (["compare", "x", "--at", "1", "--only", "theano"], "choose from numerical"),
        (["compare", "x", "--at", "1", "--only", ""], "choose from numerical"),
    ],
)
def test_wrong_use_is_one_line(run, argv, part):
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert part in err.replace("'", "") and err.count("\n") == 1  # some Pythons quote the choices


@pytest.mark.parametrize("argv", [["--help"], ["compare", "--help"], ["doctor", "-h"]])
def test_help(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 0 and "usage: elves" in capsys.readouterr().out


def test_help_keeps_names_as_they_are_written(capsys):
    with pytest.raises(SystemExit):
        main(["lab", "--help"])
    assert "Open your own copies of the talk's notebooks in JupyterLab." in capsys.readouterr().out


def test_an_engine_that_fails_has_a_sentence(run, sympy, monkeypatch):
    def broken(f, **options):
        raise RuntimeError("oh no\nsecond line")

    def not_finite(f, **options):
        return lambda x: (np.nan, 1.0)

    monkeypatch.setattr("elves.forward.value_and_grad", broken)
    monkeypatch.setattr("elves.reverse.value_and_grad", not_finite)
    code, out, _ = run("compare", "x**2", "--at", "1", "--only", LIGHT)
    assert code == 0 and "forward             RuntimeError: oh no\n" in out
    assert "It gives nan and 1 here" in out


@pytest.fixture
def without_sympy(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    monkeypatch.delitem(sys.modules, "elves.frameworks.sympy", raising=False)


def test_without_sympy(run, without_sympy):
    code, out, err = run("compare", "np.sin(x) * x**2", "--at", "1.3", "--only", LIGHT + ",sympy")
    assert (code, err) == (0, "")
    assert "No exact derivative: SymPy needs sympy: run make setup in the repository" in out
    assert "SymPy is missing" in " ".join(row(out, "reverse"))


@pytest.mark.parametrize("case", NO_DERIVATIVE)
def test_without_sympy_still_no_wrong_number(run, without_sympy, case):
    if "arctan2" in case[0]:
        pytest.skip("only the exact derivative sees this jump")
    code, out, err = run("compare", case[0], "--at", case[1], "--only", LIGHT)
    assert (code, out) == (2, "") and "no finite" in err


@pytest.mark.parametrize("text", ["cos(x)", "x**2", "abs(x)**1.5", "tanh(1e3*x)"])
def test_without_sympy_smooth_is_smooth(run, without_sympy, text):
    assert run("compare", text, "--at", "0", "--only", LIGHT)[0] == 0


def test_tested_versions(tmp_path):
    file = tmp_path / "constraints.txt"
    file.write_text(
        "# comment\ntorch==2.13.0\nTensorFlow_cpu == 2.21.0 ; sys_platform != 'x'\nodd\n"
    )
    assert checkup.tested_versions(file) == {"torch": "2.13.0", "tensorflow-cpu": "2.21.0"}
    assert checkup.tested_versions(tmp_path / "none") == {}


def test_doctor_finds_the_missing_the_broken_and_the_wrong(run, monkeypatch):
    monkeypatch.setattr(cli, "FRAMEWORKS", ("sympy",))
    monkeypatch.setitem(sys.modules, "sympy", None)
    monkeypatch.delitem(sys.modules, "elves.frameworks.sympy", raising=False)
    code, out, _ = run("doctor")
    assert code == 0 and "missing" in out and "pip install sympy" in out
    monkeypatch.setattr(cli, "FRAMEWORKS", ("chainer",))
    monkeypatch.setitem(sys.modules, "chainer", None)
    monkeypatch.delitem(sys.modules, "elves.frameworks.chainer", raising=False)
    monkeypatch.setattr(revive, "chainer", revive.chainer.__wrapped__)  # which looks once
    assert "--no-deps chainer==7.8.1\n" in run("doctor")[1]  # whole, to copy it
    monkeypatch.setattr(cli, "FRAMEWORKS", ("sympy",))
    assert run("doctor", "--all")[0] == 1

    monkeypatch.setattr("elves.reverse.value_and_grad", lambda f: lambda x: (0.0, x))
    code, out, _ = run("doctor")
    assert code == 1 and row(out, "reverse")[-1] == "WRONG"

    def broken(f):
        raise OSError("libfoo.so is not there\nand more")

    monkeypatch.setattr("elves.reverse.value_and_grad", broken)
    code, out, err = run("doctor")
    assert code == 1 and row(out, "reverse")[-1] == "BROKEN" and err == ""
    assert "OSError: libfoo.so is not there\n" in out and "Traceback" not in out


def elves_process(*argv):
    return subprocess.run(
        [sys.executable, "-m", "elves", *argv], capture_output=True, text=True, timeout=300
    )


def test_the_package_opens_its_rooms_on_demand():
    """The README writes elves.testing; `import elves` itself stays light."""
    code = """if True:
        import sys
        import elves
        heavy = {"matplotlib", "torch", "jax", "tensorflow", "autograd", "anywidget", "sympy"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        elves.testing.check_grads
        for room in ("digits", "frameworks", "race", "show", "widgets", "workloads"):
            assert getattr(elves, room).__name__ == "elves." + room
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    with pytest.raises(AttributeError, match="'elves' has no attribute 'tests'"):
        elves.tests  # noqa: B018


def test_doctor_in_its_own_process():
    done = elves_process("doctor", *(["--all"] if CI else []))
    early = " no release for Python 3.14 yet" in done.stdout
    assert done.returncode == (CI and early), done.stdout
    assert done.stderr == ""
    verdicts = [line.split()[-1] for line in done.stdout.splitlines() if line.strip()]
    assert verdicts.count("correct") >= len(elves.ENGINES)
    if CI:
        assert verdicts.count("correct") == len(elves.ENGINES) + len(FRAMEWORKS) - early


def test_compare_in_its_own_process_with_every_system(sympy):
    done = elves_process("compare", "np.sin(x) * x**2", "--at", "1.3", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {r["name"]: r for r in json.loads(done.stdout)["rows"]}
    assert list(rows)[-len(FRAMEWORKS) :] == list(FRAMEWORKS)
    for name in FRAMEWORKS:
        reason = rows[name]["reason"] or ""
        if " no release for Python 3.14 " in reason:
            assert name == "tensorflow"
        elif reason and not CI:
            assert "pip install" in reason
        else:
            assert rows[name]["error"] < 1e-15
