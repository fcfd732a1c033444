"""A directive's provisions as they are weighed here: one tree, in which nothing that cannot be weighed makes a refusal smaller."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

import msgspec

from consent.codeset import codesets
from consent.vocabulary import vocabulary
from hub.model.category import Category
from hub.model.consent import ConsentDirective, Provision
from hub.model.values import Code

# Roles of actors to whom something is disclosed (HL7 v3 ParticipationType); whoever discloses is told apart by the directive.
RECEIVES: Final = frozenset({"", "IRCP", "PRCP"})
# HL7 v3 Confidentiality, the mildest first: whoever refuses what is restricted refuses what is more so.
LEVELS: Final = "ULMNRV"
LABELS: Final = frozenset(one.code for one in codesets().sensitivities.values()) | frozenset(LEVELS)
# Uses of the HL7 v3 value set PurposeOfUse that nobody is ever asked for here: a refusal of one of them is about no other.
ELSEWHERE: Final = """
    HMARKT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN LABELING MEMADMIN
    METAMGT MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV HTEST TRAIN CLMATTCH COVAUTH COVERAGE ELIGDTRM ELIGVER ENROLLM
    MILDCRG REMITADV BIORCH CLINTRCH CLINTRCHNPC CLINTRCHPC PRECLINTRCH DSRCH POARCH TRANSRCH FAMRQT PWATRNY SUPNWK DISASTER
    CLINTRL POPHLTH CAREMGT
"""
UNDERSTOOD: Final = frozenset(ELSEWHERE.split()) | frozenset(vocabulary().dimensions["purpose"].values)


def ready(one: ConsentDirective, *, refuses: bool, timed: bool = False) -> Provision:
    """The tree of a directive. Its own period stands in the directive; a refusal that could not be read whole is its flat self.

    `timed`: it is known when what it is asked about was true, so that denials of the facts of some time are of that time alone.
    """
    root = one.provision
    if root is None or (refuses and _blurred(one, root)):
        effect = "deny" if refuses else "permit"
        root = Provision(effect=effect, actors=one.recipients, purposes=one.purposes, classes=one.classes)
    return msgspec.structs.replace(_widened(root, timed=timed), starts_at=None, ends_at=None)


def _blurred(one: ConsentDirective, root: Provision) -> bool:
    """Whoever read it said less than the provision does: what it says was not understood whole."""
    said = (len(one.recipients), len(one.purposes), len(one.classes))
    return root.effect != "deny" or said != (len(_receiving(root)[0]), len(root.purposes), len(root.classes))


def _widened(one: Provision, *, timed: bool) -> Provision:
    """A denial of what cannot be weighed is one of all: of single facts or things, of a purpose or label unknown here.

    So is one of the facts of some time, unless it is `timed`.
    """
    actors, roles = _receiving(one)
    within = tuple(_widened(inner, timed=timed) for inner in one.provisions)
    kept = msgspec.structs.replace(one, actors=actors, actor_roles=roles, provisions=within)
    if one.effect == "permit":
        return kept
    return msgspec.structs.replace(
        kept,
        classes=_all(one.classes, Category.__members__),
        purposes=_all(one.purposes, UNDERSTOOD),
        labels=_and_above(_all(one.labels, LABELS)),
        codes=(),
        data=(),
        actions=(),
        data_starts_at=one.data_starts_at if timed else None,
        data_ends_at=one.data_ends_at if timed else None,
    )


def _all(codes: tuple[Code, ...], known: Container[str]) -> tuple[Code, ...]:
    """The codes, if every one of them is known; else none, which stands for all there are."""
    return codes if all(code.code in known for code in codes) else ()


def _and_above(labels: tuple[Code, ...]) -> tuple[Code, ...]:
    lowest = min((LEVELS.index(label.code) for label in labels if label.code in LEVELS), default=len(LEVELS))
    return (*labels, *(Code(code=level) for level in LEVELS[lowest:]))


def _receiving(one: Provision) -> tuple[tuple[Code, ...], tuple[str, ...]]:
    roles = one.actor_roles if len(one.actor_roles) == len(one.actors) else ("",) * len(one.actors)
    kept = tuple(actor for actor, role in zip(one.actors, roles, strict=True) if role in RECEIVES)
    return kept, ("",) * len(kept)


def tree(one: Provision) -> Iterator[Provision]:
    """A provision and all within it."""
    yield one
    for inner in one.provisions:
        yield from tree(inner)


def denies(root: Provision) -> bool:
    """Whether a tree denies anything to anybody."""
    return any(one.effect != "permit" for one in tree(root))


def named_classes(root: Provision) -> frozenset[str]:
    """The classes of content that a tree speaks of by name; it says the same of all others."""
    return frozenset(code.code for one in tree(root) for code in one.classes)


def turns(one: ConsentDirective) -> Iterator[int]:
    """The instants (UTC microseconds) at which what it says may change."""
    nested = tree(one.provision) if one.provision else ()
    found = (one.effective_at, one.expires_at, one.revoked_at, *(at for p in nested for at in (p.starts_at, p.ends_at)))
    yield from (instant.at for instant in found if instant)
