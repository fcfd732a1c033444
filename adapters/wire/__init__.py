"""Syntaxes that several adapters share: HL7 v2, FHIR, XML, CSV."""
