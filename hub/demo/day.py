"""Plays the scripted day: a hub of its own, partners over real sockets, and every act as it happens."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from hub.app.asking.look import Look
from hub.app.serve import Hub, running
from hub.app.vault import make, opened
from hub.demo.deeds import card, counted, on_duty, placed
from hub.demo.ending import Played, Sent, end
from hub.demo.guests import guests
from hub.demo.script import TRAFFIC, Act, Bed, Script, load, wire
from hub.demo.senders import way_in
from hub.demo.stage import SOURCE, Stage, build
from hub.demo.tell import Teller, listed
from hub.demo.window import Window
from hub.store.asking.journal import Message

# Whoever wants to watch in a browser has so long to open it.
OPENING_S: Final = 60.0
# How long we wait for what must come, and between two looks.
PATIENCE_S: Final = 8.0
_LOOK_S: Final = 0.05
# Somebody who watches wants to read; a pipe does not.
_READ_S: Final = 1.0


async def play(*, once: bool) -> int:
    """The whole day in a folder of its own, removed at the end.

    The exit status: 0 when everything arrived, nothing else did, and the ledger verified. Without `once` the hub then stays
    up until it is told to stop.
    """
    with tempfile.TemporaryDirectory(prefix="crisis-hub-demo-") as name:
        folder = Path(name)
        stage = build(folder)
        make(stage.settings)
        teller, before = Teller(stage.names), structlog.get_config()
        try:
            with (folder / "hub.log").open("w", encoding="utf-8", buffering=1) as log:
                structlog.configure(
                    processors=[structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer()],
                    logger_factory=structlog.WriteLoggerFactory(log),
                )
                async with running(stage.settings) as hub:
                    people = () if once else await guests(hub)
                    teller.console(people)
                    if people and teller.watched and sys.stdin.isatty():
                        teller.waits()
                        await _said_so(OPENING_S)
                    with opened(stage.settings, writing=False) as vault:
                        window = Window(Look(known=hub.known, vault=vault))
                        status = await Day(
                            hub=hub, window=window, stage=stage, teller=teller, script=load(SOURCE)
                        ).play()
                        newest = window.newest("H1")
                    if not once:
                        teller.still_up(newest.journal[:16] if newest else "", folder / "county")
                        await _told_to_stop()
        finally:
            structlog.configure(**before)
            await stage.close()
    return status


async def _said_so(within_s: float) -> None:
    """Somebody presses Enter, or nobody does in time."""
    pressed, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), pressed.set)
    try:
        await asyncio.wait_for(pressed.wait(), within_s)
    except TimeoutError:
        return
    finally:
        loop.remove_reader(sys.stdin.fileno())
    sys.stdin.readline()


async def _told_to_stop() -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()


@dataclass(slots=True, kw_only=True)
class Day:
    """The day as it is played."""

    hub: Hub
    stage: Stage
    teller: Teller
    script: Script
    window: Window
    played: Played = field(init=False)
    today: date = field(init=False)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Yesterday is counted in the county's zone."""
        self.today = datetime.now(ZoneInfo(self.hub.known.county.zone)).date()
        self.played = Played(mailboxes={name: system.mailbox for name, system in self.stage.receivers.items()})

    async def play(self) -> int:
        """Every act, then what each partner holds, the episode and the ledger. Gives the exit status."""
        self.teller.opening(self.script.title, self.script.story)
        for partner, system in self.stage.receivers.items():
            if partner not in self.script.down:
                await system.open()
        shown = date.min
        for act in self.script.acts:
            if (day := self.script.date(act, self.today)) != shown:
                self.teller.day(shown := day)
            self.teller.act(act)
            await self._act(act)
            await asyncio.sleep(_READ_S if self.teller.watched else 0)
        if not await _becomes(lambda: not self.window.unsettled([sent.message for sent in self.played.sent])):
            self._fail("a delivery has no answer")
        return end(self.teller, self.window, self.played, self.script, time.monotonic() - self.began)

    async def _act(self, act: Act) -> None:
        if act.message:
            await self._send(act)
        if act.counts:
            free = await counted(self.hub, act.sender, act.counts)
            self.teller.outcome(
                f"{free} of {act.counts.staffed} beds may be offered, and the number says how new it is"
            )
        if act.duty:
            certified = await on_duty(self.hub, act.duty)
            self.teller.outcome(f"{len(act.duty)} on duty, {certified} of them certified for crises")
        if act.bed:
            await self._bed(act, act.bed)
        if act.card:
            await self._card(act)
        if act.up:
            await self._comes_up(act.up)
        await self._arrive(act)
        for partner in act.waits_for:
            self.teller.outcome(f"{self._name(partner)} does not answer: the hub keeps it and tries again", "yellow")
        self._refusals(act)

    # --- sending

    async def _send(self, act: Act) -> None:
        body = wire(SOURCE / TRAFFIC / act.message, self.script.shift(self.today))
        before = self.window.newest(act.sender)
        answer = await way_in(self.hub, self.stage, act.sender).send(body, act.message)
        if not answer.taken:
            return self._fail(f"{act.at}: the hub did not take {act.message}: {answer.words}")
        if act.twice:
            return self._sent_twice(act, before)
        message = await self._kept(act.sender, before)
        if message is None:
            return self._fail(f"{act.at}: the hub has no record of {act.message}")
        if message.state == "parked":
            return self._fail(f"{act.at}: {act.message} is parked: {message.cause}")
        self.played.sent.append(Sent(act=act, message=message, verdicts=self.window.verdicts(message)))
        return None

    def _sent_twice(self, act: Act, before: Message | None) -> None:
        after = self.window.newest(act.sender)
        if before is None or after is None or after.seq != before.seq:
            return self._fail(f"{act.at}: a message that was known was kept again")
        return self.teller.outcome("known already: it is answered again, and nobody is told a second time")

    async def _kept(self, sender: str, before: Message | None) -> Message | None:
        """The message as the hub keeps it: the newest of its sender. A folder is looked into now and then."""
        known = before.seq if before else -1

        def found() -> Message | None:
            newest = self.window.newest(sender)
            return newest if newest and newest.seq > known else None

        await _becomes(lambda: found() is not None)
        return found()

    async def _card(self, act: Act) -> None:
        said, size = await card(self.hub, self.stage.tokens[act.sender], act.card)
        words = (
            f"it says: {'; '.join(said)}" if said else "it says nothing: as much as of somebody who is not known at all"
        )
        self.teller.outcome(
            f"an answer of {size} bytes, one entry in the ledger; {words}", "green" if said else "yellow"
        )

    async def _bed(self, act: Act, bed: Bed) -> None:
        about = self.window.newest(act.sender)
        if about is None:
            return self._fail(f"{act.at}: {act.sender} told of nobody")
        state = await placed(self.hub, act.sender, about.journal, bed)
        asked = f"{self._name(bed.asks)} was asked what it takes and not for whom"
        return self.teller.outcome(
            f"{asked}; {bed.accepts} accepts, the bed is {state}, and the record is released there alone"
        )

    # --- arriving

    async def _comes_up(self, partner: str) -> None:
        """Not before the hub has tried in vain more than once: that is what is shown."""
        if not await _becomes(lambda: self._tries(partner) > 1):
            self._fail(f"{partner} was not tried again")
        tried = self._tries(partner)
        await self.stage.receivers[partner].open()
        self.teller.outcome(f"tried {tried} times in vain; now it answers")

    def _tries(self, partner: str) -> int:
        return max((self.window.tries(sent.message, partner) for sent in self.played.sent), default=0)

    async def _arrive(self, act: Act) -> None:
        arrived = []
        for partner, count in Counter(act.reaches).items():
            self.played.expected[partner] += count
            if await self.stage.receivers[partner].mailbox.reaches(self.played.expected[partner], PATIENCE_S):
                arrived.append(self._name(partner))
            else:
                self._fail(f"{act.at}: nothing reached {partner}")
            self.played.arrived(partner, act.at)
        if arrived:
            self.teller.outcome(f"{listed(arrived)} {'has' if len(arrived) == 1 else 'have'} it")

    def _refusals(self, act: Act) -> None:
        refused = [v for sent in self.played.sent[-1:] if sent.act is act for v in sent.verdicts if not v.permits]
        for verdict in refused:
            self.teller.refused(verdict)
        for partner in set(act.kept_from) - {verdict.partner for verdict in refused}:
            self._fail(f"{act.at}: {partner} was not refused")

    def _fail(self, words: str) -> None:
        self.played.failures.append(words)
        self.teller.outcome(words, "bold red")

    def _name(self, partner: str) -> str:
        return self.stage.names[partner]


async def _becomes(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold while we are patient."""
    for _ in range(round(PATIENCE_S / _LOOK_S)):
        if holds():
            return True
        await asyncio.sleep(_LOOK_S)
    return holds()
