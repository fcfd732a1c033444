"""The partner's server holds whole files only, and is called only while it shows the key that is pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.access.ssh import Login
from hub.carriers.sftp import SftpCarrier
from hub.contracts import Carrier, Parcel, Receipt
from hub.errors import Misconfigured, PartnerBusy, PartnerUnreachable
from hub.partners import Delivery
from tests.sftp import USER, Server, private, public, serving


def carrier(
    server: Server, *, host_key: str = "theirs", key: str = "ours", path: str = "/in", **more: str
) -> SftpCarrier:
    delivery = Delivery(
        format="hmis",
        carrier="sftp",
        host="127.0.0.1",
        port=server.port,
        path=path,
        user=USER,
        host_key=public(host_key),
        timeout_s=5.0,
        options={"network": more.get("network", "loopback")},
    )
    return SftpCarrier("coc", delivery, private_key=private(key))


def parcel(key: str = "k-1", body: bytes = b"a,b\r\n") -> Parcel:
    return Parcel(partner="coc", key=key, body=body, media_type="text/csv")


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "in"
    found.mkdir()
    return found


@pytest.mark.parametrize("old", [False, True])
async def test_a_parcel_becomes_one_whole_file_and_a_second_attempt_replaces_it(folder: Path, *, old: bool) -> None:
    async with serving(folder.parent, old=old) as server:
        one: Carrier = carrier(server)
        receipts = [await one.send(parcel(body=body)) for body in (b"one", b"two, and longer", b"3")]
        await one.close()

    assert receipts[-1] == Receipt(accepted=True, code="written", reference="k-1.csv")
    assert files(folder) == {"k-1.csv": b"3"}


async def test_a_server_with_another_key_gets_nothing(folder: Path) -> None:
    async with serving(folder.parent) as server:
        with pytest.raises(Misconfigured, match="another key than the one that is pinned"):
            await carrier(server, host_key="a stranger's").send(parcel())

    assert files(folder) == {}


async def test_a_server_that_does_not_know_our_key_is_a_persons_work(folder: Path) -> None:
    async with serving(folder.parent, allowed="somebody else's") as server:
        with pytest.raises(Misconfigured, match="does not let us in"):
            await carrier(server).send(parcel())


async def test_a_folder_that_is_not_there_is_a_persons_work_and_the_connection_is_made_anew(folder: Path) -> None:
    async with serving(folder.parent) as server:
        one = carrier(server, path="/elsewhere")
        with pytest.raises(Misconfigured, match="The folder is not there"):
            await one.send(parcel())
        (folder.parent / "elsewhere").mkdir()
        await one.send(parcel())
        await one.close()

    assert [*files(folder.parent / "elsewhere")] == ["k-1.csv"]


async def test_a_server_that_could_not_do_it_is_tried_again(folder: Path) -> None:
    async with serving(folder.parent, broken="rename") as server:
        one = carrier(server)
        with pytest.raises(PartnerBusy, match="could not do it"):
            await one.send(parcel())
        await one.close()

    assert [*files(folder)] == [".k-1.csv.part"]


async def test_a_server_that_is_away_is_tried_again_and_may_come_back(folder: Path) -> None:
    async with serving(folder.parent) as server:
        one = carrier(server)
        await one.send(parcel())
    with pytest.raises(PartnerUnreachable):
        await one.send(parcel("k-2"))
    await one.close()

    assert [*files(folder)] == ["k-1.csv"]


async def test_an_address_of_another_kind_is_not_called(folder: Path) -> None:
    async with serving(folder.parent) as server:
        with pytest.raises(Misconfigured, match="loopback address"):
            await carrier(server, network="public").send(parcel())


async def test_a_key_that_is_none_is_said_to_be_none_and_never_shown(folder: Path) -> None:
    async with serving(folder.parent) as server:
        one = carrier(server)
        one._login = Login(user=USER, private_key="-----BEGIN NONSENSE-----", host_key=public())
        with pytest.raises(Misconfigured, match="A key cannot be read") as refused:
            await one.send(parcel())

    assert "NONSENSE" not in str(refused.value)
    assert "NONSENSE" not in repr(one._login)
