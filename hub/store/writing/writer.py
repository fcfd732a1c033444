"""The one writer: commands become rows, leaves and a signed checkpoint in one transaction, many commands to a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Self, TypeVar

import structlog
from sqlalchemy import Connection

from hub import clock
from hub.errors import HubError, Lasting, ProofFailed, StoreUnavailable
from hub.model.commands import (
    Alert,
    Attest,
    Claim,
    Command,
    Cosign,
    Expunge,
    Heed,
    Keep,
    Lodge,
    Note,
    Once,
    Overdue,
    Recall,
    Reject,
    Release,
    Relink,
    Replan,
    Settle,
    Suspend,
    Tend,
)
from hub.store.asking.ledger import Ledger
from hub.store.engine import Database
from hub.store.house import set_mark
from hub.store.house import settle as settle_house
from hub.store.migrate import migrate
from hub.store.planning.facts import Facts
from hub.store.planning.scout import Scout
from hub.store.reading import Opener
from hub.store.result import Result
from hub.store.seal import Keystore
from hub.store.tools import Tools
from hub.store.trouble import spoken
from hub.store.writing.cursors import Cursors
from hub.store.writing.deliver import claim, note, release, settle
from hub.store.writing.expunging import expunge
from hub.store.writing.flights import Flights
from hub.store.writing.group import Group
from hub.store.writing.keep import keep, reject, replan
from hub.store.writing.known import read_known
from hub.store.writing.lodged import lodge
from hub.store.writing.publish import Publisher
from hub.store.writing.put import Added, put
from hub.store.writing.recalling import attest, heed, recall
from hub.store.writing.relink import relink
from hub.store.writing.ring import Ring
from hub.store.writing.signer import Memory
from hub.store.writing.tip import Tip, read_tip
from hub.store.writing.upkeep import alert, cosign, once, overdue, suspend
from hub.store.writing.work import tend
from hub.tlog.checkpoint import Checkpoint, sign_checkpoint
from hub.tlog.notes import SignerKey
from hub.tlog.tree import leaf_hashes

log = structlog.get_logger(__name__)
T = TypeVar("T")
_TRIAL = "0" * 500_000

ROWS: dict[type[Any], Callable[[Group, Any], Result]] = {
    Keep: keep,
    Replan: replan,
    Relink: relink,
    Reject: reject,
    Claim: claim,
    Settle: settle,
    Release: release,
    Note: note,
    Overdue: overdue,
    Alert: alert,
    Suspend: suspend,
    Once: once,
    Cosign: cosign,
    Lodge: lodge,
    Recall: recall,
    Heed: heed,
    Attest: attest,
    Tend: tend,
    Expunge: expunge,
}


class Written(NamedTuple):
    """What one transaction wrote, and where the world stands when it is durable."""

    group: Group
    results: list[Result]
    tip: Tip


class Writer:
    """Commits commands, one group at a time. Once `commit` returns, every result without an error survives a power cut.

    INVARIANT: there is one writer of a database; it alone knows the tip, and every transaction moves it forward.
    """

    def __init__(
        self,
        database: Database,
        keys: Keystore,
        signer: SignerKey,
        *,
        memory: Path,
        export: Path | None = None,
        demo: bool = False,
    ) -> None:
        """Take the writer's lock, bring the database to this hub's schema, and refuse one that is behind what was signed.

        `keys`: the keystore, opened as its writer. `signer`: the log's key, whose name is the ledger's origin. `memory`:
        the signer's file outside the data folder. `export`: where tiles and checkpoints are published.
        `demo`: whether this is a demonstration; a database is one, or is not, from its first day.
        """
        self._database, self._keys, self._signer, self._demo = database, keys, signer, demo
        self._turn, self._doubt = Lock(), False
        self._tools = Tools.of(keys, signer.name)
        self._opener, self._cursors, self._ring = Opener(self._tools.sealer), Cursors(), Ring(self._tools.marks)
        with ExitStack() as stack:
            stack.enter_context(database.locked())
            self._connection = database.connect()
            stack.callback(self._hang_up)
            migrate(self._connection)
            self._load()
            self._memory = stack.enter_context(closing(Memory(memory, signer.name, apart_from=database.folder)))
            self._check()
            self._publisher = Publisher(database, export, self._memory)
            self._held = stack.pop_all()

    def commit(self, commands: Sequence[Command]) -> list[Result]:
        """Commit commands in order, as one group where all goes well; the answers stand in the same order.

        One that cannot be written is answered with its error, and its neighbours are written. When the database fails, the
        error is `StoreUnavailable` and nothing of that part of the group was written; the next call tries again.
        """
        with self._turn:
            return self._split(list(commands))

    def facts(self) -> Facts:
        """Facts for planning, for use in the writer's own thread: it sees what was committed, and shares our tools."""
        return Facts(self._database, self._tools)

    def scout(self) -> Scout:
        """A reader of those who are alike, for use in any thread."""
        return Scout(self._database, self._tools)

    def tidy(self, act: Callable[[Connection], T]) -> T:
        """Do something to rows that no command speaks of, in one transaction between two groups. Raises StoreUnavailable."""
        with self._turn:
            if self._doubt:
                self._reconnect()
            with spoken("tidying"), self._connection.begin():
                return act(self._connection)

    def rest(self) -> HubError | None:
        """There is nothing to do at the moment: publish what waited for that, if a second has passed since the last time.

        Where the last commit failed, try to write; gives what still stands in the way.
        """
        with self._turn:
            if self._doubt:
                return self._tried()
            if self._publisher.behind(self._tip.frontier.size):
                self._show(self._publisher.offer)
            return None

    def close(self) -> None:
        """Publish the rest and let go of everything."""
        try:
            with self._turn:
                self._show(self._publisher.publish)
        finally:
            self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- one group

    def _split(self, commands: list[Command]) -> list[Result]:
        try:
            return self._commit(commands) if commands else []
        except StoreUnavailable as error:
            self._doubt = True
            log.warning("store_unavailable", commands=len(commands), cause=str(error))
            return [Result(error=error)] * len(commands)
        except Exception as error:  # noqa: BLE001 - whatever breaks on one command must not touch its neighbours
            if len(commands) == 1:
                return [Result(error=_blamed(error, commands[0]))]
        half = len(commands) // 2
        return self._split(commands[:half]) + self._split(commands[half:])

    def _commit(self, commands: list[Command]) -> list[Result]:
        if self._doubt:
            self._reconnect()
        written: Written | None = None
        try:
            with spoken("committing"), self._connection.begin():
                written = self._write(commands)
        except StoreUnavailable:
            if written is None or not self._taken(written.tip):
                raise
        self._went(written)
        return written.results

    def _write(self, commands: list[Command]) -> Written:
        self._database.still_there()
        known = read_known(self._connection, commands, self._opener)
        group = Group(self._tip, self._tools, self._flights, known)
        results = [ROWS[type(command)](group, command) for command in commands]
        return Written(group, results, self._put(group, clock.now()))

    def _taken(self, tip: Tip) -> bool:
        """Whether the database took a commit after all whose confirmation never came."""
        try:
            self._reconnect()
        except StoreUnavailable:
            return False
        return self._tip.frontier == tip.frontier and self._tip.commit == tip.commit

    def _put(self, group: Group, at: int) -> Tip:
        growth = self._tip.frontier.extend(leaf_hashes(group.leaves))
        signed = (
            sign_checkpoint(Checkpoint.of(self._signer.name, growth.frontier), self._signer) if group.leaves else b""
        )
        self._ring.turn(self._connection, at)
        # INVARIANT: keys are durable before anything sealed under them is.
        mark = self._keys.flush()
        put(self._connection, group, Added(growth, signed, mark, at))
        self._cursors.move(self._connection, at)
        return Tip(
            commit=group.commit,
            last=group.last,
            frontier=growth.frontier,
            note=signed or group.tip.note,
            mark=mark,
            path_sets=group.tip.path_sets.union(group.path_sets) if group.path_sets else group.tip.path_sets,
        )

    def _went(self, written: Written) -> None:
        """The transaction is durable: nothing from here on may take it back."""
        self._tip, self._flights = written.tip, written.group.flights
        self._cursors.claimed(written.group.claimed.values())
        self._show(self._publisher.offer)

    def _show(self, show: Callable[[int], None]) -> None:
        """Remember the tree, then show it; whatever goes wrong here is tried again with the next one."""
        frontier = self._tip.frontier
        try:
            self._memory.remember(frontier.size, frontier.root)
            show(frontier.size)
        except (HubError, OSError) as error:
            log.warning("checkpoint_not_published", size=frontier.size, cause=str(error))

    # --- the connection

    def _tried(self) -> HubError | None:
        """Write as much as a group of messages may take, and take it back: a full disk still takes a little."""
        try:
            self._reconnect()
            for trial in (_TRIAL, ""):
                with spoken("trying to write"), self._connection.begin():
                    set_mark(self._connection, "tried", trial)
        except HubError as error:
            self._doubt = True
            return error
        return None

    def _load(self) -> None:
        with spoken("reading the tip"), self._connection.begin():
            settle_house(self._connection, self._signer.verifier, demo=self._demo)
            self._ring.turn(self._connection, clock.now())
            self._keys.flush()
            self._tip, self._flights = read_tip(self._connection), Flights.read(self._connection)
        self._keys.reach(self._tip.mark)

    def _check(self) -> None:
        with spoken("checking the ledger"), self._connection.begin():
            size = self._tip.frontier.size
            self._memory.check(size, Ledger(self._connection).hash_at(size))

    def _hang_up(self) -> None:
        with suppress(HubError), spoken("hanging up"):
            self._connection.invalidate()
            self._connection.close()

    def _reconnect(self) -> None:
        """After trouble nobody knows what the database took: begin anew with what it holds."""
        self._doubt = True
        self._hang_up()
        try:
            self._connection = self._database.connect()
            self._load()
        except HubError as error:
            raise StoreUnavailable(f"The database does not come back: {error.message}", cure=error.cure) from error
        if self._tip.frontier.size < (self._memory.last.size if self._memory.last else 0):
            raise ProofFailed(
                "The database came back with fewer ledger entries than were signed.", at=self._database.name
            )
        self._doubt = False


def _blamed(error: Exception, command: Command) -> HubError:
    """What to answer for a command that broke the writer; its own words stay out, they may quote the message."""
    if isinstance(error, HubError):
        return error
    log.error("command_broke", command=type(command).__name__, error=type(error).__name__)
    made = Lasting(f"The store could not write this {type(command).__name__} ({type(error).__name__}).")
    made.__cause__ = error
    return made
