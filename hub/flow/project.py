"""Narrows events to what a decision grants. The only maker of a Disclosure, and so the only way out of the hub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from consent.explanation import consented
from consent.obligation import notices, obligations
from hub.errors import Misconfigured
from hub.flow.inherited import passed_on
from hub.flow.label import as_shown
from hub.model.category import Category
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure, maker
from hub.model.event import Body, CrisisEvent
from hub.model.label import Handling, Label
from hub.model.registry import BODIES, BY_BODY, BY_CATEGORY, LEAVES, body_of, branch, hints, unwrap
from hub.model.service import CapacityReport, DiversionStatus, Referral
from hub.model.values import WITHDRAWN, Code

_disclose: Final = maker()

Projector = Callable[[Any], Any]
ADMIN: Final = BY_CATEGORY[Category.ADMIN]
# What a message's own sensitivities may be about; of which of it they speak, its sender did not say.
CLINICAL: Final = (
    BY_CATEGORY[Category.MH_CLINICAL]
    | BY_CATEGORY[Category.MEDS]
    | BY_CATEGORY[Category.NARRATIVE]
    | BY_CATEGORY[Category.PSYNOTES]
    | BY_CATEGORY[Category.SUD_NOTES]
)
# A code of somebody's own list, which no table knows.
_TOKEN: Final = re.compile(r"[\w.:/+-]{1,40}")
# Unclassified, low, moderate, normal, restricted, very restricted (HL7 v3 Confidentiality).
STRICTER: Final = "ULMNRV"
# Words by which a source takes back what it said, or says that it is not so; and where they stand.
NOT_SO: Final = WITHDRAWN | {"refuted", "not-taken"}
_SAID_OF: Final = {
    BODIES[root]: (field, branch(f"{root}.{field}"))
    for root, field in {
        **dict.fromkeys(("encounter", "medication", "observation", "risk_assessment"), "status"),
        "condition": "verification",
    }.items()
}
# What goes to many who treat nobody, and where senders write words instead of codes: why a place is full, why it declined.
_CODED: Final[dict[type, tuple[str, ...]]] = {
    CapacityReport: ("bed_type", "status", "profile"),
    DiversionStatus: ("status", "scope", "reason"),
    Referral: ("business_status", "status_reason"),
}
# The obligation to send the consent, or a clear explanation of its scope.
COPY: Final = "CONSENT_COPY"


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the recipient may know of an event's envelope: its own pairwise ids, never the hub's or another partner's."""

    id: str
    source: str
    source_message: str = ""


def project(
    events: Sequence[CrisisEvent], decision: Decision, handling: Handling, envelopes: Sequence[Envelope]
) -> Disclosure:
    """The events, each narrowed to its granted paths; those of which nothing is left vanish.

    Raises ValueError when decision, envelopes and events do not pair up: then something else was decided about.
    """
    shown = []
    for event, granted, envelope in zip(events, decision.granted, envelopes, strict=True):
        narrowed = _narrow(event, granted, envelope)
        if narrowed is not None:
            shown.append(narrowed)
    return _disclose(tuple(shown), decision, handling)


def handling(labels: Sequence[Label], decision: Decision) -> Handling:
    """The block of labels that travels along: it includes the labels of every event of which something is shown, as far as it is.

    Where the law wants a copy of the consent or its scope explained, it says the scope.
    Events that are withheld whole leave no trace in it.
    """
    shown = frozenset(
        as_shown(label, granted) for label, granted in zip(labels, decision.granted, strict=True) if granted
    )
    clinical = any(granted & CLINICAL for granted in decision.granted)
    copied = COPY in decision.obligations and bool(decision.consents)
    consent = consented(decision) if copied else ", ".join(decision.consents)
    key = (shown, decision.obligations, consent, clinical)
    found = _handlings.get(key)
    if found is None:
        if len(_handlings) >= ROOM:
            _handlings.clear()
        found = _handlings[key] = _handling(shown, decision.obligations, consent, clinical=clinical)
    return found


def _handling(shown: frozenset[Label], duties: tuple[str, ...], consent: str, *, clinical: bool) -> Handling:
    bound = [obligations()[name] for name in duties]
    inherited = passed_on(shown, clinical=clinical)
    refrain = {found.refrain for found in bound if found.refrain} | {c for c in inherited if c.startswith("NO")}
    notice_id = _notice(found.notice for found in bound)
    notice = notices().get(notice_id)
    return Handling(
        confidentiality=max((label.confidentiality for label in shown), key=STRICTER.index, default="N"),
        sensitivities=_sorted(code for label in shown for code in label.sensitivities),
        regimes=_sorted(regime.value for label in shown for regime in label.regimes),
        refrain=_sorted(refrain),
        obligations=_sorted({found.travels for found in bound if found.travels} | (inherited - refrain)),
        notice_id=notice_id,
        notice_text=notice.text if notice else "",
        notice_version=notice.version if notice else "",
        consent=consent,
    )


def _notice(named: Iterable[str]) -> str:
    names = _sorted(name for name in named if name)
    if len(names) > 1:
        raise Misconfigured(
            "two notices cannot travel with one delivery.", at=", ".join(names), cure="Join their texts."
        )
    return names[0] if names else ""


