"""C-CDA 2.1 documents: the header, problems, medications, allergies, encounters and plans; what sections say in words. Read, not written.

narrative   the words of sections as text, and what entries refer to in them
layout      a document as its lenses see it; where what is negated is kept from being read as if it were so
enclosed    a document within an HL7 v2 message
adapter     what the hub calls
"""

from adapters.ehr.ccda.adapter import Ccda

__all__ = ["Ccda"]
