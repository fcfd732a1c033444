"""J8, the compliance officer: somebody asks who got their data; the answer is complete, on paper, and an outsider can check it."""

from __future__ import annotations

import csv
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hub.spans import DAY
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

KIM = Person(given="Kim", family="Adeyemi", born="1975-06-06", street="5 Juniper Park", phone="602-555-0261", tag="-K")
ASKED = (
    "--identifier",
    "MR",
    "H1",
    "H1-77-K",
    "--law",
    "all",
    "--verified",
    "passport seen by dana",
    "--actor",
    "dana",
)


@pytest.fixture(scope="module")
def told() -> set[str]:
    """In which counties Kim's day has happened."""
    return set()


@pytest.fixture
def kims(county: Town, told: set[str]) -> Town:
    """A county in which much was told of Kim."""
    if county.url not in told:
        told.add(county.url)
        for sender, name in (
            ("PD", "04-pd-field-contact.json"),
            ("H1", "05-h1-a04.hl7"),
            ("H1", "07-h1-a01.hl7"),
            ("S1", "09-s1-a01.hl7"),
            ("B1-S", "14-b1s-consent.json"),
            ("B1-S", "16-b1s-referral.json"),
        ):
            county.sends(sender, KIM.told(name))
    return county


def test_every_disclosure_has_its_date_recipient_purpose_law_and_elements(kims: Town, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(kims.types("accounting", "list", *ASKED, "--form", "csv").out)))
    lines = [json.loads(line) for line in kims.types("accounting", "list", *ASKED, "--form", "ndjson").out.splitlines()]

    assert {row["recipient"] for row in rows} >= {"Clinic B1", "Stabilisation centre S1", "Hospital H1"}
    assert all(
        row[name] for row in rows for name in ("date", "what", "why", "law", "rule in words", "rule set", "ledger leaf")
    )
    assert len(lines) >= len(rows)
    kims.types("accounting", "list", *ASKED, "--form", "pdf", "--out", str(tmp_path / "kim.pdf"))
    assert (tmp_path / "kim.pdf").read_bytes().startswith(b"%PDF")


def test_making_the_list_leaves_a_leaf_of_its_own(kims: Town) -> None:
    before = kims.leaves()

    kims.types("accounting", "list", *ASKED)

    assert kims.leaves() == before + 1


def test_a_wrong_link_taken_back_shows_nobody_elses_rows(kims: Town) -> None:
    other = Person(
        given="Lou", family="Brandt", born="1966-02-02", street="6 Juniper Park", phone="602-555-0262", tag="-L"
    )
    strange = kims.sends("H1", other.told("05-h1-a04.hl7"))
    mine = kims.sends("H1", KIM.told("06-h1-oru.hl7"))
    before = kims.types("accounting", "list", *ASKED, "--form", "csv").out.count("\n")
    kims.types("link", "merge", strange.journal, mine.journal, "--reason", "thought to be one")
    merged = kims.types("accounting", "list", *ASKED, "--form", "csv").out.count("\n")

    kims.types("link", "unmerge", strange.journal, "--reason", "another birth date on the passport")

    assert merged > before
    assert kims.types("accounting", "list", *ASKED, "--form", "csv").out.count("\n") == before


def test_an_outsider_verifies_what_was_exported_with_one_file(kims: Town, tmp_path: Path) -> None:
    command = kims.types("ledger", "export", str(tmp_path / "audit"), "--json").json["command"]
    words = [sys.executable, "-I", *shlex.split(command)[1:]]

    run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout + run.stderr
    entries = next(path for path in (tmp_path / "audit").rglob("*") if path.is_file() and "entries" in path.parts)
    entries.write_bytes(entries.read_bytes()[:-1] + b"?")
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_what_waits_for_the_officer_is_in_one_list_and_names_nobody(kims: Town) -> None:
    emergency = {"who": "Dr Achterberg", "reason": "unconscious", "minutes": 5, "assigner": "H1", "unobtainable": True}
    with kims.client("B1") as ward:
        used = [ward.post("/break-glass", json=emergency | {"identifier": f"H1-77-{n}"}).json()["use"] for n in "KX"]

    listed = kims.mistypes("glass", "list", "--json")

    assert listed.status == 1
    assert {one["use"] for one in listed.json} >= set(used)
    assert "H1-77" not in listed.whole
    assert ("agreement", "SAFR") in kims.alarms()
    assert ("agreement", "HAVE") not in kims.alarms()
    assert ("glass", "the hub") in kims.alarms(later=4 * DAY)
    for use in used:
        kims.types("glass", "review", use, "--verdict", "justified", "--words", "seen on the ward")
    assert kims.types("glass", "list").status == 0
