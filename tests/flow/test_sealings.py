"""A record that is sealed after it was told is work for a person."""

from __future__ import annotations

import pytest

from hub.flow.sealings import sealings
from hub.model.event import CrisisEvent
from hub.model.public_safety import FieldContact


@pytest.mark.parametrize(("sealed", "tasks"), [(True, 1), (False, 0), (None, 0)])
def test_a_sealed_record_is_work_for_the_privacy_officer_and_its_words_are_about_nobody(
    sealed: bool | None, tasks: int
) -> None:
    contact = FieldContact(case_number="26-20931", sealed=sealed)
    event = CrisisEvent(id="1", body=contact, source="PD", recorded_at=1)

    found = sealings((event,), "PD", "journal")

    assert len(found) == tasks
    assert all((one.role, "26-20931" in one.words) == ("privacy officer", False) for one in found)
