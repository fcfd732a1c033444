"""What a person's consents and orders say about one recipient and purpose, as of an instant. Order-independent; a denial wins.

Among the versions of one directive the one signed last counts. What each says is weighed by `consent.provision`, with all that
is nested in it: for every event by its sensitivities, for every category by its class. An active denial wins; next an active
release; next a consent to treatment, payment and operations; then what was revoked, then what expired.
A directive with a flaw, or without an element that 42 CFR 2.31 asks for, is DEFECTIVE and grants nothing, and what it denies stays
denied.
Silence narrows: a permit that names no recipient speaks of nobody, but what it excepts stays excepted; a denial that names none
speaks of everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from consent.elements import lacking
from consent.provision import PROFILE, Answer, Request, speaks
from consent.question import Scope, Signed
from consent.vocabulary import vocabulary
from hub.flow.spoken import denies, named_classes, ready, turns
from hub.flow.told import Span
from hub.model.category import Category
from hub.model.consent import ConsentDirective, Provision
from hub.model.values import Code, Instant

_ORDER: Final = ("DENY", "PROCEEDINGS", "SUPERVISION", "NOTES", "SPECIFIC", "TPO", "DEFECTIVE", "REVOKED", "EXPIRED")
_OVER: Final = ("DEFECTIVE", "REVOKED", "EXPIRED")
# What takes away and never gives.
REFUSALS: Final = frozenset({"DENY", "AGREED", "REQUESTED"})
# HL7 v3 ActReason: these are kinds of treatment, so whoever consents to treatment, payment and operations speaks of them, and
# whoever refuses treatment does.
_TREATMENT: Final = frozenset({"ETREAT", "COC", "TRANSFER"})
_EVERY: Final = frozenset(Category)
# What else than a consent may be filed for a person, and the fact it sets; the strongest first.
_RANK: Final = ("PART2_ORDER_63", "PART2_ORDER", "PART2_CIVIL", "COURT_ORDER", "MANDATE", "ADMIN_REQUEST",
                "SUBPOENA_ASSURED", "SUBPOENA", "WAIVER", "AGREED", "REQUESTED")  # fmt: skip
_FACT: Final = {
    value: fact
    for fact in ("legal", "research", "restriction")
    for value in vocabulary().dimensions[fact].values
    if value in _RANK
}
PLAIN: Final = {"consent": "NONE", "covers_all": "NO", "signer": "PERSON", "legal": "NONE", "restriction": "NONE"}


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The facts that consents and orders settle, what they name, the versions relied on, until when (UTC microseconds) that stands.

    `signed` says event by event what the consents come to, where that is not the same for all.
    """

    facts: dict[str, str] = msgspec.field(default_factory=PLAIN.copy)
    scope: Scope = Scope()
    order: Scope = Scope()
    signed: tuple[Signed, ...] = ()
    relied_on: tuple[str, ...] = ()
    valid_until: int | None = None

    @property
    def state(self) -> str:
        """The state of consent."""
        return self.facts["consent"]


NOTHING_SIGNED: Final = Standing()


class _Heard(NamedTuple):
    """A directive that may speak of this recipient, and what its permits amount to as of now; `holds` is about its denials."""

    directive: ConsentDirective
    root: Provision
    state: str
    holds: bool
    answers: tuple[dict[str, Answer], ...]

    def refused(self, event: int) -> frozenset[Category]:
        """The categories of an event that it refuses."""
        found = self.answers[event]
        whole = found[""]
        return frozenset(c for c in Category if found.get(c.value, whole) == "deny") if self.holds else frozenset()

    def permits(self, event: int) -> bool:
        """Whether it permits anything of an event."""
        return bool(self.state) and "permit" in self.answers[event].values()

    def speaks(self) -> bool:
        """Whether it says anything of any event."""
        return any(self.permits(n) or self.refused(n) for n in range(len(self.answers)))


