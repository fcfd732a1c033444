"""A state's overlay counts as counsel signed it: each thing altered in it, or in the signature, refuses start-up."""

from __future__ import annotations

import msgspec
import pytest

from consent.overlay import NOBODY, SignOff, digest, require_signed, signed, text
from examples.county import overlay
from hub.errors import Misconfigured
from hub.tlog.notes import SignerKey
from tests.consent.altered import changed, dropped
from tests.consent.asking import rules

COUNSEL = SignerKey.from_seed("counsel.example/ca", bytes(range(32)))
STRANGER = SignerKey.from_seed("counsel.example/ca", bytes(32))
WHO, DAY = "R. Okafor, county counsel", "2026-11-20"
WORD = SignOff(
    state="CA",
    counsel=WHO,
    signed_on=DAY,
    key=str(COUNSEL.verifier),
    signatures=(signed(rules(), "CA", WHO, DAY, COUNSEL),),
)


def test_what_counsel_signed_is_let_in() -> None:
    require_signed(rules(), WORD)


def test_the_demo_county_is_signed_as_it_stands() -> None:
    found = overlay()

    assert found["key"] == str(NOBODY.verifier)
    assert found["signatures"] == [signed(rules(), "DEMO", found["counsel"], found["signed_on"], NOBODY)]
    require_signed(rules(), msgspec.convert(found, SignOff))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "TX"},
        {"counsel": "somebody else"},
        {"signed_on": "2026-11-21"},
        {"key": str(STRANGER.verifier)},
        {"signatures": ()},
        {"signatures": ("no signature",)},
        {"signatures": (signed(rules(), "CA", WHO, DAY, STRANGER),)},
        {"signatures": (signed(rules(), "TX", WHO, DAY, COUNSEL),)},
        {"signatures": (WORD.signatures[0][:-4] + "AAA=",)},
    ],
    ids=lambda change: f"{next(iter(change))}",
)
def test_nothing_about_a_signature_can_be_altered(change: dict[str, object]) -> None:
    with pytest.raises(
        Misconfigured, match=r"county\.yaml, overlay of (CA|TX): Counsel did not sign .*policy overlay STATE"
    ):
        require_signed(rules(), msgspec.structs.replace(WORD, **change))


@pytest.mark.parametrize(
    "altered",
    [
        dropped("ca.no.police"),
        changed("ca.no.police", words="Other words that say the same."),
        changed("ca.no.police", effective=0),
        changed("ca.duty.warn", tell=("LE",)),
    ],
    ids=["gone", "words", "date", "tell"],
)
def test_nothing_in_an_overlay_can_be_altered(altered: object) -> None:
    with pytest.raises(Misconfigured, match="did not sign the overlay of CA as it stands"):
        require_signed(altered, WORD)  # type: ignore[arg-type]  # rule sets, as the tests make them


def test_other_rules_and_their_cases_do_not_touch_it() -> None:
    other = changed("hipaa.treat", words="Other words for another rule altogether.")

    assert digest(other, "CA") == digest(changed("ca.no.police", cases=()), "CA") == digest(rules(), "CA")


def test_the_signature_before_an_upgrade_may_stand_beside_the_one_after() -> None:
    after = changed("ca.no.police", words="Other words that say the same.")
    both = (*WORD.signatures, signed(after, "CA", WHO, DAY, COUNSEL))

    for one in (rules(), after):
        require_signed(one, msgspec.structs.replace(WORD, signatures=both))


def test_the_key_of_nobody_is_for_the_fiction_alone() -> None:
    line = signed(rules(), "CA", WHO, DAY, NOBODY)
    forged = msgspec.structs.replace(WORD, key=str(NOBODY.verifier), signatures=(line,))

    with pytest.raises(Misconfigured, match="Anybody can sign with this key"):
        require_signed(rules(), forged)


@pytest.mark.parametrize("key", ["", "counsel", "counsel+12345678+AAAA", str(COUNSEL.verifier)[:-2]])
def test_a_key_that_cannot_be_read_is_refused_in_words(key: str) -> None:
    with pytest.raises(Misconfigured, match="The key of counsel cannot be read"):
        require_signed(rules(), msgspec.structs.replace(WORD, key=key))


def test_an_overlay_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Misconfigured, match=r"rules/state-wy\.yaml: the overlay of state WY does not exist"):
        text(rules(), "WY", WHO, DAY)
