"""Answers over HTTP to what the hub asks: read as far as they matter, in however many pieces they come, and sent as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import aiohttp

# Nothing packed is unpacked, so nothing packed is asked for: aiohttp would ask, and hand it over packed.
PLAIN: Final[Mapping[str, str]] = {"Accept-Encoding": "identity"}


async def beginning(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The first bytes of an answer's body, `most` of them where there are so many. Raises what aiohttp does where it breaks."""
    try:
        return await answer.content.readexactly(most)
    except asyncio.IncompleteReadError as short:
        return short.partial
