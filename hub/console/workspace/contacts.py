"""A 988 counsellor's contact: recorded while talking; a team with one word, an active rescue with a confirmation of its own."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import question, shown
from hub.errors import Lasting, Passing
from hub.flow import contact_form as words
from hub.model.entry import Kind
from hub.spans import HOUR

# So long after a rescue was asked for, the 911 centre's telephone number stands on top.
_ALARMED: Final = 2 * HOUR
# Enter in a field of the rescue presses the form's first button: nobody may believe then that help was sent.
_MEANT: Final = (
    "No help was sent, and nothing was kept. Where they are goes out with Send help alone: press it, "
    "or empty the fields under Active rescue and keep the contact."
)


@page("/contacts/new", "New contact", Right.CONTACTS, menu="New contact")
def new(visit: Visit) -> Response:
    """The form: nothing is asked for that the caller has not said."""
    return _form(visit)


@page("/contacts", "What became of our contacts?", Right.CONTACTS, menu="Contacts", leaves=(Kind.VIEW,))
def contacts(visit: Visit) -> Response:
    """Contacts of the last two days by their numbers, and how the team does."""
    found = visit.hub.workspace.contacts.recorded(somebody(visit))
    rescue = next((one for one in found if one.rescue and one.at > visit.now - _ALARMED), None)
    return shown(visit, "contacts.html", found=found, rescue=rescue, phones=_phones(visit))


@act("/contacts/new", "Record a contact", Right.CONTACTS, leaves=(Kind.RECEIVED,))
def record(visit: Visit) -> Response:
    """Keep it; or, for an active rescue, first say exactly what would go to the 911 centre, and ask once more."""
    rescue, sure = visit.form.get("act") == "rescue", visit.form.get("sure") == "yes"
    if visit.form.get("act") == "edit":
        return _form(visit)
    if not rescue and any(visit.form.get(name, "").strip() for name in ("place", "place_source")):
        return _form(visit, wrong=_MEANT, status=422)
    try:
        if rescue and not sure:
            words.contact(visit.form, number="-", center="-", at="-")
            return _confirm(visit)
        visit.hub.workspace.contacts.record(somebody(visit), visit.form)
    except (Lasting, Passing) as problem:
        return _form(visit, wrong=problem.message, status=503 if isinstance(problem, Passing) else 422)
    return RedirectResponse("/contacts", 303)


def _confirm(visit: Visit) -> Response:
    kept = [
        (name, value)
        for name, lines in visit.form.items()
        if name not in ("csrf", "once", "sure", "act")
        for value in (lines.split("\n") if name == "concern" else [lines])
    ]
    return question(visit, "rescue.html", title="Send help now?", kept=kept, facts=_facts(visit), phones=_phones(visit))


def _facts(visit: Visit) -> list[tuple[str, str]]:
    """The four facts that would go, as they were typed."""
    form = visit.form
    place = ", ".join(filter(None, (form.get("place", "").strip(), form.get("place_source", "").strip())))
    said = (
        form.get("callback", "").strip(),
        place,
        words.LEVELS.get(form.get("level", ""), ""),
        "yes" if form.get("attempt") == "yes" else "no",
    )
    return [(name[:1].upper() + name[1:], value or "not known") for name, value in zip(words.RESCUE, said, strict=True)]


def _form(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    room, who = visit.hub.workspace.contacts, somebody(visit)
    if not room.open_to(who):
        return shown(visit, "closed.html", words="Your partner file does not say that you send 988 contacts.")
    return question(
        visit,
        "contact.html",
        status=status,
        words=words,
        form=visit.form,
        chosen=visit.form.get("concern", "").split("\n"),
        wrong=wrong,
        phones=_phones(visit),
    )


def _phones(visit: Visit) -> list[tuple[str, str]]:
    return list(visit.hub.workspace.contacts.phones(somebody(visit)))
