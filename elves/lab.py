"""An attendee's own copies of the notebooks, and JupyterLab at the first one.

The copies have no outputs, so that a guess is a guess; what the speaker says is folded, as answers
are. They lie in `my-notebooks`; whatever an attendee has changed there is never overwritten.
"""

import hashlib
import itertools
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from elves.errors import InputError, MissingError

HERE = Path(__file__).resolve().parent
FOLDER = "my-notebooks"
INSTALL = "run make light in the project's folder, or pip install '.[light]' there"
DROPPED = ("**Click:**", "**If late:**")  # paragraphs of a note that only a speaker needs
HINT = "*What the speaker says is folded: if you were not at the talk, unfold it as you go.*"
FOLD = "<details><summary><i>{}</i></summary>\n\n{}\n\n</details>"


def project():
    """The folder of the repository, or None where elves was installed without it."""
    return HERE.parent if (HERE.parent / "talk" / "outline.toml").exists() else None


def originals():
    """The talk's notebooks by their place below `notebooks`: a dict of paths."""
    folder = (project() or HERE) / "notebooks"
    paths = sorted(
        p for p in folder.rglob("*.ipynb") if not {".ipynb_checkpoints", "solved"} & {*p.parts}
    )
    return {path.relative_to(folder).as_posix(): path for path in paths}


# ------------------------------------------------------------------------------ the copies


