"""The GitHub App."""

from __future__ import annotations
