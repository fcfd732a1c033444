"""What keys and sealing cost: `python -m tests.store.seal.measure [IDENTITIES]` prints microseconds, and a large keystore.

Best of many short runs, so that a busy neighbour counts little; the call is included.
The last lines need about a minute and 0.4 GB for a million source identities.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from sys import getsizeof
from tempfile import TemporaryDirectory
from timeit import repeat

from hub.store.seal import (
    Aad,
    BlindIndex,
    KeyFile,
    Keystore,
    Use,
    destroy,
    digest,
    expunge,
    init,
    key_ref,
    mixed,
    new_identity,
    outward,
    partner_key,
    pseudonym,
    renew_index,
    salt,
    seal,
    unseal,
)

MONTH = 2026 * 12
MESSAGE = os.urandom(3072)
TIMES = 200


def say(what: str, figure: str) -> None:
    sys.stdout.write(f"{what:<52}{figure:>12}\n")


def single(keys: Keystore, reader: Keystore) -> dict[str, Callable[[], object]]:
    """One call each, of what a message asks for."""
    person, record = new_identity(), new_identity()
    key, other = (keys.need(key_ref(person, use, MONTH)) for use in (Use.PAYLOAD, Use.LINK))
    partner, index = partner_key(keys, "ed"), BlindIndex(keys)
    here = Aad(origin="county.example/log", table="journal", record=record)
    sealed = seal(MESSAGE, key=key, aad=here)
    name = ("doe", "jordan", "1990-03-14")
    return {
        "seal 3 KB (record key, nonce, AES-256-GCM)": lambda: seal(MESSAGE, key=key, aad=here),
        "the same, with naming the key and the place": lambda: seal(
            MESSAGE,
            key=keys.need(key_ref(person, Use.PAYLOAD, MONTH)),
            aad=Aad(origin="county.example/log", table="journal", record=record),
        ),
        "unseal 3 KB": lambda: unseal(sealed, key=key, aad=here),
        "day digest of partner and message id": lambda: digest(keys, 100, b"ed", b"MSG00001"),
        "day digest with 3 KB of content": lambda: digest(keys, 100, b"ed", b"MSG00001", MESSAGE),
        "salt of one field": lambda: salt(key, record, "who"),
        "blind-index token of three fields": lambda: index.token("family+given+birth_date", *name),
        "pseudonym": lambda: pseudonym(partner, person),
        "outward id": lambda: outward(partner, "message", record),
        "key mixed of two": lambda: mixed((key, other)),
        "follow a quiet keystore": reader.follow,
    }


def grouped(keys: Keystore, reader: Keystore) -> None:
    """New keys as a busy hub makes them, and read back by another process."""
    names = [key_ref(new_identity(), Use.PAYLOAD, MONTH) for _ in range(40_000)]
    begin = time.process_time()
    for at in range(0, len(names), 200):
        for ref in names[at : at + 200]:
            keys.need(ref)
        keys.flush()
    say("new key, durable, in groups of 200 (CPU)", f"{(time.process_time() - begin) / len(names) * 1e6:.2f} µs")
    reader.follow()
    begin = time.process_time()
    for ref in names[::3]:
        reader.key(ref)
    say("key read back from the file (CPU)", f"{(time.process_time() - begin) / len(names[::3]) * 1e6:.2f} µs")


def large(folder: Path, identities: int) -> None:
    """What a keystore of many source identities, three uses each, costs to open and to rewrite."""
    key_file, keystore, data = folder / "custody", folder / "keystore", folder / "data"
    keys = init(key_file=key_file, keystore=keystore, apart_from=data)
    people = [new_identity() for _ in range(identities)]
    for number, person in enumerate(people):
        for use in (Use.PAYLOAD, Use.LINK, Use.ACCOUNT):
            keys.need(key_ref(person, use, MONTH))
        if number % 200 == 0:
            keys.flush()
    keys.flush()
    keys.close()
    begin = time.perf_counter()
    keys = Keystore(keystore, KeyFile(key_file, apart_from=data), writer=True)
    say(f"open a keystore of {keys.count:,} keys", f"{time.perf_counter() - begin:.2f} s")
    say("its file", f"{keystore.stat().st_size / 1e6:.0f} MB")
    finder = keys._log._finder
    say("its index in memory", f"{(getsizeof(finder._names) + getsizeof(finder._slots)) / 1e6:.0f} MB")
    version, begin = renew_index(keys), time.perf_counter()
    destroy(keys, [expunge(people[:1])], index_version=version, backup=folder / "backup", at=0)
    say("destroy one person's keys, rewrap, verify a backup", f"{time.perf_counter() - begin:.2f} s")
    say("peak memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")
    keys.close()


def main(identities: int = 100_000) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        keys = init(key_file=home / "custody", keystore=home / "keystore", apart_from=home / "data")
        reader = Keystore(keys.path, KeyFile(home / "custody", apart_from=home / "data"))
        for what, call in single(keys, reader).items():
            say(what, f"{min(repeat(call, number=TIMES, repeat=500)) / TIMES * 1e6:.2f} µs")
        grouped(keys, reader)
    with TemporaryDirectory() as folder:
        large(Path(folder), identities)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
