"""A leaf commits and never tells."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.canonical import canonical, parse_canonical
from hub.tlog.leaf import Leaf, Opening, check_opening, commit, field_salts, make_leaf, open_leaf

AT = 1_773_604_800_000_000
SECRET = bytes(range(32))
FIELDS = {"partner": b"st-mary", "subject": b"P-7Q4K", "purpose": b"treatment", "outcome": b""}
SALTS = field_salts(SECRET, ["kind", *FIELDS])
LEAF = make_leaf("attempt", AT, FIELDS, SALTS)

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,22}", fullmatch=True).filter(lambda name: name != "kind")
MAPPINGS = st.dictionaries(NAMES, st.binary(max_size=60), max_size=12)


def opening(*show: str) -> Opening:
    return open_leaf("attempt", AT, FIELDS, SALTS, show=show)


@given(
    kind=st.text(max_size=30),
    fields=MAPPINGS,
    secret=st.binary(min_size=32, max_size=32),
    at=st.integers(10**15, 2**53 - 1),
)
def test_all_leaves_are_of_one_size_and_form(kind: str, fields: dict[str, bytes], secret: bytes, at: int) -> None:
    leaf = make_leaf(kind, at, fields, field_salts(secret, ["kind", *fields]))

    assert len(leaf) == 106
    assert canonical(parse_canonical(leaf)) == leaf
    assert Leaf.parse(leaf).at == at
    assert bytes(Leaf.parse(leaf)) == leaf


@given(kind=st.text(max_size=30), fields=MAPPINGS, data=st.data())
def test_a_field_opens_to_what_was_committed(kind: str, fields: dict[str, bytes], data: st.DataObject) -> None:
    salts = field_salts(SECRET, ["kind", *fields])
    values = {"kind": kind.encode(), **fields}
    show = data.draw(st.sets(st.sampled_from(sorted(values))))

    opened = open_leaf(kind, AT, fields, salts, show=show)

    assert opened.leaf == make_leaf(kind, AT, fields, salts)
    assert check_opening(opened.leaf, Opening.parse(bytes(opened))) == {name: values[name] for name in show}


def test_a_leaf_tells_nothing_but_its_time() -> None:
    told = json.loads(LEAF)

    assert told.pop("at") == AT
    assert told.pop("v") == 1
    assert set(told) == {"commits"}
    for value in (b"attempt", b"st-mary", b"P-7Q4K", b"treatment", *(name.encode() for name in FIELDS)):
        assert value not in LEAF


def test_the_same_facts_under_other_salts_make_another_leaf() -> None:
    assert make_leaf("attempt", AT, FIELDS, field_salts(bytes(32), SALTS)) != LEAF


def test_an_opening_carries_no_salt_and_no_value_of_what_it_hides() -> None:
    raw = bytes(opening("purpose", "kind"))

    for name in ("partner", "subject", "outcome"):
        assert SALTS[name].hex().encode() not in raw
    assert b"P-7Q4K" not in raw
    assert "treatment" not in repr(opening("purpose"))


def test_a_salt_opens_one_field_and_is_no_key_to_another() -> None:
    assert len(set(SALTS.values())) == len(SALTS)
    assert SALTS["kind"] == sha256(SECRET + b"kind").digest()


@given(MAPPINGS.filter(bool), st.data())
def test_any_other_value_makes_another_leaf(fields: dict[str, bytes], data: st.DataObject) -> None:
    salts = field_salts(SECRET, ["kind", *fields])
    name = data.draw(st.sampled_from(sorted(fields)))
    other = data.draw(st.binary(max_size=60).filter(lambda value: value != fields[name]))

    assert make_leaf("kind", AT, fields | {name: other}, salts) != make_leaf("kind", AT, fields, salts)


def test_a_field_cannot_be_opened_to_another_value() -> None:
    honest = opening("purpose")
    salt, _ = honest.shown["purpose"]
    for name, shown in {
        "purpose": (salt, b"marketing"),
        "partner": (salt, b"treatment"),
        "absent": (salt, b"treatment"),
    }.items():
        lie = Opening(at=honest.at, commits=honest.commits, shown={name: shown})
        with pytest.raises(ProofFailed, match=f"does not commit to this value of {name}"):
            check_opening(LEAF, lie)


def test_a_byte_cannot_wander_between_salt_and_value() -> None:
    honest = opening("purpose")
    salt, value = honest.shown["purpose"]
    lie = Opening(at=honest.at, commits=honest.commits, shown={"purpose": (salt + value[:1], value[1:])})

    with pytest.raises(ProofFailed, match="a salt is 32 bytes long"):
        check_opening(LEAF, lie)


def test_commitments_of_another_leaf_are_refused() -> None:
    honest = opening("purpose")
    renamed = {("partner_" if name == "partner" else name): each for name, each in honest.commits.items()}
    fewer = {name: each for name, each in honest.commits.items() if name != "partner"}
    for at, commits in ((AT + 1, honest.commits), (AT, renamed), (AT, fewer)):
        with pytest.raises(ProofFailed, match="not those of this leaf"):
            check_opening(LEAF, Opening(at=at, commits=commits, shown={}))


@pytest.mark.parametrize("name", ["", "Kind", "1st", "a b", "a\n", "é", "x" * 24, "a-b"])
def test_a_name_that_could_stand_for_two_is_refused(name: str) -> None:
    with pytest.raises(ProofFailed, match="a field is named"):
        field_salts(SECRET, [name])
    with pytest.raises(ProofFailed, match="a field is named"):
        make_leaf("attempt", AT, {name: b""}, {"kind": bytes(32), name: bytes(32)})


def test_what_would_not_hide_is_not_made() -> None:
    for salts in (SALTS | {"kind": bytes(16)}, {}):
        with pytest.raises(ProofFailed, match="32 bytes"):
            make_leaf("attempt", AT, FIELDS, salts)
    with pytest.raises(ProofFailed, match="32 bytes"):
        field_salts(bytes(31), ["kind"])
    with pytest.raises(ProofFailed, match="32 bytes"):
        commit(bytes(31), b"")


def test_a_missing_salt_is_named() -> None:
    with pytest.raises(ProofFailed, match="'subject'"):
        make_leaf("attempt", AT, FIELDS, {name: salt for name, salt in SALTS.items() if name != "subject"})
    with pytest.raises(ProofFailed, match="'nothing'"):
        opening("nothing")


@pytest.mark.parametrize("at", [0, -1, 10**15 - 1, 2**53, AT // 1000, AT * 1000])
def test_a_time_that_would_change_the_size_is_refused(at: int) -> None:
    with pytest.raises(ProofFailed, match="UTC microseconds"):
        make_leaf("attempt", at, FIELDS, SALTS)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        LEAF + b"\n",
        LEAF.replace(b'"v":1', b'"v":2'),
        LEAF.replace(b'"v":1', b'"v":true'),
        LEAF.replace(b":", b": ", 1),
        LEAF.upper(),
        LEAF.replace(b'"at":1', b'"at":0'),
        LEAF.replace(b'"at":1', b'"at":9'),
    ],
)
def test_what_is_not_exactly_a_leaf_is_refused(raw: bytes) -> None:
    with pytest.raises(ProofFailed):
        Leaf.parse(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b'{"at":1,"commits":{},"more":1,"shown":{}}',
        b'{"at":"1","commits":{},"shown":{}}',
        b'{"at":1,"commits":[],"shown":{}}',
        b'{"at":1,"commits":{"kind":"00"},"shown":{}}',
        b'{"at":1,"commits":{"kind":7},"shown":{}}',
        b'{"at":1,"commits":{},"shown":{"kind":"x"}}',
        b'{"at":1,"commits":{},"shown":{"kind":{"salt":"00","value":""}}}',
        b'{"at":1,"commits":{},"shown":{"kind":{"salt":"' + b"0" * 64 + b'","value":7}}}',
    ],
)
def test_what_is_not_exactly_an_opening_is_refused(raw: bytes) -> None:
    with pytest.raises(ProofFailed):
        Opening.parse(raw)


def test_the_form_of_a_leaf_does_not_drift() -> None:
    # Made once and written down: leaves of years ago must still open.
    assert (
        LEAF
        == b'{"at":1773604800000000,"commits":"f129a06965d36384bb97f7bcc279035a5b83bc9d886ba15f18d6077425513796","v":1}'
    )
