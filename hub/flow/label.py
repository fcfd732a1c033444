"""Labels events: the regimes and sensitivities that their values, their unit and their sender put them under."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from consent.codeset import codesets
from hub.errors import Misconfigured
from hub.flow.circumstances import juvenile
from hub.located import near
from hub.model.care import (
    Allergy,
    CarePlan,
    Condition,
    Disposition,
    Document,
    EducationRecord,
    Encounter,
    Medication,
    Observation,
)
from hub.model.category import Category, Regime
from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.event import Body
from hub.model.label import Label
from hub.model.person import Person
from hub.model.public_safety import CallForService, CustodyHold, FieldContact
from hub.model.registry import branch, root
from hub.model.service import (
    Appointment,
    CapacityReport,
    Certificate,
    Communication,
    DiversionStatus,
    HousingRecord,
    Referral,
    Roster,
    ServiceListing,
    WellnessNote,
)
from hub.model.values import Code, Unit
from hub.partners import Partner

Names = frozenset[str]
NO_NAMES: Final[Names] = frozenset()
# The code sets that a body is in, each with the field that says so.
Hits = frozenset[tuple[str, str]]
NO_HITS: Final[Hits] = frozenset()
V = TypeVar("V")
Pairs = Iterable[tuple[str, V]]
UNKNOWN: Final = frozenset({Regime.UNKNOWN})
SEALED: Final = frozenset({Regime.SEALED})
NO_REGIMES: Final[frozenset[Regime]] = frozenset()
# A unit under one of these stands under the sender's own regime as well: a Part 2 programme of a clinic is a covered entity too.
ADDED: Final = frozenset({Regime.PART2, Regime.PART2_RECEIVED, Regime.VA7332})
PART2: Final = frozenset({Regime.PART2, Regime.PART2_RECEIVED})

# Bodies without a person, and staff data: the sender's own regime says nothing about them.
ALONE: Final[dict[type, frozenset[Regime]]] = {
    CapacityReport: frozenset({Regime.OPEN}),
    DiversionStatus: frozenset({Regime.OPEN}),
    ServiceListing: frozenset({Regime.OPEN}),
    Certificate: frozenset({Regime.EMPLOYMENT}),
    Roster: frozenset({Regime.EMPLOYMENT}),
    WellnessNote: frozenset({Regime.EMPLOYMENT}),
}
# Bodies that stand under a regime of their own, whoever sends them on.
BESIDE: Final[dict[type, frozenset[Regime]]] = {
    CrisisContact: frozenset({Regime.L988}),
    EducationRecord: frozenset({Regime.FERPA}),
    HousingRecord: frozenset({Regime.HMIS}),
}
# Where a body says what somebody has, takes or needs: coded fields, then free text.
CODED: Final[dict[type, tuple[str, ...]]] = {
    Condition: ("code", "kind"),
    Medication: ("code",),
    Allergy: ("code",),
    Observation: (
        *("code", "coded", "interpretation", "site"),
        *("order_code", "order_reasons", "order_details", "order_status", "order_priority"),
    ),
    Encounter: (
        *("reason", "service", "patient_class", "arrangements", "diet", "referral_reasons", "death_cause"),
        *("accident_at_work", "accident_fatal", "police_notified", "death_certified", "autopsy", "coroner"),
    ),
    Referral: ("reason", "service", "category", "setting"),
    Appointment: ("reason", "service", "details"),
    CarePlan: ("activities",),
    HousingRecord: ("disabling", "consultation"),
    Disposition: ("code",),
    Document: ("kind",),
    MobileCrisisVisit: ("concerns",),
    CrisisContact: ("concerns",),
    RiskAssessment: ("scale",),
    FieldContact: ("substance",),
}
WRITTEN: Final[dict[type, tuple[str, ...]]] = {
    Condition: ("text",),
    Medication: ("sig",),
    Observation: ("text", "comments", "order_condition", "order_notes"),
    Encounter: ("narrative", "referral_reason_text", "referral_note", "accident_text"),
    Referral: ("note",),
    Appointment: ("comment",),
    CarePlan: ("title", "goals"),
    Document: ("title", "body"),
    MobileCrisisVisit: ("narrative",),
    CrisisContact: ("narrative",),
    RiskAssessment: ("narrative",),
    FieldContact: ("narrative",),
    CustodyHold: ("circumstances", "probable_cause", "history_considered"),
    CallForService: ("narrative",),
    Communication: ("text",),
}
# Who a message says it is about to go to, or come from: a name that implies substance-use care is itself such a fact (2.13(c)).
NAMED: Final[dict[type, tuple[str, ...]]] = {
    Encounter: ("discharged_to",),
    Referral: ("performer", "requester"),
    Appointment: ("location",),
    Disposition: ("destination",),
    MobileCrisisVisit: ("destination",),
}
# Where somebody is or was, as unit and facility.
STAYED: Final[dict[type, tuple[str, ...]]] = {
    Encounter: ("location", "prior_location", "planned_location", "temporary_location"),
}
PLACED: Final = NAMED.keys() | STAYED.keys()
CLINICAL: Final = (Category.MH_CLINICAL, Category.MEDS)
VERY: Final = frozenset({"HIV", "SDV"})
AT_SITE: Final = tuple((c, Category.SUD_RECORD) for c in (Category.ENCOUNTER, Category.REFERRAL))


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner file says about the data that the partner sends.

    `regimes` hold unless a unit says otherwise; `units` names units, facilities and services with regimes of their own;
    `sud_sites` are names of places whose name implies substance-use care. All names in lower case.
    """

    regimes: frozenset[Regime] = UNKNOWN
    units: Mapping[str, frozenset[Regime]] = msgspec.field(default_factory=dict)
    sud_sites: Names = NO_NAMES


