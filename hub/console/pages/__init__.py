"""The pages, one module a group. Importing this declares them all, in the order of the navigation."""

from __future__ import annotations

from hub.console.pages import enter, today, messages, parked, partners, disclosures, policy, ledger, work, people  # isort: skip

ROOMS = (enter, today, messages, parked, partners, disclosures, policy, ledger, work, people)
