"""The certificate authorities of the world, which no test calls: read once, where each new client would read all of them anew."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import certifi
import pytest


@contextmanager
def read_once() -> Iterator[None]:
    """For a while, clients that trust whoever the world trusts, and have no certificate of their own, share one context."""
    made = ssl.create_default_context
    # A machine may name its own list of them (OpenSSL's SSL_CERT_FILE).
    worlds = {certifi.where(), os.environ.get("SSL_CERT_FILE")}
    of_the_world = cache(lambda: made(cafile=certifi.where()))

    def shared(*args: Any, **named: Any) -> ssl.SSLContext:
        if not args and named.keys() == {"cafile"} and named["cafile"] in worlds:
            return of_the_world()
        return made(*args, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", shared)
        yield
