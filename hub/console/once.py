"""Forms that are sent twice, by a second press, a reload or a proxy: one effect, and a true word on what came of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access import accounts
from hub.console.page import Visit
from hub.console.render import Question
from hub.errors import Passing
from hub.model.commands import Lodge
from hub.spans import DAY

KIND: Final = "once"
# The newest that were done: whoever presses twice does so within seconds.
_REMEMBERED: Final = 1_000
_PATIENCE_S: Final = 10.0


class Sendings:
    """One sending of a form after the other, and where those that were done have led: a restart forgets that, the store does not."""

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        """Nothing was sent yet. `patience_s`: so long somebody waits for their own earlier sending."""
        self._patience_s = patience_s
        self._changed = Condition()
        self._under_way: set[str] = set()
        self._led: OrderedDict[str, str] = OrderedDict()

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Waits for an earlier sending of the same form: until it is done nobody knows what came of it. Raises Passing."""
        with self._changed:
            if not self._changed.wait_for(lambda: name not in self._under_way, self._patience_s):
                raise Passing(
                    "This was sent already, and is not done yet.", cure="Look whether it is, before you send it again."
                )
            self._under_way.add(name)
        try:
            yield
        finally:
            with self._changed:
                self._under_way.discard(name)
                self._changed.notify_all()

    def led(self, name: str) -> Response | None:
        """Where a form that was done has led, for whoever sends it again."""
        return RedirectResponse(self._led[name], 303) if name in self._led else None

    def done(self, name: str, response: Response) -> None:
        """Remember where it led, if anywhere."""
        if place := response.headers.get("location"):
            self._led[name] = place
            if len(self._led) > _REMEMBERED:
                self._led.popitem(last=False)


def name_of(visit: Visit) -> str:
    """What the sendings of one form have in common: the session and the key that its page gave it."""
    session = visit.here.name if visit.here else ""
    return accounts.digest(f"{session} {visit.form.get('once', '')}")


def spent(name: str, at: int) -> Lodge:
    """A key that was used."""
    return Lodge(kind=KIND, name=name, at=at, value=b"1", until=at + DAY)


def unspent(name: str, at: int) -> Lodge:
    """A key that may be used again, since nothing was done with it."""
    return Lodge(kind=KIND, name=name, at=at, before=1)


def undone(response: Response) -> bool:
    """Whether an answer means that nothing was done: a refusal, a fault, or a question that comes first."""
    return response.status_code >= 400 or isinstance(response, Question)
