"""Policy: the rules in words and in law, regime by regime, with their dates and the cases that hold them."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.page import Visit, page
from hub.console.render import shown
from hub.errors import Lasting
from hub.spans import SECOND


@page("/policy", "What are the rules?", Right.POLICY, menu="Policy", command="crisis-hub policy prove")
def policy(visit: Visit) -> Response:
    """Every file of rules that is in force here."""
    rules = visit.hub.rules
    wanted = visit.query.get("q", "").strip().lower()
    files = [(one, [rule for rule in one.rules if _about(rule, wanted)]) for one in rules.files]
    return shown(
        visit, "policy.html", files=[pair for pair in files if pair[1]], rule_set=rules.hash, wanted=wanted,
        count=sum(len(found) for _, found in files),
    )  # fmt: skip


@page("/policy/{rule}", "What does this rule say?", Right.POLICY)
def rule(visit: Visit) -> Response:
    """One rule: its words, its law, what it asks and what it shows."""
    found = [(one, each) for one in visit.hub.rules.files for each in one.rules if each.id == visit.path["rule"]]
    if not found:
        raise Lasting("There is no such rule.")
    views = {name: visit.hub.rules.views[name] for _, each in found for name in each.views}
    return shown(
        visit,
        "rule.html",
        title=f"Rule {visit.path['rule']}",
        found=found,
        views=views,
        now_seconds=visit.now // SECOND,
    )


def _about(rule: object, wanted: str) -> bool:
    said = " ".join(str(getattr(rule, name)) for name in ("id", "words", "citation")).lower()
    return wanted in said
