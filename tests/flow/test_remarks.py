"""What is odd about a message is said in words."""

from __future__ import annotations

from hub.flow.remarks import remarks
from hub.model.care import Encounter
from hub.model.event import CrisisEvent
from hub.model.person import PersonMerge
from hub.model.plan import Block, Link, Move
from hub.model.public_safety import CallForService
from hub.model.service import Appointment
from hub.model.values import Code, Instant
from hub.spans import DAY, MINUTE

NOON = 1_795_000_000_000_000
LINK = Link(verdict="same", identity="i", person="p", fresh=False)
CIRCLE = "merges what is one person already, as when it is told twice or in a circle: nothing changes"


def said(
    *bodies: Encounter | PersonMerge | Appointment | CallForService, at: int = NOON, link: Link = LINK
) -> list[str]:
    events = tuple(
        CrisisEvent(id=f"e{n}", body=body, source="H1", recorded_at=NOON, occurred_at=Instant(at=at))
        for n, body in enumerate(bodies)
    )
    return list(remarks(events, link, NOON))


def test_what_is_ordinary_is_not_remarked_upon() -> None:
    assert said(Encounter()) == said(Encounter(), at=NOON - DAY) == said(Encounter(), at=NOON + 9 * MINUTE) == []
    assert said(Appointment(), at=NOON + 3 * DAY) == []


def test_what_is_dated_ahead_is_said_with_how_far_and_what_comes_of_it() -> None:
    (words,) = said(Encounter(), at=NOON + 3 * DAY)

    assert words == (
        "tells of something 3 days after it arrived: it counts when that time comes. Is the sender's clock right?"
    )


def test_what_became_of_a_merge_is_said_also_where_it_changes_nothing() -> None:
    moved = Link(
        verdict="same", identity="i", person="p", fresh=False,
        moves=(Move(identity="k", before="q", after="p", why="merged"),),
    )  # fmt: skip
    unknown = Link(
        verdict="same", identity="i", person="p", fresh=False, blocks=(Block(name="MR:H1", values=("9",), strong=True),)
    )

    assert said(PersonMerge()) == [CIRCLE]
    assert said(PersonMerge(), link=moved) == ["merged: 1 of the sender's numbers is this person's from now on"]
    assert said(PersonMerge(), link=unknown) == [
        "merged a number that nobody knew: whoever comes under it is this person"
    ]


def test_what_dispatch_says_of_two_calls_is_said_once_and_a_relation_is_no_remark() -> None:
    linked = tuple(Code(code=code, local=str(n)) for n, code in enumerate(("SPLIT", "SPLIT", "RELATED", "EATING")))

    (words,) = said(CallForService(linked=linked))

    assert words.startswith("dispatch says that this call was split off from another")
