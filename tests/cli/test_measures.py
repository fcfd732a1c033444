"""The analyst's quarter: counted from the sealed journal, the same each time, and no small number in any file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from hub.app.vault import make
from hub.demo.stage import SOURCE
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


TEMPLATE = str(SOURCE / "reports" / "legislature.yaml")


def test_a_state_gets_its_report_in_words_as_a_table_and_on_paper(config: Path, tmp_path: Path) -> None:
    words = ran("report", TEMPLATE, *WEEK[1:], "--config", str(config)).out
    table = ran("report", TEMPLATE, *WEEK[1:], "--config", str(config), "--format", "csv").out
    paper = tmp_path / "week.pdf"
    ran("report", TEMPLATE, *WEEK[1:], "--config", str(config), "--format", "pdf", "--out", str(paper))

    assert "Demo Statutes 26-100, section 4" in words
    assert "Requests for care that found no room" in words
    assert next(row["number"] for row in csv.DictReader(io.StringIO(table))) == "0"
    assert paper.read_bytes().startswith(b"%PDF-")


def test_a_report_on_paper_needs_a_file_and_a_template_its_lines(config: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("title: T\nlaw: L\nlines:\n  - words: W\n    measure: K9\n")

    unnamed = ran("report", TEMPLATE, *WEEK[1:], "--config", str(config), "--format", "pdf")
    wrong = ran("report", str(bad), *WEEK[1:], "--config", str(config))

    assert (unnamed.status, "Name a file with --out" in unnamed.whole) == (1, True)
    assert (wrong.status, '"K9" is no measure' in wrong.whole) == (1, True)


def test_a_page_of_plots_stands_alone(config: Path) -> None:
    drawn = ran(*WEEK, "--config", str(config), "--format", "html").out

    assert drawn.startswith("<!doctype html>")
    assert "<svg" in drawn
    assert "http" not in drawn.replace("http-equiv", "")


def test_a_published_export_is_counted_again(config: Path, tmp_path: Path) -> None:
    export = tmp_path / "week.ndjson"
    export.write_text(ran(*WEEK, "--config", str(config), "--format", "ndjson").out)
    altered = tmp_path / "altered.ndjson"
    altered.write_text(export.read_text().replace('"episodes":12', '"episodes":13'))

    same, other = (ran("ledger", "recount", str(file), "--config", str(config)) for file in (export, altered))

    assert (same.status, "all as published" in same.out) == (0, True)
    assert (other.status, "other than published" in other.out) == (1, True)
