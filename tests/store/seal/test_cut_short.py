"""A destroying may be cut short or overtaken anywhere: the next one finishes it, and nothing is destroyed too early."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import Conflict, KeyUnavailable
from hub.store.seal import KeyFile, Keystore, Use, destroy, disk, expunge, key_ref, new_identity, renew_index, rewrite
from tests.store.seal.conftest import Place
from tests.store.seal.rows import MONTH, NOW, carried_out, row


class PlugPulled(BaseException):
    """Nobody catches this one."""


# Every effect of a destroying, in order: which call of which function.
EFFECTS: dict[str, tuple[object, str, int]] = {
    "making the next key": (KeyFile, "make", 1),
    "putting the key file in place": (disk, "replace", 1),
    "putting the keystore in place": (disk, "replace", 2),
    "copying the keystore": (disk, "copy", 1),
    "verifying the copy": (rewrite, "verify", 1),
    "putting the backup in place": (disk, "replace", 3),
    "destroying the old key": (KeyFile, "destroy_below", 1),
    "putting the key file in place again": (disk, "replace", 4),
}


def pulled_at(turn: int, real: Callable[..., object], *, after: bool) -> Callable[..., object]:
    """A function that fails at its n-th call, before it happens or just after."""
    calls: list[int] = []

    def failing(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == turn and not after:
            raise PlugPulled
        done = real(*args, **kwargs)
        if len(calls) == turn:
            raise PlugPulled
        return done

    return failing


def test_a_reader_that_opened_the_old_file_in_the_midst_of_a_destroying_turns_to_the_new_one(
    place: Place, keys: Keystore
) -> None:
    stays = row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH))
    keys.flush()

    class Overtaken(KeyFile):
        """Asked for a key just after the writer destroyed it."""

        def key(self, version: int) -> bytes:
            if version == 1:
                carried_out(keys, place)
                self._keys = self._read()
            return super().key(version)

    reader = Keystore(place.keystore, Overtaken(place.key_file, apart_from=place.data))

    assert stays.opens(reader)
    reader.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_destroying_cut_short_anywhere_is_finished_by_the_next(
    place: Place, keys: Keystore, monkeypatch: pytest.MonkeyPatch, effect: str, after: bool
) -> None:
    gone, stays = (row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH)) for _ in range(2))
    order = expunge([gone.refs[0][:16]])
    index_version = renew_index(keys)
    where, name, turn = EFFECTS[effect]
    with monkeypatch.context() as crash:
        crash.setattr(where, name, pulled_at(turn, getattr(where, name), after=after))
        with pytest.raises(PlugPulled):
            destroy(keys, [order], index_version=index_version, backup=place.backup, at=NOW)
    keys.close()

    again = Keystore(place.keystore, place.custody(), writer=True)
    try:
        destroy(again, [order], index_version=index_version, backup=place.backup, at=NOW)
    except Conflict:
        # Only the certificate was missing.
        assert "destroying the old key" in effect or "in place again" in effect
        assert after
        carried_out(again, place, order)

    assert (gone.opens(again), stays.opens(again)) == (False, True)
    assert place.custody().versions() == (again.version,)
    assert leftovers(place) == []
    again.close()


def leftovers(place: Place) -> list[Path]:
    wanted = {place.key_file, place.keystore, place.backup}
    return [path for folder in wanted for path in folder.parent.iterdir() if path not in wanted]


def test_a_backup_that_lacks_a_byte_stops_a_destroying_before_the_old_key_goes(
    place: Place, keys: Keystore, monkeypatch: pytest.MonkeyPatch
) -> None:
    row(keys, key_ref(new_identity(), Use.PAYLOAD, MONTH))
    honest = disk.copy

    def cut(source: Path, target: Path) -> None:
        honest(source, target)
        target.write_bytes(target.read_bytes()[:-1])

    monkeypatch.setattr(disk, "copy", cut)
    with pytest.raises(KeyUnavailable, match="backup lacks keys"):
        carried_out(keys, place)

    assert place.custody().versions() == (1, 2)
    assert not place.backup.exists()
