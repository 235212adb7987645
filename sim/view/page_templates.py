"""The pages of the server as templates, in the style of the report."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from starlette.responses import HTMLResponse

from sim.report.html_page import load_templates


def answer_page(template: str, **words: Any) -> HTMLResponse:
    """Return a page by the name of its template; every text in it is escaped."""
    return HTMLResponse(_templates().get_template(template).render(words))


@cache
def _templates() -> Environment:
    loaders = [PackageLoader("sim.view", "templates"), PackageLoader("sim.report", "page_template")]
    return load_templates().overlay(loader=ChoiceLoader(loaders))
