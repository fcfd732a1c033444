"""What a partner file says, section by section. Its JSON Schema, and the reference page, come from here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hub.partners.words import (
    NETWORKS,
    SCOPES,
    AgreementKind,
    Body,
    CarrierKind,
    Category,
    Dedupe,
    DoorKind,
    HubIs,
    Purpose,
    Recipient,
    Regime,
    State,
)

_encode = msgspec.json.Encoder(order="sorted").encode


def says(words: str) -> Meta:
    """What a key means: it stands in the schema, for editors, and on the reference page."""
    return Meta(description=words)


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# Longer than this is meant by nobody, and endless is no time: seconds of a year, days of ten; and what somebody counts to.
_YEAR_S = 31_536_000
_TEN_YEARS = 3_653
_MANY = 1_000_000
Count = Annotated[int, Meta(ge=1, le=_MANY)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=_YEAR_S)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A section of a partner file."""


class Agreement(Part, frozen=True):
    """What lets the hub deal with this partner. It narrows what the rules permit and never widens it."""

    id: Annotated[str, says("The name both sides know it by.")]
    kind: Annotated[
        AgreementKind, says("Business associate, qualified service organization, CJIS, data use, or plain memorandum.")
    ]
    hub_is: Annotated[HubIs, says("What the hub is to this partner, by this agreement.")]
    starts: Annotated[str, says("Its first day, 2026-01-31, in the county's zone.")]
    ends: Annotated[str, says("Its last day: it ends when that day is over in the county's zone.")]
    signature: Annotated[str, says("Who signed it for the partner and when, or where the signed copy lies.")]
    version: Annotated[str, says("Counts up with every change that was signed.")] = "1"
    purposes: Annotated[
        tuple[Purpose, ...], says("What the partner may receive data for; nothing is sent for others.")
    ] = ()
    categories: Annotated[
        tuple[Category, ...], says("What the partner may receive at most; everything else is withheld.")
    ] = ()
    purge_on_recall: Annotated[
        bool, says("Whether a recall may ask this partner to delete, not only to stop relying.")
    ] = False

    @property
    def digest(self) -> str:
        """SHA-256 of everything the agreement says, in hex: two texts that differ never share it."""
        return hashlib.sha256(_encode(self)).hexdigest()

    @property
    def reference(self) -> str:
        """How decisions and pages name this very text: id, version, and the first twelve digits of its digest."""
        return f"{self.id} v{self.version} {self.digest[:12]}"


class Door(Part, frozen=True):
    """One way in."""

    kind: Annotated[
        DoorKind,
        says(
            "How the partner sends: HL7 v2 over a socket, an HTTP POST, files here or on its SFTP server, an EIDO subscription, "
            "EIDO references that the hub follows, or its people's own hands on the pages of the workspace."
        ),
    ]
    port: Annotated[
        Port,
        says(
            "MLLP: the port the hub listens on for this partner alone; 0 takes a free one. SFTP: the server's; 0 is 22."
        ),
    ] = 0
    host: Annotated[str, says("MLLP: the address the hub listens on. SFTP: the partner's server.")] = "127.0.0.1"
    networks: Annotated[tuple[str, ...], says("MLLP: where connections may come from, as 10.20.0.0/16.")] = ()
    certificate: Annotated[str, says("MLLP and HTTP: the name that the partner's client certificate must carry.")] = ""
    sending_application: Annotated[tuple[str, ...], says("MLLP: what MSH-3 may say; empty lets any name pass.")] = ()
    sending_facility: Annotated[tuple[str, ...], says("MLLP: what MSH-4 may say; empty lets any name pass.")] = ()
    token_sha256: Annotated[str, says("HTTP: the SHA-256 of the partner's bearer token, never the token.")] = ""
    client_id: Annotated[
        str, says("HTTP: the id under which the partner's program asks for tokens with a signed assertion.")
    ] = ""
    jwks: Annotated[
        str, says("HTTP: a file with the public keys of that program, as a JWKS; relative to the county's folder.")
    ] = ""
    jwks_url: Annotated[str, says("HTTP: where the partner publishes those keys, as https://host/path.")] = ""
    scopes: Annotated[
        tuple[str, ...],
        says(f"HTTP: what its tokens may be for: {', '.join(SCOPES)}. Without any: messages alone."),
    ] = ()
    per_minute: Annotated[
        Annotated[int, Meta(ge=0, le=_MANY)], says("HTTP: at most so many requests a minute; 0 is no limit of its own.")
    ] = 0
    path: Annotated[
        str,
        says("Folder: where the partner puts files; relative to the county's folder. SFTP: the folder on the server."),
    ] = ""
    user: Annotated[str, says("SFTP: as whom the hub logs in.")] = ""
    host_key: Annotated[str, says("SFTP: the server's public key, as known_hosts has it: ssh-ed25519 AAAA...")] = ""
    secret: Annotated[
        str,
        says(
            "SFTP, EIDO, reference: the name of the hub's private key or bearer token, which lies in the secrets folder."
        ),
    ] = ""
    url: Annotated[
        str,
        says(
            "EIDO: where the hub subscribes, as wss://host/path. Reference: below which it fetches, as https://host/path/."
        ),
    ] = ""
    network: Annotated[
        str, says("EIDO and reference: the kind of address that the url may have: public, private or loopback.")
    ] = NETWORKS[0]
    plain_until: Annotated[str, says("MLLP in the clear beyond this machine: until which day it is borne.")] = ""
    plain_reason: Annotated[str, says("MLLP in the clear beyond this machine: why.")] = ""


