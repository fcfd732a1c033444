"""What is shown of an id is enough to be the only one, also among messages of one file."""

from __future__ import annotations

from hub.store.ids import new_id, short


def test_what_is_shown_of_an_id_is_the_only_one_among_a_burst(still: int) -> None:
    ids = [new_id() for _ in range(50)]

    assert still
    assert len({name[:12] for name in ids}) == 1
    assert len({short(name) for name in ids}) == len(ids)
