"""Partners beside those of the example county, whom some journeys need: they stand in no demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def move_in(config: Path) -> None:
    """Write their files beside the county's own, before anything is read of it."""
    partners = config / "partners"
    for n, name in enumerate(("S2", "S3")):
        _centre(partners, name, 2610 + n)
    for n, form in enumerate(("have", "safr")):
        _board(partners, form.upper(), form, 3620 + n)


def _centre(partners: Path, name: str, port: int) -> None:
    """Another stabilisation centre: asked for beds, and told of nobody whom it does not take."""
    made = yaml.safe_load((partners / "s1.yaml").read_text())
    made |= {"id": name, "name": f"Stabilisation centre {name}"}
    made["agreement"] |= {"id": f"{name}-2026"}
    made["source"]["doors"][0] |= {"port": port, "sending_facility": [name]}
    made["delivery"] |= {"url": f"http://127.0.0.1:{port + 1000}/fhir"}
    made["wants"] = [{**want, "when": [{"referral.performer": [name]}]} for want in made["wants"] if "when" in want]
    _write(partners, made)


def _board(partners: Path, name: str, form: str, port: int) -> None:
    """A register of beds, which takes them in its own format."""
    model = yaml.safe_load((partners / "sh1.yaml").read_text())
    agreement = model["agreement"] | {
        "id": f"{name}-2026",
        "purposes": ["BEDMGT"],
        "categories": ["ADMIN", "BED", "DIRECTORY"],
    }
    want = {"id": "room", "bodies": ["capacity_report", "diversion_status"], "purpose": "BEDMGT"}
    delivery = {
        "format": form,
        "carrier": "http",
        "url": f"http://127.0.0.1:{port}/beds",
        "timeout_s": 5,
        "options": {"network": "loopback"},
    }
    made = {key: model[key] for key in ("kind", "state", "contact", "phone")}
    _write(
        partners,
        made | {"id": name, "name": f"Register {name}", "agreement": agreement, "wants": [want], "delivery": delivery},
    )


def _write(partners: Path, made: dict[str, Any]) -> None:
    (partners / f"{made['id'].lower()}.yaml").write_text(yaml.safe_dump(made, sort_keys=False))
