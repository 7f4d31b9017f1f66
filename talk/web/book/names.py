"""Names in the reference: links from what a docstring speaks of, and back from the sources."""

import importlib
import inspect
import re

from sphinx import addnodes

from elves import errors

ERRORS = re.compile(r"(?<![\w`.])(\w+Error)(?![\w`])")


def link_names(app, what, name, thing, options, lines):
    """Make links of the exceptions that a docstring speaks of, and none of its own arguments."""
    own = inspect.signature(thing).parameters if inspect.isfunction(thing) else ["self"]
    arguments = re.compile(rf"(?<!`)`({'|'.join(own) or 'self'})`(?!`)")
    example = False
    for k, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            line = arguments.sub(r"``\1``", line)
            lines[k] = ERRORS.sub(lambda found: linked(found[1]), line)


def linked(name):
    """A role for one of the package's exceptions; any other name stays as it is."""
    return f":py:class:`~elves.errors.{name}`" if hasattr(errors, name) else name


def anchor_origins(app, document):
    """Let what a module has from another one be found by its first name too, as sources say it.

    The pages of the sources know a name by the module that each signature tells.
    """
    for signature in document.findall(addnodes.desc_signature):
        module, name = signature.get("module"), signature.get("fullname")
        if module and name:
            first, *rest = name.split(".")
            thing = getattr(importlib.import_module(module), first, None)
            signature["module"] = getattr(thing, "__module__", None) or module
            origin = ".".join([signature["module"], first, *rest])
            if origin not in document.ids:
                signature["ids"].append(origin)
                document.ids[origin] = signature


def setup(app):
    """Add them to a Sphinx application."""
    app.connect("autodoc-process-docstring", link_names)
    app.connect("doctree-read", anchor_origins, priority=100)  # before those of the sources