class _Asker(NamedTuple):
    """Who would receive it, for what, from whom, when; and the labels of the events, event by event."""

    recipient: tuple[str, str]
    purpose: str
    source: str
    as_of: int
    events: Sequence[frozenset[str]]
    told: Sequence[Span]


def standing(
    directives: Iterable[ConsentDirective],
    *,
    recipient: tuple[str, str],
    purpose: str,
    source: str,
    as_of: int,
    events: Sequence[frozenset[str]] = (frozenset(),),
    told: Sequence[Span] = (),
) -> Standing:
    """The standing of a person's directives towards one recipient (its id and class), for one purpose, about one source's data.

    `events` are the labels of the events it is about, as a consent may speak of them (`Label.spoken_of`); `told` says when what
    each tells of was true: without it a denial of the facts of some time is one of all.
    """
    asker = _Asker(recipient, purpose, source, as_of, events, told or (None,) * len(events))
    found = [h for one in _newest(directives) if (h := _heard(one, asker)) is not None]
    if not found:
        return NOTHING_SIGNED
    consents = [h for h in found if _kind(h.directive) not in _FACT]
    filed = _filed([h for h in found if _kind(h.directive) in _FACT])
    each = tuple(_signed(consents, n) for n in range(len(events)))
    state = min((one.state for one in each if one.state != "NONE"), key=_strength, default="NONE")
    chosen = [h for h in consents if any(_settles(h, n, each[n]) for n in range(len(events)))]
    relied = sorted(
        {f"{h.directive.directive}@{h.directive.version}" for h in (*chosen, *filed.values()) if h.speaks()}
    )
    return Standing(
        facts=PLAIN | _facts(chosen, state) | {fact: _kind(h.directive) for fact, h in filed.items()},
        scope=_scope(chosen, asker),
        order=_scope([h for fact, h in filed.items() if fact != "restriction"], asker),
        signed=each if any(one != Signed(state=state) for one in each) else (),
        relied_on=tuple(relied),
        valid_until=min((t for h in found for t in turns(h.directive) if t > as_of), default=None),
    )


def _strength(state: str) -> int:
    """What is reported of several events: the strongest permit; a denial of all of them, or what is over, comes last."""
    return _ORDER.index(state) or len(_ORDER)


def _signed(consents: Sequence[_Heard], event: int) -> Signed:
    refused = frozenset[Category]().union(*(h.refused(event) for h in consents))
    state = min((h.state for h in consents if h.permits(event)), key=_ORDER.index, default="NONE")
    return Signed(state="DENY") if refused == _EVERY else Signed(state=state, refused=refused)


def _settles(heard: _Heard, event: int, signed: Signed) -> bool:
    return bool(heard.refused(event)) or (heard.permits(event) and heard.state == signed.state)


def _facts(chosen: Sequence[_Heard], state: str) -> dict[str, str]:
    signers = {h.directive.signer_role.code for h in chosen if h.directive.signer_role}
    permits = [h.directive for h in chosen if h.state and h.state not in _OVER]
    covers = bool(permits) and all(one.covers_every_provider_type for one in permits)
    signer = {"signer": signers.pop() if len(signers) == 1 else "UNKNOWN"} if signers else {}
    return {"consent": state, "covers_all": "YES" if covers else "NO", **signer}


def _filed(found: Sequence[_Heard]) -> dict[str, _Heard]:
    """By fact, the strongest order, waiver or restriction that holds."""
    holding = [h for h in found if h.speaks() and h.state not in _OVER]
    ranked = sorted(holding, key=lambda h: (-_RANK.index(_kind(h.directive)), h.directive.directive))
    return {_FACT[_kind(h.directive)]: h for h in ranked}


