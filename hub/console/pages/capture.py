"""A consent, a refusal or an order on paper becomes a directive: typed, looked at in words with what the law asks of it, then filed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Final, cast

from starlette.responses import Response

from consent.vocabulary import vocabulary
from hub.access.accounts import Known
from hub.access.roles import ROLES, Right
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import question, shown
from hub.errors import HubError
from hub.flow import capture as paper
from hub.flow.capture import Form
from hub.model.entry import Kind
from hub.model.values import Identifier

_KINDS: Final[Mapping[str, str]] = {
    code: vocabulary().dimensions[dimension].values[code]
    for dimension in ("consent", "restriction", "legal", "research")
    for code in vocabulary().dimensions[dimension].values
    if code in paper.KINDS
}
# What a person signs; what courts and boards serve is the county's to file.
_OWN_WORD: Final = {code: words for code, words in _KINDS.items() if code not in paper.ORDERS}
# Which field a flaw is about, by words of it; the person is asked there.
_FIELD: Final = {
    "(a)(2)": "discloser", "(a)(3)": "classes", "(a)(4)": "recipients", "(a)(5)": "purposes", "(a)(6)": "said_to_be_revocable",
    "(a)(7)": "expires_at", "(a)(8)": "signer", "(a)(9)": "signed_at", "no recipient": "recipients", "by which right": "authority",
    "ends before": "expires_at", "period": "signed_at", "signed after": "signed_at", "which court": "signer", "2.64": "findings",
    "2.65": "findings",
}  # fmt: skip
_MANY: Final = ("discloser", "recipients", "purposes", "classes")


@page(
    "/consents/new", "What does the person allow?", Right.CAPTURE, menu="New consent", command="crisis-hub consent file"
)
def new(visit: Visit) -> Response:
    """The form, as the paper has it."""
    return _form(visit)


@act("/consents/new", "File what a person allows", Right.CAPTURE, leaves=(Kind.RECEIVED,))
def file(visit: Visit) -> Response:
    """First it is said in words what it would open and what it lacks; sent once more, it is filed."""
    form, number, source = _typed(visit), _number(visit), _source(visit)
    if visit.form.get("act") == "edit":
        return _form(visit)
    if missing := list(_missing(visit, number)):
        return _form(visit, wrong=missing)
    desk = visit.hub.papers
    try:
        draft = desk.draft(form)
        if draft.flaws and visit.form.get("all_the_same") != "yes":
            return _form(visit, wrong=[(_field(flaw), flaw) for flaw in draft.flaws], flawed=True)
        if visit.form.get("sure") != "yes":
            desk.check(form, number, source)
            return _sure(visit, form, draft)
        desk.file(form, number, source, actor=visit.actor)
    except HubError as problem:
        return _form(visit, wrong=[("value", f"{problem.message} {problem.cure}".strip())])
    return shown(visit, "consent_filed.html", title="Filed", form=form, draft=draft)


def _missing(visit: Visit, number: Identifier) -> Iterator[tuple[str, str]]:
    if not number.value:
        yield "value", "Whose is it? Write a number that the person is known by."
    if visit.form.get("kind") not in _kinds(somebody(visit)):
        yield "kind", "Choose what it is."


def _typed(visit: Visit) -> Form:
    """The form as it was typed. A partner's own people file what is said of their own partner, and never an order."""
    said, own = visit.form, somebody(visit).account.partner
    many = {name: tuple(filter(None, said.get(name, "").split("\n"))) for name in _MANY}
    return Form(
        number=said.get("number", "").strip() or said.get("drawn", "") or f"C-{secrets.token_hex(4).upper()}",
        kind=cast("paper.Kind", said.get("kind", "")),
        part2=said.get("part2") == "yes",
        signer=said.get("signer", "").strip(),
        signer_role=cast("paper.Role", said["signer_role"] if said.get("signer_role") in paper.ROLES else "PERSON"),
        authority=said.get("authority", "").strip(),
        signed_at=said.get("signed_at", ""),
        expires_at=said.get("expires_at", ""),
        said_to_be_revocable=said.get("said_to_be_revocable") == "yes",
        form_hash=said.get("form_hash", "").strip(),
        findings=tuple(said.get("findings", "").split()) if not own else (),
        discloser=(own,) if own else many["discloser"],
        recipients=many["recipients"],
        purposes=many["purposes"],
        classes=many["classes"],
    )


def _number(visit: Visit) -> Identifier:
    """Whose it is: a partner's own people name their own numbers alone."""
    said, own = visit.form, somebody(visit).account.partner
    assigner = "" if own else said.get("assigner", "").strip()
    return Identifier(
        value=said.get("value", "").strip(), assigner=assigner, type=said.get("type", "").strip().upper() or "MR"
    )


def _source(visit: Visit) -> str:
    return somebody(visit).account.partner or visit.form.get("assigner", "").strip()


def _kinds(who: Known) -> Mapping[str, str]:
    return _OWN_WORD if ROLES[who.account.role].partner else _KINDS


def _field(flaw: str) -> str:
    return next((name for words, name in _FIELD.items() if words in flaw), "kind")


def _sure(visit: Visit, form: Form, draft: object) -> Response:
    kept = [
        (name, value)
        for name, lines in visit.form.items()
        if name not in ("csrf", "once", "sure", "act", "drawn")
        for value in (lines.split("\n") if name in _MANY else [lines])
    ]
    return question(
        visit, "consent_sure.html", title="Is this what the paper says?", form=form, draft=draft, kinds=_KINDS,
        kept=[*kept, ("drawn", form.number)], said=dict(_said(visit, form)),
    )  # fmt: skip


def _said(visit: Visit, form: Form) -> Iterator[tuple[str, str]]:
    """What it says, in words, by field."""
    partners = visit.hub.county.partners
    for name in ("discloser", "recipients"):
        who = getattr(form, name)
        yield name, ", ".join(partners[one].name if one in partners else _word("recipient", one) for one in who)
    yield "purposes", ", ".join(_word("purpose", one) for one in form.purposes)
    yield "classes", ", ".join(_word("category", one) for one in form.classes)


def _word(dimension: str, value: str) -> str:
    return vocabulary().dimensions[dimension].values.get(value, value)


def _form(visit: Visit, *, wrong: list[tuple[str, str]] | None = None, flawed: bool = False) -> Response:
    words = vocabulary().dimensions
    return question(
        visit,
        "consent_form.html",
        status=422 if wrong else 200,
        wrong=wrong or [],
        flawed=flawed,
        form=visit.form,
        chosen={name: visit.form.get(name, "").split("\n") for name in _MANY},
        own=somebody(visit).account.partner,
        kinds=list(_kinds(somebody(visit)).items()),
        roles_of_signers=[(role, words["signer"].values[role]) for role in paper.ROLES],
        partners=[(name, one.name) for name, one in sorted(visit.hub.county.partners.items())],
        purposes=list(words["purpose"].values.items()),
        categories=list(words["category"].values.items()),
    )
