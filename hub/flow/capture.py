"""A consent, an order or a restriction as somebody enters it: paper on a desk. It becomes the same directive as every other.

What is wrong with a form is kept with it as flaws, in words: a directive with a flaw permits nothing, and what it denies stays
denied. So a form is never refused, and never grants what it does not say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, Literal, get_args

import msgspec

from consent.elements import COMMUNICATIONS, FINDINGS, PART2, lacking
from consent.provision import PROFILE
from consent.vocabulary import vocabulary
from hub.flow import named
from hub.lens.times import iso_instant, until
from hub.model.category import Category
from hub.model.consent import ConsentDirective
from hub.model.values import Code

_KIND: Final = "urn:crisis-hub:consent-kind"
_ROLE: Final = "urn:crisis-hub:signer-role"
_ELEMENT: Final = "urn:crisis-hub:consent-element"
# Who signs for somebody else says by which right: 45 CFR 164.502(g), 42 CFR 2.14 and 2.15.
FOR_ANOTHER: Final = frozenset({"REPRESENTATIVE", "PARENT", "BOTH"})
Kind = Literal[
    "TPO", "SPECIFIC", "NOTES", "SUPERVISION", "PROCEEDINGS", "DENY", "AGREED", "REQUESTED",
    "SUBPOENA", "SUBPOENA_ASSURED", "ADMIN_REQUEST", "COURT_ORDER", "MANDATE",
    "PART2_ORDER", "PART2_ORDER_63", "PART2_CIVIL", "WAIVER",
]  # fmt: skip
# What was served on the hub or granted by a board; the others are the person's own word.
ORDERS: Final = frozenset(
    {"SUBPOENA", "SUBPOENA_ASSURED", "ADMIN_REQUEST", "COURT_ORDER", "MANDATE", "WAIVER", *FINDINGS}
)
_FOUND: Final = frozenset({place for each in FINDINGS.values() for place in each} | {*COMMUNICATIONS})
Role = Literal["PERSON", "REPRESENTATIVE", "MINOR", "PARENT", "BOTH"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
ROLES: Final[tuple[str, ...]] = get_args(Role)
_INSTANTS: Final = ("signed_at", "effective_at", "expires_at", "revoked_at")


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the form says, as it was typed. Instants are ISO 8601; one without an offset is in the zone it was captured in.

    A day on which it ends is its last.
    `discloser` and `recipients` are partners or classes of recipients, `classes` categories of the model. `authority` is the
    right by which somebody signs for another; `said_to_be_revocable` that the form told of the right to revoke, 2.31(a)(6).
    Of an order `signer` is the court, and `findings` what it found, by paragraph of 42 CFR part 2: 2.65(d)(1).
    """

    number: str
    kind: Kind
    version: str = "1"
    part2: bool = False
    signer: str = ""
    signer_role: Role = "PERSON"
    authority: str = ""
    signed_at: str = ""
    effective_at: str = ""
    expires_at: str = ""
    revoked_at: str = ""
    discloser: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    covers_every_provider_type: bool = False
    said_to_be_revocable: bool = False
    form_hash: str = ""
    findings: tuple[str, ...] = ()


def captured(form: Form, *, zone: str, partners: Collection[str], at: int) -> ConsentDirective:
    """The directive of a form captured `at` an instant (UTC microseconds). `partners` are the ids that somebody may be called by."""
    instants = {name: iso_instant(text, zone) if (text := getattr(form, name)) else None for name in _INSTANTS}
    made = ConsentDirective(
        directive=form.number,
        version=form.version,
        profile=PROFILE,
        status=Code(code="active"),
        kind=Code(code=form.kind, system=_KIND, local=PART2 if form.part2 else ""),
        decision="deny" if form.kind in ("DENY", "AGREED", "REQUESTED") else "permit",
        signer=form.signer,
        signer_role=Code(code=form.signer_role, system=_ROLE),
        discloser=_codes(form.discloser),
        recipients=_codes(form.recipients),
        purposes=_codes(form.purposes),
        classes=_codes(form.classes),
        covers_every_provider_type=form.covers_every_provider_type,
        form_hash=form.form_hash,
        elements=tuple(_elements(form)),
        signed_at=instants["signed_at"],
        effective_at=instants["effective_at"],
        expires_at=until(instants["expires_at"], zone),
        revoked_at=instants["revoked_at"],
    )
    known = frozenset(partners) | frozenset(vocabulary().dimensions["recipient"].values)
    flaws = (*_unknown(form, known), *_impossible(form, made, at), *_unsigned(form), *lacking(made))
    return named.known(msgspec.structs.replace(made, flaws=tuple(dict.fromkeys(flaws))), partners)


def _codes(words: tuple[str, ...]) -> tuple[Code, ...]:
    return tuple(Code(code=word) for word in words)


def _elements(form: Form) -> Iterator[Code]:
    if form.said_to_be_revocable:
        yield Code(code="right-to-revoke", system=_ELEMENT)
    yield from (Code(code=place, system=_ELEMENT) for place in form.findings)
    if form.authority:
        yield Code(code="authority", system=_ELEMENT, display=form.authority)


def _unknown(form: Form, known: Collection[str]) -> Iterator[str]:
    """Somebody nobody can tell, a purpose or a kind of content without a meaning: never quoted, for it may be a name."""
    if not {*form.discloser, *form.recipients} <= set(known):
        yield named.STRANGER
    if not set(form.purposes) <= set(vocabulary().dimensions["purpose"].values):
        yield "its purpose cannot be read"
    if not set(form.classes) <= set(Category.__members__):
        yield "it names a kind of content nobody can tell"
    if not set(form.findings) <= _FOUND:
        yield "it names a finding that 42 CFR part 2 does not ask for"


def _impossible(form: Form, made: ConsentDirective, at: int) -> Iterator[str]:
    """A period that cannot be: unreadable, over before it begins, or signed after it was captured."""
    if any(getattr(form, name) and getattr(made, name) is None for name in _INSTANTS):
        yield "its period cannot be read"
    begins, ends = made.effective_at or made.signed_at, made.expires_at
    if begins and ends and ends.at <= begins.at:
        yield "it ends before it begins"
    if made.signed_at and made.signed_at.at > at:
        yield "it was signed after it was captured"
    if made.revoked_at and made.signed_at and made.revoked_at.at < made.signed_at.at:
        yield "it was revoked before it was signed"


def _unsigned(form: Form) -> Iterator[str]:
    if form.signer_role in FOR_ANOTHER and not form.authority.strip():
        yield "it does not say by which right somebody signed for another"
    if form.part2 and form.kind in ("TPO", "SPECIFIC") and not form.said_to_be_revocable:
        yield "it does not say that it can be revoked, 42 CFR 2.31(a)(6)"
    granting = form.kind not in ("DENY", "AGREED", "REQUESTED")
    if granting and not (form.recipients and form.purposes):
        yield "it names no recipient or no purpose"
    if form.kind in ORDERS and not (form.signer.strip() and form.form_hash):
        yield "it does not say which court or board it is of, or lacks the digest of its paper"
