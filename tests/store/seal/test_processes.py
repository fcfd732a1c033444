"""One process writes keys; others follow; any of them may be killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.errors import KeyUnavailable
from hub.store.seal import Keystore, Use, destroy, expunge, key_ref, new_identity, renew_index, sweep
from hub.store.seal.names import owner_of
from tests.store.seal.conftest import Place
from tests.store.seal.other_process import MONTH, commit, committed, opens

HOUSE = Path(__file__).parents[3]


@contextmanager
def process(role: str, place: Place) -> Iterator[subprocess.Popen[str]]:
    where = [str(path) for path in (place.key_file, place.keystore, place.data)]
    command = [sys.executable, "-m", "tests.store.seal.other_process", role, *where]
    with subprocess.Popen(command, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            yield other
        finally:
            other.kill()


def said(other: subprocess.Popen[str]) -> str:
    assert other.stdout is not None
    return other.stdout.readline().strip()


def asked(other: subprocess.Popen[str], line: str = "") -> str:
    assert other.stdin is not None
    other.stdin.write(line + "\n")
    other.stdin.flush()
    return said(other)


def test_a_courier_finds_keys_made_after_it_began_and_loses_those_destroyed(place: Place, keys: Keystore) -> None:
    with process("courier", place) as courier:
        assert said(courier) == "ready"
        ref, other = (key_ref(new_identity(), Use.PAYLOAD, MONTH) for _ in range(2))
        made, kept = keys.need(ref), keys.need(other)
        assert asked(courier, ref.hex()) == "KeyUnavailable"

        keys.flush()
        assert asked(courier, ref.hex()) == made.id.hex()

        destroy(keys, [expunge([owner_of(ref)])], index_version=renew_index(keys), backup=place.backup, at=0)
        assert asked(courier) == "followed"
        assert asked(courier, ref.hex()) == "KeyUnavailable"
        assert asked(courier, other.hex()) == kept.id.hex()


def test_a_reader_opens_every_committed_record_while_the_keystore_is_rewritten(place: Place, keys: Keystore) -> None:
    with process("reading", place) as reader:
        assert said(reader) == "ready"
        for turn in range(40):
            commit(keys, place.data)
            if turn % 5 == 4:
                destroy(keys, [], index_version=renew_index(keys), backup=place.backup, at=0)
        (place.data / "done").touch()

        opened = said(reader)

        assert opened.isdigit(), "the reader failed: see its traceback above"
        assert int(opened) == 120


def test_a_kill_between_flush_and_commit_leaves_only_orphans(place: Place, keys: Keystore) -> None:
    keys.close()
    with process("dying", place) as writer:
        assert writer.wait(timeout=30) == -signal.SIGKILL

    lines = committed(place.data)
    store = Keystore(place.keystore, place.custody(), writer=True, at_least=int(lines[-1].split()[0]))

    assert len(lines) == 3
    assert all(opens(store, line) for line in lines)
    known = {bytes.fromhex(line.split()[1]) for line in lines}
    assert sweep(store, known.intersection) == 3
    assert all(opens(store, line) for line in lines)
    store.close()


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_loses_no_committed_record(place: Place, keys: Keystore) -> None:
    keys.close()
    chance = random.Random(988)
    for _ in range(12):
        with process("writing", place) as writer:
            assert said(writer) == "ready"
            time.sleep(chance.uniform(0, 0.05))
            writer.kill()
            writer.wait()
        lines = committed(place.data)
        store = Keystore(
            place.keystore, place.custody(), writer=True, at_least=int(lines[-1].split()[0]) if lines else 0
        )
        assert all(opens(store, line) for line in lines)
        store.close()

    assert len(committed(place.data)) >= 12


def test_the_store_that_commits_before_it_flushes_would_be_caught(place: Place, keys: Keystore) -> None:
    (place.data / "journal").write_text("", encoding="ascii")
    keys.flush = lambda: keys.mark  # type: ignore[method-assign]  # the mistake this test makes on purpose
    commit(keys, place.data)
    keys.close()

    store = Keystore(place.keystore, place.custody(), writer=True)
    with pytest.raises(KeyUnavailable):
        opens(store, committed(place.data)[0])
    store.close()
