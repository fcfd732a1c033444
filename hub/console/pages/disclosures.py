"""Disclosures: every attempt, every grant and refusal, searched by partner, purpose, rule and outcome; nobody's name is in it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from consent.vocabulary import vocabulary
from hub.access.roles import Right
from hub.console import searches, times
from hub.console.forms import number
from hub.console.hub import Told
from hub.console.page import Visit, act, page
from hub.console.plots import Bar, rows
from hub.console.render import shown
from hub.flow.spreadsheet import inert
from hub.model.category import Category
from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry
from hub.store.asking.sent import Sought
from hub.store.result import all_kept

_FILTERS = ("kind", "partner", "purpose", "rule", "outcome", "category")
_KINDS = {"sent": "What was sent", "granted": "What was granted", "refused": "What was refused"}
# A file has so many rows at most, found on so many pages.
MOST: Final = 500
_PAGES: Final = 20
_COLUMNS: Final = (
    "when", "partner", "purpose", "rules", "consents", "agreement", "categories", "outcome", "leaf", "message", "rule_set",
)  # fmt: skip
_OUTCOMES = ("delivered", "again", "parked", "in the air")


@page(
    "/disclosures",
    "Who was told what, and on which basis?",
    Right.DISCLOSURES,
    menu="Disclosures",
    command="crisis-hub accounting log",
)
def disclosures(visit: Visit) -> Response:
    """A page of the log, the newest first."""
    before = number(visit.query.get("before", ""))
    sought = _sought(visit.query, before)
    filters = {name: visit.query[name] for name in _FILTERS if visit.query.get(name)}
    kind = sought.kind
    found = visit.hub.disclosures(sought)
    purposes = Counter(vocabulary().say("purpose", row.purpose) if row.purpose else "unknown" for row in found.rows)
    drawn = rows([Bar(*each) for each in purposes.items()], f"Purposes of the {len(found.rows)} shown here")
    said = {rule.id: rule.words for rule in visit.hub.rules.rules}
    settled = Counter(said.get(name, name) for row in found.rows for name in row.rules or ("no rule lets it through",))
    ruled = rows([Bar(*each) for each in settled.items()], f"Rules behind the {len(found.rows)} shown here")
    return shown(
        visit,
        "disclosures.html",
        ruled=ruled if found.rows and kind == "refused" else "",
        settled=settled,
        found=found,
        kind=kind,
        kinds={each: "/disclosures?" + urlencode({**filters, "kind": each}) for each in _KINDS},
        words=_KINDS,
        filters=filters,
        saved=searches.searches(visit, "/disclosures"),
        most=MOST,
        older=f"/disclosures?{urlencode({**filters, 'before': found.next})}" if found.next else "",
        newest=f"/disclosures?{urlencode(filters)}" if sought.before else "",
        partners=sorted(visit.hub.county.partners),
        purposes=vocabulary().dimensions["purpose"].values,
        categories=[(one.value, vocabulary().say("category", one)) for one in Category],
        outcomes=_OUTCOMES,
        rules=sorted({rule for row in found.rows for rule in row.rules}),
        plot=drawn if found.rows else "",
        table=purposes,
    )


@act("/disclosures/save", "Save this search", Right.DISCLOSURES)
def save(visit: Visit) -> Response:
    """Keep the filters under a name, for whoever is here or for everybody of their role."""
    filters = {name: visit.form[name] for name in _FILTERS if visit.form.get(name)}
    return RedirectResponse(searches.save(visit, "/disclosures", filters), 303)


@act("/disclosures/forget", "Take a saved search away", Right.DISCLOSURES)
def forget(visit: Visit) -> Response:
    """One's own only."""
    searches.forget(visit)
    return RedirectResponse("/disclosures", 303)


@act("/disclosures/file", "Make a file of the log", Right.DISCLOSURES, leaves=(Kind.EXPORT,), once=False)
def file(visit: Visit) -> Response:
    """As CSV; the ledger says that it was made, and of which search. Nobody's name is in it."""
    filters = {name: visit.form[name] for name in _FILTERS if visit.form.get(name)}
    words = ", ".join(f"{name} {value}" for name, value in filters.items()) or "all"
    entry = LedgerEntry(
        kind=Kind.EXPORT, at=visit.now, actor=visit.actor, outcome=f"log of disclosures as CSV: {words}"
    )
    all_kept(visit.hub.ask([Note(at=visit.now, entry=entry)]))
    headers = {"content-disposition": 'attachment; filename="disclosures.csv"'}
    return Response(written(_rows(visit)), media_type="text/csv; charset=utf-8", headers=headers)


def _rows(visit: Visit) -> Iterator[Told]:
    """The newest that fit, page by page."""
    before = left = 0
    for _ in range(_PAGES):
        found = visit.hub.disclosures(_sought(visit.form, before))
        yield from found.rows[: MOST - left]
        left, before = left + len(found.rows), found.next
        if left >= MOST or not before:
            return


def written(found: Iterable[Told]) -> str:
    """The rows as a table for people's spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in found:
        writer.writerow(
            map(inert, (
                times.machine(row.at), row.partner, row.purpose, " ".join(row.rules), " ".join(row.consents), row.agreement,
                " ".join(row.categories), row.outcome, str(row.leaf), row.journal, row.rule_set,
            ))
        )  # fmt: skip
    return out.getvalue()


def _sought(said: Mapping[str, str], before: int) -> Sought:
    kind, partner, purpose, rule, outcome, category = (said.get(name, "") for name in _FILTERS)
    return Sought(
        kind=kind if kind in _KINDS else "sent", partner=partner, purpose=purpose, rule=rule, outcome=outcome,
        category=category, before=before,
    )  # fmt: skip
