"""Messages: find any of them, follow one through every step and partner, and show what it says to whoever has a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from consent.vocabulary import vocabulary
from hub.access.reasons import SHOWING, showing
from hub.access.roles import Right, may
from hub.console import searches
from hub.console.forms import instant, number
from hub.console.guard import somebody
from hub.console.hub import Told
from hub.console.page import Visit, act, page
from hub.console.plots import Track, tracked
from hub.console.render import shown
from hub.model.commands import Command, Lodge
from hub.model.decision import Reason
from hub.model.entry import Kind
from hub.spans import MINUTE
from hub.store.asking.journal import PAGE, Message, Wanted
from hub.store.result import all_kept

SHOWN_FOR: Final = 15 * MINUTE
_WORDS: Final[Mapping[str, str]] = {
    "partner": "sent by", "kind": "of kind", "state": "that are", "destination": "for", "since": "kept from", "until": "kept before",
}  # fmt: skip
_FILTERS: Final = ("partner", "kind", "state", "destination", "since", "until")


@page("/messages", "Find any message", Right.MESSAGES, menu="Messages", command="crisis-hub message ID")
def messages(visit: Visit) -> Response:
    """A page of messages, the newest first."""
    wanted, zone = visit.query, visit.hub.county.zone
    before = number(wanted.get("before", ""))
    rows = visit.hub.messages(
        Wanted(
            partner=wanted.get("partner", ""),
            kind=wanted.get("kind", ""),
            state=wanted.get("state", ""),
            destination=wanted.get("destination", ""),
            since=instant(wanted.get("since", ""), zone),
            until=instant(wanted.get("until", ""), zone),
            before=before,
            limit=PAGE + 1,
        )
    )
    filters = {name: wanted[name] for name in _FILTERS if wanted.get(name)}
    return shown(
        visit,
        "messages.html",
        rows=rows[:PAGE],
        settled=visit.hub.settled(rows[:PAGE]),
        older=f"/messages?{urlencode({**filters, 'before': rows[PAGE - 1].seq})}" if len(rows) > PAGE else "",
        newest=f"/messages?{urlencode(filters)}" if before else "",
        filters=filters,
        without={n: "/messages?" + urlencode({k: v for k, v in filters.items() if k != n}) for n in filters},
        partners=sorted(visit.hub.county.partners),
        receivers=sorted(one.id for one in visit.hub.county.partners.values() if one.delivery),
        words=_WORDS,
        saved=searches.searches(visit, "/messages"),
    )


@act("/messages/find", "Find a message by any id", Right.MESSAGES, once=False)
def find(visit: Visit) -> Response:
    """Ids stand in the form and not in the address: senders put record numbers into them."""
    message = visit.hub.message(visit.form.get("id", "").strip())
    return RedirectResponse(f"/messages/{message.journal}", 303)


@act("/messages/save", "Save this search", Right.MESSAGES)
def save(visit: Visit) -> Response:
    """Keep the filters under a name, for whoever is here or for everybody of their role."""
    filters = {key: visit.form[key] for key in _FILTERS if visit.form.get(key)}
    return RedirectResponse(searches.save(visit, "/messages", filters), 303)


@act("/messages/forget", "Take a saved search away", Right.MESSAGES)
def forget(visit: Visit) -> Response:
    """One's own only."""
    searches.forget(visit)
    return RedirectResponse("/messages", 303)


@page(
    "/messages/{name}", "What became of this message?", Right.MESSAGES, command="crisis-hub message {name}", live=True
)
def message(visit: Visit) -> Response:
    """One message through every step and partner."""
    return _message(visit)


@act("/messages/{name}/reveal", "Show what a message says", Right.REVEAL, leaves=(Kind.REVEAL,), once=False)
def reveal(visit: Visit) -> Response:
    """With a reason, for a quarter of an hour; the leaf is durable before the first value leaves."""
    found, reason = visit.hub.message(visit.path["name"]), visit.form.get("reason", "")
    if reason not in SHOWING:
        return _message(visit, wrong="Choose a reason first: the ledger keeps it.", status=422)
    name = _shown_name(visit, found)
    standing = visit.hub.people.one("reveal", name)
    _ask(
        visit,
        showing(found, reason, actor=visit.actor, at=visit.now, where="in the console"),
        Lodge(
            kind="reveal", name=name, at=visit.now, value=reason.encode(), until=visit.now + SHOWN_FOR,
            before=standing.version if standing else 0,
        ),
    )  # fmt: skip
    return RedirectResponse(f"/messages/{found.journal}#says", 303)


@act("/messages/{name}/hide", "Hide it again", Right.REVEAL, once=False)
def hide(visit: Visit) -> Response:
    """Before the quarter of an hour is over."""
    found = visit.hub.message(visit.path["name"])
    standing = visit.hub.people.one("reveal", _shown_name(visit, found))
    if standing:
        _ask(visit, Lodge(kind="reveal", name=standing.name, at=visit.now, before=standing.version))
    return RedirectResponse(f"/messages/{found.journal}", 303)


