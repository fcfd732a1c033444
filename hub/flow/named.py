"""Whom a directive names, of those whom the hub knows: somebody nobody can tell is everybody to a refusal, nobody to a permit.

It is asked once, when a directive comes in: who joins the county later does not make a refusal smaller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from consent.vocabulary import vocabulary
from hub.flow.standing import REFUSALS
from hub.model.consent import ConsentDirective, Provision
from hub.model.event import CrisisEvent
from hub.model.values import Code
from hub.partners import Partner

STRANGER: Final = "it names somebody nobody can tell"
KINDS: Final = frozenset(vocabulary().dimensions["recipient"].values)


# Who is called so, by who gives such numbers and the number.
Numbers = Mapping[tuple[str, str], str]
NUMBERLESS: Final[Numbers] = MappingProxyType({})


def numbered(partners: Iterable[Partner]) -> Numbers:
    """The partners by the numbers in their files; a number that two of them have names neither."""
    found = [((system, number), p.id) for p in partners for system, own in p.identifiers.items() for number in own]
    often = Counter(key for key, _ in dict.fromkeys(found))
    return MappingProxyType({key: name for key, name in found if often[key] == 1})


def resolved(
    events: tuple[CrisisEvent, ...], partners: Container[str], numbers: Numbers = NUMBERLESS
) -> tuple[CrisisEvent, ...]:
    """The events of a message, each directive among them with nobody in it whom the hub does not know."""
    if not any(isinstance(event.body, ConsentDirective) for event in events):
        return events
    return tuple(
        msgspec.structs.replace(e, body=known(_called(e.body, numbers), partners))
        if isinstance(e.body, ConsentDirective)
        else e
        for e in events
    )


def _called(one: ConsentDirective, numbers: Numbers) -> ConsentDirective:
    """The directive with whoever it names by a number of theirs called by their id; the number stays beside it."""
    if not numbers:
        return one
    return msgspec.structs.replace(
        one,
        discloser=_by_id(one.discloser, numbers),
        recipients=_by_id(one.recipients, numbers),
        provision=_by_id_in(one.provision, numbers) if one.provision else None,
    )


def _by_id(codes: tuple[Code, ...], numbers: Numbers) -> tuple[Code, ...]:
    found = ((code, numbers.get((code.system, code.code), "")) for code in codes)
    return tuple(
        Code(code=name, display=code.display, local=code.code, local_system=code.system) if name else code
        for code, name in found
    )


def _by_id_in(one: Provision, numbers: Numbers) -> Provision:
    within = tuple(_by_id_in(inner, numbers) for inner in one.provisions)
    return msgspec.structs.replace(one, actors=_by_id(one.actors, numbers), provisions=within)


def known(one: ConsentDirective, partners: Container[str]) -> ConsentDirective:
    """The directive with the codes of partners and of classes of recipients, and of nobody else; a permit gets its flaw.

    >>> known(ConsentDirective(kind=Code(code="DENY"), recipients=(Code(code="NPI-1"),)), {"B1"}).recipients[0].code
    ''
    """
    refuses = one.kind is not None and one.kind.code in REFUSALS
    strange = any(not _is_known(code, partners) for code in _named(one))
    flaws = (*one.flaws, STRANGER) if strange and not refuses and STRANGER not in one.flaws else one.flaws
    return msgspec.structs.replace(
        one,
        discloser=_told(one.discloser, partners) if refuses else one.discloser,
        recipients=_told(one.recipients, partners),
        provision=_told_in(one.provision, partners) if one.provision else None,
        flaws=flaws,
    )


def strange(one: ConsentDirective) -> bool:
    """Whether a directive that was looked through names somebody nobody can tell."""
    return any(not code.code for code in _named(one))


def _named(one: ConsentDirective) -> Iterator[Code]:
    """Everybody to whom it may be about; who discloses is looked for among the senders anyway."""
    yield from one.recipients
    if one.provision:
        yield from _actors(one.provision)


def _actors(one: Provision) -> Iterator[Code]:
    roles = one.actor_roles if len(one.actor_roles) == len(one.actors) else ("",) * len(one.actors)
    yield from (actor for actor, role in zip(one.actors, roles, strict=True) if role not in DISCLOSERS)
    for inner in one.provisions:
        yield from _actors(inner)


# Roles of actors who disclose (HL7 v3 ParticipationType).
DISCLOSERS: Final = frozenset({"CST", "AUT"})


def _is_known(code: Code, partners: Container[str]) -> bool:
    return any(name and (name in partners or name in KINDS) for name in (code.code, code.local))


def _told(codes: Iterable[Code], partners: Container[str]) -> tuple[Code, ...]:
    """The codes; of somebody nobody can tell only the spelling is kept, and code there is none."""
    return tuple(code if _is_known(code, partners) else _spelled(code) for code in codes)


def _spelled(code: Code) -> Code:
    if not code.code:
        return code
    return Code(display=code.display, local=code.code, local_system=code.system)


def _told_in(one: Provision, partners: Container[str]) -> Provision:
    return msgspec.structs.replace(
        one,
        actors=_told(one.actors, partners),
        provisions=tuple(_told_in(inner, partners) for inner in one.provisions),
    )
