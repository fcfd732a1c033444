"""Records that an order destroys: gone from every copy, their neighbours readable, recipients told, and a certificate that holds."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub import clock
from hub.access import accounts
from hub.app.acts.people import Staff
from hub.app.asking.look import Look, looking
from hub.app.desk import at_desk
from hub.app.house import household
from hub.app.keeping import expunge as expunging
from hub.app.keeping import orders, renewal
from hub.app.vault import opened
from hub.errors import Conflict, KeyUnavailable, Lasting, Misconfigured
from hub.settings import load
from hub.store import schema, seal
from hub.store.seal import KeyFile, Keystore
from hub.store.writing import reindex
from tests.cli import county
from tests.cli.conftest import County, Said, ran

JO, KIM = "jo@county.example", "kim@county.example"
PASSWORD = "a long sentence that nobody guesses"
ORDER = "Juvenile Court 26-114"


class Unplugged(Exception):
    """The machine lost its power here."""


@pytest.fixture
def two(own: County) -> tuple[County, str]:
    """A county with another message about the same patient, whose id comes with it."""
    (other,) = county.takes(own.config, county.message(9, veteran="Y"))
    assert other.state == "kept", other.cause
    return own, other.journal


def carried_out(place: County, *messages: str, accounting: bool = False, resume: bool = False) -> expunging.Certificate:
    ask = expunging.Ask(messages=messages, order=ORDER, by=(JO, KIM), accounting=accounting)
    home = place.config.parent
    return expunging.expunge(
        load(place.config),
        None if resume else ask,
        backup=home / "vault" / "copy",
        out=home / "certificate",
        progress=lambda *_: None,
    )


@contextmanager
def at(place: County) -> Iterator[Look]:
    with looking(load(place.config)) as look:
        yield look


def body(place: County, journal: str) -> bytes:
    with at(place) as look, look.journal() as books:
        return books.kept([journal])[0].body


def gone(place: County, journal: str) -> bool:
    try:
        body(place, journal)
    except KeyUnavailable:
        return True
    return False


def facts(place: County, journal: str) -> int:
    """How many decisions about a message accounting still knows."""
    with at(place) as look, look.journal() as books:
        return len(books.plans([journal])[0].decided)


def checked(folder: Path, certificate: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What the verifier of one file says of the certificate, with nothing of the hub's."""
    key = (folder / "key").read_text().strip()
    words = ["receipt", str(folder / "certificate.tlog-proof"), key]
    words += ["--certifies", str(certificate or folder / "certificate.json")]
    return subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), *words], capture_output=True, text=True, check=False
    )


def test_one_record_goes_and_its_neighbour_stays(two: tuple[County, str]) -> None:
    place, other = two

    made = carried_out(place, place.delivered)

    assert gone(place, place.delivered)
    assert b"Riley" in body(place, other)
    assert facts(place, place.delivered) > 0
    assert made.keys_destroyed["payload"] == 1
    with at(place) as look:
        message = look.message(place.delivered)
        assert (message.state, message.episode, message.happened_at) == ("expunged", "", 0)
    assert place("ledger", "verify").status == 0


def test_no_copy_of_the_data_or_the_keys_that_the_hub_has_opens_it(two: tuple[County, str], tmp_path: Path) -> None:
    place, _ = two
    made = place("backup", str(tmp_path / "backup"), "--keys", str(place.config.parent / "vault" / "copy"))
    assert made.status == 0, made.aside
    stolen = shutil.copy(place.config.parent / "keys" / "keystore", tmp_path / "keystore")

    carried_out(place, place.delivered)

    # The backup of the data comes back, with the keys of now.
    home = place.config.parent
    shutil.copy(tmp_path / "backup" / "hub.db", home / "data" / "hub.db")
    for more in home.glob("data/hub.db-*"):
        more.unlink()
    assert gone(place, place.delivered)
    settings = load(place.config)
    custody = KeyFile(Path(settings.keys.key_file), apart_from=Path(settings.data))
    with pytest.raises(KeyUnavailable):
        Keystore(Path(stolen), custody)
    Keystore(home / "vault" / "copy", custody).close()


