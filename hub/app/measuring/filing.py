"""What a state's law asks to be told: computed, and written as a table or on paper, with what it can be held to."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from hub.app.asking.look import Look
from hub.app.disclosures.accounting_forms import day
from hub.app.disclosures.accounting_pdf import on_paper
from hub.app.disclosures.statistics import statistics
from hub.app.measuring.measures import report
from hub.flow.measures.cells import ALL
from hub.flow.measures.counting import Costs
from hub.flow.measures.filed import Filed, Template, filed
from hub.flow.spreadsheet import inert


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is filed. Instants are UTC microseconds; `query` and `checkpoint` are those of the measures it was made from."""

    title: str
    law: str
    county: str
    zone: str
    since: int
    until: int
    lines: tuple[Filed, ...]
    messages: int
    destroyed: int
    query: str
    checkpoint: str


def filing(look: Look, template: Template, since: int, until: int, costs: Costs) -> Filing:
    """The report of a period by a template. The same journal and template give the same report."""
    measured = report(look.vault, look.known, since, until, costs)
    counted = statistics(look, since, until)
    whole = next((cell.n for cell in counted.cells if set(cell.at) == {ALL}), 0)
    disclosed = {
        "delivered": whole if isinstance(whole, int) else None,
        "decided": counted.decided,
        "withheld": counted.withheld,
    }
    return Filing(
        title=template.title,
        law=template.law,
        county=look.known.county.name,
        zone=look.known.county.zone,
        since=since,
        until=until,
        lines=tuple(filed(template, measured.tables, disclosed)),
        messages=measured.messages,
        destroyed=measured.destroyed,
        query=measured.digest,
        checkpoint=measured.checkpoint,
    )


def as_csv(made: Filing) -> str:
    """A line each, with the law, the query and the root of the ledger's tree beside it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("line", "number", "law", "query", "checkpoint"))
    root = _root(made)
    writer.writerows(tuple(map(inert, (line.words, line.number, made.law, made.query, root))) for line in made.lines)
    return out.getvalue()


def as_pdf(made: Filing) -> bytes:
    """The report on paper, the same bytes for the same report."""
    return on_paper(title=made.title, subject=made.law, foot=f"query {made.query}", sentences=_sentences(made))


def _sentences(made: Filing) -> Iterator[str]:
    yield made.title
    yield f"{made.county}, {day(made.since, made.zone)} to {day(made.until, made.zone)}. Under {made.law}."
    for line in made.lines:
        yield f"{line.words}: {line.number}"
    yield "Numbers of 1 to 10 are not told, nor what would give them away."
    yield f"From {made.messages} messages, of which {made.destroyed} were destroyed and are not counted."
    yield f"Root of the ledger's tree: {_root(made)}"


def _root(made: Filing) -> str:
    lines = made.checkpoint.splitlines()
    return lines[2] if len(lines) > 2 else ""
