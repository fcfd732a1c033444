"""What is asked of the rules: the facts, the labels of the events, and what consents, orders and agreements name."""

from __future__ import annotations

from functools import cache

import msgspec

from consent.vocabulary import UNKNOWN, vocabulary
from hub.errors import Misconfigured
from hub.model.category import Category
from hub.model.label import Label

Names = frozenset[str]
NOTHING: Names = frozenset()


class Facts(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """The context dimensions of one question; vocabulary.yaml says what each means.

    Whatever is not said is unknown, and the unknown is most restrictive: no permit that asks about it matches, and every
    prohibition that asks about it does.
    """

    recipient: str = UNKNOWN
    purpose: str = UNKNOWN
    consent: str = UNKNOWN
    signer: str = UNKNOWN
    emergency: str = UNKNOWN
    legal: str = UNKNOWN
    state: str = UNKNOWN
    subject: str = UNKNOWN
    le_request: str = UNKNOWN
    able_to_prevent: str = UNKNOWN
    agreed: str = UNKNOWN
    incapacitated: str = UNKNOWN
    obtainable: str = UNKNOWN
    crime: str = UNKNOWN
    custody: str = UNKNOWN
    represented: str = UNKNOWN
    verified: str = UNKNOWN
    relationship: str = UNKNOWN
    restriction: str = UNKNOWN
    extent: str = UNKNOWN
    capacity: str = UNKNOWN
    cj_status: str = UNKNOWN
    covers_all: str = UNKNOWN
    permission: str = UNKNOWN
    origin: str = UNKNOWN
    research: str = UNKNOWN
    judged_by: str = UNKNOWN
    victim: str = UNKNOWN
    state_permits: str = UNKNOWN
    abuse: str = UNKNOWN
    accepted: str = UNKNOWN


def usual(**facts: str) -> Facts:
    """The facts of the plain case, with what the caller knows better.

    In the plain case an authenticated partner is sent one message and nothing special is known. The caller vouches that it
    looked for consents, restrictions and verification. Raises Misconfigured for a fact that nobody knows.

    >>> usual(recipient="HOSP_ED", purpose="TREAT", state="DEMO").verified
    'YES'
    """
    unknown = facts.keys() - NAMES
    if unknown:
        raise Misconfigured(f"no fact is called {', '.join(sorted(unknown))}.", cure="vocabulary.yaml lists them.")
    return Facts(**{**_plain(), **facts})


@cache
def _plain() -> dict[str, str]:
    return {name: vocabulary().dimensions[name].usual for name in Facts.__struct_fields__}


NAMES = frozenset(Facts.__struct_fields__)


class Scope(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What a consent, order or waiver names. Silence names nothing.

    Actors (partner ids or recipient classes), purposes, and categories or paths must all be named. A path counts only for
    elements that no label has recast.
    """

    actors: Names = NOTHING
    purposes: Names = NOTHING
    categories: frozenset[Category] = frozenset()
    paths: tuple[str, ...] = ()


class Limits(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """What the agreement in force lets through at most: it narrows and never widens. Without one, nothing leaves."""

    agreement: str = ""
    categories: frozenset[Category] = frozenset()
    purposes: Names = NOTHING


class Signed(msgspec.Struct, frozen=True, kw_only=True, gc=False, cache_hash=True, omit_defaults=True):
    """What the person's consents come to for one event: their state, and the categories that are refused all the same."""

    state: str = "NONE"
    refused: frozenset[Category] = frozenset()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Whether `partner` may see events with these labels and bodies (roots of the registry, event by event), as of an instant.

    `order` is the scope of the court order or waiver among the facts; `consent` that of the consent. `signed` says event by
    event what the consents come to, where that is not the same for all. `dischargeable` are the obligations that the hub can
    discharge for this delivery; `consents` the versions relied on. Instants are UTC microseconds; `valid_until` is the first
    instant at which a date among the facts would change the answer.
    """

    partner: str
    facts: Facts
    labels: tuple[Label, ...]
    bodies: tuple[str, ...]
    limits: Limits = Limits()
    consent: Scope = Scope()
    order: Scope = Scope()
    signed: tuple[Signed, ...] = ()
    dischargeable: Names = NOTHING
    consents: tuple[str, ...] = ()
    as_of: int
    valid_until: int | None = None
