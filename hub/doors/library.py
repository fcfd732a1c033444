"""GET /library: the county's protocols, techniques and resources, for any partner, by crisis, weapon, language and culture.

It takes no other parameter, so that nobody asks it about a person; whoever tries is told so. There is no person in what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final
from urllib.parse import parse_qs

import msgspec

from hub.doors.cards import refused
from hub.doors.gate import Gate, Turned
from hub.doors.http import Receive, Said, Scope, Send, told
from hub.flow.guidance import Wish, fitting
from hub.partners import Guidance
from hub.partners.guidance import KINDS

PATH: Final = "/library"
PARAMETERS: Final = ("kind", "crisis", "armed", "language", "culture")
_ARMED: Final = {"": None, "yes": True, "no": False}
_JSON: Final = b"application/json"
_LONGEST: Final = 200


class LibraryDoor:
    """Shows the library."""

    scheme: ClassVar[str] = "http"
    paths: ClassVar[tuple[str, ...]] = (PATH,)

    def __init__(self, gate: Gate, library: Sequence[Guidance]) -> None:
        """`gate` knows partners by their tokens."""
        self._gate, self._library = gate, library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            said = self._said(scope)
        except Turned as turned:
            said = Said.refusal(turned.problem, fhir=False)
        await told(send, said)

    def _said(self, scope: Scope) -> Said:
        self._gate.asks(scope, "library", "Send a partner's bearer token.")
        if scope["method"] != "GET":
            return refused(405, "The library is read.")
        wish = wished(scope.get("query_string", b""))
        if wish is None:
            return refused(
                400, f"The library takes {', '.join(PARAMETERS)}; kinds are {', '.join(KINDS)}; armed is yes or no."
            )
        return Said(200, msgspec.json.encode([shown_as(each) for each in fitting(self._library, wish)]), _JSON)


def wished(query: bytes) -> Wish | None:
    """What a query asks for; None where it asks for anything else.

    >>> wished(b"crisis=suicide&armed=yes"), wished(b"name=Doe")
    (Wish(kind='', crises=('suicide',), armed=True, language='', culture=''), None)
    """
    asked = parse_qs(query.decode("latin-1")[:_LONGEST], keep_blank_values=True)
    one = {name: values[-1] for name, values in asked.items()}
    if asked.keys() - set(PARAMETERS) or one.get("kind", "") not in ("", *KINDS) or one.get("armed", "") not in _ARMED:
        return None
    return Wish(
        kind=one.get("kind", ""),
        crises=tuple(asked.get("crisis", ())),
        armed=_ARMED[one.get("armed", "")],
        language=one.get("language", ""),
        culture=one.get("culture", ""),
    )


def shown_as(one: Guidance) -> dict[str, str]:
    """An entry as readers see it: what it is, in which version, where it is, and who wrote it."""
    return {
        "id": one.id, "version": one.version, "kind": one.kind, "title": one.title, "link": one.link, "source": one.source,
        "reference": one.reference,
    }  # fmt: skip
