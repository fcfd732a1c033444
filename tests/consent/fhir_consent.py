"""A reader of FHIR Consent for the tests of provisions only; partners' consents are read by their adapter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hub.model.consent import ConsentDirective, Provision
from hub.model.values import Code, Instant

OTHER = {"permit": "deny", "deny": "permit"}


def instant(text: str | None) -> Instant | None:
    """A FHIR date or dateTime; a date is its first instant in UTC."""
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return Instant(at=int(at.replace(tzinfo=at.tzinfo or UTC).timestamp()) * 1_000_000)


def directive(resource: dict[str, Any]) -> ConsentDirective:
    """R4 (`provision` is the root) or R5 (`decision`, and provisions are its exceptions)."""
    decision = resource.get("decision", "")
    if decision:
        root = Provision(
            effect=decision, provisions=tuple(provision(p, OTHER[decision]) for p in resource.get("provision", []))
        )
    else:
        root = provision(resource["provision"], resource["provision"].get("type", "deny"))
    return ConsentDirective(
        directive=resource["id"],
        status=Code(code=resource["status"]),
        signed_at=instant(resource.get("dateTime")),
        provision=root,
    )


def provision(data: dict[str, Any], effect: str) -> Provision:
    """One provision with all that is nested in it; R5 nests exceptions to exceptions."""
    period = data.get("period", {})
    actors = data.get("actor", [])
    about = data.get("dataPeriod", {})
    return Provision(
        effect=data.get("type", effect),
        starts_at=instant(period.get("start")),
        ends_at=_day_after(period.get("end")),
        actors=tuple(Code(code=a.get("reference", {}).get("reference", "")) for a in actors),
        actor_roles=tuple(_first(a.get("role", {})) for a in actors),
        purposes=_codes(data.get("purpose", [])),
        actions=tuple(Code(code=_first(a)) for a in data.get("action", [])),
        classes=_codes(data.get("class", [])),
        labels=_codes(data.get("securityLabel", [])),
        codes=tuple(Code(code=_first(c)) for c in data.get("code", [])),
        data=tuple(Code(code=d["reference"]["reference"], local=d["meaning"]) for d in data.get("data", [])),
        data_starts_at=instant(about.get("start")),
        data_ends_at=_day_after(about.get("end")),
        provisions=tuple(provision(p, OTHER[effect]) for p in data.get("provision", [])),
    )


def _day_after(text: str | None) -> Instant | None:
    """The end of a FHIR period is inclusive: a date-only end is the last day."""
    end = instant(text)
    return Instant(at=end.at + (86_400_000_000 if len(text or "") == len("2022-12-31") else 1)) if end else None


def _codes(found: list[dict[str, str]]) -> tuple[Code, ...]:
    return tuple(Code(code=one["code"], system=one.get("system", "")) for one in found)


def _first(concept: dict[str, Any]) -> str:
    return str(next((coding["code"] for coding in concept.get("coding", [])), ""))
