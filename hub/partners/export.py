"""What is wrong with where a partner's own system leaves what it holds: its place, its hour, its token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from hub.errors import Misconfigured
from hub.partners.file import Export
from hub.partners.remote import SECRET
from hub.partners.sheet import Sheet, loopback
from hub.partners.words import NETWORKS

_HOUR: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def check(sheet: Sheet) -> Iterator[Misconfigured]:
    """Everything about `source.export`; nothing for a partner that names none."""
    export = sheet.partner.source.export if sheet.partner.source else None
    if export is None:
        return
    here = ("source", "export")
    if bool(export.path) == bool(export.url):
        yield sheet.refuse(
            "Where is this export?", *here, cure="Write path: and its folder, or url: and where to fetch it."
        )
    if not _HOUR.fullmatch(export.at):
        yield sheet.refuse("This is not a time of day.", *here, "at", cure="Write it as 06:00.")
    if export.url:
        yield from _fetched(sheet, export)


def _fetched(sheet: Sheet, export: Export) -> Iterator[Misconfigured]:
    here = ("source", "export")
    url = urlsplit(export.url)
    if (
        url.scheme not in {"http", "https"}
        or not url.hostname
        or url.username
        or url.fragment
        or not url.path.strip("/")
    ):
        cure = "Write url: as https://host/path, without user name, password or fragment."
        yield sheet.refuse("This is nowhere to fetch from.", *here, "url", cure=cure)
    elif url.scheme == "http" and not loopback(url.hostname):
        yield sheet.refuse("This would bring records in the clear.", *here, "url", cure="Use https.")
    elif export.network not in NETWORKS or loopback(url.hostname) != (export.network == "loopback"):
        cure = f"Write network: with one of {', '.join(NETWORKS)}."
        yield sheet.refuse("The url has not this kind of address.", *here, cure=cure)
    if not SECRET.fullmatch(export.secret):
        cure = "Write secret: and the name under which the token lies in the secrets folder: small letters, digits, dashes."
        yield sheet.refuse("The hub shows a token, and here is no name of one.", *here, cure=cure)
