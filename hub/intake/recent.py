"""Who was planned since a reader looked: the reader could not see them yet, so the writer adds them to what it saw."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from hub.intake.piece import Sight
from hub.model.plan import Block, Candidate, Link, Sighting

Index = dict[Block, dict[str, Candidate]]


@dataclass(slots=True)
class Recent:
    """Identities that came or changed, by the blocks under which they stand, group by group. For the writer's thread.

    `turn` counts the groups that were committed: a reader that begins now sees them all.
    """

    turn: int = 0
    _groups: deque[tuple[int, Index]] = field(default_factory=deque)
    _planned: Index = field(default_factory=lambda: defaultdict(dict))

    def planned(self, link: Link, partner: str) -> None:
        """This is about to be committed with the group."""
        if link.traits is None:
            return
        found = Candidate(identity=link.identity, person=link.person, partner=partner, traits=link.traits)
        for block in link.blocks:
            self._planned[block][link.identity] = found

    def committed(self, lost: Collection[str] = ()) -> None:
        """The group is in the database, but for these identities."""
        self.turn += 1
        for found in self._planned.values() if lost else ():
            for identity in lost:
                found.pop(identity, None)
        self._groups.append((self.turn, self._planned))
        self._planned = defaultdict(dict)

    def dropped(self) -> None:
        """The group could not be committed."""
        self._planned = defaultdict(dict)

    def forget(self, turn: int) -> None:
        """Whoever looks from now on, and whoever is looking, sees the groups up to this one."""
        while self._groups and self._groups[0][0] <= turn:
            self._groups.popleft()

    def caught_up(self, sight: Sight) -> Sight:
        """What a reader saw, with whoever came or changed until now."""
        if sight.seen is None or sight.turn == self.turn:
            return sight
        return Sight(sight.piece, self.added(sight.seen, sight.piece.wanted.blocks, sight.turn), self.turn)

    def added(self, seen: Sighting, blocks: Iterable[Block], turn: int) -> Sighting:
        """What a reader saw at a turn, with whoever came or changed since."""
        late = [index for at, index in self._groups if at > turn]
        if self._planned:
            late.append(self._planned)
        if not late:
            return seen
        candidates = {each.identity: each for each in seen.candidates}
        for block in blocks:
            for index in late:
                for identity, found in index.get(block, _NOBODY).items():
                    before = candidates.get(identity, found)
                    names = tuple(dict.fromkeys((*before.blocks, block.name)))
                    strong = before.strong or block.strong
                    candidates[identity] = replace(found, blocks=names, strong=strong)
        return replace(seen, candidates=tuple(candidates.values()))


_NOBODY: dict[str, Candidate] = {}
