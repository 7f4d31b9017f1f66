"""The notebooks and labs in JupyterLite: JupyterLab without a server, its Python in the browser.

`build` writes a folder `lab` beside the folder `py` that has the browser's Python.
"""

import ast
import hashlib
import html
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import deck
from elves.frameworks import absent
from elves.lab import attendees

HERE = Path(__file__).resolve().parent / "web" / "lab"
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "anywidget",
              "@jupyterlite/pyodide-kernel-extension"]  # fmt: skip
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# What the kernel loads first; what is not named here it would look for one after the other.
FIRST = ["micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython"]
HERE_TOO = {"sympy"}  # a system that runs in a browser
RECORDED = (
    "*{} {} not made for browsers, so the cells that need {} do not run here: what you see below "
    "was recorded, and `make lab` on a computer of your own runs it.*"
)
NAMES = {"pytorch": "PyTorch", "tensorflow": "TensorFlow", "jax": "JAX", "autograd": "Autograd",
         "chainer": "Chainer", "tangent": "Tangent"}  # fmt: skip
UNUSED = ("*.map", "rspack.config*.js", "jupyterlite.schema.v0.json", "*.eot")


def build(site, root=deck.ROOT):
    """Write `site`/lab; return the notebooks' titles by their place in it."""
    out = site / "lab"
    work = site.parent / f"{site.name}-lab"
    shutil.rmtree(work, ignore_errors=True)
    titles = write_notebooks(work / "files", root)
    shutil.copytree(HERE, work, dirs_exist_ok=True)
    jupyterlite(work, out)
    settle(out)
    tidy(out)
    shutil.rmtree(work)
    return titles


# ---------------------------------------------------------------------------- the notebooks


def write_notebooks(folder, root=deck.ROOT):
    """Write all notebooks as the browser gets them; return their titles by their place."""
    titles = {}
    top = root / "notebooks"
    for path in [*deck.notebooks(root), *sorted((top / "labs").glob("[0-9]*.ipynb"))]:
        own = folder / path.relative_to(top)
        own.parent.mkdir(parents=True, exist_ok=True)
        nb = for_browser(deck.read(path))
        own.write_text(json.dumps(nb), "utf-8")  # nbformat would leave out who trusts it
        titles[own.relative_to(folder).as_posix()] = nb.cells[0].source.partition("\n")[0][2:]
    return titles


def for_browser(nb):
    """An attendee's copy of a notebook; one that needs what no browser has keeps its results."""
    systems = needed(nb)
    recorded = {c.id: (c.outputs, c.execution_count) for c in nb.cells if "outputs" in c}
    nb = attendees(nb)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.metadata["trusted"] = True  # else recorded pictures stay hidden
            if systems:
                cell.outputs, cell.execution_count = recorded[cell.id]
    if systems:
        said = RECORDED.format(*in_words(systems))
        title, _, rest = nb.cells[0].source.partition("\n\n")
        nb.cells[0].source = f"{title}\n\n{said}\n\n{rest}"
    nb.metadata["kernelspec"] = {
        "name": "python", "display_name": "Python (Pyodide)", "language": "python"
    }  # fmt: skip
    return nb


def needed(nb):
    """The systems that cells of a notebook import and that no browser has.

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> needed(new_notebook(cells=[new_code_cell("import torch, sympy"), new_code_cell("%pip x")]))
    ['pytorch']
    """
    found = set()
    for cell in nb.cells:
        if cell.cell_type == "code":
            lines = [line for line in cell.source.split("\n") if line[:1] not in ("%", "!")]
            for statement in ast.parse("\n".join(lines)).body:
                found.update(absent.modules(statement))
    known = [name for name in absent.MODULES if name not in HERE_TOO]
    return [name for name in known if found & set(absent.MODULES[name])]


