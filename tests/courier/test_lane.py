"""A lane: claimed before it leaves, settled by its own answer, in order for each person, and nobody blocks anybody else."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from hub import clock
from hub.contracts import Parcel, Receipt
from hub.courier.dispatch import Dispatch
from hub.courier.lane import Lane
from hub.courier.pace import Pace
from hub.courier.patience import Breaker
from hub.courier.prepare import Prepared, Preparer
from hub.courier.recover import recover
from hub.errors import Ambiguous, PartnerBusy, PartnerRefused, PartnerUnreachable, Passing
from hub.intake import Arrival, Desk
from hub.model.commands import Claim
from hub.model.entry import Kind, LedgerEntry
from hub.partners import Partner
from hub.store.asking.due import Dead
from hub.store.asking.outbox import Outbox
from hub.store.result import Result
from hub.store.writing.deliver import claim
from hub.store.writing.group import Group
from hub.store.writing.writer import ROWS
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
    preparer = _preparer(kept, to, outbox, in_force=in_force)
    lane = Lane(partner=to, carrier=carrier, breaker=Breaker(first_pause=10_000), **lane_has)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Dispatch({to.id: lane}, outbox, preparer, desk).run())
        tasks.create_task(lane.run())


def _preparer(kept: Store, to: Partner, outbox: Outbox, *, in_force: bool = True) -> Preparer:
    return Preparer(
        house=house(to, in_force=in_force),
        adapters={"B1": Toy()},
        names=kept.names("B1"),
        allowed=outbox.allowed,
        zone="UTC",
    )


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


def test_a_partner_that_asks_for_patience_longer_than_any_gets_everything_once_it_takes_again(tmp_path: Path) -> None:
    carrier = Partnerlike(*[PartnerBusy("503")] * 9)
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(attempts=6), carrier, toy(1), until=lambda o: drained(o) or one_parked(o))

    assert len(got) == 9 + 1
    assert dead == []


@pytest.mark.parametrize(
    ("problem", "heard", "failed", "waits"),
    [
        (PartnerBusy("503"), False, 4, True),
        (PartnerBusy("503"), True, 4, False),
        (PartnerBusy("503"), True, 5, True),
        (PartnerUnreachable("down"), True, 4, True),
        (Ambiguous("500"), True, 5, False),
    ],
)
def test_only_a_message_that_is_too_much_where_others_are_taken_uses_up_its_tries(
    problem: Passing, heard: bool, failed: int, waits: bool
) -> None:
    lane = Lane(partner=clinic(attempts=6), carrier=Partnerlike(), breaker=Breaker(heard=heard, failures=failed))
    entry = LedgerEntry(kind=Kind.ATTEMPT, at=0)
    claimed = Claim(outbox=1, attempt=7, at=0, key="k", body_digest=b"", entry=entry)
    parcel = Parcel(partner="B1", key="k", body=b"", media_type="")

    settled = lane._again(
        Prepared(outbox=1, attempt=7, journal="", identity="", parcel=parcel, command=claimed), problem
    )

    assert settled.outcome == ("again" if waits else "parked")


def test_a_partner_that_comes_back_gets_everything_although_the_breaker_had_opened(tmp_path: Path) -> None:
    carrier = Partnerlike(*[PartnerBusy("busy")] * 7)
    with store(tmp_path) as kept:
        got, dead = play(kept, clinic(), carrier, *(toy(n) for n in range(3)), until=drained)

    assert len({p.key for p in got}) == 3
    assert len(got) == 3 + 7
    assert dead == []


def test_a_partner_that_comes_back_and_refuses_the_first_thing_gets_the_others(tmp_path: Path) -> None:
    """The probe was answered, with a no: the breaker closes, or nothing would ever leave again."""
    carrier = Partnerlike(*[PartnerBusy("busy")] * 5, PartnerRefused("422"))
    with store(tmp_path) as kept:
        got, dead = play(
            kept,
            clinic(in_flight=1),
            carrier,
            *(toy(n) for n in range(3)),
            until=lambda o: one_parked(o) and len(carrier.got) == 5 + 3,
        )

    assert [d.code for d in dead] == ["PartnerRefused"]
    assert len({p.key for p in got[5:]}) == 3


def test_what_is_due_to_a_partner_that_must_come_itself_waits_without_an_attempt(tmp_path: Path) -> None:
    looks, came = iter(range(30)), Partnerlike()
    with store(tmp_path) as kept:
        play(kept, clinic(), came, toy(1), until=lambda _: next(looks) > 20, ready=lambda: False)
        assert came.got == []
        depth = Outbox(kept.database, kept.keys, kept.signer.name).depth("B1")
        then, dead = play(kept, clinic(), came, until=drained)

    assert (depth.waiting, depth.again) == (1, 0)
    assert (len(then), dead) == (1, [])


class Hangs(Partnerlike):
    """Takes what it is sent and never answers."""

    async def send(self, parcel: Parcel) -> Receipt:
        self.got.append(parcel)
        await asyncio.sleep(3600)
        raise AssertionError


def stopped_in_the_air(kept: Store, to: Partner) -> list[Parcel]:
    """What this partner was being sent when the hub stopped, and was settled as the hub came up again."""

    async def recovered() -> int:
        desk = Desk(kept.writer, kept.steps(house(to)))
        desk.start()
        found = await recover(Outbox(kept.database, kept.keys, kept.signer.name), desk, {"B1": to})
        await desk.stop()
        return found

    hanging = Hangs()
    first, _ = play(kept, to, hanging, toy(1), until=lambda _: len(hanging.got) == 1)
    assert asyncio.run(recovered()) == 1
    return first


def test_what_was_in_the_air_when_the_hub_stopped_is_sent_again_under_its_key(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        first = stopped_in_the_air(kept, clinic())
        second, _ = play(kept, clinic(), Partnerlike(), until=drained)

    assert [(p.key, p.body) for p in first] == [(p.key, p.body) for p in second]


def test_what_was_in_the_air_to_a_partner_that_cannot_recognise_a_repeat_waits_for_a_person(tmp_path: Path) -> None:
    to = clinic(dedupe="none")
    with store(tmp_path) as kept:
        stopped_in_the_air(kept, to)
        again, dead = play(kept, to, Partnerlike(), until=one_parked)

    assert again == []
    assert [d.code for d in dead] == ["interrupted"]
    assert "Ask the partner whether it arrived" in dead[0].cause


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


def test_no_two_messages_share_a_key_even_where_deliveries_are_numbered_anew(tmp_path: Path) -> None:
    """After a restore a number that a partner has seen stands for another message, which it would take for a repetition."""
    with store(tmp_path) as kept:
        outbox = Outbox(kept.database, kept.keys, kept.signer.name)
        keep_only(kept, clinic(), toy(1))
        (row,) = outbox.due({"B1": 1}, clock.now())
        another = msgspec.structs.replace(row, journal=secrets.token_hex(16))
        preparer = _preparer(kept, clinic(), outbox)

        made = [preparer.prepare(clinic(), each, clock.now()) for each in (row, row, another)]

    keys = [one.parcel.key for one in made if isinstance(one, Prepared)]
    assert len(keys) == 3
    assert keys[0] == keys[1] != keys[2]


def test_what_the_store_can_never_claim_waits_for_a_person_and_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be tried every second for ever, and nobody would know that it does not leave."""

    def breaks(group: Group, command: Claim) -> Result:
        if command.outbox == 1:
            raise KeyError("a fault")
        return claim(group, command)

    monkeypatch.setitem(cast("dict[Any, Any]", ROWS), Claim, breaks)
    carrier = Partnerlike()
    with store(tmp_path) as kept:
        got, dead = play(
            kept, clinic(), carrier, toy(1), toy(2),
            until=lambda outbox: one_parked(outbox) and len(carrier.got) == 1 and not outbox.flown(),
        )  # fmt: skip

    assert len(got) == 1
    assert [one.outbox for one in dead] == [1]
    assert "It cannot be claimed" in dead[0].cause
