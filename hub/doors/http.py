"""HTTP: POST /messages with a bearer token, and the hub's health. Plain ASGI on the way every message takes."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec
import structlog

from hub import clock
from hub.access.clients import WRITE
from hub.doors.desk import Desk, settled
from hub.doors.gate import Gate, Turned
from hub.doors.problem import FHIR, Headers, Problem
from hub.doors.reference import DOOR as REFERRED
from hub.doors.reference import URIS, References
from hub.errors import Lasting, Passing
from hub.intake import Answer, Arrival
from hub.store.ids import new_id

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

DOOR: Final = "http"
MEDIA: Final = (
    FHIR,
    "application/json",
    "application/emergency.eido+json",
    "application/fhir+xml",
    "application/xml",
    "application/zip",
    "text/xml",
    "text/csv",
    URIS,
    "x-application/hl7-v2+er7",
)
# An error begins with its place, where it has one: "$.entry[3]: ", "line 7 column 2: ", "byte 12: ", "PID-3[2]: ".
_PLACE: Final = re.compile(r"((?:byte|line) \d+(?: column \d+)?|[$\w][^\s:]*): (?=\S)")
_KEY: Final = re.compile(rb'("?)([\x21\x23-\x7e]{1,200})\1')
_SOON: Final[Headers] = ((b"retry-after", b"1"),)
_COMMON: Final[Headers] = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the door grants: bytes of one message and of all in hand, messages of one partner in hand, seconds for a body."""

    message: int = 16 * 1024 * 1024
    held: int = 128 * 1024 * 1024
    in_hand: int = 256
    body_s: float = 30.0


class _Gone(Exception):
    """The caller left before all of its request was there."""


