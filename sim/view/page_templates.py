"""The pages as templates, whose texts are escaped by themselves."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_FOLDERS: Final = (Path(__file__).parent / "templates", Path(__file__).parent.parent / "report" / "page_template")


def answer_page(template: str, **words: Any) -> HTMLResponse:
    """Return a page by the name of its template."""
    return HTMLResponse(_templates().get_template(template).render(words))


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(_FOLDERS)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