def _newest(directives: Iterable[ConsentDirective]) -> Iterator[ConsentDirective]:
    """Of each name the versions that are the last word; a refusal that stands yields to no permit that has its name by chance.

    Two senders may number their consents alike. Of one sender only the last word is kept, so a refusal that became a permit is gone.
    """
    by_name: dict[str, list[ConsentDirective]] = {}
    for one in directives:
        by_name.setdefault(one.directive, []).append(one)
    for name, versions in by_name.items():
        last = max(one.recency for one in versions)
        replaced = all(_kind(one) in REFUSALS for one in versions if one.recency == last)
        for one in versions:
            stands = _kind(one) in REFUSALS and one.revoked_at is None and not replaced
            if not name or stands or one.recency == last:
                yield one


def _at(instant: Instant | None, otherwise: int) -> int:
    return instant.at if instant else otherwise


def _heard(one: ConsentDirective, asker: _Asker) -> _Heard | None:
    refuses = _kind(one) in REFUSALS
    if not _names(one.discloser, {asker.source}, blurred=refuses):
        return None
    root = ready(one, refuses=refuses)
    nobody = not (refuses or one.recipients or root.actors)
    if nobody and not denies(root):
        return None
    state = _state(one, asker.as_of)
    timed = ready(one, refuses=refuses, timed=True) if any(asker.told) else root
    kinds = ("", *named_classes(root))
    return _Heard(
        directive=one,
        root=root,
        state="" if refuses or nobody else state,
        holds=state not in ("REVOKED", "EXPIRED") and asker.as_of >= _at(one.effective_at, 0) and _active(one),
        answers=tuple(
            {kind: _answer(one, timed if asker.told[n] else root, kind, n, asker) for kind in kinds}
            for n in range(len(asker.events))
        ),
    )


def _answer(one: ConsentDirective, root: Provision, kind: str, event: int, asker: _Asker) -> Answer:
    whole = _kind(one) in ("TPO", *REFUSALS) and asker.purpose in _TREATMENT
    purposes = frozenset({asker.purpose, "TREAT"}) if whole else frozenset({asker.purpose})
    actors = frozenset(asker.recipient)
    first, last = asker.told[event] or (None, None)
    request = Request(
        actors=actors, purposes=purposes, as_of=asker.as_of, kind=kind, labels=asker.events[event],
        said_at=first, said_until=last,
    )  # fmt: skip
    return speaks(root, request)


def _names(codes: tuple[Code, ...], wanted: set[str], *, blurred: bool) -> bool:
    """Whether the codes name one of these; silence names everybody, and so does a refusal that names somebody unknown."""
    return not codes or any(c.code in wanted or c.local in wanted or (blurred and not c.code) for c in codes)


def _kind(one: ConsentDirective) -> str:
    return one.kind.code if one.kind else ""


def _active(one: ConsentDirective) -> bool:
    return one.status is None or one.status.code in ("", "active")


def _state(one: ConsentDirective, as_of: int) -> str:
    kind = _kind(one)
    if (
        one.flaws
        or one.profile != PROFILE
        or lacking(one)
        or (kind not in _ORDER and kind not in _FACT)
        or (kind in _FACT and not (one.signer and one.form_hash))
    ):
        return "DEFECTIVE"
    if one.revoked_at and one.revoked_at.at <= as_of:
        return "REVOKED"
    if as_of < _at(one.effective_at, 0) or not _active(one):
        return "DEFECTIVE"
    if one.expires_at and one.expires_at.at <= as_of:
        return "EXPIRED"
    return kind


def _scope(heard: Sequence[_Heard], asker: _Asker) -> Scope:
    """What the permits name that hold; one that is flawed or over names nothing."""
    chosen = [h for h in heard if h.state not in _OVER]
    named = {
        kind
        for h in chosen
        for answers in h.answers
        for kind, said in answers.items()
        if h.state and said == "permit" and kind in Category.__members__
    }
    speaking = any(h.permits(n) for h in chosen for n in range(len(asker.events)))
    return Scope(
        actors=frozenset(asker.recipient),
        purposes=frozenset({asker.purpose}) if speaking else frozenset(),
        categories=frozenset(Category(c) for c in named),
    )