class Export(Part, frozen=True):
    """Where the partner's own system leaves what it holds, once a day, to be compared with what the hub holds of it."""

    path: Annotated[
        str, says("The folder where it puts the file; the newest is read. Relative to the county's folder.")
    ] = ""
    url: Annotated[
        str, says("Or where the hub fetches it, as https://host/path; {day} is yesterday, as 2026-01-31.")
    ] = ""
    secret: Annotated[str, says("The name of the bearer token for the url, which lies in the secrets folder.")] = ""
    network: Annotated[str, says("The kind of address that the url may have: public, private or loopback.")] = NETWORKS[
        0
    ]
    at: Annotated[str, says("When it is there, as 06:00 in the county's zone.")] = "06:00"
    days: Annotated[
        Annotated[int, Meta(ge=0, le=_TEN_YEARS)],
        says("How many days back it has everything; what the hub holds of them and it lacks is told. 0: not known."),
    ] = 0


class Source(Part, frozen=True):
    """What the partner sends."""

    format: Annotated[str, says("The adapter that reads it, by its name.")]
    mapping: Annotated[
        str, says("The partner's own mapping, where it differs: a file, from the county's folder on.")
    ] = ""
    regime: Annotated[Regime, says("The law its messages stand under where no unit says otherwise.")] = "UNKNOWN"
    units: Annotated[
        Mapping[str, Regime], says("The law of single units: a Part 2 programme inside a hospital, for instance.")
    ] = {}
    zone: Annotated[str, says("The time zone of times sent without one; the county's, where this is empty.")] = ""
    charset: Annotated[str, says("The character set of messages that name none, as Python calls it.")] = ""
    doors: Annotated[tuple[Door, ...], says("The ways in; at least one.")] = ()
    tests: Annotated[
        bool,
        says(
            "Whether it may send messages that say they are tests (HL7 v2 MSH-11 `T` or `D`, FHIR `HTEST`): they are read, kept "
            "and told to nobody. Otherwise they are refused."
        ),
    ] = False
    export: Annotated[
        Export | None, says("Its own records as its system has them, held against what the hub holds each day.")
    ] = None


class Interest(Part, frozen=True):
    """One thing the partner wants to hear of. A message that meets no interest goes nowhere; one that does is still decided."""

    id: Annotated[str, says("A name for it, once in the file.")]
    bodies: Annotated[tuple[Body, ...], says("The kinds of event it is about; any of them will do.")]
    purpose: Annotated[Purpose, says("What for; the agreement must name it too.")]
    when: Annotated[
        tuple[Mapping[str, Any], ...],
        says(
            "Alternatives; each maps paths of the model to accepted values, to true or false, or to {at_least: number}. "
            "Conditions on one body must hold for the same event."
        ),
    ] = ()
    follow: Annotated[
        bool,
        says(
            "Whether what was told under these conditions is told once more when they hold no longer, "
            "as when a referral is given to somebody else: nobody waits for whom nobody sends."
        ),
    ] = True
    deadline_s: Annotated[
        Annotated[int, Meta(ge=0, le=_YEAR_S)],
        says("Seconds within which it must be delivered before a person is told; 0 is never."),
    ] = 0
    facts: Annotated[
        Mapping[str, str], says("What always holds of the partner, in the words of the rules: cj_status, for instance.")
    ] = {}
    enrolled: Annotated[
        bool,
        says(
            "Only about people whose own release names this partner and purpose; it ends in the minute in which that does."
        ),
    ] = False


