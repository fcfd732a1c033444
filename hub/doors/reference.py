"""Follows references: a partner sends a URI, and the hub fetches what it leads to, below the url in the partner's file alone."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import Final

import aiohttp
from yarl import URL

from hub.access.answers import PLAIN
from hub.access.callers import Origin
from hub.access.route import Guarded, Route, numeric
from hub.errors import Lasting, NotAllowed, PartnerBusy, PartnerRefused, PartnerUnreachable, Unreadable

URIS: Final = "text/uri-list"
DOOR: Final = "reference"
ACCEPTS: Final = "application/emergency.eido+json, application/json"
# What a server answers that may have something another time.
LATER: Final = frozenset({408, 425, 429})
_PATIENCE_S: Final = 10.0
_LIMIT: Final = 16 * 1024 * 1024


class References:
    """What partners' references lead to. One connection a reference: they are rare, and nothing is kept open to strangers."""

    def __init__(
        self,
        origins: Iterable[Origin],
        secret: Callable[[str], str],
        *,
        tls: ssl.SSLContext | None = None,
        limit: int = _LIMIT,
        patience_s: float = _PATIENCE_S,
        accepts: str = ACCEPTS,
    ) -> None:
        """`secret` gives a token by its name, and raises Misconfigured where there is none; `limit` is bytes."""
        self._origins = {origin.partner: (origin, secret(origin.secret)) for origin in origins}
        self._tls, self._limit, self._accepts = tls, limit, accepts
        self._timeout = aiohttp.ClientTimeout(total=patience_s)

    async def follow(self, partner: str, said: bytes) -> bytes:
        """What the one URI in a text/uri-list leads to.

        Raises NotAllowed for one that is not below the partner's url, Unreadable for none or several, PartnerRefused where
        there is nothing, PartnerUnreachable or PartnerBusy where there may be something another time.
        """
        known = self._origins.get(partner)
        if known is None:
            raise NotAllowed("This partner's file names nowhere that references may lead to.")
        origin, token = known
        url, below = _uri(said), URL(origin.url)
        if not _is_below(url, below):
            raise NotAllowed("This reference does not lead below the url in the partner's file.")
        route = Route(place=f"{partner} reference", network=origin.network)
        if numeric(below.host or ""):
            route.guard([below.host or ""])
        connector = aiohttp.TCPConnector(resolver=Guarded(route), ssl=self._tls or True)
        headers = {**PLAIN, "Authorization": f"Bearer {token}", "Accept": self._accepts}
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector, timeout=self._timeout, headers=headers, trust_env=False, auto_decompress=False
                ) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                return await self._body(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PartnerUnreachable(f"The reference leads nowhere now ({type(error).__name__}).") from error

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        if answer.status >= 500 or answer.status in LATER:
            raise PartnerBusy(f"The reference was answered {answer.status}.")
        if answer.status != 200:
            raise PartnerRefused(f"The reference was answered {answer.status}.")
        body = bytearray()
        async for part in answer.content.iter_any():
            body += part
            if len(body) > self._limit:
                raise Lasting(f"What the reference leads to has more than {self._limit} bytes.")
        return bytes(body)


def _uri(said: bytes) -> URL:
    r"""The URI of a text/uri-list that has one (RFC 2483).

    >>> _uri(b"# the incident\r\nhttps://c1.example/v1/incidents/26-7\r\n")
    URL('https://c1.example/v1/incidents/26-7')
    """
    try:
        found = [line for line in said.decode("ascii").splitlines() if line.strip() and not line.startswith("#")]
        (one,) = found
        return URL(one.strip())
    except ValueError as wrong:
        raise Unreadable("A reference is one URI.") from wrong


def _is_below(url: URL, below: URL) -> bool:
    """Whether a URI says the same server, and a path below; dots that lead upwards are gone after parsing, or refused.

    >>> [_is_below(URL(f"https://a.example{p}"), URL("https://a.example/v1/")) for p in ("/v1/x", "/v1/../x", "/v1/%2e%2e/x", "/v1/")]
    [True, False, False, False]
    """
    return (
        url.is_absolute()
        and (url.scheme, url.host, url.port, url.user) == (below.scheme, below.host, below.port, None)
        and url.path.startswith(below.path)
        and url.path != below.path
        and not {".", ".."} & set(url.path.split("/"))
        and not url.fragment
    )
