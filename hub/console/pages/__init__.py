"""The pages, one module a group. Importing this declares them all."""

from __future__ import annotations

from hub.console.pages import (
    accounting,
    alerts,
    board,
    disclosures,
    enter,
    ledger,
    messages,
    parked,
    partners,
    people,
    policy,
    recalls,
    reviews,
    tasks,
    today,
    work,
)

ROOMS = (
    enter, today, messages, parked, partners, alerts, tasks, disclosures, accounting, reviews, recalls, policy, ledger,
    work, board, people,
)  # fmt: skip
