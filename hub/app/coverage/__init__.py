"""How well the formats read what other people sent: what `crisis-hub map coverage` tells.

register   one entry a format: how it is put together again untouched, and which golden pairs judge it. Add yours here
measure    many files of a folder, by format and by the source they came from
golden     what a golden pair is, and what is found when ours is held against it
fhir       golden pairs whose other side is FHIR: both sides leaf by leaf
documents  XML and JSON: put together again, and held against what came by readers that are not ours
hl7v2 hl7v2_pairs   HL7 v2: put together again; what others made of it in FHIR
"""
