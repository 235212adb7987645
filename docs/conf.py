"""The site of the documentation: ``sphinx-build -W -c docs . output/site``, whose first page is ``index.html`` there.

Its pages are the Markdown files of the project as they lie, so that links between them hold on a plain viewer too.
What they show is run by tests (``tests/pages.py``, ``tests/notebook.py``), and not a second time by Sphinx.
"""

from __future__ import annotations

import re
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import sim

ROOT = Path(__file__).resolve().parents[1]

project = "sim"
author = copyright = "The sim authors"
version = release = sim.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "docs/how-to/*.md", "results/validation/*.md", "scenarios/*/SOURCES.md"]
exclude_patterns = [".*", "output", "sim", "tests"]

nb_execution_mode = "off"
myst_heading_anchors = 4
suppress_warnings = ["ref.python"]  # docstrings give shapes as (n_replicates,), which is the name of several things
autodoc_typehints = "description"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = f"sim {release}"
html_extra_path = ["site"]  # the door at the root, which leads to the first page
html_copy_source = False
html_show_sphinx = False


def list_pages(text: str) -> str:
    """Return the tables of contents of the first page, whose sections list the pages by links."""
    contents = ""
    for section in text.split("\n## ")[1:]:
        caption, _, listed = section.partition("\n")
        links = re.findall(r"^- \[([^]]+)\]\((\S+)\)", listed, re.MULTILINE)
        pages = "\n".join(f"{name} <{page}>" for name, page in links)
        contents += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{pages}\n```\n"
    return contents


def list_docstrings(text: str) -> str:
    """Return what the code says of each public name of the table of them."""
    listed = ""
    for name in re.findall(r"^\| `(\w+)", text, re.MULTILINE):
        value = getattr(sim, name)
        kind = "class" if isinstance(value, type) else "function" if callable(value) else "data"
        listed += f".. auto{kind}:: sim.{name}\n" + "   :members:\n" * (kind == "class") + "\n"
    return f"\n## In full\n\n```{{eval-rst}}\n{listed}```\n"


def prepare(app: Sphinx, page: str, source: list[str]) -> None:
    """Make a page that reads well on a plain viewer one of the site.

    A block is headed by the file that it is; links to folders, for which the site has no page, are left as words.
    """

    def keep_pages(link: re.Match[str]) -> str:
        return link[1] if (ROOT / page).parent.joinpath(link[2]).is_dir() else link[0]

    text = re.sub(
        r"^```(\w+) (?:title|shows)=(\S+)$", r"```{code-block} \1\n:caption: \2\n", source[0], flags=re.MULTILINE
    )
    text = re.sub(r"\[([^]]+)\]\(([\w./-]+)\)", keep_pages, text)
    additions = {root_doc: list_pages, "docs/api": list_docstrings}
    source[0] = text + (additions[page](text) if page in additions else "")


def setup(app: Sphinx) -> None:
    """Prepare every page as it is read."""
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", prepare)
