"""What facilities answer by message: never twice, never for another, and what does not fit reaches a person."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from msgspec.structs import replace

from hub.flow.placement import COLLECTED, Asked, Criteria, Effect, Placement, choose
from hub.flow.reply import REASONS, Reply, came, hear, reply
from hub.model.event import CrisisEvent
from hub.model.service import Referral
from hub.model.values import Code, HumanName, Worker
from hub.spans import MINUTE

NOON = 1_795_000_000_000_000
ASKED = Placement(
    id="p1", journal="j1", source="H1", criteria=Criteria(service="detox", age="adult"), opened_at=NOON,
    until=NOON + COLLECTED, asked=tuple(Asked(facility=name, unit="A") for name in ("S1", "S2")),
)  # fmt: skip
OSEI = Worker(id="77", name=HumanName(family="Osei", given=("Ama",)))


def said(status: str, *, facility: str = "S1", event: str = "e1", **more: Any) -> CrisisEvent:
    body = Referral(number="n", status=Code(code=status), **more)
    return CrisisEvent(id=event, body=body, source=facility, recorded_at=NOON + MINUTE)


def room(facility: str = "S1", event: str = "e1") -> Reply:
    return Reply(facility=facility, event=event, at=NOON + MINUTE, room=True, clinician="Ama Osei")


def words(effects: tuple[Effect, ...]) -> list[tuple[str, str]]:
    return [(each.what, each.facility) for each in effects]


def test_every_wire_word_for_no_is_a_decline_of_the_list() -> None:
    for word in ("rejected", "refused", "declined", "cancelled"):
        found = reply(said(word, status_reason=Code(local="no_bed")))
        assert found is not None
        assert (found.room, found.reason) == (False, "full")
    assert {REASONS[word] for word in REASONS} <= {"full", "acuity", "not-our-service", "staffing"}
    odd = reply(said("rejected", status_reason=Code(local="Riley is known here")))
    assert odd is not None
    assert odd.reason == "other"


def test_having_received_it_is_no_answer() -> None:
    assert reply(said("received")) is None
    assert reply(said("requested")) is None


def test_an_acceptance_that_names_nobody_waits_for_a_telephone_call() -> None:
    unnamed = reply(said("accepted"))
    assert unnamed is not None

    after, then = hear(ASKED, unnamed)

    assert [each.answer for each in after.asked] == ["asked", "asked"]
    assert words(then) == [("tell", "S1")]
    assert "names no clinician" in then[0].words


def test_an_acceptance_by_a_clinician_is_an_offer_and_says_that_there_was_room() -> None:
    found = reply(said("accepted", performer_worker=OSEI))
    assert found is not None

    after, then = hear(ASKED, found)

    assert (after.asked[0].answer, after.asked[0].clinician) == ("offered", "Ama Osei")
    assert words(then) == [("room", "S1")]


def test_the_same_word_again_changes_nothing() -> None:
    once, _ = hear(ASKED, room())

    assert hear(once, room()) == (once, ())


def test_of_two_acceptors_one_is_chosen_and_the_other_is_told_in_whatever_order_they_answer() -> None:
    first_come = replace(ASKED, first_come=True)
    for order in permutations((room("S1", "e1"), room("S2", "e2"))):
        placement, told = first_come, []
        for word in order:
            placement, then = hear(placement, word)
            told += [each for each in then if each.what in ("tell", "release", "cancel")]

        assert [each.answer for each in placement.asked].count("chosen") == 1
        assert [each.facility for each in told if each.what == "release"] == [order[0].facility]
        late = [each for each in told if each.what == "tell"]
        assert [each.facility for each in late] == [order[1].facility]
        assert "the placement is held" in late[0].words


def test_full_is_learned_and_other_reasons_are_not() -> None:
    for reason, learned in (("full", [("full", "S1")]), ("acuity", [])):
        _, then = hear(ASKED, replace(room(), room=False, clinician="", reason=reason))
        assert words(then) == learned


def test_the_person_who_arrives_ends_the_hold_and_elsewhere_is_told_once() -> None:
    offered, _ = hear(ASKED, room())
    held, _ = choose(offered, "S1", by="Dr Nguyen", at=NOON + 2 * MINUTE)

    arrived, then = came(held, "S1", "a1")
    assert (arrived.state, then) == ("arrived", ())

    elsewhere, then = came(held, "S2", "a1")
    assert (elsewhere.state, words(then)) == ("held", [("tell", "S2")])
    assert came(elsewhere, "S2", "a1") == (elsewhere, ())
