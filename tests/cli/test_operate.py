"""A hub is backed up while it runs, brought back under a new name with its courier paused, and signs with new keys."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import uvloop

from hub.app.keeping import orders
from hub.app.serve import running
from hub.errors import Misconfigured
from hub.settings import load
from hub.store.seal import HUB, KeyFile, Keystore, Order, Use, key_ref
from hub.store.writing.signer import Memory
from tests.cli import county
from tests.cli.conftest import County, ran
from tests.sinks import http_sink


def leaves(place: County) -> int:
    found = place("ledger", "verify", "--json")
    assert found.status == 0, found.aside
    size = found.json["leaves"]
    assert isinstance(size, int)
    return size


def backed_up(place: County, to: Path) -> Path:
    said = place("backup", str(to / "data"), "--keys", str(to / "apart" / "keystore"), "--json")
    assert said.status == 0, said.aside
    return to / "data"


def elsewhere(place: County, to: Path, origin: str = "hub.example/test~2") -> County:
    """A config folder for the same county, with an empty data folder and the keys of before."""
    config = to / "config"
    shutil.copytree(place.config, config)
    shutil.copytree(place.config.parent / "keys", to / "keys")
    said = json.loads((config / "hub.yaml").read_text())
    said["ledger"]["origin"] = origin
    (config / "hub.yaml").write_text(json.dumps(said))
    return County(config=config, delivered=place.delivered, parked=place.parked)


def test_what_was_backed_up_comes_back_whole_under_a_new_name(own: County, tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_text(own("ledger", "checkpoint").out)
    folder = backed_up(own, tmp_path / "backup")
    there = elsewhere(own, tmp_path / "new")

    said = there("restore", str(folder), "--checkpoint", str(tmp_path / "checkpoint"), "--actor", "dana", "--json")

    assert said.status == 0, said.aside
    assert (said.json["lost"], said.json["compared"], said.json["origin"]) == (0, True, "hub.example/test~2")
    assert leaves(there) == leaves(own) + 1
    assert "hub.example/test~2" in there("ledger", "checkpoint").out
    assert there("why", own.delivered, "B1").out == own("why", own.delivered, "B1").out
    assert there("why", own.delivered, "--replay").status == 0


def test_leaves_that_were_signed_after_the_backup_are_counted_as_lost(own: County, tmp_path: Path) -> None:
    folder = backed_up(own, tmp_path / "backup")
    county.takes(own.config, county.message(9, mrn="99", veteran="Y"))
    (tmp_path / "checkpoint").write_text(own("ledger", "checkpoint").out)
    after, there = leaves(own), elsewhere(own, tmp_path / "new")

    said = there("restore", str(folder), "--checkpoint", str(tmp_path / "checkpoint"), "--actor", "dana", "--json")

    assert said.json["lost"] == after - said.json["size"] > 0


def test_a_backup_that_is_not_the_tree_of_the_checkpoint_is_refused(own: County, tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    fork.mkdir()
    for part in ("config", "data", "keys"):
        shutil.copytree(own.config.parent / part, fork / part)
    county.takes(own.config, county.message(9, mrn="99", veteran="Y"))
    (tmp_path / "checkpoint").write_text(own("ledger", "checkpoint").out)
    other = County(config=fork / "config", delivered=own.delivered, parked=own.parked)
    county.takes(other.config, county.message(10, mrn="98", veteran="N"), county.message(11, mrn="97", veteran="N"))
    folder, there = backed_up(other, tmp_path / "backup"), elsewhere(own, tmp_path / "new")

    said = there("restore", str(folder), "--checkpoint", str(tmp_path / "checkpoint"), "--actor", "dana")

    assert said.status == 1
    assert "are not those of the checkpoint that was kept" in said.aside
    assert not (tmp_path / "new" / "data" / "hub.db").exists()


def test_nothing_leaves_a_restored_hub_until_somebody_says_so(own: County, tmp_path: Path) -> None:
    county.takes(own.config, county.message(9, mrn="99", veteran="Y"))
    folder, there = backed_up(own, tmp_path / "backup"), elsewhere(own, tmp_path / "new")
    there("restore", str(folder), "--actor", "dana")

    async def served(wanted: int) -> int:
        async with http_sink() as clinic:
            partner = there.config / "partners" / "b1.yaml"
            said = json.loads(partner.read_text())
            said["delivery"]["url"] = clinic.url
            partner.write_text(json.dumps(said))
            async with running(load(there.config)):
                for _ in range(60):
                    await asyncio.sleep(0.02)
                    if clinic.count >= wanted > 0:
                        break
            return clinic.count

    assert uvloop.run(served(0)) == 0
    assert there("courier", "resume", "--actor", "dana", "--reason", "partners were asked").status == 0
    assert uvloop.run(served(1)) == 1


def test_a_pause_is_two_leaves_and_cannot_end_twice(own: County) -> None:
    before, why = leaves(own), ("--actor", "dana", "--reason", "a test")

    assert own("courier", "pause", *why).status == 0
    assert own("courier", "resume", *why).status == 0
    assert own("courier", "resume", *why).status == 1

    assert leaves(own) == before + 2


@pytest.mark.parametrize("spoil", ["byte", "missing", "manifest"])
def test_a_harmed_backup_is_refused_before_anything_is_written(own: County, tmp_path: Path, spoil: str) -> None:
    folder, there = backed_up(own, tmp_path / "backup"), elsewhere(own, tmp_path / "new")
    if spoil == "byte":
        with (folder / "hub.db").open("r+b") as file:
            file.seek(5000)
            file.write(b"\x00\x01\x02\x03")
    elif spoil == "missing":
        (folder / "hub.db").unlink()
    else:
        (folder / "manifest.json").write_text("{}")

    said = there("restore", str(folder), "--actor", "dana")

    assert said.status == 1
    assert not (tmp_path / "new" / "data").exists()


def test_the_old_name_cannot_be_signed_again(own: County, tmp_path: Path) -> None:
    folder, there = backed_up(own, tmp_path / "backup"), elsewhere(own, tmp_path / "new", origin="hub.example/test")

    said = there("restore", str(folder), "--actor", "dana")

    assert said.status == 1
    assert "Write origin: hub.example/test~2." in said.aside


def test_nobody_backs_up_data_and_keys_into_one_folder(own: County, tmp_path: Path) -> None:
    said = own("backup", str(tmp_path / "one"), "--keys", str(tmp_path / "one" / "keystore"))

    assert said.status == 1
    assert "would hold data and keys" in said.aside


def test_what_was_ordered_to_be_destroyed_stays_destroyed_with_an_older_keystore(own: County, tmp_path: Path) -> None:
    folder = backed_up(own, tmp_path / "backup")
    there = elsewhere(own, tmp_path / "new")
    keystore = tmp_path / "new" / "keys" / "keystore"
    shutil.copyfile(tmp_path / "backup" / "apart" / "keystore", keystore)
    settings = load(there.config)
    custody = KeyFile(Path(settings.keys.key_file), apart_from=Path(settings.data))
    with_owner = _an_owner(keystore, custody)
    orders.write(keystore, [Order(why="retention", uses=frozenset({Use.PAYLOAD}), owners=frozenset({with_owner}))], 1)

    said = there("restore", str(folder), "--actor", "dana", "--json")

    assert said.json["destroyed"] == 1
    assert (with_owner, Use.PAYLOAD) not in _keys(keystore, custody)


def _keys(path: Path, custody: KeyFile) -> set[tuple[bytes, int]]:
    store = Keystore(path, custody)
    try:
        names = b"".join(store.names())
        return {(names[at : at + 16], names[at + 16]) for at in range(0, len(names), 19)}
    finally:
        store.close()


def _an_owner(path: Path, custody: KeyFile) -> bytes:
    return next(owner for owner, use in sorted(_keys(path, custody)) if use == Use.PAYLOAD and owner != HUB)


def test_an_order_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = [
        Order(why="a", uses=frozenset({Use.PAYLOAD, Use.LINK}), owners=frozenset({b"o" * 16}), periods=frozenset({7})),
        Order(why="b", uses=frozenset({Use.ACCOUNT}), before=24000, spared=frozenset({b"s" * 16})),
    ]

    orders.write(tmp_path / "keystore", made[:1], 1)
    orders.write(tmp_path / "keystore", made[1:], 2)

    assert [each.order for each in orders.read(tmp_path / "keystore")] == made
    assert not made[1].covers(key_ref(b"s" * 16, Use.ACCOUNT, 1))
    assert made[1].covers(key_ref(b"t" * 16, Use.ACCOUNT, 1))


def test_a_ledger_signed_by_a_new_key_still_verifies_and_the_old_key_is_gone(own: County) -> None:
    old = own.config.parent / "keys" / "ledger.key"
    secret, before = old.read_text(), leaves(own)

    said = own("ledger", "rotate", "--actor", "dana", "--reason", "a test", "--json")

    assert said.status == 0, said.aside
    assert leaves(own) == before + 1
    assert old.read_text() != secret
    assert said.json["key"] in own("ledger", "checkpoint", "--json").out
    old.write_text(secret)
    assert own("ledger", "verify").status == 1
    with pytest.raises(Misconfigured, match="Another key signed this ledger last"):
        county.takes(own.config, county.message(9, mrn="99"))


# --- what was configured when


def starts(place: County) -> None:
    """Start the county's hub for a moment."""

    async def run() -> None:
        async with running(load(place.config)):
            pass

    uvloop.run(run())


