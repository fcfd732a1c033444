"""A lapsed certificate takes a unit off the list at midnight; a table that brings names or wellness is refused whole."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hub.errors import Unreadable
from hub.flow.roster import COLUMNS, Coverage, Member, coverage, free, of_units, on_duty, read
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.values import Code, Instant

ZONE = "America/Phoenix"
HEAD = ",".join(COLUMNS)


def at(day: int, hour: int, minute: int = 0) -> int:
    return round(datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(ZONE)).timestamp()) * 1_000_000


def roster(*lines: str) -> tuple[Member, ...]:
    return read("\n".join((HEAD, *lines)), ZONE)


NIGHT = "2026-03-10T18:00,2026-03-11T06:00"


def test_a_lapsed_certificate_takes_the_unit_off_the_list_at_midnight() -> None:
    crew = roster(f"7,12A,cit,2026-03-10,{NIGHT}", f"8,14B,CIT,2026-12-31,{NIGHT}", f"9,15C,,,{NIGHT}")

    before = [(u.unit, bool(u.certified)) for u in on_duty(crew, at(10, 23, 59), ZONE)]
    after = [(u.unit, u.why) for u in on_duty(crew, at(11, 0), ZONE)]

    assert before == [("12A", True), ("14B", True), ("15C", False)]
    assert after == [("14B", ""), ("12A", "its certificate has lapsed"), ("15C", "nobody in it is certified")]
    assert on_duty(crew, at(11, 6), ZONE) == ()


def test_one_certified_officer_is_enough_for_a_unit() -> None:
    crew = roster(f"7,12A,CIT,2026-03-01,{NIGHT}", f"8,12A,CIT,2026-12-31,{NIGHT}")

    (unit,) = on_duty(crew, at(10, 20), ZONE)

    assert unit.certified == ("8",)


def test_a_unit_on_a_call_is_not_free_until_its_own_event_says_so() -> None:
    units = on_duty(roster(f"7,12A,CIT,2026-12-31,{NIGHT}"), at(10, 20), ZONE)
    busy = CallForService(incident="1", units=(UnitStatus(unit="12A"),))
    done = CallForService(incident="1", units=(UnitStatus(unit="12A", cleared_at=Instant(at=1)),))

    assert free(units, [busy]) == ()
    assert [u.unit for u in free(units, [done])] == ["12A"]


def test_a_unit_of_a_format_that_tells_of_it_by_itself_is_on_its_call_too() -> None:
    alone = UnitStatus(unit="12A", incident="1")
    inside = CallForService(incident="1", units=(UnitStatus(unit="12A"), UnitStatus()))

    assert of_units(alone) == of_units(inside) == (alone,)
    assert of_units(UnitStatus(unit="12A")) == of_units(CallForService(units=(alone,))) == ()


def test_a_unit_that_is_only_proposed_is_free() -> None:
    units = on_duty(roster(f"7,12A,CIT,2026-12-31,{NIGHT}"), at(10, 20), ZONE)
    proposed = UnitStatus(unit="12A", status=Code(code="Available"))

    assert free(units, [CallForService(incident="1", units=(proposed,))]) == units


def test_the_share_of_crisis_calls_with_a_certified_officer() -> None:
    crew = roster(f"7,12A,CIT,2026-03-10,{NIGHT}", f"9,15C,,,{NIGHT}")

    def call(unit: str, when: int, crisis: str = "suicide") -> CallForService:
        kind = Code(code=crisis) if crisis else None
        return CallForService(
            incident=unit, crisis=kind, dispatched_at=Instant(at=when), units=(UnitStatus(unit=unit),)
        )

    calls = [
        call("12A", at(10, 20)),
        call("12A", at(11, 1)),  # lapsed by then
        call("15C", at(10, 20)),
        call("12A", at(10, 20), ""),  # no crisis
        CallForService(incident="none", crisis=Code(code="suicide")),  # nobody was sent
    ]

    assert coverage(calls, crew, ZONE) == Coverage(calls=3, certified=1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("worker,unit,name\n7,12A,Osei", "line 1"),
        (f"{HEAD},wellness\n7,12A,CIT,2026-12-31,{NIGHT},tired", "line 1"),
        (f"{HEAD}\n7,12A,CIT,soon,{NIGHT}", "line 2, expires"),
        (f"{HEAD}\n7,12A,CIT,2026-12-31,yesterday,2026-03-11T06:00", "line 2, from"),
        (f"{HEAD}\n7,12A,CIT,2026-12-31,2026-03-11T06:00,2026-03-10T06:00", "line 2"),
        (f"{HEAD}\n,12A,CIT,2026-12-31,{NIGHT}", "line 2"),
        (f"{HEAD}\n7,12A,CIT", "line 2"),
        (f"{HEAD}\n7,12A,CIT,2026-12-31,{NIGHT},Riley", "line 2"),
    ],
)
def test_what_is_no_roster_is_refused_with_its_line_and_without_its_words(text: str, place: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(text, ZONE)

    assert refusal.value.at == place
    assert not any(word in str(refusal.value) for word in ("Osei", "tired", "Riley", "soon"))
