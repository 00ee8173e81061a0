"""Sphinx extension: equations become MathML while the pages are built.

A browser draws MathML itself, so a page needs no script and no network to show them.
"""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import ExtensionError


def to_mathml(latex, display):
    """Convert LaTeX, and refuse a command that the converter does not know."""
    latex = latex.replace("{aligned}", "{split}")  # which the converter knows
    if r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{split}}{latex}\end{{split}}"
    found = convert(latex.strip(), display=display)
    if "\\" in found.replace("&#x0005C;", ""):
        raise ExtensionError(f"an equation cannot be converted to MathML: {latex}")
    return found


def visit_inline(translator, node):
    """Write an equation of a line."""
    translator.body.append(to_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(translator, node):
    """Write an equation of its own; a wide one is scrolled on a narrow screen."""
    found = to_mathml(node.astext(), "block")
    translator.body.append(f'<div class="equation">{found}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Register the renderer, which ``html_math_renderer`` selects."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
