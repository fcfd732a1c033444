"""The example county, whole: a hub with both its halves, every partner's own system over real sockets, and the commands people type."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import func, select

from hub import clock
from hub.app.asking.look import Look
from hub.app.care.board import Board
from hub.app.keepers import rounds_of
from hub.app.watching.alerts import conditions
from hub.app.watching.sight import sight
from hub.demo.receivers import Copy
from hub.demo.script import TRAFFIC, load, wire
from hub.demo.senders import Answer, way_in
from hub.demo.served import Served, standing
from hub.demo.stage import CONFIG, SOURCE
from hub.model.entry import LedgerEntry
from hub.store import schema
from hub.store.asking.evidence import Evidence
from hub.store.asking.journal import Message, Wanted
from hub.store.asking.outbox import Outbox
from hub.store.sealing import Sealer
from hub.store.writing.work import Open
from tests.cli.conftest import Said, ran
from tests.journeys.neighbours import move_in

T = TypeVar("T")
PATIENCE_S = 20.0
SETTLED = {"delivered", "cancelled", "parked"}
# What names somebody, or something of theirs, in the county's traffic: each journey has its own.
_THEIRS = re.compile(
    r"\b(?:H1-77|S1-9|R-42|BS-301|CR-118|B1-4410|V-5501|S1-V88|H1-9003\d\d|S1-40117|PD-20931-1|26-20931|26-118842|118842|5521"
    r"|L1-C\d+-1|MCT1-311-\d|MV-26-311|CR1-RF-\d+|B1S-RF-\d+|CO-B1S-17|CO-CR1-8|C-9|C-10)\b"
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who does not exist, told apart from everybody else by `tag`: it goes behind every number of theirs."""

    given: str
    family: str
    born: str
    street: str
    phone: str
    tag: str

    def told(self, name: str) -> bytes:
        """A message of the county's traffic as if it were about this person, on the days that end yesterday."""
        text = wire(SOURCE / TRAFFIC / name, _shift()).decode()
        text = _THEIRS.sub(lambda found: found[0] + self.tag, text)
        said = {
            "Riley": self.given,
            "Doe": self.family,
            "1990-03-14": self.born,
            "19900314": self.born.replace("-", ""),
            "418 Cactus Wren Lane": self.street,
            "602-555-0142": self.phone,
            "5550142": self.phone[4:].replace("-", ""),
        }
        for theirs, ours in said.items():
            text = text.replace(theirs, ours)
        return text.encode()


def _shift() -> int:
    script = load(SOURCE)
    return script.shift(datetime.now(ZoneInfo("America/Phoenix")).date())


