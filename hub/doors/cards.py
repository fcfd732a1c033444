"""Officers' cards over HTTP: POST /responders gives a token for one incident, GET or POST /cards/INCIDENT the card.

GET /results/INCIDENT answers what became of it, in one bit or one constant; POST /custody/INCIDENT, while a hold of the agency
lasts, whether care was accepted.

Known or unknown, released or not: the answer is 200 with a body of one size, never packed, never kept by anybody in between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar, Final, Literal, Protocol, TypeVar

import msgspec
import structlog

from hub import clock
from hub.access.responders import Responders
from hub.doors.body import body_of
from hub.doors.gate import Gate, Turned, bearer
from hub.doors.http import Receive, Said, Scope, Send, told
from hub.doors.problem import Problem
from hub.errors import HubError

log = structlog.get_logger(__name__)
PATH: Final = "/cards/"
RESULTS: Final = "/results/"
CUSTODY: Final = "/custody/"
TOKENS: Final = "/responders"
# A request to these says an incident number, and perhaps why there is a threat.
MOST: Final = 8192
LONGEST: Final = 128
_JSON: Final = b"application/json"
_KEEP_WHOLE: Final = ((b"cache-control", b"no-store, no-transform"),)
Headers = dict[bytes, bytes]
T = TypeVar("T")


class Reported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A serious and imminent threat: on which basis, and who judged it."""

    basis: str
    judged_by: str


class Represented(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer who holds somebody says it is needed for (45 CFR 164.512(k)(5)(i)), and who says so."""

    needed_for: Literal["care", "safety"]
    by: str


class Scene(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which incident a responder is sent to."""

    incident: str


class Cards(Protocol):
    """Who decides and writes cards."""

    def may_ask(self, partner: str) -> bool:
        """Whether this partner sends officers or teams to a scene."""
        ...

    async def answer(self, partner: str, incident: str, threat: tuple[str, str] | None = None) -> bytes:
        """The card of an incident. `threat` is its basis and who judged it."""
        ...


class Results(Protocol):
    """Who decides and writes what became of an incident."""

    def may_ask(self, partner: str) -> bool:
        """Whether this partner may ask at all."""
        ...

    async def answer(self, partner: str, incident: str) -> bytes:
        """The one bit, or the one constant answer."""
        ...


class Custody(Protocol):
    """Who decides and writes whether care was accepted."""

    def may_ask(self, partner: str) -> bool:
        """Whether this partner may ask at all."""
        ...

    async def answer(self, partner: str, incident: str, needed_for: str, by: str) -> bytes:
        """Whether and when care was accepted, or the one constant answer."""
        ...


class CardDoor:
    """Gives responders their tokens, cards, results, and whether care was accepted."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (TOKENS, PATH, RESULTS, CUSTODY)

    def __init__(
        self,
        gate: Gate,
        responders: Responders,
        cards: Cards,
        *,
        results: Results | None = None,
        custody: Custody | None = None,
    ) -> None:
        """`gate` knows partners by their tokens, `responders` their officers."""
        self._gate, self._responders, self._cards = gate, responders, cards
        self._results, self._custody = results, custody

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            said = await self._act(scope["path"])(scope, dict(scope["headers"]), receive)
        except Turned as turned:
            said = Said.refusal(turned.problem, fhir=False)
        except HubError as problem:
            log.warning("no card", cause=type(problem).__name__)
            said = refused(503, "The hub cannot answer now: ask again, or ask by radio.")
        await told(send, said)

    def _act(self, path: str) -> Callable[[Scope, Headers, Receive], Awaitable[Said]]:
        if path == TOKENS:
            return self._token
        if path.startswith(CUSTODY):
            return self._held
        return self._result if path.startswith(RESULTS) else self._card

    def _may_ask(self, partner: str) -> bool:
        return self._cards.may_ask(partner) or bool(self._results and self._results.may_ask(partner))

    async def _token(self, scope: Scope, headers: Headers, receive: Receive) -> Said:
        words = "Send the bearer token of a partner that sends responders."
        partner = self._gate.asks(scope, "responders", words, may=self._may_ask)
        if scope["method"] != "POST":
            return refused(405, "Tokens are POSTed for.")
        asked = read(await body_of(receive, MOST), Scene)
        if asked is None or not 0 < len(asked.incident) <= LONGEST:
            return refused(400, 'Send {"incident": "..."}.')
        token, until = self._responders.issue(partner, asked.incident, clock.now())
        return Said(200, msgspec.json.encode({"token": token, "expires_at": until}), _JSON)

    async def _card(self, scope: Scope, headers: Headers, receive: Receive) -> Said:
        incident = scope["path"].removeprefix(PATH)
        partner = self._sent(headers, incident)
        if partner is None or not self._cards.may_ask(partner):
            return self._stranger("cards")
        if scope["method"] not in ("GET", "POST"):
            return refused(405, "A card is read.")
        threat = None
        if scope["method"] == "POST":
            said = read(await body_of(receive, MOST), Reported)
            if said is None or not said.basis.strip() or not said.judged_by.strip():
                return refused(400, 'Send {"basis": "...", "judged_by": "..."}.')
            threat = (said.basis, said.judged_by)
        return Said(200, await self._cards.answer(partner, incident, threat), _JSON, _KEEP_WHOLE)

    async def _result(self, scope: Scope, headers: Headers, receive: Receive) -> Said:
        incident = scope["path"].removeprefix(RESULTS)
        partner = self._sent(headers, incident)
        if partner is None or self._results is None or not self._results.may_ask(partner):
            return self._stranger("results")
        if scope["method"] != "GET":
            return refused(405, "A result is read.")
        return Said(200, await self._results.answer(partner, incident), _JSON, _KEEP_WHOLE)

    async def _held(self, scope: Scope, headers: Headers, receive: Receive) -> Said:
        incident = scope["path"].removeprefix(CUSTODY)
        partner = self._sent(headers, incident)
        if partner is None or self._custody is None or not self._custody.may_ask(partner):
            return self._stranger("custody")
        if scope["method"] != "POST":
            return refused(405, "Say what it is needed for: POST.")
        said = read(await body_of(receive, MOST), Represented)
        if said is None or not said.by.strip():
            return refused(400, 'Send {"needed_for": "care" or "safety", "by": "..."}.')
        answer = await self._custody.answer(partner, incident, said.needed_for, said.by)
        return Said(200, answer, _JSON, _KEEP_WHOLE)

    def _sent(self, headers: Headers, incident: str) -> str | None:
        """The partner that sent this responder to this incident."""
        return self._responders.partner(bearer(headers).decode("latin-1"), incident, clock.now())

    def _stranger(self, door: str) -> Said:
        self._gate.turned(door, "token")
        return refused(401, "Ask for a token for this incident first: POST /responders.")


def read(body: bytes, kind: type[T]) -> T | None:
    """What a body says; None when it says something else."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def refused(status: int, detail: str) -> Said:
    """A refusal that says nothing of anybody."""
    return Said.refusal(Problem(status=status, detail=detail), fhir=False)
