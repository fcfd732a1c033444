"""What a partner received, in a few words, read from its own copy as its own system would read it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from hub.demo.receivers import Copy

# Keys that hold plumbing rather than facts: identifiers of parts, links between them, name spaces, envelopes.
_PLUMBING: Final = frozenset(
    {
        "$id",
        "$ref",
        "@context",
        "eidoExtensionId",
        "eidoVersion",
        "crisisHubHandling",
        "extension",
        "fullUrl",
        "handling",
        "id",
        "identifier",
        "identifiers",
        "intent",
        "issuingElementIdentification",
        "lastUpdateTimeStamp",
        "meta",
        "message_id",
        "ori",
        "reference",
        "request",
        "resourceType",
        "schema",
        "sent_at",
        "subject",
        "system",
        "timestamp",
        "type",
        "updated_at",
        "updatedAt",
        "updatedByAgencyReference",
        "updatedByAgentReference",
        "url",
        "use",
    }
)
# Where a hospital looks first: segment, field, component, and what it is called at the desk.
_DESK: Final = (
    ("PID", 5, None, ""),
    ("PID", 7, None, "born"),
    ("PV1", 2, 0, "class"),
    ("PV1", 3, 0, "unit"),
    ("PV1", 44, None, "admitted"),
    ("PV1", 45, None, "discharged"),
    ("DG1", 3, 1, "diagnosis"),
    ("OBX", 3, 1, "finding"),
    ("OBX", 5, None, "value"),
)
# What our own JSON formats are called, by a key that only they have.
_RECORDS: Final = {
    "call": "call",
    "case_number": "field contact",
    "mobile_crisis": "team status",
    "contact_id": "988 contact",
    "presenting_problem": "request for a team",
    "source_contact_ref": "request for a team",
    "capacity": "bed count",
}
# These say nothing that their value does not.
_SILENT: Final = frozenset(
    {
        "city",
        "country",
        "description",
        "display",
        "line",
        "lines",
        "name",
        "postal code",
        "state",
        "text",
        "title",
        "resource",
    }
)
# These say nothing without what they belong to.
_BARE: Final = frozenset({"level", "status", "start", "end", "kind", "code", "at"})
# What a format adds to its own names.
_DRESS: Final = re.compile(r" (?:common )?registry text\b| (?:boolean|codeable concept)$|^incident (?=type|status)")
# Whose message it is stands in the story, and that the hub passed it on is plain.
_UNTITLED: Final = frozenset({"Patient", "Provenance"})
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)\S*|(?<!\d)\d{8}(\d\d)(\d\d)\d\d(?:[+-]\d{4})?")
_NOTICE: Final = re.compile(r"42 CFR part 2 [^\"|^]+")
_MARKUP: Final = re.compile(r"<[^>]+>")


def title(copy: Copy) -> str:
    r"""What kind of message it is, as the recipient calls it.

    >>> title(Copy(key="k", body=b"MSH|^~\\&|HUB|C|EHR|H1|2026||ADT^A01^ADT_A01|1|P|2.5.1", media_type="hl7"))
    'ADT A01'
    """
    if copy.body.startswith(b"MSH"):
        return " ".join(copy.body.split(b"|", 9)[8].decode().split("^")[:2])
    match _json(copy.body):
        case {"resourceType": "Bundle", "entry": [*entries]}:
            kinds = dict.fromkeys(_said(entry.get("resource", {}), "resourceType") for entry in entries)
            return " + ".join(kind for kind in kinds if kind and kind not in _UNTITLED) or "Patient"
        case {"resourceType": str() as kind}:
            return kind
        case {"eidoVersion": _}:
            return "EIDO"
        case dict() as record:
            return next((name for key, name in _RECORDS.items() if key in record), "record")
    return "record"


def facts(copy: Copy) -> list[str]:
    """The facts in it, each with its name, in the order of the message; what stands twice is said once.

    Times of the day that most of them are of are said without it.
    """
    found = list(_desk(copy.body.decode()) if copy.body.startswith(b"MSH") else _leaves(_json(copy.body), ""))
    days = Counter(time[1] for _, value in found if (time := _TIME.search(str(value))) and time[1])
    ours = days.most_common(1)[0][0] if days else ""
    said = (f"{name} {_plain(value, ours)}".strip() for name, value in found if value not in ("", None, [], {}))
    return list(dict.fromkeys(said))


def notice(copy: Copy) -> str:
    """The notice that came along, in full, where there is one: 42 CFR 2.32 wants its text with every disclosure."""
    found = _NOTICE.search(copy.body.decode("utf-8", "replace"))
    return found[0] if found else ""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {}


def _said(value: Any, key: str) -> str:
    return str(value.get(key, "")) if isinstance(value, dict) else ""


def _desk(text: str) -> Iterator[tuple[str, Any]]:
    for line in text.split("\r"):
        fields = line.split("|")
        for segment, number, component, name in _DESK:
            if fields[0] == segment and len(fields) > number and fields[number]:
                parts = fields[number].split("~")[0].split("^")
                whole = (
                    " ".join(part for part in parts[1::-1] if part) if number == 5 and segment == "PID" else parts[0]
                )
                yield name, parts[component] if component is not None and len(parts) > component else whole


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            yield from _group(value, name)
        case list():
            for inner in value:
                yield from _leaves(inner, name)
        case bool():
            yield name, "yes" if value else "no"
        case _:
            yield name, value


def _group(value: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    """The facts of an object: names and codes as one would say them, an answer beside its code, everything else key by key."""
    match value:
        case {"family": str() as family}:
            yield "", " ".join([*_list(value.get("given")), family])
        case {"coding": [*codings]}:
            yield name, value.get("text") or next(filter(None, map(_coded, codings)), "")
        case {"system": _, "code": code}:
            yield name, value.get("display") or code
        case {"code": {"coding": [*_]} as code} if any(map(_is_value, value)):
            ((_, what),) = _leaves(code, "")
            for key, inner in value.items():
                if key == "code":
                    continue
                yield from _leaves(inner, str(what)) if _is_value(key) else _keys({key: inner}, name)
        case _:
            yield from _keys(value, name)


def _keys(value: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if key not in _PLUMBING:
            yield from _leaves(inner, _named(name, _words(key)))


def _named(above: str, name: str) -> str:
    if name == "value":
        return above
    if name in _SILENT:
        return ""
    return f"{above} {name}".strip() if name in _BARE else name


def _is_value(key: str) -> bool:
    """Whether a key holds what FHIR calls value[x]: the answer to the code beside it."""
    return key.startswith("value") and key != "value"


def _coded(coding: Any) -> str:
    return _said(coding, "display") or _said(coding, "code")


def _list(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)] if value else []


def _words(key: str) -> str:
    """A key as words: `enroute_at` and `callStartTimestamp` alike.

    >>> _words("birthDate"), _words("enroute_at")
    ('birth date', 'enroute at')
    """
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", key).lower()
    return _DRESS.sub("", plain) or plain


def _plain(value: Any, day: str) -> str:
    """A value as people read it; a time of another day with its date.

    >>> _plain("2026-03-11T08:20:00-07:00", "2026-03-11"), _plain("2026-03-13T08:20:00-07:00", "2026-03-11")
    ('08:20', '2026-03-13 08:20')
    """

    def time(found: re.Match[str]) -> str:
        if not found[2]:
            return f"{found[3]}:{found[4]}"
        return found[2] if found[1] == day else f"{found[1]} {found[2]}"

    return " ".join(_TIME.sub(time, _MARKUP.sub(" ", str(value))).split())
