"""Whoever takes the data folder, or the keystore without its key file, reads nothing of what was sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.store.seal import (
    Aad,
    BlindIndex,
    Keystore,
    Use,
    back_up,
    digest,
    key_ref,
    new_identity,
    partner_key,
    pseudonym,
    salt,
    seal,
)
from hub.store.seal.frames import HOLD_KEYS
from tests.store.seal.conftest import Place

CANARIES = (b"Canaryfamily", b"Canarygiven", b"19900314", b"MSG-CANARY-1", b"heard voices since tuesday")
MONTH = 2026 * 12


def fill(place: Place, keys: Keystore) -> list[bytes]:
    """Write what a store writes about one person into the data folder; gives the secrets it used."""
    person, record = new_identity(), new_identity()
    refs = {use: key_ref(person, use, MONTH) for use in (Use.PAYLOAD, Use.LINK, Use.ACCOUNT)}
    made = {use: keys.need(ref) for use, ref in refs.items()}
    family, given, born, message, narrative = CANARIES
    rows = {
        "journal": seal(b"|".join(CANARIES) * 50, key=made[Use.PAYLOAD], aad=where("journal", record)),
        "people": seal(family + given + born, key=made[Use.LINK], aad=where("people", record)),
        "index": BlindIndex(keys).token("family+given+birth_date", family.decode(), given.decode(), born.decode()),
        "dedupe": digest(keys, 100, b"ed", message, narrative),
        "salts": salt(made[Use.ACCOUNT], record, "who"),
        "pseudonyms": pseudonym(partner_key(keys, "ed"), person).encode(),
    }
    keys.flush()
    wrapped = b"".join(secret for _, secret in keys.opened(*HOLD_KEYS))
    secrets = [wrapped[at : at + 32] for at in range(0, len(wrapped), 32)]
    for name, content in rows.items():
        (place.data / name).write_bytes(content)
    return secrets


def where(table: str, record: bytes) -> Aad:
    return Aad(origin="county", table=table, record=record)


def found(folder: Path, needles: list[bytes]) -> list[tuple[str, bytes]]:
    """Each file under a folder with the needle it holds, as bytes or in hexadecimal."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [
        (path.name, needle)
        for path in files
        for needle in needles
        if needle in (content := path.read_bytes()) or needle.hex().encode() in content
    ]


def test_no_file_of_the_data_folder_holds_a_canary_or_a_secret(place: Place, keys: Keystore) -> None:
    secrets = fill(place, keys)

    assert len(secrets) == 7
    assert found(place.data, [*CANARIES, *secrets]) == []


def test_neither_keystore_nor_backup_holds_a_secret(place: Place, keys: Keystore) -> None:
    secrets = fill(place, keys)
    back_up(keys, place.backup)

    for folder in (place.keystore.parent, place.backup.parent):
        assert found(folder, [*CANARIES, *secrets, place.custody().key(1)]) == []


def test_the_search_would_find_one(place: Place, keys: Keystore) -> None:
    secrets = fill(place, keys)
    (place.data / "slip").write_bytes(b"..." + secrets[0] + CANARIES[0].hex().encode())

    assert found(place.data, [*CANARIES, *secrets]) == [("slip", CANARIES[0]), ("slip", secrets[0])]


@pytest.mark.parametrize("holder", ["backup", "keystore"])
def test_files_with_keys_are_for_their_owner_only(place: Place, keys: Keystore, holder: str) -> None:
    back_up(keys, place.backup)

    path: Path = getattr(place, holder)
    assert path.stat().st_mode & 0o777 == 0o600
