"""Syntaxes that several adapters share: HL7 v2, FHIR, XML, CSV.

hl7v2   segments, fields, escapes, acknowledgements, batches
"""
