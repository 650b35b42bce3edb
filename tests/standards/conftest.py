"""One suite for the two implementations: every test that takes `standards` runs on both."""

from __future__ import annotations

import importlib
import os

import pytest
from standards.pep_strategies import ENVIRONMENT

PURE = "advisor_core.standards.pure"
IMPLEMENTATIONS = [PURE] if os.environ.get("THOTH_PURE") == "1" else ["advisor_core._engine", PURE]


@pytest.fixture(params=IMPLEMENTATIONS, ids=lambda name: name.rpartition(".")[2])
def standards(request):
    """The module with the C functions, then the one with their twins."""
    return importlib.import_module(request.param)


@pytest.fixture
def environment(standards):
    """CPython 3.11 on Linux."""
    return standards.MarkerEnvironment(ENVIRONMENT)
