"""Tasks: what somebody was asked to look at, in words; and that it is seen to, with a word on how."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right, may
from hub.console.forms import number
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.model.entry import Kind
from hub.store.asking.journal import PAGE


@page("/tasks", "What is somebody asked to look at?", Right.TASKS, menu="Tasks", command="crisis-hub partners tasks")
def tasks(visit: Visit) -> Response:
    """Open tasks, the oldest first. What is parked is under its cause, and doubtful links with who judges them."""
    after = number(visit.query.get("after", ""))
    found = visit.hub.tasks("", after)
    more = f"/tasks?after={found[-1].seq}" if len(found) >= PAGE else ""
    return shown(visit, "tasks.html", tasks=found, older=more, newest="/tasks" if after else "")


@page("/tasks/{number}", "What is to be done?", Right.TASKS, command="crisis-hub partners tasks")
def task(visit: Visit) -> Response:
    """One task."""
    return _task(visit)


@act("/tasks/{number}", "Say that it is seen to", Right.TASKS, leaves=(Kind.OUTCOME,))
def tend(visit: Visit) -> Response:
    """With a word on how; nobody else is asked any more."""
    words = visit.form.get("words", "").strip()[:300]
    if not words:
        return _task(visit, wrong="Write in a few words how it was seen to: the ledger keeps it.")
    visit.hub.reviews.tend(number(visit.path["number"]), actor=visit.actor, words=words)
    return RedirectResponse("/tasks", 303)


def _task(visit: Visit, *, wrong: str = "") -> Response:
    return shown(
        visit,
        "task.html",
        status=422 if wrong else 200,
        task=visit.hub.reviews.task(number(visit.path["number"])),
        may_follow=may(somebody(visit).account.role, Right.MESSAGES),
        wrong=wrong,
    )
