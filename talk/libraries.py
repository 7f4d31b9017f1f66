"""The browser's libraries in slides/vendor, fetched from npm and trimmed."""

import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from mainline import ROOT

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
