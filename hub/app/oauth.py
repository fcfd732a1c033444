"""Wiring for partners' programs: the token endpoint's own url, assertions used once, keys fetched from partners."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
from yarl import URL

from hub import clock
from hub.access.answers import beginning
from hub.access.clients import Clients
from hub.access.route import Guarded, inside
from hub.courier.prepare import Desk
from hub.doors.token import PATH
from hub.errors import Conflict, Misconfigured, PartnerUnreachable
from hub.model.commands import Once
from hub.partners import County
from hub.settings import Settings

_PATIENCE_S = 5.0
_LARGEST = 64 * 1024


def address(settings: Settings, port: Callable[[], int]) -> Callable[[], str]:
    """Where partners and people reach the hub: at its own address, or on this machine."""
    return lambda: settings.console.address or f"http://127.0.0.1:{port()}"


def audience(here: Callable[[], str]) -> Callable[[], str]:
    """The url of the token endpoint, as clients know it."""
    return lambda: f"{here()}{PATH}"


def clients(county: County, desk: Desk, audience: Callable[[], str]) -> Clients:
    """Whoever of the county's partners may ask for tokens."""

    async def once(digest: bytes, until: int) -> bool:
        (result,) = await desk.ask([Once(digest=digest, at=clock.now(), expires=until)])
        if result.error is not None and not isinstance(result.error, Conflict):
            raise result.error
        return result.error is None

    return Clients(county.partners.values(), audience=audience, once=once, fetch=fetched)


async def fetched(url: str, network: str = "public") -> bytes:
    """A small document over HTTPS, without redirects, from an address of this kind alone. Raises PartnerUnreachable."""
    timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
    try:
        guarded = Guarded(inside("source.doors.jwks_url", network, URL(url).host or ""))
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=guarded), timeout=timeout, trust_env=False
            ) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            body = await beginning(answer, _LARGEST + 1)
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError, Misconfigured) as error:
        raise PartnerUnreachable(f"No keys ({type(error).__name__}).") from error
    if status != 200 or len(body) > _LARGEST:
        raise PartnerUnreachable(f"No keys: the partner answered {status}.")
    return body
