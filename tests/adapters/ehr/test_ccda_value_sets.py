"""C-CDA value sets: each word of a listed place is noticed when it is another, and other people's documents use none."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.ehr.ccda.narrative import V3
from adapters.ehr.ccda.templates import HEADER, SPACE, claimed
from adapters.ehr.ccda.value_sets import Bound, bounds, strangers
from adapters.wire import xml
from adapters.wire.xml import Element
from tests.cli.conftest import ran
from tests.samples import samples

CCD = "healthcare/c-cda-examples/Documents/CCD/CCD_2/CCD.xml"
CONCERN, PROBLEM = "2.16.840.1.113883.10.20.22.4.3", "2.16.840.1.113883.10.20.22.4.4"


def told(body: bytes) -> list[tuple[bool, str, str]]:
    return [(one.must, one.fault.said, one.fault.cure) for one in strangers(body)]


def entry(template: str, inside: str, more: str = "") -> bytes:
    """A document with one entry."""
    act = f'<act{more}><templateId root="{template}"/>{inside}</act>'
    return f'<ClinicalDocument xmlns="{V3}"><templateId root="{HEADER}"/>{act}</ClinicalDocument>'.encode()


def test_a_word_that_must_be_of_its_value_set_is_wrong_with_the_near_one_and_never_repeated() -> None:
    (found,) = told(entry(CONCERN, '<statusCode code="actve"/>'))
    (other,) = told(entry(CONCERN, '<statusCode code="Jordan Doe"/>'))

    assert found[0]
    assert found[1].startswith(
        "Problem Concern Act has another word in statusCode/code than 2.16.840.1.113883.11.20.9.19"
    )
    assert found[2] == 'Did you mean "active"?'
    assert other[2] == "Send one of aborted, active, completed, suspended."
    assert "Jordan" not in str(other)


def test_a_word_that_should_be_of_its_value_set_is_only_advised_against() -> None:
    assert [must for must, _, _ in told(entry(PROBLEM, '<code code="1"/>'))] == [False]
    assert told(entry(PROBLEM, '<code code="64572001"/><statusCode code="completed"/>')) == []


def test_what_says_why_it_has_no_word_needs_none() -> None:
    assert told(entry(CONCERN, '<statusCode nullFlavor="UNK" code="x"/>')) == []
    assert [must for must, _, _ in told(entry(CONCERN, "", ' moodCode="INT"'))] == [True]


EVERY = [(template, bound) for template, several in bounds().items() for bound in several]


@pytest.mark.parametrize(("template", "bound"), EVERY, ids=[f"{bound.name} {bound.path}" for _, bound in EVERY])
def test_each_place_takes_every_word_of_its_set_and_no_other(template: str, bound: Bound) -> None:
    def at(word: str) -> bytes:
        if bound.path == ".":
            return entry(template, "", f' {bound.attribute}="{word}"')
        steps = bound.path.split("/")
        opened = "".join(f"<{step}>" for step in steps[:-1]) + f'<{steps[-1]} {bound.attribute}="{word}"/>'
        return entry(template, opened + "".join(f"</{step}>" for step in reversed(steps[:-1])))

    assert [found for word in bound.words for found in told(at(word))] == []
    assert [must for must, said, _ in told(at("nonsense")) if bound.name in said] == [bound.must]


def places(root: Element) -> list[tuple[Bound, Element]]:
    """Every place of a document whose words are listed, with what stands there."""
    return [
        (bound, found)
        for element in root.iter(f"{{{V3}}}*")
        for template in claimed(element)
        for bound in bounds().get(template, ())
        for found in element.iterfind(bound.path, SPACE)
        if found.get(bound.attribute) is not None and found.get("nullFlavor") is None
    ]


def test_other_peoples_documents_use_the_words_there_are_and_each_other_word_is_noticed() -> None:
    body = samples(CCD).read_bytes()
    every = places(xml.read(body))

    assert told(body) == []
    assert len(every) >= 8
    for n, (bound, _) in enumerate(every):
        root = xml.read(body)
        places(root)[n][1].set(bound.attribute, "nonsense")
        assert any(bound.name in said for _, said, _ in told(xml.write(root))), bound


@pytest.mark.parametrize(
    ("inside", "level"), [('<statusCode code="actve"/>', "error"), ('<code code="1"/>', "warning")]
)
def test_conform_tells_what_is_wrong_from_what_is_unusual(tmp_path: Path, inside: str, level: str) -> None:
    template = CONCERN if level == "error" else PROBLEM
    (tmp_path / "m.xml").write_bytes(entry(template, inside))

    said = ran("conform", str(tmp_path / "m.xml"), "--format", "ccda", "--json")

    assert [f["level"] for f in said.json["findings"] if "[value set]" in f["words"]] == [level]