def source_of(partner: Partner, sud_sites: Names = NO_NAMES) -> Source:
    """The labeller's facts of one partner file. Raises Misconfigured for a regime that nobody knows."""
    if partner.source is None:
        return Source()
    own = _whole(_regime(partner, partner.source.regime))
    units = {
        name.lower(): _whole(found) | (own if found in ADDED else NO_REGIMES)
        for name, said in partner.source.units.items()
        for found in (_regime(partner, said),)
    }
    return Source(regimes=own, units=units, sud_sites=frozenset(site.lower() for site in sud_sites))


def sites(partners: Iterable[Partner]) -> Names:
    """The names of a county's places of substance-use care: its Part 2 programmes, and the units that its partner files call so."""
    found: set[str] = set()
    for partner in partners:
        said = partner.source
        if partner.kind == "PART2_PROGRAM" or (said and said.regime in PART2):
            found |= {partner.id, partner.name}
        found |= {unit for unit, regime in said.units.items() if regime in PART2} if said else set()
    return frozenset(found)


def _whole(regime: Regime) -> frozenset[Regime]:
    """A regime with HIPAA beside it where it only takes away from what HIPAA allows."""
    return frozenset({regime, Regime.HIPAA}) if regime in ADDED else frozenset({regime})


def _regime(partner: Partner, said: str) -> Regime:
    if said not in Regime.__members__:
        raise Misconfigured(
            f'no regime "{said}".', at=f"partner {partner.id}, source", cure=near(said, Regime.__members__)
        )
    return Regime[said]


def label(bodies: Sequence[Body], source: Source, inherited: tuple[str, ...] = ()) -> tuple[Label, ...]:
    """One label per body of one message, in order. `inherited` are security codes that came with the message.

    >>> ed = Source(regimes=frozenset({Regime.HIPAA}))
    >>> label([Condition(code=Code(code="F11.20", system="ICD10CM"))], ed)[0].sensitivities
    frozenset({'ETH'})
    """
    where, beside = _message(bodies, source)
    if "42CFRPart2" in inherited and not where & PART2:
        # Nobody said under which consent it was received, so the stricter of the two holds.
        where |= {Regime.PART2}
    common = where | beside if beside else where
    return tuple(_interned(body, common, source, inherited) for body in bodies)


