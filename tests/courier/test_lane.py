"""A lane: claimed before it leaves, settled by its own answer, in order for each person, and nobody blocks anybody else."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub import clock
from hub.contracts import Parcel, Receipt
from hub.courier.dispatch import Dispatch
from hub.courier.lane import Lane
from hub.courier.pace import Pace
from hub.courier.patience import Breaker
from hub.courier.prepare import Preparer
from hub.courier.recover import recover
from hub.errors import Ambiguous, PartnerBusy, PartnerRefused, PartnerUnreachable
from hub.intake import Arrival, Desk
from hub.partners import Partner
from hub.store.asking.due import Dead
from hub.store.asking.outbox import Outbox
from tests.houses import TREATED, Store, Toy, house, partner, store


class Partnerlike:
    """A carrier to a partner that keeps the rules of one: it remembers keys, and answers as it was told to."""

    def __init__(self, *answers: Exception | Receipt) -> None:
        self.answers, self.got, self.closed = list(answers), [], False

    got: list[Parcel]

    async def send(self, parcel: Parcel) -> Receipt:
        self.got.append(parcel)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else Receipt(accepted=True, code="200")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed = True


def clinic(**delivery: Any) -> Partner:
    return partner("B1", "BH_PROVIDER", TREATED, **{"first_wait_s": 0.01, "longest_wait_s": 0.02, **delivery})


def toy(number: int, person: int | None = None, **more: Any) -> bytes:
    return json.dumps({"id": f"m{number}", "mrn": f"r{number if person is None else person}", **more}).encode()


def keep_only(kept: Store, to: Partner, *bodies: bytes) -> None:
    """Keep these messages while nobody delivers."""

    async def act() -> None:
        desk = Desk(kept.writer, kept.steps(house(to)))
        desk.start()
        for body in bodies:
            await desk.take(Arrival(journal=secrets.token_hex(16), partner="H1", body=body, door="t", at=clock.now()))
        await desk.stop()

    asyncio.run(act())


def play(
    kept: Store,
    to: Partner,
    carrier: Partnerlike,
    *bodies: bytes,
    until: Callable[[Outbox], bool],
    in_force: bool = True,
    pace: Pace | None = None,
    ready: Callable[[], bool] = lambda: True,
) -> tuple[list[Parcel], list[Dead]]:
    """Keep these messages, run the lane until the outbox looks as wanted, and say what the partner got and what died."""

    async def act() -> None:
        desk = Desk(kept.writer, kept.steps(house(to)))
        desk.start()
        courier = _courier(kept, to, carrier, outbox, desk, in_force=in_force, pace=pace, ready=ready)
        running = asyncio.create_task(courier)
        try:
            await _until(lambda: running.done() or until(outbox))
        finally:
            running.cancel()
            (ended,) = await asyncio.gather(running, return_exceptions=True)
            await desk.stop()
        assert isinstance(ended, asyncio.CancelledError), ended

    outbox = Outbox(kept.database, kept.keys, kept.signer.name)
    keep_only(kept, to, *bodies)
    asyncio.run(act())
    return carrier.got, outbox.dead("B1")


async def _courier(
    kept: Store, to: Partner, carrier: Partnerlike, outbox: Outbox, desk: Desk, *, in_force: bool, **lane_has: Any
) -> None:
    preparer = Preparer(
        house=house(to, in_force=in_force),
        adapters={"B1": Toy()},
        names=kept.names("B1"),
        allowed=outbox.allowed,
        zone="UTC",
    )
    lane = Lane(partner=to, carrier=carrier, breaker=Breaker(first_pause=10_000), **lane_has)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Dispatch({to.id: lane}, outbox, preparer, desk).run())
        tasks.create_task(lane.run())


async def _until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.005)


def drained(outbox: Outbox) -> bool:
    """Two looks, because a delivery may leave the air for the waiting room between them."""
    return all(outbox.depth("B1").waiting == 0 and not outbox.flown() for _ in range(2))


def one_parked(outbox: Outbox) -> bool:
    return outbox.depth("B1").parked == 1


def test_a_message_reaches_the_partner_once_in_its_own_format(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(), Partnerlike(), toy(1), until=drained)

    (parcel,) = got
    assert json.loads(parcel.body)["codes"] == ["F32.9"]
    assert json.loads(parcel.body)["key"] == parcel.key
    assert dead == []


def test_messages_of_one_person_arrive_in_order(tmp_path: Path) -> None:
    bodies = [toy(n, person=1, code=f"F{n}") for n in range(12)]
    with store(tmp_path) as kept:
        got, _ = play(kept, clinic(in_flight=4), Partnerlike(), *bodies, until=drained)

    assert [json.loads(p.body)["codes"] for p in got] == [[f"F{n}"] for n in range(12)]


@pytest.mark.parametrize("trouble", [PartnerBusy("busy", retry_after=0.01), Ambiguous("silence")])
def test_trouble_that_passes_is_tried_again_under_the_same_key_with_the_same_bytes(
    tmp_path: Path, trouble: Exception
) -> None:
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(), Partnerlike(trouble, trouble), toy(1), until=drained)

    assert len(got) == 3
    assert len({(p.key, p.body) for p in got}) == 1
    assert dead == []


def test_a_fault_of_ours_while_sending_is_settled_and_tried_again(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(), Partnerlike(KeyError("Secretname")), toy(1), until=drained)

    assert len({p.key for p in got}) == 1
    assert len(got) == 2
    assert dead == []


def test_a_connection_that_was_never_made_is_tried_again_at_once(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        got, _ = play(kept, clinic(attempts=1), Partnerlike(PartnerUnreachable("down")), toy(1), until=drained)

    assert len(got) == 2


def test_what_the_partner_refuses_is_parked_with_its_cause_and_others_flow(tmp_path: Path) -> None:
    carrier = Partnerlike(PartnerRefused("422"))
    with store(tmp_path) as kept:
        got, dead = play(
            kept,
            clinic(in_flight=1),
            carrier,
            toy(1),
            toy(2),
            toy(3),
            until=lambda o: len(carrier.got) == 3 and one_parked(o),
        )

    assert len(got) == 3
    assert [d.code for d in dead] == ["PartnerRefused"]


def test_followers_of_a_parked_delivery_wait_and_other_people_do_not(tmp_path: Path) -> None:
    carrier = Partnerlike(PartnerRefused("422"))
    bodies = [toy(1, person=1), toy(2, person=1), toy(3, person=2)]
    with store(tmp_path) as kept:
        got, _ = play(
            kept, clinic(in_flight=1), carrier, *bodies, until=lambda o: one_parked(o) and len(carrier.got) == 2
        )

    assert len(got) == 2


def test_a_partner_that_cannot_recognise_repeats_is_never_sent_a_doubtful_one_again(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(dedupe="none"), Partnerlike(Ambiguous("silence")), toy(1), until=one_parked)

    assert len(got) == 1
    assert "ask there before" in dead[0].cause


def test_patience_ends_after_so_many_tries(tmp_path: Path) -> None:
    carrier = Partnerlike(*[PartnerBusy("busy")] * 9)
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(attempts=3), carrier, toy(1), until=one_parked)

    assert len(got) == 3
    assert "Tried 3 times" in dead[0].cause


def test_a_partner_that_was_gone_for_longer_than_any_patience_gets_everything_once_it_is_back(tmp_path: Path) -> None:
    carrier = Partnerlike(*[PartnerUnreachable("down")] * 2 * 9)  # each attempt knocks twice
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(attempts=6), carrier, toy(1), until=lambda o: drained(o) or one_parked(o))

    assert len(got) == 2 * 9 + 1
    assert dead == []


def test_a_partner_that_comes_back_gets_everything_although_the_breaker_had_opened(tmp_path: Path) -> None:
    carrier = Partnerlike(*[PartnerBusy("busy")] * 7)
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(), carrier, *(toy(n) for n in range(3)), until=drained)

    assert len({p.key for p in got}) == 3
    assert len(got) == 3 + 7
    assert dead == []


def test_what_is_due_to_a_partner_that_must_come_itself_waits_without_an_attempt(tmp_path: Path) -> None:
    looks, came = iter(range(30)), Partnerlike()
    with store(tmp_path) as kept:
        play(kept, clinic(), came, toy(1), until=lambda _: next(looks) > 20, ready=lambda: False)
        assert came.got == []
        depth = Outbox(kept.database, kept.keys, kept.signer.name).depth("B1")
        then, dead = play(kept, clinic(), came, until=drained)

    assert (depth.waiting, depth.again) == (1, 0)
    assert (len(then), dead) == (1, [])


def test_what_was_in_the_air_when_the_hub_stopped_is_sent_again_under_its_key(tmp_path: Path) -> None:
    class Hangs(Partnerlike):
        async def send(self, parcel: Parcel) -> Receipt:
            self.got.append(parcel)
            await asyncio.sleep(3600)
            raise AssertionError

    async def recovered(kept: Store, to: Partner) -> int:
        desk = Desk(kept.writer, kept.steps(house(to)))
        desk.start()
        outbox = Outbox(kept.database, kept.keys, kept.signer.name)
        found = await recover(outbox, desk, {"B1": to})
        await desk.stop()
        return found

    hanging, answering = Hangs(), Partnerlike()
    with store(tmp_path) as kept:
        first, _ = play(kept, clinic(), hanging, toy(1), until=lambda _: len(hanging.got) == 1)
        again = asyncio.run(recovered(kept, clinic()))
        second, _ = play(kept, clinic(), answering, until=drained)

    assert again == 1
    assert [(p.key, p.body) for p in first] == [(p.key, p.body) for p in second]


def test_what_cannot_be_written_waits_for_a_person_and_nothing_is_sent(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(), Partnerlike(), toy(1, code="unwritable"), until=one_parked)

    assert got == []
    assert "It cannot be written: toy.yaml line 9" in dead[0].cause


def test_an_agreement_that_ended_meanwhile_stops_what_was_waiting(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        carrier, to = Partnerlike(), clinic()
        keep_only(kept, to, toy(1))
        got, dead = play(kept, to, carrier, until=drained, in_force=False)

    assert (got, dead) == ([], [])


def test_a_partner_that_turned_out_to_be_something_else_is_not_sent_what_it_was_granted_before(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        carrier = Partnerlike()
        keep_only(kept, clinic(), toy(1))
        got, dead = play(kept, msgspec.structs.replace(clinic(), kind="LE"), carrier, until=drained)

    assert (got, dead) == ([], [])


def test_two_partners_ids_do_not_join(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        names = kept.names("B1", "PD")
        identity = secrets.token_hex(16)

        ids = {names.message("B1", "1"), names.message("PD", "1")}
        people = {names.person("B1", identity), names.person("PD", identity)}

    assert len(ids) == len(people) == 2
