"""What hangs together at a scene: the last word of dispatch about two incidents counts, in any order and whoever of the two said it."""

from __future__ import annotations

import itertools

import pytest

from hub.model.care import Encounter
from hub.model.crisis import CrisisContact
from hub.model.event import Body, CrisisEvent
from hub.model.incident import Said, together
from hub.model.public_safety import CallForService, FieldContact
from hub.model.values import Code, Identifier, Instant

NOON = 1_795_000_000_000_000


def said(identity: str, body: Body, at: int = 0) -> Said:
    event = CrisisEvent(id="e", body=body, source="C1", recorded_at=NOON + 99, occurred_at=Instant(at=NOON + at))
    return Said(identity, (event,))


def call(number: str, at: int, word: str = "", other: str = "") -> Said:
    """A call that has an internal number and one for everybody, and says by the latter how another is one with it."""
    linked = (Code(code=word, local=f"urn:{other}"),) if word else ()
    everybody = (Identifier(value=f"urn:{number}", type="EIDO"),)
    return said(f"{number}{at}", CallForService(incident=number, other_ids=everybody, linked=linked), at)


def at_scene(incident: str, told: tuple[Said, ...]) -> set[str]:
    held = together(told, incident)
    return {one.identity for one, here in zip(told, held, strict=True) if here}


LINKED = (call("A", 0), call("B", 1, "PARENT", "A"))


def test_what_was_never_taken_apart_is_all_there_whatever_hangs_on_it() -> None:
    told = (*LINKED, said("x", Encounter(number="V1")), call("C", 2, "RELATED", "A"))

    assert together(told, "A") == [True] * 4


@pytest.mark.parametrize("word", ["UNLINK", "SPLIT"])
@pytest.mark.parametrize(("mine", "other"), [("A", "B"), ("B", "A")])
def test_whichever_of_the_two_takes_them_apart_they_are_two_in_any_order(word: str, mine: str, other: str) -> None:
    told = (*LINKED, call(mine, 2, word, other), said("pd", FieldContact(incident="B"), 3))

    for order in itertools.permutations(told):
        assert {name[0] for name in at_scene("A", order)} == {"A"}
        assert {name[0] for name in at_scene("urn:B", order)} == {"B", "p"}


def test_what_is_put_together_again_is_one() -> None:
    told = (*LINKED, call("B", 2, "UNLINK", "A"), call("A", 3, "CHILD", "B"))

    for order in itertools.permutations(told):
        assert len(at_scene("A", order)) == 4


def test_what_one_person_was_in_stays_together_whatever_dispatch_says() -> None:
    told = (
        *LINKED,
        call("B", 2, "UNLINK", "A"),
        said("p", FieldContact(incident="A")),
        said("p", FieldContact(incident="B")),
    )

    assert at_scene("A", told) == {"A0", "B1", "B2", "p"}


def test_a_third_incident_stays_with_the_one_that_it_hangs_on() -> None:
    contact = said("caller", CrisisContact(contact="9", transfer_incident="B"))
    told = (*LINKED, call("C", 1, "CHILD", "B"), contact, call("A", 2, "UNLINK", "B"))

    assert at_scene("A", told) == {"A0", "A2"}
    assert at_scene("C", told) == {"B1", "C1", "caller"}


def test_at_one_moment_apart_counts() -> None:
    assert at_scene("A", (*LINKED, call("B", 1, "UNLINK", "A"))) == {"A0"}
