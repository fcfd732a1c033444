"""EDXL-HAVE 1.0: what hospitals have room for, and whether they take ambulances. Counts only; there is no person in it.

unfold    hospitals as rows, which lenses read
fold      rows that lenses wrote as hospitals
adapter   what the hub calls
"""

from adapters.ehr.have.adapter import Have

__all__ = ["Have"]
