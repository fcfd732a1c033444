"""Other processes of a hub, for the tests: a courier that reads keys, and a writer that is killed.

Run as `python other_process.py ROLE KEY_FILE KEYSTORE DATA`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from hub.errors import HubError
from hub.store.seal import Aad, KeyFile, KeyRef, Keystore, Use, key_ref, new_identity, seal, unseal

ORIGIN = "county"
MONTH = 2026 * 12
PLAINTEXT = b"PID|1||M1^^^H1^MR||Doe^Jordan"


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def place(record: bytes) -> Aad:
    return Aad(origin=ORIGIN, table="journal", record=record)


def courier(keys: Keystore, data: Path) -> None:
    """Answer each line (a key's name in hexadecimal, or nothing to follow) with the key's id."""
    say("ready")
    for line in sys.stdin:
        try:
            if name := line.strip():
                say(keys.key(KeyRef(bytes.fromhex(name))).id.hex())
            else:
                keys.follow()
                say("followed")
        except HubError as missing:
            say(type(missing).__name__)


def reading(keys: Keystore, data: Path) -> None:
    """Open every committed record over and over, until the writer says that it is done."""
    say("ready")
    while not (data / "done").exists():
        keys.follow()
        for line in committed(data):
            opens(keys, line)
    keys.follow()
    say(str(sum(opens(keys, line) for line in committed(data))))


def committed(data: Path) -> list[str]:
    """The whole lines of the file that stands for the database: mark, owner, record, sealed."""
    journal = data / "journal"
    return (
        [line for line in journal.read_text("ascii").splitlines(keepends=True) if line.endswith("\n")]
        if journal.exists()
        else []
    )


def opens(keys: Keystore, line: str) -> bool:
    owner, record, sealed = (bytes.fromhex(part) for part in line.split()[1:])
    keys._cache.clear()
    assert unseal(sealed, key=keys.key(key_ref(owner, Use.PAYLOAD, MONTH)), aad=place(record)) == PLAINTEXT
    return True


def commit(keys: Keystore, data: Path, *, group: int = 3, between: object = None) -> None:
    """One group of messages: seal, flush the keys, and only then commit, as the store does."""
    lines = []
    for _ in range(group):
        owner, record = new_identity(), new_identity()
        sealed = seal(PLAINTEXT, key=keys.need(key_ref(owner, Use.PAYLOAD, MONTH)), aad=place(record))
        lines.append(f"{owner.hex()} {record.hex()} {sealed.hex()}\n")
    mark = keys.flush()
    if callable(between):
        between()
    with (data / "journal").open("a", encoding="ascii") as journal:
        journal.write("".join(f"{mark} {line}" for line in lines))
        journal.flush()
        os.fsync(journal.fileno())


def writing(keys: Keystore, data: Path) -> None:
    """Commit groups until killed."""
    say("ready")
    while True:
        commit(keys, data)


def dying(keys: Keystore, data: Path) -> None:
    """Commit one group, and be killed between flush and commit of the next."""
    commit(keys, data)
    commit(keys, data, between=lambda: os.kill(os.getpid(), signal.SIGKILL))
    time.sleep(60)


def main(role: str, key_file: str, keystore: str, data: str) -> None:
    custody = KeyFile(Path(key_file), apart_from=Path(data))
    keys = Keystore(Path(keystore), custody, writer=role in {"writing", "dying"})
    {"courier": courier, "reading": reading, "writing": writing, "dying": dying}[role](keys, Path(data))


if __name__ == "__main__":
    main(*sys.argv[1:])
