"""A real SFTP server for tests: one folder, one user, one key each way; it can be told to show another key, or to lack an extension."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import asyncssh

from hub.errors import HubError

USER = "hub"


@cache
def keys(name: str) -> asyncssh.SSHKey:
    """A key pair; the same name is the same pair."""
    return asyncssh.generate_private_key("ssh-ed25519")


def private(name: str = "ours") -> str:
    """A private key as it lies in the secrets folder."""
    return keys(name).export_private_key().decode()


def public(name: str = "theirs") -> str:
    """A public key as it stands in a partner file."""
    return keys(name).export_public_key().decode().strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it listens, and the folder that its users see as /."""

    port: int
    root: Path


@asynccontextmanager
async def serving(root: Path, *, allowed: str = "ours", old: bool = False, broken: str = "") -> AsyncIterator[Server]:
    """A server over a folder. `old` ones know no posix-rename and no fsync; `broken` ones fail at one request."""

    class Chrooted(asyncssh.SFTPServer):
        def __init__(self, chan: Any) -> None:
            super().__init__(chan, chroot=str(root).encode())

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            if old:
                raise asyncssh.SFTPOpUnsupported("not here")
            if broken == "rename":
                raise asyncssh.SFTPNoSpaceOnFilesystem("full")
            super().posix_rename(oldpath, newpath)

        def fsync(self, file_obj: object) -> None:
            if old:
                raise asyncssh.SFTPOpUnsupported("not here")
            super().fsync(file_obj)

    called: list[asyncssh.SSHServerConnection] = []

    class Doorman(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            called.append(conn)

    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Doorman,
        server_host_keys=[keys("theirs")],
        authorized_client_keys=asyncssh.import_authorized_keys(public(allowed)),
        sftp_factory=Chrooted,
        allow_scp=False,
    )
    try:
        yield Server(port=listener.get_port(), root=root)
    finally:
        listener.close()
        await listener.wait_closed()
        for one in called:
            one.abort()
            await one.wait_closed()


def words(error: HubError) -> str:
    """All that an error says."""
    return f"{error} {error.at} {error.cure}"
