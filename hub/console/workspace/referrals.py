"""Referrals: what was asked of a partner, by when, and its answers. One list without names, one page and one sheet a referral."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Conflict, Lasting
from hub.flow.inbox import ACTS, DECLINES, ENDINGS, Answer
from hub.model.entry import Kind
from hub.spans import SECOND

# So many that are over are listed; the others are found in the partner's own file.
_OVER: Final = 50
# So many stand on one page.
_PAGE: Final = 50


@page("/referrals", "What must we answer, and by when?", Right.REFERRALS, menu="Referrals", leaves=(Kind.VIEW,))
def referrals(visit: Visit) -> Response:
    """Those that are due first, then what the partner asked of others; what is over stands apart."""
    found, since = visit.hub.workspace.referrals.listed(somebody(visit))
    live = [one for one in found if one.ours and not one.over]
    sent = [one for one in found if not one.ours and not one.over]
    ordered = [*live, *sent, *[one for one in found if one.over][:_OVER]]
    names = [one.name for one in ordered]
    last = visit.query.get("after", "")
    first = names.index(last) + 1 if last in names else 0
    page, rest = ordered[first : first + _PAGE], ordered[first + _PAGE :]
    return shown(
        visit,
        "referrals.html",
        live=[one for one in page if one.ours and not one.over],
        sent=[one for one in page if not one.ours and not one.over],
        over=[one for one in page if one.over],
        since=since,
        first="/referrals" if first else "",
        further=f"/referrals?after={page[-1].name}" if rest else "",
    )


@page("/referrals/{name}", "What is asked of us?", Right.REFERRALS, leaves=(Kind.VIEW,))
def referral(visit: Visit) -> Response:
    """One referral, all that this partner may see of it, and the answers there are."""
    return _shown(visit)


@page("/referrals/{name}/sheet", "Sheet of a referral", Right.REFERRALS, leaves=(Kind.EXPORT,))
def sheet(visit: Visit) -> Response:
    """The same for a printer or a fax, with a cover that says nothing about anybody."""
    opened = visit.hub.workspace.referrals.opened(somebody(visit), visit.path["name"], sheet=True)
    return shown(visit, "referral_sheet.html", opened=opened, one=opened.one, partner=_partner(visit))


@page("/referrals/{name}/course", "What has happened in this crisis?", Right.REFERRALS, leaves=(Kind.VIEW,))
def course(visit: Visit) -> Response:
    """What this partner may know of it, the newest first, page by page: what it may not know leaves no gap and no number."""
    name, after = visit.path["name"], visit.query.get("after", "")
    opened = visit.hub.workspace.referrals.course(somebody(visit), name, after)
    further = f"/referrals/{name}/course?after={opened.further}" if opened.further else ""
    return shown(
        visit,
        "course.html",
        opened=opened,
        one=opened.one,
        newest=f"/referrals/{name}/course" if after else "",
        further=further,
    )


@act("/referrals/{name}", "Answer a referral", Right.REFERRALS, leaves=(Kind.RECEIVED,))
def answer(visit: Visit) -> Response:
    """Accept, decline, schedule, close; as it stood when the form was made."""
    name, form = visit.path["name"], visit.form
    try:
        given = Answer(
            act=form.get("act", ""), reason=form.get("reason", ""), starts_at=_instant(form, visit.hub.county.zone)
        )
        visit.hub.workspace.referrals.answer(somebody(visit), name, form.get("version", ""), given)
    except Conflict as faster:
        return _shown(
            visit,
            wrong=f"{faster.message} Look at how it stands now, and answer again if it is still yours.",
            status=409,
        )
    except Lasting as missing:
        return _shown(visit, wrong=missing.message, status=422)
    return RedirectResponse(f"/referrals/{name}", 303)


def _shown(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    opened = visit.hub.workspace.referrals.opened(somebody(visit), visit.path["name"])
    return shown(
        visit,
        "referral.html",
        status=status,
        title=opened.one.need[:1].upper() + opened.one.need[1:],
        opened=opened,
        one=opened.one,
        acts={name: ACTS[name] for name in opened.one.acts},
        declines=DECLINES,
        endings=ENDINGS,
        form=visit.form,
        wrong=wrong,
    )


def _partner(visit: Visit) -> str:
    return visit.hub.workspace.partner(somebody(visit)).name


def _instant(form: Mapping[str, str], zone: str) -> int:
    """What the fields of a day and a time say, in the county's zone; 0 where they are empty. Raises Lasting for strange ones."""
    day, time = form.get("day", "").strip(), form.get("time", "").strip()
    if not day and not time:
        return 0
    try:
        found = datetime.strptime(f"{day} {time}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
    except ValueError as wrong:
        raise Lasting("This is no day and time. Write them as 2026-03-15 and 14:30.") from wrong
    return int(found.timestamp()) * SECOND
