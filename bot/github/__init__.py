"""The forge port on GitHub, and everything that talks to GitHub's API."""

from __future__ import annotations
