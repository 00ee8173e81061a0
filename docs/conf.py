"""Configuration of Sphinx: the pages are Markdown, the reference is the docstrings."""

from nengo_lmu.version import version

project = "nengo-lmu"
author = "The nengo-lmu developers"
copyright = f"2026, {author}"
release = version

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
]
# The results are a part of scaling.md.
exclude_patterns = ["_build", "scaling-results.md"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = f"nengo-lmu {version}"

myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3

# A name in single backticks is a Python object, as in the docstrings of nengo. One that
# the package repeats from a module of its own has two pages; either will do.
default_role = "py:obj"
suppress_warnings = ["ref.python"]
numpydoc_show_class_members = False
