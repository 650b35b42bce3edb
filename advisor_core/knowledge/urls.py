"""Where the user's own knowledge base is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["default_database_url"]


def default_database_url() -> str:
    """Return the URL of the user's own knowledge base: a SQLite file in the user's data folder."""
    platform: str = sys.platform
    if platform == "linux":
        # What platformdirs answers on Linux, without the cost of importing it.
        base = os.environ.get("XDG_DATA_HOME", "").strip()
        folder = (Path(base) if base else Path.home() / ".local" / "share") / "thoth"
    else:
        import platformdirs  # noqa: PLC0415 - as above

        folder = platformdirs.user_data_path("thoth", appauthor=False)
    return f"sqlite:///{(folder / 'knowledge.db').as_posix()}"
