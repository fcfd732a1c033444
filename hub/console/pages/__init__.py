"""The pages, one module a group. Importing this declares them all."""

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
)

ROOMS = (enter, today, messages, parked, partners, disclosures, accounting, policy, ledger, work, people)
