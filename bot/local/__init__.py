"""The forge on this computer: a git repository, with pull request state in its `.git/thoth`."""

from __future__ import annotations
