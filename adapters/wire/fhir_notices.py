"""Topic-based subscriptions in FHIR R4, as the Subscriptions R5 Backport guide has them: wishes read, notifications written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from adapters.wire.fhir import Node
from adapters.wire.fhir_params import TYPES
from adapters.wire.fhir_search import Search, parse
from hub.errors import Unreadable
from hub.lens.times import iso_instant

GUIDE: Final = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
FILTER: Final = f"{GUIDE}/backport-filter-criteria"
CONTENT: Final = f"{GUIDE}/backport-payload-content"
HEARTBEAT: Final = f"{GUIDE}/backport-heartbeat-period"
MOST: Final = f"{GUIDE}/backport-max-count"
OFFERED: Final = f"{GUIDE}/capabilitystatement-subscriptiontopic-canonical"
STATUS: Final = f"{GUIDE}/backport-subscription-status-r4"
NOTIFICATION: Final = f"{GUIDE}/backport-subscription-notification-r4"
# The one topic: anything new that the subscriber may see. What of it is wanted, the filters say.
NEWS: Final = "urn:crisis-hub:topic:news"
CONTENTS: Final = ("empty", "id-only", "full-resource")
CHANNELS: Final = ("rest-hook", "websocket")
JSON: Final = "application/fhir+json"
MOST_FILTERS: Final = 10
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscriber wants to hear of, where, and how much of it. `heartbeat_s` 0 is never; `ends` is an instant of FHIR."""

    filters: tuple[str, ...]
    channel: str
    content: str
    endpoint: str = ""
    heartbeat_s: int = 0
    most: int = 20
    reason: str = ""
    ends: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One notification event: its number since the subscription began, when (FHIR instant), and what it is about now."""

    number: int
    at: str
    shown: tuple[Node, ...] = ()


def wish(node: Node) -> Wish:
    """What a Subscription asks for. Raises Unreadable naming the element."""
    _require(node.get("resourceType") == "Subscription", "Subscription", "This is no Subscription.")
    _require(node.get("criteria") == NEWS, "Subscription.criteria", f"There is one topic here: {NEWS}.")
    channel = node.get("channel")
    channel = channel if isinstance(channel, dict) else {}
    kind = channel.get("type")
    _require(kind in CHANNELS, "Subscription.channel.type", f"A channel is one of {', '.join(CHANNELS)}.")
    content = next(_extended(channel.get("_payload"), CONTENT, "valueCode"), "empty")
    _require(content in CONTENTS, "Subscription.channel.payload", f"The content is one of {', '.join(CONTENTS)}.")
    _require(channel.get("payload", JSON) == JSON, "Subscription.channel.payload", f"A payload is {JSON}.")
    _require(
        "header" not in channel, "Subscription.channel.header", "What the hub shows there stands in the partner's file."
    )
    filters = tuple(_extended(node.get("_criteria"), FILTER, "valueString"))
    for each in filters:
        filter_of(each)
    _require(len(filters) <= MOST_FILTERS, "Subscription.criteria", f"At most {MOST_FILTERS} filters.")
    heartbeat = next(_extended(channel, HEARTBEAT, "valueUnsignedInt"), 0)
    most = next(_extended(channel, MOST, "valuePositiveInt"), 20)
    _require(
        _counts(heartbeat, 0, 86_400), "Subscription.channel.extension", "A heartbeat comes every 1 to 86400 seconds."
    )
    _require(_counts(most, 1, 100), "Subscription.channel.extension", "A notification holds 1 to 100 events.")
    endpoint = channel.get("endpoint", "")
    rest = kind == "rest-hook"
    _require(
        isinstance(endpoint, str) and bool(endpoint) == rest,
        "Subscription.channel.endpoint",
        "A rest-hook has an endpoint.",
    )
    ends, reason = node.get("end", ""), node.get("reason", "")
    exact = bool(_INSTANT.fullmatch(str(ends))) and iso_instant(str(ends), "UTC") is not None
    _require(not ends or exact, "Subscription.end", "This is no instant.")
    return Wish(
        filters=filters, channel=str(kind), content=content, endpoint=endpoint, heartbeat_s=heartbeat, most=most,
        reason=str(reason)[:200], ends=str(ends),
    )  # fmt: skip


def filter_of(text: Any) -> Search:
    """A filter, as `Task?status=requested`. Raises Unreadable.

    >>> filter_of("Task?status=requested").kind
    'Task'
    """
    kind, _, query = str(text).partition("?")
    _require(kind in TYPES, "Subscription.criteria", "A filter is a type that is served here, and perhaps parameters.")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        pairs = [("", "")]
    return parse(kind, pairs)


def _counts(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _extended(node: Any, url: str, name: str) -> Iterator[Any]:
    extensions = node.get("extension") if isinstance(node, dict) else None
    for one in extensions if isinstance(extensions, list) else ():
        if isinstance(one, dict) and one.get("url") == url and name in one:
            yield one[name]


def _require(holds: Any, at: str, words: str) -> None:
    if not holds:
        raise Unreadable(words, at=at)


def subscription(word: str, said: Wish, status: str, *, error: str = "") -> Node:
    """A subscription as it stands."""
    extra = [{"url": MOST, "valuePositiveInt": said.most}]
    extra += [{"url": HEARTBEAT, "valueUnsignedInt": said.heartbeat_s}] if said.heartbeat_s else []
    content = {"extension": [{"url": CONTENT, "valueCode": said.content}]}
    found: Node = {
        "resourceType": "Subscription",
        "id": word,
        "meta": {"profile": [f"{GUIDE}/backport-subscription"]},
        "status": status,
        "reason": said.reason or "unsaid",
        "criteria": NEWS,
        "channel": {"extension": extra, "type": said.channel, "payload": JSON, "_payload": content},
    }
    if said.filters:
        found["_criteria"] = {"extension": [{"url": FILTER, "valueString": each} for each in said.filters]}
    for name, value in (("end", said.ends), ("error", error)):
        if value:
            found[name] = value
    if said.endpoint:
        found["channel"]["endpoint"] = said.endpoint
    return found


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What all notifications of one subscription say of it: where it is found, how it stands, how many events there were."""

    base: str
    word: str
    status: str
    number: int
    content: str


