"""The desk of the one writer, with everything it works by: rules, senders, facts, keys; with or without doors around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from consent.engine import RuleSet
from hub.app import rounds
from hub.app.formats.renewing import renewing_writer
from hub.app.house import Household
from hub.app.keeping.expunge import require_none
from hub.app.keeping.night import nights as night_of
from hub.app.rules.archive import Archive
from hub.app.rules.following import following
from hub.app.rules.pins import pinned
from hub.app.vault import Outward, Vault
from hub.app.watching import cji
from hub.intake.desk import Desk
from hub.intake.steps import Steps
from hub.intake.suspects import Suspects
from hub.settings import Settings
from hub.store.writing.writer import Writer


@asynccontextmanager
async def at_desk(settings: Settings, known: Household, vault: Vault, *, nights: bool = False) -> AsyncIterator[Desk]:
    """Become the one writer, and work until the end of the `with`. Raises Conflict where another hub writes.

    A hub that serves tends its `nights`: retention, day keys.
    """
    require_none(settings)
    cji.require(settings)
    with vault.writer() as writer:
        archive, pins = Archive(Path(settings.data) / "rules"), pinned(known)
        if (rules := RuleSet.load()).hash == known.house.rules.hash:
            archive.keep(rules)
        archive.pin(pins)
        Outward(vault.keys, known.county.partners)
        vault.keys.flush()
        desk = Desk(writer, _steps(settings, replace(known, house=replace(known.house, pins=pins.id)), writer))
        desk.start()
        night = night_of(desk, vault.keys, writer, settings.retention, known.county.zone)
        try:
            async with rounds.kept(
                [night, following(settings, known), renewing_writer(known, vault, desk)] if nights else []
            ):
                yield desk
        finally:
            await desk.stop()


def _steps(settings: Settings, known: Household, writer: Writer) -> Steps:
    return Steps(
        house=known.house,
        senders=known.senders,
        suspects=Suspects(Path(settings.data) / "desk"),
        facts=writer.facts(),
        scout=writer.scout(),
        # A demonstration's people are invented.
        history=settings.cji or settings.demo,
    )
