"""The clerk's morning: every record of an export is accounted for, in words, without a value of it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import County
from tests.cli.county import message


def export(folder: Path, *bodies: bytes) -> str:
    file = folder / "export.hl7"
    file.write_bytes(b"".join(bodies))
    return str(file)


def test_an_export_that_agrees_says_so(rested: County, tmp_path: Path) -> None:
    said = rested("reconcile", "H1", export(tmp_path, message(1, veteran="Y")))

    assert said.status == 0
    assert said.out == "H1 has 1 record in this file; the hub holds 1 of them as they are.\n"


def test_each_difference_is_named_with_its_reason_and_no_value(rested: County, tmp_path: Path) -> None:
    changed = message(1, veteran="Y", sex="M").replace(b"Depressive", b"Other")
    said = rested(
        "reconcile",
        "H1",
        export(tmp_path, changed, message(2, mrn="78"), message(9, veteran="N"), b"MSH|broken\r"),
        "--json",
    )
    found = {record["number"]: record for record in said.json["records"]}

    assert said.status == 1
    assert (found[1]["standing"], found[1]["paths"]) == ("other", ["sex.code", "sex.display", "sex.local"])
    assert (found[2]["standing"], "veteran" in found[2]["why"]) == ("unreadable", True)
    assert found[3]["standing"] == "missing"
    assert found[4]["standing"] == "unreadable"
    assert said.json["counts"]["same"] == 0
    assert "Riley" not in said.whole


def test_it_reads_well(rested: County, tmp_path: Path) -> None:
    said = rested("reconcile", "H1", export(tmp_path, message(1, veteran="Y"), message(9, veteran="N")))

    assert "H1 has 2 records in this file; the hub holds 1 of them as they are." in said.out
    assert "record 2: never received, or longer ago than ids are known" in said.out


def test_who_sends_nothing_cannot_be_reconciled(rested: County, tmp_path: Path) -> None:
    said = rested("reconcile", "PD", export(tmp_path, message(1)))

    assert said.status == 1
    assert "This partner sends no messages." in said.aside
    assert "Those who send: H1." in said.aside
