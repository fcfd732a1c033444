"""Measures: did it help? Counted over many episodes and never about one person; small numbers are hidden before they come here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from hub.access.roles import Right
from hub.console import times
from hub.console.forms import amount, instant
from hub.console.hub import Told
from hub.console.page import Visit, act, page
from hub.console.plots import Part, parts
from hub.console.render import shown
from hub.errors import Lasting
from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry
from hub.spans import DAY
from hub.store.result import all_kept

# What the county pays: inputs of two measures, printed with every result.
COSTS: Final = {
    "officer_hour": "An hour of an officer",
    "ed_visit": "A visit to an emergency department",
    "jail_booking": "A booking into jail",
    "co_responder_year": "A co-responder, for a year",
}
_FORMS: Final = {"page": "on this page", "csv": "as CSV", "ndjson": "as NDJSON", "fhir": "as FHIR MeasureReports"}
_TITLES: Final = {"csv": "text/csv", "ndjson": "application/x-ndjson", "fhir": "application/fhir+json"}
# A table of so few lines is drawn as well.
_DRAWN: Final = 12


@page(
    "/measures",
    "Did it help?",
    Right.MEASURES,
    menu="Measures",
    command="crisis-hub measures --since 2026-01-01 --until 2026-04-01",
)
def measures(visit: Visit) -> Response:
    """Choose a period."""
    return _asked(visit)


@act("/measures", "Count the episodes of a period", Right.MEASURES, leaves=(Kind.EXPORT,), once=False)
def counted(visit: Visit) -> Response:
    """The tables with small numbers hidden, here or as a file; the ledger says that they were made, and of which query."""
    zone, form = visit.hub.county.zone, visit.form
    try:
        since, until = _period(form, zone)
        found = visit.hub.measures(since, until, {name: amount(form.get(name, "")) for name in COSTS})
    except Lasting as wrong:
        return _asked(visit, wrong=f"{wrong.message} {wrong.cure}".strip())
    shape = form.get("form", "page")
    entry = LedgerEntry(
        kind=Kind.EXPORT, at=visit.now, actor=visit.actor, outcome=f"measures, query {found.digest[:16]}"
    )
    all_kept(visit.hub.ask([Note(at=visit.now, entry=entry)]))
    if shape in _TITLES:
        headers = {"content-disposition": f'attachment; filename="measures.{"json" if shape == "fhir" else shape}"'}
        return Response(visit.hub.measures_file(found, shape), media_type=_TITLES[shape], headers=headers)
    return _asked(visit, found=found)


def _period(form: Mapping[str, str], zone: str) -> tuple[int, int]:
    since, until = (instant(form.get(name, ""), zone) for name in ("since", "until"))
    if not since or until <= since:
        raise Lasting("Choose the first day, and the day after the last.")
    return since, until


def _asked(visit: Visit, *, found: Told = None, wrong: str = "") -> Response:
    first, last = _quarter(visit)
    return shown(
        visit,
        "measures.html",
        title="Did it help?",
        status=422 if wrong else 200,
        since=visit.form.get("since", first),
        until=visit.form.get("until", last),
        costs=COSTS,
        forms=_FORMS,
        form=visit.form,
        found=found,
        tables=[(table, _columns(table), _drawn(table)) for table in found.tables] if found else (),
        wrong=wrong,
    )


def _quarter(visit: Visit) -> tuple[str, str]:
    """The last whole quarter, in the county's zone."""
    today = times.local(visit.now, visit.hub.county.zone).date()
    until = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
    last = until - timedelta(microseconds=DAY)
    return last.replace(month=3 * ((last.month - 1) // 3) + 1, day=1).isoformat(), until.isoformat()


def _columns(table: Told) -> tuple[str, ...]:
    """What is measured besides the number, in the order in which it first occurs."""
    return tuple(dict.fromkeys(name for cell in table.cells for name, _ in cell.values))


def _drawn(table: Told) -> Told:
    """Bars of a table of one dimension; what is hidden is drawn as a stub of one length."""
    cells = [cell for cell in table.cells if cell.at != ("all",)]
    if len(table.dimensions) != 1 or not 1 < len(cells) <= _DRAWN:
        return ""
    return parts([Part(" ".join(cell.at), cell.n) for cell in cells], f"{table.title}: episodes")
