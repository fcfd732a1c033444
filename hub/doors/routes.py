"""Every path that programs may ask, in one table: who may, what is sent, what is answered. The published description is made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from hub.access.clients import ANSWER, READ, SUBSCRIBE, WRITE
from hub.doors.http import MEDIA
from hub.doors.incidents import MEDIA as STATES
from hub.doors.library import PARAMETERS
from hub.doors.problem import FHIR

# Anybody at all; a partner by its token; a responder by the token of an incident; whoever has the token of the numbers.
Who = Literal["anybody", "partner", "responder", "scraper"]
_JSON: Final = ("application/json",)
_PROBLEM: Final = "application/problem+json"
_FORM: Final = "application/x-www-form-urlencoded"
# What a partner's request may be refused with anywhere: not known, too often, and when the store is gone.
_ANY: Final = (401, 429, 503)
_BODY: Final = (400, 408, 413)
_INCIDENT: Final = {"incident": {"type": "string", "minLength": 1, "maxLength": 128}}
_REPRESENTED: Final = {
    "needed_for": {"type": "string", "enum": ["care", "safety"]},
    "by": {"type": "string", "minLength": 1},
}
_REPORTED: Final = {name: {"type": "string", "minLength": 1} for name in ("basis", "judged_by")}
_NODE: Final = {
    "type": "object",
    "properties": {"resourceType": {"type": "string"}},
    "required": ["resourceType"],
}
_CLIENT: Final = {
    "grant_type": {"type": "string", "enum": ["client_credentials"]},
    "client_assertion_type": {"type": "string"},
    "client_assertion": {"type": "string"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path. `wanted` is the scope that the token is given for; `good` the status of success, `bad` all others.

    `takes` are the media types of a body and `body` is what it says, `gives` the types of the answer; `query` are parameters.
    `streams`: the answer does not end by itself.
    """

    method: str
    path: str
    words: str
    who: Who = "partner"
    wanted: str = ""
    good: int = 200
    bad: tuple[int, ...] = _ANY
    takes: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    gives: tuple[str, ...] = _JSON
    shape: str = ""
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refusal: str = _PROBLEM
    streams: bool = False

    @property
    def name(self) -> str:
        """Its method and path."""
        return f"{self.method} {self.path}"


def methods(path: str) -> str:
    """The methods that a path has, as an Allow header names them; empty for a path that has none.

    >>> methods("/fhir/Task/X1"), methods("/nowhere")
    ('GET, PUT', '')
    """
    return ", ".join(sorted({route.method for pattern, route in _PATTERNS if pattern.fullmatch(path)}))


