"""Links: records that may be of one person, side by side, in words; a reviewer's word on it; and taking a wrong link back."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right, may
from hub.console.forms import number
from hub.console.guard import somebody
from hub.console.hub import Told
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import HubError, Lasting
from hub.model.commands import Command, Lodge, Note
from hub.model.entry import Kind, LedgerEntry
from hub.spans import MINUTE
from hub.store.result import all_kept

_KIND: Final = "compared"
_SHOWN_FOR: Final = 15 * MINUTE
_REASONS: Final = {
    "words": "the words do not settle it",
    "asked": "the person asked, or their representative",
    "wrong": "a link may be wrong",
}


@page("/links", "Which records may be of one person?", Right.LINKS, menu="Links", command="crisis-hub link show ID")
def links(visit: Visit) -> Response:
    """The oldest first. Nothing of what the records say is here: which evidence agreed and which differed."""
    after = visit.query.get("after", "")
    found = visit.hub.tasks("link", number(after))
    return shown(
        visit,
        "links.html",
        tasks=found,
        next=found[-1].seq if len(found) >= 50 else 0,
        may_judge=may(somebody(visit).account.role, Right.JUDGE),
    )


@page("/links/{number}", "Same person or not?", Right.LINKS, command="crisis-hub link show ID")
def link(visit: Visit) -> Response:
    """One record beside each that it may be of one person with."""
    return _link(visit)


@act("/links/{number}/answer", "Say whether they are one person", Right.JUDGE, leaves=(Kind.LINK,))
def answer(visit: Visit) -> Response:
    """With a reason; a merge and a parting are both taken back when they were wrong."""
    given, reason = visit.form.get("answer", ""), visit.form.get("reason", "").strip()[:300]
    if not (given and reason):
        return _link(visit, wrong="Choose an answer, and write why: the ledger keeps it.")
    try:
        visit.hub.reviews.answer(
            _number(visit), visit.form.get("other", ""), given, actor=visit.actor, reason=reason
        )  # fmt: skip
    except HubError as problem:
        return _link(visit, wrong=f"{problem.message} {problem.cure}".strip())
    return RedirectResponse("/links", 303)


@act("/links/{number}/reveal", "Show both records", Right.JUDGE, leaves=(Kind.REVEAL,), once=False)
def reveal(visit: Visit) -> Response:
    """For a quarter of an hour, to this session; each person's record has its leaf before the first value leaves."""
    reason = _REASONS.get(visit.form.get("reason", ""))
    if reason is None:
        return _link(visit, wrong="Choose a reason first: the ledger keeps it.")
    asked = visit.hub.reviews.doubt(_number(visit))
    both = {asked.identity.id: asked.message.journal, **{p.other.id: p.message for p in asked.pairs if p.message}}
    entries = [
        LedgerEntry(
            kind=Kind.REVEAL, at=visit.now, journal=journal, subject=owner, actor=visit.actor,
            outcome=f"shown in the console to judge a link: {reason}",
        )
        for owner, journal in both.items()
    ]  # fmt: skip
    standing = visit.hub.people.one(_KIND, _shown_name(visit))
    lodged = Lodge(
        kind=_KIND, name=_shown_name(visit), at=visit.now, value=b"1", until=visit.now + _SHOWN_FOR,
        before=standing.version if standing else 0,
    )  # fmt: skip
    _ask(visit, *(Note(at=visit.now, entry=entry) for entry in entries), lodged)
    return RedirectResponse(f"/links/{_number(visit)}", 303)


@act("/links/{number}/hide", "Hide them again", Right.JUDGE, once=False)
def hide(visit: Visit) -> Response:
    """Before the quarter of an hour is over."""
    standing = visit.hub.people.one(_KIND, _shown_name(visit))
    if standing:
        _ask(visit, Lodge(kind=_KIND, name=standing.name, at=visit.now, before=standing.version))
    return RedirectResponse(f"/links/{_number(visit)}", 303)


@act("/links/find", "Look somebody up by a message about them", Right.JUDGE, once=False)
def find(visit: Visit) -> Response:
    """Ids stand in the form and not in the address."""
    message = visit.hub.message(visit.form.get("id", "").strip())
    return RedirectResponse(f"/links/of/{message.journal}", 303)


@page("/links/of/{name}", "Who is held to be this person?", Right.JUDGE, command="crisis-hub link show {name}")
def held(visit: Visit) -> Response:
    """The records held to be one person, how they came together, and what went out because of that."""
    return _held(visit)


@act("/links/of/{name}/unmerge", "Take a wrong link back", Right.JUDGE, leaves=(Kind.LINK,))
def unmerge(visit: Visit) -> Response:
    """The record of this message is a person of its own again; whoever got something because of the link is asked to forget it."""
    reason = visit.form.get("reason", "").strip()[:300]
    if not reason:
        return _held(visit, wrong="Write why: the ledger keeps it.")
    try:
        found = visit.hub.reviews.unmerge(visit.path["name"], actor=visit.actor, reason=reason)
    except HubError as problem:
        return _held(visit, wrong=f"{problem.message} {problem.cure}".strip())
    return shown(visit, "unmerged.html", title="The link is taken back", found=found, name=visit.path["name"])


def _link(visit: Visit, *, wrong: str = "") -> Response:
    asked = visit.hub.reviews.doubt(_number(visit))
    role = somebody(visit).account.role
    open_now = visit.hub.people.one(_KIND, _shown_name(visit))
    names = [asked.message.journal, *(pair.message for pair in asked.pairs if pair.message)]
    return shown(
        visit,
        "link.html",
        status=422 if wrong else 200,
        asked=asked,
        may_judge=may(role, Right.JUDGE),
        open_until=open_now.until if open_now else 0,
        said={name: _said(visit, name, role) for name in names} if open_now else {},
        reasons=_REASONS,
        form=visit.form,
        wrong=wrong,
    )


def _said(visit: Visit, name: str, role: str) -> Told:
    """What a role may see of the person in a message; nothing where its content is gone."""
    try:
        return [line for kind, lines in visit.hub.shown(name, role) if kind == "person" for line in lines]
    except Lasting:
        return []


def _held(visit: Visit, *, wrong: str = "") -> Response:
    found = visit.hub.reviews.held(visit.path["name"])
    return shown(
        visit,
        "held.html",
        status=422 if wrong else 200,
        held=found,
        radius=visit.hub.reviews.radius(visit.path["name"]) if len(found.members) > 1 else (),
        name=visit.path["name"],
        wrong=wrong,
    )


def _shown_name(visit: Visit) -> str:
    """Shown to this very session, and to nobody else."""
    return f"{visit.here.name if visit.here else ''} {_number(visit)}"


def _number(visit: Visit) -> int:
    found = number(visit.path["number"])
    if not found:
        raise Lasting("There is no such doubt.")
    return found


def _ask(visit: Visit, *commands: Command) -> None:
    all_kept(visit.hub.ask(commands))
