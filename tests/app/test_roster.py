"""Who is proposed for a call: certified units that are free, and the county's programmes with their reasons."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from msgspec.structs import replace

from hub import clock
from hub.app.care.roster import Rosters
from hub.flow.roster import Member
from hub.partners import Programme
from hub.spans import HOUR
from tests.app.test_card import PARTNERS, Scene, scene

ALWAYS = Programme(id="mct", name="Mobile team", teams=("MCT1",), role="instead of police")
POLICE = Programme(id="co", name="Co-responders", teams=("CR1",), role="with police", asked_by=("988",))


def member(worker: str, unit: str, certificate: str = "CIT") -> Member:
    now = clock.now()
    return Member(
        worker=worker, unit=unit, certificate=certificate, expires="2099-12-31", starts=now - HOUR, ends=now + HOUR
    )


def rosters(here: Scene) -> Rosters:
    county = SimpleNamespace(partners=PARTNERS, programmes=(ALWAYS, POLICE), library=(), zone="UTC")
    return Rosters(known=cast("Any", SimpleNamespace(county=county, house=here.house)), vault=here.vault)


def test_a_dispatcher_is_told_who_is_certified_and_free_and_who_comes(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        asked = rosters(here)
        here.kept.writer.commit(
            [asked.load((member("7", "12A"), member("8", "14B"), member("9", "15C", "")), actor="dana")]
        )
        here.says("C1", incident="I-1")
        here.says("C1", incident="I-2", units=["12A"])

        found = asked.proposed("I-1", clock.now())
        here.says("C1", incident="I-2", units=["12A"], cleared=clock.now())
        after = asked.proposed("I-1", clock.now())

    assert [(u.unit, u.certified) for u in found.units] == [("14B", ("8",)), ("15C", ())]
    assert [(p.programme, p.fits) for p in found.programmes] == [("mct", True), ("co", False)]
    assert [u.unit for u in after.units] == ["12A", "14B", "15C"]
    assert (after.proposed.department, after.proposed.units) == ("PD", ("12A", "14B"))


def test_loading_again_replaces_the_days_of_the_table_and_keeps_others(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        asked = rosters(here)
        past = Member(
            worker="7",
            unit="12A",
            certificate="CIT",
            expires="2099-12-31",
            starts=clock.now() - 30 * HOUR,
            ends=clock.now() - 20 * HOUR,
        )
        here.kept.writer.commit([asked.load((past,), actor="dana")])
        same = member("8", "14B")
        here.kept.writer.commit([asked.load((same,), actor="dana")])
        here.kept.writer.commit([asked.load((replace(same, worker="9", unit="15C"),), actor="dana")])

        units = {one.unit for one in asked.members()}

    assert units == {"12A", "15C"}
