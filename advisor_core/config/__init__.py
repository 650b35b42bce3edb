"""Repository configuration: `.thoth.yaml` bytes to values."""

from __future__ import annotations
