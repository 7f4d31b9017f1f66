"""What a slide gets for the stage: steps, sizes and the clock."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import deck
import staging

PICTURE = '<svg width="600" height="200" viewBox="0 0 600 200"></svg>'


def cell(source, kind="-", *outputs):
    """A cell of a slide; code if it has outputs or says so."""
    make = new_code_cell if outputs else new_markdown_cell
    made = make(source, metadata={"slideshow": {"slide_type": kind}})
    if outputs:
        made.outputs = [*outputs]
    return made


def says(words):
    return new_output("stream", name="stdout", text=words)


def shows(data):
    return new_output("execute_result", data=data)


def test_a_result_in_words_waits_and_so_does_what_follows():
    code = cell("print(1)", "-", says("1\n"))
    group = [cell("## One", "slide"), code, cell("So it is one."), cell("Say it.", "notes")]
    assert staging.steps(group) == 2
    assert staging.is_result(code)
    assert [deck.kind(c) for c in group] == ["slide", "-", "fragment", "notes"]
    assert staging.steps(group) == 2  # again, as for a short version


def test_a_picture_comes_with_its_slide():
    picture = cell("show()", "-", shows({"image/svg+xml": PICTURE, "text/plain": "p"}))
    assert staging.steps([cell("## A picture", "slide"), picture]) == 0
    assert staging.steps([cell("## A definition", "slide"), new_code_cell("x = 1")]) == 0


def test_a_result_inside_of_a_step_is_no_step_more():
    code = cell("print(1)", "fragment", says("1\n"))
    assert staging.steps([cell("## One", "slide"), code]) == 1
    assert not staging.is_result(code)


def test_a_walk_brings_steps_of_its_own():
    walk = cell("Stepper(f, x)", "-", shows({"image/svg+xml": PICTURE, "text/plain": "w"}))
    group = [cell("## A walk", "slide"), walk, cell("So it goes."), cell("Say it.", "notes")]
    assert staging.steps(group) == 0
    walk.outputs[0].metadata["elves"] = {"presses": 7}
    assert staging.steps(group) == 8
    assert [deck.kind(c) for c in group] == ["slide", "-", "fragment", "notes"]


def test_few_words_grow_and_many_do_not():
    def size(lines, width=20):
        code = new_code_cell("\n".join(["x" * width] * lines))
        return staging.sizes([cell("## H", "slide"), code])["grow"]

    assert size(3) == size(13) == staging.LARGE > 1
    assert size(16) == size(20) == 1
    assert size(3, 60) == staging.LARGE
    assert size(3, 90) == 1  # the width counts too


def test_a_picture_takes_the_room_that_is_left():
    def tall(words):
        data = {"image/svg+xml": PICTURE, "text/plain": "p"}
        picture = cell("show()  " + "#" * 60, "-", shows(data))  # too wide for one beside
        found = staging.sizes([cell(f"## H\n\n{words}", "slide"), picture])
        assert found["grow"] == 1 and "split" not in found
        return int(found["tall"].removesuffix("px"))

    assert tall("") == int(1.7 * 200)  # never larger than that
    assert tall("many words " * 60) < 200


def test_a_small_table_gets_air():
    def air(rows):
        table = "\n".join(["| a | b |", "|---|---|", *["| word | word |"] * rows])
        found = staging.sizes([cell(f"## H\n\n{table}", "slide")])["air"]
        return int(found.removesuffix("px"))

    assert air(3) == 32 > air(7) > air(11) >= 6


def test_a_picture_stands_beside_code_where_both_have_room():
    def sizes(width, wide, tall, words=""):
        svg = f'<svg width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}"></svg>'
        picture = cell("x" * width, "-", shows({"image/svg+xml": svg, "text/plain": "p"}))
        code = cell("\n".join(["y" * width] * 4), "-", says("1\n"))
        return staging.sizes([cell(f"## H{words}", "slide"), code, picture])

    found = sizes(30, 300, 300)
    assert found["grow"] == staging.LARGE and found["place"] == "absolute"
    left, high = int(found["split"][:-2]), int(found["tall"][:-2])
    assert left > 30 * 13.3 * staging.LARGE and left + high + staging.BESIDE <= staging.WIDTH
    assert high == 510  # never larger than MOST
    middle = int(found["top"][:-2]) + high / 2
    assert abs(middle - (staging.TOP + staging.BOTTOM) / 2) < 2
    assert sizes(52, 300, 300)["grow"] == 1  # rather small code than a picture that nobody can read
    assert "split" not in sizes(85, 300, 300)
    assert "split" not in sizes(30, 1100, 200)
    assert int(sizes(10, 300, 300, "\n\nSome words.")["split"][:-2]) == staging.NARROW


def test_what_cannot_be_measured_keeps_its_size():
    widget = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "w"}
    page = {"text/html": "<b>b</b>", "text/plain": "b"}
    for data in (widget, page):
        shown = cell("show()", "-", shows(data))
        assert staging.sizes([cell("## H", "slide"), shown]) == {"grow": 1}


def test_the_elf_whose_slide_it_is_has_a_face_there():
    known = staging.faces()
    ids = [slide.id for path in deck.notebooks() for slide in deck.slides(deck.read(path))]
    assert set(known) <= set(ids) and len(known) > 10
    assert len(set(known.values())) == 6  # elves
    assert all("%3Csvg" in url and "'" not in url[5:-2] for url in known.values())
    nb = new_notebook(cells=[cell("## One", "slide"), cell("## Two", "slide")])
    nb.cells[0].id, nb.cells[1].id = "ad-reverse", "other"
    staging.prepare(nb)
    assert nb.cells[0].metadata.elves.face == known["ad-reverse"]
    assert "face" not in nb.cells[1].metadata.elves


def test_the_clock_stands_in_each_note():
    cells = [
        cell("## One", "slide"), cell("> *For the speaker.* First.", "notes"),
        cell("## Two", "slide"), cell("print(2)", "-", says("2\n")),
        cell("> *For the speaker.* Second.", "notes"),
    ]  # fmt: skip
    cells[0].metadata.slideshow["data"] = {"timing": 75}
    cells[2].metadata.slideshow["data"] = {"timing": 40}
    nb = staging.prepare(new_notebook(cells=cells))
    assert nb.cells[1].source == "*For the speaker, at 0:00, 75 s.*\n\nFirst."
    assert nb.cells[4].source == "*For the speaker, at 1:15, 40 s, Space once.*\n\nSecond."
    nb.cells = nb.cells[2:]  # a short version: the clock is set anew
    assert staging.prepare(nb).cells[2].source.startswith("*For the speaker, at 0:00, 40 s")
