"""Configuration of Sphinx: the pages are Markdown, the reference is the docstrings.

Pages are built and read without a network: equations become MathML (mathml.py), and
fonts, styles and scripts are files beside the pages (offline.py checks it). The public
names are in api_tables.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import nengo  # noqa: E402

from nengo_lmu.version import version  # noqa: E402

project = "nengo-lmu"
author = "The nengo-lmu developers"
copyright = f"2026, {author}"
release = version

extensions = [
    "api_tables",
    "mathml",
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "numpydoc",
    "offline",
    "sphinx.ext.autodoc",
    "sphinx_gallery.gen_gallery",
]
# The gallery becomes auto_examples.
exclude_patterns = ["_build", "gallery"]

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"nengo-lmu {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]

myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3

# A name in single backticks is a Python object, as in the docstrings of nengo. One that
# the package repeats from a module of its own has two pages; either will do.
default_role = "py:obj"
suppress_warnings = ["ref.python"]

# What an argument is stands in the docstring, in words.
autodoc_typehints = "none"
numpydoc_show_class_members = False
# An example that draws a figure is shown with it.
numpydoc_use_plots = True
plot_include_source = True
plot_pre_code = "import nengo, nengo_lmu, numpy as np"
plot_html_show_formats = False
plot_html_show_source_link = False
plot_rcparams = {"figure.figsize": (7, 3), "figure.autolayout": True}
plot_apply_rcparams = True
plot_formats = [("png", 120)]

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
    "thumbnail_size": (480, 200),
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,  # its pages load styles from a network
}
nengo.rc.set("progress", "progress_bar", "none")  # it would be part of their output
