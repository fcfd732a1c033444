"""The JSON Schema of the canonical model, for readers outside the house (`crisis-hub schema`)."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.model.event import CrisisEvent
from hub.model.registry import FIELDS

VERSION = "1.0.0"


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a CrisisEvent; every leaf's category is listed under `x-categories`."""
    schema = msgspec.json.schema(CrisisEvent)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crisis-hub canonical event",
        "version": VERSION,
        **schema,
        "x-categories": {f.path: f.category.value for f in FIELDS},
    }
