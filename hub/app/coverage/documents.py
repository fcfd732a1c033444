"""XML and JSON: a message put together again, and held against what came by readers that are not ours."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from adapters.wire import fhir as wire_fhir
from adapters.wire import json as wire_json
from adapters.wire import xml as wire_xml


def same_xml(body: bytes) -> bool:
    """Whether elements, attributes and texts make the same document again, whatever its prefixes.

    Comments and instructions are no part of it, and are left out when it is read. Raises Unreadable.

    >>> same_xml(b"<?xml version='1.0'?><!-- one --><a c='1' b='2'><d/>x</a>")
    True
    """
    return _elements(wire_xml.write(wire_xml.read(body))) == _elements(body)


def same_json(body: bytes) -> bool:
    """Whether keys in their order, values and the spelling of numbers are the same again. Raises Unreadable.

    >>> same_json(b'{"b": 1.00, "a": [true, "x"]}')
    True
    """
    return _spelled(wire_json.write(wire_json.read(body))) == _spelled(body)


def same_fhir(body: bytes) -> bool:
    """As `same_json`, by the reader of FHIR, which every resource passes on its way into a bundle or out of one.

    >>> same_fhir(b'{"resourceType": "Observation", "valueDecimal": 1.00}')
    True
    """
    return _spelled(wire_json.write(wire_fhir.read(body))) == _spelled(body)


def _elements(body: bytes) -> list[tuple[str, dict[str, str], str, str, int]]:
    return [
        (element.tag, element.attrib, element.text or "", element.tail or "", len(element))
        for element in ET.fromstring(body).iter()  # noqa: S314 - our reader let it through: no document type, no entities
    ]


def _spelled(body: bytes) -> object:
    def number(text: str) -> tuple[str, str]:
        return "number", text

    return json.loads(body.decode("utf-8-sig"), object_pairs_hook=tuple, parse_int=number, parse_float=number)
