"""POST /oauth/token, and what clients look for at .well-known/smart-configuration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import parse_qsl

import msgspec
import structlog

from hub.access.clients import Denied, Grant
from hub.doors.body import body_of
from hub.doors.desk import Alarm
from hub.doors.gate import Turned
from hub.doors.http import Receive, Scope, Send, nothing
from hub.partners.words import SCOPES

log = structlog.get_logger(__name__)
PATH: Final = "/oauth/token"
# Clients look beneath the address of the FHIR server that they were given, or of the hub.
DISCOVERY: Final = ("/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration")
_LARGEST: Final = 16 * 1024
_FORM: Final = b"application/x-www-form-urlencoded"
_encode = msgspec.json.Encoder().encode


class Granting(Protocol):
    """Whoever gives tokens."""

    def grant(self, form: Mapping[str, str]) -> Awaitable[Grant]:
        """A token, or Denied."""
        ...


class TokenDoor:
    """Grants tokens. Why somebody was denied, the log is told, and the caller only in the words of RFC 6749."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (PATH, *DISCOVERY)

    def __init__(self, clients: Granting, *, audience: Callable[[], str], alarm: Alarm) -> None:
        """`audience`: the url of this very endpoint, as clients know it."""
        self._clients, self._audience, self._alarm = clients, audience, alarm

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["path"] == PATH:
            await _send(send, *await self._answer(scope, receive))
        elif scope["method"] == "GET":
            await _send(send, 200, self._configuration())
        else:
            await nothing(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, Any]]:
        headers = dict(scope["headers"])
        form = await _form(receive) if scope["method"] == "POST" else None
        if form is None or not headers.get(b"content-type", b"").lower().startswith(_FORM):
            return 400, {"error": "invalid_request"}
        try:
            given = await self._clients.grant(form)
        except Denied as denied:
            log.warning("turned away", door="token", why=denied.why)
            self._alarm("assertion", "")
            return 401 if denied.error == "invalid_client" else 400, {"error": denied.error}
        return 200, {
            "access_token": given.token,
            "token_type": "bearer",
            "expires_in": given.seconds,
            "scope": " ".join(given.scopes),
        }

    def _configuration(self) -> dict[str, Any]:
        return {
            "token_endpoint": self._audience(),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            "scopes_supported": list(SCOPES),
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        }


async def _form(receive: Receive) -> dict[str, str] | None:
    """The fields of a form, each at most once; None for what is no such form."""
    try:
        body = await body_of(receive, _LARGEST)
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except (Turned, ValueError):
        return None
    return dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else None


async def _send(send: Send, status: int, said: Mapping[str, Any]) -> None:
    body = _encode(said)
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
