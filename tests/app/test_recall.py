"""Recalls, over the real store and the real courier: what was sent and may not be relied on any more is asked back, once."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec import structs
from sqlalchemy import select

import adapters
from hub import clock
from hub.app.acts import mislink
from hub.app.acts.recall import Recaller, attested
from hub.app.asking.look import Look
from hub.app.house import Household
from hub.app.vault import Vault
from hub.contracts import Adapter, Receipt
from hub.courier.dispatch import Dispatch
from hub.courier.lane import Lane
from hub.courier.prepare import Preparer
from hub.errors import Ambiguous, Conflict, Lasting
from hub.flow.recall import HUB, PATIENCE, PURGE, SOURCE, STOP
from hub.intake import Arrival, Desk
from hub.model.entry import Kind
from hub.partners import Partner
from hub.spans import HOUR, SECOND
from hub.store import schema
from hub.store.asking.outbox import Outbox
from hub.store.asking.recalls import Recalls, Standing
from hub.store.asking.sent import Sendings
from hub.store.living import recalls_unanswered
from hub.store.sealing import Sealer
from hub.store.writing.work import Work
from tests.courier.test_lane import Partnerlike
from tests.houses import TREATED, Store, partner, store
from tests.intake.people import SOURCES, Register, message, steps

ORDER = mislink.Order(actor="dana", reason="another birth date on the passport")
PATIENT: dict[str, Any] = {
    "family": "Quill",
    "given": "Xavier",
    "born": "1961-11-02",
    "phone": "5550100999",
    "sex": "male",
}
CLINIC = partner("B1", "BH_PROVIDER", TREATED, first_wait_s=0.01)


@dataclass(kw_only=True)
class Hub:
    """A store, a writer, a courier with one clinic, and the recaller."""

    kept: Store
    clinic: Partner
    writer: Adapter
    carrier: Partnerlike = field(default_factory=Partnerlike)

    def __post_init__(self) -> None:
        order = steps(self.kept, self.clinic)
        self.house = replace(order.house, sources={**order.house.sources, HUB: SOURCE})
        self.order = replace(order, house=self.house)
        self.partners = {"B1": self.clinic, **SOURCES}
        county = SimpleNamespace(partners=self.partners, zone="UTC")
        known = SimpleNamespace(county=county, house=self.house, senders=SOURCES, writers={"B1": self.writer})
        self.known = cast("Household", known)
        kept = self.kept
        self.vault = cast(
            "Vault",
            SimpleNamespace(
                settings=SimpleNamespace(data=kept.folder),
                database=kept.database,
                keys=kept.keys,
                origin=kept.signer.name,
            ),
        )
        self.outbox = Outbox(kept.database, kept.keys, kept.signer.name)

    def says(self, *arrivals: Arrival) -> None:
        """These arrive, one after the other, each at its own instant."""

        async def act(desk: Desk) -> None:
            for arrival in arrivals:
                answer = await desk.take(structs.replace(arrival, at=clock.now()))
                assert answer.state == "kept"

        self._at_desk(act)

    def delivers(self) -> list[dict[str, Any]]:
        """The courier works until nothing is due; says what the clinic got meanwhile."""
        before = len(self.carrier.got)

        async def act(desk: Desk) -> None:
            preparer = Preparer(
                house=self.house,
                adapters={"B1": self.writer},
                names=self.kept.names("B1"),
                allowed=self.outbox.allowed,
                zone="UTC",
            )
            lane = Lane(partner=self.clinic, carrier=self.carrier)
            running = [asyncio.create_task(Dispatch({"B1": lane}, self.outbox, preparer, desk).run())]
            running.append(asyncio.create_task(lane.run()))
            async with asyncio.timeout(10):
                while not all(self._idle() for _ in range(2)):  # noqa: ASYNC110 - the database has no event to wait for
                    await asyncio.sleep(0.005)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

        self._at_desk(act)
        return [json.loads(parcel.body) for parcel in self.carrier.got[before:]]

    def looks(self, *, settling: int = 0) -> int:
        """The recaller looks once."""
        done: list[int] = []

        async def act(desk: Desk) -> None:
            recaller = Recaller(known=self.known, vault=self.vault, desk=cast("Any", desk), settling=settling)
            done.append(await recaller.look(clock.now()))

        self._at_desk(act)
        return done[0]

    def writes(self, *commands: Any) -> None:
        for result in self.kept.writer.commit(commands):
            if result.error:
                raise result.error

    def identities(self) -> list[Any]:
        """Every source identity, the oldest first."""
        with self.kept.database.read() as connection:
            return list(connection.execute(select(schema.identity).order_by(schema.identity.c.id)))

    def standing(self) -> list[Standing]:
        with self.kept.database.read() as connection:
            return Recalls(connection, self.kept.keys, self.kept.signer.name).standing()

    def tasks(self) -> list[str]:
        with self.kept.database.read() as connection:
            found = Work(connection, Sealer(self.kept.keys, self.kept.signer.name)).tasks()
        return [task.words for task in found if task.kind == "recall"]

    def _idle(self) -> bool:
        depth = self.outbox.depth("B1")
        return depth.waiting == depth.parked and not self.outbox.flown()

    def _at_desk(self, act: Callable[[Desk], Any]) -> None:
        self.kept.at_desk(self.order, act)


@contextmanager
def hub(folder: Path, *answers: Exception | Receipt, clinic: Partner = CLINIC, wire: str = "fhir") -> Iterator[Hub]:
    writer = adapters.found()[wire]({}) if wire else Register()
    with store(folder) as kept:
        yield Hub(kept=kept, clinic=clinic, writer=writer, carrier=Partnerlike(*answers))


SIGNED = message(1, "Z", "P2", consent="TPO", directive="c", **PATIENT)
STAY = message(2, "Z", "P2", code="F11.20", **PATIENT)
REVOKED = message(3, "Z", "P2", consent="TPO", directive="c", revoked=True, **PATIENT)


def notices(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The Communications among what the clinic got."""
    resources = [entry["resource"] for body in bodies for entry in body["entry"]]
    return [one for one in resources if one["resourceType"] == "Communication"]


