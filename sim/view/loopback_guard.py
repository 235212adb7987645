"""Who may ask the live page for what: this machine alone, and for the controls of a run the page that was served."""

import hmac
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER: Final = "x-sim-token"
CONTROLS: Final = "/runs"  # below it lies what may be sent to the server; all else is only read
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security: nothing from elsewhere; the library that draws sets styles of its own."""
_MOST_BYTES: Final = 65_536
_HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class LoopbackGuard:
    """Refuses a request before any page sees it, and gives every answer the headers that keep it to this page.

    A foreign page can make a browser send requests to this machine, also under a name of its own that it lets point
    here: so the host must be ours, and what starts work must bring the token that only a served page knows.
    """

    app: ASGIApp
    hosts: frozenset[str]  # as browsers write them, with the port
    token: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or refuse it in one sentence."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refuse(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self.app(scope, receive, send_guarded)
        else:
            status, sentence = refusal
            await PlainTextResponse(f"{sentence}\n", status)(scope, receive, send_guarded)

    def _refuse(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and sentence of a refusal, or None."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            return 403, f"The host of a request must be {' or '.join(sorted(self.hosts))}."
        if scope["method"] == "POST" and scope["path"].startswith(CONTROLS):
            return self._refuse_control(headers)
        return None if scope["method"] == "GET" else (405, "Pages are read by GET; only a run takes POST.")

    def _refuse_control(self, headers: Headers) -> tuple[int, str] | None:
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in self.hosts}:
            return 403, "Only a page of this server may control a run."
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            return 403, "A run is controlled with the token of its page; load the page again."
        length = headers.get("content-length", "")
        if not length.isascii() or not length.isdecimal() or int(length[:9]) > _MOST_BYTES:
            return 413, f"What is sent must say its length, at most {_MOST_BYTES:,} bytes."
        return None
