"""NEMSIS 3.5.1, the patient care reports of ambulances. Read here, not written.

rules     nil, NV and PN: the rules of the national Schematron that are errors
layout    one report as its lenses see it; where a pertinent negative is kept from being read as a positive
adapter   what the hub calls
"""

from adapters.cad.nemsis.adapter import Nemsis

__all__ = ["Nemsis"]
