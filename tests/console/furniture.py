"""What stands in the house of the console's tests besides messages: an emergency, a recall, beds, tasks; and names of all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from hub import clock
from hub.app.acts.bulk import KIND as JOB
from hub.app.acts.bulk import Job
from hub.app.asking.look import Look
from hub.app.care.board import Follower, set_beds
from hub.app.care.glass import KIND as GLASS
from hub.app.care.glass import Broken, Request
from hub.flow.capacity.board import Setting
from hub.model.commands import Command, Lodge, Note, Recall
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.spans import DAY, MINUTE

if TYPE_CHECKING:
    from hub.app.serve import Hub
    from tests.console.house import House

USE, SECOND_USE = "ab" * 8, "cd" * 8


def furniture(hub: Hub, delivered: str) -> Iterator[Command]:
    """What is brought in once the first messages are there. `delivered` is the message that is recalled."""
    now = clock.now()
    for name, who in ((USE, "Dr Ada Vale"), (SECOND_USE, "Jo clinician-reviewer")):
        asked = Request(who=who, reason="found unconscious", minutes=15, identifier="77", assigner="H1")
        yield Lodge(
            kind=GLASS,
            name=name,
            at=now,
            value=msgspec.msgpack.encode(Broken(partner="B1", request=asked, at=now, until=now + 15 * MINUTE)),
        )
    look = Look(known=hub.known, vault=hub.vault)
    with look.journal() as journal:
        (row,) = (row for row in journal.timeline(delivered) if row.destination == "B1")
    owner = look.message(delivered).owner
    entry = LedgerEntry(kind=Kind.RECALL, at=now, journal=delivered, partner="B1", subject=owner)
    call = Task(kind="recall", about="B1", words="Ask Test B1 to stop relying on it.", role="privacy officer")
    yield Recall(deliveries=(row.outbox,), at=now - 4 * DAY, due_at=now - DAY, entry=entry, task=call)
    told = LedgerEntry(kind=Kind.CONFIG, at=now, outcome="a test")
    yield Note(
        at=now,
        entry=told,
        tasks=(Task(kind="duty", about="", words="Tell the coroner.", role="operator", due_at=now + DAY),),
    )
    job = Job(
        actor="operator", reason="a test", step="send", partner="S1", cause="Refused", end=False, a_second=5, at=now,
        left=("0" * 32,), done=3, failed=1, wrong=((delivered, "It said no again."),), state="cancelled", ended_at=now,
    )  # fmt: skip
    yield Lodge(kind=JOB, name="0" * 12, at=now, value=msgspec.msgpack.encode(job))
    for unit, staffed, taken in (("A", 8, 6), ("B", 4, None)):
        setting = Setting(
            facility="S9", unit=unit, at=now, staffed=staffed, census=taken, profile=("adult_psychiatric",)
        )
        yield set_beds(Follower(hub.vault), setting, actor="a test")


def names(house: House) -> Mapping[str, str]:
    """A name that is there for everything that addresses speak of."""
    return {
        "code": "0" * 16,
        "name": house.delivered,
        "episode": house.look.message(house.delivered).episode,
        "partner": "B1",
        "cause": "0" * 16,
        "rule": "p2.tpo",
        "leaf": "1",
        "id": "nobody",
        "case": "0" * 12,
        "set": house.hub.known.house.rules.hash,
        "job": "0" * 12,
        "use": USE,
        "alarm": "0" * 16,
        "number": str(house.look.tasks("link")[0].seq),
    }
