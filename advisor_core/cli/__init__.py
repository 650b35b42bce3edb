"""The `thoth` command line."""

from __future__ import annotations
