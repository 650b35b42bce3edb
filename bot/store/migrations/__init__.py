"""Alembic's environment for the service's tables."""

from __future__ import annotations
