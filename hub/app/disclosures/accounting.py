"""Who got what about one person, when, for what and by which law: over every source identity that is that person now.

INVARIANT: rows follow source identities, never past links. What a wrong link once joined is the stranger's own, and is not shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache

import msgspec

from consent.engine import RuleSet
from consent.vocabulary import vocabulary
from hub.app.asking.look import Look
from hub.app.disclosures.statutes import STATUTES, Basis, Statute, suspendable
from hub.errors import Lasting, NotAllowed
from hub.located import near
from hub.model.entry import LedgerEntry
from hub.model.plan import Block
from hub.model.registry import FIELDS
from hub.spans import SECOND
from hub.store.asking.disclosed import Disclosed
from hub.store.asking.recalls import Standing
from hub.store.ids import short
from hub.tlog.checkpoint import Checkpoint
from hub.tlog.notes import parse_note

_CATEGORY = {field.path: field.category for field in FIELDS}
_CERTAIN = {
    "delivered": "received",
    "shown": "shown",
    "parked": "sent, not accepted",
    "again": "sent, not accepted yet",
}


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. An `entity` (a partner) is told of disclosures of its own records; the person of all, once verified.

    `verified` says how somebody made sure that it is the person, and who did: it stands in the ledger.
    """

    entity: str = ""
    verified: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One disclosure, or several alike (`count`, with the last at `until`). Instants are UTC microseconds.

    `elements` are kinds of information in words; `why` the purpose in words. `certainty`: received, shown, sent not
    accepted, or may have been received. `leaf` is its place in the ledger. In an emergency, `person` is who it was opened to
    and `nature` what the emergency was (42 CFR 2.51(c)). `recalled` is when the recipient was asked to stop relying on it,
    `answered` when its system took that, or somebody said it had; 0 for neither.
    """

    at: int
    recipient: str
    name: str
    contact: str
    source: str
    purpose: str
    why: str
    elements: tuple[str, ...]
    basis: tuple[Basis, ...]
    consents: tuple[str, ...]
    agreement: str
    rule_set: str
    certainty: str
    leaf: int
    message: str
    person: str = ""
    nature: str = ""
    count: int = 1
    until: int = 0
    recalled: int = 0
    answered: int = 0


class Accounting(msgspec.Struct, frozen=True, kw_only=True):
    """A statutory list, with the tree of the ledger under which each row can be proved."""

    view: str
    title: str
    citation: str
    notes: tuple[str, ...]
    scope: Scope
    zone: str
    made_at: int
    since: int
    until: int
    identities: tuple[str, ...]
    rows: tuple[Row, ...]
    origin: str
    tree_size: int
    tree_root: str


def identities(look: Look, name: str = "", identifier: tuple[str, str, str] | None = None) -> tuple[str, ...]:
    """Every source identity of a person, found by a message about them or by (type, assigner, value). Raises Lasting for nobody."""
    with look.disclosures() as found:
        if identifier:
            kind, assigner, value = identifier
            block = Block(name=f"{kind}:{assigner}", values=(value.strip().upper(),), strong=True)
            owners = found.found(block)
        else:
            owners = (look.message(name).owner,)
        persons = {found.identities(owner) for owner in owners}
    if len(persons) != 1:
        what = "Nobody is known by this." if not persons else "Several people are known by this."
        raise Lasting(what, at=name or "the identifier", cure="Name a message about the person, by its id.")
    return persons.pop()


def accounting(look: Look, who: Sequence[str], view: str, scope: Scope, now: int) -> Accounting:
    """The list of one statute about the person of these source identities, as of `now` (UTC microseconds).

    Raises NotAllowed for a scope that is nobody's, Lasting for a view there is not.
    """
    statute = STATUTES.get(view)
    if statute is None:
        raise Lasting(f'There is no list "{view}".', cure=near(view, list(STATUTES)))
    _check(look, scope)
    since = _years_before(now, statute.years)
    with look.disclosures() as found:
        disclosed, names = found.about(who, since, now + 1), found.path_names()
        silent = found.suspended(who, now)
    rules = _Rules(look)
    recalls = {(one.journal, one.destination): one for one in look.recalls()}
    ours = [
        _recalled(_row(look, rules, names, each), recalls.get((each.journal, each.recipient)))
        for each in disclosed
        if scope.entity in ("", each.source)
    ]
    told = [row for row in ours if _counts(row, statute, silent)]
    rows = _grouped(told) if statute.grouped else told
    size, root = _tree(look)
    return Accounting(
        view=view,
        title=statute.title,
        citation=statute.citation,
        notes=statute.notes,
        scope=scope,
        zone=look.known.county.zone,
        made_at=now,
        since=since,
        until=now,
        identities=tuple(who),
        rows=tuple(rows),
        origin=look.vault.origin,
        tree_size=size,
        tree_root=root,
    )


def _check(look: Look, scope: Scope) -> None:
    if bool(scope.entity) == bool(scope.verified.strip()):
        cure = "Name the partner that asks, or say how the person was verified, and by whom."
        raise NotAllowed("An accounting is for one partner's own records, or for the verified person.", cure=cure)
    if scope.entity and scope.entity not in look.known.county.partners:
        raise Lasting(
            f'There is no partner "{scope.entity}".', cure=near(scope.entity, list(look.known.county.partners))
        )


def _counts(row: Row, statute: Statute, silent: Collection[str]) -> bool:
    """Whether a statute asks for this row.

    What was destroyed cannot be judged: it is told, and says so, unless an agency may have asked for silence about it.
    """
    # 45 CFR 164.528(a)(2): whichever law lets a threat be averted, nobody may ask for silence about it.
    quiet = row.recipient in silent and row.purpose != "AVERT_THREAT"
    if statute.suspends and quiet and suspendable(row.basis):
        return False
    return not row.basis or any(statute.counts(basis) for basis in row.basis)


def _row(look: Look, rules: _Rules, names: dict[str, tuple[str, ...]], each: Disclosed) -> Row:
    partner, entry = look.known.county.partners.get(each.recipient), each.entry
    purpose, opened = entry.purpose if entry else "", _emergency(entry)
    basis = tuple(rules(entry.rule_set, rule) for rule in entry.rules) if entry else ()
    return Row(
        at=each.at,
        recipient=each.recipient,
        name=partner.name if partner else each.recipient,
        contact=", ".join(filter(None, (partner.contact, partner.phone))) if partner else "",
        source=each.source,
        purpose=purpose,
        why=vocabulary().say("purpose", purpose) if purpose else "its facts were destroyed; its proof remains",
        elements=_kinds(names.get(entry.paths, ())) if entry else (),
        basis=tuple(dict.fromkeys(b for b in basis if b.rule != "any.admin")),
        consents=entry.consents if entry else (),
        agreement=entry.agreement if entry else "",
        rule_set=entry.rule_set[:12] if entry else "",
        certainty=_CERTAIN.get(each.outcome, "may have been received"),
        leaf=each.leaf,
        message=short(each.journal),
        person=opened[0],
        nature=opened[1],
    )


def _emergency(entry: LedgerEntry | None) -> tuple[str, str]:
    """To whom the glass was broken, and why; nothing of any other disclosure."""
    if entry is None or entry.purpose != "BTG":
        return "", ""
    return entry.actor, entry.outcome.removeprefix("break-glass: ")


def _recalled(row: Row, recall: Standing | None) -> Row:
    """A row that says that it was asked back, if it was."""
    if recall is None:
        return row
    return msgspec.structs.replace(row, recalled=recall.at, answered=recall.told_at or recall.done_at)


class _Rules:
    """The law and words of a rule, as it stood in the rule set of then."""

    def __init__(self, look: Look) -> None:
        now = look.known.house.rules
        self._sets = cache(lambda wanted: now if wanted in ("", now.hash) else look.archive.rules(wanted) or now)
        self._found = cache(_texts)

    def __call__(self, rule_set: str, rule: str) -> Basis:
        return self._found(self._sets(rule_set)).get(rule, Basis(rule, "", "a rule that is not in the archive"))


def _texts(rules: RuleSet) -> dict[str, Basis]:
    return {rule.id: Basis(rule.id, rule.citation, rule.words) for rule in rules.rules}


def _kinds(paths: Iterable[str]) -> tuple[str, ...]:
    """The kinds of information in a set of paths, in words, each once; what the model has no more is said so."""
    words = vocabulary()
    kinds = (_CATEGORY.get(path) for path in paths)
    return tuple(dict.fromkeys(words.say("category", kind) if kind else "a field of an older model" for kind in kinds))


def _grouped(rows: Sequence[Row]) -> Iterator[Row]:
    """One row for each recipient, purpose and basis: the first in full, how many, and the last (164.528(b)(3))."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        fate = (row.certainty, row.recalled, row.answered)
        told = (row.recipient, row.person, row.nature, row.source, row.purpose, row.basis, *fate)
        groups.setdefault(told, []).append(row)
    for alike in groups.values():
        first, last = alike[0], alike[-1]
        several = len(alike) > 1
        yield msgspec.structs.replace(first, count=len(alike), until=last.at if several else 0)


def _years_before(now: int, years: int) -> int:
    """The same day so many years earlier; 29 February becomes 28 February."""
    here = datetime.fromtimestamp(now / SECOND, UTC)
    try:
        then = here.replace(year=here.year - years)
    except ValueError:
        then = here.replace(year=here.year - years, day=28)
    return int(then.timestamp() * SECOND)


def _tree(look: Look) -> tuple[int, str]:
    note = look.checkpoint()
    if not note:
        return 0, ""
    found = Checkpoint.parse(parse_note(note).text)
    return found.size, found.root.hex()
