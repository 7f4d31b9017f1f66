"""The figures of the slides: what they show are the numbers that they were given."""

import itertools
import math
import re

import numpy as np
import pytest

from elves import show, symbolic
from elves.course import rooms, workshop
from elves.errors import ElfError, InputError
from elves.show import drawing, faces, figures, graphs, relatives, tangles, wheels

MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"


def around(x, y, corners):
    """Tell whether a point lies inside a polygon, by counting the sides that a ray crosses."""
    inside = False
    for (a, b), (c, d) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (b > y) != (d > y) and x < a + (c - a) * (y - b) / (d - b):
            inside = not inside
    return inside


def place(corners, x):
    return [(a + x, b) for a, b in corners]


@pytest.mark.parametrize("speeds", [(1, 3, 6), (1, 2), (1, 1), (1, 0.5, 1.5), (1, 6), (8, 1, 3)])
def test_wheels_mesh_and_turn_at_their_speeds(speeds):
    counts = wheels.teeth(speeds)
    for n, s in zip(counts, speeds, strict=True):
        assert n * s == pytest.approx(counts[0] * speeds[0])
    places = wheels.train(counts)
    for k in range(len(counts) - 1):
        (x, a), (u, b) = places[k : k + 2]
        assert u - x == pytest.approx((counts[k] + counts[k + 1]) / 2)
        for turn in np.linspace(0, 2 * math.pi / counts[k], 12):
            one = place(list(wheels.rim(counts[k], 1.0, a + turn)), x)
            ratio = counts[k] / counts[k + 1]
            other = place(list(wheels.rim(counts[k + 1], 1.0, b - turn * ratio)), u)
            assert not any(around(*corner, other) for corner in one if corner[0] > u - 30)
            assert not any(around(*corner, one) for corner in other if corner[0] < x + 80)


def test_gears_say_the_product_and_turn_in_its_ratio():
    picture = show.gears(3.0, 2.0)
    texts = re.findall(r"<text[^>]*>([^<]*)", picture.drawing)
    assert texts[:6] == ["1", "hand", "3", f"{TIMES} 3", "6", f"{TIMES} 2"]
    assert f"3 {TIMES} 2 = " in texts
    assert picture.drawing.count("<polygon") == 6 and "48, 16, 8" in picture.alt
    turns = re.findall(r"elves-(turn|back) ([\d.]+)s", picture.drawing)
    assert [way for way, _ in turns] == ["turn", "back", "turn"]  # a wheel drives the other way
    assert [float(turns[0][1]) / float(s) for _, s in turns] == [1, 3, 6]
    assert "prefers-reduced-motion:reduce" in picture.svg and "@media print" in picture.svg
    slopes = show.gears(np.sin, np.exp, at=1.3)
    assert f"= {math.cos(1.3) * math.exp(math.sin(1.3)):.4g}" in slopes.alt


def test_arrows_are_the_gradient():
    picture = show.arrows(lambda p: (p[0] - 2.0) ** 2 + 5 * (p[1] - 1.0) ** 2, [0.0, 0.0])
    ways = [np.array(re.findall(r"-?[\d.]+", d), float).reshape(2, 2)
            for d in re.findall(r'class="arrow" d="([^"]*)"', picture.drawing)]  # fmt: skip
    (_, first, second), start = [b - a for a, b in ways], ways[0][0]
    assert all((way[0] == start).all() for way in ways)
    assert first[0] < 0 == first[1] and second[1] > 0 == second[0]  # up is less on the page
    ends = re.findall(r'<polygon points="([\d.]+),([\d.]+)', picture.drawing)[1:]  # after the star
    tip = [np.array(end, float) - start for end in ends]
    np.testing.assert_allclose(tip[0], tip[1] + tip[2], atol=0.2)
    assert tip[2][1] / -tip[1][0] == pytest.approx(10 / 4, rel=0.01)
    texts = re.findall(r"<text[^>]*>([^<]*)", picture.drawing)
    assert texts == [f"gradient ({MINUS}4, {MINUS}10)", f"slope {MINUS}4", f"slope {MINUS}10"]
    flat = show.arrows(lambda p: 3 * p[0] + 0 * p[1], [0.0, 0.0])
    assert flat.drawing.count('class="arrow"') == 1 and "slope 3" in flat.drawing


def test_contour_lines_are_of_equal_height():
    xs, ys = np.linspace(0, 10, 60), np.linspace(0, 8, 50)
    X, Y = np.meshgrid(xs, ys)
    for piece in figures.contours(X**2 + Y**2, xs * 100, ys * 100):
        points = np.array(re.findall(r"[\d.]+", piece), float).reshape(-1, 2) / 100
        heights = (points**2).sum(1)
        assert np.ptp(heights) < 0.05 * heights.max()


@pytest.mark.parametrize("counts", [{"numerical": 1001, "reverse": 2}, {"numerical": 7}])
def test_there_is_a_dot_for_each_run(counts):
    picture = show.runs(**counts)
    panels = re.findall(r'class="dots" d="([^"]*)"', picture.drawing)
    dots = [re.findall(r"M([\d.]+),([\d.]+)h0", d) for d in panels]
    assert [len(d) for d in dots] == [k for n in counts.values() for k in (1, n - 1)]
    assert len({spot for d in dots for spot in d}) == sum(counts.values())
    for name, n in counts.items():
        assert f"{name}: 1 + {n - 1:,} = {n:,}<" in picture.drawing


