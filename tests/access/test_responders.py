"""Tokens of responders: whatever a stranger writes in one is no fault, and nobody's."""

from __future__ import annotations

import pytest

from hub.access.responders import Responders

AT = 1_773_604_800_000_000


def mark(partner: str, text: str) -> str:
    return {"PD": f"mark of {text}"}[partner]


def test_a_token_is_of_its_incident_and_its_shift() -> None:
    hub = Responders(mark)
    token, until = hub.issue("PD", "I-1", AT)

    assert hub.partner(token, "I-1", AT) == "PD"
    assert hub.partner(token, "I-2", AT) is None
    assert hub.partner(token, "I-1", until) is None


@pytest.mark.parametrize("until", ["9" * 5000, "", "-1", "1e99", "\u0661" * 10, "9" * 13])
def test_an_end_that_is_no_instant_is_nobodys(until: str) -> None:
    assert Responders(mark).partner(f"PD.{until}.mark of {until}/I-1", "I-1", AT) is None
