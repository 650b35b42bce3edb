"""Readers and writers of what a tool pins: Pipfile.lock, requirements.txt, pylock.toml."""

from __future__ import annotations
