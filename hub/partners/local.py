"""Fields of a county's own: each with a name, the words it may hold, who may send it, and what kind of knowledge it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Final, Literal

from hub.errors import Misconfigured
from hub.located import Located, near
from hub.partners.file import Part, says

Kind = Literal["risk_safety", "approach", "encounter", "clinical", "police", "dispatch", "referral", "housing"]
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")


class DeclaredField(Part, frozen=True):
    """One field. What is not declared here is refused, whoever sends it."""

    name: Annotated[str, says("As messages spell it: small letters, digits and _.")]
    kind: Annotated[Kind, says("What kind of knowledge it is: by this the rules decide who may see it.")]
    words: Annotated[str, says("What it tells, for whoever reads it.")]
    values: Annotated[tuple[str, ...], says("The words that it may hold. There is no free text.")]
    sent_by: Annotated[tuple[str, ...], says("The partners that may send it.")]


def check(found: Located, fields: Iterable[DeclaredField], partners: Collection[str]) -> Iterator[Misconfigured]:
    """Everything about `fields` of `county.yaml`."""
    seen: set[str] = set()
    for n, field in enumerate(fields):
        if not _NAME.fullmatch(field.name) or field.name in seen:
            why = "is declared twice" if field.name in seen else "is no name for a field"
            yield found.refuse(f'"{field.name}" {why}.', "fields", n, "name", cure="Write small letters, digits and _.")
        seen.add(field.name)
        if not field.values or not all(word.strip() for word in field.values):
            yield found.refuse("This field may hold nothing.", "fields", n, "values", cure="List its words.")
        for place, partner in enumerate(field.sent_by):
            if partner not in partners:
                cure = near(partner, list(partners))
                yield found.refuse(f'"{partner}" is no partner.', "fields", n, "sent_by", place, cure=cure)
        if not field.sent_by:
            yield found.refuse(
                "Nobody may send this field.", "fields", n, "sent_by", cure="Name the partners that may."
            )
