"""Ports for servers that a test names before they listen."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from typing import Final

# Below the ports that systems give to whoever asks for any: a connection made meanwhile cannot take it.
_RANGE: Final = range(20_000, 32_000)


def free_port() -> int:
    """A loopback port that nobody has at the moment, and that nobody gets by chance."""
    for port in random.SystemRandom().sample(_RANGE, 100):
        with suppress(OSError), socket.socket() as found:
            found.bind(("127.0.0.1", port))
            return port
    raise OSError("no port between 20000 and 32000 is free")