_handlings: dict[tuple[frozenset[Label], tuple[str, ...], str, bool], Handling] = {}


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _narrow(event: CrisisEvent, granted: int, envelope: Envelope) -> CrisisEvent | None:
    root = body_of(event.body)
    granted &= BY_BODY[root]
    if not granted & ~ADMIN or _would_stand(event.body, granted):
        return None
    body = _projector(root, type(event.body), granted)(event.body)
    body = body if body is None else _unworded(body, granted)
    cleared = tuple(path for path in event.cleared if _within(path, granted))
    if body is None and not cleared:
        return None
    return CrisisEvent(
        id=envelope.id,
        body=type(event.body)() if body is None else body,
        source=envelope.source,
        recorded_at=event.recorded_at,
        source_message=envelope.source_message,
        occurred_at=event.occurred_at,
        cleared=cleared,
    )


def _would_stand(body: Body, granted: int) -> bool:
    """Whether what its source took back would read as if it stood: it says so where this recipient may not look."""
    where = _SAID_OF.get(type(body))
    if where is None or granted & where[1]:
        return False
    word = getattr(body, where[0])
    return word is not None and word.code in NOT_SO


def _unworded(body: Body, granted: int) -> Body:
    """A body whose words instead of codes go no further than free text: it is granted where free text of the body is."""
    names = _CODED.get(type(body))
    if names is None or granted & BY_CATEGORY[Category.NARRATIVE]:
        return body
    told = ((name, value) for name in names if (value := getattr(body, name)))
    plain = {name: kept for name, value in told if (kept := _plain(value)) != value}
    return msgspec.structs.replace(body, **plain) if plain else body


def _plain(said: Code | tuple[Code, ...]) -> Code | tuple[Code, ...] | None:
    if isinstance(said, tuple):
        return tuple(code for code in map(_code, said) if code is not None)
    return _code(said)


def _code(said: Code) -> Code | None:
    """A code without words of its sender's own; None where it is nothing but such words."""
    if said.code:
        return said if not said.text else msgspec.structs.replace(said, text="")
    if not said.local or not _TOKEN.fullmatch(said.local):
        return None
    return msgspec.structs.replace(said, display="", local_display="", text="")


def _within(path: str, granted: int) -> bool:
    try:
        return not branch(path) & ~granted
    except Misconfigured:
        return False


_projectors: dict[tuple[type, int], Projector] = {}
# How many narrowings are remembered: a few dozen bodies times as many rules.
ROOM: Final = 10_000


def _projector(root: str, body: type, granted: int) -> Projector:
    found = _projectors.get((body, granted))
    if found is None:
        if len(_projectors) >= ROOM:
            _projectors.clear()
        found = _projectors[body, granted] = _compile(root, body, granted)
    return found


def _compile(root: str, body: type, granted: int) -> Projector:
    """A projector of one body. A body of which only message facts would be left is nothing."""
    if granted == BY_BODY[root]:
        return _whole
    telling = _struct(root, body, granted & ~ADMIN)
    if not granted & ADMIN:
        return telling
    complete = _struct(root, body, granted)
    return lambda value: None if telling(value) is None else complete(value)


def _whole(value: Body) -> Body:
    return value


def _struct(path: str, kind: type, granted: int) -> Projector:
    """A projector of one struct: shared leaves are taken over, partly granted branches narrowed, the rest left out.

    What is left empty is None, so that a withheld value looks like one that never was.
    """
    shared: list[str] = []
    partly: list[tuple[str, Projector, bool]] = []
    blank: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        here = f"{path}.{field.name}"
        _, inner, many = unwrap(hints(kind)[field.name])
        seen = branch(here) & granted
        if seen == branch(here):
            shared.append(field.name)
        elif seen:
            partly.append((field.name, _branch(here, inner, granted), many))
        elif field.required:
            blank[field.name] = _nothing(inner, here)
    return _builder(kind, tuple(shared), tuple(partly), blank)


def _branch(path: str, inner: Any, granted: int) -> Projector:
    if inner in LEAVES or not issubclass(inner, msgspec.Struct):
        raise Misconfigured("a leaf cannot be granted in part.", at=path, cure="This is a fault of the program.")
    return _struct(path, inner, granted)


def _nothing(inner: Any, path: str) -> Any:
    if inner is not str:
        raise Misconfigured("a required leaf must be text to be withheld.", at=path, cure="Give it a default.")
    return ""


def _builder(
    kind: type, shared: tuple[str, ...], partly: tuple[tuple[str, Projector, bool], ...], blank: dict[str, Any]
) -> Projector:
    take = _taker(shared)
    required = {f.name: "" for f in msgspec.structs.fields(kind) if f.required}
    empty = kind(**required)

    def build(value: Any) -> Any:
        kept = dict(zip(shared, take(value), strict=True))
        for name, narrow, many in partly:
            found = getattr(value, name)
            if not found:
                continue
            if many:
                kept[name] = tuple(one for one in map(narrow, found) if one is not None)
            elif (one := narrow(found)) is not None:
                kept[name] = one
        made = kind(**blank, **kept)
        return None if made == empty else made

    return build


def _taker(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    match names:
        case ():
            return lambda _: ()
        case (name,):
            return lambda value: (getattr(value, name),)
        case _:
            return attrgetter(*names)
