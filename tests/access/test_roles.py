"""Roles hold the rights their work needs, and nobody holds two that must not meet."""

from __future__ import annotations

import pytest

from hub.access.roles import ROLES, Right, may

# Written by hand from what each office does, so that a right nobody meant to give is noticed.
EXPECTED = {
    "compliance-officer": "ACCOUNTING ALERTS CAPTURE CHANGES CONSENTS DISCLOSURES EXPUNGE LEDGER MESSAGES PARTNERS POLICY RECALLS REVEAL "
    "REVIEWS RULES TASKS TODAY WHY",
    "operator": "ALERTS BOARD CODES LEDGER LOSSES MESSAGES PARKED PARTNERS PAUSE RECALLS REPLAY REVEAL TASKS TODAY WHY",
    "mapping-analyst": "CODES LOSSES MAPPINGS MESSAGES PARKED PARTNERS REPLAY",
    "programme-analyst": "BOARD LEDGER MEASURES POLICY",
    "clinician-reviewer": "JUDGE LINKS REVIEWS",
    "administrator": "ALERTS CHANGES EXPUNGE LEDGER PARTNERS PEOPLE POLICY RULES",
    "intake-worker": "ASKED_BACK CAPTURE PLACEMENTS REFERRALS ROOM",
    "flow-coordinator": "BEDS PLACEMENTS REFERRALS ROOM",
    "records-clerk": "ASKED_BACK RECORDS",
    "988-counsellor": "CONTACTS ROOM",
    "dispatcher": "CALLS CARD ROOM",
    "responder": "CARD ROOM",
}


def test_every_role_has_the_rights_of_its_office_and_no_other() -> None:
    assert {name: " ".join(sorted(right.name for right in role.rights)) for name, role in ROLES.items()} == EXPECTED


@pytest.mark.parametrize("right", Right)
def test_a_role_nobody_declared_has_no_right(right: Right) -> None:
    assert not may("superuser", right)
    assert not may("", right)


def test_who_gives_access_cannot_show_personal_data() -> None:
    both = [name for name, role in ROLES.items() if {Right.PEOPLE, Right.REVEAL} <= role.rights]

    assert both == []


def test_near_misses_are_never_shown_to_a_partner() -> None:
    # 42 CFR 2.13(c)(2)
    assert [name for name, role in ROLES.items() if role.partner and Right.WHY in role.rights] == []
