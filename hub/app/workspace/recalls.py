"""What a partner is asked to stop relying on, on its pages: its people say that they did, and that ends the clock."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from hub import clock
from hub.access.accounts import Known as Somebody
from hub.app.acts.recall import attested
from hub.app.workspace.shelf import Shelves, looked
from hub.app.workspace.writing import Keep
from hub.errors import Lasting
from hub.flow.recall import words
from hub.flow.rooms import AskedBack
from hub.store.asking.recalls import Recalls as Books
from hub.store.asking.recalls import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalls:
    """A partner's recalls. `keep` commits."""

    shelves: Shelves
    keep: Keep

    def listed(self, who: Somebody) -> tuple[AskedBack, ...]:
        """Open ones first, those that are due first on top. Neither says who revoked what. The leaf is durable when this returns."""
        partner = self.shelves.partner(who.account.partner)
        found = [
            AskedBack(
                name=self._name(one), at=one.at, due_at=one.due_at, words=words(partner.agreement), done_at=one.done_at,
                done_by=one.done_by,
            )
            for one in self._standing(who)
        ]  # fmt: skip
        self.keep(looked(partner, who.actor, (), "recalls", clock.now()))
        return tuple(sorted(found, key=lambda one: (bool(one.done_at), one.due_at)))

    def done(self, who: Somebody, name: str) -> None:
        """Somebody's word that the partner stopped relying on it. Raises Lasting where no such recall is open."""
        standing = self._standing(who)
        mine = next((one for one in standing if self._name(one) == name and not one.done_at), None)
        if mine is None:
            raise Lasting("This is not open, or it is not for you.")
        self.keep(*attested(standing, mine.journal, mine.destination, who.actor))

    def _standing(self, who: Somebody) -> list[Standing]:
        vault = self.shelves.vault
        vault.keys.follow()
        with vault.database.read() as connection:
            found = Books(connection, vault.keys, vault.origin).standing()
        return sorted((one for one in found if one.destination == who.account.partner), key=attrgetter("at"))

    def _name(self, one: Standing) -> str:
        return self.shelves.names.message(one.destination, f"page/{one.journal}")
