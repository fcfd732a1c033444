"""What an SFTP server must be known by: where, as whom, and which key it must show. The same for a door and a delivery."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Protocol

_HOST_KEY: Final = re.compile(
    r"(?:ssh-ed25519|ssh-rsa|rsa-sha2-(?:256|512)|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/=]{40,}(?: \S+)?"
)
SECRET: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")


class Remote(Protocol):
    """Somewhere on an SFTP server."""

    @property
    def host(self) -> str:
        """The server."""
        ...

    @property
    def path(self) -> str:
        """The folder there."""
        ...

    @property
    def user(self) -> str:
        """As whom the hub logs in."""
        ...

    @property
    def host_key(self) -> str:
        """The server's public key."""
        ...

    @property
    def secret(self) -> str:
        """The name of the hub's private key."""
        ...


def missing_of_sftp(remote: Remote) -> Iterator[tuple[str, str, str]]:
    """What is wrong with it: a message, the key it is about, and the cure."""
    if not remote.host:
        yield "Which server?", "host", "Write host:."
    if not remote.path:
        yield "Which folder there?", "path", "Write path: and the folder on the server."
    if not remote.user:
        yield "As whom?", "user", "Write user:."
    if not _HOST_KEY.fullmatch(remote.host_key):
        said = "This is not a public key." if remote.host_key else "Anybody could pretend to be this server."
        yield (
            said,
            "host_key",
            "Write host_key: and the server's public key, from `ssh-keyscan`, told to you by another way.",
        )
    if not SECRET.fullmatch(remote.secret):
        cure = "Write secret: and the name under which the private key lies in the secrets folder: small letters, digits, dashes."
        yield "The hub logs in with a key, and here is no name of one.", "secret", cure
