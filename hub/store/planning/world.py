"""The world as one group of messages needs to know it: read once, then carried along, so that message k sees what k-1 did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from hub.model.commands import Keep
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.plan import Block, Candidate, EpisodeEvent, Fact, Link
from hub.model.traits import Traits
from hub.store.consents import named, refuses
from hub.store.ids import as_id
from hub.store.tokens import Marks, Seen, Tokens, details_of, marked


class Found(NamedTuple):
    """An identity that a token leads to, with the marks of the traits that came with it."""

    identity: bytes
    partner: str
    details: bytes


class Consent(NamedTuple):
    """A consent as last said: the token of its name, and what it says."""

    token: bytes
    directive: ConsentDirective


class Happened(Fact, frozen=True):
    """An event of an episode: the episode's id, when (UTC microseconds), and whether it was found by an incident number."""

    episode: str
    at: int
    by_number: bool


class Duplicate(Fact, frozen=True):
    """A message that is here already: its journal id, and whether its bytes are the `same`. Other bytes are a new message."""

    journal: str
    same: bool


class Allowed(Fact, frozen=True):
    """What a person has allowed and refused, as known now. `changed` numbers the message that last changed it, 0 for none."""

    changed: int = 0
    directives: tuple[ConsentDirective, ...] = ()


class Source(Protocol):
    """Tells a world more, of the few among many who are alike whom a message turns out to be about."""

    def meet(self, persons: Collection[bytes], world: World) -> None:
        """Who these persons are made of, and what they allowed."""
        ...

    def doubt(self, persons: Collection[bytes], world: World) -> None:
        """Who may be one of these persons and ever said anything about consent."""
        ...

    def doubters(self, persons: Collection[bytes]) -> Iterable[tuple[bytes, bytes]]:
        """Every pair of one of these persons and somebody who may be them."""
        ...

    def age(self, identity: bytes, world: World) -> None:
        """What was told last of an identity's age."""
        ...


