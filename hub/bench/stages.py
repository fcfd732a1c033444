"""What each step costs: processor microseconds a message (or a delivery), measured in one thread of this process."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hub import clock
from hub.app.house import Household, household
from hub.app.vault import Outward, Vault, make, opened
from hub.bench import county
from hub.bench.messages import DESTINATIONS, message
from hub.courier.prepare import Prepared, Preparer
from hub.intake.arrival import Arrival
from hub.intake.steps import Steps
from hub.intake.suspects import Suspects
from hub.model.commands import Settle
from hub.model.entry import Kind, LedgerEntry
from hub.partners import Partner
from hub.settings import Settings, load
from hub.store.asking.outbox import Outbox
from hub.store.writing.writer import Writer

GROUP = 32
CLAIM = 16


@dataclass(slots=True)
class Stopwatch:
    """Adds up the processor time of this thread, stage by stage."""

    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside towards a stage."""
        begun = time.thread_time()
        yield
        self.spent[name] = self.spent.get(name, 0.0) + time.thread_time() - begun

    def each(self, count: int, *names: str) -> dict[str, float]:
        """Microseconds for each of so many."""
        return {name: round(self.spent[name] / count * 1e6, 1) for name in names}


def stages(folder: Path, messages: int) -> dict[str, float]:
    """Microseconds of read, decide and commit a message; of due, prepare, claim and settle a delivery.

    `decide` is looking up, labelling, linking, deciding and planning. On SQLite, in groups as a served hub makes them.
    """
    county.write(folder / "config", 1, dict(zip(DESTINATIONS, (2, 3, 4), strict=True)), "")
    settings = load(folder / "config")
    make(settings)
    known, watch = household(settings), Stopwatch()
    with ExitStack() as stack:
        vault = stack.enter_context(opened(settings, writing=True))
        writer = stack.enter_context(vault.writer())
        names = Outward(vault.keys, known.county.partners)
        _intake(_steps(settings, known, writer), writer, watch, messages)
        delivered = _courier(known, vault, writer, names, watch)
    return {
        **watch.each(messages, "read", "decide", "commit"),
        **watch.each(delivered, "due", "prepare", "claim", "settle"),
    }


def _steps(settings: Settings, known: Household, writer: Writer) -> Steps:
    suspects = Suspects(Path(settings.data) / "desk")
    return Steps(
        house=known.house, senders=known.senders, suspects=suspects, facts=writer.facts(), scout=writer.scout()
    )


def _intake(steps: Steps, writer: Writer, watch: Stopwatch, messages: int) -> None:
    bodies = [message("S", number) for number in range(messages)]
    for start in range(0, messages, GROUP):
        arrivals = [_arrival(body) for body in bodies[start : start + GROUP]]
        with watch.stage("read"):
            pieces = [piece for arrival in arrivals for piece in steps.read(arrival)]
        with watch.stage("decide"):
            commands = [command for command, _ in steps.settle(pieces) if command]
        with watch.stage("commit"):
            writer.commit(commands)
        steps.recent.committed()


def _arrival(body: bytes) -> Arrival:
    return Arrival(journal=secrets.token_hex(16), partner="hospital", body=body, door="bench", at=clock.now())


def _courier(known: Household, vault: Vault, writer: Writer, names: Outward, watch: Stopwatch) -> int:
    outbox = Outbox(vault.database, vault.keys, vault.origin)
    preparer = Preparer(
        house=known.house,
        adapters=known.writers,
        names=names,
        allowed=outbox.allowed,
        akin=outbox.akin,
        own=outbox.own,
        zone=known.county.zone,
    )
    return _deliveries(known.county.partners, outbox, preparer, writer, watch)


def _deliveries(
    partners: Mapping[str, Partner], outbox: Outbox, preparer: Preparer, writer: Writer, watch: Stopwatch
) -> int:
    wanted = {partner.id: CLAIM for partner in partners.values() if partner.delivery}
    count = 0
    while True:
        with watch.stage("due"):
            rows = outbox.due(wanted, clock.now())
        if not rows:
            return count
        with watch.stage("prepare"):
            found = [preparer.prepare(partners[row.destination], row, clock.now()) for row in rows]
        ready = [one for one in found if isinstance(one, Prepared)]
        with watch.stage("claim"):
            writer.commit([one.command for one in found])
        with watch.stage("settle"):
            writer.commit([_settled(one) for one in ready])
        count += len(ready)


def _settled(one: Prepared) -> Settle:
    now = clock.now()
    entry = LedgerEntry(
        kind=Kind.OUTCOME, at=now, journal=one.journal, partner=one.parcel.partner, subject=one.identity
    )
    return Settle(outbox=one.outbox, attempt=one.attempt, at=now, outcome="delivered", code="200", entry=entry)
