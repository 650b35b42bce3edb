"""The process of one unit: starts it, asks it, stops it when its budget is used."""

from __future__ import annotations

import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from advisor_core.pipeline.plugins.discovery import ChildError
from advisor_core.pipeline.plugins.wire import WireError, from_plain

if TYPE_CHECKING:
    from advisor_core.pipeline.plugins.discovery import Plugin

__all__ = ["LENGTH", "Child"]

_LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; a longer one ends the process."""

_END_SECONDS = 0.5
"""For a process that closed its end of the pipe: until then it may end by itself."""

_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT", "VIRTUAL_ENV")
"""Beside those of Python itself: tokens stay with the parent."""

LENGTH = struct.Struct("<I")
"""Before each message, in both directions."""


class Child:
    """The process of one unit. Killed when the unit has used its budget."""

    def __init__(self, plugin: Plugin, *, budget_seconds: float) -> None:
        """Start the process; `call` waits for it."""
        self.plugin = plugin
        self.file = plugin.target
        self._left = budget_seconds
        self._budget = budget_seconds
        variables = {
            key: value
            for key, value in os.environ.items()
            if key in _KEPT_VARIABLES or key.startswith("PYTHON")
        }
        command = [sys.executable, "-P", "-m", "advisor_core.pipeline.plugins.process"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=variables,
            bufsize=0,  # a stream with a buffer cannot be closed while another thread reads it
            start_new_session=True,  # so that what the unit starts is stopped with it
        )
        self._answers: SimpleQueue[bytes | None] = SimpleQueue()
        reader = threading.Thread(
            target=_read_answers, args=(self._process.stdout, self._answers), daemon=True
        )
        reader.start()
        self.stop = weakref.finalize(self, _stop, self._process)

    def call(self, operation: str, *arguments: object, extra_seconds: float = 0.0) -> object:
        """Return what the unit answers; raises ChildError when it fails or its budget is used."""
        if not self.stop.alive:
            raise ChildError("its process was stopped")
        started = time.monotonic()
        try:
            message = pickle.dumps((operation, arguments))
            self._send(LENGTH.pack(len(message)) + message)
            answer = self._answers.get(timeout=max(self._left, 0.0) + extra_seconds)
        except Empty:
            self.stop()
            if extra_seconds:
                reason = f"it was not there after {self._budget + extra_seconds:g} s"
            else:
                reason = f"its budget is {self._budget:g} s"
            raise ChildError(f"was stopped: {reason}") from None
        except OSError:
            answer = None
        self._left -= max(0.0, time.monotonic() - started - extra_seconds)
        if answer is None:
            try:
                code = self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self.stop()
                raise ChildError("was stopped: what it sent is no answer") from None
            self.stop()
            raise ChildError(f"its process ended by itself (exit code {code})")
        return _decode(answer)

    def _send(self, message: bytes) -> None:
        stream = cast("BinaryIO", self._process.stdin)
        left = memoryview(message)
        while left:
            left = left[stream.write(left) :]


def _decode(answer: bytes) -> object:
    try:
        plain = msgspec.json.decode(answer)
        if "error" in plain:
            raise ChildError(str(plain["error"]))
        return from_plain(plain["answer"])
    except (msgspec.MsgspecError, WireError, KeyError, TypeError, RecursionError) as exc:
        raise ChildError(f"its answer cannot be used: {exc}") from exc


def _read_answers(stream: BinaryIO, answers: SimpleQueue[bytes | None]) -> None:
    """Put each answer into the queue, and None at the end. Runs in a thread of its own."""
    with suppress(OSError, ValueError):
        while True:
            head = _read_exactly(stream, LENGTH.size)
            (length,) = LENGTH.unpack(head)
            if length > _LONGEST_ANSWER:
                break
            answers.put(_read_exactly(stream, length))
    answers.put(None)


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    """Return so many bytes; raises OSError when the stream ends before."""
    found = bytearray()
    while len(found) < size:
        part = stream.read(size - len(found))
        if not part:
            raise OSError("the stream ended")
        found += part
    return bytes(found)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)  # its session: also what it started
            else:
                process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            if stream is not None:
                stream.close()
