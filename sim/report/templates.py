"""Texts that lie as templates beside this module: pages, and the notes that say how a table is to be read."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


@cache
def load_templates() -> Environment:
    """Return the templates of pages; those of HTML escape every text."""
    loader, kinds = PackageLoader("sim.report", "page_template"), select_autoescape(["html"], ["md"], default=True)
    return Environment(loader=loader, autoescape=kinds, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)


def render_notes(name: str, **words: Any) -> list[str]:
    """Return the items of a list below ``page_template/notes`` with some words in their places, each in one line."""
    text = load_templates().get_template(f"notes/{name}.md").render(words)
    return [" ".join(item.split()) for item in re.split(r"^- ", text, flags=re.MULTILINE)[1:]]
