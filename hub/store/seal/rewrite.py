"""Writing the keystore anew: without what is to go, under the same or the next version of the key-encryption key."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.errors import KeyUnavailable
from hub.store.seal import disk
from hub.store.seal.custody import Custody
from hub.store.seal.frames import HOLD_KEYS, KEYS_A_FRAME, Frame, Kind
from hub.store.seal.key import SECRET_BYTES
from hub.store.seal.keystore import Keystore
from hub.store.seal.names import HUB, IDENTITY_BYTES, REF_BYTES, Use, of_the_house, owner_of, use_of

# Whether a key is to go, by its name and its secret.
Doomed = Callable[[bytes, bytes], bool]
_NONE: Mapping[bytes, bytes] = {}
# So many owners are asked about at once.
_ASKED_AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A copy of the keystore that was opened and read to the end."""

    path: Path
    keys: int
    mark: int
    sha256: str


def rewrite(keys: Keystore, doomed: Doomed, *, version: int, renamed: Mapping[bytes, bytes] = _NONE) -> Counter[Use]:
    """Write the keystore anew under a version of the key-encryption key, without the doomed; says how many went, by use.

    `renamed`: keys that stand under another name from then on, which was free or is doomed.
    """
    keys.flush()
    gone: Counter[Use] = Counter()
    keys.rewrite(version, _survivors(keys, doomed, gone, renamed))
    return gone


def sweep(keys: Keystore, known: Callable[[list[bytes]], Iterable[bytes]]) -> int:
    """Destroy orphans: keys of owners that the data do not know, because a crash came before the commit.

    `known` answers which of these source identities the data hold, shared ones and singletons included. Call it between
    two groups of messages. Gives how many keys went; nothing is written when there are none.
    """
    keys.flush()
    owners = {owner_of(ref) for names in keys.names() for ref in _split(names, REF_BYTES) if not of_the_house(ref)}
    asked = sorted(owners)
    # The hub's own account keys belong to nobody whom the data could know.
    owners.discard(HUB)
    for at in range(0, len(asked), _ASKED_AT_ONCE):
        owners.difference_update(known(asked[at : at + _ASKED_AT_ONCE]))
    if not owners:
        return 0
    return rewrite(keys, lambda ref, _: owner_of(ref) in owners, version=keys.version).total()


def back_up(keys: Keystore, path: Path) -> Copy:
    """Copy the keystore, verify the copy, then put it in the place of the older one, which is overwritten."""
    keys.flush()
    fresh = path.with_name(path.name + ".unverified")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    disk.copy(keys.path, fresh)
    copy = verify(fresh, keys.custody)
    if (copy.keys, copy.mark) != (keys.count, keys.mark):
        raise KeyUnavailable("The backup lacks keys.", at=str(fresh), cure="Look at that disk, then back up again.")
    disk.replace(fresh, path)
    return Copy(path=path, keys=copy.keys, mark=copy.mark, sha256=copy.sha256)


def verify(path: Path, custody: Custody) -> Copy:
    """Open a keystore file and unwrap every frame in it; `KeyUnavailable` names the first that fails."""
    store = Keystore(path, custody)
    try:
        wrapped = sum(len(secret) // SECRET_BYTES for frame, secret in store.opened(*Kind) if frame.kind in HOLD_KEYS)
        if wrapped != store.count:
            raise KeyUnavailable("Names and secrets do not add up.", at=str(path), cure="Take another backup.")
        return Copy(path=path, keys=wrapped, mark=store.mark, sha256=_digest(path))
    finally:
        store.close()


def bonds(keys: Keystore) -> dict[bytes, frozenset[bytes]]:
    """Each identity that stands for several people, with these people."""
    found = (_split(secret, IDENTITY_BYTES) for _, secret in keys.opened(Kind.BOND))
    return {shared: frozenset(members) for shared, *members in found}


def _survivors(
    keys: Keystore, doomed: Doomed, gone: Counter[Use], renamed: Mapping[bytes, bytes]
) -> Iterator[tuple[Kind, bytes, bytes]]:
    """What the new file holds, counting what it does not: keys regrouped, then the bonds that still bind a key."""
    together = bonds(keys)
    alive: set[bytes] = set()
    for kind in HOLD_KEYS:
        sifted = (_sifted(frame, secret, doomed, gone) for frame, secret in keys.opened(kind))
        for names, secrets in _regrouped(sifted):
            clear = b"".join(renamed.get(ref, ref) for ref in _split(names, REF_BYTES)) if renamed else names
            if together:
                alive.update(together.keys() & map(owner_of, _split(clear, REF_BYTES)))
            yield kind, clear, secrets
    for shared in sorted(alive):
        yield Kind.BOND, b"", shared + b"".join(together[shared])


def _regrouped(frames: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Names and secrets of many small frames, joined to frames of the usual size."""
    clear, secrets = bytearray(), bytearray()
    for more_names, more_secrets in frames:
        clear += more_names
        secrets += more_secrets
        if len(clear) >= KEYS_A_FRAME * REF_BYTES:
            yield bytes(clear), bytes(secrets)
            clear.clear()
            secrets.clear()
    if clear:
        yield bytes(clear), bytes(secrets)


def _sifted(frame: Frame, secret: bytes, doomed: Doomed, gone: Counter[Use]) -> tuple[bytes, bytes]:
    """The names and secrets of one frame that stay."""
    refs, secrets = _split(frame.clear, REF_BYTES), _split(secret, SECRET_BYTES)
    fallen = [place for place, ref in enumerate(refs) if doomed(ref, secrets[place])]
    if not fallen:
        return frame.clear, secret
    gone.update(use_of(refs[place]) for place in fallen)
    out = set(fallen)
    stay = [place for place in range(len(refs)) if place not in out]
    return b"".join(refs[place] for place in stay), b"".join(secrets[place] for place in stay)


def _split(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
