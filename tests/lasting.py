"""The example's traffic is of one day: its consents end a year later, and tests go on."""

from __future__ import annotations


def lasting(body: bytes) -> bytes:
    """A message of the example in which what ends in March 2027 lasts.

    >>> lasting(b'"end": "2027-03-11T00:00:00-07:00"')
    b'"end": "2039-03-11T00:00:00-07:00"'
    """
    return body.replace(b"2027-03-11", b"2039-03-11")
