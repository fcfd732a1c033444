"""From a message and an interest to the question the rules are asked; kept as facts, so that the very question can be put again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from consent.question import Facts, Limits, Question, Scope, Signed, usual
from hub.flow.inherited import earlier, kept_until
from hub.flow.standing import Standing, standing
from hub.flow.told import Span
from hub.model.category import Category
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.registry import body_of
from hub.partners import Agreement, Interest, Partner

# What the hub does with every delivery: it narrows by view and scope, sends notices and labels along, and keeps the ledger.
DISCHARGED = frozenset(
    {
        "P2_NOTICE",
        "CONSENT_COPY",
        "CONSENT_SCOPE",
        "NO_REDISCLOSE",
        "OWN_USE_ONLY",
        "MINIMUM_NECESSARY",
        "ACCOUNTING",
        "P2_LIST",
        "CHRI_LOG",
    }
)


RESPONDERS = frozenset({"PSAP", "EMS", "LE", "MOBILE_CRISIS", "CORESPONDER", "LIFELINE"})
CAPACITY: Mapping[str, str] = {
    "business associate": "BUSINESS_ASSOCIATE",
    "qualified service organization": "QSO",
    "intermediary": "INTERMEDIARY",
    "cjis contractor": "CJIS_CONTRACTOR",
    "partner": "PARTNER",
}

NOTHING_AGREED: Mapping[str, str] = {"capacity": "NONE"}


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question by its facts: what is kept with a decision. Instants are UTC microseconds."""

    facts: dict[str, str]
    consent: Scope = Scope()
    order: Scope = Scope()
    signed: tuple[Signed, ...] = ()
    consents: tuple[str, ...] = ()
    agreement: str = ""
    as_of: int = 0
    valid_until: int | None = None
    # What was discharged for this one question: the record and the review of a broken glass.
    discharged: tuple[str, ...] = ()
    # Whether it is about nobody but those whose own release names the partner.
    enrolled: bool = False
    # It is no answer unless it shows all of these paths: that what was told before is over.
    over: tuple[str, ...] = ()


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Asked).decode


def ask(
    events_say: Mapping[str, str],
    partner: Partner,
    interest: Interest,
    signed: Standing,
    *,
    state: str,
    as_of: int,
    over: tuple[str, ...] = (),
) -> Asked:
    """Put together what is known: the message's circumstances, the person's standing, the partner file's own facts."""
    return Asked(
        facts={
            **events_say,
            **_able(events_say, partner.kind),
            **interest.facts,
            "recipient": partner.kind,
            "purpose": interest.purpose,
            "state": state,
            **signed.facts,
        },
        consent=signed.scope,
        order=signed.order,
        signed=signed.signed,
        consents=signed.relied_on,
        agreement=partner.agreement.id,
        as_of=as_of,
        valid_until=signed.valid_until,
        enrolled=interest.enrolled,
        over=over,
    )


def again(
    asked: Asked,
    partner: Partner,
    said: Iterable[ConsentDirective],
    *,
    source: str,
    as_of: int,
    labels: Sequence[Label],
    told: Sequence[Span] = (),
) -> Asked:
    """The same question, by what the person has `said` since, about events with these labels, told of at these times."""
    signed = standing(
        said,
        recipient=(partner.id, partner.kind),
        purpose=asked.facts["purpose"],
        source=source,
        as_of=as_of,
        events=tuple(label.spoken_of for label in labels),
        told=told,
    )
    # A waiver filed for the person counts only as long as it stands; on which other basis research is done a file says.
    before = {name: value for name, value in asked.facts.items() if (name, value) != ("research", "WAIVER")}
    return msgspec.structs.replace(
        asked,
        facts=before | signed.facts | {"recipient": partner.kind},
        consent=signed.scope,
        order=signed.order,
        signed=signed.signed,
        consents=signed.relied_on,
        valid_until=signed.valid_until,
    )


def question(
    asked: Asked, partner: Partner, labels: tuple[Label, ...], bodies: tuple[str, ...], as_of: int
) -> Question:
    """The question itself, under the partner's agreement as it stands at `as_of`."""
    return Question(
        partner=partner.id,
        facts=facts(asked.facts),
        labels=labels,
        bodies=bodies,
        limits=_limits(partner.agreement),
        consent=asked.consent,
        order=asked.order,
        signed=asked.signed,
        dischargeable=DISCHARGED.union(asked.discharged) if asked.discharged else DISCHARGED,
        consents=asked.consents,
        as_of=as_of,
        valid_until=earlier(asked.valid_until, kept_until(labels)),
    )


def kinds(events: tuple[CrisisEvent, ...]) -> tuple[str, ...]:
    """The bodies of a message, event by event."""
    return tuple(body_of(event.body) for event in events)


def capacity(source: Partner) -> Mapping[str, str]:
    """What the hub is to the partner whose data it is, by their agreement; nothing agreed, nothing permitted."""
    named = CAPACITY.get(source.agreement.hub_is)
    return {"capacity": named} if named else NOTHING_AGREED


def _able(facts: Mapping[str, str], recipient: str) -> dict[str, str]:
    """Responders can lessen an imminent threat; others only where their partner file says so (45 CFR 164.512(j)(1)(i)(B))."""
    return {"able_to_prevent": "YES"} if recipient in RESPONDERS and facts.get("emergency") == "THREAT" else {}


def facts(known: Mapping[str, str]) -> Facts:
    """The plain case with what is known better."""
    return _facts(tuple(sorted(known.items())))


@lru_cache(maxsize=4096)
def _facts(known: tuple[tuple[str, str], ...]) -> Facts:
    return usual(**dict(known))


@lru_cache(maxsize=1024)
def _limits(agreement: Agreement) -> Limits:
    return Limits(
        agreement=agreement.id,
        categories=frozenset(Category(c) for c in agreement.categories),
        # Whoever may receive a message may be told what became of it; the invariant notice.bare holds that to the notice itself.
        purposes=frozenset(agreement.purposes) | {"NOTICE"},
    )
