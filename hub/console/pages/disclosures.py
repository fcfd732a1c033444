"""Disclosures: every attempt, every grant and refusal, searched by partner, purpose, rule and outcome; nobody's name is in it."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from starlette.responses import Response

from consent.vocabulary import vocabulary
from hub.access.roles import Right
from hub.console.page import Visit, page
from hub.console.plots import Bar, rows
from hub.console.render import shown
from hub.model.category import Category
from hub.store.sent import Sought

_FILTERS = ("kind", "partner", "purpose", "rule", "outcome", "category")
_KINDS = {"sent": "What was sent", "granted": "What was granted", "refused": "What was refused"}
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
    wanted = {name: visit.query.get(name, "") for name in _FILTERS}
    kind = wanted["kind"] if wanted["kind"] in _KINDS else "sent"
    before = visit.query.get("before", "")
    sought = Sought(
        kind=kind,
        partner=wanted["partner"],
        purpose=wanted["purpose"],
        rule=wanted["rule"],
        outcome=wanted["outcome"],
        category=wanted["category"],
        before=int(before) if before.isdecimal() and len(before) < 18 else 0,
    )
    found = visit.hub.disclosures(sought)
    filters = {name: value for name, value in wanted.items() if value}
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
        older=f"/disclosures?{urlencode({**filters, 'before': found.next})}" if found.next else "",
        newest=f"/disclosures?{urlencode(filters)}" if sought.before else "",
        partners=sorted(visit.hub.county.partners),
        purposes=vocabulary().dimensions["purpose"].values,
        categories=[(one.value, vocabulary().say("category", one)) for one in Category],
        outcomes=_OUTCOMES,
        rules=sorted(rule.id for rule in visit.hub.rules.rules),
        plot=drawn if found.rows else "",
        table=purposes,
    )
