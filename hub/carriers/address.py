"""Which addresses a partner file may make the hub call: of the kind it declares, looked up once and called as looked up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Final

from hub import clock
from hub.access.callers import Address, address, plain_until
from hub.errors import Misconfigured, PartnerUnreachable

NETWORKS: Final = ("public", "private", "loopback")


def kind(found: Address) -> str:
    """What sort of address this is: public, private, loopback, or none that anybody is called at (link-local, multicast ...).

    >>> [kind(address(text)) for text in ("93.184.215.14", "10.0.0.1", "::1", "169.254.169.254")]
    ['public', 'private', 'loopback', 'none']
    """
    if found.is_loopback:
        return "loopback"
    if found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved:
        return "none"
    return "public" if found.is_global else "private"


def network(options: Mapping[str, str], place: str) -> str:
    """The kind of address a delivery declares in `options.network`; public when it says nothing."""
    declared = options.get("network", NETWORKS[0])
    if declared not in NETWORKS:
        raise Misconfigured(
            "There is no such network.", at=f"{place}.options.network", cure=f"Write one of {', '.join(NETWORKS)}."
        )
    return declared


def guard(addresses: list[str], declared: str, place: str) -> None:
    """Refuse unless every address is of the declared kind: a name that suddenly means an inside address is an attack or a mistake."""
    for found in {kind(address(text)) for text in addresses} - {declared}:
        raise Misconfigured(
            f"This host has a {found} address, and the partner file allows {declared} ones.",
            at=place,
            cure="If that is meant, write options.network: private (or loopback).",
        )


async def look_up(host: str, port: int, declared: str, place: str) -> list[str]:
    """The addresses of a host, all of the declared kind. Raises PartnerUnreachable where there are none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise PartnerUnreachable("The partner's host name is not known.", at=place) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    guard(addresses, declared, place)
    return addresses


def guard_plain(declared: str, options: Mapping[str, str], place: str) -> None:
    """Refuse to send in the clear beyond this machine, unless the file says why and until when."""
    if declared != "loopback":
        reason, until = options.get("plain_reason", ""), options.get("plain_until", "")
        plain_until(reason, until, clock.now(), f"{place}.options")
