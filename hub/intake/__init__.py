"""Steps 1 to 6. Read `arrival` (what comes in and what is answered), `desk` (one writer, groups), `steps` (the order), `suspects`.

arrival    Arrival, Rejected, Answer
steps      one group: read, look up, link, decide, commit
desk       the thread of the one writer; everybody's commands wait their turn there
suspects   remembers what was being read when the process died
"""

from hub.intake.arrival import Answer, Arrival, Rejected
from hub.intake.desk import Desk

__all__ = ["Answer", "Arrival", "Desk", "Rejected"]
