"""What compiled FHIR lenses call while a message passes: items that meet a test, references, addresses, times."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote

from adapters.wire import json_lens
from adapters.wire.fhir import Linked, Node
from adapters.wire.json_lens import Marked, rows, united
from hub.lens.conversions import ENCLOSED
from hub.lens.times import iso_instant, write_iso
from hub.model.values import Instant

Path = tuple[str, ...]
# Which items of a list: those at whose path a value stands (a star in the path marks a list, one before the value says that the
# text ends so, one behind it that it begins so), the system written beside that value, and whether those items are meant or all others.
Asked = tuple[Path, str, str, bool]
ASSIGNER: Final = "urn:crisis-hub:assigner:"
SYSTEM: Final = "urn:crisis-hub:system:"
# Systems of codes that everybody can look up. Of several codings the model keeps the first of these: what labels know best comes first.
COMMON_SYSTEMS: Final = (
    "http://hl7.org/fhir/",
    "http://loinc.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://snomed.info/sct",
    "http://terminology.hl7.org/",
    "http://www.ama-assn.org/go/cpt",
    "http://unitsofmeasure.org",
    "urn:oid:2.16.840.1.113883.",
    "urn:ietf:bcp:",
    "urn:crisis-hub:",
)
NONE: Final[tuple[Any, ...]] = ()


# -- readers


def text(node: Any, k: Any) -> Any:
    """The text of a leaf that is not plain text."""
    return str(node) if node.__class__ is int else json_lens.text(node, k)


def unlike(node: Any, k: Any) -> Node:
    """No plain object stands here: a reference that is linked is one too."""
    return node if node.__class__ is Linked else json_lens.unlike(node, k)


def items(node: Any, key: str, k: Any) -> Any:
    """The items of a list below a key; nothing when there is none."""
    if node.__class__ is not dict:
        node = unlike(node, k)
    found = node.get(key)
    if found is None:
        return NONE
    found = rows(found, k)
    return sorted(found, key=_rank) if len(found) > 1 and key == "coding" else found


def index(node: Any, at: int, k: Any) -> Any:
    """One item of a list, or None; of several codings those of common systems come first."""
    found = rows(node, k)
    if at >= len(found):
        return None
    return sorted(found, key=_rank)[at] if len(found) > 1 else found[at]


def _rank(item: Any) -> int:
    """How common the system of a coding is; what is no coding keeps its place."""
    system = item.get("system") if item.__class__ is dict else None
    if not isinstance(system, str) or system.startswith(SYSTEM):
        return len(COMMON_SYSTEMS)
    return next((n for n, known in enumerate(COMMON_SYSTEMS) if system.startswith(known)), len(COMMON_SYSTEMS))


def picks(node: Any, test: Asked, k: Any) -> list[Any]:
    """The items of a list that meet a test."""
    path, value, _, negated = test
    found = []
    for item in rows(node, k):
        said = _said(item, path, value)
        if (said is None) == negated:
            if said is not None:
                k.note(said, "mapped", None)
            found.append(item)
    return found


def pick(node: Any, test: Asked, k: Any) -> Any:
    """The first item of a list that meets a test, or None."""
    path, value, _, negated = test
    for item in rows(node, k):
        said = _said(item, path, value)
        if (said is None) == negated:
            if said is not None:
                k.note(said, "mapped", None)
            return item
    return None


def _said(node: Any, path: Path, value: str) -> Any:
    """The leaf below a node that says the value, or None."""
    for n, key in enumerate(path):
        if not isinstance(node, dict):
            return None
        if key[-1] == "*":
            below = node.get(key[:-1])
            found = (_said(one, path[n + 1 :], value) for one in (below if isinstance(below, list) else ()))
            return next((leaf for leaf in found if leaf is not None), None)
        node = node.get(key)
    if node is True or node is False:
        node = "true" if node else "false"
    return node if node == value or (isinstance(node, str) and _like_pattern(node, value)) else None


def _like_pattern(text: str, value: str) -> bool:
    if value[0] == "*":
        return text.endswith(value[1:])
    return value[-1] == "*" and text.startswith(value[:-1])


def follow(node: Any, kind: str, k: Any) -> Any:
    """The resource a reference points at, if it came along and is of that type."""
    if node.__class__ is not Linked or node.target.get("resourceType") != kind:
        return None
    k.note(node["reference"], "mapped", None)
    return node.target


def bare(node: Any) -> Any:
    """What assigned an identifier, as the model names it."""
    return _like(node, unquote(node[len(ASSIGNER) :])) if isinstance(node, str) and node.startswith(ASSIGNER) else node


def known(node: Any) -> Any:
    """A code system as the model names it: the colon in the name of one that only its sender knows is escaped.

    >>> known("http://loinc.org"), known("https://clinic.example.org/codes")
    ('http://loinc.org', 'https%3A//clinic.example.org/codes')
    """
    if not isinstance(node, str):
        return node
    if node.startswith(SYSTEM):
        return _like(node, unquote(node[len(SYSTEM) :]))
    return node if ":" not in node or node.startswith(COMMON_SYSTEMS) else _like(node, node.replace(":", "%3A"))


def last(node: Any) -> Any:
    """The last part of an address, without its version.

    >>> last("http://loinc.org/q/44249-1|2.73")
    '44249-1'
    """
    return _like(node, node.partition("|")[0].rpartition("/")[2]) if isinstance(node, str) else node


def decoded(node: Any) -> Any:
    """The text of a packed document; of one that is no text its packed form, which says so."""
    if not isinstance(node, str):
        return node
    try:
        return _like(node, b64decode(node, validate=True).decode())
    except ValueError:
        return _like(node, ENCLOSED + node)


def _like(node: str, text: str) -> str:
    """Another text in the place of one."""
    return json_lens.marked(text, node.at) if isinstance(node, Marked) else text


# -- writers


@lru_cache(maxsize=1024)
def address(value: Any) -> Any:
    """An address for what assigned an identifier; a name that is none becomes one of ours."""
    return value if ":" in value else ASSIGNER + quote(value, safe="")


@lru_cache(maxsize=1024)
def named(value: Any) -> Any:
    """The address of a code system.

    >>> named("https%3A//clinic.example.org/codes"), named("HL70112")
    ('https://clinic.example.org/codes', 'urn:crisis-hub:system:HL70112')
    """
    if ":" in value:
        return value
    return value.replace("%3A", ":") if "%3A" in value else SYSTEM + quote(value, safe="")


def refer(target: Node, kind: str, k: Any) -> str:
    """Put a resource beside the one being written, and give the reference to it."""
    held = k.facts.setdefault("contained", [])
    for one in held:
        if one == {"resourceType": kind, "id": one["id"], **target}:
            return f"#{one['id']}"
    held.append({"resourceType": kind, "id": f"r{len(held) + 1}", **target})
    return f"#r{len(held)}"


def whole(item: Any, k: Any) -> Any:
    """A written resource with those it contains; of joined ones the first contains them."""
    held = k.facts.pop("contained", None)
    if held:
        first = next(iter(item))
        (item[first] if first[0].isupper() else item)["contained"] = held
    return item


def meeting(node: Node, outer: Sequence[tuple[str, bool]], wanted: Any) -> Node:
    """An item with what a test wants below these keys; see `met`."""
    made = wanted
    for key, many in outer:
        made = {key: [made] if many else made}
    whole: Node = united((made, node))
    return whole


def met(test: Asked) -> tuple[tuple[tuple[str, bool], ...], Node | None]:
    """The keys below an item that a test asks at, the last first, and what it wants there; nothing where that is said in no one way."""
    path, value, system, negated = test
    if negated or "*" in (value[0], value[-1]):
        return (), None
    *outer, last = path
    found: Any = {"system": system, last: value} if system else {last: value}
    return tuple((key.removesuffix("*"), key.endswith("*")) for key in reversed(outer)), found


def encoded(text: str) -> str:
    """A document, packed.

    >>> encoded("calm"), decoded("Y2FsbQ=="), encoded(decoded("JVBERi3i48/T"))
    ('Y2FsbQ==', 'calm', 'JVBERi3i48/T')
    >>> decoded("JVBERi3i48/T")
    'data:;base64,JVBERi3i48/T'
    """
    return text[len(ENCLOSED) :] if text.startswith(ENCLOSED) else b64encode(text.encode()).decode()


def full(said: str) -> str | None:
    """A time, if it has all its parts."""
    return said if MOMENT.fullmatch(said) else None


@lru_cache(maxsize=256)
def _allowed(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(pairs)


def only(value: str, pairs: tuple[tuple[str, str], ...]) -> str | None:
    """A code that FHIR knows, or nothing."""
    return _allowed(pairs).get(value)


@lru_cache(maxsize=4096)
def moment(said: str, zone: str) -> str:
    """A dateTime as FHIR wants it: a date, or a time with seconds and an offset.

    >>> moment("2026-03-01T09:30-06:00", "UTC"), moment("2026-03-01", "UTC"), moment("2026-03-01T09:30:00", "America/Chicago")
    ('2026-03-01T09:30:00-06:00', '2026-03-01', '2026-03-01T09:30:00-06:00')
    """
    if len(said) <= 10 or MOMENT.fullmatch(said):
        return said
    found = SHORT.fullmatch(said)
    if found:
        return f"{found[1]}{found[2] or ':00'}:00{found[3]}"
    instant = iso_instant(said, zone)
    return write_iso(Instant(at=instant.at, precision=_sharp(instant)), zone) if instant else said


def _sharp(instant: Instant) -> Any:
    return "fraction" if instant.precision == "fraction" else "second"


MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
SHORT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d)(:\d\d)?([+-]\d\d:\d\d)", re.ASCII)
