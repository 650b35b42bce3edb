"""The knowledge base: the only part of the advisor that talks SQL."""

from __future__ import annotations
