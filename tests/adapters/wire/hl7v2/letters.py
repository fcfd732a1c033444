"""An admission as hospitals send them: fourteen segments, invented people."""

from __future__ import annotations

from adapters.wire.hl7v2 import Message, read

SEGMENTS = (
    r"MSH|^~\&|EHR|GENHOSP|HUB|CRISIS|20260301070700-0600||ADT^A01^ADT_A01|C-7|P|2.5.1|||AL|NE||UNICODE UTF-8",
    "EVN|A01|20260301070700-0600|||OPER7^Clerk^Dana^^^^^^GENHOSP",
    (
        "PID|1||M7^^^GENHOSP&1.2.3&ISO^MR~900000007^^^USSSA^SS||Doe^Jordan^Q^^^^L||19900314|F||2106-3^White^CDCREC"
        "|7 Main St^^Austin^TX^78707^USA^H||^PRN^PH^^1^512^5550007|||S|||M7A^^^GENHOSP^AN||||N"
    ),
    "PD1|||Community Clinic^^1007|207^Osei^Ama^^^^MD^^NPI",
    "NK1|1|Doe^Riley|SIB^Sibling^HL70063|7 Oak Ave^^Austin^TX^78701|^PRN^PH^^1^512^5550021",
    (
        "PV1|1|E|ED^107^4^GENHOSP^^^^^Crisis stabilisation|E|||307^Nguyen^Linh^T^^^MD^^NPI|407^Silva^Rui^^^^MD"
        "|||||||||||V7^^^GENHOSP^VN|||||||||||||||||||||||||20260301070700-0600"
    ),
    "PV2||PSYCH|F32.9^Depressive episode, unspecified^I10||||||||||Crisis call 7",
    "OBX|1|NM|8867-4^Heart rate^LN||67|/min|60-100||||F|||20260301",
    "OBX|2|NM|59408-5^SpO2^LN||97|%|95-100||||F|||20260301",
    "OBX|3|NM|RISK^Suicide risk screen^L||9||||||F|||20260301",
    "OBX|4|CE|CONSENT^Consent to share^L||N^Withheld^L||||||F|||20260301",
    "AL1|1|DA|7980^Penicillin^RxNorm|MO|Rash",
    "DG1|1||R45.851^Suicidal ideations^I10|||W",
    "IN1|1|PLAN^Medicaid|TXMCD|Texas Medicaid||||||||||||Doe^Jordan|SEL",
)
ADMISSION = "".join(f"{segment}\r" for segment in SEGMENTS).encode()


def message(*segments: str, header: str = r"MSH|^~\&|EHR|H|HUB|C|||ADT^A01|7|P|2.5.1") -> Message:
    """A message of these segments after an MSH."""
    return read("".join(f"{segment}\r" for segment in (header, *segments)).encode())
