"""What a county asks its partners beside everything the model knows: fields of its own, each under the category it was declared with."""

from __future__ import annotations

from typing import Annotated

from hub.model.category import Category
from hub.model.values import Value


class LocalField(Value, frozen=True):
    """One field by its declared name, and what was said: one of the words that its declaration lists."""

    name: str = ""
    value: str = ""


class LocalFields(Value, frozen=True, tag="LocalFields"):
    """Fields that `county.yaml` declares. None is free text; one that nobody declared is refused and stands nowhere."""

    risk_safety: Annotated[tuple[LocalField, ...], Category.RISK_SAFETY] = ()
    approach: Annotated[tuple[LocalField, ...], Category.APPROACH] = ()
    encounter: Annotated[tuple[LocalField, ...], Category.ENCOUNTER] = ()
    clinical: Annotated[tuple[LocalField, ...], Category.MH_CLINICAL] = ()
    police: Annotated[tuple[LocalField, ...], Category.LE_RECORD] = ()
    dispatch: Annotated[tuple[LocalField, ...], Category.CAD_INCIDENT] = ()
    referral: Annotated[tuple[LocalField, ...], Category.REFERRAL] = ()
    housing: Annotated[tuple[LocalField, ...], Category.HMIS_RECORD] = ()
