"""Hospitals and clinics: HL7 v2 and FHIR."""
