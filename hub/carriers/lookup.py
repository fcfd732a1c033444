"""What a partner's look-up says: that a record of ours is there, that it is not, or nothing that anybody can read."""

from __future__ import annotations

from typing import Any, Final

import msgspec

# Where systems list what they found.
_LISTS: Final = ("items", "results", "records", "entry", "data")


def found(body: bytes) -> bool | None:
    """Whether a look-up that succeeded names a record: a list, an object that has one, or one record. None where nobody can tell.

    >>> found(b'[{"id": "7"}]'), found(b'{"total": 0}'), found(b"<html>")
    (True, False, None)
    """
    try:
        said: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if isinstance(said, list):
        return bool(said)
    if not isinstance(said, dict):
        return None
    if isinstance(total := said.get("total"), int):
        return total > 0
    listed = next((said[name] for name in _LISTS if isinstance(said.get(name), list)), None)
    if listed is not None:
        return bool(listed)
    return True if said.get("id") else None
