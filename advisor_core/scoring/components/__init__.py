"""The components of the score, one file each."""

from __future__ import annotations
