"""A watched folder: whole files only, moved only after their answer, nothing outside the folder touched."""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path

import pytest

from hub.access.callers import Folder
from hub.doors.drop import DropDoor, Limits
from hub.errors import Misconfigured
from hub.intake import Answer
from tests.doors.desk import FakeDesk

AT_ONCE = Limits(settle_s=0.0, poll_s=0.005)


def names(folder: Path) -> list[str]:
    """What lies in a folder, without the date and the chance before each name."""
    found = (p.name for p in folder.iterdir() if p.is_symlink() or not p.is_dir())
    return sorted(n.split("-", 2)[2] if n[8:9] == "T" else n for n in found)


def door(folder: Path, desk: FakeDesk, limits: Limits = AT_ONCE) -> DropDoor:
    return DropDoor(Folder(partner="shelter", path=str(folder)), desk, limits=limits)


def ready(folder: Path, desk: FakeDesk, limits: Limits = AT_ONCE) -> DropDoor:
    """A door that looks when the test says so."""
    one = door(folder, desk, limits)
    one._prepare()
    return one


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


async def test_a_file_is_handed_over_and_moved_to_done(tmp_path: Path, desk: FakeDesk) -> None:
    (tmp_path / "beds.csv").write_bytes(b"a,b\n")

    one = ready(tmp_path, desk)
    await one.look()

    assert [(a.partner, a.door, a.body) for a in desk.kept] == [("shelter", "folder", b"a,b\n")]
    assert (names(tmp_path), names(tmp_path / "done")) == ([], ["beds.csv"])


async def test_it_watches_until_it_is_stopped(tmp_path: Path, desk: FakeDesk) -> None:
    one = door(tmp_path, desk)
    await one.start()
    (tmp_path / ".half").write_bytes(b"a,b\n")
    (tmp_path / ".half").rename(tmp_path / "beds.csv")
    await asyncio.wait_for(desk.came.wait(), 2)
    await one.stop()

    assert names(tmp_path / "done") == ["beds.csv"]


@pytest.mark.parametrize("name", [".beds.csv", "beds.csv.part", "beds.csv.tmp", "beds.csv.filepart", "beds.partial"])
async def test_a_file_that_its_sender_calls_unfinished_is_left_alone(tmp_path: Path, desk: FakeDesk, name: str) -> None:
    (tmp_path / name).write_bytes(b"a")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside.csv").write_bytes(b"b")

    one = ready(tmp_path, desk)
    await one.look()

    assert (desk.kept, names(tmp_path), names(tmp_path / "folder")) == ([], [name], ["inside.csv"])


async def test_a_file_that_is_still_growing_is_left_until_it_has_settled(tmp_path: Path, desk: FakeDesk) -> None:
    one = ready(tmp_path, desk, Limits(settle_s=0.05))
    for turn in range(4):
        with (tmp_path / "beds.csv").open("ab") as file:
            file.write(b"row %d\n" % turn)
        await one.look()
        await asyncio.sleep(0.02)
    growing = len(desk.kept)
    await one.look()
    await asyncio.sleep(0.06)
    await one.look()

    assert growing == 0
    assert desk.bodies() == [b"row 0\nrow 1\nrow 2\nrow 3\n"]


async def test_a_file_is_moved_only_after_its_answer(tmp_path: Path) -> None:
    desk = FakeDesk(hold=True)
    (tmp_path / "a").write_bytes(b"a")
    one = ready(tmp_path, desk)
    looking = asyncio.create_task(one.look())
    await desk.came.wait()
    await asyncio.sleep(0.01)
    before = names(tmp_path)
    desk.commit()
    await looking

    assert (before, names(tmp_path)) == (["a"], [])


async def test_after_a_crash_before_the_move_the_file_is_a_duplicate(tmp_path: Path, desk: FakeDesk) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DropDoor, "_file_away", lambda *_: (_ for _ in ()).throw(OSError("power cut")))
        one = ready(tmp_path, desk)
        await one.look()
    assert names(tmp_path) == ["a"]

    again = ready(tmp_path, desk)
    await again.look()

    assert len(desk.kept) == 1
    assert names(tmp_path / "done") == ["a"]


async def test_the_same_bytes_under_another_name_are_another_message(tmp_path: Path, desk: FakeDesk) -> None:
    for name in ("beds-08.csv", "beds-09.csv"):
        (tmp_path / name).write_bytes(b"free,2\n")

    one = ready(tmp_path, desk)
    await one.look()

    assert len(desk.kept) == 2
    assert not any("beds" in arrival.message_id for arrival in desk.kept)


async def test_while_the_store_is_gone_files_stay_and_are_tried_again(tmp_path: Path, desk: FakeDesk) -> None:
    desk.gone = True
    (tmp_path / "a").write_bytes(b"a")
    one = ready(tmp_path, desk)
    await one.look()
    stayed = names(tmp_path)
    desk.gone = False
    await one.look()

    assert (stayed, names(tmp_path), desk.bodies()) == (["a"], [], [b"a"])


async def test_a_file_that_is_rejected_ends_in_failed_with_its_reason(tmp_path: Path, desk: FakeDesk) -> None:
    desk.states[b"bad"] = Answer(journal="", state="rejected", cause="line 3: no such column")
    (tmp_path / "x.csv").write_bytes(b"bad")

    one = ready(tmp_path, desk)
    await one.look()

    assert names(tmp_path / "failed") == ["x.csv", "x.csv.reason.txt"]
    assert next((tmp_path / "failed").glob("*.reason.txt")).read_text() == "1. line 3: no such column\n"
    assert names(tmp_path / "done") == []


