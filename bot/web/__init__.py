"""The HTTP side of the App: it verifies, stores and answers. Work happens in workers."""

from __future__ import annotations
