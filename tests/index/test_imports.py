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


def test_only_connections_that_are_verified_read_the_certificates() -> None:
    program = """
import ssl
import advisor_core.index.transport
from aiohttp import connector
assert connector._SSL_CONTEXT_VERIFIED.verify_mode == ssl.CERT_REQUIRED
assert connector._SSL_CONTEXT_VERIFIED.get_ca_certs() == ssl.create_default_context().get_ca_certs()
assert connector._SSL_CONTEXT_UNVERIFIED.get_ca_certs() == []
assert "set_default_verify_paths" not in vars(ssl.SSLContext)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
