"""The site: the talk, the course and the elves in the browser, as one folder for any static host.

    python talk/web.py build            make site/, if something that it is made of has changed
    python talk/web.py serve            show it on this machine
    python talk/web.py serve --room     show it to this room's network too, with a QR code

Its rooms: `/` the landing page, `/play/` the quick page (talk/quick.py), `/lab/` the notebooks and
labs (talk/lite.py), `/deck/` the slides, `/book/` to read (talk/web/book), `/py/` the browser's
Python (talk/wasm.py), which the page and the labs share. All links are relative.
"""

import argparse
import contextlib
import hashlib
import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import address
import deck
import fetching
import lite
import quick
import serving
import walk
import wasm
from elves import __version__

ROOT = deck.ROOT
SITE = ROOT / "site"
PAGES = Path(__file__).resolve().parent / "web"
SOURCES = ["elves", "notebooks", "slides", "talk", "pyproject.toml", "README.md", "CONTRIBUTING.md",
           "CHANGELOG.md", "LICENSE"]  # fmt: skip
LEFT = {"__pycache__", ".ipynb_checkpoints", "progress.json", "my_elf.py"}  # by who worked here
STAMP = "made-from.txt"
ERRORS = (deck.DeckError, fetching.BrowserError, OSError)


def fingerprint(root=ROOT):
    """Hash all that the site is made of."""
    found = hashlib.sha256(sys.version.encode())
    for name in SOURCES:
        top = root / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not LEFT & {*path.parts}:
                found.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return found.hexdigest()


def is_made(out, mark):
    """Whether a folder has the site that is made of what has this fingerprint."""
    stamp = out / STAMP
    return stamp.exists() and stamp.read_text("utf-8") == mark


@contextlib.contextmanager
def alone(lock):
    """Only one process at a time makes a site."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        with contextlib.suppress(ImportError):  # Windows: nobody looks
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(out=SITE, root=ROOT):
    """Make the site, or leave it alone if it is up to date; half a site is never left behind."""
    out, mark, work = Path(out).resolve(), fingerprint(root), root / ".venv" / "web" / "making"
    with alone(work.with_suffix(".lock")):
        if is_made(out, mark):
            return
        shutil.rmtree(work, ignore_errors=True)
        new = work / "site"
        new.mkdir(parents=True)
        for part in (python, play, lab, slides, book, landing):
            print(f"elves: site: {part.__doc__.partition(':')[0]}", flush=True)
            part(new, root)
        (new / STAMP).write_text(mark, "utf-8")
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(new, out)
        shutil.rmtree(work)


def python(site, root=ROOT):
    """the browser's Python: one copy for the quick page and the labs."""
    shutil.copytree(wasm.runtime(root), site / "py")
    lite.with_stub(site / "py")


def play(site, root=ROOT):
    """the quick page: type a function, see its slope by every elf."""
    quick.build(site)


def lab(site, root=ROOT):
    """the labs: notebooks that run in the browser, and a front page that lists them."""
    lists = lite.contents(lite.build(site, root))
    write(site / "lab" / "index.html", "lab.html", root, **lists)


def slides(site, root=ROOT):
    """the slides: the deck as it is committed."""
    shutil.copytree(root / "slides" / "vendor", site / "deck" / "vendor")
    page = (root / "slides" / "index.html").read_text("utf-8")
    icon = '<link rel="icon" href="../icon.svg" type="image/svg+xml">\n<title>'
    (site / "deck" / "index.html").write_text(page.replace("<title>", icon, 1), "utf-8")


def book(site, root=ROOT):
    """the book: notebooks to read, the reference, the glossary."""
    # a process of its own, since Sphinx changes much of the one that it runs in
    command = [sys.executable, PAGES / "book" / "book.py", site / "book"]
    done = subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        raise deck.DeckError(done.stderr.decode("utf-8", "replace").strip()[-2000:])


def landing(site, root=ROOT):
    """the landing page: what this is, and the licences of all that is in it."""
    for name in ("look.css", "landing/site.css", "landing/icon.svg"):
        shutil.copy(PAGES / name, site)
    write(site / "index.html", "index.html", root, walk=walk.svg())
    write(site / "licences.html", "licences.html", root, rows=licences(site))
    (site / ".nojekyll").touch()  # GitHub Pages: take every file as it is


def write(path, template, root=ROOT, **words):
    """Write a page of talk/web/landing with its words."""
    text = (PAGES / "landing" / template).read_text("utf-8")
    talk, home = deck.outline(root)["talk"], address.of(root)
    link = f'<a href="{html.escape(home)}">The project</a>' if home else ""
    words |= {"project": link, "version": __version__}
    words |= {key: html.escape(str(talk[key])) for key in ("title", "subtitle", "speaker")}
    path.write_text(re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], text), "utf-8")


def licences(site):
    """A row of HTML for each package of the browser's Python, with its licence's text."""
    row = "<tr><th scope='row'>{} {}</th><td>{}</td><td>{}</td></tr>"
    fold = "<details><summary>text</summary><pre>{}</pre></details>"
    rows = []
    for each in wasm.licences(site / "py"):
        if each.name != "jedi":  # which is not there: see lite.with_stub
            texts = fold.format(html.escape(each.text)) if each.text else ""
            said = map(html.escape, (each.name, each.version, each.licence))
            rows.append(row.format(*said, texts))
    return "\n".join(rows)


def serve(out=SITE, room=None, port=None, browse=True):
    """Show the site until Ctrl-C; it is made first if need be."""
    build(out)
    serving.serve(out, room, port, browse)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="make site/")
    showing = commands.add_parser("serve", help="show it")
    for command in commands.choices.values():
        command.add_argument("--out", type=Path, default=SITE, help="another folder (for tests)")
    room = "to this room's network; ADDRESS if this machine has several"
    showing.add_argument("--room", nargs="?", const="", metavar="ADDRESS", help=room)
    showing.add_argument("--port", type=int, help="a port of your own choice")
    showing.add_argument("--no-browser", dest="browse", action="store_false")
    options = vars(parser.parse_args(argv))
    command = options.pop("command")
    try:
        with contextlib.suppress(KeyboardInterrupt):
            {"build": build, "serve": serve}[command](**options)
            if command == "build":
                print(f"The site is in {options['out']}: make serve shows it.")
            return
        sys.exit(130 if command == "build" else 0)
    except ERRORS as error:
        sys.exit(f"web: {error}")


if __name__ == "__main__":
    main()
