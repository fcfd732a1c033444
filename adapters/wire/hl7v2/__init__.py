"""HL7 v2 on the wire: read without loss, look without splitting more than is asked, write, answer.

    reader     bytes to a Message: start, charset, delimiters, segments; limits; what it refuses
    message    Segment and Message: values by place, trees of composites, groups by position
    marks      the delimiters of MSH-1 and MSH-2; escaping; NULL, the order to delete
    path       PID-3[2].4.1 as an Address; every populated element, for the account of losses
    moment     dates and times as partial as they were sent
    write      nested lists to bytes; a Draft over a message that was read
    answer     which acknowledgement MSH-15 and MSH-16 ask for, and how to spell it
    batch      one file to its messages
    charset    MSH-18

What was read is never changed: `bytes(message)` are the bytes that came in. Frames (MLLP) are the door's: hub.doors.framing.
"""

from adapters.wire.hl7v2.answer import CONDITIONS, Code, Outcome, Problem, acknowledge, answers, problem
from adapters.wire.hl7v2.batch import shortfall, split_batch
from adapters.wire.hl7v2.charset import codecs
from adapters.wire.hl7v2.marks import NULL, STANDARD, Marks, Raw, escape, marks, unescape
from adapters.wire.hl7v2.message import Message, Segment, Segments, cut
from adapters.wire.hl7v2.moment import Moment, moment, stamp
from adapters.wire.hl7v2.path import EACH, Address, address, count, elements
from adapters.wire.hl7v2.reader import LIMITS, Limits, looks_like, read
from adapters.wire.hl7v2.write import Draft, Row, write

__all__ = [
    "CONDITIONS",
    "EACH",
    "LIMITS",
    "NULL",
    "STANDARD",
    "Address",
    "Code",
    "Draft",
    "Limits",
    "Marks",
    "Message",
    "Moment",
    "Outcome",
    "Problem",
    "Raw",
    "Row",
    "Segment",
    "Segments",
    "acknowledge",
    "address",
    "answers",
    "codecs",
    "count",
    "cut",
    "elements",
    "escape",
    "looks_like",
    "marks",
    "moment",
    "problem",
    "read",
    "shortfall",
    "split_batch",
    "stamp",
    "unescape",
    "write",
]