def test_a_revocation_asks_back_what_was_sent(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED, STAY)
        here.delivers()
        keys = {parcel.key for parcel in here.carrier.got}
        here.says(REVOKED)
        here.looks()
        (notice,) = notices(here.delivers())

        assert {one["identifier"]["value"] for one in notice["about"]} == keys
        assert notice["payload"][0]["contentString"] == STOP
        assert {one.state for one in here.standing()} == {"told"}


def test_a_notice_never_tells_who_changed_what_or_what_was_in_the_message(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED, STAY)
        here.delivers()
        here.says(REVOKED)
        here.looks()
        # What the hub calls people and messages is drawn at random, and may spell anything.
        body = re.sub(r"\b[0-9A-Z-]{13,}\b", "", json.dumps(here.delivers()))

    for word in ("Quill", "Xavier", "F11.20", "revoke", "consent", "P2", "Part 2", "42CFRPart2"):
        assert word not in body


def test_every_delivery_is_recalled_once_however_often_one_looks(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED, STAY)
        here.delivers()
        here.says(REVOKED)

        found = [here.looks(settling=60 * SECOND), here.looks(settling=60 * SECOND), here.looks(), here.looks()]

        assert found == [2, 0, 0, 0]
        assert len(notices(here.delivers())) == 1


def test_what_waits_is_ended_at_once_and_what_comes_later_is_not_sent(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED, STAY, REVOKED)

        assert here.looks() == 2
        assert here.outbox.depth("B1").waiting == 0
        here.says(message(4, "Z", "P2", code="F11.21", **PATIENT))
        assert here.delivers() == []


def test_a_send_that_nobody_knows_the_end_of_is_recalled_too(tmp_path: Path) -> None:
    careful = partner("B1", "BH_PROVIDER", TREATED, first_wait_s=0.01, dedupe="none")
    with hub(tmp_path, Ambiguous("no answer."), clinic=careful) as here:
        here.says(SIGNED)
        here.delivers()
        assert here.outbox.depth("B1").parked == 1
        here.says(REVOKED)
        here.looks()

        assert [one.destination for one in here.standing()] == ["B1"]
        assert len(notices(here.delivers())) == 1


def test_only_what_the_change_took_away_is_recalled(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED, STAY)
        here.delivers()
        here.says(message(5, "Z", "P2", consent="TPO", directive="another", **PATIENT))
        here.looks()
        here.says(
            message(6, "Q", "H1", **(PATIENT | {"family": "Somebody", "phone": "5550100111", "born": "1970-01-02"}))
        )
        here.delivers()
        here.says(REVOKED)
        here.looks()

        assert here.standing() == [], "another consent still carries it"


def test_a_consent_that_was_over_already_takes_nothing_back(tmp_path: Path) -> None:
    soon = clock.now() + 2 * SECOND
    with hub(tmp_path) as here:
        here.says(message(1, "Z", "P2", consent="TPO", directive="c", expires=soon, **PATIENT), STAY)
        here.delivers()
        assert len(here.carrier.got) == 2
        _wait(soon)
        here.says(REVOKED)

        assert here.looks() == 0


def test_what_waits_beyond_the_end_of_its_consent_is_not_sent(tmp_path: Path) -> None:
    soon = clock.now() + SECOND
    with hub(tmp_path) as here:
        here.says(message(1, "Z", "P2", consent="TPO", directive="c", expires=soon, **PATIENT), STAY)
        _wait(soon)

        assert here.delivers() == []


def _wait(until: int) -> None:
    asyncio.run(asyncio.sleep(max(0, until - clock.now()) / SECOND))


