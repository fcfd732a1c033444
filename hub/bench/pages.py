"""How long the console's pages take over a full store: it is filled through the one writer, then every page is opened again and again."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
from msgspec.structs import replace

from hub import clock
from hub.access import accounts, session
from hub.access.accounts import Account
from hub.access.roles import ROLES
from hub.app.asking.look import Look
from hub.app.care.board import Follower
from hub.app.console import console
from hub.app.desk import at_desk
from hub.app.house import Household, household
from hub.app.vault import Outward, Vault, make, opened
from hub.app.watching.changes import note as change
from hub.app.workspace.room import workspace
from hub.bench.furniture import admitted, config, furnish
from hub.bench.visits import Taken, Visitor, missing
from hub.contracts import Received
from hub.errors import Lasting
from hub.flow.plan import Known
from hub.intake.desk import Desk
from hub.model.commands import Claim, Command, Keep, Lodge, Settle
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Link, Plan
from hub.settings import Settings, load
from hub.spans import DAY, HOUR
from hub.store.ids import new_id
from hub.store.result import Result, all_kept

_GROUP: Final = 512
# The messages came evenly over two years: pages look back over days and weeks, and not over all there is.
_SPREAD: Final = 730 * DAY
SENDER: Final = "H1"
# Where the bench's people of partners work.
WORKERS: Final = {
    "intake-worker": "B1",
    "flow-coordinator": "S1",
    "records-clerk": "PD",
    "988-counsellor": "L1",
    "dispatcher": "PD",
    "responder": "PD",
}
# One message in ten leaves the hub; of those one in fifty is about a person who is busy: 2,000 of 100,000.
_EVERY: Final = 10
_BUSY: Final = 50 * _EVERY


async def pages(messages: int, progress: Callable[[str], None]) -> list[Taken]:
    """Fill a store with so many messages and a tenth as many disclosures, and time every page."""
    with tempfile.TemporaryDirectory(prefix="crisis-hub-bench-") as name:
        folder = Path(name)
        settings = load(config(folder))
        make(settings)
        known = household(settings)
        with opened(settings, writing=True) as vault:
            async with at_desk(settings, known, vault) as desk:
                progress(f"filling a store with {messages:,} messages")
                newest = await _filled(desk, known, messages)
                progress("opening every page")
                return await _timed(settings, known, vault, desk, newest)


async def _filled(desk: Desk, known: Household, count: int) -> str:
    """Keep that many messages, and deliver a tenth of them; gives the id of one about the busy person that was delivered."""
    template, body = _template(known)
    since = clock.now() - _SPREAD
    busy = ""
    for first in range(0, count, _GROUP):
        numbers = range(first, min(first + _GROUP, count))
        keeps = [_keep(_of(template, n), body, n, since + n * _SPREAD // count) for n in numbers]
        results = await desk.ask(keeps)
        sent = [(keep, result) for keep, result in zip(keeps, results, strict=True) if result.deliveries]
        await desk.ask([_claim(keep, result) for keep, result in sent])
        await desk.ask([_settle(keep, result) for keep, result in sent])
        busy = next((keep.journal for n, keep in zip(numbers, keeps, strict=True) if n % _BUSY == 0), busy)
    return busy


def _template(known: Household) -> tuple[Plan, bytes]:
    """One message of the county's hospital, read and planned as the hub would: the others differ by their ids."""
    sender, body, at = known.senders[SENDER], admitted("0", "Doe"), clock.now()
    reading = sender.adapter.read(
        body, Received(journal="0" * 32, partner=SENDER, as_of=at, zone=sender.zone, charset=sender.charset)
    )
    link = Link(verdict="nobody", identity=new_id(), person=new_id(), fresh=True)
    facts = Known(journal="0" * 32, source=sender.partner, as_of=at, link=link, fresh_episode=new_id())
    return known.house.plan(reading, facts), body


def _of(template: Plan, number: int) -> Plan:
    """The plan about somebody who never came before, or about the busy person again."""
    link = template.link
    if link is None or number == 0:
        return template
    again = number % _BUSY == 0
    someone = replace(link, fresh=False) if again else replace(link, identity=new_id(), person=new_id())
    return replace(template, link=someone)


def _keep(template: Plan, body: bytes, number: int, at: int) -> Keep:
    journal, subject = new_id(), template.link.identity if template.link else ""
    entries = tuple(replace(entry, journal=journal, subject=subject) for entry in template.entries)
    plan = replace(
        template, journal=journal, message_id=f"A-{number}", entries=entries,
        episode=template.episode and replace(template.episode, episode=new_id()),
        outbox=template.outbox[:1] if number % _EVERY == 0 else (), tasks=(),
    )  # fmt: skip
    return Keep(journal=journal, partner=SENDER, at=at, door="bench", body=body, plan=plan)


def _claim(keep: Keep, result: Result) -> Command:
    decided, at = keep.plan.decided[0], clock.now()
    entry = next(
        entry for entry in keep.plan.entries if entry.partner == decided.partner and entry.kind == Kind.DECIDED
    )
    return Claim(
        outbox=result.deliveries[0], attempt=1, at=at, key=secrets.token_hex(10), body_digest=b"",
        entry=replace(entry, kind=Kind.ATTEMPT, at=at),
    )  # fmt: skip


def _settle(keep: Keep, result: Result) -> Command:
    at = clock.now()
    entry = LedgerEntry(kind=Kind.OUTCOME, at=at, journal=keep.journal, outcome="delivered 200")
    return Settle(outbox=result.deliveries[0], attempt=1, at=at, outcome="delivered", code="200", entry=entry)


async def _timed(settings: Settings, known: Household, vault: Vault, desk: Desk, newest: str) -> list[Taken]:
    names, follower = Outward(vault.keys, known.county.partners), Follower(vault)
    rooms, look = workspace(known, vault, names, desk), Look(known=known, vault=vault)
    await change(settings, known, desk)
    await furnish(desk, look, newest)
    # A hub that serves keeps the board beside its pages, once a second.
    board = follower.rows(clock.now())
    site = console(settings, look, desk, {}, rooms, beds=lambda: board)
    cookies = {role: await _somebody(desk, role) for role in ROLES}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url="http://127.0.0.1") as client:
        visitor = Visitor(client, cookies, newest)
        if left := missing(await visitor.found()):
            raise Lasting(f"These pages were not opened: {', '.join(left)}.")
        return await visitor.timed()


async def _somebody(desk: Desk, role: str) -> str:
    """A cookie of somebody with a role, at the partner that they work for, if it is not the hub."""
    at, partner = clock.now(), WORKERS.get(role, "")
    account = Account(name=role, words=role, role=role, made_at=at, partner=partner)
    invitation = accounts.invite(account, [], dict.fromkeys(WORKERS.values()), "the bench")
    begun, token = session.begin(invitation.command.name, "bench", at, session.Terms(longest=HOUR, idle=HOUR))
    commands: list[Lodge] = [invitation.command, begun]
    all_kept(await desk.ask(commands))
    return f"{session.COOKIE}={token}"