def changed(place: County, partner: str, **more: object) -> None:
    file = place.config / "partners" / f"{partner}.yaml"
    said = json.loads(file.read_text())
    file.write_text(json.dumps({**said, **more}))


def test_a_change_of_configuration_is_one_leaf_with_before_and_after(own: County) -> None:
    starts(own)
    before, first = leaves(own), own("changes", "--json").json[0]["number"]
    changed(own, "b1", contact="the night desk")

    starts(own)
    starts(own)

    log = own("changes", "--json").json
    assert leaves(own) == before + 1
    assert [each["number"] for each in log][:2] == [first + 1, first]
    (difference,) = own("changes", str(first + 1), "--json").json
    assert difference["path"] == "partners.B1.contact"
    assert difference["after"] == "the night desk"


def test_a_change_that_somebody_altered_is_found(own: County) -> None:
    starts(own)
    changed(own, "b1", contact="the night desk")
    starts(own)
    *_, last = sorted((own.config.parent / "data" / "changes").glob("*.json"))
    last.write_text(last.read_text().replace("the night desk", "the day desk"))

    said = own("changes")

    assert said.status == 1
    assert "is not what was entered into the ledger" in said.aside


# --- the doctor


def states(place: County) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in place("doctor", "--json").json:
        found.setdefault(each["what"], set()).add(each["state"])
    return found


