"""Handovers in a real store: teams asked in turn, rescues accepted by a human, alarms once, and a restart that knows it all."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from hub import clock
from hub.app.care.handing import Handing, noted
from hub.app.care.handovers import DOOR, Following
from hub.app.house import Household
from hub.app.vault import Vault
from hub.contracts import Reading
from hub.errors import Lasting
from hub.flow.audience import Audience
from hub.flow.handover import Handover, Word
from hub.flow.label import Source
from hub.flow.plan import Known
from hub.model.category import Regime
from hub.model.commands import Keep, Lodge
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.plan import Link
from hub.model.values import Code, Identifier, Instant, Place, Telecom
from hub.partners import Interest, Partner, Programme
from hub.spans import MINUTE, SECOND
from hub.store.asking import crises
from hub.store.asking.journal import Journal, Wanted
from hub.store.ids import new_id
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work
from tests.app.test_placing import Straight
from tests.houses import Store, house, partner, store

NOON = 1_795_000_000_000_000


def wants(path: str, accepted: Any, purpose: str) -> Interest:
    return Interest(id="asked", bodies=("crisis_contact",), purpose=purpose, when=({path: accepted},))


def agreed(one: Partner, purpose: str) -> Partner:
    agreement = msgspec.structs.replace(one.agreement, purposes=(purpose,))
    return msgspec.structs.replace(one, agreement=agreement, phone="555-555-0111" if one.kind == "PSAP" else "")


PARTNERS = {
    one.id: one
    for one in (
        agreed(partner("L1", "LIFELINE"), "COC"),
        agreed(partner("MCT1", "MOBILE_CRISIS", wants("crisis_contact.mobile_team_requested", True, "COC")), "COC"),
        agreed(partner("MCT2", "MOBILE_CRISIS", wants("crisis_contact.transfer_peer", ["MCT2"], "COC")), "COC"),
        agreed(partner("MCT3", "MOBILE_CRISIS", wants("crisis_contact.transfer_peer", ["nobody"], "COC")), "COC"),
        agreed(partner("C1", "PSAP", wants("crisis_contact.place.area", ["North"], "AVERT_THREAT")), "AVERT_THREAT"),
    )
}
PROGRAMMES = (
    Programme(id="mct", name="Teams", teams=("MCT1", "MCT3", "MCT2"), role="instead of police"),
)  # fmt: skip
HERE = Place(area="North", source="told by the caller")
CONTACT = CrisisContact(
    contact="C-9", mobile_team_requested=True, callback=(Telecom(value="6025550171"),), meeting_point=HERE
)
RESCUE = CrisisContact(contact="C-10", active_rescue=True, callback=(Telecom(value="6025550187"),), place=HERE)


class Scene:
    """A 988 centre, three teams of which one takes no contacts, and a 911 centre for the north."""

    def __init__(self, kept: Store) -> None:
        self.kept = kept
        county = SimpleNamespace(partners=PARTNERS, programmes=PROGRAMMES, zone="UTC")
        sources = {"L1": Source(regimes=frozenset({Regime.L988}))}
        self.house = dataclasses.replace(
            house(*PARTNERS.values()), sources=sources, audience=Audience(PARTNERS.values())
        )
        self.known = cast("Household", SimpleNamespace(county=county, house=self.house))
        vault = SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name)
        self.vault = cast("Vault", vault)
        self.handing = self.started()

    def started(self) -> Handing:
        return Handing(known=self.known, vault=self.vault, desk=cast("Any", Straight(self.kept)))

    def hears(self, body: Body, source: str = "L1", minutes: float = 0, inherited: tuple[str, ...] = ()) -> str:
        """A partner sends this; gives the message's id."""
        journal, at = new_id(), NOON + round(minutes * MINUTE)
        event = CrisisEvent(id=event_id(journal, 0), body=body, source=source, recorded_at=at)
        owner = new_id()
        link = Link(verdict="same", identity=owner, person=owner, fresh=True)
        known = Known(journal=journal, source=PARTNERS[source], as_of=at, link=link, fresh_episode=new_id())
        reading = Reading(kind="988", events=(event,), message_id=journal, inherited=inherited)
        plan = self.house.plan(reading, known)
        (result,) = self.kept.writer.commit(
            [Keep(journal=journal, partner=source, at=at, door="t", body=b"x", plan=plan)]
        )
        assert result.error is None
        return journal

    def look(self, minutes: float) -> int:
        now = NOON + round(minutes * MINUTE)
        with clock.hold(now):
            return asyncio.run(self.handing.look(now))

    def asked(self) -> list[tuple[str, str]]:
        """To whom the hub's own messages went, and to whom they are addressed."""
        with self.kept.database.read() as connection:
            journal = Journal(connection, self.kept.keys, self.kept.signer.name)
            found = [m for m in reversed(journal.search(Wanted(kind="HANDOVER"))) if m.door == DOOR]
            bodies = [cast("CrisisContact", journal.kept([m.journal])[0].events[0].body) for m in found]
            to = [",".join(d.destination for d in journal.timeline(m.journal)) for m in found]
        return [(name, body.transfer_peer) for name, body in zip(to, bodies, strict=True)]

    def tasks(self) -> list[Open]:
        with self.kept.database.read() as connection:
            found = Work(connection, Sealer(self.kept.keys, self.kept.signer.name)).tasks()
        # What was sent to avert a threat is reviewed afterwards, which is no matter of the handing.
        return [task for task in found if task.kind != "duty"]

    def stands(self, minutes: float) -> Handover:
        now = NOON + round(minutes * MINUTE)
        with clock.hold(now):
            (found,), _ = Following(self.known, self.vault).stand(now)
        return found

    def note(self, command: Lodge) -> None:
        (result,) = self.kept.writer.commit([command])
        assert result.error is None


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    with store(folder) as kept:
        yield Scene(kept)


