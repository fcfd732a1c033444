"""A parked message is planned anew as of now, in the place of its first plan, and never behind newer news."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import uvloop

from hub.contracts import Received
from hub.intake import Answer, Arrival, Desk
from hub.intake.arrival import Again
from hub.intake.link import Client, Server
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.values import Code, Instant
from hub.spans import HOUR
from hub.store.asking.journal import Journal
from hub.store.asking.outbox import Outbox
from tests.houses import CLINIC, POLICE, Store, Toy, house, store
from tests.intake.test_desk import NOON, arrival, toy


@asynccontextmanager
async def desk_of(kept: Store) -> AsyncIterator[Desk]:
    desk = Desk(kept.writer, kept.steps(house(CLINIC, POLICE)))
    desk.start()
    try:
        yield desk
    finally:
        await desk.stop()


def again(parked: Arrival, *, at: int = NOON + HOUR, late: bool = False, more: tuple[CrisisEvent, ...] = ()) -> Again:
    """What its sender meant, read by a mapping that understands it."""
    mended = toy(parked.journal[:4], mrn="r1")
    reading = Toy().read(mended, Received(journal=parked.journal, partner="H1", as_of=parked.at))
    told = tuple(msgspec.structs.replace(e, occurred_at=Instant(at=parked.at)) for e in reading.events)
    return Again(
        arrival=parked, at=at, kind="TOY", events=(*told, *more), actor="an analyst", reason="mended", late=late
    )


def played(kept: Store, *jobs: Arrival | Again) -> list[Answer]:
    async def play() -> list[Answer]:
        async with desk_of(kept) as desk:
            return [await (desk.again(j) if isinstance(j, Again) else desk.take(j)) for j in jobs]

    return uvloop.run(play())


def due(kept: Store) -> list[str]:
    outbox = Outbox(kept.database, kept.keys, kept.signer.name)
    return [row.journal for row in outbox.due({"B1": 10}, NOON + 2 * HOUR)]


PARKED = arrival(toy(1, boom="map"))


def test_it_takes_the_place_of_its_first_plan_and_goes_out(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        first, second = played(kept, PARKED, again(PARKED))

        with kept.database.read() as connection:
            (plan,) = Journal(connection, kept.keys, kept.signer.name).plans([PARKED.journal])
        destined = due(kept)

    assert (first.state, second.state) == ("parked", "kept")
    assert destined == [PARKED.journal]
    assert {entry.at for entry in plan.entries} == {NOON + HOUR}
    assert {entry.actor for entry in plan.entries} == {"an analyst"}
    assert plan.cause == "Read again by an analyst: mended"


def test_it_is_done_once(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        *_, once_more = played(kept, PARKED, again(PARKED), again(PARKED))

        assert due(kept) == [PARKED.journal]
    assert once_more.state == "rejected"
    assert "not parked" in once_more.cause


def newer() -> Arrival:
    return msgspec.structs.replace(arrival(toy(2, mrn="r1")), at=NOON + HOUR // 2)


def test_newer_news_about_the_person_is_not_followed_by_older(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        *_, refused = played(kept, PARKED, newer(), again(PARKED))
        before = due(kept)
        (late,) = played(kept, again(PARKED, late=True))

    assert refused.state == "parked"
    assert refused.cause.startswith("1 newer messages about this person")
    assert PARKED.journal not in before
    assert late.state == "kept"


def test_an_old_consent_never_takes_the_place_of_a_newer_one(tmp_path: Path) -> None:
    release = CrisisEvent(
        id="c", body=ConsentDirective(directive="r-1", kind=Code(code="TPO")), source="H1", recorded_at=NOON
    )
    with store(tmp_path) as kept:
        *_, refused = played(kept, PARKED, newer(), again(PARKED, late=True, more=(release,)))

    assert refused.state == "parked"


@pytest.mark.parametrize("late", [False, True])
def test_it_travels_from_another_process(tmp_path: Path, late: bool) -> None:
    async def call(kept: Store) -> Answer:
        async with desk_of(kept) as desk:
            await desk.take(PARKED)
            ours, theirs = socket.socketpair()
            server, client = Server(desk), Client(lambda _: None)
            await server.start(ours)
            await client.start(theirs)
            answer = await client.again(again(PARKED, late=late))
            client.close()
            await asyncio.sleep(0)
            return answer

    with store(tmp_path) as kept:
        answer = uvloop.run(call(kept))

        assert due(kept) == [PARKED.journal]
    assert answer == Answer(journal=PARKED.journal, state="kept")
