"""The partner's folder holds whole files only, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from msgspec import structs

from hub.carriers.drop import SYSTEM, DropCarrier
from hub.contracts import Carrier, Parcel, Receipt
from hub.errors import Ambiguous, HubError, Lasting, Misconfigured, PartnerBusy, PartnerUnreachable, Passing
from hub.partners import Delivery


def carrier(path: Path | str) -> DropCarrier:
    return DropCarrier("shelter", Delivery(format="csv", carrier="drop", path=str(path)))


def parcel(key: str = "k-1", body: bytes = b"a,b\r\n", media_type: str = "text/csv; charset=utf-8") -> Parcel:
    return Parcel(partner="shelter", key=key, body=body, media_type=media_type)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_a_carrier(tmp_path: Path) -> None:
    one: Carrier = carrier(tmp_path)

    assert one is not None


async def test_a_parcel_becomes_one_file_named_by_its_key(tmp_path: Path) -> None:
    receipt = await carrier(tmp_path).send(parcel())

    assert receipt == Receipt(accepted=True, code="written", reference="k-1.csv")
    assert names(tmp_path) == ["k-1.csv"]
    assert (tmp_path / "k-1.csv").read_bytes() == b"a,b\r\n"
    assert (tmp_path / "k-1.csv").stat().st_mode & 0o007 == 0


async def test_beside_a_file_lies_its_receipt_where_there_is_one(tmp_path: Path) -> None:
    given = parcel()
    await carrier(tmp_path).send(Parcel(**{**structs.asdict(given), "proof": b"receipt"}))

    assert names(tmp_path) == ["k-1.csv", "k-1.csv.tlog-proof"]
    assert (tmp_path / "k-1.csv.tlog-proof").read_bytes() == b"receipt"
    assert (tmp_path / "k-1.csv").read_bytes() == given.body


async def test_a_second_attempt_replaces_the_first(tmp_path: Path) -> None:
    for body in (b"one", b"two"):
        await carrier(tmp_path).send(parcel(body=body))

    assert names(tmp_path) == ["k-1.csv"]
    assert (tmp_path / "k-1.csv").read_bytes() == b"two"


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "a/b", ".", "..", ".hidden", "", "x" * 300, "sp ace", "nul\0", "ü"]
)
async def test_a_key_never_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    inside = tmp_path / "in"
    inside.mkdir()

    await carrier(inside).send(parcel(key=key))

    assert names(tmp_path) == ["in"]
    assert len(names(inside)) == 1
    assert names(inside)[0].endswith(".csv")
    assert len(names(inside)[0]) == 68


async def test_what_a_crash_left_behind_does_not_hinder(tmp_path: Path) -> None:
    (tmp_path / ".k-1.csv.part").write_bytes(b"half of it, and longer than the whole")

    await carrier(tmp_path).send(parcel())

    assert names(tmp_path) == ["k-1.csv"]
    assert (tmp_path / "k-1.csv").read_bytes() == b"a,b\r\n"


async def test_a_link_laid_beside_is_not_written_through(tmp_path: Path) -> None:
    inside, victim = tmp_path / "in", tmp_path / "victim"
    inside.mkdir()
    victim.write_bytes(b"precious")
    for name in (".k-1.csv.part", "k-1.csv"):
        (inside / name).symlink_to(victim)

    await carrier(inside).send(parcel())

    assert victim.read_bytes() == b"precious"
    assert not (inside / "k-1.csv").is_symlink()


async def told(path: Path) -> HubError:
    with pytest.raises(HubError) as caught:
        await carrier(path).send(parcel())
    return caught.value


async def test_a_folder_that_is_a_link_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert isinstance(await told(tmp_path / "link"), Misconfigured)
    assert names(tmp_path / "real") == []


async def test_a_folder_that_is_not_there_may_be_mounted_later(tmp_path: Path) -> None:
    assert isinstance(await told(tmp_path / "absent"), PartnerUnreachable)


async def test_a_file_in_the_place_of_the_folder_needs_a_person(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert isinstance(await told(tmp_path / "file"), Misconfigured)


MEANING = {
    errno.ENOSPC: PartnerBusy,
    errno.EDQUOT: PartnerBusy,
    errno.EMFILE: PartnerBusy,
    errno.ENFILE: PartnerBusy,
    errno.EIO: PartnerUnreachable,
    errno.ESTALE: PartnerUnreachable,
    errno.EACCES: Misconfigured,
    errno.EPERM: Misconfigured,
    errno.EROFS: Misconfigured,
    errno.ELOOP: Misconfigured,
    errno.ENOTDIR: Misconfigured,
}


@pytest.mark.parametrize("step", ["rename", "fsync", "open"])
async def test_what_the_system_says_decides_the_retry_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    found = {}
    for number in MEANING:

        def fail(*_: object, number: int = number, **__: object) -> None:
            raise OSError(number, "no")

        with monkeypatch.context() as patch:
            patch.setattr(os, step, fail)
            found[number] = await told(tmp_path)

    assert {number: type(error) for number, error in found.items()} == MEANING
    assert set(SYSTEM) <= set(MEANING)
    assert all(isinstance(e, Lasting if MEANING[n] is Misconfigured else Passing) for n, e in found.items())
    assert names(tmp_path) == []
    assert "ENOSPC" in str(found[errno.ENOSPC])


async def test_a_file_that_is_visible_but_perhaps_not_durable_may_have_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, calls = os.fsync, []

    def fail_for_the_folder(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(errno.EIO, "no")
        sync(handle)

    monkeypatch.setattr(os, "fsync", fail_for_the_folder)

    assert isinstance(await told(tmp_path), Ambiguous)
    assert names(tmp_path) == ["k-1.csv"]


async def test_the_file_is_synced_before_it_is_seen_and_the_folder_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, list[str]]] = []
    for step in ("fsync", "rename"):
        act = getattr(os, step)

        def note(*given: object, act: object = act, step: str = step, **named: object) -> None:
            seen.append((step, [name for name in names(tmp_path) if not name.startswith(".")]))
            act(*given, **named)  # type: ignore[operator] # one of two functions of os

        monkeypatch.setattr(os, step, note)

    await carrier(tmp_path).send(parcel())

    assert seen == [("fsync", []), ("rename", []), ("fsync", ["k-1.csv"])]
