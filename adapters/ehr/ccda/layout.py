"""A document as its lenses see it: entries by their templates, with the words they refer to.

INVARIANT: what has a negationInd is among the negatives and nowhere else, and nothing that stands below it is read; what has a
nullFlavor, in place of an entry or of a code, says nothing; nor does what was cancelled or entered in error, or is a relative's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from adapters.wire.json_nodes import derived
from adapters.wire.xml_nodes import below, one, repeated, rows, text_of, within
from hub.lens.conversions import ENCLOSED

Node = dict[str, Any]
SSN: Final = "2.16.840.1.113883.4.1"
CCDA: Final = "2.16.840.1.113883.10.20.22.4."
PROBLEM, ALLERGY, MEDICATION, ENCOUNTER, DIAGNOSIS = (f"{CCDA}{n}" for n in (4, 7, 16, 49, 80))
STATUS, REACTION, SEVERITY, GOAL, ALLERGY_STATUS = (f"{CCDA}{n}" for n in (6, 9, 8, 121, 28))
# SNOMED CT: inactive, resolved.
OVER = ("73425007", "413322009")
# Acts, encounters, procedures, medications, supplies and observations that are planned; instructions, what to eat, who is told.
PLANNED: Final = tuple(f"{CCDA}{n}" for n in (39, 40, 41, 42, 43, 44, 20, 130, 141))
CARE_PLAN: Final = "2.16.840.1.113883.10.20.22.1.15"
PLAN_SECTION: Final = "2.16.840.1.113883.10.20.22.2.10"
# Who takes part in an encounter of the header, by HL7 ParticipationType.
PARTS: Final = {"ATND": "workers", "ADM": "admitting", "CON": "consulting", "REF": "referring"}
# The section of a relative's past and present, by its template and by its code.
FAMILY_HISTORY: Final = ("2.16.840.1.113883.10.20.22.2.15", "10157-6")
# Acts that never were: entered in error, or given up before they began. What is only intended may say so of itself.
VOID: Final = ("nullified", "cancelled")
INTENDED: Final = ("INT", "RQO", "PRMS")
CONTACTS: Final = {"tel": "phone", "mailto": "email", "fax": "fax", "http": "url", "https": "url"}


def lay_out(whole: Node) -> Node:
    """The rows of a document."""
    patient = within(whole, "recordTarget", "patientRole")
    sections = list(_sections(within(whole, "component", "structuredBody")))
    rows: Node = {"problems": [], "negatives": [], "medications": [], "allergies": [], "encounters": []}
    goals: list[Any] = []
    activities: list[Node] = []
    for section in _sections(within(whole, "component", "structuredBody"), _of_patient):
        _entries(section, rows, goals, activities)
    encompassing = within(whole, "componentOf", "encompassingEncounter")
    if encompassing:
        rows["encounters"].insert(0, _encompassing(encompassing, within(whole, "documentationOf", "serviceEvent")))
    head = _head(whole)
    plan = (
        [{**head, **_planned(whole, sections), "goals": goals, "activities": activities}] if goals or activities else []
    )
    return {
        **rows,
        "patient": _patient(patient, whole),
        "plan": plan,
        "documents": [*_itself(whole, head, sections), *_documents(sections, head), *_unstructured(whole, head)],
        "confidentiality": [*below(whole, ("confidentialityCode", "@code")), *_confidential(sections)],
    }


# -- entries


def _entries(section: Node, rows: Node, goals: list[Any], activities: list[Node]) -> None:
    """What the entries of a section say, put where it belongs."""
    for node, kind in _walk(section.get("entry"), ""):
        templates = set(below(node, ("templateId", "@root")))
        for template, name, make in (
            (PROBLEM, "problems", _problem),
            (ALLERGY, "allergies", _allergy),
            (MEDICATION, "medications", _medication),
            (ENCOUNTER, "encounters", _encounter),
        ):
            if template in templates:
                _put(rows, name, node, make(node, kind), section)
        if templates.isdisjoint((GOAL, *PLANNED)) or _negated(node) or _state(node) in (*VOID, "aborted"):
            continue
        if GOAL in templates:
            goals += [text for text in (_goal(node),) if text]
        if templates.intersection(PLANNED):
            activities += [_coded(code) for code in (one(node, "code"),) if isinstance(code, dict)]


def _put(rows: Node, name: str, node: Node, row: Node, section: Node) -> None:
    code = row.get("code")
    if not _negated(node):
        if code or name == "encounters":
            rows[name].append(row)
    elif code:
        negated = derived(one(node, "@negationInd"), "true")
        rows["negatives"].append({"code": code, "negated": negated, "section": one(section, "code")})


def _problem(node: Node, kind: str) -> Node:
    low, high = _times(one(node, "effectiveTime"))
    status = next(
        (text for each, _ in _walk(node, "") if _has(each, STATUS) for text in below(each, ("value", "@code"))), None
    )
    return {
        "code": _coded(one(node, "value")),
        "kind": kind or "problem",
        "status": "413322009" if high or _ended(one(node, "effectiveTime")) else status,
        "onset": low,
        "recorded": next(below(node, ("author", "time", "@value")), None),
    }


def _allergy(node: Node, _: str) -> Node:
    entity = ("participant", "participantRole", "playingEntity")
    code = next((each for each in _found(node, entity) if isinstance(each, dict)), {})
    low, high = _times(one(node, "effectiveTime"))
    severity = next((_coded(one(each, "value")) for each, _ in _walk(node, "") if _has(each, SEVERITY)), None)
    states = [
        text for each, _ in _walk(node, "") if _has(each, ALLERGY_STATUS) for text in below(each, ("value", "@code"))
    ]
    reactions = [
        _words(one(each, "value")) for each, _ in _walk(node, "") if _has(each, REACTION) and not _negated(each)
    ]
    return {
        "code": _coded(one(code, "code")) or _coded(one(node, "value") if _negated(node) else None),
        "value": _coded(one(node, "value")),
        "severity": severity,
        "reactions": [reaction for reaction in reactions if reaction],
        "onset": low,
        "over": high or next((state for state in states if state in OVER), None),
    }


def _medication(node: Node, _: str) -> Node:
    material = within(node, "consumable", "manufacturedProduct", "manufacturedMaterial")
    spans = [_times(each) for each in repeated(node, "effectiveTime")]
    low, high = next((span for span in spans if any(span)), (None, None))
    return {
        **{name: node[name] for name in ("@moodCode", "statusCode", "doseQuantity", "author") if name in node},
        "code": _coded(one(material, "code")),
        "routeCode": _coded(one(node, "routeCode")),
        "sig": _words(one(node, "text")),
        "start": low,
        "end": high,
    }


def _encounter(node: Node, _: str) -> Node:
    low, high = _times(one(node, "effectiveTime"))
    planned = text_of(node.get("@moodCode")) in (*INTENDED, "ARQ")
    places = (
        text
        for each in repeated(node, "participant")
        if text_of(one(each, "@typeCode")) == "LOC"
        for text in below(each, ("participantRole", "playingEntity", "name"))
    )
    return {
        "id": one(node, "id"),
        "code": _coded(one(node, "code")),
        **({"planned": low} if planned else {"start": low, "end": high}),
        "place": next(places, None),
        "workers": list(_found(node, ("performer", "assignedEntity"))),
        "disposition": _coded(one(node, "sdtc:dischargeDispositionCode")),
    }


def _encompassing(node: Node, service: Node) -> Node:
    """The encounter of the header, and who takes part in it; who treats the patient anyway stands with the service."""
    low, high = _times(one(node, "effectiveTime"))
    people: dict[str, list[Any]] = {"workers": list(_found(node, ("responsibleParty", "assignedEntity")))}
    for each in repeated(node, "encounterParticipant"):
        kind = PARTS.get(text_of(one(each, "@typeCode")), "participants")
        people.setdefault(kind, []).extend(_found(each, ("assignedEntity",)))
    for each in repeated(service, "performer"):
        kind = "primary" if "PCP" in below(each, ("functionCode", "@code")) else "participants"
        people.setdefault(kind, []).extend(_found(each, ("assignedEntity",)))
    return {
        **people,
        "id": one(node, "id"),
        "code": _coded(one(node, "code")),
        "start": low,
        "end": high,
        "place": next(below(node, ("location", "healthCareFacility", "location", "name")), None),
        "disposition": _coded(one(node, "dischargeDispositionCode")),
    }


def _goal(node: Node) -> str:
    return _words(one(node, "value")) or _words(one(node, "text")) or _words(one(node, "code"))


# -- codes and words


def _coded(node: Any) -> Node:
    """A code with the words it refers to; one that has neither is none."""
    if not isinstance(node, dict):
        return {}
    said = _reference(one(node, "originalText"))
    found = {**node, "said": said} if said else node
    return found if said or text_of(node.get("@code")) or "translation" in node else {}


def _words(node: Any) -> str:
    """What a node says in words: its text, what it refers to, or the name of its code."""
    if not isinstance(node, dict):
        return text_of(node)
    return _reference(node) or _reference(one(node, "originalText")) or text_of(node.get("@displayName"))


def _reference(node: Any) -> str:
    """The text of a node, or of what its reference points at."""
    said = text_of(node)
    refers = next(below(node, ("reference", "@value")), "") if isinstance(node, dict) else ""
    # What it refers to stands in its place already; what nothing is behind still begins with its mark.
    return said or ("" if refers.startswith("#") else refers)


# -- the header


def _patient(role: Node, whole: Node) -> Node:
    numbers = [each for each in repeated(role, "id") if isinstance(each, dict)]
    return {
        **role,
        "numbers": [each for each in numbers if text_of(each.get("@root")) != SSN and "@nullFlavor" not in each],
        "ssn": next((each.get("@extension") for each in numbers if text_of(each.get("@root")) == SSN), None),
        "phones": list(_phones(role)),
        "language": _language(within(role, "patient")),
        "family": list(_family(role, whole)),
    }


def _language(patient: Node) -> Any:
    """The code of the language that is preferred, else of the first."""
    said = [each for each in repeated(patient, "languageCommunication") if isinstance(each, dict)]
    preferred = [each for each in said if "true" in below(each, ("preferenceInd", "@value"))]
    return next((code for each in (*preferred, *said) for code in below(each, ("languageCode", "@code"))), None)


def _family(role: Node, whole: Node) -> Iterator[Node]:
    """Guardians, and whom the header names as family or for an emergency."""
    for guardian in repeated(within(role, "patient"), "guardian"):
        if isinstance(guardian, dict):
            yield {**guardian, "name": within(guardian, "guardianPerson", "name"), "phones": list(_phones(guardian))}
    for entity in _found(whole, ("participant", "associatedEntity")):
        if isinstance(entity, dict) and text_of(entity.get("@classCode")) in (
            "NOK",
            "ECON",
            "PRS",
            "GUARD",
            "CAREGIVER",
        ):
            yield {**entity, "name": within(entity, "associatedPerson", "name"), "phones": list(_phones(entity))}


def _phones(node: Node) -> Iterator[Node]:
    for each in repeated(node, "telecom"):
        value = one(each, "@value") if isinstance(each, dict) else None
        if value:
            scheme, colon, rest = value.partition(":")
            yield {
                "number": derived(value, (rest if colon else value).strip()),
                "kind": CONTACTS.get(scheme, "phone"),
                "use": each.get("@use"),
            }


def _head(whole: Node) -> Node:
    """What everything of a document shares: its number, its time, its authors."""
    number = within(whole, "id")
    return {
        "number": number.get("@extension") or number.get("@root"),
        "at": next(below(whole, ("effectiveTime", "@value")), None),
        "authors": list(_found(whole, ("author", "assignedAuthor"))),
    }


def _itself(whole: Node, head: Node, sections: list[Node]) -> Iterator[Node]:
    """What kind of document it is, and its title; what it says stands in its sections."""
    if sections:
        yield {**head, "code": one(whole, "code"), "title": one(whole, "title")}


def _planned(whole: Node, sections: list[Node]) -> Node:
    """The title of a plan, and the time that it is for where a whole document is one."""
    if _has(whole, CARE_PLAN):
        start, end = _times(one(within(whole, "documentationOf", "serviceEvent"), "effectiveTime"))
        return {"title": one(whole, "title"), "start": start, "end": end}
    return {"title": next((one(section, "title") for section in sections if _has(section, PLAN_SECTION)), None)}


def _documents(sections: list[Node], head: Node) -> Iterator[Node]:
    for section in sections:
        if text_of(one(section, "text")):
            yield {**head, "code": one(section, "code"), "title": one(section, "title"), "text": one(section, "text")}


def _unstructured(whole: Node, head: Node) -> Iterator[Node]:
    """A body that is no XML: text, or bytes as a data URI."""
    body = one(within(whole, "component", "nonXMLBody"), "text")
    said = text_of(body)
    if said:
        packed = isinstance(body, dict) and text_of(body.get("@representation")) == "B64"
        text = derived(said, ENCLOSED + "".join(said.split())) if packed else said
        media = body.get("@mediaType") if isinstance(body, dict) else None
        yield {**head, "code": one(whole, "code"), "title": one(whole, "title"), "text": text, "media": media}


def _confidential(sections: list[Node]) -> Iterator[str]:
    for section in sections:
        yield from below(section, ("confidentialityCode", "@code"))


def _sections(body: Any, taken: Callable[[Node], bool] = bool) -> Iterator[Node]:
    """Every section that is taken, those within it after the one they stand in."""
    for component in repeated(body, "component"):
        for section in repeated(component, "section"):
            if isinstance(section, dict) and taken(section):
                yield section
                yield from _sections(section, taken)


def _of_patient(section: Node) -> bool:
    said = {*below(section, ("templateId", "@root")), *below(section, ("code", "@code"))}
    return said.isdisjoint(FAMILY_HISTORY) and not _relative(section)


def _relative(node: Node) -> bool:
    """Whether it is about somebody else than the patient."""
    return next(below(node, ("subject", "relatedSubject")), None) is not None


def _walk(node: Any, kind: str) -> Iterator[tuple[Node, str]]:
    """Every element below a node that is said of the patient, with whether it stands within a diagnosis of an encounter."""
    for each in rows(node, None) if node is not None else ():
        if isinstance(each, dict) and not _void(each):
            inner = "diagnosis" if _has(each, DIAGNOSIS) else kind
            yield each, inner
            for name, value in each.items() if not _negated(each) else ():
                if not name.startswith("@") and name not in ("text", "templateId"):
                    yield from _walk(value, inner)


def _has(node: Node, template: str) -> bool:
    return template in below(node, ("templateId", "@root"))


def _negated(node: Node) -> bool:
    return text_of(node.get("@negationInd")).strip().casefold() in ("true", "1")


def _void(node: Node) -> bool:
    """Whether an act says nothing of the patient: it is a relative's, was never so, or nobody knows of it."""
    state = _state(node)
    never = state == "nullified" or (state in VOID and text_of(node.get("@moodCode")) not in INTENDED)
    return never or _relative(node) or ("@nullFlavor" in node and "templateId" in node)


def _state(node: Node) -> str:
    return next((text_of(code).strip().casefold() for code in below(node, ("statusCode", "@code"))), "")


def _ended(span: Any) -> bool:
    """Whether something is over since nobody knows when: C-CDA says it with an end of nullFlavor UNK."""
    return isinstance(span, dict) and "UNK" in below(span, ("high", "@nullFlavor"))


def _times(node: Any) -> tuple[Any, Any]:
    """When something began and ended; a single time is the beginning."""
    if not isinstance(node, dict):
        return None, None
    low, high = (next(below(node, (name, "@value")), None) for name in ("low", "high"))
    return low or node.get("@value"), high


def _found(node: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield node
        return
    for each in repeated(node, path[0]):
        yield from _found(each, path[1:])
