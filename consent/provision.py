"""Reads a directive's provisions under the profile `ihe-pcf`: what the person permits or denies to a request, as of an instant.

A nested provision overrides the same criteria of its parent and inherits the rest; among siblings deny beats permit; what
nothing matches is not applicable. Several directives: a denial beats a permit, whatever their dates and their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from hub.model.consent import ConsentDirective, Provision
from hub.model.values import Code, Instant

Answer = Literal["permit", "deny", "not-applicable"]
PROFILE: Final = "ihe-pcf"
# What a directive means under the profile. A changed meaning is a new version, and what a message was decided by names it.
VERSION: Final = "2"
RECIPIENT = "IRCP"
CRITERIA = ("actors", "purposes", "actions", "classes", "labels", "codes", "data")
PERIODS = (("starts_at", "ends_at"), ("data_starts_at", "data_ends_at"))


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks (all references they go by, groups included), in which role, what for, and about what. Codes only.

    The rest is about one element: `kind` is its resource type, `references` what it is called, `related` what it belongs to
    (its encounter), `said_at` when it was true, and until when where that is not one instant.
    Instants are UTC microseconds.
    """

    actors: frozenset[str]
    purposes: frozenset[str]
    as_of: int
    role: str = RECIPIENT
    action: str = ""
    kind: str = ""
    labels: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    related: frozenset[str] = frozenset()
    said_at: int | None = None
    said_until: int | None = None


def weigh(directives: Iterable[ConsentDirective], request: Request) -> Answer:
    """What all directives together say: a denial wins, then a permit; the order of directives is nothing."""
    answers = {says(one, request) for one in directives}
    return "deny" if "deny" in answers else "permit" if "permit" in answers else "not-applicable"


def says(directive: ConsentDirective, request: Request) -> Answer:
    """What one directive says. A flawed one permits nothing, and what it denies stays denied; outside its time it is silent."""
    if not _in_time(directive, request.as_of):
        return "not-applicable"
    root = directive.provision or Provision(effect=directive.decision or "deny")
    answer = speaks(root, request)
    flawed = directive.flaws or directive.profile != PROFILE
    return "not-applicable" if flawed and answer == "permit" else answer


def speaks(root: Provision, request: Request) -> Answer:
    """What a provision with all within it says; whether its directive is flawed or over is for the caller to know."""
    return _answer(root, Provision(), request) or "not-applicable"


def _in_time(one: ConsentDirective, as_of: int) -> bool:
    status = one.status.code if one.status else ""
    ended = any(end is not None and end.at <= as_of for end in (one.expires_at, one.revoked_at))
    return status in ("", "active") and not ended and (one.effective_at is None or one.effective_at.at <= as_of)


def _answer(one: Provision, parent: Provision, request: Request) -> Answer | None:
    """The innermost provisions that match decide; a provision decides itself only where none within it does."""
    whole = _merged(one, parent)
    within = {_answer(inner, whole, request) for inner in one.provisions} - {None}
    if within:
        return "deny" if "deny" in within else "permit"
    if not _matches(whole, request):
        return None
    return "permit" if one.effect == "permit" else "deny"


def _merged(one: Provision, parent: Provision) -> Provision:
    """The provision with every criterion that it leaves open taken from its parent.

    An actor and its role are one criterion, and so are the two ends of a period.
    """
    own = {name: getattr(one, name) or getattr(parent, name) for name in CRITERIA}
    for ends in PERIODS:
        source = one if any(getattr(one, end) for end in ends) else parent
        own |= {end: getattr(source, end) for end in ends}
    roles = one.actor_roles if one.actors or one.actor_roles else parent.actor_roles
    return Provision(effect=one.effect, actor_roles=roles, **own)


def _matches(one: Provision, request: Request) -> bool:
    return (
        _covers(one.starts_at, one.ends_at, request.as_of)
        and _names(one, request)
        and _meets(one.purposes, request.purposes)
        and (not one.actions or not request.action or _meets(one.actions, {request.action}))
        and _meets(one.classes, {request.kind})
        and _meets(one.labels, request.labels)
        and _meets(one.codes, request.codes)
        and _about(one, request)
    )


def _about(one: Provision, request: Request) -> bool:
    """Whether the element is one that the provision points to. The profile puts what has no time into no period."""
    pointed = any(
        d.code in request.references or (d.local == "related" and d.code in request.related) for d in one.data
    )
    if one.data and not pointed:
        return False
    if one.data_starts_at is None and one.data_ends_at is None:
        return True
    if request.said_at is None:
        return False
    first, last = request.said_at, request.said_until or request.said_at
    if one.effect == "permit":
        return all(_covers(one.data_starts_at, one.data_ends_at, at) for at in (first, last))
    # Whatever was true at any instant of a period that is denied is denied.
    begins, ends = one.data_starts_at, one.data_ends_at
    return (begins is None or begins.at <= last) and (ends is None or first < ends.at)


def _covers(starts: Instant | None, ends: Instant | None, at: int) -> bool:
    return (starts is None or starts.at <= at) and (ends is None or at < ends.at)


def _names(one: Provision, request: Request) -> bool:
    """Whether an actor of the provision is the requester in their role.

    An actor whom nobody can resolve is everybody to a denial and nobody to a permit.
    """
    if not one.actors:
        return not one.actor_roles or request.role in one.actor_roles
    roles = one.actor_roles if len(one.actor_roles) == len(one.actors) else ("",) * len(one.actors)
    named = [actor.code for actor, role in zip(one.actors, roles, strict=True) if role in ("", request.role)]
    return any(name in request.actors or (not name and one.effect != "permit") for name in named)


def _meets(wanted: tuple[Code, ...], had: Iterable[str]) -> bool:
    return not wanted or not {code.code for code in wanted}.isdisjoint(had)
