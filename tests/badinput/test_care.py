"""What care gets wrong, over real sockets: each has one outcome, words for a person, and loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.spans import HOUR, MINUTE
from tests.badinput.place import Place, arrived
from tests.cli.conftest import Said, ran

XML = "application/xml"
BEDS = """<HospitalStatus xmlns="urn:oasis:names:tc:emergency:EDXL:HAVE:1.0" xmlns:xnl="urn:oasis:names:tc:ciq:xnl:3">
<Hospital><Organization><OrganizationInformation><xnl:OrganisationName><xnl:NameElement>{facility}</xnl:NameElement>
</xnl:OrganisationName></OrganizationInformation></Organization><HospitalBedCapacityStatus><BedCapacity>
<BedType>AdultPsychiatric</BedType><Capacity><AvailableCount>{free}</AvailableCount></Capacity></BedCapacity>
</HospitalBedCapacityStatus><LastUpdateTime>{at}</LastUpdateTime></Hospital></HospitalStatus>"""


def says(here: Place, *words: str) -> Said:
    """A command, as an operator types it while the hub runs."""
    said = ran(*words, "--config", str(here.hub.config))
    return Said(status=said.status, out=" ".join(said.out.split()), aside=" ".join(said.aside.split()))


def written(span: int = 0) -> str:
    """So many microseconds from now, as HL7 v2 writes it."""
    return (datetime.now(UTC) + timedelta(microseconds=span)).strftime("%Y%m%d%H%M%S+0000")


def adt(here: Place, trigger: str, mrn: str, at: int, *, gone: str = "") -> str:
    """A movement of the hospital, sent and acknowledged; gives the hub's id of it."""
    number = next(here.numbers)
    control = f"K{number}"
    segments = [
        f"MSH|^~\\&|EHR|GENHOSP|HUB|CRISIS|{written()}||ADT^{trigger}|{control}|P|2.5.1|||AL|NE",
        f"EVN|{trigger}|{written(at)}||||{written(at)}",
        f"PID|1||{mrn}^^^GENHOSP^MR||Roe{mrn}^Avery||19700101|F",
        f"MRG|{gone}^^^GENHOSP^MR"
        if gone
        else f"PV1|1|E|OBS^{number}^1^GENHOSP|||||||||||||||||V{mrn}{'|' * 25}{written(at)}",
    ]
    with here.wire() as wire:
        assert wire.ask("\r".join((*segments, "")).encode()).code == "CA"
    return str(arrived(lambda: _journal(here, control)))


def _journal(here: Place, control: str) -> str:
    with here.evidence() as found:
        return next((one.message.journal for one in found.journal() if one.message_id == control), "")


def beds(here: Place, facility: str, free: object) -> str:
    """A count of beds in EDXL-HAVE, posted by its sender now; gives the hub's id of it."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = _newest(here)
    answer = here.post(BEDS.format(facility=facility, free=free, at=at).encode(), as_="have", media=XML)
    assert answer.status_code == 202, answer.text
    return str(arrived(lambda: found if (found := _newest(here)) != before else ""))


def _newest(here: Place) -> str:
    with here.evidence() as found:
        return next((one.message.journal for one in found.journal()), "")


@pytest.mark.parametrize("free", [-3, 90_000])
def test_a_count_that_cannot_be_is_kept_parked_with_its_number_and_moves_no_board(here: Place, free: int) -> None:
    opened = says(
        here, "beds", "set", "Impossible", "PSY", "--staffed", "9", "--taken", "4", "--profile", "adult_psychiatric"
    )

    journal = beds(here, "Impossible", free)

    why = f"Impossible adult_psychiatric: available is {free}; a count lies between 0 and 5000."
    assert opened.status == 0
    assert f"parked: {why}" in says(here, "message", journal).out
    (row,) = [
        one
        for one in ran("beds", "board", "--json", "--config", str(here.hub.config)).json
        if one["facility"] == "Impossible"
    ]
    assert (row["offerable"], row.get("alerts")) == (5, None)


def test_counts_typed_that_cannot_be_are_refused_with_the_number(here: Place) -> None:
    negative = says(here, "beds", "set", "Refused", "PSY", "--staffed", "-1")
    more = says(here, "beds", "set", "Refused", "PSY", "--staffed", "4", "--blocked", "3", "--held", "2")

    assert (negative.status, more.status) == (1, 1)
    assert "staffed is -1; a count lies between 0 and 5000" in negative.aside
    assert "More beds are blocked and held than are staffed" in more.aside


def test_of_two_counts_that_contradict_the_lesser_is_offered_and_both_are_told(here: Place) -> None:
    says(here, "beds", "set", "Contradicted", "PSY", "--staffed", "9", "--taken", "4", "--profile", "adult_psychiatric")

    beds(here, "Contradicted", 2)

    board = says(here, "beds", "board").out
    assert "Contradicted PSY: The have count differs: 2 free there, 5 here." in board
    found = ran("beds", "board", "--json", "--config", str(here.hub.config)).json
    assert [one["offerable"] for one in found if one["facility"] == "Contradicted"] == [2]


def test_who_leaves_before_they_came_is_counted_once_and_a_movement_of_tomorrow_waits_for_its_time(here: Place) -> None:
    says(here, "beds", "set", "GENHOSP", "OBS", "--staffed", "9", "--taken", "0")

    adt(here, "A03", "9001", -MINUTE)
    adt(here, "A01", "9001", -5 * MINUTE)
    ahead = adt(here, "A01", "9002", 26 * HOUR)

    board = says(here, "beds", "board").out
    found = ran("beds", "board", "--json", "--config", str(here.hub.config)).json
    assert [one["occupied"] for one in found if one["unit"] == "OBS"] == [0]
    assert "GENHOSP OBS: 1 movement is dated in the future, and will count then." in board
    assert (
        "tells of something 25 hours after it arrived: it counts when that time comes."
        in says(here, "message", ahead).out
    )


def test_merges_in_a_circle_make_one_person_and_say_that_they_change_nothing(here: Place) -> None:
    adt(here, "A08", "9101", 0)
    adt(here, "A08", "9102", 0)

    first = adt(here, "A40", "9101", 0, gone="9102")
    back = adt(here, "A40", "9102", 0, gone="9101")
    again = adt(here, "A40", "9101", 0, gone="9102")

    assert "merged: 1 of the sender's numbers is this person's from now on" in says(here, "message", first).out
    for circle in (back, again):
        assert "merges what is one person already" in says(here, "message", circle).out
    held = says(here, "link", "show", back).out
    assert held.count("hospital") == 2
