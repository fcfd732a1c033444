"""A code that no table knows gets its line: it is published in a version of its sender's mapping, and what waited runs again."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import msgspec
import yaml

from hub import clock
from hub.app.acts import replay
from hub.app.asking.look import Look
from hub.app.formats import mappings
from hub.app.formats.codes import waiting
from hub.app.formats.versions import note
from hub.app.house import household
from hub.app.waiting import Pen
from hub.errors import Conflict, Lasting
from hub.lens import publish, tables
from hub.lens.check import examine
from hub.lens.spec import Lenses
from hub.lens.translate import Translator
from hub.settings import Settings
from hub.store.asking.codes import DESTROYED, Unmapped

FOLDER = "codes"


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a code of a table can mean: the common code and its words; `near` is a wire code of the same meaning that looks alike."""

    canonical: str
    system: str
    display: str
    near: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A code without a line, and what it can mean, the likeliest first."""

    one: Unmapped
    meanings: tuple[Meaning, ...]


def key(one: Unmapped) -> str:
    """The name of a code in an address, which says nothing of what was sent."""
    return hashlib.sha256(f"{one.partner}\x1f{one.table}\x1f{one.code}".encode()).hexdigest()[:16]


@dataclass(slots=True)
class Newest:
    """The hub's files as they are on disk now: read anew when a mapping was put in force since."""

    look: Look
    _stamp: tuple[tuple[str, int], ...] = field(init=False)

    def __post_init__(self) -> None:
        """What is in force at the start."""
        self._stamp = self._now()

    def __call__(self) -> Look:
        """How the hub would look at things if it were started now."""
        if (stamp := self._now()) != self._stamp:
            settings = self.look.vault.settings
            self.look, self._stamp = Look(known=household(settings, ready=False), vault=self.look.vault), stamp
        return self.look

    def _now(self) -> tuple[tuple[str, int], ...]:
        folder = mappings.store(self.look.vault.settings, "")
        found = sorted(folder.glob(f"*/{publish.IN_FORCE}"))
        return tuple((str(path), path.stat().st_mtime_ns) for path in found)


@dataclass(frozen=True, slots=True)
class Coding:
    """Reads, and answers codes by the one writer."""

    newest: Newest
    pen: Pen

    def unmapped(self) -> tuple[tuple[str, Unmapped], ...]:
        """Codes that no table knows, by the name that they have in an address; those that got their line since are answered."""
        return tuple((key(one), one) for one in self.newest().unmapped())

    def asked(self, name: str) -> Asked:
        """One of them, with what it can mean. Raises Lasting where it was answered."""
        one = next((one for each, one in self.unmapped() if each == name), None)
        if one is None or one.code == DESTROYED:
            raise Lasting("This code has got its line.", cure="Somebody was faster, or it was destroyed.")
        table = self._lenses(one.partner).tables.get(one.table)
        return Asked(one=one, meanings=_meanings(one.code, table.rows if table else ()))

    def answer(self, name: str, meaning: str, *, actor: str, reason: str) -> int:
        """Give a code its line in its sender's own table, and run again what waited for it; says how many messages that were.

        `meaning` is the place of a meaning in the list of `asked`. Raises Lasting for one there is not.
        """
        asked = self.asked(name)
        chosen = dict(enumerate(asked.meanings)).get(int(meaning) if meaning.isdecimal() else -1)
        if chosen is None:
            raise Lasting("Choose what it means.")
        place, digest, before = self._published(asked.one, chosen, reason)
        publish.require(place, digest, before)
        # The ledger says so before it is so.
        self.pen.keep([note(f"code of {asked.one.partner} in table {asked.one.table} mapped: {reason}", actor)])
        publish.activate(place, digest, instead_of=before)
        return self._again(replay.Order(actor=actor, reason=reason))

    def _published(self, one: Unmapped, chosen: Meaning, reason: str) -> tuple[Path, str, str]:
        """A version with the line, not in force yet: where it lies, its digest, and that of the version in force."""
        settings, source = self._settings, self.newest().known.county.partners[one.partner].source
        if source is None:
            raise Lasting("This partner sends nothing any more.")
        name = Path(source.mapping).stem if source.mapping else mappings.own(one.partner)
        place = mappings.store(settings, name)
        place.mkdir(parents=True, exist_ok=True)
        before = publish.history(place)
        current = Path(mappings.in_force(settings, source.mapping, one.partner) or "none")
        borne: Sequence[str] = ()
        with tempfile.TemporaryDirectory() as folder:
            entry = Path(folder) / f"{name}.yaml"
            if current.is_file():
                _copied(current, Path(folder), entry)
                borne = [str(wrong) for wrong in examine(mappings.lenses(str(entry)), mappings.syntax(entry))]
            else:
                entry.write_text(f"extends: {_common(source.format)}\n", encoding="utf-8")
                # The common mapping alone is the first version: there is a way back to it.
                first = publish.publish(entry, mappings.syntax(entry), place, mappings.HOME).digest
                publish.activate(place, first, instead_of="")
                before = (first,)
            _line(entry, one, chosen, reason)
            made = publish.publish(entry, mappings.syntax(entry), place, mappings.HOME, borne=borne)
        return place, made.digest, before[-1] if before else ""

    def _again(self, order: replay.Order) -> int:
        """Messages that waited for a code run again, each decided as of now. One that was put right meanwhile is done with."""
        look, ran = self.newest(), 0
        for each in waiting(look.answered(), lambda message: replay.again(look, message, order)):
            try:
                self.pen.keep(each)
            except (Conflict, Lasting):
                continue
            ran += 1
        return ran

    @property
    def _settings(self) -> Settings:
        return self.newest.look.vault.settings

    def _lenses(self, partner: str) -> Lenses:
        sender = self.newest().known.senders.get(partner)
        found = getattr(sender.adapter, "translator", None) if sender else None
        if not isinstance(found, Translator):
            raise Lasting("This partner's format has no tables of codes.")
        return found.lenses


