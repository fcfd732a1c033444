"""The pages of partners' own people: what was decided for their partner, and what they answer. Importing this declares them all."""

from __future__ import annotations

from hub.console.workspace import beds, contacts, placements, recalls, records, referrals, scenes

ROOMS = (beds, contacts, placements, recalls, records, referrals, scenes)
