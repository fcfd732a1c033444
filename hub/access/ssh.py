"""SSH to a partner's server: its key is pinned, ours logs in, and nothing of the machine's own configuration is asked."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final

import asyncssh

from hub.errors import HubError, Misconfigured, PartnerBusy, PartnerUnreachable

# What went wrong -> what it means for the retry, the first that fits. Anything else: the server cannot be reached now.
MEANS: Final[tuple[tuple[type[BaseException], type[HubError], str], ...]] = (
    (asyncssh.HostKeyNotVerifiable, Misconfigured, "The server shows another key than the one that is pinned."),
    (asyncssh.KeyExchangeFailed, Misconfigured, "The server has no method in common with us."),
    (asyncssh.PermissionDenied, Misconfigured, "The server does not let us in."),
    (asyncssh.SFTPNoSuchFile, Misconfigured, "The folder is not there."),
    (asyncssh.SFTPNoSuchPath, Misconfigured, "The folder is not there."),
    (asyncssh.SFTPPermissionDenied, Misconfigured, "The server does not let us do this in the folder."),
    (asyncssh.SFTPWriteProtect, Misconfigured, "The folder cannot be written to."),
    (asyncssh.SFTPNoSpaceOnFilesystem, PartnerBusy, "The server is full."),
    (asyncssh.SFTPQuotaExceeded, PartnerBusy, "The server is full."),
    # All that servers of the usual version can say of a disk that is full, and of much else.
    (asyncssh.SFTPFailure, PartnerBusy, "The server could not do it, and gives no reason."),
)
FAULTS: Final = (asyncssh.Error, OSError, TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """As whom, with which private key, and which key the server must show. Never shown: the key is a secret."""

    user: str
    private_key: str
    host_key: str

    def __repr__(self) -> str:
        """The user alone."""
        return f"Login(user={self.user!r})"


async def connect(address: str, port: int, login: Login, *, patience_s: float) -> asyncssh.SSHClientConnection:
    """A connection to an address whose server has shown the pinned key. Raises what MEANS explains, or Misconfigured for our key."""
    try:
        mine = asyncssh.import_private_key(login.private_key)
        pinned = asyncssh.import_public_key(login.host_key)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        cure = "Make one with `ssh-keygen -t ed25519` without a passphrase; the secrets folder is its protection."
        raise Misconfigured("A key cannot be read.", cure=cure) from error
    return await asyncssh.connect(
        address,
        port,
        username=login.user,
        client_keys=[mine],
        known_hosts=([pinned], [], []),
        server_host_key_algs="default",
        preferred_auth="publickey",
        password=None,
        agent_path=None,
        config=None,
        connect_timeout=patience_s,
        login_timeout=patience_s,
        keepalive_interval=15,
    )


async def let_go(connection: asyncssh.SSHClientConnection | None) -> None:
    """End a connection, if there is one, whatever it is in the middle of."""
    if connection is not None:
        connection.abort()
        with contextlib.suppress(*FAULTS):
            await connection.wait_closed()


def explained(fault: BaseException, place: str) -> HubError:
    """What a fault means for whoever may try again. Words of the server are not repeated: they may name people."""
    for kind, error, said in MEANS:
        if isinstance(fault, kind):
            return error(said, at=place)
    return PartnerUnreachable(f"The server cannot be reached ({type(fault).__name__}).", at=place)
