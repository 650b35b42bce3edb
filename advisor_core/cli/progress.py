"""Progress of long work on stderr, when that is a terminal; otherwise nothing."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from advisor_core.index.progress import ProgressState

__all__ = ["LineProgress", "open_line", "open_progress"]

_INTERVAL_SECONDS = 0.1
"""Between two drawings of the line: often enough to look alive, too seldom to cost anything."""


class LineProgress:
    """One line that is written over: how many projects and releases were asked for, and came."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._last: float | None = None

    def update(self, state: ProgressState) -> None:
        """Draw the line anew, unless it was drawn a moment ago."""
        self.show(
            f"asking the index: {state.projects_done} of {state.projects_asked} packages, "
            f"{state.metadata_done} of {state.metadata_asked} releases, "
            f"{state.bytes_received / 1e6:.1f} MB"
        )

    def show(self, text: str) -> None:
        """Draw a line of our own words, unless one was drawn a moment ago."""
        now = self._clock()
        if self._last is not None and now - self._last < _INTERVAL_SECONDS:
            return
        self._last = now
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._last is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


@contextmanager
def open_progress() -> Iterator[LineProgress | None]:
    """Show progress while the context lasts; None when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    progress = LineProgress(sys.stderr)
    try:
        yield progress
    finally:
        progress.clear()


@contextmanager
def open_line() -> Iterator[Callable[[str], None]]:
    """Yield what shows a line of progress; nothing is shown when stderr is not a terminal."""
    with open_progress() as progress:
        yield (lambda text: None) if progress is None else progress.show  # noqa: ARG005
