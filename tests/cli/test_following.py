"""A running hub takes up what two people put in force: at its instant, as a whole, and nothing where it cannot."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from consent.engine import HERE, RuleSet
from consent.succession import Succession, nothing, succession
from hub import clock
from hub.app.house import Household, household
from hub.app.rules import activation
from hub.app.rules.following import LEAD, Following
from hub.app.rules.rulesets import BEFORE_ALL
from hub.errors import HubError
from hub.settings import Settings, load
from hub.spans import SECOND
from tests.cli.conftest import County
from tests.consent.altered import changed
from tests.consent.asking import AS_OF, ask, rules

TREAT = "view: clinical_full\n    citation: 45 CFR 164.506(c)(2), 164.502(b)(2)(i)"
LESS = changed("hipaa.treat", citation="Another citation of the same law.")
ED = ask(("person", "condition"), recipient="HOSP_ED", purpose="TREAT")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The rules of the house, with another citation."""
    folder = tmp_path / "draft"
    for part in ("rules", "views"):
        shutil.copytree(HERE / part, folder / part)
    shutil.copy(HERE / "vocabulary.yaml", folder)
    file = folder / "rules" / "hipaa.yaml"
    text = file.read_text(encoding="utf-8")
    assert TREAT in text
    file.write_text(text.replace(TREAT, f"{TREAT}; a draft"), encoding="utf-8")
    return folder


def taken(settings: Settings, draft: Path, *, since: int = 0) -> int:
    step = activation.ready(settings, str(draft), since=since, by=("jo", "kim"), reason="a draft")
    return asyncio.run(activation.take(settings, step)).since


def look(known: Household, settings: Settings, now: int, after: Following | None = None) -> Following:
    found = after or Following(settings=settings, known=known)
    asyncio.run(found.look(now))
    return found


def cites(known: Household, at: int) -> bool:
    """Whether the draft is in force at an instant."""
    return any("a draft" in rule.citation for rule in known.house.rules.at(at).compiled.rules)


def test_processes_turn_at_the_same_instant_and_turn_back(own: County, draft: Path) -> None:
    settings = load(own.config)
    desk, front = household(settings, ready=False), household(settings, ready=False)
    since = taken(settings, draft, since=clock.now() + 60 * SECOND)

    followers = [look(each, settings, clock.now()) for each in (desk, front)]

    assert [cites(each, at) for each in (desk, front) for at in (since - 1, since)] == [False, True] * 2
    before, present = desk.house.rules.hash, RuleSet.load(draft).hash
    for each, known in zip(followers, (desk, front), strict=True):
        look(known, settings, since + 1, each)
    assert [known.house.rules.hash for known in (desk, front)] == [present, present] != [before, before]

    back = asyncio.run(activation.roll_back(settings, by="jo", reason="it was wrong"))
    for each, known in zip(followers, (desk, front), strict=True):
        look(known, settings, since + 1, each)
    assert [cites(known, back.since) for known in (desk, front)] == [False, False]


def test_nothing_is_done_while_nothing_changed(own: County, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(own.config)
    known = household(settings, ready=False)
    monkeypatch.setattr("hub.app.rules.following.proved", lambda *_: pytest.fail("proved again"))

    look(known, settings, clock.now(), look(known, settings, clock.now()))


def test_rules_that_cannot_be_read_let_nothing_through_from_their_instant(own: County, draft: Path) -> None:
    settings = load(own.config)
    known = household(settings, ready=False)
    since = taken(settings, draft, since=clock.now() + 60 * SECOND)
    shutil.rmtree(Path(settings.data) / "rules" / RuleSet.load(draft).hash)

    follower = Following(settings=settings, known=known)
    for _ in range(2):
        with pytest.raises(HubError):
            look(known, settings, clock.now(), follower)

    assert known.house.rules.at(since - 1).compiled.rules
    assert known.house.rules.at(since).compiled.rules == ()


def test_a_step_of_a_running_hub_begins_after_everybody_read_of_it(
    own: County, draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(own.config)
    assert taken(settings, draft) <= clock.now()

    class Running:
        async def __aenter__(self) -> tuple[None, bool]:
            return None, True

        async def __aexit__(self, *_: object) -> None:
            return None

    async def kept(*_: object) -> None:
        return None

    monkeypatch.setattr(activation, "writer", lambda _: Running())
    monkeypatch.setattr(activation, "carry_out", kept)
    now = clock.now()
    assert asyncio.run(activation.roll_back(settings, by="jo", reason="again")).since >= now + LEAD


def test_whoever_holds_the_rules_holds_the_new_ones_in_one_step() -> None:
    held = succession([(BEFORE_ALL, rules())], AS_OF)
    epoch = held.at(AS_OF)

    held.renew(Succession([(BEFORE_ALL, rules()), (AS_OF + 1, nothing(rules()))], AS_OF))

    assert held.at(AS_OF) is epoch
    assert held.decide(ED).permits
    assert held.decide(ED).valid_until == AS_OF + 1
    assert held.hash == rules().hash
    assert held.named(LESS.hash) is None