def test_who_received_it_is_told_and_what_waits_is_not_sent(two: tuple[County, str]) -> None:
    place, _ = two

    made = carried_out(place, place.delivered)

    # HL7 v2 has no words for a notice: a person rings them.
    assert {*made.recipients_told, *made.recipients_told_by_hand} == {"B1", "S1"}
    with at(place) as look:
        assert {one.destination for one in look.recalls()} == {"B1", "S1"}
        assert {one.journal for one in look.recalls()} == {place.delivered}
        words = [task.words for task in look.tasks("recall")]
        assert len(words) == 2
        assert all("delete every copy" in each for each in words)
    # S1 had parked it: nobody can send it again.
    assert place.delivered[:12] not in place("dead", "--json").out


def test_an_outsider_verifies_the_certificate_and_notices_another(two: tuple[County, str], tmp_path: Path) -> None:
    place, other = two
    folder = place.config.parent / "certificate"

    made = carried_out(place, place.delivered)

    held = checked(folder)
    assert held.returncode == 0, held.stderr
    text = (folder / "certificate.json").read_text()
    assert json.loads(text)["messages"] == [place.delivered] == list(made.messages)
    assert "Riley" not in text
    altered = tmp_path / "altered.json"
    altered.write_text(text.replace(place.delivered, other))
    refused = checked(folder, altered)
    assert refused.returncode == 1
    assert "the leaf names no such file" in refused.stderr


def test_everything_of_a_source_identity_goes_with_its_place_in_the_index(two: tuple[County, str]) -> None:
    place, other = two

    carried_out(place, place.delivered, other)

    with at(place) as look, look.vault.database.read() as connection:
        owner = bytes.fromhex(look.message(other).owner)
        for table in (schema.blind, schema.traits):
            assert not connection.execute(select(table).where(table.c.identity == owner)).all(), table.name
        assert not connection.execute(select(schema.incident)).all()
    (again,) = county.takes(place.config, county.message(11, veteran="Y"))
    with at(place) as look:
        assert look.message(again.journal).owner != owner.hex()


def test_who_stays_is_found_in_the_index_still(two: tuple[County, str]) -> None:
    place, other = two
    with at(place) as look:
        owner = look.message(other).owner

    carried_out(place, place.delivered)

    (again,) = county.takes(place.config, county.message(11, veteran="Y"))
    with at(place) as look:
        assert look.message(again.journal).owner == owner


def test_accounting_goes_only_by_order_and_proofs_hold(two: tuple[County, str]) -> None:
    place, other = two
    with pytest.raises(Conflict, match="other records of it stay"):
        carried_out(place, place.delivered, accounting=True)

    carried_out(place, place.delivered, other, accounting=True)

    with pytest.raises(KeyUnavailable):
        facts(place, place.delivered)
    verified = place("ledger", "verify", "--json")
    assert verified.status == 0
    assert verified.json["destroyed"] > 0


_STEPS = ("write", "_commit", "_reseal", "Reindex.run", "destroy before", "destroy after", "_hand_over", "checker")


