"""Configurations of other tools, and what of them Thoth can do: one module per tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.importing.dependabot import Dependabot
from bot.importing.renovate import Renovate

if TYPE_CHECKING:
    from bot.importing.interface import Importer

__all__ = ["IMPORTERS"]

IMPORTERS: tuple[Importer, ...] = (Renovate(), Dependabot())
"""In the order in which what they say counts: of two values for one key the first one's."""