def status_of(notice: Notice, kind: str, events: Sequence[Event] = ()) -> Node:
    """The status of a subscription, as Parameters; `kind` is handshake, heartbeat, event-notification, query-status, query-event."""
    reference = {"reference": f"{notice.base}/Subscription/{notice.word}"}
    parameters: list[Node] = [
        {"name": "subscription", "valueReference": reference},
        {"name": "topic", "valueCanonical": NEWS},
        {"name": "status", "valueCode": notice.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(notice.number)},
        *({"name": "notification-event", "part": _parts(notice, event)} for event in events),
    ]
    return {"resourceType": "Parameters", "meta": {"profile": [STATUS]}, "parameter": parameters}


def _parts(notice: Notice, event: Event) -> list[Node]:
    parts: list[Node] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": event.at},
    ]
    if notice.content != "empty":
        names = ("focus", *("additional-context" for _ in event.shown[1:]))
        parts += [
            {"name": name, "valueReference": {"reference": _full(notice, node)}}
            for name, node in zip(names, event.shown, strict=False)
        ]
    return parts


def _full(notice: Notice, node: Mapping[str, Any]) -> str:
    return f"{notice.base}/{node['resourceType']}/{node['id']}"


def bundle(notice: Notice, kind: str, events: Sequence[Event] = (), *, identity: str, at: str) -> Node:
    """A notification: the status first, then what the events are about as far as the content asks for it.

    `identity` is its own id, `at` when it was made.
    """
    url = f"{notice.base}/Subscription/{notice.word}/$status"
    entries: list[Node] = [
        {
            "fullUrl": f"urn:uuid:{identity}",
            "resource": {**status_of(notice, kind, events), "id": identity},
            "request": {"method": "GET", "url": url},
            "response": {"status": "200"},
        }
    ]
    if notice.content != "empty":
        told = {_full(notice, node): node for event in events for node in event.shown}
        entries += [_entry(full, node, whole=notice.content == "full-resource") for full, node in told.items()]
    return {
        "resourceType": "Bundle",
        "id": identity,
        "meta": {"profile": [NOTIFICATION]},
        "type": "history",
        "timestamp": at,
        "entry": entries,
    }


def _entry(full: str, node: Node, *, whole: bool) -> Node:
    url = f"{node['resourceType']}/{node['id']}"
    return {
        "fullUrl": full,
        **({"resource": node} if whole else {}),
        "request": {"method": "PUT", "url": url},
        "response": {"status": "200"},
    }


def offered() -> Node:
    """What the CapabilityStatement says of subscriptions."""
    operations = ("status", "events", "get-ws-binding-token")
    guide = GUIDE.removesuffix("/StructureDefinition")
    return {
        "extension": [{"url": OFFERED, "valueCanonical": NEWS}],
        "type": "Subscription",
        "supportedProfile": [f"{GUIDE}/backport-subscription"],
        "interaction": [{"code": code} for code in ("read", "search-type", "create", "delete")],
        "operation": [
            {"name": name, "definition": f"{guide}/OperationDefinition/backport-subscription-{name}"}
            for name in operations
        ],
    }
