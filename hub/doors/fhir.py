"""FHIR R4 for partners that ask: read, search by GET or by POST, everything of somebody; every refusal an OperationOutcome.

What is about somebody is searched for by POST: an address that says it is refused. No request is logged.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Final, NamedTuple, Protocol
from urllib.parse import parse_qsl

import msgspec
import structlog

from adapters.wire.fhir import read
from adapters.wire.fhir_search import alone
from hub.access.clients import ANSWER, READ, SUBSCRIBE
from hub.doors.body import body_of
from hub.doors.gate import Gate, Turned
from hub.doors.http import Receive, Said, Scope, Send, told
from hub.doors.problem import FHIR, Headers, Problem
from hub.errors import Conflict, HubError, NotAllowed, Unmapped, Unreadable

log = structlog.get_logger(__name__)
BASE: Final = "/fhir"
SUBSCRIPTION: Final = "Subscription"
_FORM: Final = "application/x-www-form-urlencoded"
_TAKEN: Final = frozenset({"*/*", "application/*", "application/json", FHIR})
_SEARCH_BYTES: Final = 64 * 1024
_RESOURCE_BYTES: Final = 256 * 1024
_FIELDS: Final = 100
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_SOON: Final[Headers] = ((b"retry-after", b"1"),)
_WHO: Final[Headers] = ((b"www-authenticate", b'Bearer realm="fhir"'),)
# What is wrong with a request, by the error that says so; any other error is ours.
_STATUS: Final[dict[type[HubError], int]] = {Unreadable: 400, Unmapped: 422, NotAllowed: 403, Conflict: 412}
_VERSION: Final = re.compile(rb'(?:W/)?"([A-Za-z0-9.-]{1,64})"')
_encode = msgspec.json.Encoder().encode
Node = dict[str, Any]
Pairs = Sequence[tuple[str, str]]


class Answers(Protocol):
    """Who decides and shows."""

    def types(self) -> frozenset[str]:
        """The types that are served."""
        ...

    def capability(self) -> Node:
        """What this server does."""
        ...

    async def read(self, partner: str, kind: str, word: str) -> Node | None:
        """One resource, if it may be seen."""
        ...

    async def search(self, partner: str, kind: str, pairs: Pairs, *, in_address: bool) -> Node:
        """One page. Raises Unreadable naming the parameter."""
        ...

    async def everything(self, partner: str, kind: str, word: str) -> Node | None:
        """All of a person or an episode, if there is anything."""
        ...

    async def update(self, partner: str, word: str, node: Node, version: str) -> Node | None:
        """A task as the partner left it, from the version it read. Raises Conflict, NotAllowed or Unmapped."""
        ...


class Subscriptions(Protocol):
    """Who keeps subscriptions, and tells of them."""

    async def create(self, partner: str, node: Node) -> Node:
        """A new one."""
        ...

    async def read(self, partner: str, word: str) -> Node | None:
        """One of the partner's own."""
        ...

    async def all(self, partner: str) -> Node:
        """All of the partner's own."""
        ...

    async def end(self, partner: str, word: str) -> bool:
        """Whether there was one, which is over now."""
        ...

    async def status(self, partner: str, word: str) -> Node | None:
        """How one stands."""
        ...

    async def events(self, partner: str, word: str, asked: dict[str, str]) -> Node | None:
        """Events that were missed."""
        ...

    async def token(self, partner: str, word: str, url: str) -> Node | None:
        """A token that binds a WebSocket."""
        ...


class Asked(NamedTuple):
    """One request of a known partner: its method, its path below the base, and the rest."""

    partner: str
    method: str
    path: tuple[str, ...]
    query: bytes
    headers: dict[bytes, bytes]
    receive: Receive


class Refused(Exception):
    """The request is refused with this problem."""

    def __init__(self, status: int, detail: str, *, at: str = "", headers: Headers = ()) -> None:
        super().__init__(detail)
        self.problem = Problem(status=status, detail=detail, at=at, headers=headers)


Act = Callable[[Asked], Awaitable[Said]]


