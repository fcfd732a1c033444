"""A county: its name, zone and law, and its partners. Read whole or not at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import msgspec

from consent.overlay import SignOff
from hub.errors import Misconfigured
from hub.located import Located, convert, near, refusals
from hub.located import json_schema as schema_of
from hub.located import load as read
from hub.partners import agreement, among, delivery, export, guidance, hours, interest, local, programme, secret, source
from hub.partners.agreement import term
from hub.partners.file import Door, Part, Partner, says
from hub.partners.guidance import Guidance
from hub.partners.local import DeclaredField
from hub.partners.programme import Programme
from hub.partners.sheet import Check, Sheet, midnight, zones
from hub.partners.words import State

COUNTY: Final = "county.yaml"
PARTNERS: Final = "partners"
_BEGIN: Final = "The county's name, zone and law stand in it; docs/how-to/own-county.md begins one."
_SIGN: Final = (
    "Counsel reads it first; then write counsel:, signed_on:, a day, key: and signatures:, as `crisis-hub policy overlay` "
    "prints them. For trying things out there is state: DEMO, which anybody signs."
)
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_PHONE_DIGITS: Final = 10
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
_NPI_DIGITS: Final = 10


class Overlay(Part, frozen=True):
    """The law of one state, signed off. Without counsel's word for it the hub does not start."""

    state: Annotated[State, says("The state; DEMO is a fictional one, for trying things out.")]
    counsel: Annotated[str, says("Who read the overlay and signed it off.")]
    signed_on: Annotated[str, says("On which day.")]
    key: Annotated[str, says("Counsel's public key, as signed notes spell it: name+id+base64.")] = ""
    signatures: Annotated[
        tuple[str, ...], says("Counsel's signatures, one for each version of the overlay that is in force or to come.")
    ] = ()

    @property
    def sign_off(self) -> SignOff:
        """The same, for whoever holds the overlay against it."""
        return SignOff(
            state=self.state,
            counsel=self.counsel,
            signed_on=self.signed_on,
            key=self.key,
            signatures=self.signatures,
        )


