"""Every knob of a hub: `hub.yaml` in its config folder, each overridable by an environment variable CRISIS_HUB_*."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

from hub.errors import Misconfigured
from hub.located import convert, near
from hub.located import load as read
from hub.misset import ORIGINAL, faults

FILE: Final = "hub.yaml"
PREFIX: Final = "CRISIS_HUB_"
# What https://c2sp.org/tlog-checkpoint asks of an origin: a name without spaces, plus signs or a scheme.
# Longer than this is meant by nobody, and endless is no time: seconds of a year, days of ten years, months of a hundred.
_YEAR_S: Final = 31_536_000.0
_TEN_YEARS: Final = 3_653
_CENTURY: Final = 1_200
_BEGIN: Final = "--config names the folder of a hub.yaml; docs/how-to/own-county.md begins one."
# Other people's: tests, the bench, and the hub's own bearer tokens at its partners.
_NOT_OURS: Final = tuple(PREFIX + name for name in ("SAMPLES", "PROPERTIES", "KILLS", "SEED", "BENCH_", "SECRET_"))


def says(words: str, **bounds: Any) -> Meta:
    """What a knob does: it stands in the schema and on the reference page."""
    return Meta(description=words, **bounds)


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some knobs that belong together."""


S = TypeVar("S", bound=Section)


class Keys(Section, frozen=True):
    """Where the keys lie: neither beside the data nor with its backups."""

    key_file: Annotated[str, says("The key-encryption key, in a file for its owner only; outside the data folder.")] = (
        "keys/hub.key"
    )
    keystore: Annotated[str, says("The keys it wraps; outside the data folder.")] = "keys/keystore"


class Ledger(Section, frozen=True):
    """How the ledger is known to those who verify it."""

    origin: Annotated[
        str, says("The name that checkpoints carry: a host name and path of yours, without https://.")
    ] = ""
    memory: Annotated[
        str, says("What the signer remembers: the last size and root it signed. Outside the data folder.")
    ] = "keys/signer"
    witnesses: Annotated[
        tuple[str, ...],
        says("Outside witnesses whose signatures count: each a key of type cosignature/v1, and after a space its url."),
    ] = ()


