"""What stands in the bench's store besides a million messages: something for every page to show."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from examples.county import HERE
from hub import clock
from hub.app.acts.bulk import KIND as JOB
from hub.app.acts.bulk import Job
from hub.app.asking.look import Look
from hub.app.care.board import Follower, set_beds
from hub.app.care.glass import KIND as GLASS
from hub.app.care.glass import Broken, Request
from hub.app.care.placing import Placing
from hub.flow.capacity.board import Setting
from hub.flow.placement import Asked, Criteria, Placement
from hub.intake.arrival import Arrival
from hub.intake.desk import Desk
from hub.model.commands import Command, Lodge, Note, Recall
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.spans import DAY, MINUTE
from hub.store.ids import new_id
from hub.store.result import all_kept

# So many referrals and calls stand on partners' shelves: each is decided anew for a list.
REFERRALS: Final = 100
CALLS: Final = 40
# So many messages cannot be read, so many records may be of somebody known.
PARKED, ALIKE = 60, 40
TRAFFIC: Final = HERE / "traffic"


def config(folder: Path) -> Path:
    """The demonstration's county as a hub's config, its doors left alone: nobody comes in by them."""
    made = folder / "config"
    shutil.copytree(HERE, made, ignore=shutil.ignore_patterns("*.py", "__pycache__", "traffic", "day.yaml"))
    hub = {
        "data": "../data",
        "ledger": {"origin": "bench.example/hub", "memory": "../keys/signer"},
        "keys": {"key_file": "../keys/hub.key", "keystore": "../keys/keystore"},
        "http": {"port": 0},
    }
    (made / "hub.yaml").write_text(json.dumps(hub), encoding="utf-8")
    return made


def told(name: str, **words: str) -> bytes:
    """A message of the demonstration's traffic, with some of its words replaced; an underscore stands for a hyphen."""
    body = (TRAFFIC / name).read_text(encoding="utf-8")
    for old, new in words.items():
        body = body.replace(old.replace("_", "-"), new)
    return body.encode()


async def furnish(desk: Desk, look: Look, delivered: str) -> None:
    """Bring everything in by the ways that it comes in a county; `delivered` is a message that a partner took."""
    all_kept(await desk.ask(list(_commands(look, delivered))))
    for partner, body in _bodies():
        arrival = Arrival(journal=new_id(), partner=partner, body=body, door="bench", at=clock.now())
        await desk.take(arrival)
    placing, now = Placing(known=look.known, vault=look.vault, desk=desk), clock.now()
    asked = tuple(Asked(facility=name, unit="") for name in ("S1", "B1"))
    criteria = Criteria(service="crisis_stabilization", age="adult", language="es")
    await placing.open(
        Placement(
            id=new_id(), journal=delivered, source="H1", criteria=criteria, asked=asked, opened_at=now, until=now + 15 * MINUTE
        ),
        actor="the bench",
    )  # fmt: skip


def _bodies() -> Iterator[tuple[str, bytes]]:
    for n in range(REFERRALS):
        yield "CR1", told("15-cr1-referral.json", CR1_RF_5=f"RF-{n}")
    for n in range(CALLS):
        yield "C1", told("01-c1-call.json", **{"118842": f"{120000 + n}"})
    for n in range(PARKED):
        yield "H1", f"MSH|^~\\&|EHR|H1\r{n}".encode()
    # A code that no table knows.
    yield "H1", admitted("Q", "Roe").replace(b"|F|", b"|Q9|").replace(b"|M|", b"|Q9|")
    for n in range(ALIKE):
        for number in (f"A{n}", f"B{n}"):
            yield "H1", admitted(f"{number}", f"Roe{n}")


def admitted(number: str, family: str) -> bytes:
    """Somebody comes to the bench's hospital, under a number and a family name of their own."""
    return told("05-h1-a04.hl7", H1_900311=f"M-{number}", H1_77=f"H1-{number}", V_5501=f"V-{number}", Doe=family)


def _commands(look: Look, delivered: str) -> Iterator[Command]:
    now = clock.now()
    asked = Request(who="Dr Ada Vale", reason="found unconscious", minutes=15, identifier="77", assigner="H1")
    broken = Broken(partner="B1", request=asked, at=now, until=now + 15 * MINUTE)
    yield Lodge(kind=GLASS, name="ab" * 8, at=now, value=msgspec.msgpack.encode(broken))
    with look.journal() as journal:
        (row, *_) = journal.timeline(delivered)
    entry = LedgerEntry(
        kind=Kind.RECALL, at=now, journal=delivered, partner=row.destination, subject=look.message(delivered).owner
    )
    call = Task(kind="recall", about=row.destination, words="Ask them to stop relying on it.", role="privacy officer")
    yield Recall(deliveries=(row.outbox,), at=now, due_at=now + DAY, entry=entry, task=call)
    job = Job(
        actor="the bench", reason="measured", step="send", partner="PD", cause="Refused", end=False, a_second=5, at=now,
        left=(), done=3, state="finished", ended_at=now,
    )  # fmt: skip
    yield Lodge(kind=JOB, name="0" * 12, at=now, value=msgspec.msgpack.encode(job))
    yield Note(
        at=now,
        entry=LedgerEntry(kind=Kind.CONFIG, at=now, outcome="the bench"),
        tasks=(Task(kind="duty", about="", words="Tell the coroner.", role="operator", due_at=now + DAY),),
    )
    for facility, unit in (("S1", "A"), ("H1", "B")):
        given = Setting(facility=facility, unit=unit, at=now, staffed=8, census=6, profile=("adult_psychiatric",))
        yield set_beds(Follower(look.vault), given, actor="the bench")
