"""Configuration of Sphinx: the pages are Markdown, the reference is the docstrings."""

import nengo

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
    "sphinx_gallery.gen_gallery",
]
# The results are a part of scaling.md; the gallery becomes auto_examples.
exclude_patterns = ["_build", "gallery", "scaling-results.md"]
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

# The examples of gallery/ run when the pages are built, in the order of their names.
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/\d+_\w+\.py$",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "doc_module": ("nengo_lmu",),
    "reference_url": {"nengo_lmu": None},
    "backreferences_dir": "auto_examples/backreferences",
    "thumbnail_size": (480, 240),
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
}
nengo.rc.set("progress", "progress_bar", "none")  # it would be part of their output
