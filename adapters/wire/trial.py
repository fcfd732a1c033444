"""Messages that say of themselves that they are tests: about nobody, or about nothing that happened.

HL7 v2 says so in MSH-11 (table 0103), FHIR in the security label HTEST or, as v2-to-FHIR writes MSH-11, in a tag.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from adapters.wire import hl7v2
from hub.errors import Unreadable

# HL7 table 0103: debugging, non-production, training, validation. Nothing said there, and P, is production.
TESTS: Final = frozenset("DNTV")
# HL7 v3 ActReason: health system test data.
HTEST: Final = "HTEST"
PROCESSING: Final = "v2-0103"
_HEADER: Final = 4096


def where(body: bytes) -> str:
    r"""The place at which a message says that it is a test; empty where it says no such thing. Never raises.

    >>> where(b"MSH|^~\\&|EHR|H|HUB|C|||ADT^A01|7|T|2.5.1\r"), where(b"MSH|^~\\&|EHR|H|HUB|C|||ADT^A01|7|P|2.5.1\r")
    ('MSH-11', '')
    """
    if hl7v2.looks_like(body):
        return "MSH-11" if _processing(body).strip().upper() in TESTS else ""
    return _labelled(body) if b'"HTEST"' in body or b"v2-0103" in body else ""


def _processing(body: bytes) -> str:
    """The first component of MSH-11, at a glance where the header is plain."""
    line = body[:_HEADER].partition(b"\r")[0].partition(b"\n")[0]
    mark = line[3:4]
    if not line.startswith(b"MSH") or not line.isascii() or b"\0" in line or len(line) == _HEADER or not mark.strip():
        return _read(body)
    fields = line.decode("ascii").split(mark.decode("ascii"))
    return fields[10].split(fields[1][:1] or "^")[0] if len(fields) > 10 else ""


def _read(body: bytes) -> str:
    try:
        return hl7v2.read(body).value("MSH", 11) or ""
    except Unreadable:
        return ""


def _labelled(body: bytes) -> str:
    try:
        return _within(msgspec.json.decode(body), "$")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _within(node: Any, path: str) -> str:
    """The place of a resource, among all there are, whose `meta` says that it is a test."""
    if isinstance(node, list):
        return next((found for n, each in enumerate(node) if (found := _within(each, f"{path}[{n}]"))), "")
    if not isinstance(node, dict):
        return ""
    if isinstance(meta := node.get("meta"), dict) and "resourceType" in node:
        for name in ("security", "tag"):
            if any(map(_tests, meta[name] if isinstance(meta.get(name), list) else ())):
                return f"{path}.meta.{name}"
    return next((found for key, each in node.items() if (found := _within(each, f"{path}.{key}"))), "")


def _tests(coding: Any) -> bool:
    if not isinstance(coding, dict):
        return False
    code, system = coding.get("code"), str(coding.get("system", ""))
    return code == HTEST or (system.endswith(PROCESSING) and code in TESTS)