class _Refused(Exception):
    """The request is refused with this problem."""

    def __init__(self, status: int, detail: str, *, at: str = "", headers: Headers = ()) -> None:
        super().__init__(detail)
        self.problem = Problem(status=status, detail=detail, at=at, headers=headers)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, ready to be sent."""

    status: int
    body: bytes
    media: bytes
    headers: Headers = ()

    @classmethod
    def refusal(cls, problem: Problem, *, fhir: bool) -> Said:
        """A problem, as the caller wants it told."""
        body, media = problem.spelled(fhir=fhir)
        return cls(problem.status, body, media, problem.headers)


class HttpDoor:
    """It answers 202 for what survives a power cut, 4xx for what never will, 503 for what may if sent again."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = ("/messages", "/healthz", "/readyz")

    def __init__(
        self,
        gate: Gate,
        desk: Desk,
        *,
        ready: Callable[[], str] = str,
        limits: Limits | None = None,
        references: References | None = None,
        rest: App | None = None,
    ) -> None:
        """`ready` gives nothing when the hub can work, or what it waits for; `rest` answers people who look at messages."""
        self._rest = rest
        self._references = references or References((), str)
        self._gate = gate
        self._desk = desk
        self._ready = ready
        self._limits = limits or Limits()
        self._held = 0
        self._in_hand: Counter[str] = Counter()
        acts = (self._messages, self._health, self._readiness)
        self._routes = dict(zip(self.paths, acts, strict=True))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        act = self._routes[scope["path"]]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if self._rest and _looks(scope, headers):
            await self._rest(scope, receive, send)
            return
        fhir = b"fhir+json" in headers.get(b"content-type", b"")
        try:
            said = await act(scope, headers, receive)
        except _Gone:
            return
        except (_Refused, Turned) as refused:
            said = Said.refusal(refused.problem, fhir=fhir)
        except Exception as bug:  # noqa: BLE001 - a fault of ours loses nothing: the caller sends it again
            log.error("answering failed", fault=type(bug).__name__)
            said = failed(fhir=fhir)
        await told(send, said)

    async def _health(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Said:
        return Said(200, b"ok\n", b"text/plain")

    async def _readiness(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Said:
        waits_for = self._ready()
        return Said(503 if waits_for else 200, f"{waits_for or 'ready'}\n".encode(), b"text/plain; charset=utf-8")

    async def _messages(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Said:
        if scope["method"] != "POST":
            raise _Refused(405, "Messages are POSTed.", headers=((b"allow", b"POST"),))
        partner = self._gate.asks(scope, DOOR, "Send the bearer token of a partner.", wanted=WRITE)
        media = _media(headers)
        key = _key(headers)
        if self._in_hand[partner] >= self._limits.in_hand:
            raise _Refused(429, "Wait for answers before sending more.", headers=_SOON)
        body = bytearray()
        self._in_hand[partner] += 1
        try:
            await self._fill(body, headers, receive)
            referred = media == URIS
            arrival = Arrival(
                journal=new_id(),
                partner=partner,
                body=await self._followed(partner, bytes(body)) if referred else bytes(body),
                door=REFERRED if referred else DOOR,
                at=clock.now(),
                message_id=key,
            )
            answer = await _answered(self._desk.take(arrival))
        finally:
            self._in_hand[partner] -= 1
            self._held -= len(body)
        return _told(answer, fhir=media == FHIR)

    async def _fill(self, body: bytearray, headers: dict[bytes, bytes], receive: Receive) -> None:
        """Read all of a body, within the limits of size and time."""
        declared = headers.get(b"content-length", b"0")
        if int(declared) > self._limits.message:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._limits.body_s):
                more = True
                while more:
                    more = self._add(body, await receive())
        except TimeoutError as late:
            raise _Refused(408, "The body did not arrive in time.") from late
        if not body:
            raise _Refused(400, "The request has no body.")

    async def _followed(self, partner: str, said: bytes) -> bytes:
        """What a reference leads to. Where it may lead somewhere another time, the sender is asked to send it again."""
        try:
            return await self._references.follow(partner, said)
        except Passing as problem:
            raise _Refused(503, problem.message, headers=_SOON) from problem
        except Lasting as problem:
            raise _Refused(422, problem.message) from problem

    def _add(self, body: bytearray, part: MutableMapping[str, Any]) -> bool:
        if part["type"] != "http.request":
            raise _Gone
        found = part.get("body", b"")
        body += found
        self._held += len(found)
        if len(body) > self._limits.message:
            raise self._too_large()
        if self._held > self._limits.held:
            raise _Refused(429, "The hub has its hands full.", headers=_SOON)
        return bool(part.get("more_body", False))

    def _too_large(self) -> _Refused:
        return _Refused(413, f"A message may have {self._limits.message} bytes.", headers=((b"connection", b"close"),))


def failed(*, fhir: bool) -> Said:
    """A fault of ours: it loses nothing, and the caller sends it again."""
    return Said.refusal(Problem(status=503, detail="The hub failed: send it again.", headers=_SOON), fhir=fhir)


async def _answered(future: asyncio.Future[Answer]) -> Answer:
    await asyncio.wait((future,))
    return settled(future)


def _looks(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Whether somebody looks at the page of messages: programs send them, and ask for no page."""
    return scope["method"] == "GET" and scope["path"] == "/messages" and b"text/html" in headers.get(b"accept", b"")


def _media(headers: dict[bytes, bytes]) -> str:
    """The media type, which tells the format. What is packed is not unpacked."""
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise _Refused(415, "Send the content as it is, without Content-Encoding.")
    found, _, parameters = headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")
    media = found.strip()
    if media not in MEDIA:
        accepted = ", ".join(MEDIA)
        raise _Refused(415, f"Send one of {accepted}.", headers=((b"accept-post", accepted.encode()),))
    if media.endswith("json") and _charset(parameters) not in {"", "utf-8", "utf8", "us-ascii"}:
        raise _Refused(415, "JSON is sent as UTF-8.")
    return media


def _charset(parameters: str) -> str:
    """The charset among the parameters of a media type, of which FHIR has others.

    >>> _charset("fhirversion=4.0"), _charset(' charset="utf-8" ; fhirversion=4.0')
    ('', 'utf-8')
    """
    said = dict(each.strip().partition("=")[::2] for each in parameters.split(";"))
    return said.get("charset", "").strip('"')


def _key(headers: dict[bytes, bytes]) -> str:
    """The sender's own id of the message, where it gives one beside the content."""
    spelled = headers.get(b"idempotency-key", b"")
    found = _KEY.fullmatch(spelled)
    if spelled and not found:
        raise _Refused(400, "An Idempotency-Key has 1 to 200 visible ASCII characters.")
    return found[2].decode("ascii") if found else ""


def _told(answer: Answer, *, fhir: bool) -> Said:
    if answer.state == "unavailable":
        raise _Refused(503, "Nothing was kept: send it again.", headers=_SOON)
    if answer.state == "rejected":
        place = _PLACE.match(answer.cause)
        raise _Refused(422, answer.cause[place.end() if place else 0 :], at=place[1] if place else "")
    if not fhir:
        return Said(202, _encode({"id": answer.journal, "state": answer.state}), b"application/json")
    issue = {"severity": "information", "code": "informational", "diagnostics": answer.state}
    return Said(
        202, _encode({"resourceType": "OperationOutcome", "id": answer.journal, "issue": [issue]}), FHIR.encode()
    )


async def told(send: Send, said: Said) -> None:
    """Send an answer."""
    length = (b"content-length", b"%d" % len(said.body))
    own = {name for name, _ in said.headers}
    common = [pair for pair in _COMMON if pair[0] not in own]
    headers = [(b"content-type", said.media), length, *common, *said.headers]
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    await send({"type": "http.response.body", "body": said.body})


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """The rest, where there is no rest: 404, and a lifespan without events."""
    if scope["type"] == "http":
        await told(send, Said.refusal(Problem(status=404, detail="There is nothing at this path."), fhir=False))
    elif scope["type"] == "lifespan":
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})
    else:
        await send({"type": "websocket.close"})
