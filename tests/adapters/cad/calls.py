"""EIDO messages for tests: the golden ones, and what the adapter makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from adapters.cad.eido.adapter import Eido
from hub.contracts import Reading
from tests.disclosing import RECEIVED

GOLDEN = Path(__file__).parents[2] / "golden" / "eido"
FOLDER = "public_safety/eido"
B = TypeVar("B")


def golden(case: str) -> dict[str, Any]:
    """The wire of a golden case."""
    found: dict[str, Any] = json.loads((GOLDEN / case / "wire.json").read_text(encoding="utf-8"))
    return found


def reading(message: Any) -> Reading:
    """What the adapter reads of a message, given as bytes or as its value."""
    return Eido().read(message if isinstance(message, bytes) else json.dumps(message).encode(), RECEIVED)


def body(found: Reading, kind: type[B]) -> B:
    """The one body of a kind."""
    (one,) = [event.body for event in found.events if isinstance(event.body, kind)]
    return one
