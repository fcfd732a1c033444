"""Taking in what was said page by page, so that a hub that starts has time for others meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from hub.app.vault import Vault
from hub.store.asking.crises import Crises
from hub.store.sealing import Sealer

# Between two pages.
_REST_S: Final = 0.02


async def caught_up(vault: Vault, page: Callable[[], int]) -> None:
    """Take in pages until one brings nothing, or all that was there when it began.

    `page` runs in a thread, takes in the next page and gives the number of the last message that it looked at.
    """
    # What comes meanwhile is for the next look.
    until, before = await asyncio.to_thread(_newest, vault), -1
    while before < (reached := await asyncio.to_thread(page)) < until:
        before = reached
        await asyncio.sleep(_REST_S)


def _newest(vault: Vault) -> int:
    with vault.database.read() as connection:
        return Crises(connection, Sealer(vault.keys, vault.origin)).newest()
