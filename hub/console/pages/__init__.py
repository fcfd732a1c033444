"""The pages, one module a group. Importing this declares them all."""

from __future__ import annotations

from hub.console.pages import (
    accounting,
    alerts,
    board,
    codes,
    disclosures,
    enter,
    ledger,
    links,
    messages,
    parked,
    partners,
    people,
    policy,
    recalls,
    reviews,
    tasks,
    today,
)

ROOMS = (
    enter, today, messages, parked, partners, alerts, tasks, disclosures, accounting, reviews, recalls, policy, ledger,
    links, codes, board, people,
)  # fmt: skip
