"""Every attempt, grant, refusal, outcome and change has exactly one leaf, whatever went wrong on the way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hub.app.acts.replay import Order, releases
from hub.app.asking.look import Look
from hub.app.keeping import proofs
from hub.app.serve import Hub, running
from hub.app.vault import make
from hub.intake import Rejected
from hub.model.commands import Command
from hub.model.entry import Kind
from hub.settings import load
from hub.store.asking.evidence import Evidence
from hub.store.sealing import Sealer
from tests.cli import county
from tests.sinks import HANG_UP, http_sink, reply


async def lived(tmp_path: Path) -> tuple[Counter[str], dict[str, int], list[int]]:
    """The kinds of all leaves, the rows that should each have one, and the leaves of attempts and outcomes."""
    async with http_sink(reply(503), HANG_UP) as clinic, http_sink(otherwise=reply(422)) as centre:
        config = county.write(tmp_path, clinic=clinic.port, centre=centre.port)
        make(load(config))
        async with running(load(config)) as hub:
            desk = hub.engine.desk
            kept = await county.took(hub, *(county.message(n, mrn=f"7{n}", veteran="Y") for n in range(4)))
            await county.took(hub, county.message(9), kept_twice := county.message(1, mrn="71", veteran="Y"))
            assert kept_twice
            turned = Rejected(
                journal="ab" * 16, partner="H1", body=b"no", door="mllp:1", at=1_773_604_800_000_000, cause="x"
            )
            await desk.reject(turned)
            await county.settled(hub, clinic, centre)
            look = Look(known=hub.known, vault=hub.vault)
            ended: list[Command] = releases(look, look.message(kept[0].journal), _order())
            await desk.ask(ended)
            await county.settled(hub, clinic, centre)
            return _counted(hub)


def _order() -> Order:
    return Order(actor="dana", reason="a test", destination="S1", end=True)


def _counted(hub: Hub) -> tuple[Counter[str], dict[str, int], list[int]]:
    size = proofs.verify(hub.vault).leaves
    with hub.vault.database.read() as connection:
        evidence = Evidence(connection, Sealer(hub.vault.keys, hub.vault.origin))
        kinds = Counter(str(evidence.entry(leaf).kind) for leaf in range(size))

        def count(query: str) -> int:
            return int(connection.exec_driver_sql(query).scalar_one() or 0)

        rows = {
            # A message that nobody could read was not decided about: it has its leaves once it is read.
            "messages": count("SELECT count(*) FROM message WHERE state = 'planned'"),
            "decisions": count("SELECT sum(leaf_count - 1) FROM message WHERE state = 'planned'"),
            "attempts": count("SELECT count(*) FROM attempt"),
            "outcomes": count("SELECT count(*) FROM outcome") + count("SELECT count(*) FROM release"),
            "rejects": count("SELECT count(*) FROM reject"),
        }
        leaves = [
            row[0] for row in connection.exec_driver_sql("SELECT leaf FROM attempt UNION ALL SELECT leaf FROM outcome")
        ]
    return kinds, rows, leaves


async def test_every_row_that_tells_of_an_act_has_exactly_one_leaf(tmp_path: Path) -> None:
    kinds, rows, leaves = await lived(tmp_path)

    assert rows["attempts"] >= 8
    assert kinds[Kind.RECEIVED] + kinds[Kind.REJECT] == rows["messages"] + rows["rejects"]
    assert kinds[Kind.DECIDED] + kinds[Kind.REFUSED] == rows["decisions"]
    assert kinds[Kind.ATTEMPT] == rows["attempts"]
    assert kinds[Kind.OUTCOME] == rows["outcomes"]
    assert kinds[Kind.CONFIG] == 1
    assert len(leaves) == len(set(leaves))
    assert sum(kinds.values()) == sum(rows.values()) + 1
