"""Finds secrets that stand in a file: partner files are read by many, copied and versioned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from hub.errors import Misconfigured
from hub.located import Located, Steps

_KEY: Final = re.compile(
    r"passw(?:or)?d|passphrase|secret|token|api_?key|private_?key|authorization|credential", re.IGNORECASE
)
_VALUE: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|^(?:Bearer|Basic) \S|^https?://[^/@\s]+:[^/@\s]+@", re.IGNORECASE
)
# These two name a secret or its digest, and hold none.
_FINE: Final = frozenset({"token_sha256", "secret"})


def check(found: Located) -> Iterator[Misconfigured]:
    """Every value that is a secret by its key or its look. The value itself is never repeated."""
    for steps, value in _leaves(found.data, ()):
        named = [step for step in steps if isinstance(step, str) and step not in _FINE]
        if any(map(_KEY.search, named)) or _VALUE.search(value):
            yield found.refuse(
                "A secret stands in this file.",
                *steps,
                cure="Take it out and change it. A door holds token_sha256; the hub's own token has a name, in secret:.",
            )


def _leaves(data: Any, here: Steps) -> Iterator[tuple[Steps, str]]:
    match data:
        case dict():
            for key, value in data.items():
                yield from _leaves(value, (*here, key))
        case list():
            for n, value in enumerate(data):
                yield from _leaves(value, (*here, n))
        case _:
            yield here, str(data)
