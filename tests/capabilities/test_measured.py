"""A year of the county, counted from its sealed journal: what comes of it afterwards, on a page, and as a state asks for it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub import clock
from hub.app.asking.look import Look
from hub.app.measuring.filing import as_csv, as_pdf, filing
from hub.app.measuring.measured import page
from hub.app.measuring.measures import report
from hub.app.measuring.recount import recount
from hub.demo.stage import SOURCE
from hub.errors import Misconfigured, ProofFailed
from hub.flow.measures.counting import Costs
from hub.flow.measures.filed import Line, Template, check
from hub.flow.measures.publish import as_ndjson
from hub.flow.measures.report import Report, Table
from hub.located import convert, load
from hub.spans import SECOND
from hub.store.seal import destroy, expunge, renew_index
from tests.capabilities.town import Town, town

FIRST = datetime(2025, 3, 3, 19, tzinfo=UTC)
TEMPLATE = SOURCE / "reports" / "legislature.yaml"


def contact(person: int, after: int, *, arrested: bool) -> str:
    """Police met somebody, so many days after the first day."""
    said = {
        "message_id": f"M-{person}-{after}", "template_id": f"T-{person}-{after}", "ori": "XX0000100",
        "occurred_at": (FIRST + timedelta(days=after, minutes=person)).isoformat(), "use_of_force_indicator": arrested,
        "co_responder_involved": True, "disposition": "arrest" if arrested else "referral",
        "person": {"identifiers": [{"value": f"R-{person}", "type": "RMS"}], "names": [{"family": f"Name{person}"}]},
    }  # fmt: skip
    return json.dumps(said)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Thirty people were met and let go; twelve were booked ninety days later."""
    with town(tmp_path_factory.mktemp("year") / "town") as county:
        for person in range(30):
            county.tell("PD", contact(person, 0, arrested=False))
        for person in range(12):
            county.tell("PD", contact(person, 90, arrested=True))
        county.delivered()
        yield county


def instant(days: int) -> int:
    return int((FIRST + timedelta(days=days)).timestamp()) * SECOND


def counted(county: Town, since: int = -5, until: int = 30, change: int = 0) -> Report:
    return report(county.vault, county.known, instant(since), instant(until), Costs(), change=change)


def table(found: Report, name: str) -> dict[tuple[str, ...], tuple[int | str, dict[str, float]]]:
    (one,) = (each for each in found.tables if each.id == name)
    assert isinstance(one, Table)
    return {cell.at: (cell.n, dict(cell.values)) for cell in one.cells}


def test_who_was_let_go_and_booked_later_is_counted_and_never_named(year: Town) -> None:
    found = table(counted(year), "SM08a")

    assert found["diverted", "yes"] == (12, {"of 100": 40.0})
    assert found["diverted", "all"][0] == 30
    assert "Name" not in repr(found)


def test_the_use_of_force_is_told_before_and_after_a_day(year: Town) -> None:
    found = table(counted(year, until=120, change=instant(45)), "SM06")

    assert found["before", "all"][0] == 30
    assert found["after", "yes"] == (12, {"of 1000": 1000.0})


def test_force_on_those_on_whom_it_was_used_before_is_counted_apart(tmp_path: Path) -> None:
    with town(tmp_path / "again") as county:
        for person in range(24):
            county.tell("PD", contact(person, 0, arrested=person < 12))
            county.tell("PD", contact(person, 20, arrested=False))
        found = table(counted(county), "SD04b")

    # Of the second contacts, twelve are with somebody on whom force was used in the first.
    assert found["one", "all"][0] == 12
    assert found["none", "all"][0] == 36
    assert found["none", "yes"] == (12, {"of 1000": 333.3})


def test_the_same_journal_gives_the_same_report_to_the_byte(year: Town) -> None:
    look = Look(known=year.known, vault=year.vault)
    template = convert(load(TEMPLATE), Template)
    first, again = (filing(look, template, instant(-5), instant(30), Costs()) for _ in range(2))

    assert as_pdf(first) == as_pdf(again)
    assert as_csv(first) == as_csv(again)
    assert as_pdf(first).startswith(b"%PDF-")


