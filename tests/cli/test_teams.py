"""The roster from the command line: loaded whole, refused by line, asked who may go."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hub import clock
from hub.spans import DAY, HOUR, SECOND
from tests.cli.conftest import County

HEAD = "worker,unit,certificate,expires,from,until"


def day(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat()


def test_a_roster_is_loaded_asked_and_replaced_for_its_days(own: County, tmp_path: Path) -> None:
    now, file = clock.now(), tmp_path / "roster.csv"
    shift = f"{day(now - HOUR)},{day(now + HOUR)}"
    file.write_text(f"{HEAD}\n7,12A,CIT,2099-12-31,{shift}\n9,15C,,,{shift}\n")
    assert own("teams", "load", str(file)).out.startswith("2 duties loaded.")
    first = own("teams", "list", "--json").json
    file.write_text(f"{HEAD}\n9,15C,CIT,{day(now - 2 * DAY)[:10]},{shift}\n")
    own("teams", "load", str(file))
    second = own("teams", "list").out

    assert [(unit["unit"], unit["certified"]) for unit in first] == [("12A", ["7"]), ("15C", [])]
    assert "its certificate has lapsed" in second
    assert "12A" not in second
    assert own("teams", "coverage").out.startswith("0 of 0 crisis calls")


def test_a_table_with_names_is_refused_whole_and_repeats_none(own: County, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("worker,unit,name\n7,12A,Osei\n")

    said = own("teams", "load", str(file))

    assert said.status == 1
    assert "line 1" in said.aside
    assert "Osei" not in said.whole
    assert own("teams", "list", "--json").json == []


def test_nobody_is_proposed_for_an_incident_that_nobody_told_of(own: County) -> None:
    said = own("teams", "propose", "26-1")

    assert (said.status, "Nobody told of such an incident." in said.aside) == (1, True)
