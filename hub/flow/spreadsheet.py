"""Cells for people's spreadsheets: text, whatever it begins with."""

from __future__ import annotations

from typing import Final

# A spreadsheet would run these as formulas.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(cell: str) -> str:
    """The cell as text, whatever it begins with.

    >>> inert("=1+1")
    "'=1+1"
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
