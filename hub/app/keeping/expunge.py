"""Records destroyed by an order, such as a sealed juvenile record: recipients told, keys destroyed everywhere, a certificate made.

What is to be done is written beside the keystore first, so that whatever cuts it short, it is finished; until then no hub starts.
Proofs stay valid: leaves commit to what was decided, which accounting keeps unless the order asks for that too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection

from hub import clock
from hub.app.acts.recall import taken_back
from hub.app.house import Household, household
from hub.app.keeping import orders
from hub.app.keeping.proofs import checker
from hub.app.keeping.renewal import Progress, apart, blocks_of, noted, renewed
from hub.app.vault import Vault, opened
from hub.errors import Conflict, Lasting
from hub.flow.link import person_of, traits_of
from hub.flow.linkage.traits import joined
from hub.model.commands import Command, Expunge, Note, Recall
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent
from hub.model.traits import Traits
from hub.settings import Settings
from hub.store import house
from hub.store.asking.evidence import Evidence
from hub.store.asking.journal import Journal
from hub.store.asking.ledger import Ledger
from hub.store.asking.recalls import Recalls
from hub.store.result import all_kept
from hub.store.seal import Certificate as Destroyed
from hub.store.seal import KeyRef, Order, Use, disk, exactly, index_wanted, key_ref, month_of, new_identity
from hub.store.sealing import Sealer
from hub.store.tokens import Tokens, details_of
from hub.store.writing.expunging import Resealing, Share, forget_episodes, persons, shares
from hub.store.writing.put import EXPUNGED
from hub.store.writing.writer import Writer

_MARK: Final = "expunging"
_LIMITS: Final = (
    "A partner's watched folder keeps the files it was given, under done/: delete those there.",
    "Backups of the database that were made earlier lack their keys from now on, for what stayed of these months as well.",
)


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What an order asks for: messages by id, its own words, who vouches for it, and whether accounting goes too."""

    messages: tuple[str, ...]
    order: str
    by: tuple[str, ...]
    accounting: bool = False


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What was begun, as it lies beside the keystore. `renamed` are names of keys (hex): made under, to stand under."""

    id: str
    at: int
    ask: Ask
    orders: tuple[orders.Written, ...]
    renamed: dict[str, str]
    destroyed: dict[str, int]
    told: tuple[str, ...]
    by_hand: tuple[str, ...]


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed over: what went, what nobody can promise, and under which ledger that is proved. `at` is UTC microseconds."""

    certificate: str
    ledger: str
    at: int
    order: str
    by: tuple[str, ...]
    messages: tuple[str, ...]
    accounting: bool
    keys_destroyed: dict[str, int]
    recipients_told: tuple[str, ...]
    recipients_told_by_hand: tuple[str, ...]
    key_encryption_key: int
    backup_sha256: str
    limits: tuple[str, ...]


def place(settings: Settings) -> Path:
    """Where an expungement that is not finished is written down."""
    keystore = Path(settings.keys.keystore)
    return keystore.with_name(f"{keystore.name}.expunging")


def require_none(settings: Settings) -> None:
    """Refuse to work over an expungement that was cut short: some records would seem destroyed that are not."""
    if place(settings).exists():
        raise Conflict(
            "An expungement was cut short.", at=str(place(settings)), cure="Finish it: crisis-hub expunge --resume."
        )


def preview(vault: Vault, messages: Iterable[str]) -> tuple[Share, ...]:
    """What would go and what would stay, by source identity. Raises Lasting for a message there is not, Conflict for one that went."""
    with vault.database.read() as connection:
        found = shares(connection, messages)
        journal = Journal(connection, vault.keys, vault.origin)
        for name in (name for share in found for name in share.gone):
            message = journal.message(name)
            if message is not None and message.state == EXPUNGED:
                raise Conflict("It was expunged before.", at=name[:16])
    return found


