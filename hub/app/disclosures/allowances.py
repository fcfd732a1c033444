"""What a person has allowed and refused: every directive with its versions, since when and until when, and what relied on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from consent.elements import lacking, under_part2
from consent.vocabulary import vocabulary
from hub import clock
from hub.app.acts.staff import narrowed
from hub.app.asking.look import Look
from hub.model.category import Category
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.values import Code, Instant
from hub.spans import DAY
from hub.store.writing.relink import Filed

_YEARS: Final = 6 * 366 * DAY


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a directive, in words. Instants are UTC microseconds, 0 for none.

    `standing` is holds, replaced, revoked, expired, to come or defective (`lacks` says why: it opens nothing). `relied` counts the
    disclosures that named this very version.
    """

    name: str
    version: str
    words: str
    standing: str
    source: str
    message: str
    signed_at: int
    starts_at: int
    ends_at: int
    revoked_at: int
    signer: str
    part2: bool
    discloser: tuple[str, ...]
    recipients: tuple[str, ...]
    purposes: tuple[str, ...]
    classes: tuple[str, ...]
    lacks: tuple[str, ...]
    relied: int


def allowances(look: Look, identities: Sequence[str], role: str) -> tuple[Allowed, ...]:
    """Everything these source identities said, those that hold first, as far as a role may see it."""
    with look.links() as links:
        filed = links.filed(identities)
    relied = _relied(look, identities)
    order = ("holds", "to come", "defective", "revoked", "expired", "replaced")
    found = list(_each(look, filed, role, relied))
    return tuple(sorted(found, key=lambda one: (order.index(one.standing), -one.signed_at)))


def _each(look: Look, filed: Sequence[Filed], role: str, relied: Mapping[str, int]) -> Iterator[Allowed]:
    for one in filed:
        event = CrisisEvent(id="0", body=one.directive, source=one.partner, recorded_at=one.known_from)
        for shown in narrowed(look, (event,), one.partner, role, as_of=one.known_from):
            if isinstance(shown.body, ConsentDirective):
                yield _allowed(look, one, shown.body, relied)


def _allowed(look: Look, filed: Filed, said: ConsentDirective, relied: Mapping[str, int]) -> Allowed:
    kind = said.kind.code if said.kind else ""
    root = said.provision
    return Allowed(
        name=said.directive,
        version=said.version,
        words=_kind(kind),
        standing=_standing(filed, clock.now()),
        source=filed.partner,
        message=filed.journal,
        signed_at=_at(said.signed_at),
        starts_at=_at(said.effective_at),
        ends_at=_at(said.expires_at),
        revoked_at=_at(said.revoked_at),
        signer=_word("signer", said.signer_role) if said.signer_role else "",
        part2=under_part2(filed.directive),
        discloser=_names(look, said.discloser),
        recipients=_names(look, said.recipients or (root.actors if root else ())),
        purposes=tuple(_word("purpose", code) for code in said.purposes or (root.purposes if root else ())),
        classes=tuple(_word("category", code) for code in said.classes or (root.classes if root else ())),
        lacks=(*said.flaws, *lacking(filed.directive)),
        relied=relied.get(f"{said.directive}@{said.version}", 0),
    )


def _standing(filed: Filed, now: int) -> str:
    said = filed.directive
    starts, ends, revoked = (_at(each) for each in (said.effective_at, said.expires_at, said.revoked_at))
    for word, holds in (
        ("replaced", filed.known_to),
        ("revoked", revoked and revoked <= now),
        ("expired", ends and ends <= now),
        ("defective", said.flaws or lacking(said)),
        ("to come", starts > now),
    ):
        if holds:
            return word
    return "holds"


def _relied(look: Look, identities: Sequence[str]) -> Counter[str]:
    """How many disclosures of the last six years named each version."""
    now = clock.now()
    with look.disclosures() as found:
        told = found.about(identities, now - _YEARS, now + 1)
    return Counter(name for one in told if one.entry for name in one.entry.consents)


def _kind(code: str) -> str:
    for dimension in ("consent", "legal", "restriction", "research"):
        if code in vocabulary().dimensions[dimension].values:
            return str(vocabulary().say(dimension, code))
    return code or "a directive of no known kind"


def _names(look: Look, codes: Sequence[Code]) -> tuple[str, ...]:
    partners = look.known.county.partners
    said = (code.code or code.local or code.display for code in codes)
    return tuple(partners[name].name if name in partners else _said("recipient", name) for name in said)


def _word(dimension: str, code: Code) -> str:
    return _said(dimension, code.code or code.local or code.display)


def _said(dimension: str, value: str) -> str:
    if dimension == "category":
        return str(vocabulary().say("category", value)) if value in Category.__members__ else value
    known = vocabulary().dimensions[dimension]
    return str(vocabulary().say(dimension, value)) if value in known.values or value in known.sets else value


def _at(instant: Instant | None) -> int:
    return instant.at if instant else 0
