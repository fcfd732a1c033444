"""One report as its lenses see it: what the digest and the payload say of one thing stands together, and all is about one person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.rms.ndex.names import REPORTS, SUBJECTS
from adapters.wire.json_nodes import Marked
from adapters.wire.xml_nodes import below, one, repeated, rows, text_of, within

View = dict[str, Any]
STREET: Final = (
    "nc:StreetNumberText",
    "nc:StreetPredirectionalText",
    "nc:StreetName",
    "nc:StreetCategoryText",
    "nc:StreetPostdirectionalText",
)
OFFICIALS: Final = (
    "ServiceCallDispatchedOfficial",
    "EnforcementOfficial",
    "ArrestOfficial",
    "IncidentReportingOfficial",
    "IncidentResponseOfficial",
)
NUMBERS: Final = ("j:PersonFBIIdentification", "j:PersonStateFingerprintIdentification")
OPEN: Final = "Green"
# May not be passed on without asking its owner.
CLOSED: Final = "NORDSCLCD"


def lay_out(whole: View) -> View:
    """The first report of a message, joined; a report without its outer layer as far as it goes."""
    if "lexs:PublishMessageContainer" not in whole:
        return _alone(whole)
    message = within(whole, "lexs:PublishMessageContainer", "lexs:PublishMessage")
    package = within(message, "lexs:DataItemPackage")
    meta = within(package, "lexs:PackageMetadata")
    said = {"meta": meta, "refrain": _refrain(meta)}
    if text_of(one(meta, "lexs:DataItemPublishInstruction")) == "Delete":
        return {**said, "withdrawn": _withdrawn(message, meta)}
    joined = Joined(within(package, "lexs:Digest"), _payload(package))
    subject, accused = joined.subject()
    call = joined.activity("ServiceCall", "Service Call")
    incident = joined.activity("Incident", "Incident") or joined.activity("MissingPersonOccurrence", "Missing Person")
    officials = list(joined.officials())
    told: View = {**said, "subject": subject}
    if call:
        told["call"] = {**call, "report": meta, **joined.called()}
    if incident or not call:
        told["incident"] = _incident(incident, meta, joined, subject if accused else {}) | {
            "officials": officials,
            "call": text_of(one(within(call, "nc:ActivityIdentification"), "nc:IdentificationID")) if call else None,
        }
    told["units"] = [{**unit, "officials": officials, "incident": _number(call or incident)} for unit in joined.units()]
    return told


def _alone(report: View) -> View:
    """A report whose outer layer is missing: that says who it is about and who may see it, so it is about nobody, and stays here."""
    call = one(report, "ndexia:ServiceCall")
    told: View = {"meta": {}, "refrain": CLOSED, "units": list(Joined({}, report).units())}
    return told | ({"call": {"more": call}} if isinstance(call, dict) else {})


def _incident(incident: View, meta: View, joined: Joined, records: View) -> View:
    """An incident; `records` are the subject's where the subject is accused, and nothing else."""
    category = next(below(meta, ("lexs:DataItemCategory", "lexs:DataItemCategoryText")), None)
    found = {**incident, "report": meta, "place": joined.scene(), "kind": category}
    if records:
        found |= {"offenses": joined.payload.get("ndexia:Offense"), "numbers": list(_records(records))}
    return found


