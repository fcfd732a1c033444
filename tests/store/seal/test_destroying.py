"""What is destroyed opens for nobody, from no copy; what was spared opens as before; and the certificate says which is which."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import msgspec
import pytest

from hub.errors import Conflict, KeyUnavailable, NotAllowed
from hub.store.seal import (
    HUB,
    BlindIndex,
    Keystore,
    Order,
    Use,
    back_up,
    destroy,
    digest,
    drop_days,
    expire,
    expunge,
    key_ref,
    new_identity,
    renew_index,
    verify,
)
from hub.store.seal import custody as custody_module
from tests.store.seal.conftest import Place
from tests.store.seal.rows import MONTH, MONTHLY, NOW, carried_out, row


def test_expunging_destroys_payload_and_links_of_that_person_and_spares_accounting(
    place: Place, keys: Keystore
) -> None:
    gone, stays = new_identity(), new_identity()
    theirs = {use: row(keys, key_ref(gone, use, MONTH)) for use in MONTHLY}
    others = {use: row(keys, key_ref(stays, use, MONTH)) for use in MONTHLY}

    certificate = carried_out(keys, place, expunge([gone]))

    assert {use: each.opens(keys) for use, each in theirs.items()} == {
        Use.PAYLOAD: False,
        Use.LINK: False,
        Use.ACCOUNT: True,
    }
    assert all(each.opens(keys) for each in others.values())
    assert certificate.destroyed == {"payload": 1, "link": 1}


def test_accounting_goes_when_it_is_ordered(place: Place, keys: Keystore) -> None:
    gone = new_identity()
    accounting = row(keys, key_ref(gone, Use.ACCOUNT, MONTH))

    carried_out(keys, place, expunge([gone], accounting=True))

    assert not accounting.opens(keys)


def test_single_months_can_be_expunged(place: Place, keys: Keystore) -> None:
    person = new_identity()
    rows = {month: row(keys, key_ref(person, Use.PAYLOAD, month)) for month in (MONTH, MONTH + 1, MONTH + 2)}

    carried_out(keys, place, expunge([person], months=[MONTH + 1]))

    assert {month: each.opens(keys) for month, each in rows.items()} == {
        MONTH: True,
        MONTH + 1: False,
        MONTH + 2: True,
    }


def test_payload_expires_by_the_month_and_accounting_after_six_years(place: Place, keys: Keystore) -> None:
    person = new_identity()
    back = (0, 3, 4, 71, 72, 73)
    rows = {(use, n): row(keys, key_ref(person, use, MONTH - n)) for use in MONTHLY for n in back}

    carried_out(keys, place, *expire(MONTH, payload_months=3))

    assert {name for name, each in rows.items() if not each.opens(keys)} == {
        (Use.PAYLOAD, 4),
        (Use.PAYLOAD, 71),
        (Use.PAYLOAD, 72),
        (Use.PAYLOAD, 73),
        (Use.ACCOUNT, 73),
    }


def test_a_restored_backup_and_the_new_key_file_open_nothing(place: Place, keys: Keystore) -> None:
    gone = new_identity()
    row(keys, key_ref(gone, Use.PAYLOAD, MONTH))
    keys.flush()
    stolen = place.keystore.read_bytes()
    back_up(keys, place.backup)
    taken = place.backup.read_bytes()

    carried_out(keys, place, expunge([gone]))
    keys.close()

    for old in (stolen, taken):
        place.keystore.write_bytes(old)
        with pytest.raises(KeyUnavailable, match="version 1 is wanted; this file has 2"):
            Keystore(place.keystore, place.custody(), writer=True)


def test_the_new_backup_opens_what_was_spared_and_lacks_what_was_destroyed(place: Place, keys: Keystore) -> None:
    gone, stays = (row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH)) for _ in range(2))

    certificate = carried_out(keys, place, expunge([gone.refs[0][:16]]))
    keys.close()
    place.keystore.write_bytes(place.backup.read_bytes())

    restored = Keystore(place.keystore, place.custody(), writer=True, at_least=certificate.backup.mark)
    assert (gone.opens(restored), stays.opens(restored)) == (False, True)
    assert verify(place.backup, place.custody()).sha256 == certificate.backup.sha256
    restored.close()


def test_bytes_about_several_people_go_with_the_first_of_them(place: Place, keys: Keystore) -> None:
    first, second, apart = (new_identity() for _ in range(3))
    together = row(keys, key_ref(keys.share([first, second]), Use.PAYLOAD, MONTH))
    others = row(keys, key_ref(keys.share([second, apart]), Use.PAYLOAD, MONTH))

    carried_out(keys, place, expunge([first]))
    assert (together.opens(keys), others.opens(keys)) == (False, True)

    carried_out(keys, place, expunge([apart]))
    assert not others.opens(keys)


def test_what_was_shared_a_moment_ago_goes_too(place: Place, keys: Keystore) -> None:
    person = new_identity()
    index_version = renew_index(keys)
    together = row(keys, key_ref(keys.share([person, new_identity()]), Use.PAYLOAD, MONTH))

    destroy(keys, [expunge([person])], index_version=index_version, backup=place.backup, at=NOW)

    assert not together.opens(keys)


def test_a_derived_row_of_mixed_origin_goes_with_any_of_its_origins(place: Place, keys: Keystore) -> None:
    refs = [key_ref(new_identity(), Use.PAYLOAD, MONTH) for _ in range(3)]
    derived, spared = row(keys, *refs), row(keys, *refs[1:])

    carried_out(keys, place, expunge([refs[0][:16]]))

    assert (derived.opens(keys), spared.opens(keys)) == (False, True)


def test_destroyed_keys_leave_the_memory_of_writer_and_readers(place: Place, keys: Keystore) -> None:
    gone = row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH))
    keys.flush()
    reader = place.reader()
    assert gone.opens(keys)
    assert gone.opens(reader)

    carried_out(keys, place, expunge([gone.refs[0][:16]]))
    reader.follow()

    assert not any(gone.refs[0] in store._cache for store in (keys, reader))
    assert not any(gone.opens(store) for store in (keys, reader))
    assert set(reader._keks) == {2}
    reader.close()


def test_the_old_keystore_and_the_old_backup_are_overwritten(place: Place, keys: Keystore) -> None:
    row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH))
    back_up(keys, place.backup)

    with place.keystore.open("rb") as old, place.backup.open("rb") as copy:
        carried_out(keys, place)
        assert old.read().strip(b"\0") == copy.read().strip(b"\0") == b""


def test_a_person_who_comes_back_gets_another_key(place: Place, keys: Keystore) -> None:
    ref = key_ref(new_identity(), Use.PAYLOAD, MONTH)
    old = row(keys, ref)
    carried_out(keys, place, expunge([ref[:16]]))

    new = row(keys, ref)

    assert (old.opens(keys), new.opens(keys)) == (False, True)


def test_the_index_must_be_written_anew_first(place: Place, keys: Keystore) -> None:
    with pytest.raises(Conflict, match="renew_index"):
        destroy(keys, [], index_version=keys.version, backup=place.backup, at=NOW)
    with pytest.raises(Conflict, match="renew_index"):
        destroy(keys, [], index_version=keys.version + 1, backup=place.backup, at=NOW)

    assert (keys.version, place.custody().versions()) == (1, (1,))


def test_no_token_outlives_a_destroying(place: Place, keys: Keystore) -> None:
    index, name = BlindIndex(keys), ("doe", "jordan", "1990-03-14")
    old = index.token("family+given+birth_date", *name)
    renew_index(keys)
    new = index.token("family+given+birth_date", *name)
    assert index.tokens("family+given+birth_date", *name) == (old, new)
    assert old != new

    carried_out(keys, place)

    assert index.tokens("family+given+birth_date", *name) == (new,)
    assert index.versions == (2,)


def test_day_keys_are_dropped_without_touching_the_rest(place: Place, keys: Keystore) -> None:
    kept = row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH))
    digests = {day: digest(keys, day, b"MSG1") for day in (100, 101, 102)}
    keys.flush()

    assert drop_days(keys, 102) == 2
    assert drop_days(keys, 102) == 0

    reader = place.reader()
    assert digest(reader, 102, b"MSG1") == digests[102]
    with pytest.raises(KeyUnavailable, match="day key of 00000000 for 101"):
        digest(reader, 101, b"MSG1")
    assert kept.opens(reader)
    assert (keys.version, digest(keys, 101, b"MSG1") != digests[101]) == (1, True)
    reader.close()


@pytest.mark.parametrize("fields", [{}, {"owners": None, "periods": None}])
def test_an_order_for_everything_cannot_be_written(fields: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed, match="never takes everything"):
        Order(why="a slip", uses=frozenset(Use), **fields)


def test_a_certificate_names_what_went_what_stays_and_the_limits(place: Place, keys: Keystore) -> None:
    gone = new_identity()
    row(keys, key_ref(gone, Use.PAYLOAD, MONTH))
    row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH))

    certificate = carried_out(keys, place, expunge([gone]))

    assert (certificate.at, certificate.version, certificate.versions_destroyed) == (NOW, 2, (1,))
    assert certificate.orders[0].owners == frozenset({gone})
    assert certificate.remaining == certificate.backup.keys == 3
    assert any("outside the hub" in limit for limit in certificate.limits)
    assert any("flash drive" in limit for limit in certificate.limits)
    assert json.loads(msgspec.json.encode(dataclasses.asdict(certificate), enc_hook=str))["remaining"] == 3


class InMemory:
    """A key-management service that keeps the manners of the protocol."""

    def __init__(self) -> None:
        self.held = {1: b"1" * 32}

    def versions(self) -> tuple[int, ...]:
        return tuple(sorted(self.held))

    def key(self, version: int) -> bytes:
        if version not in self.held:
            raise KeyUnavailable("The service has no such version.")
        return self.held[version]

    def make(self, version: int) -> None:
        self.held.setdefault(version, str(version).encode() * 32)

    def destroy_below(self, version: int) -> tuple[int, ...]:
        gone = tuple(old for old in self.versions() if old < version)
        for old in gone:
            del self.held[old]
        return gone


def test_any_custody_serves(place: Place) -> None:
    service: custody_module.Custody = InMemory()
    keys = Keystore.create(place.keystore, service, apart_from=place.data)
    gone, stays = (row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH)) for _ in range(2))

    certificate = carried_out(keys, place, expunge([gone.refs[0][:16]]))

    assert (gone.opens(keys), stays.opens(keys)) == (False, True)
    assert (service.versions(), certificate.versions_destroyed) == ((2,), (1,))
    keys.close()


def test_keys_of_the_hub_itself_survive_a_rotation(place: Place, keys: Keystore) -> None:
    house = [key_ref(HUB, Use.ACCOUNT, MONTH), key_ref(HUB, Use.DAY, 100), key_ref(new_identity(), Use.PARTNER, 1)]
    rows = [row(keys, ref) for ref in house]

    carried_out(keys, place)

    assert all(each.opens(keys) for each in rows)