def _meanings(code: str, rows: Sequence[tables.Row]) -> tuple[Meaning, ...]:
    """Every meaning of a table once; those whose wire code or words look like the code come first."""
    found: dict[tuple[str, str], tuple[float, Meaning]] = {}
    for row in (row for row in rows if row.canonical and row.active(clock.now())):
        alike = max(
            SequenceMatcher(None, code.lower(), text.lower()).ratio() for text in (row.wire, row.display or "-")
        )
        said = Meaning(
            canonical=row.canonical, system=row.system, display=row.display, near=row.wire if alike >= 0.5 else ""
        )
        place = (row.canonical, row.system)
        if place not in found or alike > found[place][0]:
            found[place] = (alike, said)
    return tuple(said for _, said in sorted(found.values(), key=lambda each: -each[0]))


def _common(name: str) -> str:
    """The file of a format's common mapping, as a partner's own extends it. Raises Lasting where it has none."""
    found = mappings.translators().get(name)
    if found is None:
        raise Lasting("This partner's format has no tables of codes.")
    return str(found.lenses.files[0].relative_to(mappings.HOME))


def _copied(current: Path, folder: Path, entry: Path) -> None:
    """The files of a partner's own set, laid beside each other as they were."""
    for file in mappings.lenses(str(current)).files:
        if file.is_relative_to(current.parent):
            target = entry if file == current.resolve() else folder / file.relative_to(current.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())


def _line(entry: Path, one: Unmapped, chosen: Meaning, reason: str) -> None:
    """Put the line at the end of the sender's own table, which is made where there is none."""
    said = yaml.safe_load(entry.read_text(encoding="utf-8"))
    folders = said.get("tables", [])
    if not folders:
        entry.write_text(f"{entry.read_text(encoding='utf-8').rstrip()}\ntables: [{FOLDER}]\n", encoding="utf-8")
    file = entry.parent / (folders[-1] if folders else FOLDER) / f"{one.table}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    head = file.read_text(encoding="utf-8-sig") if file.is_file() else f"{','.join(tables.COLUMNS[:5])}\n"
    columns = next(csv.reader(io.StringIO(head)))
    out = io.StringIO()
    row = {
        "wire": one.code,
        "canonical": chosen.canonical,
        "system": chosen.system,
        "display": chosen.display,
        "note": reason,
    }
    csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n").writerow(row)
    file.write_text(f"{head.rstrip()}\n{out.getvalue()}", encoding="utf-8")