class Joined:
    """A digest and a payload, joined by their references."""

    def __init__(self, digest: View, payload: View) -> None:
        """The layers of one report."""
        self.digest, self.payload = digest, payload
        self._more = dict(_same(payload))
        self._locations = {_id(place): place for place in self._entities("lexsdigest:EntityLocation", "nc:Location")}
        self._phones = {
            _id(phone): phone
            for phone in self._entities("lexsdigest:EntityTelephoneNumber", "lexsdigest:TelephoneNumber")
        }

    def activity(self, name: str, category: str) -> View:
        """An activity: the one that the payload's element refers to, or the one of that category."""
        referred = {ref for ref, (kind, _) in self._more.items() if kind == f"ndexia:{name}"}
        for activity in self._entities("lexsdigest:EntityActivity", "nc:Activity"):
            said = text_of(one(activity, "nc:ActivityCategoryText"))
            if _id(activity) in referred or (not referred and said == category):
                return {**activity, "more": self._further(activity)}
        return {}

    def subject(self) -> tuple[View, bool]:
        """The person it is about, and whether they are accused."""
        for role, accused in SUBJECTS.items():
            for entity in repeated(self.digest, "lexsdigest:EntityPerson"):
                if isinstance(entity, dict) and any(name.rpartition(":")[2] == role for name in entity):
                    return self._person(entity), accused
        return {}, False

    def _person(self, entity: View) -> View:
        person = within(entity, "lexsdigest:Person")
        more, number = self._further(person), _id(person)
        metadata = text_of(person.get("@s:metadata"))
        sources = (
            one(each, "nc:SourceIDText") for each in repeated(entity, "lexsdigest:Metadata") if _id(each) == metadata
        )
        name, further = within(person, "nc:PersonName"), within(more, "nc:PersonName")
        return {
            "person": person,
            "more": more,
            "name": {**further, **name},
            "source": next(iter(sources), None),
            "home": self._place(self._associated("nc:ResidenceAssociation", "nc:LocationReference", person=number)),
            "phones": [
                _spelled(self._phones[ref])
                for ref in self._associated_all(
                    "lexsdigest:EntityTelephoneNumberAssociation", "lexsdigest:TelephoneNumberReference", person=number
                )
                if ref in self._phones
            ],
        }

    def called(self) -> View:
        """Where a call goes, and from which telephones it came."""
        goes = self._associated("lexsdigest:ServiceCallDispatchLocationAssociation", "nc:LocationReference")
        came = self._associated("lexsdigest:ServiceCallLocationAssociation", "nc:LocationReference")
        phones = self._associated_all(
            "lexsdigest:ServiceCallTelephoneNumberAssociation", "lexsdigest:TelephoneNumberReference"
        )
        return {
            "place": self._place(goes or came),
            "phones": [_spelled(self._phones[ref]) for ref in phones if ref in self._phones],
        }

    def scene(self) -> View:
        """Where an incident was."""
        for name in (
            "lexsdigest:IncidentLocationAssociation",
            "j:ActivityLocationAssociation",
            "nc:PersonLastSeenLocationAssociation",
        ):
            found = self._associated(name, "nc:LocationReference")
            if found:
                return self._place(found)
        return {}

    def officials(self) -> Iterator[View]:
        """Those who came, each with the badge."""
        for entity in repeated(self.digest, "lexsdigest:EntityPerson"):
            for name, role in entity.items() if isinstance(entity, dict) else ():
                if name.rpartition(":")[2] in OFFICIALS:
                    badge = next(below(role, ("j:EnforcementOfficialBadgeIdentification", "nc:IdentificationID")), None)
                    yield {"person": within(entity, "lexsdigest:Person"), "badge": badge}
                    break

    def units(self) -> Iterator[View]:
        """The units that the payload numbers, each with its organization."""
        organizations = {_id(each): each for each in self._entities("lexsdigest:EntityOrganization", "nc:Organization")}
        for unit in repeated(self.payload, "ndexia:EnforcementUnit"):
            ref = next(
                below(unit, ("ndexia:EnforcementUnitAugmentation", "lexslib:SameAsDigestReference", "@lexslib:ref")), ""
            )
            number = next(below(unit, ("j:EnforcementUnitNumberIdentification", "nc:IdentificationID")), None)
            yield {"number": number, "organization": organizations.get(ref)}

    def _entities(self, entity: str, name: str) -> Iterator[View]:
        for found in repeated(self.digest, entity):
            inner = one(found, name) if isinstance(found, dict) else None
            if isinstance(inner, dict):
                yield inner

    def _further(self, node: View) -> View:
        _, found = self._more.get(_id(node), ("", {}))
        return found

    def _place(self, ref: str) -> View:
        place = self._locations.get(ref)
        if place is None:
            return {}
        parts = [
            next(below(place, ("nc:LocationAddress", "nc:StructuredAddress", "nc:LocationStreet", name)), "")
            for name in STREET
        ]
        full = next(
            below(place, ("nc:LocationAddress", "nc:StructuredAddress", "nc:LocationStreet", "nc:StreetFullText")), ""
        )
        return {**place, "more": self._further(place), "street": full or _joined(parts)}

    def _associated(self, name: str, reference: str, person: str = "") -> str:
        return next(self._associated_all(name, reference, person), "")

    def _associated_all(self, name: str, reference: str, person: str = "") -> Iterator[str]:
        for found in repeated(within(self.digest, "lexsdigest:Associations"), name):
            if not person or person in below(found, ("nc:PersonReference", "@s:ref")):
                yield from below(found, (reference, "@s:ref"))


