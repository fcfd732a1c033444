"""How a text on the wire becomes a value of the model, and back. `None` from a reader means: this text is not one."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec

from hub.errors import Misconfigured
from hub.lens import patterns, times
from hub.lens.tables import Table
from hub.model.values import Code, Instant, PartialDate

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class Setting(NamedTuple):
    """Where a conversion is made: its words in the line, the code tables, the instant they count at, the wire's way with dates."""

    args: tuple[str, ...]
    tables: Mapping[str, Table]
    at: int
    spelling: str


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """One way of reading a text and writing it again. `zoned` ones get the zone name as a second argument."""

    makes: type
    read: Callable[..., Any] | None = None
    write: Callable[..., Any] | None = None
    zoned: bool = False
    # Takes and gives the texts of several places, instead of one.
    parts: bool = False
    codes: Mapping[str, Code] | None = None
    table: str = ""


SPELLINGS = {
    "compact": (times.compact_instant, times.write_compact, times.compact_date, times.write_compact_date),
    "iso": (times.iso_instant, times.write_iso, times.iso_date, times.write_iso_date),
}
# Dates that keep the time of day they came with.
EXACT = {"compact": times.exact_compact_date, "iso": times.exact_iso_date}


def integer(text: str) -> int | None:
    """A whole number of at most 18 digits.

    >>> integer("12"), integer("12.0")
    (12, None)
    """
    return int(text) if INTEGER.fullmatch(text) else None


def number(text: str) -> str | None:
    """A number, as it was spelled."""
    return text if NUMBER.fullmatch(text) else None


def degrees(most: int) -> Callable[[str], str | None]:
    """What reads a latitude or a longitude: a number, as it was spelled, of at most so many degrees.

    >>> degrees(90)("33.4"), degrees(90)("-112.07")
    ('33.4', None)
    """

    def read(text: str) -> str | None:
        return text if NUMBER.fullmatch(text) and abs(float(text)) <= most else None

    return read


PHONE_SIGNS = re.compile(r"[\s().-]+")
STRUCTURED = re.compile(r"(=|<>|<=|>=|<|>)?([+-]?\d+(?:\.\d*)?)?(?:([-+/.:])(\d+(?:\.\d*)?))?", re.ASCII)


def phone(parts: tuple[str, ...]) -> str | None:
    """A telephone number from country, area, local number and extension.

    >>> phone(("1", "512", "555-0001", "7")), phone(("", "", "5550001", ""))
    ('+1 512 5550001 x7', '5550001')
    """
    country, area, local, extension = (PHONE_SIGNS.sub("", p) for p in (*parts, "", "", "", "")[:4])
    if not local:
        return None
    return " ".join(p for p in (country and f"+{country.lstrip('+')}", area, local, extension and f"x{extension}") if p)


def phone_parts(text: str) -> tuple[str, ...]:
    """Country, area, local number and extension again; nothing when it is spelled in another way."""
    words = text.split(" ")
    country = words.pop(0)[1:] if len(words) > 1 and words[0].startswith("+") else ""
    extension = words.pop()[1:] if len(words) > 1 and words[-1].startswith("x") else ""
    found = country, words[0] if len(words) == 2 else "", words[-1], extension
    return found if phone(found) == text else ()


def structured(parts: tuple[str, ...]) -> str | None:
    """A number with its comparator, a range or a ratio (HL7 SN), as one spelling.

    >>> structured((">", "100", "", "")), structured(("", "1", ":", "128"))
    ('>100', '1:128')
    """
    text = "".join(parts)
    return text if STRUCTURED.fullmatch(text) else None


def structured_parts(text: str) -> tuple[str, ...]:
    """Comparator, first number, separator, second number."""
    found = STRUCTURED.fullmatch(text)
    return tuple(part or "" for part in found.groups()) if found else ("", text, "", "")


# Units of time as senders spell them, in seconds; who names none means minutes.
SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("", "m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600),
}


def minutes(parts: tuple[str, ...]) -> int | None:
    """How many minutes a number of units is, if they are whole.

    >>> minutes(("60", "s")), minutes(("2", "H")), minutes(("45", "")), minutes(("20", "s"))
    (1, 120, 45, None)
    """
    count, unit = (*parts, "")[:2]
    whole, rest = divmod((integer(count) or 0) * SECONDS.get(unit.lower(), 0), 60)
    return whole if whole > 0 and not rest else None


