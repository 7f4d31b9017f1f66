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
import ast
import asyncio
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import uuid
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
QUIET = {  # what the kernels need to print the same text on every machine
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "JAX_PLATFORMS": "cpu",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "315532800",  # in figures: 1980, the first year that zip files know
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
WIDGETS = "application/vnd.jupyter.widget-state+json"
LAST = "Next: play, teach or build; the README says how."  # below the last notebook's title
VENDOR = {  # folder in slides/vendor: the npm package, and the files of it that the deck needs
    "reveal.js": (
        "reveal.js@5.2.1",
        r"LICENSE|dist/reveal\.(css|js)|dist/theme/white\.css|plugin/notes/notes\.js",
    ),
    "mathjax": (
        "mathjax@2.7.9",
        r"LICENSE|MathJax\.js|config/(TeX-AMS_CHTML-full|Safe)\.js|fonts/HTML-CSS/TeX/woff/.*"
        r"|extensions/(Safe|MathEvents|MathMenu|MathZoom|AssistiveMML|TeX/\w+)\.js"
        r"|jax/(element/mml/optable|output/CommonHTML/(autoload|fonts))/.*",
    ),
    "requirejs": ("requirejs@2.3.8", r"require\.js"),
    "html-manager": (
        "@jupyter-widgets/html-manager@1.0.15",
        r"dist/embed(-amd\.js|\.js\.LICENSE\.txt)",
    ),
    "anywidget": ("anywidget@0.11.0", r"LICENSE|dist/index\.js"),
}


class DeckError(Exception):
    """A complaint that `main` prints as one sentence."""


class Slide(NamedTuple):
    """One slide of a notebook's main line."""

    id: str
    seconds: float
    cells: list


# ---------------------------------------------------------------- reading the talk


def outline(root=ROOT):
    """Read talk/outline.toml: the table `talk` and the list `section`."""
    return tomllib.loads((root / "talk" / "outline.toml").read_text("utf-8"))


def notebooks(root=ROOT):
    """List the notebooks of the talk in the outline's order."""
    names = [name for section in outline(root)["section"] for name in section["notebooks"]]
    return [root / "notebooks" / f"{name}.ipynb" for name in names]


def read(path):
    """Read a notebook."""
    import nbformat

    return nbformat.read(path, as_version=4)


def write(nb, path):
    """Write a notebook, if it is a valid one."""
    import nbformat

    nbformat.validate(nb)
    nbformat.write(nb, path)


def kind(cell):
    """Return the slide type of a cell; `-` continues the slide above."""
    return cell.metadata.get("slideshow", {}).get("slide_type") or "-"


def is_setup(cell):
    """Tell whether a hidden cell is needed by the code of the main line."""
    return cell.cell_type == "code" and "setup" in cell.metadata.get("tags", [])


def main_line(nb):
    """List the cells that the talk keeps: the slides, their notes, and hidden setup code."""
    return [cell for cell in nb.cells if kind(cell) != "skip" or is_setup(cell)]


def slides(nb):
    """Yield the slides of a notebook: id of the first cell, seconds, and the cells shown."""
    slide = None
    for cell in nb.cells:
        if kind(cell) in ("slide", "subslide"):
            if slide:
                yield slide
            timing = cell.metadata.slideshow.get("data", {}).get("timing", 0)
            slide = Slide(cell.id, timing, [cell])
        elif kind(cell) != "skip":
            if slide is None:
                raise DeckError(f"Cell {cell.id} comes before the first slide: make it one.")
            slide.cells.append(cell)
    if slide:
        yield slide


def short(name, minutes):
    """Name a file of the short version; the whole talk has the plain name.

    >>> short("talk.ipynb", None), short("talk.ipynb", 20)
    ('talk.ipynb', 'talk-20.ipynb')
    """
    path = Path(name)
    return f"{path.stem}-{minutes}{path.suffix}" if minutes else name


def version(minutes, root=ROOT):
    """Return the outline's table of a short version: the slides to skip, and other seconds."""
    versions = {table["minutes"]: table for table in outline(root).get("version", [])}
    if minutes not in versions:
        known = ", ".join(map(str, sorted(versions)))
        raise DeckError(f"There is no version of {minutes} minutes: choose from {known}, or none.")
    return versions[minutes]


def shorten(nb, minutes, root=ROOT):
    """Leave the slides out of a notebook that a short version skips; None is the whole talk.

    Raises DeckError where a slide that stays needs a name from a slide that goes.
    """
    if minutes is None or minutes == outline(root)["talk"].get("minutes"):
        return nb
    table = version(minutes, root)
    kept, gone, skipping, slide = [], [], False, None
    for cell in nb.cells:
        if kind(cell) in ("slide", "subslide"):
            slide, skipping = cell.id, cell.id in table["skip"]
            if cell.id in table.get("seconds", {}):
                cell.metadata.slideshow.data["timing"] = table["seconds"][cell.id]
        keep = is_setup(cell) or not skipping or kind(cell) == "skip"
        (kept if keep else gone).append((slide, cell))
    shown = [(slide, cell) for slide, cell in kept if is_setup(cell) or kind(cell) != "skip"]
    if lack := lost(sorted(shown, key=lambda pair: not is_setup(pair[1])), gone):
        needs = "slide {} needs {} from slide {}, which it skips.".format(*lack)
        raise DeckError(f"The version of {minutes} minutes breaks: {needs}")
    nb.cells = [cell for _, cell in kept]
    return nb


def names(cell):
    """Return the names that a code cell reads from others, and the names that it defines."""
    tree = ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    defined = {node.id for node in nodes if not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.arg):
            defined.add(node.arg)
    return {node.id for node in nodes if isinstance(node.ctx, ast.Load)} - defined, defined


def lost(kept, gone):
    """Find the first slide that reads what only slides define that are gone.

    ``kept`` and ``gone`` are lists of (id of the slide, cell). Returns the slide, the name and its
    owner, or None if all is well.
    """
    code = [(slide, *names(cell)) for slide, cell in kept if cell.cell_type == "code"]
    away = [(slide, names(cell)[1]) for slide, cell in gone if cell.cell_type == "code"]
    there = set()
    for slide, reads, defines in code:
        for name in sorted(reads - there):
            owner = next((other for other, defined in away if name in defined), None)
            if owner:
                return slide, name, owner
        there |= defines
    return None


def again(nb):
    """Copy for the set-up the cells that another slide needs, since a speaker may jump to that one.

    Live slides run the copies after the set-up cells; where all cells are run, they change nothing.
    """
    from nbformat.v4 import new_code_cell

    setup = [(None, cell) for cell in nb.cells if is_setup(cell)]
    shown = [(slide.id, cell) for slide in slides(nb) for cell in slide.cells]
    needed = []  # in the talk's order
    for here in dict.fromkeys(slide for slide, _ in shown):
        while True:
            gone = [p for p in shown if p[0] != here and p not in needed and not is_setup(p[1])]
            alone = [pair for pair in shown if pair[0] == here and not is_setup(pair[1])]
            if not (lack := lost(setup + [p for p in needed if p[0] != here] + alone, gone)):
                break
            _, name, owner = lack
            found = [p for p in gone if p[0] == owner and p[1].cell_type == "code"]
            needed += [pair for pair in found if name in names(pair[1])[1]]
            needed.sort(key=shown.index)
    hidden = {"slideshow": {"slide_type": "skip"}, "tags": ["setup"]}
    return [
        new_code_cell(cell.source, id=f"{cell.id}-again", metadata=hidden) for _, cell in needed
    ]


# ---------------------------------------------------------------- running notebooks


async def execute(nb, name, cwd, **hooks):
    """Execute a notebook in one fresh kernel; return it with normalised outputs."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    os.environ.update(QUIET)
    nb.metadata.pop("widgets", None)
    nb.metadata["kernelspec"] = dict(KERNEL)
    client = NotebookClient(
        nb,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(cwd)}},
        coalesce_streams=True,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        **hooks,
    )
    try:
        await client.async_execute()
    except CellExecutionError as error:
        cell = next((f", cell {cell.id}" for cell in nb.cells if failed(cell)), "")
        raise DeckError(f"{name}{cell}: {error.ename}: {error.evalue}") from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise DeckError(f"{name}: {error}") from error
    return normalise(nb, name)


def failed(cell):
    """Tell whether an error that nobody asked for stands in the cell's outputs."""
    expected = "raises-exception" in cell.metadata.get("tags", [])
    return not expected and any(o.output_type == "error" for o in cell.get("outputs", []))


def normalise(nb, name):
    """Remove from an executed notebook what differs from run to run."""
    import nbformat

    nb.metadata["kernelspec"] = dict(KERNEL)
    nb.metadata["language_info"] = dict(LANGUAGE)
    for cell in nb.cells:
        for noise in ("execution", "collapsed", "scrolled", "ExecuteTime"):
            cell.metadata.pop(noise, None)
        if 'quiz("' in cell.source and cell.get("outputs"):
            cell.outputs = []  # a script of 40 kB, which nobody runs in a stored notebook
        for output in cell.get("outputs", []):
            if output.output_type == "error":  # the frames name files of this machine
                output["traceback"] = [f"{output.ename}: {output.evalue}"]
            elif output.output_type == "stream":
                output["text"] = tidy(output.text)
            elif "text/plain" in output.data:
                output.data["text/plain"] = tidy(output.data["text/plain"])
    text = json.dumps(nb)
    models = nb.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    for number, model in enumerate(models):
        text = text.replace(model, uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{number}").hex)
    return nbformat.from_dict(json.loads(text))


def tidy(text):
    """Replace memory addresses and the kernel's temporary file names."""
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "0x…", text)
    return re.sub(r"\S*ipykernel_\d+/\d+\.py", "<cell>", text)


def run(paths, root=ROOT):
    """Execute notebooks in place, one at a time: some of them measure."""
    paths = [Path(path) for path in paths] or sorted((root / "notebooks").glob("*.ipynb"))
    if missing := [str(path) for path in paths if not path.exists()]:
        raise DeckError(f"There is no notebook {', '.join(missing)}.")

    problems = []
    for path in paths:
        try:
            nb = signpost(read(path), path, root)
            write(asyncio.run(execute(nb, path.name, path.parent)), path)
            print(f"{path.name}: executed", flush=True)
        except DeckError as problem:
            problems.append(str(problem))
    if problems:
        raise DeckError("\n".join(problems))


def place(path, root=ROOT):
    """Say where a notebook stands in the talk, with links to the one before and the next."""
    paths, sections = notebooks(root), outline(root)["section"]
    number = [other.name for other in paths].index(path.name)
    part = next(n for n, section in enumerate(sections) if path.stem in section["notebooks"])
    minutes = " to ".join(map(str, dict.fromkeys(sections[part]["minutes"])))
    titles = [read(other).cells[0].source.partition("\n")[0].lstrip("# ") for other in paths]
    links = [f"[{title}]({other.name})" for title, other in zip(titles, paths, strict=True)]
    before = [f"Before: {link}." for link in links[max(0, number - 1) : number]]
    after = [f"Next: {link}." for link in links[number + 1 : number + 2]]
    return (
        f"Notebook {number + 1} of {len(paths)}. In the talk: part {part + 1} of {len(sections)}, "
        f"{sections[part]['title']}, {minutes} minutes. {' '.join(before + (after or [LAST]))}"
    )


def signpost(nb, path, root=ROOT):
    """Put that line below the title of a notebook of the talk."""
    head = nb.cells[0]
    if head.id.endswith("-head") and path.name in [other.name for other in notebooks(root)]:
        title, *rest = head.source.split("\n\n")
        rest = rest[rest[0].startswith("*Notebook ") :] if rest else rest
        head.source = "\n\n".join([title, f"*{place(path, root)}*", *rest])
    return nb


# ---------------------------------------------------------------- making the deck


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
    """Hash what the exported deck is made of: a merged notebook, its look, and this tool."""
    files = [root / "slides" / "rise.css", Path(__file__), *sorted((HERE / "template").iterdir())]
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


def vendor(root=ROOT):
    """Fetch the browser libraries from the npm registry into slides/vendor, trimmed."""
    for folder, (package, wanted) in VENDOR.items():
        target = root / "slides" / "vendor" / folder
        shutil.rmtree(target, ignore_errors=True)
        with tempfile.TemporaryDirectory() as temporary:
            subprocess.run(["npm", "pack", "--silent", package], cwd=temporary, check=True)
            with tarfile.open(next(Path(temporary).glob("*.tgz"))) as archive:
                for member in archive:
                    name = member.name.partition("/")[2]
                    if member.isfile() and re.fullmatch(wanted, name):
                        (target / name).parent.mkdir(parents=True, exist_ok=True)
                        (target / name).write_bytes(archive.extractfile(member).read())
    theme = root / "slides" / "vendor" / "reveal.js" / "dist" / "theme" / "white.css"
    theme.write_text(re.sub(r"@import .*\n", "", theme.read_text("utf-8")), "utf-8")  # web fonts


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
