"""Make the book: the talk and the labs to read, the reference, a glossary, a cheat sheet.

    python talk/web/book/book.py OUT     writes the whole book into the folder OUT

What Sphinx reads is first put together in a folder of its own in .venv/web, so that nothing made
lies among the sources. No page of it asks another host for anything, and a
warning of Sphinx is an error.
"""

import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "talk"), str(HERE)]

import pages  # noqa: E402
import sheet  # noqa: E402
import terms  # noqa: E402

import deck  # noqa: E402

VENDOR = {  # in _static/libraries: what it holds of slides/vendor
    "mathjax": "mathjax",
    "requirejs": "requirejs",
    "html-manager": "html-manager/dist",
    "anywidget": "anywidget/dist",
}


def prepare(folder, root=ROOT):
    """Put together what Sphinx reads."""
    shutil.copytree(HERE / "pages", folder)
    for name, place in VENDOR.items():
        shutil.copytree(root / "slides" / "vendor" / place, folder / "static" / "libraries" / name)
    pages.write(folder, root)
    terms.write(folder)
    sheet.write(folder, root)


def build(out, root=ROOT):
    """Write the book into the folder `out`. Raises DeckError if Sphinx has anything to say."""
    from sphinx.cmd.build import main as sphinx

    place = root / ".venv" / "web"
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="book-", dir=place) as work:
        source, doctrees, new = (Path(work) / name for name in ("source", "doctrees", "book"))
        prepare(source, root)
        options = ["-E", "-W", "--keep-going", "-q", "-b", "html", "-c", HERE, "-d", doctrees]
        if sphinx([str(option) for option in [*options, source, new]]):
            raise deck.DeckError("the book was not made: Sphinx says why above.")
        (new / ".buildinfo").unlink()
        shutil.rmtree(out, ignore_errors=True)
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(new, out)


def main(argv=None):
    """Write the book into the folder that the command line names."""
    arguments = sys.argv[1:] if argv is None else argv
    if len(arguments) != 1:
        sys.exit("book: name the folder to write into, as in: book.py site/book")
    try:
        build(Path(arguments[0]).resolve())
    except deck.DeckError as problem:
        sys.exit(f"book: {problem}")


if __name__ == "__main__":
    main()