def minutes_parts(count: int) -> tuple[str, ...]:
    """The number and its unit again."""
    return str(count), "min"


AUTHORITIES = {"ISO": "urn:oid:", "UUID": "urn:uuid:", "GUID": "urn:uuid:"}
# What is spelled as an object identifier is one, whichever kind its sender calls it.
OID = re.compile(r"[012](?:\.(?:0|[1-9]\d*)){4,}", re.ASCII)


def authority(parts: tuple[str, ...]) -> str | None:
    """Who assigned a number and is known by a number, and of which kind (HL7 HD without a name), as an address.

    >>> authority(("2.16.840.1.113883.19.5", "ISO")), authority(("hospital.example.org", "DNS"))
    ('urn:oid:2.16.840.1.113883.19.5', 'hospital.example.org')
    """
    number, kind = (*parts, "")[:2]
    known = AUTHORITIES.get(kind.upper()) or ("urn:oid:" if OID.fullmatch(number) else "")
    return f"{known}{number}" if number else None


def authority_parts(text: str) -> tuple[str, ...]:
    """The number and its kind again."""
    kind, start = next(((kind, start) for kind, start in AUTHORITIES.items() if text.startswith(start)), ("", ""))
    return text[len(start) :], kind


ENCLOSED = "data:;base64,"


def enclosed(parts: tuple[str, ...]) -> str | None:
    """A document from its encoding and data (HL7 ED): its text, or what is no text as a data URI without a type (RFC 2397).

    >>> enclosed(("Base64", "SGVsbG8=")), enclosed(("Base64", "/9j/4A==")), enclosed(("A", "Hello"))
    ('Hello', 'data:;base64,/9j/4A==', 'Hello')
    """
    encoding, data = (*parts, "")[:2]
    if encoding.lower() in ("", "a"):
        return data
    body = _unpacked(encoding.lower(), data)
    if body is None:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return ENCLOSED + b64encode(body).decode()


def _unpacked(encoding: str, data: str) -> bytes | None:
    if encoding not in ("base64", "hex"):
        return None
    try:
        return bytes.fromhex(data) if encoding == "hex" else b64decode(data, validate=True)
    except ValueError:
        return None


def enclosed_parts(text: str) -> tuple[str, ...]:
    """Encoding and data again."""
    return "Base64", text.removeprefix(ENCLOSED) if text.startswith(ENCLOSED) else b64encode(text.encode()).decode()


def media(parts: tuple[str, ...]) -> str:
    """A media type from type and subtype, as senders spell them.

    >>> media(("application", "PDF")), media(("", "RTF"))
    ('application/pdf', 'rtf')
    """
    return "/".join(part.lower() for part in parts if part)


def media_parts(text: str) -> tuple[str, ...]:
    """Type and subtype; a word alone is a subtype."""
    kind, slash, below = text.partition("/")
    return (kind, below) if slash else ("", kind)


def _enclosed(_: Setting) -> Conversion:
    return Conversion(makes=str, read=enclosed, write=enclosed_parts, parts=True)


def _media(_: Setting) -> Conversion:
    return Conversion(makes=str, read=media, write=media_parts, parts=True)


def _phone(_: Setting) -> Conversion:
    return Conversion(makes=str, read=phone, write=phone_parts, parts=True)


def _structured(_: Setting) -> Conversion:
    return Conversion(makes=str, read=structured, write=structured_parts, parts=True)


def _minutes(_: Setting) -> Conversion:
    return Conversion(makes=int, read=minutes, write=minutes_parts, parts=True)


def _authority(_: Setting) -> Conversion:
    return Conversion(makes=str, read=authority, write=authority_parts, parts=True)


def _text(_: Setting) -> Conversion:
    return Conversion(makes=str)


def _number(_: Setting) -> Conversion:
    return Conversion(makes=str, read=number, write=lambda value: number(value) or "")


def _latitude(_: Setting) -> Conversion:
    return Conversion(makes=str, read=degrees(90))


def _longitude(_: Setting) -> Conversion:
    return Conversion(makes=str, read=degrees(180))


def _integer(_: Setting) -> Conversion:
    return Conversion(makes=int, read=integer, write=str)


