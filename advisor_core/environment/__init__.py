"""Runtime environments: PEP 508 markers, wheel tags, and which files fit them."""

from __future__ import annotations
