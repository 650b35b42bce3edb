"""State as GitHub's JSON: one module a topic. The REST description judges every result."""

from __future__ import annotations
