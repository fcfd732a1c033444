"""Locations inside a message: read as fine as they were sent, and never resolved beyond themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.cad import pidflo
from hub.errors import Unreadable
from tests.samples import every, samples

BOMB = "<!DOCTYPE b [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(9))


def sample(name: str) -> dict[str, str]:
    return pidflo.read(samples(f"public_safety/pidf_lo/{name}.xml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "hostile",
    [
        f"{BOMB}]><presence>&e8;</presence>",
        '<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><presence>&e;</presence>',
        '<!DOCTYPE p SYSTEM "http://192.0.2.1/p.dtd"><presence/>',
    ],
)
def test_a_document_type_is_refused_before_anything_is_resolved(hostile: str) -> None:
    with pytest.raises(Unreadable, match="document type"):
        pidflo.read(hostile)


@pytest.mark.parametrize("wrong", ["", "plain words", "<presence>", "<a>&unknown;</a>", "<a>\x00</a>", "<a/>" * 2])
def test_what_is_no_xml_is_refused_and_not_quoted(wrong: str) -> None:
    with pytest.raises(Unreadable) as refused:
        pidflo.read(wrong)

    assert str(refused.value) == "the location is not well-formed XML."


def test_a_location_that_is_too_large_is_refused() -> None:
    with pytest.raises(Unreadable, match="larger than"):
        pidflo.read(f"<a>{'x' * pidflo.LARGEST}</a>")


def test_a_circle_has_a_middle_and_a_radius() -> None:
    found = sample("DeviceCircleLocation")

    assert (found["latitude"], found["longitude"], found["radius"]) == ("41.760537", "-88.261914", "50")


def test_a_polygon_has_no_middle_and_gets_none() -> None:
    found = sample("RFC5491TuplePolygonLocation")

    assert "latitude" not in found


def test_of_two_civic_addresses_the_first_counts_whole() -> None:
    civic = '<ca:civicAddress xmlns:ca="{}"><ca:A3>{}</ca:A3>{}</ca:civicAddress>'
    first = civic.format(pidflo.CIVIC, "First", "")

    found = pidflo.read(f"<a>{first}{civic.format(pidflo.CIVIC, 'Second', '<ca:RD>Elm</ca:RD>')}</a>")

    assert found == {"A3": "First"}


@pytest.mark.parametrize("path", every("public_safety/pidf_lo/*.xml"))
def test_every_sample_is_read_and_every_part_has_its_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    parts, places = pidflo.read(text), pidflo.elements(text)

    assert parts
    assert {pidflo.path(name) for name in parts} <= set(places)


@pytest.mark.parametrize(
    "parts",
    [
        {"HNO": "1", "RD": "A & B <Street>", "A3": "X"},
        {"latitude": "33.5", "longitude": "-112.07", "radius": "25"},
        {"latitude": "33.5", "longitude": "-112.07", "A3": "X", "method": "Manual", "expiry": "2026-04-10T00:00:00Z"},
    ],
)
def test_what_is_written_is_read_again(parts: dict[str, str]) -> None:
    assert pidflo.read(pidflo.write(parts, forward=True)) == parts


def test_what_may_not_be_passed_on_says_so() -> None:
    assert pidflo.read(pidflo.write({"A3": "X"}, forward=False))["retransmission"] == "false"


GML = '<a xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0">{}</a>'
FEET = '<gs:radius uom="urn:ogc:def:uom:EPSG::9002">1000</gs:radius>'


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ("<gml:Point><gml:pos>-112.07 33.4</gml:pos></gml:Point>", {}),
        ("<gml:Point><gml:pos>33.4 -181</gml:pos></gml:Point>", {}),
        ("<gml:Point><gml:pos>1_0 2_0</gml:pos></gml:Point>", {}),
        ('<gml:Point srsName="urn:ogc:def:crs:EPSG::3857"><gml:pos>33 44</gml:pos></gml:Point>', {}),
        (
            '<gml:Point srsName="urn:ogc:def:crs:OGC:1.3:CRS84"><gml:pos>-88.2 41.7</gml:pos></gml:Point>',
            {"latitude": "41.7", "longitude": "-88.2"},
        ),
        (
            "<gml:Point><gml:pos>33.4 -112</gml:pos></gml:Point><gs:Circle><gml:pos>1 2</gml:pos><gs:radius>9</gs:radius></gs:Circle>",
            {"latitude": "33.4", "longitude": "-112"},
        ),
        (
            f"<gs:Circle><gml:pos>33.4 -112</gml:pos>{FEET}</gs:Circle>",
            {"latitude": "33.4", "longitude": "-112", "radius": "304.8"},
        ),
        (
            "<gs:Ellipse><gml:pos>33.4 -112</gml:pos><gs:semiMajorAxis>500</gs:semiMajorAxis></gs:Ellipse>",
            {"latitude": "33.4", "longitude": "-112", "semiMajorAxis": "500"},
        ),
    ],
)
def test_a_point_is_where_it_was_sent_and_as_fine(shape: str, wanted: dict[str, str]) -> None:
    assert pidflo.read(GML.format(shape)) == wanted
