"""Sphinx's settings for the book; book.py puts together what it reads."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parent.parent), str(HERE)]

import names  # noqa: E402
import terms  # noqa: E402

import deck  # noqa: E402

TALK = deck.outline()["talk"]

project = TALK["title"]
author = TALK["speaker"]
copyright = f"{author}; texts CC BY 4.0, code MIT"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_design",
]

# The notebooks, as they were recorded.
nb_execution_mode = "off"
nb_output_stderr = "remove"
nb_ipywidgets_js = {
    "widgets.js": {},
    "libraries/requirejs/require.js": {},
    "libraries/html-manager/embed-amd.js": {},
}
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False
suppress_warnings = ["myst.header"]  # Sphinx closes the gap itself
mathjax_path = "libraries/mathjax/MathJax.js?config=TeX-AMS_CHTML-full,Safe"
mathjax2_config = {
    "tex2jax": {
        "inlineMath": [["\\(", "\\)"]],
        "displayMath": [["\\[", "\\]"]],
        "processEscapes": True,
        "ignoreClass": "tex2jax_ignore|mathjax_ignore",
        "processClass": "tex2jax_process|mathjax_process|math|output_area",
    },
    "CommonHTML": {"matchFontHeight": False},
    "messageStyle": "none",
    "showMathMenu": False,
}

# The reference, from the docstrings: a name in back-quotes is a link where it is one of ours.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "show-inheritance": False}
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"
viewcode_line_numbers = True

# The look.
html_theme = "pydata_sphinx_theme"
html_title = TALK["title"]
html_static_path = [str(HERE / "static")]
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system says
html_favicon = "static/icon.svg"
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_copy_source = False
exclude_patterns = ["extra", "static"]
html_show_sphinx = False
templates_path = [str(HERE / "templates")]
html_sidebars = {"index": [], "glossary": [], "cheatsheet": [], "search": []}
html_theme_options = {
    "navbar_start": ["navbar-logo"],
    "navbar_end": ["site-links"],
    "navbar_persistent": ["search-button-field"],
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "logo": {"text": TALK["title"]},
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "back_to_top_button": False,
}


def made(app, config):
    """Take what book.py put together: MathJax and what widgets need, and the cheat sheet's PDF."""
    config.html_static_path.append(str(app.srcdir / "static"))
    config.html_extra_path.append(str(app.srcdir / "extra"))


def setup(app):
    """Add what was made, and the links to the glossary and between names."""
    app.connect("config-inited", made)
    names.setup(app)
    terms.setup(app)
