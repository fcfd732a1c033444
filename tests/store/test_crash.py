"""Pull the plug in the middle of commits, again and again: what was acknowledged is there, and every proof holds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from hub.errors import KeyUnavailable, StoreUnavailable
from hub.store.asking.evidence import Evidence
from hub.store.seal import Keystore
from hub.store.sealing import Sealer
from hub.store.writing import writer
from hub.store.writing.publish import Publisher
from hub.store.writing.signer import Memory
from hub.tlog.verify import from_folder, verify_log
from tests.store.county import ORIGIN, SIGNER, County, claim, message

KILLS = int(os.environ.get("CRISIS_HUB_KILLS", "10"))
WORK = Path(__file__).with_name("commit_until_killed.py")


def killed(county_url: str, folder: Path, run: int, after: float) -> list[str]:
    """Let another process commit, kill it after so many seconds of work; gives what it had been told was safe."""
    with subprocess.Popen(
        [sys.executable, str(WORK), county_url, str(folder), str(run)], stdout=subprocess.PIPE, text=True
    ) as hub:
        assert hub.stdout
        assert hub.stdout.readline() == "open\n"
        time.sleep(after)
        os.kill(hub.pid, signal.SIGKILL)
        return [line.strip() for line in hub.stdout if line.endswith("\n")]


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_over_many_kills(url: str, tmp_path: Path) -> None:
    County(url, tmp_path).close()
    chance, acknowledged = random.Random(20260315), []

    for run in range(KILLS):
        acknowledged += killed(url, tmp_path, run, chance.uniform(0.02, 0.4))

    assert len(acknowledged) > KILLS
    with County(url, tmp_path) as county:
        _check(county, acknowledged)


def _check(county: County, acknowledged: list[str]) -> None:
    lines = [line.split() for line in acknowledged]
    messages = [words[1] for words in lines if words[0] == "message"]
    delivered = {int(words[1]): int(words[2]) for words in lines if words[0] == "delivered"}
    with county.journal() as journal:
        assert all(kept.events for kept in journal.kept(messages))
    assert delivered.keys() <= {row.attempt for row in county.rows("outcome") if row.outcome == "delivered"}
    assert delivered.keys() <= {row.seq for row in county.rows("attempt")}
    assert not {due.outbox for due in county.outbox.due({"clinic": 10**6}, 2**60)} & set(delivered.values())
    size = county.verified()
    assert size == county.writer._tip.frontier.size
    with county.read() as connection:
        assert Evidence(connection, Sealer(county.keys, ORIGIN)).audit().checked == size


def test_a_keystore_older_than_the_database_is_refused(county: County, tmp_path: Path) -> None:

    county.commit(message(1))
    older = (tmp_path / "keys" / "keystore").read_bytes()
    county.commit(message(2))
    county.close()
    newer = (tmp_path / "keys" / "keystore").read_bytes()
    (tmp_path / "keys" / "keystore").write_bytes(older)

    with pytest.raises(KeyUnavailable, match="older copy"):
        county.open()
    (tmp_path / "keys" / "keystore").write_bytes(newer)
    county.open()


class Plug(BaseException):
    """The power goes."""


EFFECTS = {
    "keys to disk": (Keystore, "flush"),
    "rows": (writer, "put"),
    "commit": (Connection, "_commit_impl"),
    "signer's memory": (Memory, "remember"),
    "publication": (Publisher, "offer"),
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("effect", EFFECTS)
def test_the_plug_may_be_pulled_around_every_effect(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, effect: str, moment: str
) -> None:
    county = County(url, tmp_path, export=True)
    county.commit(message(1), message(2))
    place, name = EFFECTS[effect]
    act = getattr(place, name)

    def pulled(*args: Any, **named: Any) -> None:
        if moment == "after":
            act(*args, **named)
        raise Plug

    keys = county.keys.count
    monkeypatch.setattr(place, name, pulled)
    with pytest.raises(Plug):
        county.commit(message(3), claim(1))
    monkeypatch.undo()
    county.drop()
    county.open()

    durable = effect in {"signer's memory", "publication"} or (effect, moment) == ("commit", "after")
    assert len(county.rows("message")) == (3 if durable else 2)
    assert [flown.outbox for flown in county.outbox.flown()] == ([1] if durable else [])
    # Never a payload without its key: the keys of message 3 were durable before anything else was.
    assert county.keys.count == keys + (3 if (effect, moment) != ("keys to disk", "before") else 0)
    (result,) = county.commit(message(4))
    assert result.seq == (4 if durable else 3)
    size = county.verified()
    with county.read() as connection:
        assert Evidence(connection, Sealer(county.keys, ORIGIN)).audit().checked == size
    county.close()
    note = (tmp_path / "export" / "checkpoint").read_bytes()
    assert verify_log(note, from_folder(tmp_path / "export"), SIGNER.verifier).checkpoint.size == size


def test_a_keystore_that_takes_nothing_keeps_everything_out(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Keystore) -> int:
        raise StoreUnavailable("The keystore took no keys.")

    with monkeypatch.context() as patch:
        patch.setattr(Keystore, "flush", full)
        (result,) = county.writer.commit([message(1)])

    assert isinstance(result.error, StoreUnavailable)
    assert county.rows("message") == county.rows("payload") == []
    county.commit(message(1))
