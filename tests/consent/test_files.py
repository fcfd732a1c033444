"""A wrong file stops start-up, naming file, line and the nearest thing that exists; nothing is half-loaded."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.engine import HERE, RuleSet
from consent.obligation import obligations
from consent.rulefile import load_rules
from consent.view import load_views
from consent.vocabulary import vocabulary
from hub.errors import Misconfigured
from hub.located import load, parse
from hub.model.registry import BIT, branch
from tests.consent.asking import rules

VIEW = """
seen:
  version: "1"
  words: some identity
  categories: [IDENT]
  paths: [person.names, person.sex]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rules, views and vocabulary of the house."""
    for name in ("rules", "views"):
        shutil.copytree(HERE / name, tmp_path / name)
    shutil.copy(HERE / "vocabulary.yaml", tmp_path)
    return tmp_path


WRONG_RULES = [
    (
        "view: clinical_full",
        "view: clinical_ful",
        r'hipaa.yaml line \d+: "clinical_ful" is not known as view. Did you mean "clinical_full"',
    ),
    (
        "purpose: [care]",
        "purpose: [cares]",
        r'hipaa.yaml line \d+: "cares" is not a value of purpose. Did you mean "care"',
    ),
    (
        "recipient: [providers]",
        "recipients: [providers]",
        r'hipaa.yaml line \d+: no dimension "recipients". Did you mean "recipient"',
    ),
    ("effect: permit", "effect: permitt", r'hipaa.yaml line \d+: "permitt" is not one of these. Did you mean "permit"'),
    ("obligations: [ACCEPTANCE_RECORD]", "obligations: [ACCEPTANCE]", r'"ACCEPTANCE" is not known as obligations'),
    ("effective: 2003-04-14", "effective: yesterday", r"hipaa.yaml line \d+: .*date"),
    (
        "effective: 2003-04-14",
        "effective: 2003-04-14\n    until: 2002-01-01",
        r"hipaa.yaml line \d+: .* ends before it begins",
    ),
    ("    version: 1\n", "", r'hipaa.yaml line 6: "version" is missing'),
    (
        "    citation: 45",
        "    citaton: 45",
        r'hipaa.yaml line \d+: "citaton" is not a key here. Did you mean "citation"',
    ),
    (
        "{recipient: BH_PROVIDER, purpose: TREAT}",
        "{recipient: BH_PROVIDR, purpose: TREAT}",
        r'"BH_PROVIDR" is not a value of recipient. Did you mean "BH_PROVIDER"',
    ),
    (
        "regimes: [HIPAA]",
        "regimes: [HIPPA]",
        r'hipaa.yaml line 3: "HIPPA" is not a value of regime. Did you mean "HIPAA"',
    ),
    ("id: hipaa.transfer", "id: hipaa.treat", r'rule "hipaa.treat" stands in hipaa.yaml too'),
    ("title: HIPAA", "title: HIPAA\ntitle: HIPAA", r'hipaa.yaml line \d+: "title" stands here and in line 1'),
    ("title: HIPAA", "title: [HIPAA", r"hipaa.yaml line \d+"),
    ("rules:\n", "rulez:\n", r'"rulez" is not a key here. Did you mean "rules"'),
]


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG_RULES, ids=[w[:30] for _, w, _ in WRONG_RULES])
def test_a_wrong_rule_is_refused_with_its_place_and_cure(folder: Path, right: str, wrong: str, said: str) -> None:
    file = folder / "rules" / "hipaa.yaml"
    text = file.read_text(encoding="utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")

    with pytest.raises(Misconfigured, match=said):
        RuleSet.load(folder)


def test_a_rule_without_cases_is_not_loaded(folder: Path) -> None:
    bare = folder / "rules" / "zz.yaml"
    bare.write_text(
        "title: t\nabout: a\nregimes: [OPEN]\nrules:\n"
        "  - {id: zz.new, version: 1, effective: 2024-01-01, effect: permit,\n"
        "     when: {category: [BED]}, view: bed_only, citation: c, words: w}\n",
        encoding="utf-8",
    )

    with pytest.raises(Misconfigured, match=r'zz.yaml line 5: "cases" is missing'):
        RuleSet.load(folder)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("person.sex", "person.sexx", r'v.yaml line 6: "person.sexx" is not a path of the model. Did you mean "person.sex"'),
        ("person.sex", "condition.code", r'v.yaml line 6: nothing at "condition.code" has a category of this view'),
        ("[IDENT]", "[IDENTITY]", r'"IDENTITY" is not a value of category'),
        ("  words: some identity\n", "", r'v.yaml line \d+: "words" is missing'),
        ("version:", "versions:", r'v.yaml line 3: "versions" is not a key here. Did you mean "version"'),
    ],
)  # fmt: skip
def test_a_wrong_view_is_refused_with_its_place_and_cure(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    (tmp_path / "v.yaml").write_text(VIEW.replace(right, wrong), encoding="utf-8")

    with pytest.raises(Misconfigured, match=said):
        load_views(tmp_path, vocabulary())


def test_a_leaf_that_no_view_lists_stays_out_even_of_the_category(tmp_path: Path) -> None:
    """A leaf added to the model tomorrow is shown by no view that names leaves: the view lists what it shows."""
    (tmp_path / "v.yaml").write_text(VIEW, encoding="utf-8")

    (view,) = load_views(tmp_path, vocabulary()).values()

    assert view.bits == branch("person.names") | branch("person.sex")
    assert not view.bits & BIT["person.ssn"]


WHOLE_BODIES = {
    "clinical_full",
    "patient_access",
    "oversight",
    "received",
    "as_consented",
    "as_ordered",
    "notes_consented",
}


def test_views_for_people_who_do_not_treat_name_leaves_and_small_values_only() -> None:
    """Whoever adds a leaf to a body must then decide for each of these views."""
    small = {
        "names",
        "addresses",
        "telecoms",
        "place",
        "callback",
        "meeting_point",
        "related",
        "name",
        "based_on",
        "identifiers",
    }
    said: dict[str, dict[str, list[str]]] = {}
    for path in sorted((HERE / "views").glob("*.yaml")):
        said |= load(path).data
    reach_police = {name for rule in rules().rules if "LE" in rule.when.get("recipient", ()) for name in rule.views}

    broad = {
        (name, path)
        for name in reach_police - WHOLE_BODIES - {"own_records", "le_records", "bed_only", "directory", "notice"}
        for path in said[name]["paths"]
        if path not in BIT and path.split(".")[-1] not in small
    }

    assert broad == set()


@given(st.text(alphabet="abc:[]{}-,\n \"'#&*!|>%@`", max_size=60))
def test_no_text_at_all_is_half_loaded(text: str) -> None:
    """Whatever stands in a file: it is refused by name, or it is plain data for the loaders to check."""
    data, refused = read(text)

    assert refused.startswith("fuzz.yaml line ") if refused else isinstance(data, str | list | dict | int | bool | None)


def read(text: str) -> tuple[object, str]:
    try:
        return parse(text, "fuzz.yaml").data, ""
    except Misconfigured as wrong:
        return None, str(wrong)


JUNK = st.sampled_from(
    [None, 7, "x", "", [], {}, [1], [None], {"a": 1}, {"except": 3}, True, 2.5, ["UNKNOWN"], "UNKNOWN"]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_with_anything_anywhere_is_loaded_whole_or_refused_by_name(tmp_path: Path, data: st.DataObject) -> None:
    plain = load(HERE / "rules" / "vawa.yaml").data
    place, value = data.draw(st.sampled_from(_places(plain))), data.draw(JUNK)
    target = plain
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    (tmp_path / "vawa.yaml").write_text(yaml.safe_dump(plain), encoding="utf-8")

    try:
        load_rules(tmp_path, vocabulary(), frozenset(rules().views), frozenset(obligations()))
    except Misconfigured as wrong:
        refused = str(wrong)
    else:
        refused = "vawa.yaml"
    assert refused.startswith("vawa.yaml")


def _places(data: object, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in inner for place in [(*here, key), *_places(value, (*here, key))]]


@pytest.mark.parametrize("text", ["", "7", "[]", "{}", "rules: []", "title: t\nabout: a\nregimes: [OPEN]\nrules: [7]"])
def test_a_file_that_is_no_rule_file_is_refused(folder: Path, text: str) -> None:
    (folder / "rules" / "zz.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(Misconfigured, match="zz.yaml"):
        RuleSet.load(folder)


def test_an_empty_folder_is_no_rule_set(folder: Path) -> None:
    shutil.rmtree(folder / "rules")
    (folder / "rules").mkdir()

    with pytest.raises(Misconfigured, match="no rule file"):
        RuleSet.load(folder)
