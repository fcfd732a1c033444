"""The namespaces of LEXS 3.1.4 and N-DEx 2.1, by the prefixes of the standard."""

from __future__ import annotations

from typing import Final

NIEM: Final = "http://niem.gov/niem"
LEISP: Final = "http://usdoj.gov/leisp/lexs"
NDEX: Final = "http://fbi.gov/cjis/N-DEx/IncidentArrest"
SPACES: Final = {
    "nc": f"{NIEM}/niem-core/2.0",
    "s": f"{NIEM}/structures/2.0",
    "j": f"{NIEM}/domains/jxdm/4.0",
    "em": f"{NIEM}/domains/emergencyManagement/2.0",
    "im": f"{NIEM}/domains/immigration/2.0",
    "scr": f"{NIEM}/domains/screening/2.0",
    "ansi-nist": f"{NIEM}/ansi-nist/2.0",
    "fbi": f"{NIEM}/fbi/2.0",
    "mmucc_2": f"{NIEM}/mmucc_2/2.0",
    "lexs": f"{LEISP}/3.1",
    "lexspd": f"{LEISP}/publishdiscover/3.1",
    "lexsdigest": f"{LEISP}/digest/3.1",
    "lexslib": f"{LEISP}/library/3.1",
    "ndexia": f"{NDEX}/2.1",
}
PREFIXES: Final = tuple((space, prefix) for prefix, space in SPACES.items())


def tag(name: str) -> str:
    """A name with its namespace, as lxml has it.

    >>> tag("lexs:Digest")
    '{http://usdoj.gov/leisp/lexs/3.1}Digest'
    """
    prefix, _, local = name.partition(":")
    return f"{{{SPACES[prefix]}}}{local}"


ROOT: Final = tag("lexspd:doPublish")
PACKAGE: Final = tag("lexs:DataItemPackage")
PERSON: Final = tag("lexsdigest:EntityPerson")
ID: Final = tag("s:id")
REF: Final = tag("s:ref")
SAME: Final = tag("lexslib:SameAsDigestReference")
SAME_REF: Final = tag("lexslib:ref")
# The reports of the payload that are read.
REPORTS: Final = ("ServiceCallReport", "IncidentReport", "ArrestReport", "MissingPersonReport")
# In which role a person is what the report is about, and whether they are accused in it.
SUBJECTS: Final = {
    "MissingPerson": False,
    "Victim": False,
    "IncidentVictim": False,
    "ArrestSubject": True,
    "Subject": True,
    "IncidentSubject": True,
    "Suspect": True,
    "BookingSubject": True,
    "OtherInvolvedPerson": False,
}
