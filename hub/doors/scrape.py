"""GET /metrics, for whoever has its token; whoever lacks it gets what `rest` says of a path that is not there."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import ClassVar, Final

import structlog

from hub.doors.http import App, Receive, Scope, Send, nothing

log = structlog.get_logger(__name__)
PATH: Final = "/metrics"
_TEXT = b"text/plain; version=1.0.0; charset=utf-8"


class Scrape:
    """Shows numbers."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (PATH,)

    def __init__(self, numbers: Callable[[], bytes], token_sha256: str, rest: App | None = None) -> None:
        """`numbers` gives the text; `token_sha256` is the digest of the one token that may read it."""
        self._numbers, self._digest, self._rest = numbers, token_sha256, rest or nothing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a scrape: a wrong token is told the same as a wrong path."""
        if not self._may(dict(scope["headers"])):
            log.warning("turned away", door="metrics", why="token")
            await self._rest(scope, receive, send)
            return
        body = self._numbers()
        headers = [(b"content-type", _TEXT), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _may(self, headers: dict[bytes, bytes]) -> bool:
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        found = hashlib.sha256(token.strip()).hexdigest()
        return bool(self._digest) and scheme.lower() == b"bearer" and hmac.compare_digest(found, self._digest)