def _interned(body: Body, common: frozenset[Regime], source: Source, inherited: tuple[str, ...]) -> Label:
    """The label of one body; equal labels are one object, so that whoever remembers by label finds it fast."""
    kind = type(body)
    key = (
        kind,
        common,
        inherited,
        _hits(body, kind, source),
        _before(body, source) if kind is Encounter else NO_REGIMES,
    )
    found = _labels.get(key)
    if found is None:
        if len(_labels) > ROOM:
            _labels.clear()
        _, _, _, hits, before = key
        made = _label(kind, _regimes(kind, common, before), hits, inherited)
        found = _labels[key] = _same.setdefault(made, made)
    return found


def _message(bodies: Sequence[Body], source: Source) -> tuple[frozenset[Regime], frozenset[Regime]]:
    """The regimes of the unit that the message is from; and SEALED beside them, where a sealed or juvenile record is in it.

    A record is a juvenile's by its flag, or by the age that the person had then.
    """
    person = next((body for body in bodies if isinstance(body, Person)), None)
    named: set[str] = set()
    beside = NO_REGIMES
    for body in bodies:
        if isinstance(body, Encounter):
            named |= _places(body.location)
        elif isinstance(body, Referral):
            named.add(body.requester.lower())
        elif isinstance(body, FieldContact):
            beside = SEALED if body.sealed or juvenile(body, person) else beside
    found = [source.units[name] for name in named if name in source.units] if source.units else []
    return (NO_REGIMES.union(*found) if found else source.regimes), beside


def _places(unit: Unit | None) -> set[str]:
    return {unit.unit.lower(), unit.facility.lower(), f"{unit.facility}/{unit.unit}".lower()} if unit else set()


def _before(body: Body, source: Source) -> frozenset[Regime]:
    """A visit tells where the person was or is to be: presence at a Part 2 unit is itself Part 2 information."""
    if not source.units or not isinstance(body, Encounter):
        return NO_REGIMES
    elsewhere = filter(None, (body.prior_location, body.planned_location, body.temporary_location))
    return NO_REGIMES.union(*(source.units.get(name, NO_REGIMES) for unit in elsewhere for name in _places(unit)))


def _regimes(kind: type, common: frozenset[Regime], before: frozenset[Regime]) -> frozenset[Regime]:
    return ALONE[kind] if kind in ALONE else common | before | BESIDE.get(kind, NO_REGIMES)


def _hits(body: Body, kind: type, source: Source) -> Hits:
    """The code sets that a body's codes and text are in, and SITE where it names a place of substance-use care."""
    looks = LOOKS.get(kind)
    if looks is None:
        return NO_HITS
    coded, written, named, stayed = looks
    found: list[tuple[str, str]] = []
    for n, value in enumerate(coded.take(body)):
        if value:
            for code in value if type(value) is tuple else (value,):
                sets = _codes.get(code)
                if sets is None:
                    sets = _of_code(code)
                if sets:
                    found += [(name, coded.names[n]) for name in sets]
    for n, value in enumerate(written.take(body)):
        if value:
            sets = codesets().of_text(" ".join(value) if type(value) is tuple else value)
            found += [(name, written.names[n]) for name in sets]
    if kind in PLACED and not source.regimes & PART2:
        places = _names(named.pairs(body), stayed.pairs(body), source)
        found += [("SITE", field) for field, name in places if _implies(name, source)]
    return frozenset(found) if found else NO_HITS


def _names(named: Pairs[str], stayed: Pairs[Unit | None], source: Source) -> Iterator[tuple[str, str]]:
    """The places that a body names, each with its field; of the sender's own units the partner file says the law."""
    yield from ((field, name) for field, name in named if name)
    for field, unit in stayed:
        places = _places(unit)
        if places.isdisjoint(source.units):
            yield from ((field, name) for name in places if name)


