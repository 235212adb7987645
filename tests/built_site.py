"""What a built site of the documentation may not have: sources elsewhere, and links to what is not there.

``python tests/built_site.py FOLDER`` lists them, and ends with 1 if there are any.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
"""What a browser fetches by itself, by the attribute that says where from."""
_IN_STYLES = re.compile(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)")


class _Page(HTMLParser):
    """Sources, links and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self.anchors |= {values["id"]} if "id" in values else set()
        if tag in LOADED:
            self.sources += [values[LOADED[tag]]] if LOADED[tag] in values else []
        elif tag == "a" and "href" in values:
            self.links.append(values["href"])


def faults(folder: Path) -> Iterator[str]:
    """Go through a site; give a line for each source elsewhere and each link or source without a file or an anchor."""
    pages = {file.resolve(): _Page(file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.html"))}
    for file, page in pages.items():
        for target in page.sources + page.links:
            if (parts := urlsplit(target)).scheme or parts.netloc:
                if target in page.sources and parts.scheme != "data":
                    yield f"{file.relative_to(folder.resolve())}: fetches {target}"
                continue
            aim = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            anchors = pages[aim].anchors if aim in pages else set()
            if not aim.exists() or (parts.fragment and aim in pages and parts.fragment not in anchors):
                yield f"{file.relative_to(folder.resolve())}: {target} leads nowhere"
    for file in sorted(folder.rglob("*.css")):
        for target in _IN_STYLES.findall(file.read_text(encoding="utf-8")):
            yield f"{file.relative_to(folder)}: fetches {target}"


if __name__ == "__main__":
    found = list(faults(Path(sys.argv[1])))
    print("\n".join(found) or "the site asks nobody, and its links lead somewhere")
    sys.exit(bool(found))
