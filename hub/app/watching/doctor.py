"""The doctor: looks at everything a hub depends on before it matters, and says what to do. It changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec
import pysqlite3.dbapi2 as sqlite

import adapters
from hub.access import tls
from hub.app.formats.admission import admitted
from hub.app.hatch import NAME as HATCH
from hub.app.house import Household, household
from hub.app.keeping.pause import paused
from hub.app.keeping.proofs import belong_together
from hub.app.vault import Vault, opened, signer_file
from hub.app.watching.cji import lacks
from hub.app.watching.sight import Sight, certificates, sight
from hub.errors import HubError
from hub.partners import Partner
from hub.partners import examine as look_at
from hub.settings import Settings
from hub.spans import DAY, SECOND
from hub.store.asking.cosigned import last_at
from hub.store.asking.outbox import Outbox
from hub.store.engine import refuse_flawed

State = Literal["well", "worth a look", "ill"]
_LEAST_FREE: Final = 1024 * 1024 * 1024


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, how it is, and what to do about it."""

    what: str
    state: State
    words: str
    cure: str = ""


def examine(settings: Settings, now: int) -> Iterator[Finding]:
    """Look at everything, as of `now` (UTC microseconds); each part is looked at even where another is ill."""
    yield from _guarded("sqlite", lambda: _sqlite(settings))
    yield from _guarded("places", lambda: _places(settings))
    yield from _guarded("keys", lambda: _keys(settings))
    yield from _profile(settings)
    yield from _guarded("disk", lambda: _disk(settings))
    yield from _guarded("certificate", lambda: _certificate(settings, now))
    known: list[Household] = []
    yield from _guarded("county", lambda: _county(settings, now, known))
    yield from _secrets(settings, known)
    if known:
        yield from _guarded("kit", lambda: _admissions(settings, known[0]))
        yield from _guarded("folders", lambda: _folders(known[0]))
        if (Path(settings.data) / "hub.db").is_file() or settings.database:
            yield from _guarded("store", lambda: _store(settings, known[0], now))


