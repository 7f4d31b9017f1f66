"""A minute of the fuzzer (`make fuzz` takes ten), what it found, and whether it would notice."""

import subprocess
import sys

import numpy as np
import pytest

import fuzz
from elves import core

NUMBER, ARRAY = np.array(0.65), np.array([1.5, 0.7, 1.1])
FOUND = {  # the last line of a program, and its arguments
    "np.sum(a, 0) ** 2": [NUMBER],
    "np.max(a, axis=-1, keepdims=True) * np.min(a, 0) * np.nanmean(a, 0)": [NUMBER],
    "np.sum(np.cumsum(a, 0) * np.cumprod(a, -1)) * np.prod(a, 0)": [NUMBER],
    "np.sum(np.convolve([0.33, -0.55], a, 'same') ** 2)": [NUMBER],
    "np.sum(np.interp(1.5, [0.5, 1.5, 1.5], a)) * 2": [ARRAY],
    "np.sum(scipy.special.beta(a, b))": [np.array([-0.3, 0.4, -1.6]), -0.2],
    "np.sum(a[None, None, ...] * a[()] * a[...,])": [NUMBER],
    "np.sum(np.sum(a)[np.array(True)] * a)": [ARRAY],
    "sum(np.sum(a[()] * k) for k in range(3))": [NUMBER],
    "np.mean(a.T) * np.sum(np.transpose(a))": [NUMBER],
}


@pytest.mark.parametrize("line", FOUND)
def test_what_was_found_is_mended(line):
    args = FOUND[line]
    program = fuzz.Program(f"def f({', '.join('ab'[: len(args)])}):\n    return {line}\n", args, 0)
    assert fuzz.findings(program) == []


def test_some_programs_are_the_same_for_all():
    assert fuzz.fuzz(seed=0, rounds=2) == []


def test_a_wrong_row_is_found_and_the_program_is_small(monkeypatch, capsys):
    row = core.RULES[np.multiply]
    monkeypatch.setattr(row, "partials", (lambda y, a, b: 1.01 * b, row.partials[1]))
    reports = fuzz.fuzz(seed=0, rounds=1)
    assert len(reports) == 1 and reports[0] in capsys.readouterr().out
    assert reports[0].partition("def f")[2].count("\n    ") <= 3
    run = subprocess.run([sys.executable, "-c", reports[0]], capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout
