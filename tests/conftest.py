"""Fixtures that several packages' tests share."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.databases import PostgresServer

# Helpers of the tests are packages of their own. The folder itself is kept off the path: `tests/bot` would
# stand in for `bot` where that is an editable install.
for _name in ("engine", "fakes", "optimize_support", "predictors_support", "standards"):
    _package = ModuleType(_name)
    _package.__path__ = [str(Path(__file__).parent / _name)]
    sys.modules.setdefault(_name, _package)

# A shell that runs this in its background has it ignore Ctrl-C, and so would the child processes that are
# interrupted here.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Child processes test what is installed: the current folder, which may be a checkout without a built
# extension, is kept out of their path.
os.environ["PYTHONSAFEPATH"] = "1"


# The default run is the same each time, and short: a property is looked for where it is likely to break.
# `pytest --hypothesis-profile=search` looks elsewhere each time, and longer.
# A busy machine is no finding.
_patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", _patient, max_examples=40, derandomize=True)
settings.register_profile("search", _patient, max_examples=1000)
settings.load_profile("steady")

_LONGEST_BYTES_IN_A_NAME = 24
"""Longer parameters are files, whose bytes may hold the time they were made at."""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a test whose parameter is a file by the parameter: names are the same in every worker."""
    return argname if isinstance(val, bytes) and len(val) > _LONGEST_BYTES_IN_A_NAME else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole run, started when the first test asks for it."""
    from fakes.databases import run_postgres

    with run_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a new PostgreSQL database."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database; every test that takes it runs on SQLite and on PostgreSQL."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite:///{tmp_path}/knowledge.db"


def pytest_addoption(parser):
    parser.addoption(
        "--review",
        action="store_true",
        help="store what Thoth says in tests/data/conversation anew, to be read before it is committed",
    )