@dataclass(frozen=True, kw_only=True)
class Town(Served):
    """A county whose hub runs, looked at from outside: as its partners, and as whoever types commands."""

    config: Path

    # --- as a partner

    def tries(self, partner: str, body: bytes, name: str = "message.json") -> Answer:
        """A partner sends something by its own door; gives what the door said."""
        return self.does(way_in(self.hub, self.stage, partner).send(body, name))

    def takes(self, partner: str, body: bytes, name: str = "message.json") -> Message:
        """A partner sends a message; gives it as it is kept."""
        before = self.newest(partner)

        def newer() -> Message | None:
            found = self.newest(partner)
            return None if found == before else found

        answer = self.tries(partner, body, name)
        assert answer.taken, answer.words
        kept = self.comes(newer)
        assert kept.state == "planned", kept.cause
        return kept

    def sends(self, partner: str, body: bytes, name: str = "message.json") -> Message:
        """The same, with every delivery of it settled."""
        return self.settles(self.takes(partner, body, name))

    def settles(self, message: Message) -> Message:
        """A message, once every delivery of it is settled."""
        self.comes(lambda: not self._open(message))
        return message

    @contextmanager
    def held(self) -> Iterator[None]:
        """A time in which messages come in and nothing leaves."""
        who = ("--actor", "dana", "--reason", "a drill")
        self.types("courier", "pause", *who)
        self.comes(self.hub.front.watch.hold)
        try:
            yield
        finally:
            self.types("courier", "resume", *who)
            self.comes(lambda: not self.hub.front.watch.hold())
            self.hub.front.nudge({"*"})

    def newest(self, partner: str) -> Message | None:
        """What a partner sent last."""
        return next(iter(self.look.messages(Wanted(partner=partner, limit=1))), None)

    def _open(self, message: Message) -> bool:
        with self.look.journal() as journal:
            return any(row.state not in SETTLED for row in journal.timeline(message.journal))

    def copies(self, partner: str) -> list[Copy]:
        """What a partner's system holds."""
        return list(self.stage.receivers[partner].mailbox.copies)

    def recalls(self, partner: str) -> list[Copy]:
        """What a partner was asked to stop relying on."""
        return list(self.stage.receivers[partner].mailbox.recalls)

    def holds(self, partner: str, *words: str) -> list[str]:
        """The texts that a partner's system holds and in which all of these words stand."""
        texts = [copy.body.decode("utf-8", "replace") for copy in self.copies(partner)]
        return [text for text in texts if all(word in text for word in words)]

    def gets(self, partner: str, *words: str) -> str:
        """The one text with these words, which comes to a partner before long."""
        self.comes(lambda: self.holds(partner, *words))
        (text,) = self.holds(partner, *words)
        return text

    def exports(self, partner: str) -> Path:
        """The folder in which a partner's own system leaves what it holds."""
        source = self.hub.known.county.partners[partner].source
        assert source is not None
        assert source.export is not None
        folder = Path(source.export.path)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def client(self, partner: str) -> httpx.Client:
        """What a partner's program asks with."""
        bearer = {"authorization": f"Bearer {self.tokens[partner]}"}
        return httpx.Client(base_url=self.url, headers=bearer, trust_env=False, timeout=PATIENCE_S)

    # --- as whoever looks

    @property
    def look(self) -> Look:
        """The hub's reading rooms."""
        return Look(known=self.hub.known, vault=self.hub.vault)

    def types(self, *words: str) -> Said:
        """Somebody types a command, which must succeed."""
        said = self.mistypes(*words)
        assert said.status == 0, said.whole
        return said

    def mistypes(self, *words: str, alone: bool = False) -> Said:
        """Somebody types a command, whatever comes of it; `alone` is one that needs no hub."""
        return ran(*words) if alone else ran(*words, "--config", str(self.config))

    def tasks(self, kind: str, about: str = "") -> list[Open]:
        """Open tasks of a kind, perhaps of those whose subject has this in its name, the oldest first."""
        found, look = list[Open](), self.look
        while page := look.tasks(kind=kind, after=found[-1].seq if found else 0):
            found += page
        return [task for task in found if about in task.about]

    def looks_after(self, what: str, *, later: int = 0) -> None:
        """One of the things that the hub does again and again, done now as of so many microseconds from now."""
        hub = self.hub
        board = Board(known=hub.known, vault=hub.vault, desk=hub.engine.desk)
        rounds = rounds_of(hub.settings, hub.known, hub.vault, hub.engine.desk, board)
        look = next(one for one in rounds if one.name == what).look

        async def once() -> None:
            await look(clock.now() + later)

        self.does(once())

    def waiting(self, partner: str) -> int:
        """How many deliveries to a partner are not settled."""
        return Outbox(self.hub.vault.database, self.hub.vault.keys, self.hub.vault.origin).depth(partner).waiting

    def alarms(self, *, later: int = 0) -> set[tuple[str, str]]:
        """What a person would be told of, so many microseconds from now: each condition, and of whom."""
        hub = self.hub
        outbox = Outbox(hub.vault.database, hub.vault.keys, hub.vault.origin)
        return conditions(sight(hub.known, hub.vault, outbox, clock.now() + later), (), (), hub.settings.alerts)

    def leaves(self) -> int:
        """How many leaves the ledger has."""
        with self.hub.vault.database.read() as connection:
            return int(connection.scalar(select(func.sum(schema.growth.c.leaf_count))) or 0)

    def entries(self, since: int = 0) -> list[LedgerEntry]:
        """What the leaves from an index on commit to."""
        with self.hub.vault.database.read() as connection:
            evidence = Evidence(connection, Sealer(self.hub.vault.keys, self.hub.vault.origin))
            return [evidence.entry(n) for n in range(since, self.leaves())]

    def comes(self, found: Callable[[], T | None]) -> T:
        """What comes before long."""
        until = time.monotonic() + PATIENCE_S
        while not (here := found()):
            assert time.monotonic() < until, "it did not come"
            time.sleep(0.02)
        return here


@contextmanager
def town(folder: Path, database: str = "", settle: Callable[[Path], None] = move_in) -> Iterator[Town]:
    """A county in an empty folder, all partners' systems open; `database` is the URL of a PostgreSQL, or SQLite.

    `settle` says who lives there beside those of the example, by writing their files.
    """

    def change(config: Path) -> None:
        settle(config)
        if database:
            with (config / "hub.yaml").open("a") as settings:
                # A settings file holds no password, nor the place for one.
                settings.write(f"database: {database.replace(':@', '@')}\n")

    with standing(folder, change) as here:
        found = Town(hub=here.hub, stage=here.stage, loop=here.loop, config=folder / CONFIG)
        for system in found.stage.receivers.values():
            found.does(system.open())
        yield found


def instant(days_ago: float) -> str:
    """An instant so many days ago, as JSON messages spell it."""
    return datetime.fromtimestamp(time.time() - days_ago * 86_400, UTC).isoformat(timespec="seconds")
