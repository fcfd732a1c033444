"""Templates: autoescaped, packaged with the program, strict about names. What they need of words and times is here."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from consent.vocabulary import vocabulary
from hub import errors
from hub.access import session
from hub.access.roles import ROLES, Right, may
from hub.console import drafts, times
from hub.console.page import PAGES, Page, Visit
from hub.console.refill import refilled
from hub.partners import Partner
from hub.spans import MINUTE, SECOND
from hub.store.ids import short


class State(NamedTuple):
    """How a state is said and shown: a group of colour, a sign, a word."""

    group: str
    sign: str
    word: str


GO, WAIT, STOP, HELD, QUIET = ("go", "●"), ("wait", "◷"), ("stop", "✕"), ("held", "‖"), ("quiet", "○")
# Every state of the hub that a page shows, in words: word, sign and colour, in that order of importance.
STATES: Final[Mapping[str, State]] = {
    "planned": State(*GO, "Decided"),
    "parked": State(*STOP, "Parked"),
    "closed": State(*QUIET, "Ended unread"),
    "delivered": State(*GO, "Delivered"),
    "again": State(*WAIT, "Trying again"),
    "in the air": State(*WAIT, "Under way"),
    "waiting": State(*WAIT, "Waiting"),
    "behind": State(*WAIT, "Behind another"),
    "cancelled": State(*QUIET, "Ended"),
    "granted": State(*GO, "Granted"),
    "refused": State(*QUIET, "Withheld"),
    "flowing": State(*GO, "Flowing"),
    "quiet": State(*QUIET, "Nothing to send"),
    "stopped": State(*STOP, "Stopped"),
    "paused": State(*HELD, "Paused"),
    "late": State(*WAIT, "Late"),
    "ended": State(*STOP, "No agreement"),
    "ending": State(*WAIT, "Ending"),
    "link": State(*WAIT, "Same person?"),
    "active": State(*GO, "Active"),
    "invited": State(*WAIT, "Invited"),
    "locked": State(*STOP, "Locked"),
    "link over": State(*STOP, "Link over"),
    "identical": State(*GO, "Identical"),
    "differs": State(*STOP, "Differs"),
    "permit": State(*GO, "Permits"),
    "forbid": State(*STOP, "Forbids"),
    "duty": State(*HELD, "Duty"),
    "alarmed": State(*STOP, "Open"),
    "taken": State(*HELD, "Taken on"),
    "cleared": State(*GO, "Cleared"),
    "told": State(*GO, "Acknowledged"),
    "on its way": State(*WAIT, "On its way"),
    "by hand": State(*WAIT, "By telephone"),
    "seen to": State(*GO, "Seen to"),
    "overdue": State(*STOP, "Overdue"),
    "unreviewed": State(*WAIT, "Waits for review"),
    "justified": State(*GO, "Justified"),
    "unjustified": State(*STOP, "Not justified"),
    "recall": State(*WAIT, "Recall"),
    "alarm": State(*STOP, "Alarm"),
    "promise": State(*WAIT, "Promise"),
    "speaks for": State(*GO, "Speaks for it"),
    "speaks against": State(*STOP, "Speaks against it"),
    "says nothing": State(*QUIET, "Says nothing"),
    "in force": State(*GO, "In force"),
    "to come": State(*WAIT, "To come"),
    "earlier": State(*QUIET, "Earlier"),
    "draft": State(*HELD, "Draft"),
    "program": State(*HELD, "Came with the program"),
    "proposed": State(*WAIT, "Waits for a second person"),
    "gained": State(*STOP, "Would also go"),
    "lost": State(*QUIET, "Would go no more"),
    "holds": State(*GO, "Holds"),
    "broken": State(*STOP, "Does not hold"),
    "job running": State(*WAIT, "Running"),
    "job finished": State(*GO, "Finished"),
    "job cancelled": State(*QUIET, "Cancelled"),
    "mapped": State(*GO, "Mapped"),
    "transformed": State(*GO, "Transformed"),
    "withheld": State(*HELD, "Withheld"),
    "unmapped": State(*WAIT, "Unmapped"),
    "invalid": State(*STOP, "Out of place"),
    "defective": State(*STOP, "Opens nothing"),
    "revoked": State(*QUIET, "Taken back"),
    "expired": State(*QUIET, "Ended"),
    "replaced": State(*QUIET, "Replaced"),
    "consent": State(*WAIT, "Consent"),
    "there": State(*GO, "There"),
    "missing": State(*STOP, "Missing"),
    "offered": State(*GO, "Open"),
    "full": State(*QUIET, "Full"),
    "stale": State(*WAIT, "Stale"),
    "diversion": State(*HELD, "Diversion"),
    "uncounted": State(*QUIET, "Not counted yet"),
    "team asked": State(*WAIT, "Team asked"),
    "team accepted": State(*GO, "Team accepted"),
    "team under way": State(*GO, "Team under way"),
    "team there": State(*GO, "Team there"),
    "team cleared": State(*QUIET, "Team is done"),
    "rescue": State(*STOP, "Active rescue"),
    "record waits": State(*WAIT, "Waits for you"),
    "record unclear": State(*STOP, "Is it there?"),
    "record approve": State(*GO, "Approved"),
    "record return": State(*QUIET, "Returned"),
    "unit free": State(*GO, "Free"),
    "unit busy": State(*WAIT, "On a call"),
    "record differs": State(*WAIT, "Differs"),
    "record same": State(*GO, "The same"),
    "call in crisis": State(*HELD, "Crisis"),
    "call open": State(*WAIT, "Open"),
    "call on scene": State(*GO, "On scene"),
    "call cleared": State(*QUIET, "Cleared"),
    "bed asked": State(*WAIT, "Not answered"),
    "bed offered": State(*GO, "Offered"),
    "bed declined": State(*QUIET, "Declined"),
    "bed chosen": State(*GO, "Chosen"),
    "bed cancelled": State(*QUIET, "Over"),
    "search asking": State(*WAIT, "Collecting offers"),
    "search held": State(*HELD, "Bed held"),
    "search arrived": State(*GO, "Arrived"),
    "search ended": State(*QUIET, "Ended"),
    "referral requested": State(*WAIT, "New"),
    "referral received": State(*WAIT, "Received"),
    "referral accepted": State(*GO, "Accepted"),
    "referral scheduled": State(*GO, "Scheduled"),
    "referral missed": State(*WAIT, "Did not come"),
    "referral arrived": State(*GO, "Arrived"),
    "referral completed": State(*QUIET, "Closed"),
    "referral rejected": State(*QUIET, "Declined"),
    "referral cancelled": State(*QUIET, "Taken back"),
}


def state(name: str) -> State:
    """How a state is said; one that nobody named says itself."""
    return STATES.get(name) or State(*HELD, name.capitalize())


# What stands in the navigation of each role, its first question first: seven at most, where it lands at the head.
# Every other page that a role may open is named at the foot. A role that is not here has all its pages as they were declared.
MENUS: Final[Mapping[str, tuple[str, ...]]] = {
    "compliance-officer": ("Today", "Disclosures", "Accounting", "Reviews", "Consents", "Policy", "Ledger"),
    "operator": ("Today", "Messages", "Parked", "Partners", "Alerts", "Board", "Ledger"),
    "mapping-analyst": ("Codes", "Mappings", "Losses", "Messages", "Parked", "Partners"),
    "programme-analyst": ("Measures", "Policy", "Ledger", "Board"),
    "clinician-reviewer": ("Links", "Reviews"),
    "intake-worker": ("Referrals", "Placements", "Beds", "New consent", "Recalls"),
    "flow-coordinator": ("Beds", "Placements", "Referrals"),
    "records-clerk": ("Records", "Differences", "Recalls"),
    "dispatcher": ("Calls", "Teams", "Card", "Resources", "Beds"),
    "responder": ("Card", "Resources", "Beds"),
    "988-counsellor": ("New contact", "Contacts", "Beds"),
    "administrator": ("People", "Partners", "Settings", "Changes", "Alerts", "Rules", "Ledger"),
}
_CODES: Final = re.compile("|".join(rf"\b{name}\b" for name, kind in vars(errors).items() if isinstance(kind, type)))


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("hub.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        state=state,
        length=times.length,
        say=_say,
        roles=ROLES,
        ties=_ties,
        here_is=_here,
        filled=_filled,
        may_find=_may_find,
        may_open=_may_open,
    )
    made.filters.update(twice=_twice, plain=_plain, short=short)
    return made


def shown(visit: Visit, template: str, *, status: int = 200, title: str = "", **values: Any) -> HTMLResponse:
    """A page. `title` is its first heading, its question where none is given."""
    zone, path = visit.hub.county.zone, _here(visit)
    waits = _waiting(visit)
    made = partial(
        _environment().get_template(template).render,
        visit=visit,
        title=title or visit.page.question,
        county=visit.hub.county,
        menu=menu(visit),
        elsewhere=elsewhere(visit),
        leaving=_leaving(visit),
        stamp=partial(_time, zone=zone),
        brief=partial(_brief, zone=zone, now=visit.now),
        day=partial(times.day, zone=zone),
        age=partial(_age, visit.now),
        left=partial(_left, visit.now),
        whom=partial(_whom, visit.hub.county.partners),
        phone_of=partial(_phone, visit.hub.county.partners),
        half_written=waits,
        half_written_here=next((one for one in waits if one.page == path), None),
        **values,
    )
    return HTMLResponse(_with_typed(made, path, waits), status)


class Question(HTMLResponse):
    """A page that asks before anything is done: its act has had no effect yet."""


def question(visit: Visit, template: str, *, status: int = 200, title: str = "", **values: Any) -> Question:
    """A page in the place of an act that waits for one more word."""
    return Question(shown(visit, template, status=status, title=title, **values).body, status)


def _waiting(visit: Visit) -> list[drafts.Draft]:
    """What somebody had typed when their session ended: a page of theirs shows it, and their shelf all of it."""
    if visit.here is None or visit.page.method == "POST" or visit.page.url == drafts.SHELF or _locked(visit):
        return []
    return drafts.waiting(visit.hub.people, visit.here.session.account, visit.now)


def _with_typed(made: Callable[..., str], path: str, waits: list[drafts.Draft]) -> str:
    """The page with what was typed on it in its forms again; where a form is not there any more, beside them."""
    here, html = [one for one in waits if one.page == path], made(homeless=())
    lost = [one for one in here if refilled(html, path, one.action, one.fields) is None]
    html = made(homeless=lost) if lost else html
    for one in here:
        html = refilled(html, path, one.action, one.fields) or html
    return html


def menu(visit: Visit) -> list[Page]:
    """The pages in the navigation of whoever asks, their first question first: what somebody cannot use is not there."""
    found, order = _named(visit), _order(visit)
    return [found[name] for name in order if name in found] if order else list(found.values())


def elsewhere(visit: Visit) -> list[Page]:
    """The other pages that whoever asks may open."""
    order = _order(visit)
    return [page for name, page in _named(visit).items() if order and name not in order]


def _named(visit: Visit) -> dict[str, Page]:
    # Whoever locked their session is led nowhere.
    role = visit.who.account.role if visit.who and not _locked(visit) else ""
    return {page.menu: page for page, _ in PAGES if page.menu and page.right and may(role, page.right)}


def _order(visit: Visit) -> tuple[str, ...]:
    return MENUS.get(visit.who.account.role, ()) if visit.who else ()


def _time(at: int, *, zone: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(times.machine(at), times.stamp(at, zone))


def _brief(at: int, *, zone: str, now: int) -> Markup:
    if not at:
        return Markup('<span class="soft">never</span>')
    return Markup('<time datetime="{}">{}</time>').format(times.machine(at), times.brief(at, zone, now))


def _age(now: int, at: int) -> str:
    return times.length(max(0, now - at)) if at else "-"


def _whom(partners: Mapping[str, Partner], name: str) -> str:
    """What people call a partner; a name that is no partner's says itself."""
    return partners[name].name if name in partners else name


