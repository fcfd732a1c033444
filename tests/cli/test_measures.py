"""The analyst's quarter: counted from the sealed journal, the same each time, and no small number in any file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from hub.app.vault import make
from hub.settings import load
from tests.cli import county
from tests.cli.conftest import ran

WEEK = ("measures", "--since", "2026-03-09", "--until", "2026-03-16")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county whose emergency department told of twelve people."""
    config = county.write(tmp_path_factory.mktemp("measured"))
    make(load(config))
    county.takes(config, *(county.message(n, mrn=str(n), veteran="Y") for n in range(10, 22)))
    return config


def test_a_period_is_counted_and_the_same_query_gives_the_same_numbers(config: Path) -> None:
    first, again = (ran(*WEEK, "--config", str(config), "--json").json for _ in range(2))
    (demand,) = (table for table in first["tables"] if table["id"] == "SD02")

    assert first == again
    assert (first["messages"], first["destroyed"]) == (12, 0)
    # 14:55 on a Tuesday, in Phoenix.
    assert {"at": ["2", "14", "all"], "n": 12, "values": []} in demand["cells"]
    assert first["checkpoint"].startswith("hub.example/test\n")


def test_it_reads_well(config: Path) -> None:
    said = ran(*WEEK, "--config", str(config)).out

    assert "SD02  Demand" in said
    assert "From 12 messages." in said
    assert f"Query {ran(*WEEK, '--config', str(config), '--json').json['digest']}" in said


def test_another_period_is_empty_and_says_so(config: Path) -> None:
    said = ran("measures", "--since", "2026-04-01", "--until", "2026-07-01", "--config", str(config))

    assert "nothing to count" in said.out
    assert "From 0 messages." in said.out


def test_a_row_names_its_query_and_its_checkpoint(config: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(ran(*WEEK, "--config", str(config), "--format", "csv").out)))

    assert len({(row["query"], row["checkpoint"]) for row in rows}) == 1
    assert {row["episodes"] for row in rows} <= {"12", "0", "under 11", "hidden"}


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        (("--since", "2026-03-16", "--until", "2026-03-09"), "ends before it begins"),
        (("--since", "2026-03-09", "--until", "2026-03-16", "--costs"), 'Did you mean "ed_visit"?'),
    ],
)
def test_what_cannot_be_counted_gets_a_letter(
    config: Path, tmp_path: Path, words: tuple[str, ...], letter: str
) -> None:
    costs = tmp_path / "costs.yaml"
    costs.write_text("ed_visitt: 2000\n")
    said = ran("measures", *words, *([str(costs)] if words[-1] == "--costs" else []), "--config", str(config))

    assert said.status == 1
    assert letter in said.aside
