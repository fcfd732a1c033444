"""The pages, one module a group. Importing this declares them all."""

from __future__ import annotations

from hub.console.pages import (
    accounting,
    alerts,
    board,
    capture,
    changes,
    codes,
    configured,
    consents,
    disclosures,
    drafts,
    enter,
    episodes,
    ledger,
    links,
    live,
    losses,
    mappings,
    measures,
    messages,
    parked,
    partners,
    people,
    policy,
    recalls,
    reviews,
    rules,
    tasks,
    today,
)

ROOMS = (
    enter, today, messages, parked, partners, alerts, tasks, disclosures, accounting, capture, consents, reviews, recalls,
    policy, rules, configured, changes, ledger, links, codes, mappings, losses, measures, episodes,
    board, people, live, drafts,
)  # fmt: skip