@act("/messages/{name}/replay", "Send or read a message again, or end it", Right.REPLAY, leaves=(Kind.OUTCOME,))
def replay(visit: Visit) -> Response:
    """What is parked of one message, at one destination: decided as of now, and sent once under its own key."""
    name, form = visit.path["name"], visit.form
    what, reason, to = form.get("what", ""), form.get("reason", "").strip()[:300], form.get("to", "")
    if what not in ("again", "end") or not reason:
        return _message(visit, wrong="Choose what to do, and write a reason: it is kept with the message.", status=422)
    hub, found = visit.hub, visit.hub.message(name)
    done = hub.put_right([found.journal], actor=visit.actor, reason=reason, destination=to, end=what == "end")
    if problem := next((problem for _, problem in done if problem), ""):
        return _message(visit, wrong=problem, status=409)
    return RedirectResponse(f"/messages/{found.journal}", 303)


@page("/why/{name}", "Why did each partner get what it got?", Right.WHY, command="crisis-hub why {name}")
def why(visit: Visit) -> Response:
    """Every decision about a message, derived again as of then."""
    return _why(visit, "")


@page(
    "/why/{name}/{partner}",
    "Why did this partner get this and not that?",
    Right.WHY,
    command="crisis-hub why {name} {partner}",
)
def why_partner(visit: Visit) -> Response:
    """One partner's decisions, with the text of each rule beside them."""
    return _why(visit, visit.path["partner"])


@page(
    "/messages/{name}/again",
    "Does it come out the same once more?",
    Right.WHY,
    command="crisis-hub why {name} --replay",
)
def again(visit: Visit) -> Response:
    """Read and decided once more, and compared with what was kept."""
    name = visit.path["name"]
    return shown(visit, "again.html", message=visit.hub.message(name), checks=visit.hub.again(name))


def _why(visit: Visit, partner: str) -> Response:
    name = visit.path["name"]
    found = [
        (one, _grouped(one.settled), _grouped(one.kept), _asides(one.sentences)) for one in visit.hub.why(name, partner)
    ]
    return shown(
        visit,
        "why.html",
        message=visit.hub.message(name),
        decisions=found,
        rules={rule.id for rule in visit.hub.rules.rules} if may(somebody(visit).account.role, Right.POLICY) else (),
        partner=partner,
    )


def _grouped(reasons: Iterable[Reason]) -> list[tuple[Reason, list[str]]]:
    """Each rule once, with the kinds of information that it settled, in words."""
    found: dict[tuple[str, str], tuple[Reason, set[str]]] = {}
    for reason in reasons:
        found.setdefault((reason.rule, reason.words), (reason, set()))[1].add(
            vocabulary().say("category", reason.category)
        )
    return [(reason, sorted(kinds)) for reason, kinds in found.values()]


def _asides(sentences: Iterable[str]) -> list[str]:
    """What the table does not say already."""
    return [said for said in sentences if not said.startswith(("Sent: ", "Withheld: "))]


def _message(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    name = visit.path["name"]
    told, progress = visit.hub.timeline(name), visit.hub.progress(name)
    found = told.message
    role = somebody(visit).account.role
    open_now = visit.hub.people.one("reveal", _shown_name(visit, found)) if may(role, Right.REVEAL) else None
    return shown(
        visit,
        "message.html",
        status=status,
        title=f"{found.kind or 'Message'} of {found.partner}",
        message=found,
        steps=told.steps,
        progress=progress,
        plot=_drawn(visit, found, progress),
        parked=[course for course in progress.courses if course.state == "parked"],
        episode=visit.hub.episode(name) if found.episode else None,
        reasons=SHOWING,
        may_reveal=may(role, Right.REVEAL),
        may_why=may(role, Right.WHY),
        may_replay=may(role, Right.REPLAY),
        open_until=open_now.until if open_now else 0,
        content=visit.hub.shown(name, role) if open_now else (),
        wrong=wrong,
        form=visit.form,
    )


def _drawn(visit: Visit, message: Message, progress: Told) -> Markup | str:
    """When each destination was tried, and when it answered, since the message was kept."""
    tracks = [
        Track(
            visit.hub.county.partners[one.partner].name if one.partner in visit.hub.county.partners else one.partner,
            [(each.at - message.at, max(0, each.until - message.at)) for each in one.tries],
        )
        for one in progress.courses
        if one.tries
    ]
    return tracked(tracks, "Attempts at each destination, since it was kept") if tracks else ""


def _shown_name(visit: Visit, message: Message) -> str:
    """Shown to this very session, and to nobody else."""
    return f"{visit.here.name if visit.here else ''} {message.journal}"


def _ask(visit: Visit, *commands: Command) -> None:
    all_kept(visit.hub.ask(commands))
