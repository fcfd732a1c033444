"""One county: partner files, agreements and sample traffic for `crisis-hub demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


def overlay() -> dict[str, Any]:
    """The fictional state's overlay, signed off, for whoever makes up another county."""
    (found,) = yaml.safe_load((HERE / "county.yaml").read_text(encoding="utf-8"))["overlays"]
    return {**found, "signed_on": str(found["signed_on"])}
