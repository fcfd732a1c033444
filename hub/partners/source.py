"""What is wrong with what a partner sends: its format, law, zone and charset, and the doors it comes in by."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from encodings.aliases import aliases
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from hub.errors import Misconfigured
from hub.located import near
from hub.partners.file import Door, Source
from hub.partners.remote import SECRET, missing_of_sftp
from hub.partners.sheet import Sheet, loopback, over, zones
from hub.partners.words import NETWORKS, SCOPES

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_EXPECTS: Final[Mapping[str, frozenset[str]]] = {
    "mllp": frozenset(
        {
            "port",
            "host",
            "networks",
            "certificate",
            "sending_application",
            "sending_facility",
            "plain_until",
            "plain_reason",
        }
    ),
    "http": frozenset({"token_sha256", "certificate", "client_id", "jwks", "jwks_url", "scopes", "per_minute"}),
    "folder": frozenset({"path"}),
    "sftp": frozenset({"host", "port", "path", "user", "host_key", "secret"}),
    "eido": frozenset({"url", "secret", "network"}),
    "reference": frozenset({"url", "secret", "network"}),
    # Who may type there is said by accounts, not by files.
    "workspace": frozenset(),
}


def check(sheet: Sheet) -> Iterator[Misconfigured]:
    """Everything about `source`; nothing for a partner that only receives."""
    source = sheet.partner.source
    if source is None:
        return
    yield from _reading(sheet, source)
    if not source.doors:
        yield sheet.refuse("Nothing can come in from this partner.", "source", cure="Add doors: with a door.")
    for n, door in enumerate(source.doors):
        yield from _strangers(sheet, door, n)
        yield from _DOORS[door.kind](sheet, door, n)


def _reading(sheet: Sheet, source: Source) -> Iterator[Misconfigured]:
    if source.format not in sheet.formats:
        cure = near(source.format, list(sheet.formats))
        yield sheet.refuse(f'No adapter reads "{source.format}".', "source", "format", cure=cure)
    if source.regime == "UNKNOWN":
        yield sheet.refuse(
            "Nothing this partner sends could ever be disclosed: no rule permits what stands under an unknown law.",
            *("source", "regime"),
            cure="Write regime: with the law its messages stand under where no unit says otherwise: HIPAA, for a hospital.",
        )
    if source.zone and source.zone not in zones():
        yield sheet.refuse(f'"{source.zone}" is no time zone.', "source", "zone", cure=near(source.zone, zones()))
    if source.charset and not _text(source.charset):
        cure = near(source.charset, sorted(aliases.values()))
        yield sheet.refuse(f'"{source.charset}" is no character set.', "source", "charset", cure=cure)


def _text(charset: str) -> bool:
    try:
        return bool("a".encode(codecs.lookup(charset).name))
    except (LookupError, ValueError):
        return False


def _strangers(sheet: Sheet, door: Door, n: int) -> Iterator[Misconfigured]:
    """Keys that a door of this kind has no use for: somebody who wrote them believes that they protect."""
    written = sheet.found.data["source"]["doors"][n]
    for key in written.keys() - _EXPECTS[door.kind] - {"kind"}:
        yield sheet.refuse(
            f"A door of kind {door.kind} takes no {key}.",
            *("source", "doors", n, key),
            cure=f"It takes {', '.join(sorted(_EXPECTS[door.kind]))}.",
        )


def _mllp(sheet: Sheet, door: Door, n: int) -> Iterator[Misconfigured]:
    here: tuple[str | int, ...] = ("source", "doors", n)
    for i, network in enumerate(door.networks):
        if not _network(network):
            yield sheet.refuse("This is not a network.", *here, "networks", i, cure="Write it as 10.20.0.0/16.")
    if "port" not in sheet.found.data["source"]["doors"][n]:
        yield sheet.refuse("Which port?", *here, cure="Write port: and the one that the partner calls, as 2601.")
    if loopback(door.host) or door.certificate:
        return
    if not door.networks:
        yield sheet.refuse(
            "Anybody could speak for this partner here.",
            *here,
            cure="Give the networks it calls from, or the name in its client certificate.",
        )
    if not door.plain_reason.strip() or not door.plain_until:
        yield sheet.refuse(
            "Plain MLLP beyond this machine lets anybody on the wire read and write.",
            *here,
            cure="Pin a client certificate, or give plain_reason and plain_until.",
        )
    elif (until := over(door.plain_until, "UTC")) is None:
        yield sheet.refuse("This is not a day.", *here, "plain_until", cure="Write it as 2026-05-31.")
    elif until <= sheet.at:
        yield sheet.refuse(
            "Plain MLLP was allowed until a day that is over.",
            *(*here, "plain_until"),
            cure="Pin a client certificate, or decide anew until when.",
        )


def _network(text: str) -> bool:
    try:
        return bool(ip_network(text))
    except ValueError:
        return False


def _http(sheet: Sheet, door: Door, n: int) -> Iterator[Misconfigured]:
    cure = "Write token_sha256: and the SHA-256 of the token, 64 hex digits in lower case."
    if door.client_id:
        yield from _client(sheet, door, n)
    for unknown in sorted(set(door.scopes) - set(SCOPES)):
        yield sheet.refuse(
            "A token is for nothing of this name.", "source", "doors", n, "scopes", cure=near(unknown, list(SCOPES))
        )
    if not door.token_sha256 and not door.client_id:
        yield sheet.refuse("Anybody could post as this partner.", "source", "doors", n, cure=cure)
    elif door.token_sha256 and not _DIGEST.fullmatch(door.token_sha256):
        yield sheet.refuse("This is not the digest of a token.", "source", "doors", n, "token_sha256", cure=cure)


def _client(sheet: Sheet, door: Door, n: int) -> Iterator[Misconfigured]:
    here: tuple[str | int, ...] = ("source", "doors", n)
    if bool(door.jwks) == bool(door.jwks_url):
        cure = "Write jwks: and a file, or jwks_url: and where the partner publishes them."
        yield sheet.refuse("Whose signature is this program's?", *here, cure=cure)
    if door.jwks_url and not re.fullmatch(r"https://[^/@\s]+/\S+", door.jwks_url):
        yield sheet.refuse("Keys come over https alone.", *here, "jwks_url", cure="Write it as https://host/path.")
    if not door.scopes:
        cure = f"Write scopes: with some of {', '.join(SCOPES)}."
        yield sheet.refuse("Its tokens would be for nothing.", *here, "scopes", cure=cure)


def _folder(sheet: Sheet, door: Door, n: int) -> Iterator[Misconfigured]:
    if not door.path:
        yield sheet.refuse("Which folder?", "source", "doors", n, cure="Write path: and the folder it writes to.")


def _sftp(sheet: Sheet, door: Door, n: int) -> Iterator[Misconfigured]:
    for message, key, cure in missing_of_sftp(door):
        here = ("source", "doors", n, key) if key in sheet.found.data["source"]["doors"][n] else ("source", "doors", n)
        yield sheet.refuse(message, *here, cure=cure)


def _eido(sheet: Sheet, door: Door, n: int) -> Iterator[Misconfigured]:
    here: tuple[str | int, ...] = ("source", "doors", n)
    source = sheet.partner.source
    if source and source.format != "eido":
        yield sheet.refuse("This subscription brings EIDO alone.", "source", "format", cure="Write eido.")
    url = urlsplit(door.url)
    if url.scheme not in {"ws", "wss"} or not url.hostname or url.username or url.fragment:
        cure = "Write url: as wss://host/path, without user name, password or fragment."
        yield sheet.refuse("This is not where to subscribe." if door.url else "Subscribe where?", *here, cure=cure)
    elif url.scheme == "ws" and not loopback(url.hostname):
        yield sheet.refuse("This would bring calls in the clear.", *here, "url", cure="Use wss.")
    elif door.network not in NETWORKS or loopback(url.hostname) != (door.network == "loopback"):
        cure = f"Write network: with one of {', '.join(NETWORKS)}."
        yield sheet.refuse("The url has not this kind of address.", *here, cure=cure)
    if not SECRET.fullmatch(door.secret):
        cure = "Write secret: and the name under which the token lies in the secrets folder: small letters, digits, dashes."
        yield sheet.refuse("The hub shows a token, and here is no name of one.", *here, cure=cure)


def _reference(sheet: Sheet, door: Door, n: int) -> Iterator[Misconfigured]:
    here: tuple[str | int, ...] = ("source", "doors", n)
    if sheet.partner.source and sheet.partner.source.format != "eido":
        yield sheet.refuse("References lead to EIDO alone.", "source", "format", cure="Write eido.")
    url = urlsplit(door.url)
    if url.scheme not in {"http", "https"} or not url.hostname or url.username or url.query or url.fragment:
        cure = "Write url: as https://host/path/, without user name, password, query or fragment."
        yield sheet.refuse("This is nowhere to fetch from." if door.url else "Fetch from where?", *here, cure=cure)
    elif not url.path.endswith("/"):
        cure = "End it with a slash: what begins with it is fetched, and nothing else."
        yield sheet.refuse("This may be the beginning of another name.", *here, "url", cure=cure)
    elif url.scheme == "http" and not loopback(url.hostname):
        yield sheet.refuse("This would bring calls in the clear.", *here, "url", cure="Use https.")
    elif door.network not in NETWORKS or loopback(url.hostname) != (door.network == "loopback"):
        cure = f"Write network: with one of {', '.join(NETWORKS)}."
        yield sheet.refuse("The url has not this kind of address.", *here, cure=cure)
    if not SECRET.fullmatch(door.secret):
        cure = "Write secret: and the name under which the token lies in the secrets folder: small letters, digits, dashes."
        yield sheet.refuse("The hub shows a token, and here is no name of one.", *here, cure=cure)


def _workspace(_: Sheet, __: Door, ___: int) -> Iterator[Misconfigured]:
    yield from ()


_DOORS: Final[Mapping[str, Callable[[Sheet, Door, int], Iterator[Misconfigured]]]] = {
    "mllp": _mllp,
    "http": _http,
    "folder": _folder,
    "sftp": _sftp,
    "eido": _eido,
    "reference": _reference,
    "workspace": _workspace,
}
