"""From requirements to a stack, or to a proof that there is none. Performs no I/O of its own."""

from __future__ import annotations
