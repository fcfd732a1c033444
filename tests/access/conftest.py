"""Some of who is asking waits, and so do its tests."""

from tests.loops import pytest_pyfunc_call

__all__ = ["pytest_pyfunc_call"]
