"""EIDO by reference (NENA-STA-024): GET /IncidentData/v1/references/INCIDENT gives a URI, GET on that the state of the incident.

An incident that nobody knows, and one of which the asker may see nothing, get the same 404.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, Protocol
from urllib.parse import quote

import structlog

from hub.contracts import Writing
from hub.doors.cards import LONGEST, Headers, refused
from hub.doors.gate import Gate, Turned
from hub.doors.http import Receive, Said, Scope, Send, told
from hub.errors import HubError

log = structlog.get_logger(__name__)
BASE: Final = "/IncidentData/v1/"
REFERENCES: Final = f"{BASE}references/"
INCIDENTS: Final = f"{BASE}incidents/"
# Which versions of the interface are spoken here, under which one asks before one knows any.
VERSIONS: Final = "/IncidentData/Versions"
SPOKEN: Final = b'[{"fingerprint":"1.0","versions":[{"major":1,"minor":0,"vendor":"crisis-hub"}]}]'
# What an answer may be called, the name of the published interface first.
MEDIA: Final = (b"application/json", b"application/emergency.eido+json")
_ANYTHING: Final = (b"*/*", b"application/*")
_TEXT: Final = b"text/plain"


class States(Protocol):
    """Who decides and writes the state of an incident."""

    def may_ask(self, partner: str) -> bool:
        """Whether this partner receives EIDO."""
        ...

    async def state(self, partner: str, incident: str) -> Writing | None:
        """The state of an incident, as far as this partner may see it."""
        ...


class IncidentDoor:
    """Shows the state of an incident, and where it is."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (REFERENCES, INCIDENTS, VERSIONS)

    def __init__(self, gate: Gate, states: States, address: Callable[[], str]) -> None:
        """`address` is the hub's own, as partners reach it: https://hub.example."""
        self._gate, self._states, self._address = gate, states, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            said = await self._said(scope, dict(scope["headers"]))
        except Turned as turned:
            said = Said.refusal(turned.problem, fhir=False)
        except HubError as problem:
            log.warning("no incident", cause=type(problem).__name__)
            said = refused(503, "The hub cannot answer now: ask again.")
        await told(send, said)

    async def _said(self, scope: Scope, headers: Headers) -> Said:
        words = "Send the bearer token of a partner that receives EIDO."
        partner = self._gate.asks(scope, "incidents", words, may=self._states.may_ask)
        if scope["method"] != "GET":
            return refused(405, "An incident is read.")
        path = scope["path"]
        if path == VERSIONS:
            return Said(200, SPOKEN, MEDIA[0])
        incident = path.removeprefix(REFERENCES).removeprefix(INCIDENTS)
        if not 0 < len(incident) <= LONGEST or "/" in incident:
            return refused(404, "There is nothing at this path.")
        if path.startswith(REFERENCES):
            return self._reference(incident, headers)
        return await self._incident(partner, incident, headers)

    def _reference(self, incident: str, headers: Headers) -> Said:
        """Where the incident is to be read. It is said of every number: it tells nothing of whether there is one."""
        if _wanted(headers, (_TEXT,), (b"*/*", b"text/*")) is None:
            return refused(406, "A reference is text/plain.")
        return Said(200, f"{self._address()}{INCIDENTS}{quote(incident, safe='')}".encode(), _TEXT)

    async def _incident(self, partner: str, incident: str, headers: Headers) -> Said:
        media = _wanted(headers, MEDIA, _ANYTHING)
        if media is None:
            return refused(406, "An incident is application/emergency.eido+json, or application/json.")
        found = await self._states.state(partner, incident)
        if found is None:
            return refused(404, "There is no such incident.")
        return Said(200, found.body, media)


def _wanted(headers: Headers, ours: tuple[bytes, ...], anything: tuple[bytes, ...]) -> bytes | None:
    """The media type of the answer, by what the asker takes; None where it takes nothing that there is."""
    taken = [each.partition(b";")[0].strip() for each in headers.get(b"accept", b"*/*").lower().split(b",")]
    named = next((media for media in ours if media in taken), None)
    return named or (ours[0] if any(each in anything for each in taken) else None)
