"""The ways by which alerts reach people, from the settings: mail, webhook, both, or the log alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from hub.app.watching.alerts import Channel, Told
from hub.carriers.telling import Hook, Mailer
from hub.errors import Misconfigured
from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class ByMail:
    """An alert as a mail."""

    mailer: Mailer

    async def tell(self, told: Told) -> None:
        """Send it; the subject says what, about whom, and whether it begins or ends."""
        await self.mailer.mail(f"[crisis-hub] {told.state}: {told.kind} {told.about}", f"{told.words}\n")


@dataclass(frozen=True, slots=True)
class ByHook:
    """An alert as a signed webhook."""

    hook: Hook

    async def tell(self, told: Told) -> None:
        """Post it under an id of its own: the same word twice has the same id."""
        await self.hook.post(f"{told.kind}.{told.about}.{told.since}.{told.state}", msgspec.json.encode(told))


def channels(settings: Settings) -> Iterator[Channel]:
    """The channels that the settings name. Raises Misconfigured for a secret that is not there."""
    knobs = settings.alerts
    if knobs.mail_to:
        yield ByMail(mailer(settings, knobs.mail_to))
    if knobs.webhook:
        yield ByHook(Hook(url=knobs.webhook, secret=settings.secret(knobs.webhook_secret)))


def mailer(settings: Settings, to: tuple[str, ...]) -> Mailer:
    """Mails to these, by the server that the settings name. Raises Misconfigured for a secret or a sender that is not there."""
    knobs = settings.alerts
    if not knobs.mail_from:
        raise Misconfigured("Who sends the mails?", at="alerts", cure="Write mail_from:.")
    return Mailer(
        host=knobs.smtp_host,
        port=knobs.smtp_port,
        sender=knobs.mail_from,
        to=to,
        user=knobs.smtp_user,
        secret=settings.secret(knobs.smtp_secret) if knobs.smtp_secret else "",
        tls=knobs.smtp_tls,
    )
