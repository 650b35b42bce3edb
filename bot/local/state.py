"""Keeps pull requests and check runs of a local repository in one file, `.git/thoth/state.json`.

The file is replaced as a whole, and only when something changed; a broken one is put aside, because
everything in it can be told again from the branches.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from advisor_core.errors import InputError
from bot.conversation.quoting import plain
from bot.errors import ForgeError
from bot.forge import CheckRun, PullRequest  # noqa: TC001 - msgspec reads the types

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["State", "StateStore"]

FORMAT = "thoth-local/1"

MAX_STATE_BYTES = 64 * 1024 * 1024
"""A thousand pull requests of the longest text have 64 MB. A larger file is not ours: put aside."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request."""

    number: int
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class State:
    """Everything a forge remembers besides branches and commits."""

    format: str = FORMAT
    pull_requests: tuple[PullRequest, ...] = ()
    """By number, ascending from 1."""
    check_runs: tuple[CheckRun, ...] = ()
    comments: tuple[Comment, ...] = ()

    def with_pull_request(self, changed: PullRequest) -> State:
        """Return the state with that pull request in place of the one with its number."""
        rest = [each for each in self.pull_requests if each.number != changed.number]
        ordered = sorted([*rest, changed], key=lambda each: each.number)
        return replace(self, pull_requests=tuple(ordered))


@dataclass(slots=True)
class StateStore:
    """The state file of one repository, for one process at a time."""

    folder: Path
    """`.git/thoth`; made when there is something to write."""
    notes: list[str] = field(default_factory=list)
    """What the person should know, in plain text."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the repository for this process. Raises ForgeError when another run has it."""
        self._make_folder()
        descriptor = os.open(
            self.folder / "lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600
        )
        try:
            if not _lock(descriptor):
                raise ForgeError(
                    "another run of Thoth is at work on this repository",
                    hint="wait until it has ended",
                )
            self._remove_leftovers()
            yield
        finally:
            os.close(descriptor)

    def load(self) -> State:
        """Return the state; a fresh one when there is none or it cannot be read."""
        path = self.folder / "state.json"
        try:
            return _parse(path)
        except FileNotFoundError:
            return State()
        except (ValueError, RecursionError) as error:
            aside = self.folder / "state.json.broken"
            path.replace(aside)
            self.notes.append(
                f"the list of pull requests could not be read ({plain(str(error), limit=100)}); "
                f"it was put aside as {plain(str(aside))} and made anew from the branches"
            )
            return State()

    def save(self, state: State) -> None:
        """Replace the state file by one move; does nothing when it says the same already."""
        text = json.dumps(asdict(state), indent=1, sort_keys=True, default=_jsonable) + "\n"
        path = self.folder / "state.json"
        with contextlib.suppress(FileNotFoundError):
            if path.read_bytes() == text.encode():
                return
        self._make_folder()
        descriptor, temporary = tempfile.mkstemp(dir=self.folder, prefix="state.", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException as error:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
            if isinstance(error, OSError):  # those of a descriptor name no file
                raise OSError(error.errno, error.strerror, str(path)) from error
            raise

    def _make_folder(self) -> None:
        with contextlib.suppress(FileExistsError):
            self.folder.mkdir()
        # A repository from an archive could have a link here, and have files written elsewhere.
        if not stat.S_ISDIR(self.folder.lstat().st_mode):
            raise InputError.single(
                plain(str(self.folder)),
                "not a folder",
                hint="remove it; Thoth keeps its state there",
            )

    def _remove_leftovers(self) -> None:
        """Remove what a killed run left half-written."""
        for leftover in self.folder.glob("state.*.tmp"):
            leftover.unlink()


def _parse(path: Path) -> State:
    """Read the state file. Raises ValueError when it is not one, FileNotFoundError."""
    if path.stat().st_size > MAX_STATE_BYTES:
        raise ValueError("too large")
    state = msgspec.convert(json.loads(path.read_bytes()), State)
    if state.format != FORMAT:
        raise ValueError(f"format {state.format!r}")
    return state


def _jsonable(value: object) -> list[str]:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"not JSON: {value!r}")


def _lock(descriptor: int) -> bool:
    """Take the lock of an open file; False when another process has it. Ends with the process."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415 - does not exist on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
