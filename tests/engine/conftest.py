"""Every test of the solver runs on the C engine and on its twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor_core import _engine
from advisor_core.resolver import reference

if TYPE_CHECKING:
    from advisor_core.resolver.interface import Solver


@pytest.fixture(params=[_engine.Solver, reference.Solver], ids=["c", "python"])
def solver_class(request: pytest.FixtureRequest) -> type[Solver]:
    """Return the type under test."""
    return request.param
