"""A folder on a partner's server: whole files only, moved there after their answer, and never through another key or name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
import pytest

from adapters.wire.archive import pack
from hub.access.callers import Remote
from hub.doors.sftp import SftpDoor
from hub.doors.watched import Limits
from hub.intake import Answer
from tests.doors.desk import FakeDesk
from tests.sftp import USER, Server, private, public, serving

AT_ONCE = Limits(settle_s=0.0, poll_s=0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "out"
    found.mkdir()
    return found


def door(
    server: Server, desk: FakeDesk, *, host_key: str = "theirs", whole: bool = False, limits: Limits = AT_ONCE
) -> SftpDoor:
    remote = Remote(
        partner="coc",
        host="127.0.0.1",
        port=server.port,
        path="/out",
        user=USER,
        host_key=public(host_key),
        secret="coc-key",
    )
    return SftpDoor(remote, private(), desk, whole=whole, limits=limits)


def names(folder: Path) -> list[str]:
    """What lies in a folder, without the date and the chance before each name."""
    found = (
        (path.name for path in folder.iterdir() if path.is_symlink() or not path.is_dir()) if folder.is_dir() else ()
    )
    return sorted(name.split("-", 2)[2] if name[8:9] == "T" else name for name in found)


async def looked(server: Server, desk: FakeDesk, *, whole: bool = False) -> SftpDoor:
    one = door(server, desk, whole=whole)
    await one.look()
    await one.stop()
    return one


async def test_a_file_is_handed_over_and_archived_on_the_server(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"a,b\n")
    desk = FakeDesk()
    async with serving(folder.parent) as server:
        await looked(server, desk)

    assert [(a.partner, a.door, a.body) for a in desk.kept] == [("coc", "sftp", b"a,b\n")]
    assert (names(folder), names(folder / "done")) == ([], ["a.csv"])


async def test_an_archived_file_that_is_put_back_is_taken_again(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"a,b\n")
    desk = FakeDesk()
    async with serving(folder.parent) as server:
        await looked(server, desk)
        next((folder / "done").iterdir()).rename(folder / "again.csv")
        await looked(server, desk)

    assert [a.body for a in desk.kept] == [b"a,b\n", b"a,b\n"]


@pytest.mark.parametrize("name", [".a.csv", "a.csv.part", "a.csv.tmp", "a.csv.filepart", "a.partial"])
async def test_a_file_that_its_sender_calls_unfinished_is_left_alone(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"a")
    (folder / "deeper").mkdir()
    desk = FakeDesk()
    async with serving(folder.parent) as server:
        await looked(server, desk)

    assert (desk.kept, names(folder)) == ([], [name])


async def test_a_file_that_is_still_growing_is_left_until_it_has_settled(folder: Path) -> None:
    desk = FakeDesk()
    async with serving(folder.parent) as server:
        one = door(server, desk, limits=Limits(settle_s=0.05))
        for turn in range(3):
            with (folder / "a.csv").open("ab") as file:
                file.write(b"row %d\n" % turn)
            await one.look()
        assert desk.kept == []
        await asyncio.sleep(0.06)
        await one.look()
        await one.stop()

    assert [a.body for a in desk.kept] == [b"row 0\nrow 1\nrow 2\n"]


async def test_what_was_refused_goes_to_failed_with_its_reason(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"bad")
    desk = FakeDesk(states={b"bad": Answer(journal="", state="rejected", cause="line 2: no.")})
    async with serving(folder.parent) as server:
        await looked(server, desk)

    assert names(folder / "failed") == ["a.csv", "a.csv.reason.txt"]
    assert b"line 2: no." in next(path for path in (folder / "failed").glob("*.txt")).read_bytes()


async def test_while_the_store_is_gone_the_file_stays_where_it_is(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"a")
    async with serving(folder.parent) as server:
        await looked(server, FakeDesk(gone=True))

    assert names(folder) == ["a.csv"]


async def test_a_link_is_put_aside_unread(folder: Path) -> None:
    (folder.parent / "elsewhere").write_bytes(b"somebody's")
    (folder / "a.csv").symlink_to(folder.parent / "elsewhere")
    desk = FakeDesk()
    async with serving(folder.parent) as server:
        await looked(server, desk)

    assert desk.kept == []
    assert [rejected.cause for rejected in desk.rejected] == ["This is a link, a pipe or a device, and not a file."]


async def test_an_archive_is_taken_apart_unless_its_format_is_one(folder: Path) -> None:
    body = pack({"a.csv": b"1", "b.csv": b"2"})
    for whole, wanted in ((False, [b"1", b"2"]), (True, [body])):
        (folder / "a.zip").write_bytes(body)
        desk = FakeDesk()
        async with serving(folder.parent) as server:
            await looked(server, desk, whole=whole)
        assert [a.body for a in desk.kept] == wanted


async def test_a_bomb_is_refused(folder: Path) -> None:
    (folder / "a.zip").write_bytes(pack({"a.csv": b"0" * 10_000}))
    desk = FakeDesk()
    async with serving(folder.parent) as server:
        one = door(server, desk, limits=Limits(settle_s=0.0, unpacked=5_000))
        await one.look()
        await one.stop()

    assert desk.kept == []
    assert "more than this hub accepts" in desk.rejected[0].cause


async def test_a_server_with_another_key_is_not_asked_for_its_files(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"a")
    desk = FakeDesk()
    async with serving(folder.parent) as server:
        with pytest.raises(asyncssh.HostKeyNotVerifiable):
            await door(server, desk, host_key="a stranger's").look()

    assert (desk.kept, names(folder)) == ([], ["a.csv"])


async def test_a_server_that_is_away_stops_nobody_and_is_asked_again(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"a")
    desk = FakeDesk()
    async with serving(folder.parent) as server:
        one = door(server, desk)
    await one.start()
    await asyncio.sleep(0.05)
    assert desk.kept == []
    await one.stop()
    async with serving(folder.parent) as server:
        one = door(server, desk)
        await one.start()
        await asyncio.wait_for(desk.came.wait(), 5)
        await one.stop()

    assert names(folder / "done") == ["a.csv"]
