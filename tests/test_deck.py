"""The deck tool on a small talk with one of everything, and on the real one."""

import asyncio
import json
import re
import shutil

import pytest
from nbformat.v4 import new_code_cell

import deck
import libraries
import mainline
import running
from conftest import notebook, write_sample

ROOT = deck.ROOT


@pytest.fixture
def copy(sample, tmp_path):
    """A copy of the built sample that a test may change."""
    ignore = shutil.ignore_patterns("vendor")
    return shutil.copytree(sample, tmp_path / "talk", ignore=ignore)


def change(path, number, source):
    """Change the source of one cell of a notebook."""
    nb = deck.read(path)
    nb.cells[number].source = source
    deck.write(nb, path)


def page(root):
    return (root / "slides" / "index.html").read_text("utf-8")


def test_committed_deck_is_up_to_date():
    assert deck.stale() is None


def test_slides_know_their_seconds_and_cells(sample):
    slides = list(deck.slides(deck.read(deck.notebooks(sample)[0])))
    assert [(slide.id, slide.seconds) for slide in slides] == [
        ("intro-title", 30),
        ("intro-maths", 40),
        ("intro-code", 50),
    ]
    assert "intro-depth" not in [cell.id for slide in slides for cell in slide.cells]


def test_slides_need_a_first_slide():
    nb = notebook([("loose", "-", "text", {})])
    with pytest.raises(deck.DeckError, match="Cell loose comes before the first slide"):
        list(deck.slides(nb))


def test_merged_notebook_keeps_the_main_line_and_setup(sample):
    nb = deck.read(sample / "slides" / "talk.ipynb")
    ids = [cell.id for cell in nb.cells]
    assert {"intro-setup", "rest-setup", "intro-title", "rest-stepper"} <= set(ids)
    assert "intro-depth" not in ids
    assert all(cell.execution_count for cell in nb.cells if cell.cell_type == "code")
    assert nb.metadata.kernelspec.name == "python3"
    assert nb.metadata.rise.theme == "white" and nb.metadata.elves.seconds == 160
    assert "](../notebooks/01_first.ipynb)" in nb.cells[ids.index("intro-maths")].source


def test_exported_deck_is_complete_and_local(sample):
    text = page(sample)
    assert text.count("data-timing=") == 5
    assert re.search(r'<section data-timing="50" id="intro-code" style="--grow: [\d.]+; ">', text)
    assert "totalTime: 160" in text and "A sample &lt;talk&gt;" in text
    assert 'alt="One period of a sine curve."' in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    assert "import traitlets" not in text  # set-up code is hidden


def test_notes_come_before_fragments(sample):
    text = page(sample)
    assert text.index("Run the cell.") < text.index('<div class="fragment">')


def test_building_again_gives_the_same_files(sample, copy):
    deck.build(copy)
    for name in ("talk.ipynb", "index.html"):
        assert (copy / "slides" / name).read_bytes() == (sample / "slides" / name).read_bytes()


def test_stale_tells_which_file_is_old(copy):
    assert deck.stale(copy) is None
    change(deck.notebooks(copy)[0], 5, "Changed depth, which the talk does not show.")
    assert deck.stale(copy) is None
    (copy / "slides" / "rise.css").write_text("/* new look */")
    assert deck.stale(copy).startswith("slides/index.html is older")
    deck.export(copy)
    assert deck.stale(copy) is None
    change(deck.notebooks(copy)[0], 1, "# Changed title")
    assert deck.stale(copy).startswith("slides/talk.ipynb is older")
    deck.export(copy)  # half of the work does not hide it
    assert "`make slides`" in deck.stale(copy)
    (copy / "slides" / "talk.ipynb").unlink()
    assert deck.stale(copy).startswith("slides/talk.ipynb is missing")


@pytest.mark.parametrize("part", ["source", "outputs", "metadata"])
def test_an_edited_or_rehearsed_talk_is_noticed(copy, part):
    """A page that was saved by hand: the short versions do not carry it, and a build heals it."""
    path = copy / "slides" / "talk.ipynb"
    made, nb = path.read_bytes(), deck.read(path)
    cell = next(cell for cell in nb.cells if cell.cell_type == "code" and cell.outputs)
    if part == "source":
        cell.source += "\nprint('rehearsed')"
    elif part == "outputs":
        cell.outputs = []
    else:
        cell.metadata["slideshow"] = {"slide_type": "skip"}
    deck.write(nb, path)
    assert "was changed after it was made" in deck.stale(copy)
    for command in (deck.check, lambda root: deck.talk(root, 1), deck.export):
        with pytest.raises(deck.DeckError, match="was changed after it was made"):
            command(copy)
    deck.merge(copy)
    assert path.read_bytes() == made and deck.stale(copy) is None


