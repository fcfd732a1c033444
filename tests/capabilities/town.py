"""A county at its desk, without sockets: messages in as partners spell them, and out come the very bytes that partners would get."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub import clock
from hub.app.house import Household, household
from hub.app.vault import Outward, Vault, make, opened
from hub.courier.prepare import Prepared, Preparer
from hub.demo.stage import SOURCE
from hub.intake.arrival import Answer, Arrival
from hub.intake.steps import Steps
from hub.intake.suspects import Suspects
from hub.model.commands import Settle
from hub.model.entry import Kind, LedgerEntry
from hub.settings import Settings, load
from hub.store.asking.journal import Journal
from hub.store.asking.outbox import Outbox
from hub.store.writing.writer import Writer
from tests.lasting import lasting

TRAFFIC = SOURCE / "traffic"
CATEGORIES = ["ADMIN", "IDENT", "CONTACT", "LOCATION", "ENCOUNTER", "RISK_SAFETY", "APPROACH", "MH_CLINICAL", "MEDS", "NARRATIVE",
              "REFERRAL", "BED", "DIRECTORY", "CAD_INCIDENT", "LE_RECORD", "LIFELINE_CONTACT", "HMIS_RECORD", "CONSENT"]  # fmt: skip


def partner(name: str, kind: str, *wants: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """One more partner of the county; FHIR reaches it in a folder, unless `more` says otherwise."""
    purposes = sorted({want["purpose"] for want in wants}) or ["TREAT"]
    return {
        "id": name, "name": f"Partner {name}", "kind": kind, "state": "DEMO",
        "agreement": {
            "id": f"{name}-2026", "kind": "MOU", "hub_is": "partner", "starts": "2026-01-01", "ends": "2039-12-31",
            "signature": f"Somebody for {name}", "purposes": purposes, "categories": CATEGORIES,
        },
        "wants": [dict(want) for want in wants],
        "delivery": {"format": "fhir", "carrier": "folder", "path": f"exchange/{name.lower()}/in"},
    } | more  # fmt: skip


@dataclass(slots=True)
class Town:
    """The running county. One thread, one writer: what is told is planned, kept and due before the call returns."""

    settings: Settings
    known: Household
    vault: Vault
    writer: Writer
    steps: Steps
    names: Outward
    entries: list[LedgerEntry] = field(default_factory=list)

    def tell(self, source: str, body: str | bytes | Path, at: int = 0) -> Answer:
        """A partner's message arrives, now or at an instant (UTC microseconds)."""
        data = body.read_bytes() if isinstance(body, Path) else body.encode() if isinstance(body, str) else body
        arrival = Arrival(
            journal=secrets.token_hex(16), partner=source, body=lasting(data), door="capabilities", at=at or clock.now()
        )
        settled = self.steps.settle(self.steps.read(arrival))
        results = self.writer.commit([command for command, _ in settled if command])
        assert not [result.error for result in results if result.error]
        self.steps.recent.committed()
        return settled[-1][1]

    def delivered(self) -> dict[str, list[str]]:
        """Deliver whatever is due: what each partner gets, in order."""
        partners, got = self.known.county.partners, dict[str, list[str]]()
        outbox, preparer = self.outbox(), self.preparer()
        wanted = {each.id: 50 for each in partners.values() if each.delivery}
        while rows := outbox.due(wanted, clock.now()):
            found = [preparer.prepare(partners[row.destination], row, clock.now()) for row in rows]
            self.writer.commit([one.command for one in found])
            self.entries += [one.command.entry for one in found]
            ready = [one for one in found if isinstance(one, Prepared)]
            self.writer.commit([settled(one) for one in ready])
            for one in ready:
                got.setdefault(one.parcel.partner, []).append(one.parcel.body.decode())
        return got

    def outbox(self) -> Outbox:
        """What is due."""
        return Outbox(self.vault.database, self.vault.keys, self.vault.origin)

    def preparer(self) -> Preparer:
        """What decides deliveries again and writes them."""
        outbox = self.outbox()
        return Preparer(
            house=self.known.house, adapters=self.known.writers, names=self.names, allowed=outbox.allowed,
            akin=outbox.akin, own=outbox.own, zone=self.known.county.zone,
        )  # fmt: skip

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """What was kept."""
        with self.vault.database.read() as connection:
            yield Journal(connection, self.vault.keys, self.vault.origin)


def settled(one: Prepared) -> Settle:
    """That an attempt arrived."""
    entry = LedgerEntry(
        kind=Kind.OUTCOME, at=clock.now(), journal=one.journal, partner=one.parcel.partner, subject=one.identity
    )
    return Settle(outbox=one.outbox, attempt=one.attempt, at=entry.at, outcome="delivered", code="200", entry=entry)


@contextmanager
def town(folder: Path, *more: Mapping[str, Any], fields: str = "") -> Iterator[Town]:
    """The example county, with more partners, and perhaps with fields of its own."""
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__init__.py", "__pycache__"))
    settings = load(folder, {})
    with (Path(settings.county) / "county.yaml").open("a") as file:
        file.write(fields)
    for each in more:
        path = Path(settings.county) / "partners" / f"{each['id'].lower()}.yaml"
        path.write_text(json.dumps(each), "utf-8")
    make(settings)
    known = household(settings)
    with ExitStack() as stack:
        vault = stack.enter_context(opened(settings, writing=True))
        writer = stack.enter_context(vault.writer())
        names = Outward(vault.keys, known.county.partners)
        vault.keys.flush()
        steps = Steps(
            house=known.house, senders=known.senders, suspects=Suspects(folder / "desk"), facts=writer.facts(),
            scout=writer.scout(),
        )  # fmt: skip
        yield Town(settings, known, vault, writer, steps, names)
