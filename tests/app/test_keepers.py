"""What a running hub looks after by itself goes by what the county's files say."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from hub.app.keepers import rounds_of
from hub.flow.calendar import Calendar
from hub.partners import load as county_of
from hub.settings import Settings
from tests.partners.desk import FORMATS, NOON, copy, spoil


def test_nobody_is_told_of_what_is_routine_on_a_day_off_of_the_county(tmp_path: Path) -> None:
    folder = copy(tmp_path / "county")
    spoil(folder, "county.yaml", "name: Example County\n", "name: Example County\nholidays: [2026-11-26]\n")
    known = MagicMock(county=county_of(folder, formats=FORMATS, at=NOON))

    rounds = rounds_of(Settings(), known, MagicMock(), MagicMock(), MagicMock())

    look: Any = next(each.look for each in rounds if each.name == "promises")
    assert look.__self__.calendar == Calendar(zone="America/Phoenix", holidays=("2026-11-26",))