def _variants(word: str) -> tuple[str, ...]:
    """A flag as senders spell it."""
    return {"Y": ("Y", "y", "YES", "Yes", "yes"), "N": ("N", "n", "NO", "No", "no")}.get(word, (word,))


def _flag(said: Setting) -> Conversion:
    yes, no = said.args or (("Y", "N") if said.spelling == "compact" else ("true", "false"))
    spelled = {word: value for said_so, value in ((yes, True), (no, False)) for word in _variants(said_so)}

    def read(text: str) -> bool | None:
        return spelled.get(text.strip())

    return Conversion(makes=bool, read=read, write={True: yes, False: no}.__getitem__)


def _code(said: Setting) -> Conversion:
    table = _table("code", said)
    codes, wires = table.codes(said.at), table.wires(said.at)

    def write(value: Code) -> str:
        # A local code that is only the common one, in other letters than the table's, came from elsewhere: it is spelled as here.
        mine = codes.get(value.local) if value.local == value.code else known(codes, value.local)
        return value.local if mine is not None and mine.code == value.code else wires.get(value.code) or _local(value)

    return Conversion(makes=Code, codes=codes, write=write, table=table.name)


def _word(said: Setting) -> Conversion:
    table = _table("word", said)
    words, wires = table.words(said.at), table.wires(said.at)

    def read(text: str) -> str:
        return words.get(text, text)

    def write(value: str) -> str:
        return wires.get(value, value)

    return Conversion(makes=str, read=read, write=write, table=table.name)


def _instant(said: Setting) -> Conversion:
    if said.args and said.args[0] not in SPELLINGS:
        return _pattern_instant(" ".join(said.args))
    read, write, _, _ = SPELLINGS[said.args[0] if said.args else said.spelling]
    return Conversion(makes=Instant, read=read, write=write, zoned=True)


def _date(said: Setting) -> Conversion:
    if said.args == ("exact",):
        return Conversion(makes=PartialDate, read=SPELLINGS[said.spelling][2], write=EXACT[said.spelling])
    if said.args and said.args[0] not in SPELLINGS:
        return _pattern_date(" ".join(said.args))
    _, _, read, write = SPELLINGS[said.args[0] if said.args else said.spelling]
    return Conversion(makes=PartialDate, read=read, write=write)


def _pattern_instant(pattern: str) -> Conversion:
    read, write = patterns.instants(pattern)
    return Conversion(makes=Instant, read=read, write=write, zoned=True)


def _pattern_date(pattern: str) -> Conversion:
    read, write = patterns.dates(pattern)
    return Conversion(makes=PartialDate, read=read, write=write)


CONVERSIONS: dict[str, Callable[[Setting], Conversion]] = {
    "text": _text,
    "number": _number,
    "latitude": _latitude,
    "longitude": _longitude,
    "integer": _integer,
    "flag": _flag,
    "code": _code,
    "word": _word,
    "instant": _instant,
    "date": _date,
    "phone": _phone,
    "authority": _authority,
    "structured": _structured,
    "minutes": _minutes,
    "enclosed": _enclosed,
    "media": _media,
}
# Conversions that leave the text as it is: their elements count as mapped, all others as transformed.
PLAIN = frozenset({"text", "number", "latitude", "longitude"})


def default_for(kind: type) -> str:
    """The conversion a line means when it names none."""
    return {str: "text", int: "integer", bool: "flag", Instant: "instant", PartialDate: "date"}.get(kind, "")


def _table(conversion: str, said: Setting) -> Table:
    if len(said.args) != 1:
        raise Misconfigured(f'"as {conversion}" needs the name of one code table.')
    return table_of(said.args[0], said.tables)


def table_of(name: str, tables: Mapping[str, Table]) -> Table:
    """A table by its name. Raises Misconfigured with the nearest one."""
    if name not in tables:
        close = get_close_matches(name, tables, n=1)
        cure = f'Did you mean "{close[0]}"?' if close else f"Add {name}.csv to a folder of code tables."
        raise Misconfigured(f'there is no code table "{name}".', cure=cure)
    return tables[name]


def known(codes: Mapping[str, Code], text: str) -> Code | None:
    """The Code of a wire code; capitals and blanks do not tell codes apart."""
    return codes.get(text) or codes.get(text.strip().upper()) or codes.get(text.strip())


def _local(value: Code) -> str:
    return "" if value.code else value.local