def _guarded(what: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except HubError as problem:
        yield _ill(what, problem)
    except OSError as problem:
        words = f"{problem.filename or 'It'}: it could not be looked at ({problem.strerror or type(problem).__name__})."
        yield Finding(what=what, state="ill", words=words, cure="See that the hub's user may look there.")


def _ill(what: str, problem: HubError) -> Finding:
    place = f"{problem.at}: " if problem.at else ""
    return Finding(what=what, state="ill", words=f"{place}{problem.message}", cure=problem.cure)


def _well(what: str, words: str) -> Finding:
    return Finding(what=what, state="well", words=words)


def _sqlite(settings: Settings) -> Iterator[Finding]:
    if not settings.database:
        refuse_flawed(sqlite.sqlite_version_info)
        yield _well("sqlite", f"SQLite {sqlite.sqlite_version} is free of the bug that can lose commits.")


def _places(settings: Settings) -> Iterator[Finding]:
    data = Path(settings.data)
    if not data.is_dir():
        yield Finding(what="data folder", state="worth a look", words="There is none yet: this hub never ran.")
        return
    if data.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        words = "Others on this machine may look into the data folder."
        yield Finding(what="data folder", state="worth a look", words=words, cure=f"chmod 700 {data}")
    else:
        yield _well("data folder", "Only its owner may look into it.")
    if paused(settings):
        words = "The courier is paused: nothing is delivered."
        yield Finding(what="courier", state="worth a look", words=words, cure="crisis-hub courier resume")
    if (data / HATCH).exists():
        yield _well("hub", "A hub runs on this data folder.")


def _profile(settings: Settings) -> Iterator[Finding]:
    if not settings.cji:
        yield _well("cji", "Criminal history is refused at the door.")
    elif missing := list(lacks(settings)):
        words = f"The CJI profile is not met: {'; '.join(missing)}."
        yield Finding(what="cji", state="ill", words=words, cure="See docs/how-to/cji.md, or leave cji out.")
    else:
        yield _well("cji", "The CJI profile is met: criminal history may be kept.")


def _keys(settings: Settings) -> Iterator[Finding]:
    files = (Path(settings.keys.key_file), Path(settings.keys.keystore), signer_file(settings))
    if missing := [str(path) for path in files if not path.is_file()]:
        words = f"Missing: {', '.join(missing)}."
        yield Finding(what="keys", state="ill", words=words, cure="crisis-hub keys init, or put the copies back.")
        return
    if wide := [str(path) for path in files if path.stat().st_mode & 0o077]:
        words = f"Others may read {', '.join(wide)}."
        yield Finding(what="keys", state="ill", words=words, cure=f"chmod 600 {' '.join(wide)}")
    else:
        yield _well("keys", "Key file, keystore and signing key are there, for their owner alone.")
    data = Path(settings.data)
    if data.is_dir() and files[0].stat().st_dev == data.stat().st_dev:
        words = "The key file lies on the same disk as the data: whoever takes the disk reads everything."
        yield Finding(
            what="key file", state="worth a look", words=words, cure="Put it on another disk, or use a key service."
        )


def _disk(settings: Settings) -> Iterator[Finding]:
    data = Path(settings.data)
    free = shutil.disk_usage(data if data.is_dir() else data.parent).free
    state: State = "well" if free > _LEAST_FREE else "ill"
    yield Finding(
        what="disk",
        state=state,
        words=f"{free // (1024 * 1024)} MB are free.",
        cure="" if free > _LEAST_FREE else "Make room.",
    )


def _certificate(settings: Settings, now: int) -> Iterator[Finding]:
    ours = settings.tls
    for name, at in certificates(ours.certificate).items():
        left = (at - now) // DAY
        if left < settings.alerts.certificate_days:
            yield Finding(what="certificate", state="ill", words=f"{name} expires in {left} days.", cure="Renew it.")
        else:
            yield _well("certificate", f"{name} holds for {left} days.")
    if ours.certificate:
        # Whether the files are there and fit.
        tls.client(Path(ours.certificate), Path(ours.key), Path(ours.authority) if ours.authority else None)


def _county(settings: Settings, now: int, found: list[Household]) -> Iterator[Finding]:
    _, wrong = look_at(Path(settings.county), formats=adapters.found(settings.adapters), at=now)
    yield from (_ill("county", problem) for problem in wrong)
    if wrong:
        return
    known = household(settings, ready=False)
    found.append(known)
    yield _well("county", f"{len(known.county.partners)} partners, {len(known.house.rules.rules)} rules, all sound.")
    for name, (_, ends) in known.county.terms.items():
        if (left := (ends - now) // DAY) < settings.alerts.agreement_days:
            words = f"The agreement with {name} ends in {left} days; then nothing is sent there."
            yield Finding(what="agreement", state="worth a look", words=words, cure="Renew it, and write the new days.")


def _admissions(settings: Settings, known: Household) -> Iterator[Finding]:
    for partner in known.county.partners.values() if known.county.admission == "kit" else ():
        if partner.delivery and not admitted(settings, partner):
            words = f"Nothing is sent to {partner.id}: its present file has not passed the kit."
            yield Finding(what="kit", state="ill", words=words, cure=f"crisis-hub partners kit {partner.id} --admit")


def _secrets(settings: Settings, known: Sequence[Household]) -> Iterator[Finding]:
    """The hub's own, and those of the partners where the county holds; each is looked at, whichever is missing."""
    names = {settings.alerts.smtp_secret, settings.alerts.webhook_secret, settings.console.secret}
    names |= {name for one in known for partner in one.county.partners.values() for name in _named(partner)}
    found = [each for name in sorted(names - {""}) for each in _guarded("secrets", partial(_secret, settings, name))]
    yield from found
    if names - {""} and not found:
        yield _well("secrets", f"{len(names - {''})} are there, for their owner alone.")
    if not (settings.alerts.mail_to or settings.alerts.webhook):
        words = "Alerts reach the log alone."
        yield Finding(what="alerts", state="worth a look", words=words, cure="Write alerts.mail_to or alerts.webhook.")


def _secret(settings: Settings, name: str) -> Iterator[Finding]:
    settings.secret(name)
    yield from ()


def _named(partner: Partner) -> Iterator[str]:
    """The names of the secrets that a partner file speaks of."""
    if partner.delivery:
        yield from (partner.delivery.secret, partner.delivery.signed_with)
    if partner.source:
        yield from (door.secret for door in partner.source.doors)
        yield partner.source.export.secret if partner.source.export else ""


def _folders(known: Household) -> Iterator[Finding]:
    for partner in known.county.partners.values():
        doors = partner.source.doors if partner.source else ()
        paths = [door.path for door in doors if door.kind == "folder"]
        paths += [partner.delivery.path] if partner.delivery and partner.delivery.carrier == "folder" else []
        for path in paths:
            if not Path(path).is_dir() or not os.access(path, os.R_OK | os.W_OK):
                words = f"The folder of {partner.id} is not there, or the hub may not write in it."
                yield Finding(what="folder", state="ill", words=words, cure=f"Make {path} for the hub's user.")


def _store(settings: Settings, known: Household, now: int) -> Iterator[Finding]:
    with opened(settings, writing=False) as vault:
        belong_together(vault)
        seen = sight(known, vault, Outbox(vault.database, vault.keys, vault.origin), now)
        yield _well(
            "store", f"{seen.pulse.messages} messages, {seen.pulse.leaves} leaves, {seen.pulse.attempts} attempts."
        )
        yield from _waiting(seen)
        yield from _witnesses(vault, seen)


def _waiting(seen: Sight) -> Iterator[Finding]:
    parked = seen.pulse.parked_messages + sum(depth.parked for depth in seen.depths.values())
    if parked:
        yield Finding(what="parked", state="worth a look", words=f"{parked} wait for a person.", cure="crisis-hub dead")
    for name in seen.depths:
        if (lag := seen.lag_s(name)) > 3600:
            words = f"{name} has had nothing for {lag // 3600:.0f} h that was due."
            yield Finding(what="delivery", state="worth a look", words=words, cure="Ask there; see crisis-hub dead.")


def _witnesses(vault: Vault, seen: Sight) -> Iterator[Finding]:
    with vault.database.read() as connection:
        newest = last_at(connection)
    if not newest:
        words = "Nobody outside witnesses the ledger: an administrator who rewrites all of it is not found out."
        yield Finding(
            what="witness",
            state="worth a look",
            words=words,
            cure="crisis-hub ledger witness; or give checkpoints away.",
        )
    elif seen.at - newest > 7 * DAY:
        words = f"No witness has signed for {(seen.at - newest) // DAY} days."
        yield Finding(what="witness", state="worth a look", words=words, cure="crisis-hub ledger witness")
    else:
        yield _well("witness", f"A witness signed {(seen.at - newest) // (3600 * SECOND)} hours ago.")
