"""Policy: the rules in words and in law, regime by regime, with their dates and the cases that hold them."""

from __future__ import annotations

from collections import Counter
from typing import Final

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.page import Visit, page
from hub.console.render import shown
from hub.errors import Lasting
from hub.spans import SECOND

# A list is of fifty rows at most.
_AT_ONCE: Final = 50


@page("/policy", "What are the rules?", Right.POLICY, menu="Policy", command="crisis-hub policy check")
def policy(visit: Visit) -> Response:
    """Every regime that is in force here; the rules of the one that is opened, or those that say what is looked for."""
    rules = visit.hub.rules
    wanted, name = visit.query.get("q", "").strip().lower(), visit.query.get("of", "")
    said = [rule for one in rules.files if name in ("", one.name) for rule in one.rules if _about(rule, wanted)]
    opened = next((one for one in rules.files if one.name == name), None)
    return shown(
        visit,
        "policy.html",
        title=opened.title if opened else visit.page.question,
        opened=opened,
        files=[] if opened or wanted else [(one, Counter(rule.effect for rule in one.rules)) for one in rules.files],
        found=said[:_AT_ONCE] if opened or wanted else [],
        more=max(0, len(said) - _AT_ONCE),
        rule_set=rules.hash,
        wanted=wanted,
        count=len(said),
    )


@page("/policy/{rule}", "What does this rule say?", Right.POLICY, command="crisis-hub policy check")
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
