"""The leaf: it commits to what happened and tells only when. Those who hold the salts open its fields one by one.

A leaf is canonical JSON of 106 bytes, always: `{"at":…,"commits":"…","v":1}`.
`at` is UTC microseconds; `commits` is the SHA-256 of the commitment list, which has one line a field, in order of name:

    name SP hex(SHA-256(salt || value)) LF

The kind is a field like any other. Whoever has no salts learns from a leaf neither values nor kind nor how many fields there are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from hub.errors import ProofFailed
from hub.tlog.canonical import canonical, from_base64, parse_canonical, to_base64

KIND = "kind"
SALT_SIZE = 32
# From September 2001 to June 2255: sixteen digits, so that every leaf is equally long, and numbers that every JSON reader keeps.
_FIRST, _LAST = 10**15, 2**53 - 1
_LEAF = re.compile(rb'\{"at":([1-9][0-9]{15}),"commits":"([0-9a-f]{64})","v":1\}')
# At most 23 bytes keep `secret || name` within one SHA-256 block, so no salt can be continued to that of a longer name.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,22}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What anyone may read of an entry: when (UTC microseconds), and the hash of its commitment list in hexadecimal."""

    at: int
    commits: str

    def __bytes__(self) -> bytes:
        """The entry as it stands in the log."""
        return _spell(self.at, self.commits)

    @classmethod
    def parse(cls, raw: bytes) -> Leaf:
        """Read a leaf; ProofFailed when it is not exactly of this form."""
        found = _LEAF.fullmatch(raw)
        if not found or int(found[1]) > _LAST:
            raise ProofFailed("not a leaf of this ledger")
        return cls(at=int(found[1]), commits=found[2].decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Some fields of a leaf laid open: its time, every commitment by name, and salt and value of the fields shown.

    It names the leaf by itself (`leaf`). Its `repr` shows no value.
    """

    at: int
    commits: Mapping[str, bytes]
    shown: Mapping[str, tuple[bytes, bytes]] = field(repr=False)

    @property
    def leaf(self) -> bytes:
        """The leaf that this opening claims to open."""
        lines = "".join(f"{name} {self.commits[name].hex()}\n" for name in _order(tuple(self.commits)))
        return _spell(self.at, sha256(lines.encode()).hexdigest())

    def __bytes__(self) -> bytes:
        """Canonical JSON, to travel in a receipt."""
        commits = {name: each.hex() for name, each in self.commits.items()}
        shown = {name: {"salt": salt.hex(), "value": to_base64(value)} for name, (salt, value) in self.shown.items()}
        return canonical({"at": self.at, "commits": commits, "shown": shown})

    @classmethod
    def parse(cls, raw: bytes) -> Opening:
        """Read what `bytes` wrote; ProofFailed when it is not exactly of this form. Nothing is verified yet."""
        match parse_canonical(raw):
            case {"at": int(at), "commits": dict(commits), "shown": dict(shown), **rest} if not rest:
                return cls(
                    at=at,
                    commits={name: _parse_hex(each) for name, each in commits.items()},
                    shown={name: _parse_shown(each) for name, each in shown.items()},
                )
        raise ProofFailed("an opening is a time, commitments and shown fields")


def commit(salt: bytes, value: bytes) -> bytes:
    """The salted commitment to one value. The salt has a fixed size, so no byte can wander from it into the value."""
    if len(salt) != SALT_SIZE:
        raise ProofFailed(f"a salt is {SALT_SIZE} bytes long")
    return sha256(salt + value).digest()


def field_salts(secret: bytes, names: Collection[str]) -> dict[str, bytes]:
    """One salt a field, each of which opens that field only.

    `secret`: the leaf's own 32 bytes, HMAC-SHA-256 of the account key and the entry id.
    """
    if len(secret) != SALT_SIZE:
        raise ProofFailed(f"the secret of a leaf is {SALT_SIZE} bytes long")
    return {name: sha256(secret + name.encode()).digest() for name in _order(tuple(names))}


def make_leaf(kind: str, at: int, fields: Mapping[str, bytes], salts: Mapping[str, bytes]) -> bytes:
    """The leaf of an entry that happened `at` (UTC microseconds). `salts` has one for every field and one for `kind`.

    >>> salts = field_salts(bytes(32), ["kind", "partner"])
    >>> len(make_leaf("attempt", 1_763_773_800_000_000, {"partner": b"st-mary"}, salts))
    106
    """
    values = {KIND: kind.encode(), **fields}
    if {*map(len, salts.values())} != {SALT_SIZE}:
        raise ProofFailed(f"a salt is {SALT_SIZE} bytes long")
    # Written out rather than by way of Opening: this runs several times for every message.
    try:
        lines = [f"{name} {sha256(salts[name] + values[name]).hexdigest()}\n" for name in _order(tuple(values))]
    except KeyError as error:
        raise ProofFailed(f"the field {error} has no salt") from error
    return _spell(at, sha256("".join(lines).encode()).hexdigest())


def open_leaf(
    kind: str, at: int, fields: Mapping[str, bytes], salts: Mapping[str, bytes], *, show: Collection[str]
) -> Opening:
    """Lay open the fields named by `show` (`kind` may be one) of the leaf that `make_leaf` makes of the same facts."""
    values = {KIND: kind.encode(), **fields}
    try:
        commits = {name: commit(salts[name], values[name]) for name in values}
        return Opening(at=at, commits=commits, shown={name: (salts[name], values[name]) for name in show})
    except KeyError as error:
        raise ProofFailed(f"there is no field or no salt named {error}") from error


def check_opening(leaf: bytes, opening: Opening) -> dict[str, bytes]:
    """The shown values by name, when the leaf commits to them; ProofFailed names the field that does not belong."""
    if opening.leaf != leaf:
        raise ProofFailed("the time or the commitments are not those of this leaf")
    for name, (salt, value) in opening.shown.items():
        if opening.commits.get(name) != commit(salt, value):
            raise ProofFailed(f"the leaf does not commit to this value of {name}")
    return {name: value for name, (_, value) in opening.shown.items()}


def _spell(at: int, commits: str) -> bytes:
    if not _FIRST <= at <= _LAST:
        raise ProofFailed("the time of a leaf is UTC microseconds")
    return b'{"at":%d,"commits":"%b","v":1}' % (at, commits.encode())


@lru_cache(maxsize=256)
def _order(names: tuple[str, ...]) -> tuple[str, ...]:
    """The order of the lines; ProofFailed for a name that could not stand in one."""
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise ProofFailed(f"a field is named by at most 23 small letters, digits and underscores, not {wrong[0]!r}")
    return tuple(sorted(names))


def _parse_shown(each: object) -> tuple[bytes, bytes]:
    match each:
        case {"salt": salt, "value": str(value), **rest} if not rest:
            return _parse_hex(salt), from_base64(value)
    raise ProofFailed("a shown field is a salt and a value")


def _parse_hex(text: object) -> bytes:
    if isinstance(text, str) and _HEX.fullmatch(text):
        return bytes.fromhex(text)
    raise ProofFailed("a salt or commitment is 64 hexadecimal digits")
