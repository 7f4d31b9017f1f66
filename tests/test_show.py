"""Pictures that measure: what they find, and that they say it."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import elves
from elves import numerical, show

pytest.importorskip("matplotlib")


def block(x):
    for _ in range(16):
        x = np.sin(x)
    return x


def test_costs_tell_each_engine_and_where_it_goes():
    picture = show.costs(["forward", "reverse"], inputs=(1, 3))
    found = re.findall(r"(\w+) (?:climbs|hardly rises)[;.]", picture.alt)
    assert found == ["forward", "reverse"]
    assert "1 to 3 inputs" in picture.alt
    ET.fromstring(picture.svg)


def test_costs_write_each_name_apart_from_the_others(monkeypatch):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    alike = {"n": [1, 4], "numerical": [9.0, 40.0], "forward": [8.0, 41.0], "reverse": [7.0, 42.0]}
    monkeypatch.setattr(elves.race, "growth", lambda *args: {"columns": dict(alike)})
    figure = show.costs().figure
    pen = FigureCanvasAgg(figure).get_renderer()
    low, middle, high = sorted(t.get_window_extent(pen).extents[[1, 3]].tolist()
                               for t in figure.axes[0].texts)  # fmt: skip
    assert low[1] <= middle[0] and middle[1] <= high[0]


def test_memory_counts_arrays_and_operations():
    picture = show.memory(np.sin)
    peak, operations, low, more = map(int, re.findall(r"(\d+) (?:arrays|operations)", picture.alt))
    assert 256 <= peak <= 264  # one for each operation, and a few
    assert 32 <= low <= 40  # one for each block, and those of one block
    assert more == operations + 256  # each block runs once more
    ET.fromstring(picture.svg)


def test_memory_log_watches_any_engine_and_changes_nothing():
    x = np.linspace(0.1, 1.0, 10_000)
    seen = []
    log = show.memory_log(lambda x: seen.append(elves.grad(lambda x: np.sum(block(x)))(x)), x)
    np.testing.assert_array_equal(seen[0].plain, elves.grad(lambda x: np.sum(block(x)))(x))
    assert 16 <= max(log) <= 22


def test_a_checkpoint_runs_its_block_once_more():
    f = numerical.counted(block)
    elves.grad(elves.checkpoint(f))(0.5)
    assert f.runs == 2
