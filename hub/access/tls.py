"""TLS for partners: contexts that insist on a certificate from both sides, and the names a certificate carries."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from hub.errors import Misconfigured


def server(certificate: Path, key: Path, authority: Path) -> ssl.SSLContext:
    """The hub as a server: shows `certificate`, and lets in only clients whose certificate `authority` (PEM) signed.

    Raises Misconfigured naming the file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return _loaded(context, certificate, key, authority)


def client(certificate: Path | None, key: Path | None, authority: Path | None) -> ssl.SSLContext:
    """The hub as a client: checks the server's name against `authority`, or the system's authorities when None.

    Raises Misconfigured naming the file that cannot be used.
    """
    context = ssl.create_default_context() if authority is None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _loaded(context, certificate, key, authority)


def _loaded(
    context: ssl.SSLContext, certificate: Path | None, key: Path | None, authority: Path | None
) -> ssl.SSLContext:
    # Versions before 1.2 are prohibited (RFC 8996).
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        _load(certificate, lambda: context.load_cert_chain(certificate, key))
    if authority:
        _load(authority, lambda: context.load_verify_locations(authority))
    return context


def _load(path: Path, act: Callable[[], None]) -> None:
    try:
        act()
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(
            f"This certificate, its key or authority cannot be used ({type(error).__name__}).",
            at=str(path),
            cure="It must be PEM, readable by the hub, and the key must belong to the certificate.",
        ) from error


def names(certificate: Mapping[str, object] | None) -> frozenset[str]:
    """The names a peer's verified certificate (as `getpeercert()` gives it) carries: DNS and URI alternatives, in lower case.

    The common name does not count: RFC 9525 retired it.

    >>> sorted(names({"subjectAltName": (("DNS", "EHR.hospital.example"), ("email", "a@b.example"))}))
    ['ehr.hospital.example']
    """
    found = (certificate or {}).get("subjectAltName", ())
    pairs = found if isinstance(found, tuple) else ()
    return frozenset(name.lower() for kind, name in pairs if kind in {"DNS", "URI"})
