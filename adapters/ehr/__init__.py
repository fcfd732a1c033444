"""Hospitals and clinics: HL7 v2, FHIR, and what they have room for in EDXL-HAVE and SAFR."""

from adapters import Make
from adapters.ehr.ccda import Ccda
from adapters.ehr.fhir import Fhir
from adapters.ehr.have import Have
from adapters.ehr.hl7v2 import Hl7v2
from adapters.ehr.safr import Safr

ADAPTERS: dict[str, Make] = {"ccda": Ccda, "fhir": Fhir, "have": Have, "hl7v2": Hl7v2, "safr": Safr}
