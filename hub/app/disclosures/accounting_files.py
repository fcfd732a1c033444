"""The forms an accounting is handed over in, by name: one place for the command line and the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hub.app.asking.look import Look
from hub.app.disclosures import accounting_forms as forms
from hub.app.disclosures.accounting import Accounting

# What each form is called in a file name, and its media type.
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "text": ("txt", "text/plain; charset=utf-8"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "ndjson": ("ndjson", "application/x-ndjson"),
    "fhir": ("json", "application/fhir+json"),
    "pdf": ("pdf", "application/pdf"),
}


def written(look: Look, made: Accounting, form: str) -> bytes:
    """The list in one of these forms. KeyError for a form there is not."""

    def host(partner: str) -> str:
        found = look.known.county.partners.get(partner)
        return (found.delivery.host if found and found.delivery else "") or partner

    makers = {
        "text": lambda: "".join(f"{line}\n" for line in forms.sentences(made)).encode(),
        "csv": lambda: forms.as_csv(made).encode(),
        "ndjson": lambda: forms.as_ndjson(made).encode(),
        "fhir": lambda: msgspec.json.encode(forms.as_fhir(made, host)) + b"\n",
        "pdf": lambda: _pdf(made),
    }
    return makers[form]()


def _pdf(made: Accounting) -> bytes:
    from hub.app.disclosures.accounting_pdf import as_pdf  # noqa: PLC0415 - what draws paper takes long to load, and few starts draw any

    return as_pdf(made)
