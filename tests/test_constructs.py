"""The table of constructs: every cell is run, and the elves never give a wrong number."""

import re
import sys
import textwrap

import numpy as np
import pytest

from elves import approaches, constructs, numerical, parse, reverse, source, workloads
from elves.approaches import COLUMNS, outcome
from elves.constructs import CONSTRUCTS, Construct
from elves.errors import MissingError
from elves.show.constructs import sentences, table
from elves.show.stepping import steps, sweeps, tape
from elves.source.kinds import kind_of_value

ELVES = [name for name in COLUMNS if name in ("reverse", "static_graph", "tracing", "source")]


def fold(x):
    y = x
    for _ in range(3):
        if y < 9:  # noqa: SIM108
            y = y * y
        else:
            y = 0.5 * y
    return y


def broken(x):
    raise ValueError("never mind")


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda c: c.title)
def test_elves_are_right_or_say_no(construct):
    for name in ELVES:
        found = outcome(construct, name, COLUMNS[name])
        assert found.kind in ("right", "own way", "refused", "silent"), (name, found)


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda c: c.title)
def test_ways_are_for_columns_that_exist_and_mean_the_same(construct):
    for columns, program, way in construct.others:
        assert way and set(columns) <= set(COLUMNS)
        if program.__name__.endswith(("_lax", "_at", "_jax")):
            continue  # JAX's own words, which no NumPy can run
        want = reverse.grad(constructs.numpy_sin if "math" in construct.title else program)(1.5)
        found = approaches.attempt(reverse.grad, program, 1.5, want)
        assert found.kind == "right"
        slope = numerical.grad(construct.program)(1.5)
        assert np.isclose(numerical.grad(program)(1.5), slope)


def test_each_kind_of_outcome_is_told_apart():
    square = Construct("square", lambda x: x * x, [(("here",), lambda x: x + x, "x + x")])
    right = reverse.grad

    def missing(f):
        raise MissingError("Not here: install it.")

    assert outcome(square, "here", right).kind == "right"
    assert outcome(square, "here", lambda f: lambda x: 7.0).kind == "wrong"
    assert outcome(square, "here", lambda f: broken).words.endswith("ValueError: never mind")
    assert outcome(square, "here", missing) == ("missing", "Not here: install it.", "")
    log = Construct("print", constructs.printing, prints=True)
    assert outcome(log, "here", right).kind == "right"
    assert outcome(log, "here", lambda f: lambda x: 2 * x).kind == "silent"


def test_a_wrong_number_stays_wrong_where_there_is_another_way():
    def grad(f):
        return (lambda x: 0.0) if f is constructs.math_sin else reverse.grad(f)

    [row] = [c for c in CONSTRUCTS if c.title == "math.sin"]
    found = outcome(row, "reverse", grad)
    assert (found.kind, found.way) == ("wrong", "np.sin")


def test_assignment_into_arrays_is_what_source_adds():
    [row] = [c for c in CONSTRUCTS if c.title.startswith("a[i]")]
    assert outcome(row, "source", source.grad).kind == "right"
    assert outcome(row, "reverse", reverse.grad).kind == "own way"


def test_the_table_shows_every_cell_and_says_what_is_missing(capsys):
    def missing(f):
        raise MissingError("Not <here>: install it.")

    columns = {"reverse": reverse.grad, "other": missing}
    page = table(CONSTRUCTS[:3], columns)
    assert page.markup.count("<td style") == 1 + 2 * 3
    assert page.markup.count("scope='row'") == 3 and page.markup.count("scope='col'") == 2
    assert page.markup.count("<p>Not &lt;here&gt;: install it.</p>") == 1
    assert "for over range: reverse right, other missing." in page.plain
    sentences("other", CONSTRUCTS[:1], columns)
    assert capsys.readouterr().out.strip() == "for over range: Not <here>: install it."


# ------------------------------------------------------------ stepping through


def test_a_tape_has_what_ran(capsys):
    tape(fold, 3.0)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(row[-2], row[-1]) for row in rows[1:]] == [
        ("3", "27"), ("9", "4.5"), ("4.5", "9"), ("20.25", "1"),
    ]  # fmt: skip
    assert rows[0] == ["operation", "value", "adjoint"]


def test_sweeps_cut_the_gradient_in_two_that_make_the_whole():
    whole = source.show(fold, 3.0)
    plain = sweeps(fold, 3.0).plain
    titles = r"its gradient: forward sweep:\n|\nthen the reverse sweep:\n"
    _, forward, backward = re.split(titles, plain)
    assert (forward + textwrap.indent(backward, "    ")).strip() == whole.strip()
    assert "reversed" in backward and "reversed" not in forward


def test_steps_tell_the_lines_of_generated_source(capsys):
    assert steps(source.grad(fold), 3.0) == 27.0
    told = capsys.readouterr().out.splitlines()
    lines = source.show(fold, 3.0).splitlines()
    for line in told:
        number, text = int(line[:4]), line[6:50].rstrip()
        assert lines[number - 1] == text
    assert told[-1].endswith("-> 27")
    assert sum("stack.append(" in line for line in told) == 3  # one slope a round


def test_steps_leave_the_tracer_and_the_error_alone(capsys):
    def watch(frame, event, arg):
        return None

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        with pytest.raises(ValueError, match="never mind"):
            steps(broken, 1.0)
        assert sys.gettrace() is watch
    finally:
        sys.settrace(before)
    assert 'raise ValueError("never mind")' in capsys.readouterr().out


def test_steps_show_arrays_and_long_lists_briefly(capsys):
    def f(x):
        parts = [1.0, 2.0, 3.0, 4.0]
        return x * parts[0]

    steps(f, np.arange(100.0))
    out = capsys.readouterr().out
    assert "parts = […, 2, 3, 4]" in out and "..." in out
    assert max(map(len, out.splitlines())) < 100


def test_programs_of_the_package_are_transformed_and_engines_are_not():
    assert not parse.of_engine(workloads.branches) and not parse.of_engine(constructs.into_array)
    assert parse.of_engine(reverse.value_and_grad)
    program = source.grad(workloads.branches).program_for([kind_of_value(0.3)])
    assert "in reversed(stack)" in program.text
