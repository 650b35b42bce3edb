"""Work from start to end: read facts through the forge, let a manager decide, carry it out."""

from __future__ import annotations
