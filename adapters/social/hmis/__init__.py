"""HUD HMIS CSV, FY2024 and FY2026, both ways. Read `adapter` first.

tables       the files of an export as tables, one archive a person, and which columns there are
view         one person's tables as the lenses see them: flags as words, what is hashed or doubtful left out
fold         the way back: what lenses wrote, as rows of every file
"""

from adapters.social.hmis.adapter import Hmis

__all__ = ["Hmis"]
