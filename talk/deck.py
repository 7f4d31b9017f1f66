"""Run the notebooks, merge their main line into one talk, and export it as an offline deck.

    python talk/deck.py run [NOTEBOOK …]   execute notebooks in place, with tidy outputs,
                                           and say on top where each stands in the talk
    python talk/deck.py build              make all that lies in slides/: the live deck talk.ipynb,
                                           the offline deck index.html, script.md and handout.pdf;
                                           and bring the project's address into README.md
    python talk/deck.py check              say whether these are up to date
    python talk/deck.py present            open the live slides (`lab`: the notebooks themselves)

`--minutes 20` (or 30) makes and opens the short version of the outline: talk-20.ipynb and so on.
(`merge`, `export`, `script` and `handout` are the parts of `build`; `vendor` fetches slides/vendor
anew.)
"""

import argparse
import asyncio
import hashlib
import html
import json
import re
import sys
from pathlib import Path

from libraries import vendor
from mainline import (
    ROOT,
    DeckError,
    again,
    kind,
    main_line,
    notebooks,
    outline,
    read,
    short,
    shorten,
    slides,
    write,
)
from running import execute, run

HERE = Path(__file__).resolve().parent
TOOLS = "deck.py", "mainline.py", "running.py"  # which decide what an exported deck looks like


# ---------------------------------------------------------------- what it is made of


def digest(*parts):
    """Hash texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def source_hash(root=ROOT):
    """Hash what the merged notebook is made of: the outline and the main line."""
    keep = ("slideshow", "tags", "alt")
    measured = outline(root)["talk"].get("measured", [])
    cells = [
        [cell.id, cell.cell_type, cell.source, {k: cell.metadata.get(k) for k in keep}]
        + [cell.outputs for _ in range(cell.id in measured)]
        for path in notebooks(root)
        for cell in main_line(read(path))
    ]
    tools = [(HERE / name).read_text("utf-8") for name in ("staging.py", "address.py")]
    return digest(json.dumps(outline(root)), json.dumps(cells), *tools)


def deck_hash(sources, root=ROOT):
    """Hash what the exported deck is made of: a merged notebook, its look, and the tools."""
    tools = [HERE / name for name in TOOLS]
    files = [root / "slides" / "rise.css", *tools, *sorted((HERE / "template").iterdir())]
    return digest(sources, *(file.read_text("utf-8") for file in files))


def contents(nb):
    """Hash all that a merged notebook says, so that an edit or a saved rehearsal is noticed."""
    import nbformat

    said = json.loads(nbformat.writes(nb))
    said["metadata"].get("elves", {}).pop("contents", None)
    return digest(json.dumps(said, sort_keys=True))


def edited(root=ROOT):
    """Return one sentence if slides/talk.ipynb is not as it was written, else None."""
    nb = read(root / "slides" / "talk.ipynb")
    if nb.metadata.get("elves", {}).get("contents") == contents(nb):
        return None
    return "slides/talk.ipynb was changed after it was made (a rehearsal?): run `make slides`."


# ---------------------------------------------------------------- making the deck


def look(talk):
    """Settings that live slides read from the notebook, and the exported deck from its page."""
    return {
        "theme": talk["theme"],
        "width": talk["width"],
        "height": talk["height"],
        "margin": 0,
        "minScale": 0.1,
        "center": False,
        "controls": True,
        "progress": True,
        "slideNumber": "c/t",
        "transition": "none",
        "scroll": False,
        "auto_select": "none",  # RISE selects late: the slides would follow, maybe back
        "footer": html.escape(f"{talk['title']} · {talk['speaker']}"),
    }


def merge(root=ROOT):
    """Write slides/talk.ipynb: the main line of all notebooks, executed in one fresh kernel."""
    from nbformat.v4 import new_code_cell, new_notebook

    import address
    import staging

    talk, home, site = outline(root)["talk"], address.of(root), address.site(root)
    nb, seconds = new_notebook(), 0
    for path in notebooks(root):
        notebook = read(path)
        seconds += sum(slide.seconds for slide in slides(notebook))
        for cell in main_line(notebook):
            if cell.cell_type == "markdown":  # links and pictures are relative to notebooks/
                link = r"\]\(([\w./-]+\.(?:ipynb|md|png|py|svg)[)#])"
                cell.source = re.sub(link, r"](../notebooks/\1", cell.source)
            address.show(cell, home, site)
            nb.cells.append(cell)
    nb.metadata["title"] = talk["title"]
    nb.metadata["rise"] = look(talk)
    nb.metadata["elves"] = {"inputs": source_hash(root), "seconds": seconds}
    measured = {cell.id: cell.outputs for cell in nb.cells if cell.id in talk.get("measured", [])}
    if "warm_up" in talk:
        hidden = {"slideshow": {"slide_type": "skip"}, "tags": ["setup"]}
        warm_up = new_code_cell(talk["warm_up"].strip(), id="talk-warm-up", metadata=hidden)
        nb.cells.append(warm_up)
    nb.cells += again(nb)
    nb = asyncio.run(execute(nb, "talk.ipynb", root / "notebooks"))
    for cell in nb.cells:
        cell.update({"outputs": measured[cell.id]} if cell.id in measured else {})
    nb = staging.prepare(nb)
    nb.metadata.elves["contents"] = contents(nb)
    write(nb, root / "slides" / "talk.ipynb")


def describe(nb):
    """Give each picture the alternative text of its cell, or the one inside its SVG."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            svg = output.get("data", {}).get("image/svg+xml", "")
            label = re.search(r'<svg[^>]* aria-label="([^"]*)"', svg)
            alt = cell.metadata.get("alt") or (html.unescape(label[1]) if label else "")
            if "data" in output:
                output.metadata.setdefault("alt", alt)
            if svg and 'xmlns="' not in svg:  # a page shows it without, a picture needs it
                svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
                output.data["image/svg+xml"] = svg


