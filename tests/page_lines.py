"""Lines of the code that the pages point to; ``python tests/page_lines.py`` writes their numbers anew.

A page points to a function, a class or a value by its file, its line and its name, between backticks: the file and the
line with a colon between them, then the name; a method follows its class and a dot. The name is what counts: the line
is found by it, so nobody writes a number by hand. A new reference may begin with the line 0.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from pages import PAGES, ROOT

REFERENCE = re.compile(r"`(?P<file>(?:sim|tests)/[\w/]+\.py):(?P<line>\d+) (?P<name>[\w.]+)`")


@cache
def lines_of(file: Path) -> dict[str, int]:
    """Return the line of every function, class and value of a module, and of those of its classes, by name."""
    found: dict[str, int] = {}

    def add(body: list[ast.stmt], owner: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[owner + node.name] = node.lineno
                if isinstance(node, ast.ClassDef):
                    add(node.body, f"{owner}{node.name}.")
            targets = [*getattr(node, "targets", []), getattr(node, "target", None)]
            names = [name for target in targets if target is not None for name in ast.walk(target)]
            found.update({owner + name.id: node.lineno for name in names if isinstance(name, ast.Name)})

    add(ast.parse(file.read_text(encoding="utf-8")).body, "")
    return found


def rewritten(text: str) -> str:
    """Return a text in which each reference has the line on which its name is defined.

    Raises `LookupError` where a file has no such name.
    """

    def corrected(found: re.Match[str]) -> str:
        file, name = found["file"], found["name"]
        path = ROOT / file
        if not path.is_file() or name not in lines_of(path):
            raise LookupError(f"{file} has no {name}")
        return f"`{file}:{lines_of(path)[name]} {name}`"

    return REFERENCE.sub(corrected, text)


def main() -> None:
    """Write the lines of all pages anew, and say which pages changed."""
    for page in PAGES:
        before = page.read_text(encoding="utf-8")
        after = rewritten(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(page.relative_to(ROOT))


if __name__ == "__main__":
    main()
