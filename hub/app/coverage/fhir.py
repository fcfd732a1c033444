"""Golden pairs whose other side is FHIR: both sides as leaves, each golden resource beside the one of ours that is most like it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from hub.app.coverage.golden import Compared, Disagreement

Resource = Mapping[str, Any]
Leaf = tuple[str, str]
Leaves = Mapping[str, set[str]]
# What no two systems have alike: references and ids, what the hub and the other side say about the exchange itself.
APART: Final = re.compile(
    r"\.(reference|id|resourceType|url)$|^\w+\.(text|meta|contained|id)\b|\.extension\b|\.fullUrl$|^\w+\.resourceType$"
)
DIGITS: Final = re.compile(r"\D")
RECORD: Final = "urn:crisis-hub:record"
# Names of systems and assigners that only the sender knows, as we write them.
OURS: Final = re.compile(r"^urn:crisis-hub:(assigner|system):")
ELSEWHERE: Final = "said of somebody or something else, or without a place in the model"


def _nothing_aside(resource: Resource, _: str) -> tuple[Resource, Resource]:
    return resource, {"resourceType": resource["resourceType"]}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How one set of golden pairs is read.

    `left_out` says of a golden leaf why it is not held against ours, or nothing. `aside` parts a golden resource into what is to be
    held against ours and what was taken from elsewhere. `aliases` are our other places of a golden path.
    `reasons` are known disagreements: a pattern of `pair path` and why. `both`: only paths that both sides have count.
    `asserted` says which golden leaves count in the strict reading, where none is left out; without it nobody asks.
    """

    left_out: Callable[[Resource, Leaf, str], str]
    aside: Callable[[Resource, str], tuple[Resource, Resource]] = _nothing_aside
    aliases: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    reasons: Sequence[tuple[str, str]] = ()
    both: bool = False
    asserted: Callable[[Resource, Leaf], bool] = lambda *_: False


def compare(pair: str, golden: Iterable[Resource], ours: Sequence[Resource], message: str, terms: Terms) -> Compared:
    """One pair: every leaf of the golden resources, looked for in the resource of ours that is most like it."""
    left_out: Counter[str] = Counter()
    fields, wrong = 0, []
    asserted, standing = 0, 0
    known = [(one["resourceType"], grouped(one)) for one in ours]
    everywhere = _united(found for _, found in known)
    for whole in golden:
        strict = [leaf for leaf in leaves(whole) if terms.asserted(whole, leaf)]
        mine = _likest(whole["resourceType"], strict, known) if strict else {}
        asserted += len(strict)
        standing += sum(_same(leaf, _found(leaf[0], mine, everywhere, terms.aliases)) for leaf in strict)
        resource, elsewhere = terms.aside(whole, message)
        left_out[ELSEWHERE] += sum(1 for _ in leaves(elsewhere))
        said = list(leaves(resource))
        mine = _likest(resource["resourceType"], said, known)
        for leaf in said:
            why = terms.left_out(resource, leaf, message)
            found = _found(leaf[0], mine, everywhere, terms.aliases)
            if why or (terms.both and not found):
                left_out[why or "only the other side maps it"] += 1
                continue
            fields += 1
            if not _same(leaf, found):
                wrong.append(_disagreement(pair, leaf[0], terms, other=bool(found)))
    return Compared(
        pair=pair,
        fields=fields,
        asserted=asserted,
        standing=standing,
        disagreements=tuple(wrong),
        left_out=dict(+left_out),
    )


def _same(leaf: Leaf, found: set[str]) -> bool:
    """Whether we say it; of an address or a note, a line of theirs may stand in what is one text of ours."""
    path, value = leaf
    return value in found or (path.endswith(("address.line", "note.text")) and any(value in one for one in found))


def _disagreement(pair: str, path: str, terms: Terms, *, other: bool) -> Disagreement:
    why = next((why for pattern, why in terms.reasons if re.search(pattern, f"{pair} {path}")), "")
    return Disagreement(pair=pair, path=path, what="other" if other else "missing", why=why)


def _found(path: str, mine: Leaves, everywhere: Leaves, aliases: Mapping[str, tuple[str, ...]]) -> set[str]:
    """What we say at a path: in the resource beside the golden one, or at another place that means the same, in any."""
    others = set().union(*(everywhere.get(one, set()) for one in aliases.get(path, ())))
    return mine.get(path, set()) | others


def _united(found: Iterable[Leaves]) -> Leaves:
    whole: dict[str, set[str]] = {}
    for one in found:
        for path, values in one.items():
            whole.setdefault(path, set()).update(values)
    return whole


def _likest(kind: str, said: Sequence[Leaf], ours: Sequence[tuple[str, Leaves]]) -> Leaves:
    """The leaves of our resource of a kind that shares the most with a golden one."""
    mine = [found for name, found in ours if name == kind]
    return max(mine, key=lambda found: sum(value in found.get(path, ()) for path, value in said), default={})


def grouped(resource: Resource) -> Leaves:
    """All leaves of a resource of ours by their path, but for the numbers by which the hub knows its own records."""
    found: dict[str, set[str]] = {}
    if isinstance(numbers := resource.get("identifier"), list):
        resource = {**resource, "identifier": [one for one in numbers if one.get("system") != RECORD]}
    for path, value in _walk(resource, resource["resourceType"]):
        found.setdefault(path, set()).add(spelled(path, value))
    return found


def leaves(resource: Resource) -> Iterator[Leaf]:
    """Every leaf but those that no two systems have alike; lists do not count in paths, and a value is spelled one way.

    >>> list(leaves({"resourceType": "Patient", "id": "1", "name": [{"family": "Doe", "given": ["Jo", "Q"]}]}))
    [('Patient.name.family', 'doe'), ('Patient.name.given', 'jo'), ('Patient.name.given', 'q')]
    """
    for path, value in _walk(resource, resource["resourceType"]):
        if not APART.search(path):
            yield path, spelled(path, value)


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _walk(one, f"{path}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from _walk(one, path)
    elif value is not None:
        yield path, value


def spelled(path: str, value: Any) -> str:
    """A value as it is compared: instants in UTC, telephone numbers as digits, words without case or blanks around them.

    A slash at the end of an address does not make it another one.

    >>> spelled("Encounter.period.start", "2026-03-01T08:00:00-06:00"), spelled("Patient.telecom.value", "(512) 555-0100")
    ('2026-03-01T14:00:00+00:00', '5125550100')
    """
    text = OURS.sub("", str(value).strip())
    if path.endswith("telecom.value") and "@" not in text:
        return DIGITS.sub("", text) or text.lower()
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC).isoformat()
        except ValueError:
            return text
    return " ".join(text.lower().split()).rstrip("/") or text
