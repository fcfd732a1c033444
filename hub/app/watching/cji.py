"""The CJI profile: what must hold before a hub keeps criminal history. Asked for by `cji: true`, tested at every start.

CJIS Security Policy: IA-2 (several factors), AC-11 (a session locks after 30 minutes), SC-13 (validated cryptography). The
wheels of `cryptography` on PyPI bring an OpenSSL that is not validated; a validated one refuses MD5, which is how it is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Misconfigured
from hub.settings import Settings

# Known answers: SP 800-38D (AES-256-GCM, all zeros), RFC 4231 test case 2, FIPS 180-4 "abc".
_GCM = bytes.fromhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
_MAC = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
_SHA = bytes.fromhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
_CURE = "Run on a Python and a `cryptography` built against a validated OpenSSL in FIPS mode, or leave cji out."


def lacks(settings: Settings) -> Iterator[str]:
    """What the profile asks for and is not there, in words."""
    if not settings.console.issuer:
        yield "people sign in with passwords kept here"
    if not settings.tls.certificate:
        yield "there is no certificate, so that nothing travels under TLS"
    yield from wrong_answers()
    if not validated():
        yield "the cryptography is not a validated one: it computes MD5"


def require(settings: Settings) -> None:
    """Refuse to start a hub that asks for the profile and does not meet it. Raises Misconfigured naming everything."""
    if settings.cji and (missing := list(lacks(settings))):
        raise Misconfigured(f"The CJI profile is not met: {'; '.join(missing)}.", at="cji", cure=_CURE)


def validated() -> bool:
    """Whether both libraries run in a mode that refuses what is not approved."""
    try:
        hashes.Hash(hashes.MD5())  # noqa: S303 - nothing is hashed: whether it is refused is the question
    except UnsupportedAlgorithm:
        pass
    else:
        return False
    try:
        hashlib.md5(b"")  # noqa: S324 - as above
    except ValueError:
        return True
    return False


def wrong_answers() -> Iterator[str]:
    """What the self-test finds: an algorithm whose known answer does not come out, or that takes an altered tag."""
    zero = AESGCM(bytes(32))
    if zero.encrypt(bytes(12), bytes(16), None) != _GCM:
        yield "AES-256-GCM gives a wrong answer"
    try:
        zero.decrypt(bytes(12), _GCM[:-1] + bytes([_GCM[-1] ^ 1]), None)
    except InvalidTag:
        pass
    else:
        yield "AES-256-GCM takes an altered tag"
    mac = hmac.HMAC(b"Jefe", hashes.SHA256())
    mac.update(b"what do ya want for nothing?")
    if mac.finalize() != _MAC:
        yield "HMAC-SHA-256 gives a wrong answer"
    if hashlib.sha256(b"abc").digest() != _SHA:
        yield "SHA-256 gives a wrong answer"
