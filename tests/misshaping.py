"""Messages that are well-formed and misshapen: one value somewhere is of another kind, gone, or doubled, as no partner should send it."""

from __future__ import annotations

import copy
import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from adapters.wire.archive import pack, unzip
from hub.errors import Unreadable

GONE: Final = "\0gone"
TWICE: Final = "\0twice"
# What stands where a value was. Texts go into every syntax, the others into JSON alone.
TEXTS: Final = (
    *("", "9" * 400, "-", "NaN", "1e999", "0000-00-00", "2026-02-30T25:61:00Z", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-14:00", "12/31/9999 11:59:59 PM", "24:00", "POINT(abc)", "\u0663", "\u202e", "tel:", "<a>&"),
)
ODD: Final[tuple[Any, ...]] = (
    GONE,
    TWICE,
    *TEXTS,
    "\0",
    None,
    True,
    -1,
    10**400,
    [],
    {},
    [[]],
    [None],
    {"$ref": 1},
    {"a": {"a": {}}},
)


def misshapen(body: bytes, where: int, odd: Any) -> bytes:
    """A message whose value at one place, counted around, is something odd; what has no places stays as it is."""
    if body.startswith(b"PK"):
        return _archive(body, where, odd)
    match body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]:
        case b"{" | b"[":
            return _json(body, where, odd)
        case b"<":
            return _xml(body, where, odd)
        case b"M":
            return _fields(body, where, odd)
        case _:
            return _table(body, where, odd)


def _fields(body: bytes, where: int, odd: Any) -> bytes:
    """HL7 v2 is parts between separators."""
    bar = body[3:4]
    parts = body.split(bar)
    n = 2 + where % (len(parts) - 2)
    parts[n : n + 1] = [] if odd == GONE else [parts[n]] * 2 if odd == TWICE else [str(odd).encode()]
    return bar.join(parts)


def _json(body: bytes, where: int, odd: Any) -> bytes:
    whole = json.loads(body.decode("utf-8-sig"))
    places = list(_places(whole))
    node, step = places[where % len(places)]
    if odd == GONE:
        del node[step]
    elif odd == TWICE and isinstance(node, list):
        node.append(node[step])
    else:
        node[step] = copy.deepcopy(odd)
    return json.dumps(whole).encode()


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    for step in [*node] if isinstance(node, dict) else range(len(node)):
        yield node, step
        if isinstance(node[step], dict | list):
            yield from _places(node[step])


def _xml(body: bytes, where: int, odd: Any) -> bytes:
    root = etree.fromstring(body)
    every = [one for one in root.iter() if not callable(one.tag)]
    one = every[where % len(every)]
    above = one.getparent()
    if odd in (GONE, TWICE) and above is not None:
        above.remove(one) if odd == GONE else above.append(copy.deepcopy(one))
    elif odd in TEXTS:
        one.text = odd
    return etree.tostring(root)


def _table(body: bytes, where: int, odd: Any) -> bytes:
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig", "replace"))))
    cells = [(row, n) for row in rows for n in range(len(row))]
    if not cells:
        return body
    row, n = cells[where % len(cells)]
    if odd == GONE:
        del row[n]
    elif odd == TWICE:
        rows.append(row)
    elif odd in TEXTS:
        row[n] = odd
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _archive(body: bytes, where: int, odd: Any) -> bytes:
    try:
        files = dict(unzip(body, most=1 << 20, members=100))
    except Unreadable:
        return body
    name = sorted(files)[where % len(files)]
    return pack(files | {name: _table(files[name], where // len(files), odd)})