def in_words(systems):
    """Names of systems with their verb and pronoun.

    >>> in_words(["jax"]), in_words(["pytorch", "jax"])
    (('JAX', 'is', 'it'), ('PyTorch and JAX', 'are', 'them'))
    """
    *most, last = [NAMES[name] for name in systems]
    words = f"{', '.join(most)} and {last}" if most else last
    return (words, "are", "them") if most else (words, "is", "it")


# ------------------------------------------------------------------------------- JupyterLite


def jupyterlite(work, out):
    """Run JupyterLite's own build. Raises DeckError with its last lines if that fails."""
    shared = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    config = {
        "LiteBuildConfig": {
            "apps": ["lab", "notebooks", "tree"],
            "contents": ["files"],
            "output_dir": str(out),
            "cache_dir": str(work / ".cache"),
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(shared / name) for name in EXTENSIONS],
        }
    }
    (work / "jupyter_lite_config.json").write_text(json.dumps(config), "utf-8")
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(work)]
    # its packages are found by the settings above, whatever an environment says
    clean = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    done = subprocess.run(command, cwd=work, env=clean, capture_output=True, text=True)
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-12:]
        raise deck.DeckError("JupyterLite could not be built:\n" + "\n".join(last))


def settle(out):
    """Tell the kernel where its Python is: in the folder beside, and nowhere else."""
    path = out / "jupyter-lite.json"
    whole = json.loads(path.read_text("utf-8"))
    config = whole["jupyter-config-data"]
    config["appName"] = "The elves' lab"
    config["litePluginSettings"][KERNEL] = {
        "pyodideUrl": "./../py/pyodide.mjs",
        "pipliteUrls": [],
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": FIRST},
    }
    path.write_text(json.dumps(whole, indent=1), "utf-8")
    for page in out.rglob("index.html"):  # else a browser asks the host for its own
        text = page.read_text("utf-8")
        if "</head>" in text and 'rel="icon"' not in text:
            home = "../" * len(page.relative_to(out).parts)
            icon = f'<link rel="icon" href="{home}icon.svg" type="image/svg+xml">'
            page.write_text(text.replace("</head>", icon + "</head>", 1), "utf-8")


def tidy(out):
    """Remove what nobody asks for."""
    for pattern in UNUSED:
        for path in out.rglob(pattern):
            path.unlink()
    for name in ("static/pypi", "static/schema"):  # the wheels are in py
        shutil.rmtree(out / "extensions" / "@jupyterlite" / "pyodide-kernel-extension" / name)


def with_stub(py):
    """Put into jedi's place one that cannot be imported: the kernel insists, IPython does not.

    Jedi is large and slow to unpack; without it Tab completes names from what has run.
    """
    lock = json.loads((py / "pyodide-lock.json").read_text("utf-8"))
    for real in ("jedi", "parso"):
        if package := lock["packages"].pop(real, None):
            (py / package["file_name"]).unlink()
    name = "jedi-0-py3-none-any.whl"
    files = {
        "jedi.py": 'raise ImportError("Jedi is left out here; IPython completes without it.")\n',
        "jedi-0.dist-info/METADATA": "Metadata-Version: 2.1\nName: jedi\nVersion: 0\n",
        "jedi-0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "jedi-0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(py / name, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(zipfile.ZipInfo(path), text)
    lock["packages"]["jedi"] = {
        "name": "jedi", "version": "0", "file_name": name, "install_dir": "site",
        "sha256": hashlib.sha256((py / name).read_bytes()).hexdigest(), "imports": ["jedi"],
        "package_type": "package", "depends": [], "unvendored_tests": False,
    }  # fmt: skip
    (py / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")


def contents(titles):
    """The list of notebooks for the lab's own front page: HTML, by talk and course."""
    rows = {"talk": [], "labs": []}
    for name, title in titles.items():
        link = f'<a href="notebooks/index.html?path={name}">{html.escape(title)}</a>'
        rows["labs" if name.startswith("labs/") else "talk"].append(f"<li>{link}</li>")
    return {key: "\n".join(lines) for key, lines in rows.items()}
