"""What lenses wrote, as a page of services: ids for everything, and the fields that HSDS 3.1 requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from adapters.social.hsds.rooms import LABELS, View

# What must stand in an address; what was not disclosed is empty, and never made up.
ADDRESS: Final = ("address_1", "city", "state_province", "postal_code", "country")
TAXONOMY: Final = "urn:crisis-hub:bed-type"


class Facts(NamedTuple):
    """Of this delivery: the id of the message, from which ids are made, and the labels."""

    message: str
    labels: Mapping[str, Any]


def fold(view: Mapping[str, Any], facts: Facts) -> View:
    """The page. The same disclosure gives the same ids."""
    services = [_service(one, n, facts) for n, one in enumerate(_joined(view.get("services") or ()), 1)]
    services = [one for one in services if one]
    return {
        "total_items": len(services),
        "total_pages": 1,
        "page_number": 1,
        "size": len(services),
        "first_page": True,
        "last_page": True,
        "empty": not services,
        "contents": services,
        LABELS: {name: value for name, value in facts.labels.items() if value},
    }


def _joined(found: Any) -> Iterator[View]:
    """Services, each with its capacities: those are written by a lens of their own, under the name of the service alone."""
    listed = [dict(one) for one in found if "capacities" not in one]
    for one in found:
        if "capacities" not in one:
            continue
        mine = next((service for service in listed if _same(service, one)), None)
        if mine is None:
            listed.append(dict(one))
        else:
            mine["capacities"] = [*mine.get("capacities", ()), *one["capacities"]]
    yield from listed


def _same(service: View, other: View) -> bool:
    return (
        bool(other.get("name")) and service.get("name") == other["name"] and service.get("owner") == other.get("owner")
    )


def _service(service: View, n: int, facts: Facts) -> View:
    """One service. What has neither a name nor room is none, and neither is one of which only its room was told, and that untold."""
    said = dict(service)
    owner = said.pop("owner", None) or {}
    number = said.pop("id", "")
    capacities = [
        c for c in (_capacity(one, f"{n}.{m}", facts) for m, one in enumerate(said.pop("capacities", ()))) if c
    ]
    alone = "capacities" in service and said.keys() <= {"name"}
    if not capacities and (alone or not (said.get("name") or number)):
        return {}
    name = said.pop("name", "") or owner.get("name", "")
    found: View = {
        "id": _uuid(number, facts, f"service.{n}"),
        "name": name,
        "status": said.pop("status", "active"),
        **said,
        **{
            part: _numbered(said[part], f"{n}.{part}", facts)
            for part in ("phones", "schedules", "languages")
            if part in said
        },
    }
    if "service_at_locations" in said:
        found["service_at_locations"] = [
            _located(one, f"{n}.{m}", facts) for m, one in enumerate(said["service_at_locations"])
        ]
    if "attributes" in said:
        found["attributes"] = [
            _attribute(one, f"{n}.{m}", facts, "service") for m, one in enumerate(said["attributes"])
        ]
    if owner.get("name"):
        found["organization"] = {
            "id": _uuid("", facts, f"organization.{owner['name']}"),
            "name": owner["name"],
            "description": owner["name"],
        }
    return found | ({"capacities": capacities} if capacities else {})


def _capacity(capacity: View, place: str, facts: Facts) -> View:
    """One capacity. A count without its number or its age is no count: it is left out, and the account says so."""
    if "available" not in capacity or "updated" not in capacity:
        return {}
    unit = (capacity.get("unit") or {}).get("name") or "place"
    found = {"id": _uuid("", facts, f"capacity.{place}"), **capacity}
    found["unit"] = {"id": _uuid("", facts, f"unit.{unit}"), "name": unit}
    if "attributes" in capacity:
        found["attributes"] = [
            _attribute(one, f"{place}.{m}", facts, "service_capacity") for m, one in enumerate(capacity["attributes"])
        ]
    return found


def _attribute(attribute: View, place: str, facts: Facts, entity: str) -> View:
    term = attribute.get("taxonomy_term") or {}
    code = term.get("code") or term.get("name") or ""
    whole = {"id": _uuid("", facts, f"term.{code}"), "name": code, "description": code, "taxonomy": TAXONOMY, **term}
    return {"id": _uuid("", facts, f"attribute.{place}"), "link_entity": entity, **attribute, "taxonomy_term": whole}


def _located(at: View, place: str, facts: Facts) -> View:
    location = at.get("location") or {}
    addresses = [
        {
            "id": _uuid("", facts, f"address.{place}.{n}"),
            **dict.fromkeys(ADDRESS, ""),
            **one,
            "address_type": "physical",
        }
        for n, one in enumerate(location.get("addresses") or ())
    ]
    whole = {"id": _uuid("", facts, f"location.{place}"), "location_type": "physical", "addresses": addresses}
    return {"id": _uuid("", facts, f"at.{place}"), "location": whole}


def _numbered(found: Any, place: str, facts: Facts) -> list[View]:
    return [{"id": _uuid("", facts, f"{place}.{n}"), **one} for n, one in enumerate(found)]


def _uuid(number: str, facts: Facts, place: str) -> str:
    """The id that was disclosed, if it is a UUID as the standard wants; else one made of it, or of the message."""
    try:
        return str(UUID(number))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"urn:crisis-hub:{number or facts.message}:{place if not number else ''}"))
