"""Codes that no table knows: what is not understood yet, and how often; one line answers it, and what waited runs again."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right, may
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import HubError
from hub.model.entry import Kind


@page(
    "/codes",
    "What do we not understand yet, and how often?",
    Right.CODES,
    menu="Codes",
    command="crisis-hub codes unmapped",
)
def codes(visit: Visit) -> Response:
    """Codes that no table knows, the most frequent first."""
    return _codes(visit)


@page("/codes/{code}", "What does this code mean?", Right.MAPPINGS, command="crisis-hub codes map")
def code(visit: Visit) -> Response:
    """One code, what it can mean by its table, and what looks alike."""
    return _asked(visit)


@act("/codes/{code}", "Say what a code means", Right.MAPPINGS, leaves=(Kind.CONFIG,))
def answer(visit: Visit) -> Response:
    """The line stands in a new version of the sender's mapping, and each message that waited for it runs again with its own leaf."""
    form, name = visit.form, visit.path["code"]
    reason = form.get("reason", "").strip()[:300]
    if not reason:
        return _asked(visit, wrong="Write who says so: the table and the ledger keep it.")
    try:
        ran = visit.hub.coding.answer(name, form.get("meaning", ""), actor=visit.actor, reason=reason)
    except HubError as problem:
        return _asked(visit, wrong=f"{problem.message} {problem.cure}".strip())
    return _codes(visit, done=f"The line stands in the table. {ran} {'message' if ran == 1 else 'messages'} ran again.")


def _codes(visit: Visit, *, done: str = "") -> Response:
    may_map = may(somebody(visit).account.role, Right.MAPPINGS)
    return shown(visit, "codes.html", title=_QUESTION, codes=visit.hub.coding.unmapped(), done=done, may_map=may_map)


_QUESTION = "What do we not understand yet, and how often?"


def _asked(visit: Visit, *, wrong: str = "") -> Response:
    asked = visit.hub.coding.asked(visit.path["code"])
    return shown(
        visit, "code.html", status=422 if wrong else 200, title="What does this code mean?", asked=asked, wrong=wrong,
        form=visit.form,
    )  # fmt: skip
