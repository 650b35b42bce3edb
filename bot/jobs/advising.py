"""The advisor as jobs call it: locks a project's targets, asking allowed indexes only. Blocks."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

from advisor_core.index.access import cache_folder, index_pins
from advisor_core.proposal import propose
from bot.jobs.indexes import IndexPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from advisor_core.locking import IndexAccess
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest
    from advisor_core.proposal import Proposal
    from bot.settings import Settings

__all__ = ["make_advisor"]

_NICENESS = 10
"""Of a thread that computes: a delivery is answered first."""


def make_advisor(settings: Settings) -> Callable[[Files], Proposal]:
    """Return what locks every target of a project, newest first.

    It raises InputError, also for an index that is not allowed, and IndexFailure.
    """
    policy = IndexPolicy.of(settings)
    folder = cache_folder()

    def advise(files: Files) -> Proposal:
        _step_back()

        def open_index(manifest: Manifest) -> AbstractContextManager[IndexAccess]:
            pins = index_pins(manifest, policy.sources(manifest))
            return policy.open_access(manifest, pins=dict(pins), cache_folder=folder)

        return propose(files, open_access=open_index)

    return advise


def _step_back() -> None:
    """Let other threads of this process go first, where threads have priorities (Linux).

    A job has a thread of its own, which ends with it.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