def _same(payload: View) -> Iterator[tuple[str, tuple[str, View]]]:
    """Everything in a payload by the id of what it is in the digest."""
    for name, value in payload.items():
        for node in rows(value, None):
            for augmentation in node.values() if isinstance(node, dict) else ():
                for ref in below(augmentation, ("lexslib:SameAsDigestReference", "@lexslib:ref")):
                    yield ref, (name, node)


def _payload(package: View) -> View:
    for payload in repeated(package, "lexs:StructuredPayload"):
        for report in REPORTS:
            found = one(payload, f"ndexia:{report}") if isinstance(payload, dict) else None
            if isinstance(found, dict):
                return found
    return {}


def _withdrawn(message: View, meta: View) -> View:
    reasons = (
        one(each, "lexs:AttributeValue") for each in repeated(meta, "lexs:DomainAttribute") if isinstance(each, dict)
    )
    at = one(within(message, "lexs:PDMessageMetadata"), "lexs:MessageDateTime")
    return {"kind": "withdrawn", "report": meta, "at": at, "reason": next(iter(reasons), None)}


def _refrain(meta: View) -> str:
    """What is not open to all is closed."""
    said = [text for text in below(meta, ("lexs:DisseminationCriteriaValue", "lexs:DisseminationCriteriaText")) if text]
    said += [text for text in below(meta, ("lexs:DisseminationCriteria",)) if text]
    return CLOSED if any(text not in (OPEN, "white") for text in said) else ""


def _records(subject: View) -> Iterator[str]:
    """Numbers under which criminal history is kept: criminal history themselves, and no way to know a person elsewhere."""
    for name in NUMBERS:
        yield from below(subject.get("person"), ("j:PersonAugmentation", name, "nc:IdentificationID"))


def _spelled(phone: View) -> View:
    """A telephone number as one text."""
    whole = next(below(phone, ("nc:FullTelephoneNumber", "nc:TelephoneNumberFullID")), "")
    parts = [
        next(below(phone, ("nc:NANPTelephoneNumber", f"nc:Telephone{name}ID")), "")
        for name in ("AreaCode", "Exchange", "Line")
    ]
    return {"whole": whole or _joined(parts, "-")}


def _joined(parts: list[str], between: str = " ") -> str:
    """Several texts as one, known by the place of the first."""
    said = [part for part in parts if part]
    text = between.join(said)
    first = next((part for part in said if isinstance(part, Marked)), None)
    if first is None:
        return text
    found = Marked(text)
    found.at = first.at
    return found


def _number(activity: Mapping[str, Any]) -> Any:
    return next(below(activity, ("nc:ActivityIdentification", "nc:IdentificationID")), None) if activity else None


def _id(node: Any) -> str:
    return text_of(node.get("@s:id")) if isinstance(node, dict) else ""