class World:
    """Answers questions about the messages it was gathered for; about others it knows nothing.

    Of many who are alike one is meant: doubts and ages of those whom no number found are asked of its source when they count.
    """

    def __init__(self, tokens: Tokens, marks: Marks, source: Source) -> None:
        self._tokens, self._marks, self._source = tokens, marks, source
        self._seen: dict[tuple[int, bytes], dict[bytes, str]] = defaultdict(dict)
        self._found: dict[bytes, dict[bytes, Found]] = defaultdict(dict)
        self._person: dict[bytes, bytes] = {}
        self._members: dict[bytes, set[bytes]] = defaultdict(set)
        self._changed: dict[bytes, int] = {}
        self._allowed: dict[bytes, list[Consent]] = defaultdict(list)
        self._doubts: dict[bytes, set[bytes]] = defaultdict(set)
        self._met: set[bytes] = set()
        self._weighed: set[bytes] = set()
        self._heard: set[bytes] = set()
        self._aged: set[bytes] = set()
        self._born: dict[bytes, Person] = {}
        self._happened: dict[bytes, list[Happened]] = defaultdict(list)
        self._numbered: dict[bytes, list[Happened]] = defaultdict(list)
        self._rejoined: dict[str, str] = {}

    # --- what the plan asks

    def duplicate(self, partner: str, message_id: str, body: bytes, at: int) -> Duplicate | None:
        """The earlier message of the same partner and id within 30 days, the one with the same bytes first."""
        found: Duplicate | None = None
        for seen in self._marks.wanted(partner, message_id, body, at):
            earlier = self._seen.get((seen.slot, seen.digest), {})
            if seen.content in earlier:
                return Duplicate(journal=earlier[seen.content], same=True)
            for journal in earlier.values():
                found = Duplicate(journal=journal, same=False)
        return found

    def candidates(self, blocks: Iterable[Block], traits: Traits) -> tuple[Candidate, ...]:
        """The identities that these numbers find, and whether these very traits came with them before."""
        names: dict[bytes, list[str]] = {}
        by_identity: dict[bytes, Found] = {}
        for block in blocks:
            for token in self._tokens.wanted(block):
                for found in self._found.get(token, {}).values():
                    names.setdefault(found.identity, []).append(block.name)
                    by_identity[found.identity] = found
        return tuple(self._candidate(by_identity[identity], agreed, traits) for identity, agreed in names.items())

    def _candidate(self, found: Found, names: list[str], traits: Traits) -> Candidate:
        return Candidate(
            identity=found.identity.hex(),
            person=self._person[found.identity].hex(),
            partner=found.partner,
            blocks=tuple(dict.fromkeys(names)),
            strong=True,
            unchanged=marked(found.details, self._tokens.mark(traits)),
        )

    def today(self, candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
        """What a reader saw a moment ago, with the persons as they are now."""
        return tuple(
            replace(each, person=now.hex()) if (now := self._person.get(as_id(each.identity))) else each
            for each in candidates
        )

    def identities(self, person: str) -> tuple[str, ...]:
        """The source identities a person consists of now."""
        return tuple(sorted(identity.hex() for identity in self._members.get(as_id(person), ())))

    def meet(self, persons: Iterable[str]) -> None:
        """These persons, who were known before this group, must be known here: somebody may have been found alike since."""
        if unmet := {as_id(each) for each in persons} - self._met:
            self._source.meet(unmet, self)

    def allowed(self, person: str) -> Allowed:
        """What a person has allowed and refused."""
        name = as_id(person)
        members = sorted(self._members.get(name, ()))
        directives = tuple(each.directive for identity in members for each in self._allowed.get(identity, ()))
        return Allowed(changed=self._changed.get(name, 0), directives=directives)

    def refused(self, person: str, rivals: Iterable[str] = ()) -> tuple[ConsentDirective, ...]:
        """What whoever may be this person, or is one of these rivals, has refused: it holds for both."""
        if as_id(person) in self._met - self._weighed:
            self._source.doubt([as_id(person)], self)
        others = dict.fromkeys((*rivals, *(each.hex() for each in sorted(self._doubts.get(as_id(person), ())))))
        others.pop(person, None)
        return tuple(d for other in others for d in self.allowed(other).directives if refuses(d))

    def born(self, person: str) -> Person | None:
        """What earlier messages told of a person's age; asked of the database only for messages that do not say."""
        members = sorted(self._members.get(as_id(person), ()))
        for identity in members:
            if identity not in self._aged:
                self._aged.add(identity)
                self._source.age(identity, self)
        return next((self._born[each] for each in members if each in self._born), None)

    def episodes(self, person: str, keys: Iterable[Block], also: Iterable[str] = ()) -> tuple[Happened, ...]:
        """What happened to a person in the last weeks, to identities that are about to be theirs, and under these numbers."""
        members = self._members.get(as_id(person), ())
        own = {*members, *(as_id(identity) for identity in also)}
        by_person = [each for identity in own for each in self._happened.get(identity, ())]
        tokens = {token for block in keys for token in self._tokens.wanted(block)}
        found = (*by_person, *(each for token in tokens for each in self._numbered.get(token, ())))
        if not self._rejoined:
            return found
        return tuple(replace(each, episode=self._rejoined.get(each.episode, each.episode)) for each in found)

    def newest(self, part: Block) -> int | None:
        """When a part of a snapshot, or whatever else is remembered as one, had changed as it was told last; None where it never was.

        UTC microseconds.
        """
        told = (each.at for token in self._tokens.wanted(part) for each in self._numbered.get(token, ()))
        return max(told, default=None)

    # --- what the database said

    def seen(self, seen: Seen, name: bytes) -> None:
        """A message stands in the dedupe tables."""
        self._seen[seen.slot, seen.digest][seen.content] = name.hex()

    def found(self, token: bytes, found: Found) -> None:
        """A token leads to an identity."""
        self._found[token][found.identity] = found

    def belongs(self, identity: bytes, person: bytes) -> None:
        """An identity is held to be a person, unless a message of this group has moved it."""
        if identity not in self._person:
            self._move(identity, person)

    def _move(self, identity: bytes, person: bytes) -> None:
        if before := self._person.get(identity):
            self._members[before].discard(identity)
        self._person[identity] = person
        self._members[person].add(identity)

    def changed(self, person: bytes, message: int) -> None:
        """A message changed what may be told of a person."""
        self._changed[person] = message

    def met(self, persons: Iterable[bytes]) -> None:
        """All identities of these persons are known here, with what they allowed."""
        self._met.update(persons)

    def weighed(self, persons: Iterable[bytes]) -> None:
        """Whoever may be one of these persons and said anything is known here."""
        self._weighed.update(persons)

    def doubted(self, person: bytes, identity: bytes) -> None:
        """Whoever an identity is held to be may be this person."""
        self._either(person, self._person[identity])

    def unheard(self, identities: Iterable[bytes]) -> list[bytes]:
        """Those of these identities whose consents were not read yet; they are about to be."""
        found = list(dict.fromkeys(each for each in identities if each not in self._heard))
        self._heard.update(found)
        return found

    def allowed_by(self, identity: bytes, consent: Consent) -> None:
        """A consent that came with an identity: it takes the place of earlier versions, and later ones keep theirs."""
        before = self._allowed.get(identity, ())
        same = [each.directive for each in before if each.token == consent.token]
        kept = [
            each for each in before if each.token != consent.token or not consent.directive.succeeds(each.directive)
        ]
        late = any(each.recency > consent.directive.recency for each in same)
        self._allowed[identity] = kept if late else [*kept, consent]

    def told(self, identity: bytes, events: Iterable[CrisisEvent]) -> bool:
        """A message about an identity; True when it says once and for all how old the person is, or that they died."""
        for event in events:
            body = event.body
            if isinstance(body, Person) and (body.birth_date or body.deceased or body.deceased_at):
                self._born[identity] = body
                return True
            if isinstance(body, Person) and body.age:
                self._born.setdefault(identity, body)
        return False

    def happened(self, identity: bytes, happened: Happened) -> None:
        """Something happened to an identity."""
        self._happened[identity].append(happened)

    def numbered(self, token: bytes, happened: Happened) -> None:
        """Something happened under an incident number."""
        self._numbered[token].append(happened)

    def owners(self) -> list[bytes]:
        """Every identity of every person found."""
        return list(self._person)

    # --- what the next message must see

    def apply(self, command: Keep) -> None:
        """This message will be committed before the next one is planned."""
        plan = command.plan
        seen = self._marks.written(command.partner, plan.message_id, command.body, command.at)
        self.seen(seen, as_id(command.journal))
        owner = as_id(plan.link.identity if plan.link else command.journal)
        if plan.link:
            self._apply_link(plan.link, command.partner)
            if self.told(owner, plan.events):
                self._aged.add(owner)
        consents = named(plan.events, command.journal)
        for name, directive in consents:
            self.allowed_by(owner, Consent(self._tokens.written(name), directive))
        if plan.link and consents:
            self._spread(plan.link)
        if plan.episode:
            self._apply_episode(plan.episode, owner)

    def _apply_link(self, link: Link, partner: str) -> None:
        identity, person = as_id(link.identity), as_id(link.person)
        self._move(identity, person)
        if link.new_person:
            self.met([person])
            self.weighed([person])
        for move in link.moves:
            self._move(as_id(move.identity), as_id(move.after))
            for other in tuple(self._doubts.get(as_id(move.before), ())):
                self._either(other, as_id(move.after))
        for rival in link.rivals:
            self._either(person, as_id(rival))
        if not link.blocks:
            return
        mark = self._tokens.mark(link.said) if link.said else b""
        for token, details in details_of(link.blocks, mark, self._tokens).items():
            before = self._found[token].get(identity)
            known = before.details if before else b""
            self.found(token, Found(identity, partner, known + details))

    def _either(self, one: bytes, other: bytes) -> None:
        self._doubts[one].add(other)
        self._doubts[other].add(one)

    def _spread(self, link: Link) -> None:
        """Somebody said something who may have said nothing before: whoever may be them must know from now on."""
        persons = {as_id(link.person), *(as_id(move.before) for move in link.moves)}
        for _, other in self._source.doubters(persons):
            self._either(other, as_id(link.person))

    def _apply_episode(self, episode: EpisodeEvent, owner: bytes) -> None:
        self.happened(owner, Happened(episode=episode.episode, at=episode.at, by_number=False))
        for other in episode.joins:
            self._rejoined = {old: episode.episode if new == other else new for old, new in self._rejoined.items()}
            self._rejoined[other] = episode.episode
        for block in episode.keys:
            happened = Happened(episode=episode.episode, at=episode.at, by_number=True)
            self.numbered(self._tokens.written(block), happened)
        for part, at in episode.parts:
            self.numbered(self._tokens.written(part), Happened(episode=episode.episode, at=at, by_number=True))
