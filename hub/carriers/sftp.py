"""Deliveries to a partner's SFTP server: written beside, then renamed, so that the partner sees whole files only."""

from __future__ import annotations

import asyncio
import contextlib
import posixpath

import asyncssh

from hub.access import ssh
from hub.access.callers import SSH
from hub.access.route import route
from hub.carriers.drop import file_name
from hub.contracts import Parcel, Receipt
from hub.errors import Ambiguous
from hub.partners import Delivery


class SftpCarrier:
    """Writes every parcel of one partner as one file on its server. The name comes from the key: a second attempt replaces the first."""

    def __init__(self, partner: str, delivery: Delivery, *, private_key: str) -> None:
        """Nothing is called before the first parcel. Raises Misconfigured for an address of another kind than declared."""
        self._host, self._port, self._path = delivery.host, delivery.port or SSH, delivery.path
        self._patience = delivery.timeout_s
        self._route = route(partner, delivery, delivery.host, clear=False)
        self._place = self._route.place
        self._login = ssh.Login(user=delivery.user, private_key=private_key, host_key=delivery.host_key)
        self._opening = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    async def send(self, parcel: Parcel) -> Receipt:
        """Write one file. Once this returns, it is there as a whole. Raises Passing or Lasting by `ssh.MEANS`."""
        name = file_name(parcel)
        try:
            async with asyncio.timeout(self._patience):
                client = await self._opened()
                beside = posixpath.join(self._path, f".{name}.part")
                await _fill(client, beside, parcel.body)
        except ssh.FAULTS as fault:
            await self.close()
            raise ssh.explained(fault, self._place) from fault
        await self._rename(client, beside, posixpath.join(self._path, name))
        return Receipt(accepted=True, code="written", reference=name)

    async def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection, self._client = self._connection, None, None
        await ssh.let_go(connection)

    async def _opened(self) -> asyncssh.SFTPClient:
        async with self._opening:
            if self._client is None or self._connection is None or self._connection.is_closed():
                addresses = await self._route.look_up(self._host, self._port)
                self._connection = await ssh.connect(addresses[0], self._port, self._login, patience_s=self._patience)
                self._client = await self._connection.start_sftp_client()
            return self._client

    async def _rename(self, client: asyncssh.SFTPClient, beside: str, name: str) -> None:
        """From here on the partner may have seen the file."""
        try:
            async with asyncio.timeout(self._patience):
                await _replace(client, beside, name)
        except asyncssh.SFTPError as refusal:
            raise ssh.explained(refusal, self._place) from refusal
        except ssh.FAULTS as fault:
            await self.close()
            raise Ambiguous(f"Sent, and no answer ({type(fault).__name__}).", at=self._place) from fault


async def _fill(client: asyncssh.SFTPClient, name: str, body: bytes) -> None:
    async with client.open(name, "wb") as file:
        await file.write(body)
        # Not every server can be asked to write to its disk at once.
        with contextlib.suppress(asyncssh.SFTPOpUnsupported):
            await file.fsync()


async def _replace(client: asyncssh.SFTPClient, beside: str, name: str) -> None:
    """Rename over what is there; a server that only renames to a free name gets the old file taken away first."""
    try:
        await client.posix_rename(beside, name)
    except asyncssh.SFTPOpUnsupported:
        with contextlib.suppress(asyncssh.SFTPNoSuchFile):
            await client.remove(name)
        await client.rename(beside, name)
