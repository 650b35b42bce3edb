"""Readers of what a person edits: Pipfile, pyproject.toml, requirements files."""

from __future__ import annotations