def notes_first(cells):
    """Put notes before the slide's fragments: Reveal hides the notes of a fragment to come."""
    ordered, start = [], 0
    for cell in cells:
        if kind(cell) in ("slide", "subslide"):
            start = len(ordered) + 1
        if kind(cell) == "notes":
            ordered.insert(start, cell)
            start += 1
        else:
            ordered.append(cell)
    return ordered


def talk(root=ROOT, minutes=None):
    """Read slides/talk.ipynb, or write and return its short version."""
    import staging

    if sentence := edited(root):
        raise DeckError(sentence)
    nb = staging.prepare(shorten(read(root / "slides" / "talk.ipynb"), minutes, root))
    nb.metadata.elves["seconds"] = sum(slide.seconds for slide in slides(nb))
    if minutes:
        write(nb, root / "slides" / short("talk.ipynb", minutes))
    return nb


def export(root=ROOT, minutes=None):
    """Write slides/index.html from slides/talk.ipynb."""
    from nbconvert import SlidesExporter

    nb = talk(root, minutes)
    describe(nb)
    nb.cells = notes_first(nb.cells)
    deck = {
        "inputs": deck_hash(nb.metadata.elves.inputs, root),
        "title": nb.metadata.title,
        "seconds": nb.metadata.elves.seconds,
        "rise": nb.metadata.rise,
        "css": (root / "slides" / "rise.css").read_text("utf-8"),
    }
    exporter = SlidesExporter(
        extra_template_basedirs=[str(HERE)], template_name="template", exclude_anchor_links=True
    )
    page, _ = exporter.from_notebook_node(nb, resources={"deck": deck})
    page = re.sub(r"[ \t]+$", "", page, flags=re.MULTILINE)
    (root / "slides" / short("index.html", minutes)).write_text(page, "utf-8")


def script(root=ROOT, minutes=None):
    """Write slides/script.md from the notes."""
    import rehearse

    mark = f'<!-- Made by `make slides` from "{source_hash(root)}"; change the notes instead. -->'
    text = f"{mark}\n\n{rehearse.script(minutes, root)}"
    (root / "slides" / short("script.md", minutes)).write_text(text, "utf-8")


