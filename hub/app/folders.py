"""What the hub fetches by itself: folders here and on partners' servers, and subscriptions that it holds."""

from __future__ import annotations

from collections.abc import Iterator

import adapters
from hub.access.callers import Callers
from hub.app.house import Household
from hub.doors.desk import Desk
from hub.doors.drop import DropDoor
from hub.doors.subscription import SubscriptionDoor
from hub.doors.watched import Watched
from hub.settings import Settings


def watched(settings: Settings, known: Household, callers: Callers, desk: Desk) -> Iterator[Watched | SubscriptionDoor]:
    """Every folder that is watched, here and on partners' servers, and every subscription that is held."""
    for feed in callers.feeds:
        yield SubscriptionDoor(feed, settings.secret(feed.secret), desk)
    for folder in callers.folders:
        yield DropDoor(folder, desk, whole=_whole(settings, known, folder.partner))
    for remote in callers.remotes:
        from hub.doors.sftp import SftpDoor  # noqa: PLC0415 - SSH takes long to load, and few partners speak it

        key = settings.secret(remote.secret)
        yield SftpDoor(remote, key, desk, whole=_whole(settings, known, remote.partner))


def _whole(settings: Settings, known: Household, partner: str) -> bool:
    """Whether an archive from a partner is one message: then its format says so."""
    source = known.county.partners[partner].source
    return bool(source and getattr(adapters.found(settings.adapters)[source.format], "whole_archives", False))
