"""A county's library: protocols, techniques and resources by kind of crisis, language and culture. It says nothing of anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from hub.errors import Misconfigured
from hub.located import Located
from hub.partners.file import Part, says
from hub.partners.words import one_of

KINDS: Final = ("protocol", "technique", "lethal means", "culture")

Kind = Annotated[str, one_of(KINDS)]


class Guidance(Part, frozen=True):
    """One entry of the county's library, in one version."""

    id: Annotated[str, says("A short name for it.")]
    version: Annotated[str, says("Which version: what is shown names it.")]
    kind: Annotated[Kind, says("What it is.")]
    title: Annotated[str, says("What people call it.")]
    link: Annotated[str, says("Where it is read, as https://...")]
    source: Annotated[str, says("Who wrote it, and where: a citation.")]
    crises: Annotated[tuple[str, ...], says("For which kinds of crisis, as calls are classified; empty is any.")] = ()
    armed: Annotated[bool | None, says("Only where a weapon was reported, or only where none was.")] = None
    languages: Annotated[tuple[str, ...], says("In which languages, by BCP 47; empty is the county's own.")] = ()
    cultures: Annotated[tuple[str, ...], says("For which cultures, by codes that callers choose; empty is any.")] = ()

    @property
    def reference(self) -> str:
        """How FHIR refers to it: a PlanDefinition in this version."""
        return f"PlanDefinition/{self.id}|{self.version}"


def check(found: Located, library: tuple[Guidance, ...]) -> Iterator[Misconfigured]:
    """What is wrong with a county's library: one version twice, links that nobody can open, entries without a source."""
    seen: set[tuple[str, str]] = set()
    for n, one in enumerate(library):
        if (one.id, one.version) in seen:
            yield found.refuse(
                f'"{one.id}" stands here twice in one version.', "library", n, "id", cure="Raise the version."
            )
        seen.add((one.id, one.version))
        if not one.link.startswith("https://"):
            yield found.refuse("This link is not https.", "library", n, "link", cure="Write https://...")
        for key in ("title", "source", "version"):
            if not getattr(one, key).strip():
                yield found.refuse("This is empty.", "library", n, key, cure="Say it, so that readers can judge it.")
