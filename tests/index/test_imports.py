"""What an offline run imports: nothing that makes a short command slow."""

from __future__ import annotations

import subprocess
import sys

import pytest

import advisor_core.index
from advisor_core.standards import IMPLEMENTATION

CODE = """
import sys
from advisor_core.index import Cache, OfflineIndex
OfflineIndex([], Cache("nowhere"), {})
print(*sys.modules)
"""

SLOW = {"aiohttp", "asyncio", "msgspec", "sqlmodel", "packaging", "ssl", "platformdirs", "email"}


@pytest.mark.skipif(IMPLEMENTATION == "python", reason="the twin is built on packaging")
def test_an_offline_run_imports_nothing_slow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60
    )
    assert not SLOW & set(done.stdout.split())


def test_the_public_names_are_those_that_are_promised() -> None:
    for name in advisor_core.index.__all__:
        assert getattr(advisor_core.index, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = advisor_core.index.missing