def expunge(settings: Settings, ask: Ask | None, *, backup: Path, out: Path, progress: Progress) -> Certificate:
    """Carry an order out, or finish one that was cut short (`ask` is None), and write its certificate and proof into `out`.

    No hub runs meanwhile. Raises Conflict where one does, or where accounting of an identity is to go of which records stay.
    """
    apart(settings, backup)
    known = household(settings)
    with opened(settings, writing=True) as vault, vault.writer() as writer:
        pending = _begun(settings) if ask is None else _begin(known, vault, ask)
        _ordered(known, vault, writer, pending)
        made = _destroyed(vault, writer, pending, backup=backup, progress=progress)
        certificate = _certified(vault, pending, made)
        _hand_over(vault, writer, certificate, out)
        disk.destroy(place(settings))
    return certificate


# --- begun


def _begun(settings: Settings) -> Pending:
    try:
        return msgspec.json.decode(place(settings).read_bytes(), type=Pending)
    except FileNotFoundError:
        raise Lasting("No expungement was cut short.", cure="There is nothing to resume.") from None


def _begin(known: Household, vault: Vault, ask: Ask) -> Pending:
    require_none(vault.settings)
    at, found = clock.now(), preview(vault, ask.messages)
    if ask.accounting and not all(share.wholly for share in found):
        raise Conflict(
            "Accounting goes with a source identity as a whole, and other records of it stay.",
            cure="Name all of its messages (--all-of), or leave accounting.",
        )
    named = exactly(vault.keys, _orders(found, ask))
    recalls = [each for each in _told(known, vault, found, at) if isinstance(each, Recall)]
    pending = Pending(
        id=new_identity().hex(), at=at, ask=ask, renamed=_renamed(found, at), destroyed=named.destroyed,
        orders=tuple(orders.Written.of(order, at) for order in named.orders),
        told=tuple(sorted(each.entry.partner for each in recalls if each.keep)),
        by_hand=tuple(sorted(each.entry.partner for each in recalls if not each.keep)),
    )  # fmt: skip
    disk.put(place(vault.settings), msgspec.json.encode(pending))
    return pending


def _orders(found: Sequence[Share], ask: Ask) -> list[Order]:
    wholly = frozenset(share.owner for share in found if share.wholly)
    uses = {Use.PAYLOAD, Use.LINK} | ({Use.ACCOUNT} if ask.accounting else set())
    made = [Order(why="expungement", uses=frozenset(uses), owners=wholly)] if wholly else []
    for share in (share for share in found if not share.wholly):
        mine, months = frozenset({share.owner}), frozenset(share.months)
        made.append(Order(why="expungement", uses=frozenset({Use.PAYLOAD}), owners=mine, periods=months))
        made.append(Order(why="expungement", uses=frozenset({Use.LINK}), owners=mine))
    return made


def _renamed(found: Sequence[Share], at: int) -> dict[str, str]:
    """New keys for what stays beside what goes, and for what is still known of its person."""
    made: dict[str, str] = {}
    for share in (share for share in found if not share.wholly):
        fresh = new_identity()
        for month in share.months if share.beside else ():
            made[key_ref(fresh, Use.PAYLOAD, month).hex()] = key_ref(share.owner, Use.PAYLOAD, month).hex()
        made[key_ref(fresh, Use.LINK, month_of(at)).hex()] = key_ref(share.owner, Use.LINK, month_of(at)).hex()
    return made


def _told(known: Household, vault: Vault, found: Sequence[Share], at: int) -> list[Command]:
    gone = {name for share in found for name in share.gone}
    with vault.database.read() as connection:
        books = Recalls(connection, vault.keys, vault.origin)
        people = persons(connection, (share.owner for share in found))
        past = [one for person in people for one in books.past(person) if one.journal in gone]
    return taken_back(known, past, at)


def _order(pending: Pending) -> Expunge:
    words = f"expungement {pending.id} of {len(pending.ask.messages)} messages: {pending.ask.order}"
    entry = LedgerEntry(kind=Kind.KEY, at=pending.at, actor=" and ".join(pending.ask.by), outcome=words)
    return Expunge(messages=pending.ask.messages, at=pending.at, entry=entry)


def _commit(writer: Writer, commands: Sequence[Command]) -> None:
    all_kept(writer.commit(commands))


# --- finished


