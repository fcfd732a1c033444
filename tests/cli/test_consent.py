"""Consents and court orders entered at a desk: kept with a leaf, and decided by from then on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.app.asking.look import looking
from hub.settings import load
from tests.cli import county
from tests.cli.conftest import County, Said

ORDER: dict[str, Any] = {
    "number": "26-CR-118",
    "kind": "COURT_ORDER",
    "signer": "Superior Court, Division 4",
    "signed_at": "2026-11-01",
    "recipients": ["PD"],
    "purposes": ["LE_INVEST"],
    "classes": ["IDENT", "ENCOUNTER"],
    "form_hash": "ab12",
}
FINDINGS = ["2.65(d)(1)", "2.65(d)(2)", "2.65(d)(3)", "2.65(d)(4)", "2.65(d)(5)"]


@pytest.fixture
def police(own: County) -> County:
    """A county whose police want to hear of patients for an investigation."""
    file = own.config / "partners" / "pd.yaml"
    said = json.loads(file.read_text())
    said["agreement"]["purposes"] = ["LE_INVEST"]
    said["wants"][0]["purpose"] = "LE_INVEST"
    file.write_text(json.dumps(said))
    return own


def filed(at: County, folder: Path, *more: str, number: str = "77", **said: Any) -> Said:
    form = folder / "form.json"
    form.write_text(json.dumps(ORDER | said))
    return at("consent", "file", str(form), "--identifier", number, "--of", "H1", *more)


def goes_to_police(at: County, message_: bytes) -> bool:
    (answer,) = county.takes(at.config, message_)
    return bool(at("why", answer.journal, "PD", "--json").json[0]["permits"])


def test_an_order_opens_what_it_names_until_it_is_lifted(police: County, tmp_path: Path) -> None:
    before = goes_to_police(police, county.message(11, veteran="Y"))
    said = filed(police, tmp_path, "--json")
    after = goes_to_police(police, county.message(12, veteran="Y"))
    lifted = filed(police, tmp_path, signed_at="2026-11-02", revoked_at="2026-11-03")
    at_last = goes_to_police(police, county.message(13, veteran="Y"))

    assert (said.status, said.json["flaws"], lifted.status) == (0, [], 0)
    assert (before, after, at_last) == (False, True, False)
    with looking(load(police.config)) as look:
        assert look.message(said.json["message"]).kind == "DIRECTIVE"


def test_an_order_that_lacks_a_finding_is_kept_flagged_and_opens_nothing(police: County, tmp_path: Path) -> None:
    said = filed(police, tmp_path, kind="PART2_ORDER", findings=FINDINGS[:4])

    assert said.status == 1
    assert "it opens nothing: the court did not find that whoever holds the records could be heard" in said.out
    assert not goes_to_police(police, county.message(12, veteran="Y"))
    with looking(load(police.config)) as look:
        assert any("A directive opens nothing" in task.words for task in look.tasks())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "form.json line 1: This form cannot be read: it has no keys"),
        ('{"number": "1"}', "form.json line 1: This form cannot be read: kind is missing"),
        (
            '{"number": "1",\n\n "kind": "ORDER"}',
            "form.json line 3: This form cannot be read: kind is not what it must be",
        ),
        (
            '{"number": "1",\n "kind": "DENY",\n "recipients": "B1"}',
            "form.json line 3: This form cannot be read: recipients",
        ),
        (
            '{"number": "1",\n "knd": "DENY"}',
            'form.json line 2: This form cannot be read: a key of it is none.\nDid you mean "kind"?',
        ),
        (
            '{"number": "1", "kind": "DENY", "X. Quill": "Riley"}',
            "form.json line 1: This form cannot be read: a key of it is none",
        ),
        ('{"number": "1", "kind": "DENY", "kind": "TPO"}', '"kind" stands here and in line 1'),
        ('{"number": "1",\n "kind": ', "form.json line 3"),
        ("\udcff", "form.json line 1"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused_without_a_word_of_it(
    rested: County, tmp_path: Path, text: str, words: str
) -> None:
    form = tmp_path / "form.json"
    form.write_bytes(text.encode("utf-8", "surrogateescape"))

    said = rested("consent", "file", str(form), "--identifier", "77")

    assert said.status != 0
    assert words in said.aside
    assert "Quill" not in said.whole


def test_nobody_by_that_number_is_said_so(own: County, tmp_path: Path) -> None:
    said = filed(own, tmp_path, number="no such number")

    assert said.status != 0
    assert "Nobody, or more than one person, is known by this number." in said.aside
    assert "no such number" not in said.aside
