"""A quarter of made-up episodes: the numbers are those counted by hand, the small ones hidden in every file that leaves."""

from __future__ import annotations

import csv
import io
import json
from random import Random

import pytest
from fhir.resources.R4B.bundle import Bundle

from hub.flow.measures.cells import ALL, SMALLEST, UNDER
from hub.flow.measures.counting import Costs, Setting
from hub.flow.measures.publish import as_csv, as_fhir, as_ndjson
from hub.flow.measures.report import Report, Table, digest, query, tables
from hub.flow.measures.standard import Told
from hub.model.care import Encounter
from hub.model.public_safety import CallForService, FieldContact
from hub.model.values import Code, Instant
from hub.spans import DAY, HOUR, MINUTE

MONDAY = 1_772_409_600_000_000  # 2026-03-02T00:00Z
SETTING = Setting(costs=Costs(officer_hour=60, ed_visit=2000, co_responder_year=100_000))


def episode(number: int, *, co_response: bool, ed: bool, minutes: int = 30, beat: str = "1") -> list[Told]:
    begun = MONDAY + number % 28 * DAY + 14 * HOUR
    times = [Instant(at=begun + m * MINUTE) for m in (0, 5, 15, 15 + minutes)]
    call = CallForService(
        incident=f"I-{number}", received_at=times[0], dispatched_at=times[1], on_scene_at=times[2], cleared_at=times[3],
        beat=beat, initial_type=Code(code="SUICTHRT"),
    )  # fmt: skip
    told = [Told("C1", "PSAP", call, begun)]
    told.append(
        Told("PD", "LE", FieldContact(number=f"F-{number}", co_responder=co_response, use_of_force=False), begun)
    )
    if ed:
        told.append(Told("H1", "HOSP_ED", Encounter(trigger="A04", admitted_at=Instant(at=begun + HOUR)), begun))
    return told


@pytest.fixture(scope="module")
def quarter() -> dict[str, list[Told]]:
    """A hundred episodes with a co-responder, of which 40 go to the emergency department, and 60 without one; 4 in beat 9."""
    together = [episode(n, co_response=True, ed=n < 40) for n in range(100)]
    alone = [episode(n, co_response=False, ed=True, minutes=50, beat="9" if n < 104 else "2") for n in range(100, 160)]
    return {f"{n:04}": told for n, told in enumerate(together + alone)}


def report(quarter: dict[str, list[Told]], setting: Setting = SETTING) -> Report:
    asked = query(MONDAY, MONDAY + 90 * DAY, setting)
    return Report(
        query=asked, digest=digest(asked), tables=tables(quarter, setting), messages=420, destroyed=0, checkpoint="o\n1\nroot=\n",
    )  # fmt: skip


def find(found: Report, name: str) -> Table:
    return next(table for table in found.tables if table.id == name)


def cell(found: Report, name: str, *at: str) -> tuple[int | str, dict[str, float]]:
    each = next(each for each in find(found, name).cells if each.at == at)
    return each.n, dict(each.values)


def test_the_numbers_are_those_counted_by_hand(quarter: dict[str, list[Told]]) -> None:
    found = report(quarter)

    assert cell(found, "K1", "co-response", "yes") == (60, {"of 100": 60.0})
    assert cell(found, "SD01c", "co-response")[1]["on scene, median"] == 30
    assert cell(found, "SD01c", "police")[1]["call to scene, median"] == 15
    assert cell(found, "SD01a", "14")[0] == 160
    assert cell(found, "SD06", "police")[1] == {"officer minutes": 60 * 60.0, "officer cost": 3600.0}
    assert cell(found, "K3", "co-response")[1] == {
        "visits avoided a year": 432.0, "saved a year": 864_000.0, "net a year": 764_000.0,
    }  # fmt: skip
    assert cell(found, "SD03", "co-response", ALL)[1]["on scene, median"] == 30


def test_four_episodes_in_a_beat_are_hidden_with_what_would_tell_them(quarter: dict[str, list[Told]]) -> None:
    found = report(quarter)

    assert cell(found, "SD01b", "9") == (UNDER, {})
    assert cell(found, "SD01b", "2")[0] == "hidden"
    assert cell(found, "SD01b", "1")[0] == 100


def test_the_order_of_reading_does_not_matter(quarter: dict[str, list[Told]]) -> None:
    names = list(quarter)
    Random(7).shuffle(names)
    mixed = {name: list(reversed(quarter[name])) for name in names}

    assert report(mixed) == report(quarter)


def test_another_price_is_another_query(quarter: dict[str, list[Told]]) -> None:
    other = Setting(costs=Costs(officer_hour=61))

    assert report(quarter, other).digest != report(quarter).digest
    assert report(quarter).digest == report(quarter).digest


def test_no_file_holds_a_number_between_one_and_ten(quarter: dict[str, list[Told]]) -> None:
    found = report(quarter)
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    lines = [json.loads(line) for line in as_ndjson(found).splitlines()][1:]
    small = {str(n) for n in range(1, SMALLEST)}

    assert {row["episodes"] for row in rows}.isdisjoint(small)
    assert {str(line["episodes"]) for line in lines}.isdisjoint(small)
    assert '"count":4,' not in json.dumps(as_fhir(found)).replace(" ", "")
    assert {row["checkpoint"] for row in rows} == {"root="}


def test_the_fhir_reports_are_valid(quarter: dict[str, list[Told]]) -> None:
    found = report(quarter)
    bundle = Bundle.model_validate(as_fhir(found))

    assert len(bundle.entry) == len(found.tables)


def test_the_standard_fields_are_counted_each_in_a_table(quarter: dict[str, list[Told]]) -> None:
    brought = FieldContact(number="F-B", disposition=Code(code="referral"), transported_to=Code(code="hospital"))
    found = report(quarter | {f"b{n}": [Told("PD", "LE", brought, MONDAY + n * HOUR)] for n in range(12)})

    assert cell(found, "SD00b", "SUICTHRT", "not known")[0] == 160
    assert [cell(found, "SD00c", word)[0] for word in ("referral", "not known")] == [12, 160]
    assert [cell(found, "SD00d", word)[0] for word in ("hospital", "not known")] == [12, 160]
    assert cell(found, "SD00e", "co-response", "no")[0] == 100
    assert cell(found, "SD00f", "no", "no")[0] == 172


def test_completeness_tells_what_a_partner_leaves_out(quarter: dict[str, list[Told]]) -> None:
    found = report(quarter)
    of_pd = [
        each for each in find(found, "SD00").cells if each.at[0] == "PD" and isinstance(each.n, int) and each.values
    ]

    # Of ten fields a field contact could fill, these fill two.
    assert {dict(each.values)["filled, %"] for each in of_pd} == {20.0}
