"""Partners as their files describe them: who they are, what agreement binds them, what they send, want, and how it reaches them.

Read `file` first: it is what a partner file says. `county` reads all of them, or refuses, naming file, line and cure.

file       the sections of a partner file, each key with its meaning
words      the words they may use, taken from the rooms that own them
county     county.yaml and partners/ as one value
programme  the county's crisis programmes: who comes where and when
guidance   the county's library of protocols and resources
local      fields of the county's own
agreement  source  export  interest  delivery    what may be wrong with a section
among      what two partners may not share
secret     what must never stand in a file
sheet      a file on the desk: its words, their lines, and days
"""

from __future__ import annotations

from hub.partners.agreement import term
from hub.partners.county import County, CountyFile, Overlay, examine, json_schema, load
from hub.partners.file import Agreement, Delivery, Door, Export, Hours, Interest, Part, Partner, Source
from hub.partners.guidance import Guidance
from hub.partners.local import DeclaredField
from hub.partners.programme import Programme
from hub.partners.words import HUB_IS

__all__ = [
    "HUB_IS",
    "Agreement",
    "County",
    "CountyFile",
    "DeclaredField",
    "Delivery",
    "Door",
    "Export",
    "Hours",
    "Guidance",
    "Interest",
    "Overlay",
    "Part",
    "Partner",
    "Programme",
    "Source",
    "examine",
    "json_schema",
    "load",
    "term",
]
