"""Reviews: every time the glass was broken in an emergency, judged by somebody else; nobody judges their own."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import HubError, Lasting
from hub.model.entry import Kind
from hub.spans import DAY

# Within three days somebody judges it; afterwards it is alarmed.
_WITHIN: Final = 3 * DAY


@page(
    "/reviews",
    "Which emergencies wait for a judgement?",
    Right.REVIEWS,
    menu="Reviews",
    command="crisis-hub glass list --all",
)
def reviews(visit: Visit) -> Response:
    """Those that wait, the oldest first; then those that were judged, the newest first."""
    found = visit.hub.reviews.emergencies()
    return shown(
        visit,
        "reviews.html",
        waiting=[(name, use) for name, use in found if not use.reviewed_at],
        judged=[(name, use) for name, use in reversed(found) if use.reviewed_at][:100],
        partners=visit.hub.county.partners,
        within=_WITHIN,
    )


@page("/reviews/{use}", "Was it justified?", Right.REVIEWS, command="crisis-hub glass review {use}")
def review(visit: Visit) -> Response:
    """One emergency. Whom it was about is not here: the ledger knows, and an accounting tells the person."""
    return _review(visit)


@act("/reviews/{use}", "Judge an emergency", Right.REVIEWS, leaves=(Kind.REVEAL,))
def judge(visit: Visit) -> Response:
    """With words. No judgement is changed afterwards."""
    verdict, words = visit.form.get("verdict", ""), visit.form.get("words", "").strip()[:600]
    if not (verdict and words):
        return _review(visit, wrong="Choose a judgement, and write why.")
    try:
        visit.hub.reviews.judge_emergency(
            visit.path["use"], actor=visit.actor, known_as=somebody(visit).account.words, verdict=verdict, words=words
        )
    except HubError as problem:
        return _review(visit, wrong=f"{problem.message} {problem.cure}".strip())
    return RedirectResponse("/reviews", 303)


def _review(visit: Visit, *, wrong: str = "") -> Response:
    use = dict(visit.hub.reviews.emergencies()).get(visit.path["use"])
    if use is None:
        raise Lasting("There is no such emergency.")
    return shown(
        visit,
        "review.html",
        status=422 if wrong else 200,
        title=f"Opened in an emergency by {use.partner}",
        use=use,
        name=visit.path["use"],
        partner=visit.hub.county.partners.get(use.partner),
        due=use.at + _WITHIN,
        form=visit.form,
        wrong=wrong,
    )
