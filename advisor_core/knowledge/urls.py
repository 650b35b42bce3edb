"""Where the user's own knowledge base is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["data_folder", "default_database_url", "missing_file"]

_SQLITE = "sqlite:///"


def default_database_url() -> str:
    """Return the URL of the user's own knowledge base: a SQLite file in the user's data folder."""
    return f"sqlite:///{(data_folder() / 'knowledge.db').as_posix()}"


def missing_file(url: str | None) -> str | None:
    """Return the SQLite file that a URL names and that is not there; None for any other URL.

    A mistyped path would be an empty knowledge base, which knows of no advisory.
    """
    if url is None or not url.startswith(_SQLITE):
        return None
    path = url.removeprefix(_SQLITE).partition("?")[0]
    return None if not path or os.path.exists(path) else path  # noqa: PTH110 - imported by every advice


def data_folder() -> Path:
    """Return the folder of what Thoth keeps for the user; it may not be there yet."""
    platform: str = sys.platform
    if platform == "linux":
        # What platformdirs answers on Linux, without the cost of importing it.
        base = os.environ.get("XDG_DATA_HOME", "").strip()
        return (Path(base) if base else Path.home() / ".local" / "share") / "thoth"
    import platformdirs  # noqa: PLC0415 - as above

    return Path(platformdirs.user_data_path("thoth", appauthor=False))
