"""Tests that wait: a test written as `async def` runs on a fresh uvloop, ends within ten seconds, and leaves no error behind.

A conftest that imports `pytest_pyfunc_call` from here has this for its folder.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

PATIENCE_S = 10.0


async def _watched(test: Callable[..., Coroutine[Any, Any, None]], given: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    await asyncio.wait_for(test(**given), PATIENCE_S)
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert complaints == []
    assert left == set()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an `async def` test; leave others to pytest."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    uvloop.run(_watched(pyfuncitem.obj, {name: pyfuncitem.funcargs[name] for name in wanted}))
    return True