def handout(root=ROOT, minutes=None):
    """Write slides/handout.pdf: one page for each slide, with its notes (needs Chromium)."""
    import handout

    page = root / "slides" / short("index.html", minutes)
    handout.write(page, root / "slides" / short("handout.pdf", minutes))


def readme(root=ROOT):
    """Bring the line that clones the project in README.md up to date."""
    import address

    if text := address.readme(root):
        (root / "README.md").write_text(text, "utf-8")


def stale(root=ROOT):
    """Return one sentence if the committed deck is out of date, else None."""
    import address

    text = address.readme(root)
    if text and text != (root / "README.md").read_text("utf-8"):
        return "README.md has a different address from talk/outline.toml: run `make slides`."
    sources = source_hash(root)
    marks = {"talk.ipynb": sources, "index.html": deck_hash(sources, root), "script.md": sources}
    for name, mark in marks.items():
        path = root / "slides" / name
        if not path.exists():
            return f"slides/{path.name} is missing: make it with `make slides`."
        if f'"{mark}"' not in path.read_text("utf-8"):
            return f"slides/{path.name} is older than what it is made of: run `make slides`."
    return edited(root)


def check(root=ROOT):
    """Complain if the committed deck is stale."""
    if sentence := stale(root):
        raise DeckError(sentence)
    print("The deck is up to date.")


def remind(root=ROOT):
    """Print what the speaker still has to fill in."""
    import address

    if not address.of(root):
        print(address.MISSING)


# ---------------------------------------------------------------- the commands


def build(root=ROOT, minutes=None):
    """Make the live deck, the offline deck, the script and the handout."""
    if minutes is None or stale(root):
        merge(root)
    for part in (export, script):
        part(root, minutes)
    readme(root)
    remind(root)
    print(f"Open {root / 'slides' / short('index.html', minutes)} in a browser.")
    try:
        handout(root, minutes)
    except DeckError as error:  # the rest is there
        print(f"No handout: {error}")


def present(arguments=(), minutes=None, root=ROOT):
    """Open the live slides in the browser."""
    print(stale(root) or "Space: next slide. Shift-Enter: run the cell. s: speaker notes.")
    remind(root)
    if minutes:
        talk(root, minutes)
    jupyter(f"/rise/slides/{short('talk.ipynb', minutes)}", arguments, root)


def lab(arguments=(), root=ROOT):
    """Open the first notebook of the talk itself, with its outputs, to change it."""
    jupyter(f"/lab/tree/{notebooks(root)[0].relative_to(root).as_posix()}", arguments, root)


def jupyter(url, arguments, root):
    """Start JupyterLab in this process's place."""
    from elves.lab import jupyter

    jupyter(root, url, arguments, [*notebooks(root), *(root / "slides").glob("talk*.ipynb")])


def whole(text):
    """Read a number of minutes; the whole talk is None, which an empty text means too."""
    return int(text) if text and int(text) != outline()["talk"].get("minutes") else None


def main(argv=None):
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository (for tests)")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (run, build, merge, export, script, handout, check, vendor, present, lab):
        subparser = commands.add_parser(command.__name__, help=command.__doc__.lower())
        subparser.set_defaults(do=command)
        if command in (build, export, script, handout, present):
            subparser.add_argument("--minutes", type=whole, help="a short version: 20 or 30")
    commands.choices["run"].add_argument("paths", nargs="*", metavar="NOTEBOOK")
    options, arguments = parser.parse_known_args(argv)
    options = vars(options)
    if options.pop("command") in ("present", "lab"):
        options["arguments"] = arguments  # JupyterLab's own, such as --no-browser
    elif arguments:
        parser.error(f"unknown arguments {' '.join(arguments)}")
    try:
        options.pop("do")(**options)
    except (DeckError, FileNotFoundError) as error:
        sys.exit(f"deck: {error}")


if __name__ == "__main__":
    sys.modules["deck"] = sys.modules[__name__]  # for rehearse and handout, which import it
    main()
