"""Hospitals and clinics: HL7 v2 and FHIR."""

from adapters import Make
from adapters.ehr.fhir import Fhir
from adapters.ehr.hl7v2 import Hl7v2

ADAPTERS: dict[str, Make] = {"fhir": Fhir, "hl7v2": Hl7v2}
