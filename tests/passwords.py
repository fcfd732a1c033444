"""What a password costs to hash, for tests in which nobody guesses one, and for those that ask what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from hub.access import password

REAL: Final = {"passes": password._PASSES, "kibibytes": password._KIBIBYTES}


@contextmanager
def costing(*, passes: int, kibibytes: int) -> Iterator[None]:
    """Hash at this cost for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "_PASSES", passes)
        patch.setattr(password, "_KIBIBYTES", kibibytes)
        password._nobodys.cache_clear()
        yield
    password._nobodys.cache_clear()