def test_a_state_gets_its_own_lines_with_law_query_and_checkpoint_and_no_small_number(year: Town) -> None:
    look = Look(known=year.known, vault=year.vault)
    made = filing(look, convert(load(TEMPLATE), Template), instant(-5), instant(30), Costs())
    rows = list(csv.DictReader(io.StringIO(as_csv(made))))
    said = {row["line"]: row["number"] for row in rows}

    assert said["Crises that a co-responder answered"] == "30"
    assert said["Uses of force for a thousand crisis contacts of the police"] in ("0", "not told")
    assert {row["law"] for row in rows} == {"Demo Statutes 26-100, section 4"}
    assert len({row["query"] for row in rows}) == len({row["checkpoint"] for row in rows}) == 1
    assert rows[0]["checkpoint"]
    assert not [number for number in said.values() if number.isdecimal() and 0 < int(number) < 11]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (Line(words="x"), "measure or of disclosures"),
        (Line(words="x", measure="K9"), '"K9" is no measure'),
        (Line(words="x", measure="K1", at=("all",)), "dimensions response, diverted"),
    ],
)
def test_a_template_that_asks_for_what_is_not_counted_is_refused_with_its_line(line: Line, says: str) -> None:
    with pytest.raises(Misconfigured, match=says) as refusal:
        check(Template(title="t", law="l", lines=(line,)))

    assert refusal.value.at == "line 1 of the template"


def test_the_page_draws_what_may_be_shown_and_names_query_and_checkpoint(year: Town) -> None:
    found = counted(year)
    drawn = page(found)

    assert drawn.count("<svg") >= 3
    assert "Response times by hour: episodes by hour" in drawn
    assert found.digest in drawn
    assert "<script" not in drawn


def test_what_is_hidden_has_no_bar(tmp_path: Path) -> None:
    with town(tmp_path / "few") as county:
        for person in range(3):
            county.tell("PD", contact(person, 0, arrested=False))
        drawn = page(counted(county))

    assert '<rect class="bar"' not in drawn
    assert "under 11" in drawn


def test_what_was_destroyed_is_not_counted_and_the_report_says_how_much(tmp_path: Path) -> None:
    with town(tmp_path / "destroyed") as county:
        kept = [county.tell("PD", contact(person, 0, arrested=False)).journal for person in range(14)]
        before = counted(county)
        export = as_ndjson(before).encode()
        same = recount(county.vault, county.known, export)
        with county.journal() as journal:
            found = journal.message(kept[0])
            assert found is not None
            owner = bytes.fromhex(found.owner)
        order = expunge([owner], accounting=True)
        county.vault.keys.flush()
        destroy(
            county.vault.keys, [order], index_version=renew_index(county.vault.keys), backup=tmp_path / "copy" / "keys", at=clock.now()
        )  # fmt: skip
        after = counted(county)
        other = recount(county.vault, county.known, export)

    assert (before.messages, before.destroyed) == (14, 0)
    assert (after.messages, after.destroyed) == (14, 1)
    assert table(before, "K1")["co-response", "all"][0] == 14
    assert table(after, "K1")["co-response", "all"][0] == 13
    assert "1 more were destroyed" in page(after)
    assert (same.identical, same.destroyed) == (True, 0)
    assert not other.identical
    assert other.destroyed == 1
    assert ("K1", "co-response / all", "") in other.differ


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace('"zone":"America/Phoenix"', '"zone":"UTC"'), "query was altered"),
        (lambda text: "measure,at\n" + text, "no export of the measures"),
        (lambda text: text.replace('"measure":"K1"', '"measured":"K1"'), "no export of the measures"),
    ],
)
def test_an_export_that_was_altered_is_no_export(year: Town, change: Callable[[str], str], says: str) -> None:
    export = change(as_ndjson(counted(year)))

    with pytest.raises(Misconfigured, match=says):
        recount(year.vault, year.known, export.encode())


def test_a_number_that_was_altered_is_named(year: Town) -> None:
    export = as_ndjson(counted(year)).replace(
        '"at":"diverted / yes","episodes":12', '"at":"diverted / yes","episodes":13'
    )

    found = recount(year.vault, year.known, export.encode())

    assert {(measure, at) for measure, at, _ in found.differ} == {
        ("SM08a", "diverted / yes"),
        ("SM08b", "diverted / yes"),
    }


def test_a_checkpoint_of_another_ledger_is_refused(year: Town, tmp_path: Path) -> None:
    with town(tmp_path / "another") as county:
        county.tell("PD", contact(1, 0, arrested=False))
        export = as_ndjson(counted(county))

        assert recount(county.vault, county.known, export.encode()).identical
        with pytest.raises(ProofFailed):
            recount(year.vault, year.known, export.encode())
