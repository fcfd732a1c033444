"""Every way in and whose it is: listener ports with their networks or certificates, bearer tokens, folders. Nobody is anonymous."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from hub.partners import Door, Partner
from hub.partners.sheet import loopback, over
from hub.partners.words import SCOPES

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SSH: Final = 22
_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_EVERYWHERE: Final = (ip_network("0.0.0.0/0"), ip_network("::/0"))
# What plain MLLP does not carry, since whoever sits on the wire could forge or ask it: links of persons, queries and (by their
# segments) merges, consents and access restrictions.
_NOT_PLAIN: Final = re.compile(r"ADT\^A(?:24|37)\b|Q[A-Z]{2}\b|[A-Z]{2}Q\b|RQ[ACIP]\b")
_NOT_PLAIN_SEGMENT: Final = re.compile(rb"[\r\n](?:MRG|CON|ARV|QPD|QRD|QID|SPR|VTQ|ERQ)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why somebody is not let in: `kind` is network, certificate, sender, plain or crowd; `words` hold no value the caller sent."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """One MLLP listener and its partner. `plain_until` (UTC microseconds) ends plain MLLP beyond loopback; None where there is none.

    INVARIANT: an entrance without networks lets nobody in.
    """

    partner: str
    host: str
    port: int
    networks: tuple[Network, ...]
    certificate: str = ""
    applications: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    plain_until: int | None = None

    def admits(self, peer: str, names: Collection[str], at: int) -> Refusal | None:
        """Whether a connection from `peer`, whose verified certificate carries `names`, may speak for the partner at `at`."""
        if self.plain_until is not None and self.plain_until <= at:
            return Refusal(kind="plain", words="plain MLLP was allowed until a day that is over")
        if not any(address(peer) in network for network in self.networks):
            return Refusal(kind="network", words="the address is in none of the partner's networks")
        if self.certificate and self.certificate not in names:
            return Refusal(kind="certificate", words="the certificate does not carry the partner's name")
        return None

    def agrees(self, application: str, facility: str) -> Refusal | None:
        """Whether a message with this MSH-3 and MSH-4 may come in here. A name without its universal id is enough.

        >>> door = Entrance(partner="er", host="127.0.0.1", port=1, networks=(), applications=frozenset({"EHR"}))
        >>> door.agrees("EHR^1.2.3^ISO", "ANY") is None
        True
        >>> door.agrees("LAB", "ANY").words
        'MSH-3 is not a name this port expects'
        """
        if not _named(application, self.applications):
            return Refusal(kind="sender", words="MSH-3 is not a name this port expects")
        if not _named(facility, self.facilities):
            return Refusal(kind="sender", words="MSH-4 is not a name this port expects")
        return None

    def bears(self, kind: str, body: bytes) -> Refusal | None:
        """Whether this door may carry a message of this MSH-9: plain MLLP beyond loopback bears no consents, merges or queries."""
        if self.plain_until is not None and (_NOT_PLAIN.match(kind) or _NOT_PLAIN_SEGMENT.search(body)):
            return Refusal(kind="plain", words="plain MLLP does not carry consents, merges or queries")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A bearer token, known by its SHA-256, and the networks it may be used from (none named: any)."""

    partner: str
    digest: bytes
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that is watched for one partner."""

    partner: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A folder on a partner's SFTP server that is looked at. `secret` names the hub's private key."""

    partner: str
    host: str
    port: int
    path: str
    user: str
    host_key: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A partner's EIDO subscription that the hub holds, at an address of this kind. `secret` names the hub's bearer token."""

    partner: str
    url: str
    network: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where one partner's references lead: below `url`, at an address of this kind. `secret` names the hub's bearer token."""

    partner: str
    url: str
    network: str
    secret: str


class Callers:
    """Everybody who may ask, built once from partner files, whose loading has refused doors that would let in anybody."""

    def __init__(self, partners: Iterable[Partner]) -> None:
        """Where a door says nothing about who may come in, nobody may."""
        known = tuple(partners)
        self.entrances = tuple(_entrance(partner, door) for partner, door in _doors(known, "mllp"))
        self.folders = tuple(Folder(partner=partner, path=door.path) for partner, door in _doors(known, "folder"))
        self.feeds = tuple(
            Feed(partner=partner, url=door.url, network=door.network, secret=door.secret)
            for partner, door in _doors(known, "eido")
        )
        self.origins = tuple(
            Origin(partner=partner, url=door.url, network=door.network, secret=door.secret)
            for partner, door in _doors(known, "reference")
        )
        self.remotes = tuple(_remote(partner, door) for partner, door in _doors(known, "sftp"))
        web = tuple(_doors(known, "http"))
        self._tokens = tuple(
            (door.token_sha256.encode(), partner, frozenset(door.scopes or SCOPES[:1]))
            for partner, door in web
            if door.token_sha256
        )
        # The name that the client certificate of a partner must carry at the HTTP door.
        self._certificates = {partner: door.certificate.lower() for partner, door in web if door.certificate}

    @property
    def pinned(self) -> bool:
        """Whether any partner shows a client certificate at the HTTP door."""
        return bool(self._certificates)

    def shows(self, partner: str, names: Collection[str]) -> bool:
        """Whether a caller whose verified certificate carries these names may speak for the partner over HTTP."""
        wanted = self._certificates.get(partner)
        return wanted is None or wanted in names

    def bearer(self, token: bytes, scope: str = "") -> str | None:
        """The partner whose token this is, where it is for this scope, or for anything. Each digest is compared in constant time."""
        digest = hashlib.sha256(token).hexdigest().encode()
        found = None
        for known, partner, scopes in self._tokens:
            if hmac.compare_digest(known, digest) and (not scope or scope in scopes):
                found = partner
        return found


def address(text: str) -> Address:
    """An address as the kernel spells it; IPv4 inside IPv6 is IPv4.

    >>> address("::ffff:10.0.0.7")
    IPv4Address('10.0.0.7')
    """
    found = ip_address(text.partition("%")[0])
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _doors(partners: Iterable[Partner], kind: str) -> Iterator[tuple[str, Door]]:
    sources = ((partner.id, partner.source) for partner in partners)
    return ((name, door) for name, source in sources if source for door in source.doors if door.kind == kind)


def _entrance(partner: str, door: Door) -> Entrance:
    local, pinned = loopback(door.host), bool(door.certificate)
    # A pinned certificate is known anywhere; a listener on loopback hears loopback only.
    otherwise = _EVERYWHERE if pinned else _LOOPBACK if local else ()
    return Entrance(
        partner=partner,
        host=door.host,
        port=door.port,
        networks=tuple(map(ip_network, door.networks)) or otherwise,
        certificate=door.certificate.lower(),
        applications=frozenset(door.sending_application),
        facilities=frozenset(door.sending_facility),
        plain_until=None if local or pinned else over(door.plain_until, "UTC") or 0,
    )


def _remote(partner: str, door: Door) -> Remote:
    return Remote(
        partner=partner,
        host=door.host,
        port=door.port or SSH,
        path=door.path,
        user=door.user,
        host_key=door.host_key,
        secret=door.secret,
    )


def _named(spelled: str, expected: frozenset[str]) -> bool:
    return not expected or spelled in expected or spelled.partition("^")[0] in expected
