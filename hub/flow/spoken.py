"""A directive's provisions as they are weighed here: one tree, in which nothing that cannot be weighed makes a refusal smaller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from hub.model.category import Category
from hub.model.consent import ConsentDirective, Provision
from hub.model.values import Code

# Roles of actors to whom something is disclosed (HL7 v3 ParticipationType); whoever discloses is told apart by the directive.
RECEIVES: Final = frozenset({"", "IRCP", "PRCP"})


def ready(one: ConsentDirective, *, refuses: bool) -> Provision:
    """The tree of a directive. Its own period stands in the directive; a refusal that could not be read whole is its flat self."""
    root = one.provision
    if root is None or (refuses and _blurred(one, root)):
        effect = "deny" if refuses else "permit"
        root = Provision(effect=effect, actors=one.recipients, purposes=one.purposes, classes=one.classes)
    return msgspec.structs.replace(_widened(root), starts_at=None, ends_at=None)


def _blurred(one: ConsentDirective, root: Provision) -> bool:
    """Whoever read it said less than the provision does: what it says was not understood whole."""
    said = (len(one.recipients), len(one.purposes), len(one.classes))
    return root.effect != "deny" or said != (len(_receiving(root)[0]), len(root.purposes), len(root.classes))


def _widened(one: Provision) -> Provision:
    """Single facts, single things and times of facts are not weighed: a denial of some is a denial of all."""
    actors, roles = _receiving(one)
    within = tuple(_widened(inner) for inner in one.provisions)
    kept = msgspec.structs.replace(one, actors=actors, actor_roles=roles, provisions=within)
    if one.effect == "permit":
        return kept
    classes = one.classes if all(code.code in Category.__members__ for code in one.classes) else ()
    return msgspec.structs.replace(
        kept, classes=classes, codes=(), data=(), actions=(), data_starts_at=None, data_ends_at=None
    )


def _receiving(one: Provision) -> tuple[tuple[Code, ...], tuple[str, ...]]:
    roles = one.actor_roles if len(one.actor_roles) == len(one.actors) else ("",) * len(one.actors)
    kept = tuple(actor for actor, role in zip(one.actors, roles, strict=True) if role in RECEIVES)
    return kept, ("",) * len(kept)


def _tree(one: Provision) -> Iterator[Provision]:
    yield one
    for inner in one.provisions:
        yield from _tree(inner)


def named_classes(root: Provision) -> frozenset[str]:
    """The classes of content that a tree speaks of by name; it says the same of all others."""
    return frozenset(code.code for one in _tree(root) for code in one.classes)


def turns(one: ConsentDirective) -> Iterator[int]:
    """The instants (UTC microseconds) at which what it says may change."""
    nested = _tree(one.provision) if one.provision else ()
    found = (one.effective_at, one.expires_at, one.revoked_at, *(at for p in nested for at in (p.starts_at, p.ends_at)))
    yield from (instant.at for instant in found if instant)