def _phone(partners: Mapping[str, Partner], name: str) -> str:
    """The telephone of a partner's desk, where its file says one."""
    return partners[name].phone if name in partners else ""


def _left(now: int, at: int) -> str:
    """How long there is still, or since when it is over."""
    return f"{times.length(at - now)} left" if at > now else f"late {times.length(now - at)}"


def _ties(visit: Visit) -> Markup:
    """What binds a form to this session, and lets it be sent once."""
    csrf = visit.here.csrf if visit.here else ""
    fields = '<input type="hidden" name="csrf" value="{}"><input type="hidden" name="once" value="{}">'
    return Markup(fields).format(csrf, secrets.token_hex(8))  # noqa: S704 - the text is ours, and what goes in is escaped


def _filled(visit: Visit) -> str:
    """The command that gives the same answer as this page."""
    return visit.page.command.format(**visit.path)


class Leaving(NamedTuple):
    """That somebody is signed out: when (UTC microseconds), whether they can put it off, and after how many seconds that is said."""

    at: int
    helps: bool
    after: int

    @property
    def minutes(self) -> int:
        """The same in whole minutes, for where no script counts: said too early rather than too late."""
        return min(self.after // 60, 30)


def _leaving(visit: Visit) -> Leaving | None:
    """A warning that a page carries along, and shows a minute before; none where nobody is signed in, or nothing is shown."""
    if visit.here is None or visit.page.public or _locked(visit):
        return None
    at, helps = session.ends(visit.here, visit.now, visit.hub.terms)
    return Leaving(at, helps, max(0, (at - visit.now - MINUTE) // SECOND))


def _locked(visit: Visit) -> bool:
    return visit.here is not None and bool(visit.here.session.locked)


def _here(visit: Visit) -> str:
    """The address of this page, without what was asked of it; the beginning where it is no page to come back to."""
    page = visit.page
    return page.url.format(**visit.path) if page.method == "GET" and not page.public else "/"


def _may_find(visit: Visit) -> bool:
    return visit.who is not None and not _locked(visit) and may(visit.who.account.role, Right.MESSAGES)


def _may_open(visit: Visit, url: str) -> bool:
    """Whether whoever is here may open the page that is declared under an address: what leads nowhere is no link."""
    role = visit.who.account.role if visit.who else ""
    return any(
        page.url == url and page.method == "GET" and (not page.right or may(role, page.right)) for page, _ in PAGES
    )


def _twice(values: Iterable[object]) -> list[tuple[str, str]]:
    """Values that are their own words, for a list to choose from."""
    return [(str(value), str(value)) for value in values]


def _plain(words: str) -> str:
    """A cause as people say it: the courier's codes name an error of the house, whose first sentence says what happened."""
    return _CODES.sub(lambda code: (getattr(errors, code[0]).__doc__ or "").rstrip("."), words)


def _say(dimension: str, value: str) -> str:
    """A word of the rules as people say it."""
    return vocabulary().say(dimension, value)
