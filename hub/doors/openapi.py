"""GET /openapi.json: what programs may ask of this hub, as OpenAPI 3.1, made of the one table of routes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, ClassVar, Final

import msgspec

from hub.doors.http import Receive, Said, Scope, Send, nothing, told
from hub.doors.problem import FHIR, TITLES
from hub.doors.routes import ROUTES, Route
from hub.partners.words import SCOPES

PATH: Final = "/openapi.json"
_IN_PATH: Final = re.compile(r"\{(\w+)\}")
_TEXT: Final = {"type": "string"}
_WORDS: Final[Mapping[int, str]] = {status: title for status, (title, _) in TITLES.items()}


def _object(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


SHAPES: Final[dict[str, Any]] = {
    "Problem": _object(
        {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
        {"errors": {"type": "array", "items": _object({"detail": _TEXT, "place": _TEXT}, {"pointer": _TEXT})}},
    ),
    "Denied": _object({"error": _TEXT}),
    "Resource": _object({"resourceType": _TEXT}),
    "Kept": _object({"id": _TEXT}),
    "Responder": _object({"token": _TEXT, "expires_at": {"type": "integer"}}),
    "Grant": _object(
        {"access_token": _TEXT, "token_type": {"const": "bearer"}, "expires_in": {"type": "integer"}, "scope": _TEXT}
    ),
    "Broken": _object(
        {
            "use": _TEXT,
            "expires_at": {"type": "integer"},
            "messages": {"type": "array", "items": _object({"media_type": _TEXT, "body": _TEXT})},
        }
    ),
}
_REFUSALS: Final[Mapping[str, Mapping[str, Any]]] = {
    "application/problem+json": {"$ref": "#/components/schemas/Problem"},
    "application/json": {"$ref": "#/components/schemas/Denied"},
    FHIR: {"$ref": "#/components/schemas/Resource"},
}


def document() -> dict[str, Any]:
    """The description of every route."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "crisis-hub", "version": version("crisis-hub")},
        "paths": paths,
        "components": {"schemas": SHAPES, "securitySchemes": _schemes()},
    }


def _schemes() -> dict[str, Any]:
    flow = {"tokenUrl": "/oauth/token", "scopes": {scope: f"What {scope} names." for scope in SCOPES}}
    return {
        "partner": {"type": "http", "scheme": "bearer"},
        "program": {"type": "oauth2", "flows": {"clientCredentials": flow}},
        "responder": {"type": "http", "scheme": "bearer"},
        "scraper": {"type": "http", "scheme": "bearer"},
    }


def _operation(route: Route) -> dict[str, Any]:
    made: dict[str, Any] = {
        "summary": route.words,
        "parameters": list(_parameters(route)),
        "responses": _responses(route),
        "security": _security(route),
    }
    if route.takes:
        content = {media: {"schema": dict(route.body)} if route.body else {} for media in route.takes}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.who == "partner":
        return [{"partner": []}, {"program": [route.wanted] if route.wanted else []}]
    return [] if route.who == "anybody" else [{route.who: []}]


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in _IN_PATH.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": {**_TEXT, "minLength": 1}}
    for name, schema in route.query.items():
        yield {"name": name, "in": "query", "schema": dict(schema)}


def _responses(route: Route) -> dict[str, Any]:
    shape = {"schema": {"$ref": f"#/components/schemas/{route.shape}"}} if route.shape else {}
    good = {"description": "As asked."} | ({"content": dict.fromkeys(route.gives, shape)} if route.good != 204 else {})
    # Whoever sends FHIR is refused in FHIR.
    types = (route.refusal, *(FHIR for media in route.takes if media == FHIR and route.refusal != FHIR))
    refusal = {"content": {media: {"schema": _REFUSALS[media]} if media in _REFUSALS else {} for media in types}}
    bad = {str(each): {"description": _WORDS.get(each, "Not here."), **refusal} for each in sorted(set(route.bad))}
    return {str(route.good): good, **bad}


class OpenApiDoor:
    """Answers with the description."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (PATH,)

    def __init__(self) -> None:
        """The description is the same for every hub of this version."""
        self._said = Said(200, msgspec.json.encode(document()), b"application/json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET."""
        await (told(send, self._said) if scope["method"] == "GET" else nothing(scope, receive, send))
