"""Every error of the house, as one tree. The docstring of an error is its default message.

HubError
├── Passing                 try again later; the courier retries with backoff
│   ├── PartnerUnreachable  no connection, reset, time-out before anything was sent
│   ├── PartnerBusy         the partner asked for patience (429, 503, AE with a busy code)
│   ├── Ambiguous           sent, and no answer: it may have arrived
│   └── StoreUnavailable    the database is locked, full or gone
└── Lasting                 a person must look; the courier parks
    ├── Unreadable          bytes that are not what they claim to be
    │   └── NotReal         a message that says that it is a test
    ├── Unmapped            a mapping could not be carried out: file, line and path are named
    │   └── UnknownCode     a code that must be known is in no table: a work item, and the message waits
    ├── PartnerRefused      the partner understood and said no
    ├── Misconfigured       a bad partner file, lens, table, rule or setting; names file, line and cure
    ├── KeyUnavailable      a key is missing, destroyed or wrapped by another key-encryption key
    ├── SealBroken          sealed bytes were altered, moved or swapped
    ├── ProofFailed         a proof, checkpoint or leaf does not verify
    ├── NotAllowed          the caller may not do this
    └── Conflict            somebody else changed it meanwhile
"""

from __future__ import annotations


class HubError(Exception):
    """Something in the hub went wrong."""

    def __init__(self, message: str | None = None, *, at: str = "", cure: str = "") -> None:
        """Say what happened, `at` which place (file and line, path, offset) and how to `cure` it; never personal data."""
        self.message = message or (type(self).__doc__ or "").strip()
        self.at = at
        self.cure = cure
        super().__init__(self.message)

    def __str__(self) -> str:
        """One letter to a colleague: the place, what happened, and the cure."""
        place = f"{self.at}: " if self.at else ""
        cure = f" {self.cure}" if self.cure else ""
        return f"{place}{self.message}{cure}"


class Passing(HubError):
    """It may work later."""


class PartnerUnreachable(Passing):
    """The partner could not be reached."""


class PartnerBusy(Passing):
    """The partner asked for patience."""

    def __init__(
        self, message: str | None = None, *, retry_after: float | None = None, at: str = "", cure: str = ""
    ) -> None:
        """`retry_after`: seconds the partner asked us to wait, when it said so."""
        super().__init__(message, at=at, cure=cure)
        self.retry_after = retry_after


class Ambiguous(Passing):
    """It was sent and not answered: it may have arrived."""


class StoreUnavailable(Passing):
    """The database is locked, full or gone."""


class Lasting(HubError):
    """A person must look at it."""


class Unreadable(Lasting):
    """The bytes are not what they claim to be."""


class NotReal(Unreadable):
    """This is a test, and only what is real is taken from this source."""


class Unmapped(Lasting):
    """A mapping could not be carried out."""


class UnknownCode(Unmapped):
    """A code that must be known is in no table."""

    def __init__(
        self, message: str | None = None, *, codes: tuple[tuple[str, str], ...] = (), at: str = "", cure: str = ""
    ) -> None:
        """`codes` are (table, local code) pairs; they are kept sealed, and never part of the words."""
        super().__init__(message, at=at, cure=cure)
        self.codes = codes


class PartnerRefused(Lasting):
    """The partner understood and said no."""


class Misconfigured(Lasting):
    """A file the hub was given is wrong."""


class KeyUnavailable(Lasting):
    """A key is missing or was destroyed."""


class SealBroken(Lasting):
    """Sealed bytes were altered, moved or swapped."""


class ProofFailed(Lasting):
    """The proof does not hold."""


class NotAllowed(Lasting):
    """This is not yours to do."""


class Conflict(Lasting):
    """Somebody else changed it meanwhile."""
