"""Writers and readers of what tools pin: Pipfile.lock, requirements.txt and pylock.toml."""

from __future__ import annotations

from advisor_core.lockfiles.pipfile_lock import read_pipfile_lock, render_pipfile_lock

__all__ = ["read_pipfile_lock", "render_pipfile_lock"]
