"""What the ledger records: one entry per attempt, grant, refusal, query, view, export, configuration or key change."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What happened. The kind is inside the commitment: a leaf does not tell it."""

    RECEIVED = "received"
    DECIDED = "decided"
    REFUSED = "refused"
    ATTEMPT = "attempt"
    OUTCOME = "outcome"
    QUERY = "query"
    VIEW = "view"
    REVEAL = "reveal"
    EXPORT = "export"
    CONSENT = "consent"
    LINK = "link"
    CONFIG = "config"
    RULE = "rule"
    KEY = "key"
    RECALL = "recall"
    REJECT = "reject"


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The facts of one entry, kept sealed beside the leaf that commits to them. `at` is UTC microseconds.

    `paths` is the id of a set of paths (`registry.path_set`): the names themselves are kept once, under that id. `subject` is a
    source identity; `also` are further ones: of the several people whom one query showed, or of whom a
    delivery said that they are the same person.
    """

    kind: Kind
    at: int
    journal: str = ""
    partner: str = ""
    subject: str = ""
    purpose: str = ""
    paths: str = ""
    rules: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    agreement: str = ""
    rule_set: str = ""
    outcome: str = ""
    actor: str = ""
    also: tuple[str, ...] = ()
