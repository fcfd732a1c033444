"""Open Referral HSDS 3.1, as JSON and as tables, both ways. Read `adapter` first.

rooms        which services and capacities a message has, and what of them cannot be true
fold         the way back: what lenses wrote, with the ids and fields that the standard requires
tables       the same records as CSV: tables joined by their ids, and taken apart again
"""

from adapters.social.hsds.adapter import Hsds
from adapters.social.hsds.csv import HsdsCsv

__all__ = ["Hsds", "HsdsCsv"]
