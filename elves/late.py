"""In a browser, a package comes when it is first imported.

Before a cell runs, Pyodide fetches the packages that the cell itself imports. It cannot see those
that the elves import on demand: Matplotlib for a plot, scikit-learn for the digits. `Finder` is
asked after all other finders, and fetches such a package by a synchronous request, which a web
worker may make. Pyodide's lock file names its place, its hash, and what else it needs.
"""

import hashlib
import importlib
import io
import site
import sys
import zipfile
from importlib.machinery import ModuleSpec, PathFinder

from elves.errors import MissingError


class Finder:
    """Finds the modules of packages that `packages`, as in Pyodide's lock file, tells of.

    `fetch` gives the bytes of a file by its name and raises OSError; `here` has the packages that
    are here as attributes.
    """

    def __init__(self, packages, fetch, here):
        self.packages, self.fetch, self.here = packages, fetch, here
        self.homes = {module: name for name in packages for module in packages[name]["imports"]}

    def find_spec(self, name, path=None, target=None):
        """The spec of a module that is not here yet; whoever only asks has nothing fetched."""
        if path is None and name in self.homes and not hasattr(self.here, self.homes[name]):
            return ModuleSpec(name, self)

    def create_module(self, spec):
        """Fetch the package of a module, and hand over to the loader that reads it."""
        wanted = [self.homes[spec.name]]
        for name in wanted:  # which grows
            if not hasattr(self.here, name):
                self.bring(self.packages[name], spec.name)
                wanted += self.packages[name]["depends"]
        importlib.invalidate_caches()
        found = PathFinder.find_spec(spec.name)
        vars(spec).update(vars(found))
        return found.loader.create_module(found)

    def exec_module(self, module):
        """Python asks for it, and calls that of the loader which reads the package."""

    def bring(self, package, module):
        """Fetch a package, and unpack it where Python looks."""
        try:
            data = self.fetch(package["file_name"])
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() != package["sha256"]:
            raise MissingError(
                f"{module} needs {package['name']}, which could not be fetched: is there still a "
                "network? Run it again, or reload the page.",
                name=module,
            )
        with zipfile.ZipFile(io.BytesIO(data)) as wheel:
            wheel.extractall(site.getsitepackages()[0])
        setattr(self.here, package["name"], "default channel")


def install():
    """Let Python in this browser fetch packages at their first import, if Pyodide made it."""
    try:
        import pyodide_js
    except ImportError:  # another Python for browsers
        return
    from js import XMLHttpRequest
    from pyodide.ffi import JsException

    def fetch(name):
        try:
            request = XMLHttpRequest.new()
            request.open("GET", pyodide_js.lockfileBaseUrl + name, False)
            request.responseType = "arraybuffer"
            request.send()
        except JsException as error:
            raise OSError(str(error)) from None
        return request.response.to_bytes() if request.response else b""

    packages = pyodide_js.lockfile.packages.to_py()
    sys.meta_path.append(Finder(packages, fetch, pyodide_js.loadedPackages))
