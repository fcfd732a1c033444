"""Files of many messages: FHS, BHS, BTS and FTS around them, or several MSH one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Final

from adapters.wire.hl7v2.marks import SEPARATOR
from hub.errors import Unreadable

_HEAD: Final = re.compile(
    rf"(?:\A[^A-Za-z0-9]{{0,9}}|(?<=[\r\n\x0b\x1c]))(MSH|FHS|BHS|BTS|FTS)(?={SEPARATOR}|[\r\n]|\Z)".encode()
)
_PROMISE: Final = re.compile(rf"(?<=[\r\n])BTS{SEPARATOR}(\d{{1,9}})".encode())
_MOST: Final = 100_000
_ENVELOPES: Final = (b"FHS", b"BHS", b"BTS", b"FTS")


def split_batch(body: bytes, *, most: int = _MOST) -> Iterator[bytes]:
    r"""Each message of a batch, from its MSH to the next message or the end of the batch, byte for byte.

    One message alone, or bytes without any, come back as they are: `read` will say what they lack. An empty batch is empty.
    Raises Unreadable, before the first, when there are more than `most` messages and envelopes.

    >>> list(split_batch(b"BHS|^~\\&\rMSH|^~\\&|1\rPID|1\rMSH|^~\\&|2\rBTS|2\r"))
    [b'MSH|^~\\&|1\rPID|1\r', b'MSH|^~\\&|2\r']
    """
    if body.startswith(b"MSH") and body.count(b"MSH") == 1 and not any(word in body for word in _ENVELOPES):
        return iter((body,))
    heads = [(head.start(1), head[1] == b"MSH") for head in islice(_HEAD.finditer(body), most + 1)]
    if len(heads) > most:
        raise Unreadable(
            f"The batch has more than {most} messages.", at=f"message {most + 1}", cure="Send smaller batches."
        )
    if not heads or (heads[1:] == [] and heads[0][1]):
        return iter((body,))
    ends = pairwise([*heads, (len(body), False)])
    return (body[start:end] for (start, message), (end, _) in ends if message)


def shortfall(body: bytes) -> int:
    r"""How many messages the trailers (BTS-1) promise that are not there; negative when there are more; 0 when nothing is promised.

    >>> shortfall(b"BHS|^~\\&\rMSH|^~\\&|1\rBTS|2\r")
    1
    """
    promised = [int(number) for number in _PROMISE.findall(body)]
    return sum(promised) - sum(head[1] == b"MSH" for head in _HEAD.finditer(body)) if promised else 0
