"""C-CDA templates: what a document claims to be, it must have; each requirement of the table is noticed when it is not met."""

from __future__ import annotations

import pytest

from adapters.ehr.ccda.narrative import V3
from adapters.ehr.ccda.templates import HEADER, SPACE, claimed, missing, needs
from adapters.wire import xml
from hub.errors import Unreadable
from tests.samples import samples

CCD = "healthcare/c-cda-examples/Documents/CCD/CCD_2/CCD.xml"
PROBLEMS = "2.16.840.1.113883.10.20.22.2.5.1"
CONCERN = "2.16.840.1.113883.10.20.22.4.3"


def section(template: str, inside: str = "", more: str = "") -> bytes:
    """A document with one section."""
    header = f'<templateId root="{HEADER}"/>'
    body = f'<section{more}><templateId root="{template}"/>{inside}</section>'
    return f'<ClinicalDocument xmlns="{V3}">{header}<component>{body}</component></ClinicalDocument>'.encode()


def said(body: bytes) -> list[str]:
    return [fault.said for fault in missing(body) if "US Realm Header" not in fault.said]


def test_a_section_without_its_code_its_words_and_its_entries_is_told_each() -> None:
    assert said(section(PROBLEMS)) == [
        "Problem Section (entries required) requires code with code 11450-4.",
        "Problem Section (entries required) requires title.",
        "Problem Section (entries required) requires text.",
        f"Problem Section (entries required) requires entry/act of the template Problem Concern Act ({CONCERN}).",
    ]


def test_a_section_that_says_it_has_no_information_needs_no_entries() -> None:
    inside = '<code code="11450-4"/><title>Problems</title><text>None</text>'

    assert said(section(PROBLEMS, inside, ' nullFlavor="NI"')) == []
    assert len(said(section(PROBLEMS, inside))) == 1


def test_an_entry_of_another_template_is_none_of_those_that_are_required() -> None:
    inside = '<code code="11450-4"/><title>Problems</title><text>x</text><entry><act><templateId root="1.2.3"/></act></entry>'

    assert len(said(section(PROBLEMS, inside))) == 1


def test_a_document_that_claims_no_header_is_told_so_and_judged_by_it() -> None:
    found = list(missing(f'<ClinicalDocument xmlns="{V3}"/>'.encode()))

    assert found[0].said == "this document does not claim the US Realm Header of C-CDA."
    assert len(found) == 1 + len(needs()[HEADER])
    with pytest.raises(Unreadable):
        list(missing(b"<ClinicalDocument"))


def test_a_document_of_other_people_has_all_that_it_claims_and_each_that_is_taken_away_is_missed() -> None:
    body = samples(CCD).read_bytes()
    root = xml.read(body)
    templates = {one for element in root.iter(f"{{{V3}}}*") for one in claimed(element)} & needs().keys()
    tried = 0

    assert [fault.said for fault in missing(body)] == ["this document does not claim the US Realm Header of C-CDA."]
    for template in (*templates, HEADER):
        for need in needs()[template]:
            spoiled = xml.read(body)
            whose = [one for one in spoiled.iter(f"{{{V3}}}*") if template in claimed(one)] or [spoiled]
            if need.unless:
                whose[0].attrib.pop(need.unless, "")
            for found in whose[0].findall(need.path, SPACE):
                above = found.getparent()
                assert above is not None
                above.remove(found)
            told = [fault.said for fault in missing(xml.write(spoiled))]
            assert any(need.name in words and need.path in words for words in told), need
            tried += 1
    assert tried > 40
