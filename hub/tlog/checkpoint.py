"""C2SP checkpoints: the signed promise that a log of this size has this root; and the cosignatures of witnesses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from hub.errors import ProofFailed
from hub.tlog.canonical import from_base64, to_base64
from hub.tlog.notes import COSIGNATURE, SignerKey, VerifierKey, check_lines, parse_note, sign_note, verify_note
from hub.tlog.tree import EMPTY_ROOT, HASH_SIZE, Frontier, HashAt, root_at

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: who it is, how many leaves it has, and the root over them. Extension lines are opaque."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not be written down, or a tree without leaves that has a root of its own."""
        lines = (self.origin, *self.extensions)
        if not all(lines) or any("\n" in line for line in lines):
            raise ProofFailed("the lines of a checkpoint are not empty and hold no newline")
        if self.size < 0 or len(self.root) != HASH_SIZE or (self.size == 0 and self.root != EMPTY_ROOT):
            raise ProofFailed(f"size {self.size} and this root do not belong to a tree")

    @classmethod
    def of(cls, origin: str, frontier: Frontier) -> Checkpoint:
        """The checkpoint of a tree as it stands."""
        return cls(origin=origin, size=frontier.size, root=frontier.root)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        r"""Read the text of a note (without signatures); ProofFailed when it is no checkpoint.

        >>> Checkpoint.parse("example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n").size
        0
        """
        check_lines(text)
        match text.split("\n"):
            case [origin, size, root, *extensions, ""] if _DECIMAL.fullmatch(size):
                return cls(origin=origin, size=int(size), root=from_base64(root), extensions=tuple(extensions))
        raise ProofFailed("a checkpoint is an origin, a decimal size and a root, each on its line")

    def __str__(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A checkpoint whose log signature was verified, and which witnesses cosigned it when (POSIX seconds)."""

    checkpoint: Checkpoint
    witnessed: Mapping[str, int]


def sign_checkpoint(checkpoint: Checkpoint, *signers: SignerKey) -> bytes:
    """The note that the log publishes. Whoever signs promises never to sign a tree that does not begin with this one."""
    return bytes(sign_note(str(checkpoint), signers))


def open_checkpoint(raw: bytes, log: VerifierKey, witnesses: Iterable[VerifierKey] = ()) -> Signed:
    """Verify a published checkpoint: signed by `log`, whose key has the name of the origin.

    `witnesses` that cosigned it are named in the answer; signatures of others are passed over. ProofFailed otherwise.
    """
    note = parse_note(raw)
    cosigners = [key for key in witnesses if key.algorithm == COSIGNATURE]
    found = {(each.name, each.key_id): each for each in verify_note(note, [log, *cosigners])}
    if (log.name, log.key_id) not in found:
        raise ProofFailed(f"{log.name} did not sign this checkpoint")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log.name:
        raise ProofFailed(f"the checkpoint is of {checkpoint.origin}, the key of {log.name}")
    times = {key.name: found[key.name, key.key_id].time for key in cosigners if (key.name, key.key_id) in found}
    return Signed(checkpoint=checkpoint, witnessed=MappingProxyType(times))


def cosign(raw: bytes, witness: SignerKey, at: int) -> bytes:
    """The same checkpoint with a witness's cosignature beneath. `at`: POSIX seconds.

    The witness must have checked before that the tree begins with the last one it cosigned.
    """
    note = parse_note(raw)
    Checkpoint.parse(note.text)
    return bytes(replace(note, signatures=(*note.signatures, witness.sign(note.text, at))))


def check_follows(old: Checkpoint, new: Checkpoint, hash_at: HashAt) -> None:
    """Pass when `new` begins with `old`, by the hashes themselves: what a signer asks of its own log before it signs. Else ProofFailed."""
    if new.origin != old.origin or new.size < old.size:
        raise ProofFailed(f"{new.origin} at size {new.size} does not follow {old.origin} at size {old.size}")
    for each in (old, new):
        if root_at(each.size, hash_at) != each.root:
            raise ProofFailed(f"the log does not hold the tree that was signed at size {each.size}")
