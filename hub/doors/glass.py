"""Breaking the glass over HTTP: POST /break-glass in an emergency, GET /break-glass/USE while its minutes last.

About somebody unknown, or of whom nothing may be shown, the answer is the same: a use, and no messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final, Protocol

import msgspec
import structlog

from hub.contracts import Writing
from hub.doors.body import body_of
from hub.doors.cards import MOST, refused
from hub.doors.gate import Gate, Turned
from hub.doors.http import Receive, Said, Scope, Send, told
from hub.errors import HubError, NotAllowed

log = structlog.get_logger(__name__)
PATH: Final = "/break-glass"
_WHO: Final = "Send the bearer token of a partner that gives care."


class Glass(Protocol):
    """Who lodges the use, decides and shows."""

    def request(self, body: bytes) -> Any:
        """What is asked for. Raises NotAllowed for anything else."""
        ...

    def may_ask(self, partner: str) -> bool:
        """Whether this partner gives care, and has a format to be answered in."""
        ...

    async def broken(self, partner: str, request: Any) -> tuple[str, int, list[Writing]]:
        """The id of the use, until when (UTC microseconds), and what is shown."""
        ...

    async def again(self, partner: str, name: str) -> tuple[int, list[Writing]]:
        """The same once more, while its minutes last."""
        ...


class GlassDoor:
    """Breaks the glass, and looks through it again."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (PATH, f"{PATH}/")

    def __init__(self, gate: Gate, glass: Glass) -> None:
        """`gate` knows partners by their tokens and certificates."""
        self._gate, self._glass = gate, glass

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            said = await self._said(scope, receive)
        except Turned as turned:
            said = Said.refusal(turned.problem, fhir=False)
        except NotAllowed as wrong:
            said = refused(422, wrong.message)
        except HubError as problem:
            log.warning("glass not broken", cause=type(problem).__name__)
            said = refused(503, "The hub cannot answer now: ring the county.")
        await told(send, said)

    async def _said(self, scope: Scope, receive: Receive) -> Said:
        partner = self._gate.asks(scope, "break-glass", _WHO, may=self._glass.may_ask)
        name = scope["path"].removeprefix(PATH).removeprefix("/")
        match scope["method"], name:
            case "POST", "":
                request = self._glass.request(await body_of(receive, MOST))
                use, until, found = await self._glass.broken(partner, request)
                return _answer(use, until, found)
            case "GET", use if use:
                until, found = await self._glass.again(partner, use)
                return _answer(use, until, found)
        return refused(405, "The glass is broken by POST, and looked through again by GET /break-glass/USE.")


def _answer(use: str, until: int, found: Sequence[Writing]) -> Said:
    messages = [{"media_type": one.media_type, "body": one.body.decode("utf-8", "replace")} for one in found]
    body = msgspec.json.encode({"use": use, "expires_at": until, "messages": messages})
    return Said(200, body, b"application/json")
