"""Which characters the bytes stand for: MSH-18 in the names of table 0211 and in the names senders really use."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from hub.errors import Unreadable

# What to try when nobody said, best first. Each of them gives the very bytes back when it writes what it read.
GUESSES: Final = ("utf-8", "cp1252", "latin-1")
# Senders who declare 8859/1 or ASCII from Windows send its curly quotes; beyond those the two sets are equal.
_WESTERN: Final = ("cp1252", "latin-1")
# Shapes of names, after dropping case and everything but letters and digits.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "": GUESSES,
    **dict.fromkeys(("ASCII", "USASCII", "ISOIR6"), GUESSES),
    # Without a byte-order mark a message whose MSH-18 can be read is not UTF-16 or UTF-32, whatever it declares.
    **dict.fromkeys(("UNICODE", "UTF8", "UNICODEUTF8", "UNICODEUTF16", "UNICODEUTF32"), ("utf-8",)),
    **dict.fromkeys(("88591", "ISO88591", "ISOIR100", "LATIN1", "CP1252", "WINDOWS1252", "ANSI"), _WESTERN),
    **{f"{iso}8859{part}": (f"iso8859_{part}",) for iso in ("", "ISO") for part in (2, 3, 4, 5, 6, 7, 8, 9, 15)},
    **{f"WINDOWS{page}": (f"cp{page}",) for page in range(1250, 1259) if page != 1252},
    **dict.fromkeys(("ISOIR14", "ISOIR87", "ISOIR159", "ISO2022JP"), ("iso2022_jp_ext",)),
    **dict.fromkeys(("GB180302000", "GB18030", "GB2312", "GBK"), ("gb18030",)),
    **dict.fromkeys(("KSX1001", "EUCKR"), ("cp949",)),
    **dict.fromkeys(("BIG5",), ("big5hkscs",)),
    **dict.fromkeys(("SHIFTJIS", "SJIS"), ("cp932",)),
}
_BYTE_ORDER: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@lru_cache(maxsize=256)
def codecs(declared: str) -> tuple[str, ...]:
    """Python's names for a declared charset, in the order to try; empty when nobody knows the name.

    >>> codecs("unicode utf-8"), codecs("ASCII~8859/2"), codecs("wrong")
    (('utf-8',), ('iso8859_2',), ())
    """
    whole, *parts = (re.sub(r"[^A-Z0-9]", "", part.upper()) for part in (declared, *declared.split("~")))
    known = [found for found in map(_NAMES.get, (whole, *filter(None, parts))) if found]
    # Beside ASCII, which has no bytes beyond 127, the next repetition says what those are.
    return next((found for found in known if found is not GUESSES), known[0] if known else ())


def byte_order(body: bytes) -> str:
    """The codec that a byte-order mark announces, or nothing; that of UTF-8 needs no codec of its own."""
    return _BYTE_ORDER.get(body[:2], "")


@lru_cache(maxsize=256)
def candidates(declared: str, partner: str) -> tuple[str, ...]:
    """The codecs to try for a message, best first: what MSH-18 declares; when that says nothing, the partner's, then guesses.

    >>> candidates("ASCII", "8859/2")
    ('iso8859_2', 'utf-8', 'cp1252', 'latin-1')
    """
    wanted = codecs(declared)
    return (*codecs(partner), *GUESSES) if wanted is GUESSES and partner else wanted


def decode(body: bytes, wanted: tuple[str, ...]) -> tuple[str, str]:
    """The text and the codec that read it, the first of those wanted that can.

    Raises Unreadable when none is known or none can.

    >>> decode("Zoë".encode("latin-1"), candidates("", ""))
    ('Zoë', 'cp1252')
    """
    for codec in wanted:
        try:
            return body.decode(codec), codec
        except UnicodeError:
            continue
    wrong = (
        f"The bytes are not the {wanted[0]} that the message declares."
        if wanted
        else "The message declares an unknown charset."
    )
    raise Unreadable(wrong, at="MSH-18", cure="Correct MSH-18 at the sender, or name the charset in the partner file.")
