"""Refusing network addresses at the moment of connecting.

The check is made on the addresses that the connection then uses, so a name that resolves to
something else a moment later (DNS rebinding) gains nothing. Every hop of a redirect is checked.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from contextvars import ContextVar

from advisor_core.errors import IndexFailure
from advisor_core.index.aiohttp_import import aiohttp

__all__ = ["AddressGuard", "AddressRefusedError", "GuardedResolver", "check_literal", "current_url"]

AddressGuard = Callable[[str, str], str | None]
"""From a URL and an IP address it resolves to, to the reason why it is refused; None: allowed."""

current_url: ContextVar[str] = ContextVar("current_url", default="")
"""The URL that is being requested, as it may be shown."""


class AddressRefusedError(IndexFailure):
    """An index, or where it points to, is at an address that may not be used."""


class GuardedResolver(aiohttp.abc.AbstractResolver):
    """Resolves names as the system does, and refuses what the guard refuses."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        """Return the addresses. Raises AddressRefusedError when the guard refuses one of them."""
        resolved = await self._resolver.resolve(host, port, family)
        for result in resolved:
            _check(self._guard, current_url.get(), result["host"])
        return resolved

    async def close(self) -> None:
        """Release nothing: the system's resolver holds nothing."""
        await self._resolver.close()


def check_literal(guard: AddressGuard, url: str, host: str) -> None:
    """Check a host that is an IP address itself, which no resolver ever sees."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return
    _check(guard, url, str(address))


def _check(guard: AddressGuard, url: str, address: str) -> None:
    reason = guard(url, address)
    if reason is not None:
        raise AddressRefusedError(f"{url}: refused: {reason}")