class Delivery(Part, frozen=True):
    """How it reaches the partner."""

    format: Annotated[
        str,
        says("The adapter that writes it; sheet writes words for people, remark one comment on a call of dispatch."),
    ]
    carrier: Annotated[
        CarrierKind, says("How it travels; with workspace it stays, and the partner's people open it on their pages.")
    ]
    url: Annotated[
        str, says("HTTP: where to POST. Workspace: a webhook that hears that something waits, and nothing else.")
    ] = ""
    mail: Annotated[tuple[str, ...], says("Workspace: who gets a mail that something waits, and nothing else.")] = ()
    host: Annotated[str, says("MLLP and SFTP: whom to call.")] = ""
    port: Annotated[Port, says("MLLP and SFTP: on which port; for SFTP 0 is 22.")] = 0
    path: Annotated[
        str, says("Folder: where to write files; relative to the county's folder. SFTP: the folder on the server.")
    ] = ""
    user: Annotated[str, says("SFTP: as whom the hub logs in.")] = ""
    host_key: Annotated[str, says("SFTP: the server's public key, as known_hosts has it: ssh-ed25519 AAAA...")] = ""
    version: Annotated[str, says("The version of the format to write, where there are several.")] = ""
    mapping: Annotated[
        str, says("The partner's own mapping, where it differs: a file, from the county's folder on.")
    ] = ""
    dedupe: Annotated[
        Dedupe,
        says(
            "How the partner knows a message it has seen: by our key, by looking it up, or not at all. "
            "With none, an unclear time-out waits for a person."
        ),
    ] = "key"
    lookup: Annotated[
        str,
        says("HTTP, with dedupe: lookup: where to ask whether a record is there, as /field-contacts?message_id={key}."),
    ] = ""
    timeout_s: Annotated[Seconds, says("Seconds to wait for an answer.")] = 30.0
    in_flight: Annotated[Annotated[int, Meta(ge=1, le=1024)], says("How many deliveries may be under way at once.")] = 8
    attempts: Annotated[
        Count,
        says(
            "How often to try before a person must look; while nobody answers at all, or all are asked for patience, everything waits."
        ),
    ] = 12
    first_wait_s: Annotated[Seconds, says("The longest first wait between two tries, in seconds; it doubles.")] = 1.0
    longest_wait_s: Annotated[Seconds, says("Where the doubling ends, in seconds.")] = 900.0
    window: Annotated[
        str, says("The hours in which to deliver, 08:00-18:00, in the county's zone; empty is always.")
    ] = ""
    per_second: Annotated[
        Annotated[float, Meta(ge=0, le=_MANY)], says("At most so many a second; 0 is as fast as the partner answers.")
    ] = 0.0
    certificate: Annotated[
        str, says("The name that the partner's server certificate must carry, where it is not the host's.")
    ] = ""
    secret: Annotated[
        str,
        says(
            "The name of the hub's own bearer token or private key there, or of what signs the webhook; it lies in the secrets folder."
        ),
    ] = ""
    grant_url: Annotated[
        str,
        says(
            "HTTP: where the hub asks for tokens by a signed assertion, as https://host/path; `secret` names its private key."
        ),
    ] = ""
    client_id: Annotated[str, says("HTTP: the id under which the hub asks there.")] = ""
    scope: Annotated[str, says("HTTP: what its tokens are to be for, such as system/Bundle.c.")] = ""
    signed_with: Annotated[
        str, says("HTTP: the name of the secret shared with the partner, by which each delivery is signed.")
    ] = ""
    receipts: Annotated[bool, says("HTTP and folder: whether a receipt of the ledger travels with each delivery.")] = (
        False
    )
    options: Annotated[
        Mapping[str, str],
        says(
            "What the writer needs besides. `network` says whether the address is public (the default), private or loopback; "
            "`plain_reason` and `plain_until` bear sending in the clear beyond this machine."
        ),
    ] = {}


class Hours(Part, frozen=True):
    """When the partner's people are there: routine referrals wait for them, urgent ones do not."""

    days: Annotated[tuple[Weekday, ...], says("The days of the week.")] = ("mon", "tue", "wed", "thu", "fri")
    opens: Annotated[str, says("From when on, 08:00, in the county's zone.")] = "08:00"
    closes: Annotated[str, says("Until when; 24:00 is the end of the day.")] = "17:00"
    holidays: Annotated[tuple[str, ...], says("Days on which nobody is there, as 2026-12-25.")] = ()


class Partner(Part, frozen=True):
    """One partner of the county."""

    id: Annotated[str, says("A short name, used everywhere: letters, digits and dashes.")]
    name: Annotated[str, says("What people call it.")]
    kind: Annotated[Recipient, says("What it is to the rules.")]
    state: Annotated[State, says("Whose state law it lives under; the county file must name it.")]
    agreement: Annotated[Agreement, says("What lets the hub deal with it.")]
    identifiers: Annotated[
        Mapping[str, tuple[str, ...]],
        says("Numbers by which consents may name it, by who gives them: http://hl7.org/fhir/sid/us-npi, for instance."),
    ] = {}
    areas: Annotated[
        tuple[str, ...],
        says(
            "Police: where its units go: cities, postal codes, beats or areas as calls name them; empty is everywhere. "
            "Units are proposed for a call of the one department that covers its place."
        ),
    ] = ()
    hours: Annotated[
        Hours | None, says("When its people are there; left out, Monday to Friday from eight to five.")
    ] = None
    contact: Annotated[str, says("Whom to ask when something is stuck: a role or a desk.")] = ""
    phone: Annotated[
        str, says("Its telephone. A 911 centre must give ten digits, for when the hub cannot deliver.")
    ] = ""
    source: Annotated[Source | None, says("What it sends; left out when it only receives.")] = None
    wants: Annotated[tuple[Interest, ...], says("What it wants to hear of.")] = ()
    delivery: Annotated[Delivery | None, says("How it is reached; left out when it only sends.")] = None
