"""The rows of recalls: a notice and what it is about, what was heeded, what somebody attests to."""

from __future__ import annotations

from hub.errors import Conflict
from hub.model.commands import Attest, Heed, Recall
from hub.store import schema
from hub.store.ids import as_id
from hub.store.result import Result
from hub.store.writing.group import Group
from hub.store.writing.keep import keep


def recall(group: Group, command: Recall) -> Result:
    """A notice, or a task where none can be sent, and a row for every delivery it is about. A delivery is recalled once."""
    for outbox in command.deliveries:
        if outbox in group.known.recalls or outbox in group.recalled:
            raise Conflict("It was recalled already.", at=f"delivery {outbox}")
    kept = keep(group, command.keep) if command.keep else Result()
    leaf = group.record(command.entry, as_id(command.entry.subject))
    if command.task:
        group.task(command.task, as_id(command.entry.subject), command.at, leaf=leaf)
    (notice,) = kept.deliveries or (0,)
    for outbox in command.deliveries:
        group.recalled.add(outbox)
        group.add(schema.recall, outbox, command.at, notice, command.due_at, leaf, 0, "")
    return Result(seq=kept.seq, leaf=leaf, deliveries=kept.deliveries)


def heed(group: Group, command: Heed) -> Result:
    """Up to this change, what was sent about a person was looked at again.

    A link judged by a person counts as the message to come: until that one is here, its number may mean another change.
    """
    group.heeded[as_id(command.person)] = min(command.changed, group.last[schema.message])
    return Result()


def attest(group: Group, command: Attest) -> Result:
    """A recall is seen to, with everything else that was recalled by the same notice or task."""
    row = group.known.recalls.get(command.outbox)
    if row is None:
        raise Conflict("This delivery was not recalled.", at=f"delivery {command.outbox}")
    if row.done_at or row.leaf in group.attested:
        raise Conflict("It was attested to already.", at=f"delivery {command.outbox}")
    group.attested[row.leaf] = (command.at, command.actor)
    return Result(seq=command.outbox, leaf=group.record(command.entry, row.identity))
