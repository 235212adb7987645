"""How verbs declare what can be typed: an option by its help alone, and options that go together as one parameter."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

import typer

Verb = TypeVar("Verb", bound=Callable[..., Any])


def option(text: str, *names: str, **more: Any) -> Any:
    """Return an option with a help text; it is called as its parameter is, where no name is given."""
    return typer.Option(*names, help=text, **more)


def argument(text: str, **more: Any) -> Any:
    """Return an argument with a help text."""
    return typer.Argument(help=text, **{"show_default": False, **more})


class OptionGroup:
    """Options that go together: a dataclass with keywords alone, which a verb takes as one parameter."""


class App(typer.Typer):
    """One verb, or several, whose parameters may be groups of options."""

    def __init__(self, **more: Any) -> None:
        super().__init__(add_completion=False, rich_markup_mode=None, **more)

    def command(self, name: str | None = None, **more: Any) -> Callable[[Verb], Verb]:
        """Return what adds a verb to the app."""
        add = super().command(name, **more)

        def add_spread(verb: Verb) -> Verb:
            add(_spread(verb))
            return verb

        return add_spread


def _spread(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Return a verb with the options of each group in the place of the group."""
    groups: dict[str, tuple[type[OptionGroup], list[str]]] = {}
    parameters = []
    for name, kind in get_type_hints(verb, include_extras=True).items():
        if isinstance(kind, type) and issubclass(kind, OptionGroup):
            own, kinds = inspect.signature(kind).parameters, get_type_hints(kind, include_extras=True)
            groups[name] = kind, list(own)
            parameters += [each.replace(annotation=kinds[field]) for field, each in own.items()]
        elif name != "return":
            default = inspect.signature(verb).parameters[name].default
            parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind))

    @functools.wraps(verb)
    def run(**given: Any) -> Any:
        made = {name: kind(**{field: given.pop(field) for field in fields}) for name, (kind, fields) in groups.items()}
        return verb(**given, **made)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
