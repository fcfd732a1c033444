"""Distinct HL7 v2 ADT messages with facts that are fixed functions of their number, so that deliveries can be predicted."""

from __future__ import annotations

UNITS = ("ED", "MED", "PSY", "ICU", "SURG")
TRIGGERS = ("A01", "A08", "A04", "A13")
DESTINATIONS = ("diversion", "bh_provider", "rms")


def facts(number: int) -> tuple[str, int, str]:
    """Unit, risk score and consent of the message with this number.

    >>> facts(10)
    ('ED', 0, 'Y')
    """
    return UNITS[number % 5], number * 7 % 10, "Y" if number % 5 == 0 else "N"


def wanted(number: int) -> tuple[str, ...]:
    """The destinations that must hear of it: unit ED or PSY; risk of seven or more; consent given."""
    unit, risk, consent = facts(number)
    holds = (unit in ("ED", "PSY"), risk >= 7, consent == "Y")
    return tuple(name for name, yes in zip(DESTINATIONS, holds, strict=True) if yes)


def expected(count: int) -> dict[str, int]:
    """How many of the first `count` messages each destination must receive.

    >>> expected(10)
    {'diversion': 4, 'bh_provider': 3, 'rms': 2}
    """
    totals = dict.fromkeys(DESTINATIONS, 0)
    for number in range(count):
        for name in wanted(number):
            totals[name] += 1
    return totals


def message(prefix: str, number: int) -> bytes:
    """One message: its own control id, patient, visit, four findings, an allergy, a diagnosis and a coverage."""
    unit, risk, consent = facts(number)
    trigger = TRIGGERS[number % 4]
    record = f"M{prefix}{number:07d}"
    when = f"20260301{number % 24:02d}{number % 60:02d}00-0600"
    phone = f"{number % 10000:04d}"
    born = f"19{50 + number % 50}{1 + number % 12:02d}{1 + number % 28:02d}"
    granted = "Granted" if consent == "Y" else "Withheld"
    segments = (
        f"MSH|^~\\&|EHR|GENHOSP|HUB|CRISIS|{when}||ADT^{trigger}^ADT_A01|{prefix}-{number}|P|2.5.1|||AL|NE||UNICODE UTF-8",
        f"EVN|{trigger}|{when}|||OPER{number % 50}^Clerk^Dana^^^^^^GENHOSP",
        (
            f"PID|1||{record}^^^GENHOSP^MR~{400000000 + number}^^^USSSA^SS||Doe{number}^Jordan^Q^^^^L||{born}|{'FMO'[number % 3]}"
            f"||2106-3^White^CDCREC|{number} Main St^^Austin^TX^{78700 + number % 99}^USA^H||^PRN^PH^^1^512^555{phone}|||S"
            f"|||{record}A^^^GENHOSP^AN||||N"
        ),
        f"PD1|||Community Clinic^^{1000 + number % 9}|{200 + number % 30}^Osei^Ama^^^^MD^^NPI",
        f"NK1|1|Doe^Riley|SIB^Sibling^HL70063|{number} Oak Ave^^Austin^TX^78701|^PRN^PH^^1^512^555{number * 3 % 10000:04d}",
        (
            f"PV1|1|E|{unit}^{100 + number % 40}^{1 + number % 4}^GENHOSP^^^^^Crisis stabilisation|E|||{300 + number % 25}"
            f"^Nguyen^Linh^T^^^MD^^NPI|{400 + number % 25}^Silva^Rui^^^^MD|||||||||||V{prefix}{number}^^^GENHOSP^VN"
            f"|||||||||||||||||||||||||{when}"
        ),
        f"PV2||PSYCH|F32.9^Depressive episode, unspecified^I10|||||||||Crisis call {number}",
        f"OBX|1|NM|8867-4^Heart rate^LN||{60 + number % 60}|/min|60-100||||F|||20260301",
        f"OBX|2|NM|59408-5^SpO2^LN||{90 + number % 10}|%|95-100||||F|||20260301",
        f"OBX|3|NM|RISK^Suicide risk screen^L||{risk}||||||F|||20260301",
        f"OBX|4|CE|CONSENT^Consent to share^L||{consent}^{granted}^L||||||F|||20260301",
        "AL1|1|DA|7980^Penicillin^RxNorm|MO|Rash",
        "DG1|1||R45.851^Suicidal ideations^I10|||W",
        "IN1|1|PLAN^Medicaid|TXMCD|Texas Medicaid||||||||||||Doe^Jordan|SEL",
    )
    return ("\r".join(segments) + "\r").encode()
