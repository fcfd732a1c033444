"""C2SP signed notes: text with Ed25519 signatures beneath it, and the spelling of the keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.errors import ProofFailed
from hub.tlog.canonical import from_base64, to_base64

# signed-note: the algorithm bytes this house speaks.
ED25519 = 0x01
COSIGNATURE = 0x04
# tlog-cosignature v1: eight bytes of POSIX seconds before the signature.
_TIME_SIZE = 8
_SIGNATURE_SIZE = {ED25519: 64, COSIGNATURE: _TIME_SIZE + 64}
_LAST_TIME = 2**63 - 1
_KEY_SIZE = 32
_ID_SIZE = 4
_SECRET = "PRIVATE+KEY+"  # noqa: S105  the marker of the format, not a secret
_LINE = "\N{EM DASH} "
# As the Go implementation: enough for every witness, too few to keep a verifier busy.
_MOST_SIGNATURES = 100
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One line beneath a note: who signed, by name and key id, and the signature bytes of that kind of key."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def time(self) -> int:
        """When a cosignature was given, POSIX seconds. Only cosignatures carry it."""
        return int.from_bytes(self.blob[:_TIME_SIZE], "big")

    def __str__(self) -> str:
        """The line as it stands in the note."""
        return f"{_LINE}{self.name} {to_base64(self.key_id + self.blob)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, ending in a newline, and the signatures beneath it; nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        """The note as it is published."""
        return "".join([self.text, "\n", *map(str, self.signatures)]).encode()


def parse_note(raw: bytes) -> Note:
    """Read a note strictly; ProofFailed says what is wrong with it."""
    if len(raw) > _LARGEST:
        raise ProofFailed(f"a note is at most {_LARGEST} bytes")
    try:
        whole = raw.decode()
    except UnicodeDecodeError as error:
        raise ProofFailed("a note is UTF-8") from error
    check_lines(whole)
    body, blank, foot = whole.rpartition("\n\n")
    lines = foot.split("\n")
    if not blank or lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES:
        raise ProofFailed(
            f"a note is a text, an empty line, and 1 to {_MOST_SIGNATURES} signature lines, each ending in a newline"
        )
    return Note(text=body + "\n", signatures=tuple(map(_parse_signature, lines)))


def check_lines(text: str) -> None:
    """Refuse control characters other than the newline (signed-note, Format)."""
    if any(each < " " and each != "\n" for each in text):
        raise ProofFailed("a note holds no control characters")


def _parse_signature(line: str) -> Signature:
    name, space, text = line.removeprefix(_LINE).rpartition(" ")
    if not line.startswith(_LINE) or not space:
        raise ProofFailed("a signature line is a dash, the key's name and base64")
    _check_name(name)
    blob = from_base64(text)
    if len(blob) <= _ID_SIZE:
        raise ProofFailed("a signature is longer than its key id")
    return Signature(name=name, key_id=blob[:_ID_SIZE], blob=blob[_ID_SIZE:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(each.isspace() or each < " " for each in name):
        raise ProofFailed("a key's name has at least one character, no space and no plus")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A key one trusts: its name, its Ed25519 public key, and whether it signs notes (ED25519) or cosigns checkpoints (COSIGNATURE).

    `str(key)` is its vkey, `name+id+base64`, as every tool of the family reads it.
    """

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        """Refuse what could not verify anything."""
        _check_name(self.name)
        if self.algorithm not in _SIGNATURE_SIZE or len(self.public) != _KEY_SIZE:
            raise ProofFailed(f"a key is Ed25519 (algorithm {ED25519} or {COSIGNATURE}) and {_KEY_SIZE} bytes long")

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key beside its name; no security rests on them."""
        return sha256(f"{self.name}\n".encode() + bytes([self.algorithm]) + self.public).digest()[:_ID_SIZE]

    def __str__(self) -> str:
        """The vkey to hand to others."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a vkey; ProofFailed when it is malformed or its id is not its own."""
        name, algorithm, public, key_id = _parse_key(text)
        key = cls(name=name, public=public, algorithm=algorithm)
        if key.key_id.hex() != key_id:
            raise ProofFailed("the id within the key does not belong to it")
        return key

    def verify(self, text: str, signature: Signature) -> None:
        """Pass when this key signed that text; else raise ProofFailed naming the key."""
        if len(signature.blob) != _SIGNATURE_SIZE[self.algorithm] or (
            self.algorithm == COSIGNATURE and signature.time > _LAST_TIME
        ):
            raise ProofFailed(f"the signature of {self.name} has the wrong length or an impossible time")
        try:
            signed = _signed(self.algorithm, text, signature.time)
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature.blob[-64:], signed)
        except InvalidSignature as error:
            raise ProofFailed(f"the signature of {self.name} does not belong to this text") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerKey:
    """A private key with its name; whoever holds it can sign as that log or witness. Its `repr` does not tell it."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)
    algorithm: int = ED25519
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Check the name and remember the key id."""
        object.__setattr__(self, "key_id", self.verifier.key_id)

    @classmethod
    def from_seed(cls, name: str, seed: bytes, algorithm: int = ED25519) -> SignerKey:
        """The key that grows from 32 random bytes, which the caller drew."""
        if len(seed) != _KEY_SIZE:
            raise ProofFailed(f"a seed is {_KEY_SIZE} bytes long")
        return cls(name=name, private=Ed25519PrivateKey.from_private_bytes(seed), algorithm=algorithm)

    @classmethod
    def parse(cls, text: str) -> SignerKey:
        """Read `PRIVATE+KEY+name+id+base64`; ProofFailed when it is malformed."""
        if not text.startswith(_SECRET):
            raise ProofFailed(f"a signer key begins with {_SECRET}")
        name, algorithm, seed, key_id = _parse_key(text.removeprefix(_SECRET))
        key = cls.from_seed(name, seed, algorithm)
        if key.key_id.hex() != key_id:
            raise ProofFailed("the id within the key does not belong to it")
        return key

    def secret(self) -> str:
        """The spelling that `parse` reads: whoever sees it can sign."""
        material = to_base64(bytes([self.algorithm]) + self.private.private_bytes_raw())
        return f"{_SECRET}{self.name}+{self.key_id.hex()}+{material}"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(
            name=self.name, public=self.private.public_key().public_bytes_raw(), algorithm=self.algorithm
        )

    def sign(self, text: str, at: int = 0) -> Signature:
        """Sign a note's text. `at`: POSIX seconds, for cosignatures only."""
        stamp = at.to_bytes(_TIME_SIZE, "big") if self.algorithm == COSIGNATURE else b""
        blob = stamp + self.private.sign(_signed(self.algorithm, text, at))
        return Signature(name=self.name, key_id=self.key_id, blob=blob)


