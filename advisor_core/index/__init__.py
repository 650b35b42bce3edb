"""The client of package indexes: the only part of the advisor that talks to them."""

from __future__ import annotations
