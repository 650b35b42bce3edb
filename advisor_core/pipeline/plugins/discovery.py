"""Which units other packages offer. Imports nothing of them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from advisor_core.values import dataclass

__all__ = ["GROUP", "ChildError", "Plugin", "find_plugins"]

GROUP = "thoth.units"


class ChildError(Exception):
    """The unit failed, or its process did; the message says how, and no traceback."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A unit that another package offers. Nothing of it was imported."""

    name: str
    """Of the entry point: what reports and configurations call it."""
    target: str
    """`package.module:Class`."""
    distribution: str = ""


def find_plugins() -> tuple[Plugin, ...]:
    """Return the units that installed packages offer, by name.

    `importlib.metadata` takes 50 ms to import and to read every package's entry points. So their files
    are first searched for the name of the group.
    """
    if not any(map(_mentions_group, sys.path)):
        return ()
    from importlib.metadata import entry_points  # noqa: PLC0415 - see above

    found = {
        point.name: Plugin(point.name, point.value, point.dist.name if point.dist else "")
        for point in entry_points(group=GROUP)
    }
    return tuple(found[name] for name in sorted(found))


def _mentions_group(folder: str) -> bool:
    wanted = GROUP.encode()
    with suppress(OSError), os.scandir(folder or ".") as entries:
        for entry in entries:
            if entry.name.endswith((".dist-info", ".egg-info")):
                with suppress(OSError):
                    if wanted in Path(entry.path, "entry_points.txt").read_bytes():
                        return True
    return False
