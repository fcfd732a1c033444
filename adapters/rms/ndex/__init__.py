"""N-DEx IncidentArrest 2.1 in LEXS 3.1.4: calls for service, incidents, arrests and missing persons of police. Read, not written.

rules     references, and what the schemas of the two layers do not say of each other
layout    one report as its lenses see it: both layers joined, about one person
pieces    a message of several reports or persons, taken apart
adapter   what the hub calls
"""

from adapters.rms.ndex.adapter import Ndex

__all__ = ["Ndex"]