def _ordered(known: Household, vault: Vault, writer: Writer, pending: Pending) -> None:
    """The order is written down where a restore reads it, and committed: recipients are told, the ledger says so."""
    if pending.at not in {each.at for each in orders.read(vault.keys.path)}:
        orders.write(vault.keys.path, [each.order for each in pending.orders], pending.at)
    with vault.database.read() as connection:
        journal, found = Journal(connection, vault.keys, vault.origin), shares(connection, pending.ask.messages)
        done = all(_went(journal, name) for name in pending.ask.messages)
    if not done:
        _commit(writer, [*_told(known, vault, found, pending.at), _order(pending)])


def _destroyed(vault: Vault, writer: Writer, pending: Pending, *, backup: Path, progress: Progress) -> Destroyed:
    """Every step may be done again: what was committed shows that it was."""
    renamed = {bytes.fromhex(made): bytes.fromhex(name) for made, name in pending.renamed.items()}
    with vault.database.read() as connection:
        found, resealed = shares(connection, pending.ask.messages), house.read_mark(connection, _MARK) == pending.id
    if not resealed:
        _reseal(vault, writer, pending, found, renamed)
    wanted = [each.order for each in pending.orders]
    return renewed(vault, writer, wanted, backup=backup, at=pending.at, progress=progress, renamed=renamed)


def _went(journal: Journal, name: str) -> bool:
    message = journal.message(name)
    return message is not None and message.state == EXPUNGED


def _reseal(
    vault: Vault, writer: Writer, pending: Pending, found: Sequence[Share], renamed: dict[bytes, bytes]
) -> None:
    """In one transaction: what stays lies under keys of its own, and what is derived from what goes is gone."""
    # What is entered in the index here is not read again when it is written anew: it stands under the next key at once.
    index_wanted(vault.keys)
    sealer, tokens = Sealer(vault.keys, vault.origin), Tokens(vault.keys)
    for made in renamed:
        vault.keys.need(KeyRef(made))
    vault.keys.flush()

    def act(connection: Connection) -> None:
        resealing = Resealing(connection, sealer, renamed)
        for share in found:
            known = resealing.known_still(share, _said, joined)
            rows = details_of(blocks_of(known), tokens.mark(known), tokens) if known else {}
            resealing.beside(share)
            resealing.relearn(share, known, rows, pending.at)
        forget_episodes(connection)
        house.set_mark(connection, _MARK, pending.id)

    writer.tidy(act)


def _said(events: Sequence[CrisisEvent], source: str) -> Traits:
    return traits_of(person_of(tuple(events)), source)


# --- certified


def _certified(vault: Vault, pending: Pending, made: Destroyed) -> Certificate:
    return Certificate(
        certificate=pending.id, ledger=vault.origin, at=pending.at, order=pending.ask.order, by=pending.ask.by,
        messages=pending.ask.messages, accounting=pending.ask.accounting, keys_destroyed=pending.destroyed,
        recipients_told=pending.told, recipients_told_by_hand=pending.by_hand, key_encryption_key=made.version,
        backup_sha256=made.backup.sha256, limits=(*made.limits, *_LIMITS),
    )  # fmt: skip


def _hand_over(vault: Vault, writer: Writer, certificate: Certificate, out: Path) -> None:
    """The certificate, a receipt whose leaf names its digest, the verifier and the key it is verified with."""
    out.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(certificate), indent=2) + b"\n"
    words = f"certificate {sha256(text).hexdigest()}"
    at = clock.now()
    entry = LedgerEntry(kind=Kind.KEY, at=at, actor=" and ".join(certificate.by), outcome=words)
    leaf = noted(writer, Note(at=at, entry=entry))
    with vault.database.read() as connection:
        opening = Evidence(connection, Sealer(vault.keys, vault.origin)).opening(leaf, ("kind", "outcome"))
        receipt = bytes(Ledger(connection).receipt(leaf, bytes(opening)))
    (out / "certificate.json").write_bytes(text)
    (out / "certificate.tlog-proof").write_bytes(receipt)
    checker(out, vault.signer.verifier)
