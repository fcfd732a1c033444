"""Fields of the county's own, as declared: taken up under their category, or refused with the reason and never the value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Final

from msgspec.structs import replace

from hub.contracts import Loss, Losses, Reading, Received
from hub.model.event import CrisisEvent, event_id
from hub.model.local import LocalField, LocalFields
from hub.partners import DeclaredField

PLACE: Final = "local"
# Under this name an undeclared field is a work item: declared, the messages run again.
TABLE: Final = "county field"
Declared = Mapping[str, DeclaredField]


def taken(reading: Reading, declared: Declared, received: Received) -> Reading:
    """The reading with what may be taken up as one more event; the rest is refused in the account, and named as work."""
    refused = {
        name: why for name, value in reading.local if (why := _refusal(declared.get(name), value, received.partner))
    }
    kept: dict[str, list[LocalField]] = defaultdict(list)
    for name, value in reading.local:
        if name not in refused:
            kept[declared[name].kind].append(LocalField(name=name, value=value))
    unknown = tuple((TABLE, name) for name in refused if name not in declared)
    return replace(
        reading,
        events=(*reading.events, *_event(reading, kept, received)),
        invalid=(
            *reading.invalid,
            *(Loss(path=f"{PLACE}.{name}", outcome="invalid", why=why) for name, why in refused.items()),
        ),
        unmapped_codes=(*reading.unmapped_codes, *unknown),
        account=partial(_account, reading, refused),
    )


def _refusal(field: DeclaredField | None, value: str, partner: str) -> str:
    if field is None:
        return "the county has not declared this field"
    if partner not in field.sent_by:
        return "this partner may not send it"
    return "" if value in field.values else "its declaration does not list this word"


def _event(reading: Reading, kept: Mapping[str, list[LocalField]], received: Received) -> tuple[CrisisEvent, ...]:
    if not kept:
        return ()
    body = LocalFields(**{kind: tuple(fields) for kind, fields in kept.items()})
    return (
        CrisisEvent(
            id=event_id(received.journal, len(reading.events)),
            body=body,
            source=received.partner,
            recorded_at=received.as_of,
            source_message=reading.message_id,
            provenance="county fields",
        ),
    )


def _account(reading: Reading, refused: Mapping[str, str]) -> Losses:
    """The account, in which these fields are no longer unmapped: each is mapped or invalid."""
    mine = {f"{PLACE}.{name}": refused.get(name, "") for name, _ in reading.local}
    return Losses(items=tuple(_told(loss, mine) for loss in reading.account().items))


def _told(loss: Loss, mine: Mapping[str, str]) -> Loss:
    if loss.path not in mine:
        return loss
    return Loss(
        path=loss.path, outcome="invalid" if mine[loss.path] else "mapped", why=mine[loss.path] or "county.yaml, fields"
    )
