"""What is wrong with how a partner is reached: a carrier without an address, an open wire, waits that cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

from hub.errors import Misconfigured
from hub.located import near
from hub.partners.file import Delivery
from hub.partners.remote import missing_of_sftp
from hub.partners.sheet import Sheet, loopback, over
from hub.partners.words import NETWORKS, REMARK, SHEET

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")
_MAIL: Final = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")
_WINDOW: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")
_ADDRESS: Final[Mapping[str, frozenset[str]]] = {
    "mllp": frozenset({"host", "port", "certificate"}),
    "http": frozenset(
        {"url", "certificate", "secret", "grant_url", "client_id", "scope", "signed_with", "receipts", "lookup"}
    ),
    "folder": frozenset({"path", "receipts"}),
    "sftp": frozenset({"host", "port", "path", "user", "host_key", "secret"}),
    "eido": frozenset(),
    "workspace": frozenset({"mail", "url", "secret"}),
}


def check(sheet: Sheet) -> Iterator[Misconfigured]:
    """Everything about `delivery`; nothing for a partner that only sends."""
    delivery = sheet.partner.delivery
    if delivery is None:
        return
    known = [*sheet.formats, SHEET, REMARK]
    if delivery.format not in known:
        cure = near(delivery.format, known)
        yield sheet.refuse(f'No adapter writes "{delivery.format}".', "delivery", "format", cure=cure)
    yield from _strangers(sheet, delivery)
    yield from _CARRIERS[delivery.carrier](sheet, delivery)
    yield from _patience(sheet, delivery)
    yield from _lookup(sheet, delivery)


def _strangers(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    elsewhere = frozenset[str]().union(*_ADDRESS.values()) - _ADDRESS[delivery.carrier]
    for key in sorted(sheet.found.data["delivery"].keys() & elsewhere):
        yield sheet.refuse(
            f"The carrier {delivery.carrier} takes no {key}.",
            *("delivery", key),
            cure=f"It takes {', '.join(sorted(_ADDRESS[delivery.carrier])) or 'no address: the partner comes'}.",
        )


def _mllp(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    if delivery.format != "hl7v2":
        yield sheet.refuse("MLLP carries HL7 v2 alone.", "delivery", "format", cure="Write hl7v2, or carrier: http.")
    if not delivery.host or not delivery.port:
        yield sheet.refuse("Where to?", "delivery", cure="Write host: and port:.")
        return
    yield from _network(sheet, delivery, delivery.host, "host", open_wire=not delivery.certificate)


def _http(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    url = _url(delivery.url)
    if url is None or url.scheme not in {"http", "https"} or not url.hostname or url.username or url.fragment:
        yield sheet.refuse(
            "This is not the url of a partner." if delivery.url else "Where to?",
            *("delivery", "url"),
            cure="Write it as https://host/path, without user name, password or fragment.",
        )
        return
    yield from _network(sheet, delivery, url.hostname, "url", open_wire=url.scheme == "http")
    for key in ("secret", "signed_with"):
        if (name := getattr(delivery, key)) and not _NAME.fullmatch(name):
            cure = "Write the name under which it lies in the secrets folder: small letters, digits and dashes."
            yield sheet.refuse("This is no name of a secret.", "delivery", key, cure=cure)
    yield from _tokens(sheet, delivery)


def _lookup(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    """Whoever says that its records can be looked up says where; else a repeat would be a second record."""
    asks = delivery.dedupe == "lookup"
    if asks and delivery.carrier != "http":
        yield sheet.refuse("Records are looked up over HTTP alone.", "delivery", "dedupe", cure="Write key or none.")
    elif asks and not (delivery.lookup.startswith("/") and "{key}" in delivery.lookup):
        cure = "Write lookup: /field-contacts?message_id={key}, on the same server."
        yield sheet.refuse("Where is a record looked up?", "delivery", "dedupe", cure=cure)
    elif delivery.lookup and not asks:
        yield sheet.refuse("Nothing is looked up here.", "delivery", "lookup", cure="Write dedupe: lookup.")


def _tokens(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    """Asking for tokens takes an endpoint, an id and a key; and no token goes where a password could be read."""
    if not (delivery.grant_url or delivery.client_id or delivery.scope):
        return
    if not (delivery.grant_url and delivery.client_id and delivery.secret):
        cure = "Write grant_url, client_id and secret, the name of the hub's private key."
        yield sheet.refuse("To ask for tokens takes three things.", "delivery", cure=cure)
        return
    url = _url(delivery.grant_url)
    near_by = delivery.options.get("network") == "loopback"
    if url is None or url.scheme not in ({"https", "http"} if near_by else {"https"}) or not url.hostname:
        yield sheet.refuse(
            "This is not the url of a token endpoint.", "delivery", "grant_url", cure="Write it as https://host/path."
        )
    elif loopback(url.hostname) != near_by:
        cure = "It lies in the same kind of network as the url."
        yield sheet.refuse("This address is of another network.", "delivery", "grant_url", cure=cure)


def _url(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        return url if url.port != 0 else None
    except ValueError:
        return None


def _folder(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    if not delivery.path:
        yield sheet.refuse("Where to?", "delivery", cure="Write path: and the folder it reads from.")


def _sftp(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    for message, key, cure in missing_of_sftp(delivery):
        here = ("delivery", key) if key in sheet.found.data["delivery"] else ("delivery",)
        yield sheet.refuse(message, *here, cure=cure)
    if delivery.host:
        yield from _network(sheet, delivery, delivery.host, "host", open_wire=False)


def _eido(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    if delivery.format != "eido":
        yield sheet.refuse("A subscription carries EIDO alone.", "delivery", "format", cure="Write eido.")
    source = sheet.partner.source
    if not source or not any(door.kind == "http" and door.token_sha256 for door in source.doors):
        cure = "Give the partner a door of kind http with token_sha256: its token lets it subscribe."
        yield sheet.refuse("Nobody could subscribe as this partner.", "delivery", "carrier", cure=cure)


def _workspace(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    if delivery.format != SHEET:
        yield sheet.refuse("A page is read by people.", "delivery", "format", cure="Write format: sheet.")
    for n, address in enumerate(delivery.mail):
        if not _MAIL.fullmatch(address):
            yield sheet.refuse(
                "This is no mail address.", "delivery", "mail", n, cure="Write it as desk@clinic.example."
            )
    if delivery.url:
        yield from _http(sheet, delivery)
        if not delivery.secret:
            cure = "Write secret: and the name of what signs it, which lies in the secrets folder."
            yield sheet.refuse("This webhook could come from anybody.", "delivery", "url", cure=cure)


_CARRIERS: Final[Mapping[str, Callable[[Sheet, Delivery], Iterator[Misconfigured]]]] = {
    "mllp": _mllp,
    "http": _http,
    "folder": _folder,
    "sftp": _sftp,
    "eido": _eido,
    "workspace": _workspace,
}


def _network(sheet: Sheet, delivery: Delivery, host: str, key: str, *, open_wire: bool) -> Iterator[Misconfigured]:
    options = delivery.options
    declared = options.get("network", NETWORKS[0])
    if declared not in NETWORKS:
        cure = near(declared, list(NETWORKS))
        yield sheet.refuse("There is no such network.", "delivery", "options", "network", cure=cure)
    elif loopback(host) != (declared == "loopback"):
        yield sheet.refuse(
            f"This address is {'' if loopback(host) else 'not '}this machine's own, and options.network is {declared}.",
            *("delivery", key),
            cure="If the address is meant, correct options.network.",
        )
    elif open_wire and declared != "loopback":
        yield from _plain(sheet, options)


def _plain(sheet: Sheet, options: Mapping[str, str]) -> Iterator[Misconfigured]:
    until = over(options.get("plain_until", ""), "UTC")
    if until is None or not options.get("plain_reason", "").strip():
        yield sheet.refuse(
            "This would send personal data in the clear.",
            "delivery",
            cure="Use TLS, or give options.plain_reason and options.plain_until, a day.",
        )
    elif until <= sheet.at:
        yield sheet.refuse(
            "Sending in the clear was allowed until a day that is over.",
            *("delivery", "options", "plain_until"),
            cure="Use TLS, or decide anew until when.",
        )


def _patience(sheet: Sheet, delivery: Delivery) -> Iterator[Misconfigured]:
    if delivery.first_wait_s > delivery.longest_wait_s:
        yield sheet.refuse(
            "The first wait is longer than the longest.", "delivery", "first_wait_s", cure="Correct one of the two."
        )
    if delivery.window and not _WINDOW.fullmatch(delivery.window):
        yield sheet.refuse("These are not hours.", "delivery", "window", cure="Write them as 08:00-18:00.")
