"""The steps, never edited after landing."""

from __future__ import annotations
