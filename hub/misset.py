"""What is wrong with settings that are well-formed: what does not go together, lies in a wrong place, or is nobody's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.errors import Misconfigured, ProofFailed
from hub.located import Located, near
from hub.tlog.notes import COSIGNATURE, VerifierKey

if TYPE_CHECKING:
    from hub.settings import Alerts, Settings

_ORIGIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?(?:/[A-Za-z0-9._~/-]+)?")
ORIGINAL: Final = "Write a host name and path of yours, as hub.example.org/county, without https://."
# Whom tasks are for.
ROLES: Final = frozenset(
    {
        *("operator", "privacy officer", "compliance officer", "clinician reviewer"),
        *("supervisor", "county lead", "988 supervisor", "988 counsellor", "911 supervisor"),
        *("care coordinator", "crisis coordinator", "placement coordinator", "discharge planner", "charge nurse"),
        *("co-responder", "crisis clinician", "records clerk", "records liaison"),
    }
)


def faults(settings: Settings, found: Located) -> Iterator[Misconfigured]:
    """Everything, the first thing first."""
    data = Path(settings.data)
    outside = {
        ("keys", "key_file"): settings.keys.key_file,
        ("keys", "keystore"): settings.keys.keystore,
        ("ledger", "memory"): settings.ledger.memory,
        ("secrets",): settings.secrets,
    }
    for steps, path in outside.items():
        if Path(path).is_relative_to(data):
            cure = "Name a place outside the data folder, and keep it out of the data's backups."
            yield found.refuse("Whoever copies the data folder would hold this too.", *steps, cure=cure)
    if not _ORIGIN.fullmatch(settings.ledger.origin):
        yield found.refuse("The ledger needs a name.", "ledger", "origin", cure=ORIGINAL)
    if bool(settings.tls.certificate) != bool(settings.tls.key):
        yield found.refuse("A certificate and its key go together.", "tls", cure="Give both, or neither.")
    yield from _wrong_console(settings, found)
    if settings.database and not settings.database.startswith("postgresql"):
        cure = "Write postgresql://user@host/name, or leave it empty for SQLite."
        yield found.refuse("This is no PostgreSQL url.", "database", cure=cure)
    yield from _of_alerts(settings.alerts, found)
    yield from _of_witnesses(settings.ledger.witnesses, found)
    if settings.http.metrics_sha256 and not re.fullmatch("[0-9a-f]{64}", settings.http.metrics_sha256):
        cure = "Write the SHA-256 of the token, 64 hex digits in lower case."
        yield found.refuse("This is not the digest of a token.", "http", "metrics_sha256", cure=cure)
    if re.search(r"//[^/@]*:[^/@]*@", settings.database):
        cure = "Take it out and change it; PGPASSWORD or a pgpass file has it."
        yield found.refuse("A password stands in the url.", "database", cure=cure)


def _wrong_console(settings: Settings, found: Located) -> Iterator[Misconfigured]:
    console = settings.console
    if console.address and not re.fullmatch(r"https://[a-z0-9.-]+(:\d+)?", console.address):
        cure = "Write https:// and a host name in small letters, without a path."
        yield found.refuse("This is no address for the console.", "console", "address", cure=cure)
    if settings.cji and not console.issuer:
        cure = "Write console.issuer, client_id and secret; local accounts open nothing under this profile."
        yield found.refuse("Under the CJI profile people sign in at a provider.", "cji", cure=cure)
    if len({bool(console.issuer), bool(console.client_id), bool(console.secret)}) > 1:
        yield found.refuse("Issuer, client_id and secret go together.", "console", cure="Give all three, or none.")


def _of_alerts(knobs: Alerts, found: Located) -> Iterator[Misconfigured]:
    named = "mail_to" if knobs.mail_to else "roles"
    for n, (role, mail) in enumerate(knobs.people):
        if role not in ROLES or "@" not in mail:
            cure = near(role, sorted(ROLES)) if role not in ROLES else "Write the role, =, and a mail address."
            yield found.refuse(f'"{role}" is no role of a task, or has no address.', "alerts", "roles", n, cure=cure)
    if (knobs.mail_to or knobs.roles) and not knobs.mail_from:
        yield found.refuse("Who sends these mails?", "alerts", named, cure="Write mail_from:.")
    if (
        (knobs.mail_to or knobs.roles)
        and not knobs.smtp_tls
        and knobs.smtp_host not in ("127.0.0.1", "::1", "localhost")
    ):
        yield found.refuse("Mail would cross the network in the clear.", "alerts", "smtp_tls", cure="Leave it true.")
    if knobs.webhook and not knobs.webhook_secret:
        cure = "Write webhook_secret: and the name of a secret, so that the receiver knows it is you."
        yield found.refuse("Nobody could tell that this webhook is yours.", "alerts", "webhook", cure=cure)


def _of_witnesses(lines: Iterable[str], found: Located) -> Iterator[Misconfigured]:
    for n, line in enumerate(lines):
        spelled, _, url = line.partition(" ")
        try:
            counts = VerifierKey.parse(spelled).algorithm == COSIGNATURE and (not url or url.startswith("https://"))
        except ProofFailed:
            counts = False
        if not counts:
            cure = "Write the witness's key of type cosignature/v1, and perhaps its https:// url after a space."
            yield found.refuse("This entry of ledger.witnesses is no witness.", "ledger", "witnesses", n, cure=cure)
