"""What a person has allowed: a directive with its period, actors, purposes, classes and nested exceptions."""

from __future__ import annotations

from typing import Annotated, Final

from hub.model.category import Category
from hub.model.values import Code, Identifier, Instant, Value

CONSENT = Category.CONSENT


class Provision(Value, frozen=True):
    """One permit or deny, with exceptions nested in it (FHIR R4 Consent.provision). Empty means any.

    `actor_roles` stand beside `actors`, one each. `data` are references to single things the provision is about (`local` is
    `instance` or `related`); `data_starts_at` and `data_ends_at` are about the time of the facts, the others about asking.
    """

    effect: str = "deny"
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    actors: tuple[Code, ...] = ()
    actor_roles: tuple[str, ...] = ()
    purposes: tuple[Code, ...] = ()
    actions: tuple[Code, ...] = ()
    classes: tuple[Code, ...] = ()
    labels: tuple[Code, ...] = ()
    codes: tuple[Code, ...] = ()
    data: tuple[Code, ...] = ()
    data_starts_at: Instant | None = None
    data_ends_at: Instant | None = None
    provisions: tuple[Provision, ...] = ()


class ConsentDirective(Value, frozen=True, tag="ConsentDirective"):
    """A consent, release, restriction or revocation, normalised. `profile` names the semantics it is read under."""

    directive: Annotated[str, CONSENT] = ""
    version: Annotated[str, CONSENT] = ""
    profile: Annotated[str, CONSENT] = "ihe-pcf"
    status: Annotated[Code | None, CONSENT] = None
    kind: Annotated[Code | None, CONSENT] = None
    decision: Annotated[str, CONSENT] = ""
    signed_at: Annotated[Instant | None, CONSENT] = None
    effective_at: Annotated[Instant | None, CONSENT] = None
    expires_at: Annotated[Instant | None, CONSENT] = None
    revoked_at: Annotated[Instant | None, CONSENT] = None
    signer: Annotated[str, CONSENT] = ""
    signer_role: Annotated[Code | None, CONSENT] = None
    discloser: Annotated[tuple[Code, ...], CONSENT] = ()
    recipients: Annotated[tuple[Code, ...], CONSENT] = ()
    purposes: Annotated[tuple[Code, ...], CONSENT] = ()
    classes: Annotated[tuple[Code, ...], CONSENT] = ()
    covers_every_provider_type: Annotated[bool | None, CONSENT] = None
    form_hash: Annotated[str, CONSENT] = ""
    elements: Annotated[tuple[Code, ...], CONSENT] = ()
    provision: Annotated[Provision | None, CONSENT] = None
    source: Annotated[tuple[Identifier, ...], Category.ADMIN] = ()
    flaws: Annotated[tuple[str, ...], Category.ADMIN] = ()

    @property
    def recency(self) -> tuple[int, int, int, str]:
        """Which version of a directive is the last word: by when it was signed or revoked, never by when it came in.

        Of one instant one that is over is later, then the higher version.
        """
        signed = self.signed_at.at if self.signed_at else 0
        revoked = self.revoked_at.at + WITHIN.get(self.revoked_at.precision, 0) if self.revoked_at else 0
        over = self.status is not None and self.status.code in OVER
        return max(signed, revoked), revoked or over, len(self.version), self.version

    def succeeds(self, other: ConsentDirective) -> bool:
        """Whether it takes the place of an other of the same name that came before it: not of a later one.

        Of two that nobody can order the one that came last counts, but no permit takes the place of a refusal.
        """
        if self.recency != other.recency:
            return self.recency > other.recency
        return other.decision != "deny" or self.decision == "deny"


# How much later, in microseconds, a revocation may have been that names a minute, a day, a month: it never loses by being vague.
WITHIN: Final = {
    name: 1_000_000 * seconds
    for name, seconds in {
        "minute": 60,
        "hour": 3600,
        "day": 86_400,
        "month": 31 * 86_400,
        "year": 366 * 86_400,
    }.items()
}
# States of a directive that is over or never was (FHIR); one that is only proposed may still come into force.
OVER: Final = frozenset({"inactive", "entered-in-error", "rejected"})