async def test_files_are_handed_over_oldest_first(tmp_path: Path, desk: FakeDesk) -> None:
    for n, name in enumerate(["c", "a", "b"]):
        (tmp_path / name).write_bytes(name.encode())
        os.utime(tmp_path / name, ns=(n, n))

    one = ready(tmp_path, desk)
    await one.look()

    assert desk.bodies() == [b"c", b"a", b"b"]


async def test_no_more_files_and_bytes_than_allowed_are_in_hand(tmp_path: Path, desk: FakeDesk) -> None:
    for n in range(6):
        (tmp_path / str(n)).write_bytes(b"x" * 10 + str(n).encode())
    one = ready(tmp_path, desk, Limits(settle_s=0, batch=2))
    await one.look()
    few = len(desk.kept)
    other = ready(tmp_path, desk, Limits(settle_s=0, held=25))
    await other.look()

    assert (few, len(desk.kept)) == (2, 4)


async def test_an_archive_is_handed_over_file_by_file(tmp_path: Path, desk: FakeDesk) -> None:
    from tests.doors.test_unpack import zipped

    desk.states[b"bad"] = Answer(journal="", state="rejected", cause="no")
    (tmp_path / "all.zip").write_bytes(zipped(b"one", b"bad", b"two"))
    (tmp_path / "one.gz").write_bytes(gzip.compress(b"three"))

    one = ready(tmp_path, desk)
    await one.look()

    assert sorted(desk.bodies()) == [b"one", b"three", b"two"]
    assert next((tmp_path / "failed").glob("*.reason.txt")).read_text() == "2. no\n"
    assert names(tmp_path / "done") == ["one.gz"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The file is empty."),
        (b"x" * 101, "The file is larger than 100 bytes."),
        (gzip.compress(bytes(10_000), mtime=0), "The archive holds more than this hub accepts. Send smaller archives."),
    ],
)
async def test_what_must_not_be_taken_is_recorded_and_put_aside(
    tmp_path: Path, desk: FakeDesk, body: bytes, said: str
) -> None:
    (tmp_path / "x").write_bytes(body)

    one = ready(tmp_path, desk, Limits(settle_s=0, file=100, unpacked=200))
    await one.look()

    assert [r.cause for r in desk.rejected] == [said]
    assert names(tmp_path / "failed") == ["x", "x.reason.txt"]


async def test_links_pipes_and_second_names_are_not_followed(tmp_path: Path, desk: FakeDesk) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"precious")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "link").symlink_to(secret)
    (inside / "dangling").symlink_to(tmp_path / "absent")
    (inside / "folder-link").symlink_to(tmp_path)
    os.link(secret, inside / "second")
    os.mkfifo(inside / "pipe")

    one = ready(inside, desk)
    await one.look()

    assert (desk.kept, names(inside)) == ([], [])
    aside = [name for name in names(inside / "failed") if not name.endswith(".txt")]
    assert aside == ["dangling", "folder-link", "link", "pipe", "second"]
    assert secret.read_bytes() == b"precious"


async def test_a_file_replaced_while_it_was_answered_is_taken_as_well(tmp_path: Path) -> None:
    desk = FakeDesk(hold=True)
    (tmp_path / "a").write_bytes(b"first")
    one = ready(tmp_path, desk)
    looking = asyncio.create_task(one.look())
    await desk.came.wait()
    (tmp_path / ".new").write_bytes(b"second")
    (tmp_path / ".new").rename(tmp_path / "a")
    desk.commit()
    await looking
    desk.hold = False
    await one.look()

    assert desk.bodies() == [b"first", b"second"]
    assert names(tmp_path) == []


async def test_a_file_taken_back_by_its_sender_stops_nothing(tmp_path: Path) -> None:
    desk = FakeDesk(hold=True)
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode())
    one = ready(tmp_path, desk)
    looking = asyncio.create_task(one.look())
    await desk.came.wait()
    await asyncio.sleep(0.01)
    (tmp_path / "a").unlink()
    desk.commit()
    await looking

    assert desk.bodies() == [b"a", b"b"]
    assert names(tmp_path / "done") == ["b"]


@pytest.mark.parametrize("name", ["ü" * 100, "x" * 255, "-rf", "a\nb", b"\xff\xfe.csv", "Doe Jordan.csv"])
async def test_no_name_is_too_strange(tmp_path: Path, desk: FakeDesk, name: str | bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(b"a")

    one = ready(tmp_path, desk)
    await one.look()

    assert desk.bodies() == [b"a"]
    assert len(names(tmp_path / "done")) == 1


async def test_a_folder_that_is_gone_for_a_while_is_watched_again(tmp_path: Path, desk: FakeDesk) -> None:
    share = tmp_path / "share"
    share.mkdir()
    one = door(share, desk)
    await one.start()
    share.rename(tmp_path / "away")
    await asyncio.sleep(0.02)
    (tmp_path / "away" / "a").write_bytes(b"a")
    (tmp_path / "away").rename(share)
    await asyncio.wait_for(desk.came.wait(), 2)
    await one.stop()

    assert desk.bodies() == [b"a"]


async def test_a_folder_that_is_a_link_or_absent_stops_the_start(tmp_path: Path, desk: FakeDesk) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "done").symlink_to(tmp_path)

    for name in ("link", "absent", "odd"):
        with pytest.raises(Misconfigured, match="cannot be watched"):
            await door(tmp_path / name, desk).start()
