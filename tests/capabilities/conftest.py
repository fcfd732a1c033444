"""One county for the capabilities of a file: partners of kinds that the example does without, and nobody known to begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.capabilities.town import Town, partner, town

OFFICER = {"cj_status": "AGENCY"}


@pytest.fixture(scope="module")
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
    fact = partner(
        "FACT1",
        "BH_PROVIDER",
        {
            "id": "those-we-answer-for",
            "bodies": ["field_contact", "custody_hold", "call_for_service"],
            "purpose": "COC",
            "enrolled": True,
            "deadline_s": 900,
        },
        source={"format": "fhir", "regime": "HIPAA", "doors": [{"kind": "folder", "path": "exchange/fact1/out"}]},
    )
    fact["agreement"] |= {"kind": "BAA", "hub_is": "business associate"}
    outreach = partner(
        "OUT1",
        "SOCIAL_SVC",
        {"id": "by-name-list", "bodies": ["housing_record"], "purpose": "COC"},
        source={"format": "fhir", "regime": "HMIS", "doors": [{"kind": "folder", "path": "exchange/out1/out"}]},
        delivery={"format": "hmis", "carrier": "folder", "path": "exchange/out1/in"},
    )
    lead = partner(
        "COC1",
        "HMIS_LEAD",
        {"id": "by-name-list", "bodies": ["housing_record"], "purpose": "COC"},
        source={"format": "hmis", "regime": "HMIS", "doors": [{"kind": "folder", "path": "exchange/coc1/out"}]},
        delivery={"format": "hmis", "carrier": "folder", "path": "exchange/coc1/in"},
    )
    responders = partner(
        "CRT1",
        "MOBILE_CRISIS",
        {
            "id": "calls-handed-to-us",
            "bodies": ["call_for_service"],
            "purpose": "DISPATCH",
            "when": [{"call_for_service.transfer_to": ["crt1.example-county.example"]}],
        },
        source={"format": "eido", "regime": "CJIS", "doors": [{"kind": "folder", "path": "exchange/crt1/out"}]},
        delivery={"format": "eido", "carrier": "folder", "path": "exchange/crt1/in"},
    )
    responders["agreement"] |= {"kind": "CJIS", "hub_is": "cjis contractor"}
    # A department whose policy is that a call which is handed over makes no record; PD of the example keeps one of every call.
    spared = partner(
        "PD3",
        "LE",
        {
            "id": "calls-we-go-to",
            "bodies": ["call_for_service"],
            "purpose": "RECORDS",
            "when": [{"call_for_service.transfer_to": [""]}],
            "facts": OFFICER,
        },
        {"id": "whom-to-telephone", "bodies": ["person"], "purpose": "APPROACH", "facts": OFFICER},
        {"id": "housing", "bodies": ["housing_record"], "purpose": "APPROACH", "facts": OFFICER},
        delivery={"format": "fhir", "carrier": "folder", "path": "exchange/pd3/in"},
    )
    ride = partner("RIDE1", "TRANSPORT", {"id": "rides", "bodies": ["transport"], "purpose": "TRANSPORT"})
    # A board of groups for everybody who looks for one.
    finder = partner("C3", "LIFELINE", {"id": "groups", "bodies": ["service_listing"], "purpose": "COC",
        "when": [{"service_listing.kinds": ["PSG"]}]})  # fmt: skip
    # A dispatch system that is read, and in which nothing is written but a comment on a call it has.
    dispatch = partner(
        "C2",
        "PSAP",
        {
            "id": "who-comes",
            "bodies": ["mobile_crisis_visit"],
            "purpose": "DISPATCH",
            "when": [{"mobile_crisis_visit.requested_by": ["911"]}],
        },
        phone="555-555-0112",
        delivery={"format": "remark", "carrier": "folder", "path": "exchange/c2/comments"},
    )
    more = (dispatch, ride, finder, clinician, police, peers, kin, ambulance, fact, outreach, lead, responders, spared)
    with town(tmp_path_factory.mktemp("county") / "town", *more) as open_county:
        yield open_county
