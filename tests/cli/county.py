"""A small county on disk whose hub ran for a moment: what the commands are asked about in these tests.

Hospital H1 sends HL7 v2 by its own mapping. Clinic B1 takes what it may see, S1 refuses everything it is sent, PD may see nothing.
One message was delivered, one waits for a mapping that knows it, and S1's delivery of the first waits for a person.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from examples.county import overlay
from hub import clock
from hub.app.desk import at_desk
from hub.app.house import household
from hub.app.serve import Hub, running
from hub.app.vault import make, opened
from hub.intake import Answer, Arrival
from hub.model.commands import Claim
from hub.model.entry import LedgerEntry
from hub.settings import load
from hub.store.asking.outbox import Outbox
from tests.sinks import Sink, http_sink, reply

CATEGORIES = ["ADMIN", "IDENT", "CONTACT", "LOCATION", "ENCOUNTER", "RISK_SAFETY", "MH_CLINICAL", "MEDS", "NARRATIVE"]
BODIES = ["encounter", "condition"]
# The mapping that lacks something: H1 must say whether somebody is a veteran, in a segment of its own.
STRICT = (
    "extends: ehr/hl7v2/set.yaml\nlenses:\n  person:\n    lines:\n      person.veteran: ZPD-3 as cwe veteran required\n"
)
MENDED = STRICT.replace(" required", "")


def message(number: int, *, mrn: str = "77", veteran: str = "", trigger: str = "A04", sex: str = "F") -> bytes:
    """A registration of Riley Doe, who does not exist; `veteran` is what H1's own segment says."""
    own = [f"ZPD|||{veteran}"] if veteran else []
    lines = (
        rf"MSH|^~\&|EHR|H1|HUB|HUB|20260310145500-0700||ADT^{trigger}^ADT_A01|H1-{number}|P|2.5.1",
        f"EVN|{trigger}|202603101455{number:02}-0700",
        f"PID|1||{mrn}^^^H1^MR||Doe^Riley||19900314|{sex}|||1 Main St^^Phoenix^AZ^85001",
        "PV1|1|E|ED^1^1^H1|E|||||||||||||||V77^^^H1^VN",
        "DG1|1||R45.851^Suicidal ideations^I10|||W",
        *own,
    )
    return ("\r".join(lines) + "\r").encode()


def write(folder: Path, *, clinic: int = 9, centre: int = 9) -> Path:
    """The config folder of the county; `clinic` and `centre` are the ports of B1 and S1. Says where it is."""
    config = folder / "config"
    (config / "partners").mkdir(parents=True)
    hub = {
        "data": "../data",
        "ledger": {"origin": "hub.example/test", "memory": "../keys/signer"},
        "keys": {"key_file": "../keys/hub.key", "keystore": "../keys/keystore"},
        "http": {"port": 0},
    }
    _put(config / "hub.yaml", hub)
    _put(config / "county.yaml", {"name": "Test county", "zone": "America/Phoenix", "overlays": [overlay()]})
    mapping = config / "h1-mapping.yaml"
    mapping.write_text(STRICT)
    door = {"kind": "mllp", "port": 0, "sending_application": ["EHR"]}
    source = {"format": "hl7v2", "mapping": str(mapping), "regime": "HIPAA", "doors": [door]}
    partners = {
        "h1": {**_partner("H1", "HOSP_ED"), "source": source},
        "b1": {**_partner("B1", "BH_PROVIDER", BODIES), "delivery": _delivery(clinic)},
        "s1": {**_partner("S1", "HOSP_INPT", BODIES), "delivery": _delivery(centre)},
        "pd": {**_partner("PD", "LE", BODIES), "delivery": _delivery(clinic)},
    }
    for name, partner in partners.items():
        _put(config / "partners" / f"{name}.yaml", partner)
    return config


def _partner(name: str, kind: str, wants: Sequence[str] = ()) -> dict[str, Any]:
    agreement = {
        "id": f"{name}-2026",
        "kind": "BAA",
        "hub_is": "business associate",
        "starts": "2020-01-01",
        "ends": "2099-12-31",
        "signature": "nobody, for a test",
        "purposes": ["TREAT"],
        "categories": CATEGORIES,
    }
    interests = [{"id": "patients", "bodies": list(wants), "purpose": "TREAT"}] if wants else []
    return {
        "id": name,
        "name": f"Test {name}",
        "kind": kind,
        "state": "DEMO",
        "agreement": agreement,
        "wants": interests,
    }


def _delivery(port: int) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}/{secrets.token_hex(4)}"
    return {"format": "hl7v2", "carrier": "http", "url": url, "attempts": 1, "options": {"network": "loopback"}}


def _put(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1))


def arrival(body: bytes) -> Arrival:
    """A message of H1, as a door hands it over."""
    return Arrival(journal=secrets.token_hex(16), partner="H1", body=body, door="mllp:2601", at=clock.now())


async def took(hub: Hub, *bodies: bytes) -> list[Answer]:
    """Lay messages on the desk, one after another."""
    return [await hub.engine.desk.take(arrival(body)) for body in bodies]


def takes(config: Path, *bodies: bytes) -> list[Answer]:
    """Have the county's desk take messages of H1, with no doors around it and nobody to deliver."""

    async def work() -> list[Answer]:
        settings = load(config)
        with opened(settings, writing=True) as vault:
            async with at_desk(settings, household(settings), vault) as desk:
                return [await desk.take(arrival(body)) for body in bodies]

    return uvloop.run(work())


def takes_of(config: Path, partner: str, body: bytes) -> tuple[str, str]:
    """Have the county's desk take one message of a partner; says what became of it, and why."""

    async def work() -> Answer:
        settings = load(config)
        with opened(settings, writing=True) as vault:
            async with at_desk(settings, household(settings), vault) as desk:
                return await desk.take(msgspec.structs.replace(arrival(body), partner=partner))

    answer = uvloop.run(work())
    return answer.state, answer.cause


def claims(config: Path, journal: str, partner: str, entry: LedgerEntry) -> None:
    """Claim a delivery of a message, as the courier does before it sends."""

    async def work() -> None:
        settings = load(config)
        with opened(settings, writing=True) as vault:
            outbox = Outbox(vault.database, vault.keys, vault.origin)
            (row,) = (row for row in outbox.due({partner: 10}, clock.now()) if row.journal == journal)
            async with at_desk(settings, household(settings), vault) as desk:
                claim = Claim(outbox=row.outbox, attempt=1, at=clock.now(), key="k", body_digest=b"", entry=entry)
                (result,) = await desk.ask([claim])
                assert result.error is None

    uvloop.run(work())


async def settled(hub: Hub, *sinks: Sink) -> None:
    """Wait until every sink was called and nothing is in the air any more."""
    outbox = Outbox(hub.vault.database, hub.vault.keys, hub.vault.origin)
    for _ in range(1000):
        if all(sink.count for sink in sinks) and not outbox.flown():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def ran(folder: Path) -> dict[str, str]:
    """Make the county, run its hub for a moment; gives the ids of its messages: `delivered`, `parked`."""
    return uvloop.run(_ran(folder))


async def _ran(folder: Path) -> dict[str, str]:
    async with http_sink() as clinic, http_sink(otherwise=reply(422)) as centre:
        config = write(folder, clinic=clinic.port, centre=centre.port)
        settings = load(config)
        make(settings)
        async with running(settings) as hub:
            delivered, parked = await took(hub, message(1, veteran="Y"), message(2, mrn="78"))
            await settled(hub, clinic, centre)
    return {"delivered": delivered.journal, "parked": parked.journal}
