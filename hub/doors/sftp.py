"""A watched folder on a partner's SFTP server: its key is pinned, and its files are moved there, never deleted."""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
import stat
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, cast

import asyncssh

from hub.access import ssh
from hub.access.callers import Remote
from hub.doors.desk import Desk
from hub.doors.watched import DONE, FAILED, Found, Limits, Watched, dated, unfinished
from hub.errors import HubError, Unreadable

# A server is asked less often than a folder of our own, and given longer.
POLL_S: Final = 10.0
TIMEOUT_S: Final = 30.0
SERVER: Final = Limits(poll_s=POLL_S, settle_s=POLL_S)
T = TypeVar("T")
_GONE: Final = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)


class SftpDoor(Watched):
    """Looks at one partner's folder on its server. The connection is kept, and made anew when it broke."""

    door = "sftp"
    faults = (*ssh.FAULTS, HubError)

    def __init__(
        self, remote: Remote, private_key: str, desk: Desk, *, whole: bool = False, limits: Limits | None = None
    ) -> None:
        """Nothing is called before `start`."""
        super().__init__(remote.partner, desk, whole=whole, limits=limits or SERVER)
        self._remote = remote
        self._login = ssh.Login(user=remote.user, private_key=private_key, host_key=remote.host_key)
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    async def look(self) -> None:
        """Look once. A connection that broke is let go, so that the next look makes another."""
        try:
            await super().look()
        except self.faults:
            await self._closed()
            raise

    async def _readied(self) -> None:
        """A server that is away now may be there later: nothing is asked of it yet."""

    async def _listed(self) -> list[Found]:
        client = await self._opened()
        found: list[Found] = []
        for entry in await self._in_time(client.readdir(self._remote.path)):
            name = (
                entry.filename if isinstance(entry.filename, str) else entry.filename.decode(errors="surrogateescape")
            )
            # A name is one step and no path, whatever a server says.
            if "/" in name or name in (".", "..") or unfinished(name) or _is(entry.attrs, stat.S_ISDIR):
                continue
            found.append(_found(name, entry.attrs))
            if len(found) >= self._limits.listed:
                break
        return found

    async def _fetched(self, file: Found) -> bytes:
        client, path = await self._opened(), self._at(file.name)
        try:
            known = await self._in_time(client.lstat(path))
            if not _is(known, stat.S_ISREG):
                raise Unreadable("This is a link, a pipe or a device, and not a file.")
            if _found(file.name, known) != file:
                raise FileNotFoundError
            if file.size > self._limits.file:
                raise Unreadable(f"The file is larger than {self._limits.file} bytes.")
            async with client.open(path, "rb") as opened:
                body = cast("bytes", await self._in_time(opened.read(self._limits.file + 1)))
        except _GONE as gone:
            raise FileNotFoundError from gone
        if not body or len(body) > self._limits.file:
            raise Unreadable(f"The file is larger than {self._limits.file} bytes." if body else "The file is empty.")
        if len(body) != file.size:
            # It changed while it was read: it is taken when it has settled again.
            raise FileNotFoundError
        return body

    async def _filed(self, file: Found, into: str, reasons: str) -> None:
        client, new = await self._opened(), dated(file.name)
        for folder in (DONE, FAILED):
            with contextlib.suppress(asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists):
                await self._in_time(client.mkdir(self._at(folder)))
        if reasons:
            async with client.open(self._at(into, f"{new}.reason.txt"), "wb") as note:
                await self._in_time(note.write(f"{reasons}\n".encode()))
        await self._in_time(client.rename(self._at(file.name), self._at(into, new)))

    async def _closed(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        await ssh.let_go(connection)

    async def _opened(self) -> asyncssh.SFTPClient:
        if self._client is None or self._connection is None or self._connection.is_closed():
            there = self._remote
            self._connection = await ssh.connect(there.host, there.port, self._login, patience_s=TIMEOUT_S)
            self._client = await self._connection.start_sftp_client()
        return self._client

    @staticmethod
    async def _in_time(asked: Awaitable[T]) -> T:
        async with asyncio.timeout(TIMEOUT_S):
            return await asked

    def _at(self, *names: str) -> str:
        return posixpath.join(self._remote.path, *names)


def _found(name: str, known: asyncssh.SFTPAttrs) -> Found:
    return Found((known.mtime or 0) * 1_000_000_000 + (known.mtime_ns or 0), name, 0, known.size or 0)


def _is(known: asyncssh.SFTPAttrs, kind: Callable[[int], bool]) -> bool:
    return known.permissions is not None and kind(known.permissions)
