"""Every way in and whose it is: listener ports with their networks or certificates, bearer tokens, folders. Nobody is anonymous."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from hub.errors import Misconfigured
from hub.partners import Door, Partner

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
# What plain MLLP does not carry, since whoever sits on the wire could forge or ask it: links of persons, queries and (by their
# segments) merges, consents and access restrictions.
_NOT_PLAIN: Final = re.compile(r"ADT\^A(?:24|37)\b|Q[A-Z]{2}\b|[A-Z]{2}Q\b|RQ[ACIP]\b")
_NOT_PLAIN_SEGMENT: Final = re.compile(rb"[\r\n](?:MRG|CON|ARV|QPD|QRD|QID|SPR|VTQ|ERQ)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why somebody is not let in: `kind` is network, certificate, sender or plain; `words` hold no value the caller sent."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """One MLLP listener and its partner. `plain_until` (UTC microseconds) ends plain MLLP beyond loopback; 0 where there is none."""

    partner: str
    host: str
    port: int
    networks: tuple[Network, ...]
    certificate: str = ""
    applications: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    plain_until: int = 0

    def admits(self, peer: str, names: Collection[str], at: int) -> Refusal | None:
        """Whether a connection from `peer`, whose verified certificate carries `names`, may speak for the partner at `at`."""
        if not self.certificate and 0 < self.plain_until <= at:
            return Refusal(kind="plain", words="plain MLLP was allowed until a day that is over")
        if self.networks and not any(address(peer) in network for network in self.networks):
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
        if self.plain_until and (_NOT_PLAIN.match(kind) or _NOT_PLAIN_SEGMENT.search(body)):
            return Refusal(kind="plain", words="plain MLLP does not carry consents, merges or queries")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that is watched for one partner."""

    partner: str
    path: str


class Callers:
    """Everybody who may ask, built from the partner files once."""

    def __init__(self, partners: Iterable[Partner], *, at: int) -> None:
        """`at` is now, in UTC microseconds. Raises Misconfigured, naming partner, door and cure, for a door that would let in anybody."""
        doors = [(partner.id, n, door) for partner in partners for n, door in enumerate(_doors(partner))]
        of = {kind: [(p, f"{p} source.doors[{n}]", d) for p, n, d in doors if d.kind == kind] for kind in _KINDS}
        if strange := [f"{p} source.doors[{n}].kind" for p, n, door in doors if door.kind not in _KINDS]:
            raise Misconfigured("There is no such door.", at=strange[0], cure=f"Write one of {', '.join(_KINDS)}.")
        self.entrances = tuple(_entrance(partner, door, place, at) for partner, place, door in of["mllp"])
        self.folders = tuple(_folder(partner, door, place) for partner, place, door in of["folder"])
        self._tokens = tuple((_token(door, place), partner) for partner, place, door in of["http"])
        _once(((e.host, e.port) for e in self.entrances if e.port), "port", "Two doors listen on one port.")
        _once((token for token, _ in self._tokens), "token_sha256", "Two doors share one token.")
        _once((folder.path for folder in self.folders), "path", "Two doors watch one folder.")

    def bearer(self, token: bytes) -> str | None:
        """The partner whose token this is. Every known digest is compared, each in constant time."""
        digest = hashlib.sha256(token).hexdigest().encode()
        found = None
        for known, partner in self._tokens:
            if hmac.compare_digest(known, digest):
                found = partner
        return found


_KINDS: Final = ("mllp", "http", "folder")


def address(text: str) -> Address:
    """An address as the kernel spells it; IPv4 inside IPv6 is IPv4.

    >>> address("::ffff:10.0.0.7")
    IPv4Address('10.0.0.7')
    """
    found = ip_address(text.partition("%")[0])
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def loopback(host: str) -> bool:
    """Whether a host is this machine itself, by its spelling and without asking anybody.

    >>> loopback("127.0.0.1"), loopback("localhost"), loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return host == "localhost" or address(host).is_loopback
    except ValueError:
        return False


def plain_until(reason: str, until: str, at: int, place: str) -> int:
    """The instant (UTC microseconds) up to which plain MLLP beyond loopback is allowed: it needs a reason and an end to come.

    A day without a time ends when it is over in UTC. Raises Misconfigured at `place`.

    >>> plain_until("router cannot do TLS before May", "2026-05-01", at=0, place="door")
    1777680000000000
    """
    if not reason.strip() or not until:
        raise Misconfigured(
            "Plain MLLP beyond this machine lets anybody on the wire read and write.",
            at=place,
            cure="Pin a client certificate, or give plain_reason and plain_until.",
        )
    ends = _instant(until, f"{place}.plain_until")
    if ends <= at:
        raise Misconfigured(
            "Plain MLLP was allowed until a day that is over.",
            at=f"{place}.plain_until",
            cure="Pin a client certificate, or decide anew until when.",
        )
    return ends


def _instant(text: str, place: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misconfigured("This is not a day.", at=place, cure="Write it as 2026-05-31.") from error
    if _DAY.fullmatch(text):
        found = found.replace(tzinfo=UTC) + timedelta(days=1)
    if found.tzinfo is None:
        raise Misconfigured("This time names no zone.", at=place, cure="Write 2026-05-31T17:00:00-05:00, or a day.")
    return int(found.timestamp()) * 1_000_000


def _doors(partner: Partner) -> tuple[Door, ...]:
    return partner.source.doors if partner.source else ()


def _entrance(partner: str, door: Door, place: str, at: int) -> Entrance:
    local = loopback(door.host)
    if not 0 <= door.port < 65536:
        raise Misconfigured("There is no such port.", at=f"{place}.port", cure="Write a number from 1 to 65535.")
    networks = tuple(_network(text, f"{place}.networks[{n}]") for n, text in enumerate(door.networks))
    if not local and not networks and not door.certificate:
        raise Misconfigured(
            "Anybody could speak for this partner here.",
            at=place,
            cure="Give the networks it calls from, or the name in its client certificate.",
        )
    exposed = not local and not door.certificate
    return Entrance(
        partner=partner,
        host=door.host,
        port=door.port,
        networks=networks or (_LOOPBACK if local else ()),
        certificate=door.certificate.lower(),
        applications=frozenset(door.sending_application),
        facilities=frozenset(door.sending_facility),
        plain_until=plain_until(door.plain_reason, door.plain_until, at, place) if exposed else 0,
    )


def _network(text: str, place: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise Misconfigured(
            "This is not a network.", at=place, cure="Write it as 10.20.0.0/16 or 10.20.0.7."
        ) from error


def _folder(partner: str, door: Door, place: str) -> Folder:
    if not door.path:
        raise Misconfigured("Which folder?", at=f"{place}.path", cure="Name the folder this partner writes to.")
    return Folder(partner=partner, path=door.path)


def _token(door: Door, place: str) -> bytes:
    if not _DIGEST.fullmatch(door.token_sha256):
        raise Misconfigured(
            "This is not the digest of a token.",
            at=f"{place}.token_sha256",
            cure="Write the SHA-256 of the token: 64 hex digits in lower case.",
        )
    return door.token_sha256.encode()


def _once(found: Iterable[object], what: str, complaint: str) -> None:
    seen: set[object] = set()
    for item in found:
        if item in seen:
            raise Misconfigured(complaint, at=f"source.doors.{what}", cure="Each door belongs to one partner.")
        seen.add(item)


def _named(spelled: str, expected: frozenset[str]) -> bool:
    return not expected or spelled in expected or spelled.partition("^")[0] in expected
