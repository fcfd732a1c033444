"""Rules: how they come into force. What a draft would change, exactly and on what happened; one proposes, another puts it in force."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right, may
from hub.console.forms import instant
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import HubError
from hub.flow.measures.cells import SMALLEST
from hub.model.entry import Kind

_DAYS = (1, 7, 30)


@page(
    "/rules",
    "Which rules are in force, and what is to come?",
    Right.POLICY,
    menu="Rules",
    command="crisis-hub policy history",
)
def rules(visit: Visit) -> Response:
    """Proposals that wait, rule sets this hub knows, and every step that was taken."""
    return _rules(visit)


@act("/rules/rollback", "Take the last step back", Right.RULES, leaves=(Kind.RULE,))
def roll_back(visit: Visit) -> Response:
    """It takes one person: two have answered for what it goes back to."""
    reason = visit.form.get("reason", "").strip()[:300]
    if not reason:
        return _rules(visit, wrong="Write why: the ledger keeps it.")
    try:
        visit.hub.governance.roll_back(actor=visit.actor, reason=reason)
    except HubError as problem:
        return _rules(visit, wrong=f"{problem.message} {problem.cure}".strip())
    return RedirectResponse("/rules", 303)


@page("/rules/{set}", "What would this rule set change?", Right.POLICY, command="crisis-hub policy diff current {set}")
def rule_set(visit: Visit) -> Response:
    """Exactly, for every request there is; and perhaps on the decisions of the last days."""
    return _set(visit)


@act("/rules/{set}/propose", "Propose a rule set", Right.RULES, leaves=(Kind.RULE,))
def propose(visit: Visit) -> Response:
    """It is proved first; a second person puts it in force."""
    reason, wanted = visit.form.get("reason", "").strip()[:300], visit.form.get("since", "")
    if not reason:
        return _set(visit, wrong="Write why: the ledger keeps it.")
    try:
        since = instant(wanted, visit.hub.county.zone)
        visit.hub.governance.propose(visit.path["set"], who=somebody(visit), since=since, reason=reason)
    except HubError as problem:
        return _set(visit, wrong=f"{problem.message} {problem.cure}".strip())
    return RedirectResponse("/rules", 303)


@act("/rules/{set}/approve", "Put a rule set in force, as the second person", Right.RULES, leaves=(Kind.RULE,))
def approve(visit: Visit) -> Response:
    """The ledger says so before it is so."""
    try:
        visit.hub.governance.approve(visit.path["set"], who=somebody(visit))
    except HubError as problem:
        return _set(visit, wrong=f"{problem.message} {problem.cure}".strip())
    return RedirectResponse("/rules", 303)


@act("/rules/{set}/back", "Send a proposal back", Right.RULES, leaves=(Kind.RULE,))
def send_back(visit: Visit) -> Response:
    """Whoever made it."""
    reason = visit.form.get("reason", "").strip()[:300]
    if not reason:
        return _set(visit, wrong="Write why it goes back: the ledger keeps it.")
    visit.hub.governance.send_back(visit.path["set"], actor=visit.actor, reason=reason)
    return RedirectResponse("/rules", 303)


def _rules(visit: Visit, *, wrong: str = "") -> Response:
    known = visit.hub.governance
    steps = known.steps()
    return shown(
        visit,
        "rules.html",
        status=422 if wrong else 200,
        proposals=known.proposals(),
        sets=known.candidates(),
        steps=steps,
        may_rule=may(somebody(visit).account.role, Right.RULES),
        wrong=wrong,
    )


def _set(visit: Visit, *, wrong: str = "") -> Response:
    known, name, days = visit.hub.governance, visit.path["set"], visit.query.get("days", "")
    found = known.compared(name)
    sets = {one.rules: one for one in known.candidates()}
    waiting = {one.rules: one for one in known.proposals()}
    return shown(
        visit,
        "ruleset.html",
        status=422 if wrong else 200,
        title=f"Rule set {name[:12]}",
        name=name,
        found=found,
        standing=sets[name].standing,
        proposal=waiting.get(name),
        impact=known.impact(name, int(days)) if days.isdecimal() and int(days) in _DAYS else None,
        days=_DAYS,
        may_rule=may(somebody(visit).account.role, Right.RULES),
        mine=name in waiting and waiting[name].account == somebody(visit).id,
        smallest=SMALLEST,
        form=visit.form,
        wrong=wrong,
    )
