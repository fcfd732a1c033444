"""One episode in the standard fields: whatever the order of arrival, and a correction takes the place of what it corrects."""

from __future__ import annotations

from itertools import permutations

from hub.flow.measures.counting import connected, diverted
from hub.flow.measures.standard import Standard, Told, standard
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.public_safety import CallForService, FieldContact, UnitStatus
from hub.model.service import Appointment, Referral
from hub.model.values import Code, Instant
from hub.spans import DAY, HOUR, MINUTE

NOON = 1_773_594_000_000_000


def at(minutes: int) -> Instant:
    return Instant(at=NOON + minutes * MINUTE)


CALL = CallForService(
    incident="I-1", initial_type=Code(code="SUICTHRT"), received_at=at(0), dispatched_at=at(2), on_scene_at=at(11),
    cleared_at=at(70), beat="3", units=(UnitStatus(unit="12A", cit=True), UnitStatus(unit="14B")),
)  # fmt: skip
CONTACT = FieldContact(
    number="F-1", version="1", co_responder=True, use_of_force=True, disposition=Code(code="referral")
)
CORRECTED = FieldContact(
    number="F-1", version="2", co_responder=True, use_of_force=False, disposition=Code(code="referral")
)
ED = Encounter(trigger="A04", admitted_at=at(95))
BOOKED = Appointment(number="A-1", status=Code(code="fulfilled"), starts_at=at(6 * 24 * 60))
DAY_OF_RILEY = [
    Told("C1", "PSAP", CALL, NOON),
    Told("PD", "LE", CONTACT, NOON + HOUR),
    Told("PD", "LE", CORRECTED, NOON + HOUR),
    Told("H1", "HOSP_ED", ED, NOON + 2 * HOUR),
    Told("B1", "BH_PROVIDER", BOOKED, NOON + 6 * DAY),
]


def test_every_order_gives_the_same_episode() -> None:
    folded = {repr(standard(told)) for told in permutations(DAY_OF_RILEY)}

    assert len(folded) == 1


def test_what_many_partners_told_is_one_episode() -> None:
    episode = standard(DAY_OF_RILEY)

    assert (episode.received_at, episode.dispatched_at, episode.on_scene_at, episode.cleared_at) == (
        NOON, NOON + 2 * MINUTE, NOON + 11 * MINUTE, NOON + 70 * MINUTE,
    )  # fmt: skip
    assert (episode.response, episode.cit, episode.units, episode.zone) == ("co-response", True, 2, "3")
    assert episode.partners == ("B1", "C1", "H1", "PD")
    assert (diverted(episode), connected(episode)) == (False, True)


def test_units_are_counted_whether_a_format_tells_of_them_in_the_call_or_by_themselves() -> None:
    alone = [Told("C1", "PSAP", UnitStatus(unit=name, incident="I-1"), NOON) for name in ("12A", "14B", "15C")]

    assert standard([DAY_OF_RILEY[0], *alone]).units == 3
    assert standard([*alone, *alone]).units == 3


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    assert standard(DAY_OF_RILEY[:2]).force
    assert not standard(DAY_OF_RILEY).force


def test_a_visit_to_an_emergency_department_after_a_day_counts_as_diverted() -> None:
    late = Told("H1", "HOSP_ED", Encounter(trigger="A04", admitted_at=at(24 * 60)), NOON)

    assert diverted(standard([DAY_OF_RILEY[0], late]))


def test_an_arrival_at_any_hospital_counts_until_it_is_taken_back_in_whatever_order_that_is_told() -> None:
    came = Told("H2", "HOSP_INPT", Encounter(number="V2", trigger="A01", admitted_at=at(200)), NOON + 200 * MINUTE)
    never = Told("H2", "HOSP_INPT", Encounter(number="V2", trigger="A11", admitted_at=at(200)), NOON + 210 * MINUTE)
    again = Told("H2", "HOSP_INPT", Encounter(number="V2", trigger="A01", admitted_at=at(220)), NOON + 220 * MINUTE)

    assert not diverted(standard([DAY_OF_RILEY[0], came]))
    assert {diverted(standard(told)) for told in permutations((DAY_OF_RILEY[0], came, never))} == {True}
    assert {standard(told).ed for told in permutations((came, never, again))} == {(NOON + 220 * MINUTE,)}


def test_an_arrest_is_a_charge_and_a_booking() -> None:
    told = standard(
        [Told("PD", "LE", FieldContact(number="F", disposition=Code(code="arrest"), ended_at=at(30)), NOON)]
    )

    assert (told.charged, told.booked, told.transported) == (True, (NOON + 30 * MINUTE,), True)
    assert (told.disposition, told.destination) == ("arrest", "")


def test_how_it_ended_and_where_somebody_was_brought_is_the_same_in_every_order() -> None:
    brought = FieldContact(number="F", disposition=Code(code="referral"), transported_to=Code(code="hospital"))
    told = (
        Told("PD", "LE", brought, NOON),
        Told(
            "MCT1",
            "MOBILE_CRISIS",
            MobileCrisisVisit(visit="V", disposition=Code(code="stabilized_in_community")),
            NOON,
        ),
    )

    assert {(s.disposition, s.destination) for s in map(standard, permutations(told))} == {("referral", "hospital")}


def test_a_contact_that_nobody_was_sent_to_is_the_lines_own() -> None:
    line = Told("L1", "LIFELINE", CrisisContact(contact="C-9", offered_at=at(0), coarse_area="85001"), NOON)
    team = Told("MCT1", "MOBILE_CRISIS", MobileCrisisVisit(visit="V-1", arrived_at=at(20)), NOON)

    assert standard([line]).response == "988 alone"
    assert standard([line, team]).response == "mobile team"


def test_who_found_no_room_is_remembered_by_need() -> None:
    refused = Referral(
        number="R", status=Code(code="rejected"), status_reason=Code(code="no-capacity"), need=(Code(code="shelter"),)
    )

    assert standard([Told("SH1", "SOCIAL_SVC", refused, NOON)]).turned_away == ("shelter",)


def test_nothing_told_is_nothing_known() -> None:
    assert standard([]) == Standard()