@pytest.mark.parametrize("step", _STEPS)
def test_cut_short_anywhere_it_is_finished_and_no_hub_starts_before(
    two: tuple[County, str], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    place, other = two
    with monkeypatch.context() as patched:
        _unplug(patched, step)
        with pytest.raises(Unplugged):
            carried_out(place, place.delivered)
    with pytest.raises(Conflict, match="cut short"):
        county.takes(place.config, county.message(12))

    made = carried_out(place, resume=True)

    assert gone(place, place.delivered)
    assert b"Riley" in body(place, other)
    assert made.messages == (place.delivered,)
    assert made.keys_destroyed["payload"] == 1
    assert {*made.recipients_told, *made.recipients_told_by_hand} == {"B1", "S1"}
    with at(place) as look:
        assert len(look.recalls()) == 2
    assert checked(place.config.parent / "certificate").returncode == 0
    assert place("ledger", "verify").status == 0
    (again,) = county.takes(place.config, county.message(13, veteran="Y"))
    assert again.state == "kept"


def _unplug(patched: pytest.MonkeyPatch, step: str) -> None:
    def dead(*_: object, **__: object) -> Any:
        raise Unplugged

    def after(*told: Any, **more: Any) -> Any:
        destroy(*told, **more)
        raise Unplugged

    destroy = seal.destroy
    places: dict[str, tuple[Any, str, Any]] = {
        "write": (orders, "write", dead),
        "Reindex.run": (reindex.Reindex, "run", dead),
        "destroy before": (renewal, "destroy", dead),
        "destroy after": (renewal, "destroy", after),
    }
    where, name, act = places.get(step, (expunging, step, dead))
    patched.setattr(where, name, act)


def test_the_same_record_is_not_expunged_twice_nor_one_that_is_not_there(two: tuple[County, str]) -> None:
    place, _ = two
    carried_out(place, place.delivered)

    with pytest.raises(Conflict, match="before"):
        carried_out(place, place.delivered)
    with pytest.raises(Lasting, match="no such message"):
        carried_out(place, "0" * 32)
    with pytest.raises(Lasting, match="cut short"):
        carried_out(place, resume=True)


def test_it_is_refused_while_a_hub_runs(two: tuple[County, str]) -> None:
    place, _ = two
    settings = load(place.config)

    async def work() -> None:
        with opened(settings, writing=True) as vault:
            async with at_desk(settings, household(settings), vault):
                with pytest.raises(Conflict):
                    await asyncio.to_thread(carried_out, place, place.delivered)

    asyncio.run(work())
    assert not gone(place, place.delivered)


def test_a_backup_beside_the_data_is_refused_before_anything_is_done(own: County) -> None:
    ask = expunging.Ask(messages=(own.delivered,), order=ORDER, by=(JO, KIM))
    settings = load(own.config)

    with pytest.raises(Misconfigured, match="apart"):
        expunging.expunge(settings, ask, backup=Path(settings.data) / "copy", out=own.config, progress=lambda *_: None)

    assert not gone(own, own.delivered)


def commanded(place: County, *more: str, first: str = JO, second: str = KIM) -> Said:
    home = place.config.parent
    words = ("expunge", place.delivered[:16], "--order", ORDER, "--by", first, "--with", second, *more)
    where = ("--backup", str(home / "vault" / "copy"), "--out", str(home / "certificate"))
    return ran(*words, *where, "--config", str(place.config), typed=f"{PASSWORD}\n{PASSWORD}\n".encode())


def test_two_people_do_it_by_command_and_one_cannot(own: County) -> None:
    staff = Staff(load(own.config))
    for name, role in ((JO, "compliance-officer"), (KIM, "administrator")):
        assert own("people", "add", name, "--words", name, "--role", role).status == 0
        one = accounts.named(staff.people(), name)
        assert one is not None
        asyncio.run(staff.carry_out(accounts.accept(one, PASSWORD, clock.now())))
    shown = own("expunge", own.delivered[:16], "--preview")
    assert "1 messages go, nothing of it stays" in shown.out
    alone = commanded(own, second=JO)
    assert alone.status == 1
    assert "two different people" in alone.aside
    assert not gone(own, own.delivered)

    said = commanded(own, "--json")

    assert said.status == 0, said.whole
    assert said.json["by"] == [f"{JO} (compliance-officer)", f"{KIM} (administrator)"]
    assert gone(own, own.delivered)
    # What had come under nobody's name is left alone.
    assert not gone(own, own.parked)