def test_the_doctor_finds_a_hub_well_and_says_what_deserves_a_look(own: County) -> None:
    said = own("doctor")
    found = states(own)

    assert said.status == 0, said.out
    assert {"sqlite", "keys", "county", "store", "disk"} <= found.keys()
    assert "ill" not in set().union(*found.values())
    assert found["witness"] == {"worth a look"}
    assert found["parked"] == {"worth a look"}


def ill_by_keys(place: County) -> None:
    (place.config.parent / "keys" / "hub.key").chmod(0o644)


def ill_by_county(place: County) -> None:
    changed(place, "b1", kind="BAKERY")


def ill_by_secret(place: County) -> None:
    said = json.loads((place.config / "partners" / "b1.yaml").read_text())
    changed(place, "b1", delivery={**said["delivery"], "secret": "absent"})


def ill_by_missing_keystore(place: County) -> None:
    (place.config.parent / "keys" / "keystore").unlink()


def ill_by_a_later_tree(place: County) -> None:
    with closing(Memory(place.config.parent / "keys" / "signer", "hub.example/test", apart_from=None)) as memory:
        memory.remember(10**6, bytes(32))


def ill_by_an_older_keystore(place: County) -> None:
    """Without its last frame: what was sealed since would look as if it had been destroyed."""
    path = place.config.parent / "keys" / "keystore"
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(("spoil", "cure"), [
    (ill_by_a_later_tree, "crisis-hub restore"),
    (ill_by_an_older_keystore, "Put the newest keystore back"),
])  # fmt: skip
def test_database_and_keys_of_different_days_are_no_proof(
    own: County, spoil: Callable[[County], None], cure: str
) -> None:
    spoil(own)

    for said in (own("ledger", "verify"), own("ledger", "verify", "--tree"), own("doctor")):
        assert said.status == 1
        assert cure in said.aside + said.out


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (ill_by_a_later_tree, "store"),
        (ill_by_an_older_keystore, "store"),
        (ill_by_keys, "keys"),
        (ill_by_county, "county"),
        (ill_by_secret, "secrets"),
        (ill_by_missing_keystore, "keys"),
    ],
)
def test_the_doctor_names_what_is_ill_and_looks_at_the_rest_all_the_same(
    own: County, spoil: Callable[[County], None], what: str
) -> None:
    spoil(own)

    said, found = own("doctor"), states(own)

    assert said.status == 1
    assert "ill" in found[what]
    assert "disk" in found


def told(place: County) -> str:
    return "\n".join(one["words"] for one in place("doctor", "--json").json if one["state"] == "ill")


def test_the_doctor_names_every_one_of_many_ills_at_once(own: County) -> None:
    hub = json.loads((own.config / "hub.yaml").read_text())
    hub["alerts"] = {"webhook": "https://alerts.example/hub", "webhook_secret": "hook"}
    hub["tls"] = {"certificate": "none.pem", "key": "none.key"}
    (own.config / "hub.yaml").write_text(json.dumps(hub))
    for name, secret in (("b1", "secret"), ("s1", "signed_with")):
        said = json.loads((own.config / "partners" / f"{name}.yaml").read_text())
        changed(own, name, delivery={**said["delivery"], secret: f"{name}-gone"})
    ill_by_keys(own)

    words = told(own)
    for name in ("b1", "s1"):
        changed(own, name, kind="BAKERY")
    again = told(own)

    assert [part for part in ("hub.key", "none.pem", "hook", "b1-gone", "s1-gone") if part not in words] == []
    assert [part for part in ("hub.key", "none.pem", "hook", "b1.yaml", "s1.yaml") if part not in again] == []


def test_the_doctor_looks_at_a_hub_that_never_ran(tmp_path: Path) -> None:
    config = county.write(tmp_path)

    said = ran("doctor", "--config", str(config))

    assert said.status == 1
    assert "crisis-hub keys init" in said.out
