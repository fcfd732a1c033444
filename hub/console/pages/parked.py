"""Parked: what waits for a person, by cause; mend the cause, then release what waited, one or all, or end it."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from hub.access.accounts import digest
from hub.access.roles import Right, may
from hub.console.forms import number
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import question, shown
from hub.errors import Lasting
from hub.lens.run import IN_NO_TABLE
from hub.model.entry import Kind

# What one press of a button may release: whoever has more presses again, and sees in between how it goes.
AT_ONCE: Final = 200
# So many a second a release of all may do, as people choose it.
PACES: Final = (1, 5, 20, 50)


@page("/parked", "What waits for a person, and why?", Right.PARKED, menu="Parked", command="crisis-hub dead", live=True)
def parked(visit: Visit) -> Response:
    """Causes, those with most messages first."""
    found = visit.hub.stuck()
    return shown(visit, "parked.html", causes=[(_key(cause), cause) for cause in found.causes], count=found.count)


@page("/parked/{cause}", "What waits for this one cause?", Right.PARKED, command="crisis-hub dead")
def cause(visit: Visit) -> Response:
    """The messages of one cause, and what may be done with them."""
    return _cause(visit)


@act("/parked/{cause}", "Release or end what waits", Right.REPLAY, leaves=(Kind.OUTCOME,))
def release(visit: Visit) -> Response:
    """Those that were chosen, or all of the cause as it stood when the form was made: what came later waits."""
    reason, what = visit.form.get("reason", "").strip(), visit.form.get("what", "")
    chosen = [name for name in visit.form.get("message", "").split("\n") if name]
    if what not in ("again", "end"):
        return _cause(visit, wrong="Choose what to do.")
    if not chosen:
        return _cause(visit, wrong="Nothing is chosen. Choose at least one message.")
    if not reason:
        return _cause(visit, wrong="Write a reason: it is kept with each message.")
    found = _found(visit)
    done = visit.hub.put_right(
        [name for name in chosen[:AT_ONCE] if name in found.messages],
        actor=visit.actor,
        reason=reason,
        destination=found.partner if found.step == "send" else "",
        end=what == "end",
    )
    words = "ended" if what == "end" else "released"
    wrong = [(name, problem) for name, problem in done if problem]
    return shown(
        visit,
        "released.html",
        title=f"{len(done) - len(wrong)} {words}",
        words=words,
        right=[name for name, problem in done if not problem],
        wrong=wrong,
        later=max(0, len(chosen) - AT_ONCE),
    )


@act("/parked/{cause}/all", "Release or end all that waits, at a pace", Right.REPLAY, leaves=(Kind.CONFIG,))
def release_all(visit: Visit) -> Response:
    """First it says what it would do, of a set that does not grow; then, confirmed, a job does it."""
    reason, what = visit.form.get("reason", "").strip()[:300], visit.form.get("what", "")
    pace, last = number(visit.form.get("pace", "")), visit.form.get("last", "")
    if what not in ("again", "end") or pace not in PACES or not reason:
        return _cause(visit, wrong="Choose what to do and at which pace, and write a reason.")
    found = _found(visit)
    if not last:
        frozen = found.messages[-1]
        foreseen = visit.hub.foreseen(found) if what == "again" else None
        return question(
            visit, "all.html", title=f"Release {found.count:,}" if what == "again" else f"End {found.count:,}",
            cause=found, key=visit.path["cause"], what=what, pace=pace, reason=reason, last=frozen, foreseen=foreseen,
        )  # fmt: skip
    if last not in found.messages:
        return _cause(visit, wrong="It changed meanwhile: look again at what waits.")
    name = visit.hub.jobs.begin(
        found,
        found.messages[: found.messages.index(last) + 1],
        actor=visit.actor,
        reason=reason,
        end=what == "end",
        a_second=pace,
    )
    return RedirectResponse(f"/jobs/{name}", 303)


@page(
    "/jobs", "Which releases run, and how did they go?", Right.PARKED, menu="Jobs", command="crisis-hub dead", live=True
)
def jobs(visit: Visit) -> Response:
    """Those of the last thirty days, the newest first."""
    return shown(visit, "jobs.html", jobs=visit.hub.jobs.all()[:100])


@page("/jobs/{job}", "How far is it?", Right.PARKED, command="crisis-hub dead", live=True)
def job(visit: Visit) -> Response:
    """One release of many: what is done, what is left, what stood in the way, and what came since."""
    one = visit.hub.jobs.one(visit.path["job"])
    causes = (c for c in visit.hub.stuck().causes if (c.step, c.partner, c.cause) == (one.step, one.partner, one.cause))
    now = next(causes, None)
    still = set(one.left) | {name for name, _ in one.wrong}
    return shown(
        visit,
        "job.html",
        title=f"{'Ending' if one.end else 'Releasing'} {one.count:,}",
        job=one,
        name=visit.path["job"],
        since=sum(name not in still for name in now.messages) if now else 0,
        key=_key(now) if now else "",
        may_release=may(somebody(visit).account.role, Right.REPLAY),
    )


@act("/jobs/{job}/cancel", "Cancel a release", Right.REPLAY, leaves=(Kind.CONFIG,))
def cancel(visit: Visit) -> Response:
    """What it did stays done; what is left waits on."""
    visit.hub.jobs.cancel(visit.path["job"], actor=visit.actor)
    return RedirectResponse(f"/jobs/{visit.path['job']}", 303)


def _cause(visit: Visit, *, wrong: str = "") -> Response:
    found = _found(visit)
    if found is None:
        return RedirectResponse("/parked", 303)
    return shown(
        visit,
        "cause.html",
        status=422 if wrong else 200,
        title=_title(found.count, found.step, found.partner),
        cause=found,
        key=visit.path["cause"],
        shown_messages=found.messages[:AT_ONCE],
        may_release=may(somebody(visit).account.role, Right.REPLAY),
        may_map=IN_NO_TABLE in found.cause and may(somebody(visit).account.role, Right.MAPPINGS),
        paces=PACES,
        wrong=wrong,
        chosen=visit.form.get("message", "").split("\n"),
        reason=visit.form.get("reason", ""),
    )


def _title(count: int, step: str, partner: str) -> str:
    one, several, way = ("message", "messages", "from") if step == "read" else ("delivery", "deliveries", "to")
    return f"{count:,} {one if count == 1 else several} {way} {partner}"


def _found(visit: Visit) -> Any:
    found = next((one for one in visit.hub.stuck().causes if _key(one) == visit.path["cause"]), None)
    if found is None and visit.page.method == "POST":
        raise Lasting("Nothing waits for this cause any more.", cure="Look at what is parked now.")
    return found


def _key(cause: Any) -> str:
    """A name of a cause for addresses: its words may quote places in a file, and never stand there."""
    return digest(f"{cause.step} {cause.partner} {cause.cause}")[:16]
