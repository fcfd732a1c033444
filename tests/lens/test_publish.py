"""A set goes live whole, by one step, and comes back by another."""

from __future__ import annotations

from pathlib import Path

import pytest

import mappings
from adapters.wire.hl7v2_lens import HL7V2
from hub.errors import Conflict, Misconfigured
from hub.lens.publish import Version, activate, history, in_force, publish, rollback, version

HOME = Path(mappings.__file__).parent


def draft(tmp_path: Path, wire: str) -> Path:
    path = tmp_path / "ours.yaml"
    path.write_text(
        f"extends: ehr/hl7v2/set.yaml\nlenses: {{person: {{lines: {{person.ssn: {wire}}}}}}}\n", encoding="utf-8"
    )
    return path


def wire_of(published: Version | None) -> str:
    assert published is not None
    person = next(lens for lens in published.load().lenses if lens.name == "person")
    return next(line.wire for line in person.lines if line.canon == "person.ssn")


def test_nothing_is_in_force_before_the_first(tmp_path: Path) -> None:
    assert in_force(tmp_path) is None
    assert history(tmp_path) == ()


def test_a_version_is_published_then_put_in_force_then_rolled_back(tmp_path: Path) -> None:
    store = tmp_path / "store"

    first, second = (publish(draft(tmp_path, wire), HL7V2, store, HOME) for wire in ("PID-19", "PID-20"))
    assert in_force(store) is None
    activate(store, first.digest)
    activate(store, second.digest, instead_of=first.digest)

    now = in_force(store)
    assert now is not None
    assert wire_of(now) == "PID-20"
    assert rollback(store) == first.digest
    assert wire_of(in_force(store)) == "PID-19"
    assert history(store) == (first.digest,)


def test_each_rollback_goes_one_version_further_back(tmp_path: Path) -> None:
    store = tmp_path / "store"
    versions = [publish(draft(tmp_path, wire), HL7V2, store, HOME) for wire in ("PID-19", "PID-20", "PID-21")]
    for one in versions:
        activate(store, one.digest)

    back = [rollback(store), rollback(store)]

    assert back == [versions[1].digest, versions[0].digest]
    activate(store, versions[2].digest)
    assert history(store) == (versions[0].digest, versions[2].digest)


def test_a_published_version_does_not_follow_the_file(tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = publish(draft(tmp_path, "PID-19"), HL7V2, store, HOME)

    draft(tmp_path, "PID-20")

    assert wire_of(version(store, first.digest)) == "PID-19"


def test_publishing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"

    first, again = (publish(draft(tmp_path, "PID-19"), HL7V2, store, HOME) for _ in range(2))

    assert first == again
    assert len([folder for folder in store.iterdir() if folder.is_dir()]) == 1


def test_a_wrong_set_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="may not go live.*is not a place in an HL7"):
        publish(draft(tmp_path, "nowhere"), HL7V2, tmp_path / "store", HOME)

    assert not (tmp_path / "store").exists()


def test_only_one_of_two_who_activate_at_once_succeeds(tmp_path: Path) -> None:
    store = tmp_path / "store"
    first, second = (publish(draft(tmp_path, wire), HL7V2, store, HOME) for wire in ("PID-19", "PID-20"))
    activate(store, first.digest, instead_of="")

    with pytest.raises(Conflict):
        activate(store, second.digest, instead_of="")


def test_there_must_be_something_to_go_back_to(tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = publish(draft(tmp_path, "PID-19"), HL7V2, store, HOME)
    activate(store, first.digest)

    with pytest.raises(Conflict, match="no earlier version"):
        rollback(store)


def test_a_version_whose_files_were_changed_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = publish(draft(tmp_path, "PID-19"), HL7V2, store, HOME)
    first.path.write_text(first.path.read_text(encoding="utf-8").replace("PID-19", "PID-20"), encoding="utf-8")

    with pytest.raises(Misconfigured, match="were changed"):
        first.load()


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no version abc is published"):
        activate(tmp_path, "abc")
