"""An attendee's copies: without outputs, never overwritten, brought anew when asked for."""

import json
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from elves import cli, lab
from elves.errors import InputError, MissingError

NAMES = list(lab.originals())
FIRST = NAMES[0]
AGAIN = "python elves/bootstrap.py fresh"


@pytest.fixture
def attendee(tmp_path, monkeypatch):
    """A folder with copies, made from originals that may be changed."""
    source = tmp_path / "source"
    source.mkdir()
    for name, path in lab.originals().items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes(path.read_bytes())
    monkeypatch.setattr(lab, "originals", lambda: {name: source / name for name in NAMES})
    monkeypatch.setattr(lab, "project", lambda: tmp_path)
    assert lab.copy(tmp_path / lab.FOLDER) == []
    return tmp_path


def copies(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.ipynb")}


def edit(path, change):
    nb = nbformat.read(path, as_version=4)
    change(nb)
    nbformat.write(nb, path)


def a_new_cell(nb):
    nb.cells.append(new_code_cell("print(2.957)"))


def another_word(nb):
    nb.cells[0].source += " Mine."


def a_cell_less(nb):
    del nb.cells[-1]


def another_order(nb):
    nb.cells.reverse()


CHANGES = [a_new_cell, another_word, a_cell_less, another_order]


def run_it(nb):
    """What JupyterLab leaves when someone runs a notebook and comes to its end."""
    for number, cell in enumerate(c for c in nb.cells if c.cell_type == "code"):
        cell.execution_count = number + 1
        cell.outputs = [nbformat.v4.new_output("stream", text="2.957")]
    nb.cells.append(new_code_cell(""))
    nb.metadata["language_info"] = {"name": "python", "version": "3.13.1"}


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_has_no_outputs_and_nothing_for_the_speaker(attendee, name):
    copy = nbformat.read(attendee / lab.FOLDER / name, as_version=4)
    nbformat.validate(copy)
    original = nbformat.read(lab.originals()[name], as_version=4)
    assert [cell.id for cell in copy.cells] == [cell.id for cell in original.cells]
    text = "\n".join(cell.source for cell in copy.cells)
    for words in ("For the speaker", "**Click:**", "**If late:**"):
        assert words not in text
    head, first = copy.cells[0].source, original.cells[0].source
    if name.startswith("labs/"):  # nobody speaks there
        assert head == first
        return
    assert head.count(lab.HINT) == 1 and head.replace(f"\n\n{lab.HINT}", "") == first
    notes = 0
    for new, old in zip(copy.cells[1:], original.cells[1:], strict=True):
        if new.cell_type == "code":
            hidden = new.metadata.get("jupyter", {}).get("source_hidden", False)
            assert hidden == new.id.endswith("-answer")
            assert (new.outputs, new.execution_count, new.source) == ([], None, old.source)
        elif new.source != old.source:
            notes += 1
            assert new.source.startswith("<details>") and new.source.count("<details") == 1
            assert ("**Source:**" in new.source) == ("**Source:**" in old.source)
    markdown = [c for c in original.cells if c.cell_type == "markdown"]
    spoken = [c for c in markdown if c.metadata.slideshow.slide_type == "notes"]
    assert notes == len(spoken) + sum(c.id.endswith("-answer") for c in markdown)
    assert "widgets" not in copy.metadata


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_to_an_exercise_stands_open(name):
    """What follows the code of an exercise as text, and is no heading, answers it."""
    cells = nbformat.read(lab.originals()[name], as_version=4).cells
    for before, code, after in zip(cells, cells[1:], cells[2:], strict=False):
        if "xercise" in before.source and [code.cell_type, after.cell_type] == ["code", "markdown"]:
            assert after.source.startswith("#") or after.id.endswith("-answer"), after.id


@pytest.mark.parametrize("change", CHANGES)
def test_what_an_attendee_changed_is_never_overwritten(attendee, change):
    mine, source = attendee / lab.FOLDER / FIRST, attendee / "source" / FIRST
    edit(mine, change)
    before = mine.read_bytes()
    assert lab.copy(attendee / lab.FOLDER) == [] and mine.read_bytes() == before
    edit(source, another_word)
    [said] = lab.copy(attendee / lab.FOLDER)
    assert mine.read_bytes() == before
    assert said == f"my-notebooks/{FIRST} is yours; there is a newer one: {AGAIN} 01"


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_that_was_only_run_follows_the_original(attendee, change):
    mine, source = attendee / lab.FOLDER / FIRST, attendee / "source" / FIRST
    edit(mine, run_it)
    before = mine.read_bytes()
    assert lab.copy(attendee / lab.FOLDER) == [] and mine.read_bytes() == before
    edit(source, change)
    assert lab.copy(attendee / lab.FOLDER) == []
    new = nbformat.read(mine, as_version=4)
    assert len(new.cells) == len(nbformat.read(source, as_version=4).cells)
    assert lab.copy(attendee / lab.FOLDER, [FIRST]) == []


def test_fresh_keeps_what_was_changed_beside_it(attendee, capsys):
    mine = attendee / lab.FOLDER / FIRST
    original = mine.read_bytes()
    for count, change in enumerate(CHANGES):
        edit(mine, change)
        changed = mine.read_bytes()
        assert cli.main(["fresh", ("01", "1", "intro", FIRST)[count]]) == 0
        kept = mine.with_stem(f"{mine.stem}-mine{-count or ''}")
        assert kept.read_bytes() == changed and mine.read_bytes() == original
        assert f"what you changed is now in my-notebooks/{kept.name}" in capsys.readouterr().out
    assert len(list(mine.parent.glob("01*"))) == 5 and len(list(mine.parent.glob("02*"))) == 1


def test_fresh_of_all_leaves_an_attendees_own_notebooks_alone(attendee):
    own = attendee / lab.FOLDER / "scratch.ipynb"
    own.write_text("{}")
    (attendee / lab.FOLDER / NAMES[1]).write_text("not JSON")
    (attendee / lab.FOLDER / NAMES[2]).unlink()
    lab.fresh([], attendee)
    assert own.read_text() == "{}"
    assert {*NAMES, "scratch.ipynb", "02_refresher-mine.ipynb"} == copies(own.parent)


@pytest.mark.parametrize("name", ["99", "0", "10", "fresh", "-1", ""])
def test_an_unknown_notebook(attendee, name):
    with pytest.raises(
        InputError,
        match=rf"There is no notebook {name}: choose from 01, 02, .*08, labs/01, .*labs/\d\d\.$",
    ):
        lab.fresh([name], attendee)


def test_a_place_that_cannot_be_written(attendee):
    (attendee / "file").write_text("")
    with pytest.raises(InputError, match=r"01_introduction\.ipynb cannot be written"):
        lab.copy(attendee / "file")


def test_a_disk_that_is_full_harms_no_copy(attendee, monkeypatch):
    mine, source = attendee / lab.FOLDER / FIRST, attendee / "source" / FIRST
    edit(source, another_word)
    before = mine.read_bytes()

    def half(nb, path):
        path.write_text("{")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(nbformat, "write", half)
        with pytest.raises(InputError, match="No space left"):
            lab.copy(attendee / lab.FOLDER)
    assert mine.read_bytes() == before
    assert lab.copy(attendee / lab.FOLDER) == [] and mine.read_bytes() != before


def test_a_picture_that_was_pasted_is_kept(attendee):
    mine, source = attendee / lab.FOLDER / FIRST, attendee / "source" / FIRST
    edit(mine, lambda nb: nb.cells[0].update(attachments={"tree.png": {"image/png": "aGk="}}))
    before = mine.read_bytes()
    edit(source, another_word)
    (attendee / "source" / NAMES[1]).write_text("")  # only begun
    assert len(lab.copy(attendee / lab.FOLDER)) == 1 and mine.read_bytes() == before


def test_a_note_that_is_folded_keeps_its_sources():
    note = "> *For the speaker.* One.\n>\n> Two?\n>\n> **Click:** run.\n>\n> **Source:** a book."
    assert lab.folded(note).split("\n\n")[1:4] == ["One.", "Two?", "**Source:** a book."]


def test_the_digest_looks_at_texts_alone():
    cells = [new_markdown_cell("a"), new_code_cell("b")]
    one = nbformat.v4.new_notebook(cells=cells)
    assert lab.digest(one) == lab.digest(nbformat.v4.new_notebook(cells=[*cells, new_code_cell()]))
    swapped = nbformat.v4.new_notebook(cells=[new_code_cell("a"), new_markdown_cell("b")])
    assert lab.digest(one) != lab.digest(swapped)


def test_without_jupyterlab_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    with pytest.raises(
        MissingError, match=r"needs JupyterLab: run make light .* pip install '\.\[light\]' there"
    ):
        lab.jupyter(Path.cwd(), "/lab")


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "home").write_text("a file is a folder that nobody can write into")
    names = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"]
    for name in [*names, "IPYTHONDIR", "MPLCONFIGDIR"]:
        monkeypatch.setenv(name, str(tmp_path / "home" / name))
    assert "your home folder cannot be written" in lab.writable_home()
    for name in names:
        assert not os.environ[name].startswith(str(tmp_path))
    assert lab.writable_home() is None


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The package as pip installs it, without the repository."""
    pytest.importorskip("hatchling", reason="building a wheel needs hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*command, "-w", folder, lab.HERE.parent], check=True)
    [wheel] = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_the_notebooks_and_jupyters_settings(installed, tmp_path):
    code = "from elves import cli, lab; print(lab.project()); raise SystemExit(cli.main(['fresh']))"
    env = {**os.environ, "PYTHONPATH": str(installed)}
    run = [sys.executable, "-P", "-c", code]
    done = subprocess.run(run, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("None\n"), done.stdout
    assert copies(tmp_path / lab.FOLDER) == {*NAMES}
    assert json.loads((installed / "elves/jupyter/jupyter_lab_config.json").read_text())


def test_the_terminal_says_only_where_to_go(installed, tmp_path):
    env = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(tmp_path)}
    run = [sys.executable, "-P", "-m", "elves", "lab", "--no-browser", "--ServerApp.port=0"]
    into = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(run, cwd=tmp_path, env=env, **into)
    said = process.stdout.readline()
    where = rf"In your browser: (http://\S+/lab/tree/my-notebooks/{FIRST}\?token=\w{{48}})\n"
    found = re.search(where, said)
    if found:  # it is up when it says so
        urllib.request.urlopen(found[1], timeout=60).close()
    process.terminate()
    rest = process.communicate(timeout=60)[0]
    assert found, said + rest
    assert rest.count("\n") == 1  # that it stops