def _implies(name: str, source: Source) -> bool:
    """Whether a place's name tells of substance-use care: it is known as such, or says so itself."""
    return name.lower() in source.sud_sites or "SUD" in _of_name(name)


@lru_cache(maxsize=4096)
def _of_name(name: str) -> Names:
    return codesets().of_text(name)


class Look(NamedTuple):
    """Some fields of a body: their names, and what takes their values, in that order."""

    names: tuple[str, ...]
    take: Callable[[Any], tuple[Any, ...]]

    def pairs(self, body: Body) -> Pairs[Any]:
        """Each name with its value."""
        return zip(self.names, self.take(body), strict=True)


def _all_of(names: tuple[str, ...]) -> Look:
    match names:
        case ():
            return Look(names, lambda _: ())
        case (name,):
            return Look(names, lambda body: (getattr(body, name),))
        case _:
            return Look(names, attrgetter(*names))


LOOKS: Final = {
    kind: tuple(_all_of(table.get(kind, ())) for table in (CODED, WRITTEN, NAMED, STAYED))
    for kind in CODED.keys() | WRITTEN.keys() | NAMED.keys() | STAYED.keys()
}
_codes: dict[Code, Names] = {}


def _of_code(code: Code) -> Names:
    if len(_codes) > ROOM:
        _codes.clear()
    found = _codes[code] = codesets().of_code(code)
    return found


ROOM: Final = 50_000
_labels: dict[tuple[type, frozenset[Regime], tuple[str, ...], Hits, frozenset[Regime]], Label] = {}
_same: dict[Label, Label] = {}


def _label(kind: type, regimes: frozenset[Regime], hits: Hits, inherited: tuple[str, ...]) -> Label:
    sets = {name for name, _ in hits}
    known = codesets().sensitivities
    moves = {(c, known[s].moves) for s in sets & known.keys() if known[s].moves for c in CLINICAL}
    if regimes & PART2:
        moves |= {(c, Category.SUD_RECORD) for c in CLINICAL}
    if "SITE" in sets:
        moves |= set(AT_SITE)
    by_law = {"ETH"} if regimes & PART2 else set()
    told_by = {(known[s].code if s in known else "ETH", f"{root(kind)}.{field}") for s, field in hits}
    sensitivities = frozenset(by_law | {code for code, _ in told_by})
    return Label(
        regimes=regimes,
        recast=tuple(sorted((source, target) for source, target in moves if target)),
        sensitivities=sensitivities,
        told_by=tuple(sorted((code, path) for code, path in told_by if code not in by_law)),
        confidentiality=_confidentiality(regimes, sensitivities),
        inherited=inherited,
        because=(*(f"regime {r.value}" for r in sorted(regimes)), *(f"set {s}" for s in sorted(sets))),
    )


def as_shown(one: Label, granted: int) -> Label:
    """The label of what is shown of an event: it tells of no sensitivity of which nothing is shown.

    45 CFR 164.512(f)(2), 164.502(b): the hour of an admission is told without what it was for.
    """
    if not one.told_by:
        return one
    hidden = {code for code, _ in one.told_by} - {code for code, path in one.told_by if granted & branch(path)}
    if not hidden:
        return one
    left = one.sensitivities - hidden
    return replace(one, sensitivities=left, confidentiality=_confidentiality(one.regimes, left))


def _confidentiality(regimes: frozenset[Regime], sensitivities: Names) -> str:
    """HL7 v3 Confidentiality: N normal, R restricted, V very restricted."""
    if regimes <= {Regime.OPEN, Regime.EMPLOYMENT}:
        return "N"
    very = regimes & (PART2 | {Regime.VAWA, Regime.FVPSA, Regime.SEALED, Regime.UNKNOWN}) or sensitivities & VERY
    return "V" if very else "R"
