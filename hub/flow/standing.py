"""What a person's consents say about one recipient and purpose, as of an instant. Order-independent; a denial beats a permit.

Among the versions of one directive the one signed last counts. Then every directive that names this recipient (or its
class) and this purpose is weighed: an active denial wins; next an active release; next a consent to treatment, payment and
operations; then what was revoked, then what expired. A directive with a flaw is DEFECTIVE and grants nothing.
Silence narrows: a permit that names no recipient speaks of nobody, a denial that names none speaks of everybody.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from consent.question import Scope
from hub.model.category import Category
from hub.model.consent import ConsentDirective
from hub.model.values import Code, Instant

_ORDER = ("DENY", "PROCEEDINGS", "SUPERVISION", "NOTES", "SPECIFIC", "TPO", "DEFECTIVE", "REVOKED", "EXPIRED")
_TPO_PURPOSES = frozenset({"TREAT", "ETREAT", "COC", "TRANSFER", "HOPERAT", "HPAYMT"})


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The state of consent, what it names, the versions relied on, and until when (UTC microseconds) that stands."""

    state: str = "NONE"
    scope: Scope = Scope()
    relied_on: tuple[str, ...] = ()
    covers_all: bool = False
    valid_until: int | None = None


NOTHING_SIGNED = Standing()


def standing(
    directives: Iterable[ConsentDirective], *, recipient: tuple[str, str], purpose: str, source: str, as_of: int
) -> Standing:
    """The standing of a person's directives towards one recipient (its id and class), for one purpose, about one source's data."""
    newest: dict[str, ConsentDirective] = {}
    for one in directives:
        newest[one.directive] = max(one, newest.get(one.directive, one), key=_recency)
    relevant = [d for d in newest.values() if _speaks_of(d, set(recipient), purpose, source)]
    if not relevant:
        return NOTHING_SIGNED
    states = {d.directive: _state(d, as_of) for d in relevant}
    state = min(states.values(), key=_ORDER.index)
    chosen = sorted((d for d in relevant if states[d.directive] == state), key=lambda d: d.directive)
    return Standing(
        state=state,
        scope=_scope(chosen, recipient),
        relied_on=tuple(f"{d.directive}@{d.version}" for d in chosen),
        covers_all=all(d.covers_every_provider_type for d in chosen),
        valid_until=min((t for d in relevant for t in _turns(d) if t > as_of), default=None),
    )


def _recency(one: ConsentDirective) -> tuple[int, int, str]:
    return _at(one.revoked_at, 0), _at(one.signed_at, 0), one.version


def _at(instant: Instant | None, otherwise: int) -> int:
    return instant.at if instant else otherwise


def _speaks_of(one: ConsentDirective, recipient: set[str], purpose: str, source: str) -> bool:
    if not one.recipients and _kind(one) != "DENY":
        return False
    return (
        _names(one.recipients, recipient)
        and _names(one.discloser, {source})
        and (_names(one.purposes, {purpose}) if one.purposes else _kind(one) != "TPO" or purpose in _TPO_PURPOSES)
    )


def _names(codes: tuple[Code, ...], wanted: set[str]) -> bool:
    """Whether the codes name one of these; silence names everybody."""
    return not codes or any(c.code in wanted or c.local in wanted for c in codes)


def _kind(one: ConsentDirective) -> str:
    return one.kind.code if one.kind else ""


def _state(one: ConsentDirective, as_of: int) -> str:
    if one.flaws or _kind(one) not in _ORDER:
        return "DEFECTIVE"
    if one.revoked_at and one.revoked_at.at <= as_of:
        return "REVOKED"
    if as_of < _at(one.effective_at, 0):
        return "DEFECTIVE"
    if one.expires_at and one.expires_at.at <= as_of:
        return "EXPIRED"
    return _kind(one)


def _turns(one: ConsentDirective) -> tuple[int, ...]:
    return tuple(i.at for i in (one.effective_at, one.expires_at, one.revoked_at) if i)


def _scope(chosen: list[ConsentDirective], recipient: tuple[str, str]) -> Scope:
    classes = {c.code for d in chosen for c in d.classes}
    return Scope(
        actors=frozenset(recipient),
        purposes=frozenset(p.code for d in chosen for p in d.purposes),
        categories=frozenset(Category(c) for c in classes if c in Category.__members__),
    )
