"""Who asks over HTTP: a partner, known by token and certificate, counted by the minute. Whoever is nobody is logged, and told about."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping
from typing import Any, Final

import structlog

from hub import clock
from hub.access.callers import Callers
from hub.access.rates import Rates
from hub.doors.desk import Alarm
from hub.doors.problem import Headers, Problem

log = structlog.get_logger(__name__)
_BEARER: Final[Headers] = ((b"www-authenticate", b"Bearer"),)

# The partner of a token that was given for a scope; for any scope where none is named.
Tokens = Callable[[bytes, str], str | None]


class Turned(Exception):
    """A caller is turned away with this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def _untold(kind: str, words: str) -> None:
    """Nobody is alarmed."""


class Gate:
    """Lets partners in at every door of HTTP, by the same rule everywhere: token, certificate, right, rate."""

    def __init__(
        self,
        callers: Callers,
        *,
        tokens: Tokens = lambda *_: None,
        rates: Rates | None = None,
        alarm: Alarm = _untold,
    ) -> None:
        """`callers` know tokens of partner files, `tokens` those that were given for minutes; `alarm` hears of who is turned away."""
        self._callers, self._tokens, self._rates, self.alarm = callers, tokens, rates or Rates(), alarm

    def known(self, scope: MutableMapping[str, Any], wanted: str = "") -> tuple[str | None, str]:
        """The partner that a request is from, and why it is nobody's: token, certificate, or nothing."""
        token = bearer(dict(scope["headers"]))
        partner = self._callers.bearer(token, wanted) or self._tokens(token, wanted) if token else None
        shown = scope.get("state", {}).get("certificate", ())
        return partner, "token" if partner is None else "" if self._callers.shows(partner, shown) else "certificate"

    def asks(
        self,
        scope: MutableMapping[str, Any],
        door: str,
        words: str,
        *,
        wanted: str = "",
        may: Callable[[str], bool] = bool,
        headers: Headers = _BEARER,
    ) -> str:
        """The partner that may ask this, its request counted. Raises Turned: 401 with `words`, or 429 with when to come again."""
        partner, why = self.known(scope, wanted)
        if partner is None or (why := why or ("" if may(partner) else "right")):
            self.turned(door, why, partner or "")
            raise Turned(Problem(status=401, detail=words, headers=headers))
        if wait_s := self._rates.wait(partner, clock.now()):
            again = ((b"retry-after", b"%d" % math.ceil(wait_s)),)
            told = "This is more than the partner's file allows in a minute."
            raise Turned(Problem(status=429, detail=told, headers=again))
        return partner

    def turned(self, door: str, why: str, partner: str = "") -> None:
        """Somebody is turned away: the log and the alarm hear why, without anything that they said."""
        log.warning("turned away", door=door, why=why)
        self.alarm(why, partner)


def bearer(headers: dict[bytes, bytes]) -> bytes:
    """The bearer token of a request.

    >>> bearer({b"authorization": b"bearer abc"}), bearer({b"authorization": b"Basic abc"})
    (b'abc', b'')
    """
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""