def sign_note(text: str, signers: Iterable[SignerKey]) -> Note:
    """A note of this text with one signature per signer."""
    check_lines(text)
    if not text.endswith("\n"):
        raise ProofFailed("the text of a note ends in a newline")
    return Note(text=text, signatures=tuple(signer.sign(text) for signer in signers))


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signature, ...]:
    """The signatures by these keys. Unknown ones are passed over; a known one that fails, or none at all, raises ProofFailed."""
    known = {(key.name, key.key_id): key for key in keys}
    found = tuple(each for each in note.signatures if (each.name, each.key_id) in known)
    for each in found:
        known[each.name, each.key_id].verify(note.text, each)
    if not found:
        raise ProofFailed("nobody we know signed this note")
    return found


def _signed(algorithm: int, text: str, at: int) -> bytes:
    """The bytes a key of this kind puts its name under (tlog-cosignature, Ed25519 signed message)."""
    return (f"cosignature/v1\ntime {at}\n{text}" if algorithm == COSIGNATURE else text).encode()


def _parse_key(text: str) -> tuple[str, int, bytes, str]:
    """Name, algorithm, key bytes and the id as written."""
    # The base64 may hold a plus itself.
    match text.split("+", 2):
        case [name, key_id, material] if len(raw := from_base64(material)) == 1 + _KEY_SIZE:
            return name, raw[0], raw[1:], key_id
    raise ProofFailed("a key is name+id+base64 of an algorithm byte and 32 bytes")
