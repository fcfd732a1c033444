"""The delimiters a message declares in MSH-1 and MSH-2, and the escapes that let text contain them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from hub.errors import Unmapped, Unreadable

# A role that nobody plays. Segments never contain CR, so looking for it is a plain "no" without a second question.
OFF: Final = "\r"
# What may separate fields: punctuation of ASCII, but not the quote, of which NULL is made.
SEPARATOR: Final = r"[!#-/:-@\[-^`{-~]"
RECOMMENDED: Final = "^~\\&"
ROLES: Final = 5
# What senders write when their own code ate or doubled a character of MSH-2; they go on to use the recommended four.
_MISSPELT: Final = {"": RECOMMENDED, "~\\&": RECOMMENDED, "^~\\\\&": RECOMMENDED}


class Raw(str):
    """Text already spelled for the wire: the writer copies it and escapes nothing."""

    __slots__ = ()


# The two quotes by which HL7 says "delete what you have"; absent or empty means "no change".
NULL: Final = Raw('""')


class Marks(NamedTuple):
    """The six characters a message is cut by; `OFF` where the sender named none."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str
    truncation: str


@lru_cache(maxsize=64)
def marks(separator: str, spelled: str) -> Marks:
    r"""The marks of MSH-1 and MSH-2. A character named twice keeps its first role; a role not named is off.

    Raises Unreadable when MSH-2 holds letters, digits, blanks or control characters.

    >>> marks("|", "^~\\&#").truncation
    '#'
    >>> marks("|", "^&&^").subcomponent == OFF
    True
    """
    named = spelled.strip() if separator in RECOMMENDED else _MISSPELT.get(spelled.strip(), spelled.strip())
    if any(mark.isalnum() or mark.isspace() or not mark.isprintable() for mark in named[:ROLES]):
        message = "MSH-2 holds letters, digits, blanks or control characters where the delimiters belong."
        raise Unreadable(message, at="MSH-2", cure="The sender must write the delimiters there, such as ^~\\&.")
    taken = separator
    roles = []
    for mark in named[:ROLES].ljust(ROLES, OFF):
        roles.append(OFF if mark in taken else mark)
        taken += mark
    return Marks(separator, *roles)


STANDARD: Final = marks("|", RECOMMENDED)


def unescape(text: str, by: Marks) -> str:
    r"""Text as its author meant it: `\F\ \S\ \T\ \R\ \E\ \P\ \.br\ \Xhh\` and ISO 2022 shifts resolved.

    An escape that is unknown, or that names a mark the message does not have, stays as it is spelled.

    >>> unescape("AT\\T\\T 5\\.br\\\\Zq\\", STANDARD)
    'AT&T 5\n\\Zq\\'
    """
    if by.escape == OFF:
        return text
    if f"{by.escape}M" in text:
        text = _shift(by.escape).sub(lambda found: _shifted(found, by), text)
    return _resolve(text, by)


def escape(text: str, by: Marks) -> str:
    r"""Text spelled for the wire: no mark, line end or control character is left that could end a field, segment or frame.

    Raises Unmapped when the marks have no escape character and the text needs one.

    >>> escape("a|b\nc\x1c", STANDARD)
    'a\\F\\b\\.br\\c\\X1C\\'
    >>> escape('""', STANDARD)
    '\\X22\\"'
    """
    if text == NULL:
        # Two quotes that somebody typed must not become the order to delete.
        return text.replace('"', f"{by.escape}X22{by.escape}", 1)
    dangerous, spellings = _spellings(by)
    if not dangerous.search(text):
        return text
    if by.escape == OFF:
        message = "The text holds a delimiter and MSH-2 names no escape character."
        raise Unmapped(message, cure="Write with the recommended delimiters ^~\\&.")
    return text.translate(spellings)


def _resolve(text: str, by: Marks) -> str:
    return _escapes(by).sub(_meaning(by), text)


@lru_cache(maxsize=64)
def _escapes(by: Marks) -> re.Pattern[str]:
    mark = re.escape(by.escape)
    return re.compile(f"{mark}([FSTREP]|\\.br|\\.BR|X(?:[0-9A-Fa-f]{{2}})+){mark}")


@lru_cache(maxsize=64)
def _meaning(by: Marks) -> Callable[[re.Match[str]], str]:
    roles = zip("FSRETP", by, strict=True)
    known = {name: mark for name, mark in roles if mark != OFF} | {".br": "\n", ".BR": "\n"}

    def meaning(found: re.Match[str]) -> str:
        name = found[1]
        return _hex(found) if name[0] == "X" else known.get(name, found[0])

    return meaning


def _hex(found: re.Match[str]) -> str:
    data = bytes.fromhex(found[1][1:])
    if 0 in data:  # binary, not text
        return found[0]
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


@lru_cache(maxsize=64)
def _shift(mark: str) -> re.Pattern[str]:
    mark = re.escape(mark)
    # From a multi-byte set to the next shift back to a single-byte one, or to the end.
    return re.compile(
        f"{mark}M((?:[0-9A-F]{{2}}){{2,3}}){mark}(.*?)(?:{mark}C(?:[0-9A-F]{{2}}){{2}}{mark}|$)", re.DOTALL
    )


def _shifted(found: re.Match[str], by: Marks) -> str:
    try:
        data = _resolve(found[2], by).encode("ascii")
        return (b"\x1b" + bytes.fromhex(found[1]) + data).decode("iso2022_jp_ext") or found[0]
    except UnicodeError:
        return found[0]


@lru_cache(maxsize=64)
def _spellings(by: Marks) -> tuple[re.Pattern[str], dict[int, str]]:
    mark = by.escape
    control = {code: f"{mark}X{code:02X}{mark}" for code in range(0x20) if code != ord("\t")}
    roles = {ord(role): f"{mark}{name}{mark}" for name, role in zip("FSRETP", by, strict=True) if role != OFF}
    spellings = control | roles | {ord("\n"): f"{mark}.br{mark}"}
    return re.compile("[" + re.escape("".join(map(chr, spellings))) + "]"), spellings
