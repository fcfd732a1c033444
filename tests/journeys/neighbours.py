"""Partners beside those of the example county, whom some journeys need: they stand in no demonstration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.cli.county import STRICT


def move_in(config: Path) -> None:
    """Write their files beside the county's own, before anything is read of it."""
    partners = config / "partners"
    for n, name in enumerate(("S2", "S3")):
        _centre(partners, name, 2610 + n)
    for n, form in enumerate(("have", "safr")):
        _board(partners, form.upper(), form, 3620 + n)
    _clinic(partners)
    _hospital(partners)
    _department(partners)
    _continuum(partners)
    _exporting(partners / "pd.yaml")
    # An officer may ask what became of somebody, and a clinic may break the glass.
    _agreed(partners / "pd.yaml", purposes=["COC"], categories=["REFERRAL"])
    _agreed(partners / "b1.yaml", purposes=["BTG"], categories=[])


def keep_quiet(config: Path) -> None:
    """Nobody wants to hear of anything: what is told is kept and counted."""
    for path in (config / "partners").iterdir():
        made = yaml.safe_load(path.read_text())
        path.write_text(
            yaml.safe_dump({key: made[key] for key in made if key not in ("wants", "delivery")}, sort_keys=False)
        )


def _hospital(partners: Path) -> None:
    """Another hospital, by a mapping of its own: every message must say whether somebody is a veteran."""
    mapping = partners.parent / "h2-mapping.yaml"
    mapping.write_text(STRICT)
    made = yaml.safe_load((partners / "h1.yaml").read_text())
    made |= {"id": "H2", "name": "Hospital H2"}
    made["agreement"] |= {"id": "H2-2026"}
    made["source"] |= {"mapping": str(mapping)}
    made["source"]["doors"][0] |= {"port": 2630, "sending_facility": ["H2"]}
    _write(partners, {key: made[key] for key in made if key not in ("wants", "delivery")})


def _department(partners: Path) -> None:
    """Another police department, whose records system takes the calls of its own beat, and has bad days."""
    made = yaml.safe_load((partners / "pd.yaml").read_text())
    made |= {"id": "PD2", "name": "Police department PD2"}
    made["agreement"] |= {"id": "PD2-2026"}
    made["wants"] = [{**made["wants"][0], "when": [{"call_for_service.beat": ["Beat 77"]}]}]
    made["delivery"] |= {"url": "http://127.0.0.1:3640/field-contacts", "timeout_s": 0.3, "attempts": 40}
    made["delivery"] |= {"first_wait_s": 0.05, "longest_wait_s": 0.2}
    _write(partners, {key: made[key] for key in made if key != "source"})


def _continuum(partners: Path) -> None:
    """A continuum of care, whose by-name list comes and goes as HMIS CSV; the co-responders may hear how many nights it gave."""
    made = yaml.safe_load((partners / "sh1.yaml").read_text())
    made |= {"id": "COC1", "name": "Continuum of care COC1"}
    made["agreement"] |= {"id": "COC1-2026"}
    door = {"kind": "folder", "path": "exchange/coc1/from-continuum"}
    made["source"] = {"format": "hmis", "regime": "HMIS", "doors": [door]}
    made["wants"] = [{**made["wants"][0], "when": [{"referral.performer": ["COC1"]}]}]
    made["delivery"] = {"format": "hmis", "carrier": "folder", "path": "exchange/coc1/to-continuum"}
    _write(partners, made)
    asks = yaml.safe_load((partners / "cr1.yaml").read_text())
    asks["agreement"]["categories"] += ["HMIS_RECORD"]
    asks["wants"] += [{"id": "nights-given", "bodies": ["housing_record"], "purpose": "COC"}]
    _write(partners, asks)


def _exporting(path: Path) -> None:
    """A partner whose own system leaves its records in a folder."""
    made = yaml.safe_load(path.read_text())
    made["source"] |= {"export": {"path": f"exchange/{made['id'].lower()}/records", "at": "00:00"}}
    path.write_text(yaml.safe_dump(made, sort_keys=False))


def _agreed(path: Path, *, purposes: list[str], categories: list[str]) -> None:
    """A partner whose agreement says more than that of the example."""
    made = yaml.safe_load(path.read_text())
    made["agreement"]["purposes"] += purposes
    made["agreement"]["categories"] += categories
    path.write_text(yaml.safe_dump(made, sort_keys=False))


def _clinic(partners: Path) -> None:
    """Another clinic, which takes referrals and answers them by HL7 v2."""
    made, hospital = (yaml.safe_load((partners / name).read_text()) for name in ("b1.yaml", "h1.yaml"))
    made |= {"id": "B2", "name": "Clinic B2", "source": hospital["source"], "delivery": hospital["delivery"]}
    made["agreement"] |= {"id": "B2-2026"}
    made["source"]["doors"][0] |= {"port": 2620, "sending_facility": ["B2"]}
    made["delivery"] |= {"port": 3622}
    made["delivery"]["options"] |= {"receiving_facility": "B2"}
    made["wants"] = [{**made["wants"][0], "when": [{"referral.performer": ["B2"]}]}]
    _write(partners, made)


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
    # One of them has not signed again yet.
    agreement |= {"ends": f"{datetime.now(UTC).date() + timedelta(days=12)}"} if name == "SAFR" else {}
    _write(
        partners,
        made | {"id": name, "name": f"Register {name}", "agreement": agreement, "wants": [want], "delivery": delivery},
    )


def _write(partners: Path, made: dict[str, Any]) -> None:
    (partners / f"{made['id'].lower()}.yaml").write_text(yaml.safe_dump(made, sort_keys=False))
