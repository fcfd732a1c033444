"""Syntaxes that several adapters share: HL7 v2, FHIR, XML, CSV.

fhir    resources by type, references resolved, one person a message
hl7v2   segments, fields, escapes, acknowledgements, batches
"""
