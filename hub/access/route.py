"""Which addresses a partner file lets the hub call: of the kind it declares, looked up once and called as looked up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv6Address

from aiohttp.abc import AbstractResolver, ResolveResult

from hub import clock
from hub.access.callers import Address, address
from hub.errors import Misconfigured, PartnerUnreachable
from hub.partners import Delivery
from hub.partners.sheet import over
from hub.partners.words import NETWORKS


def kind(found: Address) -> str:
    """What sort of address this is: public, private, loopback, or none that anybody is called at (link-local, multicast ...).

    An IPv6 address that carries an IPv4 one through a gateway (RFC 3056) is none: what it reaches is not what it looks like.

    >>> [kind(address(text)) for text in ("93.184.215.14", "10.0.0.1", "::1", "169.254.169.254", "2002:7f00:1::")]
    ['public', 'private', 'loopback', 'none', 'none']
    """
    if found.is_loopback:
        return "loopback"
    if found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved or _carries(found):
        return "none"
    return "public" if found.is_global else "private"


def _carries(found: Address) -> bool:
    return isinstance(found, IPv6Address) and found.sixtofour is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How a delivery may travel: the kind of address it declares, and how long it may go in the clear (UTC microseconds; None: TLS)."""

    place: str
    network: str
    plain_until: int | None = None

    def still_open(self) -> None:
        """Refuse to send in the clear once the day is over until which that was borne."""
        if self.plain_until is not None and self.plain_until <= clock.now():
            raise Misconfigured(
                "Sending in the clear was allowed until a day that is over.",
                at=f"{self.place}.options.plain_until",
                cure="Use TLS, or decide anew until when.",
            )

    def guard(self, addresses: Collection[str]) -> None:
        """Refuse unless every address is of the declared kind: a name that suddenly means an inside address is an attack or a mistake."""
        for found in {kind(address(text)) for text in addresses} - {self.network}:
            raise Misconfigured(
                f"This host has a {found} address, and the partner file allows {self.network} ones.",
                at=self.place,
                cure="If the address is meant, correct options.network.",
            )

    async def look_up(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all of the declared kind. Raises PartnerUnreachable where there are none."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise PartnerUnreachable("The partner's host name is not known.", at=self.place) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        self.guard(addresses)
        return addresses


class Guarded(AbstractResolver):
    """Looks hosts up and hands out only addresses of the declared kind; what it hands out is what is called."""

    def __init__(self, route: Route) -> None:
        """Guards by this route."""
        self._route = route

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host, as aiohttp wants them. Raises Misconfigured for one of the wrong kind."""
        found = await self._route.look_up(host, port)
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            {
                "hostname": host,
                "host": at,
                "port": port,
                "family": families[address(at).version],
                "proto": 0,
                "flags": numeric,
            }
            for at in found
        ]

    async def close(self) -> None:
        """There is nothing to let go of."""


def route(partner: str, delivery: Delivery, host: str, *, clear: bool) -> Route:
    """The route of a delivery to `host`, in the `clear` or under TLS. Raises Misconfigured for a numeric host of another kind."""
    options = delivery.options
    network = options.get("network", NETWORKS[0])
    until = over(options.get("plain_until", ""), "UTC") or 0
    bounded = clear and network != "loopback"
    found = Route(place=f"{partner} delivery", network=network, plain_until=until if bounded else None)
    if numeric(host):
        found.guard([host])
    return found


def inside(place: str, network: str, host: str) -> Route:
    """A route for what is fetched or told beside deliveries. Raises Misconfigured for a numeric host of another kind."""
    found = Route(place=place, network=network)
    if numeric(host):
        found.guard([host])
    return found


def numeric(host: str) -> bool:
    """Whether a host is an address, which nobody looks up."""
    try:
        return bool(address(host))
    except ValueError:
        return False
