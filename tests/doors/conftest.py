"""Doors wait, and so do their tests."""

from tests.loops import pytest_pyfunc_call

__all__ = ["pytest_pyfunc_call"]
