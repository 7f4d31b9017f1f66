"""Run notebooks: in a fresh kernel, with outputs that are the same on every machine."""

import asyncio
import json
import os
import re
import uuid
from pathlib import Path

from mainline import ROOT, DeckError, notebooks, outline, read, write

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