def test_a_matrix_has_its_numbers_and_the_colours_of_their_signs():
    values = np.array([[-0.192, 0.081], [-0.11, 0.0]])
    picture = show.matrix(values, rows=["one", "two"])
    texts = re.findall(r"<text[^>]*>([^<]*)", picture.drawing)
    assert texts[:6] == ["one", "two", f"{MINUS}0.192", "0.081", f"{MINUS}0.110", "0.000"]
    cells = re.findall(r'rx="6" fill="(#\w+)" opacity="([\d.]+)"', picture.drawing)[:4]
    assert [c for c, _ in cells] == [show.BERRY, show.PINE, show.BERRY, show.PINE]
    strong = [float(s) for _, s in cells]
    assert strong[0] == figures.FULL and strong[3] == 0 and strong[0] > strong[2] > strong[1] > 0


def test_the_numbers_of_a_matrix_can_be_read_on_its_strongest_colours():
    def light(color):
        parts = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)
        return float(np.dot([0.2126, 0.7152, 0.0722], [*parts]))

    for tone, name in itertools.product((0, 1), ("berry", "pine")):
        paper, ink, color = (np.array([*bytes.fromhex(drawing.PALETTE[c][tone][1:])]) / 255
                             for c in ("paper", "ink", name))  # fmt: skip
        cell = figures.FULL * color + (1 - figures.FULL) * paper
        low, high = sorted((light(cell), light(ink)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, (tone, name)


def test_each_elf_has_something_of_its_own():
    assert len({things for *_, things in faces.ELVES.values()}) == len(faces.ELVES)
    picture = show.elves("numerical", "symbolic")
    for words in ("numerical", "the outputs only", "nearly the right number", "another formula"):
        assert f">{words}<" in picture.drawing
    assert "automatic" not in picture.drawing


def test_an_elf_works_in_each_house_of_the_labs():
    assert set(workshop.LIVES) == set(rooms.LABS) and set(workshop.LIVES.values()) <= {*faces.ELVES}
    drawn = workshop.picture().drawing
    for name in set(workshop.LIVES.values()):
        hats = drawn.count(faces.ELVES[name][-1])
        assert hats == list(workshop.LIVES.values()).count(name)


def test_the_family_tree_has_its_engines_years_and_arrows():
    picture = show.family()
    for name, (year, *_, source) in relatives.ENGINES.items():
        assert picture.drawing.count(f">{name}<") == 1 and f">{year}<" in picture.drawing
        assert source.startswith("https://")
    for kind, links in (("taught", relatives.LINKS), ("alike", relatives.ALIKE)):
        drawn = re.findall(f'class="{kind}" data-from="([^"]*)" data-to="([^"]*)"', picture.drawing)
        assert drawn == [(a, b) for a, b, *_ in links]
        for a, b, why, source in links:
            assert relatives.ENGINES[a][0] <= relatives.ENGINES[b][0], "nobody learns from later"
            assert why and source.startswith("https://")
    red = {name for name, (_, kind, *_) in relatives.ENGINES.items() if kind == relatives.HERO}
    assert red == {"HIPS Autograd", "Chainer", "Tangent"}


def test_the_boxes_of_the_family_tree_lie_apart_and_at_their_years():
    boxes = [relatives.box(name) for name in relatives.ENGINES]
    for k, (left, middle, right, y) in enumerate(boxes):
        assert left >= 0 and right <= 1174 and middle == (left + right) / 2
        for u, _, v, z in boxes[:k]:
            assert right < u or v < left or abs(y - z) >= 44
    years = list(relatives.ACROSS)
    assert years == sorted(years) and set(years) == {y for y, *_ in relatives.ENGINES.values()}
    places = list(relatives.ACROSS.values())
    assert places == sorted(places)


def test_a_tangle_has_all_the_operations():
    x = symbolic.symbol("x")
    formula = symbolic.formula(lambda x: np.tanh(np.sin(x) * x**2) / (1 + x**2))
    third = symbolic.derivative(formula, x, 3)

    def drawn(found):
        dots, lines = (re.search(f'class="{name}" d="([^"]*)"', found.body)[1].count(mark)
                       for name, mark in (("dots", "h0"), ("lines", "L")))  # fmt: skip
        return dots, lines

    total, shared = symbolic.size(third), graphs.shared(third)
    dots, lines = drawn(tangles.branches(third))
    assert dots == lines + 1 > total > 1000  # each but the last is used once; there is x too
    once = symbolic.size(shared, shared=True)
    assert drawn(tangles.web(shared))[0] == once + 1  # all operations, and x
    assert f"tree: {total:,} operations" in show.expression(third).drawing


@pytest.mark.parametrize(
    "make",
    [
        lambda: show.gears(),
        lambda: show.gears(3.0, -2.0),
        lambda: show.gears(3.0, 0.0),
        lambda: show.gears(100.0),
        lambda: show.arrows(lambda p: p[0] * 0.0, [1.0, 2.0]),
        lambda: show.arrows(lambda p: p[0], [1.0]),
        lambda: show.arrows(lambda p: p[0], [1.0, 2.0], around=0),
        lambda: show.runs(),
        lambda: show.runs(numerical=0),
        lambda: show.runs(numerical=1.5),
        lambda: show.runs(numerical=10**6),
        lambda: show.matrix(np.ones((2, 2, 2))),
        lambda: show.matrix([[np.nan]]),
        lambda: show.matrix(np.ones((13, 2))),
        lambda: show.matrix(np.ones((2, 2)), rows=["one"]),
        lambda: show.elf("santa"),
        lambda: show.elves("numerical", "santa"),
        lambda: show.elves(),
    ],
)
def test_refusals_are_one_sentence(make):
    with pytest.raises(InputError) as caught:
        make()
    assert isinstance(caught.value, ElfError) and "\n" not in str(caught.value)
