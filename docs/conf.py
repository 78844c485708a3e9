"""How the site is built: `python -m sphinx -W --keep-going docs OUT`."""

from typing import Any

import convcost

project = "convcost"
author = "the convcost maintainers"
copyright = f"2026, {author}"  # noqa: A001
version = release = convcost.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_*.md"]
default_role = "literal"
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_type_aliases = {
    "Case": "convcost.networks.cases.Case",
    "Chart": "convcost.report.notebook.Chart",
    "Count": "convcost.counting.counts.Count",
    "Term": "convcost.counting.explain.Term",
}
napoleon_use_ivar = True

nitpicky = True
nitpick_ignore_regex = [
    ("py:class", r"(collections\.abc|nn|os|pandas|polars)\..*"),
    # What the reference does not go into, and a name that only type checkers see.
    ("py:class", r"(.*\.)?(Built|Call|Captured|Convention|Inputs|Kind|Op|Part|Shape|Tensor|Use)"),
    ("py:class", r"(.*\.)?(Alike|Answer|Facts|Figure|Move|Options|Seen|Space|Span|Spec)"),
    ("py:class", r"(.*\.)?(Target|Verified)"),
    ("py:class", r"convcost\.spaces\..*"),
]

html_theme = "furo"
html_title = "convcost"
html_use_index = False
html_baseurl = "https://convcost.github.io/convcost/"
html_static_path = ["_static"]
html_css_files = ["convcost.css"]
html_theme_options = {
    "source_repository": "https://github.com/convcost/convcost/",
    "source_branch": "main",
    "source_directory": "docs/",
}


FIELD = type(convcost.Node.op)
"""What a field of a named tuple is."""


def without_fields(_: Any, what: str, name: str, member: Any, skip: bool, options: Any) -> bool:
    """Leave out the fields of named tuples, which stand in the signature."""
    return skip or isinstance(member, FIELD)


def setup(app: Any) -> None:
    """Take part in the building."""
    app.connect("autodoc-skip-member", without_fields)