def test_where_the_format_has_no_words_a_person_is_asked_to_tell_them_and_says_when_it_is_done(tmp_path: Path) -> None:
    rung = structs.replace(CLINIC, contact="intake desk", phone="555-555-0155")
    with hub(tmp_path, clinic=rung, wire="") as here:
        here.says(SIGNED)
        here.delivers()
        here.says(REVOKED)
        here.looks()
        (words,) = here.tasks()
        (one,) = here.standing()

        assert one.state == "by hand"
        assert "intake desk" in words
        assert "555-555-0155" in words
        assert here.carrier.got[0].key in words
        here.writes(*attested(here.standing(), one.journal, "", "dana"))
        (done,) = here.standing()
        assert done.done_by == "dana"
        assert here.tasks() == []
        with pytest.raises(Lasting, match="No recall of this message is open"):
            attested(here.standing(), one.journal, "", "dana")


def test_whoever_does_not_answer_in_time_raises_an_alert_and_whoever_does_ends_it(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED)
        here.delivers()
        here.says(REVOKED)
        here.looks()
        assert PATIENCE == 72 * HOUR
        later = clock.now() + PATIENCE

        def unanswered(now: int) -> dict[str, int]:
            with here.kept.database.read() as connection:
                return recalls_unanswered(connection, now)

        assert unanswered(clock.now()) == {}
        assert unanswered(later) == {"B1": 1}
        assert here.standing()[0].overdue(later)
        here.delivers()
        assert unanswered(later) == {}
        assert not here.standing()[0].overdue(later)


@pytest.mark.parametrize(("clause", "said"), [(False, STOP), (True, PURGE)])
def test_deletion_is_asked_for_only_where_the_agreement_says_so(tmp_path: Path, clause: bool, said: str) -> None:
    agreed = structs.replace(CLINIC, agreement=structs.replace(CLINIC.agreement, purge_on_recall=clause))
    with hub(tmp_path, clinic=agreed) as here:
        here.says(SIGNED)
        here.delivers()
        here.says(REVOKED)
        here.looks()
        (notice,) = notices(here.delivers())

    assert notice["payload"][0]["contentString"] == said


def test_a_corrected_link_recalls_what_somebody_elses_consent_let_through(tmp_path: Path) -> None:
    signed, stay = message(1, "A", consent="TPO"), message(2, "Z", "P2", **PATIENT)
    with hub(tmp_path) as here:
        look = Look(known=here.known, vault=here.vault)
        here.says(signed, stay)
        here.writes(mislink.merge(look, stay.journal, signed.journal, ORDER))
        later = message(3, "Z", "P2", code="F11.20", **PATIENT)
        here.says(later)
        here.delivers()
        here.looks()
        command, _ = mislink.unmerge(look, later.journal, ORDER)
        here.writes(command)
        here.looks()

        assert [one.journal for one in here.standing()] == [later.journal]


def test_without_an_agreement_in_force_no_notice_leaves_and_nothing_is_forgotten(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED)
        here.delivers()
        here.says(REVOKED)
        narrow = structs.replace(here.clinic.agreement, categories=("IDENT",))
        here.partners["B1"] = structs.replace(here.clinic, agreement=narrow)
        here.looks()

        assert [one.state for one in here.standing()] == ["by hand"]
        assert here.delivers() == []


def test_a_delivery_is_never_recalled_twice_by_the_writer(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED)
        here.delivers()
        here.says(REVOKED)
        recaller = Recaller(known=here.known, vault=here.vault, desk=cast("Any", None), settling=0)
        (changed,) = [c for c in recaller._changed() if c.changed > 1]
        twice = [c for _ in range(2) for c in recaller._commands(changed, clock.now()) if type(c).__name__ == "Recall"]

        first, second = here.kept.writer.commit(twice)

        assert first.error is None
        assert isinstance(second.error, Conflict)


def test_the_ledger_keeps_the_recall_among_the_persons_own_entries(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED)
        here.delivers()
        here.says(REVOKED)
        here.looks()
        here.delivers()
        with here.kept.database.read() as connection:
            sent = Sendings(connection, Sealer(here.kept.keys, here.kept.signer.name)).sent()

    assert [one.entry.purpose for one in sent if one.entry] == ["NOTICE", "TREAT"]
    assert {one.entry.kind for one in sent if one.entry} == {Kind.ATTEMPT}


def test_a_change_after_a_rest_is_not_overlooked(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.says(SIGNED, STAY)
        here.delivers()
        recaller = Recaller(known=here.known, vault=here.vault, desk=cast("Any", None), settling=0)
        here.looks()
        assert recaller._changed() == recaller._changed() == []
        look = Look(known=here.known, vault=here.vault)
        other = message(9, "W", "H1", family="Else", given="Sam", born="1950-01-01", phone="5550100333")
        here.says(other)
        here.writes(mislink.merge(look, other.journal, STAY.journal, ORDER))
        here.looks()
        here.says(REVOKED)

        assert recaller._changed() != []
        assert here.looks() == 2
