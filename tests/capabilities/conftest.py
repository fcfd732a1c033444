"""One county for all of its capabilities: partners of kinds that the example does without, and nobody known to begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.capabilities.town import Town, partner, town

OFFICER = {"cj_status": "AGENCY"}


@pytest.fixture(scope="package")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The example county, with a clinician who rides along, a second police department, peers and a relative."""
    clinician = partner(
        "RIDE",
        "CORESPONDER",
        {
            "id": "all-i-treat",
            "bodies": ["medication", "observation", "encounter", "risk_assessment"],
            "purpose": "TREAT",
        },
    )
    police = partner(
        "PD2",
        "LE",
        {"id": "medicines", "bodies": ["medication"], "purpose": "APPROACH", "facts": OFFICER},
        {"id": "calls", "bodies": ["call_for_service", "field_contact"], "purpose": "DISPATCH", "facts": OFFICER},
        {"id": "risk", "bodies": ["risk_assessment"], "purpose": "APPROACH", "facts": OFFICER},
        delivery={"format": "rms", "carrier": "folder", "path": "exchange/pd2/in"},
    )
    peers = partner(
        "PEER1",
        "PEER",
        {"id": "wishes", "bodies": ["referral"], "purpose": "COC", "when": [{"referral.performer": ["PEER1"]}]},
    )
    kin = partner("KIN1", "FAMILY", {"id": "my-brother", "bodies": ["encounter"], "purpose": "NOTIFY_FAMILY"})
    kin["source"] = {"format": "fhir", "regime": "OPEN", "doors": [{"kind": "folder", "path": "exchange/kin1/out"}]}
    ambulance = partner("EMS1", "EMS")
    ambulance["agreement"] |= {"kind": "BAA", "hub_is": "business associate"}
    ambulance["source"] = {
        "format": "nemsis",
        "regime": "HIPAA",
        "doors": [{"kind": "folder", "path": "exchange/ems1/out"}],
    }
    with town(tmp_path_factory.mktemp("county") / "town", clinician, police, peers, kin, ambulance) as open_county:
        yield open_county
