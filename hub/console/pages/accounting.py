"""Accounting: who got what about one person, by law, for the partner that asks or the verified person; on the page and on paper.

A person is named in a form and never in an address: opening a case gives it a random name, and leaves an entry in the ledger.
"""

from __future__ import annotations

import secrets
from typing import Final

import msgspec
from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right
from hub.console.forms import number
from hub.console.guard import somebody
from hub.console.hub import Told
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import HubError, Lasting
from hub.model.commands import Command, Lodge, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact
from hub.spans import HOUR
from hub.store.result import all_kept

_KIND: Final = "case"
_OPEN_FOR: Final = 8 * HOUR
# So many rows stand on one page; a file has them all.
_PAGE: Final = 50
FORMS: Final = {"pdf": "PDF", "csv": "CSV", "ndjson": "NDJSON", "fhir": "FHIR AuditEvents", "text": "plain text"}


class Case(Fact, frozen=True):
    """An accounting that somebody opened: about which source identities, by which law, for whom."""

    account: str
    identities: tuple[str, ...]
    law: str
    entity: str
    verified: str
    at: int


@page(
    "/accounting",
    "Who got what about a person?",
    Right.ACCOUNTING,
    menu="Accounting",
    command="crisis-hub accounting list",
)
def accounting(visit: Visit) -> Response:
    """Name the person, the law, and who asks."""
    return _asked(visit)


@act("/accounting", "Open an accounting", Right.ACCOUNTING, leaves=(Kind.QUERY,))
def opened(visit: Visit) -> Response:
    """The entry is durable before anything is shown."""
    form = {name: value.strip() for name, value in visit.form.items()}
    known_by = (form.get("type", ""), form.get("assigner", ""), form.get("value", ""))
    try:
        who = visit.hub.identities(form.get("message", ""), known_by if all(known_by) else None)
        case = Case(
            account=somebody(visit).id, identities=tuple(who), law=form.get("law", ""), entity=form.get("entity", ""),
            verified=form.get("verified", ""), at=visit.now,
        )  # fmt: skip
        _made(visit, case)
    except HubError as problem:
        return _asked(visit, wrong=f"{problem.message} {problem.cure}".strip())
    name = secrets.token_hex(6)
    lodged = Lodge(kind=_KIND, name=name, at=visit.now, value=msgspec.msgpack.encode(case), until=visit.now + _OPEN_FOR)
    _ask(visit, _note(visit, case, Kind.QUERY, f"accounting {case.law} opened {_whose(case)}"), lodged)
    return RedirectResponse(f"/accounting/{name}", 303)


@page("/accounting/{case}", "Who got what about this person?", Right.ACCOUNTING, command="crisis-hub accounting list")
def case(visit: Visit) -> Response:
    """The list, for whoever opened the case, page by page: it is as it stood when the case was opened, so no row moves."""
    found, name = _case(visit), visit.path["case"]
    made = _made(visit, found)
    first = number(visit.query.get("from", ""))
    return shown(
        visit,
        "case.html",
        title=f"{made.title}, case {name.upper()}",
        made=made,
        rows=made.rows[first : first + _PAGE],
        first=first,
        newest=f"/accounting/{name}" if first else "",
        further=f"/accounting/{name}?from={first + _PAGE}" if first + _PAGE < len(made.rows) else "",
        case=found,
        name=name,
        forms=FORMS,
    )


@act("/accounting/{case}/file", "Hand the list over", Right.ACCOUNTING, leaves=(Kind.EXPORT,), once=False)
def file(visit: Visit) -> Response:
    """As a file; the ledger says that it was made, and in which form."""
    found, form = _case(visit), visit.form.get("form", "")
    if form not in FORMS:
        raise Lasting("There is no such form.", cure="Choose one on the page.")
    content, media, ending = visit.hub.accounting_file(_made(visit, found), form)
    _ask(visit, _note(visit, found, Kind.EXPORT, f"accounting {found.law} as {form} {_whose(found)}"))
    name = f"accounting-{visit.path['case']}.{ending}"
    return Response(content, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'})


def _asked(visit: Visit, *, wrong: str = "") -> Response:
    return shown(
        visit,
        "accounting.html",
        status=422 if wrong else 200,
        laws=[(name, f"{title}, {citation}") for name, (title, citation) in visit.hub.laws.items()],
        partners=sorted(visit.hub.county.partners),
        wrong=wrong,
        form=visit.form,
    )


def _case(visit: Visit) -> Case:
    lodged = visit.hub.people.one(_KIND, visit.path["case"])
    found = msgspec.msgpack.decode(lodged.value, type=Case) if lodged else None
    if found is None or found.account != somebody(visit).id:
        raise Lasting("This case is closed, or it is somebody else's.", cure="Open it anew.")
    return found


def _made(visit: Visit, case: Case) -> Told:
    return visit.hub.accounting(case.identities, case.law, entity=case.entity, verified=case.verified, at=case.at)


def _whose(case: Case) -> str:
    return f"for {case.entity}" if case.entity else f"for the person: {case.verified}"


def _note(visit: Visit, case: Case, kind: Kind, words: str) -> Note:
    entry = LedgerEntry(kind=kind, at=visit.now, subject=case.identities[0], outcome=words, actor=visit.actor)
    return Note(at=visit.now, entry=entry)


def _ask(visit: Visit, *commands: Command) -> None:
    all_kept(visit.hub.ask(commands))
