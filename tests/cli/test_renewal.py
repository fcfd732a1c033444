"""Keys renewed: everybody is found as before, nothing of old opens, and a renewal cut short goes on where it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.app.asking.look import looking
from hub.app.keeping import renewal
from hub.app.vault import opened
from hub.errors import Conflict, KeyUnavailable
from hub.settings import load
from hub.store import schema
from hub.store.asking.evidence import Evidence
from hub.store.seal import HUB, KeyFile, Keystore, Use, key_ref
from hub.store.sealing import Sealer
from hub.store.writing import reindex
from tests.cli import county
from tests.cli.conftest import County


class Unplugged(Exception):
    """The machine lost its power here."""


def owners(place: County, *journals: str) -> list[str]:
    with looking(load(place.config)) as look:
        return [look.message(journal).owner for journal in journals]


def tokens(place: County) -> dict[str, set[bytes]]:
    """Every token by table."""
    with looking(load(place.config)) as look, look.vault.database.read() as connection:
        tables = (schema.blind, schema.incident, schema.directive, schema.code)
        return {table.name: set(connection.scalars(select(table.c.token))) for table in tables}


def renewed(place: County, *more: str) -> dict[str, int]:
    copy = place.config.parent / "vault" / "copy"
    said = place("keys", "renew", "--actor", "dana", "--reason", "yearly", "--backup", str(copy), "--json", *more)
    assert said.status == 0, said.aside
    found: dict[str, int] = said.json
    return found


def test_people_codes_and_messages_are_found_as_before_under_other_tokens(own: County) -> None:
    county.takes(own.config, county.message(3, mrn="99", veteran="Y", sex="QQ"))
    before, (known,) = tokens(own), owners(own, own.delivered)
    codes = own("codes", "--json").out

    made = renewed(own)

    after = tokens(own)
    assert {name: len(found) for name, found in after.items()} == {name: len(found) for name, found in before.items()}
    assert len(after["blind"]) > 2
    assert not any(after[name] & before[name] for name in after)
    assert own("codes", "--json").out == codes
    assert made["version"] == 2
    (again,) = county.takes(own.config, county.message(4, veteran="Y"))
    assert owners(own, again.journal) == [known]
    assert own("why", own.delivered, "B1", "--replay").status == 0
    assert own("ledger", "verify").status == 0


def test_nothing_of_old_opens_and_the_backup_is_of_now(own: County, tmp_path: Path) -> None:
    settings = load(own.config)
    stolen = shutil.copy(settings.keys.keystore, tmp_path / "stolen")

    renewed(own)

    custody = KeyFile(Path(settings.keys.key_file), apart_from=Path(settings.data))
    assert custody.versions() == (2,)
    with pytest.raises(KeyUnavailable):
        Keystore(Path(stolen), custody)
    keys = Keystore(own.config.parent / "vault" / "copy", custody)
    assert [key_ref(HUB, Use.INDEX, version) in keys.house for version in (1, 2)] == [False, True]
    keys.close()


def test_cut_short_between_two_batches_a_hub_may_run_and_the_rest_is_done_later(
    own: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [county.message(20 + n, mrn=f"M{n}", veteran="Y").replace(b"Riley", f"R{n}".encode()) for n in range(5)]
    answers = county.takes(own.config, *people)
    known = owners(own, *(answer.journal for answer in answers))
    monkeypatch.setattr(reindex, "AT_ONCE", 2)
    seen: list[tuple[int, int]] = []

    def unplugged(done: int, total: int) -> None:
        seen.append((done, total))
        raise Unplugged

    settings, copy = load(own.config), own.config.parent / "vault" / "copy"
    with pytest.raises(Unplugged):
        renewal.renew(settings, actor="dana", reason="yearly", backup=copy, progress=unplugged)
    # Half of the people stand under the next key, half under the one before: everybody is found.
    again = [body.replace(b"|H1-2", b"|H1-3") for body in people]
    between = county.takes(own.config, *again)
    assert owners(own, *(answer.journal for answer in between)) == known

    progress: list[tuple[int, int]] = []
    renewal.renew(settings, actor="dana", reason="yearly", backup=copy, progress=lambda *told: progress.append(told))

    assert (seen[0][0], progress[0][0]) == (2, 4)
    assert progress[-1][0] == progress[-1][1]
    last = [body.replace(b"|H1-2", b"|H1-4") for body in people]
    later = county.takes(own.config, *last)
    assert owners(own, *(answer.journal for answer in later)) == known


def test_it_is_refused_while_a_hub_runs_and_where_the_backup_would_lie_with_the_data(own: County) -> None:
    settings = load(own.config)
    copy = own.config.parent / "vault" / "copy"
    with opened(settings, writing=True) as vault, vault.writer(), pytest.raises(Conflict):
        renewal.renew(settings, actor="dana", reason="yearly", backup=copy, progress=lambda *_: None)

    said = own("keys", "renew", "--actor", "dana", "--reason", "yearly", "--backup", str(Path(settings.data) / "copy"))

    assert said.status == 1
    assert "apart from the data" in said.aside


def test_who_did_it_and_why_is_a_leaf(own: County) -> None:
    before = own("ledger", "verify", "--json").json["leaves"]

    renewed(own)

    with looking(load(own.config)) as look, look.vault.database.read() as connection:
        entry = Evidence(connection, Sealer(look.vault.keys, look.vault.origin)).entry(before)
    assert (entry.kind, entry.actor) == ("key", "dana")
    assert "yearly" in entry.outcome
    assert own("ledger", "verify", "--json").json["leaves"] == before + 1


def told(place: County, partner: str) -> int:
    """How many deliveries there are for a partner."""
    with looking(load(place.config)) as look, look.vault.database.read() as connection:
        mine = schema.outbox.c.destination == partner
        return connection.scalars(select(func.count()).select_from(schema.outbox).where(mine)).one()


def test_who_was_told_that_somebody_is_theirs_still_hears_when_it_is_over(own: County) -> None:
    clinic = own.config / "partners" / "b1.yaml"
    file = json.loads(clinic.read_text())
    file["wants"][0]["when"] = [{"encounter.location.unit": ["ED"]}]
    clinic.write_text(json.dumps(file))
    county.takes(own.config, county.message(3, mrn="99", veteran="Y"))
    before = told(own, "B1")

    renewed(own)
    moved = county.message(4, mrn="99", veteran="Y", trigger="A02").replace(b"|ED^1^1", b"|MED^1^1")
    later = county.message(5, mrn="99", veteran="Y", trigger="A08").replace(b"|ED^1^1", b"|MED^1^1")
    county.takes(own.config, moved, later)

    assert told(own, "B1") == before + 1
