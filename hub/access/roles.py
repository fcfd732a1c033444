"""Who may do what: one table of roles, each with the few rights its work needs. What is not in the table is not allowed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Right(StrEnum):
    """One thing that somebody may do in the console; the value says it in words."""

    TODAY = "see what needs a person today, and how the traffic flows"
    MESSAGES = "find messages and follow them, without what they say about anybody"
    WHY = "read why a partner got this and not that, near misses included"
    REVEAL = "show personal data, with a reason that the ledger keeps"
    PARKED = "see what waits for a person, by cause"
    REPLAY = "read again, send again or end what is parked"
    PAUSE = "hold what goes to a partner for a while, and let it go on"
    PARTNERS = "see how partners are and until when their agreements run"
    ACCOUNTING = "answer who got what about a person, and hand the list over"
    DISCLOSURES = "search what was disclosed and refused"
    POLICY = "read the rules in words and in law"
    RULES = "put rules in force, together with a second person"
    EXPUNGE = "destroy records by an order, together with a second person"
    LEDGER = "verify the ledger and look at its leaves"
    LINKS = "see which records may be of one person"
    JUDGE = "say which records are of one person, their names shown with a reason, and take that back"
    REVIEWS = "judge emergencies in which the glass was broken"
    RECALLS = "follow who was asked to stop relying on what"
    CONSENTS = "see what a person has allowed, since when and until when, and take it back on their word"
    CAPTURE = "file what a person allows or refuses, as they signed it"
    TASKS = "say that a task is seen to"
    ALERTS = "see what is alarmed, and take it on"
    LOSSES = "see which parts of messages are not understood"
    CHANGES = "see who changed what of the configuration"
    BOARD = "see beds: how many, how new the number and how sure"
    CODES = "see which codes no table knows"
    MAPPINGS = "see versions of mappings, and go back by one"
    MEASURES = "count the episodes of a period, small numbers hidden"
    PEOPLE = "give access and end it"
    REFERRALS = "open what was referred to their partner, and answer it"
    PLACEMENTS = "say whether their partner has a bed, before anybody is named, and choose among offers"
    ROOM = "see where other partners say that there is room"
    BEDS = "set their partner's own beds"
    CARD = "ask for the approach card of an incident, and for a clinician to call"
    CALLS = "see the calls that their partner is told of"
    RECORDS = "approve what goes into their partner's own records"
    ASKED_BACK = "say that their partner stopped relying on what was recalled"
    CONTACTS = "record 988 contacts while talking, and ask for a team or an active rescue"


class Role(NamedTuple):
    """A role in words, its rights, and whether it belongs to a partner's own people."""

    words: str
    rights: frozenset[Right]
    partner: bool = False


def _staff(words: str, *rights: Right) -> Role:
    return Role(words, frozenset(rights))


def _partners(words: str, *rights: Right) -> Role:
    return Role(words, frozenset(rights), partner=True)


_R = Right
ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "compliance-officer": _staff(
            "compliance officer",
            *(_R.TODAY, _R.MESSAGES, _R.WHY, _R.REVEAL, _R.DISCLOSURES, _R.ACCOUNTING, _R.REVIEWS, _R.RECALLS),
            *(
                _R.CONSENTS,
                _R.CAPTURE,
                _R.TASKS,
                _R.ALERTS,
                _R.PARTNERS,
                _R.POLICY,
                _R.RULES,
                _R.CHANGES,
                _R.EXPUNGE,
                _R.LEDGER,
            ),
        ),
        "operator": _staff(
            "operator",
            *(_R.TODAY, _R.MESSAGES, _R.WHY, _R.REVEAL, _R.PARKED, _R.REPLAY, _R.PARTNERS, _R.PAUSE, _R.ALERTS),
            _R.TASKS,
            *(_R.RECALLS, _R.BOARD, _R.LOSSES, _R.CODES, _R.LEDGER),
        ),
        "mapping-analyst": _staff(
            "mapping analyst",
            *(_R.CODES, _R.MAPPINGS, _R.LOSSES, _R.MESSAGES, _R.PARKED, _R.REPLAY, _R.PARTNERS),
        ),
        "programme-analyst": _staff("programme analyst", _R.MEASURES, _R.POLICY, _R.LEDGER, _R.BOARD),
        "clinician-reviewer": _staff("clinician reviewer", _R.LINKS, _R.JUDGE, _R.REVIEWS),
        # An administrator gives access and has none to messages: nobody can let in themselves unseen.
        "administrator": _staff(
            "administrator",
            *(_R.PEOPLE, _R.PARTNERS, _R.ALERTS, _R.POLICY, _R.RULES, _R.CHANGES, _R.EXPUNGE, _R.LEDGER),
        ),
        "intake-worker": _partners("intake worker", _R.REFERRALS, _R.PLACEMENTS, _R.ROOM, _R.CAPTURE, _R.ASKED_BACK),
        "flow-coordinator": _partners("flow coordinator", _R.ROOM, _R.BEDS, _R.PLACEMENTS, _R.REFERRALS),
        "records-clerk": _partners("records clerk", _R.RECORDS, _R.ASKED_BACK),
        "988-counsellor": _partners("988 counsellor", _R.CONTACTS, _R.ROOM),
        "dispatcher": _partners("dispatcher", _R.CALLS, _R.CARD, _R.ROOM),
        "responder": _partners("responder", _R.CARD, _R.ROOM),
    }
)


def may(role: str, right: Right) -> bool:
    """Whether a role has a right; a role that is not in the table has none.

    >>> may("operator", Right.REPLAY), may("operator", Right.PEOPLE), may("nobody", Right.TODAY)
    (True, False, False)
    """
    found = ROLES.get(role)
    return found is not None and right in found.rights


def holders(right: Right) -> tuple[str, ...]:
    """The roles that have a right.

    >>> holders(Right.PEOPLE)
    ('administrator',)
    """
    return tuple(name for name, role in ROLES.items() if right in role.rights)