class CountyFile(Part, frozen=True):
    """What `county.yaml` says."""

    name: Annotated[str, says("What people call the county.")]
    zone: Annotated[str, says("Its time zone: agreements end, and times sent without a zone are read, in it.")]
    overlays: Annotated[tuple[Overlay, ...], says("The states whose law counts here, the county's own first.")]
    programmes: Annotated[
        tuple[Programme, ...],
        says("Its crisis programmes: who comes where, when, and with whom; the first that fits is asked."),
    ] = ()
    library: Annotated[
        tuple[Guidance, ...],
        says("Protocols, techniques and resources by kind of crisis, language and culture; nothing of anybody."),
    ] = ()
    fields: Annotated[
        tuple[DeclaredField, ...], says("Fields of its own that partners may send; what is not declared is refused.")
    ] = ()
    admission: Annotated[
        Literal["file", "kit"],
        says("What lets deliveries to a partner begin: its file alone, or that its present file passed the kit."),
    ] = "file"
    first_come: Annotated[
        bool,
        says(
            "Whether the first facility that accepts may get somebody's record without anybody choosing among several."
        ),
    ] = False
    holidays: Annotated[
        tuple[str, ...], says("Days on which nobody is told of what is routine, as 2026-12-25; what is urgent is told.")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """Everything the hub knows about whom it serves. Every source has a zone, every folder an absolute path."""

    name: str
    zone: str
    overlays: tuple[Overlay, ...]
    partners: Mapping[str, Partner]
    terms: Mapping[str, tuple[int, int]]
    programmes: tuple[Programme, ...] = ()
    library: tuple[Guidance, ...] = ()
    fields: tuple[DeclaredField, ...] = ()
    admission: str = "file"
    first_come: bool = False
    holidays: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """The county's own state."""
        return self.overlays[0].state

    @property
    def kinds(self) -> Mapping[str, str]:
        """Every partner by id, with its kind."""
        return {name: partner.kind for name, partner in self.partners.items()}

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of everything the files said: it changes when any of them does."""
        whole = (
            self.name,
            self.zone,
            self.overlays,
            tuple(self.partners.values()),
            self.programmes,
            self.library,
            self.fields,
            self.admission,
            self.first_come,
            self.holidays,
        )
        return hashlib.sha256(msgspec.json.encode(whole, order="sorted")).hexdigest()

    def in_force(self, partner: Partner, at: int) -> bool:
        """Whether the partner's agreement holds at `at`, UTC microseconds; it ends when its last day is over here."""
        starts, ends = self.terms[partner.id]
        return starts <= at < ends


def load(folder: Path, *, formats: Collection[str], at: int) -> County:
    """The county of a folder: `county.yaml` and every file in `partners/`. `at` is now, UTC microseconds.

    `formats` are the names of the adapters there are. Raises Misconfigured for the first thing that is wrong, and says
    how many more there are; then nothing was loaded. An agreement that has ended is none of these: whoever it binds is
    told nothing, and an alert says so.
    """
    county, wrong = _look(folder, formats, at, _CHECKS)
    if county is None:
        first, more = wrong[0], len(wrong) - 1
        also = f" {more} more; `crisis-hub partners check` names them all." if more else ""
        raise Misconfigured(first.message, at=first.at, cure=f"{first.cure}{also}".strip())
    return county


def examine(
    folder: Path, *, formats: Collection[str], at: int
) -> tuple[County, tuple[()]] | tuple[None, tuple[Misconfigured, ...]]:
    """The county, or everything that is wrong with its files, file by file; also what stops no start."""
    return _look(folder, formats, at, (*_CHECKS, agreement.over))


def _look(
    folder: Path, formats: Collection[str], at: int, checks: Sequence[Check]
) -> tuple[County, tuple[()]] | tuple[None, tuple[Misconfigured, ...]]:
    try:
        found = read(folder / COUNTY, cure=_BEGIN)
    except Misconfigured as refusal:
        return None, (refusal,)
    try:
        known = _county(found)
    except Misconfigured as refusal:
        return None, tuple(refusals(found, CountyFile)) or (refusal,)
    sheets, problems = _sheets(folder, known, formats, at, checks)
    ids = [sheet.partner.id for sheet in sheets]
    wrong = (
        *problems,
        *among.check(sheets),
        *programme.check(found, known.programmes, ids),
        *guidance.check(found, known.library),
        *local.check(found, known.fields, ids),
        *hours.holidays(found, known.holidays, known.zone),
    )
    return (None, wrong) if wrong else (_built(folder, known, sheets), ())


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a partner file, for editors and for partners who write their own."""
    return {"title": "crisis-hub partner file", **schema_of(Partner)}


def _county(found: Located) -> CountyFile:
    known = convert(found, CountyFile)
    if known.zone not in zones():
        raise found.refuse(f'"{known.zone}" is no time zone.', "zone", cure=near(known.zone, zones()))
    if not known.overlays:
        raise found.refuse("No state's law counts here.", "overlays", cure="Name the county's state.")
    for n, overlay in enumerate(known.overlays):
        day = midnight(overlay.signed_on, known.zone)
        if not (overlay.counsel.strip() and overlay.key and overlay.signatures) or day is None:
            raise found.refuse(f"Nobody has signed off the overlay of {overlay.state}.", "overlays", n, cure=_SIGN)
    return known


def _sheets(
    folder: Path, known: CountyFile, formats: Collection[str], at: int, checks: Sequence[Check]
) -> tuple[list[Sheet], list[Misconfigured]]:
    sheets: list[Sheet] = []
    wrong: list[Misconfigured] = []
    states = [overlay.state for overlay in known.overlays]
    for path in _files(folder / PARTNERS, wrong):
        try:
            found = read(path)
        except Misconfigured as refusal:
            wrong.append(refusal)
            continue
        wrong += secret.check(found)
        try:
            partner = convert(found, Partner)
        except Misconfigured as refusal:
            wrong += refusals(found, Partner) or [refusal]
            continue
        sheet = Sheet(found=found, partner=partner, zone=known.zone, states=states, formats=formats, at=at)
        wrong += [problem for check in checks for problem in check(sheet)]
        sheets.append(sheet)
    return sheets, wrong


def _files(folder: Path, wrong: list[Misconfigured]) -> list[Path]:
    """The partner files; anything else there would be a partner that somebody believes to be served."""
    found = sorted(p for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []
    files = [path for path in found if path.suffix == ".yaml" and path.is_file()]
    if not files:
        wrong.append(Misconfigured("There is no partner file.", at=str(folder), cure="Write one, say h1.yaml."))
    wrong += [
        Misconfigured(
            "This is no partner file.",
            at=f"{PARTNERS}/{path.name}",
            cure="It is a folder: take it away." if path.is_dir() else "Name it .yaml, or take it away.",
        )
        for path in found
        if path not in files
    ]
    return files


def _partner(sheet: Sheet) -> Iterator[Misconfigured]:
    partner = sheet.partner
    if not _ID.fullmatch(partner.id):
        yield sheet.refuse("This is no id.", "id", cure="Write up to 32 letters, digits and dashes.")
    if partner.state not in sheet.states:
        yield sheet.refuse(
            f"The county has no overlay of {partner.state}.", "state", cure=near(partner.state, list(sheet.states))
        )
    for number in partner.identifiers.get(NPI, ()):
        if not _is_npi(number):
            yield sheet.refuse("This is no NPI.", "identifiers", NPI, cure="Write its ten digits; the last one checks.")
    digits = re.sub(r"\D", "", partner.phone)
    # Imminent threats must reach a human within ten seconds when the hub cannot deliver.
    if partner.kind == "PSAP" and len(digits) != _PHONE_DIGITS:
        yield sheet.refuse("A 911 centre needs its ten-digit number here.", "phone", cure="Write phone: 555-555-0100.")


def _is_npi(number: str) -> bool:
    """Whether a number is a National Provider Identifier: ten digits whose last one checks (45 CFR 162.406).

    >>> _is_npi("1234567893"), _is_npi("1234567890")
    (True, False)
    """
    if not (len(number) == _NPI_DIGITS and number.isascii() and number.isdigit()):
        return False
    doubled = (divmod(2 * int(digit), 10) for digit in number[-2::-2])
    # The 24 is what the prefix 80840 of a health card in the United States comes to.
    return (24 + sum(map(sum, doubled)) + sum(map(int, number[::-2]))) % 10 == 0


_CHECKS: Final[tuple[Check, ...]] = (
    _partner,
    agreement.check,
    hours.check,
    source.check,
    export.check,
    interest.check,
    delivery.check,
)


def _built(folder: Path, known: CountyFile, sheets: Iterable[Sheet]) -> County:
    partners = {sheet.partner.id: _settled(sheet.partner, folder, known.zone) for sheet in sheets}
    return County(
        name=known.name,
        zone=known.zone,
        overlays=known.overlays,
        partners=MappingProxyType(partners),
        terms=MappingProxyType({p.id: term(p.agreement, known.zone) for p in partners.values()}),
        programmes=known.programmes,
        library=known.library,
        fields=known.fields,
        admission=known.admission,
        first_come=known.first_come,
        holidays=known.holidays,
    )


def _settled(partner: Partner, folder: Path, zone: str) -> Partner:
    """The partner with the county's zone where it names none, and with absolute folders; those on a server stay as they are."""
    out = partner.delivery
    if out and out.path and out.carrier == "folder":
        out = msgspec.structs.replace(out, path=str((folder / out.path).resolve()))
    into = partner.source
    if into:
        doors = tuple(_placed(door, folder) for door in into.doors)
        out_of = into.export
        if out_of and out_of.path:
            out_of = msgspec.structs.replace(out_of, path=str((folder / out_of.path).resolve()))
        into = msgspec.structs.replace(into, zone=into.zone or zone, doors=doors, export=out_of)
    return msgspec.structs.replace(partner, source=into, delivery=out)


def _placed(door: Door, folder: Path) -> Door:
    here = ("path", "jwks") if door.kind == "folder" else ("jwks",)
    paths = {key: str((folder / path).resolve()) for key in here if (path := getattr(door, key))}
    return msgspec.structs.replace(door, **paths) if paths else door