class Http(Section, frozen=True):
    """The HTTP interface: messages in, and the console."""

    host: Annotated[str, says("The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, says("The port to listen on; 0 takes a free one.", ge=0, le=65535)] = 8080
    metrics_sha256: Annotated[
        str, says("The SHA-256 of the bearer token that may read /metrics; without one there is no such page.")
    ] = ""


class Alerts(Section, frozen=True):
    """Whom to tell when something needs a person, and when it does. Without mail or webhook the log alone is told."""

    mail_to: Annotated[tuple[str, ...], says("Who gets a mail when an alert opens and when it closes.")] = ()
    roles: Annotated[
        tuple[str, ...],
        says(
            "Who gets a mail when a task opens for a role, as county lead=lee@county.example; each role may stand again."
        ),
    ] = ()
    mail_from: Annotated[str, says("The sender of those mails.")] = ""
    smtp_host: Annotated[str, says("The mail server.")] = "127.0.0.1"
    smtp_port: Annotated[int, says("Its port.", ge=1, le=65535)] = 587
    smtp_tls: Annotated[bool, says("Whether to speak TLS with it; without, only on this machine.")] = True
    smtp_user: Annotated[str, says("The user name there, if it wants one.")] = ""
    smtp_secret: Annotated[str, says("The name of the password, which lies in the secrets folder.")] = ""
    webhook: Annotated[str, says("A url that gets a signed JSON for each alert.")] = ""
    webhook_secret: Annotated[str, says("The name of the secret that signs it, which lies in the secrets folder.")] = ""
    lag_s: Annotated[float, says("Seconds that a delivery may be due before that is an alert.", gt=0, le=_YEAR_S)] = (
        900.0
    )
    agreement_days: Annotated[
        int, says("Days before an agreement ends from which that is an alert.", ge=0, le=_TEN_YEARS)
    ] = 14
    certificate_days: Annotated[
        int, says("Days before the hub's certificate expires from which that is an alert.", ge=0, le=_TEN_YEARS)
    ] = 21

    @property
    def people(self) -> tuple[tuple[str, str], ...]:
        """Each role that somebody is to be told of, and a mail address of theirs."""
        found = (entry.partition("=") for entry in self.roles)
        return tuple((role.strip(), mail.strip()) for role, _, mail in found)


class Console(Section, frozen=True):
    """The pages for people, on the same port."""

    address: Annotated[
        str, says("Where browsers find the console, as https://hub.example.org; empty serves this machine alone.")
    ] = ""
    idle_minutes: Annotated[int, says("Minutes after which somebody who does nothing is signed out.", ge=1, le=30)] = 30
    session_hours: Annotated[int, says("Hours after which everybody signs in anew.", ge=1, le=24)] = 12
    issuer: Annotated[
        str,
        says("The OpenID Connect provider that says who people are, by its issuer; empty has local accounts alone."),
    ] = ""
    client_id: Annotated[str, says("The hub's client id there.")] = ""
    secret: Annotated[str, says("The name of the hub's client secret there; it lies in the secrets folder.")] = ""
    acr: Annotated[
        str, says("The authentication context that the provider must vouch for (acr), where it does not say amr mfa.")
    ] = ""


class Tracing(Section, frozen=True):
    """Traces of messages across the steps, for those who have a place for them."""

    endpoint: Annotated[
        str,
        says(
            "Where OTLP over HTTP is taken, as http://127.0.0.1:4318/v1/traces; empty traces nothing and costs nothing."
        ),
    ] = ""


class Tls(Section, frozen=True):
    """The hub's own certificate, for what it offers and for those it calls. All PEM files."""

    certificate: Annotated[str, says("The certificate with its chain. Without one there is no TLS here.")] = ""
    key: Annotated[str, says("Its private key.")] = ""
    authority: Annotated[str, says("Who signs the certificates of partners; empty trusts the system's list.")] = ""


class Limits(Section, frozen=True):
    """What one sender may ask of the hub."""

    message_bytes: Annotated[int, says("The largest message, in bytes.", ge=1024, le=2**30)] = 10_000_000
    connections: Annotated[int, says("Open connections at one MLLP port.", ge=1, le=65536)] = 256
    idle_s: Annotated[float, says("Seconds after which a silent connection is closed.", gt=0, le=_YEAR_S)] = 900.0


class Retention(Section, frozen=True):
    """How long what is kept stays readable. Destroying keys destroys it; proofs remain."""

    payload_months: Annotated[int, says("Months that messages stay readable.", ge=1, le=_CENTURY)] = 18
    accounting_months: Annotated[
        int,
        says(
            "Months that the facts of disclosures stay readable; 45 CFR 164.528 asks for six years.", ge=72, le=_CENTURY
        ),
    ] = 75


class Frequent(Section, frozen=True):
    """From when on somebody is met so often that a care coordinator is asked to coordinate."""

    contacts: Annotated[int, says("So many contacts in crisis.", ge=2, le=1_000_000)] = 5
    partners: Annotated[int, says("By so many partners at least.", ge=1, le=1_000_000)] = 2
    days: Annotated[int, says("Within so many days; nobody is told of twice in that time.", ge=1, le=_TEN_YEARS)] = 90


class Settings(Section, frozen=True):
    """One hub. Relative paths begin at the config folder; once loaded, every path is absolute."""

    data: Annotated[str, says("The folder of the database and of what is published of the ledger.")] = "data"
    database: Annotated[
        str,
        says("A PostgreSQL url, without its password (PGPASSWORD or a pgpass file has it); empty is SQLite in `data`."),
    ] = ""
    county: Annotated[str, says("The folder of county.yaml and partners/.")] = "."
    secrets: Annotated[
        str, says("The folder of the hub's own tokens at its partners, one file each, for its owner only.")
    ] = "secrets"
    demo: Annotated[bool, says("Whether this is a demonstration: its store is marked, and `serve` refuses it.")] = False
    group: Annotated[int, says("At most so many messages share one commit.", ge=1, le=4096)] = 512
    in_flight: Annotated[
        int, says("At most so many deliveries are under way at once, over all partners.", ge=1, le=65536)
    ] = 256
    cji: Annotated[
        bool,
        says(
            "Whether the CJI profile is to hold: validated cryptography, people who sign in at a provider with several factors. "
            "Without it criminal history is refused."
        ),
    ] = False
    log_level: Annotated[Literal["debug", "info", "warning", "error"], says("The least that is logged.")] = "info"
    adapters: Annotated[
        tuple[str, ...], says("The installed adapter packages that may be used: an allow-list. Ours are the default.")
    ] = ("cad", "ehr", "lifeline988", "rms", "social")
    keys: Keys = Keys()
    ledger: Ledger = Ledger()
    http: Http = Http()
    console: Console = Console()
    tls: Tls = Tls()
    limits: Limits = Limits()
    retention: Retention = Retention()
    alerts: Alerts = Alerts()
    tracing: Tracing = Tracing()
    frequent: Frequent = Frequent()

    def secret(self, name: str) -> str:
        """The hub's own token of that name: from CRISIS_HUB_SECRET_NAME, else the file `name` in the secrets folder.

        Raises Misconfigured where there is none, or where others may read the file.
        """
        variable = f"{PREFIX}SECRET_{name.upper().replace('-', '_')}"
        return os.environ.get(variable) or _owned(Path(self.secrets) / name, variable)


class Knob(Section, frozen=True):
    """One knob, as the reference page lists it."""

    path: tuple[str, ...]
    type: Any
    default: Any
    words: str

    @property
    def name(self) -> str:
        """How `hub.yaml` spells it: `http.port`."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """How the environment spells it: `CRISIS_HUB_HTTP_PORT`."""
        return PREFIX + "_".join(self.path).upper()

    def read(self, text: str) -> Any:
        """The value that the environment's text means; lists are separated by commas. Raises Misconfigured."""
        try:
            listed = text.split(",") if isinstance(self.default, tuple) else text
            value = msgspec.convert(listed, self.type, strict=False)
        except msgspec.ValidationError as wrong:
            raise Misconfigured(f"{wrong}.", at=self.variable) from wrong
        return list(value) if isinstance(value, tuple) else value


def knobs(section: type[Section] = Settings, above: tuple[str, ...] = ()) -> Iterator[Knob]:
    """Every knob there is, in the order of this file.

    >>> [knob.variable for knob in knobs()][:2]
    ['CRISIS_HUB_DATA', 'CRISIS_HUB_DATABASE']
    """
    blank = section()
    for name, hint in get_type_hints(section, include_extras=True).items():
        path = (*above, name)
        if isinstance(hint, type) and issubclass(hint, Section):
            yield from knobs(hint, path)
        elif name in section.__struct_fields__:
            words = next(m.description for m in hint.__metadata__ if isinstance(m, Meta))
            yield Knob(path=path, type=hint, default=getattr(blank, name), words=words or "")


def load(folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a config folder, under the environment's word. Raises Misconfigured naming file or variable, and cure."""
    found = read(folder / FILE, cure=_BEGIN)
    if not isinstance(found.data, dict):
        raise found.refuse("There are no settings in it.", cure=f"Write ledger: and below it origin:. {ORIGINAL}")
    _override(found.data, os.environ if environment is None else environment)
    settings = _absolute(convert(found, Settings), folder.resolve())
    if wrong := next(faults(settings, found), None):
        raise wrong
    return settings


def _override(data: dict[str, Any], environment: Mapping[str, str]) -> None:
    known = {knob.variable: knob for knob in knobs()}
    for variable in sorted(v for v in environment if v.startswith(PREFIX) and not v.startswith(_NOT_OURS)):
        if variable not in known:
            raise Misconfigured("There is no such setting.", at=variable, cure=near(variable, list(known)))
        *sections, name = known[variable].path
        here = data
        for section in sections:
            here = here.setdefault(section, {})
            if not isinstance(here, dict):
                return  # the file is wrong there, and the next step says so
        here[name] = known[variable].read(environment[variable])


def _absolute(settings: Settings, folder: Path) -> Settings:
    """Every path from the config folder on; an empty one stays empty."""

    def placed(section: S, *names: str) -> S:
        paths = {name: str((folder / getattr(section, name)).resolve()) for name in names if getattr(section, name)}
        return msgspec.structs.replace(section, **paths)

    return msgspec.structs.replace(
        placed(settings, "data", "county", "secrets"),
        keys=placed(settings.keys, "key_file", "keystore"),
        ledger=placed(settings.ledger, "memory"),
        tls=placed(settings.tls, "certificate", "key", "authority"),
    )


def _owned(path: Path, variable: str) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        cure = f"Put the token into that file, mode 600, or into {variable}."
        raise Misconfigured(f"It cannot be read: {type(problem).__name__}.", at=str(path), cure=cure) from problem
    if mode & 0o077:
        raise Misconfigured("Others may read this secret.", at=str(path), cure=f"chmod 600 {path}")
    return text