class FhirDoor:
    """Answers all that is below `/fhir`."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (BASE, f"{BASE}/")

    def __init__(
        self,
        gate: Gate,
        answers: Answers,
        subscriptions: Subscriptions,
    ) -> None:
        """`gate` knows partners by what they show, and for what it was given."""
        self._gate, self._answers, self._subscriptions = gate, answers, subscriptions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            said = await self._said(scope, dict(scope["headers"]), receive)
        except (Refused, Turned) as refused:
            said = Said.refusal(refused.problem, fhir=True)
        except tuple(_STATUS) as wrong:
            said = Said.refusal(Problem(status=_STATUS[type(wrong)], detail=wrong.message, at=wrong.at), fhir=True)
        except HubError as problem:
            log.warning("no answer", door="fhir", cause=type(problem).__name__)
            said = _later()
        except Exception as bug:  # noqa: BLE001 - a fault of ours shows nothing: the caller asks again
            log.error("answering failed", door="fhir", fault=type(bug).__name__)
            said = _later()
        await told(send, said)

    async def _said(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Said:
        path = tuple(scope["path"].removeprefix(BASE).strip("/").split("/"))
        _check_accept(headers)
        if path == ("metadata",) and scope["method"] == "GET":
            return resource(self._answers.capability())
        wanted = SUBSCRIBE if path[0] == SUBSCRIPTION else ANSWER if scope["method"] == "PUT" else READ
        words = f"Send the bearer token of a partner, given for {wanted}."
        partner = self._gate.asks(scope, "fhir", words, wanted=wanted, headers=_WHO)
        asked = Asked(partner, scope["method"], path, scope["query_string"], headers, receive)
        return await (self._subscribed(asked) if wanted == SUBSCRIBE else self._act(asked))

    async def _subscribed(self, asked: Asked) -> Said:
        ours, partner = self._subscriptions, asked.partner
        if asked.path[2:] != ("$events",):
            alone(_pairs(asked.query))
        match asked.method, asked.path:
            case "POST", (_,):
                return created(await ours.create(partner, await _node(asked)))
            case "GET", (_,):
                return resource(await ours.all(partner))
            case "GET", (_, word):
                return _found(await ours.read(partner, _id(word)))
            case "DELETE", (_, word):
                if not await ours.end(partner, _id(word)):
                    raise Refused(404, "There is no such resource.")
                return Said(204, b"", FHIR.encode())
            case (("GET" | "POST"), (_, word, "$status")):
                return _found(await ours.status(partner, _id(word)))
            case (("GET" | "POST"), (_, word, "$events")):
                return _found(await ours.events(partner, _id(word), await _parameters(asked)))
            case (("GET" | "POST"), (_, word, "$get-ws-binding-token")):
                host = asked.headers.get(b"host", b"").decode("latin-1")
                return _found(await ours.token(partner, _id(word), f"wss://{host}{BASE}/$ws"))
        raise Refused(
            405, "A Subscription is made, read and deleted; it has $status, $events and $get-ws-binding-token."
        )

    async def _act(self, asked: Asked) -> Said:
        match asked.method, asked.path:
            case "GET", (kind,):
                return await self._search(asked, self._kind(kind), _pairs(asked.query), in_address=True)
            case "POST", (kind, "_search"):
                return await self._search(asked, self._kind(kind), await _form(asked), in_address=False)
            case "GET", (kind, word):
                alone(_pairs(asked.query))
                return _found(await self._answers.read(asked.partner, self._kind(kind), _id(word)))
            case "GET", (kind, word, "$everything"):
                alone(_pairs(asked.query))
                return _found(await self._answers.everything(asked.partner, self._kind(kind), _id(word)))
            case "PUT", ("Task", word):
                version, node = _version(asked.headers), await _node(asked)
                return _found(await self._answers.update(asked.partner, _id(word), node, version))
        raise Refused(405, "Resources are read, and searched by GET or by POST to _search; a Task is updated by PUT.")

    async def _search(self, asked: Asked, kind: str, pairs: Pairs, *, in_address: bool) -> Said:
        return resource(await self._answers.search(asked.partner, kind, pairs, in_address=in_address))

    def _kind(self, spelled: str) -> str:
        if spelled not in self._answers.types():
            raise Refused(404, "No such type of resource is served here: see metadata.")
        return spelled


def resource(node: Node, status: int = 200) -> Said:
    """A resource as an answer, with its version."""
    version = node.get("meta", {}).get("versionId")
    headers = ((b"etag", f'W/"{version}"'.encode()),) if version else ()
    return Said(status, _encode(node), FHIR.encode(), headers)


def created(node: Node) -> Said:
    """A resource that is new, with where it is."""
    said = resource(node, 201)
    where = f"{BASE}/{node['resourceType']}/{node['id']}".encode()
    return Said(said.status, said.body, said.media, (*said.headers, (b"location", where)))


def _found(node: Node | None) -> Said:
    """What was found. Absent and hidden are one answer, byte for byte."""
    if node is None:
        raise Refused(404, "There is no such resource.")
    return resource(node)


def _later() -> Said:
    return Said.refusal(Problem(status=503, detail="The hub cannot answer now: ask again.", headers=_SOON), fhir=True)


def _id(word: str) -> str:
    if not _ID.fullmatch(word):
        raise Refused(404, "There is no such resource.")
    return word


def _version(headers: dict[bytes, bytes]) -> str:
    found = _VERSION.fullmatch(headers.get(b"if-match", b""))
    if not found:
        raise Refused(428, 'Say with If-Match: W/"..." which version you read.')
    return found[1].decode()


def _check_accept(headers: dict[bytes, bytes]) -> None:
    wanted = headers.get(b"accept", b"*/*").decode("latin-1").lower().split(",")
    if not any(each.partition(";")[0].strip() in _TAKEN for each in wanted):
        raise Refused(406, f"Answers are {FHIR}.")


def _pairs(query: bytes) -> Pairs:
    """The parameters of an address or a form. Raises Refused for what is none."""
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        raise Refused(400, "These are no parameters.") from None


async def _form(asked: Asked) -> Pairs:
    media = asked.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if media != _FORM:
        raise Refused(415, f"A search is POSTed as {_FORM}.")
    if asked.query:
        raise Refused(400, "Put all parameters into the body.")
    return _pairs(await body_of(asked.receive, _SEARCH_BYTES))


async def _parameters(asked: Asked) -> dict[str, str]:
    """What an operation is asked with, in its address or as Parameters in its body."""
    said = dict(_pairs(asked.query))
    body = await body_of(asked.receive, _SEARCH_BYTES) if asked.method == "POST" else b""
    parts = read(body).get("parameter") if body else ()
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict):
            said[str(part.get("name"))] = str(next((part[key] for key in part if key.startswith("value")), ""))
    return said


async def _node(asked: Asked) -> Node:
    """The resource in a body. Raises Unreadable naming its place."""
    media = asked.headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if media not in (FHIR, "application/json"):
        raise Refused(415, f"A resource is sent as {FHIR}.")
    return read(await body_of(asked.receive, _RESOURCE_BYTES))
