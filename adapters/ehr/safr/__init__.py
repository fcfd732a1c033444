"""Bed capacity as FHIR MeasureReports, after SAFR 1.0 and SANER. Counts only; there is no person in it.

unfold    reports as rows, which lenses read
fold      rows that lenses wrote, as a Bundle of reports
adapter   what the hub calls
"""

from adapters.ehr.safr.adapter import Safr

__all__ = ["Safr"]
