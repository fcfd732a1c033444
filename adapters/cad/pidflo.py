"""Locations as PIDF-LO (RFC 4119, 5139, 5491): an XML document inside a JSON string, read safely and written again.

Entities, DTDs and the network are off; what declares a document type is refused before anything is resolved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from hub.errors import Unreadable

LARGEST: Final = 100_000
CIVIC: Final = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"
RULES: Final = {"retransmission-allowed": "retransmission", "retention-expiry": "expiry", "method": "method"}
# What is looked for, whatever its namespace: senders still use those of the drafts.
SIZES: Final = ("radius", "semiMajorAxis")
PATHS: Final = {
    **{word: tag for tag, word in RULES.items()},
    **{size: size for size in SIZES},
    **dict.fromkeys(("latitude", "longitude"), "pos"),
}
# Shapes that have one middle. A polygon has none, and a place is never made finer than it was sent.
ROUND: Final = ("Point", "Circle", "Ellipse")
TAGS: Final = tuple(f"{{*}}{name}" for name in ("civicAddress", *ROUND, *RULES))
# RFC 5491 knows two systems, latitude first; who names the third has the longitude first. Of any other nobody here knows the axes.
LATITUDE_FIRST: Final = re.compile(r"(?:|.*[:/#](?:4326|4979))", re.ASCII)
LONGITUDE_FIRST: Final = re.compile(r".*CRS84", re.ASCII)
DEGREES: Final = re.compile(r"[-+]?\d{1,3}(?:\.\d+)?", re.ASCII)
# How many metres the unit of a size has, by the end of its name; RFC 5491 wants metres.
METRES: Final = {"": 1.0, "9001": 1.0, "9002": 0.3048}
# Where a street line is made of; RFC 5139 sections 3.1 and 3.2.
STREET: Final = ("HNO", "HNS", "PRD", "RD", "STS", "POD")
# How senders spell that a location may not be passed on.
NO: Final = frozenset({"false", "no", "0"})


def read(text: str) -> dict[str, str]:
    """The parts of a location by name: civic ones by their own, the others by ours.

    Ours are `latitude`, `longitude`, `radius`, `method`, `retransmission` and `expiry`. Of several locations the first
    counts. Raises Unreadable when it is no XML, too large, or declares a document type.

    >>> doc = '<a><location-info><ca:civicAddress xmlns:ca="%s"><ca:A3>Springfield</ca:A3></ca:civicAddress></location-info></a>'
    >>> read(doc % CIVIC)
    {'A3': 'Springfield'}
    """
    found: dict[str, str] = {}
    for node in _parsed(text).iter(*TAGS):
        name = _local(node)
        if name == "civicAddress":
            if not found.keys() & {"country", "A1", "A3"}:
                found |= {_local(part): part.text.strip() for part in node.iterchildren(etree.Element) if part.text}
        elif name in RULES:
            found.setdefault(RULES[name], (node.text or "").strip())
        elif "latitude" not in found:
            found |= _round(node)
    return {name: text for name, text in found.items() if text}


def _round(shape: etree._Element) -> dict[str, str]:
    """The middle of a shape, and how far it reaches. A third number is an altitude, which nobody asked for."""
    middle = next(shape.iterchildren("{*}pos"), None)
    numbers = (middle.text or "").split() if middle is not None else []
    srs = next((said for node in (middle, shape) if node is not None and (said := node.get("srsName"))), "")
    if LONGITUDE_FIRST.fullmatch(srs):
        numbers[:2] = numbers[1::-1]
    elif not LATITUDE_FIRST.fullmatch(srs):
        return {}
    if len(numbers) not in (2, 3) or not (_degrees(numbers[0], 90) and _degrees(numbers[1], 180)):
        return {}
    sizes = {_local(node): _metres(node) for node in shape.iterchildren(*(f"{{*}}{size}" for size in SIZES))}
    return {"latitude": numbers[0], "longitude": numbers[1]} | sizes


def _degrees(text: str, most: int) -> bool:
    return DEGREES.fullmatch(text) is not None and abs(float(text)) <= most


def _metres(size: etree._Element) -> str:
    """A size in metres; nothing where it is no number, or in a unit that nobody here knows."""
    text, unit = (size.text or "").strip(), METRES.get(size.get("uom", "").rpartition(":")[2])
    try:
        return text if unit == 1.0 else f"{float(text) * unit:.6g}" if unit else ""
    except ValueError:
        return ""


def path(name: str) -> str:
    """Where a part stands in the XML, for the account.

    >>> path("A3"), path("latitude"), path("expiry")
    ('civicAddress.A3', 'pos', 'retention-expiry')
    """
    return PATHS.get(name) or f"civicAddress.{name}"


def elements(text: str) -> list[str]:
    """The places of all elements that hold text, for the account."""
    nodes = [node for node in _parsed(text).iter(etree.Element) if (node.text or "").strip()]
    return [f"civicAddress.{_local(node)}" if _outer(node) == "civicAddress" else _local(node) for node in nodes]


def _outer(node: etree._Element) -> str:
    outer = node.getparent()
    return "" if outer is None else _local(outer)


def _local(node: etree._Element) -> str:
    tag: str = node.tag  # never a comment: those are not asked for
    return tag[tag.rfind("}") + 1 :]


def _parsed(text: str) -> etree._Element:
    if len(text) > LARGEST:
        raise Unreadable(f"the location is larger than {LARGEST} characters.")
    if "<!DOCTYPE" in text:
        raise Unreadable("the location declares a document type, which is refused.")
    # A parser of its own for each document: lxml's parsers hold state, and adapters hold none.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("the location is not well-formed XML.") from error


def write(parts: Mapping[str, str], *, forward: bool) -> str:
    """A location by its parts. `forward`: whether the recipient may pass it on; when not, it says so.

    >>> read(write({"A3": "Springfield", "latitude": "41.76", "longitude": "-88.26"}, forward=True))["latitude"]
    '41.76'
    """
    shape = _circle(parts) + _civic(parts)
    method = f"<gp:method>{escape(parts['method'])}</gp:method>" if parts.get("method") else ""
    return (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"'
        ' xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
        ' entity="pres:location@crisis-hub.invalid"><dm:device id="place"><gp:geopriv>'
        f"<gp:location-info>{shape}</gp:location-info>{_rules(parts, forward=forward)}{method}"
        "</gp:geopriv></dm:device></presence>"
    )


def _rules(parts: Mapping[str, str], *, forward: bool) -> str:
    expiry = parts.get("expiry")
    inner = "" if forward else "<gbp:retransmission-allowed>false</gbp:retransmission-allowed>"
    inner += f"<gbp:retention-expiry>{escape(expiry)}</gbp:retention-expiry>" if expiry else ""
    return f"<gp:usage-rules>{inner}</gp:usage-rules>"


def _civic(parts: Mapping[str, str]) -> str:
    found = "".join(
        f"<{name}>{escape(text)}</{name}>" for name, text in parts.items() if name.isupper() or name == "country"
    )
    return f'<civicAddress xmlns="{CIVIC}">{found}</civicAddress>' if found else ""


def _circle(parts: Mapping[str, str]) -> str:
    if not (parts.get("latitude") and parts.get("longitude")):
        return ""
    pos = f"<gml:pos>{escape(parts['latitude'])} {escape(parts['longitude'])}</gml:pos>"
    gml, srs = 'xmlns:gml="http://www.opengis.net/gml"', 'srsName="urn:ogc:def:crs:EPSG::4326"'
    if not parts.get("radius"):
        return f"<gml:Point {gml} {srs}>{pos}</gml:Point>"
    radius = f'<gs:radius uom="urn:ogc:def:uom:EPSG::9001">{escape(parts["radius"])}</gs:radius>'
    return f'<gs:Circle xmlns:gs="http://www.opengis.net/pidflo/1.0" {gml} {srs}>{pos}{radius}</gs:Circle>'


def street(line: str) -> dict[str, str]:
    """House number and road of a street line, as far as they can be told apart.

    >>> street("42 W Main Street"), street("Main St at 4th Ave")
    ({'HNO': '42', 'RD': 'W Main Street'}, {'RD': 'Main St at 4th Ave'})
    """
    number, _, road = line.partition(" ")
    return {"HNO": number, "RD": road} if number[:1].isdigit() and road else {"RD": line}
