"""Witnesses outside the hub sign beneath its checkpoints: whoever rewrites the ledger would need them too.

What they signed is accepted from a file, or asked for over https://c2sp.org/tlog-witness. A witness that signs says only that it
saw this tree, and that it began with the one it saw before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import aiohttp

from hub import clock
from hub.access.answers import beginning
from hub.app.vault import Vault
from hub.errors import Conflict, Misconfigured, PartnerUnreachable, ProofFailed
from hub.model.commands import Cosign
from hub.store.asking.cosigned import cosigned, newest
from hub.store.asking.ledger import Ledger
from hub.tlog.canonical import to_base64
from hub.tlog.checkpoint import Checkpoint, open_checkpoint
from hub.tlog.notes import COSIGNATURE, Note, VerifierKey, parse_note
from hub.tlog.receipt import Receipt, make_receipt
from hub.tlog.tree import root_at

_PATIENCE_S = 10.0
_LARGEST = 64 * 1024


class Witness(NamedTuple):
    """Somebody outside whose signature counts, and where to ask for it; empty for one who sends files."""

    key: VerifierKey
    url: str = ""

    @classmethod
    def parse(cls, text: str) -> Witness:
        """Read `name+id+base64` and perhaps a url, as the settings have them. Raises Misconfigured."""
        spelled, _, url = text.partition(" ")
        try:
            key = VerifierKey.parse(spelled)
        except ProofFailed as wrong:
            raise Misconfigured(f"This is no witness: {wrong.message}.", at="ledger.witnesses") from wrong
        if key.algorithm != COSIGNATURE or (url and not url.startswith("https://")):
            cure = "Write the witness's key of type cosignature/v1, and perhaps its https:// url after a space."
            raise Misconfigured("This key or url is not a witness's.", at="ledger.witnesses", cure=cure)
        return cls(key, url)


def accept(vault: Vault, raw: bytes, witnesses: Sequence[Witness]) -> list[Cosign]:
    """What witnesses signed beneath one of our checkpoints, ready for the writer.

    Raises ProofFailed where it is not our tree, or a signature does not hold; Conflict where no witness of ours signed.
    """
    signed = open_checkpoint(raw, vault.signer.verifier, [each.key for each in witnesses])
    found = signed.checkpoint
    with vault.database.read() as connection:
        ledger = Ledger(connection)
        size = ledger.size
        if found.size > size or root_at(found.size, ledger.hash_at(size)) != found.root:
            raise ProofFailed("This is not a tree of this ledger.", at=f"size {found.size}")
    note = parse_note(raw)
    made = [_cosign(note, found, each.key) for each in witnesses if each.key.name in signed.witnessed]
    if not made:
        raise Conflict("No witness of this hub signed this.", cure="ledger.witnesses names those who count.")
    return made


def _cosign(note: Note, found: Checkpoint, key: VerifierKey) -> Cosign:
    line = next(
        str(each).rstrip("\n") for each in note.signatures if (each.name, each.key_id) == (key.name, key.key_id)
    )
    return Cosign(size=found.size, witness=key.name, at=clock.now(), line=line)


async def ask(vault: Vault, witness: Witness) -> bytes:
    """Have one witness sign the newest checkpoint; gives the note with its signature. Raises PartnerUnreachable, ProofFailed.

    A witness that remembers another size of ours says so, and is asked once more with the proof from there.
    """
    with vault.database.read() as connection:
        known = newest(connection, witness.key.name)
        note = Ledger(connection).checkpoint
    status, body = await _posted(witness.url, _request(vault, known.size if known else 0, note))
    if status == 409 and body.strip().isdigit():
        status, body = await _posted(witness.url, _request(vault, int(body), note))
    if status != 200:
        raise PartnerUnreachable(f"The witness answered {status}.", at=witness.key.name)
    return note + body


def _request(vault: Vault, old: int, note: bytes) -> bytes:
    with vault.database.read() as connection:
        ledger = Ledger(connection)
        size = Checkpoint.parse(parse_note(note).text).size
        if not 0 <= old <= size:
            raise ProofFailed(f"The witness remembers {old} leaves, and there are {size}.")
        proof = ledger.consistency_of(old, size) if old else []
    lines = [f"old {old}", *map(to_base64, proof), "", ""]
    return "\n".join(lines).encode() + note


async def _posted(url: str, body: bytes) -> tuple[int, bytes]:
    timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.post(f"{url}/add-checkpoint", data=body, allow_redirects=False) as answer,
        ):
            return answer.status, await beginning(answer, _LARGEST)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PartnerUnreachable(f"The witness was not reached ({type(error).__name__}).") from error


def receipt(vault: Vault, index: int) -> Receipt:
    """The proof of a leaf under the newest checkpoint that a witness signed and that covers it. Raises Conflict without one."""
    with vault.database.read() as connection:
        ledger, found = Ledger(connection), cosigned(connection, index + 1)
        if found is None:
            raise Conflict("No witness has signed a tree with this leaf.", cure="crisis-hub ledger witness")
        note = ledger.note_at(found.size) + "".join(f"{line}\n" for line in found.lines).encode()
        return make_receipt(index, found.size, ledger.hash_at(ledger.size), note)
