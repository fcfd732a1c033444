"""Signed webhooks, as https://www.standardwebhooks.com has them: who receives one knows that it is ours, whole and fresh."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from hub.errors import NotAllowed
from hub.spans import SECOND

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
# A signature older or newer than this is refused: whoever recorded one cannot use it later.
WINDOW_S: Final = 300


def signed(secret: str, message: str, body: bytes, at: int) -> dict[str, str]:
    """The headers that sign a body: its id, when (UTC microseconds, sent as seconds) and an HMAC over all three.

    >>> sorted(signed("secret", "m1", b"{}", 1_773_604_800_000_000))
    ['webhook-id', 'webhook-signature', 'webhook-timestamp']
    """
    seconds = str(at // SECOND)
    return {ID: message, TIMESTAMP: seconds, SIGNATURE: f"v1,{_mac(secret, message, seconds, body)}"}


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: int) -> str:
    """The id of a signed message. Raises NotAllowed when the signature is not ours, or not of this time."""
    message, seconds = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not seconds.isdecimal() or abs(now // SECOND - int(seconds[:12])) > WINDOW_S:
        raise NotAllowed("The signature is not of this time.")
    ours = f"v1,{_mac(secret, message, seconds, body)}".encode()
    if not any(hmac.compare_digest(ours, each.encode()) for each in headers.get(SIGNATURE, "").split(" ")):
        raise NotAllowed("The signature does not belong to this body.")
    return message


def _mac(secret: str, message: str, seconds: str, body: bytes) -> str:
    content = f"{message}.{seconds}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    """The key of a secret: `whsec_` and base64, as receivers of such webhooks write it, or the text itself."""
    return base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
