"""PEP 440 and PEP 508: the C fast path and its pure twin over `packaging`."""

from __future__ import annotations