def visit(minutes: float, **times: float) -> MobileCrisisVisit:
    known = {key: Instant(at=NOON + round(at * MINUTE)) for key, at in times.items()}
    return MobileCrisisVisit(based_on=(Identifier(value="C-9", type="988"),), team="B", **cast("Any", known))


def test_what_bound_the_message_that_asked_binds_the_one_that_asks_the_next(tmp_path: Path) -> None:
    """42 CFR 2.32, 2.33(b): a substance-use record stays one, through however many hands it goes."""
    with scene(tmp_path) as here:
        here.hears(CONTACT, inherited=("42CFRPart2",))
        here.look(0)
        here.look(5.1)
        here.look(10.2)

        assert here.asked() == []
        assert any("may not be told" in task.words for task in here.tasks())


def test_a_silent_team_is_followed_by_the_next_and_one_that_cannot_be_asked_is_told(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.hears(CONTACT)
        assert [here.look(m) for m in (0, 4.9, 5, 5.1)] == [0, 0, 1, 1]

        assert here.asked() == [("MCT2", "MCT2")]
        assert [turn.partner for turn in here.stands(6).turns] == ["MCT1", "MCT3", "MCT2"]
        assert "MCT3 could not be asked" in here.tasks()[0].words

        here.handing = here.started()
        assert here.look(9) == 0
        here.hears(visit(9, accepted_at=8, en_route_at=9), "MCT2", 9)
        assert here.look(30) == 0
        assert (here.stands(30).state, here.stands(30).taken_by) == ("taken", "MCT2")


def test_a_hub_that_starts_again_asks_nobody_before_it_heard_who_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path) as here:
        here.hears(CONTACT)
        here.hears(visit(2, accepted_at=1, en_route_at=2), "MCT1", 2)
        monkeypatch.setattr(crises, "PAGE", 1)
        here.handing = here.started()

        assert here.look(30) == 0
        assert here.asked() == []
        assert here.stands(30).taken_by == "MCT1"


def test_when_every_team_is_silent_a_supervisor_then_the_county_lead_hears_once(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.hears(CONTACT)
        for minutes in (0, 5, 5.1, 10.2, 10.3, 30, 31):
            here.look(minutes)

        told = [(t.role, t.words) for t in here.tasks() if t.role != "operator"]
        assert [role for role, _ in told] == ["988 supervisor", "county lead"]
        assert "MCT1, MCT3, MCT2 did not answer or declined" in told[0][1]


def test_sixty_seconds_without_a_human_at_the_911_centre_sound_an_alarm_with_its_number(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.hears(RESCUE)
        assert here.look(59 / 60) == 0
        assert here.handing.unanswered == frozenset()
        assert here.look(1) == 1

        (task,) = here.tasks()
        assert (task.role, "C1 555-555-0111" in task.words) == ("988 supervisor", True)
        assert here.handing.unanswered == frozenset({"C1 555-555-0111"})
        assert not any(word in task.words for word in ("6025550187", "C-10"))


def test_a_human_who_accepts_ends_it_and_a_machine_does_not(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.hears(RESCUE)
        here.look(1)
        found = here.stands(1)
        here.note(given_at(noted(found, "accepted", partner="C1", by="operator 12", actor="kim"), 2))

        assert here.look(3) == 0
        assert here.handing.unanswered == frozenset()
        assert (here.stands(3).state, here.stands(3).turns[0].by) == ("over", "operator 12")
        with pytest.raises(Lasting, match="human"):
            noted(found, "accepted", partner="C1", by=" ", actor="kim")


def test_a_counsellor_on_the_line_says_so_by_message(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.hears(RESCUE)
        accepted = msgspec.structs.replace(
            RESCUE,
            transfer_direction=Code(code="to_911"),
            transfer_peer="C1",
            transfer_accepted_at=Instant(at=NOON + 40 * SECOND),
        )
        here.hears(accepted, minutes=0.8)

        assert here.look(2) == 0
        assert here.stands(2).state == "over"


def test_a_rescue_where_no_centre_covers_the_place_is_told_at_once_with_every_number(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.hears(msgspec.structs.replace(RESCUE, place=Place(area="South")))

        assert here.look(0) == 1
        assert "no 911 centre" in here.tasks()[0].words
        assert "C1 555-555-0111" in here.tasks()[0].words


def test_a_word_from_the_future_counts_when_its_time_comes(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.hears(CONTACT)
        here.hears(visit(0, accepted_at=600), "MCT1", 1)

        assert here.stands(2).state == "asking"
        assert here.stands(601).state == "taken"


def given_at(command: Lodge, minutes: float) -> Lodge:
    """The same command as if it had been given so many minutes after noon."""
    at = NOON + round(minutes * MINUTE)
    word = msgspec.structs.replace(msgspec.msgpack.decode(command.value, type=Word), at=at)
    return msgspec.structs.replace(command, value=msgspec.msgpack.encode(word), at=at)