def test_a_slide_alone_finds_its_names_in_the_set_up():
    """What only another slide defines is copied, with what that needs in turn, in order."""
    sources = [
        "base = 2",
        "def power(n):\n    return base**n",
        "own = power(3)\nown",
        "print(max(1, 2))",
    ]
    nb = notebook([(f"slide-{k}", "slide", "# Title", {}) for k in range(4)])
    for k, source in enumerate(sources):
        nb.cells.insert(2 * k + 1, new_code_cell(source, id=f"code-{k}"))
    copies = deck.again(nb)
    assert [cell.id for cell in copies] == ["code-0-again", "code-1-again"]
    assert all(mainline.is_setup(cell) and deck.kind(cell) == "skip" for cell in copies)


def test_run_writes_outputs_without_noise(copy):
    path = deck.notebooks(copy)[0]
    deck.run([path])
    text = path.read_text("utf-8")
    deck.run([path])
    assert path.read_text("utf-8") == text
    assert "the value is 1.628413" in text
    assert "iopub" not in text and "ipykernel_" not in text and str(copy) not in text
    error = next(c for c in deck.read(path).cells if c.id == "intro-error").outputs[0]
    assert error.traceback == ["ZeroDivisionError: division by zero"]


def test_run_names_the_cell_that_fails(copy, capsys):
    path = deck.notebooks(copy)[0]
    change(path, 7, "nonsense")
    before = path.read_bytes()
    with pytest.raises(SystemExit) as stop:
        deck.main(["run", str(path)])
    expected = "01_first.ipynb, cell intro-sum: NameError: name 'nonsense' is not defined"
    assert expected in str(stop.value)
    assert path.read_bytes() == before


def test_run_misses_a_notebook():
    with pytest.raises(SystemExit, match="There is no notebook nowhere"):
        deck.main(["run", "nowhere.ipynb"])


def test_a_measurement_is_the_notebooks_own():
    """Measured anew, the deck would have other bytes each time."""
    measured = deck.outline()["talk"]["measured"]
    kept = {c.id: c for path in deck.notebooks() for c in deck.read(path).cells}
    shown = {c.id: c for c in deck.read(ROOT / "slides" / "talk.ipynb").cells}
    for name in measured:
        assert shown[name].outputs == kept[name].outputs and kept[name].outputs


def test_tidy_hides_what_differs():
    assert running.tidy("<object at 0x7f12ab34cd56>") == "<object at 0x…>"
    assert running.tidy("/any/where/ipykernel_12/345.py:1: Warning") == "<cell>:1: Warning"


def test_setup_cells_need_nothing_else():
    """Live slides run the hidden set-up cells alone, in order, before the first slide."""
    nb = deck.read(ROOT / "slides" / "talk.ipynb")
    nb.cells = [cell for cell in nb.cells if mainline.is_setup(cell)]
    assert asyncio.run(deck.execute(nb, "set-up of the talk", ROOT / "notebooks")).cells


def test_vendored_libraries_are_the_ones_of_the_table():
    vendor = ROOT / "slides" / "vendor"
    assert {path.name for path in vendor.iterdir() if path.is_dir()} == set(libraries.VENDOR)
    licences = (vendor / "LICENSES.md").read_text("utf-8")
    for package, _ in libraries.VENDOR.values():
        name, _, version = package.rpartition("@")
        assert f"{name} {version}" in licences
    assert sum(p.stat().st_size for p in vendor.rglob("*") if p.is_file()) < 7_000_000
    parts = [p for p in (ROOT / "slides").rglob("*") if p.is_file() and p.suffix != ".pdf"]
    assert sum(p.stat().st_size for p in parts) < 12_000_000  # the whole deck


def test_labextension_is_complete():
    folder = ROOT / "elves" / "labextension"
    package = json.loads((folder / "package.json").read_text())
    build = package["jupyterlab"]["_build"]
    assert (folder / build["load"]).exists()
    assert f'const name = "{package["name"]}"' in (folder / build["load"]).read_text()


def test_sample_is_what_the_outline_says(tmp_path):
    root = write_sample(tmp_path / "talk")
    assert [path.stem for path in deck.notebooks(root)] == ["01_first", "02_second"]
    assert deck.stale(root).startswith("slides/talk.ipynb is missing")
