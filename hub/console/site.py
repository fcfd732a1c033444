"""The console as one ASGI application: routes from what pages declare, nothing else; headers that keep a browser careful."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from hub.console import pages, workspace
from hub.console.guard import FORM_BYTES, NOWHERE, Guard
from hub.console.hub import Hub
from hub.console.page import PAGES, Page, Show

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_CSP: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'{}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Nothing about our pages leaves for elsewhere. Stricter, `no-referrer`, would blank the Origin of our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_STATIC: Final = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}


class Site:
    """The pages of one hub."""

    def __init__(self, hub: Hub, address: str = "", *, secure: bool = False) -> None:
        """`address`: where browsers find it, empty for this machine alone. `secure`: it is served over TLS."""
        self._guard = Guard(hub, address)
        self._headers = dict(_HEADERS)
        if secure or address:
            self._headers["strict-transport-security"] = "max-age=31536000"
        # Chromium holds a form's redirects to form-action, and signing in leads to the provider.
        away = f" {hub.provider.origin}" if hub.provider else ""
        self._headers["content-security-policy"] = _CSP.format(away)
        self.app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
        for page, show in PAGES:
            self.app.add_route(page.url, self._endpoint(page, show), methods=[page.method])
        for name in _STATIC:
            self.app.add_route(f"/static/{name}", _static(name), methods=["GET"])
        self.app.add_exception_handler(404, self._nowhere)
        self.app.add_exception_handler(405, self._nowhere)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with our headers on whatever the answer is."""

        async def careful(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                ours = {"cache-control": "no-store", **self._headers}
                added = [(n.encode(), v.encode()) for n, v in ours.items() if n.encode() not in there]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, receive, careful)

    def _endpoint(self, page: Page, show: Show) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                body = await _body(request) if page.method == "POST" else b""
            except ClientDisconnect:
                return Response(status_code=400)
            return await run_in_threadpool(self._guard.answer, page, show, request, body)

        return endpoint

    async def _nowhere(self, request: Request, _: Exception) -> Response:
        """What is not there: for whoever did not sign in, the way in; for everybody else the same words."""
        return await run_in_threadpool(self._lost, request)

    def _lost(self, request: Request) -> Response:
        visit = self._guard.known(self._guard.visit(NOWHERE, request))
        person = "text/html" in request.headers.get("accept", "")
        if visit.who is None and request.method == "GET" and person:
            return RedirectResponse("/signin", 303)
        return self._guard.nowhere(visit)


async def _body(request: Request) -> bytes:
    """As much of a body as a form may have, and one byte more."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > FORM_BYTES:
            break
    return bytes(found[: FORM_BYTES + 1])


def _static(name: str) -> Callable[[Request], Awaitable[Response]]:
    content = (files("hub.console") / "static" / name).read_bytes()
    headers = {"cache-control": "max-age=86400", "etag": f'"{hashlib.sha256(content).hexdigest()[:16]}"'}

    async def endpoint(request: Request) -> Response:
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=_STATIC[name], headers=headers)

    return endpoint


# Importing the pages declares them.
DECLARED: Final = (*pages.ROOMS, *workspace.ROOMS)
