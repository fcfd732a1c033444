"""The pages, one module a group. Importing this declares them all, in the order of the navigation."""

from __future__ import annotations

from hub.console.pages import (
    accounting,
    disclosures,
    enter,
    ledger,
    messages,
    parked,
    partners,
    people,
    policy,
    today,
    work,
)  # isort: skip

ROOMS = (enter, today, messages, parked, partners, disclosures, accounting, policy, ledger, work, people)