def digest(nb):
    """Hash what a person writes in a notebook: its cells, pictures and tags, not its outputs."""
    cells = [
        [cell.cell_type, cell.source.strip(), cell.get("attachments"), cell.metadata.get("tags")]
        for cell in nb.cells
    ]
    written = json.dumps([cell for cell in cells if cell[1]], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def folded(note):
    """Fold a speaker's note; what to click and what to leave out is not for a reader.

    >>> print(folded("> *For the speaker.* Say it.\\n>\\n> **Click:** run the cell."))
    <details><summary><i>What the speaker says here</i></summary>
    <BLANKLINE>
    Say it.
    <BLANKLINE>
    </details>
    """
    text = re.sub(r"^> ?", "", note, flags=re.MULTILINE).replace("*For the speaker.* ", "")
    kept = [p for p in text.split("\n\n") if not p.startswith(DROPPED)]
    return FOLD.format("What the speaker says here", "\n\n".join(kept))


def attendees(nb):
    """Turn a notebook of the talk into an attendee's copy, in place; return it."""
    made_from = digest(nb)
    for head in nb.cells[:1]:  # below the line that says where the notebook stands in the talk
        head.source = re.sub(r"^\*Notebook .*", rf"\g<0>\n\n{HINT}", head.source, flags=re.M)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if cell.id.endswith("-answer"):
                cell.metadata["jupyter"] = {"source_hidden": True}  # three dots, until a click
        elif cell.metadata.get("slideshow", {}).get("slide_type") == "notes":
            cell.source = folded(cell.source)
        elif cell.id.endswith("-answer"):
            cell.source = FOLD.format("The answer", cell.source)
    nb.metadata.pop("widgets", None)
    nb.metadata["elves"] = {"original": made_from, "copy": digest(nb)}
    return nb


def copy(folder, fresh=()):
    """Copy the notebooks into `folder`; return a sentence for each that needs one.

    A copy that was changed stays, unless its name is in `fresh`: then it is renamed, never lost.
    Raises InputError where nothing can be written, MissingError without JupyterLab.
    """
    try:
        import nbformat
    except ImportError:
        raise MissingError(f"Notebooks need JupyterLab: {INSTALL}.") from None

    said, again = [], "python elves/bootstrap.py fresh" if project() else "elves fresh"
    for name, path in originals().items():
        try:
            own, new = folder / name, attendees(nbformat.read(path, as_version=4))
        except ValueError:
            continue  # one that someone has only begun
        made = own_mark(own)
        if made and made["original"] == new.metadata.elves["original"] and name not in fresh:
            continue
        yours = own.exists() and (not made or made["changed"])
        if yours and name not in fresh:
            said.append(f"{FOLDER}/{name} is yours; there is a newer one: {again} {name[:2]}")
            continue
        try:
            own.parent.mkdir(parents=True, exist_ok=True)
            draft = own.with_suffix(".new")
            nbformat.write(new, draft)
            if yours:
                kept = own.rename(free(own))
                said.append(f"what you changed is now in {FOLDER}/{kept.relative_to(folder)}")
            draft.replace(own)
        except OSError as error:
            raise InputError(f"{own} cannot be written: {error.strerror}.") from None
    return said


def own_mark(path):
    """What a copy was made from and whether it was changed since; {} if that cannot be told."""
    import nbformat

    try:
        nb = nbformat.read(path, as_version=4)
        mark = nb.metadata["elves"]
        return {"original": mark["original"], "changed": digest(nb) != mark["copy"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def free(path):
    """A name for a copy that is put aside: `02_refresher-mine.ipynb`, `-mine-1` and so on."""
    names = (path.with_stem(f"{path.stem}-mine{-k or ''}") for k in itertools.count())
    return next(name for name in names if not name.exists())


def fresh(names, root):
    """Bring fresh copies of the notebooks with these numbers or names, or of all."""
    known = list(originals())
    for name in names:
        if not any(is_called(each, name) for each in known):
            numbers = ", ".join(re.match(r"(labs/)?\d+", each)[0] for each in known)
            raise InputError(f"There is no notebook {name}: choose from {numbers}.")
    chosen = [each for each in known if not names or any(is_called(each, n) for n in names)]
    said = copy(root / FOLDER, chosen)
    where = "in JupyterLab: File, Reload Notebook from Disk"
    return [*said, f"fresh in {FOLDER}: {', '.join(chosen)} ({where})"]


def is_called(notebook, name):
    """Whether a person means this notebook: by its number, its name, or the beginning of either.

    >>> names = "2", "02", "refresher", "my-notebooks/02_refresher.ipynb", "-1", "", "labs/2"
    >>> [is_called("02_refresher.ipynb", name) for name in names]
    [True, True, True, True, False, False, False]
    >>> is_called("labs/04_the_tape.ipynb", "labs/4")
    True
    """
    folder, _, own = notebook.rpartition("/")
    path = Path(name.lower())
    if ("labs" in path.parent.parts) != (folder == "labs"):
        return False
    return own.startswith(path.name.zfill(2)) or bool(path.name and own[3:].startswith(path.name))


# -------------------------------------------------------------------------------- JupyterLab


def writable_home():
    """Give Jupyter another place where the home folder cannot be written; return a sentence."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir

    try:
        for place in (jupyter_runtime_dir(), jupyter_data_dir(), jupyter_config_dir()):
            Path(place).mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=place).close()
    except OSError:
        home = Path(tempfile.mkdtemp(prefix="elves-"))
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
                     "MPLCONFIGDIR"):  # fmt: skip
            os.environ[name] = str(home / name.lower())
        return f"your home folder cannot be written: Jupyter's settings of today lie in {home}"


def trust(paths):
    """Sign the repository's own notebooks, so that Jupyter shows their figures and widgets."""
    from nbformat import read
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in paths:
        if path.exists():
            notary.sign(read(path, as_version=4))


def jupyter(root, url, arguments=(), trusted=()):
    """Start JupyterLab in this process's place, so that Ctrl-C reaches it alone."""
    try:
        import jupyterlab  # noqa: F401
    except ImportError:
        raise MissingError(f"elves lab needs JupyterLab: {INSTALL}.") from None

    if sentence := writable_home():
        print(f"elves: {sentence}", flush=True)
    trust(trusted)
    command = [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.root_dir={root}"]
    if getattr(os, "geteuid", lambda: 1)() == 0:  # in a container
        command.append("--allow-root")
    command += [f"--LabApp.default_url={url}", *arguments]
    more = os.environ.get("JUPYTER_CONFIG_PATH")  # ours: no news and no update pop-ups
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(HERE / "jupyter"), more]))
    if os.name == "nt":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Jupyter asks whether that was meant
        sys.exit(subprocess.call(command))
    sys.stdout.flush()
    os.execv(command[0], command)


def _load_jupyter_server_extension(server):
    """Say in one last line where to go, in place of Jupyter's five (our settings name this)."""
    who = server.identity_provider
    generated = bool(who.token) and who.token_generated  # asking for it makes it
    who.token_generated = False  # so Jupyter says nothing

    def say():
        who.token_generated = generated  # a token that someone chose stays hidden
        if server.log_level == logging.WARNING:  # unless an option asks for more
            server.log_level = logging.ERROR  # what Jupyter minds from now on, the page shows
        print(
            f"elves: JupyterLab runs until Ctrl-C. In your browser: {server.public_url}", flush=True
        )

    loop = server.io_loop
    loop.add_callback(loop.add_callback, say)  # a round later: now it only begins to listen


def open_lab(arguments=()):
    """Open an attendee's copy of the first notebook; `arguments` are JupyterLab's own."""
    root, names = project() or Path.cwd(), originals()
    for sentence in copy(root / FOLDER):
        print(f"elves: {sentence}", flush=True)
    first = next(iter(names))
    jupyter(root, f"/lab/tree/{FOLDER}/{first}", arguments, names.values() if project() else ())
