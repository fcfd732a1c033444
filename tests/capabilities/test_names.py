"""What a partner calls somebody: an id of its own, which stays through every merge, and which no second partner has."""

from __future__ import annotations

import re

from tests.capabilities.phrases import adt
from tests.capabilities.town import Town

# The ids that the hub mints, wherever they stand.
MINTED = re.compile(r"P-[0-9A-Z]{8,24}")


def called(told: dict[str, list[str]], partner: str) -> set[str]:
    """What a partner was told to call people."""
    return {name for text in told.get(partner, ()) for name in MINTED.findall(text)}


def test_an_id_stays_through_a_merge_and_is_nobody_elses(county: Town) -> None:
    county.tell("H1", adt("H1", "A04", "N11-1", "N11-old"))
    old = county.delivered()
    county.tell("H1", adt("H1", "A04", "N11-2", "N11-new"))
    new = county.delivered()
    county.tell("H1", adt("H1", "A40", "N11-3", "N11-new", "MRG|N11-old^^^H1^MR"))
    county.delivered()
    county.tell("H1", adt("H1", "A08", "N11-4", "N11-new"))
    after = county.delivered()

    assert len(called(old, "B1")) == len(called(new, "B1")) == len(called(new, "RIDE")) == 1
    assert called(after, "B1") == called(new, "B1")
    assert not called(after, "B1") & called(after, "RIDE")
