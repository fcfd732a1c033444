"""C2SP .tlog-proof: a receipt that proves offline that an entry is in the log, and may lay some of its fields open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hub.errors import ProofFailed
from hub.tlog.canonical import from_base64, to_base64
from hub.tlog.checkpoint import Signed, open_checkpoint
from hub.tlog.notes import VerifierKey
from hub.tlog.proofs import inclusion_proof, verify_inclusion
from hub.tlog.tree import HashAt, leaf_hash

_HEAD = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where the entry stands, its inclusion proof, the checkpoint (a signed note) and opaque extra bytes that nobody vouches for."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __bytes__(self) -> bytes:
        """The file, to be kept as `.tlog-proof`."""
        extra = [f"extra {to_base64(self.extra)}"] if self.extra else []
        lines = [_HEAD, *extra, f"index {self.index}", *map(to_base64, self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def parse(cls, raw: bytes) -> Receipt:
        """Read a receipt strictly; ProofFailed when it is malformed. Nothing is verified yet."""
        head, blank, checkpoint = raw.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise ProofFailed("a receipt is ASCII text down to its checkpoint") from error
        extra = from_base64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else b""
        index = _INDEX.fullmatch(lines[0]) if lines else None
        if first != _HEAD or not blank or not index:
            raise ProofFailed(f"a receipt is {_HEAD}, perhaps extra, an index, a path, an empty line and a checkpoint")
        receipt = cls(index=int(index[1]), path=tuple(map(from_base64, lines[1:])), checkpoint=checkpoint, extra=extra)
        if bytes(receipt) != raw:
            raise ProofFailed("this receipt has another, canonical spelling")
        return receipt


def make_receipt(index: int, size: int, hash_at: HashAt, checkpoint: bytes, extra: bytes = b"") -> Receipt:
    """The receipt for leaf `index` under the signed checkpoint of that `size`. `extra`: an Opening's bytes, or nothing."""
    return Receipt(index=index, path=tuple(inclusion_proof(index, size, hash_at)), checkpoint=checkpoint, extra=extra)


def check_receipt(receipt: Receipt, entry: bytes, log: VerifierKey, witnesses: Iterable[VerifierKey] = ()) -> Signed:
    """The verified checkpoint, when it covers this entry at this index; ProofFailed otherwise.

    `extra` stays unverified: see check_opening, whose leaf is the entry.
    """
    signed = open_checkpoint(receipt.checkpoint, log, witnesses)
    verify_inclusion(receipt.index, signed.checkpoint.size, leaf_hash(entry), receipt.path, signed.checkpoint.root)
    return signed
