"""A duty of the law whose delivery was ended unsent is told to a person at once, with a leaf, and once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from hub.app.watching.duties import Duties
from hub.contracts import Reading
from hub.flow.audience import Audience
from hub.flow.duty import discharged, undone
from hub.flow.label import Source
from hub.flow.plan import House, Known
from hub.flow.question import decode
from hub.model.category import Regime
from hub.model.commands import Keep, Release
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import Body, CrisisEvent
from hub.model.person import Person
from hub.model.plan import Link, Plan
from hub.model.values import HumanName
from hub.partners import Partner
from hub.spans import MINUTE
from hub.store.living import duties_undone
from tests.consent.asking import AS_OF, rules
from tests.flow.test_duty import RISK, SENDER, police
from tests.houses import Store, store

JOURNAL, IDENTITY, PERSON, EPISODE = "1" * 32, "2" * 32, "3" * 32, "4" * 32


def house(*partners: Partner) -> House:
    sources = {"H1": Source(regimes=frozenset({Regime.HIPAA}))}
    return House(rules=rules(), sources=sources, audience=Audience(partners), state="DEMO", in_force=lambda *_: True)


def planned(known: House, *, duty: bool) -> Plan:
    """A threat of which police are told: the law wants it, or only they do."""
    risk = replace(RISK, danger_to_others=duty)

    bodies: tuple[Body, ...] = (Person(names=(HumanName(family="Doe"),)), risk)
    events = tuple(CrisisEvent(id=f"{n}", body=one, source="H1", recorded_at=AS_OF) for n, one in enumerate(bodies))
    link = Link(verdict="nobody", identity=IDENTITY, person=PERSON, fresh=True)
    reading = Reading(kind="k", message_id="m", events=events)
    return known.plan(reading, Known(journal=JOURNAL, source=SENDER, as_of=AS_OF, link=link, fresh_episode=EPISODE))


class Desk:
    """The writer, asked like a desk."""

    def __init__(self, kept: Store) -> None:
        self.kept = kept

    async def ask(self, commands: Any) -> Any:
        return self.kept.writer.commit(commands)


async def looked(kept: Store, known: House, *, duty: bool, ended: bool) -> tuple[Duties, list[int]]:
    (result,) = kept.writer.commit(
        [Keep(journal=JOURNAL, partner="H1", at=AS_OF, door="t", body=b"x", plan=planned(known, duty=duty))]
    )
    assert result.error is None
    (row,) = result.deliveries
    if ended:
        entry = LedgerEntry(kind=Kind.REFUSED, at=AS_OF, journal=JOURNAL, partner="PD", outcome="ended")
        release = Release(outbox=row, at=AS_OF + MINUTE, to="cancelled", actor="jo", reason="a mistake", entry=entry)
        assert kept.writer.commit([release])[0].error is None
    county = SimpleNamespace(partners={"PD": police()})
    vault = SimpleNamespace(keys=kept.keys, database=kept.database, origin=kept.signer.name)
    found = Duties(
        known=cast("Any", SimpleNamespace(county=county, house=known)),
        vault=cast("Any", vault),
        desk=cast("Any", Desk(kept)),
    )
    return found, [await found.look(AS_OF + 2 * MINUTE) for _ in range(2)]


@pytest.mark.parametrize(("duty", "ended", "told"), [(True, True, 1), (True, False, 0), (False, True, 0)])
async def test_a_duty_that_was_ended_unsent_raises_an_alarm_once(
    tmp_path: Path, duty: bool, ended: bool, told: int
) -> None:
    with store(tmp_path) as kept:
        before = 1 if duty else 0  # the person threatened is nobody's delivery: that is work already
        _, looks = await looked(kept, house(police()), duty=duty, ended=ended)

        with kept.database.read() as connection:
            undone = duties_undone(connection, AS_OF + 2 * MINUTE)
            whole = duties_undone(connection, AS_OF + 100 * MINUTE)
    assert looks == [told, 0]
    assert (undone, whole) == (told, told + before)


def test_what_it_says_names_the_law_and_nobody() -> None:
    known = house(police())
    plan = planned(known, duty=True)
    asked = decode(plan.decided[0].question)

    task = undone(discharged(rules(), asked, plan.labelled.each, "LE"), "LE", JOURNAL, AS_OF)

    assert (task.kind, task.role, task.due_at) == ("duty", "supervisor", AS_OF)
    assert "Demo County Code 5.20" in task.words
    assert "What would have told the police was ended before it was delivered" in task.words
    assert discharged(rules(), asked, plan.labelled.each, "HOSP_ED") == ()
