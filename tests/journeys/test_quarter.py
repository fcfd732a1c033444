"""J11, the quarter: an analyst counts, small numbers stay hidden, and whoever counts again gets the same numbers."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from hub import clock
from hub.intake import Arrival
from hub.store.ids import new_id
from tests.journeys.town import Person, Town

DAY = timedelta(days=1)

pytestmark = pytest.mark.slow

EPISODES = 12_000
# How a number is written that is not told: it is not there, or says only that it is small.
HIDDEN = {None, "under 11", "hidden"}


def people(count: int) -> list[Person]:
    return [_person(f"{n:02}") for n in range(count)]


def _person(n: str) -> Person:
    born, phone = f"19{60 + int(n)}-01-1{int(n)}", f"602-555-05{n}"
    return Person(given="Quinn", family=f"Q{n}vist", born=born, street=f"{n} Quarter Lane", phone=phone, tag=f"-Q{n}")


def test_a_quarter_is_counted_alike_twice_and_says_of_which_journal(county: Town) -> None:
    for person in people(3):
        county.sends("C1", person.told("01-c1-call.json"))
        county.sends("PD", person.told("04-pd-field-contact.json"))
        county.sends("H1", person.told("05-h1-a04.hl7"))
    today = datetime.now(UTC).date()
    period = ("--since", str(today - timedelta(days=5)), "--until", str(today + DAY))

    first, second = (county.types("measures", *period, "--format", "csv").out for _ in range(2))

    rows = list(csv.DictReader(io.StringIO(first)))
    again = list(csv.DictReader(io.StringIO(second)))
    # The checkpoint is of the moment: a hub that runs writes leaves meanwhile.
    assert [{**row, "checkpoint": ""} for row in rows] == [{**row, "checkpoint": ""} for row in again]
    assert rows
    assert "Quinn" not in first
    assert "602-555" not in first
    numbers = [value for row in rows for value in row.values() if value in {str(n) for n in range(1, 11)}]
    assert numbers == []
    assert {row["query"] for row in rows} == {county.types("measures", *period).out.split("Query ")[1].strip()}
    assert all(row["checkpoint"] for row in rows)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One field contact as it was: who knows the truth can count it by hand."""

    number: int
    ended: datetime
    together: bool
    outcome: str
    force: bool

    @property
    def told(self) -> bytes:
        """The same as the department's records system sends it."""
        said = {
            "message_id": f"Q-{self.number}",
            "case_number": f"Q-{self.number}",
            "incident": f"Q-{self.number}",
            "version": "1",
            "occurred_at": (self.ended - timedelta(minutes=30)).isoformat(),
            "ended_at": self.ended.isoformat(),
            "reported_at": self.ended.isoformat(),
            "final_call_type": "EDP",
            "co_responder_involved": self.together,
            "cit_officer_arrived": self.together,
            "use_of_force_indicator": self.force,
            **OUTCOMES[self.outcome],
        }
        return json.dumps(said).encode()


OUTCOMES = {
    "settled there": {"disposition": "no action"},
    "to hospital": {"disposition": "voluntary transport", "transported_to": "hospital"},
    "to jail": {"disposition": "arrest", "transported_to": "jail"},
}


def quarter(dice: Random, begins: datetime) -> list[Contact]:
    """What happened in ninety days. Co-responders used force so rarely that nobody may be told how often."""
    found, rare = [], itertools.repeat(True, 7)
    for number in range(EPISODES):
        ended, together = begins + timedelta(minutes=dice.randrange(30, 80 * 24 * 60)), dice.random() < 0.3
        outcome = dice.choices(tuple(OUTCOMES), (64, 30, 6) if together else (40, 40, 20))[0]
        force = next(rare, False) if together else dice.random() < 0.02
        found.append(Contact(number=number, ended=ended, together=together, outcome=outcome, force=force))
    return found


def keeps(quiet: Town, bodies: list[bytes]) -> set[str]:
    """The department's messages, many at once; says what became of them."""

    async def some(several: list[bytes]) -> list[str]:
        arrivals = [Arrival(journal=new_id(), partner="PD", body=one, door="bulk", at=clock.now()) for one in several]
        return [each.state for each in await asyncio.gather(*map(quiet.hub.engine.desk.take, arrivals))]

    return {state for n in range(0, len(bodies), 500) for state in quiet.does(some(bodies[n : n + 500]))}


def test_12_000_episodes_give_the_numbers_counted_by_hand_hide_the_few_and_are_counted_again_alike(
    quiet: Town, tmp_path: Path
) -> None:
    begins = datetime.now(UTC) - timedelta(days=90)
    happened = quarter(Random(11), begins)
    assert keeps(quiet, [one.told for one in happened]) == {"kept"}
    # A day more on both sides: what is a day in UTC is another one in the county.
    period = ("--since", str(begins.date() - DAY), "--until", str(datetime.now(UTC).date() + DAY))

    export = tmp_path / "quarter.ndjson"
    export.write_text(quiet.types("measures", *period, "--format", "ndjson").out)
    again = quiet.types("ledger", "recount", str(export), "--json").json

    rows = [json.loads(line) for line in export.read_text().splitlines()[1:]]
    shown = {(row["measure"], row["at"]): row["episodes"] for row in rows}
    together = [one for one in happened if one.together]
    settled = [one for one in together if one.outcome == "settled there"]
    share = {
        row["number"] for row in rows if (row["measure"], row["at"], row["value"]) == ("K1", "all / yes", "of 100")
    }
    assert (shown["K1", "all / all"], shown["K1", "all / yes"]) == (len(together), len(settled))
    assert share == {round(100 * len(settled) / len(together), 1)}
    assert shown["SA24", "all / all"] == EPISODES
    assert shown["SA24", "all / yes"] == sum(one.force for one in happened)
    # Seven of one kind: neither they nor what would give them away.
    assert sum(one.force for one in together) == 7
    assert {shown.get(("SA24", f"{who} / {what}")) for who in ("CIT", "not CIT") for what in ("yes", "no")} <= HIDDEN
    assert (again["identical"], again["differ"], again["rows"] == len(rows)) == (True, [], True)
