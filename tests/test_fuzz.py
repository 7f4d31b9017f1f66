"""A minute of the fuzzer (`make fuzz` takes ten), and whether it would notice."""

import subprocess
import sys

import numpy as np
import pytest

import fuzz
from elves import core


def test_some_programs_are_the_same_for_all():
    assert fuzz.fuzz(seed=0, rounds=4) == []


@pytest.mark.parametrize(
    ("function", "partial"),
    [(np.sin, lambda y, x: 1.01 * np.cos(x)), (np.multiply, lambda y, a, b: 1 / (1 / b))],
)
def test_a_wrong_row_is_found_and_the_program_is_small(function, partial, monkeypatch, capsys):
    monkeypatch.setattr(core.RULES[function], "partials", (partial, partial)[: function.nin])
    reports = fuzz.fuzz(seed=0, rounds=1)
    assert len(reports) == 1 and reports[0].count("\n    ") <= 3
    assert reports[0] in capsys.readouterr().out
    run = subprocess.run([sys.executable, "-c", reports[0]], capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout
