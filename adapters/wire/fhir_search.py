"""Search in FHIR R4: parameters as a client spells them become criteria, and criteria hold for a resource or do not.

What is not supported is refused, never ignored: a filter that was left out would show more than was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from adapters.wire.fhir import Node
from adapters.wire.fhir_dates import Span, holds, span
from adapters.wire.fhir_params import OWN, PERSONAL, TYPES, Kind, Param, params
from hub.errors import Unreadable

Pairs = Sequence[tuple[str, str]]
MOST_PARAMS: Final = 40
MOST_VALUES: Final = 100
MOST_COUNT: Final = 100
USUAL_COUNT: Final = 20
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z_-]{0,39}(?::[A-Za-z]{1,16})?")
_BAR: Final = re.compile(r"(?<!\\)\|")
_COMMA: Final = re.compile(r"(?<!\\),")
_ESCAPED: Final = re.compile(r"\\([\\,|$])")
_PREFIX: Final = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(\d.*)", re.DOTALL)
_REFERENCE: Final = re.compile(r"(?:(?:https?://[^\s?#]{1,200}/)?([A-Z][A-Za-z]{1,40})/)?([A-Za-z0-9.-]{1,64})")
_MODIFIERS: Final[Mapping[Kind, frozenset[str]]] = {
    "token": frozenset({"", "not", "missing"}),
    "string": frozenset({"", "exact", "contains", "missing"}),
    "date": frozenset({"", "missing"}),
    "reference": frozenset({"", "identifier", "missing"}),
}


class Include(msgspec.Struct, frozen=True, kw_only=True):
    """What is to come along: the targets of a parameter of `source`, or with `reverse` what points at a match by it."""

    source: str
    param: str
    reverse: bool = False


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter and its values, of which one must hold."""

    name: str
    param: Param
    values: tuple[str, ...]
    modifier: str = ""


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for among resources of one type. With `count` 0 only their number is wanted."""

    kind: str
    criteria: tuple[Criterion, ...] = ()
    includes: tuple[Include, ...] = ()
    count: int = USUAL_COUNT
    accurate: bool = False
    zone: str = "UTC"

    def values(self, *names: str) -> tuple[str, ...] | None:
        """The values of the first plain parameter of these names; None where none is given."""
        return next((each.values for each in self.criteria if each.name in names and not each.modifier), None)

    def matches(self, node: Node) -> bool:
        """Whether every criterion holds for a resource."""
        return all(_holds(each, node, self.zone) for each in self.criteria)


def parse(kind: str, pairs: Pairs, *, zone: str = "UTC", in_address: bool = False) -> Search:
    """A search of one type. Raises Unreadable naming the parameter, never a value.

    `in_address` says that the parameters stood in the address: then nothing in them may be about somebody.

    >>> parse("Task", [("status", "requested,received"), ("_count", "5")]).count
    5
    """
    if len(pairs) > MOST_PARAMS:
        raise Unreadable(f"A search has at most {MOST_PARAMS} parameters.")
    found: dict[str, Any] = {"criteria": [], "includes": []}
    for name, value in pairs:
        first, _, modifier = name.partition(":")
        act = _RESULT.get(first)
        if act is None:
            found["criteria"].append(_criterion(kind, name, value, in_address=in_address))
        elif modifier:
            raise Unreadable("This modifier is not supported.", at=first)
        else:
            act(found, first, value)
    criteria, includes = tuple(found.pop("criteria")), tuple(found.pop("includes"))
    return Search(kind=kind, zone=zone, criteria=criteria, includes=includes, **found)


def _criterion(kind: str, spelled: str, value: str, *, in_address: bool) -> Criterion:
    if not _NAME.fullmatch(spelled):
        raise Unreadable("This is not the name of a search parameter.", at=kind)
    name, _, modifier = spelled.partition(":")
    known = params(kind)
    if name not in known:
        raise Unreadable(f"It is not searched by this: by {', '.join(sorted(known))}.", at=f"{kind}.{name}")
    param = known[name]
    if param.kind == "reference" and modifier in TYPES:
        modifier, value = "", ",".join(f"{modifier}/{each}" for each in value.split(","))
    if modifier not in _MODIFIERS[param.kind]:
        raise Unreadable("This modifier is not supported.", at=f"{kind}.{name}")
    if in_address and name in PERSONAL and not value.startswith(OWN):
        raise Unreadable(f"This is about somebody: POST it to {kind}/_search, in the body.", at=f"{kind}.{name}")
    values = tuple(_COMMA.split(value))
    if not all(values) or len(values) > MOST_VALUES:
        raise Unreadable(f"Give one value, or up to {MOST_VALUES} with commas between.", at=f"{kind}.{name}")
    if param.implied:
        values = tuple(each.removeprefix(f"{param.implied}|") for each in values)
    made = Criterion(name=name, param=param, values=values, modifier=modifier)
    _check(made, f"{kind}.{name}")
    return made


def _check(criterion: Criterion, at: str) -> None:
    """Raises Unreadable where a value cannot be one of its kind."""
    if criterion.modifier == "missing":
        wrong = set(criterion.values) - {"true", "false"}
    elif criterion.param.kind == "date":
        wrong = {each for each in criterion.values if _dated(each, "UTC") is None}
    elif criterion.param.kind == "reference" and not criterion.modifier:
        wrong = {each for each in criterion.values if not _REFERENCE.fullmatch(each)}
    else:
        wrong = set()
    if wrong:
        raise Unreadable(f"This is no value for a parameter of kind {criterion.param.kind}.", at=at)


# -- what a search says about its result


def _count(found: dict[str, Any], _: str, value: str) -> None:
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise Unreadable("This is a whole number.", at="_count")
    found["count"] = min(int(value), MOST_COUNT)
    if not found["count"]:  # no resource is wanted: their number is
        found["accurate"] = True


def _total(found: dict[str, Any], name: str, value: str) -> None:
    if value not in {"none", "estimate", "accurate", "count"}:
        raise Unreadable("This is none, estimate or accurate.", at=name)
    found["accurate"] = value in {"accurate", "count"}


def _summary(found: dict[str, Any], name: str, value: str) -> None:
    if value not in {"count", "false"}:
        raise Unreadable("This is count or false.", at=name)
    if value == "count":
        found["count"], found["accurate"] = 0, True


def _format(_: dict[str, Any], name: str, value: str) -> None:
    # The plus sign that few clients escape is a space in an address.
    if value not in {"json", "application/json", "application/fhir+json", "application/fhir json"}:
        raise Unreadable("Only JSON is spoken here.", at=name)


def alone(pairs: Pairs) -> None:
    """What is asked for beside one resource, or beside all of something: JSON at most. Raises Unreadable for anything else."""
    for name, value in pairs:
        if name != "_format":
            raise Unreadable("Nothing but _format is asked for here.", at=name if _NAME.fullmatch(name) else "")
        _format({}, name, value)


def _include(found: dict[str, Any], name: str, value: str) -> None:
    source, _, rest = value.partition(":")
    param = rest.partition(":")[0]
    known = params(source).get(param) if source in TYPES else None
    everything = value == "*" and name == "_include"
    if not everything and (known is None or known.kind != "reference"):
        raise Unreadable("This cannot be included.", at=name)
    found["includes"].append(Include(source=source, param=param or "*", reverse=name == "_revinclude"))


_RESULT: Final[Mapping[str, Callable[[dict[str, Any], str, str], None]]] = {
    "_count": _count,
    "_total": _total,
    # Some clients' own word for the same.
    "_totalMethod": _total,
    "_summary": _summary,
    "_format": _format,
    "_include": _include,
    "_revinclude": _include,
}


# -- whether a criterion holds


def _holds(criterion: Criterion, node: Node, zone: str) -> bool:
    param = criterion.param
    found = [value for path in param.paths for value in reached(node, path) if _of(value, param.system)]
    if criterion.modifier == "missing":
        return (not found) == (criterion.values[0] == "true")
    if criterion.modifier == "not":
        return not any(_token(value, wanted, "", zone) for value in found for wanted in criterion.values)
    test = _identified if criterion.modifier == "identifier" else _TESTS[param.kind]
    return any(test(value, wanted, criterion.modifier, zone) for value in found for wanted in criterion.values)


def _of(value: Any, system: str) -> bool:
    return not system or (isinstance(value, dict) and value.get("system") == system)


def reached(node: Any, path: str) -> Iterator[Any]:
    """The values at the end of a path; lists on the way are walked.

    >>> list(reached({"name": [{"given": ["Ana", "B."]}]}, "name.given"))
    ['Ana', 'B.']
    """
    found = [node]
    for step in path.split("."):
        found = [one for each in found if isinstance(each, dict) for one in _listed(each.get(step))]
    yield from found


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _token(value: Any, wanted: str, _: str, __: str) -> bool:
    system, bar, code = _parted(wanted)
    told = _codes(value)
    return any((not code or code == its[1]) and (not bar or system == its[0]) for its in told)


def _parted(wanted: str) -> tuple[str, bool, str]:
    """System, whether one was asked for, and code. `|code` asks for a code without any system."""
    parts = _BAR.split(wanted, maxsplit=1)
    if len(parts) == 1:
        return "", False, _plain(wanted)
    return _plain(parts[0]), True, _plain(parts[1])


def _codes(value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield "", str(value).lower() if isinstance(value, bool) else str(value)
        return
    for coding in (value, *_listed(value.get("coding"))):
        code = coding.get("code", coding.get("value"))
        if code is not None:
            yield str(coding.get("system", "")), str(code)


def _string(value: Any, wanted: str, modifier: str, _: str) -> bool:
    text, looked_for = str(value), _plain(wanted)
    if modifier == "exact":
        return text == looked_for
    text, looked_for = text.casefold(), looked_for.casefold()
    return looked_for in text if modifier == "contains" else text.startswith(looked_for)


def _date(value: Any, wanted: str, _: str, zone: str) -> bool:
    asked, told = _dated(wanted, zone), span(value, zone)
    return asked is not None and told is not None and holds(asked[0], asked[1], told)


def _dated(wanted: str, zone: str) -> tuple[str, Span] | None:
    found = _PREFIX.fullmatch(wanted)
    asked = span(found[2], zone) if found else None
    return (found[1] or "eq", asked) if found and asked else None


def _reference(value: Any, wanted: str, _: str, __: str) -> bool:
    found = _REFERENCE.fullmatch(wanted)
    said = value.get("reference") if isinstance(value, dict) else None
    if not found or not isinstance(said, str):
        return False
    kind, _, name = said.rpartition("/")
    return name == found[2] and (not found[1] or found[1] == kind)


def _identified(value: Any, wanted: str, _: str, zone: str) -> bool:
    found = value.get("identifier") if isinstance(value, dict) else None
    return found is not None and _token(found, wanted, "", zone)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


_TESTS: Final[Mapping[Kind, Callable[[Any, str, str, str], bool]]] = {
    "token": _token,
    "string": _string,
    "date": _date,
    "reference": _reference,
}