def _said(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _fhir(method: str, path: str, words: str, wanted: str = READ, **more: Any) -> Route:
    bad = (*more.pop("bad", ()), 400, *_ANY, 404, 406)
    given: dict[str, Any] = {"gives": (FHIR,), "shape": "Resource", "refusal": FHIR, "wanted": wanted, **more}
    return Route(method=method, path=f"/fhir{path}", words=words, bad=bad, **given)


_OPEN: Final[dict[str, Any]] = {"who": "anybody", "bad": ()}
_WORDS: Final[dict[str, Mapping[str, Any]]] = {
    **{name: {"type": "string"} for name in PARAMETERS},
    "armed": {"type": "string", "enum": ["yes", "no"]},
}
_SENT: Final[dict[str, Any]] = {"takes": (FHIR, "application/json"), "body": _NODE}

ROUTES: Final[tuple[Route, ...]] = (
    Route(method="POST", path="/messages", words="Send a message in a format of your partner file.", wanted=WRITE, good=202,
          bad=(*_BODY, *_ANY, 415, 422), takes=MEDIA, gives=("application/json", FHIR), shape="Kept"),
    Route(method="POST", path="/responders", words="A token for the responder who is sent to an incident.",
          bad=(*_BODY, *_ANY), takes=_JSON, body=_said(_INCIDENT), shape="Responder"),
    Route(method="GET", path="/cards/{incident}", words="The approach card of an incident.", who="responder"),
    Route(method="POST", path="/cards/{incident}", words="The card under a threat that was reported.", who="responder",
          bad=(*_BODY, *_ANY), takes=_JSON, body=_said(_REPORTED)),
    Route(method="GET", path="/results/{incident}", words="What became of it: one bit, or one constant.", who="responder"),
    Route(method="POST", path="/custody/{incident}", words="Whether care was accepted, while a hold of your agency lasts.",
          who="responder", bad=(*_BODY, *_ANY), takes=_JSON, body=_said(_REPRESENTED)),
    Route(method="POST", path="/break-glass", words="Break the glass in an emergency.", bad=(*_BODY, *_ANY, 422), takes=_JSON,
          body={"type": "object"}, shape="Broken"),
    Route(method="GET", path="/break-glass/{use}", words="Look through it again while its minutes last.", bad=(*_ANY, 422),
          shape="Broken"),
    Route(method="GET", path="/IncidentData/Versions", words="Which versions of the interface are spoken.",
          gives=(STATES[0].decode(),)),
    Route(method="GET", path="/IncidentData/v1/references/{incident}", words="Where the state of an incident is.",
          bad=(*_ANY, 404, 406), gives=("text/plain",)),
    Route(method="GET", path="/IncidentData/v1/incidents/{incident}", words="The state of an incident as EIDO.",
          bad=(*_ANY, 404, 406), gives=tuple(media.decode() for media in STATES)),
    Route(method="GET", path="/library", words="The county's protocols and resources.", bad=(400, *_ANY), query=_WORDS),
    Route(method="GET", path="/boards/beds", words="The bed board as server-sent events.", wanted=READ,
          gives=("text/event-stream",), streams=True),
    Route(method="POST", path="/oauth/token", words="A token by a signed assertion.", who="anybody", bad=(400, 401),
          takes=(_FORM,), body={"type": "object", "properties": _CLIENT, "required": list(_CLIENT)}, shape="Grant",
          refusal="application/json"),
    Route(method="GET", path="/.well-known/smart-configuration", words="Where tokens come from.", **_OPEN),
    Route(method="GET", path="/fhir/.well-known/smart-configuration", words="The same, for clients of FHIR.", **_OPEN),
    Route(method="GET", path="/openapi.json", words="This description.", **_OPEN),
    Route(method="GET", path="/healthz", words="Whether the process lives.", gives=("text/plain",), **_OPEN),
    Route(method="GET", path="/readyz", words="Whether it can take and send messages.", gives=("text/plain",), who="anybody",
          bad=(503,), refusal="text/plain"),
    Route(method="GET", path="/metrics", words="Numbers for Prometheus.", who="scraper", bad=(303, 404), gives=("text/plain",),
          refusal="text/html"),
    _fhir("GET", "/metadata", "What is served.", "", who="anybody"),
    _fhir("GET", "/{type}", "Search; what is about somebody is searched for by POST."),
    _fhir("POST", "/{type}/_search", "Search.", takes=(_FORM,), bad=(408, 413, 415)),
    _fhir("GET", "/{type}/{id}", "Read."),
    _fhir("GET", "/{type}/{id}/$everything", "All of a person or an episode."),
    _fhir("PUT", "/Task/{id}", "A task as it stands now.", ANSWER, bad=(403, 408, 412, 413, 415, 422, 428), **_SENT),
    _fhir("GET", "/Subscription", "All of your own.", SUBSCRIBE),
    _fhir("POST", "/Subscription", "A new one.", SUBSCRIBE, good=201, bad=(403, 408, 412, 413, 415, 422), **_SENT),
    _fhir("GET", "/Subscription/{id}", "One of your own.", SUBSCRIBE),
    _fhir("DELETE", "/Subscription/{id}", "End it.", SUBSCRIBE, good=204),
    _fhir("GET", "/Subscription/{id}/$status", "How it stands.", SUBSCRIBE),
    _fhir("GET", "/Subscription/{id}/$events", "Events that were missed.", SUBSCRIBE, bad=(422,)),
    _fhir("GET", "/Subscription/{id}/$get-ws-binding-token", "A token that binds a WebSocket.", SUBSCRIBE),
)  # fmt: skip
_PATTERNS: Final = tuple((re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(each.path))), each) for each in ROUTES)
