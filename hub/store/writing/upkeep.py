"""The rows by which a hub is operated: alerts, overdue deliveries, suspensions, used assertions, cosignatures."""

from __future__ import annotations

from msgspec.structs import replace

from hub.errors import Conflict
from hub.model.commands import Alert, Cosign, Once, Overdue, Suspend
from hub.store import schema
from hub.store.ids import as_id
from hub.store.living import Living
from hub.store.result import Result
from hub.store.writing.group import Group


def overdue(group: Group, command: Overdue) -> Result:
    """That a delivery missed its deadline: one leaf, and a task for whoever must look."""
    row = group.known.deliveries.get(command.outbox)
    if row is None:
        raise Conflict("There is no such delivery.", at=f"delivery {command.outbox}")
    if command.outbox in group.known.overdue:
        raise Conflict("A person was told already.", at=f"delivery {command.outbox}")
    leaf = group.record(command.entry, row.identity)
    group.task(command.task, row.identity, command.at, leaf=leaf)
    group.add(schema.overdue, command.outbox, command.at, leaf)
    return Result(seq=command.outbox, leaf=leaf)


def alert(group: Group, command: Alert) -> Result:
    """A condition begins or ends, or word of it left. One that is open already stays as it is."""
    here = (command.kind, command.about)
    if command.what == "told":
        found = group.alerts.get((*here, command.opened_at))
        changed = found and replace(found, told_at=command.at, told_closed_at=command.at if found.closed_at else 0)
    else:
        found = next((a for a in group.alerts.values() if (a.kind, a.about) == here and not a.closed_at), None)
        if command.what == "open":
            changed = None if found else Living(kind=command.kind, about=command.about, opened_at=command.at)
        else:
            changed = found and replace(found, closed_at=command.at)
    if changed is None and command.what != "open":
        raise Conflict("There is no such alert.", at=" ".join(here))
    if changed is not None:
        group.alerts[changed.key] = changed
    return Result()


def suspend(group: Group, command: Suspend) -> Result:
    """One leaf, and a row for each source identity."""
    leaf = group.record(command.entry, as_id(command.identities[0]))
    for identity in command.identities:
        group.add(schema.suspension, leaf, as_id(identity), command.partner, command.at, command.ends)
    return Result(leaf=leaf)


def once(group: Group, command: Once) -> Result:
    """That an assertion was used. Within one group, too, it is used once."""
    if command.digest in group.used:
        raise Conflict("This assertion was used before.")
    group.used.add(command.digest)
    group.add(schema.jti, command.digest, command.expires)
    return Result()


def cosign(group: Group, command: Cosign) -> Result:
    """What a witness signed; its last word about a size stands."""
    group.cosignatures[command.size, command.witness] = (command.at, command.line)
    return Result()
