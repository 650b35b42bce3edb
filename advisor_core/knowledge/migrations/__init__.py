"""Alembic migrations of the knowledge base. Never edited once they have landed."""

from __future__ import annotations
