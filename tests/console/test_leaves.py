"""What a page declares of the ledger is what it does: each view has the leaves that it names, and no other opens any."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.access.roles import ROLES, may
from hub.console.page import PAGES, Page
from hub.console.site import DECLARED
from hub.console.workspace.scenes import _NOBODY
from tests.console.furniture import names
from tests.console.house import House, standing
from tests.console.test_pages import text

# Its stream ends when the reader does.
VIEWS = [one for one, _ in PAGES if one.method == "GET" and one.url != "/live"]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of these tests' own: nobody else writes into its ledger."""
    with standing(tmp_path_factory.mktemp("leaves")) as house:
        yield house


@pytest.mark.parametrize("one", VIEWS, ids=lambda one: one.url)
def test_a_view_leaves_what_it_declares_and_nothing_else(own: House, one: Page) -> None:
    role = next(name for name in ROLES if one.right is None or may(name, one.right))
    client = own.anybody() if one.public else own.signed_in(role)
    path, before = one.url.format(**{"token": "x", **names(own)}), own.leaves()

    answer = client.get(path)

    assert answer.status_code < 500
    if _NOBODY in text(answer.text):
        # Their partner sends nobody to a scene: they are told so, and nothing is shown.
        assert own.leaves() == before
        return
    declared = len(one.leaves) if answer.status_code == 200 else 0
    # What is not there, and what is not theirs, leaves nothing: nothing was shown.
    assert own.leaves() - before in ({declared} if answer.status_code == 200 else {0, len(one.leaves)}), (
        answer.status_code
    )


def test_views_that_show_something_of_somebody_are_among_them() -> None:
    assert DECLARED
    assert len([one for one in VIEWS if one.leaves]) >= 8
