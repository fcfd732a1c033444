"""Distinct 911 calls whose facts are fixed functions of their number: as EIDO, and as the row of an export."""

from __future__ import annotations

from typing import Final

import msgspec

from hub.bench.messages import facts

TYPES: Final = ("SUICTHRT", "WELFARE", "MNTL", "EDP")
COLUMNS: Final = (
    *("incident", "agency", "initial_type", "received_at", "dispatched_at", "on_scene_at", "status", "priority"),
    *("address", "city", "beat", "caller_phone"),
)
_AGENCY: Final = "c1.example"


def eido(number: int) -> bytes:
    """One call, a crisis unit on its way, a caution, a note, and whose it is, handed to 988.

    >>> eido(1).startswith(b'{"$id":"urn:emergency:uid:incidentid:1:c1.example"')
    True
    """
    at = _at(number, "-07:00")
    call = {
        **_part(f"urn:emergency:uid:incidentid:{number}:{_AGENCY}", at),
        "eidoVersion": "1.0",
        "issuingElementIdentification": f"cad.{_AGENCY}",
        "incidentComponent": {
            **_part("incident-1", at),
            "incidentTypeCommonRegistryText": TYPES[number % 4],
            "incidentTypeInternalCode": f"MH{number % 9}",
            "internalIncidentId": f"26-{number:06d}",
            "incidentStatusCommonRegistryText": ["Active"],
            "incidentCommonPriorityNumber": 1 + number % 4,
            "locationReference": [{"$ref": "place-1"}],
        },
        "callComponent": [
            {
                **_part("call-1", at),
                "standardPrimaryCallType": "emergency",
                "direction": "incoming",
                "callStateRegistryText": "callAnswered",
                "callStartTimestamp": at,
                "callBackReference": {"$ref": "callback-1"},
            }
        ],
        "callbackComponent": [
            {**_part("callback-1", at), "callBackInformationUri": [f"tel:+1602555{number % 10000:04d}"]}
        ],
        "locationComponent": [
            {
                **_part("place-1", at),
                "locationTypeDescriptionRegistryText": "CurrentIncident",
                "locationDescriptionText": f"{number} W Juniper Avenue",
            }
        ],
        "emergencyResourceComponent": [
            {
                **_part(f"unit-{number % 40}", at),
                "emergencyResourceName": f"CIT-{number % 40}",
                "emergencyResourceTypeCommonRegistryText": "CrisisInterventionUnit",
                "resourceAttributeRegistryText": [],
                "primaryUnitStatusRegistryText": "NotAvailable",
                "secondaryUnitStatusRegistryText": ["EnRoute"],
                "agentReference": [{"$ref": "agent-1"}],
            }
        ],
        "agentComponent": [
            {**_part("agent-1", at), "agentRoleRegistryText": ["Field Responder"], "agencyReference": {"$ref": _AGENCY}}
        ],
        "cautionComponent": [
            {
                **_part("caution-1", at),
                "cautionTypeCommonRegistryText": "Weapons",
                "cautionTypeInternalText": "a knife, it was said",
                "cautionSeverity": "high",
            }
        ],
        "notesComponent": [{**_part("note-1", at), "notesActionComments": f"Caller {number} is <b>crying</b>."}],
        "agencyComponent": [
            _agency(_AGENCY, "CallReceiving", at) | {"incidentOwningAgencyIndicator": True},
            _agency("988.example", "TransferredTo", at),
        ],
    }
    return msgspec.json.encode(call)


def row(number: int) -> bytes:
    """One call as a table of one row, in the layout that the hub writes itself.

    >>> row(1).splitlines()[0].startswith(b"incident,agency,initial_type")
    True
    """
    unit, _, _ = facts(number)
    times = (_at(number + n, "-07:00") for n in range(3))
    said = (f"26-{number:06d}", _AGENCY, TYPES[number % 4], *times, "Active", str(1 + number % 4))
    rest = (f"{number} W Juniper Avenue", "Exampleton", unit, f"602-555-{number % 10000:04d}")
    return "\r\n".join((",".join(COLUMNS), ",".join((*said, *rest)), "")).encode()


def _part(name: str, at: str) -> dict[str, object]:
    return {"$id": name, "lastUpdateTimeStamp": at, "updatedByAgencyReference": {"$ref": _AGENCY}}


def _agency(name: str, role: str, at: str) -> dict[str, object]:
    return {**_part(name, at), "agencyRoleDescriptionRegistryText": [role], "agencyType": ["psap"]}


def _at(number: int, zone: str) -> str:
    return f"2026-03-01T{number // 60 % 24:02d}:{number % 60:02d}:00{zone}"
